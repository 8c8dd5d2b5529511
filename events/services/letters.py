"""Messages between a member and those who organise an event that no initiative carries: the site relays them."""

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from events.access import organisers_of
from events.models import Event, EventLetter
from events.services.messaging import KEPT
from events.services.refusals import MessageRefused
from initiatives.services.letters import may_answer, may_write
from members.models import LegalHold, Member
from members.services import blocked_by
from notifications.services import forget_told, tell

__all__ = ["answer", "forget", "is_open", "may_answer", "may_write", "write"]


def is_open(event: Event) -> bool:
    """Whether somebody organises it who may be written to: until a month after its end, where no team is instead."""
    return event.is_public and event.has_names and event.author_id is not None and event.shown_initiative is None


@transaction.atomic
def write(event: Event, text: str, *, by: Member) -> EventLetter:
    """A member writes to those who organise it; each of them is told. Twice the same, a double click, is one.

    Raises MessageRefused.
    """
    Member.objects.select_for_update(no_key=True).get(pk=by.pk)
    event = Event.objects.for_cards().get(pk=event.pk)
    _refuse_closed(event)
    organisers = organisers_of(event)
    if by.pk in organisers:
        raise MessageRefused(_("Vous organisez cet événement : les messages des autres vous attendent ici."))
    last = event.letters.filter(member=by).order_by("-sent_at", "-id").first()
    if last is not None and not last.is_answer and last.text == text:
        return last
    if blocked_by(by, organisers) == set(organisers):
        raise MessageRefused(_("Vous bloquez qui organise. Débloquez-le dans vos réglages pour lui écrire."))
    letter = event.letters.create(member=by, author=by, text=text)
    context = _context(letter, event) | {
        "name": by.display_name,
        "url": reverse("event_exchange", args=[event.slug, letter.pk]),
    }
    for member_id in organisers:
        tell(member_id, kind="event_letter_received", key=letter.key, context=context, by=by)
    return letter


@transaction.atomic
def answer(exchange: EventLetter, text: str, *, by: Member) -> EventLetter:
    """Somebody who organises it answers the member of this letter, who is told. Raises MessageRefused."""
    Member.objects.select_for_update(no_key=True).get(pk=by.pk)
    event = Event.objects.for_cards().get(pk=exchange.event_id)
    _refuse_closed(event)
    last = event.letters.filter(member=exchange.member_id).order_by("-sent_at", "-id").first()
    if last is not None and last.is_answer and last.author_id == by.pk and last.text == text:
        return last
    if blocked_by(by, [exchange.member_id]):
        raise MessageRefused(_("Vous bloquez cette personne. Débloquez-la dans vos réglages pour lui répondre."))
    letter = event.letters.create(member_id=exchange.member_id, author=by, is_answer=True, text=text)
    context = _context(letter, event) | {
        "name": by.display_name,
        "url": reverse("event_letter_write", args=[event.slug]),
    }
    tell(exchange.member_id, kind="event_letter_answered", key=letter.key, context=context, by=by)
    return letter


def _refuse_closed(event: Event) -> None:
    if not is_open(event):
        raise MessageRefused(_("On ne peut plus écrire au sujet de cet événement."))


def _context(letter: EventLetter, event: Event) -> dict[str, str]:
    return event.message_context | {"text": letter.text}


def forget() -> int:
    """Erase what is older than `KEPT` and nobody examines, here and in the outbox. Returns how many. For a task."""
    before = timezone.now() - KEPT
    forget_told(("event_letter_received", "event_letter_answered"), before=before)
    old = EventLetter.objects.filter(sent_at__lt=before).unexamined()
    deleted, _rows = old.exclude(member__in=LegalHold.objects.held()).delete()
    return deleted
