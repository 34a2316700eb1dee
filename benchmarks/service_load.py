"""How long a check of one place takes while others ask the service for everything it has: one process beside several.

Run: python benchmarks/service_load.py [records] [seconds]. A register of synthetic areas is served twice, as one
process (``--workers 0``, as it was) and with a process for each core. In each scene one client checks places at a
steady 40 a second, and its times are printed; the others of the scene are another process. Then as many connections as
stated ask as fast as they can. All clients share the machine's cores. Memory is printed after each scene, and after a
rest before and after the import, beside that of the start and of a fresh start over the same records.
Every number is of this run, on this machine.
"""

import asyncio
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

from register_speed import fill, outlines
from service_scenes import HOLDER_SCENES, IMPORT, SCENES, Setting, apart, ask

RESTS_S = 25.0
"""Before memory is read: the service gives back what is free every 10 s, and lets processes go that rested so long."""
EVERY_S = 0.025
"""A check of the client whose times are printed."""


Fresh = Callable[[], AbstractAsyncContextManager["subprocess.Popen[bytes]"]]
"""Starts the service anew, over the register as it then is."""


def check() -> str:
    """A check of a place somewhere among the areas."""
    return f"/check.json?lon={random.uniform(0, 2):.5f}&lat={random.uniform(0, 2):.5f}&accuracy_m=10"


async def steady(port: int, seconds: float) -> list[float]:
    """The times of checks at 40 a second, in seconds; each waits for its turn even if the one before was late."""
    times: list[float] = []

    async def once() -> None:
        began = time.perf_counter()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            status = (await ask(reader, writer, check())).status
        finally:
            writer.close()
        times.append(time.perf_counter() - began if status == 200 else 60.0)

    tasks = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        tasks.append(asyncio.ensure_future(once()))
        await asyncio.sleep(EVERY_S)
    await asyncio.wait(tasks, timeout=60)
    return times + [60.0] * (len(tasks) - len(times))


async def settled(port: int) -> None:
    """Wait until a check is quick again: what a scene left to do is not the next one's."""
    for _ in range(100):
        await asyncio.sleep(0.5)
        if max(await steady(port, 0.5)) < 0.2:
            return


class Fastest(NamedTuple):
    """What so many connections had that asked without a pause."""

    rate_per_s: float
    """Checks answered in a second."""
    lost: int
    """Connections that were refused, or ended without an answer to what was sent and without word that they would."""


async def fastest(port: int, connections: int, seconds: float) -> Fastest:
    """Checks on so many connections, each opened anew after 300, or when an answer says that it is the last on its own.

    A process whose place another one takes says so, and everybody may (RFC 9112, 9.6).
    """
    done = lost = 0

    async def one(number: int) -> None:
        nonlocal done, lost
        turn = 0
        while time.monotonic() < end:
            # From one address after another, as many clients are: each may ask so often and no oftener.
            turn += 1
            here = (f"127.{turn % 250 + 1}.1.{number + 1}", 0)
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=here)
                try:
                    for _ in range(300):
                        status, is_last = await ask(reader, writer, check())
                        done += status == 200
                        if is_last or time.monotonic() >= end:
                            break
                finally:
                    writer.close()
            except (OSError, asyncio.IncompleteReadError):
                lost += 1

    end = time.monotonic() + seconds
    await asyncio.gather(*(one(number) for number in range(connections)))
    return Fastest(done / seconds, lost)


@asynccontextmanager
async def served(register: Path, port: int, workers: int, *options: str) -> AsyncIterator[subprocess.Popen[bytes]]:
    """The service, as a process of its own."""
    command = [sys.executable, "-m", "merestone", "serve", str(register), "--port", str(port), *options]
    process = subprocess.Popen([*command, "--workers", str(workers)], stdout=subprocess.DEVNULL)
    try:
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    with suppress(OSError, asyncio.IncompleteReadError, ValueError):
                        await asyncio.sleep(1)
                        reader, writer = await asyncio.open_connection("127.0.0.1", port)
                        if (await asyncio.wait_for(ask(reader, writer, "/ogc"), 60)).status == 200:
                            writer.close()
                            break
            await asyncio.sleep(0.2)
        else:
            raise TimeoutError("the service did not answer")
        yield process
    finally:
        process.terminate()
        process.wait(20)


def memory_mb(process: "subprocess.Popen[bytes]") -> list[float]:
    """Memory of a process, and of each that it started, megabytes; what they share is counted once (PSS)."""
    parents: dict[int, int] = {}
    for status in Path("/proc").glob("[0-9]*/status"):
        with suppress(OSError):
            parents[int(status.parts[2])] = int(status.read_text().partition("PPid:")[2].split()[0])
    own = [process.pid]
    for pid in own:  # which grows meanwhile; numbers are given out anew, so a child's may be below its parent's
        own.extend(sorted(child for child, parent in parents.items() if parent == pid))
    held_kb = []
    for pid in own:
        with suppress(OSError):
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
            held_kb.append(int(rollup.partition("Pss:")[2].split()[0]))
    return [kb / 1024 for kb in held_kb]


def told(held_mb: list[float]) -> str:
    """Memory in words: all of it, and each process."""
    return f"{sum(held_mb):.0f} MB ({' + '.join(f'{mb:.0f}' for mb in held_mb)})"


async def scenes(
    process: "subprocess.Popen[bytes]", port: int, register: Path, more: Path, seconds: float, names: Iterable[str]
) -> None:
    """The times of checks in each scene, and the memory after it."""
    for name in names:
        async with apart(name, Setting(port, register, more, time.monotonic() + seconds)):
            times = sorted(await steady(port, seconds))
        await settled(port)
        p99 = times[min(len(times) - 1, int(len(times) * 0.99))]
        print(
            f"  {name}: median {statistics.median(times) * 1000:.1f}, 99th percentile {p99 * 1000:.1f}, worst "
            f"{times[-1] * 1000:.1f} ms of {len(times)}; memory then {told(memory_mb(process))}",
            flush=True,
        )


async def compare_memory(process: "subprocess.Popen[bytes]", at_start_mb: list[float], fresh: Fresh) -> None:
    """Memory after a rest, beside that of the start and of a fresh start over the same records."""
    await asyncio.sleep(RESTS_S)
    after_mb = memory_mb(process)
    async with fresh() as other:
        fresh_mb = memory_mb(other)
    times_start, times_fresh = (sum(after_mb) / sum(mb) for mb in (at_start_mb, fresh_mb))
    print(
        f"  memory after a rest: {told(after_mb)}, {times_start:.2f} times the start, {told(at_start_mb)}; "
        f"{times_fresh:.2f} times a fresh start over the same records, {told(fresh_mb)}",
        flush=True,
    )


async def compare_cores(register: Path, port: int, seconds: float) -> None:
    """The most checks a second by one core and by all, each with as many processes for checks as cores.

    The client, who takes a third of the time, is on the same cores: with one core it shares that one, too.
    """
    cores = sorted(os.sched_getaffinity(0))
    rates: dict[int, float] = {}
    for at, used in enumerate((cores[:1], cores)):
        os.sched_setaffinity(0, used)  # of this process and of those that it starts
        async with served(register, port + at, len(used)):
            rates[len(used)] = (await fastest(port + at, 64, seconds)).rate_per_s
    one, every = rates[1], rates[len(cores)]
    print(f"\nservice and client on one core {one:,.0f}, on {len(cores)} cores {every:,.0f} checks a second: "
          f"{every / one:.2f} times", flush=True)  # fmt: skip


async def measure(register: Path, more: Path, port: int, workers: int, seconds: float) -> None:
    """All scenes, and the most checks a second, for one way to serve."""
    print(f"\n{'one process' if not workers else f'{workers} processes for checks, 1 for pages'}")
    fresh = partial(served, register, port + 2, workers)
    async with served(register, port, workers) as process:
        at_start_mb = memory_mb(process)
        await scenes(process, port, register, more, seconds, [name for name in SCENES if name != IMPORT])
        for connections in (1, 8, 64):
            rate_per_s, lost = await fastest(port, connections, seconds / 2)
            print(f"  {connections} connections: {rate_per_s:,.0f} checks a second; {lost} lost", flush=True)
        await compare_memory(process, at_start_mb, fresh)
        await scenes(process, port, register, more, seconds, [IMPORT])
        await compare_memory(process, at_start_mb, fresh)
    async with served(register, port + 4, workers, "--tier", "exact") as process:
        await scenes(process, port + 4, register, more, seconds, HOLDER_SCENES)


def main() -> None:
    """Both ways to serve, in one run."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 15.0
    cores = len(os.sched_getaffinity(0))
    print(f"{count:,} synthetic areas, public tier, {cores} cores shared with the client; load at the start "
          f"{os.getloadavg()[0]:.1f}")  # fmt: skip
    with tempfile.TemporaryDirectory() as name:
        more = Path(name) / "more.geojson"
        features = ",".join(
            f'{{"type":"Feature","properties":{{"n":{i}}},"geometry":{{"type":"Polygon","coordinates":'
            f"[[[{x},{y}],[{x + 0.001},{y}],[{x + 0.001},{y + 0.001}],[{x},{y}]]]}}}}"
            for i in range(20_000)
            for x, y in [(3 + i % 200 * 0.01, 3 + i // 200 * 0.01)]
        )
        more.write_text(f'{{"type":"FeatureCollection","features":[{features}]}}')
        for at, workers in enumerate((0, cores)):
            register = Path(name) / f"areas{workers}.gpkg"
            fill(register, outlines(count))
            if workers:
                asyncio.run(compare_cores(register, 18780, seconds))
            asyncio.run(measure(register, more, 18760 + at, workers, seconds))


if __name__ == "__main__":
    main()
