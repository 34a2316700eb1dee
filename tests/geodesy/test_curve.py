"""Arcs are made straight outward and inward: the true disc lies between. Oracle: the circle's own equation."""

import struct

import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from merestone.geodesy import CurvedPath, area_within, curve, geod, line_along, straightened
from merestone.geodesy.curved_path import _bounds


def wkb(kind: int, *parts: bytes) -> bytes:
    return struct.pack("<BII", 1, kind, len(parts)) + b"".join(parts)


def positions(kind: int, *places: tuple[float, ...]) -> bytes:
    return struct.pack("<BII", 1, kind, len(places)) + b"".join(struct.pack(f"<{len(p)}d", *p) for p in places)


@given(
    st.floats(-170, 170), st.floats(-80, 80), st.floats(1e-5, 2), st.lists(st.floats(0, 6.28), min_size=2, max_size=9)
)
@settings(deadline=None, max_examples=150)
def test_the_disc_lies_between_the_two_outlines(x: float, y: float, radius: float, angles: list[float]) -> None:
    """2026-11-28: curved WKT ended an import with a traceback; a usual linearisation cuts off a part of the area."""
    turns = np.sort(np.unique(np.round(angles, 3)))
    if len(turns) < 2:
        return
    ends = np.append(turns, turns[0] + 2 * np.pi)
    at = np.empty(2 * len(turns) + 1)
    at[0::2], at[1::2] = ends, (ends[1:] + ends[:-1]) / 2
    places = [(x + radius * np.cos(a), y + radius * np.sin(a)) for a in at]
    places[-1] = places[0]
    text = ", ".join(f"{a!r} {b!r}" for a, b in np.array(places).tolist())
    made = straightened(f"CURVEPOLYGON (CIRCULARSTRING ({text}))")
    around = np.linspace(0, 2 * np.pi, 200)
    slack = 1e-9 * radius + 1e-13 * max(abs(x), abs(y), 1)
    on_circle = shapely.points(x + radius * np.cos(around), y + radius * np.sin(around))
    assert (shapely.distance(made.outward, on_circle) <= slack).all()
    corners = shapely.get_coordinates(made.inward)
    assert (np.hypot(corners[:, 0] - x, corners[:, 1] - y) <= radius + slack).all()
    far = np.hypot(*(shapely.get_coordinates(made.outward) - [x, y]).T)
    assert far.max() <= radius + made.deviation * 1.001 + slack
    assert made.deviation <= 0.002 * radius
    assert made.outward.is_valid
    assert made.inward.is_valid


def test_a_hole_with_arcs_shrinks_outward_and_grows_inward_and_is_kept() -> None:
    made = straightened("CURVEPOLYGON ((-3 -3, 3 -3, 3 3, -3 3, -3 -3), CIRCULARSTRING (1 0, -1 0, 1 0))")
    assert made.inward.area < 36 - np.pi < made.outward.area
    for outline in (made.outward, made.inward):
        assert not outline.covers(shapely.Point(0, 0))
        assert outline.area == pytest.approx(36 - np.pi, rel=1e-3)


def test_an_arc_that_bulges_inward_takes_less_from_a_hazard() -> None:
    bitten = "CURVEPOLYGON (COMPOUNDCURVE (CIRCULARSTRING (-1 0, 0 1, 1 0), (1 0, 3 0, 3 3, -3 3, -3 0, -1 0)))"
    made = straightened(bitten)
    assert made.inward.area < 18 - np.pi / 2 < made.outward.area


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("CIRCULARSTRING Z (0 0 5, 1 1 5, 2 0 5)", "LineString"),
        ("SRID=4326;COMPOUNDCURVE ((0 0, 1 0), CIRCULARSTRING (1 0, 2 1, 3 0))", "LineString"),
        ("MULTICURVE ((0 0, 1 0), CIRCULARSTRING (1 0, 2 1, 3 0))", "MultiLineString"),
        ("MULTISURFACE (CURVEPOLYGON (CIRCULARSTRING (0 0, 2 0, 0 0)), ((5 5, 6 5, 6 6, 5 5)))", "MultiPolygon"),
        ("CURVEPOLYGONZ (CIRCULARSTRING Z (0 0 1, 2 0 1, 0 0 1))", "Polygon"),
        ("GEOMETRYCOLLECTION (CURVEPOLYGON (CIRCULARSTRING (0 0, 2 0, 0 0)), POINT (9 9))", "GeometryCollection"),
        ("CURVEPOLYGON EMPTY", "Polygon"),
    ],
)
def test_every_kind_of_curve_is_read(text: str, kind: str) -> None:
    assert straightened(text).outward.geom_type == kind


@pytest.mark.parametrize(
    "text",
    ["CIRCULARSTRING (0 0, 1 1)", "CURVEPOLYGON (CIRCULARSTRING (0 0", "CURVEPOLYGON (POINT (0 0))",
     "SPIRAL (0 0, 1 1)", "CURVEPOLYGON ((0 0, 1 0, x 1))", "MULTISURFACE (" * 60,
     "CIRCULARSTRING (0 0, 1, 2 2)", "COMPOUNDCURVE (1 1) 2"],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_words(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        straightened(text)


def test_binary_gives_what_text_gives_with_heights_and_a_stated_system() -> None:
    circle = positions(8, (0, 0), (2, 0), (0, 0))
    text = straightened("CURVEPOLYGON (CIRCULARSTRING (0 0, 2 0, 0 0))")
    assert straightened(wkb(10, circle)).outward.equals(text.outward)
    with_heights = wkb(1010, positions(1008, (0, 0, 7), (2, 0, 7), (0, 0, 7)))
    assert straightened(with_heights).inward.equals(text.inward)
    ewkb = struct.pack("<BIII", 1, 10 | 0x20000000, 4326, 1) + circle
    assert straightened(ewkb).outward.equals(text.outward)


@given(st.binary(max_size=80), st.sampled_from([7, 8, 9, 10, 11, 12, 1008, 2010, 3012]))
@settings(deadline=None)
def test_no_bytes_end_in_another_error(tail: bytes, kind: int) -> None:
    try:
        straightened(struct.pack("<BI", 1, kind) + tail)
    except ValueError:
        return


@given(
    st.floats(0.5, 5), st.floats(0.1, 1), st.floats(-3, 3), st.floats(-3, 3), st.floats(0.3, 6.2), st.booleans(),
)  # fmt: skip
@settings(deadline=None, max_examples=40)
def test_an_elliptic_arc_lies_between_the_two_outlines(
    axis: float, ratio: float, rotation: float, begin: float, turn: float, is_clockwise: bool
) -> None:
    """Oracle: the ellipse's own equation. 2026-11-28: true curves of ArcGIS were quarantined."""
    turn = -turn if is_clockwise else turn

    def at(angle: np.ndarray) -> np.ndarray:
        x, y = axis * np.cos(angle), axis * ratio * np.sin(angle)
        return np.column_stack(
            [x * np.cos(rotation) - y * np.sin(rotation), x * np.sin(rotation) + y * np.cos(rotation)]
        )

    ends = at(np.array([begin, begin + turn]))
    path = CurvedPath.elliptic_arc(
        ends[0], ends[1], (0, 0), is_clockwise=is_clockwise, rotation=rotation, axis=axis, ratio=ratio
    )
    made = area_within([CurvedPath.joined([path, CurvedPath.line([ends[1], [0, 0], ends[0]])])])
    on_arc = at(np.linspace(begin, begin + turn, 300))
    assert (shapely.distance(made.outward, shapely.points(on_arc)) <= 1e-8 * axis).all()
    assert (
        made.inward.difference(shapely.Polygon([*at(np.linspace(begin, begin + turn, 3_000)).tolist(), (0, 0)])).area
        < 1e-4
    )
    assert made.deviation < 0.002 * axis


@given(st.lists(st.tuples(st.floats(-2, 2), st.floats(-2, 2)), min_size=4, max_size=4, unique=True))
@example([(0.0, 0.0), (0.0, 1.0), (0.0, 2.0), (0.0, 0.5)])
@settings(deadline=None, max_examples=100)
def test_a_bezier_curve_lies_in_its_triangles(controls: list[tuple[float, float]]) -> None:
    """Oracle: Bernstein's polynomials."""
    path = CurvedPath.bezier(*controls)
    share = np.linspace(0, 1, 400)[:, None]
    weights = np.hstack([(1 - share) ** 3, 3 * share * (1 - share) ** 2, 3 * share**2 * (1 - share), share**3])
    on_curve = shapely.points(weights @ np.array(controls))
    # A curve that turns back on a straight line has flat triangles: their hulls are lines, and no polygons.
    hulls = [shapely.MultiPoint(triangle).convex_hull for triangle in np.array(path.triangles)]
    # Piece by piece: GEOS's union of all loses hulls that are 1e-79 degrees wide (2026-11-28).
    # GEOS divides by the squared length of a hull's edge, which is 0 for one of 1e-160 degrees; it compares ends then.
    with np.errstate(divide="ignore", invalid="ignore"):
        from_pieces = [shapely.distance(piece, on_curve) for piece in [shapely.LineString(path.corners), *hulls]]
    assert (np.min(from_pieces, axis=0) <= 1e-9).all()
    made = line_along(path)  # a closed one that crosses itself is drawn more coarsely than its pieces
    assert (shapely.distance(made.outward, on_curve) <= made.deviation + 1e-9).all()


@given(st.floats(-150, 150), st.floats(-70, 70), st.floats(1, 30_000))
@settings(deadline=None, max_examples=100)
def test_a_circle_on_the_ellipsoid_lies_between_the_two_outlines(lon: float, lat: float, radius_m: float) -> None:
    """Oracle: geodesics to places on and along the outlines (PROJ)."""
    made = area_within([CurvedPath.geodesic_circle(lon, lat, radius_m)])
    for outline, is_outward in ((made.outward, True), (made.inward, False)):
        x, y = shapely.get_coordinates(shapely.segmentize(outline, outline.length / 2_000)).T
        away_m = geod().inv(np.full(x.shape, lon), np.full(x.shape, lat), x, y)[2]
        assert (away_m > radius_m).all() if is_outward else (away_m < radius_m).all()
        assert (abs(away_m - radius_m) < 0.002 * radius_m + 1).all()


def test_arcs_that_contradict_themselves_are_refused() -> None:
    with pytest.raises(ValueError, match="do not lie on the ellipse"):
        CurvedPath.elliptic_arc((1, 0), (0, 2), (0, 0), is_clockwise=False)
    with pytest.raises(ValueError, match="no circle"):
        CurvedPath.circle((0, 0), (1, 1), (2, 2))
    with pytest.raises(ValueError, match="cannot be drawn"):
        CurvedPath.geodesic_circle(17, 89.9, 50_000)


def test_a_rounding_between_two_corners_loses_no_piece() -> None:
    """2026-11-28: GEOS 3.13's union lost the piece beyond a chord whose end lay 1e-17 off the next line's beginning."""
    angle = 0.015625
    first, off = (np.cos(angle), np.sin(angle)), (0.9998779321710066, 0.01562436422488337)
    arc = CurvedPath.ellipse((0, 0), (1, 1), angle, -1.25, ends=(off, (np.cos(angle - 1.25), np.sin(angle - 1.25))))
    made = area_within([CurvedPath.joined([arc, CurvedPath.line([(0, 0), first])])])
    at = angle - np.linspace(0, 1.25, 300)
    assert (shapely.distance(made.outward, shapely.points(np.cos(at), np.sin(at))) < 1e-8).all()


@given(
    st.lists(st.tuples(st.floats(0.5, 2), st.floats(0.05, 1)), min_size=4, max_size=10).filter(
        lambda n: len(n) % 2 < 1
    ),
    st.booleans(),
    st.booleans(),
)
@settings(deadline=None, max_examples=60)
def test_outlines_drawn_along_the_arcs_are_those_of_the_unions(
    corners: list[tuple[float, float]], is_clockwise: bool, has_hole: bool
) -> None:
    """2026-11-28, by fuzzing: a union of triangles took 18 ms an outline, 1 MB of outlines five minutes.

    The oracle is the union of all triangles, which GEOS makes.
    """
    radius = np.array([r for r, _ in corners])
    turn = np.cumsum([step for _, step in corners])
    angle = turn / turn[-1] * 2 * np.pi * (-1 if is_clockwise else 1)
    places = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
    places = np.vstack([places, places[:1]])
    rings = []
    for size in (1.0, 0.3) if has_hole else (1.0,):
        at = range(0, len(places) - 2, 2)
        rings.append(CurvedPath.joined([CurvedPath.arc(*(places[i : i + 3] * size)) for i in at]))
    chords = shapely.Polygon(rings[0].corners, [ring.corners for ring in rings[1:]])
    drawn = curve._drawn_along(rings) if chords.is_valid else None
    if drawn is None:
        return
    doubts = np.asarray(shapely.polygons(np.array([t for ring in rings for t in ring.triangles])), dtype=object)
    both = shapely.union_all(doubts)
    for made, expected in zip(
        drawn, (curve._with_all(chords, doubts, both), curve._without_any(chords, doubts, both)), strict=True
    ):
        assert made.is_valid
        assert shapely.symmetric_difference(made, expected).area <= 1e-9 * chords.area


def test_a_disc_is_drawn_along_its_arcs() -> None:
    """The quick way is the one that is taken."""
    assert curve._drawn_along([CurvedPath.circle((1, 0), (0, 1), (-1, 0))]) is not None


@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(-1, 1)), min_size=4, max_size=4))
@example([(0.0, 0.0), (0.0, 1.0), (0.0, 1.0), (1.0, 0.0)])  # both tangents at once across the chord
@settings(deadline=None, max_examples=200)
def test_the_triangles_of_a_bezier_piece_hold_the_hull_of_its_controls(controls: list[tuple[float, float]]) -> None:
    """In which the curve lies (Farin, Curves and Surfaces for CAGD, 5th edition, 4.2)."""
    triangles = np.array(_bounds(np.array([controls]))).reshape(-1, 3, 2)
    ground = shapely.union_all(shapely.polygons(triangles[np.isfinite(triangles).all(axis=(1, 2))]))
    hull = shapely.convex_hull(shapely.MultiPoint(controls))
    assert shapely.difference(hull, shapely.buffer(ground, 1e-9)).area < 1e-9


@given(st.integers(0, 10_000), st.integers(2, 60), st.booleans())
@settings(deadline=None, max_examples=40)
def test_many_arcs_that_cross_are_bounded_and_none_is_lost(seed: int, arcs: int, is_closed: bool) -> None:
    """2026-11-28: 1 MB of arcs that cross took minutes and 1.4 GB; now few pieces of ground stand for them."""
    places = np.random.default_rng(seed).uniform(0, 1, (2 * arcs + 1, 2))
    if is_closed:
        places[-1] = places[0]
    paths = [CurvedPath.arc(*places[at : at + 3]) for at in range(0, 2 * arcs, 2)]
    made = area_within([CurvedPath.joined(paths)])
    chords = CurvedPath.joined(paths).closed().corners
    assert shapely.dwithin(made.outward, shapely.points(chords), 1e-9).all()
    apexes = np.array([triangle[1] for path in paths for triangle in path.triangles])
    assert shapely.dwithin(made.outward, shapely.points(apexes), 1e-9).all()
    assert not shapely.contains_properly(made.inward, shapely.points(apexes)).any()
    assert made.inward.area <= made.outward.area


def test_so_many_arcs_that_it_would_take_minutes_are_their_hull() -> None:
    """2026-11-28: see above; nothing of such an outline counts as released."""
    places = np.random.default_rng(3).uniform(0, 1, (2001, 2))
    text = "CURVEPOLYGON (CIRCULARSTRING (" + ", ".join(f"{x} {y}" for x, y in [*places[:-1], places[0]]) + "))"
    made = straightened(text)
    assert made.inward.is_empty
    assert made.outward.equals(made.outward.convex_hull)
    assert shapely.covers(made.outward, shapely.points(places[:-1])).all()


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=3, max_size=9), st.sampled_from([8, 32, 128]))
def test_arcs_at_a_time_are_the_arcs_one_by_one(places: list[tuple[int, int]], per_circle: int) -> None:
    """2026-11-28: 1 MB of arcs took 19 s, half of it for arcs one by one; they are worked out together."""
    ends = [(float(x), float(y)) for x, y in places[: len(places) - (len(places) + 1) % 2]]
    together = CurvedPath.circular_string(ends, per_circle)
    threes = zip(ends[:-2:2], ends[1:-1:2], ends[2::2], strict=True)
    single = [CurvedPath.arc(first, middle, last, per_circle) for first, middle, last in threes]
    expected = CurvedPath.joined([CurvedPath.line(ends[:1]), *single])
    assert together.corners == pytest.approx(expected.corners, abs=1e-9)
    assert len(together.triangles) == len(expected.triangles)
    assert np.array(together.triangles) == pytest.approx(np.array(expected.triangles), abs=1e-9)
    assert together.deviation == pytest.approx(expected.deviation)
