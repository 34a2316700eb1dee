"""A register's index may come from the user's cache, and no answer ever shows it.

2026-11-28: a register that did not change was read and indexed anew for each question.
"""

import os
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import shapely
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from merestone.bulk import RegisterHazards, RegisterQuestion, hazards_of_register
from merestone.cli.main import merestone
from merestone.files.user_cache import cache_folder, keep_within
from merestone.register import EXACT, PUBLIC, Entry, Register, RegisterDamaged, Viewer
from merestone.terms import RecordKind, Visibility
from tests.register.conftest import Clock

LON_DEG, LAT_DEG = (axis.ravel() for axis in np.meshgrid(np.linspace(-0.01, 0.06, 8), np.linspace(-0.01, 0.06, 8)))
TODAY = date(2026, 5, 1)
PLACE = ("--lon", "0.001", "--lat", "0.001", "--accuracy-m", "10")


@pytest.fixture
def cached_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of cached indexes, with the cache switched on."""
    monkeypatch.delenv("MERESTONE_NO_CACHE")
    monkeypatch.setenv("MERESTONE_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache" / "indexes"


def told_by(hazards: RegisterHazards) -> tuple[bytes, *tuple[object, ...]]:
    """All that an answer can say of the hazards."""
    nearest = hazards.index.nearest(LON_DEG, LAT_DEG, 5.0)
    classes = [hazards.index.classify(LON_DEG, LAT_DEG, accuracy_m).tolist() for accuracy_m in (5.0, None)]
    names = [
        (hazard.record_id, hazard.kind, hazard.accuracy_m, getattr(hazard, "begins_on", None))
        for hazard in hazards.hazards
    ]
    return (
        nearest.distance_m.tobytes(), nearest.record_ids.tolist(), classes, names, hazards.circumstances,
        hazards.index.unplaced, hazards.index.edges,
    )  # fmt: skip


def answered_alike(question: RegisterQuestion, clock: Clock) -> bool:
    """Ask without a cache, and twice with it; give whether the second time was answered from what the first kept."""
    expected = told_by(hazards_of_register(question, use_cache=False, clock=clock))
    for _ in range(2):
        asked = hazards_of_register(question, clock=clock)
        assert told_by(asked) == expected
        asked.keep()
    return asked.has_file


def entries() -> st.SearchStrategy[Entry]:
    """Hazards and land that hold, held, or are stated to begin or to end within some days."""
    steps = st.integers(0, 5)
    outlines = st.builds(lambda x, y: box(x / 100, y / 100, x / 100 + 0.005, y / 100 + 0.004), steps, steps)
    days = st.none() | st.integers(-4, 4)

    def entry(kind: RecordKind, outline: shapely.Polygon, accuracy_m: float | None, first: int | None,
              last: int | None, visibility: Visibility) -> Entry:  # fmt: skip
        begins = None if first is None else TODAY + timedelta(first)
        ends = None if last is None else (begins or TODAY - timedelta(4)) + timedelta(last + 5)
        return Entry(kind, outline, accuracy_m, true_from=begins, true_until=ends, visibility=visibility)

    kinds = st.sampled_from([RecordKind.SUSPECTED, RecordKind.CONFIRMED, RecordKind.CLEARED])
    return st.builds(
        entry, kinds, outlines, st.sampled_from([None, 5.0]), days, days, st.sampled_from(list(Visibility))
    )


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(entries() | st.sampled_from(["withdraw", "quarantine", "a day later"]), min_size=2, max_size=7))
def test_the_answer_with_the_cache_is_the_answer_without_it(
    cached_in: Path, tmp_path: Path, steps: list[Entry | str]
) -> None:
    clock = Clock(datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=UTC))
    path = tmp_path / "areas.gpkg"
    path.unlink(missing_ok=True)
    Register.create(path, clock=clock).close()
    record_ids: list[str] = []
    for step in steps:
        if step == "a day later":
            clock.at += timedelta(days=1)
        else:
            with Register.open(path, clock=clock) as register, register.batch(by="t", why="t", source="t") as batch:
                if isinstance(step, Entry):
                    record_ids.append(batch.record(step))
                elif step == "withdraw" and record_ids:
                    batch.withdraw(record_ids.pop())
                else:
                    batch.quarantine(1, {"name": "no place"}, ["has no place"])
        for viewer in (EXACT, PUBLIC):
            assert answered_alike(RegisterQuestion(path, None, None, viewer), clock)
    assert answered_alike(RegisterQuestion(path, TODAY + timedelta(1), TODAY, EXACT), clock)


def asked_again(path: Path, viewer: Viewer = EXACT) -> RegisterHazards:
    hazards = hazards_of_register(RegisterQuestion(path, None, None, viewer))
    hazards.keep()
    return hazards


def test_what_is_kept_is_read_by_its_owner_alone_and_only_for_its_viewer(cached_in: Path, exercise: Path) -> None:
    assert [asked_again(exercise).has_file for _ in range(2)] == [False, True]
    assert not asked_again(exercise, PUBLIC).has_file
    assert cached_in.stat().st_mode & 0o777 == 0o700
    cached_in.chmod(0o755)
    assert asked_again(exercise).has_file
    assert cached_in.stat().st_mode & 0o777 == 0o700


def test_damage_and_foreign_files_in_the_cache_change_no_answer(cached_in: Path, exercise: Path) -> None:
    hazards = asked_again(exercise)
    hazards.index.prepare()
    hazards.keep()  # with its cells, which are compared later than the rest
    (kept,) = cached_in.iterdir()
    whole, (expected_distances, *expected) = kept.read_bytes(), told_by(asked_again(exercise))
    lon_deg, lat_deg = np.tile(LON_DEG, 200), np.tile(LAT_DEG, 200)
    classes = hazards.index.classify(lon_deg, lat_deg, 5.0).tolist()
    for at in np.linspace(0, len(whole) - 1, 8).astype(int).tolist():
        kept.write_bytes(whole[:at] + bytes([whole[at] ^ 0x10]) + whole[at + 1 :])
        asked = hazards_of_register(RegisterQuestion(exercise, None, None, EXACT))
        distances, *rest = told_by(asked)
        # With cells or, where the damage took them away, without: both measure to micrometres, not to the same bit.
        np.testing.assert_allclose(np.frombuffer(distances), np.frombuffer(expected_distances), rtol=0, atol=1e-5)
        assert rest == expected
        asked.index.expect(10**9)  # so that the cells are asked
        assert asked.index.classify(lon_deg, lat_deg, 5.0).tolist() == classes
    for content in (b"", whole[:5000], b"not a pack"):
        kept.write_bytes(content)
        assert not asked_again(exercise).has_file
        assert asked_again(exercise).has_file


def test_an_index_under_the_name_of_another_is_not_used(cached_in: Path, exercise: Path) -> None:
    asked_again(exercise)
    (exact,) = cached_in.iterdir()
    asked_again(exercise, PUBLIC)
    (public,) = set(cached_in.iterdir()) - {exact}
    shutil.copy(exact, public)
    assert not asked_again(exercise, PUBLIC).has_file


def test_a_register_whose_seal_does_not_fit_is_not_answered_from_the_cache(
    cached_in: Path, exercise: Path, tmp_path: Path
) -> None:
    path = Path(shutil.copy(exercise, tmp_path / "areas.gpkg"))
    asked_again(path)
    content = bytearray(path.read_bytes())
    content[-100] ^= 1
    path.write_bytes(content)
    with pytest.raises(RegisterDamaged):
        asked_again(path)


def test_what_was_written_while_it_was_read_is_not_kept(cached_in: Path, exercise: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(exercise, tmp_path / "areas.gpkg"))
    asked = hazards_of_register(RegisterQuestion(path, None, None, EXACT))
    with Register.open(path) as register, register.batch(by="t", why="t", source="t") as batch:
        batch.quarantine(1, "no place", ["has no place"])
    asked.keep()
    assert not list(cached_in.iterdir())


def test_the_cache_can_be_switched_off(cached_in: Path, exercise: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runner = CliRunner()
    expected = runner.invoke(merestone, ["screen", str(exercise), "--no-cache", *PLACE]).output
    assert not cached_in.exists() or not list(cached_in.iterdir())
    assert [runner.invoke(merestone, ["screen", str(exercise), *PLACE]).output for _ in range(2)] == [expected] * 2
    assert len(list(cached_in.iterdir())) == 1
    monkeypatch.setenv("MERESTONE_NO_CACHE", "1")
    assert cache_folder("indexes") is None


def test_a_cache_that_cannot_be_written_costs_no_answer(cached_in: Path, exercise: Path) -> None:
    cached_in.parent.mkdir()
    cached_in.write_text("a file where the folder should be")
    assert not asked_again(exercise).has_file
    cached_in.unlink()
    cached_in.symlink_to(exercise.parent)  # a link might lead to a folder that others read
    assert not asked_again(exercise).has_file


def test_what_was_used_longest_ago_is_removed_first(tmp_path: Path) -> None:
    for age, name in enumerate("abcd"):
        (tmp_path / name).write_bytes(bytes(100))
        os.utime(tmp_path / name, (1000 - age, 1000 - age))
    keep_within(tmp_path, most_bytes=250)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a", "b"]
