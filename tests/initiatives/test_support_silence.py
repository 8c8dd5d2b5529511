"""Nothing tells that an address is known: neither the answer, nor its time."""

import pytest
from cast import new_initiative, new_member
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from initiatives.models import Initiative, Support, SupportLimits
from initiatives.services import supports
from members.models import Consent, Member
from tests.initiatives.test_asking import ask
from tests.silence import refuse_difference

pytestmark = pytest.mark.django_db

#: As long as each other, so that answers can be compared byte for byte.
SUPPORTER, MEMBER, ASKED, NOBODY = "sacha@exemple.fr", "menad@exemple.fr", "anouk@exemple.fr", "nadia@exemple.fr"


@pytest.fixture
def people(initiative) -> Initiative:
    for email in (SUPPORTER, MEMBER):
        Member.objects.create_user(email, display_name="Quelqu’un")
    supports.support(initiative, by=Member.objects.get(email=SUPPORTER))
    ask(Client(), initiative, email=ASKED)
    SupportLimits.objects.create(pk=1, per_network_an_hour=10**6, per_address_a_day=10**6, proof="never")
    return initiative


@pytest.mark.parametrize("htmx", [{}, {"hx-request": "true"}])
def test_the_answer_is_the_same_byte_for_byte(people, htmx):
    told = set()
    for email in (SUPPORTER, MEMBER, ASKED, NOBODY):
        answer = ask(Client(headers=htmx), people, email=email)
        # The page repeats what was typed.
        said = answer.content.replace(email.encode(), b"")
        told.add((answer.status_code, said, tuple(sorted(answer.headers.items())), len(answer.cookies)))
    assert len(told) == 1


def test_the_request_asks_nobody_who_has_the_address(people):
    bills = set()
    for email in (SUPPORTER, MEMBER, ASKED, NOBODY):
        with CaptureQueriesContext(connection) as queries:
            ask(Client(), people, email=email)
        sql = [query["sql"] for query in queries]
        tables = (Member._meta.db_table, Consent._meta.db_table)
        assert not [each for each in sql if any(table in each for table in tables)]
        assert not [each for each in sql if each.startswith("SELECT") and f'"{Support._meta.db_table}"' in each]
        bills.add(len(sql))
    assert len(bills) == 1


@pytest.mark.parametrize("known", [SUPPORTER, MEMBER, ASKED])
def test_the_time_of_a_demand_says_nothing(people, known):
    """Interleaved requests: the medians differ by less than the spread of one, as for two unknown addresses."""
    refuse_difference(lambda email: ask(Client(), people, email=email), known, NOBODY)


@pytest.mark.parametrize("known", [SUPPORTER, MEMBER])
def test_the_time_of_asking_for_ones_supports_says_nothing(people, known, monkeypatch):
    monkeypatch.setattr("initiatives.services.own._PER_NETWORK", 10**6)
    SupportLimits.objects.update(messages_per_address_a_day=10**6)
    refuse_difference(lambda email: Client().post(reverse("my_supports"), {"email": email}), known, NOBODY)


def test_nobody_can_tell_by_the_page_of_an_initiative_who_supports(people, visitor):
    before = visitor.get(people.get_absolute_url()).content
    ask(visitor, people, email="encore@exemple.fr")
    assert visitor.get(people.get_absolute_url()).content == before
    other = new_initiative(new_member("dan"), people.commune, title="Un banc public de plus, devant la poste")
    assert b"encore@" not in visitor.get(other.get_absolute_url()).content
