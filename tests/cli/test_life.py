"""Moving an area through its life and merging copies, as a person at a terminal does it."""

import io
import json
import shutil
from importlib.resources import files
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from shapely import box

from merestone.cli.main import main, merestone
from merestone.register import Entry, Register, Sheet
from merestone.register.sidecars.attachment_store import AttachmentStore
from merestone.register.sidecars.personal_store import PersonalStore, new_key
from merestone.terms import RecordKind


def run(*arguments: str) -> Result:
    return CliRunner().invoke(merestone, list(arguments), catch_exceptions=False)


@pytest.fixture
def areas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """A register with one suspected area, and a finding that supports more."""
    monkeypatch.chdir(tmp_path)
    with Register.create("areas.gpkg") as register, register.batch(by="a", why="w", source="s") as batch:
        area = batch.record(Entry(RecordKind.SUSPECTED, box(0, 0, 0.01, 0.01)))
        about = {"local_id": "E1", "finding": "seen_ordnance", "hazardous_area": area}
        return area, batch.record(Sheet("evidence", about))


def test_area_tells_where_it_stands_and_what_may_follow(areas: tuple[str, str]) -> None:
    told = run("move", "areas.gpkg", areas[0]).output
    assert f"{areas[0]}: sha" in told
    assert "advises CHA" in told
    assert "cha (by NTS), with evidence" in told
    answer = json.loads(run("move", "areas.gpkg", areas[0], "--json").output)
    assert {"state": "in_work", "needs_evidence": False} in answer["may_follow"]


def test_area_is_moved_with_evidence_and_not_without(areas: tuple[str, str]) -> None:
    why = ["--why", "a mine was seen", "--source", "team 3"]
    with pytest.raises(SystemExit) as left:
        main(["move", "areas.gpkg", areas[0], "cha", *why])
    assert left.value.code != 0
    assert "cha, version 2" in run("move", "areas.gpkg", areas[0], "cha", *why, "--evidence", areas[1]).output
    assert json.loads(run("move", "areas.gpkg", areas[0], "--json").output)["status"] == "cha"
    assert run("move", "areas.gpkg", areas[0], "in_work").exit_code == 2, "no reason was given"


def test_copies_are_merged_and_what_was_changed_apart_is_listed(areas: tuple[str, str]) -> None:
    shutil.copy("areas.gpkg", "tablet.gpkg")
    for name, outline in (("areas.gpkg", box(0, 0, 1, 1)), ("tablet.gpkg", box(2, 0, 3, 1))):
        with Register.open(name) as register, register.batch(by=name, why="w", source="s") as batch:
            batch.revise(areas[0], Entry(RecordKind.SUSPECTED, outline))
    answer = run("merge", "areas.gpkg", "tablet.gpkg", "-o", "merged.gpkg", "--why", "back", "--json")
    assert [conflict["record_id"] for conflict in json.loads(answer.output)["conflicts"]] == [areas[0]]
    assert json.loads(run("conflicts", "merged.gpkg", "--json").output) == {
        "conflicts": [areas[0]],
        "table_conflicts": [],
    }
    assert "waiting for a decision: 1" in run("conflicts", "merged.gpkg").output
    assert run("verify", "merged.gpkg").exit_code == 0
    told = run("merge", "tablet.gpkg", "areas.gpkg", "-o", "again.gpkg", "--why", "back").output
    assert f"conflict: {areas[0]}" in told


def test_table_that_copies_set_apart_is_listed_until_it_is_set_anew(areas: tuple[str, str]) -> None:
    shutil.copy("areas.gpkg", "tablet.gpkg")
    table = (files("merestone.register.programme") / "approval.yaml").read_text(encoding="utf-8")
    for name in ("areas", "tablet"):
        with Register.open(f"{name}.gpkg") as register, register.batch(by=name, why="board", source="s") as batch:
            batch.configure("approval", f"{table}# {name}\n")
    told = run("merge", "areas.gpkg", "tablet.gpkg", "-o", "merged.gpkg", "--why", "back").output
    assert "table approval: conflict; that of tablet, " in told
    answer = json.loads(run("merge", "tablet.gpkg", "areas.gpkg", "-o", "back.gpkg", "--why", "back", "--json").output)
    listed = json.loads(run("conflicts", "merged.gpkg", "--json").output)
    assert listed == {"conflicts": [], "table_conflicts": answer["table_conflicts"]}
    (conflict,) = listed["table_conflicts"]
    assert [(side["by"], side["value"]) for side in conflict["sides"]] == [
        ("areas", f"{table}# areas\n"),
        ("tablet", f"{table}# tablet\n"),
    ]
    assert conflict["holds"] == conflict["sides"][1]["event_id"]
    told = run("conflicts", "merged.gpkg").output
    assert "waiting for a decision: 1" in told
    assert "areas, " in told
    with Register.open("merged.gpkg") as register, register.batch(by="chief", why="both read", source="s") as batch:
        batch.configure("approval", table)
    assert json.loads(run("conflicts", "merged.gpkg", "--json").output)["table_conflicts"] == []


def test_merge_tells_what_came_and_what_was_erased_but_nothing_of_anybody(areas: tuple[str, str]) -> None:
    key = new_key()
    Path("key").write_text(f"{key}\n")
    with PersonalStore.open("areas.personal.db", key) as store:
        gone, stays = (store.keep({"full_name": f"Unforgettable {number}"}).reference for number in range(2))
    for suffix in ("gpkg", "personal.db"):
        shutil.copy(f"areas.{suffix}", f"tablet.{suffix}")
    with PersonalStore.open("tablet.personal.db", key) as store:
        store.erase(gone, why="Unforgettable asked for it")
    kept = AttachmentStore("tablet.attachments").keep(io.BytesIO(b"a photograph"))
    bad = AttachmentStore("areas.attachments").keep(io.BytesIO(b"a map"))
    AttachmentStore("areas.attachments").path_of(bad.sha256).write_bytes(b"half")
    names = ["areas.gpkg", "tablet.gpkg", "--why", "back"]
    told = run("merge", *names, "-o", "merged.gpkg").output
    assert "tablet.gpkg alone: events 0, attachments 1, personal entries 0\n" in told
    assert "attachments 1, personal entries 1, erasures carried out 1\n" in told
    assert "areas.gpkg: still holds what was erased elsewhere: 1;" in told
    assert f"damaged: {bad.sha256} in areas.attachments: not taken" in told
    answer = run("merge", *names, "-o", "again.gpkg", "--key-file", "key", "--json").output
    assert json.loads(answer)["personal"] == {
        "total": 1,
        "added": {"areas.gpkg": 0, "tablet.gpkg": 0},
        "erased": 1,
        "erasures_carried_out": 1,
        "still_held": {"areas.gpkg": 1, "tablet.gpkg": 0},
        "damaged": [],
        "under_older_keys": 0,
        "are_checked": True,
    }
    assert "Unforgettable" not in told + answer
    assert key not in told + answer
    with PersonalStore.open("again.personal.db", key) as store:
        assert store.read(stays) == {"full_name": "Unforgettable 1"}
    assert AttachmentStore("again.attachments").read(kept.sha256) == b"a photograph"
    with pytest.raises(SystemExit) as left:
        main(["merge", *names, "-o", "third.gpkg", "--largest-mib", "0"])
    assert left.value.code == 2
