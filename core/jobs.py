"""Enqueueing. The tables say what is due; a task only makes it sooner."""

import logging

from celery import Task
from django.db import transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


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
