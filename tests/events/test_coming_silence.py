"""Saying "je viens" tells nobody that an address is known: neither by the answer, nor by its time."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from events.models import Attendance, Event
from events.services import coming
from initiatives.models import SupportLimits
from members.models import Consent, Member
from tests.events.test_without_account import ask
from tests.silence import refuse_difference

pytestmark = pytest.mark.django_db

#: As long as each other, so that answers can be compared byte for byte.
COMING, MEMBER, ASKED, NOBODY = "sacha@exemple.fr", "menad@exemple.fr", "anouk@exemple.fr", "nadia@exemple.fr"


@pytest.fixture
def people(event) -> Event:
    for email in (COMING, MEMBER):
        Member.objects.create_user(email, display_name="Quelqu’un")
    coming.attend(event, by=Member.objects.get(email=COMING))
    ask(Client(), event, email=ASKED)
    SupportLimits.objects.create(
        pk=1, messages_per_network_an_hour=10**6, messages_per_address_a_day=10**6, proof="never"
    )
    return event


@pytest.mark.parametrize("htmx", [{}, {"hx-request": "true"}])
def test_the_answer_is_the_same_byte_for_byte(people, htmx):
    told = set()
    for email in (COMING, MEMBER, ASKED, NOBODY):
        answer = ask(Client(headers=htmx), people, email=email)
        # The page repeats what was typed.
        said = answer.content.replace(email.encode(), b"")
        told.add((answer.status_code, said, tuple(sorted(answer.headers.items())), len(answer.cookies)))
    assert len(told) == 1


def test_the_request_asks_nobody_who_has_the_address(people):
    bills = set()
    for email in (COMING, MEMBER, ASKED, NOBODY):
        with CaptureQueriesContext(connection) as queries:
            ask(Client(), people, email=email)
        sql = [query["sql"] for query in queries]
        tables = (Member._meta.db_table, Consent._meta.db_table)
        assert not [each for each in sql if any(f'FROM "{table}"' in each for table in tables)]
        assert not [each for each in sql if each.startswith("SELECT") and f'FROM "{Attendance._meta.db_table}"' in each]
        bills.add(len(sql))
    assert len(bills) == 1


@pytest.mark.parametrize("known", [COMING, ASKED])
def test_the_time_says_nothing(people, known):
    refuse_difference(lambda email: ask(Client(), people, email=email), known, NOBODY)
