"""The two drawings of a dashboard, as numbers of an SVG: drawn here, so that the page needs no script.

Each has its numbers in a table beside it. Both are stretched to the width of the page.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from initiatives.models import Pace

WIDTH, HEIGHT = 720, 200


@dataclass(frozen=True)
class Bar:
    """One day, or one week that begins on it."""

    day: date
    count: int
    #: As an SVG writes numbers, whatever the language of the site.
    x: str
    y: str
    width: str
    height: str


@dataclass(frozen=True)
class Bars:
    bars: list[Bar]
    most: int
    total: int
    width: int = WIDTH
    height: int = HEIGHT


def bars_of(counts: Mapping[date, int], *, first: date, last: date, days: int = 1) -> Bars:
    """A bar for each day from `first` to `last`, or for each so many days; withdrawn supports are in no day."""
    starts = [first + timedelta(days=at) for at in range(0, (last - first).days + 1, days)]
    sums = [0] * len(starts)
    for day, count in counts.items():
        if first <= day <= last:
            sums[(day - first).days // days] += count
    most = max(sums, default=0)
    step = WIDTH / max(len(starts), 1)
    bars = []
    for at, (day, count) in enumerate(zip(starts, sums, strict=True)):
        height = HEIGHT * count / most if most else 0
        bars.append(Bar(day, count, *(f"{each:.1f}" for each in (at * step, HEIGHT - height, step * 0.75, height))))
    return Bars(bars, most, sum(sums))


@dataclass(frozen=True)
class Point:
    """So many days after it opened: what this one had, and the quartiles of those like it."""

    age: int
    own: int | None
    low: int
    middle: int
    high: int
    compared: int


@dataclass(frozen=True)
class Comparison:
    """`own` and `middle` are lines, `band` the shape between the quartiles; `points` are all numbers."""

    points: list[Point]
    own: str
    middle: str
    band: str
    most: int
    last_age: int
    #: The latest age that both have reached.
    now: Point | None
    width: int = WIDTH
    height: int = HEIGHT


def comparison_of(counts: Mapping[date, int], paces: Sequence[Pace], *, opened: date, today: date) -> Comparison | None:
    """How it went since it opened, against those like it; None when there are too few of them.

    An age is told of once its day is over, as for the others.
    """
    age = (today - opened).days
    # A little ahead, to see where the others were going.
    paces = [pace for pace in paces if pace.age <= max(2 * age, 7)]
    if not paces:
        return None
    points = [
        Point(
            pace.age,
            _until(counts, opened + timedelta(days=pace.age)) if pace.age < age else None,
            pace.low,
            pace.middle,
            pace.high,
            pace.compared,
        )
        for pace in paces
    ]
    known = [(point.age, point.own) for point in points if point.own is not None]
    last_age = max(points[-1].age, 1)
    most = max([point.high for point in points] + [own for _age, own in known] + [1])

    def place(age: int, value: int) -> str:
        return f"{round(WIDTH * age / last_age, 1):g},{round(HEIGHT * (1 - value / most), 1):g}"

    lows = [place(point.age, point.low) for point in points]
    highs = [place(point.age, point.high) for point in points]
    return Comparison(
        points,
        own=" ".join(place(age, own) for age, own in known),
        middle=" ".join(place(point.age, point.middle) for point in points),
        band=" ".join([*highs, *reversed(lows)]),
        most=most,
        last_age=last_age,
        now=next((point for point in reversed(points) if point.own is not None), None),
    )


def _until(counts: Mapping[date, int], day: date) -> int:
    return sum(count for each, count in counts.items() if each <= day)
