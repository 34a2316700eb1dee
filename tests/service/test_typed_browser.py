"""Nothing that is typed at the desk is lost: in a real browser, on a phone and at a desk.

2026-11-28, found by a reviewer: a form of 53 fields came back empty after a session had ended, a restart of the
service, or a lock held by another program.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import shapely
from fastapi import FastAPI

from merestone.register import Register
from merestone.register.sidecars.user_accounts import Accounts, Cost
from merestone.service import Tier, create_app
from tests.browsers import close
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
        self.page.click("text=Save the draft")
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
    close(context)
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


@on_both
def test_a_restart_of_the_service_loses_nothing(at: Any, service: Service, size: tuple[int, int]) -> None:
    anna = at().sign_in("anna").open(NEW).fill()
    service.end_sessions()
    anna.page.reload()
    anna.page.wait_for_url("**/sign-in**")
    assert "was not sent yet" in anna.page.inner_text("main")
    assert "Lug" not in anna.page.content()
    assert all("Lug" not in text for text in anna.kept()), "what is kept is sealed"
    anna.page.fill("input[name=name]", "anna")
    anna.page.fill("input[name=password]", PASSWORD)
    anna.page.click("button[type=submit]")
    anna.page.wait_for_url(f"**{NEW}")
    assert "Go on writing, or send it." in anna.notice()
    anna.shot(f"taken-up-{size[0]}")
    anna.has_typed()
    anna.send().is_accepted()
    assert len(service.drafts()) == 1
    assert not anna.kept()


@on_both
def test_a_refused_field_is_marked_and_the_rest_stays(at: Any, service: Service, size: tuple[int, int]) -> None:
    anna = at().sign_in("anna").open(NEW).fill(accuracy_m="ten")
    anna.send()
    assert "Correct what is marked" in anna.notice()
    assert "give metres" in anna.page.inner_text("[id='fault-accuracy_m']")
    assert anna.page.evaluate("document.activeElement.name") == "accuracy_m"
    anna.shot(f"marked-{size[0]}")
    anna.has_typed(accuracy_m="ten")
    anna.page.fill("input[name=accuracy_m]", "10")
    anna.send().is_accepted()


@on_both
def test_a_lock_is_told_and_the_form_is_sent_when_it_is_gone(at: Any, service: Service, size: tuple[int, int]) -> None:
    anna = at().sign_in("anna").open(NEW).fill()
    with closing(sqlite3.connect(service.path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        anna.send()
        told = anna.notice()
        other.execute("ROLLBACK")
    assert "Wait: it is being sent again." in told
    assert str(service.path.parent) not in told
    anna.is_accepted()
    assert len(service.drafts()) == 1


@on_both
def test_an_answer_that_is_lost_makes_no_second_draft(at: Any, service: Service, size: tuple[int, int]) -> None:
    anna = at().sign_in("anna").open(NEW).fill()

    def lost(route: Any) -> None:
        route.fetch()  # the service takes it, and nobody hears
        route.abort("connectionreset")

    anna.page.route(f"**{NEW}", lost)
    anna.send()
    assert "Send it again when there is a connection." in anna.notice()
    anna.shot(f"lost-{size[0]}")
    anna.has_typed()
    assert len(service.drafts()) == 1
    anna.page.unroute(f"**{NEW}")
    anna.page.fill("input[name='own.name']", "said more meanwhile")
    anna.send().is_accepted()
    (draft,) = service.drafts()
    assert draft.entry.attributes["name"] == "said more meanwhile"


@on_both
def test_without_a_connection_the_page_can_be_closed(at: Any, service: Service, size: tuple[int, int]) -> None:
    anna = at().sign_in("anna").open(NEW).fill()
    anna.page.context.set_offline(True)
    anna.send()
    assert "when there is a connection" in anna.notice()
    anna.page.close()
    anna.page.context.set_offline(False)
    anew = at().open("/desk")
    assert "Suspected hazardous area" in anew.page.inner_text("#unsent")
    anew.shot(f"unsent-{size[0]}")
    anew.page.click("#unsent a")
    anew.notice()
    anew.has_typed()
    anew.send().is_accepted()


@on_both
def test_two_tabs_do_not_overwrite_each_other_and_back_brings_it_back(at: Any, service: Service) -> None:
    first = at().sign_in("anna").open(NEW).fill()
    second = at().open(NEW)
    assert not second.page.query_selector(".notice"), "what another tab is writing is not taken up"
    second.fill(**{"own.local_id": "N-8"})
    assert len(second.kept()) == 2
    first.page.click("nav >> text=List")
    first.page.go_back()
    first.page.wait_for_selector("body[data-typed=ready]")
    first.notice()
    first.has_typed()
    second.send().is_accepted()
    first.send().is_accepted()
    assert {draft.entry.attributes["local_id"] for draft in service.drafts()} == {"N-7", "N-8"}
    first.page.go_back()
    first.page.wait_for_selector("body[data-typed=ready]")
    assert first.page.input_value("input[name=why]") == "", "what was accepted is not offered again"


@on_both
def test_two_people_at_one_browser_do_not_see_or_sign_each_others_words(at: Any, service: Service) -> None:
    anna = at().sign_in("anna").open(NEW).fill()
    simon = at().sign_in("simon").open(NEW)
    assert not simon.page.query_selector(".notice")
    simon.open("/desk")
    assert simon.page.is_hidden("#unsent")
    anna.send().page.wait_for_selector("dialog")
    assert "simon is signed in at this browser now" in anna.page.inner_text("dialog")
    assert not service.drafts()
    anna.sign_in_again().is_accepted()
    (draft,) = service.drafts()
    assert draft.author == "anna"


@on_both
def test_signing_out_asks_and_then_leaves_nothing_behind(at: Any, service: Service) -> None:
    anna = at().sign_in("anna").open(NEW).fill()
    other = at().open("/desk")
    other.page.click("text=Sign out")
    other.page.wait_for_selector("dialog")
    assert "Suspected hazardous area" in other.page.inner_text("dialog")
    other.shot("sign-out")
    other.page.click("text=Go on writing")
    assert len(other.kept()) == 1
    other.page.click("text=Sign out")
    other.page.click("text=Delete it and sign out")
    other.page.wait_for_url("**/sign-in**")
    anna.page.wait_for_url("**/sign-in**")
    assert not other.kept()
    anna.page.go_back()
    assert "Lug" not in anna.page.content()
    again = at().sign_in("anna").open(NEW)
    assert again.page.input_value("input[name=why]") == ""


@on_both
def test_pressed_twice_is_sent_once_and_a_step_is_kept_too(at: Any, service: Service) -> None:
    anna = at().sign_in("anna").open(NEW).fill()
    anna.page.dblclick("text=Save the draft")
    draft_id = anna.is_accepted()
    assert len(service.drafts()) == 1
    anna.open(f"/desk/{draft_id}")
    anna.page.fill("#step input[name=why]", "it is complete")
    anna.page.wait_for_timeout(500)
    service.end_sessions()
    anna.page.click("#step button[value=submitted]")
    anna.sign_in_again()
    anna.page.wait_for_selector("text=is now submitted")
    (draft,) = service.drafts()
    assert draft.stage == "submitted"


@on_both
def test_corrections_are_kept_and_files_are_to_be_chosen_again(at: Any, service: Service, tmp_path: Path) -> None:
    def with_file(route: Any) -> None:
        answer = route.fetch()
        field = '<label>Record <input type="file" name="photo"><input type="password" name="secret">'
        route.fulfill(response=answer, body=answer.text().replace("<label>Record ", field))

    photo = tmp_path / "ford.jpg"
    photo.write_bytes(b"made up")
    diana = at().sign_in("diana")
    diana.page.route("**/desk/corrections", with_file)
    diana.open("/desk/corrections")
    diana.page.set_input_files("input[type=file]", str(photo))
    diana.page.fill("input[type=password]", "never kept")
    for name, value in {"record": "AAAA-AAAA-AAAA", "why": "twice in the list", "source": "operations"}.items():
        diana.page.fill(f"form[action$=withdraw] input[name={name}]", value)
    diana.page.wait_for_timeout(500)
    diana.page.reload()
    assert "Choose again: ford.jpg" in diana.notice()
    assert diana.page.input_value("form[action$=withdraw] input[name=why]") == "twice in the list"
    assert diana.page.input_value("input[type=password]") == ""
    diana.page.fill("input[type=password]", "")
    diana.page.click("text=Withdraw it")
    diana.page.wait_for_selector(".notice.refused")
    assert "the register holds no such record" in diana.notice()
    assert diana.page.input_value("form[action$=withdraw] input[name=why]") == "twice in the list"


@on_both
def test_without_javascript_the_form_comes_back_through_the_sign_in(
    browser: Any, service: Service, size: tuple[int, int]
) -> None:
    viewport = {"width": size[0], "height": size[1]}
    context = browser.new_context(java_script_enabled=False, viewport=viewport)
    anna = Tab(context, service).sign_in("anna")
    anna.page.goto(f"{service.address}{NEW}")
    anna.fill(accuracy_m="ten").send()
    assert "give metres" in anna.page.inner_text("[id='fault-accuracy_m'], #step-accuracy_m")
    anna.has_typed(accuracy_m="ten")
    anna.page.fill("input[name=accuracy_m]", "10")
    service.end_sessions()
    anna.send()
    assert "What you wrote comes with you." in anna.page.inner_text("main")
    anna.shot(f"without-script-{size[0]}")
    anna.page.fill("input[name=password]", PASSWORD)
    anna.page.click("button[type=submit]")
    anna.has_typed(accuracy_m="10")
    anna.send()
    assert anna.page.inner_text("#stage") == "draft"
    close(context)


@on_both
def test_a_service_that_is_started_anew_makes_no_second_draft(
    browser: Any, tmp_path: Path, size: tuple[int, int]
) -> None:
    """The answer is lost, the service ends and is started anew, and the form is sent again: one draft."""
    path = tmp_path / "areas.gpkg"
    Register.create(path, label="synthetic exercise data").close()
    accounts = Accounts(Accounts.beside(path).path, cost=Cost(n=2**4, r=1, p=1))
    accounts.add(PEOPLE["anna"], PASSWORD)
    running = serve_app(create_app(path, accounts=accounts), path)
    address = next(running).address
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    anna = Tab(context, Service(address, path, FastAPI())).sign_in("anna").open(NEW).fill()

    def lost(route: Any) -> None:
        route.fetch()
        route.abort("connectionreset")

    anna.page.route(f"**{NEW}", lost)
    anna.send().notice()
    anna.page.unroute(f"**{NEW}")
    running.close()
    anna.send()
    anna.page.wait_for_selector("form:not([aria-busy])")
    assert "Send it again when there is a connection." in anna.notice()
    running = serve_app(create_app(path, accounts=accounts), path, port=int(address.rpartition(":")[2]))
    next(running)
    anna.send().sign_in_again()
    anna.is_accepted()
    assert "The draft was kept already" in anna.page.inner_text("main")
    assert len(anna.service.drafts()) == 1
    assert not anna.faults
    close(context)
    running.close()


@on_both
def test_what_somebody_changed_meanwhile_and_a_strange_answer_leave_the_form(at: Any, service: Service) -> None:
    anna = at().sign_in("anna").open(NEW).fill()
    draft_id = anna.send().is_accepted()
    anna.open(f"/desk/{draft_id}/form")
    anna.page.fill("input[name=why]", "the row goes on")
    with Register.open(service.path) as register:
        desk = register.desk(PEOPLE["every"])
        desk.redraft(draft_id, desk.show(draft_id).entry, why="looked again", source="every")
    anna.send()
    assert "Look at what was changed meanwhile, then send it again." in anna.notice()
    assert anna.page.input_value("input[name=why]") == "the row goes on"
    anna.page.route("**/form", lambda route: route.fulfill(status=502, body="<h1>Bad gateway</h1>"))
    anna.page.click("text=Save the draft")
    anna.page.wait_for_selector(".notice:has-text('status 502')")
    anna.page.unroute("**/form")
    assert anna.page.input_value("input[name=why]") == "the row goes on"
    anna.send().is_accepted()
    (draft,) = service.drafts()
    assert draft.source == "village of Lug", "told of the other's words, she sent hers over them"
