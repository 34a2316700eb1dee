"""How many rows need attention, in one line; apart from the page of answers, which takes time to load."""

from collections import Counter
from typing import Final

from merestone.languages import gettext, gettext_noop, ngettext, number_text
from merestone.screening import INSIDE, NEAR, NONE_RECORDED, UNKNOWN, class_of, class_text

RANK: Final = {INSIDE: 0, NEAR: 1, UNKNOWN: 2, NONE_RECORDED: 3}
"""The worst class first."""
ROWS: Final = {
    gettext_noop("positions"): gettext_noop("position"),
    gettext_noop("stops"): gettext_noop("stop"),
    gettext_noop("tracks"): gettext_noop("track"),
    gettext_noop("footprints"): gettext_noop("footprint"),
    gettext_noop("areas"): gettext_noop("area"),
}
"""What the rows of a file may be called, with the word for a single row."""


def summary_line(codes: Counter[int], what: str = "positions") -> str:
    """One line on how many rows need attention.

    >>> summary_line(Counter({INSIDE: 1, UNKNOWN: 2, NONE_RECORDED: 9}), "stops")
    '3 of 12 stops need attention: 1 inside, 2 unknown; none recorded for 9.'
    >>> summary_line(Counter({INSIDE: 1})), summary_line(Counter({NEAR: 1, NONE_RECORDED: 1}), "tracks")
    ('1 of 1 position needs attention: 1 inside.', '1 of 2 tracks needs attention: 1 near; none recorded for 1.')
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
    line = ngettext(
        "{count} of {total} {rows} needs attention",
        "{count} of {total} {rows} need attention",
        total - none,
        total=number_text(total),
        rows=gettext(ROWS[what] if total == 1 else what),
    )
    if texts:
        line += f": {', '.join(texts)}"
    if none:
        # safety: for how many of many rows nothing is recorded
        line += "; " + gettext("none recorded for {count}", count=number_text(none))
    return f"{line}."
