"""The page as a person uses it, in a real browser: map, areas, answers in words, and no call to another server."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from merestone.terms import RecordKind
from tests.browsers import close
from tests.service.conftest import Served, outline_of

pytestmark = pytest.mark.browser
ARTIFACTS = Path(os.environ.get("MERESTONE_ARTIFACTS") or Path(__file__).parents[2] / "artifacts")

OUTSIDE = "0°01'12\"N 0°01'12\"E"
DESK, PHONE = (1280, 800), (390, 844)
at_size = pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
on_both = pytest.mark.parametrize("page", [DESK, PHONE], ids=["desk", "phone"], indirect=True)
on_phone = pytest.mark.parametrize(
    "page", [pytest.param(DESK, marks=pytest.mark.slow), PHONE], ids=["desk", "phone"], indirect=True
)
on_desk = pytest.mark.parametrize(
    "page", [DESK, pytest.param(PHONE, marks=pytest.mark.slow)], ids=["desk", "phone"], indirect=True
)
"""What is the same at both sizes but for its layout is tried at the other one by `make slow`."""


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
    close(opened)
    assert not faults


def until(page: Any, expression: str) -> None:
    """Wait for an expression to hold. Playwright's own wait needs eval, which the page's policy forbids."""
    for _ in range(300):
        try:
            if page.evaluate(expression):
                return
        except Exception as error:
            if "context was destroyed" not in str(error):  # the page is going to another one: ask that
                raise
        page.wait_for_timeout(100)
    pytest.fail(f"not true after 30 s: {expression}")


def check(page: Any, text: str) -> str:
    page.fill("#position", text)
    page.click("#check button[type=submit]")
    return answer(page)


def answer(page: Any) -> str:
    """What the page answers to what it was asked last: it has begun to ask when the click or key press returns."""
    page.wait_for_selector("#answer:not([hidden]):not([aria-busy])")
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

    outside = check(page, OUTSIDE)
    assert "None recorded within 150 m" in outside
    assert "gives no assurance" in outside
    malformed = check_refused(page, "somewhere")
    assert "position = 'somewhere'" in malformed
    assert "Register written on" in page.inner_text("#data-date")
    assert "SYNTHETIC EXERCISE DATA" in page.inner_text("#data-date").upper()

    # What a phone states holds two thirds of positions (Android 68 %, Apple 63 to 68 %): twice that is asked for.
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"longitude": middle.x, "latitude": middle.y, "accuracy": 7.2})
    page.click("#here")
    until(page, "document.getElementById('accuracy_m').value === '15'")
    assert "Inside a recorded confirmed hazardous area" in answer(page)


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


def uncover_map(page: Any) -> None:
    """On a phone, slide the sheet down that an answer before has raised over the middle of the map."""
    if page.is_visible("#sheet-handle"):
        page.press("#position", "Escape")


@on_phone
def test_click_on_an_area_gives_details_and_an_answer(page: Any) -> None:
    middle = outline_of(RecordKind.SUSPECTED).centroid
    until(page, "merestoneMap.loaded()")
    page.evaluate(f"void merestoneMap.jumpTo({{center: [{middle.x}, {middle.y}], zoom: 14}})")
    until(page, "merestoneMap.loaded()")
    uncover_map(page)
    box = page.locator("#map canvas").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    # A window over a phone's map would be cut: there the sheet tells what is recorded.
    told_in = "#recorded" if page.is_visible("#sheet-handle") else ".maplibregl-popup"
    page.wait_for_selector(f"{told_in} dl")
    words = page.inner_text(told_in)
    assert "generalised outward" in words
    assert "Suspected hazardous area" in words
    assert "the programme that keeps this register" in words
    assert "made up" not in words, "a stated source is not for the public"
    assert "secret" not in words
    assert "Inside a recorded suspected hazardous area" in answer(page)


@pytest.fixture
def held(page: Any) -> Iterator[list[Any]]:
    """The page's questions about places, in the order asked; each waits until the test lets it go on."""
    asked: list[Any] = []

    def hold(route: Any) -> None:
        asked.append(route)

    page.route("**/check.json*", hold)
    yield asked
    page.unroute("**/check.json*")


def ask(page: Any, text: str, held: list[Any]) -> Any:
    before = len(held)
    page.fill("#position", text)
    page.click("#check button[type=submit]")
    for _ in range(300):
        if len(held) > before:
            return held[-1]
        page.wait_for_timeout(100)
    pytest.fail("the page asked nothing")


@on_both
def test_answer_to_another_question_never_stands_beside_a_place(page: Any, held: list[Any]) -> None:
    ask(page, OUTSIDE, held).continue_()
    assert "None recorded within 150 m" in answer(page)
    page.type("#accuracy_m", "0")
    assert page.is_hidden("#answer"), "the answer was for another accuracy"

    slow = ask(page, "0.003, 0.003", held)
    assert "has not been checked yet" in page.inner_text("#answer")
    assert "None recorded" not in page.inner_text("#answer")
    slow.continue_()
    assert "Inside a recorded suspected hazardous area" in answer(page)
    page.fill("#accuracy_m", "10")


@on_both
def test_overtaken_answer_is_not_shown(page: Any, held: list[Any]) -> None:
    slow = ask(page, OUTSIDE, held)
    ask(page, "0.003, 0.003", held).continue_()
    assert "Inside a recorded suspected hazardous area" in answer(page)
    with page.expect_event("requestfinished", lambda request: request == slow.request):
        slow.continue_()
    page.wait_for_timeout(200)
    assert "Inside a recorded suspected hazardous area" in page.inner_text("#answer")
    forgotten = ask(page, "0.003, 0.003", held)
    page.fill("#position", OUTSIDE)
    with page.expect_event("requestfinished", lambda request: request == forgotten.request):
        forgotten.continue_()
    page.wait_for_timeout(200)
    assert page.is_hidden("#answer")


@on_phone
@pytest.mark.parametrize("body", ["<h1>Bad gateway</h1>", "{}"], ids=["no JSON", "no words"])
def test_answer_without_words_is_told_as_none(page: Any, held: list[Any], body: str) -> None:
    ask(page, OUTSIDE, held).fulfill(status=200, body=body)
    assert answer(page) == "The server did not answer. This place has not been checked."


def test_areas_that_cannot_be_had_are_never_nothing(browser: Any, public: Served) -> None:
    page = browser.new_page()
    waiting: list[Any] = []

    def hold(route: Any) -> None:
        waiting.append(route)

    page.route("**/map-summary*", hold)
    page.goto(f"{public.address}/?known_on=2100-01-01")
    page.wait_for_selector("#unshown.waiting")
    assert "does not show those of this time yet" in page.inner_text("#unshown")
    page.wait_for_selector("#map[aria-busy]", timeout=60_000)
    for _ in range(300):
        if waiting:
            break
        page.wait_for_timeout(100)
    waiting.pop().fulfill(status=502, body="<h1>Bad gateway</h1>")
    page.wait_for_selector("#unshown:not(.waiting)")
    assert "could not be loaded, and none is shown" in page.inner_text("#unshown")
    assert page.is_hidden("#nothing"), "what is unknown is not nothing"
    page.unroute("**/map-summary*")
    page.reload()
    page.wait_for_selector("#map[data-shown]", timeout=60_000)
    assert page.is_hidden("#unshown")
    close(page)


@pytest.mark.parametrize(
    "failure",
    [
        {"status": 502, "body": "<h1>Bad gateway</h1>"},
        {"status": 404, "body": "gone"},
        {"status": 200, "body": "<p>sign in"},
    ],
    ids=["bad gateway", "not found", "another page"],
)
def test_tile_that_cannot_be_had_is_never_nothing(browser: Any, public: Served, failure: dict[str, Any]) -> None:
    """A tile that did not come must not look like a place where nothing is recorded; and it is asked for again."""
    page = browser.new_page()
    page.route("**/ogc/tiles/**", lambda route: route.fulfill(**failure))
    page.goto(public.address)
    page.wait_for_selector("#unshown:not(.waiting):not([hidden])", timeout=60_000)
    assert "could not be loaded, and are not shown here" in page.inner_text("#unshown")
    assert not page.locator("#map[data-shown]").count()
    page.unroute("**/ogc/tiles/**")
    page.wait_for_selector("#map[data-shown]", timeout=60_000)
    assert page.is_hidden("#unshown")
    until(page, "merestoneMap.queryRenderedFeatures({layers: ['record-fill']}).length > 0")
    close(page)


@at_size
def test_a_country_is_squares_that_count_and_outlines_when_one_zooms_in(
    browser: Any, crowded: Served, size: tuple[int, int]
) -> None:
    page = browser.new_page(viewport={"width": size[0], "height": size[1]})
    page.goto(crowded.address)
    page.wait_for_selector("#map[data-shown]", timeout=60_000)
    page.evaluate("void merestoneMap.jumpTo({center: [20.0, 10.0], zoom: 9})")
    until(page, "merestoneMap.queryRenderedFeatures({layers: ['cell-fill']}).length > 0")
    assert page.locator("#counting .square").count() == 4, "the legend shows squares as they are drawn"
    assert page.inner_text("#counting").split()[-4:] == ["1", "8", "60", "400+"]
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / f"map-squares-{size[0]}.png")
    box = page.locator("#map canvas").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    told_in = "#recorded" if page.is_visible("#sheet-handle") else ".maplibregl-popup"
    page.wait_for_selector(f"{told_in} p")
    assert "Recorded areas in this square" in page.inner_text(told_in)
    page.evaluate("void merestoneMap.jumpTo({center: [20.0, 10.0], zoom: 15})")
    until(
        page, "merestoneMap.getZoom() > 14 && merestoneMap.queryRenderedFeatures({layers: ['record-fill']}).length > 0"
    )
    page.wait_for_selector("#map[data-shown]", timeout=60_000)
    until(page, "document.getElementById('counting').hidden")
    if size[0] > 1000:  # paper is the same for both
        page.goto(f"{crowded.address}/print?lat=10&lon=20&zoom=9")
        page.wait_for_selector("#counting .square")
    close(page)


@at_size
def test_place_named_in_the_address_is_shown_and_answered_for(
    browser: Any, public: Served, size: tuple[int, int]
) -> None:
    page = browser.new_page(viewport={"width": size[0], "height": size[1]})
    page.goto(f"{public.address}/?at=0.003,0.003")
    assert "Inside a recorded suspected hazardous area" in answer(page)
    page.goto(f"{public.address}/?at=nowhere")
    page.wait_for_selector("#map[data-shown]", timeout=60_000)
    page.wait_for_selector("#answer.refused")
    page.goto(f"{public.address}/?show=60.17000N,24.94000E&zoom=10")  # only shown: no answer of a place nobody asked of
    page.wait_for_selector("#map[data-shown]", timeout=60_000)
    centre = page.evaluate("window.merestoneMap.getCenter().toArray()")
    assert [round(value, 3) for value in centre] == [24.94, 60.17]
    assert page.locator("#answer .headline").count() == 0
    close(page)


@at_size
def test_check_and_list_work_without_javascript(browser: Any, public: Served, size: tuple[int, int]) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": size[0], "height": size[1]})
    page = context.new_page()
    page.goto(public.address)
    page.fill("#position", "0.003, 0.003")
    page.click("#check button[type=submit]")
    assert "Inside a recorded suspected hazardous area" in page.inner_text(".answer")
    page.goto(f"{public.address}/areas")
    assert page.locator("tbody tr").count() == len([kind for kind in RecordKind if kind.is_hazard])
    close(context)


@on_desk
def test_keyboard_checks_the_centre_of_the_map(page: Any) -> None:
    middle = outline_of(RecordKind.SUSPECTED).centroid
    until(page, "merestoneMap.loaded()")
    page.evaluate(f"void merestoneMap.jumpTo({{center: [{middle.x}, {middle.y}], zoom: 14}})")
    page.focus("#map canvas")
    page.keyboard.press("Enter")
    assert "Inside a recorded suspected hazardous area" in answer(page)


@on_phone
def test_click_from_far_off_is_no_more_exact_than_a_finger(page: Any) -> None:
    until(page, "merestoneMap.loaded()")
    page.evaluate("void merestoneMap.jumpTo({center: [0, 0], zoom: 3})")
    uncover_map(page)
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


@on_both
def test_hidden_kinds_are_still_warned_of(page: Any) -> None:
    until(page, "merestoneMap.loaded()")
    page.uncheck("input[data-kind=suspected]")
    layers = "['record-fill', 'record-hatch-suspected', 'record-line-suspected']"
    shown = f"merestoneMap.queryRenderedFeatures({{layers: {layers}}})"
    until(page, f"!{shown}.some((found) => found.properties.kind === 'suspected')")
    assert "Inside a recorded suspected hazardous area" in check(page, "0.003, 0.003")
    page.check("input[data-kind=suspected]")


@at_size
def test_check_works_without_webgl(browser_without_webgl: Any, public: Served, size: tuple[int, int]) -> None:
    page = browser_without_webgl.new_page(viewport={"width": size[0], "height": size[1]})
    page.goto(public.address)
    page.wait_for_selector("#map.no-map")
    assert "cannot draw the map" in page.inner_text("#map")
    assert "Inside a recorded suspected hazardous area" in check(page, "0.003, 0.003")
    close(page)


@at_size
def test_nothing_lies_over_the_search_of_the_list(browser: Any, public: Served, size: tuple[int, int]) -> None:
    """2026-11-29: on a phone the times lay over it, as they lie over the map."""
    page = browser.new_page(viewport={"width": size[0], "height": size[1]})
    page.goto(f"{public.address}/areas?lang=fi")
    for part in (".list-search input[type=search]", ".list-search button", "#times summary"):
        box = page.locator(part).bounding_box()
        middle = f"{box['x'] + box['width'] / 2}, {box['y'] + box['height'] / 2}"
        assert page.evaluate(f"document.elementFromPoint({middle}).closest({part!r}) !== null"), part
    # 2026-11-29, by eye: on a phone seven letters of what was searched for were seen.
    assert page.locator(".list-search input[type=search]").bounding_box()["width"] > min(300, size[0] / 3)
    assert not re.findall(r"\w\.\w", page.inner_text("#listing > p")), "a blank stands between sentences"
    choose_and_show(page, public)
    close(page)


def choose_and_show(page: Any, public: Served) -> None:
    """Of the list, to the map: what was chosen is ringed on it, all of it in view, and on paper, and taken along."""
    page.goto(f"{public.address}/areas?sort=kind&lang=en")
    boxes = page.locator("input[name=chosen]")
    page.check("#all")
    assert all(box.is_checked() for box in boxes.all())
    page.uncheck("#all")
    page.select_option("select[name=kind]", "confirmed")
    page.click(".list-search button")
    assert boxes.count() == 1
    page.goto(f"{public.address}/areas")
    chosen = []
    for number in (0, 2):
        boxes.nth(number).check()
        chosen.append(boxes.nth(number).get_attribute("value"))
    with page.expect_download() as downloaded:
        page.click("button[value=csv]")
    assert downloaded.value.suggested_filename == "areas.csv"
    addresses = page.url
    for button, wanted in (("text=Show on the map", "#map[data-ready][data-shown]"), ("text=Print", "#print:enabled")):
        page.goto(addresses)
        for record_id in chosen:
            page.check(f"[value='{record_id}']")
        page.click(f".choosing >> {button}")
        page.wait_for_selector(wanted, timeout=60_000)
        until(page, "merestoneMap.getSource('chosen') !== undefined")
        until(page, "merestoneMap.queryRenderedFeatures({layers: ['chosen-line']}).length > 0")
        ringed = page.evaluate(
            "merestoneMap.queryRenderedFeatures({layers: ['chosen-line']}).map(({properties}) => properties.record_id)"
        )
        assert set(ringed) == set(chosen)
        assert "2 chosen records" in page.inner_text("main")
