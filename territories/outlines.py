"""From the polygons of communes to the outlines of départements and régions, used when the data is rebuilt.

The source simplifies commune borders together: two neighbours share the very same points. So the border of a set
of communes is what remains when every edge walked in both directions is dropped, and two sets keep touching
without a gap as long as each stretch of border between two meeting points is simplified once, for both.

Points are (longitude, latitude) pairs in WGS84 degrees; a ring ends where it starts; an outer ring of the source is
walked clockwise, which gives it a negative area.
"""

import heapq
import itertools
import struct
from collections import defaultdict
from collections.abc import Iterable, Iterator
from math import cos, dist, radians

Point = tuple[float, float]
Ring = list[Point]
Edge = tuple[Point, Point]

#: A turn that is worth one part in so many of an area is kept.
SMALL_AREA_DETAIL = 800


def read_wkb(hexadecimal: str) -> list[list[Ring]]:
    """The polygons of a MultiPolygon in hexadecimal (E)WKB, each a list of rings.

    Points are rounded to the sixth decimal, a tenth of a metre, so that neighbours compare equal.
    Raises ValueError on any other kind of geometry.
    """
    data = bytes.fromhex(hexadecimal)
    polygons, _ = _read_geometry(data, 0)
    return polygons


def _read_geometry(data: bytes, offset: int) -> tuple[list[list[Ring]], int]:
    order = "<" if data[offset] else ">"
    (kind,) = struct.unpack_from(f"{order}I", data, offset + 1)
    offset += 5
    if kind & 0x20000000:
        offset += 4
    (count,) = struct.unpack_from(f"{order}I", data, offset)
    offset += 4
    if kind & 0xFF == 6:
        polygons = []
        for _ in range(count):
            part, offset = _read_geometry(data, offset)
            polygons += part
        return polygons, offset
    if kind & 0xFF != 3:
        raise ValueError(f"Neither a polygon nor a set of polygons: WKB type {kind}")
    rings = []
    for _ in range(count):
        (size,) = struct.unpack_from(f"{order}I", data, offset)
        numbers = struct.unpack_from(f"{order}{2 * size}d", data, offset + 4)
        offset += 4 + 16 * size
        rings.append([(round(x, 6), round(y, 6)) for x, y in zip(numbers[::2], numbers[1::2], strict=True)])
    return [rings], offset


def read_topojson(topology: dict, layer: str) -> Iterator[tuple[dict, list[list[Ring]]]]:
    """The properties and the polygons of each geometry of a quantised TopoJSON layer."""
    (scale_x, scale_y), (move_x, move_y) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            points.append((round(x * scale_x + move_x, 6), round(y * scale_y + move_y, 6)))
        arcs.append(points)

    def ring(indexes: list[int]) -> Ring:
        points = []
        for index in indexes:
            stretch = arcs[index] if index >= 0 else arcs[~index][::-1]
            points += stretch[1:] if points else stretch
        return points

    for geometry in topology["objects"][layer]["geometries"]:
        if geometry["type"] in {"Polygon", "MultiPolygon"}:
            polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
            yield geometry["properties"], [[ring(indexes) for indexes in polygon] for polygon in polygons]


def merge(polygons: Iterable[list[Ring]]) -> set[Edge]:
    """The directed edges that bound a set of polygons: those that no other polygon walks the other way."""
    edges: set[Edge] = set()
    for rings in polygons:
        for ring in rings:
            for a, b in itertools.pairwise(ring):
                if a == b:
                    continue
                if (b, a) in edges:
                    edges.discard((b, a))
                else:
                    edges.add((a, b))
    return edges


def box_of(polygons: Iterable[list[Ring]]) -> tuple[float, float, float, float]:
    """South, west, north, east."""
    points = [point for rings in polygons for ring in rings for point in ring]
    longitudes, latitudes = zip(*points, strict=True)
    return min(latitudes), min(longitudes), max(latitudes), max(longitudes)


def area(ring: Ring) -> float:
    """Signed area in square degrees at the ring's latitude; its sign tells the direction of walking."""
    return enclosed(itertools.pairwise(ring)) * cos(radians(ring[0][1]))


def enclosed(edges: Iterable[Edge]) -> float:
    """Signed area that closed walks go round, in square degrees as at the Equator."""
    return sum(ax * by - bx * ay for (ax, ay), (bx, by) in edges) / 2


def inside_point(polygons: list[list[Ring]]) -> tuple[float, float]:
    """(latitude, longitude) of a point inside the largest polygon: the middle of its widest east-west stretch.

    The stretches tried are at a quarter, a half and three quarters of its height.
    """
    outer = max(polygons, key=lambda rings: abs(area(rings[0])))
    south, _, north, _ = box_of([outer])
    best = (-1.0, 0.0, 0.0)
    for share in (0.5, 0.25, 0.75):
        latitude = south + (north - south) * share + 1e-9
        crossings = sorted(
            ax + (latitude - ay) / (by - ay) * (bx - ax)
            for ring in outer
            for (ax, ay), (bx, by) in itertools.pairwise(ring)
            if (ay > latitude) != (by > latitude)
        )
        for west, east in zip(crossings[::2], crossings[1::2], strict=True):
            best = max(best, (east - west, latitude, (west + east) / 2))
    return best[1], best[2]


def fill_gaps(edges_by_area: dict[str, set[Edge]]) -> dict[str, set[Edge]]:
    """The same areas, with every hole that belongs to nobody given to the area that has most of its border.

    Such holes are communes that the source has not drawn yet, and lakes that no commune claims.
    """
    owner = {edge: code for code, edges in edges_by_area.items() for edge in edges}
    filled = {code: set(edges) for code, edges in edges_by_area.items()}
    for gap in _rings({(b, a) for a, b in owner if (b, a) not in owner}):
        if area(gap) > 0:
            continue  # The sea: it goes round the land, so it walks the other way.
        length: dict[str, float] = defaultdict(float)
        sides = list(itertools.pairwise(gap))
        for a, b in sides:
            length[owner[b, a]] += dist(a, b)
        taker = filled[max(length, key=length.__getitem__)]
        for a, b in sides:
            if (b, a) in taker:
                taker.discard((b, a))
            else:
                taker.add((a, b))
    return filled


def _chains(
    edges_by_area: dict[str, set[Edge]], owner: dict[Edge, str]
) -> Iterator[tuple[str, list[list[Point]], Ring]]:
    """Each area's rings, cut at the points where three areas or more meet: (area, chains, ring)."""
    neighbours: dict[Point, set] = defaultdict(set)
    for (a, b), code in owner.items():
        across = owner.get((b, a))
        for point in (a, b):
            neighbours[point] |= {code, across}
    for code, edges in edges_by_area.items():
        for ring in _rings(edges):
            cuts = [i for i, point in enumerate(ring[:-1]) if len(neighbours[point]) > 2]
            if not cuts:
                # An island, or an area inside another one: start anywhere, but the same place for both.
                start = ring.index(min(ring))
                turned = ring[start:-1] + ring[: start + 1]
                far = turned.index(max(turned))
                yield code, [turned[: far + 1], turned[far:]], ring
                continue
            turned = ring[cuts[0] : -1] + ring[: cuts[0] + 1]
            marks = [i - cuts[0] for i in cuts] + [len(turned) - 1]
            yield code, [turned[i : j + 1] for i, j in itertools.pairwise(marks)], ring


def _rings(edges: set[Edge]) -> Iterator[Ring]:
    """Closed walks along the edges; where a ring touches itself, it is parted in two."""
    following: dict[Point, list[Point]] = defaultdict(list)
    for a, b in sorted(edges):
        following[a].append(b)
    for start in sorted(following):
        while following[start]:
            walk = [start]
            place = {start: 0}
            while following[walk[-1]]:
                point = following[walk[-1]].pop()
                if point in place:
                    ring = [*walk[place[point] :], point]
                    yield ring
                    for passed in ring[1:-1]:
                        del place[passed]
                    del walk[place[point] + 1 :]
                else:
                    place[point] = len(walk)
                    walk.append(point)


def thin(chain: list[Point], tolerance: float) -> list[Point]:
    """A stretch of border without its smallest turns (Visvalingam): ends are kept.

    A point goes while the triangle it makes with its neighbours is under the tolerance, in square degrees as
    seen at that latitude. A stretch and its reverse give the same points.
    """
    if len(chain) < 3:
        return chain
    points = min(chain, chain[::-1])
    previous = list(range(-1, len(points) - 1))
    following = list(range(1, len(points) + 1))
    gone = [False] * len(points)
    width = cos(radians(points[0][1]))

    def turn(i: int) -> float:
        (ax, ay), (bx, by), (cx, cy) = points[previous[i]], points[i], points[following[i]]
        return abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay)) / 2 * width

    current = {i: turn(i) for i in range(1, len(points) - 1)}
    heap = [(size, i) for i, size in current.items()]
    heapq.heapify(heap)
    while heap:
        size, i = heapq.heappop(heap)
        if gone[i] or size != current[i]:
            continue
        if size >= tolerance:
            break
        gone[i] = True
        left, right = previous[i], following[i]
        following[left], previous[right] = right, left
        for j in (left, right):
            if 0 < j < len(points) - 1:
                current[j] = max(size, turn(j))
                heapq.heappush(heap, (current[j], j))
    kept = [point for i, point in enumerate(points) if not gone[i]]
    return kept if points == chain else kept[::-1]


def outline(
    edges_by_area: dict[str, set[Edge]], *, tolerance: float, smallest: float, decimals: int = 3
) -> dict[str, list[list[Ring]]]:
    """The simplified polygons of areas that share borders, ready for GeoJSON.

    ``tolerance`` is the triangle, in square degrees, under which a turn is dropped, less along a small area, so
    that Paris keeps its shape; islands under ``smallest`` square degrees go, unless the area would have nothing
    left.
    """
    edges_by_area = fill_gaps(edges_by_area)
    owner = {edge: code for code, edges in edges_by_area.items() for edge in edges}
    finest = {code: min(tolerance, abs(enclosed(edges)) / SMALL_AREA_DETAIL) for code, edges in edges_by_area.items()}
    kept: dict[str, list[tuple[float, Ring]]] = defaultdict(list)
    dropped: dict[str, list[tuple[float, Ring]]] = defaultdict(list)
    for code, chains, whole in _chains(edges_by_area, owner):
        ring: Ring = []
        for chain in chains:
            across = owner.get((chain[1], chain[0]), code)
            stretch = thin(chain, min(finest[code], finest[across]))
            ring += stretch[1:] if ring else stretch
        rounded = [(round(x, decimals), round(y, decimals)) for x, y in ring]
        rounded = [p for i, p in enumerate(rounded) if i == 0 or p != rounded[i - 1]]
        size = area(whole)
        # A small piece with a neighbour stays: dropped on one side only, it would leave a hole.
        island = not any((b, a) in owner for a, b in itertools.pairwise(whole))
        if len(rounded) >= 4 and (abs(size) >= smallest or not island):
            kept[code].append((size, rounded))
        else:
            dropped[code].append((size, [(round(x, decimals), round(y, decimals)) for x, y in whole]))
    for code in edges_by_area:
        if not kept[code] and dropped[code]:
            kept[code].append(min(dropped[code]))
    return {code: _nest(rings) for code, rings in kept.items()}


def union(areas: Iterable[list[list[Ring]]]) -> list[list[Ring]]:
    """The polygons of several areas that ``outline`` made, as one: their common borders go."""
    edges = merge(polygon for polygons in areas for polygon in polygons)
    return _nest([(-area(ring), ring[::-1]) for ring in _rings(edges)])


def _nest(rings: list[tuple[float, Ring]]) -> list[list[Ring]]:
    """Outer rings, each with the holes that lie within it; GeoJSON wants them counter-clockwise."""
    polygons = [[ring[::-1]] for size, ring in sorted(rings) if size < 0]
    for size, ring in rings:
        if size > 0:
            home = next((p for p in polygons if contains(p[0], ring[0])), None)
            if home:
                home.append(ring[::-1])
    return polygons


def contains(ring: Ring, point: Point) -> bool:
    """Whether a ring goes round a point."""
    x, y = point
    inside = False
    for (ax, ay), (bx, by) in itertools.pairwise(ring):
        if (ay > y) != (by > y) and x < ax + (y - ay) / (by - ay) * (bx - ax):
            inside = not inside
    return inside
