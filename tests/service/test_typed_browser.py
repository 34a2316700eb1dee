"""Nothing that is typed at the desk is lost: in a real browser, on a phone and at a desk.

2026-11-28, found by a reviewer: a form of 53 fields came back empty after a session had ended, a restart of the
service, or a lock held by another program.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import shapely
from fastapi import FastAPI

from merestone.register import Register
from merestone.register.account import Accounts, Cost
from merestone.service import Tier, create_app
from tests.service.conftest import serve_app
from tests.service.test_browser import ARTIFACTS
from tests.service.test_desk_pages import PASSWORD, PEOPLE

pytestmark = pytest.mark.browser
OUTLINE = shapely.to_geojson(shapely.box(0.123456, 0.2, 0.133456, 0.21))
NEW = "/desk/new/suspected"
PHONE, DESK = (390, 844), (1366, 768)
on_both = pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
TYPED = {"own.local_id": "N-7", "source": "village of Lug", "why": "survey of the ford"}


@dataclass
class Service:
    """The service with its people, as the tests disturb it."""

    address: str
    path: Path
    app: FastAPI

    def end_sessions(self) -> None:
        """What also happens when the service is started anew: no session is known any more."""
        self.app.state.context.sign_in._sessions.clear()

    def drafts(self) -> list[Any]:
        with Register.open(self.path, read_only=True) as register:
            return list(register.desk(PEOPLE["every"]).drafts())


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    path = tmp_path / "areas.gpkg"
    Register.create(path, label="synthetic exercise data").close()
    accounts = Accounts(Accounts.beside(path).path, cost=Cost(n=2**4, r=1, p=1))
    for actor in PEOPLE.values():
        accounts.add(actor, PASSWORD)
    app = create_app(path, tier=Tier.PUBLIC, accounts=accounts)
    for served in serve_app(app, path):
        yield Service(served.address, path, app)


class Tab:
    """A tab of a browser at the desk."""

    def __init__(self, context: Any, service: Service) -> None:
        self.page, self.service, self.faults = context.new_page(), service, list[str]()
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", lambda told: self.faults.append(told.text) if "Content Security" in told.text else None)

    def sign_in(self, name: str) -> "Tab":
        self.page.goto(f"{self.service.address}/sign-in")
        self.page.fill("input[name=name]", name)
        self.page.fill("input[name=password]", PASSWORD)
        self.page.click("button[type=submit]")
        self.page.wait_for_url("**/desk")
        return self

    def open(self, path: str) -> "Tab":
        self.page.goto(f"{self.service.address}{path}")
        self.page.wait_for_selector("body[data-typed=ready]")
        return self

    def fill(self, **more: str) -> "Tab":
        for name, value in {**TYPED, **more}.items():
            self.page.fill(f"input[name='{name}']", value)
        self.page.fill("textarea[name=geometry]", OUTLINE)
        self.page.check("input[value=ap_mine]")
        self.page.wait_for_timeout(500)  # it is kept when typing rests
        return self

    def send(self) -> "Tab":
        self.page.click("text=Keep the draft")
        return self

    def sign_in_again(self) -> "Tab":
        self.page.fill("dialog input[type=password]", PASSWORD)
        self.page.click("dialog button >> text=Sign in")
        return self

    def notice(self) -> str:
        self.page.wait_for_selector(".notice")
        words: str = self.page.inner_text(".notice")
        return words

    def has_typed(self, **more: str) -> None:
        for name, value in {**TYPED, **more}.items():
            assert self.page.input_value(f"input[name='{name}']") == value
        assert self.page.input_value("textarea[name=geometry]") == OUTLINE
        assert self.page.is_checked("input[value=ap_mine]")

    def is_accepted(self) -> str:
        self.page.wait_for_selector("#stage")
        return str(self.page.url.rpartition("/")[2])

    def kept(self) -> list[str]:
        found: list[str] = self.page.evaluate(
            "Object.entries(localStorage).filter(([key]) => key.startsWith('merestone.kept.')).map(([, text]) => text)"
        )
        return found

    def shot(self, name: str) -> None:
        ARTIFACTS.mkdir(exist_ok=True)
        self.page.screenshot(path=ARTIFACTS / f"typed-{name}.png")


@pytest.fixture
def at(browser: Any, service: Service, size: tuple[int, int]) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    tabs: list[Tab] = []

    def tab() -> Tab:
        tabs.append(Tab(context, service))
        return tabs[-1]

    yield tab
    context.close()
    assert not [fault for one in tabs for fault in one.faults]


@on_both
def test_a_session_that_ended_is_signed_in_to_in_place(at: Any, service: Service, size: tuple[int, int]) -> None:
    anna = at().sign_in("anna").open(NEW).fill()
    service.end_sessions()
    anna.send().page.wait_for_selector("dialog")
    anna.shot(f"dialog-{size[0]}")
    assert "Your session ended" in anna.page.inner_text("dialog")
    anna.page.click("text=Not now")
    assert "Sign in again, then send it." in anna.notice()
    anna.has_typed()
    anna.send().sign_in_again()
    anna.is_accepted()
    assert len(service.drafts()) == 1
    assert not anna.kept()
