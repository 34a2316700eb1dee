"""What the phone says when something is wrong, in every language: translated, English beside it, nothing cut off."""

import re
from typing import Any

import pytest

from merestone.languages import LANGUAGES, gettext, speaking, unreviewed_safety_messages
from tests.browsers import close
from tests.service.conftest import Served
from tests.service.test_browser import until
from tests.service.test_pocket_browser import PHONE, changed, cut_after

pytestmark = pytest.mark.browser
SIGNATURE = (
    "The signature does not match the areas offered. They were not fetched. Use another network; if it happens again, "
    "tell the people who run this service."
)
FULL = (
    "Not enough storage on this phone: {needed} are needed. Delete something and try again. The earlier data are "
    "unchanged."
)
STOPPED = (
    "The network ended at {done} of {size}. The data fetched so far are kept: press Continue when there is a network."
)
CONTINUE = "Continue ({done} of {size} are here)"
FETCHED = "{size} were fetched. The areas are on this phone."
NOT_KEPT = (
    "This browser has not stored the page itself, so it may not start without a network. Open it again while there is "
    "a network; if this message appears again, use another browser, or leave the page open."
)
BEHIND = (
    "This phone's clock says {today}, which is before the areas were written ({day}). One of the two is wrong, so "
    "their age is not known. Set the clock; answers are given all the same."
)
DIFFERS = "This phone's clock differs from the server's (hours: {hours}). Set the clock: the age shown depends on it."
DENIED = (
    "This browser was not allowed to read the position, so nothing is watched. Allow it in the settings of the browser "
    "or the phone, or type coordinates below: from another device, a paper map or a GPS receiver."
)
NOT_WATCHING = "Not watching. Nothing warns you while this page is closed."
CUT = """() => [...document.querySelectorAll('body *')].filter((element) => {
  if (element.closest('#small-map, .skip, script, noscript, svg') || !element.checkVisibility()) return false;
  const {left, right, width} = element.getBoundingClientRect();
  const isHidden = ['hidden', 'clip'].includes(getComputedStyle(element).overflowX);
  const isCut = isHidden && element.scrollWidth > element.clientWidth + 1;
  return width && (left < -0.5 || right > innerWidth + 0.5 || isCut);
}).map((element) => element.id || element.outerHTML.slice(0, 80))"""
ENGLISH = """async () => Object.values((await import('/web/pocket/words.js')).WORDS).flat()"""
OUTSIDE_ENGLISH = """() => {
  const shown = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    if (parent.closest('.in-english, script, noscript, #small-map, #language') || !parent.checkVisibility()) continue;
    shown.push(walker.currentNode.textContent.trim());
  }
  return shown;
}"""
CLOCK_BEHIND = (
    "const now = Date.now; Date.now = () => now() - 3 * 86400000;"
    "window.Date = class extends Date { constructor(...given) { super(...(given.length ? given : [Date.now()])); } };"
)


def is_said(text: str, message: str) -> bool:
    """Whether a message stands in a text, whatever its places are filled with."""
    parts = [re.escape(part) for part in re.split(r"\{\w+\}", message)]
    return re.search(".*?".join(parts), text, re.DOTALL) is not None


class Walk:
    """The page in one language."""

    def __init__(self, page: Any, tag: str) -> None:
        self.page, self.tag = page, tag
        with speaking(tag):
            self.same = {message for message in page.evaluate(ENGLISH) if gettext(message) == message}

    def says(self, selector: str, message: str, *, is_safety: bool) -> None:
        """The element says it in the language, in English too where lives may hang on it, and the page is whole."""
        with speaking(self.tag):
            local = gettext(message)
        for _ in range(200):
            text = self.page.text_content(selector)
            if is_said(text, local):
                break
            self.page.wait_for_timeout(50)
        assert is_said(text, local), (self.tag, text)
        if self.tag != "en":
            assert local != message, "nobody translated it"
            english = " ".join(self.page.locator(f"{selector} .in-english").all_inner_texts())
            is_beside = is_safety and bool(unreviewed_safety_messages(self.tag))
            assert is_said(english, message) == is_beside, (self.tag, message, english)
            shown = self.page.evaluate(OUTSIDE_ENGLISH)
            english_words = {text for text in self.page.evaluate(ENGLISH) if "{" not in text} - self.same
            assert not english_words & set(shown), self.tag
        assert not self.page.evaluate(CUT), (self.tag, message)
        assert self.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.parametrize(
    "tags", [("en", "lt", "uk"), pytest.param(tuple(one.tag for one in LANGUAGES), marks=pytest.mark.slow)], ids=len
)
def test_what_goes_wrong_is_said_in_each_language_and_nothing_is_cut(
    browser: Any, public: Served, tags: tuple[str, ...]
) -> None:
    context = browser.new_context(viewport=PHONE, locale="en-GB", service_workers="block")
    faults: list[str] = []
    context.on("weberror", lambda error: faults.append(str(error.error)))
    for tag in tags:
        walk_through(context, f"{public.address}/pocket/?lang={tag}", tag)
    assert not faults
    close(context)


def walk_through(context: Any, address: str, tag: str) -> None:
    """A wrong signature, a full phone, half a download, the page killed, a wrong clock, a position denied.

    2026-11-29: "it needs no network now" stood where the browser had not kept the page: it would not have started.
    """
    page = context.new_page()
    page.route("**/packs", lambda route: changed(route, lambda body: body.replace(b"hazard_count", b"hazard_Count")))
    page.goto(address)
    page.wait_for_selector("body[data-pack]", state="attached")
    walk = Walk(page, tag)
    walk.says("#pack-refused", SIGNATURE, is_safety=True)
    page.unroute_all()
    page.evaluate("navigator.storage.estimate = async () => ({quota: 1, usage: 0})")
    page.evaluate("window.dispatchEvent(new Event('online'))")
    page.click("#fetch:not([hidden])")
    walk.says("#pack-refused", FULL, is_safety=True)
    page.evaluate("navigator.storage.estimate = async () => ({})")
    page.route(re.compile("/packs/[0-9a-f]{64}"), cut_after(1))
    page.click("#fetch")
    walk.says("#pack-refused", STOPPED, is_safety=True)
    walk.says("#fetch", CONTINUE, is_safety=False)
    page.unroute_all()
    page.click("#fetch:not([disabled])")
    walk.says("#pack-words", FETCHED, is_safety=False)
    walk.says("#pack-refused", NOT_KEPT, is_safety=True)
    close(page)  # killed
    page = context.new_page()
    page.add_init_script(CLOCK_BEHIND)
    page.goto(address)
    page.wait_for_selector("body:not([data-pack=''])[data-pack]", state="attached")
    walk = Walk(page, tag)
    walk.says("#age", BEHIND, is_safety=True)
    walk.says("#pack-refused", DIFFERS, is_safety=True)
    page.click("#watch")
    walk.says("#answer", DENIED, is_safety=True)
    walk.says("#watching", NOT_WATCHING, is_safety=True)
    page.click("#remove")
    until(page, "document.body.dataset.pack === ''")
    close(page)
