"""Events in everyone's calendar, as RFC 5545 and RFC 7986 write them.

A calendar is bounded whatever it is of: the next MOST events, those of the last KEPT days, and those cancelled
meanwhile, so that a telephone that had them takes them away. Nobody is named in it.
"""

import threading
import unicodedata
from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from cachetools import LRUCache
from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from icalendar import Calendar, Timezone, TimezoneDaylight, TimezoneStandard
from icalendar import Event as Component

from core.markdown import plain
from events.models import LONGEST, Event

#: Events that are still to come, in one calendar.
MOST = 500
#: Those that are over, and those that were cancelled, for each sort.
MOST_PAST = 250
KEPT = timedelta(days=30)
#: A telephone asks again after so long.
REFRESH = timedelta(hours=1)
#: Characters of a description, in a calendar of many events: the page says the rest.
_MOST_SAID = 600
_TEXT = "text/calendar; charset=utf-8"
#: Events as calendars write them; each weighs a few kB with the texts that it is known by.
_kept: LRUCache = LRUCache(2_000)
_lock = threading.Lock()


def of_one(event: Event) -> bytes:
    """A file to add to a calendar. The link of an online meeting is not in it: only those who come have it."""
    return _calendar([_component(event).to_ical()], [event], name="")


def of_many(events: QuerySet, *, name: str, waiting: Collection[int] = (), linked: bool = False) -> bytes:
    """A calendar to subscribe to, in three queries, of events that are narrowed by nothing but what it is about.

    Those of `waiting` (ids) are tentative. `linked` says how to connect to the others: for whoever comes or organises.
    """
    found = _gather(events.public().select_related("commune__department", "source"))
    parts = [
        _written(event, is_tentative=event.pk in waiting, with_link=linked and event.pk not in waiting)
        for event in found
    ]
    return _calendar(parts, found, name=name)


def webcal(address: str) -> str:
    """The same address, as one that opens a program of calendars rather than a browser."""
    return address.replace("https://", "webcal://").replace("http://", "webcal://")


def response(body: bytes, *, filename: str) -> HttpResponse:
    answer = HttpResponse(body, content_type=_TEXT)
    answer["Content-Disposition"] = f'inline; filename="{filename}"'
    return answer


def _gather(events: QuerySet) -> list[Event]:
    """Those that calendars show, each once, by their start."""
    now = timezone.now()
    held = events.filter(cancelled_at=None)
    to_come = held.filter(ends_at__gt=now, starts_at__gt=now - LONGEST).order_by("starts_at", "id")
    over = held.filter(ends_at__lte=now, starts_at__range=(now - KEPT, now)).order_by("-starts_at", "-id")
    cancelled = events.filter(cancelled_at__gt=now - KEPT).order_by("-cancelled_at", "-id")
    return sorted(
        [*to_come[:MOST], *over[:MOST_PAST], *cancelled[:MOST_PAST]], key=lambda event: (event.starts_at, event.pk)
    )


# --- What is written -------------------------------------------------------------------------------------------------


def _calendar(parts: Iterable[bytes], events: list[Event], *, name: str) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", f"-//{_clean(settings.SITE_NAME)}//{settings.LANGUAGE_CODE.upper()}")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    if name:
        calendar.add("name", _clean(name))
        calendar.add("x-wr-calname", _clean(name))
        calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
        calendar.add("x-published-ttl", "PT1H")
    years = [moment.year for event in events for moment in (event.starts_at, event.ends_at)]
    for zone in sorted({event.time_zone for event in events}):
        calendar.add_component(_zone(zone, min(years), max(years)))
    head, end = calendar.to_ical(), b"END:VCALENDAR\r\n"
    return b"".join([head.removesuffix(end), *parts, end])


@lru_cache(maxsize=64)
def _zone(name: str, first_year: int, last_year: int) -> Timezone:
    """How its clocks run during these years, for programs that do not know it by its name.

    Not icalendar's own from_tzid: it lets summer begin an hour late (RFC 5545, 3.6.5: the onset is told by the clocks
    of before).
    """
    clocks = ZoneInfo(name)
    zone = Timezone()
    zone.add("tzid", name)
    start, end = datetime(first_year - 1, 1, 1, tzinfo=UTC), datetime(last_year + 2, 1, 1, tzinfo=UTC)
    zone.add_component(_observance(clocks, start, before=start.astimezone(clocks).utcoffset()))
    for day in range((end - start).days):
        before, after = start + timedelta(days=day), start + timedelta(days=day + 1)
        offset = before.astimezone(clocks).utcoffset()
        if after.astimezone(clocks).utcoffset() != offset:
            while after - before > timedelta(minutes=1):
                middle = before + (after - before) // 2
                before, after = (middle, after) if middle.astimezone(clocks).utcoffset() == offset else (before, middle)
            # Clocks change on a full minute; `after` is less than one behind it.
            zone.add_component(_observance(clocks, after.replace(second=0, microsecond=0), before=offset))
    return zone


def _observance(clocks: ZoneInfo, moment: datetime, *, before: timedelta) -> TimezoneStandard | TimezoneDaylight:
    """What its clocks show from this moment on, and what they showed before."""
    local = moment.astimezone(clocks)
    part = TimezoneDaylight() if local.dst() else TimezoneStandard()
    part.add("dtstart", (moment + before).replace(tzinfo=None))
    part.add("tzoffsetfrom", before)
    part.add("tzoffsetto", local.utcoffset())
    part.add("tzname", local.tzname())
    return part


def _written(event: Event, *, is_tentative: bool, with_link: bool) -> bytes:
    """Its lines, which each process keeps: the calendars of its place, its theme, its initiative all hold them.

    By all that they say, not by its number: nothing that changes is read as it was.
    """
    place = event.commune.label if event.commune else ""
    key = (
        *(event.uid, event.title, event.description, event.place_name, event.address, place, event.kind),
        *(event.starts_at, event.ends_at, event.time_zone, event.latitude, event.longitude, event.sequence),
        *(event.updated_at, event.published_at, event.cancelled_at, event.online_url if with_link else ""),
        *(is_tentative, with_link, event.source_line),
    )
    with _lock:
        lines = _kept.get(key)
    if lines is None:
        lines = _component(event, is_tentative=is_tentative, with_link=with_link, shortened=True).to_ical()
        with _lock:
            _kept[key] = lines
    return lines


def _component(
    event: Event, *, is_tentative: bool = False, with_link: bool = False, shortened: bool = False
) -> Component:
    changed = max(filter(None, (event.updated_at, event.published_at, event.cancelled_at))).astimezone(UTC)
    part = Component()
    part.add("uid", event.uid)
    # Of a calendar without METHOD, this is when the event was last revised: it stays while nothing changes.
    part.add("dtstamp", changed)
    part.add("last-modified", changed)
    part.add("sequence", event.sequence)
    part.add("dtstart", event.local_start)
    part.add("dtend", event.local_end)
    part.add("summary", _clean(event.title))
    part.add("status", "CANCELLED" if event.cancelled_at else "TENTATIVE" if is_tentative else "CONFIRMED")
    part.add("location", _clean(_where(event)))
    if event.latitude is not None:
        part.add("geo", (event.latitude, event.longitude))
    part.add("description", _clean(_said(event, with_link=with_link, shortened=shortened)))
    part.add("url", event.full_address)
    part.add("categories", [str(event.get_kind_display())])
    return part


def _where(event: Event) -> str:
    if event.commune is None:
        return event.place_line
    return ", ".join(filter(None, (event.place_name, event.address, event.commune.label)))


def _said(event: Event, *, with_link: bool, shortened: bool) -> str:
    words = plain(event.description)
    if shortened and len(words) > _MOST_SAID:
        words = f"{words[: _MOST_SAID - 1].rstrip()}…"
    link = event.online_url if with_link and not event.cancelled_at else ""
    return "\n\n".join(filter(None, (words, event.source_line, link, event.full_address)))


def _clean(text: str) -> str:
    """Without the control characters that RFC 5545 leaves out of a text; a new line and a tabulation stay."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(letter for letter in lines if letter in "\n\t" or unicodedata.category(letter) != "Cc")
