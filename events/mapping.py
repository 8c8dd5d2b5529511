"""The map's answer: markers and clusters of a box, computed by PostgreSQL and bounded whatever the box holds."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.core.cache import caches
from django.db.models import Avg, Count, F, FloatField, IntegerField, Max, Min, QuerySet, Value
from django.db.models.functions import Cast, Floor
from django.urls import reverse
from django.utils.http import urlencode

from core.french import when
from events.models import Event
from territories.geo import within_box
from territories.models import Commune

MIN_ZOOM, MAX_ZOOM = 3, 16
#: Markers of one answer, clusters included.
MAX_MARKERS = 80
#: Names of towns of one answer.
MAX_TOWNS = 60
#: Side of a cell in CSS pixels at least: two markers closer than that would touch.
_CELL_PIXELS = 72
#: What the name of a town takes, in CSS pixels, with air around it.
_TOWN_WIDTH, _TOWN_HEIGHT = 96, 32
#: The largest towns of a box, among which those that have room are written.
_TOWNS_TRIED = 400
#: Degrees between two events that no zoom would part.
_ONE_PLACE = 360 / 2**MAX_ZOOM / 256 * _CELL_PIXELS
#: Communes that give their name to the clusters around them.
_TOWN_INHABITANTS = 20_000

#: Latitude, longitude, and the name as it is said after « autour ».
Town = tuple[float, float, str]

_NUMBER = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,20})?", re.ASCII)
_ZOOM = re.compile(r"[0-9]{1,2}", re.ASCII)


class BadBox(ValueError):
    """The box or the zoom of the address are not numbers of this Earth; the text says which."""


@dataclass(frozen=True)
class Box:
    """WGS84 degrees, west < east and south < north."""

    west: float
    south: float
    east: float
    north: float

    @classmethod
    def parse(cls, text: str) -> "Box":
        """From "west,south,east,north", as RFC 7946 orders them. Raises BadBox."""
        numbers = text.split(",", 4)
        if len(numbers) != 4 or not all(map(_NUMBER.fullmatch, numbers)):
            raise BadBox("bbox: west,south,east,north")
        west, south, east, north = map(float, numbers)
        if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
            raise BadBox("bbox: west < east, south < north, WGS84")
        return cls(west, south, east, north)


def parse_zoom(text: str) -> int:
    """A whole number between MIN_ZOOM and MAX_ZOOM. Raises BadBox."""
    if not _ZOOM.fullmatch(text) or not MIN_ZOOM <= int(text) <= MAX_ZOOM:
        raise BadBox(f"zoom: {MIN_ZOOM}–{MAX_ZOOM}")
    return int(text)


@dataclass(frozen=True)
class Grid:
    """Cells of a box, about square on the map: `width` and `height` in degrees.

    They are counted from longitude 0 and latitude 0, so that a cell stays where it is when the map is moved.
    """

    width: float
    height: float

    @classmethod
    def over(cls, box: Box, zoom: int) -> "Grid":
        """Cells of _CELL_PIXELS at this zoom, larger where such a box would hold more than MAX_MARKERS."""
        width = 360 / 2**zoom / 256 * _CELL_PIXELS
        # Mercator: away from the Equator a degree of longitude is narrower. By steps of 5 degrees, as the map moves.
        squeeze = math.cos(math.radians(min(abs(5 * round((box.south + box.north) / 10)), 80)))
        sides = box.east - box.west, box.north - box.south
        while True:
            height = width * squeeze
            # The most that a box of this size may touch, wherever it is: moving the map does not change its cells.
            columns, rows = (int(side // step) + 2 for side, step in zip(sides, (width, height), strict=True))
            if columns * rows <= MAX_MARKERS:
                return cls(width, height)
            width *= 1.25

    @property
    def cell_columns(self) -> dict:
        """Where a row's point falls, computed by the database as `column` and `row`."""
        return {
            "column": Cast(Floor(F("longitude") / Value(self.width, FloatField())), IntegerField()),
            "row": Cast(Floor(F("latitude") / Value(self.height, FloatField())), IntegerField()),
        }


# --- Events ----------------------------------------------------------------------------------------------------------


def markers(events: QuerySet, box: Box, zoom: int, *, filters: Mapping[str, str]) -> list[dict]:
    """At most MAX_MARKERS dictionaries, in two queries; their `count`s add up to the events of the box.

    An event has `count` 1 and `title`, `kind`, `when`, `place`, `url`. A cluster has its `count`, the `place` it is
    around, and either the `box` that holds its events (south, west, north, east), in which they part, or, when they are
    all at one place, the `url` of the agenda there under the same `filters`.
    """
    grid = Grid.over(box, zoom)
    found = list(cells(events, box, grid))
    named = Event.objects.for_cards().in_bulk([cell["event"] for cell in found])
    known = _known_towns()
    return [
        _event_marker(event, cell) if cell["count"] == 1 else _cluster_marker(event, cell, known, filters)
        for cell in found
        # An event may go while the map is being drawn.
        if (event := named.get(cell["event"]))
    ]


def cells(events: QuerySet, box: Box, grid: Grid) -> QuerySet:
    """One row for each cell that holds events; PostgreSQL answers it from the index `event_box` alone."""
    return (
        events.filter(latitude__range=(box.south, box.north), longitude__range=(box.west, box.east))
        .order_by()
        .annotate(**grid.cell_columns)
        .values("column", "row")
        .annotate(
            count=Count("id"),
            latitude_=Avg("latitude"),
            longitude_=Avg("longitude"),
            south=Min("latitude"),
            west=Min("longitude"),
            north=Max("latitude"),
            east=Max("longitude"),
            event=Min("id"),
        )
        .order_by("-count", "event")
    )


def _event_marker(event: Event, cell: dict) -> dict:
    return _point(cell) | {
        "title": event.title,
        "kind": event.kind,
        "when": when(event.starts_at, event.tz),
        "place": event.commune.name if event.commune else "",
        "url": event.get_absolute_url(),
    }


def _cluster_marker(event: Event, cell: dict, known: list[Town], filters: Mapping[str, str]) -> dict:
    box = south, west, north, east = [round(cell[side], 5) for side in ("south", "west", "north", "east")]
    place = event.commune.said_of if event.commune else ""
    if max(north - south, east - west) > _ONE_PLACE:
        # The largest town that they surround; without any, the commune of one of them.
        town = next((town for town in known if south <= town[0] <= north and west <= town[1] <= east), None)
        return _point(cell) | {"place": town[2] if town else place, "box": box}
    marker = _point(cell) | {"place": place}
    if event.commune:
        here = {name: value for name, value in filters.items() if value} | {"lieu": event.commune.path}
        marker["url"] = f"{reverse('agenda')}?{urlencode(here)}"
    return marker


def _point(cell: dict) -> dict:
    return {
        "count": cell["count"],
        "latitude": round(cell["latitude_"], 5),
        "longitude": round(cell["longitude_"], 5),
    }


# --- Towns -----------------------------------------------------------------------------------------------------------


def towns(box: Box, zoom: int) -> list[dict]:
    """At most MAX_TOWNS names to write on the map: `name`, `latitude`, `longitude`, `size`; the largest towns first.

    `size` is 3 above 200,000 inhabitants, 2 above 50,000, else 1. None is written over a larger one.
    """
    pixels = 256 * 2**zoom / 360
    largest = (
        Commune.objects.current()
        .filter(within_box(box.south, box.west, box.north, box.east), kind=Commune.Kind.COMMUNE)
        .order_by("-population", "code")
        .values_list("name", "latitude", "longitude", "population")[:_TOWNS_TRIED]
    )
    written, found = [], []
    for name, latitude, longitude, people in largest:
        x, y = longitude * pixels, _mercator(latitude) * pixels
        if any(abs(x - left) < _TOWN_WIDTH and abs(y - top) < _TOWN_HEIGHT for left, top in written):
            continue
        written.append((x, y))
        size = 1 + (people > 50_000) + (people > 200_000)
        found.append({"name": name, "latitude": latitude, "longitude": longitude, "size": size})
        if len(found) == MAX_TOWNS:
            break
    return found


def _mercator(latitude: float) -> float:
    """How far north it is drawn, in degrees of longitude at the same scale."""
    return math.degrees(math.asinh(math.tan(math.radians(max(-85, min(latitude, 85))))))


def _known_towns() -> list[Town]:
    """Some five hundred, the largest first; they change once a year."""
    return caches["local"].get_or_set(
        "events.towns",
        lambda: [
            (town.latitude, town.longitude, town.said_of)
            for town in Commune.objects.current()
            .filter(population__gte=_TOWN_INHABITANTS, kind=Commune.Kind.COMMUNE)
            .order_by("-population")
            .only("latitude", "longitude", "name", "name_of")
        ],
        timeout=60 * 60,
    )
