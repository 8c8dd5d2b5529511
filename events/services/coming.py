""" "Je viens": a place is taken, waited for, changed, given back. Always under the event's row lock."""

from django.db import transaction
from django.db.models import F, Max
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from events.models import Attendance, Event
from events.services.links import links_of
from events.services.refusals import EventClosed, PartyTooLarge
from events.services.waiting import is_full, is_last_call, lock, move
from members.addresses import address_key
from members.models import Member
from notifications.services import tell

_COMING, _WAITING = Attendance.State.COMING, Attendance.State.WAITING


@transaction.atomic
def attend(event: Event, *, by: Member, guests: int = 0) -> Attendance:
    """ "Je viens", with so many guests: a place when there is one, else a turn on the waiting list.

    Whoever has one is offered it: this takes it. Saying it again changes nothing. Raises EventClosed, or PartyTooLarge
    when places are left, but fewer than they are.
    """
    event = lock(event.pk)
    mine = Attendance.objects.filter(event=event, member=by).first()
    if mine and mine.is_coming:
        return mine
    _refuse_closed(event)
    if mine is None:
        mine = Attendance(event=event, member=by, guests=guests)
        seat(event, mine)
    elif mine.is_offered or (is_last_call(event) and _fits(event, mine.people)):
        mine.state, mine.queue_number, mine.offer_ends_at = _COMING, None, None
        mine.save(update_fields=["state", "queue_number", "offer_ends_at"])
        _after_coming(event, mine)
    return mine


def seat(event: Event, attendance: Attendance) -> None:
    """Save the attendance of somebody who had none, with a place or a turn, and tell them. The event is locked.

    What they typed is erased. Raises PartyTooLarge.
    """
    if not is_full(event) and _fits(event, attendance.people):
        attendance.state = _COMING
    else:
        _refuse_too_large(event, attendance.people)
        attendance.state, attendance.queue_number = _WAITING, _next_turn(event)
    attendance.email = attendance.first_name = attendance.consent_version = ""
    attendance.address_key = None
    attendance.save()
    if attendance.is_coming:
        _after_coming(event, attendance)
    else:
        context = event.message_context | links_of(event, attendance)
        tell(attendance.member_id, kind="event_waiting", key=f"waiting-{event.pk}", context=context)


def _after_coming(event: Event, attendance: Attendance) -> None:
    if attendance.member_id == event.author_id:
        # Nobody is told of what they did themselves.
        Event.objects.filter(pk=event.pk).update(attendees_told=F("attendees_told") + attendance.people)
    context = event.message_context | links_of(event, attendance)
    tell(attendance.member_id, kind="event_joined", key=f"joined-{event.pk}", context=context)


@transaction.atomic
def bring(event: Event, *, by: Member, guests: int) -> bool:
    """Come with so many guests instead. False when it changes nothing, or there is nothing to change.

    Who waits keeps their turn. Raises EventClosed, or PartyTooLarge when places lack, or others wait for them.
    """
    event = lock(event.pk)
    mine = Attendance.objects.filter(event=event, member=by).first()
    if mine is None or mine.guests == guests:
        return False
    _refuse_closed(event)
    more = guests - mine.guests
    if more > 0 and mine.is_waiting:
        _refuse_beyond_all(event, 1 + guests)
    elif more > 0:
        _refuse_more(event, more)
    mine.guests = guests
    mine.save(update_fields=["guests"])
    if more > 0 and mine.is_coming and by.pk == event.author_id:
        Event.objects.filter(pk=event.pk).update(attendees_told=F("attendees_told") + more)
    _again(event)
    return True


@transaction.atomic
def leave(event: Event, *, by: Member) -> bool:
    """Give the place, the offer or the turn back, and what their address asked for. False when there was nothing.

    Allowed at any time: it is one's own. The place is offered to the first who waits.
    """
    event = lock(event.pk)
    rows = Attendance.objects.filter(event=event)
    rows.pending().filter(address_key=address_key(by.email)).delete()
    deleted, _rows = rows.filter(member=by).delete()
    if deleted:
        _again(event)
    return deleted > 0


def still_coming(event: Event, *, by: Member) -> bool:
    """ "Je viens toujours", the day before: the organiser can count on them. False when they do not come."""
    return bool(Attendance.objects.coming().filter(event=event, member=by).update(answered_at=timezone.now()))


def _again(event: Event) -> None:
    """The database has counted: what is free now is offered."""
    event.refresh_from_db(fields=["attendee_count", "held_count", "waiting_count"])
    move(event)


def _next_turn(event: Event) -> int:
    last = Attendance.objects.filter(event=event, queue_number__isnull=False)
    return last.aggregate(next=Coalesce(Max("queue_number"), 0) + 1)["next"]


def _fits(event: Event, people: int) -> bool:
    return event.places_left is None or people <= event.places_left


def _refuse_closed(event: Event) -> None:
    if not event.is_open:
        raise EventClosed(_("On ne peut plus s’inscrire à cet événement."))


def _refuse_too_large(event: Event, people: int) -> None:
    """A few places are left, for fewer people: they would wait beside them, and keep others from them."""
    _refuse_beyond_all(event, people)
    left = event.places_left
    if not is_full(event):
        raise PartyTooLarge(
            ngettext(
                "Il reste %(count)d place : choisissez d’être moins nombreux.",
                "Il reste %(count)d places : choisissez d’être moins nombreux.",
                left,
            )
            % {"count": left}
        )


def _refuse_beyond_all(event: Event, people: int) -> None:
    if event.capacity is not None and people > event.capacity:
        raise PartyTooLarge(
            ngettext(
                "Cet événement n’a que %(count)d place : choisissez d’être moins nombreux.",
                "Cet événement n’a que %(count)d places : choisissez d’être moins nombreux.",
                event.capacity,
            )
            % {"count": event.capacity}
        )


def _refuse_more(event: Event, more: int) -> None:
    """More guests for somebody who has a place already: not beyond what is left, nor before those who wait."""
    if event.places_left is None:
        return
    if event.waiting_count and not is_last_call(event):
        raise PartyTooLarge(_("D’autres personnes attendent une place : vous ne pouvez pas venir plus nombreux."))
    if more > event.places_left:
        raise PartyTooLarge(
            _("C’est complet : vous ne pouvez pas venir plus nombreux.")
            if not event.places_left
            else ngettext(
                "Il ne reste que %(count)d place de plus.",
                "Il ne reste que %(count)d places de plus.",
                event.places_left,
            )
            % {"count": event.places_left}
        )
