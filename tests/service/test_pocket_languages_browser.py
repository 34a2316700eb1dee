"""The page for phones speaks every language, without a network too: each of its sentences, and all that it shows."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from babel import Locale

from merestone.languages import (
    LANGUAGES,
    catalogue_of,
    day_text,
    gettext,
    instant_text,
    ngettext,
    phone_messages,
    speaking,
)
from tests.browsers import close
from tests.service.conftest import Served, place_near_suspected
from tests.service.test_browser import ARTIFACTS, until

pytestmark = pytest.mark.browser
ZONE = "Europe/Vilnius"
"""Of the phone: two hours ahead of UTC, in summer three."""
TAGS = [language.tag for language in LANGUAGES]
NO_OFFER = "The service offers no areas for phones now."
OPENED, CLOSED = "⟦", "⟧"
AGE = "Areas as written on {day}, {count} day ago", "Areas as written on {day}, {count} days ago"
SPEAK = """async () => {
  const {WORDS, say, sayInEnglish} = await import('/web/pocket/words.js');
  const values = new Proxy({}, {get: (_, name) => name === 'count' ? 5 : `<${String(name)}>`});
  return Object.keys(WORDS).map((key) => [WORDS[key], say(key, values), sayInEnglish(key, values)]);
}"""
SHOWN = """() => {
  const shown = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    if (parent.closest('[lang=en], script, noscript, #small-map, .mark, #language')) continue;
    if (parent.tagName !== 'OPTION' && !parent.checkVisibility()) continue;
    shown.push(walker.currentNode.textContent);
  }
  for (const labelled of document.querySelectorAll('[aria-label], [placeholder]')) {
    shown.push(labelled.getAttribute('aria-label') ?? labelled.placeholder);
  }
  return [...shown, document.title];
}"""
HELD = re.compile(r"Merestone \d[\w.+-]*|– Merestone|44\.90123 N, 17\.10234 E")
"""What is the same in every language: the name, and an example that is typed as it stands."""


def form_of(tag: str, message: list[str], count: int) -> str:
    """The form of a message for a count, its places as they stand."""
    singular, plural = message
    return catalogue_of(tag).plural_text(singular, plural, count) if tag != "en" else plural


def filled_in(message: str) -> str:
    """A message with the name of each of its places, and 5 for a count."""
    return re.sub(r"\{(\w+)\}", lambda place: "5" if place[1] == "count" else f"<{place[1]}>", message)


def left_over(texts: list[str]) -> list[str]:
    """What stands outside the brackets of a made-up language, and is words."""
    outside = []
    for text in texts:
        rest = text
        for _ in range(3):  # a kind stands within a sentence
            rest = re.sub(f"{OPENED}[^{OPENED}{CLOSED}]*{CLOSED}", "", rest)
        if re.search(r"[^\W\d_]{2,}", HELD.sub("", rest)):
            outside.append(text)
    return outside


def stand(page: Any, place: tuple[float, float], state: str) -> None:
    """Be somewhere until the page says what is there: a position that comes while the last is reported may be lost."""
    for turn in range(15):
        page.context.set_geolocation({"longitude": place[0] + 1e-7 * turn, "latitude": place[1], "accuracy": 5})
        for _ in range(20):
            if state in page.get_attribute("#answer", "class"):
                return
            page.wait_for_timeout(100)
    pytest.fail(f"the page does not say {state}")


def bracketed(route: Any) -> None:
    """Lithuanian as a made-up language: every message in brackets, its places kept."""
    words: dict[str, Any] = route.fetch().json()
    for message, text in words["lt"]["messages"].items():
        is_text = isinstance(text, str)
        marked = f"{OPENED}{message}{CLOSED}"
        words["lt"]["messages"][message] = marked if is_text else dict.fromkeys(text, marked)
    route.fulfill(json=words)


@pytest.fixture
def phone(browser: Any, public: Served) -> Iterator[Callable[..., Any]]:
    contexts = []

    def opened(tag: str, *, permissions: tuple[str, ...] = ("geolocation",), is_bracketed: bool = False) -> Any:
        context = browser.new_context(
            viewport={"width": 390, "height": 844},
            locale="en-GB" if is_bracketed else tag,
            timezone_id=ZONE,
            permissions=list(permissions),
            geolocation={"longitude": 1.5, "latitude": 1.5, "accuracy": 5},
            service_workers="block" if is_bracketed else "allow",
        )
        contexts.append(context)
        page = context.new_page()
        if is_bracketed:
            page.route("**/pocket/words.json", bracketed)
        page.goto(f"{public.address}/pocket/{'?lang=lt' if is_bracketed else ''}")
        page.wait_for_selector("body[data-pack]", state="attached")
        return page

    yield opened
    for context in contexts:
        close(context)


@pytest.mark.parametrize("tag", TAGS)
def test_every_sentence_of_the_page_is_said_in_the_language_of_the_phone(phone: Any, tag: str) -> None:
    page = phone(tag)
    assert page.get_attribute("html", "lang") == tag
    sentences = page.evaluate(SPEAK)
    assert len(sentences) > 130
    with speaking(tag):
        for message, said, english in sentences:
            expected = gettext(message) if isinstance(message, str) else form_of(tag, message, 5)
            assert said == filled_in(expected), message
            assert english == filled_in(message if isinstance(message, str) else message[1])
    same = {english for _, said, english in sentences if said == english}
    assert tag == "en" or same <= {"44.90123 N, 17.10234 E", "m"}, "as a sentence that nobody translated would be"
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / f"pocket-{tag}.png")
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390, "no sentence makes the page wider than the phone"
    check_counts(page, tag)
    check_days(page, tag)
    check_names_on_the_map(page, tag)


def check_counts(page: Any, tag: str) -> None:
    """Counts take the form that Python gives them."""
    counts = [*range(31), 101, 102, 111, 112, 121, 1000, 1234]
    sentences = page.evaluate(
        """async (counts) => {
          const {say} = await import('/web/pocket/words.js');
          return counts.map((count) => say('age_days', {day: 'D', count}));
        }""",
        counts,
    )
    with speaking(tag):
        for count, text in zip(counts, sentences, strict=True):
            expected = ngettext(*AGE, count, day="D")
            words = re.sub(r"(?<=\d)[\s,.\u202f]?(?=\d{3}\b)", "", text)
            assert words == re.sub(r"(?<=\d)[\s,.\u202f]?(?=\d{3}\b)", "", expected), count


def check_days(page: Any, tag: str) -> None:
    """A day and an instant of each month, as Python writes them with CLDR; browsers have no months of Belarusian."""
    days = [date(2026, month, 29 - 2 * month) for month in range(1, 13)]
    instants = [datetime(day.year, day.month, day.day, 22, 5, 9, tzinfo=UTC) for day in days]
    days_shown, instants_shown = page.evaluate(
        """async ([days, instants]) => {
          const {dayText, instantText} = await import('/web/pocket/speech.js');
          return [days.map((day) => dayText(day)), instants.map((at) => instantText(Date.parse(at)))];
        }""",
        [[day.isoformat() for day in days], [instant.isoformat() for instant in instants]],
    )
    with speaking(tag):
        assert days_shown == [day_text(day) for day in days]
        assert instants_shown == [instant_text(instant.astimezone(ZoneInfo(ZONE))) for instant in instants]


def check_names_on_the_map(page: Any, tag: str) -> None:
    """The name of the reader's language, or in their letters, else the place's own; never none."""
    of_region, of_world = page.evaluate(
        """async ([tag, things]) => {
          const {nameIn} = await import('/web/base_layers.js');
          const {nameInScript} = await import('/web/base_map.js');
          const read = (thing, [, ...gets]) => gets.map(([, key]) => thing[key]).find((name) => name != null);
          const first = (expression) => things.map((thing) => read(thing, expression));
          return [first(nameIn(tag)), first(nameInScript(tag))];
        }""",
        [tag, [{"name": "Prijedor", f"name:{tag}": "<its own>", "name:Cyrl": "Приједор"}, {"name": "Nida"}]],
    )
    assert of_region == ["<its own>", "Nida"]
    assert of_world == ["Приједор" if tag in ("be", "ru", "uk") else "Prijedor", "Nida"]


def test_every_category_of_every_language_is_sent() -> None:
    for tag in TAGS[1:]:
        rules = Locale.parse(tag).plural_form
        for message, forms in phone_messages(tag).items():
            if message and not isinstance(forms, str):
                assert {rules(count) for count in range(200)} <= set(forms), tag


def test_nothing_that_it_shows_is_past_the_catalogue(phone: Any, public: Served, tmp_path: Path) -> None:
    """2026-11-29: the page spoke English alone."""
    near_lon_deg, near_lat_deg = place_near_suspected(public.register)
    page = phone("lt", is_bracketed=True)

    def looked_at(stage: str) -> None:
        texts = page.evaluate(SHOWN)
        assert sum(OPENED in text for text in texts) > 15, stage
        assert not left_over(texts), stage

    until(page, "!document.getElementById('fetch').hidden")
    looked_at("offered")
    page.click("#fetch")
    page.wait_for_selector("body:not([data-pack=''])[data-pack]", state="attached")
    looked_at("fetched")
    page.click("#watch")
    for place, state in (
        ((1.5, 1.5), "none-recorded"),
        ((near_lon_deg, near_lat_deg), "near"),
        ((0.003, 0.003), "inside"),
    ):
        stand(page, place, state)
        looked_at(state)
        assert page.locator("#answer .in-english").inner_text(), "English stands beside what lives may hang on"
    page.click("#watch")
    for text in ("1.5 N, 1.5 E", "", "44,9", "x", "91 N, 17 E", "1.5, 80.5"):
        page.fill("#position", text)
        page.press("#position", "Enter")
        looked_at(text)
    page.fill("#accuracy", "-1")
    page.press("#accuracy", "Enter")
    looked_at("accuracy")
    page.fill("#accuracy", "")
    route = '<gpx xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>{}</trkseg></trk></gpx>'
    nearest = f'<trkpt lat="{near_lat_deg}" lon="{near_lon_deg}"/>'
    near = f'<trkpt lat="{near_lat_deg}" lon="-0.01"/>{nearest}<trkpt lat="x" lon="0"/>'
    through = '<trkpt lat="0.003" lon="-0.01"/><trkpt lat="0.003" lon="0.01"/>'
    far = '<trkpt lat="1.5" lon="1.5"/><trkpt lat="1.51" lon="1.5"/>'
    gap = '<trkpt lat="1.5" lon="1.5"><time>2026-11-29T08:00:00Z</time></trkpt><trkpt lat="1.6" lon="1.5"/>'
    files = [route.format(points) for points in (near, through, far, "", gap)]
    calculated = '<rtept lat="1.5" lon="1.5"><CalculationMode>FasterTime</CalculationMode></rtept>'
    files += [f"<gpx><rte>{calculated}</rte></gpx>", "<kml/>", files[0][:-20]]
    for number, content in enumerate(files):
        gpx = tmp_path / f"{number}.gpx"
        gpx.write_text(content)
        before = page.inner_text("#route-answer") if number else ""
        page.set_input_files("#route", gpx)
        until(page, f"document.getElementById('route-answer').innerText !== {json.dumps(before)}")
        until(page, "!document.getElementById('route-answer').textContent.includes('Reading the route')")
        texts = [text.replace(gpx.name, "") for text in page.evaluate(SHOWN)]
        assert not left_over(texts), content
        for part, text in ((gap, "straight line was assumed"), (calculated, "Straight lines between")):
            assert part not in content or text in page.inner_text("#route-answer")
    assert "cut off" in page.inner_text("#route-answer")
    page.route("**/packs", lambda request: request.abort())
    page.click("#remove")
    until(page, "document.getElementById('pack-words').textContent.includes('No network')")
    looked_at("removed, without a network")


def test_what_it_refuses_is_said_in_the_language_too(phone: Any) -> None:
    page = phone("lt", is_bracketed=True, permissions=())
    page.route("**/packs", lambda request: request.fulfill(status=503, json={"detail": "of the service"}))
    page.reload()
    page.wait_for_selector("#pack-refused:not([hidden])")
    assert not left_over(page.evaluate(SHOWN))
    assert page.locator("#pack-refused [lang=en]").all_inner_texts() == [NO_OFFER, "(of the service)"]
    page.unroute("**/packs")
    page.reload()
    page.click("#fetch:not([hidden])")
    page.wait_for_selector("body:not([data-pack=''])[data-pack]", state="attached")
    page.click("#watch")
    until(page, "document.getElementById('answer').textContent.includes('not allowed')")
    assert not left_over(page.evaluate(SHOWN))


def test_the_language_is_kept_and_changed_without_a_network(phone: Any) -> None:
    page = phone("en")
    page.click("#fetch:not([hidden])")
    page.wait_for_selector("body:not([data-pack=''])[data-pack]", state="attached")
    until(page, "navigator.serviceWorker.ready.then((ready) => ready.active !== null)")
    page.reload()
    until(page, "navigator.serviceWorker.controller !== null")
    page.context.set_offline(True)
    page.select_option("#language", "uk")
    until(page, "document.documentElement.lang === 'uk' && document.body.dataset.pack")
    with speaking("uk"):
        assert gettext("Watch my position") == page.inner_text("#watch")
        assert gettext("On the phone") in page.title()
    page.goto(page.url.split("?")[0])
    until(page, "document.documentElement.lang === 'uk'")
