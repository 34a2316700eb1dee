"""What `make mutation` changes, and the tests that it runs, are there."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_mutation_names_files_that_are_there() -> None:
    """2026-11-29: answers had moved to a room of their own, and none of them was ever changed."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mutmut"]
    named = [*settings["only_mutate"], *settings["pytest_add_cli_args_test_selection"], *settings["also_copy"]]
    assert [name for name in named if not (ROOT / name).exists()] == []
