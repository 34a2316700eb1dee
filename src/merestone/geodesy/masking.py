"""Geographic masking: areas enlarged by chance, so that what is shown contains the true area and hides its edge.

The cells of a known grid hide little: whoever guesses that an area is a rectangle finds the few rectangles that touch
just those cells. Here an area is enlarged by a width that only the holder of the chance knows, moved, and bent:

- a *spread*, drawn anew for each record, is added all around with square corners, so that no corner tells how much;
- a fixed margin with round corners makes room for the shift and the bend;
- a *shift* moves the whole, mostly across its edges; two long waves *bend* it, so that no edge is shown straight.

The margin is larger than the shift and the usual bend together, and each result is examined: the true area lies within
what is shown, with `Mask.tolerance_m` to spare. `benchmarks/privacy.py` attacks it; the figures stand in
`docs/explanation/public-outlines.md`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from merestone.geodesy import antimeridian
from merestone.geodesy._flat import Floats, Geometries, Ints, Lines, Objects, objects
from merestone.geodesy.ellipsoid import metres_per_degree
from merestone.geodesy.outward import holds, widen_all

CHANCES: Final = 14
"""How many numbers from 0 to 1 the masking of one area takes."""
_QUADRANT: Final = 4
_CHORD: Final = float(1.001 / np.cos(np.pi / (4 * _QUADRANT)))
_PLANE_DEG: Final = 1.0
"""An area that spans more is masked on the ellipsoid, by spread and shift alone: no plane is true to all of it."""
_PLANE_LAT: Final = 80.0
_LEAST_M: Final = 0.5
"""The least spread: a point needs some."""
_MITRE: Final = 1.5
"""No right angle is cut, and no needle is drawn out farther than this many spreads."""
_MOST_CORNERS: Final = 400
_DIGITS: Final = 7
"""Digits of the degrees that are shown: 11 mm."""


@dataclass(frozen=True, slots=True)
class Mask:
    """How far areas are enlarged, in metres. On average it is the margin and, of long areas, half the spread."""

    level_m: float
    """What the level is called: the width of the cells that it replaced."""
    tolerance_m: float
    """What always lies between the true outline and the one shown: surveys that differ by less need no new one."""
    kept_m: float
    """What usually lies between the two at the nearest place."""
    bend_m: float
    """The largest amplitude of both waves together."""
    shift_m: float
    """The largest shift."""
    spread_m: float
    """The largest spread, of areas that are long beside the level; small ones have less."""

    @property
    def margin_m(self) -> float:
        """What is added with round corners: room for the shift and the bend."""
        return self.kept_m + self.bend_m / 2 + self.shift_m


_FINE: Final = Mask(level_m=100.0, tolerance_m=12.0, kept_m=16.0, bend_m=9.0, shift_m=50.0, spread_m=155.0)
_COARSE: Final = Mask(level_m=1000.0, tolerance_m=30.0, kept_m=45.0, bend_m=90.0, shift_m=515.0, spread_m=1580.0)
_BETWEEN_M: Final = 300.0


def mask_of(level_m: float) -> Mask:
    """The mask of a level: as far, by the benchmark, as the cells of that width allowed 1.4 times their land.

    >>> mask_of(100.0).shift_m, mask_of(200.0).shift_m
    (50.0, 100.0)
    """
    base = _FINE if level_m < _BETWEEN_M else _COARSE
    factor = level_m / base.level_m
    return Mask(*(getattr(base, name) * factor for name in Mask.__slots__))


@dataclass(frozen=True, slots=True)
class _Drawn:
    """What chance gave to each area, in metres and radians."""

    spread_m: Floats
    shift_m: Floats
    """Shape (n, 2), east and north."""
    wave_m: Floats
    """Shape (n, 2, 2): amplitude of both waves, east and north."""
    wave_number: Floats
    """Shape (n, 2, 2): radians to the metre, east and north."""
    phase: Floats
    """Shape (n, 2)."""


def masked_all(
    geometries: Geometries, frames: Geometries, chance: Floats, mask: Mask, *, least_hole_m2: float | None = None
) -> Objects:
    """Areas that contain the geometries with `Mask.tolerance_m` to spare and do not show where their edges are.

    Parameters
    ----------
    geometries
        Valid geometries in longitude and latitude on WGS 84. None and empty ones stay as they are.
    frames
        For each geometry, the outline to which its waves are fixed: the first one known of the record, so that a later
        outline of it is bent in the same way, and both together say no more than each alone.
    chance : shape (n, CHANCES), from 0 to 1
        What nobody else may know or guess, the same for all outlines of one record, and independent of other records.
    mask
        How far.
    least_hole_m2
        Holes of what is shown that are smaller than this are filled; None: those below a square of four levels.

    Returns
    -------
    Polygons and multipolygons.
    """
    shapes, framed = objects(geometries), objects(frames)
    out = shapes.copy()
    present = np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
    if not len(present):
        return out
    true, frame, drawn_from = shapely.force_2d(shapes[present]), framed[present], np.asarray(chance, float)[present]
    middle_deg, size_m = _frames(frame)
    drawn = _draw(frame, size_m, drawn_from, mask)
    bounds = shapely.bounds(true)
    is_flat = (bounds[:, 2] - bounds[:, 0] < _PLANE_DEG) & (bounds[:, 3] - bounds[:, 1] < _PLANE_DEG)
    is_flat &= np.abs(bounds[:, [1, 3]]).max(axis=1) < _PLANE_LAT
    is_flat &= (bounds[:, 0] > -180 + _PLANE_DEG) & (bounds[:, 2] < 180 - _PLANE_DEG)
    is_flat &= np.abs(middle_deg - (bounds[:, :2] + bounds[:, 2:]) / 2).max(axis=1) < _PLANE_DEG
    shown = np.empty(len(present), dtype=object)
    flat = np.flatnonzero(is_flat)
    if len(flat):
        shown[flat] = _masked_in_plane(true[flat], middle_deg[flat], _chosen(drawn, flat), mask, least_hole_m2)
    rest = np.flatnonzero(shapely.is_missing(shown))
    if len(rest):
        shown[rest] = _masked_on_ellipsoid(true[rest], _chosen(drawn, rest), mask)
    out[present] = shown
    return out


def _chosen(drawn: _Drawn, which: Ints) -> _Drawn:
    return _Drawn(*(getattr(drawn, name)[which] for name in _Drawn.__slots__))


def _frames(frames: Objects) -> tuple[Floats, Floats]:
    """Of each frame: its middle in degrees, and its size in metres (the diagonal of its extent)."""
    bounds = shapely.bounds(frames)
    middle_deg = (bounds[:, :2] + bounds[:, 2:]) / 2
    scale = np.column_stack(metres_per_degree(middle_deg[:, 1]))
    return middle_deg, np.hypot(*((bounds[:, 2:] - bounds[:, :2]) * scale).T)


def _headings(frames: Objects, candidates: Floats) -> Floats:
    """Of the headings that chance offers to each area, the one that moves its edges sideways most; radians.

    A belt that is moved along itself stays where it was.
    """
    lines = Lines.of(frames)
    owner = lines.owner[lines.line_of]
    lon_m, lat_m = metres_per_degree(lines.coordinates[:, 1])
    is_edge = lines.line_of[1:] == lines.line_of[:-1]
    east, north = (np.diff(lines.coordinates, axis=0) * np.column_stack([lon_m, lat_m])[1:])[is_edge].T
    owner = owner[1:][is_edge]
    sideways = [
        np.bincount(owner, np.abs(east * np.sin(heading)[owner] - north * np.cos(heading)[owner]), len(frames))
        for heading in candidates.T
    ]
    return np.take_along_axis(candidates, np.argmax(sideways, axis=0)[:, None], axis=1)[:, 0]


def _draw(frames: Objects, size_m: Floats, chance: Floats, mask: Mask) -> _Drawn:
    """What chance gives to each area. Of the area only the size and the directions of its edges enter."""
    part = np.clip(size_m / (14 * mask.level_m), 0.1, 1.0)
    # Near either end oftener than between: of all spreads with this mean, hard to guess.
    aside = 2 * chance[:, 0] - 1
    uneven = 0.5 + 0.5 * np.sign(aside) * (1 - (1 - np.abs(aside)) ** 3)
    heading = _headings(frames, 2 * np.pi * chance[:, 1:5])
    shift_m = mask.shift_m * (0.85 + 0.15 * chance[:, 5])
    length_m = np.column_stack(
        [np.maximum(size_m, 3 * mask.level_m) * (0.8 + 1.2 * chance[:, 6]), mask.level_m * (2 + 3 * chance[:, 7])]
    )
    return _Drawn(
        spread_m=_LEAST_M + (mask.spread_m - _LEAST_M) * part * uneven,
        shift_m=shift_m[:, None] * _unit(heading),
        wave_m=mask.bend_m * np.array([0.6, 0.4])[:, None] * _unit(2 * np.pi * chance[:, 8:10]),
        wave_number=(2 * np.pi / length_m)[..., None] * _unit(2 * np.pi * chance[:, 10:12]),
        phase=2 * np.pi * chance[:, 12:14],
    )


def _unit(heading: Floats) -> Floats:
    return np.stack([np.cos(heading), np.sin(heading)], axis=-1)


def _masked_in_plane(
    true: Objects, middle_deg: Floats, drawn: _Drawn, mask: Mask, least_hole_m2: float | None
) -> Objects:
    """Masked in a plane in which no metre is longer than on the ground; None where the result cannot be proved."""
    bounds = shapely.bounds(true)
    reach_deg = (mask.margin_m + 3 * mask.spread_m) / 100_000.0
    south, north = bounds[:, 1] - reach_deg, bounds[:, 3] + reach_deg
    lon_m = np.minimum(metres_per_degree(south)[0], metres_per_degree(north)[0])
    lat_m = np.minimum(metres_per_degree(south)[1], metres_per_degree(north)[1])
    scale = np.column_stack([lon_m, lat_m * 0.999])

    def to_plane(places: Floats, owner: Ints) -> Floats:
        return np.asarray((places - middle_deg.take(owner, axis=0)) * scale.take(owner, axis=0), np.float64)

    def to_degrees(places: Floats, owner: Ints) -> Floats:
        exact_deg = places / scale.take(owner, axis=0) + middle_deg.take(owner, axis=0)
        return np.asarray(np.round(exact_deg, _DIGITS), np.float64)

    plane = _moved(true, to_plane)
    with np.errstate(divide="ignore", invalid="ignore"):  # denormal coordinates; the result is examined below
        rough, left_m = _without_detail(plane, mask)
        wide = shapely.buffer(rough, drawn.spread_m, cap_style="square", join_style="mitre", mitre_limit=_MITRE)
        wide = shapely.buffer(wide, left_m * _CHORD, quad_segs=_QUADRANT)
    wide = _without_small_holes(wide, (4 * mask.level_m) ** 2 if least_hole_m2 is None else least_hole_m2)
    wide = shapely.segmentize(wide, 0.4 * mask.level_m)

    def bent(places: Floats, owner: Ints) -> Floats:
        moved = places + drawn.shift_m.take(owner, axis=0)
        for wave in (0, 1):
            east, north = drawn.wave_number[:, wave].take(owner, axis=0).T
            angle = places[:, 0] * east + places[:, 1] * north + drawn.phase[:, wave].take(owner)
            moved += drawn.wave_m[:, wave].take(owner, axis=0) * np.sin(angle)[:, None]
        return moved

    shown = shapely.simplify(_moved(wide, bent), 0.02 * mask.level_m, preserve_topology=False)
    shown = _moved(shown, to_degrees)
    # What is shown is what is proved, rounding included.
    shown[~(shapely.is_valid(shown) & holds(_moved(shown, to_plane), plane, mask.tolerance_m))] = None
    return shown


def _without_detail(plane: Objects, mask: Mask) -> tuple[Objects, Floats]:
    """Outlines of very many corners with fewer, and how much of the margin is left.

    Square corners at each of 50,000 teeth would take minutes, and show nothing.
    """
    rough, left_m = plane.copy(), np.full(len(plane), mask.margin_m)
    off_m = 0.02 * mask.level_m
    many = np.flatnonzero(shapely.get_num_coordinates(plane) > _MOST_CORNERS)
    few = shapely.simplify(plane[many], off_m, preserve_topology=False)
    sound = shapely.is_valid(few) & ~shapely.is_empty(few)
    rough[many[sound]] = few[sound]
    left_m[many] -= off_m
    # Rounding is the last resort, for round corners that grow by the spread tell how much it was.
    jagged = np.flatnonzero(shapely.get_num_coordinates(rough) > _MOST_CORNERS)
    round_m = 8 * off_m
    rounded = shapely.buffer(rough[jagged], round_m, quad_segs=2)
    rough[jagged] = shapely.simplify(rounded, off_m, preserve_topology=False)
    left_m[jagged] -= round_m / 2
    return rough, left_m


def _moved(geometries: Objects, move: Callable[[Floats, Ints], Floats]) -> Objects:
    places, owner = shapely.get_coordinates(geometries, return_index=True)
    return objects(shapely.set_coordinates(geometries.copy(), move(places, owner)))


def _without_small_holes(areas: Objects, least_m2: float) -> Objects:
    out = areas.copy()
    parts, part_of = shapely.get_parts(areas, return_index=True)
    for which in set(part_of[shapely.get_num_interior_rings(parts) > 0].tolist()):
        filled = [
            shapely.Polygon(part.exterior, [hole for hole in part.interiors if shapely.Polygon(hole).area >= least_m2])
            for part in parts[part_of == which]
        ]
        out[which] = filled[0] if len(filled) == 1 else shapely.MultiPolygon(filled)
    return out


def _masked_on_ellipsoid(true: Objects, drawn: _Drawn, mask: Mask) -> Objects:
    """Widened by margin and spread, then moved: for what no plane holds, and where nothing else could be proved."""
    wide = widen_all(true, mask.margin_m + drawn.spread_m)
    bounds = shapely.bounds(wide)
    lat = np.clip(np.abs(bounds[:, [1, 3]]).min(axis=1), 0, 90)
    lat[(bounds[:, 1] < 0) & (bounds[:, 3] > 0)] = 0.0
    lon_m, _ = metres_per_degree(lat)  # a degree measures no more anywhere in the area: nothing moves farther
    out = wide.copy()
    still = (bounds[:, 2] - bounds[:, 0] > 350) | (np.abs(bounds[:, [1, 3]]).max(axis=1) > 89)
    step = np.column_stack([drawn.shift_m[:, 0] / lon_m, drawn.shift_m[:, 1] / 111_700.0])
    go = np.flatnonzero(~still)
    out[go] = _moved(wide[go], lambda places, owner: places + step[go][owner])
    beyond = shapely.bounds(out)
    for which in np.flatnonzero((beyond[:, 0] < -180) | (beyond[:, 2] > 180)):
        out[which] = antimeridian.wrapped_to_180(out[which])
    return out
