"""What is held, read record by record, is what a snapshot of today and the records that begin later give.

2026-11-28: a delivery of 100,000 areas held all records of the register in memory, 430 MB, to compare few of them.
"""

from datetime import UTC, date, datetime
from pathlib import Path

import shapely

from merestone.register import Entry, Register
from merestone.terms import RecordKind, Visibility


def _at(place: int) -> shapely.Polygon:
    return shapely.box(17.0 + place / 100, 44.9, 17.005 + place / 100, 44.905)


def test_states_are_those_of_the_snapshot_and_of_what_begins_later(tmp_path: Path) -> None:
    """Revised, withdrawn, moved, and stated to begin next year, of two kinds; each is read as the snapshot has it."""
    clock = lambda: datetime(2026, 11, 28, 12, tzinfo=UTC)  # noqa: E731
    with Register.create(tmp_path / "R.gpkg", label="synthetic", clock=clock) as register:
        with register.batch(by="n.n.", why="first", source="survey") as batch:
            ids = [
                batch.record(Entry(RecordKind.SUSPECTED, _at(n), 5.0, {"local_id": f"H-{n}", "n": n}, row=n))
                for n in range(6)
            ]
            batch.record(Entry(RecordKind.ACCIDENT, shapely.Point(17.5, 44.9), None, {}, true_from=date(2020, 1, 1)))
            begins = Entry(RecordKind.CLEARED, _at(8), None, {"local_id": "C-8"}, true_from=date(2027, 1, 1))
            batch.record(begins)
        with register.batch(by="n.n.", why="second", source="survey") as batch:
            batch.withdraw(ids[0])
            revised = Entry(RecordKind.SUSPECTED, _at(9), None, {"n": "é"}, visibility=Visibility.RESTRICTED)
            batch.revise(ids[1], revised)
            batch.revise(ids[2], Entry(RecordKind.CONFIRMED, _at(2), 5.0, {}, true_from=date(2026, 2, 1)))
        kinds = {RecordKind.SUSPECTED, RecordKind.CONFIRMED, RecordKind.CLEARED}
        expected = [*register.as_of().records, *register.records_later()]
        expected = [record for record in expected if record.kind in kinds]
        with register.held_states() as states:
            held = list(states.each(kinds))
            records = [states.record(state.seq) for state in held]
            again = {
                state.seq: states.record(state.seq) for state in sorted(held, reverse=True, key=lambda one: one.seq)
            }
            seqs = sorted(state.seq for state in held)
            outlines = [outline for part in states.outlines(seqs) for outline in part]
            assert [states.is_said_alike(record, record.attributes) for record in records] == [True] * len(records)
            assert not states.is_said_alike(records[0], {"local_id": "another"})
        assert len(expected) == 6
        assert records == expected
        assert [again[state.seq] for state in held] == expected
        stated = [(record.record_id, record.kind, record.visibility, dict(record.attributes)) for record in expected]
        assert [(one.record_id, one.kind, one.visibility, one.attributes) for one in held] == stated
        by_seq = {state.seq: record.geometry for state, record in zip(held, records, strict=True)}
        assert outlines == [by_seq[seq] for seq in seqs]
