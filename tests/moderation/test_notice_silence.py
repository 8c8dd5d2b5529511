"""Reporting a content tells nobody that an address is known: neither by the answer, nor by its time."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from members.models import Member
from moderation.services import standing
from tests.moderation.test_notices import send
from tests.silence import refuse_difference

pytestmark = pytest.mark.django_db

#: As long as each other, so that answers can be compared byte for byte.
MEMBER, NOBODY = "menad@exemple.fr", "nadia@exemple.fr"


@pytest.fixture
def contents(initiative, monkeypatch) -> list:
    for limit in ("PER_NETWORK_AN_HOUR", "PER_ADDRESS_A_DAY", "MESSAGES_PER_BOX_A_DAY"):
        monkeypatch.setattr(standing, limit, 10**6)
    Member.objects.create_user(MEMBER, display_name="Quelqu’un")
    return [
        initiative.contributions.create(text=f"Avis {number}.", published_at=timezone.now()) for number in range(10)
    ]


def test_the_answer_and_the_page_of_the_notice_are_the_same(contents):
    told = set()
    for email in (MEMBER, NOBODY):
        answer = send(Client(), contents[0], email=email)
        page = Client().get(answer.url).content.decode().replace(email, "")
        # The reference of each notice is its own, as the link that reads it.
        page = re.sub(r"S-\d{4}-[2-9A-Z]{5}", "", page.replace(answer.url, ""))
        told.add((answer.status_code, page, len(answer.cookies)))
    assert len(told) == 1


def test_the_request_asks_nobody_who_has_the_address(contents):
    bills = set()
    for email, content in zip((MEMBER, NOBODY), contents, strict=False):
        with CaptureQueriesContext(connection) as queries:
            send(Client(), content, email=email)
        sql = [query["sql"] for query in queries]
        assert not [each for each in sql if f'FROM "{Member._meta.db_table}"' in each]
        bills.add(len(sql))
    assert len(bills) == 1


def test_the_time_says_nothing(contents):
    turns = dict.fromkeys((MEMBER, NOBODY), 0)

    def report(email: str) -> None:
        content = contents[turns[email] % len(contents)]
        turns[email] += 1
        assert send(Client(), content, email=email).status_code == 302

    refuse_difference(report, MEMBER, NOBODY)
