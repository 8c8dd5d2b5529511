"""Which events the agenda and the map show: they share their filters, and so their address."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import chain
from zoneinfo import ZoneInfo

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, FloatField, Func, OuterRef, Q, QuerySet, Value
from django.db.models.expressions import Combinable
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from core.hot import hot
from events.models import LONGEST, Event, EventReport
from initiatives.models import Initiative, Tag
from territories import clocks
from territories.geo import bounding_box, distance_km
from territories.models import Commune, Department, Region

#: Around a commune: nobody crosses France for a meeting, many drive half an hour.
NEAR_KM = 30
#: Degrees between two events that no zoom of the map would part: some 200 metres.
ONE_PLACE = 45 * 4 / 2**16
#: Around one place of the map.
_SEEN_KM = 8
#: Kilometres tried in turn around a place where nothing is planned.
CIRCLES_KM = (10, 30, 100)
#: The nearest events around a place, among which those of the smallest circle come first.
_NEAREST = 100
#: Events online, and of national projects, that stand for those of a place.
_ELSEWHERE = 10
#: Initiatives of all France, the first by their rank, among which are the projects whose next events are looked at.
_OF_FRANCE = 200
#: What happened lately, beside what is coming.
_TOLD_FOR = timedelta(days=90)
_TOLD = 3
_SPANS = {"semaine": timedelta(days=7), "mois": timedelta(days=31)}
_WEEKEND = "week-end"


@dataclass(frozen=True)
class Search:
    """What the agenda is asked for; all that is asked holds at once.

    `span` is "semaine", "week-end" or "mois" from today; days are those of the place's clocks, and win over a span.
    `point`, in degrees, asks for what is at one place, and wins over a place.
    """

    place: Region | Department | Commune | None = None
    point: tuple[float, float] | None = None
    span: str = ""
    first_day: date | None = None
    last_day: date | None = None
    kind: str = ""
    theme: Tag | None = None
    with_room: bool = False

    def narrow(self, events: QuerySet) -> QuerySet:
        """Those of them that are asked for."""
        if self.point is not None:
            latitude, longitude = self.point
            events = events.filter(
                latitude__range=(latitude - ONE_PLACE, latitude + ONE_PLACE),
                longitude__range=(longitude - ONE_PLACE, longitude + ONE_PLACE),
            )
        elif isinstance(self.place, Commune):
            events = events.near(self.place.latitude, self.place.longitude, NEAR_KM)
        elif self.place is not None:
            events = events.in_territory(self.place)
        if self.kind:
            events = events.filter(kind=self.kind)
        if self.theme is not None:
            events = events.filter(theme=self.theme)
        if self.with_room:
            events = events.with_free_places()
        start, end = self._times
        if start is not None:
            events = events.filter(ends_at__gt=start, starts_at__gt=start - LONGEST)
        if end is not None:
            events = events.filter(starts_at__lt=end)
        return events

    @property
    def facet(self) -> str | None:
        """The filter under which the squares of the map count what is asked for; None when they do not."""
        if self.place or self.point or any(self._times):
            return None
        if self.kind and self.theme:
            return None
        facets = [self.kind, self.theme and f"theme-{self.theme.pk}", self.with_room and "places"]
        return "-".join(facet for facet in facets if facet)

    @property
    def asked(self) -> dict[str, str]:
        """What is asked, in the words of the address, places by their code: the same question, the same words."""
        words = {
            "lieu": self.place.path if self.place and self.point is None else "",
            "ici": ",".join(f"{degrees:.5f}" for degrees in self.point or ()),
            "quand": "" if self.first_day or self.last_day else self.span,
            "du": self.first_day.isoformat() if self.first_day else "",
            "au": self.last_day.isoformat() if self.last_day else "",
            "sorte": self.kind,
            "theme": self.theme.slug if self.theme else "",
            "places": "1" if self.with_room else "",
        }
        return {name: value for name, value in words.items() if value}

    @property
    def address(self) -> str:
        """The page of the agenda that shows it."""
        return f"{reverse('agenda')}?{urlencode(self.asked)}" if self.asked else reverse("agenda")

    @property
    def whenever(self) -> "Search":
        """The same at any time, places left or not: what one subscribes to is not known yet."""
        return Search(place=self.place, point=self.point, kind=self.kind, theme=self.theme)

    def here(self, point: tuple[float, float]) -> "Search":
        """The same at one place."""
        return replace(self, point=point)

    @property
    def zone(self) -> ZoneInfo:
        return clocks.zone_of(self.place)

    @property
    def _times(self) -> tuple[datetime | None, datetime | None]:
        """From when until when, None where that is open."""
        first, last = self.first_day, self.last_day
        if first is None and last is None:
            if self.span in _SPANS:
                return None, timezone.now() + _SPANS[self.span]
            if self.span != _WEEKEND:
                return None, None
            today = timezone.localdate(timezone=self.zone)
            # On Sunday it is the one that ends.
            first = today + timedelta(days=-1 if today.weekday() == 6 else 5 - today.weekday())
            last = first + timedelta(days=1)
        return first and self._midnight(first), last and self._midnight(last + timedelta(days=1))

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time.min, self.zone)


def themes() -> list[Tag]:
    """The site's themes, in their order."""
    return hot("events.themes", lambda: list(Tag.objects.filter(theme_rank__isnull=False)), seconds=60)


def coming(**filters) -> QuerySet:
    """Coming events, narrowed by a search."""
    return narrowed(Event.objects.coming(), **filters)


def narrowed(events: QuerySet, **filters) -> QuerySet:
    """Those of them that a search asks for."""
    return Search(**filters).narrow(events)


def coming_once(search: Search) -> QuerySet:
    """What the agenda lists: of each series the next that is asked for, so that none drowns the others."""
    return once_each(search.narrow(Event.objects.coming()))


def count_dates(events: list[Event], search: Search) -> None:
    """Give each that stands for a series its `other_dates`, how many more of it are asked for, in one query."""
    numbers = {event.series_id for event in events if event.series_id}
    if not numbers:
        return
    asked = search.narrow(Event.objects.coming()).filter(series__in=numbers).order_by()
    counts = dict(asked.values_list("series").annotate(Count("id")))
    for event in events:
        event.other_dates = max(counts.get(event.series_id, 0) - 1, 0)


def once_each(events: QuerySet) -> QuerySet:
    """Of each series, the next of these events alone."""
    earlier = events.order_by().filter(
        Q(starts_at__lt=OuterRef("starts_at")) | Q(id__lt=OuterRef("id")),
        series=OuterRef("series"),
        starts_at__lte=OuterRef("starts_at"),
    )
    return events.filter(Q(series=None) | ~Exists(earlier))


def around(place: Region | Department | Commune, *, wanted: int) -> list[Event]:
    """The next events here, else the nearest ones with their `distance` in kilometres, else those of the whole country.

    Never more than four queries, each of which reads a hundred events at most.
    """
    here = Event.objects.coming().in_territory(place)
    events = _next(here, wanted)
    if len(events) < wanted:
        events += _nearest(place, here)[: wanted - len(events)]
    if len(events) < wanted:
        seen = {event.pk for event in events}
        events += [event for event in hot("events.anywhere", anywhere) if event.pk not in seen][: wanted - len(events)]
    return events


def near_home(home: Commune | None, *, but: Q, wanted: int) -> list[Event]:
    """The next events near somebody's home, those of the smallest circle first, else those of the whole country; none
    of those that answer `but`, which are theirs already. Without a home, the next ones anywhere. Two queries at most.
    """
    others = Event.objects.coming().exclude(but)
    if home is None:
        return _next(others, wanted)
    nearest = once_each(others).for_cards().order_by(_degrees_from(home.latitude, home.longitude))[:_NEAREST]
    events = _by_circle(with_distance(nearest, home), home)[:wanted]
    if len(events) < wanted:
        events += _next(others.exclude(pk__in=[event.pk for event in events]), wanted - len(events))
    return events


def _next(events: QuerySet, wanted: int) -> list[Event]:
    # Of a large city thousands are sorted: by their numbers, before what a card shows is read of a few.
    first = once_each(events).order_by("starts_at", "id").values("pk")[:wanted]
    return list(Event.objects.filter(pk__in=first).for_cards().order_by("starts_at", "id"))


def _nearest(place: Region | Department | Commune, here: QuerySet) -> list[Event]:
    """Among the nearest elsewhere, those of the smallest of CIRCLES_KM first, and of a circle the next ones."""
    elsewhere = once_each(Event.objects.coming().exclude(pk__in=here.order_by().values("pk")))
    nearest = elsewhere.for_cards().order_by(_degrees_from(place.latitude, place.longitude))[:_NEAREST]
    return _by_circle(with_distance(nearest, place), place)


def _by_circle(events: list[Event], place: Region | Department | Commune) -> list[Event]:
    circled = [(circle, event) for event in events if (circle := _circle(event, place)) is not None]
    return [event for _circle, event in sorted(circled, key=lambda each: (each[0], each[1].starts_at, each[1].pk))]


def _circle(event: Event, place: Region | Department | Commune) -> int | None:
    """The smallest of CIRCLES_KM around the place that holds it."""
    if event.commune_id == place.pk:
        return CIRCLES_KM[0]
    return next((km for km in CIRCLES_KM if event.distance is not None and event.distance <= km), None)


def _degrees_from(latitude: float, longitude: float) -> Combinable:
    """What the index `event_nearest` orders by: degrees, not kilometres, so its order is not the last word."""
    points = (
        Func(*point, function="point") for point in (("longitude", "latitude"), (Value(longitude), Value(latitude)))
    )
    return Func(*points, template="%(expressions)s", arg_joiner=" <-> ", output_field=FloatField())


def anywhere() -> list[Event]:
    """The next ones online, and after them those of national projects: the same for every place."""
    online = _next(Event.objects.coming().filter(kind=Event.Kind.ONLINE), _ELSEWHERE)
    # Of each of the first projects its own next ones: where none has any, the events of all France are not read.
    theirs = Event.objects.coming().filter(initiative=OuterRef("pk")).exclude(kind=Event.Kind.ONLINE)
    theirs = once_each(theirs).order_by("starts_at", "id").values("pk")[:_ELSEWHERE]
    of_france = Initiative.objects.listed().filter(region=None, department=None)
    first = of_france.order_by("-rank_order", "-id").values("pk")[:_OF_FRANCE]
    projects = Initiative.objects.filter(pk__in=first, kind=Initiative.Kind.NATIONAL_PROJECT)
    found = chain.from_iterable(projects.annotate(theirs=ArraySubquery(theirs)).values_list("theirs", flat=True))
    national = Event.objects.filter(pk__in=list(found)).for_cards().order_by("starts_at", "id")
    return online + list(national[:_ELSEWHERE])


def with_distance(events, place: Region | Department | Commune) -> list[Event]:
    """Each with `distance`, in kilometres from the centre of `place`; events of the place itself have none."""
    events = list(events)
    for event in events:
        if event.latitude is not None and event.commune_id != place.pk:
            event.distance = distance_km((place.latitude, place.longitude), (event.latitude, event.longitude))
    return events


def box(search: Search) -> str:
    """What the map shows first: "south,west,north,east" of what is asked for, "" for the whole country."""
    if search.point is not None:
        # With enough around it to see where that is.
        edges = bounding_box(*search.point, _SEEN_KM)
    elif search.place is None:
        return ""
    elif isinstance(search.place, Commune):
        edges = bounding_box(search.place.latitude, search.place.longitude, NEAR_KM)
    else:
        edges = search.place.box
    return ",".join(f"{edge:.4f}" for edge in edges)


def told(place: Region | Department | Commune | None) -> list[EventReport]:
    """What organisers told lately there, the newest first; around a commune, in its département. One query."""
    reports = EventReport.objects.public().filter(published_at__gt=timezone.now() - _TOLD_FOR)
    if isinstance(place, Region):
        reports = reports.filter(event__department__region=place)
    elif place is not None:
        reports = reports.filter(event__department=place.department if isinstance(place, Commune) else place)
    found = reports.select_related("event__commune__department", "event__source")
    return list(found.order_by("-published_at", "-id")[:_TOLD])
