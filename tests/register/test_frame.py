"""What is written by a frame is what is written body by body: the same bytes, links and rows."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, box

from merestone.register import Change, Entry, Register
from merestone.register.events.batch_frame import frame_of
from merestone.register.events.event import _ENCODER, canonical, canonical_text
from merestone.register.write.batch import Batch
from merestone.terms import FieldRefused, RecordKind, Visibility


def _is_utf8(value: object) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
encodable = values.filter(_is_utf8)
entries = st.builds(
    Entry,
    st.sampled_from([RecordKind.SUSPECTED, RecordKind.CLEARED]),
    st.sampled_from([box(17, 44, 17.1, 44.1), Point(17.5, 44.5), box(-1e-7, 0, 1e-7, 1e-9)]),
    st.none() | st.floats(min_value=0, allow_infinity=False) | st.just(-0.0) | st.integers(0, 9),
    st.dictionaries(st.text(max_size=5), encodable, max_size=3),
    true_from=st.none() | st.dates(date(2000, 1, 1), date(2020, 1, 1)),
    visibility=st.sampled_from(Visibility),
    source=st.none() | st.sampled_from(["a survey", '100 % "sure"', "анкета"]),
    row=st.none() | st.integers(1, 9),
    status=st.none() | st.just("cha"),
    evidence=st.sampled_from([(), ("AAAA-BBBB-CCCC",)]),
    data_on=st.none() | st.just(date(2021, 5, 5)),
).filter(lambda entry: all(_is_utf8(name) for name in entry.attributes))


def _one_by_one(batch: Batch, entry: Entry) -> None:
    more = {"record": next(batch._events.ids), "parent": None, **batch._events.state_of(entry)}
    batch._events.add(Change.RECORDED, more, entry)


def _aside_one_by_one(batch: Batch, row: int, raw: str, reasons: list[str]) -> None:
    batch._events.add(Change.QUARANTINED, {"row": row, "raw": raw, "reasons": reasons, "file_name": "a.geojson"})


def _written(
    record: Callable[[Batch, Entry], object],
    aside: Callable[[Batch, int, str, list[str]], object],
    entries: list[Entry],
    raw: str,
) -> list[list[tuple[Any, ...]]]:
    """All rows of a register in which these were recorded, with nothing left to chance."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "one.gpkg"
        with Register.create(path, clock=lambda: datetime(2026, 11, 28, tzinfo=UTC)) as register:
            with register.batch(by="n.n.", why="a test", source="50 % %s", file_name="a.geojson") as batch:
                batch._events.batch_id = "00"
                batch._events.ids = (f"ID-{number}" for number in count())
                for number, entry in enumerate(entries):
                    record(batch, entry)
                    aside(batch, number, raw, ["no place", "100 %"])
            assert register.verify().is_sound
        with closing(sqlite3.connect(path)) as connection:
            # The first event and all links after it hold a random identity.
            events = "SELECT seq, event_id, change, record_id, kind, true_from, true_until, recorded_at, body, geometry"
            tables = [f"{events} FROM merestone_event WHERE change != 'founded' AND change != 'imported'"]
            tables += ["SELECT * FROM suspected", "SELECT * FROM cleared", "SELECT * FROM rtree_suspected_geom"]
            return [connection.execute(table).fetchall() for table in tables]


@settings(max_examples=15, deadline=None)
@given(given_entries=st.lists(entries, max_size=5), raw=st.text().filter(_is_utf8))
def test_a_frame_gives_the_bytes_that_each_body_has_alone(given_entries: list[Entry], raw: str) -> None:
    """2026-11-28: records of an import are written by a shared frame, in half of the time."""
    fast = _written(Batch.record, Batch.quarantine, given_entries, raw)
    assert fast == _written(_one_by_one, _aside_one_by_one, given_entries, raw)
    assert all(canonical(json.loads(event[8])).decode() == event[8] for event in fast[0])


@given(values)
def test_the_encoder_that_is_made_once_writes_what_the_library_writes(value: Any) -> None:
    assert canonical_text(value) == _ENCODER.encode(value)


@given(st.dictionaries(st.text(), values, max_size=4))
def test_a_frame_without_slots_is_the_canonical_body(body: dict[str, Any]) -> None:
    assert frame_of(body, ()) % () == _ENCODER.encode(body)


def test_half_a_character_is_refused_and_nothing_of_the_batch_kept(tmp_path: Path) -> None:
    with Register.create(tmp_path / "one.gpkg") as register:
        with (
            pytest.raises(FieldRefused, match="cannot be written as JSON"),
            register.batch(by="n.n.", why="a test", source="a test") as batch,
        ):
            batch.record(Entry(RecordKind.SUSPECTED, Point(1, 1), attributes={"name": "\ud800"}))
        assert not register.as_of().records
