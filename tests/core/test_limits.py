"""Counts are exact, however many count at once."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from core import tasks
from core.limits import Window, first_time, forget_ended, hit, hold, is_held
from core.models import HitCount

#: A century of seconds: no midnight falls within a test.
CENTURY = 100 * 365 * 24 * 60 * 60
WINDOW = Window("tests:door", CENTURY)


def counts(*windows: Window) -> list[int]:
    """How many were counted, without counting one more."""
    return hit(windows, times=[0] * len(windows))


def test_each_hit_is_counted_once(db):
    assert counts(WINDOW) == [0]
    assert [hit([WINDOW])[0] for _ in range(3)] == [1, 2, 3]
    assert counts(WINDOW) == [3]


def test_counts_come_in_the_order_asked(db):
    other = Window("tests:a-first", CENTURY)
    hit([WINDOW])
    assert hit([WINDOW, other]) == [2, 1]
    assert hit([other, WINDOW]) == [2, 3]
    assert counts(Window("tests:nobody", CENTURY), WINDOW) == [0, 3]


def test_a_key_is_counted_apart_over_each_length_of_time(db):
    assert hit([WINDOW, Window(WINDOW.key, CENTURY * 7)]) == [1, 1]
    assert hit([WINDOW]) == [2]


def test_a_window_named_twice_is_counted_once(db):
    assert hit([WINDOW, WINDOW]) == [1, 1]


def test_several_are_counted_at_once(db):
    other = Window("tests:a-first", CENTURY)
    assert hit([WINDOW, other], times=[3, 40]) == [3, 40]
    assert hit([WINDOW, other]) == [4, 41]
    assert hit([WINDOW], times=[2]) == [6]


def test_nothing_asked_costs_nothing(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert hit([]) == []


def test_many_windows_cost_one_statement(db, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert hit([Window(f"tests:{each}", 60) for each in range(5)]) == [1] * 5


def test_a_window_ends_on_the_database_s_clock(db):
    hit([Window("tests:minute", 60)])
    now = timezone.now()
    ends_at = HitCount.objects.get(key__startswith="tests:minute/60/").ends_at
    assert ends_at.second == ends_at.microsecond == 0
    assert timedelta(0) <= ends_at - now + timedelta(seconds=5) <= timedelta(seconds=65)


def test_a_new_window_begins_at_nothing(committed_db):
    short = Window("tests:second", 1)
    hit([short])
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(1)")
    assert counts(short) == [0]
    assert hit([short]) == [1]


def test_a_hundred_at_once_are_a_hundred(at_once):
    windows = [WINDOW, Window("tests:week", CENTURY * 7)]
    counts = at_once(lambda _: hit(windows), range(100))
    assert sorted(first for first, _ in counts) == list(range(1, 101))
    assert sorted(second for _, second in counts) == list(range(1, 101))


def test_windows_named_in_opposite_orders_never_wait_for_each_other(at_once):
    windows = [Window(f"tests:{each}", CENTURY) for each in range(20)]
    both_ways = [windows, windows[::-1]] * 8

    def many_times(asked):
        for _ in range(25):
            hit(asked)

    at_once(many_times, both_ways)
    assert counts(*windows) == [16 * 25] * 20


def test_a_key_passes_once_even_if_all_come_at_once(at_once):
    assert sum(at_once(lambda _: first_time("tests:ticket", seconds=60), range(20))) == 1


def test_another_key_passes_too(db):
    assert first_time("tests:one", seconds=60)
    assert first_time("tests:two", seconds=60)
    assert not first_time("tests:one", seconds=60)


def test_what_is_held_is_so_for_a_while_and_may_be_held_again(committed_db):
    assert not is_held("tests:lycée")
    hold("tests:lycée", seconds=3600)
    hold("tests:mairie", seconds=1)
    hold("tests:mairie", seconds=1)
    assert is_held("tests:lycée") and is_held("tests:mairie") and not is_held("tests:gare")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(1)")
    assert is_held("tests:lycée") and not is_held("tests:mairie")
    hold("tests:mairie", seconds=3600)
    assert is_held("tests:mairie")


def test_ended_windows_are_forgotten_and_the_others_kept(db):
    hit([WINDOW])
    long_ago = timezone.now() - timedelta(hours=2)
    just_now = timezone.now() - timedelta(minutes=1)
    HitCount.objects.create(key="tests:ended", hits=5, ends_at=long_ago)
    HitCount.objects.create(key="tests:just-ended", hits=5, ends_at=just_now)
    assert forget_ended() == 1
    assert HitCount.objects.filter(key="tests:just-ended").exists()
    assert counts(WINDOW) == [1]


def test_the_task_forgets(db):
    HitCount.objects.create(key="tests:ended", hits=5, ends_at=timezone.now() - timedelta(hours=2))
    tasks.forget_counts()
    assert not HitCount.objects.exists()


def test_counts_are_not_journalled(db):
    """So that a commit waits for no disk: PostgreSQL flushes its journal only for those who wrote rows to it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE oid = 'core_hitcount'::regclass")
        assert cursor.fetchone() == ("u",)


def test_a_rollback_takes_the_count_back(committed_db):
    """Why it is called outside any transaction."""
    with pytest.raises(RuntimeError), transaction.atomic():
        hit([WINDOW])
        raise RuntimeError
    assert counts(WINDOW) == [0]
