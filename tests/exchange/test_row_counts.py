"""Accepted + repaired + quarantined = rows, on files that installed packages ship, counted by independent readers."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[2] / "tools/count_rows.py"
SHIPPED = {
    "pyogrio": (
        "tests/fixtures/naturalearth_lowres/naturalearth_lowres.shp",
        "tests/fixtures/curve.gpkg",
        "tests/fixtures/curvepolygon.gpkg",
        "tests/fixtures/line_zm.gpkg",
        "tests/fixtures/multisurface.gpkg",
        "tests/fixtures/test_gpkg_nulls.gpkg",
    ),
    "geopandas": ("tests/data/null_geom.geojson",),
}


def count_rows(*paths: Path) -> subprocess.CompletedProcess[str]:
    asked = [sys.executable, str(TOOL), *map(str, paths)]
    return subprocess.run(asked, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("package", SHIPPED)
def test_an_import_accounts_for_every_row_of_shipped_files(package: str) -> None:
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        pytest.skip(f"{package} is not installed")
    paths = [path for name in SHIPPED[package] if (path := Path(found.origin).parent / name).is_file()]
    if not paths:
        pytest.skip(f"this {package} ships no test files")
    done = count_rows(*paths)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()[2:]
    assert len(lines) == len(paths)
    assert not any("refused" in line for line in lines), done.stdout


def test_a_difference_is_seen(tmp_path: Path) -> None:
    """One feature that has a stray list of features: the json module counts the list, an import the feature."""
    path = tmp_path / "one.geojson"
    geometry = '{"type": "Point", "coordinates": [17.1, 44.9]}'
    path.write_text(f'{{"type": "Feature", "properties": {{}}, "geometry": {geometry}, "features": []}}')
    done = count_rows(path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "differs" in done.stdout


def test_a_file_that_no_independent_reader_counts_is_said(tmp_path: Path) -> None:
    path = tmp_path / "areas.dwg"
    path.write_bytes(b"AC1032")
    done = count_rows(path)
    assert done.returncode == 2
    assert "no independent reader" in done.stderr
