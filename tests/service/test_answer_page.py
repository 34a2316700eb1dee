"""The page of answers for drivers, printed by a real browser."""

from typing import Any

import pytest

from merestone.bulk.answer_page import MOST_ON_SHEET, answer_page
from tests.exchange.test_answer_file import page_of


@pytest.mark.browser
@pytest.mark.parametrize("count", [1, MOST_ON_SHEET, MOST_ON_SHEET + 200])
def test_the_summary_prints_on_one_sheet_of_a4(count: int, browser: Any) -> None:
    """2026-11-28: a convoy needs one sheet for its drivers."""
    context = browser.new_context(viewport={"width": int((210 - 22) / 25.4 * 96), "height": 1000})
    tab = context.new_page()
    tab.emulate_media(media="print")
    tab.set_content(answer_page(page_of(count)))
    height_mm = tab.evaluate("document.querySelector('.sheet').getBoundingClientRect().height / 96 * 25.4")
    context.close()
    assert 60 < height_mm < 297 - 20, "the height of A4 less the margins"
