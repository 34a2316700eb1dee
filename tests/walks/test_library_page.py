"""The page for data scientists, and README's example, do what they show: every line of them is run."""

import doctest
import shutil
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "guide" / "library.md"


@pytest.mark.parametrize(("page", "least"), [(PAGE, 30), (PAGE.parents[2] / "README.md", 4)], ids=["guide", "README"])
def test_every_line_of_the_page_is_run(
    exercise: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: Path, least: int
) -> None:
    shutil.copy(exercise, tmp_path / "exercise.gpkg")
    monkeypatch.chdir(tmp_path)
    options = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE | doctest.IGNORE_EXCEPTION_DETAIL
    told = doctest.testfile(str(page), module_relative=False, optionflags=options, verbose=False)
    assert told.attempted >= least
    assert told.failed == 0
