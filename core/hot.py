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

T = TypeVar("T")

_MOST = 10_000
#: Seconds between two looks for what is over: asked for once each, the pages of all communes would weigh for ever.
_LOOK_EVERY = 10
_SECRET = get_random_string(32)

_lock = threading.Lock()
#: By key: the value, and until when (monotonic seconds). Read without the lock: a request reads a dozen of them.
_kept: dict[Hashable, tuple[Any, float]] = {}
#: When what is over was last looked for.
_looked = {"at": 0.0}


def hot(key: Hashable, make: Callable[[], T], *, seconds: float | None = None) -> T:
    """The value of `make()`, made again after `seconds` (settings.HOT_SECONDS unless told).

    Where HOT_SECONDS is 0, in development and tests, it is made each time. What `make` raises is raised, and not kept.
    """
    if not settings.HOT_SECONDS:
        return make()
    found = _kept.get(key)
    if found is not None and found[1] > monotonic():
        return found[0]
    value = make()
    with _lock:
        now = monotonic()
        if len(_kept) >= _MOST or now > _looked["at"] + _LOOK_EVERY:
            _make_room(now)
        _kept[key] = value, now + (seconds or settings.HOT_SECONDS)
    return value


def kept(key: Hashable) -> Any | None:
    """The value kept under this key, None when there is none: for who would rather go without than wait."""
    found = _kept.get(key)
    return found[0] if found is not None and found[1] > monotonic() else None


def _make_room(now: float) -> None:
    """What is over leaves; and everything, when that is not enough: it is all made again in a moment."""
    _looked["at"] = now
    for key in [key for key, (_value, until) in _kept.items() if until <= now]:
        del _kept[key]
    if len(_kept) >= _MOST:
        _kept.clear()


def hole(name: str) -> str:
    """What stands for a value in a page that is made once for many readers; nobody can write it in a text."""
    return f"{_SECRET}{name}"


def forget_hot() -> None:
    """Everything is made again."""
    with _lock:
        _kept.clear()
