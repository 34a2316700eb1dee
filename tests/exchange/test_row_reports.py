"""What an intake remembers of each row: compact, and the same as what it was told."""

from collections import Counter
from functools import partial
from unittest.mock import patch

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from merestone.exchange.imports import row_reports
from merestone.exchange.imports.row_reports import RowReport, RowReports, counted
from merestone.exchange.rows.first_seen import FirstSeen
from merestone.exchange.rows.spilled import Spilled
from merestone.terms import Outcome

words = st.lists(st.sampled_from(["there is no geometry", "\u017e"]) | st.text(max_size=4), max_size=2).map(tuple)
reports = st.builds(
    RowReport,
    st.integers(1, 2**40),
    st.sampled_from(Outcome),
    words,
    st.text(max_size=3),
    st.none() | st.just("AAAA-BBBB-CCCC") | st.text(max_size=20),
    words,
)


@given(st.sampled_from([0, 2, 2000]), st.lists(reports, max_size=20), st.slices(20))
def test_each_report_comes_back_as_it_was(most: int, told: list[RowReport], part: slice) -> None:
    """2026-11-28: the reports of a million rows took 400 MB."""
    on_disk = partial(Spilled, held_rows=5)
    with patch.multiple(row_reports, _MOST_SHARED=most, _BLOCK=3, _TOGETHER=4, _HELD_BYTES=1, Spilled=on_disk):
        _holds(told, part)


def _holds(told: list[RowReport], part: slice) -> None:
    kept = RowReports()
    for report in told:
        kept.append(report)
    assert list(kept) == told
    assert kept == told
    assert kept[part] == tuple(told[part])
    assert [kept[at] for at in range(-len(told), len(told))] == told * 2
    assert (kept == told[1:]) is (not told)
    count: Counter[object] = Counter()
    for row, times in counted(kept):
        count[row.outcome, row.reasons] += times
    assert count == Counter((row.outcome, row.reasons) for row in told)


@given(st.lists(st.lists(st.integers(0, 30), min_size=1, max_size=20), max_size=8))
def test_the_first_row_of_each_key_is_remembered(chunks: list[list[int]]) -> None:
    plain: dict[int, int] = {}
    seen, number = FirstSeen(), 0
    for chunk in chunks:
        rows = np.arange(number, number + len(chunk))
        number += len(chunk)
        wanted = [plain.setdefault(key, row) for key, row in zip(chunk, rows.tolist(), strict=True)]
        assert seen.of(np.array(chunk, np.uint64), rows).tolist() == wanted
