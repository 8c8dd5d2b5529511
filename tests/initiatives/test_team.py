"""Those who carry an initiative together: invited, they accept and leave; its author hands it over."""

import re
from datetime import timedelta

import pytest
from cast import client_of, new_initiative, new_member
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from events.models import Event
from initiatives import tasks
from initiatives.life import LifeRefused
from initiatives.models import CoOrganiser, Initiative, Invitation, TimelineEntry
from initiatives.services import team
from notifications.models import Notification


def read(answer) -> str:
    """The text of a page, its narrow spaces made plain."""
    return answer.content.decode().replace("\u202f", " ")


def join(initiative: Initiative, name: str, **fields) -> CoOrganiser:
    member = new_member(name)
    return CoOrganiser.objects.create(initiative=initiative, member=member, **fields)


def post(client: Client, name: str, initiative: Initiative, *args, follow: bool = True, **data):
    return client.post(reverse(name, args=[initiative.slug, *args]), data, follow=follow)


def told(member, kind: str) -> list[Notification]:
    return list(Notification.objects.filter(recipient=member, kind=kind))


# --- Inviting --------------------------------------------------------------------------------------------------------


def test_an_invitation_leaves_to_an_address_and_its_link_makes_a_co_organiser(
    as_alice, as_bob, bob, initiative, mailoutbox, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        post(as_alice, "team_invite", initiative, email="Bob@Exemple.fr")
    [message] = mailoutbox
    assert message.to == ["bob@exemple.fr"]
    assert "Alice vous invite" in message.subject
    link = re.search(r"http://127.0.0.1:8000(/initiatives/invitations/\S+)", message.body)[1]
    shown = read(as_bob.get(link))
    assert "Votre nom affiché, Bob, paraît sur la page" in shown
    assert not initiative.co_organisers.exists(), "reading an invitation accepts nothing"
    answer = as_bob.post(link, follow=True)
    assert "Vous êtes de l’équipe" in read(answer)
    assert initiative.co_organisers.get().member == bob
    assert "Bob" in read(Client().get(initiative.get_absolute_url()))
    assert told(initiative.author, "team_joined")
    assert initiative.timeline.get().kind == TimelineEntry.Kind.JOINED
    answered = Invitation.objects.get()
    assert (answered.email, answered.accepted_by) == ("", bob)


def test_a_visitor_reads_the_invitation_without_a_cookie_and_is_sent_to_the_door(initiative, alice):
    link = team.address_of(team.make_link(initiative, by=alice))
    visitor = Client()
    answer = visitor.get(link)
    assert answer.status_code == 200
    assert not answer.cookies
    assert "public" not in answer["Cache-Control"]
    assert link not in read(answer).partition("<main")[0]
    assert "next=" + link.replace("/", "%2F") in read(answer)
    sent = visitor.post(link)
    assert sent.status_code == 302
    assert sent.url.startswith(reverse("account_login"))
    assert not initiative.co_organisers.exists()


@pytest.mark.parametrize("address", ["bob@exemple.fr", "personne@exemple.fr"])
def test_nothing_tells_the_author_whether_an_address_has_an_account(as_alice, bob, initiative, address):
    answer = read(post(as_alice, "team_invite", initiative, email=address))
    shown = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer).replace(address, "X")
    other = read(as_alice.get(reverse("initiative_team", args=[initiative.slug])))
    assert "L’invitation est partie." in shown
    assert "Bob" not in shown
    assert re.findall(r"<p>X</p>", shown) == ["<p>X</p>"]
    assert "Bob" not in other


def test_an_invitation_is_refused_without_an_account_and_its_address_erased(initiative, alice):
    made = team.invite(initiative, "paula@exemple.fr", by=alice)
    visitor = Client(enforce_csrf_checks=True)
    answer = visitor.post(f"{team.address_of(made)}refuser/", follow=True)
    assert "C’est noté" in read(answer)
    made.refresh_from_db()
    assert made.answered_at
    assert made.email == ""
    assert visitor.get(team.address_of(made)).status_code == 410


def test_a_link_to_hand_over_is_shown_whole_and_copied_by_a_button(as_alice, initiative, settings):
    page = read(post(as_alice, "team_link", initiative))
    address = settings.SITE_ADDRESS + team.address_of(initiative.invitations.get())
    assert f"readonly>{address}</textarea>" in page
    assert f'data-copy="{address}"' in page and "Copier le lien" in page


def test_a_link_serves_one_person(as_bob, initiative, alice, bob):
    link = team.address_of(team.make_link(initiative, by=alice))
    as_bob.post(link)
    dan = new_member("dan")
    answer = client_of(dan).post(link)
    assert answer.status_code == 410
    assert [each.member for each in initiative.co_organisers.all()] == [bob]


def test_who_is_of_the_team_already_does_not_use_up_the_link_of_another(as_alice, initiative, alice):
    made = team.make_link(initiative, by=alice)
    assert "Vous êtes déjà de cette équipe" in read(as_alice.get(team.address_of(made)))
    as_alice.post(team.address_of(made))
    made.refresh_from_db()
    assert made.is_open
    assert not initiative.co_organisers.exists()


def test_a_link_dies_after_fourteen_days_and_is_erased_with_its_address_at_night(as_bob, initiative, alice):
    made = team.invite(initiative, "paula@exemple.fr", by=alice)
    kept = team.make_link(initiative, by=alice)
    assert made.ends_at - made.created_at == timedelta(days=14)
    Invitation.objects.filter(pk=made.pk).update(ends_at=timezone.now())
    assert as_bob.post(team.address_of(made)).status_code == 410
    assert not initiative.co_organisers.exists()
    tasks.forget_letters()
    assert list(Invitation.objects.all()) == [kept]


def test_a_revoked_invitation_opens_nothing(as_alice, as_bob, initiative, alice):
    made = team.make_link(initiative, by=alice)
    assert team.address_of(made) in read(as_alice.get(reverse("initiative_team", args=[initiative.slug])))
    post(as_alice, "team_revoke", initiative, made.pk)
    assert as_bob.post(team.address_of(made)).status_code == 410
    assert not initiative.co_organisers.exists()


def test_the_invitation_of_another_initiative_cannot_be_revoked(as_bob, bob, initiative, alice):
    own = new_initiative(bob, title="Un banc de plus devant la poste")
    made = team.make_link(initiative, by=alice)
    post(as_bob, "team_revoke", own, made.pk)
    assert Invitation.objects.filter(pk=made.pk).exists()


def test_an_address_is_invited_once_at_a_time(as_alice, initiative):
    post(as_alice, "team_invite", initiative, email="paula@exemple.fr")
    answer = post(as_alice, "team_invite", initiative, email="PAULA@exemple.fr")
    assert "Une invitation attend déjà à cette adresse." in read(answer)
    assert 'value="paula@exemple.fr"' in read(answer).lower()
    assert Invitation.objects.count() == 1


def test_one_address_is_not_written_to_all_day_long(as_alice, initiative):
    for _ in range(team.INVITED_OF_ONE_ADDRESS_A_DAY):
        post(as_alice, "team_invite", initiative, email="paula@exemple.fr")
        Invitation.objects.all().delete()
    answer = post(as_alice, "team_invite", initiative, email="paula@exemple.fr")
    assert "Trop d’invitations sont parties" in read(answer)
    assert not Invitation.objects.exists()


def test_a_title_nobody_read_yet_does_not_leave_to_a_stranger(as_alice, alice):
    draft = new_initiative(
        alice, title="Gagnez 5000 euros par mois : https://argent.exemple", state="draft", published_at=None
    )
    answer = post(as_alice, "team_invite", draft, email="paula@exemple.fr")
    assert "invitez par un lien" in read(answer)
    assert not Notification.objects.exists()
    post(as_alice, "team_link", draft)
    assert draft.invitations.count() == 1


def test_nobody_joins_what_ended_or_is_withheld(as_bob, initiative, alice):
    link = team.address_of(team.make_link(initiative, by=alice))
    Initiative.objects.filter(pk=initiative.pk).update(state="closed", ended_at=timezone.now())
    assert "n’accueille plus personne" in read(as_bob.post(link))
    Initiative.objects.filter(pk=initiative.pk).update(state="published", ended_at=None, withheld_at=timezone.now())
    for answer in (as_bob.get(link), as_bob.post(link)):
        assert answer.status_code == 410 and initiative.title not in read(answer)
    assert not initiative.co_organisers.exists()
    with pytest.raises(LifeRefused):
        team.accept(team.find(link.split("/")[-2]), by=new_member("dan"))
    Initiative.objects.filter(pk=initiative.pk).update(withheld_at=None)
    assert as_bob.get(link).status_code == 200


def test_twenty_invitations_wait_at_most(initiative, alice):
    for _ in range(team.MOST_OPEN_INVITATIONS):
        made = team.make_link(initiative, by=alice)
    with pytest.raises(LifeRefused, match="Vingt invitations"):
        team.make_link(initiative, by=alice)
    Invitation.objects.filter(pk=made.pk).update(ends_at=timezone.now())
    team.make_link(initiative, by=alice)


def test_many_links_made_at_once_are_twenty_at_most(at_once, vitre_committed):
    alice = new_member("alice")
    initiative = new_initiative(alice, vitre_committed)
    for _ in range(team.MOST_OPEN_INVITATIONS - 3):
        team.make_link(initiative, by=alice)

    def make(_number):
        try:
            team.make_link(initiative, by=alice)
        except LifeRefused:
            return "refused"
        return "made"

    assert sorted(at_once(make, range(8))) == ["made"] * 3 + ["refused"] * 5
    assert initiative.invitations.count() == team.MOST_OPEN_INVITATIONS


def test_ten_join_at_most_whoever_accepts_at_the_same_moment(at_once, vitre_committed):
    alice = new_member("alice")
    initiative = new_initiative(alice, vitre_committed)
    for number in range(team.MOST_CO_ORGANISERS - 2):
        join(initiative, f"membre {number}")
    asked = [(team.make_link(initiative, by=alice), new_member(f"voisin {number}")) for number in range(6)]

    def accept(pair):
        invitation, member = pair
        try:
            return team.accept(invitation, by=member)
        except LifeRefused:
            return False

    assert sorted(at_once(accept, asked)) == [False] * 4 + [True] * 2
    assert initiative.co_organisers.count() == team.MOST_CO_ORGANISERS


def test_one_link_opened_by_many_at_once_takes_one(at_once, vitre_committed):
    alice = new_member("alice")
    initiative = new_initiative(alice, vitre_committed)
    link = team.make_link(initiative, by=alice)
    members = [new_member(f"voisin {number}") for number in range(6)]

    def accept(member):
        try:
            return team.accept(link, by=member)
        except LifeRefused:
            return False

    assert sorted(at_once(accept, members)) == [False] * 5 + [True]
    assert initiative.co_organisers.count() == 1


# --- Rights ----------------------------------------------------------------------------------------------------------


def test_a_co_organiser_edits_and_organises_but_invites_nobody(initiative, vitre):
    dan = join(initiative, "dan").member
    as_dan = client_of(dan)
    assert as_dan.get(reverse("initiative_text", args=[initiative.slug])).status_code == 200
    assert as_dan.get(f"{reverse('event_new')}?initiative={initiative.pk}").status_code == 200
    shown = read(as_dan.get(initiative.get_absolute_url()))
    assert "Vous aidez à porter cette initiative." in shown
    assert "Organiser un événement" in shown
    assert initiative.title in read(as_dan.get(reverse("my_initiatives")))
    for name in ("team_link", "team_withdraw_offer"):
        answer = post(as_dan, name, initiative)
        assert "Seules les personnes qui portent cette initiative" in read(answer)
    post(as_dan, "team_invite", initiative, email="paula@exemple.fr")
    assert not Invitation.objects.exists()


def test_an_event_of_a_co_organiser_is_of_the_initiative(initiative, vitre):
    dan = join(initiative, "dan").member
    day = timezone.localdate() + timedelta(days=20)
    client_of(dan).post(
        f"{reverse('event_new')}?initiative={initiative.pk}",
        {
            "kind": "meeting",
            "title": "Planter les premiers pommiers",
            "description": "On apporte des bêches et de bonnes chaussures.",
            "day": day.isoformat(),
            "starts": "14:00",
            "ends": "17:00",
            "commune": vitre.label,
            "commune_code": vitre.pk,
            "place_name": "Salle des fêtes",
        },
    )
    assert Event.objects.get().initiative == initiative


@pytest.mark.parametrize("state", ["draft", "submitted"])
def test_a_co_organiser_reads_what_is_not_public(alice, as_bob, state):
    hidden = new_initiative(alice, state=state, published_at=None, nursery_key="" if state == "draft" else "k7f3q9x2wd")
    dan = join(hidden, "dan").member
    assert client_of(dan).get(hidden.get_absolute_url()).status_code == 200
    assert hidden in Initiative.objects.visible_to(dan)
    assert hidden not in Initiative.objects.visible_to(new_member("eve"))


def test_a_co_organiser_reads_what_a_moderator_withheld(initiative):
    dan = join(initiative, "dan").member
    Initiative.objects.filter(pk=initiative.pk).update(withheld_at=timezone.now())
    assert client_of(dan).get(initiative.get_absolute_url()).status_code == 200
    assert client_of(dan).get(reverse("initiative_text", args=[initiative.slug])).status_code == 404


def test_the_table_of_rights_is_that_of_the_life_of_an_initiative(as_alice, initiative):
    shown = re.sub(r"\s+", " ", read(as_alice.get(reverse("initiative_team", args=[initiative.slug]))))
    assert '<th scope="row">Publier des nouvelles</th><td>oui</td><td>oui</td>' in shown
    assert '<th scope="row">Inviter dans l’équipe</th><td>oui</td><td>non</td>' in shown


def test_the_page_of_a_team_costs_the_same_with_one_or_ten(as_alice, alice, initiative):
    address = reverse("initiative_team", args=[initiative.slug])

    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as bill:
            assert as_alice.get(address).status_code == 200
        return len(bill)

    join(initiative, "dan")
    team.make_link(initiative, by=alice)
    as_alice.get(address)
    few = cost()
    for number in range(9):
        join(initiative, f"membre {number}")
    for _ in range(10):
        Invitation.objects.create(initiative=initiative, by=alice, ends_at=timezone.now() + timedelta(days=1))
    # session, member, initiative, roles, team, invitations, demonstration, permissions
    assert cost() == few <= 9


def test_what_one_carries_can_be_locked(initiative, alice):
    dan = join(initiative, "dan").member
    for member in (alice, dan):
        assert Initiative.objects.carried_by(member).select_for_update(of=("self",)).get() == initiative


# --- Leaving ---------------------------------------------------------------------------------------------------------


def test_a_co_organiser_leaves_and_the_author_knows(initiative, alice):
    dan = join(initiative, "dan").member
    answer = post(client_of(dan), "team_leave", initiative)
    assert "Vous avez quitté l’équipe" in read(answer)
    assert not initiative.co_organisers.exists()
    assert told(alice, "team_left")


def test_one_leaves_even_what_is_withheld(initiative):
    dan = join(initiative, "dan").member
    Initiative.objects.filter(pk=initiative.pk).update(withheld_at=timezone.now())
    team.leave(initiative, by=dan)
    assert not initiative.co_organisers.exists()


def test_an_author_does_not_leave_but_hands_over(as_alice, initiative, alice):
    answer = post(as_alice, "team_leave", initiative)
    assert "Seules les personnes" in read(answer)
    initiative.refresh_from_db()
    assert initiative.author == alice


def test_an_author_takes_somebody_off_the_team_who_is_told(as_alice, initiative):
    dan = join(initiative, "dan")
    post(as_alice, "team_dismiss", initiative, dan.pk)
    post(as_alice, "team_dismiss", initiative, dan.pk)
    assert not initiative.co_organisers.exists()
    assert len(told(dan.member, "team_dismissed")) == 1


def test_a_co_organiser_takes_nobody_off(initiative):
    dan, eve = join(initiative, "dan"), join(initiative, "eve")
    post(client_of(dan.member), "team_dismiss", initiative, eve.pk)
    assert initiative.co_organisers.count() == 2


# --- Handing over ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("leaves", [False, True])
def test_an_offer_that_is_accepted_swaps_the_roles(as_alice, alice, initiative, leaves):
    dan = join(initiative, "dan")
    post(as_alice, "team_offer", initiative, dan.pk, **({"leaves": "on"} if leaves else {}))
    initiative.refresh_from_db()
    assert initiative.author == alice, "an offer changes nothing by itself"
    assert told(dan.member, "team_offered")
    answer = post(client_of(dan.member), "team_answer_offer", initiative, accept="1")
    assert "c’est maintenant vous qui la portez" in read(answer)
    initiative.refresh_from_db()
    assert initiative.author == dan.member
    assert [each.member for each in initiative.co_organisers.all()] == ([] if leaves else [alice])
    assert told(alice, "team_taken_over")
    assert initiative.timeline.get().kind == TimelineEntry.Kind.HANDED_OVER


def test_an_offer_that_is_declined_changes_nothing_and_the_author_knows(as_alice, alice, initiative):
    dan = join(initiative, "dan")
    post(as_alice, "team_offer", initiative, dan.pk)
    post(client_of(dan.member), "team_answer_offer", initiative)
    initiative.refresh_from_db()
    assert initiative.author == alice
    assert initiative.co_organisers.get().offered_at is None
    assert told(alice, "team_offer_declined")


def test_an_offer_taken_back_cannot_be_accepted(as_alice, alice, initiative):
    dan = join(initiative, "dan")
    post(as_alice, "team_offer", initiative, dan.pk)
    post(as_alice, "team_withdraw_offer", initiative)
    answer = post(client_of(dan.member), "team_answer_offer", initiative, accept="1")
    assert "Cette proposition n’est plus ouverte." in read(answer)
    initiative.refresh_from_db()
    assert initiative.author == alice


def test_nobody_takes_over_what_was_offered_to_another(initiative, alice):
    dan, eve = join(initiative, "dan"), join(initiative, "eve")
    team.offer(initiative, dan.pk, leaves=False, by=alice)
    with pytest.raises(LifeRefused):
        team.take_over(initiative, by=eve.member)
    team.offer(initiative, eve.pk, leaves=False, by=alice)
    with pytest.raises(LifeRefused):
        team.take_over(initiative, by=dan.member)


def test_an_offer_accepted_twice_at_once_leaves_one_author_and_one_former(at_once, vitre_committed):
    alice = new_member("alice")
    initiative = new_initiative(alice, vitre_committed)
    dan = join(initiative, "dan")
    team.offer(initiative, dan.pk, leaves=False, by=alice)

    def take(_number):
        try:
            team.take_over(initiative, by=dan.member)
        except LifeRefused:
            return False
        return True

    assert sorted(at_once(take, range(4))) == [False] * 3 + [True]
    initiative.refresh_from_db()
    assert initiative.author == dan.member
    assert [each.member for each in initiative.co_organisers.all()] == [alice]
