"""Processes that check places stay small and go first: one that has grown is replaced, and nobody notices.

2026-11-29, measured: after 64 clients had full lists sent through them, two such processes held 118 and 89 MB, and 42
at their start; and a check waited for its core behind a page that was being made.
"""

import asyncio
import mmap
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from merestone.service import check_team
from merestone.service.check_team import CheckTeam
from merestone.service.forward import Turns
from merestone.service.memory import own_bytes, processor_seconds
from merestone.service.priority import YIELDS_BY
from tests.service.conftest import make_register
from tests.service.processes import own_port
from tests.service.slow_service import burn
from tests.service.test_expensive import Slow, children_of, wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
CHECK = "/check.json?lon=0.1&lat=0&accuracy_m=10"


@pytest.fixture(scope="module")
def growing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slow]:
    """Two processes that check places, each taken to have grown at every look."""
    slow = Slow(make_register(tmp_path_factory.mktemp("team") / "areas.gpkg"), "public", own_port(), 5.0, workers=2)
    yield slow
    slow.close()


def test_a_process_that_has_grown_is_replaced_and_no_request_is_lost(growing: Slow) -> None:
    first = set(growing.at_work)
    assert len(first) in (2, 3), "two, and one that takes the place of another"
    slow_reader = growing.asks_and_stays("/api")  # began before, and is read after its process was told to retire
    until_s = time.monotonic() + 60
    asked = 0
    with httpx2.Client(base_url=f"http://127.0.0.1:{growing.port}", timeout=60) as client:
        while set(growing.at_work) & first:
            assert time.monotonic() < until_s, "both were to be replaced"
            assert httpx2.get(f"http://127.0.0.1:{growing.port}{CHECK}", timeout=60).status_code == 200
            assert client.get(CHECK).status_code == 200, "an open connection goes on, or is opened anew"
            asked += 1
    answer = b""
    slow_reader.settimeout(60)
    while b"\r\n0\r\n" not in answer and (part := slow_reader.recv(1 << 16)):
        answer += part
        if b"content-length:" in answer.lower():
            break
    assert answer.startswith(b"HTTP/1.1 200")
    slow_reader.close()
    wait_until(lambda: len(growing.at_work) in (2, 3))


def test_what_makes_pages_lets_what_checks_places_go_first(growing: Slow) -> None:
    def nice(pid: int) -> int:
        return os.getpriority(os.PRIO_PROCESS, pid)

    before = nice(os.getpid())
    wait_until(lambda: bool(growing.at_work))
    assert nice(growing.process.pid) == min(before + YIELDS_BY, 19)
    assert min(nice(pid) for pid in growing.at_work) == before
    assert children_of(growing.process.pid) == [growing.fork_server]


class Forks:
    """Processes that exist on paper."""

    def __init__(self) -> None:
        self.started: list[int] = []

    def start(self, kind: str) -> "Paper":
        self.started.append(len(self.started))
        return Paper()


class Paper:
    """One of them."""

    def __init__(self) -> None:
        from concurrent.futures import Future

        self.pid: int | None = None
        self.ended = Future[int]()


def test_a_process_whose_size_cannot_be_said_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    forks = Forks()
    team = CheckTeam(forks, 2)  # type: ignore[arg-type]
    team.start()
    assert not any(team._has_grown(child) for child in team._running)
    assert forks.started == [0, 1]


@pytest.mark.parametrize(
    ("grown_mb", "used_s", "is_replaced"),
    [(7, 0.0, False), (9, 0.0, True), (9, 4.0, False), (23, 4.0, False), (25, 4.0, True)],
)
def test_a_process_with_little_to_do_is_replaced_for_less(
    monkeypatch: pytest.MonkeyPatch, grown_mb: int, used_s: float, is_replaced: bool
) -> None:
    """2026-11-29, measured: after all had rested, two that had grown by less than 24 MB were most of what was held."""
    sizes, seconds, clock = iter((40, 40 + grown_mb)), iter((1.0, 1.0 + used_s)), iter((0.0, 5.0))
    monkeypatch.setattr(check_team, "own_bytes", lambda _: next(sizes) << 20)
    monkeypatch.setattr(check_team, "processor_seconds", lambda _: next(seconds))
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    child, team = Paper(), CheckTeam(Forks(), 1)  # type: ignore[arg-type]
    child.pid = 1
    assert not team._has_grown(child)  # type: ignore[arg-type]
    assert team._has_grown(child) == is_replaced  # type: ignore[arg-type]


def test_a_process_is_not_replaced_beside_larger_work_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    """2026-11-30, measured: the one that left and the one that came were held beside a briefing that was made."""
    forks, stopped, asked = Forks(), threading.Event(), []
    team = CheckTeam(forks, 1)  # type: ignore[arg-type]
    team.start()

    def is_memory_needed() -> bool:
        asked.append(len(forks.started))
        if len(asked) > 2 * check_team.PUT_OFF_MOST:
            stopped.set()
        return True

    monkeypatch.setattr(team, "_has_grown", lambda child: child is team._running[0])
    monkeypatch.setattr(Paper, "retire", lambda _: None, raising=False)
    monkeypatch.setattr(check_team, "LOOKS_EVERY_S", 0.0)
    monkeypatch.setattr(check_team, "READY_AFTER_S", 0.0)
    team.keep_small(stopped, is_memory_needed)
    assert asked[: check_team.PUT_OFF_MOST + 2] == [1] * (check_team.PUT_OFF_MOST + 1) + [2]


def test_what_a_core_did_for_a_process_is_known() -> None:
    before = processor_seconds(os.getpid())
    burn(0.2)
    after = processor_seconds(os.getpid())
    assert before is not None
    assert after is not None
    assert 0.15 < after - before < 5
    assert processor_seconds(2**22 + 1) is None, "no such process"


def test_own_memory_is_what_a_process_wrote_to() -> None:
    before = own_bytes(os.getpid())
    assert before is not None
    written = mmap.mmap(-1, 32 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)  # not what earlier tests gave back
    written.write(b"1" * len(written))
    after = own_bytes(os.getpid())
    assert after is not None
    assert after - before > 24 << 20
    written.close()
    assert own_bytes(2**22 + 1) is None, "no such process"


def test_between_two_pieces_of_answers_the_loop_looks_at_what_else_came() -> None:
    """64 answers have a piece ready: a check that comes meanwhile is read after one more piece, not after all 64."""

    async def play() -> int:
        turns, pieces, here, there = Turns(), 0, *socket.socketpair()
        here.setblocking(False)

        async def hand_on() -> None:
            nonlocal pieces
            await turns.take()
            pieces += 1

        answers = [asyncio.ensure_future(hand_on()) for _ in range(64)]
        await asyncio.sleep(0)
        there.send(b"a check")
        assert await asyncio.get_running_loop().sock_recv(here, 100) == b"a check"
        pieces_before = pieces
        answers[-1].cancel()  # a client that leaves holds nobody up
        await asyncio.gather(*answers, return_exceptions=True)
        assert pieces == 63
        await asyncio.wait_for(turns.take(), 10)
        here.close()
        there.close()
        return pieces_before

    # In a thread of its own: a browser of another test may have an event loop in this one.
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(asyncio.run, play()).result() <= 5
