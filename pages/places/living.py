"""What is alive at a place: its own first, then its neighbours with their distance, then what is of all France.

One statement finds it for any number of places, as references: the page of a place asks for one, a test for all the
communes of France. Of each place it reads a few rows from the start of an index, however many there are.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from core.hot import hot
from events import agenda
from events.models import LONGEST, Event
from initiatives.models import Initiative
from moderation.services import featuring
from territories.geo import EARTH_RADIUS
from territories.models import Commune, Department, Place, Region

EVENT, INITIATIVE, SUCCESS = "event", "initiative", "success"
#: How many of each sort are shown of a place and its neighbours.
WANTED = {EVENT: 6, INITIATIVE: 6, SUCCESS: 3}
#: How many initiatives of all France come after them.
NATIONAL = 3
#: Where there are fewer than that within 100 km and of all France, what lies further stands in.
LEAST = 3
#: The nearest around a place, among which those of the smallest circle come first.
_NEAREST = 60


class Circle(IntEnum):
    """How far from a place something is."""

    HERE = 0
    KM_10 = 1
    KM_30 = 2
    #: Of the whole département or région that the place is in.
    ABOVE = 3
    KM_100 = 4
    FRANCE = 5
    BEYOND = 6


@dataclass(frozen=True)
class Found:
    """Something alive: which, of which sort, and how far from the place.

    `km` is None for what is of the place, of what contains it, or of all France.
    """

    sort: str
    pk: int
    circle: Circle
    km: float | None = None


# As `territories.geo.distance_km`.
_KM = f"""
    {2 * EARTH_RADIUS} * asin(least(1, sqrt(
        sin(radians(near.latitude - place.latitude) / 2) ^ 2
        + cos(radians(place.latitude)) * cos(radians(near.latitude))
        * sin(radians(near.longitude - place.longitude) / 2) ^ 2
    )))"""


def _coming(event: str) -> str:
    """As `Event.objects.coming()`, of a table of that name."""
    return f"""{event}.published_at IS NOT NULL AND {event}.withheld_at IS NULL AND {event}.cancelled_at IS NULL
        AND {event}.left_map_at IS NULL
        AND {event}.ends_at > %(now)s::timestamptz AND {event}.starts_at > %(long_ago)s::timestamptz"""


# Of a series, the next date of each commune.
_COMING_ONCE = f"""{_coming("one")} AND (one.series_id IS NULL OR NOT EXISTS (
        SELECT FROM events_event earlier
        WHERE earlier.series_id = one.series_id AND earlier.commune_id IS NOT DISTINCT FROM one.commune_id
            AND (earlier.starts_at, earlier.id) < (one.starts_at, one.id) AND {_coming("earlier")}
    ))"""  # noqa: S608 (ours)
_LISTED = "one.state = 'published' AND one.withheld_at IS NULL"
_SUCCEEDED = "one.state = 'succeeded' AND one.withheld_at IS NULL"
# Of initiatives alone: what is of the whole région, département or région above is found by itself.
_NOT_WIDER = """
        AND NOT COALESCE(one.region_id = place.region, false)
        AND NOT COALESCE(one.commune_id IS NULL AND one.department_id = place.in_department, false)
        AND NOT COALESCE(one.department_id IS NULL AND one.region_id = place.in_region, false)"""


def _sort(sort: str, table: str, condition: str, *, order: str, columns: dict[str, str], apart: str = "") -> str:
    """What is here, by each of these columns and its codes; where that is too little, the nearest elsewhere."""
    wanted = WANTED[sort]
    column, _space, direction = order.partition(" ")
    here = " UNION ALL ".join(
        f"""
        SELECT first.* FROM unnest({codes}) code CROSS JOIN LATERAL (
            SELECT id, {column} AS rank FROM {table} one WHERE {of} = code AND {condition}
            ORDER BY {column} {direction}, id {direction} LIMIT {wanted}
        ) first"""  # noqa: S608 (ours)
        for of, codes in columns.items()
    )
    return f"""(
    WITH here AS MATERIALIZED (
        SELECT id, rank FROM ({here}) found ORDER BY rank {direction}, id {direction} LIMIT {wanted}
    )
    SELECT '{sort}', id, {Circle.HERE}, NULL::float, row_number() OVER (ORDER BY rank {direction}, id {direction})
    FROM here
    UNION ALL (
        SELECT '{sort}', id, circle, km, row_number() OVER (ORDER BY circle, rank {direction}, id {direction})
        FROM (
            SELECT id, rank, km,
                CASE WHEN km <= 10 THEN {Circle.KM_10} WHEN km <= 30 THEN {Circle.KM_30}
                    WHEN km <= 100 THEN {Circle.KM_100} ELSE {Circle.BEYOND} END AS circle
            FROM (
                SELECT id, rank, {_KM} AS km FROM (
                    SELECT id, {column} AS rank, latitude, longitude FROM {table} one
                    WHERE {condition} AND latitude IS NOT NULL {apart}
                    ORDER BY point(longitude, latitude) <-> point(place.longitude, place.latitude)
                    LIMIT {_NEAREST}
                ) near
                WHERE id NOT IN (SELECT id FROM here)
            ) measured
        ) around
        WHERE (SELECT count(*) FROM here) < {wanted}
        ORDER BY circle, rank {direction}, id {direction} LIMIT {wanted}
    ))"""  # noqa: S608 (ours)


def _wider(condition: str) -> str:
    return f"""(
        SELECT '{INITIATIVE}', id, {Circle.ABOVE}, NULL::float, row_number() OVER (ORDER BY rank_score DESC, id DESC)
        FROM initiatives_initiative one WHERE {condition} AND {_LISTED}
        ORDER BY rank_score DESC, id DESC LIMIT {NATIONAL}
    )"""  # noqa: S608 (ours)


_IN = {"commune_id": "place.communes", "department_id": "place.departments"}
# A région has more than what its départements have.
_IN_REGION = {
    "department_id": "CASE WHEN place.region IS NULL THEN place.departments END",
    "region_id": "ARRAY[place.region]",
}
_SORTS = [
    _sort(EVENT, "events_event", _COMING_ONCE, order="starts_at ASC", columns=_IN),
    _sort(
        INITIATIVE,
        "initiatives_initiative",
        _LISTED,
        order="rank_score DESC",
        columns=_IN | _IN_REGION,
        apart=_NOT_WIDER,
    ),
    _wider("one.department_id = place.in_department AND one.commune_id IS NULL"),
    _wider("one.region_id = place.in_region AND one.department_id IS NULL"),
    _sort(SUCCESS, "initiatives_initiative", _SUCCEEDED, order="ended_at DESC", columns=_IN),
]
_LIVING = f"""
SELECT place.path, found.sort, found.id, found.circle, found.km
FROM jsonb_to_recordset(%(places)s::jsonb) AS place(
    path text, latitude float, longitude float, communes varchar[], departments varchar[], region varchar,
    in_department varchar, in_region varchar
) CROSS JOIN LATERAL ({" UNION ALL ".join(_SORTS)}) AS found(sort, id, circle, km, rank)
ORDER BY place.path, found.sort, found.circle, found.rank
"""  # noqa: S608 (ours)


def living(places: Iterable[Place]) -> dict[str, list[Found]]:
    """What is alive at each of these places, by its path: of each sort, what is nearest first.

    One statement for all of them, and what every place shares, kept for a moment.
    """
    places = list(places)
    found: dict[str, list[Found]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(*statement(places))
        for path, sort, pk, circle, km in cursor.fetchall():
            found[path].append(Found(sort, pk, Circle(circle), km))
    of_france = hot("places.of_france", _of_france)
    return {place.path: _enough(found[place.path], of_france) for place in places}


def statement(places: Iterable[Place]) -> tuple[str, dict]:
    """What PostgreSQL is asked about these places, and what it is told."""
    now = timezone.now()
    inside = hot("places.inside", _inside, seconds=60 * 60)
    described = json.dumps([_described(place, inside) for place in places])
    return _LIVING, {"places": described, "now": now, "long_ago": now - LONGEST}


def _described(place: Place, inside: dict[str, list[str]]) -> dict:
    """What the statement knows of a place: where it is, which codes are in it, and what it is in."""
    said = {"path": place.path, "latitude": place.latitude, "longitude": place.longitude}
    match place:
        case Commune():
            department = place.department
            return said | {
                "communes": [place.pk, *inside.get(place.pk, [])],
                "in_department": department.pk,
                "in_region": department.region_id,
            }
        case Department():
            return said | {"departments": [place.pk], "in_region": place.region_id}
        case Region():
            return said | {"departments": inside.get(place.path, []), "region": place.pk}
    raise TypeError(f"{place!r} is no place of ours")


def _inside() -> dict[str, list[str]]:
    """The arrondissements of a city, by its code; the départements of a région, by its path."""
    inside: dict[str, list[str]] = defaultdict(list)
    for code, parent in Commune.objects.filter(parent__isnull=False).values_list("code", "parent"):
        inside[parent].append(code)
    for department in Department.objects.filter(region__isnull=False).select_related("region"):
        inside[department.region.path].append(department.pk)
    return dict(inside)


def _of_france() -> dict[str, list[Found]]:
    """What is of no place, the same for all: next events online and of national projects, initiatives that move."""
    france = {"region": None, "department": None}
    rows: dict[str, Iterable[int]] = {
        EVENT: (event.pk for event in agenda.anywhere()),
        INITIATIVE: _first(Initiative.objects.listed().filter(**france).order_by("-rank_order", "-id"), WANTED),
        SUCCESS: _first(Initiative.objects.succeeded().filter(**france).order_by("-ended_at", "-id"), WANTED),
    }
    return {sort: [Found(sort, pk, Circle.FRANCE) for pk in found] for sort, found in rows.items()}


def _first(initiatives: QuerySet, wanted: dict[str, int]) -> Sequence[int]:
    return list(initiatives.values_list("pk", flat=True)[: max(wanted.values())])


def _enough(found: list[Found], of_france: dict[str, list[Found]]) -> list[Found]:
    """Of each sort those of the place and around it, then of all France; those further where it is still too little."""
    kept: list[Found] = []
    for sort, wanted in WANTED.items():
        near = [each for each in found if each.sort == sort and each.circle < Circle.FRANCE][:wanted]
        seen = {each.pk for each in near}
        others = [each for each in of_france[sort] if each.pk not in seen]
        near += others[: NATIONAL if sort == INITIATIVE else wanted - len(near)]
        further = [each for each in found if each.sort == sort and each.circle == Circle.BEYOND]
        kept += near + further[: max(LEAST - len(near), 0)]
    return kept


# --- As a page shows it ----------------------------------------------------------------------------------------------


_AROUND = (Circle.KM_10, Circle.KM_30, Circle.ABOVE, Circle.KM_100)


@dataclass(frozen=True)
class Living:
    """What is alive at one place, ready for cards, each with its `distance` in kilometres or None."""

    #: The nearest first; then the same as they are read, each group by date: of the place, around it, elsewhere.
    events: list[Event]
    events_here: list[Event]
    events_around: list[Event]
    events_elsewhere: list[Event]
    here: list[Initiative]
    around: list[Initiative]
    national: list[Initiative]
    further: list[Initiative]
    successes: list[Initiative]
    #: What the team puts forward in this very place: initiatives and events that are under way, each with its reason.
    featured: list[Initiative]
    featured_events: list[Event]

    @property
    def initiatives(self) -> list[Initiative]:
        """All those under way, the nearest first."""
        return [*self.here, *self.around, *self.national, *self.further]


def at(place: Place) -> Living:
    """What is alive at this place, in a fixed number of queries."""
    featured = _put_forward(Initiative.objects.listed(), place)
    featured_events = _put_forward(Event.objects.coming(), place)
    said = {(INITIATIVE, each.pk) for each in featured} | {(EVENT, each.pk) for each in featured_events}
    found = [each for each in living([place])[place.path] if (each.sort, each.pk) not in said]
    events = _cards(Event.objects.all(), found, [EVENT])
    initiatives = _cards(Initiative.objects.all(), found, [INITIATIVE, SUCCESS])

    def of(sort: str, *circles: Circle) -> list:
        rows = events if sort == EVENT else initiatives
        return [rows[each.pk] for each in found if each.sort == sort and each.circle in circles and each.pk in rows]

    def dated(*circles: Circle) -> list[Event]:
        return sorted(of(EVENT, *circles), key=lambda event: (event.starts_at, event.pk))

    return Living(
        events=of(EVENT, *Circle),
        events_here=dated(Circle.HERE),
        events_around=dated(*_AROUND),
        events_elsewhere=dated(Circle.FRANCE, Circle.BEYOND),
        here=of(INITIATIVE, Circle.HERE),
        around=of(INITIATIVE, *_AROUND),
        national=of(INITIATIVE, Circle.FRANCE),
        further=of(INITIATIVE, Circle.BEYOND),
        successes=of(SUCCESS, *Circle),
        featured=featured,
        featured_events=featured_events,
    )


def _put_forward(rows: QuerySet, place: Place) -> list:
    """Those of them that the team puts forward there, each with its reason as `featured`; no query where there are
    none, but for what is kept for a moment."""
    reasons = featuring.featured(rows.model, place)
    found = rows.for_cards().in_bulk(list(reasons)) if reasons else {}
    for pk, card in found.items():
        card.featured = reasons[pk]
    return [found[pk] for pk in reasons if pk in found]


def _cards(rows: QuerySet, found: list[Found], sorts: list[str]) -> dict[int, Event | Initiative]:
    """By number, with their distance; what was withheld this second is not among them."""
    km = {each.pk: each.km for each in found if each.sort in sorts}
    cards = rows.public().for_cards().in_bulk(list(km))
    for pk, card in cards.items():
        card.distance = km[pk]
    return cards
