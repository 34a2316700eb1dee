"""Mistakes put right at the desk: by whoever publishes for the programme, with why and on whose word, and nothing lost.

2026-11-28, a reviewer in the role of an information manager: what was imported wrongly could be put right by command
alone, so whoever worked at the desk could not.
"""

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import shapely

from merestone.exchange import import_file
from merestone.register import Entry, Register, merge
from merestone.register.query.quarantine import BY_A_PERSON
from merestone.service.correction_pages import OUTCOMES, PAGE
from merestone.terms import RecordKind
from tests.register.test_public_changes import PUBLIC_WORDS
from tests.service.test_desk_pages import PEOPLE, Desk

CSV = "local_id,lat,lon\nA-1,0.1,0.2\nA-2,0.3,\nA-3,,\n"
SAID = {"why": "the wrong file", "source": "operations"}
DECIDED = "the wrong file (on the word of: operations)"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A register with one import: a record, and two rows in quarantine."""
    made = Desk(tmp_path)
    (tmp_path / "events.csv").write_text(CSV)
    with Register.open(made.path) as register:
        import_file(register, tmp_path / "events.csv", kind=RecordKind.ACCIDENT, source="s", accuracy_m=5.0, by="x")
    return made


def read(desk: Desk) -> Register:
    return Register.open(desk.path, read_only=True)


def done(desk: Desk, what: str, **form: str) -> str:
    """Post a correction as the publisher; the words of the page after it."""
    answer = desk.post("diana", f"{PAGE}/{what}", **{**SAID, **form})
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"] == PAGE
    return str(desk.at("diana").get(PAGE).text)


def test_an_import_is_undone_and_can_come_again(desk: Desk, tmp_path: Path) -> None:
    with read(desk) as register:
        [taken] = register.imports()
    page = desk.at("diana").get(PAGE).text
    assert "1: events.csv, as accident" in page
    assert "Data of no stated day. Source: s." in page
    page = done(desk, "undo-import", **{"import": taken.batch_id})
    assert "The import is undone: 1 record withdrawn" in page
    assert "2 rows of quarantine settled" in page
    assert "by diana. The same file can be imported again." in page
    with Register.open(desk.path) as register:
        assert not register.as_of().records
        assert not register.quarantined()
        last = list(register.events())[-1]
        assert (last.by, last.why, last.source) == ("diana", "the wrong file", "operations")
        assert register.verify().is_sound
        again = import_file(
            register, tmp_path / "events.csv", kind=RecordKind.ACCIDENT, source="s", accuracy_m=5.0, by="x"
        )
        assert again.already is None


def test_an_import_on_which_others_built_is_undone_only_if_somebody_insists(desk: Desk) -> None:
    with Register.open(desk.path) as register:
        [record], [taken] = register.as_of().records, register.imports()
        with register.batch(by="y", why="measured", source="s") as batch:
            batch.revise(record.record_id, Entry(RecordKind.ACCIDENT, shapely.Point(0.2, 0.11), 2.0))
    form = {**SAID, "import": taken.batch_id, "form": f"undo-import {taken.batch_id}"}
    refused = desk.post("diana", f"{PAGE}/undo-import", **form)
    assert refused.status_code == 400
    page = refused.text
    assert f"{record.record_id} was revised by y" in page
    assert "the box that says so" in page
    assert f'name="why" required maxlength="1000" value="{SAID["why"]}"' in page, "what was typed is still there"
    with read(desk) as register:
        assert len(register.as_of().records) == 1
    assert "is undone" in done(desk, "undo-import", **{"import": taken.batch_id, "insist": "yes"})
    with read(desk) as register:
        assert not register.as_of().records


def test_rows_of_quarantine_are_settled_and_wait_again(desk: Desk) -> None:
    with read(desk) as register:
        first, second = register.quarantined()
        [record] = register.as_of().records
    done(desk, "settle", **{"row": first.event_id, "as": "without_place", "record": ""})
    done(desk, "settle", **{"row": second.event_id, "as": "taken_otherwise", "record": record.record_id.lower()})
    with read(desk) as register:
        assert register.as_of().quarantined_count == 0
        settled = {row.event_id: row.settled for row in register.quarantined(settled_too=True)}
    assert settled[second.event_id].record_id == record.record_id  # type: ignore[union-attr]
    page = done(desk, "settle", **{"row": first.event_id, "as": "reopened"})
    assert "events.csv, row 2" in page
    with read(desk) as register:
        assert [row.event_id for row in register.quarantined()] == [first.event_id]


def test_rows_of_a_file_that_wait_for_the_same_reasons_are_settled_together(desk: Desk, tmp_path: Path) -> None:
    """2026-11-29, a stranger: 3,094 rows without geometry were to be settled one by one, of which 200 were shown."""
    for name, text in (
        ("more.csv", "local_id,lat,lon\nB-1,,\nB-2,,\nB-3,91,0\nB-4,,\n"),
        ("other.csv", CSV + "A-4,,\n"),
    ):
        (tmp_path / name).write_text(text)
        with Register.open(desk.path) as register:
            import_file(
                register, tmp_path / name, kind=RecordKind.ACCIDENT, source="s", accuracy_m=5.0, by="x", again=True
            )
    with read(desk) as register:
        before = register.quarantined()
        [record, *_] = register.as_of().records
    mine = next(row for row in before if row.file_name == "more.csv" and row.row == 2)
    form = {**SAID, "row": mine.event_id, "as": "taken_otherwise", "record": record.record_id, "alike": "yes"}
    assert desk.post("diana", f"{PAGE}/settle", **form).status_code == 400
    page = done(desk, "settle", **{"row": mine.event_id, "as": "without_place", "record": "", "alike": "yes"})
    assert "3 rows are settled: its place cannot be found" in page
    with read(desk) as register:
        left = {(row.file_name, row.row) for row in register.quarantined()}
    gone = {(row.file_name, row.row) for row in before} - left
    assert gone == {("more.csv", 1), ("more.csv", 2), ("more.csv", 4)}


def test_a_record_is_withdrawn_and_its_past_stays(desk: Desk) -> None:
    with read(desk) as register:
        [record], before = register.as_of().records, register.head()
    done(desk, "withdraw", record=record.record_id)
    with read(desk) as register:
        assert not register.as_of().records
        assert len(register.history(record.record_id)) == 2
        assert register.as_of(date(2026, 11, 28), known_on=before.recorded_at).records


def test_a_record_that_was_withdrawn_by_mistake_is_put_back(desk: Desk) -> None:
    """2026-11-29, a stranger: the desk withdrew, and named a command to put back, which nobody at a desk can give."""
    with read(desk) as register:
        [record] = register.as_of().records
    form = {**SAID, "record": record.record_id.lower(), "form": "put-back"}
    refused = desk.post("diana", f"{PAGE}/put-back", **form)
    assert refused.status_code == 400
    assert "has no withdrawal to take back" in refused.text
    assert "puts it back" in done(desk, "withdraw", record=record.record_id)
    assert f"{record.record_id} holds again" in done(desk, "put-back", record=record.record_id.lower())
    with read(desk) as register:
        [again] = register.as_of().records
        assert again._replace(version=1, recorded_at=record.recorded_at) == record
        last = list(register.events())[-1]
        assert (last.by, last.why, last.source) == ("diana", DECIDED, "s"), "who surveyed it, and who decided"
        assert register.verify().is_sound


def test_a_conflict_of_merged_copies_is_decided(desk: Desk, tmp_path: Path) -> None:
    with read(desk) as register:
        [record] = register.as_of().records
    copy, merged = tmp_path / "copy.gpkg", tmp_path / "merged.gpkg"
    shutil.copy(desk.path, copy)
    for path, lon_deg in ((desk.path, 0.21), (copy, 0.25)):
        with Register.open(path) as register, register.batch(by=path.stem, why="seen", source="s") as batch:
            batch.configure("public", PUBLIC_WORDS % path.stem)
            batch.revise(record.record_id, Entry(RecordKind.ACCIDENT, shapely.Point(lon_deg, 0.1), 5.0))
    merge([desk.path, copy], merged, by="m", why="back")
    for part in desk.path.parent.glob("areas.gpkg*"):
        part.unlink()
    shutil.copy(merged, desk.path)
    page = desk.at("diana").get(PAGE).text
    assert f"{record.record_id}</a>: 2 sides" in page
    assert "table of public was set differently in the copies that were merged" in page
    assert "by areas," in page
    with read(desk) as register:
        chosen = next(side for side in register.sides(record.record_id) if side.by == "copy")
    assert "is decided" in done(desk, "resolve", record=record.record_id, side=chosen.event_id)
    with read(desk) as register:
        assert not register.conflicts()
        last = list(register.events())[-1]
        assert (last.by, last.why, last.source) == ("diana", DECIDED, "s"), "was lost: on whose word it was decided"
        assert register.as_of().records[0].geometry.equals(shapely.Point(0.25, 0.1))


POSTS: list[tuple[str, dict[str, str]]] = [
    ("undo-import", {"import": "0" * 16}),
    ("settle", {"row": "0" * 64, "as": "no_record"}),
    ("resolve", {"record": "AAAA-AAAA-AAAA", "side": "0" * 64}),
    ("withdraw", {"record": "AAAA-AAAA-AAAA"}),
    ("put-back", {"record": "AAAA-AAAA-AAAA"}),
]


@pytest.mark.parametrize(("what", "form"), POSTS, ids=[what for what, _ in POSTS])
def test_nobody_corrects_without_the_right_the_reason_and_a_form_of_their_own(
    desk: Desk, what: str, form: dict[str, str]
) -> None:
    with read(desk) as register:
        before = register.head()

    def refused(answer: Any, status: int) -> None:
        assert answer.status_code == status, answer.text
        with read(desk) as register:
            assert register.head() == before

    for name in PEOPLE:
        if name not in {"diana", "every"}:
            refused(desk.at(name).get(PAGE), 403)
            refused(desk.post(name, f"{PAGE}/{what}", **{**SAID, **form}), 403)
    for missing in SAID:
        refused(desk.post("diana", f"{PAGE}/{what}", **{**SAID, **form, missing: ""}), 400)
    at = desk.at("diana")
    refused(at.post(f"{PAGE}/{what}", data={**SAID, **form}), 403)
    refused(desk.browser().post(f"{PAGE}/{what}", data={**SAID, **form}), 401)
    refused(desk.browser().get(PAGE), 303)
    wrong = desk.post("diana", f"{PAGE}/{what}", **{**SAID, **form})
    refused(wrong, 404 if what in {"withdraw", "put-back"} else 400)


def test_every_decision_of_a_person_has_its_words_and_only_publishers_are_shown_the_way(desk: Desk) -> None:
    assert set(OUTCOMES) == set(BY_A_PERSON)
    assert PAGE in desk.at("diana").get("/desk").text
    assert PAGE not in desk.at("anna").get("/desk").text


def test_content_of_a_file_is_text_on_the_page(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("local_id,lat,lon\n<script>alert(1)</script>,,\n")
    with Register.open(desk.path) as register:
        import_file(register, tmp_path / "bad.csv", kind=RecordKind.ACCIDENT, source="<b>s</b>", accuracy_m=5.0, by="x")
    page = desk.at("diana").get(PAGE).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
    assert "<b>s</b>" not in page
