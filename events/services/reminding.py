"""The day before, those who come are asked once whether they still do."""

from datetime import datetime, time, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from core.jobs import each, is_alone
from events.models import Attendance, Event
from events.services.links import each_with_links
from notifications.services import tell_each

#: People read a reminder between these hours of the event's own clocks.
EARLIEST, LATEST = time(9), time(19)
_NIGHT = time(21)
#: Later than this, it is of no use.
_TOO_LATE = timedelta(hours=3)
#: The earliest reminder of all, at 19:00 for what begins at midnight a day later, leaves 29 hours before.
_SOONEST = timedelta(hours=30)
_BATCH = 200


def due_at(event: Event) -> datetime:
    """The day before at the hour of its start, by its own clocks, or the nearest decent hour of that day."""
    start = event.local_start
    hour = min(max(start.time().replace(second=0, microsecond=0), EARLIEST), LATEST)
    return datetime.combine(start.date() - timedelta(days=1), hour, event.tz)


def remind_of_tomorrow() -> int:
    """Ask those who come to what is held tomorrow. Returns how many people were counted on."""
    now = timezone.now()
    soon = Event.objects.public().filter(
        cancelled_at=None, attendee_count__gt=0, starts_at__gt=now + _TOO_LATE, starts_at__lt=now + _SOONEST
    )
    # Reminded more than two days before it starts: it was of another day, and was moved since.
    unsaid = soon.filter(Q(reminded_at=None) | Q(reminded_at__lt=F("starts_at") - timedelta(days=2)))
    due = [event.pk for event in unsaid.only("starts_at", "time_zone").order_by().iterator() if _is_due(event, now)]
    return each(Event.objects.filter(pk__in=due).order_by("starts_at", "pk"), _remind, now, most=len(due))


def _is_due(event: Event, now: datetime) -> bool:
    here = now.astimezone(event.tz).time()
    return due_at(event) <= now and EARLIEST <= here < _NIGHT


@transaction.atomic
def _remind(pk: int, now: datetime) -> int:
    if not is_alone("events-reminder", pk):
        return 0
    event = Event.objects.for_cards().filter(pk=pk).first()
    if event is None or not event.is_open or event.starts_at <= now + _TOO_LATE or not _is_due(event, now):
        return 0
    if event.reminded_at and event.reminded_at >= event.starts_at - timedelta(days=2):
        return 0
    people = Attendance.objects.coming().filter(event=event).only("event_id", "member_id", "state").iterator(1000)
    key = f"tomorrow-{event.pk}-{event.starts_at:%Y%m%d%H%M}"
    context = event.message_context | {"stands": event.stands}
    tell_each(each_with_links(event, people, context), kind="event_tomorrow", key=key)
    # Held at the end alone: nobody who comes or leaves waits for the messages of thousands.
    same = Event.objects.public().filter(pk=pk, starts_at=event.starts_at, cancelled_at=None)
    if not same.update(reminded_at=now):
        transaction.set_rollback(True)
        return 0
    return event.attendee_count
