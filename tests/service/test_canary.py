"""No word that somebody wrote of a record reaches the public, in any page, feature, export, pack, report or error.

A register is filled with canary words in every field of every kind: restricted and public, revised, withdrawn, drafted,
attached, imported, quarantined. Then every public output is made, and each is searched for any of them.
"""

import json
import re
import shutil
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyogrio
import pytest
import shapely
from click.testing import CliRunner
from fastapi.routing import APIRoute
from shapely.geometry.base import BaseGeometry
from starlette.testclient import TestClient

from merestone.cli.main import merestone
from merestone.exchange import import_file
from merestone.exchange.formats import known_formats
from merestone.exchange.reports import REPORTS
from merestone.register import PUBLIC, Actor, Entry, Register, Role
from merestone.register.attached import attach
from merestone.register.attachment import AttachmentStore
from merestone.register.kind import FieldType, kinds
from merestone.service import create_app
from merestone.terms import RecordKind, Visibility

CANARY = re.compile(rb"canary", re.IGNORECASE)
BY, WHY = "canary-writer", "canary-why"


def canaries(kind: str, mark: str) -> dict[str, Any]:
    """A word in every field of a kind that takes free text."""
    texts = [field for field in kinds()[kind].fields if field.type is FieldType.TEXT and not field.personal]
    return {field.name: f"canary-{field.name}-{mark}" for field in texts if not field.pattern and not field.choices}


def outline(kind: RecordKind, number: int) -> BaseGeometry:
    place = shapely.Point(17.0 + 0.1 * number, 44.0 + 0.1 * list(RecordKind).index(kind))
    is_area = "polygon" in next(one for one in kinds().values() if kind in one.layers).geometry
    return shapely.box(place.x, place.y, place.x + 0.02, place.y + 0.02) if is_area else place


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("walk")
    path = folder / "areas.gpkg"
    with Register.create(path, label="synthetic") as register:
        written = []
        for number, visibility in enumerate(Visibility):
            with register.batch(source="canary-source", file_name="canary-file.csv", by=BY, why=WHY) as batch:
                for kind in RecordKind:
                    name = next(name for name, one in kinds().items() if kind in one.layers)
                    attributes = canaries(name, str(visibility))
                    entry = Entry(kind, outline(kind, number), 5.0, attributes, visibility=visibility)
                    written.append((batch.record(entry), entry))
                batch.quarantine(7, '{"name": "canary-raw"}', ["canary-reason"])
        with register.batch(source="canary-source-revised", by=BY, why=WHY) as batch:
            for record_id, entry in written[::2]:
                if entry.kind in {RecordKind.SUSPECTED, RecordKind.ACCIDENT, RecordKind.RESTRICTED}:
                    batch.revise(record_id, entry)
            batch.withdraw(written[1][0])
        shot = folder / "canary-photograph.jpg"
        shot.write_bytes(b"canary-pixels")
        for record_id, _ in (written[0], written[-1]):
            attach(register, AttachmentStore.beside(path), record_id, shot, source="canary-camera", by=BY, why=WHY)
        desk = register.desk(Actor("canary-author", "canary-organisation", "canary-hub", frozenset(Role)))
        for visibility in Visibility:
            entry = Entry(RecordKind.SUSPECTED, outline(RecordKind.SUSPECTED, 9), visibility=visibility)
            desk.draft(entry, why="canary-draft", source="canary-draft-source")
        table = folder / "canary-import.csv"
        table.write_text("lon,lat,name\n18.0,43.0,canary-row\nx,y,canary-bad\n", encoding="utf-8")
        import_file(
            register,
            table,
            kind=RecordKind.SUSPECTED,
            accuracy_m=5.0,
            source="canary-import-source",
            by="canary-importer",
        )
    return path


def contents(path: Path) -> Iterator[bytes]:
    """A file's bytes, and what is compressed in it."""
    raw = path.read_bytes()
    yield raw
    if path.suffix == ".parquet":
        yield repr(pyogrio.read_dataframe(path).to_dict()).encode() if "Parquet" in pyogrio.list_drivers() else b""
        import pyarrow.parquet

        table = pyarrow.parquet.read_table(path)
        yield repr(table.drop_columns([table.schema.names[-1]]).to_pylist()).encode() + repr(table.schema).encode()
    for stream in re.finditer(rb"stream\r?\n(.*?)endstream", raw, re.DOTALL):  # PDF
        try:
            yield zlib.decompress(stream[1])
        except zlib.error:
            continue


def refuse(content: bytes, where: str) -> None:
    found = CANARY.search(content)
    assert found is None, f"{where}: ...{content[max(0, found.start() - 80) : found.end() + 40]!r}"


def test_no_page_or_answer_of_the_service_says_a_word(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    app = create_app(path)
    client = TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False)
    with Register.open(path, read_only=True) as register:
        ids = sorted({event.record_id for event in register.events() if event.record_id is not None})
        drafts = [str(event.body["draft"]) for event in register.events() if "draft" in event.body]
        documents = [sheet.attributes["sha256"] for sheet in register.sheets("attachment")]
    routes = [route for router in app.routes for route in getattr(router, "original_router", app.router).routes]
    paths = {route.path for route in routes if isinstance(route, APIRoute) and "GET" in (route.methods or ())}
    assert len(paths) > 20
    asked = 0
    for template in sorted(paths):
        for value in [*ids, *drafts, "suspected", "ap2", "BIH"] if "{" in template else [""]:
            at = re.sub(r"\{sha256[^}]*\}", documents[0], template)
            at = re.sub(r"\{[^}]*\}", value, at)
            for query in ("", "?known_on=2099-01-01"):
                answer = client.get(at + query, follow_redirects=False)
                refuse(answer.content + repr(answer.headers).encode(), at + query)
                asked += 1
    for query in ("?position=44.01,17.01&accuracy_m=10", "?position=canary", "?lon=17.01&lat=44.01&accuracy_m=10"):
        for at in ("/check", "/check.json"):
            if "canary" not in query:
                refuse(client.get(at + query).content, at + query)
    for kind in RecordKind:
        refuse(client.get(f"/ogc/collections/{kind}/items?limit=1000").content, str(kind))
    refuse(caplog.text.encode(), "the log")
    assert asked > 100


def test_no_export_says_a_word(path: Path, tmp_path: Path) -> None:
    endings = [known.suffixes[0] for known in known_formats().values() if known.writes]
    assert len(endings) >= 5
    for ending in endings:
        for layer in ("suspected", "restricted", "accident", "cleared"):
            target = tmp_path / f"{layer}{ending}"
            ran = CliRunner().invoke(merestone, ["export", str(path), "--layer", layer, "-o", str(target)])
            assert ran.exit_code == 0, ran.output
            refuse(ran.output.encode(), f"export {layer}{ending}, what is printed")
            for content in contents(target):
                refuse(content, target.name)


def test_programme_chooses_what_stands_for_the_source(path: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copy(path, tmp_path / "copy.gpkg"))
    words = ["public", str(copy), "--source", "Mine Action Centre", "--survey-year"]
    assert CliRunner().invoke(merestone, words).exit_code == 0
    assert "Mine Action Centre, and the year" in CliRunner().invoke(merestone, ["public", str(copy)]).output
    with Register.open(copy, read_only=True) as register:
        assert {one.source for one in register.as_of(viewer=PUBLIC).records} == {"Mine Action Centre"}
        assert register.verify().is_sound
    with Register.open(path, read_only=True) as register:
        assert {one.source for one in register.as_of(viewer=PUBLIC).records} == {
            "the programme that keeps this register"
        }


@pytest.mark.parametrize(
    "command",
    [
        ["pack", "PATH", "-o", "OUT.pack"],
        ["brief", "PATH", "-o", "OUT.html"],
        *(["report", name, "PATH", "--period", "2026", "--tier", "public", "-o", f"OUT.{ending}"]
          for name in REPORTS for ending in ("html",)),
        ["screen", "PATH", "--lon", "17.01", "--lat", "44.01", "--accuracy-m", "10", "--tier", "public", "--json"],
    ],
    ids=lambda command: " ".join(command[:2]),
)  # fmt: skip
def test_no_other_public_output_says_a_word(path: Path, tmp_path: Path, command: list[str]) -> None:
    words = [word.replace("PATH", str(path)).replace("OUT", str(tmp_path / "out")) for word in command]
    ran = CliRunner().invoke(merestone, words)
    assert not isinstance(ran.exception, (TypeError, AttributeError, KeyError)), ran.output
    output = ran.output.replace(str(path.parent), "").replace(str(tmp_path), "")
    refuse(output.encode(), "what is printed")
    for target in tmp_path.glob("out.*"):
        for content in contents(target):
            refuse(content.replace(str(path.parent).encode(), b""), target.name)


def test_every_word_is_there_for_the_holder(path: Path) -> None:
    """Else the walk above would find nothing because nothing was written."""
    with Register.open(path, read_only=True) as register:
        records = register.as_of().records
    assert all("canary" in record.source for record in records)
    assert all("canary" in json.dumps(dict(record.attributes)) for record in records)
