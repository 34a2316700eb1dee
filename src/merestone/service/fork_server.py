"""A process without threads from which others are forked: they start in milliseconds, and share memory with it.

The service's own process has threads, and must not be forked once they run. So this one is forked before; it waits, and
forks on demand: processes that check places, and those in which expensive requests are worked on and can be stopped.
All of them end with the service, however it ends. Source: fork(2), signal(7), wait(2).
"""

import contextlib
import gc
import json
import logging
import os
import select
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Final

LOG: Final = logging.getLogger("merestone.service")
Work = Callable[..., None]
_CHUNK: Final = 1 << 16
RETIRES: Final = getattr(signal, "SIGUSR1", signal.SIGTERM)
"""The signal by which a process is told to retire."""
_SIGNALS: Final = {"kill": getattr(signal, "SIGKILL", signal.SIGTERM), "retire": RETIRES, "end": signal.SIGTERM}


def can_fork() -> bool:
    """Whether processes can be forked here; Windows has no way to."""
    return hasattr(os, "fork") and hasattr(socket, "AF_UNIX")


@dataclass(eq=False)
class Child:
    """A process that was forked on demand."""

    number: int
    _send: Callable[..., None]
    ended: "Future[int]" = field(default_factory=Future)
    """Its exit status once it has ended; of one that a signal ended, minus the signal's number."""
    pid: int | None = None
    """Its number to the operating system, once it is known; for looking at it, never for ending it."""

    def __post_init__(self) -> None:
        """Whoever waits for its end and gives up must not take the place away in which the end is said."""
        self.ended.set_running_or_notify_cancel()

    def kill(self) -> None:
        """End it at once, whatever it does."""
        self._send(do="kill", number=self.number)

    def retire(self) -> None:
        """Tell it to take nothing new, and to end when it has finished what it began (`RETIRES`)."""
        self._send(do="retire", number=self.number)

    def end(self) -> None:
        """Ask it to end soon, as the service does (SIGTERM)."""
        self._send(do="end", number=self.number)

    def lower_priority(self) -> None:
        """Let everything else on this machine go first."""
        self._send(do="renice", number=self.number)


class ForkServer:
    """The service's side: asks for processes, and learns how they ended."""

    def __init__(self, kinds: Mapping[str, Work]) -> None:
        """Fork the server. To be called while this process has one thread.

        Parameters
        ----------
        kinds
            By name, what a process does; it is called in the new process, which ends when it returns.
        """
        if threading.active_count() > 1:
            LOG.warning("processes are forked while threads run, which may hold what the new ones then wait for")
        gc.collect()
        gc.freeze()  # what is here now stays in memory that all of them share: no collector writes into it
        # All that is frozen no longer counts; before, garbage was collected only once it was a quarter of that.
        gc.collect()
        self._control, theirs = socket.socketpair()
        self.pid = os.fork()
        if self.pid == 0:
            self._control.close()
            _serve(theirs, kinds)
        theirs.close()
        self._lock = threading.Lock()
        self._running: dict[int, Child] = {}
        self._count = 0
        self._is_stopped = False
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def start(self, kind: str, **arguments: Any) -> Child:
        """Fork a process that does this; the arguments are plain values, as JSON has them."""
        with self._lock:
            self._count += 1
            child = self._running[self._count] = Child(self._count, self._send)
        self._send(do="start", number=child.number, kind=kind, arguments=arguments)
        return child

    def stop(self) -> None:
        """End all of them, and the server."""
        self._is_stopped = True
        with contextlib.suppress(OSError):
            self._control.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)

    def _send(self, **message: Any) -> None:
        with contextlib.suppress(OSError), self._lock:  # the listener says so if the server is gone
            self._control.sendall(json.dumps(message).encode() + b"\n")

    def _listen(self) -> None:
        for message in _messages(self._control):
            if "pid" in message:
                with self._lock:
                    self._running[message["number"]].pid = message["pid"]
                continue
            with self._lock:
                child = self._running.pop(message["number"])
            child.ended.set_result(message["status"])
        if not self._is_stopped:
            LOG.error("the process that starts the others is gone; the service stops")
            os.kill(os.getpid(), signal.SIGTERM)


def _messages(control: socket.socket) -> Iterator[dict[str, Any]]:
    """Messages as they come, until the other side is gone."""
    partial_line = b""
    while True:
        try:
            part = control.recv(_CHUNK)
        except OSError:
            part = b""
        if not part:
            return
        *lines, partial_line = (partial_line + part).split(b"\n")
        yield from map(json.loads, lines)


class _Served:
    """The server's side: what it forked, by number."""

    def __init__(self, control: socket.socket, kinds: Mapping[str, Work]) -> None:
        self.control, self.kinds = control, kinds
        self.running: dict[int, int] = {}
        # Children hold the reading end, and end when the writing end is gone with this process.
        self.life, self._alive = os.pipe()
        self.wakes, wakeup = os.pipe()
        os.set_blocking(self.wakes, False)
        os.set_blocking(wakeup, False)
        signal.set_wakeup_fd(wakeup)  # written to whenever a child ends
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def take(self, message: dict[str, Any]) -> None:
        number = message["number"]
        if message["do"] == "start":
            pid = os.fork()
            if pid == 0:
                self._become(message["kind"], message["arguments"])
            self.running[number] = pid
            self._say({"number": number, "pid": pid})
        elif number in self.running:  # not yet waited for, so that its number is nobody else's
            if message["do"] in _SIGNALS:
                os.kill(self.running[number], _SIGNALS[message["do"]])
            else:
                os.setpriority(os.PRIO_PROCESS, self.running[number], 10)

    def _say(self, message: dict[str, Any]) -> None:
        with contextlib.suppress(OSError):
            self.control.sendall(json.dumps(message).encode() + b"\n")

    def _become(self, kind: str, arguments: dict[str, Any]) -> None:
        status = 1
        try:
            self.control.close()
            os.close(self._alive)
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            end_with(self.life)
            self.kinds[kind](**arguments)
            status = 0
        except BaseException:
            LOG.exception("a process of the service failed: %s", kind)
        finally:
            os._exit(status)

    def reap(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self.wakes, _CHUNK)
        for number, pid in list(self.running.items()):
            ended_pid, status = os.waitpid(pid, os.WNOHANG)
            if ended_pid:
                del self.running[number]
                self._say({"number": number, "status": os.waitstatus_to_exitcode(status)})


def end_with(life: int) -> None:
    """Have this process end once the other end of a pipe is closed, with whoever holds it."""
    threading.Thread(target=_wait_for_end, args=(life,), daemon=True).start()


def _wait_for_end(life: int) -> None:
    with contextlib.suppress(OSError):
        os.read(life, 1)
    os._exit(0)


def _serve(control: socket.socket, kinds: Mapping[str, Work]) -> None:
    """Fork what is asked for, until the service is gone."""
    status = 1
    try:
        os.setpgid(0, 0)  # Ctrl-C at a terminal reaches the service alone, which ends all of them in order
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # so does what a service manager sends to all; this one goes last
        served, partial_line = _Served(control, kinds), b""
        while True:
            ready, _, _ = select.select([control.fileno(), served.wakes], [], [])
            if control.fileno() in ready:
                part = control.recv(_CHUNK)
                if not part:
                    break
                *lines, partial_line = (partial_line + part).split(b"\n")
                for line in lines:
                    served.take(json.loads(line))
            served.reap()
        for pid in served.running.values():
            os.kill(pid, signal.SIGKILL)
        status = 0
    finally:
        os._exit(status)
