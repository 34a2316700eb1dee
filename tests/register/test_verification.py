"""Whoever edits the file by hand is told on, by the number of the event or of the row."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from shapely import box

from merestone.register import Entry, Register
from merestone.register.file._geopackage_blob import teach
from merestone.terms import RecordKind


@pytest.fixture
def lived_in(register_path: Path) -> Path:
    with Register.open(register_path) as register:
        with register.batch(by="a", why="w", source="s") as batch:
            ids = [
                batch.record(Entry(RecordKind.SUSPECTED, box(i, 0, i + 1, 1), attributes={"n": i})) for i in range(6)
            ]
        with register.batch(by="b", why="w", source="s") as batch:
            batch.revise(ids[1], Entry(RecordKind.CONFIRMED, box(1, 0, 1.5, 1)))
            batch.withdraw(ids[2])
    return register_path


def edit(path: Path, *statements: str) -> None:
    """Change the file as somebody with a database browser would."""
    with closing(sqlite3.connect(path)) as connection, connection:
        teach(connection)
        for statement in ("DROP TRIGGER merestone_event_keeps", "DROP TRIGGER merestone_event_stays", *statements):
            connection.execute(statement)


def test_untouched_register_is_sound(lived_in: Path) -> None:
    with Register.open(lived_in, read_only=True) as register:
        verification = register.verify()
    assert verification.breaks == ()
    assert (verification.events, verification.records, verification.rows) == (9, 6, 5)
    assert len(verification.head) == 64


@pytest.mark.parametrize("statement", ["UPDATE merestone_event SET kind = 'x'", "DELETE FROM merestone_event"])
def test_events_cannot_be_changed_or_deleted_without_breaking_in(lived_in: Path, statement: str) -> None:
    with closing(sqlite3.connect(lived_in)) as connection, pytest.raises(sqlite3.IntegrityError, match="never"):
        connection.execute(statement)


@pytest.mark.parametrize(
    ("statement", "place", "what"),
    [
        ("UPDATE merestone_event SET body = replace(body, '\"n\":3', '\"n\":4') WHERE seq = 5", "event 5", "digest"),
        ("UPDATE merestone_event SET true_from = '2001-01-01' WHERE seq = 4", "event 4", "column true_from"),
        ("UPDATE merestone_event SET record_id = 'X' WHERE seq = 4", "event 4", "column record_id"),
        ("UPDATE merestone_event SET geometry = x'00' WHERE seq = 6", "event 6", "outline"),
        ("UPDATE merestone_event SET chain = upper(chain) WHERE seq = 3", "event 3", "chain"),
        ("DELETE FROM merestone_event WHERE seq = 5", "event 6", "missing"),
        ("UPDATE suspected SET accuracy_m = 1 WHERE fid = 2", "layer suspected, row 2", "accuracy_m"),
        ("UPDATE suspected SET geom = (SELECT geom FROM suspected WHERE fid = 2) WHERE fid = 5", "row 5", "geom"),
        ("DELETE FROM suspected WHERE fid = 6", "event 6", "missing from the current layers"),
        ("INSERT INTO suspected SELECT 99, geom, 'NEW', version, accuracy_m, true_from, true_until, visibility, source,"
         " recorded_by, recorded_at, data_on, attributes, 4, label, status FROM suspected WHERE fid = 2",
         "row 99", "no event"),
        ("DELETE FROM rtree_confirmed_geom", "layer confirmed, row 3", "spatial index"),
        ("UPDATE confirmed SET version = 1", "layer confirmed, row 3", "version"),
    ],
)  # fmt: skip
def test_edit_by_hand_is_found_where_it_was_made(lived_in: Path, statement: str, place: str, what: str) -> None:
    edit(lived_in, statement)
    with Register.open(lived_in, read_only=True) as register:
        breaks = register.verify().breaks
    assert any(place in found.place and what in found.what for found in breaks), [str(found) for found in breaks]
    assert all(found.expected != found.actual for found in breaks)


def test_rewritten_tail_shows_against_a_head_that_was_noted(lived_in: Path) -> None:
    """A whole chain made anew is sound in itself; only a head that somebody noted earlier can tell."""
    with Register.open(lived_in, read_only=True) as register:
        noted = register.verify().head
    edit(
        lived_in,
        "DELETE FROM confirmed WHERE event_seq > 7",
        "DELETE FROM merestone_event WHERE seq > 7",
    )
    with Register.open(lived_in, read_only=True) as register:
        assert register.verify().head != noted
        assert register.head().chain != noted


def test_progress_reaches_the_end(lived_in: Path) -> None:
    seen: list[tuple[int, int]] = []
    remember: Callable[[int, int], None] = lambda done, total: seen.append((done, total))  # noqa: E731
    with Register.open(lived_in, read_only=True) as register:
        register.verify(remember)
    assert seen[-1] == (9, 9)
