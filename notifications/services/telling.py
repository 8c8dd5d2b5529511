"""Telling people: a row is written with the act itself, and delivered after it is committed.

What each of them wants decides how: by a message, by a line of their next digest, on the site, on their devices; or not
at all, and then no row is written. Whoever tells asks nothing and knows nothing of it.
"""

import json
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from core.jobs import enqueue
from members.models import LegalHold, Member
from notifications import digests, pace, tasks
from notifications.kinds import KEYS, KINDS
from notifications.models import Mail, Notification, Push
from notifications.subjects import about_of

#: Rows written by one statement.
BATCH = 1000

#: What differs for each is in the arrays; what is the same for all is given once (nothing follows the members then).
#: What each of a thousand people prefers is read by the statement that writes their rows, in the order in which they
#: are told: whoever waits first hears first.
_TELL = """
INSERT INTO notifications_notification
    (recipient_id, kind, key, context, about, by_id, mail, in_bell, push_due_at, created_at, due_at)
SELECT
    member_id, %(kind)s::varchar, %(key)s::varchar,
    CASE WHEN mail = 'now' THEN said ELSE said - %(keys)s::text[] END,
    %(about)s::varchar, %(by)s::bigint, mail, in_bell,
    CASE WHEN is_pushed THEN %(now)s::timestamptz END,
    %(now)s::timestamptz,
    CASE WHEN mail = 'digest' THEN %(digest)s::timestamptz
        ELSE %(now)s::timestamptz + %(wave)s::interval * (hashtextextended(%(key)s, member_id) & 1023) / 1024 END
FROM (
    SELECT
        told.member_id, told.place, COALESCE(told.own, %(context)s::jsonb) AS said,
        CASE WHEN mail.choice = 'never' THEN 'none'
            WHEN COALESCE(mail.choice, %(mail)s::varchar) <> 'digest' THEN COALESCE(mail.choice, %(mail)s::varchar)
            WHEN settings.digest = 'never' THEN 'none'
            ELSE 'digest' END AS mail,
        %(bell)s::boolean AND bell.choice IS DISTINCT FROM 'never' AS in_bell,
        %(push)s::boolean AND COALESCE(push.choice = 'now', %(pushed)s::boolean) AND EXISTS (
            SELECT FROM members_opensession session JOIN notifications_pushsubscription device
                ON device.session_id = session.id WHERE session.member_id = told.member_id
        ) AS is_pushed
    FROM ROWS FROM (unnest(%(members)s::bigint[]), jsonb_array_elements(%(contexts)s::jsonb)) WITH ORDINALITY
        AS told (member_id, own, place)
    LEFT JOIN notifications_preference mail
        ON mail.member_id = told.member_id AND mail.kind = %(kind)s::varchar AND mail.channel = 'mail'
    LEFT JOIN notifications_preference bell
        ON bell.member_id = told.member_id AND bell.kind = %(kind)s::varchar AND bell.channel = 'bell'
    LEFT JOIN notifications_preference push
        ON push.member_id = told.member_id AND push.kind = %(kind)s::varchar AND push.channel = 'push'
    LEFT JOIN notifications_mailsettings settings ON settings.member_id = told.member_id
    WHERE NOT EXISTS (
        SELECT FROM notifications_mute muted
        WHERE muted.member_id = told.member_id AND muted.about = ANY(%(muted)s::varchar[])
    ) AND NOT EXISTS (
        SELECT FROM members_block WHERE blocker_id = told.member_id AND blocked_id = %(unwanted)s::bigint
    )
) AS wanted
WHERE mail <> 'none' OR in_bell OR is_pushed
ORDER BY place
ON CONFLICT DO NOTHING
RETURNING id, mail, push_due_at IS NOT NULL
"""
#: The same for what nobody turns off.
_TELL_ALL = """
INSERT INTO notifications_notification (recipient_id, kind, key, context, about, by_id, in_bell, created_at, due_at)
SELECT
    member_id, %(kind)s::varchar, %(key)s::varchar, COALESCE(own, %(context)s::jsonb), %(about)s::varchar,
    %(by)s::bigint, %(bell)s::boolean, %(now)s::timestamptz, %(now)s::timestamptz
FROM ROWS FROM (unnest(%(members)s::bigint[]), jsonb_array_elements(%(contexts)s::jsonb)) AS told (member_id, own)
ON CONFLICT DO NOTHING
RETURNING id, mail, false
"""
#: To addresses without account. By hand: the ORM takes as long to write such a row as the rest of its message takes.
_WRITE_TO = """
INSERT INTO notifications_notification (address, kind, key, context, created_at, due_at)
SELECT address, kind, key, context, %(now)s::timestamptz, %(now)s::timestamptz
FROM jsonb_to_recordset(%(rows)s::jsonb) AS said (address varchar, kind varchar, key varchar, context jsonb)
ON CONFLICT DO NOTHING
"""

#: What a message is about, or who did it: itself, or as the column holds it.
About = Model | str | None
By = Member | int | None


def tell(recipient: Member | int, *, kind: str, key: str, context: dict, about: About = None, by: By = None) -> None:
    """Tell one member, once for this `key`: repeating it, even at the same moment, adds nothing.

    To be called in the transaction of the act that is told. `kind` is one of `KINDS`; `context` is what its templates
    name, as JSON values (addresses as paths). `about` is the initiative or the event that it is about: by it, it is
    grouped and muted; `by` the member whose act it tells, whom the reader may have muted.
    """
    recipient_id = recipient if isinstance(recipient, int) else recipient.pk
    for pk, mail, _is_pushed in _write([(recipient_id, None)], kind=kind, key=key, context=context, about=about, by=by):
        if mail == Mail.NOW:
            enqueue(tasks.deliver, pk)


def tell_many(
    recipient_ids: Iterable[int],
    *,
    kind: str,
    key: str,
    context: dict,
    about: About = None,
    by: By = None,
    is_slice: bool = False,
    out_of: int = 0,
) -> None:
    """Tell many members the same thing, each once for this `key`; a queryset of ids is read as a stream.

    With `is_slice` others follow: the sweep sends them, seconds later, instead of a task for each slice. `out_of` is
    how many are told in all: the messages of a large send leave over a while (`pace.wave`).
    """
    ids = recipient_ids.iterator(BATCH) if hasattr(recipient_ids, "iterator") else recipient_ids
    said = {"kind": kind, "key": key, "context": context, "about": about, "by": by, "out_of": out_of}
    _tell_all(((pk, None) for pk in ids), **said, is_slice=is_slice)


def tell_each(rows: Iterable[tuple[int, dict]], *, kind: str, key: str, about: About = None, by: By = None) -> None:
    """`tell_many` when each is told with a context of their own, a link for instance: rows of (member id, context)."""
    _tell_all(rows, kind=kind, key=key, context={}, about=about, by=by)


def take_back(key: str) -> int:
    """Nobody is told any more what has not left yet, and nobody reads it on the site. Returns how many rows went.

    For what may no longer be read. Who was told by mail stays told; the same key may be told again to the others. A
    message that a worker is sending at this very moment leaves.
    """
    told = Notification.objects.filter(key=key, recipient__isnull=False)
    with transaction.atomic():
        is_only_ours = Q(mail=Mail.NOW, failed_at=None, claimed_at=None) | ~Q(mail=Mail.NOW)
        count, _models = told.filter(is_only_ours, sent_at=None).delete()
        told.filter(in_bell=True).update(in_bell=False)
        told.filter(push_due_at__isnull=False, pushed_at=None).update(push_due_at=None)
        Push.objects.filter(notification__in=told).delete()
    return count


def write_to(address: str, *, kind: str, key: str, context: dict) -> None:
    """Write to an address that has no account, or whose account is not to be looked up.

    As `tell`, in the transaction of the act; but once sent the row is erased, and the same `key` may be written again:
    it is for the caller's own row to say that this was done. `key` must not hold the address.
    """
    write_to_many([(address, kind, key, context)])


def write_to_many(rows: Iterable[tuple[str, str, str, dict]]) -> None:
    """`write_to` for many: each row is (address, kind, key, context), the rows are read as a stream."""
    rows = iter(rows)
    written = False
    while batch := list(islice(rows, BATCH)):
        said = [
            {"address": address, "kind": KINDS[kind].name, "key": key, "context": context}
            for address, kind, key, context in batch
        ]
        with connection.cursor() as cursor:
            cursor.execute(_WRITE_TO, {"rows": _json(said), "now": timezone.now()})
        written = True
    if written:
        enqueue(tasks.deliver_due)


def forget_told(kinds: Collection[str], *, before: datetime) -> int:
    """Erase what was written of these kinds before then, for messages that repeat a private text. Returns how many."""
    held = LegalHold.objects.held()
    old = Notification.objects.filter(kind__in=kinds, created_at__lt=before)
    count, _models = old.exclude(recipient__in=held).exclude(by__in=held).delete()
    return count


def retry(notifications: QuerySet[Notification]) -> int:
    """Try again at once those that were given up or wait for their next attempt. Returns how many."""
    count = (
        notifications.filter(mail=Mail.NOW, sent_at=None)
        .exclude(failed_at=None, claimed_at__isnull=False)
        .update(failed_at=None, failure="", claimed_at=None, attempts=0, due_at=timezone.now())
    )
    if count:
        enqueue(tasks.deliver_due)
    return count


# --- Below -----------------------------------------------------------------------------------------------------------


def _tell_all(rows: Iterable[tuple[int, dict | None]], *, is_slice: bool = False, **said) -> None:
    rows = iter(rows)
    waits = False
    while batch := list(islice(rows, BATCH)):
        waits = any(mail == Mail.NOW for _pk, mail, _is_pushed in _write(batch, **said)) or waits
    if waits and not is_slice:
        enqueue(tasks.deliver_due)


def _write(
    rows: list[tuple[int, dict | None]],
    *,
    kind: str,
    key: str,
    context: dict,
    about: About = None,
    by: By = None,
    out_of: int = 0,
) -> list[tuple[int, str, bool]]:
    """One statement: what these members want, and their rows. The unique constraint decides what is new.

    Rows are (member id, what is said to them alone, if anything); returns those that are new, as (id, mail, is pushed).
    """
    kind = KINDS[kind]
    about = about_of(about or _about_in(context or rows[0][1] or {}))
    by = by.pk if isinstance(by, Member) else by
    values = {
        "members": [pk for pk, _own in rows],
        "contexts": _json([own for _pk, own in rows if own is not None]),
        "context": _json(context),
        "kind": kind.name,
        "key": key,
        "about": about,
        "by": by,
        "bell": kind.bell,
        "now": timezone.now(),
    }
    if not kind.essential:
        muted = [] if kind.despite_mute else [each for each in (about, by and f"members.member {by}") if each]
        values |= {"muted": muted, "mail": kind.mail, "push": kind.push, "pushed": kind.is_pushed_by_default}
        values |= {"keys": KEYS, "digest": digests.next_hour()}
        values["unwanted"] = None if kind.despite_mute else by
        values["wave"] = pace.wave(out_of) if kind.is_counted else timedelta(0)
    with connection.cursor() as cursor:
        cursor.execute(_TELL_ALL if kind.essential else _TELL, values)
        return cursor.fetchall()


def _about_in(context: dict[str, Any]) -> str:
    return context.get("about", "")


def _json(said: dict | list[dict]) -> str:
    return json.dumps(said, cls=DjangoJSONEncoder, ensure_ascii=False)
