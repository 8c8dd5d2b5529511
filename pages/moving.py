"""What moved in France since yesterday, else in the last days: chosen by a task, the home page counts nothing."""

from collections import Counter
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from pages.models import Moved

#: Days looked at in turn, until so many things moved.
DAYS = (1, 3, 7, 31)
ENOUGH = 5
#: Lines kept; of one sort, at most.
MOST, MOST_OF_ONE_SORT = 8, 3
#: One new support is somebody: it is not news.
_FEWEST = 2

#: Those among which new supports are counted: whatever many support ranks among them (initiatives.ranking).
_RANKED = 300

# Each sort from the start of an index; of supports, their numbers by day.
_FOUND = f"""
(
    SELECT 'supported', ranked.id, NULL::bigint, sum(count)::int,
        COALESCE(max(supports_counted_at), statement_timestamp())
    FROM (
        SELECT id, supports_counted_at FROM initiatives_initiative WHERE state = 'published' AND withheld_at IS NULL
        ORDER BY rank_order DESC, id DESC LIMIT {_RANKED}
    ) ranked JOIN initiatives_actday ON initiative_id = ranked.id
    WHERE kind = 'support' AND day >= %(day)s::date
    GROUP BY ranked.id HAVING sum(count) >= %(fewest)s::int
    ORDER BY sum(count) DESC, ranked.id DESC LIMIT %(most)s::int
) UNION ALL (
    SELECT 'step', initiative.id, NULL, threshold, reached_at
    FROM initiatives_milestone milestone JOIN initiatives_initiative initiative ON initiative.id = initiative_id
    WHERE reached_at > %(since)s::timestamptz AND reached_at > published_at AND withheld_at IS NULL
    ORDER BY reached_at DESC LIMIT %(most)s::int
) UNION ALL (
    SELECT 'kept', initiative.id, NULL, threshold, kept_at
    FROM initiatives_milestone milestone JOIN initiatives_initiative initiative ON initiative.id = initiative_id
    WHERE kept_at > %(since)s::timestamptz AND kept_at > published_at AND withheld_at IS NULL
    ORDER BY kept_at DESC LIMIT %(most)s::int
) UNION ALL (
    SELECT 'report', NULL, report.id, turnout, report.published_at
    FROM events_eventreport report JOIN events_event event ON event.id = event_id
    WHERE report.published_at > %(since)s::timestamptz AND report.withheld_at IS NULL
        AND event.published_at IS NOT NULL AND event.withheld_at IS NULL
    ORDER BY report.published_at DESC, report.id DESC LIMIT %(most)s::int
) UNION ALL (
    SELECT 'success', id, NULL, NULL, ended_at FROM initiatives_initiative
    WHERE state = 'succeeded' AND withheld_at IS NULL AND ended_at > %(since)s::timestamptz
    ORDER BY ended_at DESC, id DESC LIMIT %(most)s::int
) UNION ALL (
    SELECT 'opened', id, NULL, NULL, published_at FROM initiatives_initiative
    WHERE state = 'published' AND withheld_at IS NULL AND published_at > %(since)s::timestamptz
    ORDER BY published_at DESC, id DESC LIMIT %(most)s::int
)
"""  # noqa: S608 (ours)
#: What is said first.
_ORDER = [
    Moved.Kind.SUCCESS,
    Moved.Kind.KEPT,
    Moved.Kind.REPORT,
    Moved.Kind.STEP,
    Moved.Kind.SUPPORTED,
    Moved.Kind.OPENED,
]


@transaction.atomic
def refresh(now: datetime | None = None) -> int:
    """Write anew what moved lately. Returns how many lines. For a task; two at once wait for each other."""
    now = now or timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('pages.moved', 0))")
    lines: list[Moved] = []
    for days in DAYS:
        lines = _chosen(_found(now - timedelta(days=days)))
        for rank, line in enumerate(lines):
            line.rank, line.days = rank, days
        if len(lines) >= ENOUGH:
            break
    Moved.objects.all().delete()
    Moved.objects.bulk_create(lines)
    return len(lines)


def _found(since: datetime) -> list[Moved]:
    values = {"since": since, "day": timezone.localdate(since), "fewest": _FEWEST, "most": MOST}
    with connection.cursor() as cursor:
        cursor.execute(_FOUND, values)
        rows = cursor.fetchall()
    return [
        Moved(kind=kind, initiative_id=initiative, report_id=report, count=count, moved_at=at)
        for kind, initiative, report, count, at in rows
    ]


def _chosen(found: list[Moved]) -> list[Moved]:
    """One of each sort, then a second of each: of an initiative, what matters most."""
    turns: Counter[str] = Counter()
    seen: set[int] = set()
    kept: list[tuple[int, int, Moved]] = []
    for line in sorted(found, key=lambda line: _ORDER.index(line.kind)):
        if line.initiative_id in seen or turns[line.kind] == MOST_OF_ONE_SORT:
            continue
        if line.initiative_id:
            seen.add(line.initiative_id)
        kept.append((turns[line.kind], _ORDER.index(line.kind), line))
        turns[line.kind] += 1
    return [line for _turn, _order, line in sorted(kept, key=lambda each: each[:2])[:MOST]]
