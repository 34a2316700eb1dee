"""Import of the Bosnian suspected areas into a register, beside copies of them to a GeoPackage by GDAL.

    python benchmarks/import_bih.py [FOLDER] [--rows N] [--rounds N] [--page]

``ogr2ogr`` copies, and ``ogr2ogr -makevalid`` repairs too. We check every outline, repair it outward, hash each event
into a chain, keep history and what cannot be taken, and project the current layers. The promise: at most 2 times
``ogr2ogr -makevalid`` for the 11,068 areas, 1.5 times for a million, and under 150 MB whatever the number.

Each is timed as a whole process, in turn, in this one run; the round with the least processor time counts. Processor
time (user and system) stands beside wall time, because a machine with others on it stretches the one by a little and
the other by a lot. With ``--rows`` the areas are repeated beside each other until there are so many: SYNTHETIC; then
they are delivered once more, with another type for each twentieth, and compared with what the register holds
(``--update-by``; the promise: 100,000 areas in under 10 s). ``--page`` writes docs/performance-import.md.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bosnian import bosnian_files

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "performance-import.md"
PROMISED_MB = 150
PROMISED_UPDATE_S = 10
MILLION = 1_000_000
COPY = """
import sys, pyogrio
told, _, geometry, columns = pyogrio.raw.read(sys.argv[2])
pyogrio.raw.write(sys.argv[1], geometry, columns, told["fields"], layer="areas", driver="GPKG",
                  geometry_type="Unknown", crs="EPSG:4326")
"""
SMALL = """
import os, sys, time
began = time.perf_counter()
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, 2, 1)])
_, status, usage = os.wait4(pid, 0)
print(time.perf_counter() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
sys.exit(os.waitstatus_to_exitcode(status))
"""
STAGES = """
import json, sys, time
from merestone.exchange import import_file, read
from merestone.exchange.imports.import_run import Taking
from merestone.register import Register
from merestone.register.write.ledger import Ledger
from merestone.terms import RecordKind

spent = {}

def timed(owner, name, stage):
    plain = getattr(owner, name)
    def wrapper(*args, **more):
        began = time.process_time()
        try:
            return plain(*args, **more)
        finally:
            spent[stage] = spent.get(stage, 0.0) + time.process_time() - began
    setattr(owner, name, wrapper)

began = time.process_time()
rows = sum(1 for _ in read(sys.argv[2]))
reading = time.process_time() - began
timed(Taking, "_checked", "checking every outline, repairing those that are not sound")
timed(Taking, "_copies", "finding outlines that come twice")
timed(Ledger, "append", "WKB, canonical JSON, SHA-256 chain, SQLite inserts")
timed(Ledger, "commit", "indexes, R-tree, commit")
with Register.open(sys.argv[1]) as register:
    began = time.process_time()
    import_file(register, sys.argv[2], kind=RecordKind.SUSPECTED, source="benchmark", accuracy_m=None, by="benchmark")
    whole = time.process_time() - began
spent["reading: JSON to rows"] = reading
spent["understanding columns and meaning, reports, and all else"] = whole - sum(spent.values())
print(json.dumps({"rows": rows, "spent": spent, "whole": whole}))
"""


@dataclass(frozen=True)
class Cost:
    """What one process took."""

    wall_s: float
    cpu_s: float
    peak_mb: float


def cost_of(command: Sequence[str], environment: dict[str, str]) -> Cost:
    """Run a process to its end; wall and processor seconds, and the most memory that it held.

    From a process that is small itself: on Linux a child's peak begins at that of the process which started it.
    """
    small = [sys.executable, "-I", "-S", "-c", SMALL, *command]
    told = subprocess.run(small, env=environment, capture_output=True, text=True, check=True).stdout
    return Cost(*(float(number) for number in told.split()[-3:]))


def grown(source: Path, rows: int, into: Path, *, changed_every: int = 0) -> Path:
    """SYNTHETIC: the areas repeated, each round moved by a thousandth of a degree, each with a number of its own.

    Each row of which the number divides by `changed_every` has another type: a new delivery.
    """
    features = json.loads(source.read_text(encoding="utf-8"))["features"]
    with into.open("w", encoding="utf-8") as file:
        file.write('{"type":"FeatureCollection","name":"SYNTHETIC","features":[\n')
        for number in range(rows):
            turn, feature = number // len(features), features[number % len(features)]
            geometry = feature["geometry"]
            if geometry and geometry.get("coordinates"):
                moved = _moved(geometry["coordinates"], turn % 10 / 1000, turn // 10 / 1000)
                geometry = {"type": geometry["type"], "coordinates": moved}
            properties = {**feature["properties"], "plot": f"S-{number + 1}"}
            if changed_every and number % changed_every == 0:
                properties["typeArea"] = "resurveyed"
            line = {"type": "Feature", "geometry": geometry, "properties": properties}
            file.write((",\n" if number else "") + json.dumps(line, separators=(",", ":")))
        file.write("\n]}\n")
    return into


def _moved(part: list[Any], east_deg: float, north_deg: float) -> list[Any]:
    if not isinstance(part[0], list):
        return [part[0] + east_deg, part[1] + north_deg]
    return [_moved(one, east_deg, north_deg) for one in part]


def environment_in(scratch: Path) -> dict[str, str]:
    """Where a process of ours finds its modules, compiled once: who installs Merestone has them compiled."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONPYCACHEPREFIX": str(scratch / "bytecode")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return environment


def importing(register: Path, file: Path, *more: str) -> list[str]:
    """The command that takes a file in."""
    options = ["--as", "suspected", "--source", "benchmark", "--by", "benchmark", "--accuracy-unknown", *more]
    return [sys.executable, "-m", "merestone", "import", str(register), str(file), *options]


def update_cost(first: Path, second: Path, scratch: Path) -> Cost:
    """What it takes to compare a new delivery with a register that holds the old one, and to write what changed."""
    environment, register = environment_in(scratch), scratch / "register.gpkg"
    _fresh(scratch, [sys.executable, "-m", "merestone"], environment)
    subprocess.run(importing(register, first), env=environment, capture_output=True, check=True)
    return cost_of(importing(register, second, "--update-by", "plot", "--yes"), environment)


def measured(file: Path, rounds: int, scratch: Path) -> tuple[dict[str, Cost], dict[str, Any]]:
    """Each way's cheapest round, and what our stages take."""
    environment = environment_in(scratch)
    out, register = scratch / "out.gpkg", scratch / "register.gpkg"
    ours = [sys.executable, "-m", "merestone"]
    ogr = ["ogr2ogr", "-f", "GPKG", str(out), str(file), "-nlt", "GEOMETRY"]
    ways = {
        "merestone import": importing(register, file),
        "ogr2ogr -makevalid": [*ogr, "-makevalid"],
        "ogr2ogr": ogr,
        "pyogrio": [sys.executable, "-c", COPY, str(out), str(file)],
    }
    if not shutil.which("ogr2ogr"):
        ways = {name: way for name, way in ways.items() if "ogr2ogr" not in name}
    costs: dict[str, list[Cost]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, command in ways.items():
            _fresh(scratch, ours, environment)
            costs[name].append(cost_of(command, environment))
    _fresh(scratch, ours, environment)
    told = subprocess.run(
        [sys.executable, "-c", STAGES, str(register), str(file)],
        env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return {name: min(rounds, key=lambda cost: cost.cpu_s) for name, rounds in costs.items()}, json.loads(told.stdout)


def _fresh(scratch: Path, ours: Sequence[str], environment: dict[str, str]) -> None:
    """A new, empty register and no copy."""
    for left in (*scratch.glob("out.gpkg*"), *scratch.glob("register.gpkg*")):
        left.unlink()
    subprocess.run([*ours, "init", str(scratch / "register.gpkg")], env=environment, capture_output=True, check=True)


def table(costs: dict[str, Cost], stages: dict[str, Any], promise: float) -> list[str]:
    """The figures as Markdown."""
    own = costs["merestone import"]
    lines = ["| whole process | processor s | wall s | peak memory | ours, processor time | ours, wall time |"]
    lines += ["|---|---|---|---|---|---|"]
    for name, cost in costs.items():
        ratios = "| " if cost is own else f"{own.cpu_s / cost.cpu_s:.2f} times | {own.wall_s / cost.wall_s:.2f} times"
        lines.append(f"| {name} | {cost.cpu_s:.2f} | {cost.wall_s:.2f} | {cost.peak_mb:.0f} MB | {ratios} |")
    if (peer := costs.get("ogr2ogr -makevalid")) is not None:
        times = own.cpu_s / peer.cpu_s
        verdict = "met" if times <= promise else "not met"
        wall = f"{own.wall_s / peer.wall_s:.2f} times by the clock"
        lines += ["", f"Goal: {promise:g} times `ogr2ogr -makevalid`: {times:.2f} times ({wall}), {verdict}."]
    verdict = "met" if own.peak_mb <= PROMISED_MB else "not met"
    lines += [f"Goal: under {PROMISED_MB} MB: {own.peak_mb:.0f} MB, {verdict}.", ""]
    lines += ["| stage of ours, in a warm process | processor s | microseconds a row |", "|---|---|---|"]
    for name, seconds in sorted(stages["spent"].items(), key=lambda item: -item[1]):
        lines.append(f"| {name} | {seconds:.2f} | {seconds / stages['rows'] * 1e6:.1f} |")
    lines.append(f"| starting Python and loading what is needed (the rest of the whole process) | "
                 f"{max(own.cpu_s - stages['whole'], 0.0):.2f} | |")  # fmt: skip
    return lines


def main() -> None:
    """Time everything and print or write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?")
    parser.add_argument("--rows", type=int, action="append", help="also so many SYNTHETIC rows; may be repeated")
    parser.add_argument("--rounds", type=int, default=5, help="of the 11,068 areas; of more rows one round")
    parser.add_argument("--page", action="store_true", help="write docs/performance-import.md")
    asked = parser.parse_args()
    files = bosnian_files(asked.folder)
    if not files:
        return
    load = f"load average {os.getloadavg()[0]:.1f} at the beginning"
    parts = []
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        costs, stages = measured(files["suspected"], asked.rounds, scratch)
        parts += [f"## {stages['rows']:,} suspected areas of Bosnia and Herzegovina", ""]
        parts += [*table(costs, stages, 2.0), ""]
        for rows in asked.rows or ():
            big = grown(files["suspected"], rows, scratch / "grown.geojson")
            costs, stages = measured(big, 1, scratch)
            parts += [f"## {rows:,} SYNTHETIC areas: the same, repeated beside each other", ""]
            parts += [*table(costs, stages, 1.5 if rows >= MILLION else 2.0), ""]
            again = grown(files["suspected"], rows, scratch / "again.geojson", changed_every=20)
            cost = update_cost(big, again, scratch)
            verdict = "met" if cost.cpu_s <= PROMISED_UPDATE_S else "not met"
            parts += [
                f"A new delivery of them (`--update-by plot`, one of 20 changed): {cost.cpu_s:.2f} s of processor "
                f"time, {cost.wall_s:.2f} s by the clock, {cost.peak_mb:.0f} MB. Goal for 100,000 areas: "
                f"{PROMISED_UPDATE_S} s: {verdict}.",
                "",
            ]
    on = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {load}"
    intro = (
        f"# How fast files are taken in\n\nMade by `python benchmarks/import_bih.py --page` on {on}: {machine}. Whole "
        f"processes in turn, in one run; the cheapest of {asked.rounds} rounds. Where the load is above the cores, "
        "read the processor time: wall time is then mostly waiting for others. The register was made before, by "
        "`merestone init`; ogr2ogr makes its file itself.\n"
    )
    text = "\n".join([intro, *parts]).rstrip() + "\n"
    print(text)
    if asked.page:
        before = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
        kept = before[before.index("\n## What limits it") :] if "\n## What limits it" in before else ""
        PAGE.write_text(text + kept, encoding="utf-8")


if __name__ == "__main__":
    main()
