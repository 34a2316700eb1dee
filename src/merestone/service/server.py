"""Running the service on this machine: which addresses only this machine reaches, a free port, and the server."""

import asyncio
import ipaddress
import socket
from pathlib import Path
from urllib.parse import urlsplit

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from merestone.register import Register, RegisterOlder
from merestone.register.account import Accounts
from merestone.service.app import LOOPBACK_NAMES, create_app
from merestone.service.holding import Tier
from merestone.terms import FieldRefused

CONNECTIONS_MOST = 2000
"""Connections at once; more are refused with 503."""
REQUEST_WITHIN_S = 15.0
"""A connection that has sent no whole request head by then is closed."""
TRIES = 20
"""How many ports after the first are tried when it is taken."""


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def free_port(host: str, port: int) -> int:
    """The first free port from ``port`` on.

    Raises
    ------
    FieldRefused
        It and the `TRIES` after it are taken, or the address is not this machine's.
    """
    for candidate in range(port, port + TRIES):
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, candidate))
            except OSError:
                continue
            return candidate
    raise FieldRefused(
        "port", port, f"and the {TRIES} after it cannot be had on {host}", "give another port or address"
    )


def check_servable(register: Path, *, host: str, tier: Tier) -> None:
    """Refuse what must not be served, before anybody is told an address.

    Raises
    ------
    FieldRefused
        The exact tier on an address that other machines reach: it has no sign-in.
    FileRefused
        The register is missing, or is none.
    """
    if tier is Tier.EXACT and not is_loopback(host):
        why = "is reached from other machines, and the exact tier has no sign-in"
        raise FieldRefused("host", host, why, "serve the public tier there")
    try:
        Register.open(register, read_only=True).close()
    except RegisterOlder:
        Register.open(register).close()  # brings it up to date


def ready(register: Path, *, host: str, tier: Tier, public_url: str | None = None) -> FastAPI:
    """The application with its register read, so that the first visitor does not wait for it.

    Parameters
    ----------
    public_url
        The address by which people reach it through a proxy on this machine, such as https://mines.example.org.

    Raises
    ------
    FieldRefused, FileRefused
        As `check_servable`; or ``public_url`` is not an address, or the proxy would publish the exact tier.
    """
    check_servable(register, host=host, tier=tier)
    # Passwords go over this machine's own wires alone: elsewhere the service has no TLS, and therefore no desk.
    is_here = is_loopback(host)
    accounts = Accounts.beside(register) if is_here else None
    hosts: tuple[str, ...] = LOOPBACK_NAMES if is_here else ("*",)
    if public_url is not None:
        hosts = (*LOOPBACK_NAMES, _public_host(public_url, host=host, tier=tier))
    app = create_app(register, tier=tier, allowed_hosts=hosts, accounts=accounts)
    holding = app.state.context.keeper.current()
    assert holding.index is not None
    assert holding.map_areas.etag
    return app


def _public_host(public_url: str, *, host: str, tier: Tier) -> str:
    parts = urlsplit(public_url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/"):
        why = "is not the address of a site"
        raise FieldRefused("public-url", public_url, why, "write it as https://mines.example.org")
    if not is_loopback(host):
        why = "needs the service to be reached by its proxy alone"
        raise FieldRefused("public-url", public_url, why, "leave out --host, and let the proxy run on this machine")
    if tier is Tier.EXACT:
        why = "would publish the exact tier, which has no sign-in"
        raise FieldRefused("public-url", public_url, why, "serve the public tier")
    return parts.hostname


class PromptProtocol(H11Protocol):
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


def run(app: FastAPI, *, host: str, port: int, trusted_proxy: str | None = None) -> None:
    """Serve until stopped.

    Parameters
    ----------
    trusted_proxy
        The address of a proxy whose X-Forwarded-For and X-Forwarded-Proto are believed; None: nobody's, or any client
        could state an address of its own choosing.
    """
    uvicorn.run(
        app,
        host=host,
        port=port,
        log_level="warning",
        server_header=False,
        http=PromptProtocol,
        proxy_headers=trusted_proxy is not None,
        forwarded_allow_ips=trusted_proxy or "",
        limit_concurrency=CONNECTIONS_MOST,
        timeout_keep_alive=5,
        backlog=2048,
    )
