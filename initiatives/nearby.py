"""Which initiatives are near a place: by distance from where each is, the smallest place it belongs to."""

from collections.abc import Iterable

from django.db.models import ExpressionWrapper, FloatField, Func, QuerySet, Value
from django.db.models.expressions import Combinable

from initiatives.models import Initiative
from initiatives.ranking import NEAREST, NEAREST_KM
from territories.geo import bounding_box, distance_km, kilometres_from, within_box
from territories.models import Commune, Department, Region

#: Kilometres tried in turn around a place: of a circle, those where most happens come first.
CIRCLES_KM = (10, 30, 100)
#: The nearest that are looked at for a page of a place: degrees are not kilometres.
_LOOKED_AT = 300


def degrees_from(latitude: float, longitude: float) -> Combinable:
    """What the index `initiative_nearest` orders by: degrees, not kilometres, so its order is not the last word."""
    here = Func(Value(longitude, FloatField()), Value(latitude, FloatField()), function="point")
    there = Func("longitude", "latitude", function="point")
    return Func(there, here, template="%(expressions)s", arg_joiner=" <-> ", output_field=FloatField())


def nearest(
    place: Region | Department | Commune, *, wanted: int = 8, but: Iterable[int] = (), km: float = CIRCLES_KM[-1]
) -> list[Initiative]:
    """Initiatives under way near a place, each with its `distance` in kilometres; none of the place, nor of `but`.

    The smallest circle first, in a circle the highest rank first. Three queries, whatever there is: the three hundred
    nearest are looked at, so where the place itself holds more than that there is nothing to add.
    """
    here = place.latitude, place.longitude
    located = Initiative.objects.listed().filter(latitude__isnull=False)
    columns = ("pk", "latitude", "longitude", "rank_score", "commune_id", "department_id", "region_id")
    looked_at = located.order_by(degrees_from(*here)).values(*columns)[:_LOOKED_AT]
    left_out = set(but)
    inside = f"{place._meta.model_name}_id"
    found = []
    for row in looked_at:
        distance = distance_km(here, (row["latitude"], row["longitude"]))
        circle = next((circle for circle in CIRCLES_KM if distance <= circle), km)
        if distance <= km and row[inside] != place.pk and row["pk"] not in left_out:
            found.append((circle, -row["rank_score"], -row["pk"], distance))
    kept = {-number: distance for _circle, _score, number, distance in sorted(found)[:wanted]}
    initiatives = Initiative.objects.filter(pk__in=kept).for_cards().in_bulk()
    for number, distance in kept.items():
        if number in initiatives:
            initiatives[number].distance = distance
    return [initiatives[number] for number in kept if number in initiatives]


def nearest_first(initiatives: QuerySet, place: Region | Department | Commune) -> tuple[QuerySet, tuple[str, ...]]:
    """The thousand of them that are nearest to a place, within a hundred kilometres of its centre, and their order.

    Each has its `distance` in kilometres. What belongs to one place is there in the order of its rank.
    """
    here = place.latitude, place.longitude
    around = initiatives.filter(within_box(*bounding_box(*here, NEAREST_KM))).order_by(
        degrees_from(*here), "-rank_score"
    )
    distance = kilometres_from(*here)
    nearness = ExpressionWrapper(Value(0.0, FloatField()) - distance, output_field=FloatField())
    found = (
        Initiative.objects.filter(pk__in=around.values("pk")[:NEAREST])
        .annotate(distance=distance, nearness=nearness)
        .filter(distance__lte=NEAREST_KM)
    )
    return found, ("-nearness", "-rank_score", "-id")
