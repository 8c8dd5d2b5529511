"""Partners' calendars: read every hour, their events kept as they are there, taken away in one act."""

import logging
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from core.fetch import Answer, FetchFailed, Reason, fetch
from events import partners
from events.models import CalendarSource, Event
from moderation import services as moderation
from territories import clocks, lookup
from territories.geo import distance_km
from territories.models import Commune
from territories.names import fold

FETCH_EVERY = timedelta(hours=1)
#: Hours to wait after one failure, two, three…: a server that is down is not asked for ever.
_PATIENCE_HOURS = (1, 2, 4, 8, 16, 24)
#: Seconds for one reading, redirections included.
_SECONDS = 20
#: Staff wait for it, and a web process with them.
_STAFF_SECONDS = 8
#: From a point that a calendar gives to the centre of its commune, in kilometres.
_FARTHEST_KM = 25
#: Texts that the filter reads, as an event bears them.
_TEXTS = ("title", "description", "place_name", "address")
_TROUBLES = {
    Reason.ADDRESS: CalendarSource.Trouble.ADDRESS,
    Reason.UNREACHABLE: CalendarSource.Trouble.UNREACHABLE,
    Reason.SLOW: CalendarSource.Trouble.SLOW,
    Reason.REFUSED: CalendarSource.Trouble.REFUSED,
    Reason.REDIRECTED: CalendarSource.Trouble.REDIRECTED,
    Reason.HEAVY: CalendarSource.Trouble.HEAVY,
}
logger = logging.getLogger(__name__)


class CannotRead(Exception):
    """The calendar cannot be read; its text says why, to staff."""

    def __init__(self, trouble: CalendarSource.Trouble) -> None:
        super().__init__(str(trouble.label))
        self.trouble = trouble


# --- Staff -----------------------------------------------------------------------------------------------------------


def preview(source: CalendarSource) -> tuple[list[Event], partners.Reading]:
    """What it would bring, saved nowhere, and what was read. Raises CannotRead."""
    _answer, reading = _read(source)
    places = _Places(source)
    events = [Event(**values) for found in reading.events if (values := places.values(found))]
    return events, reading


def start(source: CalendarSource) -> None:
    """Read it at the next round, then every hour."""
    source.is_active, source.next_fetch_at, source.failures = True, timezone.now(), 0
    source.save(update_fields=["is_active", "next_fetch_at", "failures"])


def stop(source: CalendarSource) -> None:
    """Read it no more; its events stay."""
    source.is_active = False
    source.save(update_fields=["is_active"])


def remove(source: CalendarSource) -> bool:
    """Take it away with all its events: a task does it. Returns False when it was already asked for."""
    return bool(CalendarSource.objects.in_use().filter(pk=source.pk).update(removal_asked_at=timezone.now()))


# --- Reading ---------------------------------------------------------------------------------------------------------


def read_again(pk: int) -> bool:
    """Read a calendar that is due, and bring its events up to date. Returns False when it was not due.

    Whoever claims it reads it: it is put off, as after a failure, before anything is asked of the network. Should the
    process die, it is read again in its turn, and what was done meanwhile is not done twice.
    """
    source = CalendarSource.objects.select_related("commune__department").filter(pk=pk).first()
    if source is None:
        return False
    now = timezone.now()
    hours = _PATIENCE_HOURS[min(source.failures, len(_PATIENCE_HOURS) - 1)]
    claimed = CalendarSource.objects.due().filter(pk=pk, failures=source.failures)
    if not claimed.update(failures=source.failures + 1, next_fetch_at=now + timedelta(hours=hours)):
        return False
    try:
        answer, reading = _read(source, again=True)
    except CannotRead as failure:
        CalendarSource.objects.filter(pk=pk).update(trouble=failure.trouble, fetched_at=now)
        return True
    said = {"trouble": "", "failures": 0, "fetched_at": now, "next_fetch_at": timezone.now() + FETCH_EVERY}
    if reading is not None:
        # Last: a reading that was not ended is begun again.
        said |= _bring_up_to_date(source, reading) | {
            "etag": answer.etag if len(answer.etag) <= 200 else "",
            "last_modified": answer.last_modified if len(answer.last_modified) <= 100 else "",
        }
    CalendarSource.objects.filter(pk=pk).update(**said)
    return True


def read_file(source: CalendarSource, body: bytes) -> None:
    """Bring its events up to date with a file that is at hand: nothing is asked of the network. Raises Unreadable."""
    counts = _bring_up_to_date(source, partners.read(body, now=timezone.now()))
    CalendarSource.objects.filter(pk=source.pk).update(fetched_at=timezone.now(), **counts)


def _read(source: CalendarSource, *, again: bool = False) -> tuple[Answer, partners.Reading | None]:
    """Its answer and what it says, None when nothing changed since it was last read. Raises CannotRead."""
    known = {"etag": source.etag, "last_modified": source.last_modified} if again else {}
    try:
        answer = fetch(
            source.address,
            most_bytes=partners.MOST_BYTES,
            seconds=_SECONDS if again else _STAFF_SECONDS,
            trusted=settings.PARTNER_NETWORKS,
            **known,
        )
        if answer.is_same:
            return answer, None
        return answer, partners.read(answer.body, charset=answer.charset, now=timezone.now())
    except FetchFailed as failure:
        raise CannotRead(_TROUBLES[failure.reason]) from failure
    except partners.TooHeavy as failure:
        raise CannotRead(CalendarSource.Trouble.HEAVY) from failure
    except partners.Unreadable as failure:
        raise CannotRead(CalendarSource.Trouble.UNREADABLE) from failure


def _bring_up_to_date(source: CalendarSource, reading: partners.Reading) -> dict[str, int]:
    """Make its events what the reading says. Returns the counts to keep.

    Each event is a transaction of its own: one that fails keeps no other from its turn.
    """
    places = _Places(source)
    known = dict(source.events.values_list("source_uid", "source_digest"))
    counts = {"found": len(reading.events), "unreadable": reading.unreadable, "taken": 0}
    counts |= {"without_place": 0, "known_elsewhere": 0}
    kept = set()
    for found in reading.events:
        if known.get(found.uid) == places.digest(found):
            kept.add(found.uid)
            counts["taken"] += 1
            continue
        values = places.values(found)
        if values is None:
            counts["without_place"] += 1
            continue
        kept.add(found.uid)
        try:
            taken = _change(source, values) if found.uid in known else _take(source, values)
        except Exception as error:
            # As core.jobs.each: not its words, which may quote the calendar.
            logger.error("A partner's event was left aside: source %s, %s", source.pk, type(error).__name__)
            counts["unreadable"] += 1
        else:
            counts["taken" if taken else "known_elsewhere"] += 1
    _drop(source.events.filter(starts_at__gt=timezone.now(), withheld_at=None), but=kept)
    return counts


@transaction.atomic
def _take(source: CalendarSource, values: Mapping[str, Any]) -> bool:
    """A new one, screened as any text. Returns False when it is known from elsewhere, or cancelled already."""
    if values["cancelled_at"] or Event.objects.filter(uid=values["source_uid"]).exists():
        return False
    event = Event(source=source, announced_at=timezone.now(), **values)
    if event.precision != Event.Precision.HAND:
        event.look_for_address()
    try:
        with transaction.atomic():
            event.save(force_insert=True)
    except IntegrityError:
        if not Event.objects.filter(source__isnull=False, source_uid=event.source_uid).exists():
            raise
        return False
    moderation.receive(event, by=None)
    return True


@transaction.atomic
def _change(source: CalendarSource, values: Mapping[str, Any]) -> bool:
    """It says something else there. Returns False when it is gone from here meanwhile."""
    event = source.events.filter(source_uid=values["source_uid"]).first()
    if event is None:
        return False
    # The case before the event, as everywhere.
    moderation.receive_edit(event, {name: values[name] for name in _TEXTS}, by=None)
    event = Event.objects.select_for_update(no_key=True, of=("self",)).select_related("commune").get(pk=event.pk)
    facts = {name: value for name, value in values.items() if name not in _TEXTS}
    if event.cancelled_at and facts["cancelled_at"]:
        # It was cancelled once, at the hour when we first read so.
        del facts["cancelled_at"]
    changed = event.change(facts)
    event.save(update_fields=changed | {"updated_at"})
    return True


def _drop(events, *, but: Iterable[str] = ()) -> None:
    gone = events.exclude(source_uid__in=list(but)).values_list("pk", flat=True)
    for pk in list(gone):
        drop(pk)


@transaction.atomic
def drop(pk: int) -> bool:
    """Erase a partner's event; nothing of it waits for a moderator any more."""
    event = Event.objects.filter(pk=pk, source__isnull=False).first()
    if event is None:
        return False
    try:
        moderation.take_back(event)
    except moderation.ContentGone:
        return False
    return bool(event.delete()[0])


def forget(pk: int) -> bool:
    """Erase a calendar whose removal was asked for, once its events are: False while some are left."""
    with transaction.atomic():
        source = CalendarSource.objects.select_for_update().filter(pk=pk, removal_asked_at__isnull=False).first()
        if source is None or source.events.exists():
            return False
        source.delete()
    return True


# --- Places ----------------------------------------------------------------------------------------------------------


class _Places:
    """Where the events of one calendar are held; what is found once is known for the rest of the reading."""

    def __init__(self, source: CalendarSource) -> None:
        self.source = source
        self._known: dict[str, Commune | None] = {}

    def digest(self, found: partners.Found) -> str:
        """Also of what staff decided: another default commune places events again."""
        return f"{found.digest[:40]}/{self.source.commune_id or ''}"

    def values(self, found: partners.Found) -> dict[str, Any] | None:
        """The fields of its event, or None when nobody knows where it is held."""
        commune = None if found.is_online else self._commune(found)
        if commune is None and not found.is_online:
            return None
        zone = commune.zone if commune else clocks.zone_of(self.source.commune)
        starts_at, ends_at = (_at(moment, zone) for moment in (found.starts_at, found.ends_at))
        name, address = ("", "") if found.is_online else _said(found.place, commune)
        values = {
            "kind": Event.Kind.ONLINE if found.is_online else Event.Kind.MEETING,
            "title": found.title,
            "description": found.description,
            "starts_at": starts_at,
            "ends_at": ends_at,
            "time_zone": str(zone),
            "commune": commune,
            "department": commune and commune.department,
            "place_name": name,
            "address": address,
            "cancelled_at": timezone.now() if found.is_cancelled else None,
            "source_uid": found.uid,
            "source_address": found.address,
            "source_digest": self.digest(found),
        }
        if commune and found.point and distance_km(found.point, (commune.latitude, commune.longitude)) <= _FARTHEST_KM:
            latitude, longitude = found.point
            return values | {"latitude": latitude, "longitude": longitude, "precision": Event.Precision.HAND}
        if commune:
            return values | {
                "latitude": commune.latitude,
                "longitude": commune.longitude,
                "precision": Event.Precision.COMMUNE,
            }
        return values | {"latitude": None, "longitude": None, "precision": Event.Precision.COMMUNE}

    def _commune(self, found: partners.Found) -> Commune | None:
        """That which its address names, else the nearest to its point, else the one that staff gave."""
        if found.place not in self._known:
            self._known[found.place] = commune_in(found.place)
        if commune := self._known[found.place]:
            return commune
        if found.point:
            # Of another country, it is of no interest to the default commune either.
            return next(iter(lookup.nearest(*found.point, limit=1, max_km=_FARTHEST_KM)), None)
        return self.source.commune


def commune_in(text: str) -> Commune | None:
    """The commune that an address names: by its postcode, else by a name that stands alone in it."""
    if postcode := re.search(r"(?<!\d)(\d{5})(?!\d)", text, re.ASCII):
        served = lookup.communes_of_postcode(postcode[1])
        words = f" {fold(text)} "
        named = [commune for commune in served if f" {commune.sort_name} " in words]
        if found := named or served:
            return max(found, key=lambda commune: (len(commune.sort_name) if named else 0, commune.population))
    for part in reversed(re.split(r"[,\n;]| [-–] ", text)[-3:]):
        commune, _offered = lookup.resolve(part.strip()) if part.strip() else (None, [])
        if commune and lookup.Question.read(part).rank(commune.sort_name) == 0:
            return commune
    return None


def _said(place: str, commune: Commune) -> tuple[str, str]:
    """The name of the place and its address, without the commune, which is said beside them."""
    parts = [part.strip() for part in re.split(r"[,\n]", place)]
    without = {commune.sort_name, "france", ""}
    parts = [part for part in parts if fold(re.sub(r"\b\d{5}\b", "", part)) not in without]
    name = parts.pop(0) if parts and not parts[0][:1].isdigit() else ""
    return name[:120], ", ".join(parts)[:200]


def _at(moment: datetime, zone) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)
