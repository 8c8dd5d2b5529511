"""What a web process keeps for a moment."""

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from core import hot as keeping
from core.hot import forget_hot, hot


@pytest.fixture(autouse=True)
def _kept(settings):
    settings.HOT_SECONDS = 60
    forget_hot()
    yield
    forget_hot()


def test_a_value_is_made_once_in_a_while():
    numbers = count()
    assert [hot("a", lambda: next(numbers)) for _ in range(3)] == [0, 0, 0]
    assert hot("b", lambda: next(numbers)) == 1
    assert [hot("c", lambda: next(numbers), seconds=0.02), time.sleep(0.03), hot("c", lambda: next(numbers))] == [
        2,
        None,
        3,
    ]


def test_nothing_and_false_are_kept_too():
    numbers = count()
    assert hot("none", lambda: None if next(numbers) == 0 else 1) is None
    assert hot("none", lambda: next(numbers)) is None


def test_what_fails_is_not_kept():
    def fail():
        raise LookupError

    with pytest.raises(LookupError):
        hot("d", fail)
    assert hot("d", lambda: 1) == 1


def test_nothing_is_kept_in_development_and_tests(settings):
    settings.HOT_SECONDS = 0
    numbers = count()
    assert [hot("e", lambda: next(numbers)) for _ in range(3)] == [0, 1, 2]


def test_threads_share_what_is_kept():
    numbers = count()
    hot("f", lambda: next(numbers))
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _n: hot("f", lambda: next(numbers)), range(200))) == {0}


def test_so_many_are_kept_and_no_more(monkeypatch):
    monkeypatch.setattr(keeping, "_MOST", 3)
    numbers = count()
    hot("soon over", lambda: next(numbers), seconds=0.001)
    for key in ("g", "h"):
        hot(key, lambda: next(numbers))
    time.sleep(0.01)
    hot("i", lambda: next(numbers))
    # What was over made room; then nothing is over, and all leave.
    assert hot("g", lambda: next(numbers)) == 1
    hot("j", lambda: next(numbers))
    assert hot("g", lambda: next(numbers)) == 5
    assert len(keeping._kept) <= 3


def test_what_is_over_does_not_stay_until_there_are_too_many(monkeypatch):
    """Each commune of France asked for once: nobody asks for them again, and each weighs forty kilobytes."""
    monkeypatch.setattr(keeping, "_LOOK_EVERY", 0.01)
    for number in range(50):
        hot(("place", number), lambda: 1, seconds=0.001)
    time.sleep(0.02)
    hot("k", lambda: 1)
    assert list(keeping._kept) == ["k"]
