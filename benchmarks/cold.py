"""What an answer costs from cold: whole processes, and an index built and asked in Python, beside what others use.

Run: python benchmarks/cold.py [--full] [--rounds N] [--areas N ...] [--positions N ...] [--formats NAME ...]
     [--out FILE.json] [--page docs/performance-cold.md]

Areas and positions are SYNTHETIC (`screening_work`). Every tool runs once in each round, one after the other; the
middle of the rounds counts. Processor time (user and system, all threads) is compared: wall time is that of the
machine as it was, and is told beside it. The files were just written or read, so that the system's cache holds them for
all tools alike. What peers do: `cold_peers.py`. Programs run as they are installed, with their bytecode and the
screening kernel compiled (`merestone screen` compiles it once on a machine).
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import shapely
from cold_page import write_page
from cold_peers import PEERS
from daily import MERESTONE, cost_of
from screening_work import WARN_M, Work, made_up

from merestone.bulk.pack import save_pack
from merestone.register import Entry, Register
from merestone.screening import Circumstances, HazardIndex
from merestone.terms import RecordKind
from screening import machine, warmed_up

SUFFIXES = {"parquet": ".parquet", "geoparquet": ".geoparquet", "csv": ".csv", "arrow": ".arrow"}
ACCURACY_M = 10.0
TOO_SLOW = 8.0
"""A tool that took so many times as long as the fastest in the first round is not asked again: it decides nothing."""
AT_ONCE = 1_000_000
FIRST_TIME = "Merestone, register for the first time"
"""The kernel is compiled, as set-up leaves it; no index of this register is kept yet."""


def write_areas(work: Work, folder: Path) -> None:
    """The areas as a register, as a pack with its cells, and as the GeoParquet file that peers read."""
    import geopandas as gpd

    count = len(work.degrees)
    frame = gpd.GeoDataFrame({"id": np.arange(count)}, geometry=work.degrees, crs="OGC:CRS84")
    frame.to_parquet(folder / f"areas{count}.parquet")
    with (
        Register.create(folder / f"register{count}.gpkg", label="SYNTHETIC") as register,
        register.batch(by="bench", why="speed", source="synthetic", file_name="areas") as batch,
    ):
        for row, area in enumerate(work.degrees, start=1):
            batch.record(Entry(RecordKind.SUSPECTED, area, ACCURACY_M, {"name": f"area {row}"}, row=row))
    names, kinds = [f"{i:032x}" for i in range(count)], [RecordKind.SUSPECTED] * count
    index = HazardIndex.build(work.degrees, ACCURACY_M, record_ids=names, kinds=kinds)
    save_pack(index, folder / f"pack{count}.pack", audience="exact", circumstances=Circumstances(None), cells=True)


def position_tables(work: Work, count: int, form: str) -> Iterator[pa.Table]:
    """The positions of a file, piece by piece."""
    for begun in range(0, count, AT_ONCE):
        size = min(AT_ONCE, count - begun)
        lon, lat = work.positions_from(1 + begun // AT_ONCE, size)
        columns: dict[str, Any] = {"id": np.arange(begun, begun + size)}
        if form == "geoparquet":
            columns["geometry"] = shapely.to_wkb(shapely.points(lon, lat))
        else:
            columns |= {"lon": lon, "lat": lat}
        yield pa.table(columns)


def write_positions(work: Work, count: int, form: str, path: Path) -> None:
    """A file of positions."""
    geo = {"version": "1.1.0", "primary_column": "geometry",
           "columns": {"geometry": {"encoding": "WKB", "geometry_types": ["Point"]}}}  # fmt: skip
    writer: Any = None
    for piece in position_tables(work, count, form):
        table = piece.replace_schema_metadata({"geo": json.dumps(geo)}) if form == "geoparquet" else piece
        if writer is None:
            writer = _writer(form, path, table.schema)
        writer.write_table(table)
    writer.close()


def _writer(form: str, path: Path, schema: pa.Schema) -> Any:
    if form == "csv":
        return pa_csv.CSVWriter(path, schema)
    return pa.ipc.new_file(path, schema) if form == "arrow" else pq.ParquetWriter(path, schema)


def tools(areas: int, positions: Path, folder: Path) -> dict[str, tuple[list[str], dict[str, str]]]:
    """Each tool's command, and the environment variables that it is given."""
    suffix = positions.suffix
    screen = ["--points", positions.name, "--accuracy-m", f"{ACCURACY_M:g}", "--warn-m", f"{WARN_M:g}", "--force"]
    warm_cache = str(folder / "cache")
    register = [*MERESTONE, "screen", f"register{areas}.gpkg", *screen]
    ours = {
        FIRST_TIME: ([*register, "-o", f"out0{suffix}"], {"XDG_CACHE_HOME": str(folder / "first")}),
        "Merestone, register": ([*register, "-o", f"out1{suffix}"], {"XDG_CACHE_HOME": warm_cache}),
        "Merestone, pack": ([*MERESTONE, "screen", "--pack", f"pack{areas}.pack", *screen, "-o", f"out2{suffix}"],
                            {"XDG_CACHE_HOME": warm_cache}),
    }  # fmt: skip
    script = str(Path(__file__).parent / "cold_peers.py")
    files = [f"areas{areas}.parquet", positions.name]
    peers: dict[str, tuple[list[str], dict[str, str]]] = {
        name: ([sys.executable, script, name, *files, f"out_{name}{suffix}"], {}) for name in PEERS
    }
    return ours | peers


def compile_kernel(folder: Path) -> None:
    """Keep the kernel's machine code in the cache of the benchmark, as a command that needs it does once."""
    code = "from merestone.screening import keep_machine_code; keep_machine_code()"
    cost_of(*_words(([sys.executable, "-c", code], {"XDG_CACHE_HOME": str(folder / "cache")}), folder))


def forget_indexes(folder: Path) -> None:
    """Leave in the cache of the first time the compiled kernel alone."""
    shutil.rmtree(folder / "first", ignore_errors=True)
    shutil.copytree(folder / "cache", folder / "first", ignore=shutil.ignore_patterns("indexes"))


def whole_processes(
    works: list[Work], counts: list[int], forms: list[str], rounds: int, folder: Path
) -> list[dict[str, Any]]:
    """What each tool takes, for each number of areas and of positions, and each format."""
    measured = []
    compile_kernel(folder)
    for work in works:
        areas = len(work.degrees)
        write_areas(work, folder)
        for form in forms:
            for count in counts:
                path = folder / f"positions{count}{SUFFIXES[form]}"
                write_positions(work, count, form, path)
                commands = tools(areas, path, folder)
                cost_of(*_words(commands["Merestone, register"], folder))  # makes what a machine keeps
                costs: dict[str, list[tuple[float, float, float]]] = {name: [] for name in commands}
                for turn in range(rounds):
                    fastest = min((some[0][0] for some in costs.values() if some), default=np.inf)
                    for name, command in commands.items():
                        if turn and costs[name][0][0] > TOO_SLOW * fastest:
                            continue
                        if name == FIRST_TIME:
                            forget_indexes(folder)
                        try:
                            costs[name].append(tuple(cost_of(*_words(command, folder))))  # type: ignore[arg-type]
                        except AssertionError:
                            if name not in PEERS:
                                raise
                            costs[name].append((np.inf, np.inf, np.nan))
                for name, some in costs.items():
                    cpu_s, wall_s, peak_mib = (median(column) for column in zip(*some, strict=True))
                    measured.append({"areas": areas, "positions": count, "format": form, "tool": name, "cpu_s": cpu_s,
                                     "wall_s": wall_s, "peak_mib": peak_mib, "runs": len(some)})  # fmt: skip
                    print(f"{areas:>8,} areas {count:>10,} {form:10} {name:38} {cpu_s:8.2f} s", flush=True)
                path.unlink()
    return measured


def _words(one: tuple[list[str], dict[str, str]], folder: Path) -> tuple[list[str], Path, dict[str, str]]:
    words, variables = one
    if variables:
        variables = variables | {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[1] / "src"), *sys.path])}
    for left in folder.glob("out*"):
        left.unlink()
    return words, folder, variables


def asked_in_python(work: Work, question: str) -> dict[str, Callable[[], Any]]:
    """Functions that build an index and ask it once: geometries and coordinates are there already, peers' projected."""
    import geopandas as gpd

    def ours() -> Any:
        index = HazardIndex.build(work.degrees, 0.0)
        if question == "nearest":
            return index.nearest(work.lon, work.lat, 0.0)
        return index.classify(work.lon, work.lat, 0.0, WARN_M)

    def tree() -> Any:
        order = np.lexsort((work.x // 500, work.y // 500))
        points = shapely.points(work.x[order], work.y[order])
        made = shapely.STRtree(work.planar)
        if question == "nearest":
            return made.query_nearest(points, return_distance=True)
        return made.query(points, predicate="dwithin", distance=WARN_M)

    def frames() -> Any:
        points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(work.x, work.y), crs=32631)
        areas = gpd.GeoDataFrame({"area": np.arange(len(work.planar))}, geometry=work.planar, crs=32631)
        if question == "nearest":
            return gpd.sjoin_nearest(points, areas, distance_col="d")
        return gpd.sjoin(points, areas, predicate="dwithin", distance=WARN_M)

    return {"Merestone": ours, "Shapely STRtree, positions sorted": tree, "GeoPandas": frames}


def in_python(areas: list[int], counts: list[int], rounds: int) -> list[dict[str, Any]]:
    """Building and asking together, in one process."""
    warmed_up()
    measured = []
    for number in areas:
        for count in counts:
            work = made_up(number, count)
            for question in ("nearest", "within"):
                acts = asked_in_python(work, question)
                took: dict[str, list[tuple[float, float]]] = {name: [] for name in acts}
                for turn in range(rounds):
                    fastest = min((some[0][0] for some in took.values() if some), default=np.inf)
                    for name, act in acts.items():
                        if turn and took[name][0][0] > TOO_SLOW * fastest:
                            continue
                        began, began_work = time.perf_counter(), time.process_time()
                        act()
                        took[name].append((time.process_time() - began_work, time.perf_counter() - began))
                for name, some in took.items():
                    cpu_s, wall_s = (median(column) for column in zip(*some, strict=True))
                    measured.append({"areas": number, "positions": count, "question": question, "tool": name,
                                     "cpu_s": cpu_s, "wall_s": wall_s, "runs": len(some)})  # fmt: skip
                    print(f"{number:>8,} areas {count:>10,} {question:8} {name:36} {cpu_s:8.3f} s", flush=True)
    return measured


def main() -> None:
    """Measure, print the worst first, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="also 10^7 positions, 10^6 areas, every format")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--areas", type=int, nargs="*", default=[8_000, 100_000])
    parser.add_argument("--positions", type=int, nargs="*", default=[1, 1_000, 10_000, 100_000, 1_000_000])
    parser.add_argument("--formats", nargs="*", choices=SUFFIXES, default=["parquet", "csv"])
    parser.add_argument("--out", type=Path, help="results as JSON")
    parser.add_argument("--page", type=Path, help="the page to write, with its plot in images/ beside it")
    asked = parser.parse_args()
    counts = [*asked.positions, *([10_000_000] if asked.full else [])]
    forms = list(SUFFIXES) if asked.full else asked.formats
    inner = [100, *asked.areas, *([1_000_000] if asked.full else [])]
    result: dict[str, Any] = {"rounds": asked.rounds}
    with tempfile.TemporaryDirectory() as name:
        works = [made_up(areas, 1) for areas in asked.areas]
        result["processes"] = whole_processes(works, counts, forms, asked.rounds, Path(name))
    result["python"] = in_python(inner, [count for count in counts if count > 1], asked.rounds)
    result["machine"] = machine()
    if asked.out:
        asked.out.parent.mkdir(parents=True, exist_ok=True)
        asked.out.write_text(json.dumps(result, indent=1))
    write_page(result, asked.page)


if __name__ == "__main__":
    main()
