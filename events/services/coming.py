""" "Je viens": a place is taken, given back, waited for."""

from django.db import transaction
from django.utils.translation import gettext as _

from events.models import Attendance, Event
from events.services.refusals import EventClosed, EventFull
from members.models import Member
from notifications.services import tell


@transaction.atomic
def attend(event: Event, *, by: Member) -> bool:
    """ "Je viens". Returns True the first time and False when the person already came.

    The event's row is locked while its places are counted. Raises EventClosed, or EventFull when none is left.
    """
    event = _locked(event)
    if Attendance.objects.filter(event=event, member=by).exists():
        return False
    if not event.is_open:
        raise EventClosed(_("On ne peut plus s’inscrire à cet événement."))
    if event.places_left == 0:
        raise EventFull(_("C’est complet : la dernière place vient d’être prise."))
    Attendance.objects.create(event=event, member=by)
    event.attendee_count += 1
    if by.pk == event.author_id:
        # Nobody is told of what they did themselves.
        event.attendees_told += 1
    event.save(update_fields=["attendee_count", "attendees_told"])
    tell(by, kind="event_joined", key=f"joined-{event.pk}", context=event.message_context)
    return True


@transaction.atomic
def leave(event: Event, *, by: Member) -> bool:
    """Give the place back. Returns False when there was none."""
    event = _locked(event)
    deleted, _rows = Attendance.objects.filter(event=event, member=by).delete()
    if deleted:
        event.attendee_count -= 1
        # Whoever comes next is told to the organiser again.
        event.attendees_told = min(event.attendees_told, event.attendee_count)
        event.save(update_fields=["attendee_count", "attendees_told"])
    return bool(deleted)


def _locked(event: Event) -> Event:
    return Event.objects.select_for_update(no_key=True, of=("self",)).select_related("initiative").get(pk=event.pk)
