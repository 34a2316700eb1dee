"""The phone answers as the kernel does: the same packs, opened by Python and by a real browser."""

import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

pytestmark = pytest.mark.browser
SHORT_FORM = (0, 5, 7, 10, 12, 17)
"""Worlds that show each place and each kind of accuracy at least once."""
EQUALITY = runpy.run_path(str(Path(__file__).parents[2] / "tools" / "pocket_equality.py"))


@pytest.fixture(scope="module")
def packs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that is served as /packs/."""
    return tmp_path_factory.mktemp("packs")


@pytest.fixture(scope="module")
def page(browser: Any, packs: Path) -> Iterator[Any]:
    with EQUALITY["served"](packs) as address:
        opened = browser.new_page()
        opened.goto(f"{address}/icon.svg")
        yield opened
        opened.close()


def test_the_phone_never_says_less_danger_than_the_kernel(page: Any, packs: Path) -> None:
    """The short form of `python tools/pocket_equality.py`, whose long form's log is docs/pocket-equality.log."""
    tally, rng = EQUALITY["Tally"](), np.random.default_rng(1)
    for number, world in enumerate(EQUALITY["synthetic_worlds"](60)):
        if number in SHORT_FORM:
            count = 200 if world.is_wide else 5_000
            EQUALITY["compare"](page, world, packs / f"{number}.pack", rng, count, tally, references=5)
    assert not tally.faults, tally.faults
    assert tally.positions > 20_000


def test_an_error_of_a_millimetre_would_be_seen(page: Any, packs: Path) -> None:
    """The comparison itself can fail: outlines that lie 2 mm away for the kernel are a fault at most places."""
    area = shapely.box(17.0, 44.0, 17.01, 44.01)
    world = EQUALITY["world_of"]("one", [area], [0.0])
    moved = EQUALITY["world_of"]("one", [shapely.affinity.translate(area, 0.0, 2e-8)], [0.0])
    index = EQUALITY["write_world"](world, packs / "one.pack")
    asked = EQUALITY["Asked"](*EQUALITY["positions_of"](world, np.random.default_rng(2), 500), 25.0)
    phone = EQUALITY["ask_browser"](page, "one.pack", asked)[:3]
    wrong = EQUALITY["differences"](index, asked, phone, EQUALITY["ask_kernel"](moved.index, asked, 500))[0]
    assert len(wrong) > 100
