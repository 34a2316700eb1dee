"""Running the service on this machine: which addresses only this machine reaches, a free port, and the server."""

import contextlib
import gc
import http.client
import ipaddress
import logging
import os
import socket
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import anyio.to_thread
import uvicorn
from fastapi import FastAPI

from merestone.exchange import BaseMap
from merestone.exchange.exercise import exercise_region
from merestone.files import scratch_folder
from merestone.languages import LANGUAGES, catalogue_of, instant_text, needs_english, speaking
from merestone.register import Register, RegisterOlder
from merestone.register.sidecars import Accounts
from merestone.service.alert_waits import AlertWaits
from merestone.service.app import LOOPBACK_NAMES, create_app
from merestone.service.beside_pages import serve_side
from merestone.service.check_feed import CheckFeed, FeedReader
from merestone.service.check_team import CHECKS, CheckTeam
from merestone.service.check_worker import create_worker_app, serve_checks
from merestone.service.context import Context
from merestone.service.fork_server import ForkServer, Work, can_fork
from merestone.service.holding import Tier
from merestone.service.http_options import PAGES_SOCKET, server_options
from merestone.service.import_jobs import INTAKE, take_in_apart
from merestone.service.leaving import LeavingServer, cleaned_at_sigterm, refuse_new
from merestone.service.memory import collect_often, give_back, keep_arenas_few, keep_giving_back, let_go_of_file_pages
from merestone.service.priority import yield_to_checks
from merestone.service.push_sending import Connect, connect_in_public
from merestone.service.push_watch import PUSH, PushWatch, send_push
from merestone.service.report_jobs import REPORT, make_report
from merestone.service.side_process import SIDE
from merestone.service.starting import OpenedPort, address_family, bound_socket
from merestone.terms import FieldRefused

LOG: Final = logging.getLogger("merestone.service")
WORKERS_MOST: Final = 8
_READY_WITHIN_S: Final = 60.0
_LOOKS_EVERY_S: Final = 0.05
PAGES_AT_ONCE: Final = 4
"""Threads that make pages, where one process does all: with 40, a check waited behind all of them each time it needed
the interpreter."""
SWITCHES_EVERY_S: Final = 0.0005
"""How soon one thread lets another one go on, where one process does all: a check needs its turn several times, and
waited 5 ms (Python's own interval) for each page that was being made."""
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
        with socket.socket(address_family(host)) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, candidate))
            except OSError:
                continue
            return candidate
    raise FieldRefused(
        "port",
        port,
        f"and the {TRIES} ports after it are in use or not allowed on {host}",
        "give another port or address",
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
        A PMTiles archive of the user's own region, drawn below the areas. None: of the exercise, its invented island.

    Raises
    ------
    FieldRefused, FileRefused
        As `check_servable`; or ``public_url`` is not an address, or the proxy would publish the exact tier.
    """
    check_servable(register, host=host, tier=tier)
    base_map = exercise_region(register) if base_map is None else base_map
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
    _read_every_language()
    return app


def _read_every_language() -> None:
    """Read every catalogue now: a phone is told an alert in all of them at once, and its first reader waited 0.7 s."""
    for language in LANGUAGES:
        with speaking(language.tag):
            if language != LANGUAGES[0]:
                catalogue_of(language.tag)
            needs_english()
            instant_text(datetime.now(UTC))


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


def default_workers() -> int:
    """How many processes check places unless told otherwise: one for each core, at most `WORKERS_MOST`."""
    if not can_fork():
        return 0
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, WORKERS_MOST)


def run(
    app: FastAPI,
    *,
    host: str,
    port: int,
    opened: OpenedPort | None = None,
    trusted_proxy: str | None = None,
    workers: int = 0,
    announce: Callable[[], None] = lambda: None,
    connect_push: Connect = connect_in_public,
) -> None:
    """Serve until stopped.

    Parameters
    ----------
    opened
        The port, where it is open already, with who answers meanwhile. None: it is opened now.
    trusted_proxy
        As for `server_options`.
    workers
        Processes that check places, each with an interpreter of its own, so that no page holds up a check; they hand
        on everything else to this process. 0: one process does all but what is expensive.
    announce
        Called once the first visitor need not wait.
    connect_push
        The way to push services; another only where a test or a measurement has some of its own.
    """
    keep_arenas_few()
    context: Context = app.state.context
    ready_now = partial(_say_when_ready, host, port, announce)
    with cleaned_at_sigterm(), scratch_folder("web") as folder, _public_socket(host, port, opened) as public:
        feed = CheckFeed(context.keeper, folder)
        if workers:
            feed.refresh()
        # While this process has one thread.
        forks = _fork_server(
            app, public, folder, trusted_proxy=trusted_proxy, is_checking=workers > 0, push=connect_push
        )
        if workers:
            yield_to_checks()
        keep_giving_back()
        context.keep_files_in(folder)
        context.expensive.begin(forks, folder, lambda: context.keeper.newest_chain)
        stopped, team = threading.Event(), CheckTeam(forks, workers)
        watch = PushWatch(context.keeper, context.alerts, forks, connect=connect_push)
        if opened is not None:
            opened.hand_over()
        try:
            threading.Thread(target=watch.keep_watching, args=(stopped,), daemon=True).start()
            team.start()
            if workers:
                _look_after(feed, team, context, stopped)
            pages = _pages(app, folder if workers else None, trusted_proxy, ready_now)
            pages.leave = partial(_leave, public, team, pages, context.alert_waits)
            pages.run(sockets=None if workers else [public])
        finally:
            stopped.set()
            team.stop()
            if forks is not None:
                forks.stop()


def _look_after(feed: CheckFeed, team: CheckTeam, context: Context, stopped: threading.Event) -> None:
    """Keep what checks are made of fresh, and the processes that make them small, until stopped."""
    threading.Thread(target=feed.keep_fresh, args=(stopped, LOG.warning), daemon=True).start()
    keep_small = partial(team.keep_small, stopped, lambda: context.expensive.is_at_work)
    threading.Thread(target=keep_small, daemon=True).start()


def _pages(app: FastAPI, folder: Path | None, trusted_proxy: str | None, ready_now: Callable[[], None]) -> "_Announced":
    """The server of the pages: for workers at a socket in a folder, or, without workers, for everybody."""
    collect_often()
    if folder is None:
        for_everybody = _Announced(uvicorn.Config(app, **server_options(trusted_proxy)), ready_now)
        for_everybody.is_alone = True
        return for_everybody
    # Only the workers reach this socket, and they state whom they answer to, and the date.
    options = server_options("*") | {"uds": str(folder / PAGES_SOCKET), "limit_concurrency": None, "date_header": False}
    return _Announced(uvicorn.Config(app, **options), ready_now)


async def _leave(public: socket.socket, team: CheckTeam, pages: uvicorn.Server, waits: AlertWaits) -> None:
    """Answer what was asked, while the pages are still there to be asked."""
    await refuse_new(public)
    waits.end()
    await team.end(lambda: pages.force_exit)


class _Announced(LeavingServer):
    """A server that says when it listens, and has answered once."""

    leave: Callable[[], Awaitable[None]]
    """What the whole service does first when it is asked to end."""
    is_alone: bool = False
    """Whether places are checked here, too, and not by processes of their own."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self.leave()
        await super().shutdown(sockets)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        if self.is_alone:
            sys.setswitchinterval(SWITCHES_EVERY_S)
            anyio.to_thread.current_default_thread_limiter().total_tokens = PAGES_AT_ONCE
        await super().startup(sockets)
        threading.Thread(target=self._announce, daemon=True).start()


def _say_when_ready(host: str, port: int, announce: Callable[[], None]) -> None:
    _first_page(host, port)
    announce()


def _first_page(host: str, port: int) -> None:
    """Ask for the map as the first visitor will, until it is there: templates are read then, and workers ready."""
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - only asked
    until_s = time.monotonic() + _READY_WITHIN_S
    while time.monotonic() < until_s:
        connection = http.client.HTTPConnection(here, port, timeout=_READY_WITHIN_S)
        try:
            connection.request("GET", "/", headers={"Host": "127.0.0.1"})
            if connection.getresponse().status != 503:  # while the workers are there, and the pages not yet
                return
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(_LOOKS_EVERY_S)


def _fork_server(
    app: FastAPI, public: socket.socket, folder: Path, *, trusted_proxy: str | None, is_checking: bool, push: Connect
) -> ForkServer | None:
    """From which the other processes are forked; None where processes cannot be."""
    if not can_fork():
        return None
    public.listen(2048)
    context: Context = app.state.context
    works: dict[str, Work] = {
        SIDE: partial(serve_side, app),
        REPORT: partial(make_report, context.keeper),
        INTAKE: partial(take_in_apart, context.keeper),
        PUSH: partial(send_push, context.keeper, connect=push),
    }
    if is_checking:
        feed = FeedReader(folder, tier=context.keeper.tier)
        # The compiled kernel, the hazards and the templates are then in memory that all processes share.
        hosts = tuple(app.state.allowed_hosts)
        worker_app = create_worker_app(feed, hosts=hosts, has_desk=context.sign_in is not None)
        works[CHECKS] = partial(serve_checks, public, worker_app, feed, trusted_proxy=trusted_proxy)
    gc.collect()
    give_back()  # what is free now would be a copy in none of them, and lost to all
    let_go_of_file_pages()
    return ForkServer(works)


@contextlib.contextmanager
def _public_socket(host: str, port: int, opened: OpenedPort | None) -> Iterator[socket.socket]:
    if opened is not None:
        yield opened.socket
        return
    with bound_socket(host, port) as public:
        yield public
