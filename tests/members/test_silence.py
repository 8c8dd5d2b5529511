"""Nothing tells whether an address is known: neither words, nor status, nor time."""

import re
import statistics
import time

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from members.models import Member
from tests.members.door import ANSWERS

pytestmark = pytest.mark.django_db

#: As long as each other, so that pages can be compared byte for byte.
KNOWN, UNKNOWN = "alice@exemple.fr", "aline@exemple.fr"

#: Known by another address of its mailbox, and unknown by any.
KNOWN_OTHERWISE, UNKNOWN_OTHERWISE = "b.o.b@gmail.com", "b.e.b@gmail.com"

FORMS = {"/compte/connexion/": {}, "/compte/inscription/": ANSWERS}


@pytest.fixture(autouse=True)
def _alice(alice):
    assert alice.email == KNOWN


def told(address: str, email: str) -> list:
    """Everything a browser gets from the form to a wrong code, with what changes from one visit to another left out."""
    client = Client()
    told = []
    for answer in (
        client.post(address, FORMS[address] | {"email": email}),
        client.get("/compte/code/"),
        client.post("/compte/code/", {"action": "resend"}),
        client.post("/compte/code/", {"code": "0000 0000"}),
    ):
        body = re.sub(rb'(csrfmiddlewaretoken" value=")\w+', rb"\1", answer.content).replace(email.encode(), b"ADDRESS")
        headers = {name: value for name, value in answer.headers.items() if name != "Expires"}
        told.append((answer.status_code, headers, sorted(answer.cookies), body))
    return told


@pytest.fixture(autouse=True)
def _bob(db):
    Member.objects.create_user("bob@gmail.com", display_name="Bob")


@pytest.mark.parametrize("address", FORMS)
def test_the_pages_are_the_same_byte_for_byte(address):
    assert told(address, KNOWN) == told(address, UNKNOWN)
    assert told(address, KNOWN_OTHERWISE) == told(address, UNKNOWN_OTHERWISE)


def test_only_the_message_differs():
    told("/compte/connexion/", KNOWN)
    told("/compte/connexion/", UNKNOWN)
    to_known, _again, to_unknown, _again = mail.outbox
    assert "Voici le code qui vous connecte" in to_known.body
    assert "aucun compte ne l’utilise" in to_unknown.body
    assert "/compte/inscription/" in to_unknown.body
    assert not re.search(r"\d{4} \d{4}", to_unknown.body)


@pytest.mark.parametrize("address", FORMS)
def test_the_request_never_asks_who_has_the_address(address, monkeypatch):
    """The lookup is the task's, which a worker runs: here it is left out, and what remains knows no member."""
    monkeypatch.setattr("members.tasks.send_code.apply_async", lambda *args, **kwargs: None)
    with CaptureQueriesContext(connection) as queries:
        Client().post(address, FORMS[address] | {"email": KNOWN})
    table = Member._meta.db_table
    assert not [query["sql"] for query in queries if table in query["sql"]]


@pytest.mark.parametrize("address", FORMS)
@pytest.mark.parametrize(("known", "unknown"), [(KNOWN, UNKNOWN), (KNOWN_OTHERWISE, UNKNOWN_OTHERWISE)])
def test_even_without_a_worker_the_time_says_nothing(address, known, unknown, settings):
    """Interleaved requests, medians compared with the spread of each: no sleep hides a difference, there is none.

    Without a worker the task runs in the request: the same single query, then a message of the same making.
    """
    settings.ACCOUNT_RATE_LIMITS = dict.fromkeys(settings.ACCOUNT_RATE_LIMITS)
    seconds = {known: [], unknown: []}
    for turn in range(120):
        for email in (known, unknown) if turn % 2 else (unknown, known):
            client = Client()
            started = time.perf_counter()
            client.post(address, FORMS[address] | {"email": email})
            seconds[email].append(time.perf_counter() - started)
    of_known, of_unknown = (statistics.median(times[20:]) for times in seconds.values())
    quarters = statistics.quantiles(seconds[unknown][20:], n=4)
    noise = quarters[2] - quarters[0]
    assert abs(of_known - of_unknown) < max(noise, 0.1 * of_unknown), (of_known, of_unknown, noise)
