"""What a web process keeps for a moment, because thousands read it at once.

A popular initiative is the same row for everybody: read and built once in a while, it costs nothing. Values are shared
by the threads of the process and by their requests: nobody changes them.
"""

import threading
from collections.abc import Callable, Hashable
from typing import TypeVar

from cachetools import TLRUCache
from django.conf import settings
from django.utils.crypto import get_random_string
from django.utils.html import escape

T = TypeVar("T")

_MOST = 10_000
_SECRET = get_random_string(32)

_lock = threading.Lock()
_kept: TLRUCache = TLRUCache(_MOST, ttu=lambda _key, kept, now: now + kept[1])


def hot(key: Hashable, make: Callable[[], T], *, seconds: float | None = None) -> T:
    """The value of `make()`, made again after `seconds` (settings.HOT_SECONDS unless told).

    Where HOT_SECONDS is 0, in development and tests, it is made each time. What `make` raises is raised, and not kept.
    """
    if not settings.HOT_SECONDS:
        return make()
    with _lock:
        kept = _kept.get(key)
    if kept is not None:
        return kept[0]
    value = make()
    with _lock:
        _kept[key] = value, seconds or settings.HOT_SECONDS
    return value


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
