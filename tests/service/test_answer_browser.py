"""An answer in a real browser: what to do first, then why, then what it rests on; three sentences before the fold."""

import re
from typing import Any

import pytest

from merestone.screening.answer import NO_ASSURANCE, TURN_BACK
from merestone.screening.answer.answer_words import UNANSWERED
from tests.browsers import close
from tests.service.conftest import Served

pytestmark = pytest.mark.browser
ASKED = {
    "position=0.003+N,0.003+E&accuracy_m=10": (TURN_BACK, "Inside a recorded suspected hazardous area"),
    "position=0.03+N,0.03+E&accuracy_m=10": (NO_ASSURANCE, "None recorded within 150 m"),
    "position=0.03+N,0.03+E&accuracy_m=": (UNANSWERED, "Unknown"),
}
BEFORE_THE_FOLD = """[...document.querySelectorAll('.answer p:not(.headline)')]
    .filter((one) => one.checkVisibility() && one.getBoundingClientRect().bottom <= innerHeight)
    .map((one) => one.innerText)"""


@pytest.mark.parametrize("size", [(390, 844), (1366, 768)], ids=["phone", "desk"])
def test_an_answer_begins_with_what_to_do(browser: Any, public: Served, size: tuple[int, int]) -> None:
    page = browser.new_page(viewport={"width": size[0], "height": size[1]})
    for asked, (todo, headline) in ASKED.items():
        page.goto(f"{public.address}/check?{asked}")
        words = page.locator(".answer > *")
        assert words.nth(0).inner_text() == todo
        assert words.nth(1).inner_text() == headline
        shown = page.evaluate(BEFORE_THE_FOLD)
        sentences = [one for text in shown for one in re.split(r"(?<=[.!?])\s+", text.strip())]
        assert 2 <= len(sentences) <= 3, sentences
        assert sentences[0] in todo
        page.click(".answer summary")
        assert "The register was last written to on" in page.inner_text(".answer details")
    close(page)


def test_what_to_do_and_the_answer_are_in_view_beside_the_map_on_a_phone(browser: Any, public: Served) -> None:
    """2026-11-28: the panel gave up room after the answer had been brought into view, which was then below its edge."""
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(f"{public.address}/?at=0.003,0.003")
    page.wait_for_selector("#map[data-ready][data-shown]", timeout=60_000)
    page.wait_for_selector("#answer .todo")
    page.wait_for_timeout(500)
    footer = page.locator("footer").bounding_box()["y"]
    for selector in ("#answer .todo", "#answer .headline"):
        box = page.locator(selector).bounding_box()
        assert box["y"] > 0
        assert box["y"] + box["height"] <= footer, selector
    close(page)
