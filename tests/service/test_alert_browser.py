"""An alert that three people publish at the desk appears on a map that was open all the while, and in the feed."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import feedparser
import httpx2
import pytest
import shapely

from merestone.register import Register
from merestone.register.sidecars import Accounts, AlertKeys
from merestone.service import create_app
from tests.service.conftest import Served, serve_app
from tests.service.test_alert_pages import FIELD, make_alert_register
from tests.service.test_desk_browser import Person

pytestmark = pytest.mark.browser


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Served, str]]:
    keys = AlertKeys(tmp_path / "keys" / "areas.alert-keys.json")
    keys.path.parent.mkdir()
    with Register.create(tmp_path / "x.gpkg") as register:
        keys.signing_key("Centre", register.instant())
    path = tmp_path / "areas.gpkg"
    record_id = make_alert_register(path, keys)
    for one in serve_app(create_app(path, accounts=Accounts.beside(path)), path):
        yield one, record_id


def step(person: Person, alert_id: str, to: str) -> None:
    person.open(f"/desk/alerts/{alert_id}")
    person.page.fill("#step input[name=why]", "looked at it")
    with person.page.expect_navigation():
        person.page.click(f"#step button[value={to}]")


def test_an_alert_of_the_desk_appears_on_the_open_map_and_in_the_feed(browser: Any, served: tuple[Served, str]) -> None:
    at, record_id = served
    reader = browser.new_page(viewport={"width": 390, "height": 844})
    faults: list[str] = []
    reader.on("pageerror", lambda error: faults.append(str(error)))
    reader.on("request", lambda asked: faults.append(asked.url) if "mines.example" in asked.url else None)
    reader.goto(at.address)
    reader.wait_for_selector("#alerts[data-asked]", state="attached", timeout=60_000)
    reader.wait_for_selector("#map[data-ready]", timeout=60_000)
    assert reader.is_hidden("#alerts")

    anna = Person(browser, at.address, "anna")
    anna.open("/desk/alerts")
    anna.page.select_option("#declare select[name=reason]", "new_finding")
    filled = {"area_name": "Forest north of the lake", "records": record_id, "why": "find of today", "source": "team 3"}
    for name, value in filled.items():
        anna.page.fill(f"#declare input[name={name}]", value)
    with anna.page.expect_navigation(url="**/desk/alerts/*"):
        anna.page.click("#declare button[type=submit]")
    alert_id = anna.page.url.rpartition("/")[2]
    for name, to in (("berta", "approved"), ("carla", "published")):
        step(Person(browser, at.address, name), alert_id, to)

    reader.wait_for_selector("#alerts li", timeout=30_000)
    assert "Mines or other explosive ordnance found: Forest north of the lake" in reader.inner_text("#alerts")
    assert "Keep out" in reader.inner_text("#alerts")
    drawn = "window.merestoneMap.getSource('alerts')?.serialize().data.features.map((one) => one.id)"
    deadline_s = time.monotonic() + 30
    while reader.evaluate(drawn) != [f"alert-{alert_id}"]:
        assert time.monotonic() < deadline_s, "the area of the alert is not on the map"
        reader.wait_for_timeout(100)
    (entry,) = feedparser.parse(httpx2.get(f"{at.address}/alerts.atom").content).entries
    assert shapely.Polygon(entry.where["coordinates"][0]).covers(FIELD)
    assert reader.evaluate("document.documentElement.scrollWidth") <= 390
    reader.click("#alerts a")
    reader.wait_for_selector("h1")
    assert "Forest north of the lake" in reader.inner_text("h1")
    assert not faults
