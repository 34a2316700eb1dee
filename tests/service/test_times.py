"""Both times, from the API and from the pages: what held on a day, as it was known on a day."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from fastapi.testclient import TestClient
from shapely.geometry import shape

from merestone.register import PUBLIC, Covers, Register
from merestone.service import Tier, create_app
from merestone.service.holding import Keeper
from merestone.service.times import Times
from tests.browsers import close
from tests.service.conftest import Served, serve
from tests.service.lived import SECRET_BEFORE, SMALLER, Lived, make_lived
from tests.service.test_browser import until


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    return make_lived(tmp_path_factory.mktemp("times") / "areas.gpkg")


@pytest.fixture(scope="module")
def exact(lived: Lived) -> TestClient:
    return TestClient(create_app(lived.path, tier=Tier.EXACT), base_url="http://127.0.0.1")


@pytest.fixture(scope="module")
def public(lived: Lived) -> TestClient:
    return TestClient(create_app(lived.path), base_url="http://127.0.0.1")


def shown(client: TestClient, path: str) -> dict[str, dict[str, Any]]:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return {feature["properties"]["record_id"]: feature for feature in answer.json()["features"]}


@pytest.mark.parametrize(
    ("query", "kind", "redrawn"),
    [
        ("", "confirmed", True),
        ("true_on=2026-01-25", "confirmed", False),
        ("true_on=2026-01-10", "suspected", False),
        ("known_on=2026-01-05", "suspected", False),
        ("true_on=2026-01-25&known_on=2026-01-05", "suspected", False),
        ("known_on=2026-01-31T12:00:00Z", "confirmed", True),
        ("known_on=2026-01-31T11:59:59Z", "confirmed", False),
    ],
)
def test_map_shows_what_held_as_it_was_known(
    exact: TestClient, lived: Lived, query: str, kind: str, redrawn: bool
) -> None:
    area = shown(exact, f"/map-data?{query}")[lived.area]
    assert area["properties"]["kind"] == kind
    assert shape(area["geometry"]).equals(SMALLER) is redrawn


def test_area_did_not_hold_before_it_was_true_and_nothing_was_known_before_the_register(
    exact: TestClient, lived: Lived
) -> None:
    assert lived.area not in shown(exact, "/map-data?true_on=2025-05-31")
    assert lived.area in shown(exact, "/map-data?true_on=2025-06-01")
    assert shown(exact, "/map-data?known_on=2025-12-01") == {}


def test_ogc_items_take_datetime_as_the_true_day_and_known_on_beside_it(exact: TestClient, lived: Lived) -> None:
    items = "/ogc/collections/suspected/items"
    assert lived.area not in shown(exact, items)
    assert lived.area in shown(exact, f"{items}?datetime=2026-01-10")
    assert lived.area in shown(exact, f"{items}?datetime=2026-01-10T12:00:00Z")
    assert lived.area in shown(exact, f"{items}?known_on=2026-01-05")
    assert lived.area not in shown(exact, f"{items}?datetime=2025-05-01&known_on=2026-01-05")
    first = exact.get(f"{items}?known_on=2026-01-05&limit=1").json()
    onward = next(link["href"] for link in first["links"] if link["rel"] == "next")
    assert "known_on=2026-01-05" in onward


def test_public_past_holds_no_outline_of_what_was_hidden_later(public: TestClient, lived: Lived) -> None:
    for path in ("/map-data?known_on=2026-01-05", "/ogc/collections/suspected/items?known_on=2026-01-05"):
        found = shown(public, path)
        assert lived.area in found
        assert not any(shape(feature["geometry"]).intersects(SECRET_BEFORE) for feature in found.values())
        assert "secret" not in str(found)
    assert "Anna" not in public.get("/areas?known_on=2026-01-05").text


def test_list_says_of_which_times_it_is(exact: TestClient, lived: Lived) -> None:
    page = exact.get("/areas?true_on=2026-01-10&known_on=2026-01-05").text
    assert "On 2026-01-10, as known on 2026-01-05" in page
    assert lived.withdrawn in page
    assert lived.withdrawn not in exact.get("/areas").text


@pytest.mark.parametrize("query", ["true_on=yesterday", "known_on=2026-13-01", "true_on=2026-01-05T00:00"])
def test_times_that_are_none_are_refused(exact: TestClient, query: str) -> None:
    for path in ("/", "/areas", "/map-data"):
        refused = exact.get(f"{path}?{query}")
        assert refused.status_code == 400
        assert query.split("=", maxsplit=1)[0] in refused.json()["detail"]


def test_remembered_outlines_are_those_made_anew(lived: Lived) -> None:
    covers = Covers()
    with Register.open(lived.path, read_only=True) as register:
        for known_on in (None, date(2026, 1, 5), date(2026, 1, 25), None):
            kept = register.as_of(known_on=known_on, viewer=PUBLIC, covers=covers)
            assert kept == register.as_of(known_on=known_on, viewer=PUBLIC)


def test_covers_ask_only_for_what_they_do_not_know() -> None:
    asked: list[int] = []

    def asking(*outlines: Any, rule: bytes = b"fine") -> list[Any]:
        def make(places: list[int]) -> list[Any]:
            asked.append(len(places))
            return [outlines[place].buffer(1) for place in places]

        return covers.of(outlines, [rule] * len(outlines), make)

    covers = Covers(most=2)
    assert asking(SMALLER, SMALLER) == [SMALLER.buffer(1)] * 2
    assert asking(SECRET_BEFORE, SMALLER) == [SECRET_BEFORE.buffer(1), SMALLER.buffer(1)]
    asking(SMALLER, rule=b"coarse")
    assert asked == [1, 1, 1]


def test_past_follows_what_is_written_later(lived: Lived) -> None:
    keeper = Keeper(lived.path, Tier.EXACT)
    times = Times(date(2026, 1, 10))
    before = keeper.at(times)
    assert keeper.at(times) is before
    with Register.open(lived.path) as register, register.batch(by="b", why="w", source="s") as batch:
        batch.withdraw(lived.evidence)
    assert keeper.at(times) is not before
    assert keeper.at(times).snapshot.true_on == date(2026, 1, 10)


@pytest.fixture(scope="module")
def served(lived: Lived) -> Iterator[Served]:
    yield from serve(lived.path, Tier.EXACT)


@pytest.mark.browser
@pytest.mark.parametrize("size", [(1280, 800), (390, 844)], ids=["desk", "phone"])
def test_slider_moves_map_address_and_counts(browser: Any, served: Served, size: tuple[int, int]) -> None:
    page = browser.new_page(viewport={"width": size[0], "height": size[1]})
    page.goto(served.address)
    page.wait_for_selector("#map[data-ready]", timeout=60_000)
    page.click("#times summary")
    slider = page.locator("input[data-for=known_on]")
    assert slider.get_attribute("aria-valuetext") == "now"
    slider.focus()
    page.keyboard.press("Home")
    until(page, "location.search === '?known_on=2025-12-31'")
    until(page, "!document.getElementById('nothing').hidden")
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    until(page, "document.getElementById('map').dataset.shown === 'known_on=2026-01-02'")
    count = page.locator("li:has(input[data-kind=suspected]) .count")
    assert count.inner_text() == "3"
    assert "known on 2026-01-02" in page.inner_text(".times-words")
    page.reload()
    page.wait_for_selector("#map[data-shown='known_on=2026-01-02']", timeout=60_000)
    assert count.inner_text() == "3"
    page.click(".times-now")
    until(page, "location.search === ''")
    until(page, "document.getElementById('map').dataset.shown === ''")
    assert not count.is_visible()
    close(page)


@pytest.mark.browser
def test_list_follows_the_slider_and_works_without_javascript(browser: Any, served: Served, lived: Lived) -> None:
    page = browser.new_page()
    page.goto(f"{served.address}/areas")
    assert lived.withdrawn not in page.inner_text("#listing")
    page.click("#times summary")
    page.fill("#known_on", "2026-01-05")
    page.dispatch_event("#known_on", "change")
    until(page, f"document.getElementById('listing').textContent.includes('{lived.withdrawn}')")
    page.route("**/areas?*", lambda route: route.fulfill(status=502, body="<h1>Bad gateway</h1>"))
    page.fill("#known_on", "2026-01-04")
    page.dispatch_event("#known_on", "change")
    until(page, "document.getElementById('listing').textContent.includes('The list is not shown')")
    assert lived.withdrawn not in page.inner_text("#listing"), "what stood is of another time"
    close(page)
    plain = browser.new_context(java_script_enabled=False).new_page()
    plain.goto(f"{served.address}/areas")
    plain.click("#times summary")
    plain.fill("#known_on", "2026-01-05")
    plain.click("#times button[type=submit]")
    assert lived.withdrawn in plain.inner_text("#listing")
    close(plain.context)
