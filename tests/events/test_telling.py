"""What people are told of events: supporters of a new one, organisers of who comes, participants of a cancellation."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from cast import client_of, database_url, new_event, new_initiative, new_member
from django.conf import settings
from django.core import mail
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from events import tasks
from events.models import Attendance, Event, Series
from events.services import coming, posting, refusals, telling
from initiatives.models import TimelineEntry
from initiatives.services import announcing
from initiatives.services.supports import support
from moderation import services as moderation
from moderation.models import Case
from notifications.models import Notification
from notifications.tasks import deliver_due


def told(kind: str) -> list[str]:
    """Display names of those who were told, in alphabetical order."""
    rows = Notification.objects.filter(kind=kind)
    return sorted(rows.values_list("recipient__display_name", flat=True))


@pytest.fixture
def supporters(initiative, alice, bob):
    """Bob, Emma and the author herself support; Dora does not."""
    emma, _dora = new_member("emma"), new_member("dora")
    for member in (alice, bob, emma):
        support(initiative, by=member)
    return initiative


# --- A new event -----------------------------------------------------------------------------------------------------


def test_supporters_are_told_of_a_new_event_once(
    as_alice, supporters, answers, django_capture_on_commit_callbacks, mailoutbox
):
    with django_capture_on_commit_callbacks(execute=True):
        as_alice.post(f"/evenements/nouveau/?initiative={supporters.pk}", answers())
    assert told("event_announced") == ["Bob", "Emma"]
    assert tasks.announce_events() == 0
    assert told("event_announced") == ["Bob", "Emma"]
    row = Notification.objects.filter(kind="event_announced").first()
    assert row.context["event_title"] == "Matinée de plantation"
    assert "18\u00a0h\u00a030" in row.context["when"] and "Vitré" in row.context["place"]
    deliver_due()
    assert sorted(message.to[0] for message in mail.outbox) == ["bob@exemple.fr", "emma@exemple.fr"]


@pytest.mark.parametrize("why", ["own", "queued", "cancelled", "withheld", "over", "closed initiative", "veiled"])
def test_nobody_is_told_of_an_event_that_is_not_for_them(supporters, alice, vitre, why):
    fields = {
        "own": {"initiative": None},
        "queued": {"published_at": None},
        "cancelled": {"cancelled_at": timezone.now()},
        "withheld": {"withheld_at": timezone.now()},
        "over": {"starts_at": timezone.now() - timedelta(days=1)},
    }
    if why == "veiled":
        supporters.withhold()
    if why == "closed initiative":
        supporters.state, supporters.ended_at = "closed", timezone.now()
        supporters.save()
    new_event(alice, vitre, **{"initiative": supporters} | fields.get(why, {}))
    assert tasks.announce_events() == 0
    assert not Notification.objects.exists()


def test_what_a_moderator_publishes_later_is_announced_by_the_sweep(as_alice, supporters, chloe, answers):
    as_alice.post(
        f"/evenements/nouveau/?initiative={supporters.pk}", answers(description="Tu es un connard, et tu le sais.")
    )
    assert tasks.announce_events() == 0 and told("event_announced") == []
    moderation.publish(Case.objects.get(), by=chloe, reason="C’est le numéro de la mairie.")
    assert tasks.announce_events() == 1
    assert told("event_announced") == ["Bob", "Emma"]


def test_supporters_who_have_not_heard_of_what_is_withheld_hear_of_it_once_it_is_back(supporters, alice, vitre):
    event = new_event(alice, vitre, initiative=supporters)
    assert telling.announce() == 1
    # Before its slices are told, then while its messages wait.
    event.withhold()
    assert tasks.announce_events() == 0 and not announcing.tell_supporters() and told("event_announced") == []
    event.restore()
    assert tasks.announce_events() == 1 and told("event_announced") == ["Bob", "Emma"]
    event.withhold()
    assert told("event_announced") == []
    event.restore()
    assert tasks.announce_events() == 1 and told("event_announced") == ["Bob", "Emma"]
    assert supporters.timeline.filter(kind=TimelineEntry.Kind.EVENT).count() == 1


def test_an_event_is_announced_once_by_ten_sweeps_at_once(at_once, vitre_committed):
    alice, bob = new_member("alice"), new_member("bob")
    initiative = new_initiative(alice, vitre_committed)
    support(initiative, by=bob)
    new_event(alice, vitre_committed, initiative=initiative)
    assert sum(at_once(lambda _sweep: tasks.announce_events(), range(10))) == 1
    assert told("event_announced") == ["Bob"]


# --- Who comes -------------------------------------------------------------------------------------------------------


def test_whoever_comes_is_told_where_and_when(event, bob):
    coming.attend(event, by=bob)
    assert told("event_joined") == ["Bob"]
    coming.leave(event, by=bob)
    coming.attend(event, by=bob)
    assert told("event_joined") == ["Bob"]


def test_the_organiser_is_told_at_most_once_an_hour(event, bob):
    coming.attend(event, by=bob)
    assert tasks.tell_organisers() == 1
    coming.attend(event, by=new_member("chloé"))
    assert tasks.tell_organisers() == 0
    assert told("event_attended") == ["Alice"]
    Event.objects.update(attendees_told_at=timezone.now() - timedelta(minutes=61))
    assert tasks.tell_organisers() == 1
    assert told("event_attended") == ["Alice", "Alice"]
    assert Notification.objects.filter(kind="event_attended").latest("id").context["count"] == 2


def test_the_organiser_is_not_told_of_themselves_nor_of_nobody(event, alice):
    assert tasks.tell_organisers() == 0
    coming.attend(event, by=alice)
    assert tasks.tell_organisers() == 0
    assert told("event_attended") == []


def test_the_organiser_is_told_of_who_replaces_somebody(event, bob):
    coming.attend(event, by=bob)
    tasks.tell_organisers()
    coming.leave(event, by=bob)
    coming.attend(event, by=new_member("chloé"))
    Event.objects.update(attendees_told_at=timezone.now() - timedelta(hours=2))
    assert tasks.tell_organisers() == 1


@pytest.mark.parametrize(
    "change", [{"author": None}, {"ends_at": timezone.now(), "starts_at": timezone.now() - timedelta(hours=1)}]
)
def test_nobody_is_told_of_who_comes_to_an_event_without_an_organiser_or_withheld(event, bob, change):
    coming.attend(event, by=bob)
    Event.objects.update(**change)
    assert tasks.tell_organisers() == 0
    assert told("event_attended") == []


def test_an_organiser_is_told_once_by_ten_sweeps_at_once(at_once, vitre_committed):
    event = new_event(new_member("alice"), vitre_committed)
    coming.attend(event, by=new_member("bob"))
    assert sum(at_once(lambda _sweep: tasks.tell_organisers(), range(10))) == 1
    assert told("event_attended") == ["Alice"]


# --- A cancellation --------------------------------------------------------------------------------------------------


def test_those_who_come_are_told_once_that_it_is_cancelled(
    as_alice, event, alice, bob, django_capture_on_commit_callbacks
):
    gone = new_member("dora")
    for member in (alice, bob, gone):
        coming.attend(event, by=member)
    coming.leave(event, by=gone)
    with django_capture_on_commit_callbacks(execute=True):
        as_alice.post(reverse("event_cancel", args=[event.slug]))
    assert told("event_cancelled") == ["Bob"]
    assert not posting.cancel(event, by=alice)
    assert tasks.tell_cancellations() == 0
    assert told("event_cancelled") == ["Bob"]


def test_nobody_is_told_of_an_event_that_takes_place(event, bob):
    coming.attend(event, by=bob)
    assert tasks.tell_cancellations() == 0
    assert told("event_cancelled") == []


def test_an_event_that_is_over_is_not_cancelled(alice, bob, vitre):
    event = new_event(alice, vitre, starts_at=timezone.now() - timedelta(days=1))
    assert not posting.cancel(event, by=alice)
    assert Event.objects.get().cancelled_at is None


def test_whoever_joins_while_it_is_cancelled_is_told_or_refused(at_once, vitre_committed):
    alice = new_member("alice")
    event = new_event(alice, vitre_committed)
    people = [new_member(f"m{n}") for n in range(12)]

    def act(member):
        try:
            return posting.cancel(event, by=alice) if member is alice else coming.attend(event, by=member)
        except refusals.EventClosed:
            return None

    at_once(act, [*people[:6], alice, *people[6:]])
    tasks.tell_cancellations()
    assert len(told("event_cancelled")) == event.attendances.count()


@pytest.mark.parametrize(
    ("state", "act", "kind"),
    [
        ({"cancelled_at": timezone.now()}, "tell_cancellations", "event_cancelled"),
        ({"withheld_at": timezone.now() - timedelta(minutes=6)}, "tell_hidden", "event_withheld"),
        ({"hidden_told_at": timezone.now()}, "tell_hidden", "event_back"),
    ],
)
def test_a_round_killed_while_it_tells_of_a_series_held_nobody_and_is_done_again_once(
    committed_db, vitre_committed, state, act, kind
):
    """A real process, killed once its messages are written and before it says so."""
    alice, people = new_member("alice"), [new_member(f"m{n}") for n in range(7)]
    one = Series.objects.create(rhythm="weekly", until=timezone.localdate() + timedelta(days=60))
    for week in range(2):
        event = new_event(alice, vitre_committed, series=one, starts_at=timezone.now() + timedelta(days=7 + 7 * week))
        for member in people:
            coming.attend(event, by=member)
    Event.objects.update(**state)
    script = f"""
import django, time
django.setup()
from events.services import telling
from notifications.services import telling as writing
writing.BATCH = 3
def done(*_all, **_told):
    print("told", flush=True)
    time.sleep(60)
telling._done = done
telling.{act}()
"""
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "possibles.settings", "DATABASE_URL": database_url()}
    process = subprocess.Popen([sys.executable, "-c", script], env=env, stdout=subprocess.PIPE, cwd=settings.BASE_DIR)
    assert process.stdout.readline() == b"told\n"
    # Whoever comes, leaves or changes a date does not wait for the messages of thousands.
    with transaction.atomic():
        assert len(Event.objects.select_for_update(nowait=True)) == 2
    assert getattr(telling, act)() == 0, "another round is not begun beside it"
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    assert told(kind) == []
    deadline = time.monotonic() + 10
    while not (number := getattr(telling, act)()) and time.monotonic() < deadline:
        # The database may learn of it a moment later.
        time.sleep(0.05)
    assert number == 2 and getattr(telling, act)() == 0
    assert told(kind) == sorted(each.display_name for each in people)


def test_what_is_withheld_again_while_people_are_told_that_it_is_back_is_not_said_to_be(event, bob, monkeypatch):
    coming.attend(event, by=bob)
    Event.objects.update(hidden_told_at=timezone.now())
    tell_of = telling._tell_of_dates

    def withheld_meanwhile(*args, **how):
        tell_of(*args, **how)
        Event.objects.update(withheld_at=timezone.now())

    with monkeypatch.context() as patched:
        patched.setattr(telling, "_tell_of_dates", withheld_meanwhile)
        assert telling.tell_hidden() == 0
    assert told("event_back") == []


def test_a_moderator_comes_like_anybody(chloe, event):
    client_of(chloe).post(reverse("event_attend", args=[event.slug]))
    assert told("event_joined") == ["Chloé"]


# --- A place that was kept, and nobody answered -----------------------------------------------------------------------


def test_those_whose_offers_end_together_are_told_together(alice, vitre):
    """Of a hall whose limit was lifted thousands may end in one moment, under the lock of the event."""

    def queries_for(people: int) -> int:
        event = new_event(alice, vitre)
        late = timezone.now() - timedelta(minutes=1)
        for number in range(people):
            member = new_member(f"e{event.pk}n{number}")
            Attendance.objects.create(
                event=event, member=member, state="offered", queue_number=number + 1, offer_ends_at=late
            )
        with CaptureQueriesContext(connection) as queries:
            assert tasks.move_waiting_lists() == people
        return len(queries)

    assert queries_for(2) == queries_for(30)
    assert len(told("event_offer_ended")) == 32
