"""Rooms import only from rooms above them, and each heavy library from the rooms that it is for."""

import ast
import runpy
from collections.abc import Iterator
from pathlib import Path

import pytest

SRC = Path(__file__).parents[2] / "src" / "merestone"
ORDER = [
    "languages",
    "terms",
    "files",
    "law",
    "geodesy",
    "tiles",
    "border",
    "screening",
    "release",
    "alerts",
    "register",
    "exchange",
    "documents",
    "bulk",
    "use_cases",
    "service",
    "cli",
]
HOME = {
    "click": "cli",
    "fastapi": "service",
    "starlette": "service",
    "anyio": "service",
    "uvicorn": "service",
    "jinja2": "service",
    "sqlalchemy": "register",
    "alembic": "register",
    "cryptography": "alerts register",
    "lxml": "alerts",
    "signxml": "alerts",
    "http_ece": "alerts",
    "py_vapid": "alerts",
    "pyogrio": "exchange",
    "pyarrow": "exchange bulk",
    "pyspark": "bulk",
    "openpyxl": "exchange documents",
    "typst": "documents",
    "icalendar": "documents",
    "defusedxml": "exchange documents",
    "pmtiles": "exchange",
    "matplotlib": "exchange documents",
    "ortools": "release",
    "rasterio": "border exchange",
}
FIGURES = runpy.run_path(str(SRC.parents[1] / "tools" / "structure_figures.py"))
NO_NAMES = {"utils", "util", "helpers", "helper", "common", "core", "misc"}


def imports(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Every import, also those inside functions: a hidden import is still an edge."""
    package = ["merestone", *path.relative_to(SRC).parent.parts]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name.split(".")) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else []
            inside = node.module.split(".") if node.module else []
            yield from ((node.lineno, [*start, *inside, alias.name]) for alias in node.names)


MODULES = sorted(SRC.rglob("*.py"))
STUBS = sorted(SRC.rglob("*.pyi"))
"""The doors that open name by name list their names in a stub."""


@pytest.mark.parametrize("path", MODULES + STUBS, ids=lambda p: str(p.relative_to(SRC)))
def test_room_imports_only_from_above(path: Path) -> None:
    room = path.relative_to(SRC).parts[0].removesuffix(".py")
    for line, (top, *rest) in imports(path):
        if top == "merestone" and rest and rest[0] in ORDER and room in ORDER:
            assert ORDER.index(rest[0]) <= ORDER.index(room), f"{path}:{line}: {room} may not import {rest[0]}"
            private = [part for part in rest[1:] if part.startswith("_") and not part.startswith("__")]
            assert rest[0] == room or not private, f"{path}:{line}: {room} reaches into {rest[0]}'s {private}"
        assert room in HOME.get(top, room).split(), f"{path}:{line}: {top} is imported only in {HOME[top]}"


@pytest.mark.parametrize("path", MODULES + STUBS, ids=lambda p: str(p.relative_to(SRC)))
def test_another_room_is_entered_by_its_door(path: Path) -> None:
    """2026-11-28: 187 imports named a module of another room that its door did not list, so nobody could move it."""
    assert not list(FIGURES["imports_past_doors"](path)), (
        "list the name in __init__.pyi of the room or inner room, and import it there"
    )


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(SRC)))
def test_every_module_says_what_it_is_for_and_has_a_noun_for_a_name(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), f"{path}: no module docstring"
    assert path.stem not in NO_NAMES, f"{path}: name what it holds"


def test_rooms_are_those_of_the_order() -> None:
    found = {p.relative_to(SRC).parts[0].removesuffix(".py") for p in MODULES} - {"__init__", "__main__"}
    assert found == set(ORDER)
