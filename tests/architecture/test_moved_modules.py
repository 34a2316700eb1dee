"""Modules that moved are still found by the name that they had in version 0.1, and are the same module."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

TABLE = Path(importlib.import_module("merestone").__file__ or "").parent / "moved_modules.csv"
MOVED = [tuple(line.split(",")) for line in TABLE.read_text(encoding="utf-8").splitlines()[1:]]


@pytest.mark.parametrize(("old", "new"), MOVED, ids=lambda name: name)
def test_a_moved_module_is_found_by_its_old_name(old: str, new: str) -> None:
    """2026-11-28: modules moved on one day, and `import merestone.exchange.intake` ended in ModuleNotFoundError."""
    sys.modules.pop(f"merestone.{old}", None)
    with pytest.warns(DeprecationWarning, match=f"is now merestone.{new};"):
        module = importlib.import_module(f"merestone.{old}")
    assert module is importlib.import_module(f"merestone.{new}")
    assert module.__spec__ is not None
    assert module.__spec__.name == f"merestone.{new}"


@pytest.mark.parametrize("old", [old for old, _ in MOVED], ids=lambda name: name)
def test_an_old_name_hides_nothing_that_is_there_today(old: str) -> None:
    room, _, leaf = old.rpartition(".")
    if "." not in room:  # to import a module sets its name on the room, over a function that the door lists
        assert leaf not in importlib.import_module(f"merestone.{room}").__all__
    folder = TABLE.parent.joinpath(*old.split("."))
    assert not folder.exists()
    assert not folder.with_suffix(".py").exists()


def test_a_submodule_of_a_moved_package_is_not_read_twice() -> None:
    code = (
        "import merestone.exchange.reports.figure as old, merestone.documents.reports.figure as new; "
        "assert old.Trace is new.Trace"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True)
