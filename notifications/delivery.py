"""Delivering the outbox: rows are claimed, the claim is committed, the message leaves, the row is marked.

Whoever dies between two messages leaves rows that are either sent and marked, or claimed: a claim is free again after
`LEASE`. Between the mail server's yes and our mark stands one statement; a worker that dies there leaves a message to
be sent again, under the same Message-ID.
"""

import logging
import re
import traceback
from datetime import datetime, timedelta
from enum import Enum, unique
from smtplib import (
    SMTPDataError,
    SMTPException,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPServerDisconnected,
)

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from core import mail
from core.statements import Statement
from members import suppressing
from members.models import Suppression
from notifications import digests, hushing, pace, stopping
from notifications.kinds import DOOR, KINDS
from notifications.models import Notification
from notifications.pressure import mail_server
from notifications.subjects import Known, NotNow, still_said

logger = logging.getLogger(__name__)

#: How long a claim holds. A worker gives back what it has not begun after half of it: one message takes far less.
LEASE = timedelta(minutes=10)
#: Messages claimed together.
BATCH = 50
#: How long one sweep works. The schedule starts another every few seconds: between two, other tasks have their turn.
SWEEP = timedelta(seconds=20)
#: How long an address without account is kept when nothing could be sent to it.
FORGET_AFTER = timedelta(days=30)
_FORGET = Statement("DELETE FROM notifications_notification WHERE id = %(row)s::bigint")
#: What servers say first of a mailbox that holds no more, whatever the code before it (RFC 3463).
_FULL = re.compile(r"[45]\.2\.2\b")


def _waits(*minutes: int) -> tuple[timedelta, ...]:
    return tuple(timedelta(minutes=each) for each in minutes)


@unique
class Failure(Enum):
    """What a failed attempt says of the next one, by families of errors: the time until it, attempt after attempt."""

    PERMANENT = ()
    """This message will never be accepted."""
    BUSY = _waits(1, 5, 15, 60, 4 * 60, 12 * 60, 24 * 60)
    """The mailbox's server may take it later: many do so on purpose with whoever they do not know."""
    FULL = _waits(60, 4 * 60, 12 * 60, 24 * 60, 48 * 60)
    """Nobody empties a mailbox within a minute."""
    SERVER = _waits(1, 1, 5, 15, 60, 4 * 60, 12 * 60, 24 * 60)
    """Our mail server takes nothing at the moment, whatever the message."""
    CUT = _waits(1, 5, 30, 2 * 60, 6 * 60, 12 * 60, 24 * 60)
    """The connection broke within this message: nobody knows whether it was taken."""
    HIDDEN = _waits(15, 60, 4 * 60, 12 * 60, 24 * 60, 24 * 60, 24 * 60)
    """What it is about is withheld: a moderator decides within hours, or days."""
    OURS = _waits(5, 60, 4 * 60, 12 * 60, 24 * 60)
    """A mistake of ours: somebody has to mend it."""

    def __init__(self, *waits: timedelta) -> None:
        self.waits = waits

    @property
    def most_attempts(self) -> int:
        return len(self.waits) + 1


#: After so many, whatever happened at each, a message is given up.
MAX_ATTEMPTS = max(failure.most_attempts for failure in Failure)


def deliver(notification_id: int) -> bool:
    """Send one message now, unless it was sent, is being sent, or waits for its next attempt.

    Returns True when it left. While the mail server is left alone, it is for the sweep.
    """
    if mail_server.is_paused:
        return False
    return _send_all(_claim(Notification.objects.filter(pk=notification_id), limit=1)) == 1


def deliver_due() -> int:
    """Send what is due and nobody is sending, the oldest first, for one `SWEEP` at most. Returns how many were sent.

    Every other batch is of messages to addresses without account, when some are due: whoever typed theirs is waiting,
    and must not wait for an announcement to a hundred thousand. Any number of these may run at once. A server that
    slows gets fewer messages a sweep, not longer sweeps; one that takes nothing is left alone (pressure.py), then
    tried with one message.
    """
    until = timezone.now() + SWEEP
    total = 0
    is_over = False
    while not (is_over or mail_server.is_paused) and timezone.now() < until:
        limit = 1 if mail_server.is_on_trial else BATCH
        is_over = True
        for queryset in (Notification.objects.to_addresses(), Notification.objects.all()):
            if mail_server.is_paused:
                break
            batch = _claim(queryset, limit=limit)
            total += _send_all(batch, until)
            is_over = is_over and not batch
    return total


def forget_addresses() -> int:
    """Erase every message to an address without account older than `FORGET_AFTER`. Returns how many."""
    old = Notification.objects.to_addresses().filter(created_at__lt=timezone.now() - FORGET_AFTER)
    count, _models = old.delete()
    return count


def _claim(queryset: QuerySet, *, limit: int) -> list[Notification]:
    """Take rows for us alone, committed before anything is sent: of what is due, what leaves at this hour."""
    while True:
        batch, is_over = _claim_some(queryset, limit=limit)
        if batch or is_over:
            return batch


@transaction.atomic(durable=True)
def _claim_some(queryset: QuerySet, *, limit: int) -> tuple[list[Notification], bool]:
    """Rows to send, and whether nothing is due any more: what its reader's hours put off is due later."""
    now = timezone.now()
    free = Q(claimed_at=None) | Q(claimed_at__lt=now - LEASE)
    batch = list(
        queryset.waiting()
        .filter(free, due_at__lte=now)
        .order_by("due_at", "id")
        .select_related("recipient")
        .select_for_update(skip_locked=True, of=("self",))[:limit]
    )
    is_over = len(batch) < limit
    batch = pace.may_leave(batch, now)
    Notification.objects.filter(pk__in=[row.pk for row in batch]).update(claimed_at=now, attempts=F("attempts") + 1)
    for row in batch:
        row.claimed_at = now
        row.attempts += 1
    return batch, is_over


def _send_all(batch: list[Notification], until: datetime | None = None) -> int:
    """Send claimed rows in turn, on one connection. Returns how many it took.

    What cannot be begun in time, or finds the server down, is given back untouched.
    """
    sent = 0
    unwanted = hushing.unwanted(batch)
    hushing.drop(row for row in batch if row.pk in unwanted)
    batch = [row for row in batch if row.pk not in unwanted]
    if not batch:
        return sent
    known: Known = {}
    digests.foresee(batch, known)
    suppressed = suppressing.suppressed(row.email for row in batch)
    with mail.Connection() as server, translation.override(settings.LANGUAGE_CODE):
        for position, row in enumerate(batch):
            now = timezone.now()
            if now - row.claimed_at > LEASE / 2 or (until and position and now > until):
                _give_back(batch[position:])
                break
            failure = _send(row, server, known, suppressed.get(row.email))
            sent += failure is None
            if _is_enough(failure):
                _give_back(batch[position + 1 :])
                break
    return sent


def _is_enough(failure: Failure | None) -> bool:
    """Whether the server is to be left alone after this."""
    if failure is None:
        mail_server.taken()
    elif failure is Failure.SERVER:
        mail_server.silent()
        return True
    return failure in (Failure.BUSY, Failure.CUT) and mail_server.refused()


def _send(row: Notification, server: mail.Connection, known: Known, suppressed: Suppression | None) -> Failure | None:
    """One attempt, and its mark. Neither the address nor the text is ever logged."""
    refusal = _reason_not_to_send(row) or _reason_not_to_write(row, suppressed)
    if refusal:
        _give_up(row, refusal)
        return Failure.PERMANENT
    try:
        if KINDS[row.kind].is_stale(row.context, written_at=row.created_at, now=timezone.now()):
            _give_up(row, _("trop tard pour le dire"))
            return Failure.PERMANENT
        context = _context(row, known)
        if context is None:
            _give_up(row, _("plus rien à dire"))
            return Failure.PERMANENT
        _hand_over(row, context, server)
    except Exception as error:
        failure, reason = _understand(error)
        if isinstance(error, SMTPRecipientsRefused):
            suppressing.refused(error, event=f"smtp {row.message_id} {row.attempts}")
        if row.attempts >= failure.most_attempts:
            _give_up(row, reason)
        else:
            _try_later(row, reason, failure.waits[row.attempts - 1])
        return failure
    _mark_sent(row)
    return None


def _mark_sent(row: Notification) -> None:
    """One statement, right after the server's yes: a mark or, to an address without account, oblivion.

    What opens something is kept nowhere but in the reader's box.
    """
    if row.recipient is None:
        # By hand: the ORM looks first for what may point at it, which takes longer than the message.
        _FORGET.execute({"row": row.pk})
    else:
        keys = KINDS[row.kind].keys
        kept = {"context": {name: value for name, value in row.context.items() if name not in keys}} if keys else {}
        Notification.objects.filter(pk=row.pk, sent_at=None).update(
            sent_at=timezone.now(), failed_at=None, failure="", **kept
        )
        if digests.is_digest(row):
            digests.mark_sent(row)


def _context(row: Notification, known: Known) -> dict | None:
    """What its templates say; None for what is not true any more, or a digest whose lines were all taken back."""
    if digests.is_digest(row):
        return digests.fill(row, known)
    said = still_said(row.kind, row.context, known)
    return None if said is None else KINDS[row.kind].fill(said, row.recipient)


def _hand_over(row: Notification, context: dict, server: mail.Connection) -> None:
    varying = digests.varying(row) if digests.is_digest(row) else KINDS[row.kind].varying
    mail.send(
        KINDS[row.kind].template,
        to=row.email,
        context=context | stopping.ways_out(row),
        varying=(*varying, *stopping.OWN) if varying else (),
        headers={"Message-ID": row.message_id},
        connection=server,
    )


def _reason_not_to_send(row: Notification) -> str:
    recipient = row.recipient
    if recipient and not recipient.is_active:
        return _("compte inactif")
    if recipient and recipient.is_demonstration and not recipient.is_staff:
        # Invented, at an address that cannot exist: a mail server would only bounce it.
        return _("personne de démonstration")
    if row.attempts > MAX_ATTEMPTS:
        # Each attempt killed its worker before it could say so.
        return _("trop d’essais interrompus")
    try:
        validate_email(row.email)
    except ValidationError:
        return _("adresse invalide")
    return ""


def _reason_not_to_write(row: Notification, suppressed: Suppression | None) -> str:
    """Last, since what is asked at the door takes the one try of the day."""
    if suppressed is None:
        return ""
    kind = KINDS[row.kind]
    is_asked = kind.group == DOOR
    if suppressing.may_pass(suppressed, is_asked=is_asked, is_essential=kind.essential and not is_asked):
        return ""
    return str(suppressed.get_reason_display())


def _understand(error: Exception) -> tuple[Failure, str]:
    """What an error means, in words without address or text."""
    name = type(error).__name__
    match error:
        case NotNow():
            return Failure.HIDDEN, _("plus affiché pour le moment")
        case SMTPRecipientsRefused() | SMTPDataError():
            code, said = _answer(error)
            return _by_code(code, said), f"{name} {code}"
        case SMTPServerDisconnected():
            return Failure.CUT, name
        case SMTPResponseException():
            logger.warning("The mail server refuses us: %s %s.", name, error.smtp_code)
            return Failure.SERVER, f"{name} {error.smtp_code}"
        case SMTPException() | OSError():
            logger.warning("The mail server does not answer: %s.", name)
            return Failure.SERVER, name
    # A mistake of ours. The error's own words may hold an address: only where it happened is logged.
    logger.error("A message could not be made: %s\n%s", name, "".join(traceback.format_tb(error.__traceback__)))
    return Failure.OURS, name


def _answer(error: SMTPRecipientsRefused | SMTPDataError) -> tuple[int, bytes | str]:
    return max(error.recipients.values()) if isinstance(error, SMTPRecipientsRefused) else error.args


def _by_code(code: int, said: bytes | str) -> Failure:
    words = said.decode(errors="replace") if isinstance(said, bytes) else said
    if _FULL.match(words.strip()):
        return Failure.FULL
    return Failure.PERMANENT if 500 <= code < 600 else Failure.BUSY


def _give_up(row: Notification, reason: str) -> None:
    Notification.objects.filter(pk=row.pk, sent_at=None).update(failed_at=timezone.now(), failure=reason[:200])


def _try_later(row: Notification, reason: str, wait: timedelta) -> None:
    later = timezone.now() + wait
    Notification.objects.filter(pk=row.pk, sent_at=None).update(claimed_at=None, due_at=later, failure=reason[:200])


def _give_back(rows: list[Notification]) -> None:
    """As if they had not been claimed: one statement, for they were all claimed at the same moment."""
    if rows:
        Notification.objects.filter(
            pk__in=[row.pk for row in rows], sent_at=None, claimed_at=rows[0].claimed_at
        ).update(claimed_at=None, attempts=F("attempts") - 1)
