"""Released land is repaired inward: what any reading of its outline leaves out is never called released."""

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from merestone.geodesy import Code, Refused, Repaired, Sound, area_m2, check, check_all

SQUARE = shapely.box(0, 0, 0.01, 0.01)
INNER = shapely.box(0.002, 0.002, 0.004, 0.004)
corners = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=3, max_size=9)
SCALE = 2.0**-12


def outline(points: list[tuple[int, int]]) -> list[tuple[float, float]]:
    return [(17 + x * SCALE, 44 + y * SCALE) for x, y in points]


def turns_and_crossings(x: float, y: float, ring: list[tuple[float, float]]) -> tuple[int, int]:
    """Plain arithmetic: how often the ring winds around the place, and how often a ray to the east crosses it."""
    turns = crossings = 0
    for (x1, y1), (x2, y2) in zip(ring, [*ring[1:], ring[0]], strict=True):
        if (y1 <= y) != (y2 <= y):
            side = (x2 - x1) * (y - y1) - (x - x1) * (y2 - y1)
            if (side > 0) == (y2 > y1):
                crossings += 1
                turns += 1 if y2 > y1 else -1
    return turns, crossings


@given(corners, st.lists(corners, max_size=2), st.lists(corners, max_size=2))
@example([(0, 0), (0, 2), (1, 1), (2, 1), (0, 0), (0, 1), (1, 1)], [], [[(0, 2), (0, 0), (2, 1), (1, 1)]])
@example(
    [(1, 0), (0, 1), (1, 0), (1, 1), (0, 0), (1, 0), (0, 1)],
    [[(0, 0), (0, 1), (1, 0), (0, 0), (1, 0)], [(2, 0), (0, 0), (1, 1), (0, 0), (0, 1), (0, 0)]],
    [[(0, 0), (0, 1), (1, 0)]],
)
@example(
    [(0, 0), (0, 0), (0, 1)],
    [
        [(0, 0), (0, 1), (0, 0), (0, 2), (0, 0), (0, 2), (0, 0), (0, 2)],
        [(0, 0), (0, 1), (0, 0), (0, 1), (0, 0), (0, 1), (0, 2), (0, 1), (1, 0)],
    ],
    [[(0, 0), (0, 1), (1, 0)]],
)
@settings(deadline=None, max_examples=300)
def test_no_place_that_a_reading_leaves_out_is_kept(
    shell: list[tuple[int, int]], holes: list[list[tuple[int, int]]], others: list[list[tuple[int, int]]]
) -> None:
    """2026-11-28: cleared land was repaired by the union of the readings, 0.87 km2 too much in a file of one row.

    2026-11-28: a part that crosses itself and covers as much as another was taken for its copy, and a part
        that is too tangled to be read took nothing from those beside it (the examples). GEOS's convex hull (3.14)
    looks at the shell alone.
    """
    parts = [shapely.Polygon(outline(shell), [outline(hole) for hole in holes])]
    parts += [shapely.Polygon(outline(other)) for other in others]
    verdict = check(shapely.MultiPolygon(parts), inward=True)
    if isinstance(verdict, Refused):
        return
    assert verdict.geometry.is_valid
    areas = [check(part, inward=True).geometry for part in parts]
    has_copies = any(a.equals(b) for nth, a in enumerate(areas) for b in areas[:nth])
    for x in np.arange(0.0303, 12, 1.07):
        for y in np.arange(0.0507, 12, 1.09):
            place = (17 + x * SCALE, 44 + y * SCALE)
            if verdict.geometry.contains(shapely.Point(place)):
                rings = [outline(ring) for ring in (shell, *holes, *others)]
                counts = [turns_and_crossings(*place, ring) for ring in rings]
                assert sum(crossings for _, crossings in counts) % 2 == 1 or has_copies
                assert all(counts[1 + nth][0] == 0 for nth in range(len(holes))) or others
                assert any(turns for turns, _ in counts)


@given(corners)
@example([(1, 1), (2, 2), (3, 3), (0, 0), (2, 3), (3, 3)])
@settings(deadline=None, max_examples=200)
def test_inward_is_within_outward_and_within_what_geos_makes_of_it(points: list[tuple[int, int]]) -> None:
    """2026-11-28: of a ring that draws an edge three times, GEOS's method "structure" (3.14.1) leaves only a line."""
    given_outline = shapely.Polygon(outline(points))
    inner, outer = check(given_outline, inward=True), check(given_outline)
    if isinstance(inner, Refused):
        return
    assert not isinstance(outer, Refused)
    assert shapely.covers(shapely.buffer(outer.geometry, 2e-9), inner.geometry)
    ring = given_outline.exterior
    is_drawn_again = shapely.unary_union(ring).length < ring.length * (1 - 1e-12)
    for method in ("linework", "structure"):
        if method == "structure" and is_drawn_again:
            continue
        theirs = shapely.make_valid(given_outline, method=method)
        assert shapely.covers(shapely.buffer(theirs, 2e-9), inner.geometry)
    place = inner.geometry.representative_point()
    turns, crossings = turns_and_crossings(place.x, place.y, outline(points))
    assert turns
    assert crossings % 2


def test_an_island_that_touches_the_outline_is_not_called_released() -> None:
    ring = [(0, 0), (0.02, 0), (0.02, 0.02), (0, 0.02), (0, 0), (0.005, 0.005), (0.015, 0.005), (0.015, 0.015),
            (0.005, 0.015), (0.005, 0.005), (0, 0)]  # fmt: skip
    verdict = check(shapely.Polygon(ring), inward=True)
    assert isinstance(verdict, Repaired)
    assert not verdict.geometry.intersects(shapely.Point(0.01, 0.01))
    assert verdict.area_m2 == pytest.approx(verdict.even_odd_m2)
    assert verdict.area_m2 < verdict.winding_m2
    assert f"{verdict.winding_m2:,.0f} m2" in verdict.done


def test_a_part_within_a_part_is_a_hole_of_released_land_and_harmless_for_a_hazard() -> None:
    """2026-11-28: a Shapefile's hole wound like its shell comes as a second part, and was joined into cleared land."""
    nested = shapely.MultiPolygon([SQUARE, INNER])
    inner = check(nested, inward=True)
    assert isinstance(inner, Repaired)
    assert inner.area_m2 == pytest.approx(area_m2(SQUARE) - area_m2(INNER))
    assert "may be a hole" in inner.done
    assert check(nested).geometry.equals(SQUARE)


def test_parts_that_overlap_count_where_one_alone_covers_and_copies_are_one() -> None:
    aside = shapely.box(0.005, 0.005, 0.02, 0.02)
    verdict = check(shapely.MultiPolygon([SQUARE, aside]), inward=True)
    assert verdict.geometry.equals(SQUARE.symmetric_difference(aside))
    copies = check(shapely.MultiPolygon([SQUARE, shapely.reverse(SQUARE)]), inward=True)
    assert copies.geometry.equals(SQUARE)


@pytest.mark.parametrize(
    "holes",
    [
        [shapely.box(0, 0.002, 0.004, 0.004)],
        [shapely.box(0.008, 0.008, 0.012, 0.012)],
        [INNER, shapely.box(0.0025, 0.0025, 0.003, 0.003)],
        [shapely.box(0.02, 0.02, 0.021, 0.021)],
    ],
)
def test_holes_that_touch_cross_nest_or_lie_outside_are_taken_off(holes: list[shapely.Polygon]) -> None:
    verdict = check(shapely.Polygon(SQUARE.exterior, [hole.exterior for hole in holes]), inward=True)
    assert verdict.geometry.equals(SQUARE.difference(shapely.union_all(holes)))


def test_a_spike_is_no_released_land() -> None:
    spiked = shapely.Polygon([(0, 0), (0.001, 0), (0.005, 0), (0.001, 0), (0.001, 0.001), (0, 0.001)])
    assert check(spiked, inward=True).geometry.equals(shapely.box(0, 0, 0.001, 0.001))


def test_where_nothing_is_certain_released_land_is_refused_with_words() -> None:
    verdict = check(shapely.Polygon(SQUARE.exterior, [SQUARE.exterior]), inward=True)
    assert isinstance(verdict, Refused)
    assert verdict.findings[-1].code is Code.NO_AREA
    assert "certainly released" in verdict.findings[-1].message


def test_what_is_sound_is_the_same_in_both_directions() -> None:
    assert isinstance(check(SQUARE, inward=True), Sound)
    assert check_all([None, SQUARE], inward=True)[1] == check(SQUARE)


def star(corners: int, lon_deg: float = 17.0) -> shapely.Polygon:
    angle = 2 * np.pi * np.arange(corners) * (corners // 2) / corners
    return shapely.Polygon(np.column_stack([lon_deg + 0.01 * np.cos(angle), 44 + 0.01 * np.sin(angle)]))


def test_an_outline_too_tangled_to_read_is_covered_whole_or_not_counted_at_all() -> None:
    """2026-11-28: a ring of 201 corners that all cross took 49 s."""
    tangled = star(1001)
    outer, inner = check(tangled), check(tangled, inward=True)
    assert isinstance(outer, Repaired)
    assert outer.geometry.covers(tangled.exterior)
    assert "convex hull" in outer.done
    assert isinstance(inner, Refused)
    assert "too often" in inner.findings[0].message
    both = check(shapely.MultiPolygon([tangled, shapely.box(18, 44, 18.01, 44.01)]), inward=True)
    assert both.geometry.equals(shapely.box(18, 44, 18.01, 44.01))


BELT = [(-180, -90), (180, -90), (180, -85), (-180, -85)]


@pytest.mark.parametrize("inward", [False, True])
@pytest.mark.parametrize(
    "ring", [BELT, [(-180, -90), (180, -90), (180, 90), (-180, 90)], [(0, -90), (360, -90), (360, -85), (0, -85)]]
)
def test_an_edge_around_the_whole_earth_is_taken_at_its_word(ring: list[tuple[float, float]], inward: bool) -> None:
    """2026-11-28: a polar cap gave `cannot convert float NaN to integer`, and outlines of the whole earth too."""
    verdict = check(shapely.Polygon(ring), inward=inward)
    assert isinstance(verdict, Repaired)
    top_deg = max(lat for _, lat in ring)
    assert verdict.area_m2 == pytest.approx(area_m2(shapely.box(-180, -90, 180, top_deg)), rel=1e-9)
    assert verdict.geometry.covers(shapely.Point(17, -88))


@pytest.mark.parametrize("box", [(-179.5, -85, 179.5, 85), (-100, 40, 100, 50), (-179.5, 40, 179.5, 50)])
def test_what_could_mean_either_side_of_the_earth_is_refused(box: tuple[float, float, float, float]) -> None:
    """2026-11-28: areas wider than half the earth were turned over to its other side."""
    verdict = check(shapely.box(*box))
    assert isinstance(verdict, Refused)
    assert "either side of the earth" in verdict.findings[0].message


def test_a_small_outline_over_the_antimeridian_is_cut_whichever_way_it_runs() -> None:
    ring = [(179.9, -17), (179.9, -16), (-179.9, -16), (-179.9, -17)]
    for points in (ring, ring[::-1]):
        for inward in (False, True):
            verdict: Any = check(shapely.Polygon(points), inward=inward)
            assert verdict.area_m2 == pytest.approx(area_m2(shapely.box(0, -17, 0.2, -16)), rel=1e-9)


@pytest.mark.parametrize("inward", [False, True])
def test_touches_and_repeats_without_end_are_bounded_and_a_sound_shape_stays_what_it_is(inward: bool) -> None:
    repeated = shapely.Polygon(np.repeat(shapely.get_coordinates(SQUARE)[:-1], 3000, axis=0))
    assert check(repeated, inward=inward).geometry.equals(SQUARE)
    steps = np.random.default_rng(1).normal(size=(20_000, 2)) * 1e-5
    walk = shapely.Polygon(np.cumsum(steps, axis=0))
    verdict = check(walk, inward=inward)
    assert isinstance(verdict, Refused) is inward
    if not inward:
        assert verdict.geometry.covers(walk.exterior)


def test_a_hazard_too_tangled_to_be_read_reaches_to_holes_beyond_its_shell() -> None:
    """2026-11-28: GEOS's convex hull of a polygon (3.14) passes over holes, also where they lie outside the shell."""
    zigzag = [(17 + 0.001 * (n % 2), 44 + 0.0001 * (n * 7 % 40)) for n in range(80)]
    far = [(17.01, 44.01), (17.02, 44.01), (17.02, 44.02)]
    verdict = check(shapely.Polygon(zigzag, [far]))
    assert not isinstance(verdict, Refused)
    assert "too often" in verdict.findings[0].message
    assert verdict.geometry.contains(shapely.Point(17.018, 44.015))
