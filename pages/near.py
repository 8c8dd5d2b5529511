"""Around a place, nearest first: a page about a place is never empty."""

from dataclasses import dataclass

from django.db.models import Q
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


def to_discover(home: Commune | None, *, but: Q, wanted: int) -> list[Initiative]:
    """The newest initiatives near somebody's home, those of the smallest place first, then national ones; none of those
    that answer `but`, which are theirs already. Without a home, the newest anywhere. One query."""
    others = Initiative.objects.listed().exclude(but).order_by("-published_at", "-id")
    if home is None:
        return list(others.select_related("author")[:wanted])
    areas = [others.in_territory(area) for area in [home, *lookup.ancestors(home)]]
    areas.append(others.filter(region=None, department=None))
    first, *rest = (area.values("pk")[:wanted] for area in areas)
    found = Initiative.objects.filter(pk__in=first.union(*rest)).select_related("author")

    def how_far(initiative: Initiative) -> tuple:
        shared = [
            initiative.commune_id in (home.pk, home.parent_id) and initiative.commune_id is not None,
            initiative.department_id == home.department_id,
            initiative.region_id is not None,
        ]
        return shared.index(True) if any(shared) else len(shared), -initiative.published_at.timestamp(), -initiative.pk

    return sorted(found, key=how_far)[:wanted]
