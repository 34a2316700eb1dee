"""A person who has never read the treaty asks what Finland may do today, in a real browser."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from merestone.law import Verdict, in_short, packaged, plain_verdict_text
from tests.browsers import close
from tests.service.conftest import Served
from tests.service.test_browser import ARTIFACTS, DESK, PHONE

pytestmark = pytest.mark.browser


@pytest.fixture(params=[DESK, PHONE], ids=["desk", "phone"])
def page(browser: Any, public: Served, request: pytest.FixtureRequest) -> Iterator[Any]:
    width, height = request.param
    opened = browser.new_page(viewport={"width": width, "height": height})
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    opened.on("request", lambda asked: None if asked.url.startswith(public.address) else faults.append(asked.url))
    yield opened
    close(opened)
    assert not faults


def short(page: Any, deed: str) -> Any:
    """The answer for a deed with anti-personnel mines, on the page."""
    return page.locator("section.short:visible").filter(has=page.locator("h3", has_text=re.compile(deed, re.I))).first


def test_what_may_finland_do_today_since_when_and_who_says(
    page: Any, public: Served, request: pytest.FixtureRequest
) -> None:
    """2026-11-28: the question of the issue, answered from one page."""
    page.goto(f"{public.address}/law/FIN")
    assert "What may Finland do today, since when, and according to whom?" in page.inner_text("#short")

    use = short(page, "use")
    text = use.inner_text()
    assert "Only under conditions" in text
    assert "Since 2026-01-10" in text
    assert "Before that day: no, it is prohibited" in text
    assert "CCW Amended Protocol II" in text
    assert "recording" in text

    make = short(page, "produce")
    text = make.inner_text()
    assert "No treaty covered here forbids it" in text
    assert "Since 2026-01-10" in text
    assert "withdrawn since 2026-01-10" in text
    make.locator("summary").first.click()  # one step to the source
    sources = make.inner_text()
    assert "notice of withdrawal" in sources
    assert "C.N.372.2025" in sources
    assert "status as at 2026-02-03" in sources
    link = make.locator("a", has_text="depositary's own page").first
    assert "mtdsg_no=XXVI-5" in link.get_attribute("href")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / f"law-{request.node.callspec.id}.png")


def test_the_day_can_be_chosen_and_the_answer_changes(page: Any, public: Served) -> None:
    page.goto(f"{public.address}/law/FIN")
    page.fill("#on", "2026-01-09")
    page.click("form.ask button")
    assert "on=2026-01-09" in page.url
    assert "No, it is prohibited" in short(page, "produce").inner_text()
    assert "Since 2012-07-01" in short(page, "produce").inner_text()


def test_parties_are_shown_with_their_drawing(page: Any, public: Served) -> None:
    page.goto(f"{public.address}/law/parties/apmbc?on=2026-02-20&since=2025-12-26")
    assert page.inner_text("#bound") == "161"
    assert page.evaluate("document.querySelector('img.timeline').naturalWidth") > 0
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_every_verdict_has_plain_words_and_every_answer_a_source() -> None:
    from datetime import date

    assert len({plain_verdict_text(verdict) for verdict in Verdict}) == len(Verdict)
    for state in packaged().states.all[::10]:
        for one in in_short(state.code, on=date(2026, 11, 28)):
            assert bool(one.says) == bool(one.sources)
            if one.verdict is not Verdict.NOT_PROHIBITED:
                assert one.sources
