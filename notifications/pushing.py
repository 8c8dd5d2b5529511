"""Telling devices: what is due is handed to each device of its member, then to the services of browsers' makers.

As `delivery` does with messages: rows are claimed, the claim is committed, the request leaves, the row is erased.
Between the service's yes and our mark stands one statement; a worker that dies there leaves a push to be sent again,
under the same topic, which a device shows in place of the first.
"""

import base64
import hmac
import json
import logging
import threading
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone, translation
from pywebpush import WebPusher

from core import mail
from core.fetch import FetchFailed, Lines, Reason, Reply
from notifications import hushing, pace, vapid
from notifications.kinds import KINDS
from notifications.models import Push, PushSubscription
from notifications.subjects import Known, NotNow, still_said, subject_of

logger = logging.getLogger(__name__)

#: How long a claim holds: a sweep and its last requests take far less.
LEASE = timedelta(minutes=5)
#: Notifications handed out, and pushes claimed, together.
BATCH = 200
#: How long one sweep works.
SWEEP = timedelta(seconds=20)
#: Requests under way at the same time: each waits for its service nearly all along.
LINES = 8
#: Seconds that one request may take.
PATIENCE = 8
#: Older than this, what happened is told by the bell alone.
LIFE = timedelta(days=1)
#: Time between an attempt and the next one.
BACK_OFF = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 4 * 60)]
MAX_ATTEMPTS = len(BACK_OFF) + 1
#: A device that nothing reached for so long is forgotten.
FORGET_AFTER = timedelta(days=14)
#: Characters of what happened: a screen shows two lines of it.
_SHOWN = 180
#: Bytes: what is encrypted is as long as a multiple of this, so that its length says little.
_BLOCK = 512
#: A topic has 32 letters at most: 24 bytes.
_TOPIC_BYTES = 24

_HAND_OUT = """
WITH due AS (
    SELECT id, recipient_id, push_due_at FROM notifications_notification
    WHERE push_due_at <= %(now)s::timestamptz AND pushed_at IS NULL
    ORDER BY push_due_at, id LIMIT %(batch)s::int FOR NO KEY UPDATE SKIP LOCKED
), handed AS (
    INSERT INTO notifications_push (notification_id, subscription_id, due_at)
    SELECT due.id, device.id, due.push_due_at FROM due
    JOIN members_opensession session ON session.member_id = due.recipient_id
    JOIN notifications_pushsubscription device ON device.session_id = session.id
    WHERE device.made_for = %(key)s::varchar
    ON CONFLICT DO NOTHING
)
UPDATE notifications_notification told SET pushed_at = %(now)s::timestamptz FROM due WHERE told.id = due.id
"""


class Outcome(Enum):
    """What became of a push, and what that says of its device and of the others of the same service."""

    TAKEN = auto()
    POINTLESS = auto()
    """It will never be taken."""
    SILENCE = auto()
    """The service takes nothing at the moment."""
    NO_DEVICE = auto()
    """There is no such device any more."""
    UNTRIED = auto()
    """Its service was silent just before, or time was over."""


@dataclass(frozen=True)
class _Said:
    """What one device is told, to be encrypted and sent by any thread."""

    push: Push
    text: bytes
    topic: str
    ttl: timedelta

    @property
    def service(self) -> str:
        return urlsplit(self.push.subscription.endpoint).netloc


def push_due() -> int:
    """Send what is due to devices, for one `SWEEP` at most. Returns how many were taken.

    Any number of these may run at once.
    """
    total = 0
    until = timezone.now() + SWEEP
    while vapid.public_key() and timezone.now() < until:
        handed, batch = _hand_out(), _claim()
        total += _send_all(batch, until)
        if handed < BATCH and len(batch) < BATCH:
            break
    return total


def _hand_out() -> int:
    """A `Push` for each device of those whose notifications are due: once. Returns how many notifications."""
    with connection.cursor() as cursor:
        cursor.execute(_HAND_OUT, {"now": timezone.now(), "batch": BATCH, "key": vapid.public_key()})
        return cursor.rowcount


@transaction.atomic(durable=True)
def _claim() -> list[Push]:
    """Take rows for us alone, committed before anything is sent."""
    now = timezone.now()
    batch = list(
        Push.objects.filter(Q(claimed_at=None) | Q(claimed_at__lt=now - LEASE), due_at__lte=now)
        .order_by("due_at", "id")
        .select_related("notification__recipient", "subscription")
        .select_for_update(skip_locked=True, of=("self",))[:BATCH]
    )
    Push.objects.filter(pk__in=[push.pk for push in batch]).update(claimed_at=now, attempts=F("attempts") + 1)
    for push in batch:
        push.claimed_at = now
        push.attempts += 1
    return batch


def _send_all(batch: list[Push], until: datetime) -> int:
    """Send claimed pushes, several at a time, each marked as soon as its service answered. Returns how many were taken.

    What cannot be begun in time, or finds its service silent, is given back.
    """
    with translation.override(settings.LANGUAGE_CODE):
        all_said = list(_worth_saying(batch))
    taken = 0
    mine = threading.local()
    #: Services that take nothing at the moment, and how long they asked us to wait.
    silent: dict[str, timedelta] = {}
    with ExitStack() as opened, ThreadPoolExecutor(max_workers=LINES) as pool:

        def attempt(said: _Said) -> Outcome:
            if said.service in silent or timezone.now() > until:
                return Outcome.UNTRIED
            if not hasattr(mine, "lines"):
                mine.lines = opened.enter_context(Lines(trusted=settings.PUSH_NETWORKS))
            outcome, wait = _hand_over(said, mine.lines)
            if outcome is Outcome.SILENCE:
                silent[said.service] = max(wait, silent.get(said.service, BACK_OFF[0]))
            return outcome

        tries = {pool.submit(attempt, said): said for said in all_said}
        try:
            for done in as_completed(tries):
                said, outcome = tries[done], done.result()
                _mark(said.push, outcome, silent.get(said.service, timedelta(0)))
                taken += outcome is Outcome.TAKEN
        except BaseException:
            # What nobody can mark is not sent.
            pool.shutdown(cancel_futures=True)
            raise
    return taken


# --- What is said ----------------------------------------------------------------------------------------------------


def _worth_saying(batch: list[Push]) -> Iterator[_Said]:
    """What is still to be said; the others are erased, or put off: nobody is woken up, or nobody can tell yet."""
    known: Known = {}
    now = timezone.now()
    mornings = pace.quiet_until({push.notification.recipient_id for push in batch}, now)
    unwanted = hushing.unwanted(push.notification for push in batch)
    for push in batch:
        if push.notification_id in unwanted:
            _erase(push)
            continue
        morning = mornings.get(push.notification.recipient_id)
        if morning and not _is_pressing(push, known, now):
            _give_back(push, morning)
            continue
        try:
            said = _said(push, known)
        except NotNow:
            _put_off(push)
        except Exception as error:
            # A mistake of ours: where it happened is logged, never its words.
            where = "".join(traceback.format_tb(error.__traceback__))
            logger.error("A push could not be made: %s\n%s", type(error).__name__, where)
            _put_off(push)
        else:
            if said is None:
                _erase(push)
            else:
                yield said


def _is_pressing(push: Push, known: Known, now: datetime) -> bool:
    """It is about what begins within a day."""
    subject = subject_of(push.notification.context, known)
    return subject is not None and subject.is_pressing(now)


def _said(push: Push, known: Known) -> _Said | None:
    """None when it is too late for it, or it was read meanwhile, or is not true any more. Raises NotNow."""
    row = push.notification
    kind, recipient, now = KINDS[row.kind], row.recipient, timezone.now()
    ttl = LIFE - (now - row.push_due_at)
    is_late = ttl <= timedelta(0) or kind.is_stale(row.context, written_at=row.created_at, now=now)
    is_nobody = not recipient.is_active or recipient.is_demonstration
    context = None if is_late or is_nobody or row.seen_at else still_said(row.kind, row.context, known)
    if context is None:
        return None
    topic = _topic(push)
    said = {
        "title": settings.SITE_NAME,
        "body": _short(kind.headline(mail.site() | kind.fill(context, recipient))),
        "url": reverse("notification_open", args=[row.pk]),
        "tag": topic,
    }
    text = json.dumps(said, ensure_ascii=False).encode()
    return _Said(push, text.ljust(-(-len(text) // _BLOCK) * _BLOCK), topic, ttl)


def _topic(push: Push) -> str:
    """What is about the same thing has one topic: the last of it replaces what the device has not shown yet.

    Each device has its own, so that no service can tell who hears of the same things.
    """
    row = push.notification
    said = (row.about or row.key).encode()
    digest = hmac.digest(push.subscription.auth.encode(), said, "sha256")
    return base64.urlsafe_b64encode(digest[:_TOPIC_BYTES]).decode()


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1].rstrip()}…"


# --- How it goes -----------------------------------------------------------------------------------------------------


def _hand_over(said: _Said, lines: Lines) -> tuple[Outcome, timedelta]:
    """One attempt, without the database: what became of it, and how long its service asks us to wait.

    Neither the device's address nor the text is ever logged.
    """
    device = said.push.subscription
    keys = {"p256dh": device.p256dh, "auth": device.auth}
    try:
        body = WebPusher({"endpoint": device.endpoint, "keys": keys}).encode(said.text)["body"]
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Encoding": "aes128gcm",
            "TTL": str(max(int(said.ttl.total_seconds()), 1)),
            "Topic": said.topic,
        }
        reply = lines.post(
            device.endpoint, body=body, headers=headers | vapid.signed(device.endpoint), seconds=PATIENCE
        )
    except FetchFailed as failure:
        return (Outcome.NO_DEVICE if failure.reason is Reason.ADDRESS else Outcome.SILENCE), timedelta(0)
    except Exception as error:
        where = "".join(traceback.format_tb(error.__traceback__))
        logger.error("A push could not be sent: %s\n%s", type(error).__name__, where)
        return Outcome.POINTLESS, timedelta(0)
    return _understand(reply), _asked_to_wait(reply)


def _understand(reply: Reply) -> Outcome:
    """What a service means (RFC 8030, and what the large ones answer)."""
    if 200 <= reply.status < 300:
        return Outcome.TAKEN
    if reply.status in (404, 410):
        return Outcome.NO_DEVICE
    if reply.status in (401, 403):
        # It does not take our signature: a clock, or a key; each device says for which key it was made.
        logger.warning("A push service refuses our signature: %s.", reply.status)
        return Outcome.SILENCE
    return Outcome.SILENCE if reply.status == 429 or reply.status >= 500 else Outcome.POINTLESS


def _asked_to_wait(reply: Reply) -> timedelta:
    """In seconds, as all of them write it; one that names a day waits as others do."""
    seconds = int(reply.retry_after) if reply.retry_after.isascii() and reply.retry_after.isdecimal() else 0
    return min(timedelta(seconds=min(seconds, 10**6)), LIFE)


def _mark(push: Push, outcome: Outcome, wait: timedelta) -> None:
    """One statement after the service's yes."""
    match outcome:
        case Outcome.TAKEN:
            _erase(push)
            if push.subscription.failing_since:
                PushSubscription.objects.filter(pk=push.subscription_id).update(failing_since=None)
        case Outcome.POINTLESS:
            _erase(push)
        case Outcome.NO_DEVICE:
            PushSubscription.objects.filter(pk=push.subscription_id).delete()
        case Outcome.SILENCE:
            _note_silence(push)
            _put_off(push, wait)
        case Outcome.UNTRIED:
            _give_back(push, timezone.now() + wait)


def _note_silence(push: Push) -> None:
    now = timezone.now()
    device = PushSubscription.objects.filter(pk=push.subscription_id)
    if not device.filter(failing_since__lt=now - FORGET_AFTER).delete()[0]:
        device.update(failing_since=Coalesce("failing_since", now))


def _give_back(push: Push, due_at: datetime) -> None:
    """As if it had not been claimed."""
    Push.objects.filter(pk=push.pk, claimed_at=push.claimed_at).update(
        claimed_at=None, attempts=F("attempts") - 1, due_at=due_at
    )


def _put_off(push: Push, wait: timedelta = timedelta(0)) -> None:
    if push.attempts >= MAX_ATTEMPTS:
        _erase(push)
        return
    later = timezone.now() + max(wait, BACK_OFF[push.attempts - 1])
    Push.objects.filter(pk=push.pk).update(claimed_at=None, due_at=later)


def _erase(push: Push) -> None:
    Push.objects.filter(pk=push.pk).delete()
