"""Who organises an event: whoever posted it, and whoever carries its initiative."""

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from core.converters import NumberedSlug
from events.models import Event
from initiatives.models import Initiative
from initiatives.services.team import team_of


def organises(event: Event, member) -> bool:
    """Whether this member (or AnonymousUser) may act for it. At most one query, none for its author."""
    if not member.is_authenticated:
        return False
    if member.pk == event.author_id:
        return True
    if event.initiative_id is None:
        return False
    return Initiative.objects.carried_by(member).filter(pk=event.initiative_id).exists()


def own_or_404(request: HttpRequest, slug: NumberedSlug) -> Event:
    """An event that this person organises and that no moderator withheld; any other does not exist here.

    With what a card shows. Raises Http404.
    """
    event = get_object_or_404(Event.objects.for_cards(), pk=slug.pk, withheld_at=None)
    if not organises(event, request.user):
        raise Http404
    return event


def organisers_of(event: Event) -> list[int]:
    """The ids of those who organise it, each once, whoever posted it first."""
    of_initiative = team_of(event.initiative) if event.initiative else []
    return list(dict.fromkeys(pk for pk in (event.author_id, *of_initiative) if pk is not None))
