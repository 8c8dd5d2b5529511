"""The numbers of many days, without their places: for curves, tables and files."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from figures.definitions import NUMBERS, Number
from figures.models import Snapshot
from figures.reading import Figure

#: Days on the curves of a page. The files hold all of them.
CURVE_DAYS = 365
#: Rows of the table beside a curve.
TABLE_DAYS = 31


@dataclass(frozen=True)
class Night:
    """What one snapshot says of the country."""

    day: date
    hash: str
    figures: dict[str, int | None]
    hidden: frozenset[str]
    is_rebuilt: bool

    def figure(self, number: Number) -> Figure:
        return Figure(number, self.figures.get(number.key), self.day, number.key in self.hidden)


def nights(*, demonstration: bool, last: int | None = None) -> Iterator[Night]:
    """The nights of a chain, the oldest first; the `last` ones, or all."""
    rows = Snapshot.objects.filter(is_demonstration=demonstration).values_list("day", "hash", "summary")
    ordered = reversed(rows.order_by("-day")[:last]) if last else rows.order_by("day").iterator(chunk_size=500)
    for day, digest, said in ordered:
        yield Night(day, digest, said["figures"], frozenset(said["hidden"]), said["rebuilt"])


def series(found: Sequence[Night], numbers: Sequence[Number]) -> list[list[int | None]]:
    return [[night.figures.get(number.key) for night in found] for number in numbers]


def share(figure: Figure, found: Night) -> int | None:
    """How many in a hundred of what it is a part of; None when either is not known, or there is nothing."""
    whole = found.figures.get(figure.number.part_of) if figure.number.part_of else None
    if not whole or figure.value is None:
        return None
    return round(100 * figure.value / whole)


def whole_of(number: Number) -> Number | None:
    return NUMBERS.get(number.part_of)
