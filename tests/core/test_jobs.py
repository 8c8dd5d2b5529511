"""Enqueueing: after commit, and never at the price of the act. Rounds: one row that fails stops no other."""

import logging

import pytest
from celery import current_app, shared_task
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from kombu.exceptions import OperationalError

from core import jobs
from core.jobs import each, enqueue
from territories.models import Region

PRIVATE = "Le texte de quelqu’un"
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


@pytest.mark.parametrize(
    ("task", "queue"),
    [
        ("members.tasks.send_code", "urgent"),
        ("members.tasks.send_security_notice", "urgent"),
        ("initiatives.tasks.fold_supports", "urgent"),
        ("initiatives.tasks.send_links", "urgent"),
        ("notifications.tasks.deliver", "celery"),
        ("notifications.tasks.deliver_due", "celery"),
        ("initiatives.tasks.tell_authors", "celery"),
    ],
)
def test_what_somebody_waits_for_has_a_queue_of_its_own(task, queue):
    route = current_app.amqp.router.route({}, task)
    assert (route["queue"].name, route["queue"].routing_key) == (queue, queue)


def test_a_worker_that_is_not_told_otherwise_serves_every_queue():
    named = {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()}
    assert {"celery", *named} == set(current_app.amqp.queues.consume_from)


# --- Rounds ----------------------------------------------------------------------------------------------------------


def regions():
    return Region.objects.order_by("pk")


def codes() -> list[str]:
    return list(regions().values_list("pk", flat=True))


def test_a_row_that_fails_keeps_no_other_from_its_turn_and_its_words_out_of_the_log(db, caplog):
    first, *others = codes()

    @transaction.atomic
    def act(pk, more):
        if pk == first:
            with connection.cursor() as cursor:
                cursor.execute("SELECT %s::int", [PRIVATE])
        done.append(pk)
        return more

    assert each(regions(), act, 2, most=100) == 2 * len(others)
    assert done == others
    [said] = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert f"act: row {first} failed, DataError\n" in said and "test_jobs.py" in said
    assert PRIVATE not in said


def test_rows_that_fail_take_nobodys_turn(db, monkeypatch):
    monkeypatch.setattr(jobs, "_SPARE", 3)
    wrong = set(codes()[:3])

    def act(pk):
        if pk in wrong:
            raise LookupError
        done.append(pk)
        return True

    assert each(regions(), act, most=2) == 2
    assert done == codes()[3:5]


def test_a_database_that_is_gone_ends_the_round(committed_db):
    def act(pk):
        done.append(pk)
        connection.connection.close()
        regions().first()

    with pytest.raises(DatabaseError):
        each(regions(), act, most=100)
    assert len(done) == 1
    connection.close()
