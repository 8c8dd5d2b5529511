"""The order of the demonstration's initiatives, as the site's own tasks make it, and what its team puts forward."""

from datetime import datetime, timedelta

from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet

from events.models import Event
from initiatives.models import Initiative
from initiatives.services import ranking
from members.models import Member
from moderation.models import Featured
from moderation.services.featuring import feature

_FOR = timedelta(days=14)


def write(staff: Member | None, *, now: datetime) -> str:
    """Rank them all, compose the first pages; a team, where there is one, puts forward an initiative and an event,
    those that most people are behind."""
    while ranking.rank():
        pass
    placed = ranking.compose(now=now)
    if staff is not None:
        for content, reason in (
            (_most_supported(), "celle qui réunit le plus de monde, à reprendre partout"),
            (_most_attended(), "le prochain grand rendez-vous"),
        ):
            if content is not None:
                feature(content, place=None, reason=reason, starts_at=now, ends_at=now + _FOR, by=staff)
    return f"{placed} initiatives on the first pages"


def flush(initiatives: QuerySet, events: QuerySet) -> None:
    """What is said of contents that go, and that nothing ties to them in the database."""
    for contents in (initiatives, events):
        content_type = ContentType.objects.get_for_model(contents.model)
        Featured.objects.filter(content_type=content_type, object_id__in=contents.values("pk")).delete()


def _most_supported() -> Initiative | None:
    return Initiative.objects.listed().filter(author__is_demonstration=True).order_by("-support_count", "id").first()


def _most_attended() -> Event | None:
    return Event.objects.coming().filter(author__is_demonstration=True).order_by("-attendee_count", "id").first()
