"""Enqueueing, and rounds. The tables say what is due; a task only makes it sooner."""

import logging
import traceback
from collections.abc import Callable

from celery import Task
from django.db import connection, transaction
from django.db.models import QuerySet
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

#: Rows that may fail in one round without taking the turn of others.
_SPARE = 200


def enqueue(task: Task, *args) -> None:
    """Send the task once the current transaction is committed.

    A broker that is down costs nothing: the row stays due, and the periodic sweep finds it.
    """

    def send() -> None:
        try:
            task.delay(*args)
        except (OperationalError, RedisError, OSError):
            logger.warning("The broker is down: %s is left to the sweep.", task.name)

    transaction.on_commit(send)


def each(due: QuerySet, act: Callable[..., int | bool], *args, most: int) -> int:
    """One round of a task: `act(pk, *args)` for the rows that are due, in their order. Returns the sum.

    `act` holds its own transactions. A row that fails stays due, and keeps no other from its turn: it is not one of the
    `most`. The error log says which row, what kind of error and where, but not its words, which may quote the row.
    What is not about a row, a database that is gone, ends the round.
    """
    done = failures = 0
    for tried, pk in enumerate(list(due.values_list("pk", flat=True)[: most + _SPARE])):
        if tried - failures == most:
            break
        try:
            done += act(pk, *args)
        except Exception as error:
            if connection.connection is None or not connection.is_usable():
                raise
            failures += 1
            where = "".join(traceback.format_tb(error.__traceback__))
            logger.error("%s: row %s failed, %s\n%s", _name(act), pk, type(error).__name__, where)
    return done


def is_alone(act: str, pk: int) -> bool:
    """Whether this transaction is to do `act` to the row `pk`: no other does, until it ends.

    The row itself is not locked: what takes long keeps nobody from it. To be called within a transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"{act}/{pk}"])
        return cursor.fetchone()[0]


def _name(act: Callable) -> str:
    return f"{act.__module__}.{act.__qualname__}"
