"""The streets of events are looked for: who asks, how often, and what becomes of the answer."""

import hashlib
import logging
import time
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from core.jobs import each
from core.limits import Window, hit, hold, is_held
from events.access import organisers_of
from events.geocoding import Found, Unavailable, find
from events.models import Event
from events.places import is_stray
from notifications.services import tell_many

logger = logging.getLogger(__name__)

#: Requests in a second of the database's clock, by all workers together. The service allows 50 in any second: two
#: halves of such seconds hold no more.
A_SECOND = 25
#: An address that waits for so long is one that a killed worker has left.
LEASE = timedelta(minutes=5)
#: Minutes before each new attempt, when the service is down; then the centre of the commune stays.
WAITS = (1, 5, 15, 60, 4 * 60, 12 * 60, 24 * 60)
_BATCH = 500
#: Seconds of one round: the workers have more to do than to wait for streets.
_ROUND = 10
_PAUSE = "geocoder"


@dataclass
class _Round:
    """The time that one worker has. The first request that the service fails ends it: it may fail them all, slowly."""

    ends_at: float

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self.ends_at


def locate() -> int:
    """Look for the addresses that wait. Returns how many were found; none while the service asks to be left alone."""
    if not settings.GEOCODER_URL or is_held(_PAUSE):
        return 0
    due = Event.objects.public().filter(geocode_after__lte=timezone.now(), cancelled_at=None)
    due = due.filter(ends_at__gt=timezone.now()).order_by("geocode_after", "pk")
    return each(due, _locate, _Round(time.monotonic() + _ROUND), most=_BATCH)


def _locate(pk: int, turn: _Round) -> bool:
    # Asked before the claim, which counts as a try.
    if turn.is_over or is_held(_PAUSE):
        return False
    # No transaction is open while the service answers: the claim is a lease.
    now = timezone.now()
    claimed = Event.objects.filter(pk=pk, geocode_after__lte=now).update(
        geocode_after=now + LEASE, geocode_tries=F("geocode_tries") + 1
    )
    if not claimed:
        return False
    event = Event.objects.select_related("commune__department", "series").get(pk=pk)
    if event.commune is None:
        return False
    _wait_for_turn()
    try:
        found = find(event.address, event.commune)
    except Unavailable as error:
        turn.ends_at = time.monotonic()
        _try_later(event, error)
        return False
    if found is None or is_stray((found.latitude, found.longitude), event.commune):
        _say_not_found(event)
        return False
    return bool(_put(event, found))


def _wait_for_turn() -> None:
    """Returns when one more request may leave, whatever the number of workers."""
    while hit([Window("geocoder", 1)])[0] > A_SECOND:
        time.sleep(0.05)


def _asked_for(event: Event) -> QuerySet[Event]:
    """It, and the other dates of its series that say the same, as long as nobody changed them meanwhile."""
    same = Q(pk=event.pk) | Q(series=event.series_id, series__isnull=False)
    asked = Event.objects.filter(same, address=event.address, commune=event.commune, geocode_after__isnull=False)
    return asked.exclude(precision=Event.Precision.HAND)


@transaction.atomic
def _put(event: Event, found: Found) -> int:
    # In one order, as whoever changes a series does.
    rows = _asked_for(event).order_by("pk").select_for_update(no_key=True, of=("self",))
    return Event.objects.filter(pk__in=list(rows.values_list("pk", flat=True))).update(
        latitude=found.latitude,
        longitude=found.longitude,
        precision=found.precision,
        geocode_after=None,
        # Calendars show the point; nobody has to be told of it.
        sequence=F("sequence") + 1,
        updated_at=timezone.now(),
    )


@transaction.atomic
def _say_not_found(event: Event) -> None:
    rows = _asked_for(event).order_by("pk").select_for_update(no_key=True, of=("self",))
    pks = list(rows.values_list("pk", flat=True))
    Event.objects.filter(pk__in=pks).update(geocode_after=None)
    if event.pk not in pks:
        return
    written = hashlib.sha256(f"{event.commune_id} {event.address}".encode()).hexdigest()[:16]
    tell_many(
        organisers_of(event)[:1],
        kind="event_not_found_on_map",
        key=f"unfound-{f's{event.series_id}' if event.series_id else event.pk}-{written}",
        context=event.message_context | {"address": event.address, "commune": event.commune.label},
    )


def _try_later(event: Event, error: Unavailable) -> None:
    if error.patience:
        hold(_PAUSE, seconds=error.patience)
    tried = event.geocode_tries
    if tried > len(WAITS):
        # The address itself is not said: it may be somebody's home.
        logger.warning("The address service answers nothing usable for event %s: %s.", event.pk, error)
        _asked_for(event).filter(pk=event.pk).update(geocode_after=None)
        return
    later = timezone.now() + timedelta(minutes=WAITS[tried - 1])
    _asked_for(event).filter(pk=event.pk).update(geocode_after=later)
