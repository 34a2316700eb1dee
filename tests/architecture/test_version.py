"""One version everywhere: package, project, citation, and a section of the changelog with its date."""

import re
import tomllib
from pathlib import Path

import merestone

ROOT = Path(__file__).parents[2]


def test_the_version_is_the_same_wherever_it_stands() -> None:
    """2026-11-28: CITATION.cff said 0.2.0, the package 0.1.0, and the changelog had no section for either."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    released_on = re.search(r"(?m)^date-released: (.+)$", citation)
    assert released_on is not None
    assert project == merestone.__version__
    assert re.search(rf"(?m)^version: {re.escape(project)}$", citation)
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"(?m)^## {re.escape(project)} - {re.escape(released_on[1])}$", changelog)


def test_no_section_of_the_changelog_stands_twice_and_what_is_not_released_stands_first() -> None:
    """Lines of two branches are joined by themselves: a heading could come twice."""
    sections = re.findall(r"(?m)^## (.+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    assert sections[0] == "Unreleased"
    assert len(sections) == len(set(sections))
