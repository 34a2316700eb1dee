"""A phone asks once and is answered when an alert is published, ends or runs out: no polling, and no thread each."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, cast

import httpx2
import pytest
from fastapi import FastAPI
from starlette.types import Message

from merestone.register.sidecars import Accounts, AlertKeys
from merestone.service import alert_waits, create_app
from merestone.service.alert_board import AlertAnswer, AlertBoard
from merestone.service.alert_waits import AFTER_HEADER, PERIOD_S, WAITS_LEAST_S, AlertWaits, PhoneAnswer
from merestone.service.limits import RequestLimits
from merestone.terms import MerestoneError
from tests.service.conftest import serve_app
from tests.service.test_alert_pages import Person, keys, make_alert_register, publish

__all__ = ["keys"]
SOON_S = 10.0


class Board:
    """The alerts, as somebody else changes them."""

    def __init__(self) -> None:
        self.content, self.looked, self.threads = b"none", 0, set[int]()

    def answer(self, _: str, __: str) -> AlertAnswer:
        self.looked += 1
        self.threads.add(threading.get_ident())
        if self.content == b"locked":
            raise MerestoneError("another program holds the register")
        return AlertAnswer.of(self.content)


class Phones:
    """Phones that ask, by a clock of their own service."""

    def __init__(self) -> None:
        self.board, self.now_s, self.gone = Board(), 1000.0 * PERIOD_S, asyncio.Event()
        self.waits = AlertWaits(cast(AlertBoard, self.board), clock=lambda: self.now_s)

    async def ask(self, after: str = "", client: str = "a") -> PhoneAnswer:
        return await asyncio.wait_for(self.waits.answer(after, client, self._stays), SOON_S)

    async def wait(self, after: str, count: int = 1, client: str = "a") -> list[asyncio.Task[PhoneAnswer]]:
        asked = [asyncio.ensure_future(self.ask(after, client)) for _ in range(count)]
        before = self.waits.count
        while self.waits.count < before + count:
            assert not any(one.done() for one in asked), "answered at once"
            await asyncio.sleep(0.001)
        return asked

    async def _stays(self) -> Message:
        await self.gone.wait()
        return {"type": "http.disconnect"}


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alert_waits, "LOOKS_EVERY_S", 0.005)


def play(story: Callable[[Phones], Awaitable[None]]) -> None:
    async def begin() -> None:
        await story(Phones())

    with ThreadPoolExecutor(1) as pool:  # pytest's own thread may have a loop already: that of a browser
        pool.submit(asyncio.run, begin()).result()


def test_all_who_wait_are_answered_by_one_look_at_the_alerts() -> None:
    async def story(phones: Phones) -> None:
        first = await phones.ask()
        assert first.news is not None
        assert first.news.content == b"none"
        asked = [one for client in "abcd" for one in await phones.wait(first.after, 50, client)]
        looked = phones.board.looked
        await asyncio.sleep(0.05)
        assert phones.board.looked - looked <= 15, "one looks for all of them"
        assert len(phones.board.threads) <= 12, "and no thread waits for each"
        phones.board.content = b"locked"
        await asyncio.sleep(0.02)
        phones.board.content = b"an alert"
        answers = await asyncio.gather(*asked)
        assert {answer.news.content for answer in answers if answer.news} == {b"an alert"}
        assert len({answer.after for answer in answers}) == 1, "and all ask next by one address"
        assert answers[0].after != first.after
        await asyncio.sleep(0.02)
        looked = phones.board.looked
        await asyncio.sleep(0.03)
        assert phones.board.looked == looked, "nobody waits: nobody looks"

    play(story)


def test_who_begins_at_any_moment_waits_to_the_end_of_a_period_and_never_longer_than_is_said() -> None:
    async def story(phones: Phones) -> None:
        for begins_s in (0.0, 9.9, 10.0, 25.0, 39.99):
            phones.now_s = 1000.0 * PERIOD_S + begins_s
            after = (await phones.ask()).after
            wait_s = phones.waits._wait_s(after.partition(".")[2])
            assert WAITS_LEAST_S < wait_s <= PERIOD_S + WAITS_LEAST_S
            phones.now_s += wait_s - 0.02
            started_s = time.monotonic()
            answer = await phones.ask(after)
            assert time.monotonic() - started_s >= 0.015, "it waits to the end"
            assert (answer.news, answer.after != after) == (None, True), "the next period is another address"
            phones.now_s += 0.02
            assert 0 < phones.waits._wait_s(answer.after.partition(".")[2]) <= PERIOD_S

    play(story)


def test_who_has_something_else_or_asks_by_what_was_never_given_out_is_answered_at_once() -> None:
    async def story(phones: Phones) -> None:
        tag, _, period = (await phones.ask()).after.partition(".")
        for other in ("x", f"x.{period}", f"{tag}x.{period}", ".", "."):
            assert (await phones.ask(other)).news is not None
        ended, future = int(period) - 2, int(period) + 1
        for odd in ("", "x", "-1", "²", "1e9", "9" * 400, str(ended), str(future)):
            answer = await phones.ask(f"{tag}.{odd}")
            assert (answer.news, answer.after) == (None, f"{tag}.{period}")
        assert phones.waits.count == 0

    play(story)


def test_so_many_wait_and_no_more_and_who_leaves_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alert_waits, "WAITING_MOST", 5)
    monkeypatch.setattr(alert_waits, "WAITING_OF_ONE_CLIENT", 3)

    async def story(phones: Phones) -> None:
        after = (await phones.ask()).after
        asked = await phones.wait(after, 3, "a")
        for client in ("a", "c"):
            answer = await phones.ask(after, client)
            assert (answer.news, answer.after) == (None, after), "the same again: ask later"
            if client == "a":
                asked += await phones.wait(after, 2, "b")
        phones.gone.set()
        await asyncio.gather(*asked)
        phones.gone.clear()
        asked = await phones.wait(after, 3, "a")
        phones.waits.end()
        assert {answer.news for answer in await asyncio.gather(*asked)} == {None}
        assert (await phones.ask(after)).after == after, "a service that ends lets nobody wait"

    play(story)


def test_a_published_alert_reaches_who_waits_and_so_does_its_end(tmp_path: Path, keys: AlertKeys) -> None:
    path = tmp_path / "areas.gpkg"
    record_id = make_alert_register(path, keys)
    limits = RequestLimits(requests_per_s=0.001, request_burst=40)
    app = create_app(path, limits=limits)
    desk = create_app(path, accounts=Accounts.beside(path))
    for service in serve_app(app, path):
        with httpx2.Client(base_url=service.address, timeout=60) as phone, ThreadPoolExecutor(1) as pool:

            def heard(after: str, act: Callable[[], Any]) -> Any:
                asked = pool.submit(phone.get, "/alerts/phones.json", params={"after": after})
                while not app.state.context.alert_waits.count:
                    assert not asked.done(), "answered at once"
                    time.sleep(0.01)
                done = act()
                done_s = time.monotonic()
                answer = asked.result(SOON_S)
                assert time.monotonic() - done_s < 5
                return answer, done

            first = phone.get("/alerts/phones.json")
            assert first.json()["alerts"] == []
            published, alert_id = heard(first.headers[AFTER_HEADER], partial(publish, desk, records=record_id))
            assert [alert["identifier"] for alert in published.json()["alerts"]] == [f"alert-{alert_id}"]
            ended, _ = heard(published.headers[AFTER_HEADER], partial(_ended, desk, alert_id))
            assert ended.json()["alerts"] == []
            tag = ended.headers[AFTER_HEADER].partition(".")[0]
            again = phone.get("/alerts/phones.json", params={"after": f"{tag}.0"})
            assert (again.status_code, again.content) == (204, b"")
            assert phone.get("/alerts/phones.json", params={"after": ""}).status_code == 200
    assert app.state.context.alert_waits.count == 0


def _ended(desk: FastAPI, alert_id: str) -> None:
    anna, page = Person(desk, "anna"), f"/desk/alerts/{alert_id}"
    last = anna.sends(f"{page}/follow", page, reason="all_over", why="w", source="s").rpartition("/")[2]
    Person(desk, "berta").step(last, "approved")
    Person(desk, "carla").step(last, "published")


def test_an_alert_that_runs_out_by_the_clock_alone_is_news(tmp_path: Path, keys: AlertKeys) -> None:
    path = tmp_path / "areas.gpkg"
    record_id = make_alert_register(path, keys)
    app = create_app(path, accounts=Accounts.beside(path))
    publish(app, records=record_id)
    board = app.state.context.alerts
    begins = board.now()

    async def story(_: Phones) -> None:
        shift = [begins - begins]
        waits = AlertWaits(AlertBoard(app.state.context.keeper, clock=lambda: begins + shift[0]))

        async def stays() -> Message:
            await asyncio.Event().wait()
            raise AssertionError

        first = await waits.answer("", "a", stays)
        assert first.news is not None
        assert b"alert-" in first.news.content
        asked = asyncio.ensure_future(waits.answer(first.after, "a", stays))
        while not waits.count:
            await asyncio.sleep(0.001)
        (message,) = board.current().published.board.in_force(begins)
        shift[0] = message.expires - begins
        answer = await asyncio.wait_for(asked, SOON_S)
        assert answer.news is not None
        assert b"alert-" not in answer.news.content

    play(story)
