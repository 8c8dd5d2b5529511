"""What a web process keeps for a moment, because thousands read it at once.

A popular initiative is the same row for everybody: read and built once in a while, it costs nothing. Values are shared
by the threads of the process and by their requests: nobody changes them.
"""

import threading
from collections.abc import Callable, Hashable
from typing import TypeVar

from cachetools import TLRUCache
from django.conf import settings

T = TypeVar("T")

_MOST = 10_000

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


def forget_hot() -> None:
    """Everything is made again."""
    with _lock:
        _kept.clear()
