"""The day of a member's last visit: by day, once, and nothing else of it."""

from datetime import timedelta

import pytest
from cast import client_of, new_member
from django.utils import timezone

from members.models import Member
from members.services import note_presence, sign_up

pytestmark = pytest.mark.django_db


@pytest.fixture
def today():
    return timezone.localdate()


def long_gone(name: str) -> Member:
    return new_member(name, active_on=timezone.localdate() - timedelta(days=40))


def test_who_joins_is_there_that_day(bob, today):
    assert bob.active_on == today


def test_a_visit_while_signed_in_is_a_day_and_no_hour(today):
    claire = long_gone("claire")
    client_of(claire).get("/reglages/")
    claire.refresh_from_db()
    assert claire.active_on == today


def test_the_second_visit_of_a_day_writes_nothing(django_assert_num_queries, bob):
    client = client_of(bob)
    client.get("/reglages/")
    with django_assert_num_queries(0):
        note_presence(bob)


def test_a_visitor_and_a_page_that_asks_nobody_leave_no_trace(visitor, today):
    claire = long_gone("claire")
    visitor.get("/")
    client_of(claire).get("/sante/")
    claire.refresh_from_db()
    assert claire.active_on < today


def test_who_comes_without_signing_in_was_there_too(today):
    claire = long_gone("claire")
    sign_up(email=claire.email, display_name="Claire", home_commune=None, consent="2026-11", purpose="attend")
    claire.refresh_from_db()
    assert claire.active_on == today
