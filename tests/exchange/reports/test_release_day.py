"""The day of a file is not a release date.

2026-11-28, a reviewer: 8,215 areas taken in with `--as cleared --true-on 2024-07-31` stood as 38.6 km2 cleared in 2024.
"""

import re
from datetime import UTC, date, datetime
from pathlib import Path

import shapely
from click.testing import CliRunner

from merestone.cli.main import merestone
from merestone.documents.reports.material import gather
from merestone.documents.reports.period import period_from
from merestone.register import Entry, Register, Sheet
from merestone.terms import RecordKind

FIELD = shapely.box(17.0, 45.0, 17.01, 45.01)


def test_only_land_with_a_day_of_release_is_released_in_a_period(tmp_path: Path) -> None:
    with Register.create(tmp_path / "R.gpkg") as register:
        with register.batch(by="n", why="w", source="s", data_on=date(2024, 7, 31)) as batch:
            undated = batch.record(Entry(RecordKind.CLEARED, FIELD, 5.0, true_from=date(2024, 7, 31), row=1))
            released = {"released_on": "2023-05-02"}
            dated = batch.record(Entry(RecordKind.CLEARED, FIELD, 5.0, released, true_from=date(2024, 7, 31), row=2))
        with register.batch(by="n", why="w", source="s", data_on=date(2024, 7, 31)) as batch:
            area = batch.record(Entry(RecordKind.SUSPECTED, FIELD, 5.0, row=3))
            batch.move(area, "in_work", true_from=date(2024, 1, 1))
        with register.batch(by="n", why="w", source="s") as batch:
            finding = batch.record(Sheet("evidence", {"local_id": "E", "finding": "scrap", "hazardous_area": area}))
            batch.move(area, "cleared", evidence=[finding], true_from=date(2024, 9, 1))
        today = datetime.now(UTC).date()
        found = {year: gather(register, period_from(year), true_on=today, today=today) for year in ("2023", "2024")}
    assert [one.record_id for one in found["2023"].released_in_period()] == [dated]
    assert [one.record_id for one in found["2024"].released_in_period()] == [area], "the day of the step"
    assert [one.record_id for one in found["2024"].released_undated()] == [undated]


def test_a_report_says_how_land_without_a_day_is_put_right_and_that_does_it(tmp_path: Path) -> None:
    """2026-11-29, a stranger: the land stood in no period, and nobody was told what to do about it."""
    path, out = tmp_path / "R.gpkg", tmp_path / "report.html"
    file_day = date(2024, 7, 31)
    with Register.create(path) as register, register.batch(by="n", why="w", source="s", data_on=file_day) as batch:
        area = batch.record(Entry(RecordKind.CLEARED, FIELD, 5.0, true_from=date(2024, 7, 31), row=1))

    def run(*words: object) -> str:
        result = CliRunner().invoke(merestone, [str(word) for word in words])
        assert result.exception is None, result.output
        return result.output

    words = ("report", "apmbc-art7", path, "-o", out, "--force", "--period")
    said = run(*words, 2024)
    assert "1 released area names no day of release, and no period counts it" in said
    run("report", "donor", path, "-o", out, "--force", "--period", 2024)
    assert "1 released area names no day and is in no period" in out.read_text(encoding="utf-8")
    advice = re.search(r"merestone (revise) REGISTER ID (--set \S+) (--from \S+)", said)
    assert advice is not None
    filled = [word.replace("DAY", "2023-05-02") for word in " ".join(advice.groups()[1:]).split()]
    run("revise", path, area, *filled, "--why", "the completion report")
    assert "no day of release" not in run(*words, 2023)
    with Register.open(path, read_only=True) as register:
        material = gather(register, period_from("2023"), today=date(2026, 11, 29))
    assert [record.record_id for record in material.released_in_period()] == [area]
