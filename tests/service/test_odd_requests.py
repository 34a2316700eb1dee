"""Requests that no browser sends, as bytes to a service with processes of its own: each has an answer in our words.

2026-11-29, found by asking: two Host headers and a NUL in the path of a file were answered 500, a body that did not
come with a text without headers, what is no HTTP with plain text; nothing bounded the headers, and a body that was
refused was read to its end, up to 64 MiB and more.
"""

import asyncio
import gc
import json
import socket
import subprocess
import sys
import time
import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest
from starlette.types import Message, Receive, Scope, Send

from merestone.register.sidecars.user_accounts import Accounts
from merestone.service import bodies, create_app, http_options
from merestone.service.middleware import HEADERS
from merestone.service.problem import PROBLEM_JSON
from tests.service.conftest import make_register
from tests.service.processes import own_port, process_of, running_app
from tests.service.routes import api_routes

CHECK = "/check.json?lon=0.1&lat=0&accuracy_m=5"
FORM = "Content-Type: application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    path = make_register(tmp_path_factory.mktemp("odd") / "areas.gpkg")
    port = own_port()
    command = [sys.executable, "-m", "merestone", "serve", str(path), "--port", str(port), "--workers", "1"]
    with process_of(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert b"is served at" in process.stdout.readline()
        yield port


def answer_to(port: int, *pieces: bytes) -> tuple[int, dict[str, str], bytes]:
    """Send bytes, and read one answer or the end of the connection. Gives status, headers and body."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        for piece in pieces:
            connection.sendall(piece)
        return read_answer(connection)


def read_answer(connection: socket.socket) -> tuple[int, dict[str, str], bytes]:
    received = b""
    while b"\r\n\r\n" not in received:
        part = connection.recv(65536)
        assert part, f"closed without an answer after {received!r}"
        received += part
    head, _, body = received.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", "0")):
        part = connection.recv(65536)
        assert part, "closed before the answer's end"
        body += part
    return int(status.split()[1]), headers, body


def get(target: str, *headers: str, host: str = "127.0.0.1", method: str = "GET", version: str = "1.1") -> bytes:
    lines = [f"{method} {target} HTTP/{version}", f"Host: {host}", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1")


REFUSED = {
    "no HTTP": (b"\x16\x03\x01\x02\x00\x01\x00" + b"\0" * 60 + b"\r\n\r\n", 400),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    "an unknown method": (get("/", method="FOO"), 400),
    "bytes in a path": (b"GET /ogc/\xc3\xa9\xff HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 400),
    "NUL in the path of a record": (get("/areas/%00"), 404),
    "NUL in the path of a file": (get("/web/%00"), 404),
    "NUL after the path of a file": (get("/web/map.js%00"), 404),
    "a file's name without end": (get("/web/" + "a" * 5000), 404),
    "out of the folder": (get("/web/%2e%2e/%2e%2e/app.py"), 404),
    "no host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "two hosts": (get("/", "Host: evil.example"), 400),
    "two hosts at the check": (get(CHECK, "Host: evil.example"), 400),
    "another host": (get(CHECK, host="evil.example"), 400),
    "a host of odd bytes": (get("/desk", host="\xff"), 400),
    "a malformed host": (get("/ogc", host="127.0.0.1:["), 400),
    "a host with a path": (get("/ogc", host="127.0.0.1:x/y?z"), 400),
    "length and pieces": (get("/sign-in", "Content-Length: 5", "Transfer-Encoding: chunked", method="POST"), 400),
    "a length below nothing": (get("/sign-in", "Content-Length: -5", method="POST"), 400),
    "a length beyond numbers": (get("/sign-in", f"Content-Length: {'9' * 30}", method="POST"), 400),
    "two lengths": (get("/sign-in", "Content-Length: 5", "Content-Length: 6", method="POST") + b"hello", 400),
    "a malformed chunk": (get("/sign-in", FORM, "Transfer-Encoding: chunked", method="POST") + b"zz\r\nabc", 400),
    "a folded header": (get("/", "X: a", " b"), 400),
    "a blank in the address": (get("/areas?search=a b"), 400),
    "a body of 64 GiB to a form": (get("/sign-in", FORM, "Content-Length: 68719476736", method="POST") + b"a", 413),
    "a body of 64 GiB to the check": (get("/check.json", "Content-Length: 68719476736", method="POST") + b"a", 413),
    "a body of 64 GiB to nothing": (get("/nothing", "Content-Length: 68719476736", method="POST") + b"a", 413),
    "a body of 64 GiB with a GET": (get(CHECK, "Content-Length: 68719476736") + b"a", 413),
    "a file by who is not signed in": (get("/desk/import", FORM, "Content-Length: 9000000", method="POST") + b"a", 413),
    "a page beyond numbers": (get(f"/areas?page={'9' * 5000}"), 400),
    "a box with nine thousand sides": (get(f"/ogc/collections/suspected/items?bbox={'1,' * 9000}1"), 400),
    "a tile beyond numbers": (get(f"/ogc/tiles/WebMercatorQuad/64/{'9' * 20}/1"), 404),
    "an accuracy beyond numbers": (get("/check.json?lon=0&lat=0&accuracy_m=1e400"), 400),
    "arrays without end": (get("/alerts/subscriptions", "Content-Type: application/json", "Content-Length: 6000",
                               method="POST") + b"[" * 6000, 400),
    "CONNECT": (b"CONNECT 127.0.0.1:443 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 400),
    "TRACE": (get("/", method="TRACE"), 405),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_answered_is_refused_in_our_form(port: int, name: str) -> None:
    sent, expected = REFUSED[name]
    status, headers, body = answer_to(port, sent)
    assert status == expected
    assert headers["content-type"] == PROBLEM_JSON
    assert len(json.loads(body)["detail"]) > 10
    assert {header.lower() for header in HEADERS} <= headers.keys()


ANSWERED = {
    "HTTP/1.0": get("/", version="1.0"),
    "the check by HTTP/1.0": get(CHECK, version="1.0"),
    "a whole address": get("http://127.0.0.1/ogc"),
    "a WebSocket": get("/", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: x"),
    "a body that does not come with a GET": get(CHECK, "Content-Length: 50") + b"hello",
    "a weight that is no number": get("/map-data", "Accept-Encoding: gzip;q=nan, br;q=inf, *;q=-1"),
    "languages that are none": get("/", f"Accept-Language: ;q=1,,;;q=inf,x;q=nan,{'a-' * 3000}"),
    "a tag that is cut": get("/map-data", 'If-None-Match: "'),
    "another expectation": get("/", "Expect: 200-maybe"),
    "a malformed forwarded address": get("/", "X-Forwarded-For: \xff, x", "X-Forwarded-Proto: javascript"),
    "a language that is a path": get("/?lang=../../etc%00"),
    "3,000 cookies": get("/sign-in", "Cookie: " + "; ".join(f"a{i}=b" for i in range(3000))),
    **{f"range {text[:24]}": get("/web/map.js", f"Range: {text}") for text in (
        "bytes=0-", "bytes=-", "items=0-5", "bytes=5-2", "bytes=99999999999999999999-", "bytes=0-0,5-9", "bytes=\xd9-",
        f"bytes=0-{'9' * 5000}")},
    **{f"since {text[:24]}": get("/web/map.js", f"If-Modified-Since: {text}") for text in (
        "yesterday", "Sun, 99 Foo 99999999999 99:99:99 GMT", "0", "Thu, 01 Jan 1970 00:00:00 +99999", "", "\xff")},
}  # fmt: skip


@pytest.mark.parametrize("name", ANSWERED)
def test_what_is_only_odd_is_answered(port: int, name: str) -> None:
    status, headers, _ = answer_to(port, ANSWERED[name])
    assert status == 200
    assert headers["x-content-type-options"] == "nosniff"


def test_headers_without_end_are_refused_and_not_kept(port: int) -> None:
    for endless in (b"X: " + b"a" * 500_000, b"X: a\r\n" * 100_000, b"GET-" * 100_000):
        status, headers, body = answer_to(port, b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n", endless)
        assert status in (400, 431)
        assert headers["content-type"] == PROBLEM_JSON
        assert json.loads(body)["status"] == status


def test_a_body_in_pieces_is_refused_once_it_is_over_the_limit_and_read_no_further(port: int) -> None:
    piece = b"10000\r\n" + b"a" * 65536 + b"\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(get("/sign-in", FORM, "Transfer-Encoding: chunked", method="POST"))
        sent = 0
        connection.settimeout(1)
        try:
            for _ in range(2000):
                connection.sendall(piece)
                sent += len(piece)
        except OSError:
            pass  # the service reads no more of it
        connection.settimeout(60)
        status, headers, body = read_answer(connection)
        assert (status, headers["content-type"]) == (413, PROBLEM_JSON)
        assert f"{bodies.FORM_MOST:,} bytes" in json.loads(body)["detail"]
    assert sent < 40_000_000, "most of what was read stands in the buffers of this machine"


def test_a_body_that_is_announced_waits_for_the_answer(port: int) -> None:
    """Clients that ask first, as curl does with more than 1 MB, never send what is too large."""
    head = get("/sign-in", FORM, "Expect: 100-continue", "Content-Length: 3000000", method="POST")
    assert answer_to(port, head)[0] == 413
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(get("/sign-in", FORM, "Expect: 100-continue", "Content-Length: 5", method="POST"))
        assert read_answer(connection)[0] == 100
        connection.sendall(b"a=bcd")
        assert read_answer(connection)[0] == 403


def test_after_a_refusal_the_connection_is_closed_and_after_an_answer_it_is_kept(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(get(CHECK) + get("/ogc"))
        assert read_answer(connection)[0] == 200
        connection.sendall(get("/sign-in", FORM, "Content-Length: 3000000", method="POST"))
        answers = b""
        while part := connection.recv(65536):
            answers += part
    assert b"HTTP/1.1 413 " in answers
    assert b"connection: close" in answers.lower()


@pytest.mark.parametrize(("method", "expected"), [("POST", 408), ("GET", 204)])
def test_a_body_that_comes_late_is_refused_and_a_get_waits_for_its_client_alone(method: str, expected: int) -> None:
    statuses = []

    async def never() -> Message:
        await asyncio.Event().wait()
        raise AssertionError("nothing comes")

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        assert (await receive())["type"] == "http.disconnect"
        await send({"type": "http.response.start", "status": 204, "headers": []})

    async def send(message: Message) -> None:
        statuses.append(message.get("status"))

    scope: Scope = {"type": "http", "method": method, "path": "/x", "headers": []}
    with ThreadPoolExecutor(1) as thread:  # a browser that another test drives keeps an event loop running in this one
        thread.submit(lambda: asyncio.run(bodies.BodyLimits(app, 0.05)(scope, never, send))).result()
    assert statuses[0] == expected


def test_forms_that_take_files_are_where_the_limit_lets_them_through(tmp_path: Path) -> None:
    path = make_register(tmp_path / "areas.gpkg")
    app = create_app(path, accounts=Accounts(tmp_path / "accounts.json"))
    takes = {route.path: getattr(route.endpoint, "file_bytes_most", 0) for route in api_routes(app)}
    assert max(takes.values()) == bodies.FILE_BYTES_MOST
    for place, most_bytes in takes.items():
        limit = bodies.most_bytes_of({"type": "http", "method": "POST", "path": place})
        assert most_bytes <= limit - bodies.FIELD_BYTES_MOST or not most_bytes, place
        assert limit <= bodies.FORM_MOST or place.startswith("/desk/"), place


def test_more_connections_than_the_limit_are_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_options, "CONNECTIONS_MOST", 3)
    with running_app(create_app(make_register(tmp_path / "areas.gpkg"))) as running:
        port = running.port
        held = [socket.create_connection(("127.0.0.1", port)) for _ in range(3)]
        status, headers, body = answer_to(port, get(CHECK))
        assert (status, headers["content-type"]) == (503, PROBLEM_JSON)
        assert "too many connections" in json.loads(body)["detail"]
        for connection in held:
            connection.close()
        time.sleep(0.2)
        assert httpx2.get(f"http://127.0.0.1:{port}{CHECK}").status_code == 200


class Mark:
    """Stands in the scope of one request, and is gone with it."""


def test_no_request_stays_in_memory_once_it_was_answered() -> None:
    """2026-11-29, measured: the timer of each request held it for 15 s, some 80 MB beside 64 busy clients."""
    marks: weakref.WeakSet[Mark] = weakref.WeakSet()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope["mark"] = mark = Mark()
        marks.add(mark)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    with running_app(app) as running:
        port = running.port
        for _ in range(3):
            with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
                for _ in range(20):
                    connection.sendall(get("/"))
                    assert read_answer(connection)[0] == 200
        until_s = time.monotonic() + 10
        while len(marks) > 1 and time.monotonic() < until_s:  # until the connections are seen to have ended
            time.sleep(0.05)
            gc.collect()
        assert len(marks) <= 1
