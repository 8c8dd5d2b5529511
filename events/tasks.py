"""What happens later: supporters hear of a new event, organisers of those who come, participants of a cancellation."""

import logging
from datetime import timedelta

from celery import shared_task
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from core.jobs import each
from events.models import CalendarSource, Event
from events.services import (
    asking,
    cells,
    counting,
    geocoding,
    letters,
    messaging,
    partners,
    posters,
    reminding,
    reporting,
    telling,
    waiting,
)
from initiatives.services import announcing
from notifications.services import tell

logger = logging.getLogger(__name__)

#: An organiser hears of new participants at most this often.
TELL_EVERY = timedelta(hours=1)
_BATCH = 200


@shared_task
def announce_events() -> int:
    """Tell the supporters of each newly published event, once. Returns how many events were announced."""
    announced = telling.announce()
    announcing.tell_supporters()
    return announced


@shared_task
def tell_organisers() -> int:
    """Tell organisers who comes, at most once an hour each event. Returns how many were told."""
    now = timezone.now()
    due = (
        Event.objects.coming()
        .filter(attendee_count__gt=F("attendees_told"))
        .filter(Q(attendees_told_at=None) | Q(attendees_told_at__lte=now - TELL_EVERY))
    )
    return each(due.order_by("pk"), _tell_organiser, now, most=_BATCH)


@transaction.atomic
def _tell_organiser(pk: int, now) -> bool:
    claimed = (
        Event.objects.filter(pk=pk, attendee_count__gt=F("attendees_told"))
        .filter(Q(attendees_told_at=None) | Q(attendees_told_at__lte=now - TELL_EVERY))
        .update(attendees_told=F("attendee_count"), attendees_told_at=now)
    )
    if not claimed:
        return False
    event = Event.objects.for_cards().get(pk=pk)
    if event.author is None:
        return False
    tell(
        event.author,
        kind="event_attended",
        key=f"attended-{event.pk}-{now.isoformat()}",
        context=event.message_context | {"count": event.attendees_told},
    )
    return True


@shared_task
def send_attend_links() -> int:
    """Every second: write to the visitors who said "je viens". Returns how many messages left."""
    return asking.send_links()


@shared_task
def move_waiting_lists() -> int:
    """Every few seconds: what is free is offered to who waits; what nobody answered is free. Returns how many moved."""
    return waiting.move_lists()


@shared_task
def remind_of_tomorrow() -> int:
    """Every few minutes: the day before, those who come are asked once. Returns how many people."""
    return reminding.remind_of_tomorrow()


@shared_task
def forget_attendances() -> int:
    """Every night: erase what was never confirmed, and who waited in vain."""
    return asking.forget()


@shared_task
def reconcile_attendances() -> int:
    """Every night: recount everything, repair, and report any drift."""
    drifts = counting.reconcile()
    if drifts:
        said = ", ".join(f"{drift.event_id} ({drift.shown} shown, {drift.rows} rows)" for drift in drifts[:20])
        logger.error("The numbers of %d events had drifted: %s", len(drifts), said)
    return len(drifts)


@shared_task
def tell_cancellations() -> int:
    """Tell those who were coming that it will not take place, once. Returns how many events were told."""
    return telling.tell_cancellations()


@shared_task
def tell_changes() -> int:
    """Tell those who come that the hour or the place is another, once. Returns how many events were told."""
    return telling.tell_changes()


@shared_task
def tell_hidden() -> int:
    """Tell those who come that it is not shown any more, then that it is again. Returns how many events were told."""
    return telling.tell_hidden()


@shared_task
def locate_addresses() -> int:
    """Ask the national address service where new addresses are. Returns how many it found."""
    return geocoding.locate()


@shared_task
def ask_for_reports() -> int:
    """Ask organisers what came of their event, an hour after its end and once more. Returns how many were asked."""
    return reporting.ask_organisers()


@shared_task
def tell_reports() -> int:
    """Tell of each new report those who came and the supporters, once. Returns how many reports."""
    return reporting.tell_untold()


@shared_task
def tell_messages() -> int:
    """Send what organisers write to those who come, once. Returns how many messages."""
    return messaging.tell_untold()


@shared_task
def forget_messages() -> int:
    """Every night: what organisers wrote long ago, and what was written to them, is erased. Returns how many."""
    return messaging.forget() + letters.forget()


@shared_task
def place_report_photos() -> int:
    """Every few minutes: files of photos that a failure left public, or hidden, go where they should be."""
    return reporting.place_photos()


@shared_task
def forget_report_photos() -> int:
    """Every night: files of photos that are gone are erased. Returns how many."""
    return reporting.forget_photos()


@shared_task
def read_partner_calendars() -> int:
    """Read the partners' calendars that are due, each once. Returns how many were tried."""
    return each(CalendarSource.objects.due().order_by("next_fetch_at"), partners.read_again, most=20)


@shared_task
def remove_partner_calendars() -> int:
    """Erase the events of calendars whose removal was asked for, then the calendars. Returns how many events."""
    gone = each(Event.objects.filter(source__removal_asked_at__isnull=False).order_by("pk"), partners.drop, most=2000)
    each(CalendarSource.objects.exclude(removal_asked_at=None).order_by("pk"), partners.forget, most=20)
    return gone


@shared_task
def count_map() -> int:
    """What is over leaves the map, and squares where something changed are counted again. Returns how many."""
    cells.leave_map()
    return cells.count_squares()


@shared_task
def draw_posters() -> int:
    """Draw the posters that were asked for. Returns how many were drawn."""
    return each(posters.to_draw(), posters.draw, most=100)


@shared_task
def forget_posters() -> int:
    """Every night: erase the posters that nobody needs any more, and files of none. Returns how many."""
    return each(posters.to_forget(), posters.forget, most=5000) + posters.forget_orphans()
