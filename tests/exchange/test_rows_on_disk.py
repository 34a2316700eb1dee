"""What an import remembers of each row lies on disk from some thousand rows on, and is the same as from memory.

2026-11-28: some 80 bytes a row made the memory of an import grow with the file, to 200 MB for a million areas.
"""

from collections.abc import Sequence
from functools import partial
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from merestone.exchange.imports import far_rows
from merestone.exchange.imports.far_rows import FAR_M, PlacesSeen
from merestone.exchange.rows import first_seen
from merestone.exchange.rows.first_seen import FirstSeen
from merestone.exchange.rows.ranked import quantile
from merestone.exchange.rows.spilled import Spilled
from merestone.geodesy import distances_m

finite = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(st.lists(st.integers(0, 99), max_size=6), max_size=6), st.integers(1, 9), st.slices(30))
def test_rows_come_back_in_their_order(parts: list[list[int]], held_rows: int, wanted: slice) -> None:
    kept = Spilled("<i8", held_rows=held_rows)
    for part in parts:
        kept.append(np.array(part, np.int64))
    rows = [number for part in parts for number in part]
    assert len(kept) == len(rows)
    begin, end, _ = slice(wanted.start, wanted.stop).indices(len(rows))
    assert kept.read(begin, max(begin, end)).tolist() == rows[begin : max(begin, end)]
    assert [number for block in kept.blocks() for number in block.tolist()] == rows


@given(st.lists(st.lists(st.integers(0, 30), min_size=1, max_size=20), max_size=8), st.integers(0, 20))
def test_the_first_row_of_a_key_is_found_on_disk_too(chunks: list[list[int]], held_keys: int) -> None:
    first_of: dict[int, int] = {}
    number = 0
    with patch.multiple(first_seen, HELD_KEYS=held_keys, _BITS=64):
        seen = FirstSeen()
        for chunk in chunks:
            rows = np.arange(number, number + len(chunk))
            number += len(chunk)
            keys = np.array(chunk, np.uint64) * np.uint64(0x9E3779B97F4A7C15)
            expected = [first_of.setdefault(key, row) for key, row in zip(chunk, rows.tolist(), strict=True)]
            assert seen.of(keys, rows).tolist() == expected


@given(st.lists(finite | st.sampled_from([0.0, -0.0, 5e-324]), min_size=1, max_size=40), st.sampled_from([0.5, 0.9]))
def test_quantiles_are_those_of_numpy(numbers: list[float], share: float) -> None:
    numbers = [number / 4 for number in numbers]
    parts = [np.array(numbers[:7]), np.array(numbers[7:])]
    expected = float(np.quantile(numbers, share))
    assert np.isclose(quantile(lambda: parts, len(numbers), share), expected, rtol=1e-12, atol=0.0)


def _far_by_arrays(lon_deg: Sequence[float], lat_deg: Sequence[float]) -> list[int]:
    """The rule with all places in memory."""
    lon, lat = np.array(lon_deg), np.array(lat_deg)
    apart_m = distances_m(np.median(lon), np.median(lat), lon, lat)
    most_m = max(FAR_M, 5 * float(np.quantile(apart_m, 0.9 if len(lon) >= 20 else 0.5)))
    return np.flatnonzero(apart_m > most_m).tolist() if len(lon) >= 3 else []


near = st.tuples(st.floats(15, 19), st.floats(42, 45))
anywhere = st.tuples(st.floats(-180, 180), st.floats(-90, 90))


@given(st.lists(near, max_size=40), st.lists(anywhere, max_size=4))
def test_rows_far_from_the_others_are_those_of_the_rule(
    usual: list[tuple[float, float]], odd: list[tuple[float, float]]
) -> None:
    with patch.multiple(far_rows, _TOGETHER=3, Spilled=partial(Spilled, held_rows=4)):
        places = PlacesSeen()
        for row, (lon_deg, lat_deg) in enumerate([*usual, *odd]):
            places.add(row, lon_deg, lat_deg)
        places.add(99, float("nan"), 44.0)
        notes = list(places.notes())
    all_places = [*usual, *odd]
    expected = _far_by_arrays(*zip(*all_places, strict=True)) if all_places else []
    assert [int(note.split()[1]) for note in notes] == expected


@pytest.mark.parametrize("count", [2, 3, 24])
def test_a_row_with_swapped_axes_among_few_is_pointed_out_as_such(count: int) -> None:
    """2026-11-29: of four rows one with latitude and longitude swapped was taken without a word."""
    places = PlacesSeen()
    for row in range(count):
        places.add(row, 17.1 + row / 1000, 44.9)
    places.add(count, 44.9, 17.1)
    [note] = places.notes()
    assert note.startswith(f"row {count} lies")
    assert "latitude swapped" in note


def test_an_event_in_another_country_is_told_with_its_country() -> None:
    """2026-11-29: a Colombian event at longitude +74, without its minus, was told by its coordinates alone."""
    places = PlacesSeen()
    for row in range(30):
        places.add(row, -74.1 + row / 1000, 6.9)
    places.add(30, 74.1, 16.9)
    [note] = places.notes()
    assert note.startswith("row 30 lies")
    assert ", India)" in note
