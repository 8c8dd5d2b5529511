"""Distances on the ground. Degrees are WGS84, distances are kilometres."""

from math import asin, cos, degrees, pi, radians, sin, sqrt

from django.db.models import ExpressionWrapper, F, FloatField, Q, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import ASin, Cos, Least, Radians, Sin, Sqrt

#: Mean radius of the Earth, in kilometres (IUGG).
EARTH_RADIUS = 6371.0088


def distance_km(a: tuple[float, float], b: tuple[float, float]) -> float:
    """The great-circle distance between two (latitude, longitude) points."""
    south, north = radians(a[0]), radians(b[0])
    half_height = sin((north - south) / 2)
    half_width = sin(radians(b[1] - a[1]) / 2)
    return 2 * EARTH_RADIUS * asin(min(1, sqrt(half_height**2 + cos(south) * cos(north) * half_width**2)))


def bounding_box(latitude: float, longitude: float, km: float) -> tuple[float, float, float, float]:
    """South, west, north, east of a box that holds every point within so many kilometres.

    Clipped at the poles and at the 180th meridian, which no French territory crosses.
    """
    angle = km / EARTH_RADIUS
    south, north = latitude - degrees(angle), latitude + degrees(angle)
    if south <= -90 or north >= 90:
        return max(south, -90), -180, min(north, 90), 180
    width = degrees(asin(min(1, sin(angle) / cos(radians(latitude)))))
    return south, max(longitude - width, -180), north, min(longitude + width, 180)


def half_chord(latitude: float, longitude: float, *, prefix: str = "") -> Combinable:
    """What the database compares to order by distance: the square of half the chord, on a sphere of radius 1.

    Cheaper than kilometres, in the same order; ``half_chord_of`` gives the value for a distance.
    ``prefix`` leads to a row's ``latitude`` and ``longitude`` from another table: "commune__".
    """
    here = Value(radians(latitude), FloatField())
    there = Radians(F(f"{prefix}latitude"))
    half = Value(0.5, FloatField())
    half_height = Sin((there - here) * half)
    half_width = Sin((Radians(F(f"{prefix}longitude")) - Value(radians(longitude), FloatField())) * half)
    across = Value(cos(radians(latitude)), FloatField()) * Cos(there) * half_width * half_width
    return ExpressionWrapper(half_height * half_height + across, output_field=FloatField())


def half_chord_of(km: float) -> float:
    """``half_chord`` of two points so far apart; half the Earth's circumference at most."""
    return sin(min(km / EARTH_RADIUS, pi) / 2) ** 2


def kilometres_from(latitude: float, longitude: float, *, prefix: str = "") -> Combinable:
    """The distance from a point, computed by the database from a row's ``latitude`` and ``longitude``."""
    one, diameter = Value(1.0, FloatField()), Value(2 * EARTH_RADIUS, FloatField())
    square = half_chord(latitude, longitude, prefix=prefix)
    return ExpressionWrapper(diameter * ASin(Sqrt(Least(one, square))), output_field=FloatField())


def within_box(south: float, west: float, north: float, east: float, *, prefix: str = "") -> Q:
    """The condition that a row's point is in a box; a B-tree on (latitude, longitude) answers it."""
    return Q(
        **{
            f"{prefix}latitude__gte": south,
            f"{prefix}latitude__lte": north,
            f"{prefix}longitude__gte": west,
            f"{prefix}longitude__lte": east,
        }
    )
