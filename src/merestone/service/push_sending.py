"""Sending pushes: many at once over connections that are kept, again after a while where that helps, never to our own.

A subscription names an address that anybody may have made up. So nothing is sent but to a name whose every address is
public, over TLS, and to the very addresses that were looked at; no redirection is followed (OWASP, SSRF prevention).
No push service gets more than so many a second, or at once, and none is asked before the time that it names.
Source: RFC 8030 (5, 8.4: what statuses mean), RFC 9110 (10.2.3, Retry-After: seconds or a date).
"""

import heapq
import http.client
import ipaddress
import itertools
import math
import random
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final, Protocol
from urllib.parse import urlsplit

from merestone.alerts import PushRequest, PushSubscription
from merestone.service.push_turns import ORIGIN_PER_S, WAITING_MOST, PushTry, PushTurns

AT_ONCE: Final = 32
"""Connections of one process at the most."""
TRIES: Final = 6
FIRST_WAIT_S: Final = 1.0
LONGEST_WAIT_S: Final = 120.0
"""A try that would come later is not made: the next alert must not wait for it, and the page has this one."""
TIMEOUT_S: Final = 10.0
"""For each read or write; `ANSWER_MOST_S` bounds all of them together."""
ANSWER_MOST_S: Final = 20.0
"""For the handshake, and for a request with its answer: who sends one byte at a time would hold a thread for days."""
ADDRESSES_MOST: Final = 4
"""Of one name, so many are tried at the most."""
_ANSWER_MOST_BYTES: Final = 65_536
_GONE: Final = frozenset({404, 410})
_LATER: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_ALL_WAIT: Final = frozenset({429, 503})
"""By which a push service says that it wants no more of anybody for a while."""
_DIGITS_MOST: Final = 10
_TOO_LATE: Final = "its push service asks to be left alone"
_HTTPS_PORT: Final = 443
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")


class AddressNotPublic(OSError):
    """The name of a push service stands for a machine that is not on the internet."""


class Connect(Protocol):
    """Opens a connection to an origin; raises OSError where that cannot be."""

    def __call__(self, origin: str) -> http.client.HTTPConnection:
        """A connection that is open."""


def public_addresses(host: str, port: int) -> list[tuple[socket.AddressFamily, tuple[str, int]]]:
    """The addresses of a name, if every one of them is on the internet.

    Raises
    ------
    AddressNotPublic
        One of them is of this machine, of a private network, of a group, or hides such a one.
    OSError
        The name is not known.
    """
    chosen = []
    for family, _, _, _, place in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        if not is_public(str(place[0])):
            raise AddressNotPublic(f"{host} resolves to an address that is not public")
        chosen.append((socket.AddressFamily(family), (str(place[0]), port)))
    return chosen


def is_public(text: str) -> bool:
    """Whether an address belongs to a machine on the internet, by IANA's tables; False for one that hides another."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        hides = address.ipv4_mapped or address.sixtofour or address.teredo or address in _NAT64
        if hides or "%" in text:
            return False
    return address.is_global and not address.is_multicast


@contextmanager
def ended_after(seconds: float, connected: socket.socket) -> Iterator[None]:
    """Shut a socket down if the block takes longer, whatever little comes through it: then reading it fails."""
    timer = threading.Timer(seconds, _shut_down, [connected])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


class Deadlines:
    """Shuts down the sockets whose time is over: one thread for all of a run, not a timer for each push.

    As a context manager it runs its thread; `ended_after` is as the function of that name.
    """

    def __init__(self) -> None:
        self._numbers = itertools.count()
        self._pending: list[_Deadline] = []
        self._change = threading.Condition()
        self._is_closed = False
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Deadlines":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._change:
            self._is_closed = True
            self._change.notify()
        self._thread.join(timeout=TIMEOUT_S)

    @contextmanager
    def ended_after(self, seconds: float, connected: socket.socket) -> Iterator[None]:
        """Shut a socket down if the block takes longer."""
        deadline = _Deadline(time.monotonic() + seconds, next(self._numbers), connected)
        with self._change:
            self._drop_met()
            heapq.heappush(self._pending, deadline)
            if self._pending[0] is deadline:
                self._change.notify()
        try:
            yield
        finally:
            deadline.connected = None

    def _drop_met(self) -> None:
        while self._pending and self._pending[0].connected is None:
            heapq.heappop(self._pending)

    def _watch(self) -> None:
        with self._change:
            while not self._is_closed:
                self._drop_met()
                if not self._pending:
                    self._change.wait()
                elif (left_s := self._pending[0].due_s - time.monotonic()) > 0.0:
                    self._change.wait(left_s)
                elif (connected := heapq.heappop(self._pending).connected) is not None:
                    _shut_down(connected)


@dataclass(order=True, slots=True)
class _Deadline:
    due_s: float
    number: int
    connected: socket.socket | None = field(compare=False)
    """None once the block has ended in time."""


def _shut_down(connected: socket.socket) -> None:
    with suppress(OSError):  # closed meanwhile
        socket.socket.shutdown(connected, socket.SHUT_RDWR)  # past TLS, which would say goodbye to the other side


class PublicConnection(http.client.HTTPSConnection):
    """TLS to the addresses that were looked at, and to no others that the name may stand for a moment later."""

    def connect(self) -> None:
        """Open it."""
        failed: OSError | None = None
        for family, place in public_addresses(self.host, self.port)[:ADDRESSES_MOST]:
            plain = socket.socket(family, socket.SOCK_STREAM)
            try:
                plain.settimeout(self.timeout)
                plain.connect(place)
                plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.sock = self._secured(plain)
                return
            except OSError as error:
                plain.close()
                failed = error
        raise failed or OSError(f"{self.host} has no address")

    def _secured(self, plain: socket.socket) -> ssl.SSLSocket:
        context = ssl.create_default_context()
        secured = context.wrap_socket(plain, server_hostname=self.host, do_handshake_on_connect=False)
        try:
            with ended_after(ANSWER_MOST_S, secured):
                secured.do_handshake()
        except BaseException:
            secured.close()
            raise
        return secured


def connect_in_public(origin: str) -> http.client.HTTPConnection:
    """The way to a push service on the internet."""
    parts = urlsplit(origin)
    if parts.scheme != "https" or parts.hostname is None or parts.port not in (None, _HTTPS_PORT):
        raise AddressNotPublic(f"{parts.scheme} is not https at its usual port")
    connection = PublicConnection(parts.hostname, _HTTPS_PORT, timeout=TIMEOUT_S)
    connection.connect()
    return connection


@dataclass
class PushOutcome:
    """What became of one push to many."""

    delivered: int = 0
    gone: list[str] = field(default_factory=list)
    """Endpoints whose browser is no longer there, or that name no push service."""
    failed: Counter[str] = field(default_factory=Counter)
    """How many could not be reached, by the reason; of no subscriber anything is told."""


class PushRun:
    """One alert on its way to everybody.

    Parameters
    ----------
    write
        Makes the request for one subscription; ValueError where its keys are none.
    connect
        Opens connections. `connect_in_public`, unless a test or a measurement has push services of its own.
    origin_per_s
        Pushes to one push service in a second, by this run.
    """

    def __init__(
        self,
        write: Callable[[PushSubscription], PushRequest],
        *,
        connect: Connect = connect_in_public,
        at_once: int = AT_ONCE,
        origin_per_s: float = ORIGIN_PER_S,
        first_wait_s: float = FIRST_WAIT_S,
        answer_most_s: float = ANSWER_MOST_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._write, self._connect, self._at_once = write, connect, at_once
        self._first_wait_s, self._answer_most_s, self._clock = first_wait_s, answer_most_s, clock
        self._unread: Exception | None = None
        self._numbers = itertools.count()
        self._turns = PushTurns(origin_per_s)
        self._change = threading.Condition()
        self._deadlines = Deadlines()
        self.outcome = PushOutcome()

    def send(self, subscriptions: Iterable[PushSubscription]) -> PushOutcome:
        """Send to all of them; returns when each was reached, is gone, or was tried often enough.

        What reading ``subscriptions`` raised is raised after those before it were sent to: nobody was told of the rest.
        """
        self._fresh: Iterator[PushSubscription] = iter(subscriptions)
        threads = [threading.Thread(target=self._work, daemon=True) for _ in range(self._at_once)]
        with Deadlines() as self._deadlines:
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        if self._unread is not None:
            raise self._unread
        return self.outcome

    def _work(self) -> None:
        connections: dict[str, http.client.HTTPConnection] = {}
        while (attempt := self._next()) is not None:
            try:
                self._attempt(attempt, connections)
            except Exception as error:  # what fails for one reader must not cost the others their warning
                self._end(failed=type(error).__name__)
            finally:
                with self._change:
                    self._turns.end_work(attempt.subscription.origin)
                    self._change.notify_all()
        for connection in connections.values():
            connection.close()

    def _next(self) -> PushTry | None:
        """The next that is due; None when nothing is left, and nobody works on what may come back."""
        with self._change:
            while True:
                now_s = self._clock()
                attempt, until_s = self._turns.take(now_s)
                if attempt is not None:
                    return attempt
                fresh = self._fresh_one() if self._turns.waiting < WAITING_MOST else None
                if fresh is not None:
                    self._put(PushTry(now_s, next(self._numbers), fresh, now_s))
                elif until_s < math.inf:
                    self._change.wait(max(until_s - now_s, 0.001))
                elif self._turns.at_work:
                    self._change.wait()
                else:
                    self._change.notify_all()
                    return None

    def _put(self, attempt: PushTry) -> None:
        if not self._turns.put(attempt):
            self._end(failed=_TOO_LATE)

    def _fresh_one(self) -> PushSubscription | None:
        if self._unread is not None:
            return None
        try:
            return next(self._fresh, None)
        except Exception as error:  # raised by `send`, when those that were read have been reached
            self._unread = error
            return None

    def _attempt(self, attempt: PushTry, connections: dict[str, http.client.HTTPConnection]) -> None:
        subscription = attempt.subscription
        try:
            request = self._write(subscription)
        except ValueError:
            self._end(gone=subscription.endpoint)
            return
        try:
            status, retry_after = self._posted(request, subscription.origin, connections)
        except (AddressNotPublic, ValueError):  # ValueError: a name or path that resolver, TLS or HTTP cannot write
            self._end(gone=subscription.endpoint)
        except (OSError, http.client.HTTPException) as error:
            self._later(attempt, type(error).__name__, 0.0, closes_origin=True)
        else:
            if 200 <= status < 300:
                self._end()
            elif status in _GONE:
                self._end(gone=subscription.endpoint)
            elif status in _LATER:
                self._later(attempt, f"status {status}", retry_after, closes_origin=status in _ALL_WAIT)
            else:
                self._end(failed=f"status {status}")

    def _posted(
        self, request: PushRequest, origin: str, connections: dict[str, http.client.HTTPConnection]
    ) -> tuple[int, float]:
        """Status, and the seconds that the push service asks us to wait."""
        parts = urlsplit(request.url)
        path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
        is_kept = origin in connections
        while True:
            connection = connections.pop(origin, None) or self._connect(origin)
            try:
                with self._deadlines.ended_after(self._answer_most_s, connection.sock):
                    connection.request("POST", path, request.body, request.headers)
                    answer = connection.getresponse()
                    answer.read(_ANSWER_MOST_BYTES)
            except (OSError, ValueError, http.client.HTTPException):
                connection.close()
                if not is_kept:
                    raise
                is_kept = False  # the other side may have closed what was kept: once more over a new one
                continue
            if answer.will_close or not answer.isclosed():
                connection.close()
            else:
                connections[origin] = connection
            return answer.status, _seconds(answer.getheader("Retry-After", ""))

    def _later(self, attempt: PushTry, reason: str, retry_after_s: float, *, closes_origin: bool) -> None:
        attempt.tries += 1
        wait_s = self._first_wait_s * 2**attempt.tries * random.uniform(0.5, 1.0)  # noqa: S311 - no secret
        attempt.due_s = self._clock() + max(wait_s, retry_after_s)
        is_too_late = attempt.due_s - attempt.begun_s > LONGEST_WAIT_S
        with self._change:
            if closes_origin:
                until_s = math.inf if retry_after_s > LONGEST_WAIT_S else attempt.due_s
                for _ in range(self._turns.close(attempt.subscription.origin, until_s)):
                    self._end(failed=_TOO_LATE)
            if is_too_late or attempt.tries >= TRIES:
                self._end(failed=reason)
            else:
                self._put(attempt)

    def _end(self, *, gone: str | None = None, failed: str | None = None) -> None:
        with self._change:
            if gone is not None:
                self.outcome.gone.append(gone)
            elif failed is not None:
                self.outcome.failed[failed] += 1
            else:
                self.outcome.delivered += 1


def _seconds(text: str) -> float:
    """The seconds that Retry-After names, as a number or as a date (RFC 9110, 10.2.3); 0 where it says neither."""
    if text.isascii() and text.isdecimal() and len(text) < _DIGITS_MOST:
        return float(text)
    try:
        named = parsedate_to_datetime(text)
        return max((named.replace(tzinfo=named.tzinfo or UTC) - datetime.now(UTC)).total_seconds(), 0.0)
    except (ValueError, OverflowError):
        return 0.0
