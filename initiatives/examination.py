"""What staff look at before they judge an initiative's supports: rhythm, suspicion, domains and networks.

Everything comes from one reading of the newest supports, however many there are: never an address nor a name.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from core import french
from initiatives.models import Initiative, Support, SupportReview
from initiatives.services.reviewing import Condition

#: The newest supports that are read, by the index `support_newest`.
SAMPLE = 100_000
#: Domains and networks that are shown.
TOP = 15
HOURS = 48
DAYS = 30


@dataclass(frozen=True)
class Tally:
    """Supports of one kind in the sample. `first` and `last` are when they were asked for."""

    asked: int = 0
    confirmed: int = 0
    suspect: int = 0
    disposable: int = 0
    first: datetime | None = None
    last: datetime | None = None

    @property
    def pending(self) -> int:
        return self.asked - self.confirmed - self.suspect

    @property
    def suspect_share(self) -> str:
        """Of those whose address is proved."""
        return percent(self.suspect, self.confirmed + self.suspect)

    @property
    def confirmed_share(self) -> str:
        """Of those asked for."""
        return percent(self.confirmed, self.asked)


@dataclass(frozen=True)
class Reason:
    """Supports that arrived with one suspicion, or were given it by staff."""

    value: str
    label: str
    tally: Tally


@dataclass(frozen=True)
class Source:
    """A domain, or the hash of a network in hexadecimal; empty when it is not known any more."""

    name: str
    tally: Tally
    share: str


@dataclass(frozen=True)
class Bar:
    """What was asked for during one hour or one day, and where it is drawn: whole units, on a height of 100."""

    label: str
    tally: Tally
    x: int
    confirmed: int
    suspect: int
    pending: int

    @property
    def top_of_confirmed(self) -> int:
        return 100 - self.confirmed

    @property
    def top_of_suspect(self) -> int:
        return self.top_of_confirmed - self.suspect

    @property
    def top_of_pending(self) -> int:
        return self.top_of_suspect - self.pending


@dataclass(frozen=True)
class Rhythm:
    """A diagram, oldest first. `most` is the height of its highest bar; `width` is in the units of the bars."""

    bars: list[Bar]
    most: int

    @property
    def width(self) -> int:
        return len(self.bars) * _STEP


#: Units from one bar to the next.
_STEP = 10


@dataclass(frozen=True)
class Examination:
    """The figures of an initiative. `is_whole` tells that all its supports were read."""

    total: Tally
    is_whole: bool
    hours: Rhythm
    days: Rhythm
    reasons: list[Reason]
    domains: list[Source]
    domain_count: int
    networks: list[Source]
    network_count: int


# The newest rows by their index, then all groupings in one pass over them. `kind` says which column a row is about: one
# bit for each, unset where it is grouped.
_FIGURES = """
WITH sample AS MATERIALIZED (
    SELECT state, suspicion, domain, network, is_disposable, created_at,
        CASE WHEN created_at >= %(hours_from)s::timestamptz THEN date_trunc('hour', created_at) END AS hour,
        CASE WHEN created_at >= %(days_from)s::timestamptz
            THEN (created_at AT TIME ZONE %(zone)s::text)::date END AS day
    FROM initiatives_support
    WHERE initiative_id = %(initiative)s::bigint
    ORDER BY created_at DESC
    LIMIT %(sample)s::int
), grouped AS (
    SELECT grouping(suspicion, domain, network, hour, day) AS kind, suspicion, domain, network, hour, day,
        count(*) AS asked,
        count(*) FILTER (WHERE state = 'confirmed') AS confirmed,
        count(*) FILTER (WHERE state = 'suspect') AS suspect,
        count(*) FILTER (WHERE is_disposable) AS disposable,
        min(created_at) AS first, max(created_at) AS last
    FROM sample GROUP BY GROUPING SETS ((), (suspicion), (domain), (network), (hour), (day))
), ranked AS (
    SELECT *, row_number() OVER (PARTITION BY kind ORDER BY asked DESC, domain, network) AS rank,
        count(*) OVER (PARTITION BY kind) AS kinds
    FROM grouped
)
SELECT kind, suspicion, domain, network, hour, day, kinds, asked, confirmed, suspect, disposable, first, last
FROM ranked WHERE kind NOT IN (23, 27) OR rank <= %(top)s::int
ORDER BY kind, rank
"""
_ALL, _SUSPICION, _DOMAIN, _NETWORK, _HOUR, _DAY = 31, 15, 23, 27, 29, 30


def examine(initiative: Initiative) -> Examination:
    """Read the newest supports of this initiative once, and say what they are made of."""
    now = timezone.now()
    this_hour = now.replace(minute=0, second=0, microsecond=0)
    first_hour = this_hour - timedelta(hours=HOURS - 1)
    today = timezone.localdate(now)
    first_day = today - timedelta(days=DAYS - 1)
    with connection.cursor() as cursor:
        cursor.execute(
            _FIGURES,
            {
                "initiative": initiative.pk,
                "sample": SAMPLE,
                "top": TOP,
                "hours_from": first_hour,
                "days_from": timezone.make_aware(datetime.combine(first_day, datetime.min.time())),
                "zone": timezone.get_current_timezone_name(),
            },
        )
        rows = cursor.fetchall()
    found: dict[int, dict] = {kind: {} for kind in (_ALL, _SUSPICION, _DOMAIN, _NETWORK, _HOUR, _DAY)}
    number_of = dict.fromkeys(found, 0)
    for kind, suspicion, domain, network, hour, day, kinds, *figures in rows:
        key = {
            _ALL: None,
            _SUSPICION: suspicion,
            _DOMAIN: domain,
            _NETWORK: bytes(network).hex() if network is not None else "",
            _HOUR: hour,
            _DAY: day,
        }[kind]
        found[kind][key] = Tally(*figures)
        number_of[kind] = kinds
    total = found[_ALL][None]
    hours = [first_hour + timedelta(hours=number) for number in range(HOURS)]
    days = [first_day + timedelta(days=number) for number in range(DAYS)]
    return Examination(
        total=total,
        is_whole=total.asked < SAMPLE,
        hours=_rhythm(found[_HOUR], hours, french.when),
        days=_rhythm(found[_DAY], days, french.day),
        reasons=[
            Reason(value, str(Support.Suspicion(value).label), tally)
            for value, tally in found[_SUSPICION].items()
            if value
        ],
        domains=_sources(found[_DOMAIN], total),
        domain_count=number_of[_DOMAIN],
        networks=_sources(found[_NETWORK], total),
        network_count=number_of[_NETWORK],
    )


def _sources(found: dict[str, Tally], total: Tally) -> list[Source]:
    return [Source(name, tally, percent(tally.asked, total.asked)) for name, tally in found.items()]


def _rhythm(found: dict, moments: list[datetime] | list[date], said) -> Rhythm:
    tallies = [found.get(moment, Tally()) for moment in moments]
    most = max(tally.asked for tally in tallies)
    bars = []
    for number, (moment, tally) in enumerate(zip(moments, tallies, strict=True)):
        heights = (_height(part, most) for part in (tally.confirmed, tally.suspect, tally.pending))
        bars.append(Bar(said(moment), tally, number * _STEP, *heights))
    return Rhythm(bars, most)


def _height(part: int, most: int) -> int:
    return part * 100 // most if most else 0


def percent(part: int, whole: int) -> str:
    """12,5 %; a dash of nothing."""
    return f"{number_format(round(100 * part / whole, 1), 1)}\u202f%" if whole else "—"


def in_words(condition: Condition | SupportReview, *, for_ever: bool = False) -> str:
    """The condition of a review as staff read it: its parts, between commas. A network is known by its beginning.

    `for_ever` is for what is never erased: it says nothing of which network.
    """
    parts = []
    if condition.domain:
        parts.append(_("domaine %s") % condition.domain)
    if condition.network and for_ever:
        parts.append(_("un réseau"))
    elif condition.network:
        parts.append(_("réseau %s") % bytes(condition.network).hex()[:8])
    if condition.suspicion:
        parts.append(_("soupçon « %s »") % Support.Suspicion(condition.suspicion).label)
    if condition.only_disposable:
        parts.append(_("adresses jetables"))
    if condition.since:
        parts.append(_("demandés depuis %s") % french.when(condition.since))
    if condition.until:
        parts.append(_("demandés avant %s") % french.when(condition.until))
    return ", ".join(parts)
