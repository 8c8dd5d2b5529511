"""Staff's examination of an initiative's supports: a condition, a dry run, a removal that can be undone.

A support keeps the reviews that moved it, in their order. It is worth what the last one that stands said, or what it
was worth before the first: reviews may so be undone in any order, and all undone leave what there was.
"""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import connection, transaction
from django.db.models import BigIntegerField, Case, F, Func, QuerySet, Value, When
from django.utils import timezone

from initiatives.models import Initiative, Support, SupportReview, TimelineEntry
from initiatives.services.life import record
from members.models import Member

#: With the initiative's number, the lock under which its reviews follow each other.
_REVIEWING_LOCK = 20100118

#: What the public account says of each act.
_TOLD = {
    SupportReview.Act.REMOVE: TimelineEntry.Kind.SUPPORTS_REMOVED,
    SupportReview.Act.ACCEPT: TimelineEntry.Kind.SUPPORTS_COUNTED,
}
#: Domains and hours that a dry run shows.
SHOWN = 15


@dataclass(frozen=True)
class Condition:
    """Which supports are meant: all the parts that are given must hold. `network` is a keyed hash of 16 bytes.

    `since` is included and `until` is not; both are about when the support was asked for.
    """

    domain: str = ""
    network: bytes | None = None
    suspicion: str = ""
    only_disposable: bool = False
    since: datetime | None = None
    until: datetime | None = None

    def __bool__(self) -> bool:
        return any((self.domain, self.network, self.suspicion, self.only_disposable, self.since, self.until))

    def apply(self, supports: QuerySet[Support]) -> QuerySet[Support]:
        asked = {
            "domain": self.domain,
            "network": self.network,
            "suspicion": self.suspicion,
            "is_disposable": self.only_disposable,
            "created_at__gte": self.since,
            "created_at__lt": self.until,
        }
        return supports.filter(**{name: value for name, value in asked.items() if value})


@dataclass(frozen=True)
class DryRun:
    """How many supports an act would move, and the domains and hours (UTC) that have most of them, most first."""

    count: int
    domains: list[tuple[str, int]]
    hours: list[tuple[datetime, int]]


#: From which state to which each act moves supports.
_MOVES = {
    SupportReview.Act.REMOVE: (Support.State.CONFIRMED, Support.State.SUSPECT),
    SupportReview.Act.ACCEPT: (Support.State.SUSPECT, Support.State.CONFIRMED),
}


class NothingToReview(Exception):
    """No condition was given, or no support meets it."""


class MoreThanShown(Exception):
    """More supports meet the condition than the dry run had shown; nothing was moved."""


# One reading of the supports for the three answers.
_DRY_RUN = """
WITH found AS (
    SELECT domain, date_trunc('hour', created_at) AS hour FROM ({found}) AS found (domain, created_at)
), grouped AS (
    SELECT grouping(domain, hour) AS kind, domain, hour, count(*) AS count
    FROM found GROUP BY GROUPING SETS ((), (domain), (hour))
), ranked AS (
    SELECT *, row_number() OVER (PARTITION BY kind ORDER BY count DESC, domain, hour) AS rank FROM grouped
)
SELECT domain, hour, count FROM ranked WHERE rank <= {shown} ORDER BY kind, rank
"""

# Supports that the same reviews moved are judged together: by the last of those that stand, or by what the first one
# found when none does. Numbers of reviews follow their order, since they take turns.
_UNDO = """
WITH moved AS (
    SELECT DISTINCT reviews FROM initiatives_support
    WHERE initiative_id = %(initiative)s::bigint AND reviews IS NOT NULL AND reviews @> ARRAY[%(review)s::bigint]
), judged AS (
    SELECT moved.reviews, coalesce(standing.act = 'accept', first.act = 'remove') AS counts
    FROM moved JOIN initiatives_supportreview first ON first.id = moved.reviews[1]
    LEFT JOIN LATERAL (
        SELECT act FROM initiatives_supportreview
        WHERE id = ANY (moved.reviews) AND undone_at IS NULL ORDER BY id DESC LIMIT 1
    ) standing ON true
)
UPDATE initiatives_support
SET state = CASE WHEN counts THEN 'confirmed' ELSE 'suspect' END,
    suspicion = CASE
        WHEN counts AND suspicion = 'review' THEN ''
        WHEN NOT counts AND suspicion = '' THEN 'review'
        ELSE suspicion
    END
FROM judged
WHERE initiative_id = %(initiative)s::bigint AND initiatives_support.reviews = judged.reviews
    AND (state = 'confirmed') <> counts
"""


def dry_run(initiative: Initiative, act: str, condition: Condition) -> DryRun:
    """What the act would move, moving nothing. Reads this initiative's supports once."""
    before, _after = _MOVES[act]
    found = condition.apply(initiative.supports.filter(state=before)).order_by()
    found_sql, values = found.values_list("domain", "created_at").query.sql_with_params()
    count, domains, hours = 0, [], []
    with connection.cursor() as cursor:
        cursor.execute(_DRY_RUN.format(found=found_sql, shown=SHOWN), values)
        for domain, hour, number in cursor.fetchall():
            if hour is not None:
                hours.append((hour, number))
            elif domain is not None:
                domains.append((domain, number))
            else:
                count = number
    return DryRun(count, domains, hours)


@transaction.atomic
def review(
    initiative: Initiative, act: str, condition: Condition, *, reason: str, by: Member, at_most: int | None = None
) -> SupportReview:
    """Move the supports that meet the condition, log it, and show its count to the public.

    `reason` is read by everybody. `at_most` is the count that was shown before deciding. Raises NothingToReview, or
    MoreThanShown; nothing has changed then.
    """
    if not condition:
        raise NothingToReview
    before, after = _MOVES[act]
    _take_turn(initiative.pk)
    made = SupportReview.objects.create(
        initiative=initiative,
        act=act,
        domain=condition.domain,
        network=condition.network,
        suspicion=condition.suspicion,
        only_disposable=condition.only_disposable,
        since=condition.since,
        until=condition.until,
        reason=reason,
        by=by,
    )
    made.count = condition.apply(initiative.supports.filter(state=before)).update(
        state=after, suspicion=_suspicion(after), reviews=_and_then(made)
    )
    if not made.count:
        raise NothingToReview
    if at_most is not None and made.count > at_most:
        raise MoreThanShown
    made.save(update_fields=["count"])
    record(initiative, _TOLD[act], count=made.count, reason=reason)
    return made


@transaction.atomic
def undo_review(made: SupportReview, *, by: Member) -> int | None:
    """Make the supports that this review moved what they are without it; what was withdrawn meanwhile stays so.

    A later review of the same supports keeps its word on them. Returns how many changed, None when it was undone
    already.
    """
    _take_turn(made.initiative_id)
    if not SupportReview.objects.filter(pk=made.pk, undone_at=None).update(undone_at=timezone.now(), undone_by=by):
        return None
    with connection.cursor() as cursor:
        cursor.execute(_UNDO, {"review": made.pk, "initiative": made.initiative_id})
        changed = cursor.rowcount
    if changed:
        counted = made.act == SupportReview.Act.REMOVE
        told = _TOLD[SupportReview.Act.ACCEPT if counted else SupportReview.Act.REMOVE]
        record(made.initiative, told, count=changed, undone=made.reason)
    return changed


def _take_turn(initiative_id: int) -> None:
    """Wait until no other review of this initiative is at work, until the end of the transaction.

    Two that take the same thousands of rows in different orders would wait for each other for ever. The lock is not
    that of the initiative's row, which folding writes every second. A page's limit of time is lifted: a large review
    takes longer than a page may, and is done whole or not at all.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '5min'")
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s::int, (%s::bigint %% 2147483647)::int)", [_REVIEWING_LOCK, initiative_id]
        )


def _suspicion(state: str) -> Case:
    """What is said of a support that becomes so: whatever was found at its arrival is kept."""
    was, becomes = ("", Support.Suspicion.REVIEW) if state == Support.State.SUSPECT else (Support.Suspicion.REVIEW, "")
    return Case(When(suspicion=was, then=Value(becomes)), default=F("suspicion"))


def _and_then(made: SupportReview) -> Func:
    return Func(
        F("reviews"),
        Value(made.pk, BigIntegerField()),
        function="array_append",
        output_field=ArrayField(BigIntegerField()),
    )
