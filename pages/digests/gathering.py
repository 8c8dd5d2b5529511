"""Making the digests of a day: a round for each clock of France, in slices of members, in the order of their homes.

Each slice is one statement (pages.digests.slices), and one transaction, that also says how far the round is.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import chain
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.utils import timezone

from core.hot import hot
from notifications.digests import HOUR
from notifications.kinds import DIGEST
from notifications.models import Rhythm
from pages.digests import happenings
from pages.digests.slices import MAKE, STALE
from pages.models import DigestRound
from territories.clocks import MAINLAND
from territories.elections import Freeze, freeze
from territories.models import Commune

#: After it nobody is written to: what was not begun waits for the next day.
LATEST = time(21)
#: Rounds are forgotten after.
_KEPT = timedelta(days=60)


@dataclass(frozen=True)
class Clock:
    """Where the clocks are the same: these communes or, on the mainland's, all but these."""

    zone: str
    communes: list[str]
    are_those: bool


def gather(now: datetime | None = None) -> int:
    """Make the digests of every place where it is the hour, in the outbox. Returns how many.

    Two at once share the clocks out; one that dies leaves the others, and the next, what it had not committed.
    """
    now = now or timezone.now()
    return sum(_go_round(clock, now) for clock in clocks() if _is_time(clock, now))


def clocks() -> list[Clock]:
    """Those of the mainland, then of each place overseas."""
    return hot("digests.clocks", _read_clocks, seconds=60 * 60)


def _read_clocks() -> list[Clock]:
    overseas: dict[str, list[str]] = defaultdict(list)
    zones = Commune.objects.values_list("code", "time_zone", "department__time_zone")
    for code, own, departments in zones.exclude(time_zone="", department__time_zone=MAINLAND).order_by("code"):
        if (own or departments) != MAINLAND:
            overseas[own or departments].append(code)
    mainland = Clock(MAINLAND, sorted(chain.from_iterable(overseas.values())), are_those=False)
    return [mainland, *(Clock(zone, codes, are_those=True) for zone, codes in sorted(overseas.items()))]


def _is_time(clock: Clock, now: datetime) -> bool:
    return HOUR <= now.astimezone(ZoneInfo(clock.zone)).time() < LATEST


def _go_round(clock: Clock, now: datetime) -> int:
    """Go on with the round of this clock until it ends. Returns how many digests were made."""
    day = now.astimezone(ZoneInfo(clock.zone)).date()
    if not DigestRound.objects.filter(day=day, zone=clock.zone).exists():
        happenings.refresh(now)
        DigestRound.objects.bulk_create([DigestRound(day=day, zone=clock.zone)], ignore_conflicts=True)
    vote = freeze(now)
    total = 0
    while (made := _make_some(clock, day, vote, now)) is not None:
        total += made
    return total


@transaction.atomic
def _make_some(clock: Clock, day: date, vote: Freeze, now: datetime) -> int | None:
    """The digests of one slice. Returns how many; None once the round has ended, or while another goes on with it."""
    here = DigestRound.objects.filter(day=day, zone=clock.zone)
    standing = here.select_for_update(skip_locked=True, no_key=True).first()
    if standing is None:
        return None
    frozen = sorted(vote.departments) + ["*"] * vote.all_france
    if standing.frozen != frozen:
        # Whoever was left out has their turn, the others have had theirs.
        standing.frozen, standing.after_home, standing.after_id, standing.ended_at = frozen, "", 0, None
    if standing.ended_at:
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            MAKE,
            {
                "after_home": standing.after_home,
                "after_id": standing.after_id,
                "communes": clock.communes,
                "are_those": clock.are_those,
                "is_frozen": bool(vote),
                "frozen": sorted(vote.departments),
                "all_france": vote.all_france,
                "now": now,
                "stale": now - STALE,
                "today": day,
                "key": f"{DIGEST}-{day:%Y-%m-%d}",
            },
        )
        last = cursor.fetchone()
    if last is None:
        standing.ended_at = now
        standing.save()
        return None
    standing.after_home, standing.after_id, made = last
    standing.made += made
    standing.save()
    return made


def forget(now: datetime | None = None) -> int:
    """Erase what stands of former rounds, and what was shown to whoever gets none any more. Returns how many rows."""
    day = timezone.localdate(now) - _KEPT
    count, _models = DigestRound.objects.filter(day__lt=day).delete()
    return count + Rhythm.objects.filter(last_on__lt=day).exclude(shown=[]).update(shown=[])
