"""Copies that went on apart come together: nothing is lost, in either order, and danger is not merged away."""

import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime
from importlib import import_module
from importlib.resources import files
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import box
from shapely.geometry.base import BaseGeometry

from merestone.register import Batch, Change, Entry, MergeReport, NotCopies, Record, Register, RegisterExists, merge
from merestone.register.file._geopackage_blob import teach
from merestone.register.merging import merge_whole
from merestone.register.merging.backup import copy_database
from merestone.terms import FieldRefused, RecordKind, Visibility
from tests.register.conftest import Clock

WEST, MIDDLE, EAST = box(0, 0, 1, 1), box(0.5, 0, 1.5, 1), box(3, 0, 4, 1)


def area(outline: BaseGeometry, kind: RecordKind = RecordKind.SUSPECTED, **more: object) -> Entry:
    return Entry(kind, outline, **more)  # type: ignore[arg-type]


@pytest.fixture
def copies(register_path: Path) -> tuple[Path, Path, list[str]]:
    """Two copies of a register with three areas."""
    with Register.open(register_path, clock=Clock()) as register, register.batch(by="a", why="w", source="s") as batch:
        ids = [batch.record(area(WEST, accuracy_m=5.0, true_from=date(2000, 1, 1))) for _ in range(3)]
    other = Path(shutil.copy(register_path, register_path.with_name("other.gpkg")))
    return register_path, other, ids


def go_on(path: Path, hour: int, work: Callable[..., object]) -> None:
    clock = Clock(datetime(2026, 3, 1, hour, tzinfo=UTC))
    with Register.open(path, clock=clock) as register, register.batch(by=path.stem, why="w", source="s") as batch:
        work(batch)


def together(one: Path, other: Path) -> tuple[MergeReport, Path]:
    into = one.with_name("merged.gpkg")
    return merge([one, other], into, by="m", why="back from the field"), into


def record_of(path: Path, record_id: str, day: date = date(2026, 6, 1)) -> Record | None:
    with Register.open(path, read_only=True) as register:
        found = [one for one in register.as_of(true_on=day).records if one.record_id == record_id]
    return found[0] if found else None


def test_work_on_different_records_comes_together_without_a_conflict(copies: tuple[Path, Path, list[str]]) -> None:
    one, other, ids = copies
    go_on(one, 8, lambda batch: batch.revise(ids[0], area(EAST)))
    go_on(other, 9, lambda batch: (batch.withdraw(ids[1]), batch.record(area(MIDDLE))))
    report, merged = together(one, other)
    assert (report.common, report.added, report.conflicts) == (4, (1, 2), ())
    with Register.open(merged) as register:
        verification = register.verify()
        assert verification.is_sound, verification.breaks
        assert verification.events == 4 + 1 + 2 + 1
        assert len(register.as_of().records) == 3
        assert register.head().change is Change.MERGED
        with register.batch(by="later", why="w", source="s") as batch:
            batch.record(area(WEST))


def test_both_outlines_warn_until_a_person_decides(copies: tuple[Path, Path, list[str]]) -> None:
    one, other, ids = copies
    go_on(one, 8, lambda batch: batch.revise(ids[0], area(MIDDLE, accuracy_m=2.0, visibility=Visibility.PUBLIC)))
    go_on(other, 9, lambda batch: batch.revise(ids[0], area(EAST, RecordKind.CONFIRMED)))
    report, merged = together(one, other)
    assert [conflict.record_id for conflict in report.conflicts] == [ids[0]]
    found = record_of(merged, ids[0])
    assert found is not None
    assert found.geometry.covers(MIDDLE)
    assert found.geometry.covers(EAST)
    assert found.kind is RecordKind.CONFIRMED
    assert found.accuracy_m is None
    assert found.visibility is Visibility.RESTRICTED
    with Register.open(merged) as register:
        assert register.conflicts() == (ids[0],)
        with register.batch(by="chief", why="looked at both", source="s") as batch:
            batch.revise(ids[0], area(MIDDLE), seen_version=found.version)
        assert register.conflicts() == ()
        assert register.verify().is_sound
    assert merge([merged, one, other], one.with_name("again.gpkg"), by="m", why="w").conflicts == ()


def test_withdrawal_in_one_copy_does_not_hide_what_the_other_still_worked_on(
    copies: tuple[Path, Path, list[str]],
) -> None:
    one, other, ids = copies
    go_on(one, 8, lambda batch: batch.revise(ids[0], area(MIDDLE)))
    go_on(other, 9, lambda batch: batch.withdraw(ids[0], true_from=date(2010, 1, 1)))
    _, merged = together(one, other)
    found = record_of(merged, ids[0])
    assert found is not None
    assert found.geometry.equals(MIDDLE)


def test_days_on_which_the_copies_agree_stay_as_they_were(copies: tuple[Path, Path, list[str]]) -> None:
    one, other, ids = copies
    go_on(one, 8, lambda batch: batch.revise(ids[0], area(MIDDLE, true_from=date(2010, 1, 1))))
    go_on(other, 9, lambda batch: batch.revise(ids[0], area(EAST, true_from=date(2020, 1, 1))))
    _, merged = together(one, other)
    outlines = {year: record_of(merged, ids[0], date(year, 6, 1)) for year in (2005, 2015, 2025)}
    assert all(found is not None for found in outlines.values())
    assert outlines[2005].geometry.equals(WEST)  # type: ignore[union-attr]
    assert outlines[2015].geometry.equals(WEST.union(MIDDLE))  # type: ignore[union-attr]
    assert outlines[2025].geometry.equals(MIDDLE.union(EAST))  # type: ignore[union-attr]
    assert record_of(merged, ids[0], date(1999, 1, 1)) is None
    with Register.open(merged) as register, register.batch(by="chief", why="w", source="s") as batch:
        batch.revise(ids[0], area(EAST, true_from=date(2010, 1, 1)))
    with Register.open(merged, read_only=True) as register:
        assert register.conflicts() == ()
    assert merge([one, merged], one.with_name("again.gpkg"), by="m", why="w").conflicts == ()


def test_merging_a_copy_that_did_not_go_on_changes_nothing(copies: tuple[Path, Path, list[str]]) -> None:
    one, other, ids = copies
    go_on(one, 8, lambda batch: batch.withdraw(ids[0]))
    report, merged = together(one, other)
    assert report.added == (1, 0)
    with Register.open(one, read_only=True) as before, Register.open(merged, read_only=True) as after:
        assert before.head() == after.head()
        assert after.verify().is_sound


def test_same_file_imported_in_both_copies_is_named(copies: tuple[Path, Path, list[str]]) -> None:
    one, other, _ = copies
    for path, hour in ((one, 8), (other, 9)):
        clock = Clock(datetime(2026, 3, 1, hour, tzinfo=UTC))
        with (
            Register.open(path, clock=clock) as register,
            register.batch(by="a", why="w", source="s", file_name="areas.geojson", file_sha256="00" * 32) as batch,
        ):
            batch.record(area(WEST))
    report, _ = together(one, other)
    assert report.imported_twice == ("areas.geojson",)


def test_strangers_and_broken_copies_are_refused(copies: tuple[Path, Path, list[str]], tmp_path: Path) -> None:
    one, other, _ = copies
    with Register.create(tmp_path / "stranger.gpkg"):
        pass
    with pytest.raises(NotCopies, match="different registers"):
        merge([one, tmp_path / "stranger.gpkg"], tmp_path / "m.gpkg", by="m", why="w")
    with pytest.raises(FieldRefused, match="two or more"):
        merge([one], tmp_path / "m.gpkg", by="m", why="w")
    with pytest.raises(RegisterExists):
        merge([one, other], other, by="m", why="w")
    assert not (tmp_path / "m.gpkg").exists()


# The programme's own tables ------------------------------------------------------------------------------------------

APPROVAL = (files("merestone.register.programme") / "approval.yaml").read_text(encoding="utf-8")
TABLE = (files("merestone.register.programme") / "evidence.yaml").read_text(encoding="utf-8")
ONE, OTHER, THIRD = (f"{TABLE}# {name}\n" for name in ("one", "other", "third"))


def sets(table: str, setting: str = "evidence") -> Callable[[Batch], None]:
    return lambda batch: batch.configure(setting, table)


def waiting(path: Path) -> dict[str, list[str]]:
    """The tables that wait for a decision, and the text that each side gave."""
    with Register.open(path, read_only=True) as register:
        assert register.verify().is_sound
        return {one.setting: [str(side.body["value"]) for side in one.sides] for one in register.table_conflicts()}


def test_table_set_apart_waits_for_a_decision_and_neither_side_is_lost(copies: tuple[Path, Path, list[str]]) -> None:
    one, other, _ = copies
    go_on(one, 8, sets(ONE))
    go_on(other, 9, sets(OTHER))
    report, merged = together(one, other)
    assert report.conflicts == ()
    assert [(c.setting, c.holds.by) for c in report.table_conflicts] == [("evidence", "other")]
    back = one.with_name("back.gpkg")
    merge([other, one], back, by="m", why="back from the field")
    with Register.open(merged) as forth, Register.open(back, read_only=True) as again:
        assert tuple(forth.events()) == tuple(again.events()), "the order of the copies made a difference"
        assert forth.table_conflicts() == report.table_conflicts
        assert forth.table_conflicts(known_on=date(2026, 2, 1)) == ()
    assert waiting(merged) == {"evidence": [ONE, OTHER]}
    assert merge([merged, one, other], one.with_name("m2.gpkg"), by="m", why="w").table_conflicts == ()
    assert waiting(one.with_name("m2.gpkg")) == {"evidence": [ONE, OTHER]}, "merging again decides nothing"
    go_on(merged, 12, sets(ONE))
    assert waiting(merged) == {}
    decided = one.with_name("m3.gpkg")
    assert merge([one, other, merged], decided, by="m", why="w").table_conflicts == ()
    assert waiting(decided) == {}
    with Register.open(decided, read_only=True) as register:
        assert register._programme.setting("evidence") == ONE, (
            "the decision holds, though the other was written by a later copy"
        )
    go_on(one, 13, sets(THIRD))
    assert merge([one, merged], one.with_name("m4.gpkg"), by="m", why="w").table_conflicts != ()
    assert waiting(one.with_name("m4.gpkg")) == {"evidence": [ONE, THIRD]}


def test_table_set_alike_or_by_one_copy_alone_is_no_conflict(copies: tuple[Path, Path, list[str]]) -> None:
    one, other, ids = copies
    go_on(one, 8, sets(ONE))
    go_on(other, 9, lambda batch: (batch.withdraw(ids[0]), batch.configure("approval", APPROVAL)))
    report, merged = together(one, other)
    assert report.table_conflicts == ()
    go_on(one, 10, sets(OTHER))
    go_on(merged, 11, sets(OTHER))
    alike = one.with_name("alike.gpkg")
    assert merge([one, merged], alike, by="m", why="w").table_conflicts == ()
    assert waiting(alike) == {}
    shutil.copy(alike, one.with_name("tablet.gpkg"))
    go_on(alike, 12, sets(THIRD))
    last = one.with_name("last.gpkg")
    assert merge([alike, one.with_name("tablet.gpkg"), one], last, by="m", why="w").table_conflicts == ()


@pytest.mark.parametrize("names_its_base", [True, False])
def test_three_copies_set_one_table_apart(copies: tuple[Path, Path, list[str]], names_its_base: bool) -> None:
    """Also as older programs wrote it: without naming the word that it is based on."""
    one, other, _ = copies
    third = Path(shutil.copy(one, one.with_name("third.gpkg")))
    for hour, path, table in ((8, one, ONE), (9, other, OTHER), (10, third, THIRD)):
        older = {"setting": "evidence", "value": table}
        go_on(path, hour, sets("# first\n" + table))
        go_on(
            path,
            hour + 3,
            sets(table) if names_its_base else lambda batch, older=older: batch.add_event(Change.CONFIGURED, older),
        )
    written = []
    for number, order in enumerate(permutations([one, other, third])):
        into = one.with_name(f"all{number}.gpkg")
        (conflict,) = merge(order, into, by="m", why="w").table_conflicts
        assert [side.body["value"] for side in conflict.sides] == [ONE, OTHER, THIRD]
        with Register.open(into, read_only=True) as register:
            written.append(tuple(register.events()))
            assert register._programme.setting("evidence") == THIRD == conflict.holds.body["value"]
    assert len({tuple(event.event_id for event in events) for events in written}) == 1


def test_conflict_of_a_table_is_one_whoever_merged_first(copies: tuple[Path, Path, list[str]]) -> None:
    """Office and tablet each merge the same two copies; when their results come together, it still waits."""
    one, other, _ = copies
    go_on(one, 8, sets(ONE))
    go_on(other, 9, sets(OTHER))
    results = [one.with_name(f"by_{name}.gpkg") for name in ("anna", "bruno")]
    for into in results:
        merge([one, other], into, by=into.stem, why="w")
    last = one.with_name("last.gpkg")
    merge(results, last, by="m", why="w")
    assert waiting(last) == {"evidence": [ONE, OTHER]}
    go_on(last, 15, sets(OTHER))
    assert waiting(last) == {}


# Random work on two or three copies ----------------------------------------------------------------------------------

DAYS = st.none() | st.dates(date(2000, 1, 1), date(2020, 12, 31))
WORK = st.lists(
    st.tuples(
        st.sampled_from(["record", "revise", "withdraw"]),
        st.integers(0, 2),
        st.sampled_from([WEST, MIDDLE, EAST]),
        st.sampled_from([RecordKind.SUSPECTED, RecordKind.CONFIRMED, RecordKind.CLEARED]),
        DAYS,
    ),
    max_size=4,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(works=st.lists(WORK, min_size=2, max_size=3), asked=st.dates(date(1999, 1, 1), date(2021, 12, 31)))
def test_merge_loses_nothing_whatever_the_order_and_hides_no_danger(
    blank_register: Path, works: list[list[tuple[str, int, BaseGeometry, RecordKind, date | None]]], asked: date
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        base = Path(shutil.copy(blank_register, Path(folder) / "base.gpkg"))
        with Register.open(base, clock=Clock()) as register, register.batch(by="a", why="w", source="s") as batch:
            ids = [batch.record(area(WEST, accuracy_m=5.0)) for _ in range(3)]
        paths = []
        for number, work in enumerate(works):
            path = Path(shutil.copy(base, Path(folder) / f"copy{number}.gpkg"))
            clock = Clock(datetime(2026, 3, 1, 8 + number, tzinfo=UTC))
            with Register.open(path, clock=clock) as register:
                for what, which, outline, kind, day in work:
                    with register.batch(by=f"copy {number}", why="w", source="s") as batch:
                        if what == "record":
                            batch.record(area(outline, kind, true_from=day))
                        elif what == "revise":
                            batch.revise(ids[which], area(outline, kind, true_from=day))
                        else:
                            batch.withdraw(ids[which], true_from=day)
            paths.append(path)
        results = []
        for name, order in (("forth.gpkg", paths), ("back.gpkg", paths[::-1])):
            merge(order, Path(folder) / name, by="m", why="w")
            with Register.open(Path(folder) / name, read_only=True) as register:
                verification = register.verify()
                assert verification.is_sound, verification.breaks
                results.append((tuple(register.events()), register.as_of(true_on=asked).records))
        assert results[0][0] == results[1][0], "the order of the copies made a difference"
        merged_ids = {event.event_id for event in results[0][0]}
        merged = {record.record_id: record for record in results[0][1]}
        for path in paths:
            with Register.open(path, read_only=True) as register:
                assert {event.event_id for event in register.events()} <= merged_ids, "an event was lost"
        changed = [{which for what, which, *_ in work if what != "record"} for work in works]
        for number, path in enumerate(paths):
            with Register.open(path, read_only=True) as register:
                records = {record.record_id: record for record in register.as_of(true_on=asked).records}
            for place, record_id in enumerate(ids):
                mine, others = place in changed[number], any(place in c for i, c in enumerate(changed) if i != number)
                here, there = records.get(record_id), merged.get(record_id)
                if mine and not others:
                    assert (here is None) == (there is None)
                    if here is not None and there is not None:
                        assert (here.kind, here.geometry) == (there.kind, there.geometry)
                elif mine and here is not None and here.kind.is_hazard:
                    assert there is not None
                    assert there.kind.is_hazard
                    assert there.geometry.covers(here.geometry)


def held(path: Path) -> tuple[object, ...]:
    with Register.open(path, read_only=True) as register:
        assert register.verify().is_sound
        shown = tuple(register.as_of(true_on=date(2026, 6, 1)).records)
        return tuple(register.events()), shown, register.outline_key(), register.label


@pytest.mark.parametrize("goes_on", [0, 1])
@pytest.mark.parametrize("is_reversed", [False, True])
def test_a_copy_that_is_whole_is_taken_over_as_it_would_be_written(
    copies: tuple[Path, Path, list[str]], goes_on: int, is_reversed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """2026-11-28: two copies of one register were verified twice, and all of their events written anew: 3 s."""
    one, other, ids = copies
    if goes_on:
        go_on(other, 8, lambda batch: [batch.withdraw(ids[0]), batch.record(area(EAST))])
    named = [other, one] if is_reversed else [one, other]
    written, taken = one.with_name("written.gpkg"), one.with_name("taken.gpkg")
    with monkeypatch.context() as patched:
        module = import_module("merestone.register.merging.merge")  # the door's name is the function
        patched.setattr(module, "_already_whole", lambda *_: None)
        patched.setattr(module, "are_same_bytes", lambda *_: False)
        expected = merge(named, written, by="m", why="w")
    assert merge(named, taken, by="m", why="w") == expected
    assert held(taken) == held(written)


def test_a_copy_that_somebody_wrote_to_meanwhile_is_not_taken_over(
    copies: tuple[Path, Path, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other, _ = copies
    go_on(other, 8, lambda batch: batch.record(area(EAST)))
    # As if the event of `other` had been written to `one` between the look and the copy.
    monkeypatch.setattr(merge_whole, "copy_database", lambda _, draft, named: copy_database(other, draft, named=named))
    draft = one.with_name("draft.gpkg")
    with Register.open(one, read_only=True) as register:
        assert not merge_whole.is_taken_over(register, draft, [register], named=draft)
    assert not draft.exists()


def test_a_damaged_copy_is_refused_beside_a_sound_one(copies: tuple[Path, Path, list[str]], tmp_path: Path) -> None:
    one, other, _ = copies
    with closing(sqlite3.connect(other)) as connection, connection:
        teach(connection)
        connection.execute("UPDATE suspected SET source = 'changed'")
    with pytest.raises(NotCopies, match="not sound"):
        merge([one, other], tmp_path / "new.gpkg", by="m", why="w")
