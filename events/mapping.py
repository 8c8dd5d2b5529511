"""The map's answer: markers and clusters of a box, computed by PostgreSQL and bounded whatever the box holds."""

import math
import re
from dataclasses import dataclass

from django.db.models import Avg, Count, F, FloatField, IntegerField, Max, Min, Q, QuerySet, Sum, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Floor

from core.french import when
from core.hot import hot
from events.agenda import ONE_PLACE, Search
from events.models import Event, MapCell
from events.models.mapcell import LAST_ZOOM, SQUARE_HEIGHT, SQUARE_WIDTH
from events.services import cells
from territories.geo import distance_km, within_box
from territories.models import Commune

MIN_ZOOM, MAX_ZOOM = 3, 16
#: Markers of one answer, clusters included.
MAX_MARKERS = 80
#: Events of one place that its card lists; the agenda has the others.
MOST_LISTED = 20
#: Names of towns of one answer.
MAX_TOWNS = 60
#: Squares of 32 pixels in a cell, in each direction, at least: two markers closer than 64 pixels would touch.
_SMALLEST_SIDE = 2
#: Squares by which the box of a map moves: half a tile (static/js/map.js).
_STEP = 4
#: Of a square: how far from its edge a box may end and still be taken to end there.
_SLACK = 0.001
#: What the name of a town takes, in CSS pixels, with air around it.
_TOWN_WIDTH, _TOWN_HEIGHT = 96, 32
#: The largest towns of a box, among which those that have room are written.
_TOWNS_TRIED = 400
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
    """Cells of whole squares (events/models/mapcell.py), over a box that is made larger to hold whole squares.

    Squares have 32 pixels at a zoom, and a cell has `side` of them in each direction: as few as leave MAX_MARKERS cells
    at most. They are counted from longitude 0 and latitude 0, so that a cell stays where it is when the map is moved.
    """

    zoom: int
    side: int
    columns: range
    rows: range

    @classmethod
    def over(cls, box: Box, zoom: int) -> "Grid":
        width, height = cls._square(zoom)
        columns, rows = _between(box.west / width, box.east / width), _between(box.south / height, box.north / height)
        side = _SMALLEST_SIDE
        while _most(columns, side) * _most(rows, side) > MAX_MARKERS:
            side += 1
        return cls(zoom, side, columns, rows)

    @staticmethod
    def _square(zoom: int) -> tuple[float, float]:
        """Width and height of a square, in degrees."""
        width = SQUARE_WIDTH / 2**zoom
        return width, width * SQUARE_HEIGHT

    @property
    def edges(self) -> tuple[float, float, float, float]:
        """West, south, east and north of its squares."""
        width, height = self._square(self.zoom)
        return self.columns.start * width, self.rows.start * height, self.columns.stop * width, self.rows.stop * height

    @property
    def cell(self) -> tuple[float, float]:
        """Width and height of a cell, in degrees."""
        width, height = self._square(self.zoom)
        return width * self.side, height * self.side

    @property
    def holds(self) -> Q:
        """The condition that a row's point is in one of the squares."""
        west, south, east, north = self.edges
        return Q(latitude__gte=south, latitude__lt=north, longitude__gte=west, longitude__lt=east)

    @property
    def of_points(self) -> dict:
        """The cell of a row's point, computed by the database as `column` and `row`."""
        width, height = self.cell
        return {"column": _number(F("longitude"), width), "row": _number(F("latitude"), height)}

    def inside(self, cell: dict) -> tuple[float, float]:
        """The middle of a cell's events, kept a quarter of the cell away from its edges: neighbours stay apart."""
        width, height = self.cell
        return (
            min(max(cell["mid_latitude"], (cell["row"] + 0.25) * height), (cell["row"] + 0.75) * height),
            min(max(cell["mid_longitude"], (cell["column"] + 0.25) * width), (cell["column"] + 0.75) * width),
        )

    @property
    def of_squares(self) -> dict:
        """The cell of a square of this zoom."""
        return {
            name: _number(Cast(square, FloatField()), self.side) for name, square in (("column", "x"), ("row", "y"))
        }


def _between(start: float, stop: float) -> range:
    """The squares that are touched; an edge written with a few decimals is that of the square it stands for."""
    first = math.floor(start + _SLACK)
    return range(first, max(math.ceil(stop - _SLACK), first + 1))


def _most(squares: range, side: int) -> int:
    """How many cells so many squares touch at most, when the map is moved as far as it likes by steps of _STEP squares.

    So the cells do not change meanwhile.
    """
    step = math.gcd(side, _STEP)
    return (len(squares) - 1 + side - step + squares.start % step) // side + 1


def _number(of: Combinable, step: float) -> Combinable:
    return Cast(Floor(of / Value(float(step), FloatField())), IntegerField())


# --- Events ----------------------------------------------------------------------------------------------------------


def markers(search: Search, box: Box, zoom: int) -> list[dict]:
    """At most MAX_MARKERS dictionaries, in two queries; their `count`s add up to the events of the box's squares.

    An event has `count` 1 and `title`, `kind`, `when`, `place`, `url`. A cluster has its `count`, the `place` it is
    around, and either the `box` that holds its events (south, west, north, east), in which they part, or, when they are
    all at one place, the `url` of the agenda there.
    """
    grid = Grid.over(box, zoom)
    found = list(counted(search, grid))
    # What was counted a moment ago may be hidden by now: it is then neither named nor drawn.
    named = in_few_words(Event.objects.coming()).in_bulk([cell["first"] for cell in found])
    known = _known_towns()
    return [
        _event_marker(event, cell) if cell["total"] == 1 else _cluster_marker(event, cell, known, search, grid)
        for cell in found
        if (event := named.get(cell["first"])) or cell["total"] > 1
    ]


def counted(search: Search, grid: Grid) -> QuerySet:
    """One row for each cell that holds events: from the squares counted in advance, or else from an index alone."""
    if grid.zoom <= LAST_ZOOM and search.facet is not None and hot("events.squares", cells.are_fresh):
        return from_squares(search.facet, grid)
    return from_events(search.narrow(Event.objects.coming()), grid)


def from_squares(facet: str, grid: Grid) -> QuerySet:
    """Read from the squares of one filter; at most 1,600 of them for a screen, whatever they hold."""
    squares = MapCell.objects.filter(
        zoom=grid.zoom,
        facet=facet,
        x__range=(grid.columns.start, grid.columns.stop - 1),
        y__range=(grid.rows.start, grid.rows.stop - 1),
    )
    return _by_cell(
        squares.annotate(**grid.of_squares),
        total=Sum("count"),
        latitude=Sum("latitudes") / Sum("count", output_field=FloatField()),
        longitude=Sum("longitudes") / Sum("count", output_field=FloatField()),
        edges=("south", "west", "north", "east"),
        first="event",
    )


def from_events(events: QuerySet, grid: Grid) -> QuerySet:
    """Counted from the events, by the index `event_box` or `event_days`."""
    return _by_cell(
        events.filter(grid.holds).annotate(**grid.of_points),
        total=Count("id"),
        latitude=Avg("latitude"),
        longitude=Avg("longitude"),
        edges=("latitude", "longitude", "latitude", "longitude"),
        first="id",
    )


def _by_cell(rows: QuerySet, *, total, latitude, longitude, edges: tuple[str, str, str, str], first: str) -> QuerySet:
    south, west, north, east = edges
    return (
        rows.order_by()
        .values("column", "row")
        .annotate(
            total=total,
            mid_latitude=latitude,
            mid_longitude=longitude,
            bottom=Min(south),
            left=Min(west),
            top=Max(north),
            right=Max(east),
            first=Min(first),
        )
        .order_by("-total", "first")
    )


def _event_marker(event: Event, cell: dict) -> dict:
    return _point(cell) | in_short(event)


def in_few_words(events: QuerySet) -> QuerySet:
    """… with what `in_short` says, and nothing of their long texts."""
    said = ("title", "kind", "starts_at", "time_zone", "commune__name", "commune__name_of", "source__name")
    return events.select_related("commune", "source").only(*said)


def in_short(event: Event) -> dict[str, str]:
    """What a marker, or a line of a card, says of an event."""
    return {
        "title": event.title,
        "kind": event.kind,
        "when": when(event.starts_at, event.tz),
        "place": event.commune.name if event.commune else "",
        "url": event.get_absolute_url(),
    } | ({"of": event.source_line} if event.source else {})


def _cluster_marker(event: Event | None, cell: dict, known: list[Town], search: Search, grid: Grid) -> dict:
    marker = _point(cell)
    box = south, west, north, east = [round(cell[side], 5) for side in ("bottom", "left", "top", "right")]
    # The largest town that they surround; without any, the commune of one of them, or the town nearby.
    town = next((town for town in known if south <= town[0] <= north and west <= town[1] <= east), None)
    if town is None and event and event.commune:
        place = event.commune.said_of
    else:
        place = (town or _nearest(known, marker["latitude"], marker["longitude"]))[2]
    marker["place"] = place
    if max(north - south, east - west) > ONE_PLACE:
        latitude, longitude = grid.inside(cell)
        latitude, longitude = min(max(latitude, south), north), min(max(longitude, west), east)
        return marker | {"latitude": round(latitude, 5), "longitude": round(longitude, 5), "box": box}
    return marker | {"url": search.here((marker["latitude"], marker["longitude"])).address}


def _nearest(known: list[Town], latitude: float, longitude: float) -> Town:
    return min(known, key=lambda town: distance_km((latitude, longitude), town[:2]), default=(0, 0, ""))


def _point(cell: dict) -> dict:
    return {
        "count": cell["total"],
        "latitude": round(cell["mid_latitude"], 5),
        "longitude": round(cell["mid_longitude"], 5),
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
    return hot("events.towns", _read_towns, seconds=60 * 60)


def _read_towns() -> list[Town]:
    large = Commune.objects.current().filter(population__gte=_TOWN_INHABITANTS, kind=Commune.Kind.COMMUNE)
    named = large.order_by("-population").only("latitude", "longitude", "name", "name_of")
    return [(town.latitude, town.longitude, town.said_of) for town in named]
