"""Doors that open name by name: each listed name is there, and a question loads only what its answer needs."""

import ast
import importlib
import inspect
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from merestone.cli.main import merestone
from tests.architecture.test_rooms import SRC, STUBS

WRITING = {
    "register.write.batch",
    "register.write.desk",
    "register.merging.merge",
    "register.write.verification",
    "register.sidecars.personal_store",
}
UNNEEDED = {f"merestone.{name}" for name in (
    WRITING | {"exchange.formats", "exchange.imports.intake", "screening.kernel.batch_query"}
)} | {
    "numba", "scipy", "pyogrio", "pyarrow", "matplotlib", "pandas", "fastapi", "cryptography", "alembic",
    "sqlalchemy", "pyproj",
}  # fmt: skip


@pytest.mark.parametrize("stub", STUBS, ids=lambda p: p.parent.name)
def test_every_name_on_a_door_is_there_and_is_no_module(stub: Path) -> None:
    door = importlib.import_module(".".join(["merestone", *stub.parent.relative_to(SRC).parts]))
    tree = ast.parse(stub.read_text(encoding="utf-8"))
    imported = [alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names]
    (listed,) = (ast.literal_eval(node.value) for node in tree.body if isinstance(node, ast.Assign))
    assert sorted(imported) == sorted(listed) == sorted(door.__all__) == sorted(dir(door))
    for name in listed:
        assert not isinstance(getattr(door, name), type(ast)), f"{name} is a module, not what it holds"


@pytest.mark.parametrize("stub", STUBS, ids=lambda p: p.parent.name)
def test_a_signature_shows_the_names_that_the_code_writes(stub: Path) -> None:
    """2026-11-28, a review: help on `HazardIndex.classify` spelt `ArrayLike` out in 400 characters of NumPy's types.

    A module that takes `ArrayLike` begins with ``from __future__ import annotations``, which keeps the name.
    """
    door = importlib.import_module(".".join(["merestone", *stub.parent.relative_to(SRC).parts]))
    for name in dir(door):
        offered = getattr(door, name)
        if not str(getattr(offered, "__module__", "")).startswith("merestone"):
            continue
        members = (
            [member for key, member in vars(offered).items() if key[0] != "_"] if isinstance(offered, type) else []
        )
        for member in [offered, *members]:
            function = getattr(member, "__func__", member)
            if inspect.isfunction(function):
                assert "numpy._typing" not in str(inspect.signature(function)), f"{name}: {function.__qualname__}"


@pytest.fixture(scope="module")
def files(exercise: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    pack = str(tmp_path_factory.mktemp("doors") / "exercise.pack")
    made = CliRunner().invoke(merestone, ["pack", str(exercise), "-o", pack])
    assert made.exit_code == 0, made.output
    return {"register": [str(exercise)], "pack": ["--pack", pack]}


@pytest.mark.parametrize(("source", "also_unneeded"), [("register", set()), ("pack", {"yaml"})])
def test_one_place_is_screened_without_what_its_answer_does_not_need(
    files: dict[str, list[str]], source: str, also_unneeded: set[str]
) -> None:
    code = "import sys; from merestone.cli import main\ntry: main()\nfinally: print(*sys.modules, file=sys.stderr)"
    asked = ["screen", *files[source], "--lon", "0.001", "--lat", "0.001", "--accuracy-m", "10"]
    done = subprocess.run(
        [sys.executable, "-c", code, *asked], capture_output=True, text=True, env=os.environ, check=False
    )
    assert done.stdout.startswith("Inside a recorded suspected hazardous area."), done.stderr
    assert not (UNNEEDED | also_unneeded) & set(done.stderr.split())


def test_land_is_balanced_and_reported_without_the_planner_and_the_workbook(exercise: Path, tmp_path: Path) -> None:
    """2026-11-28: each of them loaded the solver, pandas, rasterio and openpyxl, a second before any work."""
    code = "import sys; from merestone.cli import main\ntry: main()\nfinally: print(*sys.modules, file=sys.stderr)"
    report = ["report", "apmbc-art7", str(exercise), "--period", "2026", "-o", str(tmp_path / "report.html")]
    for asked in (["balance", str(exercise)], report):
        done = subprocess.run([sys.executable, "-c", code, *asked], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        unneeded = {"ortools", "scipy.optimize", "pandas", "rasterio", "openpyxl", "typst", "matplotlib", "numba"}
        assert not unneeded & set(done.stderr.split())


def test_a_geojson_file_is_imported_without_what_it_does_not_need(exercise: Path, tmp_path: Path) -> None:
    """2026-11-28: to load SQLAlchemy, PROJ, Arrow and the XML parsers took half of the time of a small import."""
    register = shutil.copy(exercise, tmp_path / "areas.gpkg")
    file = tmp_path / "one.geojson"
    outline = {"type": "Polygon", "coordinates": [[[9, 9], [9.001, 9], [9.001, 9.001], [9, 9]]]}
    feature = {"type": "Feature", "properties": {"hazard_id": "A-1"}, "geometry": outline}
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    code = "import sys; from merestone.cli import main\ntry: main()\nfinally: print(*sys.modules, file=sys.stderr)"
    asked = ["import", str(register), str(file), "--as", "suspected", "--source", "a test", "--accuracy-m", "10"]
    done = subprocess.run([sys.executable, "-c", code, *asked], capture_output=True, text=True, check=False)
    assert "accepted 1" in " ".join(done.stdout.split()), done.stderr
    unneeded = {"numba", "scipy", "pyogrio", "pyarrow", "matplotlib", "pandas", "alembic", "sqlalchemy", "pyproj"}
    assert not (unneeded | {"defusedxml", "email", "asyncio"}) & set(done.stderr.split())


def test_every_room_has_a_door() -> None:
    eager = {"terms", "files", "service", "cli", "documents/reports", "exchange/exercise", "exchange/formats"}
    inner_only = {
        "register/questions",
        "exchange/meaning",
        "law/clauses",
        "register/file",
        "register/merging",
        "register/migrations",
    }
    doors = {path.parent for path in SRC.rglob("__init__.py") if path.parent != SRC}
    without_stub = {door.relative_to(SRC).as_posix() for door in doors - {stub.parent for stub in STUBS}}
    assert {door for door in without_stub if "data" not in door and "migrations/" not in door} <= eager | inner_only
