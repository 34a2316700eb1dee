"""Pushes are sent once to each, again where that helps, over kept connections, and to public machines alone.

2026-11-28, web push: a subscription names an address that anybody may have made up.
"""

import http.client
import http.server
import json
import math
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from merestone.alerts import PushRequest, PushSubscription
from merestone.service.push_sending import (
    AT_ONCE,
    LONGEST_WAIT_S,
    TRIES,
    AddressNotPublic,
    Deadlines,
    PushOutcome,
    PushRun,
    _seconds,
    connect_in_public,
    is_public,
    public_addresses,
)
from merestone.service.push_turns import ORIGIN_AT_ONCE, PushTry, PushTurns

NOT_PUBLIC = (
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
    "224.0.0.1", "255.255.255.255", "192.0.2.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1",
    "::ffff:10.0.0.1", "::ffff:93.184.216.34", "64:ff9b::a00:1", "2002:a00:1::", "2001:db8::1", "not an address", "",
)  # fmt: skip
PUBLIC = ("93.184.216.34", "8.8.8.8", "2606:4700:4700::1111")


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_of_our_own_network_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_on_the_internet_is_public(address: str) -> None:
    assert is_public(address)


def resolving(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    def found(host: str, port: int, **_: Any) -> list[Any]:
        families = [socket.AF_INET6 if ":" in address else socket.AF_INET for address in addresses]
        return [
            (family, socket.SOCK_STREAM, 6, "", (one, port)) for family, one in zip(families, addresses, strict=True)
        ]

    monkeypatch.setattr(socket, "getaddrinfo", found)


def test_a_name_with_one_address_that_is_not_public_is_refused_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch, PUBLIC[0], "10.0.0.7")
    with pytest.raises(AddressNotPublic):
        public_addresses("push.example.net", 443)
    resolving(monkeypatch, *PUBLIC)
    assert [place for _, place in public_addresses("push.example.net", 443)] == [(one, 443) for one in PUBLIC]


def test_what_is_connected_to_is_the_address_that_was_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name may stand for another machine a moment later (DNS rebinding): it is asked for once."""
    asked: list[Any] = []
    resolving(monkeypatch, PUBLIC[0])

    class Plain:
        def __init__(self, *_: Any) -> None: ...
        def settimeout(self, _: Any) -> None: ...
        def close(self) -> None: ...
        def connect(self, place: Any) -> None:
            asked.append(place)
            raise ConnectionRefusedError

    monkeypatch.setattr(socket, "socket", Plain)
    with pytest.raises(ConnectionRefusedError):
        connect_in_public("https://push.example.net")
    assert asked == [(PUBLIC[0], 443)]


@pytest.mark.parametrize(
    "origin", ["http://push.example.net", "https://push.example.net:8443", "ftp://a.b", "https://"]
)
def test_only_https_at_its_usual_port_is_connected_to(origin: str) -> None:
    with pytest.raises(OSError, match=r"https|known|address|internet|found"):
        connect_in_public(origin)


class Service(http.server.ThreadingHTTPServer):
    """A push service: what it was sent, and what it answers by the path."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: dict[str, list[tuple[int, dict[str, str]]]] = {}
        self.got: Counter[str] = Counter()
        self.bodies: dict[str, tuple[dict[str, str], bytes]] = {}
        self.connections: set[Any] = set()
        self.lock = threading.Lock()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Service

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with self.server.lock:
            self.server.bodies[self.path] = dict(self.headers), body
            self.server.got[self.path] += 1
            self.server.connections.add(self.client_address)
            planned = self.server.answers.get(self.path, [])
            status, headers = planned.pop(0) if len(planned) > 1 else planned[0] if planned else (201, {})
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def service() -> Iterator[Service]:
    yield from served_pushes()


def served_pushes() -> Iterator[Service]:
    """A push service on this machine."""
    server = Service()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def connect(origin: str) -> http.client.HTTPConnection:
    connection = http.client.HTTPConnection(urlsplit(origin).netloc, timeout=10)
    connection.connect()
    return connection


def run_of(**more: Any) -> PushRun:
    def write(subscription: PushSubscription) -> PushRequest:
        if subscription.auth == "bad":
            raise ValueError("no keys")
        return PushRequest(subscription.endpoint, {"TTL": "60"}, b"sealed")

    return PushRun(write, **{"connect": connect, "at_once": 4, "first_wait_s": 0.01, **more})


def subscriptions(service: Service, *names: str) -> list[PushSubscription]:
    return [PushSubscription(f"{service.origin}/{name}", "p", "a") for name in names]


def test_each_is_reached_once_over_few_connections(service: Service) -> None:
    names = [f"n{number}" for number in range(200)]
    outcome = run_of().send(subscriptions(service, *names))
    assert (outcome.delivered, outcome.gone, outcome.failed) == (200, [], Counter())
    assert service.got == Counter(f"/{name}" for name in names)
    assert len(service.connections) <= 4


def test_who_is_gone_is_told_and_who_cannot_be_reached_is_tried_again(service: Service) -> None:
    service.answers = {
        "/gone": [(410, {})], "/never": [(404, {})], "/busy": [(503, {}), (429, {"Retry-After": "0"}), (201, {})],
        "/moved": [(302, {"Location": "http://127.0.0.1:1/other"})], "/refused": [(400, {})], "/down": [(500, {})],
    }  # fmt: skip
    asked = subscriptions(service, "gone", "never", "busy", "moved", "refused", "down", "well")
    outcome = run_of().send([*asked, PushSubscription(f"{service.origin}/keys", "p", "bad")])
    assert outcome.delivered == 2
    assert sorted(outcome.gone) == sorted(f"{service.origin}/{name}" for name in ("gone", "never", "keys"))
    assert outcome.failed == Counter({"status 302": 1, "status 400": 1, "status 500": 1})
    assert service.got["/busy"] == 3
    assert service.got["/down"] == TRIES
    assert service.got["/refused"] == service.got["/moved"] == 1, "no redirection is followed"
    assert service.got["/keys"] == 0


def test_a_service_that_asks_to_wait_is_waited_for(service: Service) -> None:
    now_s = [0.0]
    slept: list[float] = []

    class Moved(threading.Condition):
        def wait(self, timeout: float | None = None) -> bool:
            if timeout is not None:
                slept.append(timeout)
                now_s[0] += timeout
                return True
            return super().wait(0.001)

    service.answers = {"/busy": [(429, {"Retry-After": "60"}), (201, {})]}
    run = run_of(at_once=1, clock=lambda: now_s[0])
    run._change = Moved()
    outcome = run.send(subscriptions(service, "busy", "other"))
    assert outcome.delivered == 2
    assert 59 < max(slept) <= 60, "as long as it asked, and everybody behind it too"


class Simulated:
    """Push services without a network: a clock that moves on while everybody waits, and what was sent when."""

    def __init__(self, answers: dict[str, list[tuple[int, str]]]) -> None:
        self.now_s, self.sent, self.answers = 0.0, [], answers  # type: tuple[float, list[tuple[str, float]], Any]
        self.run = run_of(at_once=1, clock=lambda: self.now_s, first_wait_s=1.0)
        self.run._posted = self.posted  # type: ignore[method-assign]
        simulated = self

        class Moved(threading.Condition):
            def wait(self, timeout: float | None = None) -> bool:
                assert timeout is not None, "nobody works, and nothing would wake it"
                simulated.now_s += timeout
                return True

        self.run._change = Moved()

    def posted(self, request: PushRequest, origin: str, connections: Any) -> tuple[int, float]:
        self.sent.append((request.url, self.now_s))
        planned = self.answers.get(request.url, [(201, "")])
        status, retry_after = planned.pop(0) if len(planned) > 1 else planned[0]
        return status, _seconds(retry_after)

    def send(self, *urls: str) -> PushOutcome:
        return self.run.send([PushSubscription(url, "p", "a") for url in urls])


@given(st.lists(st.sampled_from("abc"), min_size=150, max_size=300), st.sampled_from([10.0, 20.0]))
@settings(max_examples=30, deadline=None)
def test_no_push_service_gets_more_than_its_share_in_any_second(origins: list[str], per_s: float) -> None:
    """2026-11-29: everything that was ready went out at once, most of it to the one service that most browsers have."""
    simulated = Simulated({})
    simulated.run._turns = PushTurns(per_s)
    urls = [f"https://{origin}.example.net/{number}" for number, origin in enumerate(origins)]
    assert simulated.send(*urls).delivered == len(urls)
    assert Counter(url for url, _ in simulated.sent) == Counter(urls), "each once"
    for origin in set(origins):
        times_s = [at_s for url, at_s in simulated.sent if url.startswith(f"https://{origin}.")]
        for number, begun_s in enumerate(times_s):
            within = sum(1 for at_s in times_s[number:] if at_s <= begun_s + 1.0)
            assert within <= 1 + per_s * (1.0 + 0.05)
    assert simulated.now_s <= max(Counter(origins).values()) / per_s + 0.01 * len(urls), "one does not wait for another"


def test_a_slow_push_service_leaves_connections_to_the_others() -> None:
    """2026-11-29: one that took its time had all connections."""
    turns = PushTurns(1e9)
    for number in range(100):
        turns.put(PushTry(0.0, number, PushSubscription(f"https://slow.example.net/{number}", "p", "a"), 0.0))
    taken = [turns.take(1.0)[0] for _ in range(100)]
    assert sum(attempt is not None for attempt in taken) == ORIGIN_AT_ONCE < AT_ONCE
    turns.put(PushTry(0.0, 100, PushSubscription("https://other.example.net/x", "p", "a"), 0.0))
    other, _ = turns.take(1.0)
    assert other is not None
    assert other.subscription.origin == "https://other.example.net"
    assert turns.take(1.0) == (None, math.inf)
    turns.end_work("https://slow.example.net")
    assert turns.take(1.0)[0] is not None


def test_who_already_waits_is_not_sent_before_the_time_that_the_service_names() -> None:
    """2026-11-29: those that waited for another reason when it asked for quiet were sent to all the same."""
    busy = {"https://a.net/1": [(500, ""), (201, "")], "https://a.net/2": [(429, "90"), (201, "")]}
    simulated = Simulated(busy)
    assert simulated.send("https://a.net/1", "https://a.net/2", "https://b.net/1").delivered == 3
    assert next(at_s for url, at_s in simulated.sent if url.startswith("https://b.net")) < 1.0
    quiet = [at_s for url, at_s in simulated.sent if url.startswith("https://a.net")][2:]
    assert len(quiet) == 2
    assert min(quiet) >= 90.0


def test_a_service_that_asks_for_hours_is_asked_no_more_and_holds_up_no_other_alert() -> None:
    """2026-11-29: it was asked again after two minutes, whatever it said, and the next alert waited for that."""
    simulated = Simulated({"https://a.net/1": [(429, "7200")]})
    outcome = simulated.send("https://a.net/1", "https://a.net/2", "https://b.net/1", "https://a.net/3")
    assert outcome.delivered == 1
    assert outcome.failed.total() == 3
    assert [url for url, _ in simulated.sent] == ["https://a.net/1", "https://b.net/1"]
    assert simulated.now_s < 1.0


@given(st.lists(st.tuples(st.sampled_from([429, 503, 500]), st.integers(0, 200)), max_size=8))
@settings(deadline=None)
def test_no_try_comes_before_its_time_or_after_two_minutes(answers: list[tuple[int, int]]) -> None:
    plan = [(status, str(wait_s)) for status, wait_s in answers]
    simulated = Simulated({"https://a.net/1": [*plan, (201, "")]})
    outcome = simulated.send("https://a.net/1")
    assert outcome.delivered + outcome.failed.total() == 1
    times_s = [at_s for _, at_s in simulated.sent]
    assert len(times_s) <= TRIES
    assert times_s[-1] - times_s[0] <= LONGEST_WAIT_S
    for (begun_s, later_s), (_, wait_s) in zip(pairwise(times_s), answers, strict=False):
        assert later_s - begun_s >= wait_s - 1e-6  # the clock adds up fractions


def test_retry_after_is_a_number_or_a_date() -> None:
    """2026-11-29: a date (RFC 9110, 10.2.3) counted as nothing said."""
    later = datetime.now(UTC) + timedelta(seconds=300)
    assert 295 < _seconds(format_datetime(later, usegmt=True)) <= 300
    assert _seconds("86400") == 86400.0
    assert _seconds("Fri, 31 Dec 1999 23:59:59 GMT") == 0.0
    for text in ("", "soon", "-5", "1.5", "Fri, 99 Dec 1999 23:59:59 GMT", "9" * 400, "\u0663"):
        assert _seconds(text) == 0.0


def test_no_answer_at_all_is_a_failure_and_ends(service: Service) -> None:
    def refused(origin: str) -> http.client.HTTPConnection:
        raise ConnectionRefusedError(origin)

    outcome = run_of(connect=refused).send(subscriptions(service, "a", "b"))
    assert (outcome.delivered, outcome.gone, outcome.failed) == (0, [], Counter({"ConnectionRefusedError": 2}))


def test_a_name_that_stands_for_our_own_network_is_forgotten(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch, "127.0.0.1")
    endpoint = "https://push.example.net/x"
    outcome = run_of(connect=connect_in_public).send([PushSubscription(endpoint, "p", "a")])
    assert outcome.gone == [endpoint]
    assert not service.got
    assert json.dumps(outcome.failed) == "{}"


def test_a_connection_that_was_closed_meanwhile_is_opened_anew(service: Service) -> None:
    service.answers = {"/one": [(201, {"Connection": "close"})]}
    outcome = run_of(at_once=1).send(subscriptions(service, "one", "two", "three"))
    assert outcome.delivered == 3


@pytest.mark.parametrize("host", ["push..example.net", "x" * 64 + ".example.net", ".example.net"])
def test_a_name_that_no_resolver_takes_costs_nobody_else_the_warning(service: Service, host: str) -> None:
    """2026-11-28: `getaddrinfo` raises UnicodeError for such a name; as many as there were threads ended every push."""

    def mixed(origin: str) -> http.client.HTTPConnection:
        return connect_in_public(origin) if host in origin else connect(origin)

    bad = [PushSubscription(f"https://{host}/{number}", "p", "a") for number in range(8)]
    outcome = run_of(connect=mixed).send([*bad, *subscriptions(service, "well", "other")])
    assert (outcome.delivered, len(outcome.gone)) == (2, 8)


def test_what_nobody_foresaw_costs_nobody_else_the_warning(service: Service) -> None:
    """2026-11-28: an error that was not listed ended its thread without a word."""

    def mixed(origin: str) -> http.client.HTTPConnection:
        if "broken" in origin:
            raise RuntimeError(origin)
        return connect(origin)

    bad = [PushSubscription(f"https://broken.example.net/{number}", "p", "a") for number in range(8)]
    outcome = run_of(connect=mixed).send([*bad, *subscriptions(service, "well", "other")])
    assert (outcome.delivered, outcome.failed) == (2, Counter({"RuntimeError": 8}))


def test_subscriptions_that_cannot_be_read_are_not_taken_for_reached(service: Service) -> None:
    """2026-11-28: of a file that was busy halfway the rest was passed over, and the alert marked as sent to all."""

    def halfway() -> Iterator[PushSubscription]:
        yield from subscriptions(service, "well")
        raise OSError("busy")

    run = run_of()
    with pytest.raises(OSError, match="busy"):
        run.send(halfway())
    assert run.outcome.delivered == 1


def test_an_answer_that_comes_byte_by_byte_does_not_hold_a_thread(service: Service) -> None:
    """2026-11-28: each byte began the time-out anew; 32 such endpoints held all threads for days."""
    with socket.create_server(("127.0.0.1", 0)) as slow:
        ends = threading.Event()

        def drip() -> None:
            with suppress(OSError):
                while True:
                    caller, _ = slow.accept()
                    with caller, suppress(OSError):
                        while not ends.wait(0.02):
                            caller.sendall(b"H")

        threading.Thread(target=drip, daemon=True).start()
        bad = PushSubscription(f"http://127.0.0.1:{slow.getsockname()[1]}/slow", "p", "a")
        run = run_of(at_once=1, answer_most_s=0.1)
        outcome = run.send([bad, *subscriptions(service, "well")])
        ends.set()
    assert (outcome.delivered, outcome.failed.total()) == (1, 1)


def test_one_thread_ends_what_takes_too_long_and_nothing_else() -> None:
    """2026-11-29: a timer, and with it a thread, for each push cost 0.1 ms of processor time, a third of the whole."""
    before = set(threading.enumerate())  # one of another test may end meanwhile
    late, late_end = socket.socketpair()
    early, early_end = socket.socketpair()
    for connected in (late, early):
        connected.settimeout(10.0)
    with Deadlines() as deadlines:
        for _ in range(1_000):
            with deadlines.ended_after(30.0, early):
                pass
        assert len(set(threading.enumerate()) - before) == 1
        with deadlines.ended_after(30.0, early), deadlines.ended_after(0.05, late):
            assert late.recv(1) == b""
        early_end.sendall(b"x")
        assert early.recv(1) == b"x"
    assert set(threading.enumerate()) <= before
    for connected in (late, late_end, early, early_end):
        connected.close()
