"""A département drawn behind a point: where an event is, without a map to load."""

import json
import math
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings

from territories.models import Department

_OUTLINES = settings.BASE_DIR / "static" / "geo" / "departements.json"
#: Archipelagos are drawn around the point alone, this many degrees of latitude across.
_ARCHIPELAGO_DEGREES = 1.2
#: Units of the drawing in a degree of latitude: whole numbers, at 100 metres.
_UNITS = 1000


@dataclass(frozen=True)
class Silhouette:
    """An SVG drawing: `path` for its `d`, `view_box`, and the point as `x`, `y`, `radius`."""

    path: str
    view_box: str
    x: int
    y: int
    radius: int


@lru_cache(maxsize=1)
def _outlines() -> dict[str, list[list[list[float]]]]:
    """The outer rings of each département, by code."""
    shapes = json.loads(_OUTLINES.read_bytes())["features"]
    return {shape["properties"]["code"]: [rings[0] for rings in shape["geometry"]["coordinates"]] for shape in shapes}


def of(department: Department, latitude: float | None, longitude: float | None) -> Silhouette | None:
    """None when there is no point, or no outline to put it on."""
    rings = _outlines().get(department.code)
    if rings is None or latitude is None or longitude is None:
        return None
    squeeze = math.cos(math.radians(latitude))

    def place(point) -> tuple[int, int]:
        return round(point[0] * squeeze * _UNITS), round(-point[1] * _UNITS)

    x, y = place((longitude, latitude))
    drawn = [[place(point) for point in ring] for ring in rings]
    if department.kind == Department.Kind.COLLECTIVITY:
        side = int(_ARCHIPELAGO_DEGREES * _UNITS)
        left, top, width, height = x - side // 2, y - side // 2, side, side
        drawn = [ring for ring in drawn if any(abs(px - x) < side and abs(py - y) < side for px, py in ring)]
    else:
        xs, ys = [x, *(px for ring in drawn for px, _ in ring)], [y, *(py for ring in drawn for _, py in ring)]
        left, top, width, height = min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)
    margin = max(width, height) // 16
    view = (left - margin, top - margin, width + 2 * margin, height + 2 * margin)
    return Silhouette(
        path="".join(_ring(ring) for ring in drawn),
        view_box=" ".join(map(str, view)),
        x=x,
        y=y,
        radius=max(view[2], view[3]) // 36,
    )


def _ring(points: list[tuple[int, int]]) -> str:
    """ "M", the first point, then steps: shorter than as many pairs of coordinates."""
    (x, y), steps = points[0], []
    for px, py in points[1:]:
        steps.append(f"{px - x} {py - y}")
        x, y = px, py
    return f"M{points[0][0]} {points[0][1]}l{' '.join(steps)}z"
