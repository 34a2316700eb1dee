"""What the register costs beside GDAL writing the same features, how fast it answers, and how many writers it bears.

Run: python benchmarks/register_speed.py [records]. Every number is of this run, on this machine.
"""

import multiprocessing
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import numpy as np
import shapely

from merestone.register import Entry, Register
from merestone.terms import RecordKind

WRITERS, SECONDS = 8, 5.0


def outlines(count: int) -> "list[shapely.Geometry]":
    """Synthetic areas of 12 corners each, around 0 N 0 E."""
    rng = np.random.default_rng(1)
    centre = rng.uniform(-1.0, 1.0, (count, 1, 2))
    angle = np.sort(rng.uniform(0.0, 2.0 * np.pi, (count, 12)), axis=1)
    ring = centre + 0.001 * np.stack([np.cos(angle), np.sin(angle)], axis=2)
    return list(shapely.polygons(ring))


def fill(path: Path, areas: "list[shapely.Geometry]") -> float:
    """Seconds to write the areas as one batch."""
    with Register.create(path, label="synthetic") as register:
        began = time.perf_counter()
        with register.batch(by="bench", why="speed", source="synthetic", file_name="areas") as batch:
            for row, area in enumerate(areas, start=1):
                batch.record(Entry(RecordKind.SUSPECTED, area, 25.0, {"name": f"area {row}", "sheet": "A-7"}, row=row))
        return time.perf_counter() - began


def gdal_copies(path: Path, areas: "list[shapely.Geometry]", folder: Path) -> float:
    """Seconds that ogr2ogr takes to copy the same areas from a GeoJSON file to a GeoPackage."""
    import geopandas

    names = [f"area {row}" for row in range(1, len(areas) + 1)]
    frame = geopandas.GeoDataFrame({"name": names, "sheet": "A-7"}, geometry=areas, crs="EPSG:4326")
    source = folder / "areas.geojson"
    frame.to_file(source)
    began = time.perf_counter()
    subprocess.run(["ogr2ogr", "-f", "GPKG", str(path), str(source)], check=True)
    return time.perf_counter() - began


def write_for_a_while(
    path: Path, number: int, changes_a_batch: int, told: "multiprocessing.Queue[tuple[int, int]]"
) -> None:
    """One writer: revise areas of its own, batch after batch, and tell how many changes were acknowledged."""
    area = shapely.box(number, 0, number + 0.001, 0.001)
    done = 0
    with Register.open(path) as register:
        with register.batch(by=f"writer {number}", why="speed", source="synthetic") as batch:
            ids = [batch.record(Entry(RecordKind.SUSPECTED, area)) for _ in range(changes_a_batch)]
        done += changes_a_batch
        until = time.perf_counter() + SECONDS
        while time.perf_counter() < until:
            with register.batch(by=f"writer {number}", why="speed", source="synthetic") as batch:
                for record_id in ids:
                    batch.revise(record_id, Entry(RecordKind.SUSPECTED, area))
            done += changes_a_batch
    told.put((number, done))


def writers(path: Path, changes_a_batch: int) -> tuple[float, int, int]:
    """Changes a second over all writers, changes acknowledged, changes found."""
    with Register.create(path, label="synthetic"):
        pass
    told: multiprocessing.Queue[tuple[int, int]] = multiprocessing.Queue()
    jobs = [
        multiprocessing.Process(target=write_for_a_while, args=(path, number, changes_a_batch, told))
        for number in range(WRITERS)
    ]
    began = time.perf_counter()
    for job in jobs:
        job.start()
    acknowledged = sum(told.get()[1] for _ in jobs)
    for job in jobs:
        job.join()
    took = time.perf_counter() - began
    with Register.open(path, read_only=True) as register:
        verification = register.verify()
    assert verification.is_sound, verification.breaks
    return acknowledged / took, acknowledged, verification.events - 1


def best(times: list[float]) -> float:
    """The shortest of a few runs: the machine is shared."""
    return min(times)


def main() -> None:
    """Print every figure, and the ratios."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        areas = outlines(count)
        ours = best([fill(folder / f"ours{run}.gpkg", areas) for run in range(3)])
        gdal = best([gdal_copies(folder / f"gdal{run}.gpkg", areas, folder) for run in range(3)])
        print(f"write {count:,} areas: register {ours:.2f} s, ogr2ogr {gdal:.2f} s, ratio {ours / gdal:.2f}")
        path = folder / "large.gpkg"
        fill(path, outlines(100_000))
        with Register.open(path, read_only=True) as register:
            for what, asked in (("today", {}), ("as known on a day", {"known_on": date(2100, 1, 1)})):
                times, worked = [], []
                for _ in range(5):
                    began, began_work = time.perf_counter(), time.process_time()
                    assert len(register.as_of(**asked).records) == 100_000  # type: ignore[arg-type]
                    times.append(time.perf_counter() - began)
                    worked.append(time.process_time() - began_work)
                print(f"as of, {what}, 100,000 areas: {best(times):.2f} s, of which processor {best(worked):.2f} s")
            began = time.perf_counter()
            assert register.verify().is_sound
            print(f"verify 100,000 areas: {time.perf_counter() - began:.2f} s")
        for changes in (1, 10, 100):
            rate, acknowledged, found = writers(folder / f"writers{changes}.gpkg", changes)
            lost = acknowledged - found
            print(
                f"{WRITERS} writers, {changes} changes a batch: {rate:,.0f} changes/s, {lost} of {acknowledged:,} lost"
            )


if __name__ == "__main__":
    main()
