"""What others do to the service while `service_load.py` checks places: one function for each scene.

Each is an asynchronous context manager: the others are at work while one is inside it. They come from another address
of this machine than the client that checks, since each client has limits of its own, and they are a process of their
own (`apart`): what takes 64 answers of megabytes at once cannot time a check.
"""

import asyncio
import os
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

CLIENTS = 64
ELSEWHERE = ("127.0.0.2", 0)
LISTS = ("/ogc/collections/suspected/items?limit=10000",)
PAST_MAPS = tuple(
    f"/ogc/tiles/WebMercatorQuad/8/92/140?known_on=2026-{month:02}-{day:02}"
    for month in range(1, 12)
    for day in (1, 15)
)
DOWNLOADS = ("/map-data", "/packs", "/briefing/file.html", "/briefing/file.pdf")
PAGES = ("/", "/areas", "/briefing", "/law", "/ogc/collections/suspected/items?limit=10")
REPORTS = tuple(
    f"/reports/overview{ending}?period={year}" for year in range(2020, 2027) for ending in (".html", ".xlsx")
)
BODY_BYTES = 64 << 20


@dataclass(frozen=True)
class Setting:
    """The service, and what the scenes need of the register."""

    port: int
    register: Path
    more: Path
    """A file with 20,000 areas."""
    until_s: float
    """Until when the others are at work, by the monotonic clock."""


Scene = Callable[[Setting], AbstractAsyncContextManager[None]]


class Answer(NamedTuple):
    """Of an answer, what the scenes look at."""

    status: int
    is_last: bool
    """Whether it is the last on its connection, as `Connection: close` says: the next request needs another."""


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str) -> Answer:
    """One GET on an open connection."""
    writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.decode("latin-1").lower().split("\r\n")
    length = next((int(line.split(":")[1]) for line in lines if line.startswith("content-length:")), None)
    if length is not None:
        await reader.readexactly(length)
    else:
        while (size := int((await reader.readline()).strip() or b"0", 16)) or False:
            await reader.readexactly(size + 2)
        await reader.readline()
    return Answer(int(lines[0].split()[1]), "connection: close" in lines)


async def _asks(setting: Setting, paths: tuple[str, ...]) -> None:
    """Ask for these, one after the other, on one connection after another."""
    while time.monotonic() < setting.until_s:
        with suppress(OSError, asyncio.IncompleteReadError, ValueError):
            reader, writer = await asyncio.open_connection("127.0.0.1", setting.port, local_addr=ELSEWHERE)
            try:
                is_open = True
                while is_open and time.monotonic() < setting.until_s:
                    is_open = not (await asyncio.wait_for(ask(reader, writer, random.choice(paths)), 30)).is_last
            except TimeoutError:
                pass
            finally:
                writer.close()


async def _sends_a_large_body(setting: Setting, path: str) -> None:
    """Send 64 MiB as fast as they are taken, until the service answers or closes; and again."""
    piece = b"a" * (1 << 16)
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    while time.monotonic() < setting.until_s:
        with suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", setting.port, local_addr=ELSEWHERE)
            try:
                writer.write(f"{head}Content-Length: {BODY_BYTES}\r\n\r\n".encode())
                for _ in range(BODY_BYTES // len(piece)):
                    writer.write(piece)
                    await asyncio.wait_for(writer.drain(), max(0.1, setting.until_s - time.monotonic()))
            except TimeoutError:
                pass
            finally:
                writer.close()


@asynccontextmanager
async def alone(_: Setting) -> AsyncIterator[None]:
    """Nobody else."""
    yield


@asynccontextmanager
async def asking(setting: Setting, paths: tuple[str, ...]) -> AsyncIterator[None]:
    """64 clients ask as fast as they can."""
    tasks = [asyncio.ensure_future(_asks(setting, paths)) for _ in range(CLIENTS)]
    yield
    for task in tasks:
        task.cancel()


@asynccontextmanager
async def sending_bodies(setting: Setting) -> AsyncIterator[None]:
    """64 clients send large bodies to forms and to the check."""
    paths = ("/sign-in", "/push/subscriptions", "/check.json")
    tasks = [asyncio.ensure_future(_sends_a_large_body(setting, paths[i % len(paths)])) for i in range(CLIENTS)]
    yield
    for task in tasks:
        task.cancel()


@asynccontextmanager
async def half_sent(setting: Setting) -> AsyncIterator[None]:
    """200 requests that never end."""
    writers = []
    for _ in range(200):
        _, writer = await asyncio.open_connection("127.0.0.1", setting.port, local_addr=ELSEWHERE)
        writer.write(b"GET /check.json HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        writers.append(writer)
    yield
    for writer in writers:
        writer.close()


@contextmanager
def _held(register: Path) -> Iterator[None]:
    """The register as another program holds it that writes to it."""
    holder = sqlite3.connect(register, isolation_level=None)
    try:
        holder.execute("BEGIN EXCLUSIVE")
        yield
        holder.execute("ROLLBACK")
    finally:
        holder.close()


@asynccontextmanager
async def file_held(setting: Setting) -> AsyncIterator[None]:
    """Another program holds the register, and 64 clients ask for pages that read it."""
    with _held(setting.register):
        async with asking(setting, PAGES):
            yield


@asynccontextmanager
async def command(*words: str) -> AsyncIterator[None]:
    """The command line works on the register in a process of its own; waited for when the scene is left."""
    process = subprocess.Popen([sys.executable, "-m", "merestone", *words], stdout=subprocess.DEVNULL)
    yield
    while process.poll() is None:
        await asyncio.sleep(0.2)


@asynccontextmanager
async def importing(setting: Setting) -> AsyncIterator[None]:
    """20,000 areas are imported."""
    words = ("--as", "suspected", "--source", "synthetic", "--accuracy-m", "5")
    async with command("import", str(setting.register), str(setting.more), *words):
        yield


@asynccontextmanager
async def exporting(setting: Setting) -> AsyncIterator[None]:
    """64 clients download the map, the packs and the briefing, and `merestone export` writes all records."""
    out = setting.register.with_name(f"export-{os.getpid()}-{setting.port}.geojson")
    async with command("export", str(setting.register), "-o", str(out), "--force"), asking(setting, DOWNLOADS):
        yield


IMPORT = "importing 20,000 areas"
SCENES: dict[str, Scene] = {
    "alone": alone,
    "64 clients, full lists": partial(asking, paths=LISTS),
    "64 clients, past maps": partial(asking, paths=PAST_MAPS),
    "64 clients, downloads, and an export": exporting,
    "64 clients, bodies of 64 MiB": sending_bodies,
    "64 clients, pages of a register that another program holds": file_held,
    "200 half-sent requests": half_sent,
    IMPORT: importing,
}
HOLDER_SCENES: dict[str, Scene] = {
    "64 clients, reports": partial(asking, paths=REPORTS),
}
"""Of the exact tier: the public one makes no reports."""


@asynccontextmanager
async def apart(name: str, setting: Setting) -> AsyncIterator[None]:
    """A scene, played by another process; waited for when it is left."""
    seconds = setting.until_s - time.monotonic()
    words = (name, setting.port, setting.register, setting.more, seconds)
    others = await asyncio.create_subprocess_exec(sys.executable, __file__, *map(str, words), stdout=subprocess.PIPE)
    assert others.stdout is not None
    await others.stdout.readline()
    try:
        yield
    finally:
        await others.wait()


async def _play(name: str, port: str, register: str, more: str, seconds: str) -> None:
    until_s = time.monotonic() + float(seconds)
    async with {**SCENES, **HOLDER_SCENES}[name](Setting(int(port), Path(register), Path(more), until_s)):
        print("playing", flush=True)
        await asyncio.sleep(until_s - time.monotonic())


if __name__ == "__main__":
    asyncio.run(_play(*sys.argv[1:]))
