"""Real Celery workers on a real Redis: killed between two messages, or slowed by a mail server."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from email.header import decode_header, make_header

import pytest
from cast import database_url, new_member
from celery import Celery
from django.conf import settings as django_settings
from django.db import connection
from django.utils import timezone

from core.postgresql.base import EVERY
from notifications import delivery, services
from notifications.models import Notification

pytestmark = pytest.mark.redis

MESSAGES = 12


@pytest.fixture
def worker(committed_db, redis_url, sink, tmp_path):
    """`worker()` starts a worker as in production, whose messages go to the sink. All are ended with the test.

    It serves every queue, or the one named.
    """
    environment = os.environ | {
        "DEVELOPMENT": "1",
        "DATABASE_URL": database_url(),
        "REDIS_URL": redis_url,
        "EMAIL_URL": f"smtp://127.0.0.1:{sink.port}",
        "VAR_DIR": str(tmp_path),
    }
    started = []

    def start(queue: str = "") -> subprocess.Popen:
        command = [sys.executable, "-m", "celery", "-A", "possibles", "worker", "--concurrency", "1", "-l", "WARNING"]
        if queue:
            command += ["--queues", queue, "--hostname", f"{queue}@%h"]
        process = subprocess.Popen(
            [*command, "--without-gossip", "--without-mingle", "--without-heartbeat"],
            cwd=django_settings.BASE_DIR,
            env=environment,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        kill(process)


def kill(process: subprocess.Popen) -> None:
    """The worker and its child die at once, without a word."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def until(condition, worker: subprocess.Popen, *, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert worker.poll() is None, "the worker ended by itself"
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.05)


@pytest.fixture
def broker(redis_url):
    """What the site does after a commit, without this process's own settings."""
    app = Celery(broker=redis_url, set_as_current=False)
    app.conf.task_ignore_result = True
    app.conf.task_queues = django_settings.CELERY_TASK_QUEUES
    app.conf.task_routes = django_settings.CELERY_TASK_ROUTES
    yield app
    app.close()


def test_a_worker_killed_between_two_messages_loses_none_and_repeats_none(worker, broker, sink):
    members = [new_member(f"membre{number}") for number in range(MESSAGES)]
    services.tell_many(
        [member.pk for member in members],
        kind="event_announced",
        key="event-1",
        context={"event_title": "Réunion", "initiative_title": "Un verger", "url": "/evenements/reunion-1/"},
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
        kind="event_announced",
        key="event-1",
        context={"event_title": "Réunion", "initiative_title": "Un verger", "url": "/evenements/reunion-1/"},
        is_slice=True,
    )
    sink.pause = 0.5
    slow, urgent = worker("celery"), worker("urgent")
    broker.send_task("notifications.tasks.deliver_due")
    until(lambda: sink.recipients, slow)
    broker.send_task("members.tasks.send_code", ["sign_in", members[-1].email, "12345678"])
    until(lambda: any("code" in str(make_header(decode_header(m["Subject"]))) for m in sink.accepted), urgent)
    assert Notification.objects.waiting().count() > MESSAGES / 3
