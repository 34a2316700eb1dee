"""Servers that tests start, as processes of their own or in a thread, and end again within a bound."""

import contextlib
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

import uvicorn
from starlette.types import ASGIApp

from merestone.service import free_port, http_options

_WORKER: Final = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_NEXT_PORT: Final = count(20_000 + 1_200 * (_WORKER % 10), 10)
ENDS_WITHIN_S = 60.0
"""A service ends its answers within 10 s of SIGTERM (`merestone.service.http_options`); a busy machine is slower."""


def own_port() -> int:
    """A free port that no other process of the tests is given: two that looked at once were both given the same."""
    return free_port("127.0.0.1", next(_NEXT_PORT))


@contextlib.contextmanager
def process_of(command: Sequence[str], **options: Any) -> Iterator["subprocess.Popen[Any]"]:
    """Run a command until the block ends, then ask it to end; one that does not is a fault, told with its frames."""
    environment = {**os.environ, **options.pop("env", {}), "PYTHONFAULTHANDLER": "1"}
    process = subprocess.Popen(command, env=environment, **options)
    try:
        yield process
    finally:
        process.terminate()
        end_of(process)


def end_of(process: "subprocess.Popen[Any]") -> None:
    """Wait for a process that was asked to end.

    Raises
    ------
    AssertionError
        It did not within `ENDS_WITHIN_S`. It is gone then, and the frames of its threads are on standard error.
    """
    try:
        process.wait(ENDS_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGABRT)  # the interpreter prints the frames of all threads
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)
        process.kill()
        process.wait(5)
        raise AssertionError(f"{process.args!r} did not end within {ENDS_WITHIN_S:g} s of SIGTERM") from None
    finally:
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()


@dataclass(frozen=True)
class RunningApp:
    """An application that is served in a thread."""

    port: int
    server: uvicorn.Server
    thread: threading.Thread

    def is_ended(self) -> bool:
        """Ask it to end, and wait; whether it did within 20 s."""
        self.server.should_exit = True
        self.thread.join(20)
        return not self.thread.is_alive()


@contextlib.contextmanager
def running_app(app: ASGIApp) -> Iterator[RunningApp]:
    """Serve an application as the service is served, on a port of its own, until the block ends."""
    port = own_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, lifespan="off", **http_options.server_options(None)))
    running = RunningApp(port, server, threading.Thread(target=server.run, daemon=True))
    running.thread.start()
    try:
        while not server.started:
            time.sleep(0.02)
        yield running
    finally:
        running.is_ended()


def connected(port: int) -> socket.socket:
    """A connection to a server that is starting, as soon as it takes one, within 20 s."""
    for _ in range(400):
        try:
            return socket.create_connection(("127.0.0.1", port))
        except ConnectionRefusedError:
            time.sleep(0.05)
    raise AssertionError("the server did not start")
