"""An event is posted, changes, is cancelled."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.jobs import enqueue
from events import tasks
from events.models import Event
from events.services.refusals import EventClosed, TooFewPlaces
from members.models import Member
from moderation import services as moderation
from moderation.filter import Outcome


@transaction.atomic
def post(event: Event, *, by: Member) -> Event:
    """Save a new event: the filter publishes it at once, or queues it for a moderator.

    Once published its initiative's supporters are told, by a task. Returns the event, or the same one when the person
    just posted it: a double click makes one.
    """
    Member.objects.select_for_update(no_key=True).get(pk=by.pk)
    posted = Event.objects.filter(
        author=by, title=event.title, starts_at=event.starts_at, commune=event.commune, cancelled_at=None
    ).first()
    if posted is not None:
        return posted
    event.author = by
    event.department = _department(event.commune)
    event.save()
    if moderation.receive(event, by=by) is Outcome.PUBLISH:
        enqueue(tasks.announce_events)
    return event


@transaction.atomic
def edit(event: Event, texts: dict[str, str], facts: dict, *, by: Member) -> Outcome:
    """Change an event. `facts` (when, where, how many) hold at once; `texts` are screened and may wait for a moderator.

    Raises EventClosed once it is over or cancelled, TooFewPlaces when more people come.
    """
    # First, since a moderator who decides locks the case, then its content: the same order as here.
    outcome = moderation.receive_edit(Event.objects.get(pk=event.pk), texts, by=by)
    event = Event.objects.select_for_update(no_key=True).get(pk=event.pk)
    if event.cancelled_at is not None or event.is_over:
        raise EventClosed(_("Cet événement ne peut plus changer."))
    capacity = facts.get("capacity")
    if capacity is not None and capacity < event.attendee_count:
        raise TooFewPlaces(
            ngettext(
                "%(count)d personne vient déjà : le nombre de places ne peut pas être plus petit.",
                "%(count)d personnes viennent déjà : le nombre de places ne peut pas être plus petit.",
                event.attendee_count,
            )
            % {"count": event.attendee_count}
        )
    if "commune" in facts:
        facts = facts | {"department": _department(facts["commune"])}
    for name, value in facts.items():
        setattr(event, name, value)
    event.updated_at = timezone.now()
    event.save(update_fields=[*facts, "updated_at"])
    return outcome


def _department(commune):
    return commune.department if commune else None


@transaction.atomic
def cancel(event: Event, *, by: Member) -> bool:
    """It will not take place: a task tells those who come. Returns False when it already was cancelled or over."""
    cancelled = Event.objects.filter(pk=event.pk, cancelled_at=None, ends_at__gt=timezone.now()).update(
        cancelled_at=timezone.now()
    )
    if cancelled:
        enqueue(tasks.tell_cancellations)
    return bool(cancelled)
