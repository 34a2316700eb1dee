"""The library, the command line and the service measure with one and the same kernel."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient

from merestone.bulk.pack import index_of
from merestone.cli.main import merestone
from merestone.register import EXACT, Register
from merestone.screening import HazardIndex
from merestone.service import Tier, create_app

PLACES = [(0.001, 0.001), (0.0, 0.0), (0.02, 0.003), (0.05, 0.05), (-0.001, 0.0005)]


def distances_m(exercise: Path, folder: Path) -> dict[str, list[float | None]]:
    """The distance to the nearest hazard of each place, as each door tells it."""
    with Register.open(exercise, read_only=True) as opened:
        index = index_of(opened.as_of(viewer=EXACT))
    lon_deg, lat_deg = np.array(PLACES).T
    points, out, pack = folder / "p.csv", folder / "o.csv", folder / "hazards.pack"
    points.write_text("lon,lat\n" + "".join(f"{lon},{lat}\n" for lon, lat in PLACES))

    def run(*args: str) -> str:
        return CliRunner().invoke(merestone, list(args), standalone_mode=False).output

    def one(source: list[str], lon: float, lat: float) -> Any:
        asked = ["--lon", str(lon), "--lat", str(lat), "--accuracy-m", "10", "--json"]
        return json.loads(run("screen", *source, *asked))["distance_m"]

    run("pack", str(exercise), "--tier", "exact", "-o", str(pack))
    run("screen", str(exercise), "--points", str(points), "--accuracy-m", "10", "-o", str(out))
    client = TestClient(create_app(exercise, tier=Tier.EXACT), base_url="http://127.0.0.1")
    with out.open(newline="") as answered:
        many = [float(row["hazard_distance_m"]) for row in csv.DictReader(answered)]
    return {
        "library": [float(d) for d in index.nearest(lon_deg, lat_deg, 10.0).distance_m],
        "command, a register": [one([str(exercise)], lon, lat) for lon, lat in PLACES],
        "command, a pack": [one(["--pack", str(pack)], lon, lat) for lon, lat in PLACES],
        "command, many": many,
        "service": [
            client.get("/check.json", params={"lon": lon, "lat": lat, "accuracy_m": 10}).json()["distance_m"]
            for lon, lat in PLACES
        ],
    }


def test_every_door_tells_the_same_distance(exercise: Path, tmp_path: Path) -> None:
    told = distances_m(exercise, tmp_path)
    assert len({round(d, 9) for d in told["library"] if d is not None}) > 2, "places too alike to tell doors apart"
    for door, distance_m in told.items():
        assert distance_m == pytest.approx(told["library"], abs=1e-6), door


def test_no_door_has_a_measurement_of_its_own(exercise: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def measure(_: HazardIndex, lon: Any, *_more: Any, **_options: Any) -> Any:
        return np.full(len(lon), 1234.5), np.zeros(len(lon), np.int64)

    monkeypatch.setattr(HazardIndex, "_measure", measure)
    for door, distance_m in distances_m(exercise, tmp_path).items():
        assert distance_m == [1234.5] * len(PLACES), door
