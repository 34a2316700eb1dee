"""The page for data scientists does what it shows: every line of docs/guide/library.md is run."""

import doctest
import shutil
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "guide" / "library.md"


def test_every_line_of_the_page_is_run(exercise: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(exercise, tmp_path / "exercise.gpkg")
    monkeypatch.chdir(tmp_path)
    options = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE | doctest.IGNORE_EXCEPTION_DETAIL
    told = doctest.testfile(str(PAGE), module_relative=False, optionflags=options, verbose=False)
    assert told.attempted > 25
    assert told.failed == 0
