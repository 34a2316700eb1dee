"""No position that truly lies inside or within the warning distance is ever reported as none recorded: to 10^9.

Run: python benchmarks/never_false.py [POSITIONS] [--log FILE]

The truth is made, not measured with the program's own arithmetic: a place on or inside a known hazard is chosen, and
GeographicLib (PROJ's) carries it away by no more than the warning distance and both accuracies, one in twenty by just
that much. Whatever the answer, it must not be "none recorded". Worlds: overlapping jagged areas with holes, lines,
points, slivers and ten-centimetre polygons, at six places of the globe (the antimeridian and 83 N among them),
accuracies of 0, mixed, and not stated, warning distances from 0 to 5 km. All hazards are SYNTHETIC.
"""

import argparse
import os
import platform
import subprocess
import sys
import time
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple, TextIO

import numpy as np
import shapely
from pyproj import Geod

from merestone.screening import NONE_RECORDED, UNKNOWN, HazardIndex

GEOD = Geod(ellps="WGS84")
PLACES = ((0.0, 0.0), (29.3, 63.0), (17.0, 44.9), (-70.0, -33.0), (10.0, 83.0), (179.98, 66.0))
ACCURACIES = ("exact", "mixed", "partly unstated")
WARNINGS_M = (0.0, 1.0, 25.0, 150.0, 1000.0, 5000.0)
BATCH = 500_000


class World(NamedTuple):
    """Hazards, their index, and the edges that positions start from."""

    name: str
    index: HazardIndex
    first: Any
    """(edges, 2) where each edge begins, degrees"""
    last: Any
    widened_m: Any
    """(edges,) by how much the edge's hazard is widened"""


def shapes(lon_deg: float, lat_deg: float, seed: int, count: int = 1500) -> list[Any]:
    """Hazards of every kind around a place."""
    rng = np.random.default_rng(seed)
    found: list[Any] = []
    for number in range(count):
        x, y, _ = GEOD.fwd(lon_deg, lat_deg, rng.uniform(0, 360), 20_000.0 * np.sqrt(rng.uniform(0, 1)))
        vertices = int(rng.integers(3, 60))
        radius_m = 0.1 if number % 50 == 0 else 10 ** rng.uniform(0, 3.2)
        bearing = np.sort(rng.uniform(0, 360, vertices))
        run_m = radius_m * rng.uniform(0.2, 1.0, vertices)
        around = np.column_stack(GEOD.fwd(np.full(vertices, x), np.full(vertices, y), bearing, run_m)[:2])
        around[:, 0] = x + (around[:, 0] - x + 180.0) % 360.0 - 180.0
        if np.abs(around[:, 0]).max() > 180.0:
            continue
        if number % 10 == 1:
            found.append(shapely.Point(x, y))
        elif number % 10 == 2:
            found.append(shapely.LineString(around))
        elif number % 10 == 3:  # a sliver: there and almost the same way back
            found.append(shapely.Polygon(np.vstack([around[:2], around[1] + [1e-9, 0.0]])))
        else:
            hole = [(around - around.mean(axis=0)) * 0.3 + around.mean(axis=0)] if number % 3 == 0 else []
            found.append(shapely.Polygon(around, hole))
    return found


def world(place: int, kind: str) -> World:
    """The hazards of one place with one kind of accuracy."""
    hazards = shapes(*PLACES[place], seed=place)
    rng = np.random.default_rng(100 + place)
    stated = rng.uniform(0, 200, len(hazards))
    accuracy: list[float | None] = [0.0] * len(hazards) if kind == "exact" else stated.tolist()
    if kind == "partly unstated":
        accuracy = [None if number % 4 == 0 else value for number, value in enumerate(accuracy)]
    index = HazardIndex.build(hazards, accuracy)
    first, last, owner = [], [], []
    for number, hazard in enumerate(hazards):
        lines = shapely.get_rings(hazard) if hazard.geom_type == "Polygon" else [hazard]
        for line in lines:
            points = shapely.get_coordinates(line)
            points = np.vstack([points, points]) if len(points) == 1 else points
            first.append(points[:-1])
            last.append(points[1:])
            owner.append(np.full(len(points) - 1, number))
    widened_m = np.array([0.0 if value is None else value for value in accuracy])[np.concatenate(owner)]
    return World(f"{PLACES[place]} {kind}", index, np.concatenate(first), np.concatenate(last), widened_m)


def batch(held: World, seed: int, count: int) -> tuple[int, list[str]]:
    """How many positions were asked, and each that was missed, in words."""
    rng = np.random.default_rng([20261123, seed])
    warn_m = float(rng.choice(WARNINGS_M))
    edge = rng.integers(0, len(held.first), count)
    along = rng.choice([0.0, 1.0, -1.0], count, p=[0.1, 0.1, 0.8])
    along = np.where(along < 0, rng.uniform(0, 1, count), along)[:, None]
    start = held.first[edge] + along * (held.last[edge] - held.first[edge])
    accuracy_m = np.where(rng.uniform(0, 1, count) < 0.5, 0.0, rng.uniform(0, 100, count))
    reach_m = warn_m + accuracy_m + held.widened_m[edge]
    away_m = reach_m * np.minimum(1.0, rng.uniform(0, 1.05, count))
    lon, lat, _ = GEOD.fwd(start[:, 0], start[:, 1], rng.uniform(0, 360, count), away_m)
    code = held.index.classify(lon, lat, accuracy_m, warn_m)
    missed = np.flatnonzero((code == NONE_RECORDED) | (code == UNKNOWN))
    return count, [
        f"MISSED {held.name}: {lon[i]!r} {lat[i]!r}, {away_m[i]!r} m from {start[i].tolist()}, accuracy "
        f"{accuracy_m[i]!r} m, warning {warn_m!r} m, class {code[i]}" for i in missed
    ]  # fmt: skip


def share(task: tuple[int, int, int]) -> tuple[str, int, list[str]]:
    """One worker's turn: a world, and some batches in it."""
    number, seed, count = task
    held = world(number % len(PLACES), ACCURACIES[number // len(PLACES) % len(ACCURACIES)])
    asked, missed = 0, []
    for nth, first in enumerate(range(0, count, BATCH)):
        done, lost = batch(held, seed + nth, min(BATCH, count - first))
        asked, missed = asked + done, missed + lost
    return held.name, asked, missed


def revision() -> str:
    """Which version of the program answered."""
    done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown revision"


def run(positions: int, log: TextIO) -> int:
    """Ask them all; give the number missed."""
    say = lambda line: (print(line, flush=True), log.write(line + "\n"), log.flush())  # noqa: E731
    say(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, revision {revision()}, {positions:,} positions, seed 20261123, "
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")  # fmt: skip
    turn = max(BATCH, min(20_000_000, positions // 36))
    counts = [min(turn, positions - first) for first in range(0, positions, turn)]
    tasks = [(number, number * 1000, count) for number, count in enumerate(counts)]
    begun, asked, lost = time.perf_counter(), 0, 0
    with get_context("spawn").Pool(os.cpu_count()) as pool:
        for name, done, missed in pool.imap_unordered(share, tasks):
            asked, lost = asked + done, lost + len(missed)
            for line in missed[:20]:
                say(line)
            say(f"{asked:14,} asked, {lost} missed, {time.perf_counter() - begun:6.0f} s; last: {name}")
    say(f"RESULT: {lost} of {asked:,} positions inside or within the warning distance were not warned of")
    return lost


def main() -> None:
    """Run, log, and fail if any was missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("positions", type=float, nargs="?", default=1e9)
    parser.add_argument("--log", type=Path, default=Path("never_false.log"))
    asked = parser.parse_args()
    with asked.log.open("w", encoding="utf-8") as log:
        sys.exit(1 if run(int(asked.positions), log) else 0)


if __name__ == "__main__":
    main()
