"""Areas made larger on purpose: widened by an accuracy, or hidden in the cells of a fixed grid. Never smaller.

`widen` gives an area that holds every place within so many metres. `outward` gives whole cells of a grid that is the
same everywhere. That hides little: who guesses that an area is a rectangle reads its edge off 100 m cells to some
metres. What the public sees of a hazard is masked by chance instead (`merestone.geodesy.masking`).
"""

from __future__ import annotations

from typing import Final

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from merestone.geodesy import antimeridian
from merestone.geodesy._flat import (
    Floats,
    Geometries,
    Ints,
    Lines,
    Objects,
    objects,
    repeats,
    simple_parts,
    without_tiny_numbers,
)
from merestone.geodesy.ellipsoid import metres_per_degree
from merestone.terms import WIDENED_M, FieldRefused, number_of

_QUADRANT: Final = 16
"""Segments in which a quarter of a circle is drawn."""
_ROUNDING_M: Final = 0.001
"""A millimetre more than asked, for what floating point takes away."""
_SLACK_DEG: Final = 1e-9
"""A tenth of a millimetre: a geometry this near to a cell takes the cell, so that rounding cannot lose it."""
_STRIP_DEG: Final = 0.25
"""A geometry taller than this is widened strip by strip, since a degree of longitude shrinks towards the poles."""
_BAND_DEG: Final = 1.0
"""Height of the bands of latitude within which all grid cells have one width in degrees."""
_ROW_DEG_M: Final = 111_000.0
"""Metres taken for a degree of latitude when the grid's rows are laid out; part of the grid's definition."""
_MOST_RUNS: Final = 5_000_000


def widen(geometry: BaseGeometry, by_m: float) -> BaseGeometry:
    """An area that holds every place within `by_m` metres of the geometry, rounded outwards.

    The result reaches at most about 1 % + 1 cm too far, more only above 80 degrees of latitude. It is cut at the
    antimeridian, and where it reaches a pole it runs around it. `by_m` of 0 gives an area back as it is; points and
    lines become a millimetre wide.

    Raises
    ------
    FieldRefused
        `by_m` is negative or not finite.
    """
    out = widen_all([geometry], by_m)[0]
    assert isinstance(out, BaseGeometry)
    return out


def _chord(quadrant_segments: int) -> float:
    """Factor that sets the chords outside the circle: 0.4 % for 16 segments to the quadrant, 2.1 % for 6.

    GEOS rounds the number of segments of an arc, so that one may span one and a half times its share, and leaves out
    corners that turn very little: hence the 1.5 and the 0.1 %.
    """
    return float(1.001 / np.cos(1.5 * np.pi / (4 * quadrant_segments)))


def widen_all(geometries: Geometries, by_m: ArrayLike, *, quadrant_segments: int = _QUADRANT) -> Objects:
    """`widen` for an array of geometries (longitude, latitude; valid), with one width or one for each.

    Fewer segments to a quarter of a circle make fewer corners, and reach farther: 6 of them about 2 %.

    How it holds its promise: let ``k`` and ``m`` be the fewest metres that a degree of longitude and of latitude
    measure anywhere within reach. Then no place within `by_m` metres is farther than `by_m` in the plane ``(k * lon,
    m * lat)``, where an ordinary buffer finds it.
    """
    shapes = objects(geometries)
    width_m = np.broadcast_to(np.asarray(by_m, np.float64), shapes.shape)
    if not (np.isfinite(width_m) & (width_m >= 0)).all():
        bad = float(width_m[~(np.isfinite(width_m) & (width_m >= 0))][0])
        raise FieldRefused("by_m", bad, "is not a width", "give metres, 0 or more")
    out = shapes.copy()
    present = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    grows = present & ((width_m > 0) | (shapely.get_dimensions(shapes) < 2))
    chosen = np.flatnonzero(grows)
    if not len(chosen):
        return out
    strips, strip_of = _strips(without_tiny_numbers(shapely.force_2d(shapes[chosen])))
    wide = _widened_strips(strips, width_m[chosen][strip_of], quadrant_segments)
    alone = np.bincount(strip_of, minlength=len(chosen))[strip_of] == 1
    out[chosen[strip_of[alone]]] = wide[alone]
    for which in set(strip_of[~alone].tolist()):
        out[chosen[which]] = shapely.union_all(wide[strip_of == which])
    bounds = shapely.bounds(out[chosen])
    for which in chosen[(bounds[:, 0] < -180) | (bounds[:, 2] > 180)]:
        out[which] = antimeridian.wrapped_to_180(out[which])
    return out


def outward(
    geometry: BaseGeometry, by_m: float, *, accuracy_m: float | None = None
) -> shapely.Polygon | shapely.MultiPolygon:
    """The cells of a fixed grid that the geometry touches: an area that contains it, in coarse steps.

    Parameters
    ----------
    geometry
        Valid area, line or point in longitude and latitude on WGS 84; edges straight in longitude and latitude.
    by_m
        Width of a cell in metres: 1 m to 100 km. Cells are a whole number to the circle of latitude, so they are this
        wide or up to a few per cent wider. Keep to one width for all publications: the covers of one outline by two
        grids together say more than each alone.
    accuracy_m
        Accuracy of the geometry, by which it is widened first; None: unstated, `terms.WIDENED_M`. 0 only if whoever
        uses the result widens it by the accuracy, or if the geometry is no outline that somebody measured.

    Raises
    ------
    FieldRefused
        `by_m` is out of range, or the area is too large for so fine a grid.

    >>> place = shapely.Point(0.0123, 0.0456)
    >>> outward(place, by_m=500).covers(place)
    True
    """
    out = outward_all([geometry], by_m, accuracy_m=np.nan if accuracy_m is None else accuracy_m)[0]
    assert isinstance(out, shapely.Polygon | shapely.MultiPolygon)
    return out


def outward_all(geometries: Geometries, by_m: float, *, accuracy_m: ArrayLike = np.nan) -> Objects:
    """`outward` for an array of geometries, with one accuracy or one for each (NaN: unstated). None stays None."""
    if not (np.isfinite(by_m) and 1.0 <= by_m <= 100_000.0):
        raise FieldRefused("by_m", by_m, "is not a valid cell width", "give metres from 1 to 100,000")
    shapes = objects(geometries)
    accuracy = np.broadcast_to(np.asarray(accuracy_m, np.float64), shapes.shape)
    present = np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
    out = shapes.copy()
    if not len(present):
        return out
    doubt_m = np.where(np.isnan(accuracy), WIDENED_M, accuracy)[present]
    wide = shapely.force_2d(shapes[present])
    wide[doubt_m > 0] = widen_all(wide[doubt_m > 0], doubt_m[doubt_m > 0])
    south, row_of = _rows_touched(wide, by_m)
    out[present] = _cells_touched(wide, south, row_of, by_m)
    return out


def _strips(geometries: Objects) -> tuple[Objects, Ints]:
    """The geometries, the tall ones cut into strips of latitude; and which geometry each strip is of."""
    bounds = shapely.bounds(geometries)
    first = np.floor(bounds[:, 1] / _STRIP_DEG).astype(np.int64)
    last = np.floor(bounds[:, 3] / _STRIP_DEG).astype(np.int64)
    tall = bounds[:, 3] - bounds[:, 1] > _STRIP_DEG
    count = np.where(tall, last - first + 1, 1)
    strip_of = np.repeat(np.arange(len(geometries)), count)
    nth = repeats(count)
    strips = geometries[strip_of]
    cut = tall[strip_of]
    south = (first[strip_of] + nth)[cut] * _STRIP_DEG
    frames = shapely.box(bounds[strip_of, 0][cut] - 1, south, bounds[strip_of, 2][cut] + 1, south + _STRIP_DEG)
    strips[cut] = shapely.intersection(strips[cut], frames)
    some = ~shapely.is_empty(strips)
    return strips[some], strip_of[some]


def _widened_strips(strips: Objects, width_m: Floats, quadrant_segments: int) -> Objects:
    bounds = shapely.bounds(strips)
    reach_m = width_m * (1 + 1e-9) + _ROUNDING_M
    reach_deg = reach_m / 110_500.0  # fewer metres than any degree of latitude measures: the reach is not understated
    south, north = np.maximum(bounds[:, 1] - reach_deg, -90.0), np.minimum(bounds[:, 3] + reach_deg, 90.0)
    lon_m = np.minimum(metres_per_degree(south)[0], metres_per_degree(north)[0])
    lat_m = np.where(
        (south < 0) & (north > 0),
        metres_per_degree(0.0)[1],
        np.minimum(*(metres_per_degree(v)[1] for v in (south, north))),
    )
    around = reach_m >= 90.0 * lon_m  # so near to a pole that the circle runs around it
    out = np.empty(len(strips), dtype=object)
    whole = np.full(around.sum(), 180.0)
    out[around] = shapely.box(-whole, south[around], whole, north[around])
    rest = np.flatnonzero(~around)
    scale = np.column_stack([lon_m, lat_m])[rest]
    plane = _scaled(strips[rest], scale)
    out[rest] = _scaled(_buffered(plane, reach_m[rest], quadrant_segments), 1 / scale)
    over = (shapely.bounds(out)[:, [1, 3]] * [-1, 1] > 90.0).any(axis=1)
    out[over] = shapely.intersection(out[over], shapely.box(-1000.0, -90.0, 1000.0, 90.0))
    return out


def _buffered(plane: Objects, reach_m: Floats, quadrant_segments: int) -> Objects:
    """Buffers in the plane that are seen to hold everything within reach.

    GEOS's buffer of an outline with a very thin needle can leave out the needle's tip (seen in GEOS 3.14.1). So each
    result is examined: it must cover the input, and no point of its outline may lie within reach of the input.
    What fails is made anew from its single edges, whose buffers are plain capsules.
    """
    drawn_m = reach_m * _chord(quadrant_segments)
    out = objects(shapely.buffer(plane, drawn_m, quad_segs=quadrant_segments))
    for at in np.flatnonzero(~holds(out, plane, reach_m)):
        lines = Lines.of(plane[[at]])
        is_edge = lines.line_of[1:] == lines.line_of[:-1]
        edges = shapely.linestrings(np.stack([lines.coordinates[:-1], lines.coordinates[1:]], axis=1)[is_edge])
        discs = shapely.points(lines.coordinates)
        capsules = shapely.buffer(np.concatenate([edges, discs]), drawn_m[at], quad_segs=quadrant_segments)
        out[at] = shapely.union_all([plane[at], *capsules])
    return out


def holds(areas: Objects, contents: Objects, least_m: ArrayLike) -> NDArray[np.bool_]:
    """Whether each area covers what it is to hold, and its boundary stays so many metres (more than 0) away from that.

    Where no boundary comes near, each piece of the contents lies wholly inside or wholly outside: one of its points
    tells which, at a fraction of the cost of `shapely.covers`.
    """
    with np.errstate(divide="ignore", invalid="ignore"):  # denormal coordinates; what comes out as NaN does not hold
        apart_m = np.asarray(shapely.distance(shapely.boundary(areas), contents), np.float64)
    out = np.asarray(apart_m >= np.asarray(least_m, np.float64), np.bool_)
    parts, part_of = simple_parts(contents)
    places, place_of = shapely.get_coordinates(parts, return_index=True)
    first = np.flatnonzero(np.diff(place_of, prepend=-1))
    of = part_of[place_of[first]]
    out[of[~shapely.contains_xy(areas[of], places[first, 0], places[first, 1])]] = False
    return out


def _scaled(geometries: Objects, scale: Floats) -> Objects:
    coordinates, owner = shapely.get_coordinates(geometries, return_index=True)
    coordinates *= scale.take(owner, axis=0)
    return np.asarray(shapely.set_coordinates(geometries.copy(), coordinates), dtype=object)


def row_height_deg(by_m: float) -> float:
    """Height of the grid's rows: a whole number of them to the quarter meridian, none lower than `by_m`."""
    return 90.0 / max(int(90.0 * _ROW_DEG_M / by_m), 1)


def _cell_width_deg(row: Ints, by_m: float) -> Floats:
    """Width of the cells of each row: a whole number to the circle, as wide as `by_m` in the whole band of latitude."""
    height = row_height_deg(by_m)
    middle = np.abs((row + 0.5) * height)
    poleward = np.ceil(np.minimum(middle, 89.999999) / _BAND_DEG) * _BAND_DEG
    narrowest_m = metres_per_degree(np.minimum(poleward, 89.5))[0]
    return 360.0 / np.maximum(np.floor(360.0 * narrowest_m / by_m), 1.0)


def _rows_touched(geometries: Objects, by_m: float) -> tuple[Ints, Ints]:
    """Rows of the grid that each geometry's extent touches, and whose each row is."""
    height = row_height_deg(by_m)
    most = round(90.0 / height)
    bounds = shapely.bounds(geometries)
    first = np.clip(np.floor((bounds[:, 1] - _SLACK_DEG) / height), -most, most - 1).astype(np.int64)
    last = np.clip(np.floor((bounds[:, 3] + _SLACK_DEG) / height), -most, most - 1).astype(np.int64)
    count = last - first + 1
    if count.sum() > _MOST_RUNS:
        why = f"is so small that the areas would take {number_of(count.sum(), 'row')} of the grid"
        raise FieldRefused("by_m", by_m, why, "give a larger cell")
    row_of = np.repeat(np.arange(len(geometries)), count)
    return first[row_of] + repeats(count), row_of


def _cells_touched(geometries: Objects, row: Ints, row_of: Ints, by_m: float) -> Objects:
    """The union of each geometry's cells.

    In one row of the grid, a connected piece of the geometry touches every cell between its western and its eastern
    end, so the extents of the pieces give the cells. All edges of cells are parallel to the axes and rows share their
    floating-point edges, so the union is exact.
    """
    height = row_height_deg(by_m)
    bounds = shapely.bounds(geometries)
    frames = shapely.box(
        bounds[row_of, 0] - 1, row * height - _SLACK_DEG, bounds[row_of, 2] + 1, (row + 1) * height + _SLACK_DEG
    )
    pieces, piece_of = shapely.get_parts(shapely.intersection(geometries[row_of], frames), return_index=True)
    extent = shapely.bounds(pieces)
    some = ~np.isnan(extent[:, 0])
    extent, piece_of = extent[some], piece_of[some]
    width = _cell_width_deg(row[piece_of], by_m)
    most = np.round(180.0 / width * 2).astype(np.int64)  # cells to the circle
    first = np.clip(np.floor((extent[:, 0] - _SLACK_DEG + 180.0) / width), 0, most - 1)
    last = np.clip(np.floor((extent[:, 2] + _SLACK_DEG + 180.0) / width), 0, most - 1)
    west = np.where(first == 0, -180.0, -180.0 + first * width)
    east = np.where(last == most - 1, 180.0, -180.0 + (last + 1) * width)
    runs = shapely.box(west, row[piece_of] * height, east, (row[piece_of] + 1) * height)
    runs, owner = runs[order := np.argsort(row_of[piece_of], kind="stable")], row_of[piece_of][order]
    groups = objects(shapely.multipolygons(runs, indices=owner))
    return objects(shapely.union_all(groups.reshape(-1, 1), axis=1))
