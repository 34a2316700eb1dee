"""Places checked by processes of their own: the same answers, fed by a pack, and pages handed on whole."""

import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
import shapely
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from merestone.exchange import BaseMap
from merestone.exchange.exercise import exercise_region
from merestone.register import Entry, Register
from merestone.register.sidecars.user_accounts import Accounts
from merestone.service import Tier, create_app
from merestone.service.check_feed import CATCHING_UP, FEED, STALE_S, CheckFeed, FeedReader, FeedStale
from merestone.service.check_worker import create_worker_app
from merestone.service.holding import Keeper
from merestone.service.middleware import HEADERS
from merestone.terms import RecordKind
from tests.service.conftest import make_register
from tests.service.processes import own_port, process_of


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[TestClient, TestClient]:
    """The application in one process, and a worker fed from the same register."""
    folder = tmp_path_factory.mktemp("feed")
    register = make_register(folder / "areas.gpkg")
    CheckFeed(Keeper(register, Tier.PUBLIC), folder).refresh()
    worker = create_worker_app(FeedReader(folder, tier=Tier.PUBLIC), hosts=("127.0.0.1",), has_desk=False)
    address = "http://127.0.0.1"
    return TestClient(create_app(register), base_url=address), TestClient(worker, base_url=address)


TEXTS = st.sampled_from(
    ["0.1", "0.0", "0.003", "-0.02", "91", "181", "", "nan", "inf", "x", "1e3", "150", "10", "-1", "0.1, 0.0",
     "0.0N 0.1E", "33TXK 65706 73836", "44°54'00\"N 17°06'00\"E", "100001"]
)  # fmt: skip
QUERIES = st.dictionaries(
    st.sampled_from(["position", "lon", "lat", "accuracy_m", "warn_m", "other"]), TEXTS, max_size=4
)


def _write_one_more(path: Path) -> None:
    with Register.open(path) as register, register.batch(by="b", why="w", source="s") as batch:
        batch.record(Entry(RecordKind.SUSPECTED, shapely.box(1.0, 1.0, 1.01, 1.01), 5.0))


def test_a_worker_that_is_started_later_answers_from_what_was_written_since(tmp_path: Path) -> None:
    """2026-11-28: what all workers share is read before they are forked, and old when one is started anew."""
    path = make_register(tmp_path / "areas.gpkg")
    feed = CheckFeed(Keeper(path, Tier.PUBLIC), tmp_path)
    feed.refresh()
    reader = FeedReader(tmp_path, tier=Tier.PUBLIC)
    before = len(reader.source().hazards)
    _write_one_more(path)
    feed.refresh()
    reader.catch_up()
    source = reader.source()
    assert (len(source.hazards), source.note) == (before + 1, "")


def test_who_asks_first_after_a_quiet_time_is_answered_from_what_was_written_before(tmp_path: Path) -> None:
    """2026-11-29: new words were read only when somebody asked, who was answered from the old, even hours later."""
    path = make_register(tmp_path / "areas.gpkg")
    feed = CheckFeed(Keeper(path, Tier.PUBLIC), tmp_path)
    feed.refresh()
    reader = FeedReader(tmp_path, tier=Tier.PUBLIC)
    hazard_count = len(reader.source().hazards)
    reader.keep_caught_up()
    _write_one_more(path)
    feed.refresh()
    until_s = time.monotonic() + 20
    while reader._mark != _mark_of(tmp_path) and time.monotonic() < until_s:
        time.sleep(0.05)  # nobody asks
    first = reader.source()
    assert (len(first.hazards), first.note) == (hazard_count + 1, "")


def _mark_of(folder: Path) -> tuple[int, int]:
    stat = (folder / FEED).stat()
    return stat.st_mtime_ns, stat.st_ino


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=QUERIES)
def test_a_worker_answers_as_the_application_does(pair: tuple[TestClient, TestClient], query: dict[str, str]) -> None:
    whole, worker = (client.get("/check.json", params=query) for client in pair)
    assert worker.status_code == whole.status_code
    assert all(name in worker.headers for name in HEADERS)
    if whole.status_code == 200:
        expected, found = whole.json(), worker.json()
        assert found["distance_m"] == pytest.approx(expected["distance_m"], abs=1e-5)
        for changing in ("distance_m", "depth_m", "azimuth_away_deg"):
            expected.pop(changing), found.pop(changing)
        assert found == expected


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=QUERIES)
def test_a_worker_shows_the_page_that_the_application_shows(
    pair: tuple[TestClient, TestClient], query: dict[str, str]
) -> None:
    whole, worker = (client.get("/check", params=query, headers={"accept": "text/html"}) for client in pair)
    assert worker.status_code == whole.status_code
    assert worker.text == whole.text


def test_a_worker_keeps_the_rules_of_http(pair: tuple[TestClient, TestClient]) -> None:
    worker = pair[1]
    answer = worker.get("/check.json?lon=0.1&lat=0")
    assert all(name in answer.headers for name in HEADERS)
    assert answer.headers["access-control-allow-origin"] == "*"
    assert worker.head("/check.json?lon=0.1&lat=0").content == b""
    assert worker.post("/check.json").status_code == 405
    assert worker.get("/check.json", headers={"host": "evil.example"}).status_code == 400
    nothing = worker.get("/ogc")
    assert nothing.status_code == 503, "no pages' process runs here"
    assert "checks of a place go on" in nothing.json()["detail"]


def record(path: Path, box: BaseGeometry) -> None:
    with Register.open(path) as register, register.batch(by="ops", why="w", source="synthetic") as batch:
        batch.record(Entry(RecordKind.CONFIRMED, box, 5.0))


def test_what_is_written_while_serving_is_told_and_then_warns(tmp_path: Path) -> None:
    path = make_register(tmp_path / "areas.gpkg")
    feed = CheckFeed(Keeper(path, Tier.PUBLIC), tmp_path)
    assert feed.refresh()
    assert not feed.refresh(), "nothing changed"
    now = [datetime.now(UTC)]
    reader = FeedReader(tmp_path, tier=Tier.PUBLIC, clock=lambda: now[0])
    first = reader.source()
    assert first.note == ""
    record(path, shapely.box(0.5, 0.5, 0.51, 0.51))
    assert reader.source().note == CATCHING_UP
    assert feed.refresh()
    deadline_s = time.monotonic() + 60
    while reader.source().note and time.monotonic() < deadline_s:
        time.sleep(0.02)
    assert len(reader.source().hazards) == len(first.hazards) + 1
    assert int(reader.source().index.classify(0.505, 0.505, 5.0)[0]) == 2
    assert len(list(tmp_path.glob("*.pack"))) == 1


def test_a_register_that_cannot_be_read_any_more_is_not_answered_from(tmp_path: Path) -> None:
    path = make_register(tmp_path / "areas.gpkg")
    CheckFeed(Keeper(path, Tier.PUBLIC), tmp_path).refresh()
    now = [datetime.now(UTC)]
    reader = FeedReader(tmp_path, tier=Tier.PUBLIC, clock=lambda: now[0])
    reader.source()
    record(path, shapely.box(0.5, 0.5, 0.51, 0.51))
    assert reader.source().note == CATCHING_UP
    now[0] += timedelta(seconds=STALE_S + 1)
    with pytest.raises(FeedStale):
        reader.source()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    path = make_register(tmp_path_factory.mktemp("served") / "areas.gpkg")
    port = own_port()
    command = [sys.executable, "-m", "merestone", "serve", str(path), "--port", str(port), "--workers", "2"]
    with process_of(command, stdout=subprocess.DEVNULL) as process:
        address = f"http://127.0.0.1:{port}"
        deadline_s = time.monotonic() + 120
        while time.monotonic() < deadline_s:
            assert process.poll() is None, "the service ended"
            with socket.socket() as probe:
                if (
                    probe.connect_ex(("127.0.0.1", port)) == 0
                    and httpx2.get(f"{address}/ogc", timeout=60).status_code == 200
                ):
                    break
            time.sleep(0.1)
        yield address, path


def test_pages_are_handed_on_whole(served: tuple[str, Path]) -> None:
    address, path = served
    region = exercise_region(
        path
    )  # which `merestone serve` draws below the exercise, as whose the register is labelled
    assert region is not None
    app = create_app(path, accounts=Accounts.beside(path), base_map=BaseMap.open(region))
    whole = TestClient(app, base_url=address)
    with httpx2.Client(base_url=address, timeout=60) as client:
        for page in (
            "/",
            "/areas",
            "/law/FIN",
            "/ogc/tiles/WebMercatorQuad/0/0/0",
            "/web/map.js",
            "/ogc/collections/suspected/items",
            "/api",
        ):
            found, expected = client.get(page), whole.get(page)
            assert (found.status_code, len(found.content)) == (200, len(expected.content)), page
            assert found.headers["content-type"] == expected.headers["content-type"]
        etag = client.get("/ogc/tiles/WebMercatorQuad/0/0/0").headers["etag"]
        assert client.get("/ogc/tiles/WebMercatorQuad/0/0/0", headers={"if-none-match": etag}).status_code == 304
        assert client.get("/nothing").status_code == 404
        assert client.head("/areas").content == b""
        assert client.post("/desk/new/suspected", data={"x": "y" * 10_000}).status_code in (401, 403, 404)


def test_a_check_is_answered_by_a_process_of_its_own(served: tuple[str, Path]) -> None:
    address, path = served
    with httpx2.Client(base_url=address, timeout=60) as client:
        assert client.get("/check.json?lon=0.7&lat=0.7&accuracy_m=5").json()["class"] == "none recorded"
        record(path, shapely.box(0.69, 0.69, 0.71, 0.71))
        deadline_s = time.monotonic() + 60
        while client.get("/check.json?lon=0.7&lat=0.7&accuracy_m=5").json()["class"] != "inside":
            assert time.monotonic() < deadline_s
            time.sleep(0.05)
        assert client.get("/check?position=0.7N,0.7E").status_code == 200


def test_each_client_has_limits_of_its_own(served: tuple[str, Path]) -> None:
    """2026-11-28, found in a measurement: behind a shared socket all clients had no address, and so one limit."""
    address, _ = served
    greedy = httpx2.Client(base_url=address, timeout=60, transport=httpx2.HTTPTransport(local_address="127.0.0.2"))
    with greedy, httpx2.Client(base_url=address, timeout=60) as modest:
        began_s = time.monotonic()
        statuses = {greedy.get("/check.json?lon=0.7&lat=0.7").status_code for _ in range(1500)}
        took_s = time.monotonic() - began_s
        assert statuses == {200, 429} or (statuses == {200} and took_s > 8), "400 at once, then 100 a second"
        assert modest.get("/check.json?lon=0.7&lat=0.7").status_code == 200


def pids(*asked: str) -> list[str]:
    return subprocess.run(["pgrep", *asked], capture_output=True, text=True, check=False).stdout.split()


def test_a_process_that_is_killed_is_replaced(served: tuple[str, Path]) -> None:
    address, path = served
    if shutil.which("pgrep") is None:
        pytest.skip("pgrep is not installed")
    # Only those of this very service: others on this machine are not ours to end.
    (service,) = pids(
        "-o", "-f", f"merestone serve {re.escape(str(path))}"
    )  # the oldest: the others are forked from it
    (fork_server,) = pids("-P", service)
    workers = pids("-P", fork_server)
    assert len(workers) == 2
    subprocess.run(["kill", "-9", workers[-1]], check=True)
    with httpx2.Client(base_url=address, timeout=60) as client:
        for _ in range(5):
            assert client.get("/check.json?lon=0.7&lat=0.7&accuracy_m=5").status_code == 200


def test_who_reads_the_address_is_answered_and_no_process_is_left_over(tmp_path: Path) -> None:
    """2026-11-28, found by a reviewer: the address was told 9 s before the first page came."""
    path = make_register(tmp_path / "areas.gpkg")
    port = own_port()
    command = [sys.executable, "-m", "merestone", "serve", str(path), "--port", str(port), "--workers", "1"]
    with process_of(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert b"is served at" in process.stdout.readline()
        for page in ("/", "/check.json?lon=0.1&lat=0&accuracy_m=10"):
            assert httpx2.get(f"http://127.0.0.1:{port}{page}", timeout=60).status_code == 200, (
                "neither 503 nor refused"
            )
        process.kill()
    deadline_s = time.monotonic() + 60
    while is_open(port):
        assert time.monotonic() < deadline_s, "a process still listens"
        time.sleep(0.05)


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
