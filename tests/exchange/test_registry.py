"""How formats are found: ours without installation, a stranger's through its entry point."""

import importlib
import tomllib
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from merestone.exchange import known_formats
from merestone.exchange.formats import BUILT_IN, FormatNameTaken


def test_the_installed_entry_points_are_those_of_the_source() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["entry-points"]["merestone.formats"] == BUILT_IN


class Strange:
    name = "Strange"


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[EntryPoint]]:
    points: list[EntryPoint] = []
    monkeypatch.setattr(importlib.import_module("merestone.exchange.formats"), "entry_points", lambda group: points)
    known_formats.cache_clear()
    yield points
    known_formats.cache_clear()


@pytest.mark.usefixtures("installed")
def test_without_installed_metadata_ours_are_there() -> None:
    assert list(known_formats()) == list(BUILT_IN)


def test_a_strangers_format_is_found(installed: list[EntryPoint]) -> None:
    installed.append(EntryPoint("strange", "tests.exchange.test_registry:Strange", "merestone.formats"))
    assert known_formats()["strange"].name == "Strange"


def test_a_stranger_may_not_take_a_name_of_ours(installed: list[EntryPoint]) -> None:
    installed.append(EntryPoint("geojson", "tests.exchange.test_registry:Strange", "merestone.formats"))
    with pytest.raises(FormatNameTaken, match="geojson"):
        known_formats()
