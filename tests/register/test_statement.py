"""Reading many bodies together gives what reading each plainly gives: on random bodies, and on random histories."""

import json
import shutil
import tempfile
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import Point, box
from shapely.geometry.base import BaseGeometry

from merestone.register import PARTNER, PUBLIC, Entry, Recall, Record, Register, Viewer
from merestone.register.events.decoding import Attributes, record_of, records_of
from merestone.register.events.event import Change, canonical
from merestone.register.events.record_timeline import Word, holding_on
from merestone.register.query import as_of
from merestone.terms import RecordKind, Visibility
from tests.register.conftest import Clock

DAYS = st.none() | st.dates(date(2000, 1, 1), date(2025, 12, 31))
# Texts that look like parts of a body, whole or cut, are what could mislead somebody who cuts bodies up.
TRAPS = [
    '"',
    "\\",
    '},"',
    ',"batch":"',
    '"geometry":"',
    ',"record":"',
    '"row":',
    '","recorded_at":"',
    "null",
    "{",
    "\n",
]
WORDS = st.text(max_size=6) | st.lists(st.sampled_from(TRAPS), max_size=4).map("".join)
NAMES = st.sampled_from(["batch", "geometry", "record", "row", "visibility", "attributes", "n"]) | WORDS
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
HEX = "0123456789abcdef"
ACCURACIES = st.none() | st.sampled_from([0.0, 25.0, 1e20, 5e-324]) | st.floats(0, 1e6)


@st.composite
def bodies(draw: st.DrawFn) -> dict[str, Any]:
    body: dict[str, Any] = {
        "accuracy_m": draw(ACCURACIES),
        "attributes": draw(st.dictionaries(NAMES, VALUES, max_size=4)),
        "batch": draw(st.text(HEX, min_size=16, max_size=16) | WORDS),
        "by": draw(WORDS),
        "change": draw(st.sampled_from(["recorded", "revised", "conflicted"])),
        "data_on": draw(st.none() | st.just("2026-01-02")),
        "geometry": draw(st.text(HEX, min_size=64, max_size=64) | WORDS),
        "kind": draw(st.sampled_from([kind.value for kind in RecordKind])),
        "parent": draw(st.none() | st.text(HEX, min_size=64, max_size=64) | WORDS),
        "record": draw(st.just("7F3K-2M6Q-4TXB") | WORDS),
        "recorded_at": draw(st.sampled_from(["2026-11-23T07:11:29.123Z", "2026-11-23T07:11:29Z"])),
        "row": draw(st.none() | st.integers(1, 10**6)),
        "source": draw(WORDS),
        "true_from": draw(st.none() | st.just("2001-02-03")),
        "true_until": draw(st.none() | st.just("2011-02-03")),
        "v": 1,
        "visibility": draw(st.sampled_from([visibility.value for visibility in Visibility])),
        "why": draw(WORDS),
    }
    more = {
        "status": st.sampled_from(["sha", "in_work"]),
        "evidence": st.lists(WORDS, max_size=2),
        "parents": st.lists(st.text(HEX, min_size=64, max_size=64), max_size=2),
        "step": st.fixed_dictionaries({"from": WORDS, "activity": st.none() | WORDS, "advised": st.none() | WORDS}),
        "zone": VALUES,
        "area": VALUES,
        "author": VALUES,
    }
    for name in draw(st.sets(st.sampled_from(sorted(more)), max_size=3)):
        body[name] = draw(more[name])
    return body


def plainly(
    record_ids: Sequence[str], texts: Sequence[str], outlines: Sequence[BaseGeometry], *, versions: Any, label: str
) -> list[Record]:
    return [
        record_of(json.loads(text), outline, version=versions.get(record_id, 1), label=label)
        for record_id, text, outline in zip(record_ids, texts, outlines, strict=True)
    ]


@given(st.lists(bodies(), max_size=4), st.booleans(), st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_bodies_read_together_state_what_each_states(
    told: list[dict[str, Any]], is_canonical: bool, chance: Any
) -> None:
    texts = []
    for body in told:
        keys = list(body)
        chance.shuffle(keys)
        texts.append(canonical(body).decode() if is_canonical else json.dumps({key: body[key] for key in keys}))
    ids, outlines = [body["record"] for body in told], [Point(n, 0) for n in range(len(told))]
    versions = {"7F3K-2M6Q-4TXB": 3}
    found = records_of(ids, texts, outlines, versions=versions, label="synthetic")
    assert found == plainly(ids, texts, outlines, versions=versions, label="synthetic")
    assert [repr(record.attributes) for record in found] == [
        repr(body["attributes"]) for body in map(json.loads, texts)
    ]


def test_the_registers_own_bodies_are_not_parsed_one_by_one(register: Register) -> None:
    with register.batch(by="a", why="w", source="s") as batch:
        area = batch.record(Entry(RecordKind.SUSPECTED, box(0, 0, 1, 1), 5.0, {"n": "é"}, row=1))
        batch.record(Entry(RecordKind.ACCIDENT, Point(0, 0)))
        batch.revise(area, Entry(RecordKind.CONFIRMED, box(0, 0, 1, 2), evidence=(area,), status="cha"))
    assert [type(record.attributes) for record in register.as_of().records] == [Attributes, Attributes]


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    first, second = draw(DAYS), draw(DAYS)
    if first is not None and second is not None and second <= first:
        first, second = second, first + timedelta(days=1)
    west, width = draw(st.integers(-90, 90)), draw(st.integers(1, 9))
    return Entry(
        draw(st.sampled_from(list(RecordKind))),
        box(west, 0, west + 0.1 * width, 0.1),
        draw(ACCURACIES),
        draw(st.dictionaries(NAMES, VALUES, max_size=3)),
        first,
        second,
        draw(st.sampled_from(list(Visibility))),
        draw(st.none() | WORDS.filter(str.strip)),
        draw(st.none() | st.integers(1, 99)),
        draw(st.none() | st.just("in_work")),
        draw(st.just(()) | st.just(("7F3K-2M6Q-4TXB",))),
    )


STEPS = st.lists(
    st.tuples(st.just("record"), entries(), st.just(0))
    | st.tuples(st.just("revise"), entries(), st.integers(0, 9))
    | st.tuples(st.just("withdraw"), DAYS, st.integers(0, 9)),
    min_size=1,
    max_size=10,
)


def plain_answer(register: Register, day: date, known_at: datetime | None) -> list[Record]:
    """The fold of all events, one after the other, with no index, no SQL and no reading of many together."""
    known = [one for one in register.events() if known_at is None or one.recorded_at <= known_at]
    lives: dict[str, dict[int, Any]] = {}
    for event in known:
        if event.record_id is not None:
            lives.setdefault(event.record_id, {})[event.seq] = event
    found = {}
    for life in lives.values():
        words = [
            Word(seq, one.change is Change.WITHDRAWN, one.body["true_from"], one.body["true_until"])
            for seq, one in life.items()
        ]
        word = holding_on(words, day.isoformat())
        if word is not None:
            event = life[word.seq]
            found[word.seq] = record_of(event.body, event.geometry, version=len(life), label=register.label)
    return [found[seq] for seq in sorted(found)]


def _answers_plainly(blank_register: Path, steps: list[tuple[str, Any, int]], day: date, back: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(shutil.copy(blank_register, Path(folder) / "r.gpkg"))
        with Register.open(path, clock=Clock(datetime(2026, 1, 1, tzinfo=UTC))) as register:
            ids: list[str] = []
            instants: list[datetime | None] = [None]
            recall = Recall(most=4 if back % 3 == 0 else 1000)
            for what, told, which in steps:
                with register.batch(by="a", why="w", source="s") as batch:
                    if what == "record" or not ids:
                        entry = told if isinstance(told, Entry) else Entry(RecordKind.SUSPECTED, box(0, 0, 1, 1))
                        ids.append(batch.record(entry))
                    elif what == "revise":
                        batch.revise(ids[which % len(ids)], told)
                    else:
                        batch.withdraw(ids[which % len(ids)], true_from=told)
                instants.append(register.head().recorded_at)
                if len(instants) % 3 == 0:
                    assert register.as_of(day, recall=recall) == register.as_of(day)
            known_at = instants[back % len(instants)]
            expected = plain_answer(register, day, known_at)
            assert list(register.as_of(day, known_at).records) == expected
            assert list(register.as_of(day, known_at, recall=recall).records) == expected
            for viewer in (PARTNER, PUBLIC):
                expected_seen = seen_plainly(register, day, known_at, viewer)
                assert seen(register, day, known_at, viewer) == expected_seen
                for _ in range(2):
                    assert seen(register, day, known_at, viewer, recall) == expected_seen


QUIET = list(HealthCheck)
ASKED = (st.dates(date(1999, 1, 1), date(2027, 1, 1)), st.integers(0, 10))


@given(STEPS, *ASKED)
@settings(max_examples=8, deadline=None, suppress_health_check=QUIET)
def test_random_histories_answer_as_the_plain_way_does(
    blank_register: Path, steps: list[tuple[str, Any, int]], day: date, back: int
) -> None:
    _answers_plainly(blank_register, steps, day, back)


@pytest.mark.slow
@given(STEPS, *ASKED)
@settings(max_examples=300, deadline=None, suppress_health_check=QUIET)
def test_many_random_histories_answer_as_the_plain_way_does(
    blank_register: Path, steps: list[tuple[str, Any, int]], day: date, back: int
) -> None:
    _answers_plainly(blank_register, steps, day, back)


def coarse(outline: BaseGeometry, by_m: float) -> BaseGeometry:
    return box(*outline.buffer(by_m / 100_000).bounds)


def seen(
    register: Register, day: date, known_at: datetime | None, viewer: Viewer, recall: Recall | None = None
) -> tuple[Record, ...]:
    return register.as_of(day, known_at, viewer, outward=coarse, recall=recall).records


def seen_plainly(register: Register, day: date, known_at: datetime | None, viewer: Viewer) -> tuple[Record, ...]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(as_of, "records_of", plainly)
        return seen(register, day, known_at, viewer)


def test_recall_forgets_a_history_that_is_not_the_files(register_path: Path, tmp_path: Path) -> None:
    """A copy that went on otherwise takes the file's place: same places in the chain, other words."""
    other_path = Path(shutil.copy(register_path, tmp_path / "other.gpkg"))
    recall = Recall()
    shown = []
    for path, name in ((register_path, "one"), (other_path, "two")):
        with Register.open(path) as register, register.batch(by="a", why="w", source="s") as batch:
            batch.record(Entry(RecordKind.SUSPECTED, box(0, 0, 1, 1), 5.0, {"name": name}))
    for path in (register_path, other_path, register_path):
        with Register.open(path, read_only=True) as register:
            shown.append([record.attributes["name"] for record in register.as_of(recall=recall).records])
    assert shown == [["one"], ["two"], ["one"]]


def test_recall_hides_the_past_of_what_is_restricted_later(register: Register, clock: Clock) -> None:
    recall = Recall()
    with register.batch(by="a", why="w", source="s") as batch:
        area = batch.record(Entry(RecordKind.SUSPECTED, box(0, 0, 1, 1), visibility=Visibility.PUBLIC))
    known_at = register.head().recorded_at
    day = clock.at.date()
    before = register.as_of(day, known_at, PUBLIC, recall=recall).records[0].geometry
    with register.batch(by="a", why="w", source="s") as batch:
        batch.revise(area, Entry(RecordKind.SUSPECTED, box(5, 0, 6, 1), visibility=Visibility.RESTRICTED))
    after = register.as_of(day, known_at, PUBLIC, recall=recall).records[0].geometry
    assert before.contains(box(0, 0, 1, 1))
    assert after.contains(box(5, 0, 6, 1))
    assert not after.intersects(box(0, 0, 1, 1))
