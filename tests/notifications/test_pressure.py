"""What a mail server refuses, slows or leaves unanswered: how soon again, and what is not said any more."""

from datetime import timedelta

import pytest
from cast import new_member
from django.utils import timezone

from notifications import delivery, pressure, services
from notifications.delivery import Failure
from notifications.kinds import DOOR, KINDS
from notifications.models import Notification
from notifications.pressure import PAUSES, REFUSALS, mail_server

pytestmark = pytest.mark.django_db

CONTEXT = {"title": "Un verger", "url": "/initiatives/un-verger-1/", "reason": "Lu."}


def write(count: int) -> list[str]:
    """Messages to as many members; returns their addresses."""
    members = [new_member(f"membre{number}") for number in range(count)]
    services.tell_many([member.pk for member in members], kind="content_published", key="x", context=CONTEXT)
    return [member.email for member in members]


@pytest.fixture
def clock(monkeypatch):
    """Seconds that pass when a test says so."""
    now = [1000.0]
    monkeypatch.setattr(pressure.time, "monotonic", lambda: now[0])

    def passes(seconds: float) -> None:
        now[0] += seconds

    return passes


# --- How soon again --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "family"),
    [
        ("450 4.2.0 Greylisted, come back in five minutes", Failure.BUSY),
        ("451 Local error", Failure.BUSY),
        ("452 4.2.2 Mailbox full", Failure.FULL),
        ("552 5.2.2 Over quota", Failure.FULL),
    ],
)
@pytest.mark.parametrize("when", ["refuse_recipient", "refuse_data"])
def test_each_family_of_refusals_has_its_own_patience(alice, sink, said, family, when):
    getattr(sink, when)[alice.email] = said
    services.tell(alice, kind="content_published", key="x", context=CONTEXT)
    row = Notification.objects.get()
    for attempt, wait in enumerate(family.waits, start=1):
        mail_server.reset()
        Notification.objects.update(due_at=timezone.now())
        before = timezone.now()
        delivery.deliver_due()
        row.refresh_from_db()
        assert row.attempts == attempt
        assert wait <= row.due_at - before < wait + timedelta(seconds=30)
        assert row.failed_at is None
    Notification.objects.update(due_at=timezone.now())
    delivery.deliver_due()
    row.refresh_from_db()
    assert row.failed_at


def test_a_mistake_of_ours_is_left_time_to_be_mended(alice, sink):
    services.tell(alice, kind="content_published", key="x", context=CONTEXT)
    Notification.objects.update(kind="unheard_of")
    delivery.deliver_due()
    row = Notification.objects.get()
    assert row.due_at - timezone.now() > timedelta(minutes=4)
    assert row.failure == "KeyError"


# --- A server that has enough ----------------------------------------------------------------------------------------


def test_a_server_that_is_down_is_left_alone_longer_each_time_then_tried_with_one_message(sink, settings, clock):
    addresses = write(4)
    settings.EMAIL_PORT = 1
    for pause in [*PAUSES, PAUSES[-1]]:
        attempts = sum(Notification.objects.values_list("attempts", flat=True))
        delivery.deliver_due()
        assert sum(Notification.objects.values_list("attempts", flat=True)) == attempts + 1
        clock(pause - 0.1)
        assert delivery.deliver_due() == 0
        assert not delivery.deliver(Notification.objects.latest("pk").pk)
        assert sum(Notification.objects.values_list("attempts", flat=True)) == attempts + 1
        clock(0.2)
        Notification.objects.update(due_at=timezone.now())
    settings.EMAIL_PORT = sink.port
    assert delivery.deliver_due() == 4
    assert sorted(sink.recipients) == sorted(addresses)
    assert not mail_server.is_on_trial


def test_many_refusals_in_a_row_are_the_server_s_and_cost_the_others_nothing(sink, clock):
    addresses = write(REFUSALS + 3)
    for address in addresses:
        sink.refuse_recipient[address] = "450 4.7.1 Too many messages, slow down"
    assert delivery.deliver_due() == 0
    assert sorted(Notification.objects.values_list("attempts", flat=True)) == [0] * 3 + [1] * REFUSALS
    assert not Notification.objects.exclude(claimed_at=None).exists()
    assert mail_server.is_paused
    sink.refuse_recipient.clear()
    clock(PAUSES[0] + 0.1)
    assert delivery.deliver_due() == 3


def test_one_full_mailbox_after_another_is_no_reason_to_wait(sink):
    addresses = write(REFUSALS + 3)
    for address in addresses[:-1]:
        sink.refuse_recipient[address] = "452 4.2.2 Mailbox full"
    assert delivery.deliver_due() == 1


def test_a_server_that_slows_gets_fewer_messages_a_sweep_and_what_was_claimed_is_given_back(sink, monkeypatch):
    monkeypatch.setattr(delivery, "SWEEP", timedelta(seconds=0.5))
    sink.pause = 0.2
    write(20)
    sent = delivery.deliver_due()
    assert 1 <= sent <= 4
    waiting = Notification.objects.waiting()
    assert waiting.count() == 20 - sent
    assert not waiting.exclude(claimed_at=None, attempts=0).exists()
    sink.pause = 0
    monkeypatch.undo()
    assert delivery.deliver_due() == 20 - sent
    assert len(set(sink.recipients)) == len(sink.recipients) == 20


# --- What is not said any more ---------------------------------------------------------------------------------------


def test_a_link_that_is_dead_is_not_sent(sink):
    now = timezone.now()
    said = {"title": "Un verger", "url": "/x/", "place": "Vitré", "first_name": "Paula"}
    for name, until in [("dead", now - timedelta(seconds=1)), ("alive", now + timedelta(days=1))]:
        context = said | {"until": until.isoformat()}
        services.write_to(f"{name}@exemple.fr", kind="support_link", key=name, context=context)
    assert delivery.deliver_due() == 1
    assert sink.recipients == ["alive@exemple.fr"]
    assert Notification.objects.get().failure == "trop tard pour le dire"


def test_a_reminder_of_the_day_is_not_sent_the_day_after(chloe, sink):
    services.tell(chloe, kind="cases_waiting", key="x", context={"count": 3, "url": "/admin/"})
    Notification.objects.update(created_at=timezone.now() - timedelta(days=1, seconds=1))
    assert delivery.deliver_due() == 0
    assert Notification.objects.get().failed_at


def test_a_day_is_over_at_its_end_here():
    now = timezone.localtime().replace(hour=23, minute=30)
    kind = KINDS["initiative_sleeps"]
    assert not kind.is_stale({"ends_at": f"{now.date()}"}, written_at=now, now=now)
    assert kind.is_stale({"ends_at": f"{now.date()}"}, written_at=now, now=now + timedelta(minutes=31))
    assert not kind.is_stale({}, written_at=now, now=now + timedelta(days=90))


def test_each_link_that_dies_one_day_is_known_to_the_table():
    # That an account was closed is told however late.
    late = {"departure"}
    dying = {kind.name for kind in KINDS.values() if kind.group == DOOR and "until" in kind.days}
    assert {name for name in dying if KINDS[name].ends != "until"} == late


def test_a_decision_is_told_however_late():
    now = timezone.now()
    context = {"until": (now - timedelta(days=9)).isoformat()}
    assert not KINDS["content_withheld"].is_stale(context, written_at=now - timedelta(days=30), now=now)


def test_what_is_not_said_any_more_keeps_nothing_that_waits_behind_it(alice, sink, monkeypatch):
    monkeypatch.setattr(delivery, "BATCH", 3)
    write(7)
    Notification.objects.update(kind="cases_waiting", created_at=timezone.now() - timedelta(days=2))
    services.tell(alice, kind="content_published", key="x", context=CONTEXT)
    assert delivery.deliver_due() == 1
    assert sink.recipients == [alice.email]
