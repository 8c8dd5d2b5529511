"""What the map of the mainland does not show at once: the capital, too small at its scale, and what is overseas."""

from dataclasses import dataclass

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext

from core.hot import hot
from events.models import Event
from territories.models import Department

#: In the order in which they are offered.
_OVERSEAS = ("971", "972", "973", "974", "976", "975", "978", "977", "987", "988", "986")
#: Paris and the three départements around it: the commune that the list is about, and their box.
_PARIS = "75056-paris"
_PARIS_BOX = (48.68, 2.14, 49.02, 2.62)


@dataclass(frozen=True)
class Inset:
    """A part of the map; `path` names it to the agenda, `box` is south, west, north, east; None when nobody counted."""

    name: str
    path: str
    box: tuple[float, float, float, float]
    count: int | None = None

    @property
    def edges(self) -> str:
        return ",".join(f"{edge:.4f}" for edge in self.box)


def insets() -> list[Inset]:
    """Paris, then each territory overseas with the number of its coming events."""
    paris = Inset(gettext("Paris et petite couronne"), _PARIS, _PARIS_BOX)
    return [paris, *hot("events.overseas", _overseas, seconds=20)]


def _overseas() -> list[Inset]:
    there = Event.objects.coming().filter(department=OuterRef("pk")).order_by().values("department")
    counted = Department.objects.filter(pk__in=_OVERSEAS).annotate(
        coming=Coalesce(Subquery(there.annotate(number=Count("pk")).values("number")), 0)
    )
    found = {place.pk: Inset(place.name, place.path, place.box, place.coming) for place in counted}
    return [found[code] for code in _OVERSEAS if code in found]
