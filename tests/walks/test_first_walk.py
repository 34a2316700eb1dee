"""From an empty folder to a published layer by the commands, as a new user would, with GDAL as the one who opens it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import missing_engine


class Shell:
    """A folder and the `merestone` command in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *arguments: str, code: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "merestone", *arguments],
            cwd=self.folder, capture_output=True, text=True, timeout=120, check=False, env=os.environ,
        )  # fmt: skip
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    def gdal_counts(self, file: str) -> dict[str, int]:
        """Each layer's number of features, as Debian's GDAL counts them."""
        done = subprocess.run(
            ["ogrinfo", "-ro", "-so", "-al", file], cwd=self.folder, capture_output=True, text=True, check=True
        )
        assert "ERROR" not in done.stderr, done.stderr
        names = [line.partition(": ")[2] for line in done.stdout.splitlines() if line.startswith("Layer name:")]
        counts = [
            int(line.partition(": ")[2]) for line in done.stdout.splitlines() if line.startswith("Feature Count:")
        ]
        return dict(zip(names, counts, strict=True))


@pytest.fixture
def merestone(tmp_path: Path) -> Shell:
    if shutil.which("ogrinfo") is None:
        missing_engine("ogrinfo (Debian's gdal-bin) is not installed")
    return Shell(tmp_path)


def test_the_exercise_from_nothing_to_a_published_layer(merestone: Shell) -> None:
    merestone("init", "exercise.gpkg", "--exercise")
    records = json.loads(merestone("list", "exercise.gpkg", "--json"))
    by_kind = {kind: sum(r["kind"] == kind for r in records) for kind in {r["kind"] for r in records}}
    counts = merestone.gdal_counts("exercise.gpkg")
    assert counts.pop("merestone_event") > sum(by_kind.values())
    assert {layer: count for layer, count in counts.items() if count} == by_kind
    assert len(json.loads(merestone("quarantine", "exercise.gpkg", "--json"))) == 4
    for file in ("public.geojson", "public.gpkg", "public.fgb", "public.kml"):
        merestone("export", "exercise.gpkg", "--layer", "suspected", "-o", file)
        assert merestone.gdal_counts(file) == {"suspected": by_kind["suspected"]}
        assert b"synthetic exercise data" in (merestone.folder / file).read_bytes()
    merestone("export", "exercise.gpkg", "-o", "public.geojson", code=3)
    merestone("verify", "exercise.gpkg")


def test_a_published_layer_comes_back_as_a_users_own_file(merestone: Shell) -> None:
    merestone("init", "theirs.gpkg", "--exercise")
    merestone("export", "theirs.gpkg", "--layer", "confirmed", "-o", "shared.fgb")
    merestone("init", "ours.gpkg")
    given = [
        "import",
        "ours.gpkg",
        "shared.fgb",
        "--as",
        "confirmed",
        "--source",
        "our neighbours",
        "--accuracy-m",
        "0",
    ]
    told = json.loads(merestone(*given, "--json"))
    assert told["accepted"] == told["total"] == 12
    head = json.loads(merestone("verify", "ours.gpkg", "--json"))["head"]
    assert json.loads(merestone(*given, "--json"))["already_imported_at"] is not None
    assert json.loads(merestone("verify", "ours.gpkg", "--json"))["head"] == head
    [first, *_] = json.loads(merestone("list", "ours.gpkg", "--json"))
    shown = json.loads(merestone("show", "ours.gpkg", first["record_id"], "--json"))
    assert shown["properties"]["source"] == "our neighbours"
    [event] = json.loads(merestone("history", "ours.gpkg", first["record_id"], "--json"))
    assert event["change"] == "recorded"


def test_bosnian_register_opens_in_gdal_with_every_record(merestone: Shell, bih_folder: Path) -> None:
    merestone("init", "bih.gpkg", "--label", "test data, never for warning")
    for kind, name in (("suspected", "suspect"), ("cleared", "cleared")):
        file = str(bih_folder / f"{name}_areas_simplyfied.geojson")
        merestone("import", "bih.gpkg", file, "--as", kind, "--source", "EUFOR / BHMAC maps", "--accuracy-unknown")
    counts = merestone.gdal_counts("bih.gpkg")
    assert (counts["suspected"], counts["cleared"]) == (7_971, 8_199)
    merestone("export", "bih.gpkg", "--layer", "suspected", "-o", "public.fgb")
    assert merestone.gdal_counts("public.fgb") == {"suspected": 7_971}
