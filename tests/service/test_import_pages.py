"""A file imported at the desk: what it becomes is seen before anything is written, and only its sender sees it.

2026-11-28, asked for by reviewers: the desk had no import, so that an officer without a command line typed every area.
"""

import re
import subprocess
import sys
import time
from html import unescape
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient

from merestone.exchange.imports import preview_file
from merestone.register import Register
from merestone.register.sidecars.user_accounts import Accounts
from merestone.service import create_app
from merestone.service.import_jobs import ImportJobs
from merestone.service.uploads import plain_name
from merestone.terms import RecordKind
from tests.service.processes import own_port, process_of
from tests.service.test_desk_pages import PASSWORD, PEOPLE, Desk, csrf_of

TABLE = b"lon,lat,name\n18.0,43.0,by the mill\n18.1,43.1,bridge <b>\nx,y,nowhere\n"
SAID = {"kind": "spot_find", "source": "field office, May 2026", "accuracy_m": "25"}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def sent(desk: Desk, *, by: str = "diana", name: str = "spots.csv", content: bytes = TABLE, **more: str) -> Any:
    at = desk.at(by)
    said = {"csrf": csrf_of(at), **SAID, **more}
    return at.post("/desk/import", data=said, files={"file": (name, content, "text/csv")})


def records(desk: Desk) -> list[Any]:
    with Register.open(desk.path, read_only=True) as register:
        return list(register.as_of().records)


def test_a_file_is_looked_at_then_written_then_undone(desk: Desk, tmp_path: Path) -> None:
    answer = sent(desk)
    assert answer.status_code == 303
    here = answer.headers["location"]
    page = desk.at("diana").get(here).text
    assert records(desk) == [], "nothing is written before somebody agreed"
    assert re.search(r"Accepted</dt><dd[^>]*>2<.*Repaired</dt><dd[^>]*>0<.*To quarantine</dt><dd[^>]*>1<", page)
    (tmp_path / "spots.csv").write_bytes(TABLE)
    preview = preview_file(tmp_path / "spots.csv", kind=RecordKind.SPOT_FIND, accuracy_m=25.0).text()
    for line in preview.splitlines():
        assert line in unescape(page), "the same preview"
    assert desk.post("diana", f"{here}/write").status_code == 303
    assert "The records are in the register, and are warned of from now on" in desk.at("diana").get(here).text
    found = records(desk)
    assert [(one.kind, one.accuracy_m, one.source) for one in found] == [
        (RecordKind.SPOT_FIND, 25.0, "field office, May 2026")
    ] * 2
    with Register.open(desk.path, read_only=True) as register:
        (taken,) = register.imports()
        assert (taken.file_name, taken.by) == ("spots.csv", "diana")
        assert len(register.quarantined()) == 1
    assert desk.post("diana", f"{here}/write").status_code == 303, "sent twice, written once"
    assert len(records(desk)) == 2
    assert desk.post("diana", f"{here}/drop").status_code == 303
    assert desk.at("diana").get(here).status_code == 404
    undone = {"import": taken.batch_id, "why": "a mistake", "source": "office"}
    assert desk.post("diana", "/desk/corrections/undo-import", **undone).status_code == 303
    assert records(desk) == []


@pytest.mark.parametrize("person", [name for name in PEOPLE if name not in ("diana", "every")])
def test_only_who_publishes_imports(desk: Desk, person: str) -> None:
    assert desk.at(person).get("/desk/import").status_code == 403
    assert sent(desk, by=person).status_code == 403
    assert "/desk/import" not in desk.at(person).get("/desk").text
    assert records(desk) == []


def test_nobody_else_sees_or_writes_a_file_on_its_way(desk: Desk) -> None:
    here = sent(desk).headers["location"]
    assert desk.at("every").get(here).status_code == 404
    assert desk.post("every", f"{here}/write").status_code == 404
    assert desk.browser().get(here).headers["location"].startswith("/sign-in")
    assert desk.browser().post(f"{here}/write", data={"csrf": "x"}).status_code in (401, 403)
    assert records(desk) == []


def test_what_was_said_of_a_file_comes_back_where_it_is_refused(desk: Desk) -> None:
    for more, words in (
        ({"accuracy_m": ""}, "give metres, or state that it is unknown"),
        ({"accuracy_m": "near"}, "is not a distance"),
        ({"accuracy_m": "inf"}, "is not a distance"),
        ({"kind": "mines"}, "say what the rows are"),
        ({"source": "  "}, "is empty"),
        ({"visibility": "secret"}, "is not a level"),
        ({"true_on": "yesterday"}, "true_on"),
    ):
        answer = sent(desk, by="diana", name="spots.csv", content=TABLE, **more)
        assert answer.status_code == 400, more
        assert words in answer.text
        if "source" not in more:
            assert "field office, May 2026" in answer.text, "what was typed stands in the form"
    at = desk.at("diana")
    nothing = at.post("/desk/import", data={"csrf": csrf_of(at), **SAID}, files={"x": ("", b"")})
    assert nothing.status_code == 400
    assert "no file was chosen" in nothing.text
    foreign = at.post("/desk/import", data={**SAID, "csrf": "x"}, files={"file": ("a.csv", TABLE)})
    assert foreign.status_code == 403


def test_a_file_that_cannot_be_read_is_refused_in_words_without_a_path(desk: Desk) -> None:
    here = sent(desk, name="../../evil.pdf", content=b"%PDF-1.7 nothing").headers["location"]
    page = desk.at("diana").get(here).text
    assert "It cannot be imported like this." in page
    assert "evil.pdf" in page
    assert "merestone-import-" not in page
    assert str(desk.path.parent) not in page
    assert desk.post("diana", f"{here}/write").status_code == 400
    assert records(desk) == []


def test_a_file_that_is_too_large_is_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    at, csrf = desk.at("diana"), csrf_of(desk.at("diana"))
    (route,) = [one for one in all_routes(desk) if one.path == "/desk/import" and "POST" in one.methods]
    assert route.endpoint.file_bytes_most == 50 * 1024 * 1024
    from merestone.service import posting

    monkeypatch.setattr(posting, "FORM_MOST", 1000)
    outside = desk.browser().post("/desk/import", data=SAID, files={"file": ("a.csv", b"x" * 3_000_000)})
    assert outside.status_code == 413, "nobody sends large files before they signed in"
    bad = at.post("/desk/import", content=b"--x\r\nbroken", headers={"content-type": "multipart/form-data"})
    assert bad.status_code == 400
    assert csrf


def all_routes(desk: Desk) -> list[Any]:
    from tests.service.routes import api_routes

    return api_routes(desk.app)


def test_uploads_do_not_pile_up(desk: Desk) -> None:
    places = [sent(desk, name=f"{number}.csv").headers["location"] for number in range(10)]
    assert desk.at("diana").get(places[0]).status_code == 404, "the oldest made room"
    assert desk.at("diana").get(places[-1]).status_code == 200


def test_a_name_leads_out_of_no_folder() -> None:
    names = ("../../x", "C:\\a\\b.csv", "a/b.csv", "..", "", "con\x00trol", "ü" * 200 + ".geojson", "a:b?.csv", " . ")
    for name in names:
        plain = plain_name(name)
        assert plain
        assert plain not in (".", "..")
        assert not set(plain) & set("/\\:?\x00")
        assert len(plain.encode()) < 200
    assert plain_name("ü" * 200 + ".geojson").endswith(".geojson")


def test_a_served_desk_imports_in_a_process_of_its_own(tmp_path: Path) -> None:
    """As people have it: pages that look again until it is done, and a check that warns afterwards."""
    path = tmp_path / "areas.gpkg"
    Register.create(path, label="synthetic").close()
    accounts = Accounts.beside(path)
    accounts.add(PEOPLE["diana"], PASSWORD)
    port = own_port()
    command = [sys.executable, "-m", "merestone", "serve", str(path), "--port", str(port), "--workers", "1"]
    with process_of(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert b"is served at" in process.stdout.readline()
        address = f"http://127.0.0.1:{port}"
        with httpx2.Client(base_url=address, timeout=60, headers={"accept": "text/html"}) as at:
            form = {"csrf": token_in(at.get("/sign-in").text), "name": "diana", "password": PASSWORD}
            assert at.post("/sign-in", data=form).status_code == 303
            csrf = token_in(at.get("/desk").text)
            form = {"csrf": csrf, **SAID, "visibility": "open"}
            here = at.post("/desk/import", data=form, files={"file": ("a.csv", TABLE)}).headers["location"]
            wait_for(at, here, "Import it")
            assert at.get("/check.json?lon=18&lat=43&accuracy_m=5").json()["class"] == "unknown"
            assert at.post(f"{here}/write", data={"csrf": csrf}).status_code == 303
            wait_for(at, here, "The records are in the register")
            assert len(at.get("/ogc/collections/spot_find/items").json()["features"]) == 2


def token_in(page: str) -> str:
    return page.partition('name="csrf" value="')[2].partition('"')[0]


def wait_for(at: httpx2.Client, page: str, words: str) -> None:
    until_s = time.monotonic() + 60
    while words not in (text := at.get(page).text):
        assert time.monotonic() < until_s, text
        time.sleep(0.1)


def test_without_a_desk_there_is_no_import(tmp_path: Path) -> None:
    path = tmp_path / "areas.gpkg"
    Register.create(path).close()
    at = TestClient(create_app(path), base_url="http://127.0.0.1")
    assert at.get("/desk/import").status_code == 404
    assert ImportJobs.__doc__
