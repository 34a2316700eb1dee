"""Lines laid out for measuring: short pieces, each straight in longitude and latitude, with their metres along the way.

A way is what one answer is for: a track, a route, the outline of a footprint. It may be of several lines, which nothing
joins. Longitudes run on past 180 where a line crosses the antimeridian; `Ways.at` gives them back within -180..180.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from merestone.geodesy import metres_per_degree, wrapped_to_180
from merestone.screening.kernel.outline import GEODESIC_SAG_M, Edges, Floats, split_edges

Longs = NDArray[np.int64]

PIECE_M: Final = 2000.0
"""Longer edges are cut into pieces, so that hazards need not be looked for farther than half of this beyond a limit."""
_NODES: Final = (np.array([-1.0, 0.0, 1.0]) * np.sqrt(0.6) + 1.0) / 2.0
_WEIGHTS: Final = np.array([5.0, 8.0, 5.0]) / 18.0
"""Gauss and Legendre's for three places on [0, 1]: exact to micrometres for a piece."""
_SLACK_M: Final = 0.001
"""For rounding in the sums here."""


@dataclass(frozen=True, eq=False)
class Ways:
    """Pieces of (p,) lines in order; what lies between two of them lies on the way only if their line is the same."""

    count: int
    """How many ways there are, those without a usable vertex included."""
    way: Longs
    """(p,) which way each piece is of."""
    line: Longs
    """(p,) counts unbroken lines; pieces that follow each other on one line share their ends."""
    vertex: Longs
    """(p,) the coordinate, as Shapely counts those of all ways, at or before the piece's start."""
    next_vertex: Longs
    """(p,) the coordinate that the edge leads to; the same where the piece is a lone place."""
    first: Floats
    """(p,) and `share`: the part of the edge between the two coordinates that the piece is: where it starts, 0 to 1."""
    share: Floats
    lon0_deg: Floats
    lat0_deg: Floats
    run_deg: Floats
    climb_deg: Floats
    length_m: Floats
    """(p,) along the piece."""
    most_m: Floats
    """(p,) not less than any geodesic between two places of the piece."""
    start_m: Floats
    """(p,) from the start of the way; what is missing between two lines is not counted."""
    sag_m: float
    """How far a piece may leave the edge it stands for."""
    unusable: Longs
    """(count,) coordinates that are no place on the globe; the line is broken there."""

    def at(self, piece: Longs, t: Floats | float) -> tuple[Floats, Floats]:
        """Longitude, within -180..180, and latitude, of the place at `t` (0 to 1) along a piece."""
        lon = self.lon0_deg[piece] + t * self.run_deg[piece]
        turned = np.abs(lon) > 180.0
        lon[turned] = (lon[turned] + 180.0) % 360.0 - 180.0
        return lon, np.clip(self.lat0_deg[piece] + t * self.climb_deg[piece], -90.0, 90.0)

    def metres_at(self, piece: Longs, t: Floats) -> Floats:
        """Metres from the start of the way."""
        return self.start_m[piece] + _lengths_m(
            self.lat0_deg[piece], t * self.run_deg[piece], t * self.climb_deg[piece]
        )

    def edge_share_at(self, piece: Longs, t: Floats) -> Floats:
        """Where on the edge between two coordinates the place lies, 0 to 1."""
        return self.first[piece] + t * self.share[piece]

    def lengths_m(self) -> Floats:
        """(count,) the length of each way."""
        return np.bincount(self.way, self.length_m, minlength=self.count).astype(np.float64)

    def stretches(self, piece0: Longs, t0: Floats, piece1: Longs, t1: Floats) -> NDArray[np.object_]:
        """(n,) the way from one place to a later one of the same line, within -180..180: one line, or several."""
        # Each stretch is its start, the starts of the pieces after that of its first place, and its end.
        size = piece1 - piece0 + 2
        of = np.repeat(np.arange(len(size)), size)
        nth = np.arange(len(of)) - np.repeat(np.cumsum(size) - size, size)
        is_start, is_end = nth == 0, nth == size[of] - 1
        which = np.where(is_end, piece1[of], piece0[of] + nth)
        t = np.where(is_end, t1[of], np.where(is_start, t0[of], 0.0))
        if self.sag_m == 0.0:  # a straight edge needs no place within it
            kept_vertices = is_start | is_end | (self.first[which] == 0.0)
            of, which, t = of[kept_vertices], which[kept_vertices], t[kept_vertices]
        lon, lat = self.lon0_deg[which] + t * self.run_deg[which], self.lat0_deg[which] + t * self.climb_deg[which]
        drawn: Any = shapely.linestrings(np.column_stack([lon, lat]), indices=of)
        out: NDArray[np.object_] = np.asarray(drawn, dtype=object).reshape(-1)
        for i in np.unique(of[np.abs(lon) > 180.0]):
            out[i] = wrapped_to_180(out[i])
        return out

    @classmethod
    def of(
        cls,
        geometries: NDArray[np.object_],
        edges: Edges | str = Edges.STRAIGHT,
        continued: NDArray[np.bool_] | None = None,
    ) -> "Ways":
        """Lay out the lines, rings and points of each geometry, in the order of their coordinates.

        A coordinate that is no place on the globe breaks its line. Longitudes beyond 180 are taken as having run on.
        `continued` says which coordinates begin a line that continues the one before: an edge then joins the two.
        """
        edges = Edges(edges)
        coordinates, owner = shapely.get_coordinates(geometries, return_index=True)
        lines = _line_of_coordinate(geometries)
        if continued is not None:
            lines = lines - np.cumsum(continued)
        with np.errstate(invalid="ignore"):
            usable = (np.abs(coordinates[:, 0]) <= 540.0) & (np.abs(coordinates[:, 1]) <= 90.0)
        unusable = np.bincount(owner[~usable], minlength=len(geometries)).astype(np.int64)
        broken = lines + np.cumsum(~usable)  # a new line after every break
        kept_vertices = np.flatnonzero(usable)
        places, broken = coordinates[kept_vertices].copy(), broken[kept_vertices]
        joined = np.zeros(len(kept_vertices), bool)
        joined[:-1] = broken[1:] == broken[:-1]
        _unroll(places, joined)
        begins = np.ones(len(kept_vertices), bool)
        begins[1:] = ~joined[:-1]
        line = np.cumsum(begins) - 1
        lone = begins & ~joined
        a = np.flatnonzero(joined | lone)
        b = np.where(lone[a], a, a + 1)
        cut = _cut(places[a], places[b], edges)
        owned = np.asarray(a[cut.edge], np.int64)
        length_m = _lengths_m(cut.lat0, cut.run, cut.climb)
        way = owner[kept_vertices][owned]
        before = np.cumsum(length_m) - length_m
        first_of = np.searchsorted(way, np.arange(len(geometries)))
        start_m = before - before[np.minimum(first_of, max(len(way) - 1, 0))][way] if len(way) else before
        return cls(
            len(geometries), way, line[owned], kept_vertices[owned], kept_vertices[b[cut.edge]], cut.first, cut.share,
            cut.lon0, cut.lat0, cut.run, cut.climb, length_m, _most_m(cut.lat0, cut.run, cut.climb), start_m,
            GEODESIC_SAG_M if edges is Edges.GEODESIC else 0.0, unusable,
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Cut:
    """Edges cut into pieces."""

    edge: Longs
    first: Floats
    share: Floats
    lon0: Floats
    lat0: Floats
    run: Floats
    climb: Floats


def _cut(a: Floats, b: Floats, edges: Edges) -> _Cut:
    edge = np.arange(len(a))
    first, share = np.zeros(len(a)), np.ones(len(a))
    if edges is Edges.GEODESIC and len(a):
        # `split_edges` takes pairs one after another; each pair is a line of its own.
        both = np.stack([a, b], axis=1).reshape(-1, 2)
        ends = np.tile([False, True], len(a))
        places, ends, counts = split_edges(both, ends, np.full(len(a), 2, np.int64), edges)
        edge = np.repeat(edge, counts - 1)
        nth = np.arange(len(edge)) - np.repeat(np.cumsum(counts - 1) - (counts - 1), counts - 1)
        share = 1.0 / (counts - 1)[edge]
        first = nth * share
        begun_deg = a[edge, 0]
        a, b = places[~ends], places[1:][~ends[:-1]]
        for side in (a, b):  # the geodesic's own places lie within -180..180
            side[:, 0] -= 360.0 * np.round((side[:, 0] - begun_deg) / 360.0)
    step = b - a
    pieces = np.maximum(np.ceil(_most_m(a[:, 1], step[:, 0], step[:, 1]) / PIECE_M), 1).astype(np.int64)
    source = np.repeat(np.arange(len(a)), pieces)
    nth = np.arange(len(source)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    part = 1.0 / pieces[source]
    start = a[source] + (nth * part)[:, None] * step[source]
    run, climb = part * step[source, 0], part * step[source, 1]
    return _Cut(
        edge[source],
        first[source] + nth * part * share[source],
        part * share[source],
        start[:, 0],
        start[:, 1],
        run,
        climb,
    )


def _unroll(places: Floats, joined: NDArray[np.bool_]) -> None:
    """Let longitudes run on past 180 where a line jumps over the antimeridian."""
    if len(places) < 2:
        return
    turns = np.where(joined[:-1], np.round(np.diff(places[:, 0]) / 360.0), 0.0)
    if not turns.any():
        return
    total = np.r_[0.0, np.cumsum(turns)]
    begin = np.maximum.accumulate(np.where(np.r_[True, ~joined[:-1]], np.arange(len(places)), 0))
    places[:, 0] -= 360.0 * (total - total[begin])


def _line_of_coordinate(geometries: NDArray[np.object_]) -> Longs:
    """(n,) a number that changes from one point, line or ring to the next, in the order of the coordinates."""
    parts = shapely.get_parts(geometries)
    while (shapely.get_type_id(parts) > 3).any():
        parts = shapely.get_parts(parts)
    is_area = shapely.get_type_id(parts) == 3
    counts = np.ones(len(parts), np.int64)
    if is_area.any():
        counts[is_area] = shapely.get_num_interior_rings(parts[is_area]) + (
            shapely.get_num_coordinates(parts[is_area]) > 0
        )
    size = np.empty(counts.sum(), np.int64)
    at = np.cumsum(counts) - counts
    size[at[~is_area]] = shapely.get_num_coordinates(parts[~is_area])
    if is_area.any():
        rings, of = shapely.get_rings(parts[is_area], return_index=True)
        where = np.flatnonzero(is_area)[of]
        nth = np.arange(len(of)) - np.searchsorted(of, of)
        size[at[where] + nth] = shapely.get_num_coordinates(rings)
    return np.repeat(np.arange(len(size)), size)


def _lengths_m(lat0_deg: Floats, run_deg: Floats, climb_deg: Floats) -> Floats:
    total = np.zeros(len(lat0_deg))
    for node, weight in zip(_NODES, _WEIGHTS, strict=True):
        per_lon_m, per_lat_m = metres_per_degree(lat0_deg + node * climb_deg)
        total += weight * np.hypot(per_lon_m * run_deg, per_lat_m * climb_deg)
    return total


def _most_m(lat0_deg: Floats, run_deg: Floats, climb_deg: Floats) -> Floats:
    """Not less than the length of a straight edge: each degree taken as long as it is anywhere on it."""
    lat1_deg = lat0_deg + climb_deg
    polewards = np.maximum(np.abs(lat0_deg), np.abs(lat1_deg))
    low = np.where(lat0_deg * lat1_deg <= 0.0, 0.0, np.minimum(np.abs(lat0_deg), np.abs(lat1_deg)))
    return np.hypot(metres_per_degree(low)[0] * run_deg, metres_per_degree(polewards)[1] * climb_deg) + _SLACK_M
