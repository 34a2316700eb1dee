"""One exit code for one kind of mistake, in every command."""

import importlib
import json
import pkgutil
from pathlib import Path

import pytest

import merestone
from merestone.cli.exit_codes import BAD_INPUT, FAILED, exit_code_of
from merestone.terms import FieldRefused, FileRefused, MerestoneError, RequestRefused, RowRefused
from tests.cli.test_register_commands import exit_code, run

SQUARE = "POLYGON ((17 45, 17.01 45, 17.01 45.01, 17 45.01, 17 45))"
WHY = ("--why", "a test")
SOURCE = ("--source", "a report")


@pytest.fixture
def area(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.csv").write_text(f'hazard_id,wkt\nH-1,"{SQUARE}"\n')
    assert run("init", "R.gpkg").exit_code == 0
    assert run("import", "R.gpkg", "a.csv", "--as", "suspected", *SOURCE, "--accuracy-m", "5").exit_code == 0
    return str(run("list", "R.gpkg").output.split()[0])


@pytest.mark.parametrize(
    "line",
    [
        ("move", "R.gpkg", "AREA", "cancelled", *WHY, *SOURCE),
        ("move", "R.gpkg", "AREA", "cancelled", "--evidence", "AREA", *WHY, *SOURCE),
        ("move", "R.gpkg", "AREA", "no_such_state", *WHY, *SOURCE),
        ("move", "R.gpkg", "AAAA-AAAA-AAAA", "in_work", *WHY, *SOURCE),
        ("show", "R.gpkg", "AAAA-AAAA-AAAA"),
        ("withdraw", "R.gpkg", "AAAA-AAAA-AAAA", *WHY, *SOURCE),
        ("revise", "R.gpkg", "AREA", "--accuracy-m", "7", "--seen-version", "99", *WHY),
        ("undo-import", "R.gpkg", "99", *WHY),
        ("import", "R.gpkg", "missing.csv", "--as", "suspected", *SOURCE, "--accuracy-m", "5"),
    ],
)
def test_what_cannot_be_taken_ends_with_one_code_and_changes_nothing(area: str, line: tuple[str, ...]) -> None:
    """2026-11-28, a reviewer: a step refused for lack of evidence ended with 1, a value that cannot be taken with 3."""
    before = json.loads(run("verify", "R.gpkg", "--json").output)
    assert exit_code(*(area if word == "AREA" else word for word in line)) == BAD_INPUT
    assert json.loads(run("verify", "R.gpkg", "--json").output) == before


ENDS_WITH_FAILED = frozenset((
    "AttachmentAltered", "AttachmentMissing", "DefinitionBroken", "EngineMissing", "FormatNameTaken", "MerestoneError",
    "NoPlacesData", "NoPlan", "NoWaterData", "NothingShared", "RegisterNotSettled", "TableBroken",
))  # fmt: skip
"""Damage, what is missing on this machine or in the package, and questions that have no answer."""


def test_every_error_of_ours_has_the_code_of_its_kind() -> None:
    for module in pkgutil.walk_packages(merestone.__path__, "merestone."):
        if not module.name.endswith(("spark", "__main__", "env")):
            importlib.import_module(module.name)
    kinds, waiting = set[type[MerestoneError]](), [MerestoneError]
    while waiting:
        kind = waiting.pop()
        kinds.add(kind)
        waiting += kind.__subclasses__()
    for kind in kinds:
        refuses = issubclass(kind, (FieldRefused, FileRefused, RowRefused, RequestRefused))
        expected = BAD_INPUT if refuses else FAILED
        assert exit_code_of(kind.__new__(kind)) == expected, kind
        is_of_the_edge = kind.__module__.startswith(("merestone.service", "merestone.law"))
        assert refuses or is_of_the_edge or kind.__name__ in ENDS_WITH_FAILED, f"{kind}: say of which kind it is"
