"""Personal data found in a text that is to be public, and words in their place."""

import re
from collections.abc import Iterable

from moderation.filter.personal import DETECTORS
from moderation.filter.screening import LONGEST
from moderation.filter.views import Views

MASK = "[donnée masquée]"
#: Letters of a name below which it is an ordinary word too often.
_SHORTEST_NAME = 3

Span = tuple[int, int]


def personal_data(text: str, *, names: Iterable[str] = ()) -> list[Span]:
    """Where the text says how to reach somebody, or one of these names or addresses; passages do not overlap."""
    found: list[Span] = []
    # The filter reads so much of a text at once.
    for start in range(0, len(text), LONGEST):
        views = Views(text[start : start + LONGEST])
        for detector in DETECTORS.values():
            found += [(start + first, start + last) for first, last in detector(views, {}, frozenset())]
    for name in names:
        if len(name.strip()) >= _SHORTEST_NAME:
            words = re.escape(name.strip())
            found += [match.span() for match in re.finditer(rf"(?<!\w){words}(?!\w)", text, re.IGNORECASE)]
    return _merged(found)


def masked(text: str, *, names: Iterable[str] = ()) -> str:
    """The text with MASK in place of each of them."""
    for start, end in reversed(personal_data(text, names=names)):
        text = f"{text[:start]}{MASK}{text[end:]}"
    return text


def _merged(spans: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
