"""What a point of an event may be."""

from territories.geo import distance_km
from territories.models import Commune

#: A point this far outside the box that holds its commune is a slip of the finger, or the point of another commune.
STRAY_KM = 2


def is_stray(point: tuple[float, float], commune: Commune) -> bool:
    """Whether it is not in this commune, nor beside it."""
    south, west, north, east = commune.box
    inside = min(max(point[0], south), north), min(max(point[1], west), east)
    return distance_km(point, inside) > STRAY_KM
