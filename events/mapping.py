"""The map's answer: markers and clusters of a box, computed by PostgreSQL and bounded whatever the box holds."""

import math
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Avg, Count, F, FloatField, IntegerField, Min, QuerySet, Value
from django.db.models.functions import Cast, Floor
from django.urls import reverse

from core.french import when
from events.models import Event

MIN_ZOOM, MAX_ZOOM = 3, 16
#: Side of a cell in CSS pixels: two markers closer than that would touch.
_CELL_PIXELS = 72
#: Markers of one answer, clusters included.
MAX_MARKERS = 80
#: Events of one place, named one by one when their cluster cannot be opened further.
_NAMED = 10


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
        try:
            west, south, east, north = (float(number) for number in text.split(","))
        except ValueError as error:
            raise BadBox("bbox: west,south,east,north") from error
        if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
            raise BadBox("bbox: west < east, south < north, WGS84")
        return cls(west, south, east, north)


def parse_zoom(text: str) -> int:
    """A whole number between MIN_ZOOM and MAX_ZOOM. Raises BadBox."""
    if not text.isascii() or not text.isdigit() or not MIN_ZOOM <= int(text[:3]) <= MAX_ZOOM:
        raise BadBox(f"zoom: {MIN_ZOOM}–{MAX_ZOOM}")
    return int(text)


def markers(events: QuerySet, box: Box, zoom: int) -> list[dict]:
    """At most MAX_MARKERS dictionaries, in two queries.

    An event has `count` 1 and `title`, `kind`, `when`, `place`, `url`. A cluster has its `count`, the `place` it is
    around, and, when all its events are in this one commune, the `url` of their list: no zoom would part them.
    """
    cells = _cells(events, box, _cell_size(box, zoom))
    named = Event.objects.for_cards().in_bulk([cell["event"] for cell in cells])
    return [
        _event_marker(named[cell["event"]], cell) if cell["count"] == 1 else _cluster_marker(named[cell["event"]], cell)
        for cell in cells
        if cell["event"] in named
    ]


def _cell_size(box: Box, zoom: int) -> float:
    """Degrees of longitude of a cell: of _CELL_PIXELS at this zoom, larger when the box would hold too many."""
    size = 360 / 2**zoom / 256 * _CELL_PIXELS
    stretch = _stretch(box)
    area = (box.east - box.west) * (box.north - box.south) / stretch
    return max(size, math.sqrt(area / MAX_MARKERS))


def _stretch(box: Box) -> float:
    """Degrees of latitude as high as one of longitude is wide on the map (Mercator), at the middle of the box."""
    return max(math.cos(math.radians((box.south + box.north) / 2)), 0.05)


def _cells(events: QuerySet, box: Box, size: float) -> list[dict]:
    column = Floor(F("longitude") / Value(size, FloatField()))
    row = Floor(F("latitude") / Value(size * _stretch(box), FloatField()))
    return list(
        events.filter(latitude__range=(box.south, box.north), longitude__range=(box.west, box.east))
        .order_by()
        .annotate(column=Cast(column, IntegerField()), row=Cast(row, IntegerField()))
        .values("column", "row")
        .annotate(
            count=Count("id"),
            mid_latitude=Avg("latitude"),
            mid_longitude=Avg("longitude"),
            event=Min("id"),
            communes=Count("commune", distinct=True),
        )
        .order_by("-count", "event")[:MAX_MARKERS]
    )


def _event_marker(event: Event, cell: dict) -> dict:
    return _point(cell) | {
        "title": event.title,
        "kind": event.kind,
        "when": when(event.starts_at, event.tz),
        "place": event.commune.name if event.commune else "",
        "url": event.get_absolute_url(),
    }


def _cluster_marker(event: Event, cell: dict) -> dict:
    marker = _point(cell) | {"place": event.commune.name_of if event.commune else ""}
    if cell["communes"] == 1 and event.commune:
        marker["url"] = f"{reverse('agenda')}?{urlencode({'lieu': event.commune.path})}"
    return marker


def _point(cell: dict) -> dict:
    return {
        "count": cell["count"],
        "latitude": round(cell["mid_latitude"], 5),
        "longitude": round(cell["mid_longitude"], 5),
    }
