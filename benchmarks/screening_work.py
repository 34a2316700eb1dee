"""The synthetic work that screening is measured on, and the peers that do it too.

Areas (20-50 vertices, 50-300 m radius) and positions are SYNTHETIC, uniform in a square around 0 N 0 E with 3.8 areas
to the square kilometre, so that 27 % of the positions lie inside an area. Peers are planar: they get coordinates that
were projected for them (transverse Mercator about the square's middle, true to 1e-4 in it), and neither their
projecting nor their reading is counted. Merestone gets longitudes and latitudes, and is geodesic.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pyproj
import shapely

WARN_M = 150.0
PER_KM2 = 3.8
PLANE = pyproj.CRS.from_proj4("+proj=tmerc +lat_0=0 +lon_0=0 +k=1 +ellps=WGS84")


@dataclass(frozen=True)
class Work:
    """Areas and positions, on the ellipsoid and projected."""

    degrees: Any
    """(areas,) polygons in longitude and latitude."""
    lon: Any
    lat: Any
    planar: Any
    """(areas,) the same polygons in metres."""
    x: Any
    y: Any
    edges: int

    def positions_from(self, seed: int, count: int) -> tuple[Any, Any]:
        """More positions of the same kind."""
        return positions_around(self.degrees, seed, count)


def positions_around(areas: Any, seed: int, count: int) -> tuple[Any, Any]:
    """Positions in the box around some areas, longitudes and latitudes."""
    west, south, east, north = shapely.total_bounds(areas).tolist()
    rng = np.random.default_rng(seed)
    return rng.uniform(west, east, count), rng.uniform(south, north, count)


def made_up(areas: int, positions: int) -> Work:
    """The work of a size, the same in every run."""
    rng = np.random.default_rng(7)
    half_m = 0.5 * np.sqrt(areas / PER_KM2) * 1000.0
    x, y = rng.uniform(-half_m, half_m, (2, areas))
    vertices, radius = rng.integers(20, 51, areas), rng.uniform(50, 300, areas)
    owner = np.repeat(np.arange(areas), vertices)
    nth = np.arange(len(owner)) - np.repeat(np.cumsum(vertices) - vertices, vertices)
    turn = 2 * np.pi * (nth + rng.uniform(0, 0.8, len(owner))) / vertices[owner]
    run = radius[owner] * rng.uniform(0.7, 1.0, len(owner))
    metres = np.stack([x[owner] + run * np.cos(turn), y[owner] + run * np.sin(turn)], axis=1)
    back = pyproj.Transformer.from_crs(PLANE, "OGC:CRS84", always_xy=True)
    degrees = np.column_stack(back.transform(metres[:, 0], metres[:, 1]))
    px, py = rng.uniform(-half_m, half_m, (2, positions))
    lon, lat = back.transform(px, py)
    return Work(
        shapely.polygons(shapely.linearrings(degrees, indices=owner)), lon, lat,
        shapely.polygons(shapely.linearrings(metres, indices=owner)), px, py, len(owner),
    )  # fmt: skip


@dataclass(frozen=True)
class Peer:
    """One method: what it does first, and how it answers."""

    name: str
    question: str
    """nearest or within"""
    prepare: Callable[[], Callable[[], Any]]
    """Gives the function that is timed; what this takes is the index's building."""
    distances: Callable[[Any], Any] | None = None
    """From the timed function's answer: (positions,) metres, NaN where none was found."""
    share: float = 1.0
    """The share of the positions that it is given, where all would take too long."""


def peers(work: Work, *, every: bool) -> tuple[list[Peer], list[str]]:
    """The peers that are installed, and a sentence about each that is not."""
    found = [
        Peer("Shapely STRtree", "nearest", lambda: _tree_nearest(work, None), _paired(len(work.x))),
        Peer("Shapely STRtree, positions sorted", "nearest", lambda: _tree_nearest(work, _order(work)), None),
        Peer("GeoPandas sjoin_nearest", "nearest", lambda: _geopandas(work), _joined(len(work.x))),
        Peer("Shapely STRtree dwithin, positions sorted", "within", lambda: _tree_within(work)),
    ]
    missing = []
    for module, makers in (
        ("duckdb", [lambda: Peer("DuckDB spatial ST_DWithin", "within", lambda: _duckdb(work))]),
        ("sedonadb", [lambda: Peer("SedonaDB ST_KNN", "nearest", lambda: _sedona(work, SEDONA_KNN), _listed(work)),
                      lambda: Peer("SedonaDB ST_DWithin", "within", lambda: _sedona(work, SEDONA_WITHIN))]),
        ("spherely", [lambda: Peer("S2 (spherely) beside an STRtree", "within", lambda: _s2(work), None, 0.02)]),
        ("h3", [lambda: Peer("H3 cells + Shapely", "within", lambda: _h3(work))] if every else []),
    ):  # fmt: skip
        try:
            __import__(module)
        except ImportError:
            missing.append(f"{module} is not installed (`make bench` installs it), and stands not beside us here.")
        else:
            found += [maker() for maker in makers]
    return found, missing


def _order(work: Work) -> Any:
    return np.lexsort((work.x // 500, work.y // 500))


def _tree_nearest(work: Work, order: Any) -> Callable[[], Any]:
    tree = shapely.STRtree(work.planar)
    points = shapely.points(work.x, work.y)
    given = points if order is None else points[order]
    return lambda: tree.query_nearest(given, return_distance=True)


def _paired(count: int) -> Callable[[Any], Any]:
    def distances(answer: Any) -> Any:
        (position, _), metres = answer
        out = np.full(count, np.nan)
        out[position] = metres
        return out

    return distances


def _tree_within(work: Work) -> Callable[[], Any]:
    tree = shapely.STRtree(work.planar)
    given = shapely.points(work.x, work.y)[_order(work)]
    return lambda: tree.query(given, predicate="dwithin", distance=WARN_M)


def _frames(work: Work) -> tuple[Any, Any]:
    import geopandas as gpd

    points = gpd.GeoDataFrame({"i": np.arange(len(work.x))}, geometry=shapely.points(work.x, work.y), crs=32631)
    return points, gpd.GeoDataFrame({"a": np.arange(len(work.planar))}, geometry=work.planar, crs=32631)


def _geopandas(work: Work) -> Callable[[], Any]:
    import geopandas as gpd

    points, areas = _frames(work)
    _ = areas.sindex
    return lambda: gpd.sjoin_nearest(points, areas, distance_col="d")


def _joined(count: int) -> Callable[[Any], Any]:
    def distances(answer: Any) -> Any:
        out = np.full(count, np.nan)
        out[answer["i"].to_numpy()] = answer["d"].to_numpy()
        return out

    return distances


def _duckdb(work: Work) -> Callable[[], Any]:
    import duckdb
    import pandas as pd

    base = duckdb.connect()
    # The extension comes as a Python package; nothing is fetched.
    base.execute(f"LOAD '{next(Path(duckdb.__file__).parents[1].rglob('spatial.duckdb_extension'))}'")
    for name, shapes in {"a": work.planar, "p": shapely.points(work.x, work.y)}.items():
        base.register("v", pd.DataFrame({"i": np.arange(len(shapes)), "w": shapely.to_wkb(shapes)}))
        base.execute(f"CREATE TABLE {name} AS SELECT i, ST_GeomFromWKB(w::BLOB) AS g FROM v")
    join = f"SELECT p.i, min(ST_Distance(p.g, a.g)) FROM p JOIN a ON ST_DWithin(p.g, a.g, {WARN_M}) GROUP BY p.i"
    return lambda: base.execute(join).fetchnumpy()


SEDONA_KNN = (
    "SELECT p.i AS i, ST_Distance(p.geometry, a.geometry) AS d "
    "FROM p JOIN a ON ST_KNN(p.geometry, a.geometry, 1, false)"
)
SEDONA_WITHIN = (
    "SELECT p.i AS i, min(ST_Distance(p.geometry, a.geometry)) AS d "
    f"FROM p JOIN a ON ST_DWithin(p.geometry, a.geometry, {WARN_M}) GROUP BY p.i"
)


def _sedona(work: Work, query: str) -> Callable[[], Any]:
    import sedonadb

    base = sedonadb.connect()
    points, areas = _frames(work)
    base.create_data_frame(points).to_view("p")
    base.create_data_frame(areas).to_view("a")
    return lambda: base.sql(query).to_arrow_table()


def _listed(work: Work) -> Callable[[Any], Any]:
    def distances(answer: Any) -> Any:
        out = np.full(len(work.x), np.nan)
        out[answer["i"].to_numpy()] = answer["d"].to_numpy()
        return out

    return distances


def _s2(work: Work) -> Callable[[], Any]:
    """S2 has no index of its own in Python: candidates come from a tree of boxes, distances on the sphere from S2."""
    import spherely

    count = max(1000, int(0.02 * len(work.lon)))
    tree = shapely.STRtree(work.degrees)
    areas = spherely.from_wkb(shapely.to_wkb(work.degrees))
    spherely.prepare(areas)
    reach = WARN_M / 110_000.0
    lon, lat = work.lon[:count], work.lat[:count]

    def answer() -> Any:
        one, other = tree.query(shapely.box(lon - reach, lat - reach, lon + reach, lat + reach))
        return one[spherely.distance(spherely.points(lon[one], lat[one]), areas[other]) <= WARN_M]

    return answer


def _h3(work: Work) -> Callable[[], Any]:
    """A table of cells near each area, then an exact distance for the candidates."""
    import h3

    held: dict[str, list[int]] = {}
    for number, area in enumerate(shapely.buffer(work.degrees, WARN_M / 110_000.0, quad_segs=2)):
        shape = h3.LatLngPoly([(y, x) for x, y in shapely.get_coordinates(area)])
        for cell in h3.h3shape_to_cells_experimental(shape, 9, contain="overlap"):
            held.setdefault(cell, []).append(number)
    points = shapely.points(work.x, work.y)

    def answer() -> Any:
        listed = [held.get(h3.latlng_to_cell(y, x, 9), ()) for x, y in zip(work.lon, work.lat, strict=True)]
        one = np.repeat(np.arange(len(listed)), [len(some) for some in listed])
        other = np.fromiter((number for some in listed for number in some), np.int64)
        return one[shapely.dwithin(points[one], work.planar[other], WARN_M)]

    return answer


def seconds(act: Callable[[], Any]) -> tuple[float, Any]:
    """How long it takes, and what it gives."""
    begun = time.perf_counter()
    answer = act()
    return time.perf_counter() - begun, answer


LEAST_S = 2.0
"""What answers sooner is asked again and again for so long: a tenth of a second after another method's work is luck."""


def middle_seconds(act: Callable[[], Any]) -> tuple[float, Any]:
    """As `seconds`, the middle of as many turns as `LEAST_S` holds; one, if that takes longer."""
    turns: list[float] = []
    while sum(turns) < LEAST_S:
        took, answer = seconds(act)
        turns.append(took)
    return median(turns), answer
