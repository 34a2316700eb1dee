"""A batch that leaves its indexes out until the end gives the file that it would have given with them."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from shapely import box

from merestone.register import Entry, Register
from merestone.register.file.bulk import Bulk
from merestone.register.write import event_buffer, ledger
from merestone.register.write.batch import Batch
from merestone.terms import FieldRefused, RecordKind


def _entry(number: int) -> Entry:
    kind = RecordKind.SUSPECTED if number % 3 else RecordKind.CLEARED
    return Entry(kind, box(number / 100, 1, number / 100 + 0.001, 1.001), 5.0, {"number": number}, row=number)


def _many(batch: Batch) -> None:
    for number in range(1, 60):
        batch.record(_entry(number))
        if number % 7 == 0:
            batch.quarantine(number, "x", ["no place"])


def _with_changes_between(batch: Batch) -> None:
    ids = [batch.record(_entry(number)) for number in range(1, 30)]
    batch.revise(ids[3], _entry(90))
    batch.withdraw(ids[4])
    for number in range(30, 50):
        batch.record(_entry(number))


def _made(path: Path, write: Callable[[Batch], None]) -> dict[str, list[tuple[Any, ...]]]:
    """What other programs find in the file, but for what is random in it."""
    with Register.create(path, clock=lambda: datetime(2026, 11, 28, tzinfo=UTC)) as register:
        with register.batch(by="n.n.", why="a test", source="a test", file_name="a.geojson") as batch:
            write(batch)
        assert register.verify().is_sound
        assert all(register.history(record.record_id) for record in register.as_of().records)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("SELECT rtreecheck('rtree_suspected_geom')").fetchall() == [("ok",)]
        known = "INDEXED BY merestone_event_known WHERE recorded_at > ''"
        asked = {
            "schema": "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name",
            "rows": "SELECT fid, geom, version, attributes FROM suspected",
            "boxes": "SELECT * FROM rtree_suspected_geom ORDER BY id",
            "others": "SELECT * FROM rtree_cleared_geom ORDER BY id",
            "known": f"SELECT seq FROM merestone_event {known} ORDER BY seq",
        }
        return {name: connection.execute(statement).fetchall() for name, statement in asked.items()}


@pytest.mark.parametrize("write", [_many, _with_changes_between])
def test_indexes_that_were_left_out_are_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Callable[[Batch], None]
) -> None:
    """2026-11-28: a large import put each row into every index as it came."""
    plain = _made(tmp_path / "plain.gpkg", write)
    ends: list[int] = []
    end = Bulk.end

    def counted(bulk: Bulk) -> None:
        ends.append(1)
        end(bulk)

    monkeypatch.setattr(ledger, "_BULK_FROM", 3)
    monkeypatch.setattr(event_buffer, "_CHUNK", 2)
    monkeypatch.setattr(Bulk, "end", counted)
    assert _made(tmp_path / "bulk.gpkg", write) == plain
    assert ends


def _fail(register: Register) -> None:
    with register.batch(by="n.n.", why="a test", source="a test") as batch:
        _many(batch)
        batch.record(Entry(RecordKind.SUSPECTED, box(1, 1, 2, 2), attributes={"a": object()}))


def test_a_batch_that_fails_gives_the_indexes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "one.gpkg"
    monkeypatch.setattr(ledger, "_BULK_FROM", 3)
    monkeypatch.setattr(event_buffer, "_CHUNK", 2)
    with Register.create(path) as register:
        with pytest.raises(FieldRefused):
            _fail(register)
        assert not register.as_of().records
    with closing(sqlite3.connect(path)) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master")]
    assert {"merestone_event_life", "merestone_event_known", "rtree_suspected_geom_insert"} <= set(names)
