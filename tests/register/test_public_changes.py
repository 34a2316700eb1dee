"""When the public's view last changed: it moves with all that the public sees, and with nothing else.

2026-11-29: signed offers for phones were compared by their days alone, so that one of the same morning could be
replayed and take a hazard of noon off a phone.
"""

import dataclasses
import itertools
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from merestone.register import PUBLIC, Batch, Entry, PublicChanges, Register, SettledAs, Sheet, backup, merge
from merestone.terms import RecordKind, Visibility

BEGIN = datetime(2026, 11, 29, 8, 0, tzinfo=UTC)
AREA = Entry(RecordKind.SUSPECTED, shapely.box(17.0, 44.0, 17.01, 44.01), 5.0, visibility=Visibility.RESTRICTED)
LAND = Entry(RecordKind.CLEARED, shapely.box(18.0, 44.0, 18.01, 44.01), 5.0, visibility=Visibility.RESTRICTED)
PUBLIC_WORDS = "{source: s, public_source: %s, survey_year: false, hubs_share_restricted: false}"


def clock() -> Callable[[], datetime]:
    minutes = itertools.count()
    return lambda: BEGIN + timedelta(seconds=next(minutes))


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    with Register.create(tmp_path / "areas.gpkg", clock=clock()) as register:
        yield register


def written(register: Register, write: Callable[[Batch], object]) -> object:
    with register.batch(by="b", why="w", source="s") as batch:
        return write(batch)


def replaced(entry: Entry, **changes: object) -> Entry:
    return dataclasses.replace(entry, **changes)  # type: ignore[arg-type]


def order(changes: PublicChanges) -> tuple[datetime, int]:
    """What phones compare."""
    return changes.last_at or datetime.min.replace(tzinfo=UTC), changes.count


def seen(register: Register) -> object:
    """What a pack has of the public's view; outlines stand as they are, since to draw larger ones takes long."""
    snapshot = register.as_of(None, None, PUBLIC, outward=lambda outline, _: outline)
    names = ("record_id", "kind", "geometry", "is_exact", "accuracy_m", "source", "data_on", "begins_on")
    hazards = {tuple(str(getattr(record, name)) for name in names) for record in snapshot.hazards}
    return hazards, snapshot.quarantined_count


def test_every_change_that_the_public_sees_moves_it_forward(register: Register) -> None:
    assert register.public_changes() == PublicChanges(None, 0)
    area = str(written(register, lambda batch: batch.record(AREA)))
    other = str(written(register, lambda batch: batch.record(replaced(AREA, visibility=Visibility.OPEN))))
    moved = replaced(AREA, geometry=shapely.box(17.0, 44.0, 17.02, 44.01))
    steps: list[Callable[[Batch], object]] = [
        lambda batch: batch.revise(area, replaced(AREA, accuracy_m=6.0)),
        lambda batch: batch.revise(area, moved),
        lambda batch: batch.revise(area, replaced(moved, data_on=date(2026, 11, 1))),
        lambda batch: batch.revise(other, AREA),  # open, then restricted
        lambda batch: batch.revise(other, replaced(AREA, kind=RecordKind.CONFIRMED)),
        lambda batch: batch.revise(other, LAND),  # a hazard that is released
        lambda batch: batch.withdraw(area),
        lambda batch: batch.revise(area, AREA),
        lambda batch: batch.quarantine(3, "{}", ["null_geometry"]),
        lambda batch: batch.configure("public", PUBLIC_WORDS % "Centre"),
    ]
    for number, step in enumerate(steps):
        before, view = register.public_changes(), seen(register)
        written(register, step)
        after = register.public_changes()
        assert after.last_at == register.head().recorded_at, number
        assert order(after) > order(before), number
        assert after.count > before.count, number
        assert seen(register) != view, number
    [row] = register.quarantined()
    before = register.public_changes()
    written(register, lambda batch: batch.settle([row.event_id], SettledAs.NO_RECORD))
    assert register.public_changes().count == before.count + 1


def test_what_the_public_never_sees_moves_nothing(register: Register) -> None:
    area = str(written(register, lambda batch: batch.record(AREA)))
    land = str(written(register, lambda batch: batch.record(LAND)))
    before, view = register.public_changes(), seen(register)
    steps: list[Callable[[Batch], object]] = [
        lambda batch: batch.record(LAND),
        lambda batch: batch.revise(land, replaced(LAND, geometry=shapely.box(18.0, 44.0, 18.02, 44.01))),
        lambda batch: batch.withdraw(land),
        lambda batch: batch.record(Sheet("organisation", {"local_id": "O", "name": "Org"})),
        lambda batch: batch.quarantine(4, "{}", ["no_name"], sheet="organisation"),
        lambda batch: batch.revise(area, replaced(AREA, attributes={"remarks": "of its organisation alone"})),
    ]
    for number, step in enumerate(steps):
        written(register, step)
        assert register.public_changes() == before, number
        assert seen(register) == view, number


def test_of_an_earlier_link_it_is_what_it_was_then(register: Register) -> None:
    written(register, lambda batch: batch.record(AREA))
    chain, then = register.head().chain, register.public_changes()
    written(register, lambda batch: batch.record(AREA))
    assert register.public_changes(chain) == then != register.public_changes()
    with pytest.raises(LookupError):
        register.public_changes("0" * 64)


def test_a_backup_and_a_register_opened_anew_have_the_same(register: Register, tmp_path: Path) -> None:
    area = str(written(register, lambda batch: batch.record(AREA)))
    written(register, lambda batch: batch.revise(area, LAND))
    backup(register.path, tmp_path / "backup.gpkg")
    for path in (register.path, tmp_path / "backup.gpkg"):
        with Register.open(path, read_only=True) as opened:
            assert opened.public_changes() == register.public_changes()


OPERATIONS = ("record", "release", "text", "withdraw", "move", "back", "land")


def carried_out(register: Register, records: list[str], operation: str, which: int) -> None:
    """One change by a person, of whichever record."""
    record_id = records[which % len(records)]
    with register.batch(by="b", why="w", source="s") as batch:
        match operation:
            case "record":
                records.append(batch.record(AREA))
            case "land":
                records.append(batch.record(LAND))
            case "release":
                batch.revise(record_id, replaced(LAND, true_from=date(2026, 11, 1)))
            case "text":
                batch.revise(record_id, replaced(AREA, attributes={"n": which}))
            case "withdraw":
                batch.withdraw(record_id)
            case "move":
                batch.revise(record_id, replaced(AREA, geometry=shapely.box(17.0, 44.0, 17.01 + 1e-3 * which, 44.01)))
            case _:
                batch.revise(record_id, AREA)


CHANGES = st.lists(st.tuples(st.sampled_from(OPERATIONS), st.integers(0, 9)), max_size=5)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CHANGES, CHANGES)
def test_it_never_falls_where_copies_went_apart_and_were_merged(
    tmp_path_factory: pytest.TempPathFactory, left: list[tuple[str, int]], right: list[tuple[str, int]]
) -> None:
    """Also: whenever the public's view differs, it differs, in each copy and in what they become together."""
    folder = tmp_path_factory.mktemp("copies")
    ticking = clock()
    with Register.create(folder / "left.gpkg", clock=ticking) as register:
        first = str(written(register, lambda batch: batch.record(AREA)))
    shutil.copy(folder / "left.gpkg", folder / "right.gpkg")
    last = []
    for name, changes in (("left", left), ("right", right)):
        records = [first]
        with Register.open(folder / f"{name}.gpkg", clock=ticking) as register:
            for operation, which in changes:
                before, view = register.public_changes(), seen(register)
                carried_out(register, records, operation, which)
                after = register.public_changes()
                assert order(after) >= order(before)
                assert after != before or seen(register) == view, "nothing is offered as equal that differs"
            last.append((register.public_changes(), seen(register)))
    merge([folder / "left.gpkg", folder / "right.gpkg"], folder / "merged.gpkg", by="b", why="w")
    with Register.open(folder / "merged.gpkg", read_only=True, clock=ticking) as merged:
        together, view = merged.public_changes(), seen(merged)
    for changes_of, view_of in last:
        assert order(together)[0] >= order(changes_of)[0]
        assert together.count >= changes_of.count
        assert together != changes_of or view == view_of
