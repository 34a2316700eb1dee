"""No circle of imports, no import past a door, and no room with more boxes than a newcomer can hold."""

import runpy
from pathlib import Path

import pytest

FIGURES = runpy.run_path(str(Path(__file__).parents[2] / "tools" / "structure_figures.py"))["figures"]()


@pytest.mark.parametrize(
    "figure",
    [figure for figure in FIGURES if figure.name.startswith(("boxes", "circles", "imports past a door"))],
    ids=lambda f: f.name,
)
def test_a_room_can_be_held_in_mind(figure: object) -> None:
    assert not figure.is_over, figure  # type: ignore[attr-defined]
