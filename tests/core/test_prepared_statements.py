"""Statements sent without Django's cursor are what they are with it."""

from datetime import UTC, date, datetime

import pytest
from django.db import DataError, IntegrityError, OperationalError, connection, transaction

from core.models import HitCount
from core.statements import Statement

SAY = Statement("SELECT %(first)s::text, %(second)s::bigint + 1, %(second)s::bigint, NULL")
KEEP = Statement("INSERT INTO core_hitcount (key, hits, ends_at) VALUES (%(key)s::text, 1, now()) RETURNING key")


def test_a_value_is_named_once_and_used_as_often_as_one_likes(db):
    for _time in range(2):
        assert SAY.execute({"first": "l’été\n'; --", "second": 41, "unused": 1}) == [("l’été\n'; --", "42", "41", None)]


@pytest.mark.parametrize(
    ("type_", "value", "said"),
    [
        ("text", "", ""),
        ("text", None, None),
        ("bytea", b"\x00\\x", "\\x005c78"),
        ("boolean", True, "t"),
        ("boolean", False, "f"),
        ("date", date(2026, 11, 22), "2026-11-22"),
        ("timestamptz", datetime(2026, 11, 22, 8, 30, 0, 7, UTC), "2026-11-22 08:30:00.000007+00"),
    ],
)
def test_each_kind_of_value_arrives(db, type_, value, said):
    assert Statement(f"SELECT %(value)s::{type_}").execute({"value": value}) == [(said,)]


def test_a_text_that_would_be_cut_short_is_refused(db):
    with pytest.raises(ValueError, match="NUL"):
        SAY.execute({"first": "a\0b", "second": 1})


def test_it_is_part_of_the_transaction_that_it_is_in(committed_db):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        # The first word of the transaction.
        KEEP.execute({"key": "rolled back"})
        raise ZeroDivisionError
    assert not HitCount.objects.filter(key="rolled back").exists()
    KEEP.execute({"key": "alone"})
    connection.close()
    assert HitCount.objects.filter(key="alone").exists()


def test_its_errors_are_django_s_and_the_next_one_is_answered(committed_db):
    KEEP.execute({"key": "twice"})
    with pytest.raises(IntegrityError):
        KEEP.execute({"key": "twice"})
    with pytest.raises(DataError):
        Statement("SELECT 1 / %(zero)s::int").execute({"zero": 0})
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 10")
    with pytest.raises(OperationalError):
        Statement("SELECT pg_sleep(5)").execute({})
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
    assert SAY.execute({"first": "", "second": 1}) == [("", "2", "1", None)]


def test_what_the_server_forgot_is_prepared_again(committed_db):
    KEEP.execute({"key": "before"})
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    with transaction.atomic():
        KEEP.execute({"key": "within"})
    KEEP.execute({"key": "after"})
    assert HitCount.objects.count() == 3


def test_a_connection_made_anew_prepares_it_again(committed_db):
    for _connection in range(2):
        assert SAY.execute({"first": "a", "second": 1}) == [("a", "2", "1", None)]
        connection.close()


def test_a_connection_that_broke_says_so_and_is_made_anew(committed_db):
    KEEP.execute({"key": "before"})
    connection.connection.close()
    with pytest.raises(OperationalError):
        KEEP.execute({"key": "during"})
    connection.close_if_unusable_or_obsolete()
    KEEP.execute({"key": "after"})
    assert set(HitCount.objects.values_list("key", flat=True)) == {"before", "after"}


def test_a_connection_that_ended_at_rest_is_made_anew_before_the_first_statement(committed_db, monkeypatch):
    """PostgreSQL was restarted between two requests: the first of the next one may well be such a statement."""
    KEEP.execute({"key": "before"})
    killer = connection.copy()
    with killer.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [connection.connection.info.backend_pid])
    killer.close()
    # More than a second ago.
    monkeypatch.setattr(connection, "_checked_at", float("-inf"))
    connection.close_if_unusable_or_obsolete()
    KEEP.execute({"key": "after"})
    assert set(HitCount.objects.values_list("key", flat=True)) == {"before", "after"}


def test_it_is_counted_among_the_queries(db, django_assert_num_queries):
    with django_assert_num_queries(1) as seen:
        SAY.execute({"first": "a", "second": 1})
    assert "SELECT $1::text" in seen[0]["sql"]
