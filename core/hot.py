"""What a web process keeps for a moment, because thousands read it at once.

A popular initiative is the same row for everybody: read and built once in a while, it costs nothing. Values are shared
by the threads of the process and by their requests: nobody changes them.
"""

import threading
from collections.abc import Callable, Hashable
from time import monotonic
from typing import Any, TypeVar

from django.conf import settings
from django.utils.crypto import get_random_string
from django.utils.html import escape

T = TypeVar("T")

_MOST = 10_000
_SECRET = get_random_string(32)

_lock = threading.Lock()
#: By key: the value, and until when (monotonic seconds). Read without the lock: a request reads a dozen of them.
_kept: dict[Hashable, tuple[Any, float]] = {}


def hot(key: Hashable, make: Callable[[], T], *, seconds: float | None = None) -> T:
    """The value of `make()`, made again after `seconds` (settings.HOT_SECONDS unless told).

    Where HOT_SECONDS is 0, in development and tests, it is made each time. What `make` raises is raised, and not kept.
    """
    if not settings.HOT_SECONDS:
        return make()
    kept = _kept.get(key)
    if kept is not None and kept[1] > monotonic():
        return kept[0]
    value = make()
    with _lock:
        if len(_kept) >= _MOST:
            _make_room()
        _kept[key] = value, monotonic() + (seconds or settings.HOT_SECONDS)
    return value


def _make_room() -> None:
    """What is over leaves; and everything, when nothing is over: it is all made again in a moment."""
    now = monotonic()
    for key in [key for key, (_value, until) in _kept.items() if until <= now] or list(_kept):
        del _kept[key]


def hole(name: str) -> str:
    """What stands for a value in a page that is made once for many readers; nobody can write it in a text."""
    return f"{_SECRET}{name}"


def fill(page: str, **values: object) -> str:
    """The page with each value, escaped, in place of its `hole`."""
    for name, value in values.items():
        page = page.replace(hole(name), escape(value))
    return page


def forget_hot() -> None:
    """Everything is made again."""
    with _lock:
        _kept.clear()
