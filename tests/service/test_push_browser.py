"""The button that subscribes, and what a browser shows of a push: the engine's own service worker and notifications.

No push service of a browser's maker is asked: Chromium's debugging protocol delivers the message in its place.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from merestone.register.sidecars import PushSubscriptions
from merestone.service import create_app
from tests.browsers import Chromium, close, whole_chromium_path
from tests.conftest import missing_engine
from tests.service.conftest import Served, serve_app
from tests.service.test_push_pages import ENDPOINT, Browser, make_push_register

pytestmark = pytest.mark.browser
SIZES = [{"width": 1366, "height": 768}, {"width": 390, "height": 844}]
on_both = pytest.mark.parametrize("size", SIZES, ids=["desk", "phone"])
SUBSCRIBES = """
const given = %s;
const made = {endpoint: given.endpoint, toJSON: () => given};
made.unsubscribe = async () => { window.kept = null; return true; };
Object.defineProperty(ServiceWorkerRegistration.prototype, 'pushManager', {get: () => ({
  getSubscription: async () => window.kept ?? null,
  subscribe: async (options) => { window.asked = options; window.kept = made; return made; },
})});
"""

IS_SHOWN = """async (body) => {
  for (let turn = 0; turn < 100; turn += 1) {
    if ((await window.told.getNotifications()).some((notification) => notification.body === body)) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}"""
"""Whether a notification with these words is shown within two seconds."""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    path = make_push_register(tmp_path / "areas.gpkg")
    yield from serve_app(create_app(path), path)


@pytest.fixture
def whole_browser(playwright: Any) -> Iterator[Any]:
    if not whole_chromium_path():
        missing_engine("Chromium is not installed; apt-get install chromium, or set MERESTONE_CHROMIUM to its path")
    started = Chromium(playwright, path=whole_chromium_path())
    yield started
    close(started)


@on_both
def test_the_button_subscribes_and_ends_it(browser: Any, served: Served, size: dict[str, int]) -> None:
    context = browser.new_context(viewport=size, permissions=["notifications"])
    page, faults = context.new_page(), list[str]()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.add_init_script(SUBSCRIBES % json.dumps({"endpoint": ENDPOINT, "keys": Browser().keys}))
    page.goto(f"{served.address}/alerts")
    button, status = page.locator("#tell-me button"), page.locator("#tell-me [role=status]")
    button.wait_for(state="visible")
    assert button.inner_text() == "Tell me of new alerts"
    button.click()
    page.wait_for_selector("#tell-me button[aria-pressed=true]")
    assert "receives every new alert" in status.inner_text()
    assert page.evaluate("window.asked.userVisibleOnly && window.asked.applicationServerKey.length") == 65
    store = PushSubscriptions.beside(served.register)
    assert [(one.endpoint, one.language) for one in store.all()] == [(ENDPOINT, "en")]
    box = button.bounding_box()
    assert box["height"] >= 24
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    button.click()
    page.wait_for_selector("#tell-me button[aria-pressed=false]")
    assert store.count() == 0
    close(context)
    assert not faults


def test_a_push_is_shown_once_for_an_alert_and_opens_its_page(whole_browser: Any, served: Served) -> None:
    context = whole_browser.new_context(permissions=["notifications"])
    page = context.new_page()
    page.goto(f"{served.address}/alerts")
    protocol = context.new_cdp_session(page)
    registrations: list[str] = []
    protocol.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: registrations.extend(one["registrationId"] for one in told["registrations"]),
    )
    protocol.send("ServiceWorker.enable")
    page.evaluate(
        """async () => {
          window.told = await navigator.serviceWorker.register('/alerts/worker.js', {scope: '/alerts/'});
          while (!window.told.active) await new Promise((resolve) => setTimeout(resolve, 20));
        }"""
    )
    pushed = {
        "title": "Mines found",
        "body": "Keep out",
        "topic": "alert-1",
        "page": "/alerts/alert-1",
        "language": "en",
    }
    for body in ("Keep out", "Keep out of the forest"):
        data = json.dumps({**pushed, "identifier": "alert-1", "body": body})
        message = {"origin": served.address, "registrationId": registrations[-1], "data": data}
        for _ in range(20):  # what is delivered to a worker that is not awake yet may be lost
            protocol.send("ServiceWorker.deliverPushMessage", message)
            if page.evaluate(IS_SHOWN, body):
                break
        else:
            pytest.fail(f"no notification says {body!r}")
    shown = page.evaluate(
        "async () => (await window.told.getNotifications()).map(({title, tag, data}) => ({title, tag, data}))"
    )
    assert shown == [{"title": "Mines found", "tag": "alert-1", "data": {"page": "/alerts/alert-1"}}]
    close(context)
