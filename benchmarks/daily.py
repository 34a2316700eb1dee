"""What the daily commands cost as whole processes, on the real Bosnian register, beside named peers in the same run.

Run: python benchmarks/daily.py [ROUNDS] [--page docs/performance-daily.md]

Needs the Bosnian files (`benchmarks.bosnian`: they are no part of the project). Every command and peer runs once in
each round, one after the other; its processor time (user and system) is the least of the rounds. Read ratios and
processor time: wall time is that of the machine as it was. Programs run as they are installed, with their bytecode
compiled: PYTHONDONTWRITEBYTECODE is taken out of their environment, or each run of ours would compile its modules
anew, and none of the peers'.
"""

import os
import subprocess
import sys
import tempfile
import textwrap
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from bosnian import bosnian_files

BY_HAND = "<!-- What follows is not from the last run. -->"
"""Where the part of the page begins that stays when it is written anew."""
MERESTONE = [sys.executable, "-m", "merestone"]

MAKE_INPUTS = """
import geopandas, numpy as np, shapely
areas = geopandas.read_file(SUSPECTED)
centre = areas[~(areas.geometry.isna() | areas.geometry.is_empty)].geometry.representative_point()
centre = centre[~centre.is_empty]
draw = np.random.default_rng(1)
def near(count):
    chosen = centre.iloc[draw.integers(0, len(centre), count)]
    return np.stack([chosen.x + draw.normal(0, 0.02, count), chosen.y + draw.normal(0, 0.015, count)], axis=1)
at, width = near(20_000), draw.uniform(5, 20, 20_000) / 111_000
plots = shapely.box(at[:, 0], at[:, 1], at[:, 0] + 1.4 * width, at[:, 1] + width)
geopandas.GeoDataFrame({"name": [f"b{k}" for k in range(20_000)]}, geometry=plots, crs=4326).to_file("plots.gpkg")
steps = draw.normal(0, 0.0005, (2_000, 50, 2)).cumsum(axis=1)
ways = shapely.linestrings(near(2_000)[:, None] + steps)
geopandas.GeoDataFrame({"name": [f"t{k}" for k in range(2_000)]}, geometry=ways, crs=4326).to_file("tracks.gpkg")
"""
READ = "import geopandas; areas = geopandas.read_file('areas.gpkg', layer='suspected').to_crs(32633)\n"
PEERS = {
    "GeoPandas, plots and tracks within 150 m": READ + "for name in ('plots', 'tracks'):\n"
    "    geopandas.read_file(f'{name}.gpkg').to_crs(32633).sjoin(areas, predicate='dwithin', distance=150)\n",
    "GeoPandas, union of each kind": READ + "done = geopandas.read_file('areas.gpkg', layer='cleared').to_crs(32633)\n"
    "open_ = areas.union_all(); print(open_.area, done.union_all().area, open_.intersection(done.union_all()).area)\n",
    "GeoPandas, buffer of 1 km to GeoJSON": READ + "areas.buffer(1000).to_crs(4326).to_file('buffered.geojson')\n",
    "openpyxl, write-only, as many cells as the workbook has": "import openpyxl\n"
    "book = openpyxl.Workbook(write_only=True); sheet = book.create_sheet()\n"
    "for row in range(78_000): sheet.append(['ABCD-EFGH-IJKL'] * 8 + [row] * 3)\n"
    "book.save('peer.xlsx')\n",
}


BEFORE = (
    "The same commands of revision 9e1667d, each run once on 2026-11-28 on the same machine, processor time: Article 7 "
    "report as xlsx 15.9 s, as pdf 8.1 s (1,189 MiB), as html 3.0 s; public export 14.7 s; brief with the register "
    "19.7 s; balance 2.9 s (335 MiB); merge 4.4 s."
)
AIMS_S = {
    "Article 7 report, xlsx": 3.0,
    "Article 7 report, pdf": 2.0,
    "public export of 7,971 areas": 1.5,
    "brief, html with the register": 3.0,
    "balance": 0.8,
    "merge of two copies": 1.0,
}
"""What was asked of each command, seconds."""
PDF_AIM_MIB = 300.0
BOTH_SHAPES = "20,000 footprints and 2,000 tracks in one run"
"""Asked of both together: no longer than the peer that does both in one process."""


class Cost(NamedTuple):
    """What a process took."""

    cpu_s: float
    wall_s: float
    peak_mib: float


def cost_of(words: list[str], folder: Path, variables: dict[str, str] | None = None) -> Cost:
    """Run it once, with some more environment variables."""
    began = time.perf_counter()
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment |= variables or {}
    quiet = subprocess.DEVNULL
    done = subprocess.Popen(words, cwd=folder, env=environment, stdout=quiet, stderr=quiet)
    _, status, used = os.wait4(done.pid, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in (0, 4, 5), (words, code)  # 4: a recorded hazard was found; 5: unknown
    return Cost(used.ru_utime + used.ru_stime, time.perf_counter() - began, used.ru_maxrss / 1024)


def commands() -> dict[str, tuple[list[str], str]]:
    """Each command with the peer that it is compared with; an empty one: none does the same."""
    plots, union, buffer, cells = PEERS
    report = ["report", "apmbc-art7", "areas.gpkg", "--period", "2025", "--force", "-o"]
    screen = ["screen", "areas.gpkg", "--accuracy-m", "5"]
    return {
        "Article 7 report, xlsx": ([*report, "a.xlsx"], cells),
        "Article 7 report, pdf": ([*report, "a.pdf"], ""),
        "Article 7 report, html": ([*report, "a.html"], ""),
        "public export of 7,971 areas": (["export", "areas.gpkg", "--layer", "suspected", "--force", "-o", "p.geojson"],
                                         buffer),
        "brief, html with the register": (["brief", "--register", "areas.gpkg", "--force", "-o", "b.html"], ""),
        "balance": (["balance", "areas.gpkg"], union),
        "20,000 footprints": ([*screen, "--footprints", "plots.gpkg"], plots),
        "2,000 tracks of 50 fixes": ([*screen, "--tracks", "tracks.gpkg"], plots),
        BOTH_SHAPES: ([*screen, "--tracks", "tracks.gpkg", "--footprints", "plots.gpkg"], plots),
        "20,000 footprints in full, to Parquet": ([*screen, "--footprints", "plots.gpkg", "--force", "-o", "f.parquet"],
                                                  plots),
        "merge of two copies": (["merge", "areas.gpkg", "copy.gpkg", "-o", "merged.gpkg", "--why", "bench"], ""),
        "verify": (["verify", "areas.gpkg"], ""),
    }  # fmt: skip


LOOK_FOR_DAMAGE = """
import sqlite3, time
from merestone.register.file.soundness import is_sealed
connection = sqlite3.connect("areas.gpkg", isolation_level=None)
connection.execute("BEGIN")
connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
def cost_s():
    began = time.process_time()
    assert is_sealed(connection)
    return time.process_time() - began
print(sorted(cost_s() for _ in range(9))[4])
"""


def damage_look_told(folder: Path, rounds: int) -> str:
    """What the look for damage costs of an answer about one place, as a share of its processor time."""
    answer = [*MERESTONE, "screen", "areas.gpkg", "--lon", "17.1", "--lat", "44.9", "--accuracy-m", "10"]
    answers = sorted(cost_of(answer, folder).cpu_s for _ in range(2 * rounds + 1))
    printed = subprocess.run(
        [sys.executable, "-c", LOOK_FOR_DAMAGE], cwd=folder, capture_output=True, text=True, check=True
    ).stdout
    look_s, answer_s = float(printed), answers[rounds]
    return (
        f"The look for damage before an answer, the checksum of every page: {1e3 * look_s:.1f} ms of the "
        f"{1e3 * answer_s:.0f} ms that an answer about one place takes, {look_s / answer_s:.1%} (under 5 % asked)."
    )


def main() -> None:
    """Measure, print, and write the table into the page."""
    files = bosnian_files()
    if not files:
        return
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1].isdigit() else 3
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cost_of([*MERESTONE, "init", "areas.gpkg"], folder)
        for kind, file in files.items():
            words = ["import", "areas.gpkg", str(file), "--as", kind, "--source", "EUFOR", "--accuracy-m", "25"]
            cost_of([*MERESTONE, *words], folder)
        cost_of([sys.executable, "-c", f"SUSPECTED = {str(files['suspected'])!r}\n{MAKE_INPUTS}"], folder)
        (folder / "copy.gpkg").write_bytes((folder / "areas.gpkg").read_bytes())
        every = {peer: [sys.executable, "-c", code] for peer, code in PEERS.items()}
        every |= {what: [*MERESTONE, *words] for what, (words, _) in commands().items()}
        costs: dict[str, list[Cost]] = {what: [] for what in every}
        for _ in range(rounds):
            for what, words in every.items():
                (folder / "merged.gpkg").unlink(missing_ok=True)
                costs[what].append(cost_of(words, folder))
                print(f"{what}: {costs[what][-1].cpu_s:.2f} s of processor time", file=sys.stderr, flush=True)
        damage_look = damage_look_told(folder, rounds)
    least = {what: min(some) for what, some in costs.items()}
    table = page_part(least, rounds) + f"\n{textwrap.fill(damage_look, 120)}\n"
    print(table)
    if "--page" in sys.argv:
        page = Path(sys.argv[sys.argv.index("--page") + 1])
        _, marker, by_hand = page.read_text(encoding="utf-8").partition(BY_HAND) if page.exists() else ("", "", "")
        page.write_text(f"{table}{marker and chr(10)}{marker}{by_hand}", encoding="utf-8")


def page_part(least: dict[str, Cost], rounds: int) -> str:
    """The table in Markdown."""
    about = f"""
        # What daily work costs

        Whole processes on the register of the two Bosnian files (16,186 records), made by `benchmarks/daily.py` on
        {datetime.now(tz=UTC):%Y-%m-%d}, {os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f} at the end;
        the least processor time of {rounds} interleaved round(s). Where the load is above the cores, processor time
        grows, too (by a quarter at seven times the cores): then read the ratios. A
        peer does less: it neither asks a history nor keeps the safe side.

        | what | processor, s | wall, s | peak, MiB | peer | its processor, s | ours / its |
        |---|---|---|---|---|---|---|
    """
    rows = []
    for what, (_, peer) in commands().items():
        ours = least[what]
        its = f"{peer} | {least[peer].cpu_s:.2f} | {ours.cpu_s / least[peer].cpu_s:.2f}" if peer else "| |"
        rows.append(f"| {what} | {ours.cpu_s:.2f} | {ours.wall_s:.2f} | {ours.peak_mib:.0f} | {its} |")
    table = textwrap.dedent(about).strip() + "\n" + "\n".join(rows) + "\n"
    return f"{table}\n{textwrap.fill(BEFORE, 120)}\n\n{textwrap.fill(aims_told(least), 120)}\n"


def aims_told(least: dict[str, Cost]) -> str:
    """Which aims this run reached, and which it did not, in processor time."""
    aims: dict[bool, list[str]] = {True: [], False: []}
    for what, aim_s in AIMS_S.items():
        aims[least[what].cpu_s <= aim_s].append(f"{what}: {least[what].cpu_s:.2f} s of {aim_s:g} s")
    pdf_mib = least["Article 7 report, pdf"].peak_mib
    aims[pdf_mib <= PDF_AIM_MIB].append(f"the pdf's memory: {pdf_mib:.0f} MiB of {PDF_AIM_MIB:.0f} MiB")
    both_s, peer_s = least[BOTH_SHAPES].cpu_s, least[next(iter(PEERS))].cpu_s
    aims[both_s <= peer_s].append(f"footprints and tracks in one run: {both_s:.2f} s of GeoPandas' {peer_s:.2f} s")
    return " ".join(
        f"{words}: {'; '.join(aims[is_reached])}."
        for is_reached, words in ((True, "Aims reached in this run"), (False, "Not reached"))
        if aims[is_reached]
    )


if __name__ == "__main__":
    main()
