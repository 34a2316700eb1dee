"""MGRS letters that contradict each other are refused; every square that a place lies in is read."""

import itertools

import mgrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from merestone.geodesy import PositionRefused, parse_position
from merestone.geodesy._grid import BANDS, _closely, mgrs_to_position, zone_limits

COLUMNS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
ROWS = "ABCDEFGHJKLMNPQRSTUV"


def accepted(zone: int, band: str) -> dict[str, tuple[float, float]]:
    """The squares that are read, and where their centres lie."""
    out = {}
    for square in map("".join, itertools.product(COLUMNS, ROWS)):
        try:
            place = parse_position(f"{zone}{band}{square}")
        except PositionRefused:
            continue
        out[square] = (place.lon_deg, place.lat_deg)
    return out


@pytest.mark.parametrize(
    ("zone", "band"), [(33, "T"), (1, "C"), (60, "M"), (31, "V"), (32, "V"), (33, "X"), (37, "X"), (18, "N"), (52, "F")]
)
def test_a_square_is_read_where_the_library_writes_it_and_nowhere_far(zone: int, band: str) -> None:
    """2026-11-28: `33TXA..`, A typed for K, was read 10 degrees north of band T. Oracle: mgrs's forward direction."""
    limits = zone_limits(zone, band)
    assert limits is not None
    (west, east), south = limits, -80 + 8 * BANDS.index(band)
    north = 84 if band == "X" else south + 8
    lons, lats = np.arange(west + 0.01, east, 0.07), np.arange(south + 0.01, north, 0.07)
    written = {mgrs.MGRS().toMGRS(lat, lon, MGRSPrecision=0) for lon in lons for lat in lats}
    squares = {text[-2:] for text in written if text.startswith((f"{zone:02d}{band}", f"{zone}{band}"))}
    read = accepted(zone, band)
    assert squares
    assert squares <= set(read)
    for lon_deg, lat_deg in read.values():
        assert south - 0.6 <= lat_deg <= north + 0.6
        aside_deg = max(west - lon_deg, lon_deg - east) * np.cos(np.radians(lat_deg))
        assert aside_deg <= 0.6 or abs(lon_deg) > 170  # half a square's width


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("33TXA6580073987", "band T lies between 40 N and 48 N, the square gives 54.8 N"),
        ("33SXK6580073987", "band S lies between 32 N and 40 N, the square gives 44.9 N"),
        ("33WXK6580073987", "band W lies between 64 N and 72 N, the square gives 80.7 N"),
        ("33T SK 65800 73987", "zone 33T lies between 12 E and 18 E"),
        ("32XMH", "zone 32X"),
    ],
)
def test_the_reason_is_said(text: str, reason: str) -> None:
    with pytest.raises(PositionRefused, match=reason):
        parse_position(text)


def test_every_wrong_row_or_band_letter_is_refused_or_gives_a_place_in_the_band() -> None:
    for row in ROWS:
        try:
            lat_deg = parse_position(f"33TX{row}6580073987").lat_deg
        except PositionRefused:
            continue
        assert 40 <= lat_deg <= 48
    for band in BANDS:
        try:
            lat_deg = parse_position(f"33{band}XK6580073987").lat_deg
        except PositionRefused:
            continue
        south = -80 + 8 * BANDS.index(band)
        assert south <= lat_deg <= south + (12 if band == "X" else 8)


@given(
    zone=st.integers(1, 60), band=st.sampled_from(BANDS), square=st.text(COLUMNS, min_size=2, max_size=2),
    east=st.text("0123456789", min_size=5, max_size=5), north=st.text("0123456789", min_size=5, max_size=5),
    half=st.integers(0, 5),
)  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_a_cell_of_a_known_square_is_read_as_closely_as_any(
    zone: int, band: str, square: str, east: str, north: str, half: int
) -> None:
    assert_as_closely(str(zone), band, square, east[:half] + north[:half])


def assert_as_closely(zone: str, band: str, square: str, digits: str) -> None:
    place, closely = mgrs_to_position(zone, band, square, digits), _closely(zone, band, square, digits)
    assert place == (closely if isinstance(closely, str) else pytest.approx(closely, abs=1e-12))


@pytest.mark.parametrize("zone", [1, 31, 32, 33, 37, 60])
def test_so_it_is_along_the_edges_of_bands_and_zones(zone: int) -> None:
    read = 0
    for band, side in itertools.product(BANDS, (-0.02, -0.005, 0.005, 0.02)):
        low_deg = -80 + 8 * BANDS.index(band) + side
        limits = zone_limits(zone, band)
        for lon_deg in () if limits is None else (limits[0] + 0.001, sum(limits) / 2, limits[1] - 0.001):
            cell = mgrs.MGRS().toMGRS(max(low_deg, -80), lon_deg)
            for letter in {cell[-13], band}:  # with the letter of the band beside it, too
                assert_as_closely(cell[:-13], letter, cell[-12:-10], cell[-10:])
                read += not isinstance(mgrs_to_position(cell[:-13], letter, cell[-12:-10], cell[-10:]), str)
    assert read > 100
