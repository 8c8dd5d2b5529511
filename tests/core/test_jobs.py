"""Enqueueing: after commit, and never at the price of the act."""

import pytest
from celery import shared_task
from django.db import transaction
from kombu.exceptions import OperationalError

from core.jobs import enqueue

done = []


@shared_task
def remember(value):
    done.append(value)


@pytest.fixture(autouse=True)
def _forget():
    done.clear()


def test_a_task_runs_after_commit(committed_db):
    with transaction.atomic():
        enqueue(remember, 1)
        assert done == []
    assert done == [1]


def test_nothing_runs_when_the_act_is_undone(committed_db):
    with pytest.raises(RuntimeError), transaction.atomic():
        enqueue(remember, 1)
        raise RuntimeError
    assert done == []


def test_a_broker_that_is_down_costs_nothing(committed_db, monkeypatch):
    def down(*args):
        raise OperationalError("no broker")

    monkeypatch.setattr(remember, "delay", down)
    with transaction.atomic():
        enqueue(remember, 1)


def test_a_bug_in_a_task_is_not_mistaken_for_a_broken_broker(committed_db, monkeypatch):
    def wrong(*args):
        raise TypeError

    monkeypatch.setattr(remember, "delay", wrong)
    with pytest.raises(TypeError), transaction.atomic():
        enqueue(remember, 1)
