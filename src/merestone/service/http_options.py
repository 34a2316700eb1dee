"""How every process of the service speaks HTTP: uvicorn's options, and that no slow client holds a connection."""

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

PAGES_SOCKET: Final = "pages.sock"
"""In the service's folder: where the process that makes the pages is reached."""
CONNECTIONS_MOST: Final = 2000
"""Connections at once; more are refused with 503."""
REQUEST_WITHIN_S: Final = 15.0
"""A connection that has sent no whole request head by then is closed."""

ENDS_WITHIN_S: Final = 10
"""What answers may still take once the service is asked to end; uvicorn by itself waits for them without a limit."""


class PromptProtocol(HttpToolsProtocol):
    """HTTP that closes a connection whose request does not arrive: slow clients must not hold all connections."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # noqa: D102
        super().connection_made(transport)
        self._expect_request()

    def on_response_complete(self) -> None:  # noqa: D102
        super().on_response_complete()
        if not self.transport.is_closing():
            self._expect_request()

    def _expect_request(self) -> None:
        asked = self.cycle
        self.loop.call_later(REQUEST_WITHIN_S, self._close_if_still, asked)

    def _close_if_still(self, asked: object) -> None:
        if self.cycle is asked and not self.transport.is_closing():
            self.transport.close()


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
        "timeout_keep_alive": 5,
        "timeout_graceful_shutdown": ENDS_WITHIN_S,
        "backlog": 2048,
    }
