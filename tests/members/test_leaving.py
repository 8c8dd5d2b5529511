"""Leaving: effective at once, undone within a week, final after it."""

import json
from datetime import timedelta

import pytest
from cast import client_of, new_event, new_initiative, new_member
from django.core import mail
from django.db.models import Count
from django.test import Client
from django.utils import timezone

from core import sealing
from events.models import Attendance, Event
from events.services import coming
from initiatives import tasks as initiatives
from initiatives.models import Contribution, ContributionVote, Initiative, Letter, Support
from initiatives.services import counting, supports
from members.models import AddressChange, ClosedIdentity, Departure, LegalHold, Member, OpenSession, SetAside
from members.rights import leaving, links
from members.rights.registry import Fate, holdings
from moderation.models import Case, Notice
from moderation.services import notices
from notifications.models import Notification
from tests.members.door import sign_in
from tests.members.whole_life import (
    ADDRESS,
    FORMER,
    NAME,
    WORDS,
    her_mailbox_refuses,
    her_staff_work,
    is_public,
    live,
    rows_that_point_at,
    tables_that_say,
)

ERASE, ANONYMISE = Departure.Wish.ERASE, Departure.Wish.ANONYMISE


@pytest.fixture
def life(vitre):
    return live(vitre)


@pytest.fixture
def go(django_capture_on_commit_callbacks):
    """Leave, with what happens once it is committed."""

    def leave(member: Member, wish: str = ANONYMISE) -> Departure:
        with django_capture_on_commit_callbacks(execute=True):
            departure, _is_new = leaving.leave(member, wish)
        departure.refresh_from_db()
        return departure

    return leave


@pytest.fixture
def end(django_capture_on_commit_callbacks):
    """A week later."""

    def finish() -> int:
        Departure.objects.update(ends_at=timezone.now(), asked_at=timezone.now() - Departure.UNDONE_WITHIN)
        with django_capture_on_commit_callbacks(execute=True):
            return leaving.finish_due()

    return finish


def link_sent() -> str:
    """In the message that tells of a departure."""
    message = next(message for message in mail.outbox if "compte est fermé" in message.subject)
    address = next(word for word in message.body.split() if "/mes-donnees/retour/" in word)
    return address[address.index("/mes-donnees/") :]


# --- At once ---------------------------------------------------------------------------------------------------------


def test_somebody_closes_their_account_and_is_signed_out(alice, django_capture_on_commit_callbacks):
    me, other = Client(), Client()
    sign_in(me, alice.email)
    sign_in(other, alice.email)
    page = me.get("/mes-donnees/partir/").content.decode()
    assert "Ce qui ne revient pas" in page and "Ce qui revient" in page
    refused = me.post("/mes-donnees/partir/", {"wish": "erase"})
    assert refused.status_code == 200 and "Cochez cette case" in refused.content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        assert me.post("/mes-donnees/partir/", {"wish": "erase", "sure": "on"}).url == "/mes-donnees/parti/"
    for client in (me, other):
        assert client.get("/reglages/").url.startswith("/compte/connexion/")
    assert not OpenSession.objects.filter(member=alice).exists()
    assert "compte est fermé" in me.get("/mes-donnees/parti/").content.decode()


def test_leaving_asks_again_who_one_is(alice):
    me = client_of(alice)
    assert me.post("/mes-donnees/partir/", {"wish": "erase", "sure": "on"}).url.startswith("/compte/confirmation/")
    assert not Departure.objects.exists()


@pytest.mark.parametrize("wish", [ERASE, ANONYMISE])
def test_nothing_in_the_database_says_their_name_or_address_any_more(life, go, wish):
    go(life.zelie, wish)
    # What is written to them, and to the address they had last week, is erased once sent.
    Notification.objects.filter(kind="departure").delete()
    for words in (ADDRESS, FORMER, NAME):
        assert tables_that_say(words) == {}, words


def test_what_goes_at_once_is_gone(life, go):
    pk = life.zelie.pk
    go(life.zelie)
    for holding in holdings():
        if holding.fate is Fate.AT_ONCE:
            rows = holding.model._base_manager.filter(**{holding.path: pk})
            assert not rows.exists(), holding.label
    assert not Support.objects.filter(pk=life.asked.pk).exists()


def test_numbers_follow(life, go):
    counting.fold_supports()
    life.theirs.refresh_from_db()
    assert life.theirs.support_count == 1
    go(life.zelie)
    counting.fold_supports()
    life.theirs.refresh_from_db()
    life.gathering.refresh_from_db()
    life.action.refresh_from_db()
    life.answered.refresh_from_db()
    assert life.theirs.support_count == life.gathering.attendee_count == life.action.taken == 0
    assert life.answered.useful_count == 0


def test_what_they_carry_goes_on_with_others(life, vitre, go):
    team = new_initiative(life.zelie, vitre, title="Une équipe")
    team.co_organisers.create(member=life.omar)
    held = new_event(life.zelie, vitre, initiative=team)
    go(life.zelie)
    team.refresh_from_db()
    held.refresh_from_db()
    life.hers.refresh_from_db()
    assert team.author == held.author == life.omar
    assert life.hers.author is None and life.hers.frozen_at is not None
    told = set(Notification.objects.filter(recipient=life.omar).values_list("kind", flat=True))
    assert {"team_inherited", "event_inherited", "team_left"} <= told


def test_an_event_that_they_hold_alone_is_cancelled_and_told(life, go):
    coming.attend(life.alone, by=life.omar)
    go(life.zelie)
    life.alone.refresh_from_db()
    life.past.refresh_from_db()
    assert life.alone.cancelled_at is not None and life.past.cancelled_at is None
    assert Notification.objects.filter(recipient=life.omar, kind="event_cancelled").exists()


def test_the_place_that_they_give_back_is_offered(life, bob, go):
    Event.objects.filter(pk=life.gathering.pk).update(capacity=2)
    assert coming.attend(life.gathering, by=bob).is_waiting
    go(life.zelie)
    assert Attendance.objects.get(member=bob).is_offered


def test_what_nobody_else_gave_anything_to_is_erased(bob, go):
    draft = new_initiative(bob, state=Initiative.State.DRAFT, published_at=None)
    gathering = new_initiative(
        bob, state=Initiative.State.PREPARING, published_at=None, title="Deux", nursery_key="a" * 10
    )
    supported = new_initiative(
        bob, state=Initiative.State.PREPARING, published_at=None, title="Trois", nursery_key="b" * 10
    )
    supports.support(supported, by=new_member("eve"))
    go(bob)
    assert list(Initiative.objects.all()) == [supported]
    assert not Initiative.objects.filter(pk__in=[draft.pk, gathering.pk]).exists()


def test_anonymised_what_they_wrote_is_read_without_a_name(life, go, client):
    go(life.zelie, ANONYMISE)
    life.said.refresh_from_db()
    assert WORDS in life.said.text
    page = client.get(f"/initiatives/{life.theirs.slug}/discussion/").content.decode()
    assert WORDS in page and "Ancien membre" in page and NAME not in page


def test_erased_what_they_wrote_is_read_no_more(life, go, client):
    go(life.zelie, ERASE)
    for page in ("discussion/", f"discussion/{life.said.pk}/"):
        assert WORDS not in client.get(f"/initiatives/{life.theirs.slug}/{page}").content.decode()
    # What others replied still reads.
    assert "D’accord" in client.get(f"/initiatives/{life.theirs.slug}/discussion/{life.said.pk}/").content.decode()
    for content in (life.update, life.photo):
        assert not is_public(content)
    # What others were told, and what is sealed, says it no more either: only what is not theirs alone.
    assert set(tables_that_say(WORDS)) <= {"initiatives_unfinishedstep", *_STILL_THERE}


#: Hidden, and not yet erased: it comes back with them.
_STILL_THERE = {
    "initiatives_update",
    "initiatives_photo",
    "events_eventreport",
    "events_eventphoto",
    "events_eventmessage",
}


def test_files_of_hidden_pictures_leave_the_public_place(life, go):
    initiatives.place_photos()
    life.photo.refresh_from_db()
    assert life.photo.is_open
    go(life.zelie, ERASE)
    initiatives.place_photos()
    life.photo.refresh_from_db()
    assert not life.photo.is_open


def test_the_address_serves_again_at_once(bob, go, client):
    address = bob.email
    go(bob)
    again, is_new = Member.objects.of_address_or_new(address, display_name="Bob")
    assert is_new and again.pk != bob.pk


def test_leaving_does_not_lift_a_suspension(bob, go, end):
    Member.objects.filter(pk=bob.pk).update(restriction=Member.Restriction.SUSPENDED)
    address = bob.email
    bob.refresh_from_db()
    go(bob)
    found, is_new = Member.objects.of_address_or_new(address, display_name="Bob")
    assert not is_new and found.pk == bob.pk and not found.is_active
    assert end() == 1
    # Nothing is left of them but that.
    bob.refresh_from_db()
    assert bob.email.endswith(".invalid") and bob.display_name == "Ancien membre"
    Departure.objects.update(done_at=timezone.now() - leaving.BARRED_FOR)
    leaving.finish_due()
    assert not Member.objects.filter(pk=bob.pk).exists()


def test_a_notice_of_theirs_is_judged_without_them(life, go):
    go(life.zelie)
    notice = Notice.objects.get(reference="S-2026-00001")
    assert notices.address_of(notice) == ""


def test_those_who_stole_an_account_do_not_close_it_in_silence(life, go):
    go(life.zelie)
    assert {message.to[0] for message in mail.outbox if "fermé" in message.subject} == {ADDRESS, FORMER}
    assert not AddressChange.objects.exists()


def test_twice_is_once(bob, go):
    first = go(bob, ERASE)
    again, is_new = leaving.leave(bob, ANONYMISE)
    assert not is_new and again.pk == first.pk and again.wish == ERASE


def test_without_a_session_by_the_link_that_an_address_proved(bob, client, django_capture_on_commit_callbacks):
    path = links.path_of(bob)
    assert "Fermer mon compte" in client.get(f"{path}partir/").content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"{path}partir/", {"wish": "anonymise", "sure": "on"})
    assert Departure.objects.get().member == bob
    assert client.get(path).status_code == 410


def test_the_page_of_own_supports_leads_there(bob, client):
    from initiatives.services import own

    page = client.get(f"/mes-soutiens/{own.token_of(bob)}/").content.decode()
    assert "/mes-donnees/lien/" in page
    address = page[page.index("/mes-donnees/lien/") :].partition('"')[0]
    assert client.get(address).status_code == 200


# --- Coming back -----------------------------------------------------------------------------------------------------


@pytest.fixture
def come_back(django_capture_on_commit_callbacks):
    def follow(path: str):
        client = Client()
        assert client.get(path).status_code == 200
        assert Departure.objects.get().undone_at is None
        with django_capture_on_commit_callbacks(execute=True):
            return client.post(path)

    return follow


@pytest.mark.parametrize("wish", [ERASE, ANONYMISE])
def test_the_link_gives_back_the_account_and_what_was_written(life, go, come_back, client, wish):
    before = {
        model: list(model._base_manager.order_by("pk").values())
        for model in (Contribution, type(life.update), type(life.photo))
    }
    go(life.zelie, wish)
    assert "de retour" in come_back(link_sent()).content.decode()
    life.zelie.refresh_from_db()
    assert (life.zelie.email, life.zelie.display_name, life.zelie.is_active) == (ADDRESS, NAME, True)
    assert life.zelie.home_commune_id == "35360"
    for model, rows in before.items():
        now = list(model._base_manager.order_by("pk").values())
        for row in [*rows, *now]:
            # A vote of theirs does not come back.
            for name in ("useful_count", "score"):
                row.pop(name, None)
        assert now == rows, model
    assert not Departure.objects.exists() and not SetAside.objects.exists()
    # What cannot come back does not.
    assert not Support.objects.filter(member=life.zelie).exists()
    assert sign_in(Client(), ADDRESS).status_code == 302


def test_rights_do_not_come_back_by_a_link(chloe, go, come_back):
    new_member("root", is_staff=True, is_superuser=True)
    go(chloe)
    come_back(link_sent())
    chloe.refresh_from_db()
    assert chloe.is_active and not chloe.is_staff and not chloe.groups.exists()


def test_nobody_comes_back_over_another_account(bob, go, come_back):
    address = bob.email
    go(bob)
    Member.objects.create_user(address, display_name="Bob")
    refused = come_back(link_sent())
    assert refused.status_code == 409 and "un autre compte" in refused.content.decode()
    bob.refresh_from_db()
    assert not bob.is_active


def test_after_a_week_the_link_is_dead(bob, go, client):
    go(bob)
    path = link_sent()
    Departure.objects.update(ends_at=timezone.now(), asked_at=timezone.now() - Departure.UNDONE_WITHIN)
    assert client.get(path).status_code == client.post(path).status_code == 410
    assert client.get("/mes-donnees/retour/1.forged/").status_code == 410


# --- For good --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wish", [ERASE, ANONYMISE])
def test_after_a_week_no_table_holds_anything_of_them(life, go, end, wish):
    pk, key = life.zelie.pk, bytes(life.zelie.address_key)
    her_mailbox_refuses()
    go(life.zelie, wish)
    assert end() == 1
    for words in (ADDRESS, FORMER, NAME):
        assert tables_that_say(words) == {}, words
    assert rows_that_point_at(pk) == {}
    assert not Member.objects.filter(pk=pk).exists() and not Departure.objects.exists()
    # The hash of the mailbox stays where it is said that it does: how often a notifier was right, what bounced.
    assert set(tables_that_say(key)) == {
        "members_mailevent",
        "members_suppression",
        "moderation_notice",
        "moderation_notifierwarning",
    }


def test_erased_for_good_their_words_are_nowhere(life, go, end):
    go(life.zelie, ERASE)
    end()
    assert tables_that_say(WORDS) == {}
    trace = Contribution.objects.get(pk=life.said.pk)
    assert trace.erased_at is not None and trace.author is None and trace.is_public
    assert Contribution.objects.filter(pk=life.reply.pk).exists()
    assert not ContributionVote.objects.filter(contribution=trace).exists()


def test_anonymised_for_good_their_words_are_nobodys(life, go, end):
    go(life.zelie, ANONYMISE)
    end()
    life.said.refresh_from_db()
    assert WORDS in life.said.text and life.said.author is None


def test_who_published_is_kept_for_a_judge_and_sealed(life, go, end):
    go(life.zelie, ANONYMISE)
    end()
    [kept] = ClosedIdentity.objects.all()
    assert kept.destroy_on == timezone.localdate() + ClosedIdentity.KEPT
    said = json.loads(sealing.unseal(kept.sealed))
    assert (said["email"], said["display_name"]) == (ADDRESS, NAME)
    assert life.said.pk in said["published"]["initiatives.contribution"]
    found = [each for each, _said in leaving.identities_of(content=f"initiatives.contribution {life.said.pk}")]
    assert found == [kept] == [each for each, _said in leaving.identities_of(email=ADDRESS.upper())]
    assert list(leaving.identities_of(email="autre@exemple.fr")) == []
    assert leaving.forget_identities() == 0
    ClosedIdentity.objects.update(destroy_on=timezone.localdate())
    assert leaving.forget_identities() == 1


def test_who_published_nothing_leaves_no_identity(bob, alice, go, end):
    supports.support(new_initiative(alice), by=bob)
    go(bob)
    assert end() == 1
    assert not ClosedIdentity.objects.exists() and not Member.objects.filter(pk=bob.pk).exists()


def test_under_a_legal_hold_nothing_is_erased_until_it_is_lifted(life, chloe, go, end):
    hold = leaving.hold(life.zelie, "Réquisition du tribunal de Rennes", by=chloe)
    assert leaving.hold(life.zelie, "Encore", by=chloe) == hold
    departure = go(life.zelie, ERASE)
    assert end() == 0 and leaving.what_holds(departure)
    assert Member.objects.filter(pk=life.zelie.pk).exists() and SetAside.objects.exists()
    leaving.lift(hold)
    assert end() == 1
    # That it was asked for is kept a year, and names nobody.
    assert LegalHold.objects.get().member.display_name == "Ancien membre"
    LegalHold.objects.update(since=timezone.now() - timedelta(days=800), lifted_at=timezone.now() - timedelta(days=366))
    leaving.forget_identities()
    leaving.finish_due()
    assert not Member.objects.filter(pk=life.zelie.pk).exists()


def test_what_a_moderator_examines_waits_for_the_decision(life, go, end, client):
    case = Case.objects.create(content=life.said)
    departure = go(life.zelie, ERASE)
    life.said.refresh_from_db()
    # Nobody else reads it, and the moderator does.
    assert WORDS in life.said.text and not life.said.is_public
    assert "modérateur" in leaving.what_holds(departure)
    assert end() == 0
    Case.objects.filter(pk=case.pk).update(closed_at=timezone.now())
    assert end() == 1
    assert tables_that_say(WORDS) == {}


def test_a_message_that_was_reported_is_not_deleted_under_the_moderators_eyes(life, go, end):
    letter = Letter.objects.get(author=life.zelie, is_answer=False)
    case = Case.objects.create(content=letter)
    go(life.zelie, ANONYMISE)
    assert end() == 0 and Letter.objects.filter(pk=letter.pk).exists()
    Case.objects.filter(pk=case.pk).update(closed_at=timezone.now())
    assert end() == 1 and not Letter.objects.filter(pk=letter.pk).exists()


def test_the_last_superuser_does_not_leave(chloe, go):
    root = new_member("root", is_staff=True, is_superuser=True)
    with pytest.raises(leaving.LeavingRefused, match="Vous seul"):
        leaving.leave(root, ANONYMISE)
    new_member("second", is_staff=True, is_superuser=True)
    go(root)
    root.refresh_from_db()
    assert not root.is_superuser


def test_the_last_superuser_reads_why(db):
    root = new_member("root", is_superuser=True)
    me = Client()
    sign_in(me, root.email)
    page = me.post("/mes-donnees/partir/", {"wish": "erase", "sure": "on"})
    assert page.status_code == 200 and "Vous seul administrez" in page.content.decode()


def test_what_one_of_the_staff_did_is_kept_a_year_without_their_name(vitre, go, end):
    life = live(vitre, staff=True)
    her_staff_work(life)
    Case.objects.filter(held_by=life.zelie).get()
    go(life.zelie, ANONYMISE)
    assert not Case.objects.filter(held_by=life.zelie).exists()
    assert end() == 1
    for words in (ADDRESS, FORMER, NAME):
        assert tables_that_say(words) == {}, words
    assert set(rows_that_point_at(life.zelie.pk)) == {
        "members_accessrecord.by_id",
        "django_admin_log.user_id",
        "members_departure.member_id",
    }


def test_it_costs_no_more_queries_with_a_hundred_supports(bob, alice, go, django_assert_max_num_queries):
    for number in range(100):
        supports.support(new_initiative(alice, title=f"Numéro {number}"), by=bob)
    departure, _is_new = leaving.leave(bob, ANONYMISE)
    with django_assert_max_num_queries(150):
        leaving.carry_out(departure.pk)
    assert not bob.supports.exists()


def test_demonstration_is_as_it_was(life, go):
    new_member("inventee", is_demonstration=True)
    counts = Member.objects.filter(is_demonstration=True).aggregate(n=Count("pk"))
    go(life.zelie)
    assert Member.objects.filter(is_demonstration=True).aggregate(n=Count("pk")) == counts


# --- At the same moment ----------------------------------------------------------------------------------------------


def test_ten_clicks_are_one_departure(at_once):
    member = new_member("alice")
    found = at_once(lambda _number: leaving.leave(member, ERASE)[0].pk, range(10))
    assert len(set(found)) == 1 == Departure.objects.count()


def test_two_superusers_do_not_both_leave(at_once):
    both = [new_member(name, is_superuser=True) for name in ("un", "deux")]

    def leave(member):
        try:
            leaving.leave(member, ANONYMISE)
        except leaving.LeavingRefused:
            return 0
        return 1

    assert sum(at_once(leave, both)) == 1
    assert Member.objects.filter(is_superuser=True, is_active=True).count() == 1


def test_supporting_while_leaving_leaves_no_support(at_once):
    author, member = new_member("alice"), new_member("bob")
    listed = [new_initiative(author, title=f"Numéro {number}") for number in range(8)]

    def act(number):
        if number == 4:
            leaving.carry_out(leaving.leave(member, ANONYMISE)[0].pk)
        else:
            supports.support(listed[number], by=member)

    at_once(act, range(8))
    # What a request wrote meanwhile goes with the next round of the sweep.
    leaving.carry_out_due()
    counting.fold_supports()
    assert not Support.objects.filter(member=member).exists()
    assert set(Initiative.objects.values_list("support_count", flat=True)) == {0}
    assert counting.reconcile_supports() == []


def test_coming_back_while_it_is_carried_out_keeps_every_word(at_once, monkeypatch):
    monkeypatch.setattr(leaving, "enqueue", lambda *_task: None)
    member = new_member("alice")
    initiative = new_initiative(new_member("omar"))
    now = timezone.now()
    rows = [
        Contribution(initiative=initiative, author=member, text=f"{WORDS} {number}", published_at=now)
        for number in range(30)
    ]
    Contribution.objects.bulk_create(rows)
    departure, _is_new = leaving.leave(member, ERASE)

    def act(number):
        if number:
            leaving.come_back(departure)
        else:
            leaving.carry_out(departure.pk)

    at_once(act, range(2))
    leaving.carry_out_due()
    leaving.give_back_due()
    assert not Departure.objects.exists() and not SetAside.objects.exists()
    assert Contribution.objects.filter(text__startswith=WORDS, erased_at=None).count() == 30
    assert Member.objects.get(pk=member.pk).is_active


def test_carried_out_by_several_workers_at_once_every_word_comes_back(at_once, monkeypatch):
    monkeypatch.setattr(leaving, "enqueue", lambda *_task: None)
    member = new_member("alice")
    initiative = new_initiative(new_member("omar"))
    now = timezone.now()
    Contribution.objects.bulk_create(
        [
            Contribution(initiative=initiative, author=member, text=f"{WORDS} {number}", published_at=now)
            for number in range(30)
        ]
    )
    departure, _is_new = leaving.leave(member, ERASE)
    at_once(lambda _number: leaving.carry_out(departure.pk), range(4))
    leaving.come_back(departure)
    leaving.give_back_due()
    assert Contribution.objects.filter(text__startswith=WORDS, erased_at=None).count() == 30
