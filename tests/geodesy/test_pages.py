"""The pages on coordinates and repair show what their lines really print."""

import doctest
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("page", ["guide/coordinates.md", "explanation/repair.md"])
def test_page_shows_what_its_lines_print(page: str) -> None:
    failed, tried = doctest.testfile(str(DOCS / page), module_relative=False)
    assert tried > 0
    assert failed == 0
