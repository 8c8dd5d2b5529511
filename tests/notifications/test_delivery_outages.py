"""A worker, the broker or PostgreSQL killed between two messages: each still reaches its reader, once.

What the one that dies was saying at that very moment is said again, and under the same identifier.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from datetime import time, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
from cast import free_port, new_member, wait_for_port
from django.db import connection, connections
from django.utils import timezone

from deploy.postgres import Cluster, find_programs
from members.models import Member
from notifications import delivery, pushing, services, vapid
from notifications.models import MailSettings, Notification, Push
from notifications.services import devices
from tests.conftest import part
from tests.notifications.services_of_browsers import push_service
from tests.notifications.workers import kill, until

pytestmark = pytest.mark.redis

MESSAGES = 12
HELD = 5
CONTEXT = {"title": "Un verger", "url": "/initiatives/un-verger-1/"}
PUSHED = {"title": "Un verger", "new": 3, "missing": 0, "url": "/initiatives/un-verger-1/"}


def write() -> list[str]:
    """A message to each of some members, in the outbox; returns their addresses."""
    members = [new_member(f"membre{number}") for number in range(MESSAGES)]
    services.tell_many(
        [member.pk for member in members], kind="content_published", key="x", context=CONTEXT, is_slice=True
    )
    return [member.email for member in members]


# --- The broker ------------------------------------------------------------------------------------------------------


@pytest.fixture
def own_redis(tmp_path):
    """`own_redis()` starts a Redis that keeps nothing, always at the same address; returns its process."""
    program = part(os.environ.get("REDIS_SERVER") or shutil.which("redis-server"), "Redis")
    port = free_port()
    started = []

    def start() -> subprocess.Popen:
        process = subprocess.Popen(
            [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
            cwd=tmp_path,
            stdout=subprocess.DEVNULL,
        )
        started.append(process)
        wait_for_port(port, process)
        return process

    start.url = f"redis://127.0.0.1:{port}/0"
    yield start
    for process in started:
        process.kill()
        process.wait()


def test_a_broker_killed_between_two_messages_changes_nothing(worker, own_redis, broker_at, sink):
    addresses = write()
    redis = own_redis()
    sink.hold_after = HELD
    only = worker(REDIS_URL=own_redis.url)
    broker_at(own_redis.url).send_task("notifications.tasks.deliver_due")
    until(sink.holding.is_set, only)
    redis.kill()
    redis.wait()
    sink.release.set()
    # What it had begun needs no broker.
    until(lambda: not Notification.objects.waiting().exists(), only)
    # What it had not, the next sweep does, whatever the broker forgot.
    late = new_member("retard")
    services.tell_many([late.pk], kind="content_published", key="y", context=CONTEXT, is_slice=True)
    own_redis()
    broker_at(own_redis.url).send_task("notifications.tasks.deliver_due")
    until(lambda: not Notification.objects.waiting().exists(), only)
    assert sorted(sink.recipients) == sorted([*addresses, late.email])


# --- PostgreSQL ------------------------------------------------------------------------------------------------------


def named(*, NAME: str, USER: str, HOST: str, PORT: str = "", PASSWORD: str = "", **_others) -> dict[str, str]:
    """How PostgreSQL's own programs are told which database."""
    said = {"PGDATABASE": NAME, "PGUSER": USER, "PGHOST": HOST, "PGPORT": f"{PORT}", "PGPASSWORD": PASSWORD}
    return os.environ | {name: value for name, value in said.items() if value}


@pytest.fixture
def other_cluster(committed_db):
    """A PostgreSQL of the test's own, with the tables of the site, known to this process as "other"."""
    with tempfile.TemporaryDirectory(prefix="possibles-test-", dir="/tmp") as name:
        folder = Path(name)
        # The account that runs it enters too.
        folder.chmod(0o755)
        with Cluster(folder / "postgres") as cluster:
            cluster.create_database()
            copy_tables(cluster)
            connections.databases["other"] = connections.databases["default"] | {
                "NAME": "possibles", "USER": "possibles", "PASSWORD": "", "HOST": str(cluster.sockets), "PORT": "",
            }  # fmt: skip
            yield cluster
            connections["other"].close()
            del connections["other"], connections.databases["other"]


def copy_tables(cluster: Cluster) -> None:
    """Those of this worker's database, empty."""
    programs = find_programs()
    with subprocess.Popen(
        [programs("pg_dump"), "--schema-only", "--no-owner", "--no-privileges"],
        stdout=subprocess.PIPE,
        env=named(**connection.settings_dict),
    ) as tables:
        subprocess.run(
            [programs("psql"), "--quiet", "--output", os.devnull, "--set", "ON_ERROR_STOP=1"],
            stdin=tables.stdout,
            check=True,
            env=named(NAME="possibles", USER="possibles", HOST=str(cluster.sockets)),
        )


def test_a_database_killed_between_two_messages_repeats_the_one_it_could_not_mark_and_no_other(
    worker, other_cluster, broker, sink
):
    members = [
        Member.objects.db_manager("other").create_user(f"membre{number}@exemple.fr", display_name=f"Membre {number}")
        for number in range(MESSAGES)
    ]
    rows = Notification.objects.using("other")
    rows.bulk_create(
        [Notification(recipient=each, kind="content_published", key="x", context=CONTEXT) for each in members]
    )
    sink.hold_after = HELD
    only = worker(DATABASE_URL=other_cluster.url())
    broker.send_task("notifications.tasks.deliver_due")
    until(sink.holding.is_set, only)
    os.kill(other_cluster.process.pid, signal.SIGKILL)
    other_cluster.process.wait()
    sink.release.set()
    until(lambda: len(sink.accepted) == HELD + 1, only)

    connections["other"].close()
    other_cluster.stop()
    other_cluster.start()
    assert rows.filter(sent_at__isnull=False).count() == HELD, "what was marked is kept"
    assert rows.waiting().exclude(claimed_at=None).count() == MESSAGES - HELD
    rows.waiting().update(claimed_at=timezone.now() - delivery.LEASE - timedelta(seconds=1))
    broker.send_task("notifications.tasks.deliver_due")
    until(lambda: not rows.waiting().exists(), only)

    twice = sink.recipients[HELD]
    assert sorted(sink.recipients) == sorted([*(member.email for member in members), twice])
    identifiers = [message["Message-ID"] for message in sink.accepted]
    assert len(set(identifiers)) == MESSAGES
    assert identifiers.count(identifiers[HELD]) == 2


# --- Devices ---------------------------------------------------------------------------------------------------------


def test_a_worker_killed_between_two_pushes_loses_none_and_repeats_none(worker, broker, settings):
    settings.PUSH_NETWORKS = [ip_network("127.0.0.0/8")]
    settings.VAPID_PRIVATE_KEY = vapid.new_key()
    settings.CONTACT_EMAIL = "contact@possibles.example"
    environment = {
        "PUSH_NETWORKS": "127.0.0.0/8",
        "VAPID_PRIVATE_KEY": settings.VAPID_PRIVATE_KEY,
        "CONTACT_EMAIL": settings.CONTACT_EMAIL,
    }
    # Half of the day is quiet wherever one lives: these chose never to be.
    with push_service() as service:
        members = [new_member(f"membre{number}") for number in range(MESSAGES)]
        for number, member in enumerate(members):
            devices.enable(
                member, session_key=f"session-{number}", user_agent="", **service.browser(f"{number}").subscription
            )
            MailSettings.objects.create(member=member, quiet_from=time(0), quiet_until=time(0))
        services.tell_many(
            [member.pk for member in members], kind="initiative_supported", key="x", context=PUSHED, is_slice=True
        )
        service.hold_after = HELD
        first = worker(**environment)
        broker.send_task("notifications.tasks.push_due")
        until(service.holding.is_set, first)
        until(lambda: Push.objects.count() == MESSAGES - HELD, first)
        kill(first)
        told = [browser for browser in service.browsers.values() if browser.told]
        assert len(told) == HELD

        service.hold_after = None
        service.released.set()
        assert pushing.push_due() == 0, "nobody sends what the dead one may still be sending"
        # The lease passes, and what was put off because the service was silent is due.
        now = timezone.now()
        Push.objects.exclude(claimed_at=None).update(claimed_at=now - pushing.LEASE - timedelta(seconds=1))
        Push.objects.update(due_at=now)
        second = worker(**environment)
        broker.send_task("notifications.tasks.push_due")
        until(lambda: not Push.objects.exists(), second)
        assert [len(browser.told) for browser in service.browsers.values()] == [1] * MESSAGES
