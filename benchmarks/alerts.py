"""From the declaration of an alert to 10,000 open pages, as many phones by web push, feeds and map: how many seconds.

``python benchmarks/alerts.py [SUBSCRIBERS [HAZARDS [QUIET_S]]]``; for QUIET_S seconds nothing is published. The
service runs as it is served, behind nginx as a cache of
one second (`docs/guide/alerts.md` has the same lines). Each subscriber is a connection of its own: every other one an
open map that asks every two seconds with the tag of what it has (``/alerts/now.json``), the rest the page for phones
as it is installed, whose one question waits for news (``/alerts/phones.json?after=``, every language with the areas).
What of the latter nginx passes on is counted. As many browsers
are subscribed to web push at four push services, which run here, over plain HTTP, and count what comes. Everything
runs on one machine, the subscribers too.
"""

import asyncio
import base64
import http.client
import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import shapely
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from merestone.alerts import Reason
from merestone.register import Actor, AlertDesk, Declaration, Entry, Register, Role
from merestone.register.sidecars import AlertKeys, PushSubscriptions
from merestone.service import Tier, default_workers, ready, run
from merestone.terms import RecordKind, Visibility

ASK_EVERY_S = 2.0
AIM_S = 5.0
ASKED = {"open maps": b"/alerts/now.json", "installed phones, seen": b"/alerts/phones.json"}
PUSH_PORTS = (18090, 18091, 18092, 18093)
AUTHORITY = "{source: s, sender: a@mines.example.org, sender_name: Centre, contact: x, web: null, languages: [en]}"
NGINX = """
worker_processes 1; error_log {folder}/error.log; pid {folder}/nginx.pid; daemon off;
events {{ worker_connections 30000; }}
http {{
  access_log off; keepalive_timeout 60s; keepalive_requests 100000;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  proxy_cache_path {folder}/cache keys_zone=alerts:1m;
  map $upstream_cache_status $is_passed_on {{ default 0; MISS 1; EXPIRED 1; BYPASS 1; }}
  log_format passed_on "$msec $request";
  server {{
    listen 127.0.0.1:{port} backlog=20000;
    location ~ ^/alert {{
      access_log {folder}/passed_on.log passed_on if=$is_passed_on;
      proxy_pass http://127.0.0.1:{service};
      proxy_cache alerts; proxy_cache_valid 200 204 1s; proxy_cache_use_stale updating;
      proxy_cache_lock on; proxy_cache_lock_timeout 70s; proxy_cache_lock_age 70s; proxy_read_timeout 70s;
      proxy_ignore_headers Cache-Control Vary; proxy_set_header Accept-Encoding "";
    }}
    location / {{ proxy_pass http://127.0.0.1:{service}; }}
  }}
}}
"""


class Subscriber(asyncio.Protocol):
    """One open page: asks, waits, asks again, and notes when it first got the alert."""

    def __init__(self, loop: asyncio.AbstractEventLoop, place: bytes, wanted: list[bytes], seen_s: list[float]) -> None:
        self.loop, self.place, self.wanted, self.seen_s = loop, place, wanted, seen_s
        self.tag, self.held, self.has_seen, self.asked = b"", b"", False, 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask at once."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.ask()

    def ask(self) -> None:
        """Ask, and again after a while."""
        if not self.transport.is_closing():
            tag = b"If-None-Match: " + self.tag + b"\r\n" if self.tag else b""
            self.transport.write(b"GET " + self.place + b" HTTP/1.1\r\nHost: localhost\r\n" + tag + b"\r\n")
            self.asked += 1
            self.loop.call_later(ASK_EVERY_S, self.ask)

    def data_received(self, data: bytes) -> None:
        """Look through an answer, once it is whole."""
        self.held = (self.held + data)[-65536:]
        head, separator, body = self.held.partition(b"\r\n\r\n")
        if not separator:
            return
        if head.startswith(b"HTTP/1.1 304"):
            self.held = b""
            return
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
        if len(body) < length:
            return
        self.held = b""
        self.tag = head.lower().partition(b"etag:")[2].partition(b"\r\n")[0].strip()
        if self.wanted and self.wanted[0] in body and not self.has_seen:
            self.has_seen = True
            self.seen_s.append(time.monotonic())


class Phone(Subscriber):
    """One page for phones: asks once, and then by what it has, which waits for news."""

    after = b""

    def ask(self) -> None:
        """Ask, once: the answer says how to go on."""
        if not self.transport.is_closing():
            after = b"?after=" + self.after if self.after else b""
            self.transport.write(b"GET " + self.place + after + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
            self.asked += 1

    def data_received(self, data: bytes) -> None:
        """Ask again, as the page does: at once where it is let wait, else after ten seconds."""
        self.held += data
        head, separator, body = self.held.partition(b"\r\n\r\n")
        if not separator:
            return
        lower = head.lower()
        if len(body) < int(lower.partition(b"content-length:")[2].partition(b"\r\n")[0] or 0):
            return
        self.held = b""
        after = lower.partition(b"alerts-after:")[2].partition(b"\r\n")[0].strip()
        is_let_wait, self.after = after not in (b"", self.after), after
        if self.wanted and self.wanted[0] in body and not self.has_seen:
            self.has_seen = True
            self.seen_s.append(time.monotonic())
        if is_let_wait:
            self.ask()
        else:
            self.loop.call_later(10.0, self.ask)


class PushService(asyncio.Protocol):
    """Takes pushes, and notes when each came."""

    def __init__(self, came_s: list[float]) -> None:
        self.came_s, self.held = came_s, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep it open."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each push once it is whole."""
        self.held += data
        while True:
            head, separator, body = self.held.partition(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
            if not separator or len(body) < length:
                return
            self.held = body[length:]
            self.came_s.append(time.monotonic())
            self.transport.write(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")


def text_of(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def subscribe(path: Path, count: int) -> None:
    """As many browsers; of one key, since it is theirs to make and no part of what is measured."""
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    point = key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    store = PushSubscriptions.beside(path)
    store.mark_pushed([])
    with store._changing() as database:
        database.executemany(
            "INSERT INTO subscription VALUES (?, ?, ?, 'en')",
            (
                (f"http://127.0.0.1:{PUSH_PORTS[at % len(PUSH_PORTS)]}/{at}", text_of(point), text_of(bytes(16)))
                for at in range(count)
            ),
        )


def connect_here(origin: str) -> http.client.HTTPConnection:
    """The way to this benchmark's own push services."""
    connection = http.client.HTTPConnection(origin.removeprefix("http://"), timeout=30)
    connection.connect()
    return connection


def serve(path: str, port: str) -> None:
    """The service as `merestone serve` runs it, but for the push services."""
    app = ready(Path(path), host="127.0.0.1", tier=Tier.PUBLIC)
    run(app, host="127.0.0.1", port=int(port), workers=default_workers(), connect_push=connect_here)


def make_register(path: Path, hazards: int) -> str:
    random = np.random.default_rng(20261128)
    with Register.create(path, label="synthetic exercise data") as register:
        with register.batch(by="b", why="w", source="s") as batch:
            batch.configure("alert_authority", AUTHORITY)
            for lon, lat in random.uniform((23, 53.9), (26, 56), (hazards, 2)):
                outline = shapely.box(lon, lat, lon + 0.003, lat + 0.002)
                last = batch.record(Entry(RecordKind.SUSPECTED, outline, 5.0, visibility=Visibility.PUBLIC))
        AlertKeys.beside(path).signing_key("Centre", register.instant())
    return last


def publish(path: Path, record_id: str) -> tuple[str, dict[str, float]]:
    """Declare, approve and publish as three people; the identifier, and the seconds of each."""
    keys, took_s = AlertKeys.beside(path), {}
    with Register.open(path) as register:

        def desk(role: Role) -> AlertDesk:
            return AlertDesk(register, Actor(role.value, "Org 1", "north", frozenset({role})), keys)

        start_s = time.monotonic()
        declaration = Declaration(Reason.NEW_FINDING, "Forest", (record_id,))
        alert_id = desk(Role.SURVEYOR).declare(declaration, why="w", source="s")
        took_s["declare"] = time.monotonic() - start_s
        for to, role in (("approved", Role.APPROVER), ("published", Role.PUBLISHER)):
            start_s = time.monotonic()
            desk(role).advance(alert_id, to, why="w")
            took_s[to] = time.monotonic() - start_s
    return f"alert-{alert_id}", took_s


def publish_once(path: Path) -> None:
    """Publish in another register, so that what is measured is no loading of modules."""
    publish(path, make_register(path, 1))


def seen_at(address: str, word: str) -> float:
    while True:
        try:
            with urllib.request.urlopen(address, timeout=30) as answer:
                if word in answer.read().decode():
                    return time.monotonic()
        except OSError:
            pass
        time.sleep(0.05)


def wait_until_served(address: str) -> None:
    for _ in range(600):
        try:
            urllib.request.urlopen(address, timeout=30).close()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"{address} does not answer")


async def simulate(path: Path, record_id: str, address: str, port: int, subscribers: int) -> None:
    loop = asyncio.get_running_loop()
    # Whoever publishes works in a process of their own, which has its modules loaded as a desk has.
    office = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))
    await loop.run_in_executor(office, publish_once, path.with_name("warm.gpkg"))
    wanted: list[bytes] = []
    seen_s: dict[str, list[float]] = {what: [] for what in ASKED}
    pushed_s: list[float] = []
    for push_port in PUSH_PORTS:
        await loop.create_server(partial(PushService, pushed_s), "127.0.0.1", push_port)
    pages: list[Subscriber] = []

    def page() -> Subscriber:
        what = list(ASKED)[len(pages) % len(ASKED)]
        kind = Phone if "phones" in what else Subscriber
        pages.append(kind(loop, ASKED[what], wanted, seen_s[what]))
        return pages[-1]

    def seen_count() -> int:
        return sum(map(len, seen_s.values()))

    for at in range(subscribers):
        await loop.create_connection(page, "127.0.0.1", port)
        if at % 50 == 0:
            await asyncio.sleep(0.01)
    await asyncio.sleep(2 * ASK_EVERY_S if len(sys.argv) < 4 else float(sys.argv[3]))
    before, since_s = sum(one.asked for one in pages), time.monotonic()
    wanted.append(b"alert-")
    start_s = time.monotonic()
    name, took_s = await loop.run_in_executor(office, publish, path, record_id)
    published_s = time.monotonic()
    forms = {"Atom feed": "/alerts.atom", "RSS feed": "/alerts.rss", "GeoJSON": "/alerts.geojson"}
    forms |= {"page of the alert": f"/alerts/{name}", "list of alerts": "/alerts", "map (as sent)": "/"}
    looks: dict[str, Callable[[], float]] = {
        what: partial(seen_at, address + place, name) for what, place in forms.items()
    }
    seen_at_s = dict(
        zip(looks, await asyncio.gather(*(asyncio.to_thread(look) for look in looks.values())), strict=True)
    )
    while min(seen_count(), len(pushed_s)) < subscribers and time.monotonic() - published_s < 120:
        await asyncio.sleep(0.1)
    rate = (sum(one.asked for one in pages) - before) / (time.monotonic() - since_s)
    print(
        f"declared, approved and published in {published_s - start_s:.2f} s: "
        + ", ".join(f"{what} {took:.2f} s" for what, took in took_s.items())
    )
    for what, at_s in seen_at_s.items():
        print(f"| {what} | {at_s - start_s:.2f} |")
    for what, at_each_s in seen_s.items():
        waited = np.sort(np.array(at_each_s) - start_s)
        print(f"| {what}: half of {len(waited):,} | {np.median(waited):.2f} |")
        print(f"| 99 of 100 | {np.quantile(waited, 0.99):.2f} |")
        print(f"| all {len(waited):,} | {waited[-1]:.2f} |")
    lines = path.with_name("passed_on.log").read_text().splitlines()
    waited_by = [line for line in lines if "/alerts/phones.json?after=" in line]
    phones = [page_open for page_open in pages if isinstance(page_open, Phone)]
    asked_count = sum(phone.asked for phone in phones)
    print(f"{asked_count:,} questions of {len(phones):,} phones; {len(waited_by)} that waited passed on")
    reached_s = np.sort(np.array(pushed_s)) - start_s
    print(f"| web push: half of {subscribers:,} | {np.median(reached_s):.2f} |")
    print(f"| the last of {len(reached_s):,} | {reached_s[-1]:.2f} |")
    print(f"{rate:,.0f} questions a second; load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    last_s = max(reached_s[-1], *(max(at_each_s) - start_s for at_each_s in seen_s.values()))
    reached = seen_count() == len(pushed_s) == subscribers and last_s < AIM_S
    print(f"aim, under {AIM_S:g} s for all: {'reached' if reached else 'not reached'}")


def main() -> None:
    subscribers = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    hazards = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000
    nginx = shutil.which("nginx")
    if nginx is None:
        raise SystemExit("nginx is not installed; apt-get install nginx")
    with tempfile.TemporaryDirectory() as name:
        folder, port, service = Path(name), 18080, 18081
        os.chmod(folder, 0o755)
        path = folder / "areas.gpkg"
        record_id = make_register(path, hazards)
        (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port, service=service))
        subscribe(path, subscribers)
        serving = [sys.executable, __file__, "serve", str(path), str(service)]
        running = [subprocess.Popen(serving, stdout=subprocess.DEVNULL)]
        try:
            wait_until_served(f"http://127.0.0.1:{service}/alerts/now.json")
            user = "user root;" if os.getuid() == 0 else ""
            running.append(subprocess.Popen([nginx, "-c", str(folder / "nginx.conf"), "-g", user]))
            address = f"http://127.0.0.1:{port}"
            wait_until_served(f"{address}/alerts/now.json")
            print(json.dumps({"subscribers": subscribers, "hazards": hazards}))
            asyncio.run(simulate(path, record_id, address, port, subscribers))
        finally:
            for process in reversed(running):
                process.terminate()
                process.wait(20)


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve(*sys.argv[2:])
    else:
        main()
