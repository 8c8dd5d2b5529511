"""Which events the agenda and the map show: they share their filters, and so their address."""

from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from events.models import Event
from territories.geo import bounding_box, distance_km
from territories.models import Commune, Department, Region

#: Around a commune: nobody crosses France for a meeting, many drive half an hour.
NEAR_KM = 30
#: Kilometres tried in turn around a place where nothing is planned.
CIRCLES_KM = (10, 30, 100, 300)
_SPANS = {"semaine": timedelta(days=7), "mois": timedelta(days=31)}


def coming(**filters) -> QuerySet:
    """Coming events, narrowed by the filters of the agenda."""
    return narrowed(Event.objects.coming(), **filters)


def narrowed(
    events: QuerySet, *, place: Region | Department | Commune | None = None, span: str = "", kind: str = ""
) -> QuerySet:
    """Those of them that are in a région or département, or within NEAR_KM of a commune, at that time, of that kind."""
    if isinstance(place, Commune):
        events = events.near(place.latitude, place.longitude, NEAR_KM)
    elif place is not None:
        events = events.in_territory(place)
    if span in _SPANS:
        events = events.filter(starts_at__lt=timezone.now() + _SPANS[span])
    if kind:
        events = events.filter(kind=kind)
    return events


def around(place: Region | Department | Commune, *, wanted: int) -> list[Event]:
    """The next events here, else the nearest ones with their `distance` in kilometres, else those held online."""
    events = list(Event.objects.coming().in_territory(place).for_cards().order_by("starts_at", "id")[:wanted])
    for km in CIRCLES_KM:
        if len(events) >= wanted:
            return events
        seen = [event.pk for event in events]
        ring = Event.objects.coming().near(place.latitude, place.longitude, km).exclude(pk__in=seen)
        events += with_distance(ring.for_cards().order_by("starts_at", "id")[: wanted - len(events)], place)
    if len(events) < wanted:
        online = Event.objects.coming().filter(kind=Event.Kind.ONLINE)
        events += online.for_cards().order_by("starts_at", "id")[: wanted - len(events)]
    return events


def with_distance(events, place: Region | Department | Commune) -> list[Event]:
    """Each with `distance`, in kilometres from the centre of `place`; events of the place itself have none."""
    events = list(events)
    for event in events:
        if event.latitude is not None and event.commune_id != place.pk:
            event.distance = distance_km((place.latitude, place.longitude), (event.latitude, event.longitude))
    return events


def box(place: Region | Department | Commune | None) -> str:
    """What the map shows first: "south,west,north,east" of the place, "" for the whole country."""
    if place is None:
        return ""
    edges = bounding_box(place.latitude, place.longitude, NEAR_KM) if isinstance(place, Commune) else place.box
    return ",".join(f"{edge:.4f}" for edge in edges)
