"""What an organiser writes to those who come: sent by the site, to nobody's address but through it."""

from datetime import timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.jobs import each
from events.models import MESSAGES_A_DAY, Attendance, Event, EventMessage
from events.services.refusals import MessageRefused
from members.models import LegalHold, Member
from moderation import services as moderation
from moderation.filter import Outcome
from notifications.services import forget_told, tell_many

#: How long a message is kept, and what repeats it.
KEPT = timedelta(days=180)
_BATCH = 50
_State = Attendance.State


def recipients(event: Event, *, to_waiting: bool):
    """The attendances of those who read it."""
    states = [_State.COMING, _State.OFFERED, _State.WAITING] if to_waiting else [_State.COMING]
    return Attendance.objects.filter(event=event, state__in=states)


def left_today(event: Event) -> int:
    """How many more may be written today."""
    return MESSAGES_A_DAY - event.messages.filter(day=timezone.localdate()).count()


def refusal(event: Event) -> str:
    """Why nobody can be written to now; empty when they can."""
    if not event.is_public:
        return _("Vous pourrez écrire aux participants une fois l’événement en ligne.")
    if not event.has_names:
        return _("L’événement est passé depuis plus d’un mois : la liste de ses participants n’est plus ouverte.")
    return ""


@transaction.atomic
def write(event: Event, text: str, *, to_waiting: bool, by: Member) -> tuple[EventMessage, Outcome]:
    """Write to those who come: it leaves at once, or once a moderator read it. Raises MessageRefused.

    Twice the same text on one day, a double click, is one message.
    """
    event = Event.objects.select_for_update(of=("self",), no_key=True).get(pk=event.pk)
    if why := refusal(event):
        raise MessageRefused(why)
    today = list(event.messages.filter(day=timezone.localdate()))
    for message in today:
        if (message.text, message.author_id) == (text, by.pk):
            return message, Outcome.PUBLISH if message.is_public else Outcome.QUEUE
    if len(today) >= MESSAGES_A_DAY:
        raise MessageRefused(_("Vos participants ont déjà deux messages aujourd’hui : gardez celui-ci pour demain."))
    turn = min(set(range(1, MESSAGES_A_DAY + 1)) - {message.turn for message in today})
    message = event.messages.create(text=text, to_waiting=to_waiting, author=by, turn=turn)
    return message, moderation.receive(message, by=by)


def reply_address(event: Event) -> str:
    """Where those who come write back: to the team of its initiative, else to who organises it; "" when nobody does."""
    if event.shown_initiative:
        return reverse("initiative_write", args=[event.shown_initiative.slug])
    return reverse("event_letter_write", args=[event.slug]) if event.author_id else ""


def tell_untold() -> int:
    """Send each message that passed to those who come, once. Returns how many messages. For a task."""
    return each(EventMessage.objects.to_tell().order_by("pk"), _tell, most=_BATCH)


@transaction.atomic
def _tell(pk: int) -> bool:
    message = (
        EventMessage.objects.to_tell()
        .filter(pk=pk)
        .select_related("author")
        .select_for_update(of=("self",), no_key=True, skip_locked=True)
        .first()
    )
    # What is joined to a locked row is read after the lock.
    event = Event.objects.public().for_cards().filter(pk=message.event_id).first() if message else None
    if event is None:
        return False
    message.told_at = timezone.now()
    message.save(update_fields=["told_at"])
    readers = recipients(event, to_waiting=message.to_waiting).exclude(member=message.author_id)
    context = event.message_context | {
        "text": message.text,
        "name": message.author.display_name if message.author else "",
        "reply_url": reply_address(event),
    }
    tell_many(
        readers.values_list("member_id", flat=True),
        kind="event_message",
        key=message.key,
        context=context,
        by=message.author_id,
    )
    return True


def forget() -> int:
    """Erase what is older than `KEPT`, here and in the outbox. Returns how many messages. For a task."""
    before = timezone.now() - KEPT
    forget_told(["event_message"], before=before)
    old = EventMessage.objects.filter(day__lt=timezone.localdate(before))
    deleted, _rows = old.exclude(author__in=LegalHold.objects.held()).delete()
    return deleted
