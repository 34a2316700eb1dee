"""In Lithuanian: an alert that three people publish at the desk is in the feed, on an open map and on a phone."""

import json
import re
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import feedparser
import httpx2
import pytest
import shapely

from merestone.languages import gettext, speaking, unreviewed_safety_messages
from merestone.register import Register
from merestone.register.sidecars import Accounts, AlertKeys
from merestone.service import create_app
from merestone.service.alert_waits import AlertWaits
from tests.browsers import close
from tests.service.conftest import Served, serve_app
from tests.service.test_alert_pages import FIELD, make_alert_register
from tests.service.test_browser import ARTIFACTS, until
from tests.service.test_desk_browser import Person
from tests.service.test_narrow_browser import FAULTS, ISO_DAY, TAGS, TEXTS, english_messages

pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 844}
AREA, OWN_WORDS = "Miškas į šiaurę nuo ežero", "Kelias į malūną uždarytas."
PLACE = {"longitude": 23.987654321, "latitude": 54.123456789, "accuracy": 5}
HEARD = "document.getElementById('alerts-heard').textContent"
FEATURES = "window.merestoneMap.getSource('alerts')?.serialize().data.features.map((feature) => feature.id)"
STANDALONE = """
const matchMedia = window.matchMedia.bind(window);
window.matchMedia = (query) => (query === '(display-mode: standalone)' ? {matches: true} : matchMedia(query));
"""
"""A browser that has the page installed, and shows it in a window of its own."""
SEE = """(state) => {
  Object.defineProperty(document, 'visibilityState', {value: state, configurable: true});
  document.dispatchEvent(new Event('visibilitychange'));
}"""


def lithuanian(message: str) -> str:
    with speaking("lt"):
        return gettext(message)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Served, AlertWaits, str]]:
    keys = AlertKeys(tmp_path / "keys" / "areas.alert-keys.json")
    keys.path.parent.mkdir()
    with Register.create(tmp_path / "x.gpkg") as register:
        keys.signing_key("Centre", register.instant())
    path = tmp_path / "areas.gpkg"
    record_id = make_alert_register(path, keys, languages="lt, en")
    app = create_app(path, accounts=Accounts.beside(path))
    for service in serve_app(app, path):
        yield service, app.state.context.alert_waits, record_id


def step(person: Person, alert_id: str, to: str) -> None:
    person.open(f"/desk/alerts/{alert_id}")
    person.page.fill("#step input[name=why]", "looked at it")
    with person.page.expect_navigation():
        person.page.click(f"#step button[value={to}]")


def declared(anna: Person, record_id: str) -> str:
    """Declare an alert with the desk's form, in the authority's own words; give its name."""
    anna.open("/desk/alerts")
    anna.page.select_option("#declare select[name=reason]", "new_finding")
    assert anna.page.input_value("#declare select[name=language]") == "lt", "the authority's first language"
    fields = {"area_name": AREA, "records": record_id, "why": "find of today", "source": "team 3"}
    for name, value in fields.items():
        anna.page.fill(f"#declare input[name={name}]", value)
    anna.page.fill("#declare textarea[name=text]", OWN_WORDS)
    with anna.page.expect_navigation(url="**/desk/alerts/*"):
        anna.page.click("#declare button[type=submit]")
    return str(anna.page.url.rpartition("/")[2])


def open_map(browser: Any, address: str, faults: list[str]) -> Any:
    context = browser.new_context(viewport=PHONE, locale="lt")
    page = context.new_page()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda asked: faults.append(asked.url) if "mines.example" in asked.url else None)
    page.goto(address)
    page.wait_for_selector("#alerts[data-asked]", state="attached", timeout=60_000)
    page.wait_for_selector("#map[data-ready]", timeout=60_000)
    assert page.is_hidden("#alerts")
    return page


def installed_phone(browser: Any, address: str, faults: list[str]) -> Any:
    """The page for phones as it starts once it is installed: from its worker, in a window of its own."""
    context = browser.new_context(viewport=PHONE, locale="lt", permissions=["geolocation"], geolocation=PLACE)
    page = context.new_page()
    page.on("pageerror", lambda error: faults.append(str(error)))
    context.add_init_script(STANDALONE)
    page.goto(f"{address}/pocket/")
    until(page, "navigator.serviceWorker.ready.then((ready) => ready.active !== null)")
    page.reload()
    page.wait_for_selector("body[data-pack]", state="attached")
    until(page, "navigator.serviceWorker.controller !== null")
    assert page.inner_text("#install-words") == lithuanian("Installed: it starts without a network.")
    nothing = lithuanian("No alert was in force then. That is no assurance: unrecorded danger may be anywhere.")
    until(page, f"{HEARD}.includes({json.dumps(nothing)})")
    assert page.is_hidden("#alerts")
    return page


def test_an_alert_of_the_desk_appears_in_lithuanian_in_the_feed_on_the_map_and_on_the_phone(
    browser: Any, served: tuple[Served, AlertWaits, str]
) -> None:
    service, _, record_id = served
    faults: list[str] = []
    reader = open_map(browser, service.address, faults)
    phone = installed_phone(browser, service.address, faults)
    alert_id = declared(Person(browser, service.address, "anna"), record_id)
    step(Person(browser, service.address, "berta"), alert_id, "approved")
    carla = Person(browser, service.address, "carla")
    assert reader.is_hidden("#alerts"), "a draft warns nobody"
    assert phone.is_hidden("#alerts"), "a draft warns nobody"
    step(carla, alert_id, "published")

    event = lithuanian("Mines or other explosive ordnance found")
    keep_out = lithuanian(
        "Keep out of the area. Stay on roads and paths that people use every day. Do not touch anything that you do "
        "not know. If you are inside, stop, do not move, and call for help."
    )
    reader.wait_for_selector("#alerts li", timeout=30_000)
    phone.wait_for_selector("#alert-list li", timeout=30_000)
    for words in (reader.inner_text("#alerts"), phone.inner_text("#alert-list")):
        assert f"{event}: {AREA}" in words
        assert keep_out in words
    assert OWN_WORDS in phone.inner_text("#alert-list")
    assert lithuanian("Sent: {time}").partition(":")[0] in phone.inner_text("#alert-list")
    if unreviewed_safety_messages("lt"):
        assert "Mines or other explosive ordnance found" in phone.inner_text("#alert-list [lang=en]")
    deadline_s = time.monotonic() + 30
    while reader.evaluate(FEATURES) != [f"alert-{alert_id}"]:
        assert time.monotonic() < deadline_s, "the area of the alert is not on the map"
        reader.wait_for_timeout(100)
    for address in ("/alerts.atom", "/alerts.rss?lang=lt"):  # the authority's first language is Lithuanian
        (entry,) = feedparser.parse(httpx2.get(f"{service.address}{address}").content).entries
        assert f"{event}: {AREA}" in entry.title
        assert shapely.Polygon(entry.where["coordinates"][0]).covers(FIELD)
    read_in_every_language(browser, service.address)
    for page, name in ((reader, "map"), (phone, "phone")):
        ARTIFACTS.mkdir(exist_ok=True)
        page.screenshot(path=ARTIFACTS / f"alert-lt-{name}.png")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    reader.click("#alerts a")
    reader.wait_for_selector("h1")
    assert AREA in reader.inner_text("h1")

    kept_without_a_network(phone, event)
    assert not faults
    for page in (reader, phone, carla.page):
        close(page.context)


def read_in_every_language(browser: Any, address: str) -> None:
    """The page of the alert on a phone, in each language and both made-up ones: nothing cut, English or in ISO days."""
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    (identifier,) = {feature["id"] for feature in httpx2.get(f"{address}/alerts.geojson").json()["features"]}
    for tag in TAGS:
        page.goto(f"{address}/alerts/{identifier}?lang={tag}")
        assert page.inner_text("h1 bdi") == page.inner_text("dd bdi") == AREA, "a name runs as its own letters do"
        assert page.evaluate(FAULTS, PHONE["width"]) == [], tag
        texts = page.evaluate(TEXTS)
        if tag != "en":
            assert not english_messages(tag).intersection(texts), tag
            sms = httpx2.get(f"{address}/alert-files/{identifier}.txt?lang={tag}").text
            assert sms in texts, (
                "where each letter costs, the day is in numbers, and Lithuanian writes those as ISO does"
            )
            assert not re.findall(ISO_DAY, "\n".join(text for text in texts if text != sms)), tag
    close(context)


def kept_without_a_network(phone: Any, event: str) -> None:
    """The alert stays, with when it was heard, and is there in every language."""
    phone.context.set_offline(True)
    phone.reload()
    phone.wait_for_selector("#alert-list li", timeout=30_000)
    assert f"{event}: {AREA}" in phone.inner_text("#alert-list")
    year = phone.evaluate("String(new Date().getFullYear())")
    heard = lithuanian("Alerts as received on {time}.").partition("{")[0]
    assert f"{heard}{year} m. " in phone.inner_text("#alerts-heard")
    alert = "\n".join(phone.locator("#alert-list p:not([lang=en])").all_inner_texts())
    assert not re.findall(ISO_DAY, alert), "days as Lithuanian writes them"
    phone.select_option("#language", "uk")
    until(phone, "document.documentElement.lang === 'uk' && document.querySelector('#alert-list li')")
    with speaking("uk"):
        assert gettext("Mines or other explosive ordnance found") in phone.inner_text("#alert-list")


def test_the_phone_asks_of_alerts_only_while_it_is_seen_and_tells_nothing_of_itself(
    browser: Any, served: tuple[Served, AlertWaits, str]
) -> None:
    service, waits, _ = served
    asked: list[Any] = []
    context = browser.new_context(viewport=PHONE, locale="lt", permissions=["geolocation"], geolocation=PLACE)
    context.on("request", lambda request: asked.insert(0, request))  # a bound method cannot be a listener
    page = context.new_page()
    page.goto(f"{service.address}/pocket/")
    page.click("#fetch:not([hidden])")
    page.wait_for_selector("body:not([data-pack=''])[data-pack]", state="attached")
    page.click("#watch")
    until(page, "!document.getElementById('answer').hidden && document.getElementById('answer').dataset.code")
    until_s = time.monotonic() + 10
    while waits.count != 1:
        assert time.monotonic() < until_s
        page.wait_for_timeout(20)
    page.wait_for_timeout(1_500)
    last, first = [request for request in asked if "/alerts/phones" in request.url]
    address = f"{service.address}/alerts/phones.json"
    assert first.url == address, "the same for everybody"
    assert last.url == f"{address}?after={first.response().headers['alerts-after']}", "one question waits: no polling"
    page.evaluate(SEE, "hidden")
    while waits.count:
        assert time.monotonic() < until_s + 10, "what a hidden page asked is called off"
        page.wait_for_timeout(20)
    count = len(asked)
    page.wait_for_timeout(1_500)
    assert len(asked) == count, "a hidden page asks for nothing"
    for request in asked:
        headers = {**request.all_headers(), "if-none-match": ""}  # the service's own, and any digits are in it
        words = f"{request.url} {request.post_data or ''} {headers}"
        assert not [digits for digits in ("54.12", "5412", "23.98", "2398") if digits in words]
        assert "/alerts/phones" not in request.url or "cookie" not in headers
    page.evaluate(SEE, "visible")
    until(page, f"performance.getEntriesByName('{address}').length > 1")
    until(page, "!document.getElementById('alerts-heard').classList.contains('doubtful')")
    context.set_offline(True)
    page.wait_for_timeout(500)
    count = len(asked)
    page.wait_for_timeout(1_500)
    assert len(asked) == count, "without a network nothing is asked: it took the battery once a minute at least"
    context.set_offline(False)
    page.wait_for_timeout(500)
    assert len(asked) > count, "it is asked as soon as there is a network"
    doubted_when_a_connection_is_dead(page, waits)
    never_asked_without_end(page)
    close(context)


def doubted_when_a_connection_is_dead(page: Any, waits: AlertWaits) -> None:
    """The service answers within 50 s, so a quiet connection is no doubt until then, and a dead one is after that."""
    doubtful = "document.getElementById('alerts-heard').classList.contains('doubtful')"
    page.clock.install()
    page.reload()
    until(page, f"{HEARD} && !{doubtful}")
    until_s = time.monotonic() + 20
    while waits.count != 1:
        assert time.monotonic() < until_s
        page.wait_for_timeout(20)
    page.clock.fast_forward(60_000)
    page.wait_for_timeout(100)
    assert waits.count == 1, "it waits with the same question"
    assert not page.evaluate(doubtful)
    page.context.set_offline(True)  # later, so that its end is by its own clock and not by the browser's event
    page.evaluate("Object.defineProperty(navigator, 'onLine', {value: true})")
    page.clock.fast_forward(6_000)
    until(page, doubtful)
    page.context.set_offline(False)
    until(page, f"!{doubtful}")


def never_asked_without_end(page: Any) -> None:
    """What answers at once, and lets nobody wait, is asked every 10 s: files, a full service, a broken one."""
    nothing = {"ask_again_s": 2, "can_subscribe": False, "alerts": []}
    answered: list[str] = []

    def answer(kind: str, route: Any) -> None:
        answered.append(route.request.url)
        after = "x.1" if kind == "full" else f"x.{len(answered)}"
        headers = {} if kind == "plain files" else {"Alerts-After": after}
        if "after" in route.request.url and kind == "full":
            route.fulfill(status=204, headers=headers)
        else:
            alerts = {"broken": len(answered)} if kind == "broken" else {}
            route.fulfill(json={**nothing, **alerts}, headers=headers)

    for kind, most in (("plain files", 1), ("full", 2), ("broken", 4)):
        page.route("**/alerts/phones.json*", partial(answer, kind))
        page.evaluate(SEE, "hidden")
        answered.clear()
        page.evaluate(SEE, "visible")
        page.wait_for_timeout(300)
        page.clock.fast_forward(8_000)
        page.wait_for_timeout(150)
        assert len(answered) == most, kind
        page.clock.fast_forward(2_000)
        page.wait_for_timeout(150)
        assert len(answered) == most + 1, kind
        page.unroute("**/alerts/phones.json*")
