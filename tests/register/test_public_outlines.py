"""The outline that the public sees of a record: one for its whole life, drawn from a secret that nobody else has."""

import shutil
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import shapely
from shapely.affinity import translate
from shapely.geometry.base import BaseGeometry

from merestone.register import PARTNER, PUBLIC, Entry, Register, backup, merge
from merestone.register.query.outline_key import chances
from merestone.terms import RecordKind, Visibility

BELT = shapely.Polygon([(17.0, 44.0), (17.02, 44.01), (17.0197, 44.0103), (16.9997, 44.0003)])


def record(
    register: Register, outline: BaseGeometry, visibility: Visibility = Visibility.PUBLIC, **more: object
) -> str:
    with register.batch(by="Ana", why="survey", source="synthetic") as batch:
        return batch.record(Entry(RecordKind.SUSPECTED, outline, visibility=visibility, **more))  # type: ignore[arg-type]


def revise(
    register: Register, record_id: str, outline: BaseGeometry, visibility: Visibility = Visibility.PUBLIC
) -> None:
    with register.batch(by="Ana", why="survey", source="synthetic") as batch:
        batch.revise(record_id, Entry(RecordKind.SUSPECTED, outline, visibility=visibility))


def shown(register: Register, record_id: str, **times: object) -> BaseGeometry:
    found = register.as_of(viewer=PUBLIC, **times).records  # type: ignore[arg-type]
    return next(one.geometry for one in found if one.record_id == record_id)


def surveyed(seed: int, noise_m: float) -> BaseGeometry:
    corners = shapely.get_coordinates(BELT)[:-1]
    moved = np.random.default_rng(seed).normal(0, noise_m / 111_000, corners.shape)
    return shapely.convex_hull(shapely.MultiPoint(corners + moved))


def test_same_outline_again_and_for_whoever_asks_in_whatever_order(register: Register) -> None:
    first, second = record(register, BELT), record(register, translate(BELT, 0.001, 0.0))
    alone = shown(register, first)
    record(register, translate(BELT, 1.0, 0.0))
    assert shown(register, first).equals_exact(alone, 0.0)
    with Register.open(register.path, read_only=True) as again:
        assert shown(again, second).equals_exact(shown(register, second), 0.0)
        assert shown(again, first).equals_exact(alone, 0.0)


def test_surveys_that_differ_by_metres_have_one_outline(register: Register) -> None:
    """2026-11-28, review of the web, A4: each re-survey moved the outline, and thirty narrowed the edge down."""
    record_id = record(register, BELT)
    before = shown(register, record_id)
    for seed in range(12):
        outline = surveyed(seed, 2.0)
        revise(register, record_id, outline)
        assert shown(register, record_id).equals_exact(before, 0.0)
        assert before.covers(outline)


def test_outline_of_every_version_contains_it_and_the_past_stays_what_it_was(register: Register) -> None:
    record_id = record(register, BELT)
    pasts = []
    for seed in range(6):
        outline = surveyed(seed, 40.0)
        revise(register, record_id, outline)
        assert shown(register, record_id).covers(outline)
        pasts.append((register.head().recorded_at, shown(register, record_id)))
    for known_on, was in pasts:
        assert shown(register, record_id, known_on=known_on).equals_exact(was, 0.0)


def test_outline_that_comes_back_is_shown_as_before(register: Register) -> None:
    record_id = record(register, BELT)
    before = shown(register, record_id)
    revise(register, record_id, translate(BELT, 0.002, 0.0))
    assert not shown(register, record_id).equals(before)
    revise(register, record_id, surveyed(1, 2.0))
    assert shown(register, record_id).equals_exact(before, 0.0)


def test_draft_moves_nothing_that_is_published(register: Register) -> None:
    """Nobody may see from an outline that there is a draft, nor may one choose what later ones are held to."""
    from merestone.register import Actor, Role

    record_id = record(register, BELT)
    before = shown(register, record_id)
    desk = register.desk(Actor("Ana", "Org", "hub", frozenset(Role)))
    desk.draft(
        Entry(RecordKind.SUSPECTED, translate(BELT, 0.001, 0.0), visibility=Visibility.PUBLIC),
        why="moved", source="synthetic", record_id=record_id, seen_version=1,
    )  # fmt: skip
    assert shown(register, record_id).equals_exact(before, 0.0)


def test_two_records_of_the_same_land_are_drawn_independently(register: Register) -> None:
    first, second = record(register, BELT), record(register, BELT)
    assert not shown(register, first).equals(shown(register, second))


def test_two_levels_are_drawn_independently_and_both_contain_it(register: Register) -> None:
    record_id = record(register, BELT)
    fine = shown(register, record_id)
    revise(register, record_id, BELT, Visibility.RESTRICTED)
    coarse = shown(register, record_id)
    assert coarse.area > 3 * fine.area
    assert coarse.covers(BELT)
    draw = chances(b"k" * 32, ["a", "b"], 100.0), chances(b"k" * 32, ["a", "b"], 1000.0)
    assert len(np.unique(np.concatenate([one.ravel() for one in draw]))) == draw[0].size * 2


def test_registers_have_secrets_of_their_own_and_copies_the_same(register: Register, tmp_path: Path) -> None:
    record_id = record(register, BELT)
    key = register.outline_key()
    assert key is not None
    assert len(key) == 32
    with Register.create(tmp_path / "other.gpkg") as other:
        assert other.outline_key() != key
    register.settle()
    copies = [Path(shutil.copy(register.path, tmp_path / name)) for name in ("copy.gpkg", "other_copy.gpkg")]
    for number, copy in enumerate(copies):
        with Register.open(copy) as one:
            record(one, translate(BELT, 1.0 + number, 0.0))
    merge(copies, tmp_path / "merged.gpkg", by="Ana", why="together")
    backup(copies[0], tmp_path / "kept.gpkg")
    for name in ("copy.gpkg", "merged.gpkg", "kept.gpkg"):
        with Register.open(tmp_path / name, read_only=True) as one:
            assert one.outline_key() == key, name
            assert shown(one, record_id).equals_exact(shown(register, record_id), 0.0)


def without_secret(path: Path) -> None:
    """As a register of the form before."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TABLE merestone_secret")
        connection.execute("UPDATE alembic_version SET version_num = '0002'")


def test_register_of_the_form_before_is_read_as_it_is_and_gets_a_secret_when_the_public_first_asks(
    register_path: Path,
) -> None:
    with Register.open(register_path) as register:
        record_id = record(register, BELT)
    without_secret(register_path)
    with Register.open(register_path, read_only=True) as register:
        assert register.outline_key() is None
        assert register.as_of().records[0].geometry.equals(BELT)
        assert register.outline_key() is None
        outline = shown(register, record_id)
        assert register.verify().is_sound
    with Register.open(register_path, read_only=True) as register:
        assert shown(register, record_id).equals_exact(outline, 0.0)


def test_copies_that_got_secrets_of_their_own_are_merged_to_one_in_either_order(
    register_path: Path, tmp_path: Path
) -> None:
    without_secret(register_path)
    copies = [Path(shutil.copy(register_path, tmp_path / name)) for name in ("a.gpkg", "b.gpkg")]
    keys = set()
    for copy in copies:
        with Register.open(copy) as one:
            record(one, BELT)
            keys.add(one.outline_key())
    assert len(keys) == 2
    merge(copies, tmp_path / "ab.gpkg", by="Ana", why="together")
    merge(copies[::-1], tmp_path / "ba.gpkg", by="Ana", why="together")
    for name in ("ab.gpkg", "ba.gpkg"):
        with Register.open(tmp_path / name, read_only=True) as one:
            assert one.outline_key() == min(key for key in keys if key is not None)


def test_parts_of_a_divided_area_show_the_edge_where_the_whole_showed_it(register: Register) -> None:
    """Drawn anew, the edge that stayed would be seen twice, and a third part of it a third time."""
    whole = shapely.box(17.0, 44.0, 17.02, 44.01)
    record_id = record(register, whole)
    before = shown(register, record_id)
    with register.batch(by="Ana", why="survey", source="synthetic") as batch:
        west, _ = batch.divide(
            record_id, [shapely.box(17.0, 44.0, 17.01, 44.01), shapely.box(17.01, 44.0, 17.02, 44.01)]
        )
    across = shapely.LineString([(16.97, 44.004), (17.005, 44.004)])
    assert shown(register, west).intersection(across).bounds[0] == pytest.approx(
        before.intersection(across).bounds[0], abs=5e-5
    )


def test_partner_sees_the_same_coarse_outline_as_the_public(register: Register) -> None:
    record_id = record(register, BELT, Visibility.RESTRICTED)
    partner = register.as_of(viewer=PARTNER).records[0].geometry
    assert partner.equals_exact(shown(register, record_id), 0.0)


def test_secret_is_in_no_event_and_no_export(register: Register, tmp_path: Path) -> None:
    from merestone.bulk.pack import pack_snapshot
    from merestone.exchange import publish_layer

    record(register, BELT, true_from=date(2020, 1, 1))
    key = register.outline_key()
    assert key is not None
    forms = (key, key.hex().encode(), key.hex().upper().encode())
    snapshot = register.as_of(viewer=PUBLIC)
    for ending in ("geojson", "gpkg", "kml", "csv", "fgb", "parquet"):
        publish_layer(snapshot, tmp_path / f"out.{ending}")
    pack_snapshot(snapshot, tmp_path / "out.pack")
    for path in tmp_path.glob("out.*"):
        content = path.read_bytes()
        assert not any(form in content for form in forms), path
    assert not any(form.decode("latin-1") in str(event.body) for event in register.events() for form in forms)


def released(register: Register, outline: BaseGeometry, record_id: str | None = None) -> str:
    entry = Entry(RecordKind.CLEARED, outline, 5.0, visibility=Visibility.PUBLIC)
    with register.batch(by="Ana", why="survey", source="synthetic") as batch:
        if record_id is None:
            return batch.record(entry)
        batch.revise(record_id, entry)
        return record_id


def test_released_land_has_one_outline_within_it_for_its_whole_life(register: Register) -> None:
    """2026-11-28: it was shown as the cells of a known grid, from which its edge could be told."""
    field = shapely.box(17.0, 44.0, 17.02, 44.01)
    record_id = released(register, field)
    before, known = shown(register, record_id), register.head().recorded_at
    assert field.covers(before)
    assert before.area > 0.3 * field.area
    released(register, translate(field, 0.00003, 0.0), record_id)
    assert shown(register, record_id).equals_exact(before, 0.0), "a survey 2 m off moves nothing"
    smaller = shapely.box(17.0, 44.0, 17.012, 44.01)
    released(register, smaller, record_id)
    after = shown(register, record_id)
    assert smaller.covers(after)
    assert after.bounds[0] == pytest.approx(before.bounds[0], abs=5e-5), "the edge that stayed is shown where it was"
    assert shown(register, record_id, known_on=known).equals_exact(before, 0.0)
    other = released(register, field)
    assert not shown(register, other).equals(before)


def test_released_land_of_which_nothing_may_be_shown_is_counted(register: Register) -> None:
    """2026-11-28, review of the web, A8: of 8,215 pieces of released land, eight were said to be hidden."""
    with register.batch(by="Ana", why="survey", source="synthetic") as batch:
        for number in range(5):
            place = shapely.box(17.0 + number, 44.0, 17.0005 + number, 44.0005)
            batch.record(Entry(RecordKind.CLEARED, place, 1.0, visibility=Visibility.PUBLIC))
    found = register.as_of(viewer=PUBLIC)
    assert (found.withheld_count, len(found.records)) == (5, 0)
    assert register.as_of().withheld_count == 0
