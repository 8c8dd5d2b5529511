"""The waiting list moves by itself: places that are free are kept, in order, for those who wait, until they answer.

All of it under the event's row lock, by the act that frees a place and by a sweep; doing it twice changes nothing.
"""

from datetime import datetime, timedelta
from itertools import groupby

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from core.french import when
from core.jobs import each
from events.models import MOST_GUESTS, Attendance, Event
from events.models.event import LAST_CALL
from events.services.cells import note_square
from events.services.links import each_with_links
from notifications.services import tell_each

#: How long a place is kept for whoever it is offered to.
ANSWER = timedelta(hours=24)
#: Somebody has this long to answer at least, even just before that.
_SHORTEST_ANSWER = timedelta(minutes=30)
_BATCH = 200
#: People moved in one transaction, which holds the event; those who are left are for the next sweep.
_AT_ONCE = 5_000

_WAITING, _OFFERED = Attendance.State.WAITING, Attendance.State.OFFERED


def lock(pk: int) -> Event:
    """The event, locked: its places are counted by one at a time."""
    return Event.objects.select_for_update(no_key=True, of=("self",)).select_related("initiative").get(pk=pk)


def is_last_call(event: Event) -> bool:
    """Whether it starts so soon, or has started, that free places go to the first who come."""
    return event.is_last_call


def is_full(event: Event) -> bool:
    """Whether who comes now waits: no place is left, or others wait for those that are."""
    return not event.has_free_place


def move(event: Event) -> int:
    """End the offers that nobody answered, then offer what is free. To be called with the event locked.

    Strictly in order: who waits first with three guests waits for four places, and nobody passes. A party that became
    larger than the whole event is passed over; it may still come with fewer. Returns how many people it was about.
    """
    rows = Attendance.objects.filter(event=event)
    if not event.is_open:
        # Cancelled, withheld, over: no place is kept, and each keeps their turn in case it opens again.
        return rows.filter(state=_OFFERED).update(state=_WAITING, offer_ends_at=None)
    moved = _end_offers(event, rows)
    if moved:
        event.refresh_from_db(fields=["attendee_count", "held_count", "waiting_count"])
    if event.waiting_count and event.places_left != 0:
        moved += _call(event, rows) if is_last_call(event) else _offer(event, rows)
    return moved


def _end_offers(event: Event, rows: QuerySet[Attendance]) -> int:
    """Who let the time pass leaves the list, and hears of it."""
    ended = rows.filter(state=_OFFERED, offer_ends_at__lte=timezone.now())
    ended = list(ended.order_by("offer_ends_at", "pk")[:_AT_ONCE])
    for until, told in groupby(ended, key=lambda row: row.offer_ends_at):
        key = f"offer-ended-{event.pk}-{until:%Y%m%d%H%M%S}"
        tell_each(each_with_links(event, told, event.message_context), kind="event_offer_ended", key=key)
    return rows.filter(pk__in=[row.pk for row in ended]).delete()[0] if ended else 0


def _offer(event: Event, rows: QuerySet[Attendance]) -> int:
    now = timezone.now()
    waiting = rows.waiting()
    if event.capacity is not None:
        # Nobody takes less than one place: more rows than places are never read.
        waiting = waiting.filter(guests__lt=event.capacity)[: event.places_left]
    chosen, left = [], event.places_left
    for row in waiting[:_AT_ONCE]:
        if left is not None:
            left -= row.people
            if left < 0:
                break
        chosen.append(row)
    until = max(min(now + ANSWER, event.starts_at - LAST_CALL), now + _SHORTEST_ANSWER)
    rows.filter(pk__in=[row.pk for row in chosen]).update(state=_OFFERED, offer_ends_at=until)
    context = event.message_context | {"offer_ends": when(until, event.tz), "offer_ends_at": until.isoformat()}
    key = f"offered-{event.pk}-{until:%Y%m%d%H%M%S}"
    tell_each(each_with_links(event, chosen, context), kind="event_offered", key=key)
    return len(chosen)


def _call(event: Event, rows: QuerySet[Attendance]) -> int:
    """A little before it starts, all who wait hear once that the last places go to the first who come."""
    if event.starts_at <= timezone.now():
        return 0
    called = list(rows.waiting().filter(_not_called(event.starts_at))[:_AT_ONCE])
    rows.filter(pk__in=[row.pk for row in called]).update(called_at=timezone.now())
    # From now on a place is free, without any change of the event itself.
    note_square(event)
    told = each_with_links(event, called, event.message_context)
    tell_each(told, kind="event_last_places", key=f"last-places-{event.pk}-{event.starts_at:%Y%m%d%H%M}")
    return len(called)


def _not_called(starts_at: datetime | F) -> Q:
    """Who was not told of the last places, or of those of another hour, before it was put off."""
    return Q(called_at=None) | Q(called_at__lt=starts_at - LAST_CALL)


def move_lists() -> int:
    """For the sweep: every list that has something to do. Returns how many people moved."""
    return sum(each(due.order_by("pk"), _move, most=_BATCH) for due in _due())


@transaction.atomic
def _move(pk: int) -> int:
    return move(lock(pk))


def _due() -> list[QuerySet[Event]]:
    now = timezone.now()
    hidden = Q(event__published_at=None) | Q(event__withheld_at__isnull=False)
    closed = hidden | Q(event__cancelled_at__isnull=False) | Q(event__ends_at__lte=now)
    ended = Attendance.objects.filter(Q(offer_ends_at__lte=now) | closed, state=_OFFERED)
    mine = Attendance.objects.waiting().filter(event=OuterRef("pk"))
    first = mine.filter(Q(guests__lt=OuterRef("capacity")) | Q(event__capacity=None)).values("guests")[:1]
    awaited = Event.objects.coming().filter(waiting_count__gt=0).with_room()
    return [
        Event.objects.filter(pk__in=ended.order_by().values("event")),
        # Where the first who waits fits in, and no other: a list that waits for more places is not read each time.
        awaited.filter(starts_at__gte=now + LAST_CALL)
        .alias(first=Coalesce(Subquery(first), MOST_GUESTS + 1))
        .filter(
            Q(capacity=None)
            | Q(first__lte=MOST_GUESTS, capacity__gt=F("attendee_count") + F("held_count") + F("first"))
        ),
        awaited.filter(starts_at__gt=now, starts_at__lt=now + LAST_CALL).filter(
            Exists(mine.filter(_not_called(F("event__starts_at"))))
        ),
    ]
