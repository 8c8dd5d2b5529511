"""Real Celery workers on a real Redis: killed between two messages, or slowed by a mail server."""

import time
from datetime import timedelta
from email.header import decode_header, make_header

import pytest
from cast import new_member
from django.db import connection
from django.utils import timezone

from core.postgresql.base import EVERY
from notifications import delivery, services
from notifications.models import Notification
from tests.notifications.workers import kill, until

pytestmark = pytest.mark.redis

MESSAGES = 12


def test_a_worker_killed_between_two_messages_loses_none_and_repeats_none(worker, broker, sink):
    members = [new_member(f"membre{number}") for number in range(MESSAGES)]
    services.tell_many(
        [member.pk for member in members],
        # Told at any hour: nobody sleeps through these tests.
        kind="content_published",
        key="decision-1",
        context={"title": "Un verger", "url": "/initiatives/un-verger-1/"},
        is_slice=True,
    )
    sink.hold_after = 5
    first = worker()
    broker.send_task("notifications.tasks.deliver_due")
    until(sink.holding.is_set, first)
    kill(first)
    assert len(sink.accepted) == 5
    assert Notification.objects.waiting().exclude(claimed_at=None).count() == MESSAGES - 5

    # The claims of the dead worker hold for a while: nobody sends what it may still be sending.
    sink.hold_after = None
    assert delivery.deliver_due() == 0
    # The lease passes.
    Notification.objects.waiting().update(claimed_at=timezone.now() - delivery.LEASE - timedelta(seconds=1))
    second = worker()
    broker.send_task("notifications.tasks.deliver_due")
    until(lambda: not Notification.objects.waiting().exists(), second)

    assert sorted(sink.recipients) == sorted(member.email for member in members)
    assert len({message["Message-ID"] for message in sink.accepted}) == MESSAGES


def backends() -> set[int]:
    """The processes of PostgreSQL that delivered last."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE query LIKE '%notifications_notification%' "
            "AND datname = current_database() AND pid <> pg_backend_pid()"
        )
        return {pid for (pid,) in cursor}


def test_a_worker_keeps_its_connection_from_one_task_to_the_next_and_leaves_one_that_broke(worker, broker, sink):
    only = worker()

    def deliver_to(name: str) -> set[int]:
        member = new_member(name)
        context = {"title": "Un verger", "url": "/x/"}
        services.tell_many([member.pk], kind="content_published", key="x", context=context, is_slice=True)
        broker.send_task("notifications.tasks.deliver", [Notification.objects.get(recipient=member).pk])
        until(lambda: Notification.objects.get(recipient=member).sent_at, only)
        return backends()

    first = deliver_to("alice")
    assert len(first) == 1
    assert deliver_to("bob") == first
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [*first])
    # Checked once a second at most (core.postgresql).
    time.sleep(EVERY)
    again = deliver_to("carole")
    assert len(again) == 1
    assert again != first


def test_a_message_is_delivered_by_the_worker_right_after_the_act(worker, broker, sink):
    only = worker()
    alice = new_member("alice")
    services.tell_many(
        [alice.pk],
        kind="content_published",
        key="decision:1",
        context={"title": "Un verger", "url": "/x/"},
        is_slice=True,
    )
    broker.send_task("notifications.tasks.deliver", [Notification.objects.get().pk])
    until(lambda: Notification.objects.get().sent_at, only)
    assert sink.recipients == [alice.email]


def test_a_code_does_not_wait_for_a_long_delivery(worker, broker, sink):
    members = [new_member(f"membre{number}") for number in range(MESSAGES)]
    services.tell_many(
        [member.pk for member in members],
        # Told at any hour: nobody sleeps through these tests.
        kind="content_published",
        key="decision-1",
        context={"title": "Un verger", "url": "/initiatives/un-verger-1/"},
        is_slice=True,
    )
    sink.pause = 0.5
    slow, urgent = worker("celery"), worker("urgent")
    broker.send_task("notifications.tasks.deliver_due")
    until(lambda: sink.recipients, slow)
    broker.send_task("members.tasks.send_code", ["sign_in", members[-1].email, "12345678"])
    until(lambda: any("code" in str(make_header(decode_header(m["Subject"]))) for m in sink.accepted), urgent)
    assert Notification.objects.waiting().count() > MESSAGES / 3
