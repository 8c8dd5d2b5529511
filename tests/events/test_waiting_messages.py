"""A message that waits in the outbox says what is true as it leaves, or does not leave."""

from datetime import timedelta

import pytest
from cast import new_event, new_initiative
from django.core import mail
from django.utils import timezone

from events import tasks
from events.models import Event
from events.services import asking, coming, posting, telling
from initiatives.services.announcing import tell_supporters
from initiatives.services.supports import support
from notifications import delivery
from notifications.models import Notification
from tests.events.crowd import clocks_at

SOON = timedelta(hours=20)


def subjects() -> list[str]:
    """What left now, in the order of the alphabet."""
    Notification.objects.filter(sent_at=None, failed_at=None).update(claimed_at=None, due_at=timezone.now())
    mail.outbox.clear()
    delivery.deliver_due()
    return sorted(message.subject for message in mail.outbox)


def move(event: Event, by, **moved) -> None:
    shift = timedelta(**moved)
    facts = {"starts_at": event.starts_at + shift, "ends_at": event.ends_at + shift}
    posting.edit(event, {}, facts, by=by)
    event.refresh_from_db()


@pytest.fixture
def tomorrow(alice, bob, vitre, mailoutbox) -> Event:
    """An event of Alice to which Bob comes, tomorrow at noon; he knows that he does."""
    noon = (timezone.localtime() + timedelta(days=1)).replace(hour=12, minute=0, second=0, microsecond=0)
    event = new_event(alice, vitre, starts_at=noon)
    coming.attend(event, by=bob)
    assert len(subjects()) == 1
    return event


@pytest.fixture
def reminded(tomorrow) -> Event:
    """The same, whose reminder waits to leave."""
    with clocks_at(tomorrow.starts_at - timedelta(hours=23)):
        assert tasks.remind_of_tomorrow() == 1
    return tomorrow


@pytest.mark.parametrize(("late", "leaves"), [(timedelta(hours=23), True), (timedelta(hours=25), False)])
def test_an_offer_leaves_as_long_as_it_can_be_answered(alice, bob, vitre, mailoutbox, late, leaves):
    event = new_event(alice, vitre, capacity=1, starts_at=timezone.now() + timedelta(days=9))
    for member in (alice, bob):
        coming.attend(event, by=member)
    subjects()
    coming.leave(event, by=alice)
    with clocks_at(timezone.now() + late):
        assert any(subject.startswith("Une place pour vous") for subject in subjects()) is leaves


def test_a_reminder_leaves_when_nothing_changed(reminded):
    assert subjects() == [f"Vous venez toujours\u202f? {reminded.title}"]


def test_a_reminder_of_what_was_cancelled_meanwhile_does_not_leave(reminded, alice):
    posting.cancel(reminded, by=alice)
    tasks.tell_cancellations()
    assert subjects() == [f"Annulé\u202f: {reminded.title}"]
    assert Notification.objects.get(kind="event_tomorrow").failure == "plus rien à dire"


def test_a_reminder_of_another_hour_does_not_leave_but_the_change_does(reminded, alice):
    move(reminded, alice, hours=2)
    with clocks_at(timezone.now() + timedelta(minutes=6)):
        tasks.tell_changes()
        assert subjects() == [f"Changement\u202f: {reminded.title}"]


def test_a_reminder_that_waits_until_the_event_is_over_does_not_leave(reminded):
    with clocks_at(reminded.ends_at):
        assert subjects() == []


def test_a_change_that_changed_again_before_it_left_is_told_once_as_it_is(tomorrow, alice):
    for hours in (1, 2):
        move(tomorrow, alice, hours=hours)
        with clocks_at(timezone.now() + timedelta(minutes=6)):
            assert tasks.tell_changes() == 1
    with clocks_at(timezone.now() + timedelta(minutes=6)):
        assert subjects() == [f"Changement\u202f: {tomorrow.title}"]
    assert tomorrow.span in mail.outbox[0].body


def test_what_a_moderator_hides_waits_and_leaves_once_it_is_back(reminded):
    reminded.withhold()
    assert subjects() == []
    row = Notification.objects.get(kind="event_tomorrow")
    assert row.failed_at is None and row.failure == "plus affiché pour le moment" and row.due_at > timezone.now()
    reminded.restore()
    assert subjects() == [f"Vous venez toujours\u202f? {reminded.title}"]


def test_those_who_come_hear_that_what_is_hidden_is_cancelled_without_its_words(tomorrow, alice):
    posting.cancel(tomorrow, by=alice)
    tasks.tell_cancellations()
    Event.objects.update(withheld_at=timezone.now())
    assert subjects() == [f"Annulé\u202f: Rendez-vous du {tomorrow.span}"]
    [message] = mail.outbox
    for said in (message.body, message.alternatives[0][0]):
        assert tomorrow.title not in said and "/evenements/" not in said and "je viens" in said


@pytest.mark.parametrize("back", [True, False])
def test_what_is_hidden_then_back_is_said_as_it_stands(tomorrow, back):
    Event.objects.update(withheld_at=timezone.now() - timedelta(minutes=6))
    assert telling.tell_hidden() == 1
    if back:
        Event.objects.update(withheld_at=None)
        assert subjects() == []
        assert telling.tell_hidden() == 1
        Event.objects.update(withheld_at=timezone.now())
        assert subjects() == []
    else:
        assert len(subjects()) == 1


def test_supporters_hear_of_a_new_event_at_the_hour_that_it_has_as_the_message_leaves(alice, bob, vitre, mailoutbox):
    initiative = new_initiative(alice, vitre)
    support(initiative, by=bob)
    event = new_event(alice, vitre, initiative=initiative)
    assert telling.announce() == 1 and tell_supporters() == 1
    move(event, alice, days=1)
    subjects()
    [announced] = [message for message in mail.outbox if message.to == [bob.email] and event.title in message.subject]
    assert event.message_context["when"] in announced.body


def test_a_visitor_gets_no_link_to_come_to_what_is_cancelled(tomorrow, alice):
    asking.ask(tomorrow, email="paula@exemple.fr", first_name="Paula", guests=0, consent="2026-11")
    assert asking.send_links() == 1
    posting.cancel(tomorrow, by=alice)
    assert subjects() == []


def test_a_batch_about_one_event_reads_it_once(tomorrow, django_assert_num_queries, alice, bob):
    def waiting(count: int) -> list[Notification]:
        context = tomorrow.message_context
        rows = [Notification(recipient=bob, kind="event_joined", key=f"x{n}", context=context) for n in range(count)]
        return Notification.objects.bulk_create(rows)

    claimed = timezone.now()
    for count in (2, 9):
        rows = waiting(count)
        for row in rows:
            row.claimed_at = claimed
        # The event; the addresses that are not written to; for each message its mark.
        with django_assert_num_queries(2 + count):
            assert delivery._send_all(rows) == count
        Notification.objects.all().delete()


def test_a_message_about_what_is_gone_does_not_leave(reminded):
    Event.objects.all().delete()
    assert subjects() == []
