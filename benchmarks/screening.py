"""How fast positions are screened, beside what people use, in the same run; answers are compared too.

Run: python benchmarks/screening.py [--areas N] [--positions N] [--rounds N] [--out FILE.json]

Rounds are interleaved, so that noise hits all alike; medians are shown. All cores are used by those that can:
Merestone, DuckDB, SedonaDB. `benchmarks/performance_page.py` makes docs/performance.md of the results of the full size.
"""

import argparse
import json
import os
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any

import geopandas as gpd
import numpy as np
from bosnian import bosnian_files
from geographiclib.geodesic import Geodesic
from screening_work import WARN_M, Work, made_up, middle_seconds, peers, seconds

from merestone.screening import NONE_RECORDED, HazardIndex

PACKAGES = ("numpy", "numba", "shapely", "geopandas", "duckdb", "sedonadb", "spherely", "h3")


def warmed_up() -> None:
    """Load the compiled kernel, or compile it, before anything is timed."""
    small = made_up(50, 3000)
    index = HazardIndex.build(small.degrees, 0.0)
    index.prepare()
    index.nearest(small.lon, small.lat, 0.0)
    index.classify(small.lon, small.lat, 0.0)


def measured(work: Work, rounds: int, *, every: bool) -> dict[str, Any]:
    """Every method on the same work: rates of each round, building time, and how far the answers differ."""
    warmed_up()
    builds = []
    for _ in range(rounds):
        index = HazardIndex.build(work.degrees, 0.0)
        builds.append(seconds(index.prepare)[0])
    build_s = median(builds)
    beside, missing = peers(work, every=every)
    methods = [
        _method("Merestone nearest", "nearest", build_s, len(work.x)),
        _method("Merestone classify", "within", build_s, len(work.x)),
    ]
    acts = [lambda: index.nearest(work.lon, work.lat, 0.0), lambda: index.classify(work.lon, work.lat, 0.0, WARN_M)]
    answers: dict[str, Any] = {}
    for peer in beside:
        took, act = seconds(peer.prepare)
        acts.append(act)
        count = max(1000, int(peer.share * len(work.x))) if peer.share < 1 else len(work.x)
        methods.append(_method(peer.name, peer.question, took, count))
    read = [None, None, *(peer.distances for peer in beside)]
    for _ in range(rounds):
        for method, act, distances in zip(methods, acts, read, strict=True):
            took, answer = middle_seconds(act)
            method["seconds"].append(took)
            print(f"{method['name']:44} {method['positions'] / took:14,.0f} positions/s", flush=True)
            if distances is not None:
                answers[method["name"]] = distances(answer)
    ours = index.nearest(work.lon, work.lat, 0.0).distance_m
    code = index.classify(work.lon, work.lat, 0.0, WARN_M)
    for method in methods:
        if (theirs := answers.get(method["name"])) is not None:
            method["apart_m"] = float(np.nanmax(np.abs(np.minimum(theirs, 9_000.0) - np.minimum(ours, 9_000.0))))
    return {
        "areas": len(work.degrees), "edges": work.edges, "positions": len(work.x), "rounds": rounds,
        "inside_share": float((ours == 0.0).mean()), "within_share": float((code != NONE_RECORDED).mean()),
        "build_s": build_s, "methods": methods, "missing": missing, "beside_geographiclib": checked(work, index),
    }  # fmt: skip


def _method(name: str, question: str, build_s: float, positions: int) -> dict[str, Any]:
    return {"name": name, "question": question, "build_s": build_s, "positions": positions, "seconds": []}


def checked(work: Work, index: HazardIndex, count: int = 200) -> dict[str, float]:
    """Our distances to GeographicLib's, by brute force: the edges around each position, densified, point by point."""
    found = index.nearest(work.lon[:count], work.lat[:count], 0.0)
    worst_above = worst_below = 0.0
    lon, lat, ends = index.outlines.lon_deg, index.outlines.lat_deg, index.outlines.ends
    for i in np.flatnonzero((found.distance_m > 0.0) & np.isfinite(found.distance_m)):
        x, y, ours_m = work.lon[i], work.lat[i], float(found.distance_m[i])
        reach = 1.1 * ours_m / 110_000.0
        west, east = np.minimum(lon[:-1], lon[1:]), np.maximum(lon[:-1], lon[1:])
        south, north = np.minimum(lat[:-1], lat[1:]), np.maximum(lat[:-1], lat[1:])
        near = ~ends[:-1] & (west <= x + reach) & (east >= x - reach) & (south <= y + reach) & (north >= y - reach)
        best_m = np.inf
        for v in np.flatnonzero(near):
            low, high = 0.0, 1.0
            for _ in range(60):  # the distance along a short edge has one lowest place
                one, two = low + (high - low) / 3, high - (high - low) / 3
                if _inverse_m(x, y, lon, lat, v, one) < _inverse_m(x, y, lon, lat, v, two):
                    high = two
                else:
                    low = one
            best_m = min(best_m, _inverse_m(x, y, lon, lat, v, 0.5 * (low + high)))
        worst_above, worst_below = max(worst_above, ours_m - best_m), max(worst_below, best_m - ours_m)
    return {"positions": count, "most_above_m": worst_above, "most_below_m": worst_below}


def _inverse_m(x: float, y: float, lon: Any, lat: Any, v: int, t: float) -> float:
    there = lon[v] + t * (lon[v + 1] - lon[v]), lat[v] + t * (lat[v + 1] - lat[v])
    return float(Geodesic.WGS84.Inverse(y, x, there[1], there[0], Geodesic.DISTANCE)["s12"])


def real_case(positions: int) -> dict[str, Any] | None:
    """Bosnia's suspected areas, if they are at hand: positions drawn within about a kilometre of their outlines."""
    files = bosnian_files()
    if not files:
        return None
    areas = gpd.read_file(files["suspected"])
    areas = areas[~(areas.geometry.isna() | areas.geometry.is_empty)].set_crs(4326, allow_override=True)
    index = HazardIndex.build(areas.geometry.to_numpy(), 0.0)
    build_s, _ = seconds(index.prepare)
    rng = np.random.default_rng(1)
    near = rng.integers(0, len(index.outlines.lon_deg), positions)
    lon = index.outlines.lon_deg[near] + rng.normal(0, 0.01, positions)
    lat = index.outlines.lat_deg[near] + rng.normal(0, 0.01, positions)
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(lon, lat), crs=4326).to_crs(32633)
    planar = areas.to_crs(32633)[["geometry"]]
    took: dict[str, list[float]] = {"nearest": [], "classify": [], "geopandas": []}
    for _ in range(3):
        took["nearest"].append(middle_seconds(lambda: index.nearest(lon, lat, 0.0))[0])
        took["classify"].append(middle_seconds(lambda: index.classify(lon, lat, 0.0, WARN_M))[0])
        took["geopandas"].append(middle_seconds(lambda: gpd.sjoin_nearest(points, planar, distance_col="d"))[0])
    middle = {name: median(values) for name, values in took.items()}
    return {
        "areas": len(areas),
        "edges": int(index.outlines.edges),
        "positions": positions,
        "build_s": build_s,
        **middle,
    }


def machine() -> dict[str, Any]:
    """Where and when it was measured, and with what."""
    versions = {}
    for package in PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = "not installed"
    return {"machine": platform.machine(), "cores": os.cpu_count(), "python": platform.python_version(),
            "load": os.getloadavg()[0], "on": datetime.now(UTC).date().isoformat(), "versions": versions}  # fmt: skip


def main() -> None:
    """Measure, print, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--areas", type=int, default=10_000)
    parser.add_argument("--positions", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--every", action="store_true", help="also H3, which takes a minute to build")
    parser.add_argument("--out", type=Path, help="results as JSON")
    asked = parser.parse_args()
    result = measured(made_up(asked.areas, asked.positions), asked.rounds, every=asked.every)
    result["real"] = real_case(asked.positions)
    result["machine"] = machine()
    for question in ("nearest", "within"):
        rates = {
            m["name"]: m["positions"] / median(m["seconds"]) for m in result["methods"] if m["question"] == question
        }
        (ours, rate), *others = rates.items()
        for name, other in others:
            print(f"{ours}: {rate / other:6.1f} times {name}")
    print(f"cells: {result['edges'] / result['build_s']:,.0f} edges/s")
    print(f"beside GeographicLib: {result['beside_geographiclib']}")
    for line in result["missing"]:
        print(line)
    if asked.out:
        asked.out.parent.mkdir(parents=True, exist_ok=True)
        asked.out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
