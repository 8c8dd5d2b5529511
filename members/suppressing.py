"""Mailboxes that are not written to any more: nobody is there, or its reader called our messages undesirable.

A mailbox where nobody is gets nothing, but for one try a day of what its owner asks at the door: a code typed back
proves that somebody is there again, and ends it. One whose reader complained gets what the law or safety ask for, and
what is asked at the door, once a day; its reader, or the staff, ends it.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from operator import itemgetter
from smtplib import SMTPRecipientsRefused

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from members.addresses import address_key
from members.models import MailEvent, Suppression

#: How often what is asked at the door is tried at a mailbox that is not written to.
TRIES = timedelta(days=1)
#: What may pass, a full mailbox or a server that mends, counts by days: so many, within so long, and nobody is there.
MOST_DAYS, WITHIN = 3, timedelta(days=30)
#: How long it is remembered that an event was told: far longer than any provider repeats one.
EVENTS_KEPT = timedelta(days=60)

#: What a mail server answers, as RFC 3463 codes it: there is nobody (bad address, moved, closed), or there is no room.
_STATUS = re.compile(r"\b5\.(\d{1,3})\.(\d{1,3})\b")
_NOBODY = {(1, 0), (1, 1), (1, 2), (1, 3), (1, 6), (1, 10), (2, 1)}
_MAYBE = {(2, 0), (2, 2), (4, 4), (4, 7), (0, 0)}
#: The same where a server says no more: the mailbox is unavailable, elsewhere, or wrongly named.
_CODE = re.compile(r"\b(?:550|551|553)\b")

BOUNCE, COMPLAINT = Suppression.Reason.BOUNCE, Suppression.Reason.COMPLAINT


@dataclass(frozen=True)
class Told:
    """What a mail server or provider says of an address. `event` names it, so that it counts once."""

    email: str
    reason: str
    event: str
    #: Whether nobody will ever be there, rather than perhaps.
    is_sure: bool = True


def suppressed(emails: Iterable[str]) -> dict[str, Suppression]:
    """Those of these addresses that are not written to, with why; one query."""
    keys = {email: address_key(email) for email in emails}
    rows = Suppression.objects.filter(address_key__in=set(keys.values()))
    found = {bytes(row.address_key): row for row in rows}
    return {email: found[key] for email, key in keys.items() if key in found}


def may_write(email: str, *, is_asked: bool = False, is_essential: bool = False) -> bool:
    """Whether such a message may leave to this address. `is_asked`: somebody has just typed it to get this."""
    stop = suppressed([email]).get(email)
    return stop is None or may_pass(stop, is_asked=is_asked, is_essential=is_essential)


def may_pass(stop: Suppression, *, is_asked: bool, is_essential: bool) -> bool:
    """Whether such a message may leave all the same. What is asked takes the one try of the day."""
    if stop.reason == COMPLAINT and is_essential:
        return True
    if not is_asked:
        return False
    now = timezone.now()
    free = Q(tried_at=None) | Q(tried_at__lte=now - TRIES)
    return Suppression.objects.filter(free, pk=stop.pk).update(tried_at=now) == 1


def record(told: Iterable[Told]) -> set[bytes]:
    """Write down what was told, and stop writing where it says so. Returns the keys of whose reader complained.

    Each event counts once, whoever repeats it and when; the number of queries does not depend on how many.
    """
    events = {_event_key(each): (address_key(each.email), each) for each in told if each.email}
    now = timezone.now()
    with transaction.atomic():
        known = MailEvent.objects.filter(event_key__in=events).values_list("event_key", flat=True)
        for key in list(known):
            del events[bytes(key)]
        MailEvent.objects.bulk_create(
            [
                MailEvent(event_key=key, address_key=address, reason=each.reason, at=now)
                # In one order, whoever tells: two at once wait for each other in turn.
                for key, (address, each) in sorted(events.items(), key=itemgetter(0))
            ],
            ignore_conflicts=True,
        )
        complaints = {address for address, each in events.values() if each.reason == COMPLAINT}
        gone = {address for address, each in events.values() if each.reason == BOUNCE and each.is_sure}
        doubtful = {address for address, each in events.values() if each.reason == BOUNCE} - gone
        _suppress(gone | _gone_for_days(doubtful), BOUNCE)
        _suppress(complaints, COMPLAINT)
    return complaints


def refused(error: SMTPRecipientsRefused, *, event: str) -> None:
    """A mail server refused these addresses for good; `event` names the attempt."""
    for email, (code, words) in error.recipients.items():
        said = words.decode(errors="replace") if isinstance(words, bytes) else str(words)
        is_sure = is_nobody_there(f"{code} {said}")
        if code >= 500 and is_sure is not None:
            record([Told(email, BOUNCE, event, is_sure=is_sure)])


def is_nobody_there(said: str) -> bool | None:
    """What a refusal says of the mailbox: True, nobody is there; False, perhaps nobody; None, it is about ourselves or
    the message (a policy, a list, a size), and nothing is to be held against the address."""
    statuses = {(int(subject), int(detail)) for subject, detail in _STATUS.findall(said)}
    if statuses:
        return True if statuses & _NOBODY else False if statuses & _MAYBE else None
    return False if _CODE.search(said) else None


def lift(email: str) -> bool:
    """Write to this mailbox again: its reader asks for it, or the staff for them. False when nothing stood against."""
    return Suppression.objects.filter(address_key=address_key(email)).delete()[0] > 0


def lift_all(rows: QuerySet[Suppression]) -> int:
    """The staff lifts these. Returns how many."""
    return rows.delete()[0]


def proved(email: str) -> None:
    """Somebody typed back a code that was sent to this address: somebody is there."""
    Suppression.objects.filter(address_key=address_key(email), reason=BOUNCE).delete()


def forget_mail_events() -> int:
    """Every night: what nobody repeats any more."""
    return MailEvent.objects.filter(at__lt=timezone.now() - EVENTS_KEPT).delete()[0]


def _suppress(keys: set[bytes], reason: str) -> None:
    """A complaint outlasts the rest: it is its reader's own word."""
    rows = [Suppression(address_key=key, reason=reason) for key in sorted(keys)]
    if reason == COMPLAINT:
        Suppression.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["address_key"], update_fields=["reason"]
        )
    else:
        Suppression.objects.bulk_create(rows, ignore_conflicts=True)


def _gone_for_days(keys: set[bytes]) -> set[bytes]:
    """Those of which it was told on enough different days."""
    if not keys:
        return set()
    counted = (
        MailEvent.objects.filter(address_key__in=keys, reason=BOUNCE, at__gte=timezone.now() - WITHIN)
        .values("address_key")
        .annotate(days=Count(TruncDate("at"), distinct=True))
        .filter(days__gte=MOST_DAYS)
    )
    return {bytes(row["address_key"]) for row in counted}


def _event_key(told: Told) -> bytes:
    return hashlib.sha256(told.event.encode()).digest()
