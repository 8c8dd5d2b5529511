"""The numbers of the latest snapshot, for any page: nothing is counted here.

    latest("supports_confirmed")             of the country
    latest("supports_confirmed", vitre)      of a place
    of_place(vitre)                          all that are counted by place

A page that shows several reads `board()` once, and asks it. Where the demonstration is loaded, its snapshots are those
that are read, and say so.
"""

import json
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _

from core import french
from core.hot import hot
from figures.definitions import BY_PLACE, HELD, NUMBERS, Number, Unit
from figures.models import Snapshot
from figures.suppression import LEAST
from territories.models import Commune, Department, Region

Place = Region | Department | Commune

#: Seconds for which a process keeps the parsed snapshot; there is one a night.
_KEPT = 60


@dataclass(frozen=True)
class Figure:
    """One number, the day at whose end it held, and how it is written."""

    number: Number
    value: int | None
    at: date
    #: Too small to be shown, or what would tell a neighbour's.
    is_hidden: bool = False
    place: str = ""

    @property
    def key(self) -> str:
        return self.number.key

    @property
    def reference(self) -> str:
        """What marks it in a page (`data-figure`): `supports_confirmed`, or `supports_confirmed@d35`."""
        return f"{self.key}@{self.place}" if self.place else self.key

    @property
    def text(self) -> str:
        """« 12 480 », « 3 heures », « 2,40 € », « moins de 5 », « non publié », « inconnu »."""
        if self.is_hidden:
            # Of a place nothing says whether it was small, or protects one that was.
            return _("non publié") if self.place else _("moins de %d") % LEAST
        return written(self.number.unit, self.value)


@dataclass(frozen=True)
class Board:
    """All the numbers of one snapshot."""

    day: date
    hash: str
    is_demonstration: bool
    figures: dict[str, int | None]
    hidden: frozenset[str]
    places: dict[str, dict[str, int]]
    #: As `moderation.figures.told` gives it.
    moderation: dict | None = None

    def figure(self, key: str, place: Place | None = None) -> Figure:
        """Raises KeyError for a number that does not exist, or is not counted by place."""
        if place is None:
            return Figure(NUMBERS[key], self.figures.get(key), self.day, key in self.hidden)
        code = code_of(place)
        value = self.places.get(key, {}).get(code) if counts(key, place) else None
        return Figure(NUMBERS[key], value, self.day, value is None, code)

    def of_place(self, place: Place) -> list[Figure]:
        return [self.figure(key, place) for key in BY_PLACE if counts(key, place)]


def board() -> Board | None:
    """The latest snapshot; None before the first night."""
    return hot("figures.board", _read, seconds=_KEPT)


def latest(key: str, place: Place | None = None) -> Figure | None:
    """One number of the latest snapshot; None before the first night."""
    found = board()
    return found and found.figure(key, place)


def of_place(place: Place) -> list[Figure]:
    """All that is counted of a place, in the latest snapshot; nothing before the first night. One query at most."""
    found = board()
    return found.of_place(place) if found else []


def counts(key: str, place: Place) -> bool:
    """Whether this number is counted for such a place. Raises KeyError when it is for none."""
    if key not in BY_PLACE:
        raise KeyError(key)
    return key not in HELD or not isinstance(place, Commune)


def code_of(place: Place) -> str:
    """r53, d35, c35360: as snapshots name a place."""
    return f"{place._meta.model_name[0]}{place.pk}"


def newest() -> Snapshot | None:
    """The last of the chain that is shown."""
    return Snapshot.objects.order_by("-is_demonstration", "-day").first()


def _read() -> Board | None:
    found = newest()
    return found and parsed(found)


def parsed(snapshot: Snapshot) -> Board:
    said = json.loads(snapshot.body)
    return Board(
        day=snapshot.day,
        hash=snapshot.hash,
        is_demonstration=snapshot.is_demonstration,
        figures=said["figures"],
        hidden=frozenset(said["hidden"]),
        places=said["places"],
        moderation=said.get("moderation"),
    )


def written(unit: Unit, value: int | None) -> str:
    if value is None:
        return _("inconnu")
    if unit == Unit.SECONDS:
        return french.duration(timedelta(seconds=value))
    if unit == Unit.CENTS:
        return french.euros(value)
    return french.number(value)
