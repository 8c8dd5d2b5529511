"""What a partner's calendar says: a file that anybody may have written, read within bounds.

Nothing here touches the network or the database. Who is invited, and by whom, is not even read.
"""

import hashlib
import html
import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo

import nh3
import recurring_ical_events
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from icalendar import Calendar
from icalendar import Event as Component
from icalendar.timezone import tzp

from events.models import LONGEST, Event

#: Bytes and lines of a file, and events in it.
MOST_BYTES = 2 * 1024 * 1024
MOST_LINES = 100_000
MOST_EVENTS = 2_000
#: Zones in a file: each is looked at to its end, which need not come.
MOST_ZONES = 100
#: Times that one event comes again, and how far ahead.
MOST_TIMES = 60
HORIZON = timedelta(days=365)
#: Seconds of work on one file: a rule may ask for more than it is worth.
MOST_SECONDS = 20
#: Of an event that does not say when it ends.
_USUAL = timedelta(hours=2)

_RRULE = re.compile(r"^RRULE[^:\n]*:(.*)$", re.MULTILINE | re.IGNORECASE)
_BEGIN = re.compile(r"^BEGIN:(VEVENT|VTIMEZONE)", re.MULTILINE | re.IGNORECASE)
#: What the library would take for a beginning, and we would not.
_ODD_BEGIN = re.compile(r"^BEGIN\b(?!:[A-Z-]+[ \t]*$)", re.MULTILINE | re.IGNORECASE)
_ZONES = re.compile(r"^BEGIN:VTIMEZONE$.*?^END:VTIMEZONE$", re.MULTILINE | re.DOTALL | re.IGNORECASE)
#: What would come again within the day, thousands of times.
_TOO_OFTEN = re.compile(r"FREQ=(SECONDLY|MINUTELY|HOURLY)|BY(SECOND|MINUTE|HOUR)=", re.IGNORECASE)
_ONLINE = re.compile(
    r"\b(en ligne|visio|visioconférence|webinaire|online|zoom|jitsi|teams|google meet|à distance)\b|^https?://",
    re.IGNORECASE,
)
_web_address = URLValidator(schemes=["http", "https"])


class Unreadable(Exception):
    """It is no calendar, or not one that is worth its reading."""


class TooHeavy(Exception):
    """It holds more than is read, or would take too long."""


@dataclass(frozen=True)
class Found:
    """One event of it, at one time. A moment without a zone is of the clocks of wherever it is held."""

    uid: str
    title: str
    description: str
    starts_at: datetime
    ends_at: datetime
    place: str
    point: tuple[float, float] | None
    address: str
    is_online: bool
    is_cancelled: bool

    @property
    def digest(self) -> str:
        """Changes when anything that is shown of it does."""
        return hashlib.sha256(repr(self).encode()).hexdigest()


@dataclass
class Reading:
    """`events` that are still to come, each once, by their start; `unreadable` are those left aside."""

    events: list[Found] = field(default_factory=list)
    unreadable: int = 0


def read(body: bytes, *, charset: str = "", now: datetime) -> Reading:
    """Raises Unreadable or TooHeavy."""
    deadline = time.monotonic() + MOST_SECONDS
    calendar = _parsed(_decoded(body, charset))
    series = defaultdict(list)
    for part in calendar.walk("VEVENT"):
        series[_text(part, "uid", 240)].append(part)
    reading, seen = Reading(), set()
    reading.unreadable += len(series.pop("", ()))
    zones = calendar.walk("VTIMEZONE")
    for uid, parts in series.items():
        if time.monotonic() > deadline:
            raise TooHeavy
        try:
            found = list(_times(uid, parts, zones, now))
        # Such a file holds anything: what one event makes the libraries raise is not a reason to lose the others.
        except Exception:
            reading.unreadable += 1
            continue
        for each in found:
            if each.uid not in seen:
                seen.add(each.uid)
                reading.events.append(each)
    reading.events.sort(key=lambda each: (_with_zone(each.starts_at), each.uid))
    del reading.events[MOST_EVENTS:]
    return reading


def _decoded(body: bytes, charset: str) -> str:
    """UTF-8, as the RFC asks for, whatever the server says of it; else what it says, else that of old Windows."""
    for name in ("utf-8-sig", charset or "cp1252", "cp1252"):
        try:
            return body.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    return body.decode("latin-1")


def _parsed(text: str) -> Calendar:
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    if not re.match(r"\s*BEGIN:VCALENDAR\b", text, re.IGNORECASE):
        raise Unreadable
    # Half of a file would look like a calendar whose other half was taken away.
    if not re.search(r"END:VCALENDAR\s*$", text[-2000:], re.IGNORECASE):
        raise Unreadable
    unfolded = re.sub(r"\n[ \t]", "", text)
    begun = Counter(name.upper() for name in _BEGIN.findall(unfolded))
    if text.count("\n") > MOST_LINES or begun["VEVENT"] > MOST_EVENTS or begun["VTIMEZONE"] > MOST_ZONES:
        raise TooHeavy
    if _ODD_BEGIN.search(unfolded):
        raise Unreadable
    for zone in _ZONES.findall(unfolded):
        rules = _RRULE.findall(zone)
        if any(_TOO_OFTEN.search(rule) or "FREQ=YEARLY" not in rule.upper() for rule in rules):
            raise Unreadable
    # It remembers the zones of the file before, by their names: those of another partner are not ours.
    tzp.use_default()
    try:
        return Calendar.from_ical(text.replace("\n", "\r\n"))
    # Whatever the parser chokes on.
    except Exception as error:
        raise Unreadable from error


# --- One event of it -------------------------------------------------------------------------------------------------


def _times(uid: str, parts: list[Component], zones: list, now: datetime) -> Iterator[Found]:
    """It, and each time that it comes again."""
    shown = [part for part in parts if _text(part, "class", 20).upper() not in ("PRIVATE", "CONFIDENTIAL")]
    if not shown:
        return
    if not any(part.get("rrule") or part.get("rdate") or part.get("recurrence-id") for part in shown):
        found = _found(uid, shown[-1])
        if _with_zone(found.ends_at) > now and _with_zone(found.starts_at) < now + 2 * HORIZON:
            yield found
        return
    ruled = [(part, rule) for part in shown for rule in _rules(part)]
    # Only between two events is it seen that time is over: none has many rules, each of which may lead nowhere.
    if len(ruled) > 1:
        raise Unreadable
    for part, rule in ruled:
        if _TOO_OFTEN.search(rule.to_ical().decode()) or _day_of(part["dtstart"].dt).year < 1970:
            raise Unreadable
    calendar = Calendar()
    for part in (*zones, *shown):
        calendar.add_component(part)
    again = recurring_ical_events.of(calendar).between(now, now + HORIZON)
    again.sort(key=lambda part: _with_zone(_moment(part["dtstart"].dt)))
    for part in again[:MOST_TIMES]:
        # What was first planned names it, so that a time that is moved stays the same one.
        planned = part.get("recurrence-id") or part["dtstart"]
        yield _found(f"{uid}/{_stamp(planned.dt)}", part)


def _rules(part: Component) -> list:
    rules = part.get("rrule") or []
    return rules if isinstance(rules, list) else [rules]


def _found(uid: str, part: Component) -> Found:
    """Raises Unreadable when it has no title, or no time that can be shown."""
    title = _text(part, "summary", 120)
    starts_at, ends_at = _span(part)
    if not title or not timedelta() < _with_zone(ends_at) - _with_zone(starts_at) <= LONGEST:
        raise Unreadable
    place = _text(part, "location", 320)
    return Found(
        uid=uid if len(uid) <= 255 else hashlib.sha256(uid.encode()).hexdigest(),
        title=title,
        description=_text(part, "description", 5000, lines=True),
        starts_at=starts_at,
        ends_at=ends_at,
        place=place,
        point=_point(part),
        address=_web(part),
        is_online=bool(_ONLINE.search(place)),
        is_cancelled=_text(part, "status", 20).upper() == "CANCELLED",
    )


def _span(part: Component) -> tuple[datetime, datetime]:
    start = part["dtstart"].dt
    if part.get("dtend"):
        end = part["dtend"].dt
    elif part.get("duration"):
        end = start + part["duration"].dt
    else:
        end = start + (_USUAL if isinstance(start, datetime) else timedelta(days=1))
    if end == start and isinstance(start, datetime):
        # What comes again without saying when it ends is given such an end by the library.
        end = start + _USUAL
    if not isinstance(start, datetime):
        # A whole day, or several: until a minute before midnight, so that it is not said to end the day after.
        return _moment(start), _moment(end) - timedelta(minutes=1)
    return _moment(start), _moment(end)


def _moment(value: date) -> datetime:
    """In UTC, or without a zone when the file says none; the midnight that begins a day."""
    if not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day)
    value = value.replace(microsecond=0)
    return value.replace(tzinfo=None) if value.tzinfo is None else value.astimezone(UTC)


def _with_zone(value: datetime, zone: tzinfo = UTC) -> datetime:
    return value if value.tzinfo else value.replace(tzinfo=zone)


def _day_of(value: date) -> date:
    return value.date() if isinstance(value, datetime) else value


def _stamp(value: date) -> str:
    if not isinstance(value, datetime):
        return f"{value:%Y%m%d}"
    moment = _moment(value)
    return f"{moment:%Y%m%dT%H%M%S}{'Z' if moment.tzinfo else ''}"


def _text(part: Component, name: str, most: int, *, lines: bool = False) -> str:
    """What a property says in letters alone: some calendars write HTML."""
    value = part.get(name)
    if isinstance(value, list):
        value = value[0]
    text = str(value or "")[: 4 * most]
    if "<" in text:
        text = re.sub(r"<br\s*/?>|</p>|</li>", "\n", text, flags=re.IGNORECASE)
        text = html.unescape(nh3.clean(text, tags=set()))
    text = "".join(
        letter for letter in text if letter in "\n\t" or letter.isprintable() or letter in "\u00a0\u202f\u200d"
    )
    text = re.sub(r"\n{3,}", "\n\n", text).strip() if lines else " ".join(text.split())
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def _point(part: Component) -> tuple[float, float] | None:
    point = part.get("geo")
    if point is None:
        return None
    latitude, longitude = float(point.latitude), float(point.longitude)
    # Many programs write 0;0 for "nowhere".
    is_somewhere = (latitude, longitude) != (0, 0) and -90 <= latitude <= 90 and -180 <= longitude <= 180
    return (latitude, longitude) if is_somewhere else None


def _web(part: Component) -> str:
    """Its page, when it is an address that a browser may open."""
    address = str(part.get("url") or "").strip()
    try:
        _web_address(address)
    except ValidationError:
        return ""
    return address if len(address) <= Event._meta.get_field("source_address").max_length else ""
