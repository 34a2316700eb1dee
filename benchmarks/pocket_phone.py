"""What the phone takes to open a pack and to answer: a processor slowed to a quarter, in Chromium.

Run: python benchmarks/pocket_phone.py [AREAS ...] [--bih FOLDER]

Areas are those of `screening_work` (20-50 vertices, 50-300 m radius; SYNTHETIC), 100,000 unless said otherwise, and
with --bih the Bosnian file of suspected areas. Positions lie in the box around them. Printed are bytes, milliseconds to
open (the middle of five, each in a page of its own) and to answer (the middle and the slowest of a hundred of 2,000
positions, a first 200 uncounted as a page's first seconds are not those of a walk). Needs Chromium
(MERESTONE_CHROMIUM).
"""

import argparse
import os
import shutil
import tempfile
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import shapely
from playwright.sync_api import sync_playwright
from screening_work import made_up, positions_around

from merestone.bulk.pack import save_pack
from merestone.screening import Circumstances, HazardIndex
from merestone.terms import RecordKind

ROOT = Path(__file__).parents[1]
SLOWER = 4
POSITIONS = 2_000
WARMING = 200
OPEN_MS = """async (url) => {
  const {openPack} = await import('/pocket/pack_file.js');
  const bytes = await (await fetch(url)).arrayBuffer();
  const began = performance.now();
  globalThis.pack = await openPack(bytes);
  return performance.now() - began;
}"""
ANSWER_MS = """async ({lon, lat}) => {
  const {screenPosition} = await import('/pocket/screen_position.js');
  return lon.map((lon_deg, i) => {
    const began = performance.now();
    screenPosition(pack, {lon_deg, lat_deg: lat[i], accuracy_m: 5});
    return performance.now() - began;
  });
}"""


def areas_of(count: int) -> Any:
    """Synthetic areas, moved to 17 E 44 N."""
    return shapely.transform(made_up(count, 1).degrees, lambda degrees: degrees + np.array([17.0, 44.0]))


def bosnian(folder: Path) -> Any:
    """The suspected areas of the Bosnian file."""
    import geopandas

    return geopandas.read_file(folder / "suspect_areas_simplyfied.geojson").geometry.to_numpy()


def packed(areas: Any, path: Path) -> int:
    """Write areas as a pack; gives its bytes."""
    names = [f"SHA-{i:06d}" for i in range(len(areas))]
    accuracy_m = np.random.default_rng(3).uniform(0, 50, len(areas))
    index = HazardIndex.build(areas, accuracy_m, record_ids=names, kinds=[RecordKind.SUSPECTED] * len(areas))
    given = Circumstances(date(2026, 11, 28), label="synthetic exercise data")
    return save_pack(index, path, audience="exact", given=given, cells=False, compact=True)


def measured(started: Any, address: str, pack: str, areas: Any) -> tuple[list[float], list[float]]:
    """Milliseconds to open, five times, and to answer each position."""
    browser = started.chromium.launch(
        executable_path=os.environ.get("MERESTONE_CHROMIUM") or shutil.which("chromium"), args=["--no-sandbox"]
    )
    opened, answered = [], []
    for _ in range(5):
        page = browser.new_page()
        page.goto(f"{address}/icon.svg")
        page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        opened.append(page.evaluate(OPEN_MS, f"/packs/{pack}"))
        if not answered:
            lon, lat = positions_around(areas, 5, WARMING + POSITIONS)
            answered = page.evaluate(ANSWER_MS, {"lon": lon.tolist(), "lat": lat.tolist()})[WARMING:]
        page.close()
    browser.close()
    return opened, answered


def main() -> None:
    """Print a line for each pack."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("areas", nargs="*", type=int, default=[100_000])
    parser.add_argument("--bih", type=Path)
    given = parser.parse_args()
    work = {f"{count:,} synthetic areas": areas_of(count) for count in given.areas}
    if given.bih:
        work["the Bosnian file"] = bosnian(given.bih)
    import runpy

    served = runpy.run_path(str(ROOT / "tools" / "pocket_equality.py"))["served"]
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as address, sync_playwright() as started:
        for name, areas in work.items():
            size = packed(areas, Path(folder) / "one.pack")
            opened, answered = measured(started, address, "one.pack", areas)
            answered.sort()
            most = answered[int(0.99 * len(answered))]
            print(
                f"{name}: {size / 1e6:.1f} MB, opened in {median(opened):,.0f} ms ({min(opened):,.0f} to "
                f"{max(opened):,.0f}), an answer in {median(answered):.3f} ms, 99 of 100 within "
                f"{most:.3f} ms, the slowest {answered[-1]:.2f} ms; processor / {SLOWER}",
                flush=True,
            )
            (Path(folder) / "one.pack").unlink()


if __name__ == "__main__":
    main()
