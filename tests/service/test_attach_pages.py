"""Documents attached at the desk: by who may draft a revision, read by who may see the record exactly.

2026-11-28, asked for by reviewers: a photograph reached a record by the command line alone.
"""

import re
from pathlib import Path
from typing import Any

import pytest

from merestone.register import Register
from merestone.register.sidecars import AttachmentStore, attachments
from merestone.service import attach_pages
from tests.service.test_desk_pages import Desk, csrf_of

PIXELS = b"\xff\xd8\xff synthetic pixels"
WORDS = {"why": "the sign by the road", "source": "team 3"}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def published(desk: Desk, **more: str) -> str:
    draft = desk.drafted(**more)
    desk.walk(draft, until="published")
    with Register.open(desk.path, read_only=True) as register:
        return register.as_of().records[-1].record_id


def attach(desk: Desk, by: str, record: str, content: bytes = PIXELS, name: str = "sign.jpg", **more: str) -> Any:
    at = desk.at(by)
    data = {"csrf": csrf_of(at), **WORDS, **more}
    return at.post(f"/desk/attach/{record}", data=data, files={"file": (name, content, "image/jpeg")})


def test_a_photograph_is_attached_listed_and_downloaded_by_right(desk: Desk) -> None:
    record = published(desk)
    assert f"/desk/attach/{record}" in desk.at("anna").get(f"/areas/{record}").text
    assert attach(desk, "anna", record).status_code == 303
    page = desk.at("anna").get(f"/desk/attach/{record}").text
    assert "sign.jpg is attached" in page
    (link,) = set(re.findall(rf"/areas/{record}/attachments/[0-9a-f]{{64}}", page))
    assert desk.at("anna").get(link).content == PIXELS
    with Register.open(desk.path, read_only=True) as register:
        (kept,) = attachments(register, record)
    assert (kept.file_name, kept.by, kept.why, kept.size_bytes) == ("sign.jpg", "anna", WORDS["why"], len(PIXELS))
    for other in ("olga", "simon", "carla", "diana"):
        assert desk.at(other).get(link).status_code == 404, other
    assert desk.browser().get(link).status_code == 404
    assert "sign.jpg" not in desk.browser().get(f"/areas/{record}").text


def test_who_may_not_draft_a_revision_attaches_nothing(desk: Desk) -> None:
    record = published(desk)
    for person in ("bruno", "carla", "diana", "rita", "olga", "simon"):
        assert attach(desk, person, record).status_code == 403, person
        assert desk.at(person).get(f"/desk/attach/{record}").status_code == 403, person
        assert "/desk/attach/" not in desk.at(person).get(f"/areas/{record}").text
    at = desk.browser()
    assert at.get(f"/desk/attach/{record}").headers["location"].startswith("/sign-in")
    assert at.post(f"/desk/attach/{record}", data=WORDS, files={"file": ("a", b"x")}).status_code in (401, 403)
    assert not AttachmentStore.beside(desk.path).names()


def test_what_cannot_be_kept_is_refused_beside_its_field(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    record = published(desk)
    for answer, words in (
        (attach(desk, "anna", record, b""), "is empty"),
        (attach(desk, "anna", record, why=""), "it stays in the history"),
        (desk.post("anna", f"/desk/attach/{record}", **WORDS), "no file was chosen"),
    ):
        assert answer.status_code == 400
        assert words in answer.text
        assert "team 3" in answer.text, "what was typed stands in the form"
    (route,) = [one for one in desk_routes(desk) if one.path == "/desk/attach/{record_id}" and "POST" in one.methods]
    assert route.endpoint.file_bytes_most == attach_pages.FILE_BYTES_MOST
    monkeypatch.setattr(attach_pages, "FILE_BYTES_MOST", 10)
    large = attach(desk, "anna", record)
    assert large.status_code == 400
    assert "is larger than 10 bytes" in large.text
    assert attach(desk, "anna", "AAAA-AAAA-AAAA").status_code == 404
    assert not AttachmentStore.beside(desk.path).names()


def desk_routes(desk: Desk) -> list[Any]:
    from tests.service.routes import api_routes

    return api_routes(desk.app)


def test_the_same_file_twice_is_one(desk: Desk) -> None:
    record = published(desk)
    assert attach(desk, "anna", record, key="k").status_code == 303
    assert attach(desk, "anna", record, key="k").status_code == 303, "the answer was lost, and it was sent again"
    again = attach(desk, "anna", record)
    assert again.status_code == 400
    assert "already" in again.text
    with Register.open(desk.path, read_only=True) as register:
        assert len(attachments(register, record)) == 1
