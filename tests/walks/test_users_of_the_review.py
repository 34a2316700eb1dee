"""A day of each user who tried the product in a review of 2026-11-28, as a page of the guide whose commands are run.

`test_documents.py` runs the pages and compares what they show. Here stands what each page must walk through: what its
user could not do on that day.
"""

import re
from pathlib import Path

import pytest

from tests.walks.test_documents import ROOT, WITH_STEPS, steps

WALKS = ROOT / "docs" / "guide" / "walks"
USERS: dict[str, list[str]] = {
    "information-manager": [
        r'import areas\.gpkg "events-\*\.csv" --mapping .* --where', r"form organisation --blank", r"--as organisation",
        r"--as activity", r"\bimports\b", r"undo-import", r"settle .* --as without_place", r"--update-by hazard_id",
        r"\bmerge\b", r"resolve .* --take", r"account add", r"report apmbc-art7", r"\bbackup\b",
    ],
    "convoy": [
        r"semicolons\.csv", r"Breite;Länge", r"\\t lon \\t lat", r"position", r"\.csv\.gz", r"--columns",
        r"set -e; .*--exit-zero", r"-o drivers\.html", r"-o receivers\.gpx", r"-o again\.kml",
        r"--tracks lost-fix\.gpx", r"geo:",
    ],
    "engineer": [
        r"--width-m", r"--footprints", r"coverage", r"part-2\.csv", r"--columns id,class", r"--pack cut\.pack",
    ],
    "journalist": [
        r"law status", r"sources\.bib", r"sources\.csv", r"--json", r"timeline\.png", r"timeline\.docx",
        r"border length .* -o lengths\.csv", r"border curve .* -o curve\.svg", r"claims check", r"--tier public",
    ],
    "planner": [
        r"burden areas\.gpkg .* -o burden\.svg", r"plan plan\.yaml --register areas\.gpkg", r"priority",
        r"move areas\.gpkg .* cleared .*--evidence \$\(cat area\)", r"report donor",
    ],
    "developer": [
        r"print\(register\)", r"_asdict", r"__geo_interface__", r"to_geopandas", r"classify\(\[0\.5\], \[0\.5\]\)",
        r"estimate_utm_crs", r"undo_import",
    ],
}  # fmt: skip
"""What each user tried, as it must stand in the commands of the page."""


def test_every_walk_belongs_to_a_user_and_is_run() -> None:
    assert {page.stem for page in WALKS.glob("*.md")} == set(USERS)
    assert {WALKS / f"{name}.md" for name in USERS} <= set(WITH_STEPS)
    index = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in USERS:
        assert f"docs/guide/walks/{name}.md" in index, "a user must find the page"


@pytest.mark.parametrize("name", USERS)
def test_a_walk_goes_through_what_its_user_tried(name: str) -> None:
    page: Path = WALKS / f"{name}.md"
    commands = "\n".join(command for command, _ in steps(page))
    missing = [one for one in USERS[name] if re.search(one, commands) is None]
    assert not missing, f"{page.name} no longer runs these"
