"""An outline is drawn, changed and undone on the map at the desk, with a mouse and without one, and kept as a draft."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from geographiclib.geodesic import Geodesic

from merestone.register import Register
from merestone.register.sidecars.user_accounts import Accounts, Cost
from merestone.service import Tier, create_app
from tests.service.conftest import serve_app
from tests.service.test_browser import ARTIFACTS, until
from tests.service.test_desk_browser import DESK, PHONE, Person, on_both
from tests.service.test_desk_pages import PASSWORD, PEOPLE

pytestmark = pytest.mark.browser
MIDDLE = (17.1, 44.9)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    path: Path = tmp_path_factory.mktemp("drawn") / "areas.gpkg"
    Register.create(path, label="synthetic exercise data").close()
    accounts = Accounts(Accounts.beside(path).path, cost=Cost(n=2**4, r=1, p=1))
    accounts.add(PEOPLE["anna"], PASSWORD)
    for served in serve_app(create_app(path, tier=Tier.PUBLIC, accounts=accounts), path):
        yield served.address


class Drawing:
    """The form of a new suspected area, with its map open."""

    def __init__(self, browser: Any, address: str, size: dict[str, int]) -> None:
        self.person = Person(browser, address, "anna", viewport=size)
        self.page = self.person.page
        self.person.open("/desk/new/suspected?fresh=yes")
        self.page.click("#outline-drawing summary")
        self.page.wait_for_selector("#outline-map[data-ready]", timeout=60_000)
        self.page.evaluate(f"merestoneMap.jumpTo({{center: {list(MIDDLE)}, zoom: 15}})")
        self.page.locator("#outline-map").scroll_into_view_if_needed()

    def at(self, right_px: float, up_px: float) -> tuple[float, float]:
        """A place of the screen, from the middle of the map."""
        box = self.page.locator("#outline-map").bounding_box()
        return box["x"] + box["width"] / 2 + right_px, box["y"] + box["height"] / 2 - up_px

    def click(self, right_px: float, up_px: float) -> None:
        self.page.mouse.click(*self.at(right_px, up_px))

    @property
    def told(self) -> str:
        return str(self.page.inner_text("#outline-told"))

    @property
    def ring(self) -> list[list[float]]:
        return list(json.loads(self.page.input_value("textarea[name=geometry]"))["coordinates"][0])

    def corners(self, count: int) -> None:
        until(self.page, f"document.querySelectorAll('#outline-corners option').length === {count}")


@on_both
def test_area_is_drawn_moved_undone_and_kept_as_a_draft(browser: Any, address: str, size: dict[str, int]) -> None:
    drawing = Drawing(browser, address, size)
    page = drawing.page
    for count, place in enumerate([(-100, -60), (100, -60)], start=1):
        drawing.click(*place)
        drawing.corners(count)
    assert "2 of the three or more corners" in drawing.told
    assert page.input_value("textarea[name=geometry]") == "", "no half outline is kept"
    drawing.click(-100, 80)
    drawing.corners(3)
    drawing.click(100, 80)
    drawing.corners(4)
    assert "crosses itself: the edge from 2 to 3 meets the edge from 4 to 1" in drawing.told
    page.screenshot(path=_artifact(f"outline-crossing-{size['width']}"))
    page.click("#outline-undo")
    drawing.corners(3)
    assert "An area of 3 corners is in the form" in drawing.told
    before = drawing.ring

    page.locator("#outline-map").scroll_into_view_if_needed()
    page.mouse.move(*drawing.at(-100, 80))
    page.mouse.down()
    page.mouse.move(*drawing.at(-50, 60), steps=3)
    page.mouse.move(*drawing.at(20, 60), steps=3)
    page.mouse.up()
    until(page, f"document.querySelector('textarea[name=geometry]').value !== {json.dumps(json.dumps(before))}")
    moved = drawing.ring
    assert moved[:2] == before[:2]
    assert moved[2][0] > before[2][0] + 0.001
    until(page, "merestoneMap.loaded()")
    drawing.click(0, -60)
    drawing.corners(4)
    between = drawing.ring[1]
    assert before[0][0] < between[0] < before[1][0], "on an edge, a corner is put between its ends"
    assert [drawing.ring[0], *drawing.ring[2:]] == moved
    page.screenshot(path=_artifact(f"outline-drawn-{size['width']}"), full_page=True)

    kept = drawing.ring
    for name, value in {"accuracy_m": "10", "own.local_id": "N-7", "source": "synthetic", "why": "survey"}.items():
        page.fill(f"input[name='{name}']", value)
    page.click("text=Keep the draft")
    page.wait_for_selector("#stage")
    page.click("text=Rewrite it")
    stands = json.loads(page.input_value("textarea[name=geometry]"))["coordinates"][0]
    assert {*map(tuple, stands)} == {*map(tuple, kept)}
    page.click("#outline-drawing summary")
    page.wait_for_selector("#outline-map[data-ready]", timeout=60_000)
    drawing.corners(4)
    drawing.person.close()


def test_area_is_drawn_with_the_keyboard_alone(browser: Any, address: str) -> None:
    drawing = Drawing(browser, address, DESK)
    page = drawing.page
    page.focus("#outline-map canvas")
    page.keyboard.press("Enter")
    drawing.corners(1)
    for bearing, distance in (("90", "500"), ("0", "300")):
        page.fill("#outline-bearing", bearing)
        page.fill("#outline-distance", distance)
        page.focus("#outline-leg")
        page.keyboard.press("Enter")
    drawing.corners(3)
    # As GeographicLib for Python reckons 500 m to the east and from there 300 m to the north.
    east = Geodesic.WGS84.Direct(MIDDLE[1], MIDDLE[0], 90, 500)
    north = Geodesic.WGS84.Direct(east["lat2"], east["lon2"], 0, 300)
    for corner, expected in zip(drawing.ring[1:3], (east, north), strict=True):
        assert corner == pytest.approx([expected["lon2"], expected["lat2"]], abs=3e-7)
    page.focus("#outline-map canvas")
    page.keyboard.press("Delete")
    drawing.corners(2)
    page.keyboard.press("Control+z")
    drawing.corners(3)
    drawing.person.close()


def test_outline_that_cannot_be_drawn_stays_until_something_is_drawn(browser: Any, address: str) -> None:
    drawing = Drawing(browser, address, PHONE)
    hole = '{"type":"Polygon","coordinates":[[[0,0],[3,0],[3,3],[0,0]],[[1,0.5],[2,0.5],[2,1],[1,0.5]]]}'
    drawing.page.fill("textarea[name=geometry]", hole)
    assert "cannot be edited on this map" in drawing.told
    drawing.page.click("#outline-add")
    assert drawing.page.input_value("textarea[name=geometry]") == ""
    drawing.page.click("#outline-undo")
    assert drawing.page.input_value("textarea[name=geometry]") == hole
    drawing.person.close()


def _artifact(name: str) -> Path:
    ARTIFACTS.mkdir(exist_ok=True)
    return ARTIFACTS / f"{name}.png"
