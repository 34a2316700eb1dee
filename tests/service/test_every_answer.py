"""What HTTP offers to clients, over every route there is: HEAD, a tag and 304, and compressed text.

2026-11-29: a few routes were tried, and the list, the pages, the briefing and the check had no tag; the check, answered
by processes of its own, was never compressed.
"""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from merestone.register import PUBLIC, Register
from merestone.register.sidecars.user_accounts import Accounts
from merestone.service import Tier, create_app
from merestone.service.check_feed import CheckFeed, FeedReader
from merestone.service.check_worker import create_worker_app
from merestone.service.conditional import COMPRESSED_FROM_BYTES
from merestone.service.holding import Keeper
from merestone.service.limits import RequestLimits
from merestone.terms import RecordKind
from tests.service.conftest import make_register
from tests.service.routes import addresses

PLAIN = {"accept-encoding": "identity"}
GZIP = {"accept-encoding": "gzip"}
QUERIES = {
    "/check": "?position=0.02+N,+0.1+E&accuracy_m=10", "/check.json": "?lon=0.1&lat=0.02&accuracy_m=10",
    "/places": "?q=Sarajevo", "/map-record": "?record_id={record_id}", "/areas/chosen": "?chosen={record_id}",
    "/reports/{file_name}": "?period=2025", "/law/may": "?from=FIN&act=x",
}  # fmt: skip
LIMITS = RequestLimits(requests_per_s=1e6, request_burst=1_000_000)
NOT_GIVEN = {
    "/areas/{record_id}/attachments/{sha256}", "/base-map/{zoom}/{column}/{row}", "/packs/{pack_sha256}",
    "/reports/made/{job_id}", "/reports/made/{job_id}/file", "/alerts/{identifier}",
    "/alert-files/{identifier}.cap", "/alert-files/{identifier}.txt", "/alerts/push.json",
}  # fmt: skip
"""Routes of which this register has nothing to give, and that are tried in tests of their own."""
TEXT = ("text/", "application/json", "application/geo+json", "application/atom+xml", "image/svg", "application/vnd.oai")


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_register(tmp_path_factory.mktemp("every") / "areas.gpkg")


@pytest.fixture(scope="module")
def asked(register: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[str, TestClient, str]]]:
    """For each route: of which service, a client and an address. What the check's processes answer is asked there."""
    with Register.open(register, read_only=True) as opened:
        record_id = next(
            record.record_id for record in opened.as_of(viewer=PUBLIC).records if record.kind == RecordKind.SUSPECTED
        )
    folder = tmp_path_factory.mktemp("feed")
    CheckFeed(Keeper(register, Tier.PUBLIC), folder).refresh()
    worker = create_worker_app(FeedReader(folder, tier=Tier.PUBLIC), hosts=("127.0.0.1",), has_desk=False)
    apps: dict[str, Any] = {
        "public": create_app(register, limits=LIMITS, accounts=Accounts(folder / "accounts.json")),
        "exact": create_app(register, tier=Tier.EXACT, limits=LIMITS),
    }
    clients = {name: TestClient(app, base_url="http://127.0.0.1", follow_redirects=False) for name, app in apps.items()}
    checks = TestClient(worker, base_url="http://127.0.0.1", follow_redirects=False)
    by_route: dict[str, list[tuple[str, TestClient, str]]] = {}
    for name, app in apps.items():
        for path, place in addresses(
            app, "GET", record_id=record_id, feature_id=record_id, file_name="donor.html"
        ).items():
            whole = place.partition("?")[0] + QUERIES.get(path, "").format(record_id=record_id)
            by_route.setdefault(path, []).append((name, clients[name], whole))
            if path in ("/check", "/check.json"):
                by_route[path].append(("worker", checks, whole))
    by_route["/web/map.js"] = [("public", clients["public"], "/web/map.js")]
    return by_route


def places(asked: dict[str, list[tuple[str, TestClient, str]]]) -> Iterator[tuple[str, TestClient, str]]:
    for path, found in asked.items():
        for name, client, place in found:
            yield f"{name} {path}", client, place


def is_kept(answer: Any) -> bool:
    """Whether a client may keep it: the sign-in page, with a token of its own, it may not."""
    return "set-cookie" not in answer.headers and "no-store" not in answer.headers.get("cache-control", "")


DOWNLOADS = {
    "/map-data", "/ogc/collections/{collection_id}/items", "/packs/{pack_sha256}", "/areas/chosen",
    "/briefing/file.html", "/briefing/file.pdf", "/law/deadlines.ics", "/law/parties/{treaty}.csv",
    "/reports/{file_name}",
}  # fmt: skip


def test_head_is_get_without_a_body_and_each_download_leaves_one_line(
    asked: dict[str, list[tuple[str, TestClient, str]]], caplog: pytest.LogCaptureFixture
) -> None:
    """2026-11-29: whoever fetched `/map-data` left no line in the audit log, nor who fetched list or briefing."""
    caplog.set_level(logging.INFO, "merestone.audit")
    (packs,) = asked["/packs"][:1]
    offer = json.loads(packs[1].get("/packs").json()["packs"][0]["content"])
    asked = {**asked, "/packs/{pack_sha256}": [("public", packs[1], f"/packs/{offer['pack']['sha256']}")]}
    logged: set[str] = set()
    for where, client, place in places(asked):
        caplog.clear()
        whole = client.get(place, headers=PLAIN)
        lines = [json.loads(text) for name, _, text in caplog.record_tuples if name == "merestone.audit"]
        head = client.head(place, headers=PLAIN)
        assert [name for name, *_ in caplog.record_tuples].count("merestone.audit") == len(lines), "HEAD takes nothing"
        if lines:
            (line,) = lines
            assert (line["event"], line["address"]) == ("download", "testclient"), where
            assert "?" not in json.dumps({**line, "period": ""}), "what was looked for is nobody's business"
            logged.add(where.partition(" ")[2])
        is_saved = whole.headers.get("content-disposition", "").startswith("attachment")
        assert bool(lines) or not is_saved, f"a file was taken away without a line: {where}"
        assert (head.status_code, head.content) == (whole.status_code, b""), where
        for name in ("content-type", "cache-control", "vary", *(["etag"] if is_kept(whole) else [])):
            assert head.headers.get(name) == whole.headers.get(name), f"{name} of {where}"
    assert logged == DOWNLOADS


def test_who_has_an_answer_is_not_sent_it_again_by_any_route(
    asked: dict[str, list[tuple[str, TestClient, str]]],
) -> None:
    answered: set[str] = set()
    for where, client, place in places(asked):
        answer = client.get(place, headers=GZIP)
        if answer.status_code != 200 or not is_kept(answer):
            continue
        answered.add(where)
        etag = answer.headers.get("etag")
        assert etag, f"no tag at {where}"
        for method in ("GET", "HEAD"):
            for encoding in (GZIP, PLAIN):
                again = client.request(method, place, headers={**encoding, "if-none-match": f'"other", {etag}'})
                assert (again.status_code, again.content) == (304, b""), f"{method} {where}"
                assert again.headers["etag"] == etag, where
        assert client.get(place, headers={"if-none-match": '"other"'}).status_code == 200, where
    never = {path for path in asked if not {f"public {path}", f"exact {path}", f"worker {path}"} & answered}
    assert {path for path in never if not path.startswith(("/desk", "/sign-"))} <= NOT_GIVEN
    assert {"worker /check", "worker /check.json", "public /areas", "public /briefing", "public /"} <= answered


def test_all_text_is_compressed_for_who_asks(asked: dict[str, list[tuple[str, TestClient, str]]]) -> None:
    compressed = set()
    for where, client, place in places(asked):
        plain, packed = client.get(place, headers=PLAIN), client.get(place, headers=GZIP)
        assert "content-encoding" not in plain.headers, where
        is_text = plain.headers.get("content-type", "").startswith(TEXT)
        if not is_text or len(plain.content) < COMPRESSED_FROM_BYTES:
            continue
        compressed.add(where)
        assert packed.headers.get("content-encoding") == "gzip", where
        assert "accept-encoding" in packed.headers["vary"].lower(), where
        assert "accept-encoding" in plain.headers.get("vary", "").lower(), where
        if is_kept(plain) and "timeStamp" not in plain.text:
            assert packed.content == plain.content, where
    assert {"worker /check", "worker /check.json", "public /areas", "exact /reports/{file_name}"} <= compressed
