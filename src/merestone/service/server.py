"""Running the service on this machine: which addresses only this machine reaches, a free port, and the server."""

import asyncio
import ipaddress
import logging
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from merestone.exchange import BaseMap
from merestone.register import Register, RegisterOlder
from merestone.register.sidecars import Accounts
from merestone.service.app import LOOPBACK_NAMES, create_app
from merestone.service.check_feed import CheckFeed
from merestone.service.holding import Tier
from merestone.service.memory import give_back, keep_arenas_few
from merestone.terms import FieldRefused

LOG: Final = logging.getLogger("merestone.service")
PAGES_SOCKET: Final = "pages.sock"
WORKERS_MOST: Final = 8
CONNECTIONS_MOST = 2000
"""Connections at once; more are refused with 503."""
REQUEST_WITHIN_S = 15.0
"""A connection that has sent no whole request head by then is closed."""
GIVES_BACK_EVERY_S: Final = 10.0
"""How often memory that is free goes back to the machine."""
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
        with socket.socket(_family(host)) as probe:
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


def ready(
    register: Path, *, host: str, tier: Tier, public_url: str | None = None, base_map: Path | None = None
) -> FastAPI:
    """The application with its register read, so that the first visitor does not wait for it.

    Parameters
    ----------
    public_url
        The address by which people reach it through a proxy on this machine, such as https://mines.example.org.
    base_map
        A PMTiles archive of the user's own region, drawn below the areas.

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
    app = create_app(
        register,
        tier=tier,
        allowed_hosts=hosts,
        accounts=accounts,
        base_map=None if base_map is None else BaseMap.open(base_map),
    )
    holding = app.state.context.keeper.current()
    assert holding.index is not None
    assert holding.outlines_from_zoom >= 0
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
        "backlog": 2048,
    }


def default_workers() -> int:
    """How many processes check places unless told otherwise: one for each core, at most `WORKERS_MOST`."""
    if not hasattr(socket, "AF_UNIX"):
        return 0  # there is no socket by which the pages would be reached
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, WORKERS_MOST)


def run(app: FastAPI, *, host: str, port: int, trusted_proxy: str | None = None, workers: int = 0) -> None:
    """Serve until stopped.

    Parameters
    ----------
    trusted_proxy
        As for `server_options`.
    workers
        Processes that check places, each with an interpreter of its own, so that no page holds up a check; they hand
        on everything else to this process. 0: one process does all.
    """
    keep_arenas_few()
    threading.Thread(target=_give_back_memory, daemon=True).start()
    if workers == 0:
        uvicorn.run(app, host=host, port=port, **server_options(trusted_proxy))
        return
    with tempfile.TemporaryDirectory(prefix="merestone-") as folder, socket.socket(_family(host)) as public:
        public.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        public.bind((host, port))
        public.listen(2048)
        feed = CheckFeed(app.state.context.keeper, Path(folder))
        feed.refresh()
        team = Workers(app, public, Path(folder), trusted_proxy, workers)
        stopped = threading.Event()
        watch = threading.Thread(target=feed.keep_fresh, args=(stopped, LOG.warning), daemon=True)
        watch.start()
        try:
            team.start()
            # Only the workers reach this socket, and they state whom they answer to.
            options = server_options("*") | {
                "uds": str(Path(folder) / PAGES_SOCKET),
                "limit_concurrency": None,
                "date_header": False,  # the workers state it
            }
            uvicorn.run(app, **options)
        finally:
            stopped.set()
            team.stop()
            watch.join(10)


def _give_back_memory() -> None:
    while True:
        time.sleep(GIVES_BACK_EVERY_S)
        give_back()


class Workers:
    """The processes that check places; whichever ends is started anew."""

    def __init__(
        self, app: FastAPI, public: socket.socket, folder: Path, trusted_proxy: str | None, count: int
    ) -> None:
        context = app.state.context
        self._public, self._count = public, count
        self._command = [sys.executable, "-m", "merestone.service.check_worker", str(public.fileno()), str(folder)]
        self._command += [context.keeper.tier.value, "1" if context.sign_in else "0", trusted_proxy or ""]
        self._command += app.state.allowed_hosts
        self._running: list[subprocess.Popen[bytes]] = []
        self._stopped = threading.Event()

    def start(self) -> None:
        """Start all of them, and a thread that looks after them."""
        self._running = [self._begin() for _ in range(self._count)]
        threading.Thread(target=self._look_after, daemon=True).start()

    def _begin(self) -> "subprocess.Popen[bytes]":
        # Its standard input ends when this process does, however that happens.
        return subprocess.Popen(self._command, stdin=subprocess.PIPE, pass_fds=[self._public.fileno()])

    def _look_after(self) -> None:
        while not self._stopped.wait(1.0):
            for at, process in enumerate(self._running):
                if process.poll() is not None and not self._stopped.is_set():
                    LOG.warning("a process that checks places ended with %s; starting another", process.returncode)
                    self._running[at] = self._begin()

    def stop(self) -> None:
        """End all of them."""
        self._stopped.set()
        for process in self._running:
            process.terminate()
        for process in self._running:
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
