"""Attaching documents to records, as a person at a terminal does it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from shapely import box

from merestone.cli.main import main, merestone
from merestone.register import Entry, Register
from merestone.register.sidecars.attachment_store import AttachmentStore
from merestone.terms import RecordKind


def run(*arguments: str) -> Result:
    return CliRunner().invoke(merestone, list(arguments), catch_exceptions=False)


def refused(*arguments: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    assert isinstance(left.value.code, int)
    return left.value.code


@pytest.fixture
def area(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    Path("sketch.png").write_bytes(b"a sketch")
    with Register.create("areas.gpkg") as register, register.batch(by="a", why="w", source="s") as batch:
        return batch.record(Entry(RecordKind.SUSPECTED, box(0, 0, 0.01, 0.01)))


WHY = ("--why", "sketch of the fence", "--source", "team 3", "--by", "anna")


def test_file_goes_in_and_comes_out_the_same(area: str) -> None:
    added = json.loads(run("attach", "add", "areas.gpkg", area.lower(), "sketch.png", *WHY, "--json").output)
    assert added["record_ids"] == [area]
    told = run("attach", "list", "areas.gpkg", area).output
    for words in ("sketch.png: 8 bytes, image/png", added["sha256"], area, "anna", "attachments: 1"):
        assert words in told
    assert json.loads(run("attach", "list", "areas.gpkg", "--json").output) == {"attachments": [added]}
    assert "8 bytes, whole" in run("attach", "get", "areas.gpkg", added["sha256"], "-o", "out.png").output
    assert Path("out.png").read_bytes() == b"a sketch"
    Path("out.png").write_bytes(b"mine")
    assert refused("attach", "get", "areas.gpkg", added["sha256"], "-o", "out.png") == 3
    assert Path("out.png").read_bytes() == b"mine"
    assert run("attach", "get", "areas.gpkg", added["sha256"], "-o", "out.png", "--force").exit_code == 0
    assert Path("out.png").read_bytes() == b"a sketch"


def test_check_fails_on_a_damaged_and_on_a_missing_file(area: str) -> None:
    run("attach", "add", "areas.gpkg", area, "sketch.png", *WHY)
    assert run("attach", "check", "areas.gpkg").exit_code == 0
    store = AttachmentStore.beside("areas.gpkg")
    (name,) = store.names()
    store.path_of(name).write_bytes(b"another")
    found = run("attach", "check", "areas.gpkg")
    assert found.exit_code == 1
    assert "damaged: sketch.png" in found.output
    assert refused("attach", "get", "areas.gpkg", name, "-o", "out.png") == 1
    assert not Path("out.png").exists()
    store.path_of(name).unlink()
    found = run("attach", "check", "areas.gpkg", "--json")
    assert found.exit_code == 1
    assert [attachment["found"] for attachment in json.loads(found.output)["attachments"]] == ["missing"]


def test_too_large_a_file_changes_nothing(area: str) -> None:
    Path("film.mp4").write_bytes(bytes((1 << 20) + 1))
    assert refused("attach", "add", "areas.gpkg", area, "film.mp4", *WHY, "--largest-mib", "1") == 3
    assert refused("attach", "add", "areas.gpkg", area, "film.mp4", "--why", "w") == 2
    assert run("attach", "list", "areas.gpkg").output == "attachments: 0\n"
    assert run("attach", "add", "areas.gpkg", area, "film.mp4", *WHY, "--largest-mib", "2").exit_code == 0
