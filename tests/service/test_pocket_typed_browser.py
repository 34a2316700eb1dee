"""What is typed on the phone is read as Python reads it, and nothing is drawn while the page is hidden."""

import random
from typing import Any

import pytest

from merestone.geodesy import parse_position
from tests.browsers import close
from tests.service.conftest import Served
from tests.service.test_browser import until

pytestmark = pytest.mark.browser
READ = """async (texts) => {
  const {typedPlace} = await import('/web/pocket/typed_place.js');
  return texts.map((text) => { try { return typedPlace(text); } catch (refused) { return refused.messageKey; } });
}"""
ODD = (
    "", "x", "44.9", "44,9", "44.9,17.1,3", "44.9 N, 17.1 N", "44.9 E, 17.1 E", "-44.9 N, 17.1 E", "91 N, 17 E",
    "44.9, 181",
    "44.5°30' N 17° E", "44°61' N 17° E", "44°30'61\" N 17° E", "44.9 N, 17.1", "33T 665720 4973710", "N44.9E17.1W",
)  # fmt: skip
"""Texts that are no position in degrees, or could be two."""


def texts(number: int) -> list[str]:
    """Positions as people write them, drawn by lot."""
    drawn = random.Random(20261128)
    made = []
    for _ in range(number):
        lat_deg, lon_deg = drawn.uniform(-89, 89), drawn.uniform(-179, 179)
        north, east = "N" if lat_deg >= 0 else "S", "E" if lon_deg >= 0 else "W"
        (lat, lat_min), (lon, lon_min) = (divmod(abs(value) * 60, 60) for value in (lat_deg, lon_deg))
        form, digits = drawn.randrange(6), drawn.randrange(7)
        made.append(
            [
                f"{abs(lat_deg):.{digits}f} {north}, {abs(lon_deg):.{digits}f} {east}",
                f"{east}{abs(lon_deg):.{digits}f} {north}{abs(lat_deg):.{digits}f}",
                f"{lat_deg:.{digits}f}, {lon_deg:.{digits}f}",
                f"{int(lat)}°{lat_min * 0.99:.{digits}f}' {north} {int(lon)}°{lon_min * 0.99:.{digits}f}' {east}",
                f"{int(lat)}°{int(lat_min)}'{drawn.uniform(0, 59):.2f}\" {north}, "
                f"{int(lon)}°{int(lon_min)}'{drawn.uniform(0, 59):.2f}\" {east}",
                f"{int(lat)}° {int(lat_min)}′ 7″ {north} {int(lon)}° {int(lon_min)}′ 8″ {east}",
            ][form]
        )
    return made


def test_coordinates_mean_on_the_phone_what_they_mean_in_python(browser: Any, public: Served) -> None:
    """2026-11-28, shown by this test: ``44,9`` was read as latitude 44, longitude 9, and may be one decimal number."""
    page = browser.new_page()
    page.goto(f"{public.address}/pocket/")
    asked = texts(400)
    for text, read in zip(asked, page.evaluate(READ, asked), strict=True):
        position = parse_position(text)
        assert not isinstance(read, str), f"{text}: {read}"
        assert abs(read["lon_deg"] - position.lon_deg) < 1e-12, text
        assert abs(read["lat_deg"] - position.lat_deg) < 1e-12, text
        assert position.resolution_m <= read["resolution_m"] <= 1.02 * position.resolution_m, text
    for text, read in zip(ODD, page.evaluate(READ, list(ODD)), strict=True):
        assert isinstance(read, str), f"{text} was read as {read}"
    close(page)


def test_while_hidden_a_warning_sounds_and_nothing_is_drawn(browser: Any, public: Served) -> None:
    context = browser.new_context(
        permissions=["geolocation"], geolocation={"longitude": 1.5, "latitude": 1.5, "accuracy": 5}
    )
    page = context.new_page()
    page.goto(f"{public.address}/pocket/")
    page.click("#fetch:not([hidden])", timeout=60_000)
    page.wait_for_selector("body:not([data-pack=''])[data-pack]", state="attached")
    page.evaluate("window.vibrated = []; navigator.vibrate = (pattern) => window.vibrated.push(pattern)")
    page.click("#watch")
    until(page, "document.getElementById('answer').textContent.includes('None recorded within 150 m')")
    hide = "Object.defineProperty(document, 'visibilityState', {{value: '{}', configurable: true}})"
    page.evaluate(hide.format("hidden"))
    context.set_geolocation({"longitude": 0.003, "latitude": 0.003, "accuracy": 5})
    until(page, "window.vibrated.length > 0")
    assert "None recorded" in page.inner_text("#answer")
    page.evaluate(hide.format("visible"))
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert "Inside a recorded" in page.inner_text("#answer")
    close(context)
