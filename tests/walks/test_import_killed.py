"""SIGKILL of a real ``merestone import`` at random moments: the register opens, verifies, and holds all or nothing."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from merestone.register import Register

ROWS = 1500
KILLS = 30


def big_file(path: Path) -> None:
    """A file that takes long enough to be killed in the middle, a tenth of it faulty."""
    chance = random.Random(11)
    features = []
    for row in range(ROWS):
        west, south = chance.uniform(-1, 1), chance.uniform(-1, 1)
        corners = [[west, south], [west + 0.002, south], [west + 0.002, south + 0.002], [west, south + 0.002]]
        if row % 10 == 3:
            corners[1], corners[2] = corners[2], corners[1]  # crosses itself
        ring = None if row % 10 == 7 else {"type": "Polygon", "coordinates": [[*corners, corners[0]]]}
        features.append(
            {"type": "Feature", "properties": {"local_id": f"H-{row}", "note": "n" * 200}, "geometry": ring}
        )
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")


def held(path: Path) -> tuple[int, int]:
    """Records and quarantined rows of a register that must open and verify."""
    with Register.open(path, read_only=True) as register:
        verification = register.verify()
        assert verification.is_sound, verification.breaks[:3]
        snapshot = register.as_of()
        return len(snapshot.records), snapshot.quarantined_count


def import_command(path: Path, file: Path) -> list[str]:
    given = ["--as", "suspected", "--source", "a test", "--accuracy-m", "25", "--by", "tester"]
    return [sys.executable, "-m", "merestone", "import", str(path), str(file), *given]


def register_and_file(folder: Path) -> tuple[Path, Path, float]:
    """An empty register, a file, and how long an import of it into a copy takes, in seconds."""
    path, file = folder / "register.gpkg", folder / "survey.geojson"
    big_file(file)
    with Register.create(path):
        pass
    whole = folder / "whole.gpkg"
    whole.write_bytes(path.read_bytes())
    subprocess.run(import_command(whole, file), check=True, capture_output=True)  # the first run compiles and caches
    whole.write_bytes(path.read_bytes())
    began = time.monotonic()
    subprocess.run(import_command(whole, file), check=True, capture_output=True)
    took_s = time.monotonic() - began
    assert held(whole) == (ROWS * 9 // 10, ROWS // 10)
    return path, file, took_s


def kill_many(folder: Path, kills: int, seed: int) -> None:
    path, file, took_s = register_and_file(folder)
    empty = path.read_bytes()
    chance = random.Random(seed)
    found = {"nothing": 0, "all": 0}
    for _ in range(kills):
        # Half of the moments in the last third of the run, where the transaction is written and committed.
        share = chance.uniform(0.1, 1.0) if chance.random() < 0.5 else chance.uniform(0.65, 1.1)
        process = subprocess.Popen(import_command(path, file), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(share * took_s)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        records, quarantined = held(path)
        assert (records, quarantined) in ((0, 0), (ROWS * 9 // 10, ROWS // 10)), (
            f"killed at {share:.2f}: {records} records"
        )
        found["all" if records else "nothing"] += 1
        if records:
            for left in folder.glob("register.gpkg*"):
                left.unlink()
            path.write_bytes(empty)
    assert found["nothing"], "no kill came before the end: the file is too small for this machine"
    # What was killed does not keep the next import from being whole.
    subprocess.run(import_command(path, file), check=True, capture_output=True)
    assert held(path) == (ROWS * 9 // 10, ROWS // 10)


def test_kill_at_any_moment_of_an_import_leaves_all_or_nothing(tmp_path: Path) -> None:
    kill_many(tmp_path, KILLS, seed=1)


@pytest.mark.slow
def test_kill_at_any_moment_of_an_import_leaves_all_or_nothing_many_times(tmp_path: Path) -> None:
    kill_many(tmp_path, 200, seed=2)
