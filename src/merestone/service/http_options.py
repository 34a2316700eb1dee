"""How every process of the service speaks HTTP: uvicorn's options, and that no slow client holds a connection."""

import asyncio
import weakref
from collections.abc import Callable
from typing import Any, Final, cast

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from merestone.service.leaving import LeavingState, has_unread
from merestone.service.middleware import HEADERS
from merestone.service.problem import problem, title_of

PAGES_SOCKET: Final = "pages.sock"
"""In the service's folder: where the process that makes the pages is reached."""
CONNECTIONS_MOST: Final = 2000
"""Connections at once; more are refused with 503."""
REQUEST_WITHIN_S: Final = 15.0
"""A connection that has sent no whole request head by then is closed."""

ENDS_WITHIN_S: Final = 10
"""What answers may still take once the service is asked to end; uvicorn by itself waits for them without a limit."""


HEAD_BYTES_MOST: Final = 65_536
"""What may come before a request's headers end, or between two pieces of its body; a browser sends some 2 kB."""
DISCARDED_BYTES_MOST: Final = 1 << 20
"""How much of a body is read and thrown away after its request was answered; then the connection is closed."""
LINGERS_S: Final = 2.0
"""A client that is still sending has so long to read its answer before the connection is closed (RFC 9112, 9.6)."""
_LOOKS_AGAIN_AFTER_S: Final = 0.5
KEEPS_OPEN_S: Final = 5
"""A connection that is open without a request is closed after so long."""
UNREADABLE: Final = "this is not a valid HTTP/1.1 or 1.0 request; nothing was done"
HEAD_TOO_LARGE: Final = f"the headers of a request may have {HEAD_BYTES_MOST:,} bytes; ask with fewer or shorter ones"
TOO_MANY: Final = "too many connections are open; checks go on for those that are. Ask again in a moment"


class PromptProtocol(HttpToolsProtocol):
    """HTTP that closes a connection whose request does not arrive: slow clients must not hold all connections.

    What cannot be read is refused as every error is, and what is sent on after an answer is not read for long. When its
    server ends (`merestone.service.leaving`), whatever was asked on an open connection is still answered.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # noqa: D102
        super().connection_made(cast(asyncio.Transport, _Lingering(transport, self)))
        self._unread_bytes = self._discarded_bytes = 0
        self._last: RequestResponseCycle | None = None
        self._look: asyncio.TimerHandle | None = None
        self._expect_request()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: D102
        super().connection_lost(exc)
        self._forget_look()
        # What was not read of a body: a request that is still worked on would hold it.
        if self.cycle is not None:
            self.cycle.body = bytearray()

    @property
    def is_leaving(self) -> bool:
        """Whether the server takes no new connection any more, and ends once those that are open have ended."""
        return isinstance(self.server_state, LeavingState) and self.server_state.is_leaving

    def data_received(self, data: bytes) -> None:  # noqa: D102
        if self.transport.is_closing():
            return  # the last answer was sent, with `Connection: close`
        self._unread_bytes += len(data)
        super().data_received(data)
        if self._unread_bytes > HEAD_BYTES_MOST and not self.transport.is_closing():
            self._refuse(431, HEAD_TOO_LARGE)

    def on_headers_complete(self) -> None:  # noqa: D102
        self._unread_bytes = self._discarded_bytes = 0
        if self.limit_concurrency is not None and len(self.connections) >= self.limit_concurrency:
            self.app, self.limit_concurrency = cast(Any, _too_many), None
        before = self.cycle
        super().on_headers_complete()
        if before is not None and before is self._last and not before.response_started:
            before.keep_alive, self._last = True, None  # another request came behind it, which is answered, too

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        if self.is_leaving and not self.pipeline:
            self._close_after(cycle)
        super()._start_asgi_task(cycle, app)

    def _close_after(self, cycle: RequestResponseCycle) -> None:
        if cycle.keep_alive:
            cycle.keep_alive, self._last = False, cycle

    def shutdown(self) -> None:  # noqa: D102
        if self.cycle is None or self.cycle.response_complete:
            self._expect_request()
        elif not self.cycle.response_started and not self.pipeline:
            self._close_after(self.cycle)

    def timeout_keep_alive_handler(self) -> None:  # noqa: D102
        if not has_unread(self.transport):  # else a request came just now
            self._close_idle()

    def on_body(self, body: bytes) -> None:  # noqa: D102
        self._unread_bytes = 0
        if self.cycle.response_complete:
            self._discarded_bytes += len(body)
            if self._discarded_bytes > DISCARDED_BYTES_MOST:
                self.transport.close()
        super().on_body(body)

    def on_message_complete(self) -> None:  # noqa: D102
        self._unread_bytes = 0
        super().on_message_complete()

    def on_response_complete(self) -> None:  # noqa: D102
        super().on_response_complete()
        if not self.transport.is_closing():
            self._expect_request()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002, D102
        self._refuse(400, UNREADABLE)

    def _unsupported_upgrade_warning(self) -> None:
        """No word in the log: anybody can ask for a WebSocket, and is answered as if they had not (RFC 9110, 7.8)."""

    def _refuse(self, status: int, why: str) -> None:
        """Answer what no application is asked about, and close."""
        if self.cycle is None or not self.cycle.response_started or self.cycle.response_complete:
            answer = problem(status, why)
            headers = {**HEADERS, "Cache-Control": "no-store", "Connection": "close", **answer.headers}
            lines = [f"HTTP/1.1 {status} {title_of(status)}", *(f"{name}: {value}" for name, value in headers.items())]
            self.transport.write("\r\n".join([*lines, "", ""]).encode("latin-1") + bytes(answer.body))
        self.transport.close()

    def _expect_request(self) -> None:
        within_s = cast(LeavingState, self.server_state).waits_s if self.is_leaving else REQUEST_WITHIN_S
        self._look_after(within_s, self.cycle, has_unread)

    def _look_after(self, within_s: float, asked: object, has_more: Callable[[asyncio.BaseTransport], bool]) -> None:
        self._forget_look()
        self._look = self.loop.call_later(within_s, self._close_if_still, asked, has_more)

    def _forget_look(self) -> None:
        """One at a time: each holds the request before it, which would stay in memory for `REQUEST_WITHIN_S`."""
        if self._look is not None:
            self._look.cancel()
            self._look = None

    def _close_if_still(self, asked: object, has_more: Callable[[asyncio.BaseTransport], bool]) -> None:
        if self.cycle is not asked or self.transport.is_closing():
            return
        if has_more(self.transport):  # what came just now may be the rest of a request
            self._look_after(_LOOKS_AGAIN_AFTER_S, asked, lambda _: False)
        else:
            self._close_idle()

    def _close_idle(self) -> None:
        cast(_Lingering, self.transport).close_idle()


class _Lingering:
    """A connection that, closed while its client still sends or may, waits, so that the answer is read.

    Closed at once, the client's system would throw away an answer that had come before what it sent was refused.
    """

    def __init__(self, transport: asyncio.Transport, protocol: PromptProtocol) -> None:
        self._transport, self._is_lingering = transport, False
        # Not in a circle, or what a connection held, up to 64 kB of a body among it, would wait for the collector.
        self._protocol = weakref.ref(protocol)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def is_closing(self) -> bool:
        return self._is_lingering or self._transport.is_closing()

    def close_idle(self) -> None:
        self._transport.close()  # there is no answer that could be lost

    def close(self) -> None:
        protocol = self._protocol()
        if protocol is None:  # the connection is lost
            self._transport.close()
            return
        is_sending = protocol.parser is not None and protocol.cycle is not None and protocol.cycle.more_body
        if self.is_closing() or not (is_sending or protocol.is_leaving):
            self._transport.close()
            return
        self._is_lingering = True
        if is_sending:
            self._transport.pause_reading()
        else:
            self._transport.write_eof()  # what still comes is read and thrown away, until the client closes
        protocol.loop.call_later(LINGERS_S, self._transport.close)


async def _too_many(scope: Scope, receive: Receive, send: Send) -> None:
    answer = problem(503, TOO_MANY)
    answer.headers.update({**HEADERS, "Cache-Control": "no-store", "Connection": "close", "Retry-After": "2"})
    await answer(scope, receive, send)


def server_options(trusted_proxy: str | None) -> dict[str, Any]:
    """How uvicorn is run.

    Parameters
    ----------
    trusted_proxy
        The address of a proxy whose X-Forwarded-For and X-Forwarded-Proto are believed; None: nobody's, or any client
        could state an address of its own choosing.
    """
    return {
        "log_level": "warning",
        "access_log": False,
        "server_header": False,
        "http": PromptProtocol,
        "ws": "none",
        "proxy_headers": trusted_proxy is not None,
        "forwarded_allow_ips": trusted_proxy or "",
        "limit_concurrency": CONNECTIONS_MOST,
        "timeout_keep_alive": KEEPS_OPEN_S,
        "timeout_graceful_shutdown": ENDS_WITHIN_S,
        "backlog": 2048,
    }
