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
from tests.service.test_desk_pages import FILLED, PEOPLE, Desk, csrf_of

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


def to_draft(desk: Desk, by: str, draft: str, content: bytes = PIXELS, **more: str) -> Any:
    at = desk.at(by)
    data = {"csrf": csrf_of(at), "why": WORDS["why"], **more}
    return at.post(f"/desk/{draft}/attach", data=data, files={"file": ("sign.jpg", content, "image/jpeg")})


def written_on(desk: Desk) -> str:
    return desk.browser().get("/map-summary", headers={"accept": "application/json"}).text


@pytest.mark.parametrize("level", ["public", "restricted"])
def test_a_photograph_goes_with_a_draft_is_approved_with_it_and_is_then_the_records(desk: Desk, level: str) -> None:
    """2026-11-28, asked for by reviewers: what belongs to a draft could be attached after its publication alone."""
    draft = desk.drafted(visibility=level)
    assert f"/desk/{draft}/attach" in desk.at("anna").get(f"/desk/{draft}").text
    before = desk.seq(draft)
    assert to_draft(desk, "anna", draft).status_code == 303
    assert desk.step("anna", draft, "submitted", seen=before).status_code == 409, "not what was looked at"
    page = desk.at("anna").get(f"/desk/{draft}").text
    (link,) = set(re.findall(rf"/desk/{draft}/attachments/[0-9a-f]{{64}}", page))
    for step in ("draft", "submitted", "reviewed", "approved"):
        desk.walk(draft, until=step) if step == "submitted" else None
        if step in ("reviewed", "approved"):
            taker = {"reviewed": "bruno", "approved": "carla"}[step]
            assert desk.step(taker, draft, step).status_code == 303
        for person in ("anna", "bruno", "carla", "diana", "olga", "simon", "rita"):
            sees = desk.at(person).get(f"/desk/{draft}").status_code == 200
            assert desk.at(person).get(link).status_code == (200 if sees else 404), (step, person)
        assert desk.browser().get(link).status_code == 303, "whoever is not signed in is asked to"
        assert to_draft(desk, "anna", draft, b"another").status_code == (303 if step == "draft" else 403), step
    assert desk.at("bruno").get(link).content == PIXELS
    done = desk.step("diana", draft, "published")
    assert done.status_code == 303
    assert desk.at("anna").get(link).status_code == 404, "from now on it follows the right of the record"
    with Register.open(desk.path, read_only=True) as register:
        record = register.desk(PEOPLE["anna"]).show(draft).record_id
        assert record is not None
        kept = attachments(register, record)
        assert register.verify().is_sound
    assert [one.file_name for one in kept] == ["sign.jpg", "sign.jpg"]
    photograph = next(one for one in kept if one.size_bytes == len(PIXELS))
    files = f"/areas/{record}/attachments/{photograph.sha256}"
    assert desk.at("anna").get(files).content == PIXELS
    assert desk.at("simon").get(files).status_code == (404 if level == "restricted" else 200)
    assert desk.browser().get(files).status_code == 404


def test_rewriting_a_draft_keeps_its_documents_and_its_source(desk: Desk) -> None:
    draft = desk.drafted(source="on the word of team 1")
    assert to_draft(desk, "anna", draft).status_code == 303
    assert "on the word of team 1" in desk.at("anna").get(f"/desk/{draft}").text
    again = desk.post("anna", f"/desk/{draft}/form", **{**FILLED, "seen": str(desk.seq(draft)), "why": "anew"})
    assert again.status_code == 303
    with Register.open(desk.path, read_only=True) as register:
        shown = register.desk(PEOPLE["anna"]).show(draft)
    assert [document.size_bytes for document in shown.documents] == [len(PIXELS)]
    same = to_draft(desk, "anna", draft)
    assert same.status_code == 400
    assert "already" in same.text


def test_a_revision_brings_its_document_and_none_that_the_record_has(desk: Desk) -> None:
    record = published(desk)
    assert attach(desk, "anna", record).status_code == 303
    base = {"base": "1", "why": "grown", "key": "k"}
    made = desk.post("anna", f"/desk/revise/{record}", **{**FILLED, **base})
    draft = made.headers["location"].rpartition("/")[2]
    for content in (PIXELS, b"the other side"):
        assert to_draft(desk, "anna", draft, content).status_code == 303
    with Register.open(desk.path, read_only=True) as register:
        assert len(attachments(register, record)) == 1, "a draft changes nothing yet"
    desk.walk(draft, until="published")
    with Register.open(desk.path, read_only=True) as register:
        assert sorted(attachment.size_bytes for attachment in attachments(register, record)) == sorted(
            [len(PIXELS), 14]
        )


def test_no_date_tells_that_a_draft_has_a_document(desk: Desk) -> None:
    published(desk)
    draft = desk.drafted()
    with Register.open(desk.path, read_only=True) as register:
        before = register.as_of().written_on, len(attachments(register))
    shown = written_on(desk)
    assert to_draft(desk, "anna", draft).status_code == 303
    with Register.open(desk.path, read_only=True) as register:
        assert (register.as_of().written_on, len(attachments(register))) == before
    assert written_on(desk) == shown


def test_what_cannot_go_with_a_draft_is_refused_beside_its_field(desk: Desk) -> None:
    draft = desk.drafted()
    for answer, words in (
        (to_draft(desk, "anna", draft, b""), "is empty"),
        (to_draft(desk, "anna", draft, why=""), "it stays in the history"),
        (desk.post("anna", f"/desk/{draft}/attach", why="the sign by the road"), "no file was chosen"),
    ):
        assert answer.status_code == 400
        assert words in answer.text
    for person, status in (("bruno", 403), ("rita", 403), ("simon", 404), ("olga", 404)):
        assert to_draft(desk, person, draft).status_code == status, person
        assert desk.at(person).get(f"/desk/{draft}/attach").status_code == status, person
    assert to_draft(desk, "anna", "D-000000000000").status_code == 404
