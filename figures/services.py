"""The nightly snapshot: counted, made fit to be published, added to the chain."""

import json
import logging
from collections import Counter
from collections.abc import Callable, Collection
from datetime import UTC, date, datetime, timedelta
from functools import cache

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from figures import chain
from figures.counting import Country, Counts, Day
from figures.definitions import BY_PLACE, HELD, NUMBERS
from figures.models import Cost, HeldNumber, Snapshot, Withdrawal
from figures.suppression import LEAST, cells, held, two_levels
from members.models import Member
from moderation import figures as moderation

logger = logging.getLogger(__name__)

#: Days made in one go: after a long absence, the next hour makes the others.
MOST = 31
#: Nights for which the demonstration has curves.
DEMONSTRATION_DAYS = 60

_ADD_UP = """
WITH taken AS (
    DELETE FROM figures_withdrawal WHERE day IN (
        SELECT day FROM figures_withdrawal WHERE day < %s GROUP BY day, is_demonstration HAVING count(*) > 1
    ) RETURNING day, is_demonstration, count
)
INSERT INTO figures_withdrawal (day, is_demonstration, count)
SELECT day, is_demonstration, sum(count) FROM taken GROUP BY day, is_demonstration
"""


def yesterday(now: datetime | None = None) -> date:
    """The last day of France that is over."""
    return timezone.localdate(now) - timedelta(days=1)


def take_snapshots() -> int:
    """Make the snapshots of all days that are over and have none, in order. Returns how many.

    The clock is the database's, which all processes share. When ours is days away one of them is wrong: nothing is
    made, as nothing could be unmade.
    """
    today = _today()
    if abs(today - timezone.localdate()) > timedelta(days=1):
        logger.error("The clocks of the database and of this machine are days apart: no snapshot is made.")
        return 0
    country = cache(Country.read)
    made = 0
    for demonstration in (False, True):
        if not demonstration or Member.objects.filter(is_demonstration=True).exists():
            while made < MOST and (snapshot := _next(demonstration, today, country)):
                logger.info("Snapshot of %s made.", snapshot.day)
                made += 1
    if made:
        add_up_withdrawals(today)
    return made


def rebuild(days: int, *, demonstration: bool) -> int:
    """The snapshots of so many days that are over, for a chain that has not begun. Returns how many."""
    today, country = _today(), Country.read()
    for ago in range(days, 0, -1):
        _make(today - timedelta(days=ago), demonstration, today, country)
    return days


@transaction.atomic
def flush_demonstration() -> None:
    """Its snapshots, and what they were counted from here, go with it."""
    for model in (Snapshot, HeldNumber, Withdrawal):
        model.objects.filter(is_demonstration=True).delete()
    # An expense is kept by what corrects it: corrections go first.
    costs = Cost.objects.filter(is_demonstration=True)
    while costs.filter(corrections=None).delete()[0]:
        pass


def add_up_withdrawals(today: date) -> None:
    """One row for each day that is over, in place of one for each time."""
    with connection.cursor() as cursor:
        cursor.execute(_ADD_UP, [today])


def _today() -> date:
    with connection.cursor() as cursor:
        cursor.execute("SELECT (statement_timestamp() AT TIME ZONE %s)::date", [settings.TIME_ZONE])
        return cursor.fetchone()[0]


@transaction.atomic
def _next(demonstration: bool, today: date, country: Callable[[], Country]) -> Snapshot | None:
    """The day after the last one, under the lock of the chains: who comes second finds it made."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('figures/chain', 0))")
    day = today - timedelta(days=1)
    former = Snapshot.objects.filter(is_demonstration=demonstration).order_by("-number").first()
    if former:
        day = former.day + timedelta(days=1)
    return _make(day, demonstration, today, country()) if day < today else None


@transaction.atomic
def _make(day: date, demonstration: bool, today: date, country: Country) -> Snapshot:
    former = Snapshot.objects.filter(is_demonstration=demonstration).order_by("-number").first()
    places_before = json.loads(former.body)["places"] if former else {}
    is_rebuilt = today - day > timedelta(days=1)
    counted = Day(day, demonstration)
    figures, hidden = _publishable(counted.numbers(country), is_rebuilt=is_rebuilt)
    said = {
        "version": chain.VERSION,
        "number": former.number + 1 if former else 1,
        "day": day.isoformat(),
        "previous": former.hash if former else "",
        "counted_at": timezone.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "rebuilt": is_rebuilt,
        "demonstration": demonstration,
        "figures": figures,
        "hidden": hidden,
        "moderation": None if is_rebuilt else moderation.told(),
        "places": {key: _places(key, counted, country, before=places_before.get(key)) for key in BY_PLACE},
    }
    body = chain.canonical(said)
    return Snapshot.objects.create(
        is_demonstration=demonstration, day=day, number=said["number"], body=body.decode(), hash=chain.digest(body)
    )


def _publishable(counts: Counts, *, is_rebuilt: bool) -> tuple[Counts, list[str]]:
    """What may be told of the country, and the keys of what is hidden because it is small."""
    figures, hidden = dict(counts), []
    for key, value in counts.items():
        number = NUMBERS[key]
        if is_rebuilt and not number.is_dated:
            figures[key] = None
        elif value is not None and 0 < value < LEAST and number.hides_few:
            figures[key] = None
            hidden.append(key)
    for key in counts:
        if NUMBERS[key].would_tell in hidden:
            figures[key] = None
    return figures, sorted(hidden)


def _places(key: str, counted: Day, country: Country, *, before: Collection[str] | None) -> dict[str, int]:
    """The cells that may be told, by the code of their place. `before` are those that were, the day before."""
    counts = {f"r{code}": 0 for code in country.regions} | {f"d{code}": 0 for code, _region in country.departments}
    communes: Counter[str] = Counter()
    #: The département or the city that each commune is inside of.
    around: dict[str, str] = {}
    for region, department, commune, count in counted.by_place(key):
        if region:
            counts[f"r{region}"] += count
        if department:
            counts[f"d{department}"] += count
        if commune:
            for place, inside_of in country.nested(commune, department):
                communes[place] += count
                around[place] = inside_of
    if key in HELD:
        counts = _held(key, counts, demonstration=counted.demonstration)
    hidden = set(counts | communes).difference(before) if before is not None else set()
    # A collectivity belongs to no région: it is a part of France as they are.
    groups = {place: counts[place] for place in country.parts_of_france}
    parts = {region: {place: counts[place] for place in inside} for region, inside in country.departments_of.items()}
    shown_groups, shown_parts = two_levels(groups, parts, before=hidden)
    shown = shown_groups | shown_parts
    # Départements first: a city is shown or not by then.
    for whole in sorted(set(around.values()), reverse=True):
        inside = sorted((place for place in around if around[place] == whole), key=country.rank)
        told = {place: communes[place] for place in inside}
        # What is of no commune is told nowhere, and protects before any of them.
        rest = {"": (counts | communes)[whole] - sum(told.values())}
        shown |= cells(rest | told, before=hidden, sum_is_hidden=shown[whole] is None)
    shown.pop("", None)
    return {place: count for place, count in shown.items() if count is not None}


def _held(key: str, counts: dict[str, int], *, demonstration: bool) -> dict[str, int]:
    """The same counts, as far as they moved by enough since they were last published; kept for the next night."""
    former = dict(HeldNumber.objects.filter(key=key, is_demonstration=demonstration).values_list("place", "value"))
    latest = {place: held(former.get(place), count) for place, count in counts.items()}
    HeldNumber.objects.bulk_create(
        [
            HeldNumber(key=key, is_demonstration=demonstration, place=place, value=value)
            for place, value in latest.items()
            if former.get(place) != value
        ],
        update_conflicts=True,
        unique_fields=["is_demonstration", "key", "place"],
        update_fields=["value"],
    )
    # What is hidden counts as it is: neighbours that have moved meanwhile would tell it otherwise.
    return {place: value if value >= LEAST else min(counts[place], LEAST - 1) for place, value in latest.items()}
