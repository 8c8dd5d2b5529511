"""The cast, and the real parts: PostgreSQL always, Redis and Chromium where a test is about them."""

import gc
import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import time as clock
from pathlib import Path
from time import sleep, time

import pytest
from cast import client_of, collect_static, free_port, new_event, new_initiative, new_member, serve, wait_for_port
from django.contrib.auth.models import Group
from django.core.cache import caches
from django.core.management import call_command
from django.db import connections
from django.test import Client
from django.test.utils import setup_databases, teardown_databases
from tables import empty_tables

from events.models import Event
from initiatives.models import Initiative
from members.models import Member
from notifications import pace
from territories.models import Commune
from tests.members.door import sign_in_staff

# Playwright keeps an event loop in the thread of the tests; our queries there are synchronous all the same.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
CI = os.environ.get("CI") == "true"


def pytest_collection_finish() -> None:
    """What is loaded now stays: walking through it again and again is a tenth of the time of the tests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def part(found: str | None, name: str) -> str:
    """A real part's program. Absent, the test is left out on a developer's machine and fails in CI."""
    if found and Path(found).exists():
        return found
    if CI:
        pytest.fail(f"{name} is missing, and CI leaves nothing out.")
    pytest.skip(f"{name} is not installed.")


# --- Database --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment, django_db_blocker, django_db_keepdb, django_db_createdb, django_db_modify_db_settings
):
    """The whole French territory is there, once, in each worker's database.

    pytest-django's own makes that database only when a test is marked for it, and `committed_db` marks none: alone,
    its tests would work in the developer's database, and empty it.
    """
    keep = django_db_keepdb and not django_db_createdb
    with django_db_blocker.unblock():
        # Nobody asks for what was there to be written again: else it is all read and kept as JSON, in five seconds.
        made = setup_databases(
            verbosity=0, interactive=False, keepdb=keep, aliases={"default"}, serialized_aliases=set()
        )
        call_command("load_territories", verbosity=0)
    yield
    if not django_db_keepdb:
        with django_db_blocker.unblock():
            teardown_databases(made, verbosity=0)


@pytest.fixture
def committed_db(django_db_setup, django_db_blocker):
    """Real commits on real connections, then every table emptied but those that migrations and loading filled."""
    with django_db_blocker.unblock():
        yield
        connections.close_all()
        empty_tables()


@pytest.fixture
def at_once(committed_db):
    """`at_once(function, items)`: one thread and one connection for each item, all at the same moment.

    Returns the results in order; the first exception of a thread is raised here.
    """

    def run(function, items):
        items = list(items)

        def alone(item):
            try:
                return function(item)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(max_workers=len(items)) as pool:
            return list(pool.map(alone, items))

    return run


@pytest.fixture(autouse=True)
def _fresh_caches():
    caches["local"].clear()


@pytest.fixture(autouse=True)
def _by_day(monkeypatch):
    """Whatever the hour at which the tests run, members are awake: nights are `tests/notifications/test_pace.py`'s."""
    monkeypatch.setattr(pace, "QUIET_FROM", clock(0))
    monkeypatch.setattr(pace, "QUIET_UNTIL", clock(0))


@pytest.fixture
def whole_minute() -> None:
    """What a test counts by the minute is counted in one: windows go from one full minute to the next (core.limits)."""
    left = 60 - time() % 60
    if left < 5:
        sleep(left + 0.1)


@pytest.fixture(autouse=True)
def _plain_settings(settings, tmp_path):
    """What the tests do not measure is made cheap: no manifest of static files, a cache of this process alone."""
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
        "private": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / "private"},
        },
    }
    settings.CACHES = settings.CACHES | {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": str(tmp_path)}
    }
    settings.SECURE_SSL_REDIRECT = False
    settings.MEDIA_ROOT = tmp_path / "media"


# --- The cast --------------------------------------------------------------------------------------------------------


@pytest.fixture
def vitre(db) -> Commune:
    return Commune.objects.get(code="35360")


@pytest.fixture
def alice(db, vitre) -> Member:
    """She opened the initiative."""
    return new_member("alice", home_commune=vitre)


@pytest.fixture
def bob(db, vitre) -> Member:
    """A member."""
    return new_member("bob", home_commune=vitre)


@pytest.fixture
def chloe(db) -> Member:
    """She moderates."""
    chloe = new_member("chloé", is_staff=True)
    chloe.groups.add(Group.objects.get(name="Modérateurs"))
    return chloe


@pytest.fixture
def visitor() -> Client:
    return Client()


@pytest.fixture
def as_alice(alice) -> Client:
    return client_of(alice)


@pytest.fixture
def as_chloe(chloe) -> Client:
    """With her second factor, given at the door."""
    client = Client()
    sign_in_staff(client, chloe)
    return client


@pytest.fixture
def as_bob(bob) -> Client:
    return client_of(bob)


@pytest.fixture
def initiative(alice, vitre) -> Initiative:
    """Alice's local project in Vitré, published."""
    return new_initiative(alice, vitre)


@pytest.fixture
def event(alice, vitre, initiative) -> Event:
    """A coming meeting of Alice's initiative, in Vitré."""
    return new_event(alice, vitre, initiative=initiative)


# --- Real parts ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory) -> str:
    """A Redis of this session alone, without persistence."""
    program = part(os.environ.get("REDIS_SERVER") or shutil.which("redis-server"), "Redis")
    port = free_port()
    process = subprocess.Popen(
        [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
        cwd=tmp_path_factory.mktemp("redis"),
        stdout=subprocess.DEVNULL,
    )
    wait_for_port(port, process)
    yield f"redis://127.0.0.1:{port}/0"
    process.terminate()
    process.wait(timeout=10)


@pytest.fixture
def vitre_committed(committed_db) -> Commune:
    return Commune.objects.get(code="35360")


@pytest.fixture
def query_bill(django_assert_num_queries, django_assert_max_num_queries):
    """`query_bill(client, address, fill, most=6)`: the page costs the same with 2 rows and with 15, and no more.

    `fill(n)` adds n rows.
    """

    def check(client: Client, address: str, fill, *, most: int) -> None:
        fill(2)
        client.get(address)
        with django_assert_max_num_queries(most) as first:
            assert client.get(address).status_code == 200
        fill(13)
        with django_assert_num_queries(len(first)):
            assert client.get(address).status_code == 200

    return check


@pytest.fixture(scope="session")
def chromium_path() -> str:
    return part(os.environ.get("CHROMIUM") or shutil.which("chromium"), "Chromium")


@pytest.fixture(scope="session")
def browser_type_launch_args(chromium_path):
    """Debian's Chromium, kept from asking anything of the network."""
    quiet = ["--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update"]
    return {
        "executable_path": chromium_path,
        "headless": True,
        "args": ["--no-sandbox", "--disable-gpu", "--disable-sync", "--disable-dev-shm-usage", *quiet],
    }


@pytest.fixture(scope="session")
def browser_context_args():
    return {"locale": "fr-FR", "timezone_id": "Europe/Paris"}


@pytest.fixture(scope="session")
def static_files(tmp_path_factory) -> Path:
    """Collected and compressed once for all workers: it is as long as some stories."""
    base = tmp_path_factory.getbasetemp()
    return collect_static((base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "collected")


@pytest.fixture(scope="session")
def served(django_db_setup, django_db_blocker, tmp_path_factory, static_files):
    """The site as production serves it, once for each worker."""
    with django_db_blocker.unblock(), serve(tmp_path_factory.mktemp("site"), static=static_files) as site:
        yield site


@pytest.fixture
def site(served, committed_db):
    """The site served, with nothing in it but the territory."""
    for message in served.mailbox.glob("*.log"):
        message.unlink()
    return served
