"""A département of the demonstration that is not open yet, and one that opened a few days ago; what moved lately."""

from datetime import datetime, timedelta

from django.db.models import Count

from events.models import Event
from initiatives.models import Initiative
from members.models import Member
from pages import moving
from pages.openings import counting
from pages.openings.acts import SEEDS
from territories.models import Department, Opening

#: By what they say, these two are told from those of real people.
_WAITS = """Ici, tout reste à faire, et c’est une chance : les premiers venus décideront par quoi l’on commence.

Le premier jour, nous nous retrouvons sur une place de marché : on y apporte une idée, on en repart à plusieurs."""
_OPENED = """Merci à toutes celles et ceux qui attendaient : trois initiatives cherchent leurs premiers soutiens."""
#: How many people are still missing where it waits.
_MISSING = 37


def write(staff: Member | None, *, now: datetime) -> str:
    """Returns what was written, in words."""
    listed = Initiative.objects.listed().exclude(department=None).order_by()
    counts = dict(listed.values_list("department").annotate(Count("pk")))
    places = list(Department.objects.filter(kind=Department.Kind.DEPARTMENT).order_by("code"))
    waits = min(places, key=lambda place: counts.get(place.pk, 0))
    with_events = set(Event.objects.coming().order_by().values_list("department", flat=True))
    opened = min(
        (place for place in places if counts.get(place.pk, 0) >= SEEDS and place.pk in with_events),
        key=lambda place: place.population,
    )
    day = now - timedelta(days=6)
    openings = [
        Opening(department=waits, text=_WAITS),
        Opening(department=opened, text=_OPENED, opened_at=day, told_at=day),
    ]
    Opening.objects.bulk_create(openings, ignore_conflicts=True)
    counting.count()
    for opening in Opening.objects.filter(text__in=[_WAITS, _OPENED]):
        opening.wanted = opening.gathered + _MISSING
        opening.save(update_fields=["wanted"])
        if staff:
            opening.animators.add(staff)
    return f"{waits} waits to open, {opened} opened lately, {moving.refresh()} things moved"


def flush() -> None:
    """Take both away; what real people made wait stays."""
    Opening.objects.filter(text__in=[_WAITS, _OPENED]).delete()
