"""Faces that GEOS loses at crossings a rounding away from a corner are found again, and looked for only there.

2026-11-28: every outline that crosses itself was mended twice more by GEOS to see whether a face was lost, a tenth of
the time of an import. Now a face's area and its first moments tell it, and how far apart corners and edges are.
"""

import numpy as np
import pytest
import shapely

from merestone.geodesy import _readings
from merestone.geodesy._flat import Objects
from merestone.geodesy._lost_faces import LOST, may_have_lost_faces, moments_of_areas

_SAME_DEG = 1e-9
_PLACE_DEG = np.array([17.1, 44.9])
_HARD = [
    (17.089711578459035, 44.889711578459035), (17.110288421540968, 44.89314105230602), (17.1, 44.903429473846984),
    (17.089711578459035, 44.906858947693976), (17.089711578459035, 44.91028842154096),
    (17.096570526153013, 44.906858947693976), (17.10685894769398, 44.889711578459035),
    (17.089711578459035, 44.906858947693976), (17.108242677151008, 44.89518679669598),
]  # fmt: skip
"""The last corner lies a rounding beside an edge; GEOS 3.14's "linework" has an eighth more inside than its faces."""


def _broken(polygons: list[shapely.Polygon]) -> Objects:
    given = np.array(polygons, dtype=object)
    given = given[~shapely.is_valid(given)]
    return np.asarray(given[~_readings.is_tangled(given)], dtype=object)


def _on_a_grid(count: int) -> Objects:
    """Outlines of which corners lie on edges of their own, a rounding beside them, and several edges cross at once."""
    random = np.random.default_rng(17)
    polygons = []
    for _ in range(count):
        size_deg = 10.0 ** random.uniform(-4, -1)
        corners = np.round(random.uniform(-4, 4, (random.integers(5, 12), 2))) * size_deg / 4 + _PLACE_DEG
        first, second = corners[0], corners[2]
        corners[-1] = first + (second - first) * random.random()
        polygons.append(shapely.Polygon(corners))
    return _broken([shapely.Polygon(_HARD), *polygons])


def test_what_geos_mends_an_outline_to_lies_within_a_tenth_of_a_millimetre_of_either_reading() -> None:
    """Both of its methods, of outlines that are as hard for it as can be; the sum of faces alone misses some."""
    for polygon in _on_a_grid(150):
        try:
            either = _readings.readings(np.array([polygon], dtype=object)).either[0]
        except shapely.errors.GEOSException:  # as before, the check refuses such an outline
            continue
        near = shapely.buffer(either, _SAME_DEG, quad_segs=1, join_style="mitre")
        for method in ("linework", "structure"):
            theirs = shapely.make_valid(polygon, method=method)
            assert shapely.difference(_readings.areas_only(theirs), near).area <= LOST * theirs.area


def test_outlines_whose_corners_lie_apart_are_not_mended_by_geos_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bow ties have two faces, which both are found."""
    mended: list[int] = []
    monkeypatch.setattr(_readings, "_add_lost", lambda either, polygons, chosen: mended.extend(chosen.tolist()))
    random = np.random.default_rng(3)
    ties = [shapely.Polygon(random.uniform(0, 0.01, (5, 2)) + _PLACE_DEG) for _ in range(200)]
    broken = _broken(ties)
    assert len(broken) > 50
    assert len(_readings.readings(broken).either) == len(broken)
    assert mended == []


def test_a_face_that_is_missing_is_noticed() -> None:
    """Of two lobes of equal area, each run the other way: the sum of the areas is nought with both and without."""
    tie = shapely.Polygon([(17.1, 44.9), (17.11, 44.91), (17.11, 44.9), (17.1, 44.91)])
    polygons = np.array([tie], dtype=object)
    lobes = shapely.get_parts(shapely.polygonize([shapely.unary_union(tie.boundary)]))
    places = shapely.get_coordinates(shapely.point_on_surface(lobes))
    for kept, is_missing in ((lobes, False), (lobes[:1], True), (lobes[:0], True)):
        face_of = np.zeros(len(kept), np.int64)
        moments = moments_of_areas(kept, polygons, face_of)
        *_, covered = _readings._inside(polygons, places[: len(kept)], face_of, moments)
        [differs] = may_have_lost_faces(polygons, covered, np.array([moments[:, 0].sum()]))
        assert differs == is_missing
