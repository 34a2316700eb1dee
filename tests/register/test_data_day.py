"""The day of a record's data is what its own attributes state: a survey, an accident, a find; never an import's day.

2026-11-28: files with a column of survey dates were answered as "the day of its data is not stated".
"""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import shapely

from merestone.exchange.imports.amendment import Amendment
from merestone.register import Entry, Register
from merestone.register.programme.kind import DefinitionBroken, kind_from, kinds
from merestone.terms import RecordKind

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
FILE_DAY = date(2026, 11, 1)


def record(folder: Path, attributes: dict[str, object], **more: object) -> Register:
    register = Register.create(folder / "areas.gpkg", by="tester", clock=lambda: NOW)
    entry = Entry(RecordKind.SUSPECTED, shapely.box(17.10, 44.90, 17.11, 44.91), 25.0, attributes, **more)  # type: ignore[arg-type]
    with register.batch(by="tester", why="a file", source="a survey", data_on=FILE_DAY) as batch:
        batch.record(entry)
    return register


@pytest.mark.parametrize(
    ("attributes", "expected_on"),
    [
        ({"survey_on": "2026-05-12"}, date(2026, 5, 12)),
        ({}, FILE_DAY),
        ({"survey_on": "in spring"}, FILE_DAY),
        ({"survey_on": (NOW + timedelta(days=2)).date().isoformat()}, FILE_DAY),
    ],
)
def test_a_survey_day_is_the_day_of_the_data(tmp_path: Path, attributes: dict[str, object], expected_on: date) -> None:
    with record(tmp_path, attributes) as register:
        (one,) = register.as_of().records
        assert one.data_on == expected_on
        assert register.as_of().data_days.first_on == expected_on


def test_a_day_that_was_given_beside_it_stands(tmp_path: Path) -> None:
    with record(tmp_path, {"survey_on": "2026-05-12"}, data_on=date(2026, 5, 14)) as register:
        assert register.as_of().records[0].data_on == date(2026, 5, 14)


def test_a_corrected_survey_day_corrects_the_day_of_the_data(tmp_path: Path) -> None:
    with record(tmp_path, {"survey_on": "2026-05-12"}) as register:
        record_id = register.as_of().records[0].record_id
        entry = Amendment(set_attributes={"survey_on": "2024-05-12"}).of(register.history(record_id)[-1])
        with register.batch(by="tester", why="read again", source="the paper form") as batch:
            batch.revise(record_id, entry)
        assert register.as_of().records[0].data_on == date(2024, 5, 12)


def test_each_data_day_is_a_field_of_type_date() -> None:
    named = {kind.name: kind.data_day for kind in kinds().values() if kind.data_day}
    assert named == {"accident": "happened_on", "destroyed_item": "found_on", "hazardous_area": "survey_on"}
    text = (
        "{kind: stone, label: Stone, what: A stone., layers: [], geometry: [], source: own, data_day: name,"
        " fields: [{name: name, type: text, label: Name, from: own}]}"
    )
    with pytest.raises(DefinitionBroken, match="data_day names 'name', which is not a field of type date"):
        kind_from(text, origin="stone.yaml")
