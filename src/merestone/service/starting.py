"""The port is open while the register is still read: whoever asks meanwhile is told so, and asks again.

A large public register takes a quarter of a minute to read; until 2026-11-30 the port was closed then, and a person saw
an error of their browser. A process of its own answers, which is gone once the service begins; who connects in between
waits in the queue of the socket, which both have.
"""

import contextlib
import os
import signal
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import uvicorn
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send

from merestone.languages import current_language, speaking
from merestone.service.fork_server import can_fork, end_with
from merestone.service.holding import Tier
from merestone.service.http_options import server_options
from merestone.service.middleware import AnswerRules, HeadAsGet, security_headers
from merestone.service.page import page_templates
from merestone.service.problem import problem
from merestone.service.spoken import language_for_errors

READING: Final = (
    "the register is being read, and no place is checked yet: what is recorded is not known until then. Ask again in a "
    "moment"
)
AGAIN_AFTER_S: Final = 3
_ENDS_WITHIN_S: Final = 3.0
_LOOKS_EVERY_S: Final = 0.01


@dataclass
class OpenedPort:
    """A socket that listens, and the process that answers on it until the service does; None where none can be."""

    socket: socket.socket
    _pid: int | None

    def hand_over(self) -> None:
        """End the process that answers; whoever comes now waits for the service."""
        pid, self._pid = self._pid, None
        if pid is None:
            return
        os.kill(pid, signal.SIGTERM)
        until_s = time.monotonic() + _ENDS_WITHIN_S
        while os.waitpid(pid, os.WNOHANG) == (0, 0):
            if time.monotonic() > until_s:
                os.kill(pid, signal.SIGKILL)
            time.sleep(_LOOKS_EVERY_S)


def address_family(host: str) -> socket.AddressFamily:
    """Of an address to listen on: IPv6 if it has a colon."""
    return socket.AF_INET6 if ":" in host else socket.AF_INET


@contextlib.contextmanager
def bound_socket(host: str, port: int) -> Iterator[socket.socket]:
    """A socket on the port, which does not listen yet; closed at the end of the block."""
    with socket.socket(address_family(host)) as public:
        public.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        public.bind((host, port))
        yield public


@contextlib.contextmanager
def opened_port(host: str, port: int, tier: Tier) -> Iterator[OpenedPort]:
    """Listen, and say that the register is being read, until `OpenedPort.hand_over` or the end of the block.

    To be called while this process has one thread.
    """
    with bound_socket(host, port) as public:
        pid = None
        if can_fork():
            public.listen(2048)
            pid = _forked(public, tier)
        opened = OpenedPort(public, pid)
        try:
            yield opened
        finally:
            opened.hand_over()


def _forked(public: socket.socket, tier: Tier) -> int:
    life, alive = os.pipe()
    pid = os.fork()
    if pid:
        os.close(life)  # the other end is ours, and gone with us
        return pid
    try:
        os.close(alive)
        end_with(life)
        # Who asks again on an open connection at its end does so in order: nothing of that is an error to tell.
        options = server_options(None) | {"timeout_graceful_shutdown": 1, "log_level": "critical"}
        app = AnswerRules(HeadAsGet(StillReading()), security_headers(tier))
        uvicorn.Server(uvicorn.Config(app, lifespan="off", **options)).run(sockets=[public])
    finally:
        os._exit(0)


class StillReading:
    """Answers everything with 503 and when to ask again: a page for people, problem details for programs."""

    def __init__(self) -> None:
        self._templates = page_templates()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Say that the register is being read."""
        answer: Response = problem(503, READING)
        if "text/html" in Request(scope).headers.get("accept", ""):
            with speaking(language_for_errors(scope).tag):
                page = self._templates.get_template("starting.html")
                # A form that was sent would be asked for anew, and empty: who reloads the page sends it again.
                again_after_s = None if scope["method"] == "POST" else AGAIN_AFTER_S
                answer = HTMLResponse(page.render(language=current_language(), again_after_s=again_after_s), 503)
        answer.headers["Retry-After"] = str(AGAIN_AFTER_S)
        answer.headers["Cache-Control"] = "no-store"
        await answer(scope, receive, send)
