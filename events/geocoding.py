"""Asking the national address service where a street is. Nothing it answers is trusted before it was looked at."""

import json
import math
import time
from dataclasses import dataclass
from urllib.parse import urlencode

import urllib3
from django.conf import settings

from events.models import Event
from territories.models import Commune

#: Seconds to connect, to wait for the next bytes, and for the whole answer.
CONNECT, READ, WHOLE = 3, 5, 8
#: An answer of one place is a thousand bytes.
LARGEST_ANSWER = 64 * 1024
#: The service's own trust in what it found, from 0 to 1: below, it is often the street of another name.
LEAST_SCORE = 0.5
#: The service reads no more.
LONGEST_QUESTION = 200
#: A service that asks for patience has this at most.
_MOST_PATIENCE = 60 * 60
_PRECISIONS = {
    "housenumber": Event.Precision.NUMBER,
    "street": Event.Precision.STREET,
    "locality": Event.Precision.STREET,
}

# Its failures are for the task to try again, later: never here, while others wait.
_http = urllib3.PoolManager(
    retries=False,
    timeout=urllib3.Timeout(connect=CONNECT, read=READ),
    headers={"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "createurs-de-possibles"},
)


class Unavailable(Exception):
    """It did not answer, or not with sense; `patience` is how many seconds it asks to be left alone, or None."""

    def __init__(self, why: str, *, patience: int | None = None):
        super().__init__(why)
        self.patience = patience


@dataclass(frozen=True)
class Found:
    """WGS84 degrees, and how well the point is known."""

    latitude: float
    longitude: float
    precision: Event.Precision


def find(address: str, commune: Commune) -> Found | None:
    """Where this street is in this commune; None when the service knows none. One request. Raises Unavailable.

    What is no street, a commune, is nothing found. Whether the point lies in the commune is for the caller to look at.
    """
    question = {"q": address[:LONGEST_QUESTION], "limit": 1}
    if commune.is_divided:
        # The service knows Paris, Lyon and Marseille by their arrondissements alone.
        question["q"] = f"{address[: LONGEST_QUESTION - len(commune.name) - 1]} {commune.name}"
    else:
        question["citycode"] = commune.pk
    status, body = _ask(f"{settings.GEOCODER_URL}/search/?{urlencode(question)}")
    if status in (400, 404, 413, 414, 422):
        # It cannot read this address, today or tomorrow.
        return None
    if status != 200:
        raise Unavailable(f"status {status}")
    return _read(body)


def _ask(address: str) -> tuple[int, bytes]:
    deadline = time.monotonic() + WHOLE
    try:
        answer = _http.request("GET", address, redirect=False, preload_content=False, decode_content=False)
    except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        raise Unavailable(type(error).__name__) from error
    body = bytearray()
    try:
        if answer.status in (429, 503):
            raise Unavailable(f"status {answer.status}", patience=_patience(answer.headers.get("Retry-After", "")))
        while piece := answer.read1(16 * 1024):
            body += piece
            if len(body) > LARGEST_ANSWER:
                raise Unavailable("the answer is too large")
            if time.monotonic() > deadline:
                raise Unavailable("the answer takes too long")
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise Unavailable(type(error).__name__) from error
    finally:
        # What is left of it is not read, so the connection serves no other request.
        answer.close()
    return answer.status, bytes(body)


def _patience(said: str) -> int:
    return min(int(said), _MOST_PATIENCE) if said.isascii() and said.isdigit() and len(said) < 6 else 60


def _read(body: bytes) -> Found | None:
    try:
        features = json.loads(body)["features"]
        if not features:
            return None
        longitude, latitude = features[0]["geometry"]["coordinates"][:2]
        sort, score = features[0]["properties"]["type"], features[0]["properties"]["score"]
        known = [_number(latitude), _number(longitude), _number(score)]
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        raise Unavailable("the answer makes no sense") from error
    precision = _PRECISIONS.get(sort) if isinstance(sort, str) else None
    if precision is None or known[2] < LEAST_SCORE or abs(known[0]) > 90 or abs(known[1]) > 180:
        return None
    return Found(known[0], known[1], precision)


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError
    return float(value)
