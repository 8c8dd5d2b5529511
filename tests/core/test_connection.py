"""Our PostgreSQL backend: connections are checked once a second at most, and never while a transaction ends."""

import time
from unittest.mock import patch

import pytest
from django.db import connection, transaction

from core.postgresql import base


@pytest.fixture
def kept_connection(committed_db):
    """As a request finds the connection that the one before it has left."""
    connection.ensure_connection()
    connection.health_check_enabled = True
    yield connection
    connection.close()


def moments_later(seconds: float):
    return patch.object(base.time, "monotonic", return_value=time.monotonic() + seconds)


def test_a_second_that_passes_while_a_transaction_commits_breaks_nothing(kept_connection):
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    kept_connection.close_if_health_check_failed()
    kept_connection.close_if_unusable_or_obsolete()
    commit = kept_connection.commit
    with patch.object(base.time, "monotonic", return_value=time.monotonic()) as clock:

        def commit_slowly():
            commit()
            clock.return_value += base.EVERY + 1

        slowly = patch.object(kept_connection, "commit", commit_slowly)
        with slowly, transaction.atomic(durable=True), connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    assert kept_connection.get_autocommit() and kept_connection.connection.autocommit


def test_a_connection_that_broke_between_two_requests_is_made_anew(kept_connection):
    with moments_later(base.EVERY + 1):
        kept_connection.close_if_health_check_failed()
    kept_connection.close_if_unusable_or_obsolete()
    kept_connection.connection.close()
    with moments_later(2 * base.EVERY + 2), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)
