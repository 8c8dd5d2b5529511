"""The limits of the door: counted once for all processes, by the address that our proxies saw, kept nowhere."""

import os
import subprocess
import sys

import pytest
from django.conf import settings as django_settings
from django.core.cache import caches
from django.test import Client

from tests.cast import database_url

DOOR, CODE = "/compte/connexion/", "/compte/code/"

ASK = """
import django, sys
django.setup()
from django.test import Client
for email in sys.argv[1:]:
    client = Client(headers={"X-Forwarded-For": "198.51.100.7"}, REMOTE_ADDR="10.0.0.1")
    print("status", client.post("/compte/connexion/", {"email": email}).status_code)
"""


@pytest.fixture
def shared(settings, redis_url):
    """The cache of production, empty, behind one proxy."""
    settings.CACHES = settings.CACHES | {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": redis_url,
            "KEY_PREFIX": "possibles",
        }
    }
    settings.TRUSTED_PROXY_COUNT = 1
    cache = caches["default"]
    cache.clear()
    yield cache
    cache.clear()


def ask(email: str, forwarded: str = "198.51.100.7") -> int:
    client = Client(headers={"X-Forwarded-For": forwarded}, REMOTE_ADDR="10.0.0.1")
    return client.post(DOOR, {"email": email}).status_code


@pytest.fixture
def elsewhere(redis_url, tmp_path):
    """`elsewhere(*emails)`: the same demands to another process of the site; what it answers."""
    environment = os.environ | {
        "ADDRESS_KEY": django_settings.ADDRESS_KEY,
        "ALLOWED_HOSTS": "testserver",
        "DATABASE_URL": database_url(),
        "DEVELOPMENT": "1",
        "DJANGO_SETTINGS_MODULE": "possibles.settings",
        "EMAIL_URL": f"filemail:///{tmp_path / 'mail'}",
        "REDIS_URL": redis_url,
        "TRUSTED_PROXY_COUNT": "1",
        "VAR_DIR": str(tmp_path),
    }

    def run(*emails: str) -> list[int]:
        done = subprocess.run(
            [sys.executable, "-c", ASK, *emails],
            cwd=django_settings.BASE_DIR,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        return [int(line.removeprefix("status ")) for line in done.stdout.splitlines() if line.startswith("status ")]

    return run


def test_what_one_process_counted_another_refuses(shared, committed_db, elsewhere):
    assert [ask("alice@exemple.fr") for _time in range(5)] == [302] * 5
    assert elsewhere("alice@exemple.fr", "dora@exemple.fr") == [429, 302]


def test_demands_sent_all_at_once_are_all_counted(shared, at_once, monkeypatch):
    monkeypatch.setattr("members.tasks.send_code.apply_async", lambda *args, **kwargs: None)
    answers = at_once(lambda _turn: ask("alice@exemple.fr"), range(12))
    assert answers.count(302) == 5 and answers.count(429) == 7


def test_a_machine_is_who_spoke_to_our_proxy_whatever_it_says_of_itself(shared, db, settings):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"login": "3/m/ip"}
    said = [
        "198.51.100.7",
        "203.0.113.1, 198.51.100.7",
        "203.0.113.2, 203.0.113.3, 198.51.100.7",
        "10.9.9.9, 198.51.100.7",
    ]
    assert [ask(f"n{number}@exemple.fr", each) for number, each in enumerate(said)] == [302, 302, 302, 429]
    assert ask("encore@exemple.fr", "198.51.100.8") == 302


def test_a_machine_with_a_whole_network_of_version_6_is_one(shared, db, settings):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"login": "2/m/ip"}
    said = [f"2001:db8:1:2::{number}" for number in range(1, 4)]
    assert [ask(f"n{number}@exemple.fr", each) for number, each in enumerate(said)] == [302, 302, 429]
    assert ask("encore@exemple.fr", "2001:db8:1:3::1") == 302


def test_no_address_is_kept_where_the_limits_are_counted(shared, db):
    ask("alice@exemple.fr")
    connection = shared._cache.get_client(None, write=True)
    keys = [key.decode() for key in connection.keys("*")]
    assert keys
    kept = " ".join(keys) + " ".join(str(connection.get(key)) for key in keys if connection.type(key) == b"string")
    assert "198.51.100.7" not in kept and "alice" not in kept
