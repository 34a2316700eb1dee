"""What every answer of the service keeps to, whatever is asked: HTTP's own rules, limits, and no fault without words.

2026-11-28, found by reviewers: status 500 without headers on dates at the ends of the calendar and on odd bytes in a
path, HEAD refused everywhere, gzip sent to who did not ask, a header that evaded the limit of wrong passwords.
"""

import asyncio
import json
import logging
import socket
import threading
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.types import Receive, Scope, Send

from merestone.register import Actor, Register, Role
from merestone.register.sidecars.user_accounts import Accounts, Cost
from merestone.service import Tier, create_app, http_options
from merestone.service.audit import write_to
from merestone.service.limits import RequestLimits, TokenBuckets
from merestone.service.middleware import HEADERS
from merestone.service.throttle import Throttle, TooManyTries
from merestone.terms import FileRefused
from tests.service.conftest import make_register
from tests.service.processes import running_app

DATA_PATHS = (
    "/ogc",
    "/ogc/conformance",
    "/ogc/collections",
    "/ogc/collections/suspected/items",
    "/api",
    "/law/FIN.json",
)
PAGES = ("/", "/areas", "/check", "/briefing", "/law", "/law/FIN")
CHECK = "/check.json?lon=0.1&lat=0.0&accuracy_m=5"
MOMENTS = (
    "9999-12-31", "9999-12-31T23:59:59-14:00", "0001-01-01", "0001-01-01T00:00:00+14:00", "9999-12-30T00:00:00Z",
    "2999-12-31T23:59:59-14:00", "1800-01-01T00:00:00+14:00", "2026-01-01T00:00:00+25:00", "24:00", "-1", "2026-02-30",
)  # fmt: skip


@pytest.fixture(scope="module")
def client(register_path: Path) -> TestClient:
    return TestClient(create_app(register_path), base_url="http://127.0.0.1")


def has_rules(answer: Any) -> bool:
    return all(name in answer.headers for name in HEADERS)


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize(
    "path",
    [
        "/map-data?known_on={}", "/ogc/tiles/WebMercatorQuad/0/0/0?true_on={}", "/areas?known_on={}", "/?true_on={}",
        "/ogc/collections/suspected/items?known_on={}", "/ogc/collections/suspected/items?datetime={}",
        "/ogc/collections/suspected/items?datetime=../{}", "/law?on={}", "/law/UKR?on={}", "/law/UKR.json?on={}",
        "/law/timeline.svg?on={}", "/law/deadlines.ics?on={}",
    ],
)  # fmt: skip
def test_no_date_makes_the_service_fail(client: TestClient, path: str, moment: str) -> None:
    answer = client.get(path.format(moment.replace("+", "%2B")))
    assert answer.status_code in (200, 400)
    assert has_rules(answer)


@pytest.mark.parametrize("path", ["/desk/%ff", "/desk/%F0%9F%98%80", "/desk/revise/%ff", "/desk/%0d%0aX:y", "/%2e%2e/"])
def test_no_byte_in_a_path_makes_the_service_fail(tmp_path: Path, path: str) -> None:
    desk, _ = desk_at(tmp_path)
    answer = desk.get(path)
    assert answer.status_code in (303, 404)
    assert has_rules(answer)
    answer.headers.get("location", "").encode("ascii")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.sampled_from(["/check", "/check.json", "/areas", "/map-data", "/ogc/collections/suspected/items", "/law"]),
    query=st.dictionaries(
        st.sampled_from(
            ["position", "lon", "lat", "accuracy_m", "warn_m", "page", "true_on", "known_on", "bbox", "datetime",
             "limit", "offset", "on", "state", "f"]
        ),
        st.text(max_size=20) | st.floats().map(str) | st.integers().map(str),
        max_size=4,
    ),
)  # fmt: skip
def test_no_query_makes_the_service_fail(client: TestClient, path: str, query: dict[str, str]) -> None:
    answer = client.get(path, params=query, follow_redirects=False)
    assert answer.status_code in (200, 303, 400, 404)
    assert has_rules(answer)


@pytest.mark.parametrize(
    "path", [*DATA_PATHS, *PAGES, CHECK, "/map-data", "/ogc/tiles/WebMercatorQuad/0/0/0", "/nothing"]
)
def test_head_is_get_without_a_body(client: TestClient, path: str) -> None:
    whole, head = client.get(path), client.head(path)
    assert (head.status_code, head.content) == (whole.status_code, b"")
    assert head.headers.get("content-type") == whole.headers.get("content-type")
    assert head.headers.get("etag") == whole.headers.get("etag")


def test_an_error_is_problem_details_with_all_headers(client: TestClient) -> None:
    for path, status in (("/nothing", 404), ("/check.json?lon=1", 400), ("/check.json?lon=x&lat=1", 400)):
        answer = client.get(path)
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json().keys() == {"title", "status", "detail"}
        assert answer.json()["status"] == answer.status_code == status
        assert has_rules(answer)


def test_an_unforeseen_fault_has_the_headers_and_no_path(
    register_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(register_path)

    def fail() -> None:
        raise ZeroDivisionError(f"at {register_path}")

    monkeypatch.setattr(app.state.context.keeper, "current", fail)
    answer = TestClient(app, base_url="http://127.0.0.1").get(CHECK)
    assert answer.status_code == 500
    assert has_rules(answer)
    assert str(register_path.parent) not in answer.text
    assert "unexpected fault" in caplog.text


def test_a_missing_register_is_told_without_the_folder(tmp_path: Path) -> None:
    path = tmp_path / "areas.gpkg"
    Register.create(path, label="synthetic exercise data").close()
    client = TestClient(create_app(path), base_url="http://127.0.0.1")
    path.unlink()
    answer = client.get("/check.json?lon=0&lat=0")
    assert answer.status_code == 503
    assert str(tmp_path) not in answer.text


def test_other_sites_may_read_the_open_tier_alone(register_path: Path, client: TestClient) -> None:
    origin = {"Origin": "https://news.example"}
    for path in (*DATA_PATHS, CHECK, "/map-data"):
        answer = client.get(path, headers=origin)
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
        assert "access-control-allow-credentials" not in answer.headers
    preflight = client.options("/ogc", headers={**origin, "Access-Control-Request-Method": "GET"})
    assert preflight.status_code == 204
    assert "access-control-allow-origin" not in client.get("/sign-in", headers=origin).headers
    exact = TestClient(create_app(register_path, tier=Tier.EXACT), base_url="http://127.0.0.1")
    assert "access-control-allow-origin" not in exact.get("/ogc", headers=origin).headers


@pytest.mark.parametrize("path", ["/ogc/collections/suspected/items", "/map-data", "/ogc/tiles/WebMercatorQuad/0/0/0"])
def test_what_a_client_has_is_not_sent_again(client: TestClient, path: str) -> None:
    etag = client.get(path).headers["etag"]
    for known in (etag, f'"other", {etag}', "*", etag.removeprefix("W/")):
        answer = client.get(path, headers={"If-None-Match": known})
        assert (answer.status_code, answer.content) == (304, b"")
    assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_an_answer_has_another_tag_after_a_change(tmp_path: Path) -> None:
    path = make_register(tmp_path / "areas.gpkg")
    client = TestClient(create_app(path), base_url="http://127.0.0.1")
    items = "/ogc/collections/suspected/items"
    before = client.get(items).headers["etag"]
    with Register.open(path) as register, register.batch(by="ops", why="w", source="synthetic") as batch:
        batch.quarantine(1, "row", ["no place"])
    assert client.get(items).headers["etag"] != before
    assert client.get(f"{items}?limit=5").headers["etag"] != client.get(items).headers["etag"]


@pytest.mark.parametrize(
    ("accepted", "is_packed"),
    [("gzip", True), ("br, gzip;q=0.5", True), ("*", True), ("identity", False), ("gzip;q=0", False), ("br", False)],
)
def test_only_who_asks_for_gzip_gets_it(client: TestClient, accepted: str, is_packed: bool) -> None:
    for path in ("/map-data", "/ogc/tiles/WebMercatorQuad/0/0/0"):
        answer = client.get(path, headers={"Accept-Encoding": accepted})
        assert (answer.headers.get("content-encoding") == "gzip") == is_packed
        assert answer.content == client.get(path, headers={"Accept-Encoding": "gzip"}).content


def test_a_client_that_asks_too_much_is_told_when_to_come_back(register_path: Path) -> None:
    limits = RequestLimits(requests_per_s=0.5, request_burst=3)
    client = TestClient(create_app(register_path, limits=limits), base_url="http://127.0.0.1")
    answers = [client.get("/ogc/conformance") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 2
    assert has_rules(answers[-1])


def test_buckets_fill_again_and_are_apart() -> None:
    now_s = [0.0]
    buckets = TokenBuckets(2.0, 2, lambda: now_s[0])
    assert [buckets.take("a") for _ in range(3)] == [0.0, 0.0, 0.5]
    assert buckets.take("b") == 0.0
    now_s[0] = 0.5
    assert buckets.take("a") == 0.0


def test_clients_who_may_ask_in_full_again_are_forgotten() -> None:
    """2026-11-29: 50,000 addresses were remembered for ever by each process; an empty bucket still is."""
    now_s = [0.0]
    buckets = TokenBuckets(2.0, 4, lambda: now_s[0])
    for number in range(1000):
        now_s[0] = number / 100
        buckets.take(f"client {number}")
    assert len(buckets._buckets) <= 201, "who asked in the last two seconds"
    assert [buckets.take("busy") for _ in range(5)] == [0.0] * 4 + [0.5]
    now_s[0] += 1.9
    buckets.take("another")
    assert [buckets.take("busy") for _ in range(4)][2] == 0.0
    assert buckets.take("busy") > 0.0


PASSWORD = "four quiet words here"


def desk_at(folder: Path) -> tuple[TestClient, Accounts]:
    path = folder / "areas.gpkg"
    Register.create(path, label="synthetic exercise data").close()
    accounts = Accounts(folder / "areas.accounts.json", cost=Cost(n=2**4, r=1, p=1))
    for name in ("anna", "bruno"):
        accounts.add(Actor(name, "Org 1", "north", frozenset({Role.SURVEYOR})), PASSWORD)
    return browser(path, accounts), accounts


def browser(path: Path, accounts: Accounts, port: int = 80) -> TestClient:
    app = create_app(path, accounts=accounts)
    return TestClient(app, base_url=f"http://127.0.0.1:{port}", follow_redirects=False, headers={"accept": "text/html"})


def sign_in(at: TestClient, name: str, password: str, **headers: str) -> int:
    page = at.get("/sign-in").text
    csrf = page.partition('name="csrf" value="')[2].partition('"')[0]
    return at.post("/sign-in", data={"csrf": csrf, "name": name, "password": password}, headers=headers).status_code


def test_no_header_evades_the_limit_of_wrong_passwords(tmp_path: Path) -> None:
    at, _ = desk_at(tmp_path)
    tries = [sign_in(at, "anna", "wrong", **{"X-Forwarded-For": f"10.0.0.{i}"}) for i in range(8)]
    assert tries == [403] * 5 + [429] * 3


def test_an_attacker_does_not_shut_out_a_browser_that_signed_in_before(tmp_path: Path) -> None:
    at, accounts = desk_at(tmp_path)
    assert sign_in(at, "anna", PASSWORD) == 303
    elsewhere = TestClient(at.app, base_url="http://127.0.0.1", follow_redirects=False, headers={"accept": "text/html"})
    assert [sign_in(elsewhere, "anna", "wrong") for _ in range(6)] == [403] * 5 + [429]
    assert sign_in(elsewhere, "anna", PASSWORD) == 429
    assert sign_in(at, "anna", PASSWORD) == 303, "the known browser is counted apart"
    assert [sign_in(at, "anna", "wrong") for _ in range(6)] == [403] * 5 + [429], "and has a limit of its own"
    accounts.set_password("anna", "another four quiet words")
    assert sign_in(at, "anna", "another four quiet words") == 429, "a new password ends what was known of browsers"


def test_wrong_names_from_one_address_never_lock_all_names_behind_a_proxy() -> None:
    throttle = Throttle(lambda: 0.0)
    for i in range(60):
        throttle.count(f"nobody{i}", "127.0.0.1")
    throttle.count("anna", "127.0.0.1")
    for i in range(50):
        throttle.count(f"nobody{i}", "192.0.2.7")
    with pytest.raises(TooManyTries):
        throttle.count("anna", "192.0.2.7")
    throttle.count("anna", "192.0.2.7", "known browser")


def test_two_services_on_one_host_do_not_share_cookies(tmp_path: Path) -> None:
    at, accounts = desk_at(tmp_path)
    first, second = (browser(tmp_path / "areas.gpkg", accounts, port) for port in (8803, 8805))
    second.cookies = first.cookies
    assert sign_in(first, "anna", PASSWORD) == sign_in(second, "bruno", PASSWORD) == 303
    assert first.get("/desk").status_code == second.get("/desk").status_code == 200
    assert at.get("/desk").status_code == 303


def test_the_audit_log_tells_who_and_no_secret(tmp_path: Path) -> None:
    log = tmp_path / "audit.jsonl"
    write_to(log)
    try:
        at, _ = desk_at(tmp_path)
        assert sign_in(at, "anna", "wrong password") == 403
        assert sign_in(at, "anna", PASSWORD) == 303
        for _ in range(6):
            sign_in(TestClient(at.app, base_url="http://127.0.0.1", headers={"accept": "text/html"}), "bruno", "wrong")
    finally:
        for handler in logging.getLogger("merestone.audit").handlers[:]:
            logging.getLogger("merestone.audit").removeHandler(handler)
            handler.close()
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [line["event"] for line in lines] == ["sign_in_failed", "sign_in", *["sign_in_failed"] * 5, "locked_out"]
    assert lines[0].keys() >= {"time", "event", "person", "address"}
    assert "wrong password" not in log.read_text()
    assert PASSWORD not in log.read_text()
    assert log.stat().st_mode & 0o077 == 0


def test_the_audit_log_is_never_written_into_another_file(tmp_path: Path) -> None:
    other = tmp_path / "areas.gpkg"
    Register.create(other, label="synthetic exercise data").close()
    before = other.read_bytes()
    with pytest.raises(FileRefused, match="is not an audit log"):
        write_to(other)
    assert other.read_bytes() == before


def test_a_connection_that_never_sends_its_request_is_closed(
    register_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_options, "REQUEST_WITHIN_S", 0.3)
    with running_app(create_app(register_path)) as running:
        at = ("127.0.0.1", running.port)
        with socket.create_connection(at) as slow, socket.create_connection(at) as prompt:
            slow.sendall(b"GET /ogc/conformance HTTP/1.1\r\nHost: 127.0.0.1\r\n")
            prompt.sendall(b"GET /ogc/conformance HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            slow.settimeout(20)
            assert prompt.recv(4096).startswith(b"HTTP/1.1 200")
            assert slow.recv(4096) == b"", "closed without an answer"


def test_a_service_that_is_asked_to_end_waits_for_no_answer_without_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """2026-11-28: uvicorn waited for the last answer, and who ended the service for uvicorn."""
    monkeypatch.setattr(http_options, "ENDS_WITHIN_S", 0.3)
    is_asked = threading.Event()

    async def never(scope: Scope, receive: Receive, send: Send) -> None:
        is_asked.set()
        await asyncio.Event().wait()

    with running_app(never) as running, socket.create_connection(("127.0.0.1", running.port)) as waiting:
        waiting.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert is_asked.wait(20)
        assert running.is_ended()
