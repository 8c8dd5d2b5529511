"""From the polygons of communes to outlines: what the yearly rebuild relies on."""

from itertools import pairwise

import pytest

from territories import outlines


def square(x, y, side=1.0):
    """Clockwise, as the source walks its outer rings."""
    return [(x, y), (x, y + side), (x + side, y + side), (x + side, y), (x, y)]


def sizes(polygons):
    return [round(abs(outlines.enclosed(pairwise(ring))), 6) for rings in polygons for ring in rings]


def test_two_neighbours_make_one_area():
    edges = outlines.merge([[square(0, 0)], [square(1, 0)]])
    assert len(edges) == 6
    shapes = outlines.outline({"a": edges}, tolerance=0, smallest=0)
    assert sizes(shapes["a"]) == [2]


def test_a_missing_commune_is_given_to_the_area_with_most_of_its_border():
    everywhere = {(x, y) for x in range(4) for y in range(3)} - {(1, 1)}
    west = [[square(x, y)] for x, y in everywhere if x < 2]
    east = [[square(x, y)] for x, y in everywhere if x >= 2]
    shapes = outlines.outline({"west": outlines.merge(west), "east": outlines.merge(east)}, tolerance=0, smallest=0)
    assert sizes(shapes["west"]) == [6]
    assert sizes(shapes["east"]) == [6]


def test_a_common_border_is_simplified_once_for_both():
    left = [(0, 0), (0, 4), (2, 4), (2.1, 3), (1.9, 2), (2.1, 1), (2, 0), (0, 0)]
    right = [(2, 4), (4, 4), (4, 0), (2, 0), (2.1, 1), (1.9, 2), (2.1, 3), (2, 4)]
    shapes = outlines.outline({"l": outlines.merge([[left]]), "r": outlines.merge([[right]])}, tolerance=1, smallest=0)
    walked = {(a, b) for rings in shapes["l"] for ring in rings for a, b in pairwise(ring)}
    back = {(b, a) for rings in shapes["r"] for ring in rings for a, b in pairwise(ring)}
    assert walked & back
    assert sum(sizes(shapes["l"]) + sizes(shapes["r"])) == pytest.approx(16)


def test_an_enclave_is_a_hole_in_one_and_a_piece_of_the_other():
    around = {(x, y) for x in range(3) for y in range(3)} - {(1, 1)}
    areas = {
        "outer": outlines.merge([[square(x, y)] for x, y in around]),
        "inner": outlines.merge([[square(1, 1)], [square(5, 0)]]),
    }
    shapes = outlines.outline(areas, tolerance=0, smallest=0)
    assert sorted(sizes(shapes["outer"])) == [1, 9]
    assert sorted(sizes(shapes["inner"])) == [1, 1]
    assert len(shapes["outer"]) == 1
    assert sorted(sizes(outlines.union(shapes.values()))) == [1, 9]


def test_a_tiny_island_goes_unless_it_is_all_there_is():
    areas = {"a": outlines.merge([[square(0, 0)], [square(5, 5, 0.01)]]), "b": outlines.merge([[square(9, 9, 0.01)]])}
    shapes = outlines.outline(areas, tolerance=0, smallest=0.01)
    assert sizes(shapes["a"]) == [1]
    assert sizes(shapes["b"]) == [0.0001]


def test_a_point_inside_a_horseshoe_is_inside():
    horseshoe = [(0, 0), (0, 3), (3, 3), (3, 2), (1, 2), (1, 1), (3, 1), (3, 0), (0, 0)]
    latitude, longitude = outlines.inside_point([[horseshoe]])
    assert outlines.contains(horseshoe, (longitude, latitude))


def test_wkb_is_read_in_both_byte_orders_and_other_shapes_refused():
    little = "01030000000100000002000000" + "000000000000F03F" * 4
    big = "00000000030000000100000002" + "3FF0000000000000" * 4
    assert outlines.read_wkb(little) == outlines.read_wkb(big) == [[[(1.0, 1.0), (1.0, 1.0)]]]
    with pytest.raises(ValueError, match="WKB type 1"):
        outlines.read_wkb("0101000000" + "000000000000F03F" * 2)
