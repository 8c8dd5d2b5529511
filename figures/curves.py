"""Curves as SVG paths: drawn here, so that a page needs no script, and a reader no colours."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from figures.definitions import Number

#: The box in which they are drawn: stretched to that of the page, lines keep their width.
WIDTH, HEIGHT = 600, 200
#: Room for half a line above and below.
_EDGE = 3


@dataclass(frozen=True)
class Line:
    """One number over the days; `path` breaks where it is not known."""

    number: Number
    path: str
    first: int | None
    last: int | None


@dataclass(frozen=True)
class Curve:
    """All lines on one scale, which begins at zero."""

    lines: list[Line]
    top: int
    begins: date
    ends: date
    width: int = WIDTH
    height: int = HEIGHT


def draw(days: Sequence[date], numbers: Sequence[Number], values: Sequence[Sequence[int | None]]) -> Curve | None:
    """`values` has one list for each number, as long as `days`. None when no number is known of two days."""
    known = [value for each in values for value in each if value is not None]
    if not any(sum(value is not None for value in each) > 1 for each in values):
        return None
    top = _round_up(max(known))
    lines = [
        Line(number, _path(days, each, top), *_ends([value for value in each if value is not None]))
        for number, each in zip(numbers, values, strict=True)
    ]
    return Curve(lines, top, days[0], days[-1])


def _path(days: Sequence[date], values: Sequence[int | None], top: int) -> str:
    span = max((days[-1] - days[0]).days, 1)
    path, is_drawing = [], False
    for day, value in zip(days, values, strict=True):
        if value is None:
            is_drawing = False
            continue
        x = round((day - days[0]).days / span * WIDTH, 1)
        y = round(HEIGHT - _EDGE - value / top * (HEIGHT - 2 * _EDGE), 1)
        # A day that stands alone is a point: a line of no length, with a round end.
        path.append(f"{'L' if is_drawing else 'M'}{x:g} {y:g}" + ("" if is_drawing else "h0"))
        is_drawing = True
    return "".join(path)


def _ends(known: list[int]) -> tuple[int | None, int | None]:
    return (known[0], known[-1]) if known else (None, None)


def _round_up(value: int) -> int:
    """The next number that is easily read: 1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 25, 30…"""
    step = 1
    while True:
        for factor in (10, 15, 20, 25, 30, 40, 50, 60, 80):
            if factor * step >= 10 * value:
                return -(-factor * step // 10)
        step *= 10
