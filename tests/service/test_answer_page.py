"""The page of answers for drivers, printed by a real browser."""

from typing import Any

import pytest
import shapely

from merestone.exchange.answer_page import MOST_ON_SHEET, AnswerPage, Stop, answer_page
from merestone.screening import INSIDE, NEAR, NONE_RECORDED, UNKNOWN, HazardIndex

INDEX = HazardIndex.build([shapely.box(17.099, 44.899, 17.101, 44.901)], [5.0])


def page_of(count: int) -> AnswerPage:
    codes = [NONE_RECORDED, NEAR, INSIDE, UNKNOWN]
    stops = [
        Stop(i + 1, f"Checkpoint {i} by the river", codes[i % 4], "Near a recorded confirmed hazardous area",
             ("Record ABCD-EFGH-IJKL",), shapely.Point(17.1 + 0.01 * (i % 7), 44.9 + 0.004 * i), 12.9)
        for i in range(count)
    ]  # fmt: skip
    facts = [("Data", "last written on 2026-11-28"), ("Accuracy of positions", "10 m"), ("Not compared", "3 rows")]
    return AnswerPage("Stops of convoy.xlsx", stops, ["A sentence."], facts, "synthetic", INDEX.outlines)


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
