"""Around a place, nearest first: a page about a place is never empty."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from initiatives.models import Initiative
from territories import lookup
from territories.models import Commune, Department, Region


@dataclass(frozen=True)
class Circle:
    """Initiatives of one circle around a place, and what this circle is called."""

    title: str
    initiatives: list[Initiative]


def initiatives(place: Region | Department | Commune, *, wanted: int) -> list[Circle]:
    """Initiatives of the place, then of what contains it, then national ones, until there are enough."""
    circles, seen = [], []
    for title, queryset in _circles(place):
        missing = wanted - len(seen)
        if missing <= 0:
            break
        found = list(queryset.exclude(pk__in=seen).for_cards().order_by("-published_at", "-id")[:missing])
        if found:
            circles.append(Circle(title, found))
            seen += [initiative.pk for initiative in found]
    return circles


def _circles(place):
    listed = Initiative.objects.listed()
    for area in [place, *lookup.ancestors(place)]:
        yield area.said_in, listed.in_territory(area)
    yield _("dans toute la France"), listed.filter(region=None, department=None)
