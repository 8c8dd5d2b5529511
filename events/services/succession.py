"""An event whose organiser leaves the site: those who carry its initiative go on; held by nobody, it is cancelled."""

from django.db import transaction
from django.utils import timezone

from events.models import Attendance, Event
from events.services.coming import leave
from events.services.posting import cancel
from initiatives.models import CoOrganiser
from members.models import Member
from notifications.services import tell


def pass_on_all(member: Member) -> None:
    """What this member organises and is still to come goes on without them, or is cancelled and told; the places they
    took are given back. Each is its own transaction; may be done twice.

    Their initiatives are passed on before (initiatives.services.succession).
    """
    for pk in Attendance.objects.filter(member=member).order_by("pk").values_list("event", flat=True):
        leave(Event.objects.get(pk=pk), by=member)
    ahead = Event.objects.filter(author=member, cancelled_at=None, ends_at__gt=timezone.now())
    for pk in ahead.order_by("pk").values_list("pk", flat=True):
        _pass_on(pk, member)


@transaction.atomic
def _pass_on(pk: int, member: Member) -> None:
    event = Event.objects.select_for_update(of=("self",), no_key=True).filter(pk=pk, author=member).first()
    if event is None:
        return
    heir_id = _heir_of(event, member)
    if heir_id is None:
        cancel(event, by=member)
        return
    event.author_id = heir_id
    event.save(update_fields=["author"])
    tell(
        heir_id,
        kind="event_inherited",
        key=f"event-inherited-{event.pk}-{heir_id}",
        context=event.message_context,
        about=event,
    )


def _heir_of(event: Event, member: Member) -> int | None:
    """Who carries the initiative in whose name it is held: its author, else who has long helped them."""
    if event.initiative_id is None:
        return None
    able = Member.objects.filter(is_active=True).exclude(restriction=Member.Restriction.SUSPENDED)
    able = able.exclude(pk=member.pk)
    author = able.filter(pk=event.initiative.author_id).values_list("pk", flat=True).first()
    helpers = CoOrganiser.objects.filter(initiative=event.initiative_id, member__in=able)
    return author or helpers.values_list("member_id", flat=True).first()
