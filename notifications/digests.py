"""Digests: what can wait is told together, one message a day to each member, at the same hour.

A line is written with the act (`services.tell`), for what its reader hears of in a digest. At its hour one statement
makes a message of the outbox for each member who has lines, and gives it these lines; `delivery` sends it as any
other. Nobody gets a second one the same day, nor one with nothing in it.
"""

from datetime import datetime, time, timedelta

from django.db import connection, transaction
from django.utils import timezone

from core import mail
from members.models import Member
from notifications.kinds import DIGEST, KINDS
from notifications.models import Notification
from notifications.subjects import Known, NotNow, still_said
from territories.elections import Freeze, freeze

#: The hour here at which digests leave: the day's news, once people are home.
HOUR = time(18)
#: Lines shown in one message; the others are counted.
SHOWN = 30
#: Members whose lines one statement gathers.
BATCH = 500
#: Held while lines are gathered: the unique key decides, but two at once would wait for each other's members.
_GATHERING_LOCK = 20100119

_GATHER = """
WITH due AS (
    SELECT DISTINCT recipient_id FROM notifications_notification line
    WHERE mail = 'digest' AND digest_id IS NULL AND due_at <= %(now)s::timestamptz AND NOT EXISTS (
        SELECT FROM notifications_notification told
        WHERE told.recipient_id = line.recipient_id AND told.key = %(key)s::varchar
    ) AND NOT (%(is_frozen)s::boolean AND EXISTS (
        SELECT FROM members_member member LEFT JOIN territories_commune home ON home.code = member.home_commune_id
        WHERE member.id = line.recipient_id
            AND COALESCE(home.department_id = ANY(%(frozen)s::varchar[]), %(all_france)s::boolean)
    ))
    ORDER BY recipient_id LIMIT %(batch)s::int
), digest AS (
    INSERT INTO notifications_notification (recipient_id, kind, key, context, created_at, due_at)
    SELECT recipient_id, %(kind)s::varchar, %(key)s::varchar, '{}', %(now)s::timestamptz, %(now)s::timestamptz
    FROM due
    ON CONFLICT (key, recipient_id) DO NOTHING
    RETURNING id, recipient_id
), taken AS (
    UPDATE notifications_notification line SET digest_id = digest.id FROM digest
    WHERE line.recipient_id = digest.recipient_id AND line.mail = 'digest' AND line.digest_id IS NULL
        AND line.due_at <= %(now)s::timestamptz
    RETURNING line.digest_id
)
SELECT count(DISTINCT digest_id) FROM taken
"""


def next_hour(after: datetime | None = None) -> datetime:
    """When the digest leaves that holds what was written at this moment (now when None)."""
    local = timezone.localtime(after)
    today = timezone.make_aware(datetime.combine(local.date(), HOUR))
    return today if local < today else timezone.make_aware(datetime.combine(local.date() + timedelta(days=1), HOUR))


def gather() -> int:
    """Make a digest of each member's lines that are due, in the outbox. Returns how many, 0 if another is at it.

    What comes late for today's digest waits for tomorrow's; where a vote is near, for its polls to close.
    """
    total = 0
    vote = freeze()
    while made := _gather_some(timezone.now(), vote):
        total += made
    return total


@transaction.atomic
def _gather_some(now: datetime, vote: Freeze) -> int:
    key = f"{DIGEST}-{timezone.localdate(now):%Y-%m-%d}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s::bigint)", [_GATHERING_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(
            _GATHER,
            {
                "now": now,
                "key": key,
                "kind": DIGEST,
                "batch": BATCH,
                "is_frozen": bool(vote),
                "frozen": sorted(vote.departments),
                "all_france": vote.all_france,
            },
        )
        return cursor.fetchone()[0]


def is_digest(row: Notification) -> bool:
    return row.kind == DIGEST


def fill(row: Notification, known: Known) -> dict | None:
    """What the templates of a digest say: its newest lines, filled, and how many there are; None when none is left.

    What is not true any more is left out; what is hidden for the moment waits for another digest.
    """
    lines = list(row.lines.order_by("-id")[: SHOWN + 1])
    total = len(lines) if len(lines) <= SHOWN else row.lines.count()
    shown = [_said(line, row.recipient, known) for line in lines[:SHOWN]]
    total -= shown.count(None)
    shown = list(filter(None, shown))
    if not shown:
        return None
    context = {"lines": shown, "total": total, "more": total - len(shown)}
    if total == 1:
        # With one line, the message says what that one would say alone, and why.
        kind = KINDS[shown[0]["kind"]]
        context |= {"headline": kind.headline(mail.site() | shown[0]), "why": shown[0]["why"]}
    return KINDS[DIGEST].fill(context, row.recipient)


def _said(line: Notification, reader: Member, known: Known) -> dict | None:
    try:
        said = still_said(line.kind, line.context, known)
    except NotNow:
        Notification.objects.filter(pk=line.pk).update(digest=None, due_at=next_hour())
        return None
    if said is None:
        return None
    kind = KINDS[line.kind]
    filled = kind.fill(said, reader) | {"kind": kind.name, "template": kind.line_template}
    return filled if kind.has_own_line else filled | {"headline": kind.headline(mail.site() | filled)}


def mark_sent(row: Notification) -> None:
    """What left is not taken back any more."""
    Notification.objects.filter(digest=row).update(sent_at=timezone.now())
