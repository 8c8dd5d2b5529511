"""Telling people: a row is written with the act itself, and delivered after it is committed.

At once, by a message of the outbox; or, for what can wait, by a line of each member's next digest.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.conf import settings
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import timezone, translation

from core import mail
from core.jobs import enqueue
from members.models import Member
from notifications import digests, tasks
from notifications.kinds import KINDS
from notifications.models import DigestLine, Notification

#: Rows written by one statement.
BATCH = 1000


def tell(recipient: Member | int, *, kind: str, key: str, context: dict) -> None:
    """Tell one member, once for this `key`: repeating it, even at the same moment, adds nothing.

    To be called in the transaction of the act that is told. `kind` is one of `KINDS`, which says whether it leaves at
    once or with the next digest; `context` is what its templates name, as JSON values (addresses as paths).
    """
    recipient_id = recipient if isinstance(recipient, int) else recipient.pk
    _write([recipient_id], kind=kind, key=key, context=context)
    if KINDS[kind].in_digest:
        return
    row = Notification.objects.waiting().filter(recipient_id=recipient_id, key=key).values_list("pk", flat=True).first()
    if row is not None:
        enqueue(tasks.deliver, row)


def tell_many(recipient_ids: Iterable[int], *, kind: str, key: str, context: dict, is_slice: bool = False) -> None:
    """Tell many members the same thing, each once for this `key`; a queryset of ids is read as a stream.

    With `is_slice` others follow: the sweep sends them, seconds later, instead of a task for each slice.
    """
    ids = recipient_ids.iterator(BATCH) if hasattr(recipient_ids, "iterator") else iter(recipient_ids)
    told = False
    while batch := list(islice(ids, BATCH)):
        _write(batch, kind=kind, key=key, context=context)
        told = not KINDS[kind].in_digest
    if told and not is_slice:
        enqueue(tasks.deliver_due)


def tell_each(rows: Iterable[tuple[int, dict]], *, kind: str, key: str) -> None:
    """`tell_many` when each is told with a context of their own, a link for instance: rows of (member id, context)."""
    rows = iter(rows)
    told = False
    while batch := list(islice(rows, BATCH)):
        _insert([Notification(recipient_id=pk, kind=KINDS[kind].name, key=key, context=said) for pk, said in batch])
        told = True
    if told:
        enqueue(tasks.deliver_due)


def take_back(key: str) -> int:
    """Nobody is told any more what has not left yet: neither in a digest, nor by a message. Returns how many rows.

    For what may no longer be read. Who was told stays told; the same key may be told again to the others. A message
    that a worker is sending at this very moment leaves.
    """
    lines, _models = DigestLine.objects.filter(key=key, sent_at=None).delete()
    messages, _models = Notification.objects.waiting().filter(key=key, claimed_at=None).delete()
    return lines + messages


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
        _insert(
            [
                Notification(address=address, kind=KINDS[kind].name, key=key, context=context)
                for address, kind, key, context in batch
            ]
        )
        written = True
    if written:
        enqueue(tasks.deliver_due)


def forget_told(kinds: Collection[str], *, before: datetime) -> int:
    """Erase what was written of these kinds before then, for messages that repeat a private text. Returns how many."""
    count, _models = Notification.objects.filter(kind__in=kinds, created_at__lt=before).delete()
    return count


def retry(notifications: QuerySet[Notification]) -> int:
    """Try again at once those that were given up or wait for their next attempt. Returns how many."""
    count = (
        notifications.filter(sent_at=None)
        .exclude(failed_at=None, claimed_at__isnull=False)
        .update(failed_at=None, failure="", claimed_at=None, attempts=0, due_at=timezone.now())
    )
    if count:
        enqueue(tasks.deliver_due)
    return count


@dataclass(frozen=True)
class Preview:
    """A message as its recipient will read it."""

    subject: str
    text: str


def preview(recipient: Member, *, kind: str, context: dict) -> Preview:
    """The message this member would get, without writing or sending anything."""
    template = KINDS[kind].template
    with translation.override(settings.LANGUAGE_CODE):
        filled = mail.site() | KINDS[kind].fill(context, recipient)
        return Preview(
            subject=" ".join(render_to_string(f"{template}_subject.txt", filled).split()),
            text=render_to_string(f"{template}.txt", filled).strip(),
        )


def _write(recipient_ids: list[int], *, kind: str, key: str, context: dict) -> None:
    kind = KINDS[kind]
    said = {"kind": kind.name, "key": key, "context": context}
    if kind.in_digest:
        due_at = digests.next_hour()
        _insert([DigestLine(recipient_id=pk, due_at=due_at, **said) for pk in recipient_ids])
    else:
        _insert([Notification(recipient_id=pk, **said) for pk in recipient_ids])


def _insert(rows: list[Notification] | list[DigestLine]) -> None:
    """The unique constraints decide what is new."""
    if rows:
        type(rows[0]).objects.bulk_create(rows, ignore_conflicts=True)
