"""From draft to published in a real browser, through four people at four browsers; another hub sees nothing of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import shapely

from merestone.exchange import import_file
from merestone.register import Register
from merestone.register.programme.approval import default_approval
from merestone.register.sidecars.user_accounts import Accounts, Cost
from merestone.service import Tier, create_app
from merestone.terms import RecordKind
from tests.browsers import close
from tests.service.conftest import serve_app
from tests.service.test_browser import ARTIFACTS
from tests.service.test_desk_pages import PASSWORD, PEOPLE, WAY

pytestmark = pytest.mark.browser
OUTLINE = shapely.to_geojson(shapely.box(0.123456, 0.2, 0.133456, 0.21))
LARGER = shapely.to_geojson(shapely.box(0.123456, 0.2, 0.133456, 0.22))
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1366, "height": 768}
FILE = f'{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":{{}},"geometry":{OUTLINE}}}]}}'
on_both = pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
on_desk = pytest.mark.parametrize("size", [pytest.param(PHONE, marks=pytest.mark.slow), DESK], ids=["phone", "desk"])
"""What is the same at both sizes but for its layout, which the look at every page and the narrow walk hold."""


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    path = tmp_path / "areas.gpkg"
    Register.create(path, label="synthetic exercise data").close()
    accounts = Accounts(Accounts.beside(path).path, cost=Cost(n=2**4, r=1, p=1))
    for actor in PEOPLE.values():
        accounts.add(actor, PASSWORD)
    for served in serve_app(create_app(path, tier=Tier.PUBLIC, accounts=accounts), path):
        yield served.address


class Person:
    """Somebody at a browser of their own."""

    def __init__(self, browser: Any, address: str, name: str, **more: Any) -> None:
        self.context = browser.new_context(**more)
        self.page, self.address, self.faults = self.context.new_page(), address, list[str]()
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", lambda told: self.faults.append(told.text) if "Content Security" in told.text else None)
        self.open("/desk")
        assert "/sign-in" in self.page.url
        self.page.fill("input[name=name]", name)
        self.page.fill("input[name=password]", PASSWORD)
        self.page.click("button[type=submit]")
        assert self.page.url == f"{address}/desk"

    def open(self, path: str) -> Any:
        return self.page.goto(f"{self.address}{path}")

    def step(self, draft_id: str, to: str) -> None:
        self.open("/desk")
        self.page.click(f"text={draft_id}")
        self.page.fill("#step input[name=why]", f"{to}: looked at it")
        with self.page.expect_navigation():
            self.page.click(f"#step button[value={to}]")

    def sends(self, path: str, **form: str) -> int:
        """The status of a form sent by hand, with the session's own cookie."""
        answer = self.context.request.post(f"{self.address}{path}", form=form, max_redirects=0)
        return int(answer.status)

    def shot(self, name: str) -> None:
        ARTIFACTS.mkdir(exist_ok=True)
        self.page.screenshot(path=ARTIFACTS / f"desk-{name}.png", full_page=True)

    def close(self) -> None:
        close(self.context)
        assert not self.faults


@on_desk
def test_record_goes_from_draft_to_published_through_four_roles(
    browser: Any, address: str, tmp_path: Path, size: dict[str, int]
) -> None:
    anna = Person(browser, address, "anna", viewport=size)
    anna.page.click("text=suspected hazardous area")
    anna.page.fill("textarea[name=geometry]", '{"type": "Point", "coordinates": [0, 0]}')
    for name, value in {"accuracy_m": "10", "own.local_id": "N-1", "source": "synthetic", "why": "survey"}.items():
        anna.page.fill(f"input[name='{name}']", value)
    anna.page.select_option("select[name=visibility]", "restricted")
    anna.page.check("input[value=ap_mine]")
    anna.page.click("text=Save the draft")
    assert "give a polygon" in anna.page.inner_text("[id='fault-geometry']")
    assert anna.page.input_value("input[name='own.local_id']") == "N-1"
    anna.shot("form-refused")
    anna.page.fill("textarea[name=geometry]", OUTLINE)
    anna.page.click("text=Save the draft")
    anna.page.wait_for_selector("#stage")
    draft_id = anna.page.url.rpartition("/")[2]
    assert anna.page.inner_text("#stage") == "draft"
    assert "ap_mine" in anna.page.inner_text("dl.facts >> nth=0")
    anna.shot("draft")

    simon = Person(browser, address, "simon", viewport=size)
    assert draft_id not in simon.page.content()
    assert simon.open(f"/desk/{draft_id}").status == 404

    people = {"anna": anna}
    for name, to in WAY:
        if name not in people:
            people[name] = Person(browser, address, name, viewport=size)
        if to == "reviewed":  # the surveyor's own hand, at a draft that waits for another's
            anna.open(f"/desk/{draft_id}")
            csrf = anna.page.get_attribute("input[name=csrf] >> nth=0", "value")
            people[name].open(f"/desk/{draft_id}")
            people[name].shot(f"review-{size['width']}")
            seen = people[name].page.get_attribute("input[name=seen]", "value")
            assert anna.page.locator("#step").count() == 0
            sent = {"to": "reviewed", "why": "mine", "seen": seen}
            assert anna.sends(f"/desk/{draft_id}/step", **sent, csrf=csrf) == 403
            assert people[name].sends(f"/desk/{draft_id}/step", **sent) == 403, "no token in the form"
        people[name].step(draft_id, to)
        assert f"{draft_id} is now {to}" in people[name].page.inner_text("[role=status]")
        assert simon.open(f"/desk/{draft_id}").status == 404
        simon.open("/desk")
        assert draft_id not in simon.page.content()
    assert {step.role for step in default_approval().steps} == {role for name, _ in WAY for role in PEOPLE[name].roles}

    anna.open(f"/desk/{draft_id}")
    assert anna.page.inner_text("#stage") == "published"
    told = [anna.page.inner_text(f".life > li >> nth={at}") for at in range(5)]
    for words, (name, to) in zip(told[1:], WAY, strict=True):
        assert name in words
        assert f"→ {to}" in words
        assert f"{to}: looked at it" in words
    assert "not yours" not in anna.page.inner_text("main"), "there is no next step"
    anna.shot("published")
    anna.page.click(".answer a")
    assert "/areas/" in anna.page.url
    assert "Suspected hazardous area" in anna.page.inner_text("h1")
    assert "0.123456" not in anna.page.content(), "the public tier shows no exact outline, also after sign-in"

    anna.page.click("text=Draft a revision")
    assert anna.page.input_value("input[name='own.local_id']") == "N-1"
    anna.page.fill("textarea[name=geometry]", LARGER)
    anna.page.fill("input[name=why]", "the row goes on to the north")
    anna.page.fill("input[name='own.local_id']", "N-1a")
    anna.page.click("text=Save the draft")
    anna.page.wait_for_selector("#stage")
    revision_id = anna.page.url.rpartition("/")[2]
    assert "N-1 → N-1a" in anna.page.inner_text("#changes")
    assert "as it is now" in anna.page.inner_text("figure")
    anna.shot("revision")
    for name, to in WAY:
        people[name].step(revision_id, to)
        assert f"{revision_id} is now {to}" in people[name].page.inner_text("[role=status]")
        simon.open("/desk")
        assert revision_id not in simon.page.content()
    anna.open(f"/desk/{revision_id}")
    anna.page.click(".answer a")
    assert "Suspected hazardous area" in anna.page.inner_text("h1")
    with Register.open(tmp_path / "areas.gpkg", read_only=True) as register:
        (record,) = register.as_of().records
    assert (record.version, record.attributes["local_id"]) == (2, "N-1a")
    assert record.geometry == shapely.from_geojson(LARGER)
    simon.open(anna.page.url.removeprefix(address))
    assert "Draft a revision" not in simon.page.content(), "the record is restricted, and another hub's"

    anybody = browser.new_page()
    anybody.goto(f"{address}/areas")
    assert anybody.locator("tbody tr").count() == 1
    close(anybody)
    anna.page.goto(f"{address}/desk")
    anna.page.click("text=Sign out")
    anna.page.wait_for_url("**/sign-in**")
    anna.open("/desk")
    assert "/sign-in" in anna.page.url
    anna.shot("sign-in")
    for person in (*people.values(), simon):
        person.close()


@on_both
def test_a_wrong_import_is_undone_in_the_browser(
    browser: Any, address: str, tmp_path: Path, size: dict[str, int]
) -> None:
    path = tmp_path / "events.csv"
    path.write_text("local_id,lat,lon\nA-1,0.1,0.2\nA-2,0.3,\n")
    with Register.open(tmp_path / "areas.gpkg") as register:
        import_file(register, path, kind=RecordKind.ACCIDENT, source="synthetic", accuracy_m=5.0, by="anna")
    diana = Person(browser, address, "diana", viewport=size)
    diana.page.click("text=Put a mistake right")
    diana.page.click("summary >> text=events.csv, row 2")
    diana.page.click("summary >> text=1: events.csv, as accident")
    diana.shot("corrections")
    form = diana.page.locator("form[action$=undo-import]")
    form.locator("input[name=why]").fill("the wrong file")
    form.locator("input[name=source]").fill("operations")
    with diana.page.expect_navigation():
        form.locator("button").click()
    assert "The import is undone: 1 record withdrawn" in diana.page.inner_text("[role=status]")
    assert "No row is waiting." in diana.page.inner_text("main")
    with Register.open(tmp_path / "areas.gpkg", read_only=True) as register:
        assert not register.as_of().records
    diana.close()


@on_both
def test_a_file_is_imported_and_a_photograph_attached_in_the_browser(
    browser: Any, address: str, tmp_path: Path, size: dict[str, int]
) -> None:
    diana = Person(browser, address, "diana", viewport=size)
    diana.page.click("text=Import a file")
    file = {"name": "areas.geojson", "mimeType": "application/geo+json", "buffer": FILE.encode()}
    diana.page.set_input_files("input[type=file]", file)
    diana.page.select_option("select[name=kind]", "suspected")
    diana.page.select_option("select[name=visibility]", "public")
    diana.page.fill("input[name=source]", "field office, May 2026")
    diana.page.click("text=Preview it")
    assert "one of the two" in diana.page.inner_text("#fault-accuracy_m"), "neither metres nor that nobody stated them"
    assert diana.page.input_value("input[name=source]") == "field office, May 2026"
    diana.page.fill("input[name=accuracy_m]", "25")
    diana.page.click("text=Preview it")
    diana.page.wait_for_selector("#counts")
    assert diana.page.inner_text("#counts").split() == ["Accepted", "1", "Repaired", "0", "To", "quarantine", "0"]
    assert "BECOMES" in diana.page.inner_text("main")
    diana.shot(f"import-{size['width']}")
    diana.page.click("#write button")
    diana.page.wait_for_selector("text=The records are in the register")
    with Register.open(tmp_path / "areas.gpkg", read_only=True) as register:
        (record,) = register.as_of().records
    diana.close()

    anna = Person(browser, address, "anna", viewport=size)
    anna.open(f"/areas/{record.record_id}")
    anna.page.click("text=Attach a document")
    image = {"name": "sign.jpg", "mimeType": "image/jpeg", "buffer": b"synthetic pixels"}
    anna.page.set_input_files("input[type=file]", image)
    anna.page.fill("input[name=why]", "the sign by the road")
    anna.page.fill("input[name=source]", "team 3")
    anna.page.click("form.filling button")
    anna.page.wait_for_selector("text=sign.jpg is attached")
    with anna.page.expect_download() as download:
        anna.page.click("#attachments ~ ul a")
    assert download.value.path().read_bytes() == b"synthetic pixels"
    anna.shot(f"attach-{size['width']}")
    anna.close()
