"""What is shown of what was found."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from core.converters import numbered_slug
from events.models import Event
from initiatives.models import Contribution, Initiative
from search import finding
from search.finding import CLOSES, OPENS, Found
from search.models import Entry
from territories.geo import distance_km
from territories.lookup import LONGEST, search_places
from territories.models import Place

_SORTS = {
    Entry.Kind.INITIATIVE: dict(Initiative.Kind.choices),
    Entry.Kind.EVENT: dict(Event.Kind.choices),
    Entry.Kind.DISCUSSION: dict(Contribution.Stance.choices),
}
_STATES = dict(Initiative.State.choices)
#: Namesakes offered beside the place that was understood, and places that begin as what was typed.
_NAMESAKES, _PLACES = 3, 4
_NAMED_WORDS = 5


@dataclass(frozen=True)
class Result:
    """One line: where it leads, its title and its extract as safe HTML, with what was typed marked."""

    kind: str
    address: str
    title: SafeString
    plain_title: str
    extract: SafeString
    #: What sort of it: its code, and in words.
    icon: str
    sort: str
    state: str
    state_name: str
    place: str
    #: Kilometres from the place that was named; None in it, and without one.
    distance: float | None
    starts_at: datetime | None
    tz: ZoneInfo | None
    is_over: bool


def results(found: Found, numbers: list[int], now: datetime) -> list[Result]:
    """Of these entries, in their order, those that anyone may still read: one query."""
    return [_result(row, found, now) for row in finding.extracts(found, numbers)]


def places(text: str, found: Found) -> list[Place]:
    """The place that the words name, then its namesakes; else those that begin so, when nothing else is said."""
    if found.where is not None:
        named = found.where.place
        others = [] if found.rest else search_places(text[:LONGEST], _NAMESAKES + 1)
        same = [each for each in others if each != named and each.sort_name.startswith(named.sort_name)]
        return [named, *same[:_NAMESAKES]]
    if not text or len(text.split()) > _NAMED_WORDS:
        return []
    from_start = search_places(text[:LONGEST], _PLACES)
    folded = " ".join(word.folded for word in found.words)
    return [each for each in from_start if folded and (each.sort_name.startswith(folded) or is_named(each, found))]


def is_named(place: Place, found: Found) -> bool:
    """Whether what was typed is its very name, or its code: « 35 », « 2a »."""
    said = " ".join(word.folded for word in found.words)
    return said in (place.sort_name, place.code.lower())


def _result(row: tuple, found: Found, now: datetime) -> Result:
    (_id, kind, pk, initiative, sort, state, place, latitude, longitude, zone) = row[:10]
    (_published, starts_at, ends_at, is_within, plain, title, extract) = row[10:]
    slug = numbered_slug(plain, initiative if kind == Entry.Kind.DISCUSSION else pk)
    address = {
        Entry.Kind.INITIATIVE: lambda: reverse("initiative", args=[slug]),
        Entry.Kind.EVENT: lambda: reverse("event", args=[slug]),
        Entry.Kind.DISCUSSION: lambda: reverse("discussion_thread", args=[slug, pk]),
    }[kind]()
    distance = None
    if found.where is not None and latitude is not None and not is_within:
        centre = found.where.place
        distance = distance_km((centre.latitude, centre.longitude), (latitude, longitude))
    return Result(
        kind=kind,
        address=address,
        title=marked(title),
        plain_title=plain,
        extract=marked(_cut(extract)),
        icon=sort,
        sort=str(_SORTS[kind].get(sort, "")),
        state=state,
        state_name=str(_STATES.get(state, "")),
        place=place,
        distance=distance,
        starts_at=starts_at,
        tz=ZoneInfo(zone) if zone else None,
        is_over=ends_at is not None and ends_at <= now,
    )


def _cut(extract: str) -> str:
    """An extract that begins or ends within a sentence says so."""
    bare = extract.replace(OPENS, "").replace(CLOSES, "")
    before = "… " if bare[:1].islower() else ""
    after = " …" if bare and bare[-1] not in ".!?…»)" else ""
    return f"{before}{extract}{after}"


def marked(text: str) -> SafeString:
    """The text as HTML: everything is escaped, then what PostgreSQL put between its two letters is marked."""
    safe = escape(text).replace(OPENS, "<mark>").replace(CLOSES, "</mark>")
    return mark_safe(safe)  # noqa: S308 (escaped just above)
