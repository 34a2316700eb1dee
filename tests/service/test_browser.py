"""The page as a person uses it, in a real browser: map, areas, answers in words, and no call to another server."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from merestone.terms import RecordKind
from tests.service.conftest import Served, outline_of

pytestmark = pytest.mark.browser
ARTIFACTS = Path(os.environ.get("MERESTONE_ARTIFACTS") or Path(__file__).parents[2] / "artifacts")


DESK, PHONE = (1280, 800), (390, 844)
on_both = pytest.mark.parametrize("page", [DESK, PHONE], ids=["desk", "phone"], indirect=True)


@pytest.fixture(scope="module")
def page(browser: Any, public: Served, request: pytest.FixtureRequest) -> Iterator[Any]:
    width, height = getattr(request, "param", DESK)
    opened = browser.new_page(viewport={"width": width, "height": height})
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    opened.on(
        "request",
        lambda asked: (
            faults.append(asked.url) if not asked.url.startswith((public.address, "blob:", "data:")) else None
        ),
    )
    opened.goto(public.address)
    opened.wait_for_selector("#map[data-ready][data-shown]", timeout=60_000)
    yield opened
    opened.close()
    assert not faults


def until(page: Any, expression: str) -> None:
    """Wait for an expression to hold. Playwright's own wait needs eval, which the page's policy forbids."""
    for _ in range(300):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(100)
    pytest.fail(f"not true after 30 s: {expression}")


def check(page: Any, text: str) -> str:
    page.fill("#position", text)
    with page.expect_response("**/check.json*"):
        page.click("#check button[type=submit]")
    page.wait_for_selector("#answer:not([hidden])")
    words: str = page.inner_text("#answer")
    return words


@on_both
def test_map_shows_the_areas_and_the_answers(page: Any, request: pytest.FixtureRequest) -> None:
    until(page, "merestoneMap.loaded() && merestoneMap.queryRenderedFeatures({layers: ['record-fill']}).length > 0")
    kinds = page.evaluate(
        "[...new Set(merestoneMap.queryRenderedFeatures({layers: ['record-fill']}).map(f => f.properties.kind))]"
    )
    assert set(kinds) == {kind.value for kind in RecordKind if kind.is_hazard}

    middle = outline_of(RecordKind.CONFIRMED).centroid
    assert "Inside a recorded confirmed hazardous area" in check(page, f"{middle.y:.5f}, {middle.x:.5f}")
    ARTIFACTS.mkdir(exist_ok=True)
    shot = ARTIFACTS / f"map-{request.node.callspec.id}.png"
    page.screenshot(path=shot)
    print(f"screenshot: {shot}")

    outside = check(page, "0°01'12\"N 0°01'12\"E")
    assert "None recorded within 150 m" in outside
    assert "gives no assurance" in outside
    malformed = check_refused(page, "somewhere")
    assert "position = 'somewhere'" in malformed
    assert "Data of" in page.inner_text("#data-date")
    assert "SYNTHETIC EXERCISE DATA" in page.inner_text("#data-date").upper()


def check_refused(page: Any, text: str) -> str:
    # A refusal is an HTTP 400, which the browser itself logs as an error; here it is wanted, so it is answered by hand.
    page.route("**/check.json*", answered)
    words = check(page, text)
    page.unroute("**/check.json*")
    return words


def answered(route: Any) -> None:
    response = route.fetch()
    assert response.status == 400
    route.fulfill(status=200, content_type="application/json", body=response.text())


def test_click_on_an_area_gives_details_and_an_answer(page: Any) -> None:
    middle = outline_of(RecordKind.SUSPECTED).centroid
    until(page, "merestoneMap.loaded()")
    page.evaluate(f"merestoneMap.jumpTo({{center: [{middle.x}, {middle.y}], zoom: 14}})")
    until(page, "merestoneMap.loaded()")
    box = page.locator("#map canvas").bounding_box()
    with page.expect_response("**/check.json*"):
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_selector(".maplibregl-popup")
    words = page.inner_text(".maplibregl-popup")
    assert "generalised outward" in words
    assert "Suspected hazardous area" in words
    assert "made up" in words
    assert "secret" not in words
    page.wait_for_selector("#answer .headline")
    assert "Inside a recorded suspected hazardous area" in page.inner_text("#answer")


def test_check_and_list_work_without_javascript(browser: Any, public: Served) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(public.address)
    page.fill("#position", "0.003, 0.003")
    page.click("#check button[type=submit]")
    assert "Inside a recorded suspected hazardous area" in page.inner_text(".answer")
    page.goto(f"{public.address}/areas")
    assert page.locator("tbody tr").count() == len([kind for kind in RecordKind if kind.is_hazard])
    context.close()


def test_keyboard_checks_the_centre_of_the_map(page: Any) -> None:
    middle = outline_of(RecordKind.SUSPECTED).centroid
    until(page, "merestoneMap.loaded()")
    page.evaluate(f"merestoneMap.jumpTo({{center: [{middle.x}, {middle.y}], zoom: 14}})")
    page.focus("#map canvas")
    with page.expect_response("**/check.json*"):
        page.keyboard.press("Enter")
    page.wait_for_selector("#answer .headline")
    assert "Inside a recorded suspected hazardous area" in page.inner_text("#answer")


def test_click_from_far_off_is_no_more_exact_than_a_finger(page: Any) -> None:
    until(page, "merestoneMap.loaded()")
    page.evaluate("merestoneMap.jumpTo({center: [0, 0], zoom: 3})")
    box = page.locator("#map canvas").bounding_box()
    with page.expect_request("**/check.json*") as asked:
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    stated_m = float(parse_qs(urlsplit(asked.value.url).query)["accuracy_m"][0])
    assert stated_m > 10_000, "six pixels at zoom 3 are some 58 km"


@on_both
def test_answer_and_date_are_in_view_together(page: Any, request: pytest.FixtureRequest) -> None:
    check(page, "0.003, 0.003")
    page.wait_for_timeout(300)
    height = page.viewport_size["height"]
    for selector in ("#answer .headline", "#data-date"):
        box = page.locator(selector).bounding_box()
        assert 0 <= box["y"] <= height - box["height"], f"{selector} is out of view at {request.node.callspec.id}"


def test_hidden_kinds_are_still_warned_of(page: Any) -> None:
    until(page, "merestoneMap.loaded()")
    page.uncheck("input[data-kind=suspected]")
    layers = "['record-fill', 'record-hatch-suspected', 'record-line-suspected']"
    shown = f"merestoneMap.queryRenderedFeatures({{layers: {layers}}})"
    until(page, f"!{shown}.some((found) => found.properties.kind === 'suspected')")
    assert "Inside a recorded suspected hazardous area" in check(page, "0.003, 0.003")
    page.check("input[data-kind=suspected]")


def test_check_works_without_webgl(browser_without_webgl: Any, public: Served) -> None:
    page = browser_without_webgl.new_page()
    page.goto(public.address)
    page.wait_for_selector("#map.no-map")
    assert "cannot draw the map" in page.inner_text("#map")
    assert "Inside a recorded suspected hazardous area" in check(page, "0.003, 0.003")
    page.close()
