"""The first picture of the areas comes before the map library, and what a first visit fetches is small."""

import re
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from merestone.service import Tier, create_app
from tests.browsers import close
from tests.service.conftest import Served
from tests.service.test_browser import DESK, PHONE, at_size, until

pytestmark = pytest.mark.browser
WEB = Path(__file__).parents[2] / "src" / "merestone" / "service" / "web"
LIBRARY = "vendor/maplibre-gl/maplibre-gl.mjs"
INK = """
(() => {
  const canvas = document.getElementById('first-view');
  const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let inked = 0;
  for (let at = 0; at < data.length; at += 4) inked += data[at] !== 243 || data[at + 1] !== 240 || data[at + 2] !== 232;
  return inked / (data.length / 4);
})()
"""


@at_size
@pytest.mark.parametrize("many", [False, True], ids=["outlines", "squares"])
def test_areas_are_drawn_before_the_library_is_there(
    browser: Any, public: Served, crowded: Served, many: bool, size: tuple[int, int]
) -> None:
    """2026-11-28: on a phone (1.6 Mbit/s) the first area came after 5.7 s, nearly all of it for the map library."""
    served = crowded if many else public
    page = browser.new_page(viewport={"width": size[0], "height": size[1]})
    waiting: list[Any] = []
    page.route(f"**/{LIBRARY}", lambda route: waiting.append(route))  # noqa: PLW0108  # Playwright sets a name on it
    page.goto(served.address, wait_until="commit")
    page.wait_for_selector("#first-view[data-drawn]", state="attached", timeout=30_000)
    assert 0.002 < page.evaluate(INK) < 0.9
    assert page.evaluate("document.getElementById('map').dataset.shown") is None
    box, shown = page.locator("#map").bounding_box(), page.locator("#first-view").bounding_box()
    assert [round(shown[side]) for side in box] == [round(box[side]) for side in box], "as large as the map"
    for route in waiting:
        route.continue_()
    page.wait_for_selector("#map[data-shown]", timeout=60_000)
    assert not page.locator("#first-view").count(), "the map shows the areas itself"
    close(page)


def test_without_its_tiles_no_first_picture_is_shown(browser: Any, public: Served) -> None:
    page = browser.new_page(viewport={"width": PHONE[0], "height": PHONE[1]})
    page.route(f"**/{LIBRARY}", lambda route: route.abort())
    page.route("**/ogc/**", lambda route: route.abort())
    page.goto(public.address)
    until(page, "!document.getElementById('first-view')")
    close(page)


def test_library_comes_as_brotli_and_is_the_packaged_one(browser: Any, public: Served) -> None:
    page = browser.new_page(viewport={"width": DESK[0], "height": DESK[1]})
    page.goto(f"{public.address}/web/icon.svg")
    for path in sorted((WEB / "vendor" / "maplibre-gl").glob("*.br")):
        name = path.name.removesuffix(".br")
        script = f"fetch('/web/vendor/maplibre-gl/{name}?again').then(async (a) => [await a.text()])"
        with page.expect_response(f"**/{name}?again") as answer:
            (text,) = page.evaluate(script)
        assert answer.value.headers["content-encoding"] == "br"
        assert text == path.with_name(name).read_text(encoding="utf-8")
    close(page)


def test_who_takes_no_brotli_is_sent_none(register_path: Path) -> None:
    client = TestClient(create_app(register_path, tier=Tier.PUBLIC, allowed_hosts=["*"]))
    for accepted, encoding in {"gzip, br": "br", "gzip": "gzip", "br;q=0, gzip": "gzip", "identity": None}.items():
        answer = client.get(f"/web/{LIBRARY}", headers={"accept-encoding": accepted})
        assert answer.headers.get("content-encoding") == encoding or (encoding is None and "br" not in answer.headers)
        assert answer.headers["content-type"].startswith("text/javascript")
        assert "Accept-Encoding" in answer.headers["vary"]
        assert answer.headers["cache-control"] == "no-cache"
    assert "immutable" in client.get(f"/web/{LIBRARY}?v=6.17.0").headers["cache-control"]


def test_page_announces_every_script_that_it_will_ask_for() -> None:
    """What is not announced comes one journey to the server later, 150 ms or more on a phone."""
    wanted, waiting = set[str](), ["first_view.js", "map.js"]
    while waiting:
        name = waiting.pop()
        if name not in wanted:
            wanted.add(name)
            waiting += re.findall(r"from '\./([a-z_]+\.js)'", (WEB / name).read_text(encoding="utf-8"))
    template = (WEB.parent / "templates" / "map.html").read_text(encoding="utf-8")
    (listed,) = re.findall(r"for name in \[(.*?)\]", template)
    assert {f"{name}.js" for name in re.findall(r"'(\w+)'", listed)} == wanted
    library = (WEB / LIBRARY).read_text(encoding="utf-8")
    (version,) = re.findall(r"worker\.mjs\?v=([\d.]+)", template)
    assert f"`{version}`" in library or f'"{version}"' in library
