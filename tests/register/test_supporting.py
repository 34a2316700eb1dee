"""What can be evidence for a step, and what stays of a record after it.

2026-11-28, a reviewer: `move ID cancelled --evidence ID` took an area off the map on its own word, any unrelated record
passed, and after a step nobody saw any more who had surveyed the land, and when.
"""

from datetime import date
from pathlib import Path

import pytest
import shapely

from merestone.register import Entry, Register, Sheet, StepRefused
from merestone.terms import RecordKind

FIELD, ELSEWHERE = shapely.box(17.0, 45.0, 17.01, 45.01), shapely.box(18.0, 45.0, 18.01, 45.01)


@pytest.fixture
def register(tmp_path: Path) -> Register:
    return Register.create(tmp_path / "R.gpkg")


def add(register: Register, entry: Entry | Sheet, data_on: date | None = None) -> str:
    with register.batch(by="n", why="w", source="survey of May", data_on=data_on) as batch:
        return batch.record(entry)


def activity(work: str, **more: object) -> Sheet:
    needed = {"local_id": "T1", "activity": work, "organisation": "demining org"}
    return Sheet("activity", needed | more, more.pop("place", None))  # type: ignore[arg-type]


def refused(register: Register, area: str, to: str, *evidence: str) -> str:
    with (
        pytest.raises(StepRefused) as error,
        register.batch(by="n", why="w", source="ops") as batch,
    ):
        batch.move(area, to, evidence=evidence)
    return str(error.value)


def test_only_what_is_about_this_land_supports_a_step(register: Register) -> None:
    area = add(register, Entry(RecordKind.SUSPECTED, FIELD, 5.0))
    other = add(register, Entry(RecordKind.SUSPECTED, FIELD, 5.0))
    far = add(register, Entry(RecordKind.ACCIDENT, shapely.Point(18, 45)))
    about_other = add(register, Sheet("evidence", {"local_id": "E", "finding": "scrap", "hazardous_area": other}))
    elsewhere = add(register, Sheet("evidence", {"local_id": "E", "finding": "scrap"}, ELSEWHERE))
    here = add(register, Sheet("evidence", {"local_id": "E", "finding": "scrap", "hazardous_area": area}))
    document = {"sha256": "0" * 64, "file_name": "f", "media_type": "m", "size_bytes": 1}
    of_other = add(register, Sheet("attachment", document | {"belongs_to": other}))
    of_area = add(register, Sheet("attachment", document | {"belongs_to": area}))
    head = register.head().seq
    assert "it is the area itself" in refused(register, area, "cancelled", area)
    assert "it is a suspected" in refused(register, area, "cancelled", other)
    assert "it lies elsewhere" in refused(register, area, "cha", far)
    assert f"it is about {other}" in refused(register, area, "cancelled", about_other)
    assert "it lies elsewhere" in refused(register, area, "cancelled", elsewhere)
    assert "it is a suspected" in refused(register, area, "cancelled", of_other)
    assert "it is about" in refused(register, area, "cancelled", here, about_other), "one good one covers no bad one"
    assert register.head().seq == head
    with register.batch(by="n", why="w", source="ops") as batch:
        batch.move(area, "cha", evidence=[here, of_area])


def test_the_work_has_to_be_the_step_s(register: Register) -> None:
    area = add(register, Entry(RecordKind.SUSPECTED, FIELD, 5.0))
    survey = add(register, activity("NTS", hazardous_areas=[area]))
    cleared = add(register, activity("CLEARANCE", hazardous_areas=[area]))
    with register.batch(by="n", why="w", source="ops") as batch:
        batch.move(area, "in_work")
    assert "it takes CLEARANCE" in refused(register, area, "cleared", survey)
    with register.batch(by="n", why="w", source="ops") as batch:
        batch.move(area, "cleared", evidence=[survey, cleared])


def test_a_part_rests_on_evidence_about_the_whole(register: Register) -> None:
    area = add(register, Entry(RecordKind.SUSPECTED, FIELD, 5.0))
    finding = add(register, Sheet("evidence", {"local_id": "E", "finding": "scrap", "hazardous_area": area}))
    halves = [shapely.box(17.0, 45.0, 17.005, 45.01), shapely.box(17.005, 45.0, 17.01, 45.01)]
    with register.batch(by="n", why="w", source="ops") as batch:
        west, _ = batch.divide(area, halves)
    with register.batch(by="n", why="w", source="ops") as batch:
        batch.move(west, "cancelled", evidence=[finding])


def test_who_surveyed_and_when_is_still_seen_after_a_step_and_who_decided_too(register: Register) -> None:
    area = add(register, Entry(RecordKind.SUSPECTED, FIELD, 5.0), data_on=date(2024, 7, 31))
    with register.batch(by="n", why="task begins", source="operations") as batch:
        batch.move(area, "in_work")
    [record] = register.as_of().records
    assert (record.source, record.data_on) == ("survey of May", date(2024, 7, 31))
    assert register.history(area)[-1].body["step"]["source"] == "operations"
    assert register.verify().is_sound
