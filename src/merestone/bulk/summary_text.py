"""How many rows need attention, in one line; apart from the page of answers, which takes time to load."""

from collections import Counter
from typing import Final

from merestone.languages import gettext, gettext_noop, number_text
from merestone.screening import INSIDE, NEAR, NONE_RECORDED, UNKNOWN, class_of, class_text

RANK: Final = {INSIDE: 0, NEAR: 1, UNKNOWN: 2, NONE_RECORDED: 3}
"""The worst class first."""
ROWS: Final = (
    gettext_noop("positions"),
    gettext_noop("stops"),
    gettext_noop("tracks"),
    gettext_noop("footprints"),
)
"""What the rows of a file may be called."""


def summary_line(codes: Counter[int], what: str = "positions") -> str:
    """One line on how many rows need attention.

    >>> summary_line(Counter({INSIDE: 1, UNKNOWN: 2, NONE_RECORDED: 9}), "stops")
    '3 of 12 stops need attention: 1 inside, 2 unknown; none recorded for 9.'
    """
    total = sum(codes.values())
    if not total:
        return gettext("There are no {rows}, so there is no answer.", rows=gettext(what))
    none = codes.get(NONE_RECORDED, 0)
    texts = [
        f"{number_text(codes[code])} {class_text(class_of(code))}"
        for code in sorted(codes, key=lambda c: RANK.get(c, 2))
        if codes[code] and code != NONE_RECORDED
    ]
    # safety: how many of many rows are in danger; {rows} is the word for them in the form of a dictionary
    line = gettext(
        "{count} of {total} {rows} need attention",
        count=number_text(total - none), total=number_text(total), rows=gettext(what),
    )  # fmt: skip
    if texts:
        line += f": {', '.join(texts)}"
    if none:
        # safety: for how many of many rows nothing is recorded
        line += "; " + gettext("none recorded for {count}", count=number_text(none))
    return f"{line}."
