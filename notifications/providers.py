"""What the operator's mail provider tells of the messages it carried, whichever it is (django-anymail reads them all).

A bounce or a complaint ends in `members.suppressing`; whoever complains gets no digest any more either. Nothing of what
is told is kept or logged but that: neither who opened a message, nor who followed a link.
"""

import logging
import re
from collections.abc import Iterator

from anymail.exceptions import AnymailConfigurationError
from anymail.signals import AnymailTrackingEvent, EventType, RejectReason
from django.core.exceptions import SuspiciousOperation
from django.db import transaction
from django.http import HttpRequest

from members import suppressing
from members.suppressing import BOUNCE, COMPLAINT, Told
from notifications.readers import READERS
from notifications.stopping import refuse_digests

logger = logging.getLogger(__name__)

#: Where providers write how they judge a bounce themselves, and what they write there when nobody will ever be there.
_JUDGED_IN = ("event", "Type", "type", "bounceType", "hard_bounce")
_HARD = re.compile(r"hard.?bounce|permanent|true", re.IGNORECASE)


class Unreadable(SuspiciousOperation):
    """What was posted is not what this provider posts."""


def receive(provider: str, request: HttpRequest) -> None:
    """Take what this provider, one of `settings.MAIL_PROVIDERS`, posted; repeated, it changes nothing.

    Raises SuspiciousOperation when its signature is wrong, or when it cannot be read.
    """
    told = [each for event in _events(provider, request) for each in _told(provider, event)]
    with transaction.atomic():
        complaints = suppressing.record(told)
        if complaints:
            refuse_digests(complaints)


def _events(provider: str, request: HttpRequest) -> list[AnymailTrackingEvent]:
    reader = READERS[provider]()
    reader.setup(request)
    reader.run_validators(request)
    try:
        events = reader.parse_events(request)
    except AnymailConfigurationError:
        raise
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        # Its words may hold an address.
        logger.error("%s posts what cannot be read: %s.", provider, type(error).__name__)
        raise Unreadable("What a mail provider posted cannot be read.") from None
    return [event for event in events if isinstance(event, AnymailTrackingEvent)]


def _told(provider: str, event: AnymailTrackingEvent) -> Iterator[Told]:
    """What is kept of an event: nothing of most."""
    reason, is_sure = _judged(event)
    if not (reason and event.recipient):
        return
    # Some give their events no name: then it is what happened to which message, and when.
    name = event.event_id or f"{event.message_id} {event.timestamp}"
    yield Told(event.recipient, reason, f"{provider} {event.event_type} {name} {event.recipient}", is_sure=is_sure)


def _judged(event: AnymailTrackingEvent) -> tuple[str | None, bool]:
    """Why an address is not to be written to any more, and whether that is sure; None when it is."""
    match event.event_type, event.reject_reason:
        case (EventType.COMPLAINED | EventType.UNSUBSCRIBED, _) | (EventType.REJECTED, RejectReason.SPAM):
            return COMPLAINT, True
        case (EventType.BOUNCED | EventType.REJECTED, RejectReason.INVALID):
            return BOUNCE, True
        case (EventType.BOUNCED, RejectReason.SPAM | RejectReason.BLOCKED):
            # The reader's own server judged the message, not its reader.
            return None, False
        case (EventType.BOUNCED, _) | (EventType.REJECTED, RejectReason.BOUNCED):
            return _bounced(event)
    return None, False


def _bounced(event: AnymailTrackingEvent) -> tuple[str | None, bool]:
    said = event.mta_response or ""
    if any(character.isdigit() for character in said):
        nobody = suppressing.is_nobody_there(said)
        return (None, False) if nobody is None else (BOUNCE, nobody)
    # Without the mail server's own words, as the provider judges it.
    judged = [event.description, *(event.esp_event.get(name) for name in _JUDGED_IN)]
    return BOUNCE, any(_HARD.search(str(each)) for each in judged if each)
