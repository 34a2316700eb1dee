"""The two readings of an outline that crosses itself, from one look at the pieces into which it cuts the plane.

All rings of a polygon are cut where they cross; the pieces between them are its *faces*. How often each ring winds
around a place within a face is plain arithmetic, and says whether the face is inside by the even-odd reading (a ray
crosses the rings an odd number of times) and by the non-zero winding reading (the shell goes around it, no hole does).
GEOS's ``make_valid`` gives the same two areas, but its "linework" method takes a time that grows with the fourth power
of the crossings (GEOS 3.14.1: 57 s for one ring of 201 corners that all cross).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from merestone.geodesy._flat import HOLE, SHELL, Floats, Ints, Lines, Objects, objects, repeats, simple_parts
from merestone.geodesy._lost_faces import LOST, MOMENT_DIFFERS, may_have_lost_faces, moments_of_areas

Flags = NDArray[np.bool_]

_FREE_CROSSINGS: Final = 60
_CROSSINGS_PER_VERTEX: Final = 2
"""An outline may cross itself this often before it is too tangled to be read: people's outlines cross a few times."""
_MOST_PAIRS: Final = 20_000_000
"""Pairs of a face and an edge that are looked at for one polygon, at most."""
_AT_ONCE: Final = 1_000_000
_FEW_FACES: Final = 150
"""Of so few faces GEOS's reading takes milliseconds."""
_CLEAR_DEG: Final = 1e-9
"""A tenth of a millimetre, thousands of times what rounding moves a corner by: where corners, edges and crossings are
farther apart, no form of reading an outline takes one for another."""
_POLYGON: Final = 3
_FEW_VERTICES: Final = 12
"""A ring with so few corners cannot cross itself often enough to matter."""
_SOME_VERTICES: Final = 100
"""Of polygons with so many, every edge is compared with every other, many polygons at once."""
_PAIRS_AT_ONCE: Final = 200_000


@dataclass(frozen=True, slots=True)
class Readings:
    """Areas by each reading, one for each polygon; an empty multipolygon where a reading has nothing inside."""

    even_odd: Objects
    winding: Objects
    either: Objects
    """What at least one reading has inside."""
    every: Objects
    """What both readings have inside."""


def is_tangled(polygons: Objects) -> Flags:
    """Which polygons cross themselves so often that the readings would take too long. Bounded work for each."""
    out = np.zeros(len(polygons), bool)
    count = shapely.get_num_coordinates(polygons)
    some = np.flatnonzero((count > _FEW_VERTICES) & (count <= _SOME_VERTICES))
    of_group = np.cumsum(count[some] ** 2) // _PAIRS_AT_ONCE
    for number in np.unique(of_group).tolist():
        group = some[of_group == number]
        out[group] = _crossings(polygons[group]) > _FREE_CROSSINGS + _CROSSINGS_PER_VERTEX * count[group]
    for at in np.flatnonzero(count > _SOME_VERTICES).tolist():
        vertices = int(count[at])
        most = min(_FREE_CROSSINGS + _CROSSINGS_PER_VERTEX * vertices, _MOST_PAIRS // vertices)
        out[at] = _crosses_more_than(most, polygons[at])
    return out


def readings(polygons: Objects, *, with_every: bool = True) -> Readings:
    """Both readings of polygons that are finite, not empty and not `is_tangled`; holes may lie anywhere.

    What both have inside is wanted only `with_every`; without it, `every` is empty.

    An edge that is drawn twice counts twice in a ray's crossings by one form of even-odd, once by another, and GEOS's
    "linework" takes it for neither: where they differ, `either` has what any has inside, and `every` what all have.
    """
    size = len(polygons)
    rings = objects(shapely.boundary(polygons))
    noded = objects(shapely.unary_union(rings[:, None], axis=1))
    faces, face_of = shapely.get_parts(shapely.polygonize(noded[:, None]), return_index=True)
    face_of = face_of.astype(np.int64)
    places = shapely.get_coordinates(shapely.point_on_surface(faces))
    face_moments = moments_of_areas(faces, polygons, face_of)
    is_odd, is_wound, covered = _inside(polygons, places, face_of, face_moments)
    is_odd_once = is_odd.copy()
    drawn_twice = shapely.length(noded) < shapely.length(rings) * (1 - 1e-12)
    at = np.flatnonzero(drawn_twice[face_of])
    if len(at):
        which = np.cumsum(drawn_twice) - 1
        is_odd_once[at], *_ = _inside(noded[drawn_twice], places[at], which[face_of[at]])
    is_any, is_all = is_odd | is_odd_once | is_wound, is_odd & is_odd_once & is_wound
    winding = _united(faces, face_of, is_wound, size)
    even_odd, either = (_like(winding, faces, face_of, is_wound, inside) for inside in (is_odd, is_any))
    every = np.full(size, shapely.MultiPolygon(), dtype=object)
    if with_every:
        every = _like(winding, faces, face_of, is_wound, is_all)
    faces_of = np.bincount(face_of, minlength=size)
    area_of = np.asarray(np.bincount(face_of[is_any], face_moments[is_any, 0], minlength=size), np.float64)
    lost = shapely.minimum_clearance(noded) < _CLEAR_DEG
    lost |= may_have_lost_faces(polygons, covered, area_of)
    lost |= ~(np.abs(shapely.area(either) - area_of) <= MOMENT_DIFFERS * area_of)  # faces that were joined wrongly
    _add_lost(either, polygons, np.flatnonzero(lost & ~drawn_twice & (faces_of <= _FEW_FACES)))
    few = np.flatnonzero(drawn_twice & (faces_of <= _FEW_FACES))
    theirs = objects(shapely.make_valid(polygons[few], method="linework"))
    for which_one, area in zip(few.tolist(), map(areas_only, theirs), strict=True):
        either[which_one] = areas_only(either[which_one].union(area))
        if with_every:
            every[which_one] = areas_only(every[which_one].intersection(area))
    return Readings(even_odd, winding, either, every)


def _add_lost(either: Objects, polygons: Objects, chosen: Ints) -> None:
    """Put back the faces that GEOS 3.14 loses where it cuts rings at crossings a rounding away from a corner.

    Its own mending of the outline says what is missing; outlines of which nothing is are left as they are.
    """
    for method in ("linework", "structure"):
        for which in chosen.tolist():
            try:
                theirs = areas_only(shapely.make_valid(polygons[which], method=method))
                if shapely.difference(theirs, either[which]).area > LOST * theirs.area:
                    either[which] = areas_only(either[which].union(theirs))
            except shapely.errors.GEOSException:  # it mends no outline whose numbers are too far apart
                continue


def hull_of_all(corners: BaseGeometry | Floats) -> BaseGeometry:
    """The convex hull of all corners: GEOS's hull of a polygon (3.14) passes over holes, also beyond the shell."""
    places = corners if isinstance(corners, np.ndarray) else shapely.get_coordinates(corners)
    if not len(places):
        return shapely.Polygon()
    hull: BaseGeometry = shapely.LineString(np.concatenate([places, places[:1]])).convex_hull  # made before points are
    return hull


def areas_only(geometry: BaseGeometry) -> BaseGeometry:
    """The areas of a geometry as a polygon or multipolygon; an empty multipolygon if it has none."""
    if geometry.geom_type in ("Polygon", "MultiPolygon"):
        return geometry
    parts, _ = simple_parts([geometry])
    areas = parts[(shapely.get_type_id(parts) == _POLYGON) & ~shapely.is_empty(parts)]
    return areas[0] if len(areas) == 1 else shapely.union_all(areas) if len(areas) else shapely.MultiPolygon()


def _united(faces: Objects, face_of: Ints, chosen: Flags, size: int) -> Objects:
    """The chosen faces of each polygon as one area."""
    out = np.full(size, shapely.MultiPolygon(), dtype=object)
    face, owner = faces[chosen], face_of[chosen]
    who, count = np.unique(owner, return_counts=True)
    alone = np.isin(owner, who[count == 1])
    out[owner[alone]] = face[alone]
    several = who[count > 1]
    if len(several):
        together = objects(shapely.multipolygons(face[~alone], indices=np.searchsorted(several, owner[~alone])))
        try:
            out[several] = shapely.coverage_union_all(together[:, None], axis=1)
        except shapely.errors.GEOSException:  # faces whose edges rounding has moved into each other
            out[several] = [shapely.union_all(shapely.get_parts(pieces)) for pieces in together]
    return out


def _like(areas: Objects, faces: Objects, face_of: Ints, their: Flags, chosen: Flags) -> Objects:
    """The chosen faces of each polygon as one area: the very one of `areas`, which has their faces, where all agree."""
    differs = np.zeros(len(areas), bool)
    differs[face_of[chosen != their]] = True
    out = areas.copy()
    if differs.any():
        out[differs] = _united(faces, face_of, chosen & differs[face_of], len(areas))[differs]
    return out


def _inside(
    outlines: Objects, places: Floats, outline_of: Ints, weights: Floats | None = None
) -> tuple[Flags, Flags, Floats]:
    """Whether each place is inside its outline by even-odd, and by non-zero winding (which lines do not have).

    Third, for each ring of the outlines: the sum of the places' `weights`, each times the ring's winding number there.
    """
    lines = Lines.of(outlines)
    first_line = np.searchsorted(lines.owner, np.arange(len(outlines) + 1))
    edges = np.diff(lines.starts[first_line]) - np.diff(first_line)
    is_odd, is_wound = np.zeros(len(places), bool), np.zeros(len(places), bool)
    covered = np.zeros((len(lines.owner), 3))
    chunk = np.cumsum(edges[outline_of]) // _AT_ONCE
    for group in np.unique(chunk):
        at = np.flatnonzero(chunk == group)
        # Every place with every line of its outline, then with every edge of that line.
        lines_of = np.diff(first_line)[outline_of[at]]
        place = np.repeat(at, lines_of)
        line = np.repeat(first_line[outline_of[at]], lines_of) + repeats(lines_of)
        edges_of = np.diff(lines.starts)[line] - 1
        edge = np.repeat(lines.starts[line], edges_of) + repeats(edges_of)
        ends = lines.coordinates[edge], lines.coordinates[edge + 1]
        turns, crossings = _turns(places[np.repeat(place, edges_of)], *ends)
        begin = np.cumsum(edges_of) - edges_of
        turns, crossings = np.add.reduceat(turns, begin), np.add.reduceat(crossings, begin)
        is_odd |= np.bincount(place, crossings, minlength=len(places)) % 2 == 1
        shell, hole = lines.role[line] == SHELL, (lines.role[line] == HOLE) & (turns != 0)
        is_wound[place[shell]] = turns[shell] != 0
        is_wound[place[hole]] = False  # the shell of a polygon comes first, and is overruled here
        for column in range(0 if weights is None else 3):
            weighed = turns * weights[place, column] if weights is not None else turns
            covered[:, column] += np.bincount(line, weighed, minlength=len(covered))
    return is_odd, is_wound, covered


def _turns(place: Floats, first: Floats, last: Floats) -> tuple[Ints, Ints]:
    """For each pair: how the edge winds around the place (1, 0, -1), and whether a ray to the east crosses it."""
    x, y = place.T
    up = (last[:, 1] > y).astype(np.int8) - (first[:, 1] > y).astype(np.int8)
    at = np.flatnonzero(up)
    run, climb = (last[at] - first[at]).T
    side = run * (y[at] - first[at, 1]) - (x[at] - first[at, 0]) * climb
    east = (side > 0) == (up[at] > 0)
    turns, crossings = np.zeros(len(x), np.int64), np.zeros(len(x), np.int64)
    turns[at[east]], crossings[at[east]] = up[at[east]], 1
    return turns, crossings


def _crossings(polygons: Objects) -> Ints:
    """How often edges that are no neighbours meet, of each polygon; every edge is compared with every other."""
    lines = Lines.of(polygons)
    is_edge = np.ones(len(lines.coordinates) - 1, bool)
    is_edge[lines.starts[1:-1] - 1] = False
    is_edge &= (np.diff(lines.coordinates, axis=0) != 0).any(axis=1)
    at = np.flatnonzero(is_edge)
    line = np.searchsorted(lines.starts, at, side="right")
    owner = lines.owner[line - 1]
    first, last = lines.coordinates[at], lines.coordinates[at + 1]
    end = np.cumsum(np.bincount(owner, minlength=len(polygons)))
    later = end[owner] - np.arange(len(at)) - 1
    a = np.repeat(np.arange(len(at)), later)
    b = a + 1 + repeats(later)
    low, high = np.minimum(first, last), np.maximum(first, last)
    near = ((low[a] <= high[b]) & (low[b] <= high[a])).all(axis=1)
    a, b = a[near], b[near]
    is_neighbour = ((b == a + 1) & (line[a] == line[b])) | (last[b] == first[a]).all(axis=1)
    meets = _meet(first[a], last[a], first[b], last[b]) & ~is_neighbour
    return np.bincount(owner[a[meets]], minlength=len(polygons))


def _crosses_more_than(most: int, polygon: shapely.Polygon) -> bool:
    """Whether edges that are no neighbours meet more often than `most`, or so many are near that it cannot be told."""
    lines = Lines.of(np.array([polygon], dtype=object))
    is_edge = np.ones(len(lines.coordinates) - 1, bool)
    is_edge[lines.starts[1:-1] - 1] = False
    is_edge &= (np.diff(lines.coordinates, axis=0) != 0).any(axis=1)
    at = np.flatnonzero(is_edge)
    if not len(at):
        return False
    line = np.searchsorted(lines.starts, at, side="right")
    first, last = lines.coordinates[at], lines.coordinates[at + 1]
    segments = objects(shapely.linestrings(np.stack([first, last], axis=1)))
    tree = shapely.STRtree(segments)
    crossed = near = begin = 0
    step = max(_AT_ONCE // len(at), 1)
    order = np.random.default_rng(0).permutation(len(at))  # so that what comes next is as dense as what was seen
    while begin < len(at):
        some = order[begin : begin + step]
        a, b = tree.query(segments[some])
        begin, step = begin + step, step * 2 if len(a) < _AT_ONCE // 2 else max(step // 2, 1)
        a = some[a]
        a, b = a[a < b], b[a < b]
        near += len(a)
        is_neighbour = ((b == a + 1) & (line[a] == line[b])) | (last[b] == first[a]).all(axis=1)
        crossed += int((_meet(first[a], last[a], first[b], last[b]) & ~is_neighbour).sum())
        if crossed > most or near > _MOST_PAIRS:
            return True
    return False


def _meet(a1: Floats, a2: Floats, b1: Floats, b2: Floats) -> Flags:
    """Whether each pair of edges, whose boxes meet, crosses or touches."""
    return (_side(a1, a2, b1) * _side(a1, a2, b2) <= 0) & (_side(b1, b2, a1) * _side(b1, b2, a2) <= 0)


def _side(first: Floats, last: Floats, place: Floats) -> Floats:
    run, rise = (last - first).T, (place - first).T
    return np.asarray(np.sign(run[0] * rise[1] - run[1] * rise[0]), np.float64)
