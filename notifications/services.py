"""Telling people: a row of the outbox is written with the act itself, and delivered after it is committed."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from django.conf import settings
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import timezone, translation

from core import mail
from core.jobs import enqueue
from members.models import Member
from notifications import tasks
from notifications.kinds import KINDS
from notifications.models import Notification

#: Rows written by one statement.
BATCH = 1000


def tell(recipient: Member | int, *, kind: str, key: str, context: dict) -> None:
    """Tell one member, once for this `key`: repeating it, even at the same moment, adds nothing.

    To be called in the transaction of the act that is told. `kind` is one of `KINDS`; `context` is what its templates
    name, as JSON values (addresses as paths).
    """
    recipient_id = recipient if isinstance(recipient, int) else recipient.pk
    _write([recipient_id], kind=kind, key=key, context=context)
    row = Notification.objects.waiting().filter(recipient_id=recipient_id, key=key).values_list("pk", flat=True).first()
    if row is not None:
        enqueue(tasks.deliver, row)


def tell_many(recipient_ids: Iterable[int], *, kind: str, key: str, context: dict) -> None:
    """Tell many members the same thing, each once for this `key`; a queryset of ids is read as a stream."""
    ids = recipient_ids.iterator(BATCH) if hasattr(recipient_ids, "iterator") else iter(recipient_ids)
    told = False
    while batch := list(islice(ids, BATCH)):
        _write(batch, kind=kind, key=key, context=context)
        told = True
    if told:
        enqueue(tasks.deliver_due)


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
    kind = KINDS[kind].name
    _insert([Notification(recipient_id=pk, kind=kind, key=key, context=context) for pk in recipient_ids])


def _insert(rows: list[Notification]) -> None:
    """The unique constraints decide what is new."""
    Notification.objects.bulk_create(rows, ignore_conflicts=True)
