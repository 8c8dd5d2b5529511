"""Nothing tells whether an address is known: neither words, nor status, nor time."""

import re

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from members.models import Member
from tests.members.door import ANSWERS, sign_in
from tests.silence import refuse_difference

pytestmark = pytest.mark.django_db

#: As long as each other, so that pages can be compared byte for byte.
KNOWN, UNKNOWN = "alice@exemple.fr", "aline@exemple.fr"

#: Known by another address of its mailbox, and unknown by any.
KNOWN_OTHERWISE, UNKNOWN_OTHERWISE = "b.o.b@gmail.com", "b.e.b@gmail.com"

FORMS = {"/compte/connexion/": {}, "/compte/inscription/": ANSWERS}


@pytest.fixture(autouse=True)
def _alice(alice):
    assert alice.email == KNOWN


def without(page: bytes, email: str) -> bytes:
    """What does not change from one visit to another."""
    return re.sub(rb'(csrfmiddlewaretoken" value=")\w+', rb"\1", page).replace(email.encode(), b"ADDRESS")


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
        body = without(answer.content, email)
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
    """Without a worker the task runs in the request: the same single query, then a message of the same making."""
    settings.ACCOUNT_RATE_LIMITS = dict.fromkeys(settings.ACCOUNT_RATE_LIMITS)
    refuse_difference(lambda email: Client().post(address, FORMS[address] | {"email": email}), known, unknown)


# --- Changing one's address ---

CHANGE = "/reglages/adresse/"


@pytest.fixture
def entered(db, settings) -> Client:
    """Somebody who wants another address, and just said who they are."""
    settings.ACCOUNT_RATE_LIMITS = dict.fromkeys(settings.ACCOUNT_RATE_LIMITS)
    Member.objects.create_user("dora@exemple.fr", display_name="Dora")
    client = Client()
    sign_in(client, "dora@exemple.fr")
    # What is said of having come in is said once.
    client.get(CHANGE)
    return client


def test_the_pages_that_change_an_address_are_the_same_byte_for_byte(entered):
    said = []
    for email in (KNOWN, UNKNOWN):
        pages = (
            entered.post(CHANGE, {"email": email}),
            entered.get(f"{CHANGE}code/"),
            entered.post(f"{CHANGE}code/", {"action": "resend"}, follow=True),
            entered.post(f"{CHANGE}code/", {"code": "0000 0000"}),
        )
        said.append([(page.status_code, without(page.content, email)) for page in pages])
    assert said[0] == said[1]


def test_the_request_that_changes_an_address_never_asks_who_has_it(entered, monkeypatch):
    monkeypatch.setattr("members.tasks.send_code.apply_async", lambda *args, **kwargs: None)
    with CaptureQueriesContext(connection) as queries:
        entered.post(CHANGE, {"email": KNOWN})
    asked = [query["sql"] for query in queries if Member._meta.db_table in query["sql"]]
    # Who is asking, by their number.
    assert asked and not [sql for sql in asked if "address_key" in sql.partition("WHERE")[2] or KNOWN in sql]


def test_the_time_of_a_change_of_address_says_nothing(entered):
    refuse_difference(lambda email: entered.post(CHANGE, {"email": email}), KNOWN, UNKNOWN)
