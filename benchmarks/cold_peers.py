"""The peers of `benchmarks/cold.py`, each as its expert would write it for one run of a script.

Usage: python benchmarks/cold_peers.py {duckdb,sedonadb,geopandas,strtree} AREAS.parquet POSITIONS OUT

AREAS is GeoParquet in longitude and latitude, the form that all of them read fastest. POSITIONS and OUT are Parquet,
GeoParquet (``.geoparquet``), CSV or Arrow IPC. Each area and position is projected (UTM zone of the areas' middle),
areas within 150 m are looked for, and every position is written with the nearest of these and how far it is, metres;
no answer where none lies so near. That is less than `merestone screen` answers, which looks as far as 10 km, measures
on the ellipsoid, and says how sure it is.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

WITHIN_M = 150.0


def plane(bounds: Any) -> str:
    """The UTM zone of the middle of a box, as an EPSG code."""
    west, south, east, north = bounds
    zone = int(((west + east) / 2 + 180) // 6) + 1
    return f"EPSG:{(32600 if south + north >= 0 else 32700) + zone}"


def duckdb_join(areas: Path, positions: Path, out: Path) -> None:
    """DuckDB spatial: its join on ST_DWithin, which builds an R-tree of the smaller side."""
    import duckdb

    base = duckdb.connect()
    base.execute(f"LOAD '{next(Path(duckdb.__file__).parents[1].rglob('spatial.duckdb_extension'))}'")
    base.execute("SET geometry_always_xy = true")
    bounds = base.execute(
        f"SELECT min(ST_XMin(geometry)), min(ST_YMin(geometry)), max(ST_XMax(geometry)), max(ST_YMax(geometry))"
        f" FROM '{areas}'"
    ).fetchone()
    to = f"'OGC:CRS84', '{plane(bounds)}'"
    suffix = positions.suffix
    source = f"read_csv('{positions}')" if suffix == ".csv" else f"read_parquet('{positions}')"
    if suffix == ".arrow":
        import pyarrow as pa

        table = pa.ipc.open_file(pa.memory_map(str(positions))).read_all()
        base.register("arrow_positions", table)
        source = "arrow_positions"
    point = "geometry" if suffix == ".geoparquet" else "ST_Point(lon, lat)"
    base.execute(
        f"CREATE TEMP TABLE a AS SELECT id AS area, ST_Transform(geometry::GEOMETRY, {to}) AS g FROM '{areas}'"
    )
    base.execute(f"CREATE TEMP TABLE p AS SELECT *, ST_Transform({point}::GEOMETRY, {to}) AS g FROM {source}")
    answer = (
        "SELECT p.* EXCLUDE (g), n.area, n.distance_m FROM p LEFT JOIN (SELECT p.id AS i,"
        " arg_min(a.area, ST_Distance(p.g, a.g)) AS area, min(ST_Distance(p.g, a.g)) AS distance_m"
        f" FROM p JOIN a ON ST_DWithin(p.g, a.g, {WITHIN_M}) GROUP BY p.id) n ON p.id = n.i"
    )
    if suffix == ".arrow":
        answers = base.execute(answer).to_arrow_table()
        with pa.ipc.new_file(out, answers.schema) as file:
            file.write_table(answers)
        return
    form = "CSV, HEADER" if suffix == ".csv" else "PARQUET"
    base.execute(f"COPY ({answer}) TO '{out}' (FORMAT {form})")


def sedonadb_join(areas: Path, positions: Path, out: Path) -> None:
    """SedonaDB: its join on ST_DWithin."""
    import pyarrow as pa
    import pyarrow.csv as pa_csv
    import pyarrow.parquet as pq
    import sedonadb

    base = sedonadb.connect()
    base.read_parquet(str(areas)).to_view("areas")
    bounds = base.sql(
        "SELECT min(ST_XMin(geometry)) AS w, min(ST_YMin(geometry)) AS s, max(ST_XMax(geometry)) AS e,"
        " max(ST_YMax(geometry)) AS n FROM areas"
    ).to_arrow_table()
    to = f"'OGC:CRS84', '{plane([bounds[name][0].as_py() for name in 'wsen'])}'"
    suffix = positions.suffix
    if suffix == ".csv":
        base.create_data_frame(pa_csv.read_csv(positions)).to_view("positions")
    elif suffix == ".arrow":
        base.create_data_frame(pa.ipc.open_file(pa.memory_map(str(positions))).read_all()).to_view("positions")
    else:
        base.read_parquet(str(positions)).to_view("positions")
    point = "geometry" if suffix == ".geoparquet" else "ST_SetSRID(ST_Point(lon, lat), 4326)"
    base.sql(f"SELECT id AS area, ST_Transform(geometry, {to}) AS g FROM areas").to_memtable().to_view("a")
    base.sql(f"SELECT *, ST_Transform({point}, {to}) AS g FROM positions").to_memtable().to_view("p")
    own = "p.id, p.geometry" if suffix == ".geoparquet" else "p.id, p.lon, p.lat"
    answer = base.sql(
        "WITH n AS (SELECT p.id AS i, min(ST_Distance(p.g, a.g)) AS distance_m,"
        " first_value(a.area ORDER BY ST_Distance(p.g, a.g)) AS area"
        f" FROM p JOIN a ON ST_DWithin(p.g, a.g, {WITHIN_M}) GROUP BY p.id)"
        f" SELECT {own}, n.area, n.distance_m FROM p LEFT JOIN n ON p.id = n.i"
    )
    if suffix in (".parquet", ".geoparquet"):
        answer.to_parquet(str(out))
        return
    answers = answer.to_arrow_table()
    if suffix == ".csv":
        pa_csv.write_csv(answers, out)
    elif suffix == ".arrow":
        with pa.ipc.new_file(out, answers.schema) as file:
            file.write_table(answers)
    else:
        pq.write_table(answers, out)


def _lon_lat(positions: Path) -> tuple[Any, Any, Any]:
    """The table, and its longitudes and latitudes."""
    import pyarrow as pa
    import pyarrow.csv as pa_csv
    import pyarrow.parquet as pq
    import shapely

    if positions.suffix == ".csv":
        table = pa_csv.read_csv(positions)
    elif positions.suffix == ".arrow":
        table = pa.ipc.open_file(pa.memory_map(str(positions))).read_all()
    else:
        table = pq.read_table(positions)
    if positions.suffix == ".geoparquet":
        points = shapely.from_wkb(table["geometry"].to_numpy())
        return table, shapely.get_x(points), shapely.get_y(points)
    return table, table["lon"].to_numpy(), table["lat"].to_numpy()


def _write(table: Any, out: Path) -> None:
    import pyarrow as pa
    import pyarrow.csv as pa_csv
    import pyarrow.parquet as pq

    if out.suffix == ".csv":
        pa_csv.write_csv(table, out)
    elif out.suffix == ".arrow":
        with pa.ipc.new_file(out, table.schema) as file:
            file.write_table(table)
    else:
        pq.write_table(table, out)


def strtree_script(areas: Path, positions: Path, out: Path) -> None:
    """Shapely's STRtree over the areas, positions in the order of places, the nearest of each within 150 m."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq
    import pyproj
    import shapely

    table, lon, lat = _lon_lat(positions)
    shapes = shapely.from_wkb(pq.read_table(areas, columns=["geometry"])["geometry"].to_numpy())
    change = pyproj.Transformer.from_crs("OGC:CRS84", plane(shapely.total_bounds(shapes)), always_xy=True)
    corners = shapely.get_coordinates(shapes)
    shapes = shapely.set_coordinates(shapes, np.column_stack(change.transform(corners[:, 0], corners[:, 1])))
    x, y = change.transform(lon, lat)
    order = np.lexsort((x // 500, y // 500))
    tree = shapely.STRtree(shapes)
    points = shapely.points(x[order], y[order])
    (at, area), distance_m = tree.query_nearest(points, max_distance=WITHIN_M, return_distance=True, all_matches=False)
    nearest_m, nearest_area = np.full(len(x), np.nan), np.full(len(x), -1)
    nearest_m[order[at]], nearest_area[order[at]] = distance_m, area
    is_none = nearest_area < 0
    table = table.append_column("area", pa.array(nearest_area, mask=is_none))
    _write(table.append_column("distance_m", pa.array(nearest_m, mask=is_none)), out)


def geopandas_script(areas: Path, positions: Path, out: Path) -> None:
    """GeoPandas: `sjoin_nearest` up to 150 m."""
    import geopandas as gpd
    import pandas as pd

    shapes = gpd.read_parquet(areas)
    to = plane(shapes.total_bounds)
    if positions.suffix == ".geoparquet":
        points = gpd.read_parquet(positions)
    else:
        readers: dict[str, Callable[..., Any]] = {".csv": pd.read_csv, ".arrow": pd.read_feather}
        frame = readers.get(positions.suffix, pd.read_parquet)(positions)
        points = gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(frame["lon"], frame["lat"]), crs="OGC:CRS84")
    planar = shapes.rename(columns={"id": "area"}).to_crs(to)
    joined = gpd.sjoin_nearest(points.to_crs(to), planar, "left", WITHIN_M, distance_col="distance_m")
    joined = joined[~joined.index.duplicated()]
    answers = points.assign(area=joined["area"], distance_m=joined["distance_m"])
    if positions.suffix == ".geoparquet":
        answers.to_parquet(out)
        return
    plain = pd.DataFrame(answers.drop(columns="geometry"))
    if out.suffix == ".csv":
        plain.to_csv(out, index=False)
    elif out.suffix == ".arrow":
        plain.to_feather(out, compression="uncompressed")
    else:
        plain.to_parquet(out)


PEERS = {
    "duckdb": duckdb_join,
    "sedonadb": sedonadb_join,
    "geopandas": geopandas_script,
    "strtree": strtree_script,
}


if __name__ == "__main__":
    PEERS[sys.argv[1]](*(Path(name) for name in sys.argv[2:5]))
