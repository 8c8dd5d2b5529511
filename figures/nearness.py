"""How many places have something near them: distances on a sphere, many at once."""

from math import cos, sin

import numpy as np

from territories.geo import EARTH_RADIUS

#: Places compared at a time: with 200,000 points, 25 MB.
_AT_ONCE = 200


def on_sphere(points: np.ndarray) -> np.ndarray:
    """Latitudes and longitudes in degrees (n × 2), as x, y, z of a sphere of radius one (n × 3)."""
    latitude, longitude = np.radians(points).T
    return np.column_stack(
        [np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)]
    )


def how_many_are_near(places: np.ndarray, points: np.ndarray, kilometres: float) -> int:
    """Of these places, those that have one of these points at so many kilometres at most; both as `on_sphere`.

    Only points of about the same latitude are compared. A tree of neighbours would need a library of a hundred
    megabytes in each process of the site.
    """
    angle = kilometres / EARTH_RADIUS
    # What is that near differs by no more along the axis of the poles.
    highest = 2 * sin(angle / 2)
    places, points = (each[each[:, 2].argsort()] for each in (places, points))
    near = 0
    for first in range(0, len(places), _AT_ONCE):
        some = places[first : first + _AT_ONCE]
        low, high = np.searchsorted(points[:, 2], [some[0, 2] - highest, some[-1, 2] + highest])
        near += int(((some @ points[low:high].T).max(axis=1, initial=-1.0) >= cos(angle)).sum())
    return near
