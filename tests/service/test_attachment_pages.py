"""A record's documents reach its holder and who is signed in, as downloads, and never the public."""

from pathlib import Path
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from shapely import box

from merestone.register import Entry, Register
from merestone.register.sidecars.attachment_store import AttachmentStore
from merestone.register.sidecars.attachments import attach
from merestone.service import Tier, create_app
from merestone.terms import RecordKind, Visibility
from tests.service.test_desk_pages import Desk

NAME = 'fence "1"\n<b>.html'
CONTENT = b"<script>alert(1)</script>"


def attached(path: Path, visibility: Visibility) -> tuple[str, str]:
    """A record with one document: its page and the document's SHA-256."""
    file = path.with_name(NAME)
    file.write_bytes(CONTENT)
    with Register.open(path) as register:
        with register.batch(by="a", why="w", source="s") as batch:
            area = batch.record(Entry(RecordKind.SUSPECTED, box(0.5, 0.5, 0.51, 0.51), 5.0, visibility=visibility))
        one = attach(register, AttachmentStore.beside(path), area, file, by="anna", why="w", source="s")
    return f"/areas/{area}", one.sha256


@pytest.fixture
def register(tmp_path: Path) -> Path:
    path = tmp_path / "areas.gpkg"
    Register.create(path).close()
    return path


def test_holder_downloads_and_no_browser_draws_it(register: Path) -> None:
    page, sha256 = attached(register, Visibility.RESTRICTED)
    holder = TestClient(create_app(register, tier=Tier.EXACT), base_url="http://127.0.0.1")
    shown = holder.get(page)
    assert f'href="{page}/attachments/{sha256}"' in shown.text
    assert "<b>" not in shown.text
    assert shown.headers["cache-control"] == "no-store"
    sent = holder.get(f"{page}/attachments/{sha256}")
    assert sent.content == CONTENT
    assert sent.headers["content-disposition"] == f"attachment; filename*=UTF-8''{quote(NAME, safe='')}"
    assert sent.headers["x-content-type-options"] == "nosniff"
    assert sent.headers["content-type"] == "application/octet-stream"
    assert sent.headers["cache-control"] == "no-store"
    store = AttachmentStore.beside(register)
    store.path_of(sha256).write_bytes(b"altered")
    assert holder.get(f"{page}/attachments/{sha256}").status_code == 500
    store.path_of(sha256).unlink()
    assert holder.get(f"{page}/attachments/{sha256}").status_code == 404


@pytest.mark.parametrize("visibility", list(Visibility))
def test_public_learns_nothing_of_it(register: Path, visibility: Visibility) -> None:
    page, sha256 = attached(register, visibility)
    public = TestClient(create_app(register), base_url="http://127.0.0.1")
    told = public.get(page).text
    assert sha256[:12] not in told
    assert "fence" not in told
    refused, unknown = (public.get(f"{page}/attachments/{one}") for one in (sha256, "0" * 64))
    assert refused.status_code == unknown.status_code == 404
    assert refused.json() == unknown.json() == public.get("/nowhere").json()
    assert public.get(f"/areas/NOT-A-RECORD/attachments/{sha256}").json() == unknown.json()


@pytest.mark.parametrize("visibility", list(Visibility))
def test_who_is_signed_in_sees_those_of_what_is_not_restricted(tmp_path: Path, visibility: Visibility) -> None:
    desk = Desk(tmp_path)
    page, sha256 = attached(desk.path, visibility)
    sees = visibility is not Visibility.RESTRICTED
    for at, may in ((desk.at("anna"), sees), (desk.at("rita"), sees), (desk.browser(), False)):
        assert (sha256 in at.get(page).text) is may
        assert at.get(f"{page}/attachments/{sha256}").status_code == (200 if may else 404)
