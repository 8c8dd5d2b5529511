"""Whoever comes hears of what changes, once; calendars know by its number that something did."""

from datetime import timedelta

import pytest
from cast import client_of, new_event, new_member
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from events import tasks
from events.models import Event, Series
from events.services import coming, posting
from moderation import services as moderation
from moderation.models import Case
from notifications.models import Notification
from territories.models import Commune


def told(kind: str = "event_moved") -> list[str]:
    rows = Notification.objects.filter(kind=kind)
    return sorted(rows.values_list("recipient__display_name", flat=True))


def later(event: Event, **moved) -> dict:
    """Its hours, moved by so long."""
    by = timedelta(**moved)
    return {"starts_at": event.starts_at + by, "ends_at": event.ends_at + by}


def quiet() -> None:
    """Nobody touched anything for a while."""
    Event.objects.update(updated_at=timezone.now() - timedelta(minutes=6))


@pytest.fixture
def attended(event, bob):
    """Alice's event, to which Bob comes, and Emma, and Alice herself."""
    for member in (bob, new_member("emma"), event.author):
        coming.attend(event, by=member)
    event.refresh_from_db()
    return event


# --- The number of calendars -----------------------------------------------------------------------------------------

NANTES = "44109"


@pytest.mark.parametrize(
    ("texts", "facts"),
    [
        ({}, {"starts_at": 1}),
        ({}, {"ends_at": 1}),
        ({}, {"commune": NANTES}),
        ({}, {"latitude": 48.13, "longitude": -1.2, "precision": "hand"}),
        ({"title": "Un autre titre"}, {}),
        ({"description": "Autre chose."}, {}),
        ({"place_name": "Au lavoir"}, {}),
        ({"address": "3 rue Neuve"}, {}),
        ({"online_url": "https://visio.exemple.fr/verger"}, {}),
    ],
)
def test_what_calendars_show_counts_one_more_and_keeps_its_name(event, alice, texts, facts):
    facts = {
        name: getattr(event, name) + timedelta(minutes=5) if name in ("starts_at", "ends_at") else value
        for name, value in facts.items()
    }
    if "commune" in facts:
        facts["commune"] = Commune.objects.select_related("department").get(code=facts["commune"])
    uid = event.uid
    posting.edit(event, texts, facts, by=alice)
    event.refresh_from_db()
    assert (event.sequence, event.uid) == (1, uid)
    posting.edit(event, texts, facts, by=alice)
    event.refresh_from_db()
    assert event.sequence == 1


def test_what_calendars_do_not_show_counts_nothing(event, alice):
    posting.edit(event, {}, {"capacity": 40, "checklist": [{"text": "Réserver", "done": False}]}, by=alice)
    event.refresh_from_db()
    assert event.sequence == 0 and event.capacity == 40


def test_a_text_that_waits_counts_when_it_is_published(event, alice, chloe):
    posting.edit(event, {"title": "Appelez le 06 12 34 56 78"}, {}, by=alice)
    event.refresh_from_db()
    assert event.sequence == 0
    moderation.publish(Case.objects.get(), by=chloe, reason="C’est le numéro de la mairie.")
    event.refresh_from_db()
    assert event.sequence == 1


def test_cancelling_counts_one_more(event, alice):
    posting.cancel(event, by=alice)
    event.refresh_from_db()
    assert event.sequence == 1


def test_an_event_that_nobody_reads_yet_counts_nothing(event, alice):
    Event.objects.update(published_at=None)
    posting.edit(event, {}, later(event, hours=1), by=alice)
    event.refresh_from_db()
    assert (event.sequence, event.told_facts) == (0, None)


# --- A new hour, a new place -----------------------------------------------------------------------------------------


def test_those_who_come_are_told_of_a_new_hour_once_things_are_quiet(attended, alice):
    before = attended.span
    posting.edit(attended, {}, later(attended, days=1), by=alice)
    assert tasks.tell_changes() == 0 and told() == []
    quiet()
    assert tasks.tell_changes() == 1 and tasks.tell_changes() == 0
    assert told() == ["Bob", "Emma"]
    context = Notification.objects.filter(kind="event_moved").first().context
    attended.refresh_from_db()
    assert (context["old_when"], context["when"], context["old_place"]) == (before, attended.span, "")
    assert attended.told_sequence == attended.sequence == 1 and attended.told_facts is None


def test_several_changes_make_one_message_that_says_what_was_first(attended, alice):
    before = attended.span
    posting.edit(attended, {}, later(attended, days=1), by=alice)
    posting.edit(attended, {"place_name": "Au lavoir"}, later(attended, days=2), by=alice)
    quiet()
    assert tasks.tell_changes() == 1
    assert told() == ["Bob", "Emma"]
    context = Notification.objects.filter(kind="event_moved").first().context
    assert context["old_when"] == before
    assert "Salle des fêtes" in context["old_place"] and "Au lavoir" in context["place"]


def test_what_is_moved_and_moved_back_is_told_to_nobody(attended, alice):
    posting.edit(attended, {}, later(attended, days=1), by=alice)
    posting.edit(attended, {}, later(attended), by=alice)
    quiet()
    assert tasks.tell_changes() == 0 and told() == []
    assert tasks.tell_changes() == 0
    attended.refresh_from_db()
    assert attended.told_sequence == attended.sequence == 2


def test_two_changes_a_day_apart_are_two_messages(attended, alice):
    for _day in range(2):
        attended.refresh_from_db()
        posting.edit(attended, {}, later(attended, hours=1), by=alice)
        quiet()
        assert tasks.tell_changes() == 1
    assert told() == ["Bob", "Bob", "Emma", "Emma"]


@pytest.mark.parametrize(("starts", "moved"), [(2, {"hours": 1}), (2, {"days": 9}), (24 * 9, {"days": -9, "hours": 3})])
def test_nobody_waits_who_may_be_about_to_leave_home(attended, alice, starts, moved):
    Event.objects.update(
        starts_at=timezone.now() + timedelta(hours=starts), ends_at=timezone.now() + timedelta(hours=starts + 2)
    )
    attended.refresh_from_db()
    posting.edit(attended, {}, later(attended, **moved), by=alice)
    assert tasks.tell_changes() == 1
    assert told() == ["Bob", "Emma"]


def test_other_words_are_told_to_nobody(attended, alice):
    posting.edit(attended, {"title": "Un autre titre", "description": "Autre chose."}, {"capacity": 50}, by=alice)
    quiet()
    assert tasks.tell_changes() == 0 and told() == []
    assert not Event.objects.filter(sequence__gt=0, told_sequence=0).exists()


def test_a_link_that_is_given_is_no_change_and_another_link_is(alice, bob, vitre):
    event = new_event(alice, None)
    coming.attend(event, by=bob)
    posting.edit(event, {"online_url": "https://visio.exemple.fr/un"}, {}, by=alice)
    quiet()
    assert tasks.tell_changes() == 0
    posting.edit(event, {"online_url": "https://visio.exemple.fr/deux"}, {}, by=alice)
    quiet()
    assert tasks.tell_changes() == 1
    row = Notification.objects.get(kind="event_moved")
    assert row.context["new_link"] and "visio" not in str(row.context)


def test_whoever_came_after_the_change_is_not_told_of_it(attended, alice):
    posting.edit(attended, {}, later(attended, days=1), by=alice)
    coming.attend(attended, by=new_member("dora"))
    quiet()
    tasks.tell_changes()
    assert told() == ["Bob", "Emma"]


def test_the_author_who_comes_hears_of_what_another_organiser_changed(attended, initiative, bob):
    initiative.co_organisers.create(member=bob)
    posting.edit(attended, {}, later(attended, days=1), by=bob)
    quiet()
    tasks.tell_changes()
    assert told() == ["Emma"] and told("event_team_moved") == ["Alice"]


def test_the_author_who_does_not_come_hears_once_of_what_another_organiser_did(
    event, initiative, alice, bob, django_capture_on_commit_callbacks
):
    initiative.co_organisers.create(member=bob)
    posting.edit(event, {}, later(event, days=1), by=bob)
    quiet()
    assert tasks.tell_changes() == 1 and tasks.tell_changes() == 0
    event.refresh_from_db()
    posting.cancel(event, by=bob)
    with django_capture_on_commit_callbacks(execute=True):
        assert tasks.tell_cancellations() == 1 and tasks.tell_cancellations() == 0
    assert told("event_team_moved") == told("event_team_cancelled") == ["Alice"]
    assert told() == told("event_cancelled") == []
    [message] = [each for each in mail.outbox if "annulé" in each.subject]
    assert message.to == ["alice@exemple.fr"]
    assert "Bob, qui l’organise avec vous, a annulé ce rendez-vous." in message.body


def test_who_cancels_for_another_reads_that_only_whoever_posted_it_is_told(event, initiative, bob, as_bob, as_alice):
    initiative.co_organisers.create(member=bob)
    address = reverse("event_cancel", args=[event.slug])
    assert "nous n’écrirons à personne" in as_alice.get(address).content.decode()
    page = as_bob.get(address).content.decode()
    assert "seule la personne qui l’a publié sera prévenue" in page and "nous n’écrirons à personne" not in page
    page = as_bob.post(address, follow=True).content.decode()
    assert "seule la personne qui l’a publié est prévenue" in page and "nous n’écrivons à personne" not in page


def test_the_author_is_not_told_of_what_they_did_themselves(attended, alice):
    posting.edit(attended, {}, later(attended, days=1), by=alice)
    quiet()
    tasks.tell_changes()
    posting.cancel(attended, by=alice)
    tasks.tell_cancellations()
    assert told("event_team_moved") == told("event_team_cancelled") == []
    assert told() == told("event_cancelled") == ["Bob", "Emma"]


def test_the_author_of_a_series_hears_in_one_message_that_another_organiser_cancelled_it(event, initiative, bob, vitre):
    initiative.co_organisers.create(member=bob)
    one = Series.objects.create(rhythm="weekly", until=timezone.localdate() + timedelta(days=60))
    weeks = [event.starts_at + timedelta(weeks=n) for n in (1, 2)]
    others = [new_event(event.author, vitre, initiative=initiative, series=one, starts_at=week) for week in weeks]
    coming.attend(others[1], by=event.author)
    posting.cancel(others[0], by=bob, following=True)
    assert tasks.tell_cancellations() == 2
    [row] = Notification.objects.filter(kind__in=["event_team_cancelled", "event_cancelled"])
    assert row.kind == "event_team_cancelled" and len(row.context["dates"]) == 2


def test_whoever_waits_for_a_place_is_told_too(event, alice, bob):
    Event.objects.update(capacity=1)
    coming.attend(event, by=bob)
    coming.attend(event, by=new_member("emma"))
    event.refresh_from_db()
    assert event.waiting_count == 1
    posting.edit(event, {}, later(event, days=1), by=alice)
    quiet()
    tasks.tell_changes()
    assert told() == ["Bob", "Emma"]
    posting.cancel(event, by=alice)
    tasks.tell_cancellations()
    assert told("event_cancelled") == ["Bob", "Emma"]


def test_a_change_of_what_is_then_cancelled_is_told_as_a_cancellation(attended, alice):
    posting.edit(attended, {}, later(attended, days=1), by=alice)
    posting.cancel(attended, by=alice)
    quiet()
    assert tasks.tell_changes() == 0 and tasks.tell_cancellations() == 1
    assert told() == [] and told("event_cancelled") == ["Bob", "Emma"]


def test_a_change_is_not_told_while_the_event_is_withheld(attended, alice):
    posting.edit(attended, {}, later(attended, days=1), by=alice)
    attended.refresh_from_db()
    attended.withhold()
    quiet()
    assert tasks.tell_changes() == 0
    attended.restore()
    assert tasks.tell_changes() == 1


def test_ten_sweeps_at_once_tell_of_a_change_once(at_once, vitre_committed):
    alice, bob = new_member("alice"), new_member("bob")
    event = new_event(alice, vitre_committed)
    coming.attend(event, by=bob)
    posting.edit(event, {}, later(event, days=1), by=alice)
    quiet()
    assert sum(at_once(lambda _sweep: tasks.tell_changes(), range(10))) == 1
    assert told() == ["Bob"]


def test_a_change_made_while_others_are_told_is_told_in_its_turn(at_once, vitre_committed):
    alice, bob = new_member("alice"), new_member("bob")
    event = new_event(alice, vitre_committed, starts_at=timezone.now() + timedelta(hours=20))
    coming.attend(event, by=bob)
    kept = Event.objects.get(pk=event.pk)

    def act(n):
        return tasks.tell_changes() if n % 2 else posting.edit(event, {}, later(kept, minutes=n + 1), by=alice)

    at_once(act, range(12))
    tasks.tell_changes()
    event.refresh_from_db()
    last = Notification.objects.filter(kind="event_moved").latest("pk")
    assert event.told_sequence == event.sequence and event.told_facts is None
    assert last.context["when"] == event.span


def test_the_message_of_a_change_says_both_hours_and_how_to_give_the_place_back(
    attended, alice, django_capture_on_commit_callbacks
):
    before = attended.span
    with django_capture_on_commit_callbacks(execute=True):
        posting.edit(attended, {"place_name": "Au lavoir"}, later(attended, days=1), by=alice)
    quiet()
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        tasks.tell_changes()
    attended.refresh_from_db()
    message = next(each for each in mail.outbox if each.to == ["bob@exemple.fr"] and "Changement" in each.subject)
    for body in (message.body, message.alternatives[0][0]):
        for said in (before, attended.span, "Au lavoir", "Salle des fêtes", "ne-plus-venir"):
            assert said in body, said


# --- Who may ---------------------------------------------------------------------------------------------------------


def test_whoever_carries_the_initiative_changes_and_cancels(event, initiative, bob, answers):
    initiative.co_organisers.create(member=bob)
    client = client_of(bob)
    answer = client.post(reverse("event_edit", args=[event.slug]), answers(title="Un autre titre"))
    event.refresh_from_db()
    assert answer.url == event.get_absolute_url() and event.title == "Un autre titre"
    client.post(reverse("event_cancel", args=[event.slug]))
    event.refresh_from_db()
    assert event.cancelled_at
    # Who cancelled it is not told of it; its author, who does not come, reads it on the page.
    assert tasks.tell_cancellations() in (0, 1)


# --- Withheld, and back ----------------------------------------------------------------------------------------------


def test_those_who_come_are_told_that_it_is_not_shown_any_more_without_its_words(attended, chloe):
    moderation.withhold(attended, by=chloe, ground="spam", reason="Publicité.")
    assert tasks.tell_hidden() == 0
    Event.objects.update(withheld_at=timezone.now() - timedelta(minutes=6))
    assert tasks.tell_hidden() == 1 and tasks.tell_hidden() == 0
    assert told("event_withheld") == ["Bob", "Emma"]
    for row in Notification.objects.filter(kind="event_withheld"):
        assert attended.title not in str(row.context) and "Publicité" not in str(row.context)
        assert attended.span == row.context["when"] and row.context["place"] == "Vitré (Ille-et-Vilaine)"


def test_the_message_of_what_is_hidden_leaves_without_the_words_of_the_event(
    attended, chloe, django_capture_on_commit_callbacks
):
    Event.objects.update(withheld_at=timezone.now() - timedelta(minutes=6))
    with django_capture_on_commit_callbacks(execute=True):
        tasks.tell_hidden()
    message = next(each for each in mail.outbox if each.to == ["bob@exemple.fr"] and "affiché" in each.subject)
    for said in (message.subject, message.body, message.alternatives[0][0]):
        assert attended.title not in said and "reunion-publique" not in said
    assert "n’est plus affiché" in message.body


def test_a_decision_taken_back_at_once_worries_nobody(attended, chloe):
    moderation.withhold(attended, by=chloe, ground="spam", reason="Publicité.")
    moderation.restore(attended, by=chloe, reason="Je me suis trompée.")
    Event.objects.update(updated_at=timezone.now() - timedelta(hours=1))
    assert tasks.tell_hidden() == 0
    assert told("event_withheld") == told("event_back") == []


def test_those_who_were_told_hear_that_it_is_back(attended, chloe):
    moderation.withhold(attended, by=chloe, ground="spam", reason="Publicité.")
    Event.objects.update(withheld_at=timezone.now() - timedelta(minutes=6))
    tasks.tell_hidden()
    attended.refresh_from_db()
    moderation.restore(attended, by=chloe, reason="Après examen, rien à redire.")
    assert tasks.tell_hidden() == 1 and tasks.tell_hidden() == 0
    assert told("event_back") == ["Bob", "Emma"]
    moderation.withhold(attended, by=chloe, ground="spam", reason="Encore.")
    Event.objects.update(withheld_at=timezone.now() - timedelta(minutes=7))
    assert tasks.tell_hidden() == 1
    assert told("event_withheld") == ["Bob", "Bob", "Emma", "Emma"]


@pytest.mark.parametrize("state", ["over", "cancelled", "never shown"])
def test_what_nobody_was_going_to_is_told_to_nobody(attended, state):
    now = timezone.now()
    Event.objects.update(withheld_at=now - timedelta(hours=1))
    Event.objects.update(
        **{
            "over": {"starts_at": now - timedelta(days=1), "ends_at": now - timedelta(hours=20)},
            "cancelled": {"cancelled_at": now, "cancellation_told_at": now},
            "never shown": {"published_at": None},
        }[state]
    )
    tasks.tell_hidden()
    assert told("event_withheld") == []
