"""Lines with arcs: their chords, and triangles in which the arcs lie; for outlines that must err to one side only.

Each piece of an arc lies between its chord and a bound that is drawn with triangles: the tangents at its ends (circles
and ellipses), or the hull of its control points (Bézier curves). `geodesy.curve` makes areas of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from merestone.geodesy._flat import Floats
from merestone.geodesy.ellipsoid import destinations

PER_CIRCLE: Final = 128
"""Chords of a full circle, unless there are very many arcs: 0.06 % of the radius is left in doubt."""
_STEPS: Final = ((500, PER_CIRCLE), (5_000, 32), (10**9, 8))
"""Up to how many curves a full circle is drawn with how many chords: 128 leave 0.06 % of the radius in doubt."""
_OFF_ELLIPSE: Final = 1e-6
"""Share of the axes by which the ends of an arc may lie off the ellipse that it states."""
_EARTH_RADIUS_M: Final = 6_356_000.0
_OTHER_ELLIPSOIDS: Final = 3e-4
"""Radii on the ellipsoids of other geographic systems differ by less than this share from WGS 84's."""


def chords_per_circle(curves: int) -> int:
    """With how many chords a full circle is drawn, in an outline of so many curves: bounded work for each outline."""
    return next(steps for most, steps in _STEPS if curves <= most)


Place = Sequence[float] | Floats
"""x and y."""


@dataclass(frozen=True, slots=True)
class CurvedPath:
    """A line or ring along the chords, and the triangles between the chords and the arcs' bounds."""

    corners: Floats
    """Shape (n, 2), in the coordinates of the file."""
    triangles: Floats
    """Shape (n, 3, 2). None: there are no arcs."""
    deviation: float
    """No place of the chords or the triangles is farther than this from the arcs, in the unit of the coordinates."""
    around: tuple[Floats, Floats] | None = None
    """Of a ring by itself: its outlines outside and inside of the arcs, where they are known."""

    @classmethod
    def line(cls, corners: Sequence[Place] | Floats) -> "CurvedPath":
        """Straight from corner to corner."""
        return cls(_finite(corners), no_triangles(), 0.0)

    @classmethod
    def arc(cls, first: Place, middle: Place, last: Place, per_circle: int = PER_CIRCLE) -> "CurvedPath":
        """The circular arc through three points; first and last the same: the full circle opposite of the middle."""
        return cls.circular_string([first, middle, last], per_circle)

    @classmethod
    def circular_string(cls, places: Sequence[Place] | Floats, per_circle: int = PER_CIRCLE) -> "CurvedPath":
        """Arcs one after the other: each two positions after the first are the middle and the end of one (SQL/MM)."""
        positions = _finite(places)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            corners, triangles, off = _arcs(positions[:-2:2], positions[1:-1:2], positions[2::2], per_circle)
            if not np.isfinite([corners.sum(), triangles.sum(), off]).all():
                raise ValueError("the circle through three points is too large")
        return cls(_without_repeats(corners), triangles, off)

    @classmethod
    def circle(cls, first: Place, second: Place, third: Place, per_circle: int = PER_CIRCLE) -> "CurvedPath":
        """The full circle through three points.

        Raises
        ------
        ValueError
            They lie on one line.
        """
        a, b, c = (_finite(place) for place in (first, second, third))
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            [centre], _ = _centres(a[np.newaxis], b[np.newaxis], c[np.newaxis])
        if np.isnan(centre).any():
            raise ValueError("three points on one line make no circle")
        return cls.arc(a, 2 * centre - a, a, per_circle)

    @classmethod
    def ellipse(
        cls, centre: Place, axes: Place, begin: float, turn: float, *, rotation: float = 0.0,
        ends: tuple[Place, Place] | None = None, per_circle: int = PER_CIRCLE,
    ) -> "CurvedPath":  # fmt: skip
        """A part of an ellipse.

        Parameters
        ----------
        axes
            Half of its width and of its height.
        begin, turn
            Where it begins and how far it goes on the circle of which it is an image, radians, anticlockwise.
        rotation
            Of the first axis against x, radians, anticlockwise.
        ends
            Where it begins and ends as it is written, where that differs from what is worked out by a rounding.
        """
        middle, half_axes = _finite(centre), _finite(axes)
        if not (np.isfinite([begin, turn, rotation]).all() and (half_axes > 0).all()):
            raise ValueError("an ellipse needs axes larger than zero")
        steps = max(int(np.ceil(abs(turn) / (2 * np.pi) * per_circle)), 2)
        angles = begin + turn * np.arange(steps + 1) / steps
        half = abs(turn) / steps / 2
        both = np.concatenate([angles, (angles[:-1] + angles[1:]) / 2])
        around = np.column_stack([np.cos(both), np.sin(both)]) * half_axes
        if rotation:
            around = around @ np.array([[np.cos(rotation), np.sin(rotation)], [-np.sin(rotation), np.cos(rotation)]])
        chain = middle + around[: steps + 1]
        if abs(turn) >= 2 * np.pi:
            chain[-1] = chain[0]
        if ends is not None:
            chain[0], chain[-1] = ends
        apexes = middle + around[steps + 1 :] * ((1 + 1e-9) / np.cos(half))
        off = float(half_axes.max()) * (1 / np.cos(half) - np.cos(half))
        return cls(chain, np.stack([chain[:-1], apexes, chain[1:]], axis=1), off)

    @classmethod
    def elliptic_arc(
        cls, first: Place, last: Place, centre: Place, *, is_clockwise: bool,
        rotation: float = 0.0, axis: float | None = None, ratio: float = 1.0, per_circle: int = PER_CIRCLE,
    ) -> "CurvedPath":  # fmt: skip
        """The part of an ellipse between two of its points; without an axis, of the circle through the first one.

        Raises
        ------
        ValueError
            The ends do not lie on the ellipse.
        """
        a, b, middle = (_finite(place) for place in (first, last, centre))
        axes = np.array([1.0, ratio]) * (float(np.hypot(*(a - middle))) if axis is None else axis)
        if not (np.isfinite(axes).all() and (axes > 0).all() and np.isfinite(rotation)):
            raise ValueError("an ellipse needs axes larger than zero")
        way = np.array([[np.cos(rotation), -np.sin(rotation)], [np.sin(rotation), np.cos(rotation)]])
        on_circle = [((place - middle) @ way) / axes for place in (a, b)]
        if any(abs(float(np.hypot(*place)) - 1.0) > _OFF_ELLIPSE for place in on_circle):
            raise ValueError("the ends of an arc do not lie on the ellipse that it states")
        begin, end = (float(np.arctan2(place[1], place[0])) for place in on_circle)
        turn = (begin - end if is_clockwise else end - begin) % (2 * np.pi) or 2 * np.pi
        if (a == b).all():
            turn = 2 * np.pi
        turn = -turn if is_clockwise else turn
        return cls.ellipse(middle, axes, begin, turn, rotation=rotation, ends=(a, b), per_circle=per_circle)

    @classmethod
    def bezier(cls, *controls: Place, per_circle: int = PER_CIRCLE) -> "CurvedPath":
        """A cubic Bézier curve of four control points; each piece of it lies in the hull of the piece's own."""
        pieces = np.array([[_finite(place) for place in controls]])
        while len(pieces) < per_circle / 4:
            pieces = _halved(pieces)
        corners = np.vstack([pieces[0, :1], pieces[:, 3]])
        return cls(
            _without_repeats(corners), np.array(_bounds(pieces)).reshape(-1, 3, 2), float(_thickness(pieces).max())
        )

    @classmethod
    def geodesic_circle(
        cls, lon_deg: float, lat_deg: float, radius_m: float, per_circle: int = PER_CIRCLE
    ) -> "CurvedPath":
        """The places at a distance from a point, on an ellipsoid, as a ring of longitudes and latitudes.

        Raises
        ------
        ValueError
            It is no circle of this size, or reaches a pole or round the earth.
        """
        step_m = 2 * np.pi * radius_m / per_circle
        reach_deg = np.degrees(radius_m / _EARTH_RADIUS_M)
        if not (radius_m > 0 and abs(lat_deg) + 1.1 * reach_deg < 85 and abs(lon_deg) + 12 * reach_deg < 180):
            raise ValueError(f"a circle of {radius_m:g} m round {lon_deg:g} E {lat_deg:g} N cannot be drawn")
        bend_m = step_m**2 / (4 * _EARTH_RADIUS_M) * max(1.0, np.tan(np.radians(abs(lat_deg) + reach_deg)))
        angles_deg = np.arange(2 * per_circle) * 180.0 / per_circle
        outer_m = radius_m / np.cos(np.pi / per_circle) * (1 + _OTHER_ELLIPSOIDS) + bend_m
        inner_m = radius_m * (1 - _OTHER_ELLIPSOIDS) - bend_m
        outer, inner = (
            np.column_stack(destinations(np.full(angles_deg.shape, lon_deg), np.full(angles_deg.shape, lat_deg),
                                         angles_deg, np.full(angles_deg.shape, distance_m)))
            for distance_m in (outer_m, inner_m)
        )  # fmt: skip
        following = np.roll(np.arange(len(outer)), -1)
        triangles = np.concatenate(
            [
                np.stack([inner, outer, outer[following]], axis=1),
                np.stack([inner, outer[following], inner[following]], axis=1),
            ]
        )
        off_deg = (outer_m - inner_m) / _EARTH_RADIUS_M * 180 / np.pi / np.cos(np.radians(abs(lat_deg) + reach_deg))
        return cls(np.vstack([inner, inner[:1]]), triangles, float(off_deg), (outer, inner))

    @classmethod
    def joined(cls, paths: Sequence["CurvedPath"]) -> "CurvedPath":
        """One path after the other."""
        corners = np.concatenate([path.corners for path in paths]) if paths else np.empty((0, 2))
        triangles = np.concatenate([path.triangles for path in paths]) if paths else no_triangles()
        return cls(_without_repeats(corners), triangles, max((path.deviation for path in paths), default=0.0))

    def swapped(self) -> "CurvedPath":
        """With latitude before longitude, for coordinates that stand so."""
        around = None if self.around is None else (self.around[0][:, ::-1], self.around[1][:, ::-1])
        return CurvedPath(self.corners[:, ::-1], self.triangles[:, :, ::-1], self.deviation, around)

    def closed(self) -> "CurvedPath":
        """With the first corner at its end."""
        if not len(self.corners) or (self.corners[0] == self.corners[-1]).all():
            return self
        return CurvedPath(np.vstack([self.corners, self.corners[:1]]), self.triangles, self.deviation)

    def reversed(self) -> "CurvedPath":
        """From its end to its beginning."""
        return CurvedPath(self.corners[::-1], self.triangles, self.deviation, self.around)


def _finite(numbers: Sequence[Place] | Place) -> Floats:
    made: Floats = np.asarray(numbers, dtype=np.float64)
    if not np.isfinite(made).all():
        raise ValueError("a position is not a number")
    return made


def no_triangles() -> Floats:
    """The triangles of a line without arcs."""
    return np.empty((0, 3, 2))


def _without_repeats(corners: Floats) -> Floats:
    is_new = np.ones(len(corners), bool)
    is_new[1:] = (np.diff(corners, axis=0) != 0).any(axis=1)
    return corners[is_new]


def _halved(pieces: Floats) -> Floats:
    """(2n, 4, 2) each of n curves as two that make it up, by de Casteljau."""
    p0, p1, p2, p3 = (pieces[:, at] for at in range(4))
    a, b, c = (p0 + p1) / 2, (p1 + p2) / 2, (p2 + p3) / 2
    d, e = (a + b) / 2, (b + c) / 2
    middle = (d + e) / 2
    halves: Floats = np.stack([p0, a, d, middle, middle, e, c, p3], axis=1).reshape(-1, 4, 2)
    return halves


def _off_chord(pieces: Floats) -> tuple[Floats, Floats, Floats]:
    """Chords (n,), and of both inner control points (n, 2) how far along their chord and how far left of it they lie.

    Both as shares of the chord; not finite where it has no length.
    """
    along = pieces[:, 3] - pieces[:, 0]
    inner = pieces[:, 1:3] - pieces[:, :1]
    square = (along**2).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        over = (inner * along[:, np.newaxis]).sum(axis=2) / square[:, np.newaxis]
        left = (along[:, :1] * inner[:, :, 1] - along[:, 1:] * inner[:, :, 0]) / square[:, np.newaxis]
    return np.sqrt(square), over, left


def _bounds(pieces: Floats) -> list[Floats]:
    """Triangles that hold the hulls of the pieces' control points: on each side of a chord one, where that will do."""
    _, over, left = _off_chord(pieces)
    p0, p3 = pieces[:, 0], pieces[:, 3]
    along = p3 - p0
    with np.errstate(divide="ignore", invalid="ignore"):
        in_turn = np.isfinite(over).all(axis=1) & (over[:, 0] >= 0) & (over[:, 0] <= over[:, 1]) & (over[:, 1] <= 1)
        rise0, rise1 = left[:, 0] / over[:, 0], left[:, 1] / (1 - over[:, 1])
        meet = rise1 / (rise0 + rise1)  # where the tangents at both ends meet, as a share of the chord
        has_apex = in_turn & (np.sign(left).prod(axis=1) > 0) & (over[:, 0] <= meet) & (meet <= over[:, 1])
        across = np.stack([-along[:, 1], along[:, 0]], axis=1)
        apex = p0 + along * meet[:, np.newaxis] + across * (rise0 * meet)[:, np.newaxis]
    has_apex &= np.isfinite(apex).all(axis=1)  # a tangent across the chord meets nothing that can be written down
    middle = (p0 + p3) / 2
    apex = middle + (apex - middle) * (1 + 1e-9)
    out: list[Floats] = []
    for at, piece in enumerate(pieces):
        if has_apex[at]:
            out.append(np.array([piece[0], apex[at], piece[3]]))
        elif in_turn[at] and left[at].prod() <= 0:  # on both sides of the chord, or on it
            out += [np.array([piece[0], piece[place + 1], piece[3]]) for place in (0, 1) if left[at, place] != 0]
        else:
            out += [piece[list(three)] for three in ((0, 1, 2), (0, 2, 3), (0, 1, 3), (1, 2, 3))]
    return out


def _thickness(pieces: Floats) -> Floats:
    """(n,) how far the hull of a piece reaches from the curve at most."""
    length, over, left = _off_chord(pieces)
    with np.errstate(invalid="ignore"):
        in_turn = ((over >= 0) & (over <= 1)).all(axis=1)
        beside = (np.maximum(left.max(axis=1), 0) - np.minimum(left.min(axis=1), 0)) * length
    around = np.hypot(*np.moveaxis(pieces[:, 1:] - pieces[:, :1], 2, 0)).max(axis=1)
    thickness: Floats = np.where(in_turn, beside, around)
    return thickness


def _centres(first: Floats, middle: Floats, last: Floats) -> tuple[Floats, Floats]:
    """(n, 2) the centres of circles through three points each, NaN where these lie on one line; (n,) the turns' signs.

    Infinite where the numbers are too large to tell: what is too large is no straight line.
    """
    a, b = middle - first, last - first
    cross = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
    square_a, square_b = (a**2).sum(axis=1), (b**2).sum(axis=1)
    off = np.column_stack([b[:, 1] * square_a - a[:, 1] * square_b, a[:, 0] * square_b - b[:, 0] * square_a])
    centre = first + off / (2 * cross)[:, np.newaxis]
    is_straight = np.abs(cross) <= 1e-12 * np.hypot(a[:, 0], a[:, 1]) * np.hypot(b[:, 0], b[:, 1])
    is_straight &= np.isfinite(cross)
    centre[~np.isfinite(centre).all(axis=1)] = np.inf
    centre[is_straight] = np.nan
    return centre, np.sign(cross)


def _arcs(first: Floats, middle: Floats, last: Floats, per_circle: int) -> tuple[Floats, Floats, float]:
    """Arcs through three points that follow each other: corners, triangles (n, 3, 2), and the largest height of these.

    First and last the same: the circle of which the middle is the opposite point (SQL/MM part 3).
    """
    centre, sign = _centres(first, middle, last)
    is_circle = (first == last).all(axis=1)
    centre[is_circle] = (first + middle)[is_circle] / 2
    from_centre, to_centre = first - centre, last - centre
    radius = np.hypot(from_centre[:, 0], from_centre[:, 1])
    begin, end = np.arctan2(from_centre[:, 1], from_centre[:, 0]), np.arctan2(to_centre[:, 1], to_centre[:, 0])
    turn = sign * ((sign * (end - begin)) % (2 * np.pi))
    turn[is_circle] = 2 * np.pi
    is_line = np.isnan(centre).any(axis=1) | (radius == 0)
    radius[is_line], begin[is_line], turn[is_line] = 0.0, 0.0, 0.0  # two chords, by way of the middle
    steps = np.maximum(np.ceil(np.abs(turn) / (2 * np.pi) * per_circle), 2).astype(np.int64)
    owner = np.repeat(np.arange(len(first)), steps)
    nth = np.arange(len(owner)) - np.repeat(np.cumsum(steps) - steps, steps)
    step = turn / steps
    corners = _around(centre, radius, begin, owner, nth * step[owner])
    start = np.cumsum(steps) - steps
    corners[start] = first
    corners[start[is_line] + 1] = middle[is_line]
    stretch = (1 + 1e-9) / np.cos(step / 2)
    apexes = _around(centre, radius * stretch, begin, owner, (nth + 0.5) * step[owner])
    following = np.vstack([corners[1:], last[-1:]])
    following[start + steps - 1] = last
    is_arc = ~is_line[owner]
    triangles = np.stack([corners, apexes, following], axis=1)[is_arc]
    height = radius * (1 / np.cos(step / 2) - np.cos(step / 2))
    return np.vstack([corners, last[-1:]]), triangles, float(height.max(initial=0.0))


def _around(centre: Floats, radius: Floats, begin: Floats, owner: NDArray[np.int64], turned: Floats) -> Floats:
    """Places on circles, each turned so far from where its own arc begins."""
    angle = begin[owner] + turned
    places: Floats = centre[owner] + radius[owner, np.newaxis] * np.column_stack([np.cos(angle), np.sin(angle)])
    return places
