"""Positions as people write them: read back what was written, and refuse what could be two places."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from merestone.geodesy import (
    Code,
    Notation,
    Position,
    PositionRefused,
    distance_m,
    format_ddm,
    format_decimal,
    format_dms,
    format_mgrs,
    format_utm,
    parse_latitude_and_longitude,
    parse_position,
)
from merestone.terms import FieldRefused

longitudes = st.floats(-180, 180)
latitudes = st.floats(-90, 90)


def off_m(place: Position, lon: float, lat: float) -> float:
    return distance_m(place.lon_deg, place.lat_deg, lon, lat)


@settings(deadline=None)  # the first use of a zone loads its projection
@given(longitudes, latitudes, st.integers(0, 9))
@example(-180.0, -90.0, 0)
@example(17.999999999, 59.9999999, 2)
def test_degrees_that_were_written_are_read_within_their_resolution(lon: float, lat: float, decimals: int) -> None:
    for write, kind in ((format_decimal, Notation.DECIMAL), (format_ddm, Notation.DDM), (format_dms, Notation.DMS)):
        place = parse_position(write(lon, lat, decimals))
        assert place.notation is kind
        assert not place.findings
        assert off_m(place, lon, lat) <= place.resolution_m * 1.0001 + 1e-6


@settings(deadline=None)  # the first use of a zone loads its projection
@given(longitudes, latitudes, st.integers(0, 5))
@example(0.0, -1e-9, 5)
def test_the_cell_that_was_written_reaches_the_place(lon: float, lat: float, digits: int) -> None:
    text = format_mgrs(lon, lat, digits)
    place = parse_position(text)
    assert place.notation is Notation.MGRS
    assert off_m(place, lon, lat) <= place.resolution_m * 1.001 + 0.01


@settings(deadline=None)  # the first use of a zone loads its projection
@given(longitudes, st.floats(-79.99, 83.99), st.integers(0, 3))
def test_utm_that_was_written_is_read_within_its_resolution(lon: float, lat: float, decimals: int) -> None:
    place = parse_position(format_utm(lon, lat, decimals))
    assert place.notation is Notation.UTM
    assert off_m(place, lon, lat) <= place.resolution_m * 1.001 + 1e-3


@settings(deadline=None)  # the first use of a zone loads its projection
@given(st.floats(-79, 83), longitudes)
def test_mgrs_and_utm_are_one_grid(lat: float, lon: float) -> None:
    zone = format_utm(lon, lat).split()[0].removesuffix("north").rstrip("CDEFGHJKLMNPQRSTUVWX")
    crs = f"EPSG:{(32600 if lat >= 0 else 32700) + int(zone)}"
    easting, northing = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(lon, lat)
    cell = format_mgrs(lon, lat, 5)
    # The last five digits of each are metres within a square of 100 km; the library cuts them off.
    for metres, digits in ((easting, cell[-10:-5]), (northing, cell[-5:])):
        gap = (metres - int(digits)) % 100_000
        assert min(gap, 100_000 - gap) < 1.01


@pytest.mark.parametrize(
    "text",
    [
        "44.9 N, 17.1 E",
        "N 44.9 E 17.1",
        "E17.1 N44.9",
        "44.9N17.1E",
        "44,9 N 17,1 E",
        "44,9° N, 17,1° E",
        "44°54'00\" N 17°06'00\" E",
        "44° 54′ 0″ N, 17° 6′ 0″ E",
        "44º54’00” N 17º06’00” E",
        "44°54'00''N, 17°06'00''E",
        "44°54'N,17°06'E",
        "44d54m00s N 17d06m00s E",
        "44 deg 54 min N 17 deg 6 min E",
        "44 54 00 N 17 06 00 E",
        "N44 54.0 E017 06.0",
        "4454N 01706E",
        "445400.0N 0170600.0E",
        "44.9 north 17.1 east",
        "lat: 44.9, lon: 17.1",
        "longitude 17.1; latitude 44.9",
        "44,9° с.ш., 17,1° в.д.",
        "44.9 С, 17.1 В",
        "пн. 44,9 сх. 17,1",
        "(44.9° N, 17.1° E)",
        "\t44.9 N\u00a017.1 E ",
    ],
)
def test_many_spellings_are_one_place(text: str) -> None:
    place = parse_position(text)
    assert (place.lon_deg, place.lat_deg) == pytest.approx((17.1, 44.9), abs=1e-12)
    assert not place.findings


@pytest.mark.parametrize(
    "text",
    [
        "44.9, 17.1",
        "44.9 17.1",
        "44,9 17,1",
        "44,9; 17,1",
        "+44.9+017.1/",
        "44 54 17 6",
        "44 54 0 17 6 0",
        "44°54' 17°06'",
    ],
)
def test_two_numbers_without_letters_are_latitude_first_and_say_so(text: str) -> None:
    place = parse_position(text)
    assert (place.lon_deg, place.lat_deg) == pytest.approx((17.1, 44.9), abs=1e-12)
    assert [f.code for f in place.findings] == [Code.AXES_ASSUMED]
    other = parse_position(text, lon_first=True)
    assert (other.lon_deg, other.lat_deg) == pytest.approx((44.9, 17.1), abs=1e-12)


def test_a_number_that_can_only_be_a_longitude_is_one_and_says_so() -> None:
    place = parse_position("100.5, 44")
    assert (place.lon_deg, place.lat_deg) == (100.5, 44)
    assert place.findings[0].code is Code.AXES_ASSUMED
    assert parse_position("44, 100.5", lon_first=True).lon_deg == 100.5


def test_swapped_axes_are_suspected_where_the_place_is_known_roughly() -> None:
    bosnia = (15.7, 42.5, 19.7, 45.3)
    assert Code.SWAPPED_AXES in [f.code for f in parse_position("17.1, 44.9", expected_bbox=bosnia).findings]
    assert Code.SWAPPED_AXES not in [f.code for f in parse_position("44.9, 17.1", expected_bbox=bosnia).findings]


def test_southern_and_western_are_negative_however_it_is_said() -> None:
    for text in ("33.5 S, 70.6 W", "-33.5 -70.6", "33.5 Ю, 70.6 З", "33°30'S 70°36'W", "44s 17e"):
        place = parse_position(text)
        assert place.lat_deg < 0
    assert parse_position("33s 70w").lon_deg == -70
    assert parse_position("-0.5, -0.25").lat_deg == -0.5
    assert parse_position("0°30'S 0°15'W").lon_deg == -0.25


def test_resolution_is_half_a_unit_of_the_last_digit() -> None:
    assert parse_position("0.00000 N 0.00000 E").resolution_m == pytest.approx(0.5e-5 * 111_000 * 2**0.5, rel=0.01)
    assert parse_position("0°00' N 0°00' E").resolution_m == pytest.approx(926 * 2**0.5, rel=0.01)
    assert parse_position("33TXK6580073987").resolution_m == pytest.approx(0.5 * 2**0.5, rel=0.01)
    assert parse_position("33TXK6573").resolution_m == pytest.approx(500 * 2**0.5, rel=0.01)
    assert parse_position("33T 665800 4973987").resolution_m == pytest.approx(0.5 * 2**0.5, rel=0.01)


def test_an_mgrs_cell_is_its_centre() -> None:
    place = parse_position("33T XK 65 73")
    corner = parse_position("33T 665000 4973000")
    assert off_m(place, corner.lon_deg, corner.lat_deg) == pytest.approx(500 * 2**0.5, rel=0.001)
    assert place == parse_position("33txk6573") or place.lon_deg == parse_position("33txk6573").lon_deg


@pytest.mark.parametrize(
    "text",
    [
        "33T 665800 4973987",
        "33 T 665800 4973987",
        "33 north 665800 4973987",
        "33N 665800mE 4973987mN",
        "UTM zone 33N, 665800 4973987",
        "33T E 665800 N 4973987",
        "33T 665800, 4973987",
    ],
)
def test_utm_spellings_are_one_place(text: str) -> None:
    assert off_m(parse_position(text), 17.1, 44.9) < 1


def test_band_s_is_not_mistaken_for_the_southern_hemisphere() -> None:
    with pytest.raises(PositionRefused, match="can be the band"):
        parse_position("38S 444000 3688000")  # Baghdad, or the ocean at 57 S
    assert parse_position("38 north 444000 3688000").lat_deg == pytest.approx(33.33, abs=0.01)
    assert parse_position("38S 444000 8000000").lat_deg == pytest.approx(-18.08, abs=0.01)
    assert parse_position(format_utm(44.4, 33.3)).lat_deg == pytest.approx(33.3, abs=1e-5)


@pytest.mark.parametrize(
    ("text", "at", "words"),
    [
        ("", 0, "nothing to read"),
        ("hello", 0, "no hemisphere"),
        ("44.9", 4, "no second number"),
        ("44.9 N 17.1 N", 12, "both angles are latitudes"),
        ("91 N 17 E", 0, "at most 90"),
        ("44.9 N, 187.1 E", 8, "at most 180"),
        ("44 61 N 17 E", 3, "below 60"),
        ("44.5 30 N 17 E", 0, "smallest unit"),
        ("-44 N 17 E", 0, "not both"),
        ("44,9,17,1", 2, "decimal comma"),
        ("44.9 O 17.1 N", 5, "east in German"),
        ("44.9 S 17.1 I", 12, "may be north"),
        ("44.9 N & 17.1 E", 7, "no place in a position"),
        ('44°54"N 17°E', 5, "wrong place"),
        ("1e5 3", 1, "power of ten"),
        ("1 2 3", 4, "3 numbers"),
        ("61T 500000 4000000", 0, "no such UTM zone"),
        ("33I 500000 4000000", 2, "no such band"),
        ("33T 50000 4973710", 4, "easting is out of range"),
        ("33T 500000 100000", 2, "band T runs from 40 to 48"),
        ("33TXI1234", 4, "never used"),
        ("33TXK123", 5, "same number of digits"),
        ("33TAA1234", 3, "no square"),
        ("61TXK1234", 0, "no such MGRS zone"),
    ],
)
def test_a_refusal_points_at_the_character_and_says_what_was_expected(text: str, at: int, words: str) -> None:
    with pytest.raises(PositionRefused) as refused:
        parse_position(text)
    assert refused.value.at == at
    assert words in str(refused.value)
    assert "expected" in str(refused.value)


@settings(deadline=None)  # the first use of a zone loads its projection
@given(st.text(alphabet=" 0123456789.,;°'\"NSEWnsewdmС-+/T", max_size=30))
def test_any_text_is_a_position_or_a_refusal(text: str) -> None:
    try:
        place = parse_position(text)
    except PositionRefused as refused:
        at = refused.at
    else:
        at = 0
        assert -180 <= place.lon_deg <= 180
        assert -90 <= place.lat_deg <= 90
        assert np.isfinite(place.resolution_m)
    assert 0 <= at <= len(text)


def test_what_cannot_be_written_is_refused() -> None:
    with pytest.raises(FieldRefused, match="ends at 80 S"):
        format_utm(0, 85)
    with pytest.raises(FieldRefused, match="not a place"):
        format_mgrs(0, 91)


LINKS = {
    "geo:44.9,17.1": (17.1, 44.9),
    "GEO:44.9,17.1,250;crs=wgs84;u=35": (17.1, 44.9),
    "geo:0,0?q=44.9,17.1(the bridge)": (17.1, 44.9),
    "geo:44.9,17.1?z=15": (17.1, 44.9),
    "https://maps.google.com/?q=44.9,17.1": (17.1, 44.9),
    "https://www.google.com/maps/search/?api=1&query=44.9%2C17.1": (17.1, 44.9),
    "https://www.google.com/maps/search/44.9,+17.1?entry=tts": (17.1, 44.9),
    "https://www.google.ba/maps/place/Mlin/@44.8,17.0,15z/data=!4m5!3m4!1s0x0:0x1!8m2!3d44.9!4d17.1": (17.1, 44.9),
    "https://www.google.com/maps/place/44%C2%B054'00.0%22N+17%C2%B006'00.0%22E/@44.8,17.0,17z": (17.1, 44.9),
    "maps.google.com/maps?q=loc:44.9,17.1": (17.1, 44.9),
    "https://www.openstreetmap.org/?mlat=44.9&mlon=17.1#map=15/44.8/17.0": (17.1, 44.9),
    "https://maps.apple.com/?ll=44.9,17.1&q=Dropped%20Pin": (17.1, 44.9),
    "https://waze.com/ul?ll=44.9,17.1&navigate=yes": (17.1, 44.9),
    "https://osmand.net/map?pin=44.9,17.1#15/44.8/17.0": (17.1, 44.9),
}  # fmt: skip


@pytest.mark.parametrize("text", LINKS)
def test_links_that_phones_share_are_read(text: str) -> None:
    place = parse_position(text)
    assert (place.lon_deg, place.lat_deg) == pytest.approx(LINKS[text])
    assert not place.findings, "a link says which number is which"
    assert place.resolution_m > 0
    assert place.text == text


def test_a_geo_uri_s_own_uncertainty_is_kept() -> None:
    """RFC 5870, section 3.4.3."""
    assert parse_position("geo:44.90000,17.10000;u=35").resolution_m == pytest.approx(36, abs=1)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("https://www.google.com/maps/@44.9,17.1,15z", "where the map was centred"),
        ("https://www.openstreetmap.org/#map=15/44.9/17.1", "where the map was centred"),
        ("https://maps.app.goo.gl/7qWFiAfvRsBEKTz56", "short link"),
        ("https://www.google.com/maps/dir/44.9,17.1/44.8,17.0/", "several places"),
        ("https://www.google.com/maps?q=44.9,17.1&ll=44.8,17.0", "several places"),
        ("https://www.google.com/maps/place/Banja+Luka", "marks no place"),
        ("https://example.org/?q=44.9,17.1", "not a map site"),
        ("https://maps.google.com/?q=95.9,17.1", "at most 90"),
        ("https://[", "not a link"),
        ("geo:44.9,17.1;crs=nad27", "only WGS 84"),
        ("geo:44.9", "not latitude, longitude"),
        ("geo:44.9,17.1;u=near", "uncertainty"),
        ("geo:44.9,17.1?q=44.8,17.1(bridge)", "differ"),
        ("GV9C+2V Banja Luka", "short Plus code"),
        ("8FQR0000+22", "not a Plus code"),
        ("X2222222+22", "outside the range of valid"),
    ],
)
def test_a_link_that_marks_no_place_or_several_is_refused(text: str, words: str) -> None:
    with pytest.raises(PositionRefused, match=words):
        parse_position(text)


# Code, south, west, north, east: decoding.csv of the test data of google/open-location-code (Apache 2.0).
PLUS_CODES = [
    ("7FG49Q00+", 20.35, 2.75, 20.4, 2.8),
    ("7FG49QCJ+2V", 20.37, 2.782125, 20.370125, 2.78225),
    ("7FG49QCJ+2VX", 20.3701, 2.78221875, 20.370125, 2.78225),
    ("7FG49QCJ+2VXGJ", 20.370113, 2.782234375, 20.370114, 2.78223632813),
    ("4VCPPQGP+Q9", -41.273125, 174.785875, -41.273, 174.786),
    ("62G20000+", 0.0, -180.0, 1, -179),
    ("CFX30000+", 89, 1, 90, 2),
    ("849VGJQF+VX7QR3J", 37.5396691200, -122.3750698242, 37.5396691600, -122.3750697021),
]


@pytest.mark.parametrize(("code", "south", "west", "north", "east"), PLUS_CODES)
def test_plus_codes_are_their_cells(code: str, south: float, west: float, north: float, east: float) -> None:
    place = parse_position(code.lower())
    assert place.notation is Notation.PLUS_CODE
    assert (place.lon_deg, place.lat_deg) == pytest.approx(((west + east) / 2, (south + north) / 2), abs=1e-9)
    for lon, lat in ((west, south), (west, north), (east, south), (east, north)):
        assert off_m(place, lon, lat) <= place.resolution_m
    assert place.resolution_m < 1.2 * off_m(place, west, south) + 1e-3


@given(st.text(alphabet="geo:htps/.mailq=?&@!34d,;u0123456789+2FGX", max_size=40), st.sampled_from(list(LINKS)))
def test_any_link_is_a_position_or_a_refusal(text: str, link: str) -> None:
    for whole in (f"geo:{text}", f"https://www.google.com/maps/{text}", link[: len(text)] + text):
        try:
            place = parse_position(whole)
        except PositionRefused:
            continue
        assert -180 <= place.lon_deg <= 180
        assert -90 <= place.lat_deg <= 90


def test_one_comma_between_digits_is_no_position() -> None:
    """2026-11-28: `17,41`, one number with a decimal comma, was taken for a place in latitude 17, longitude 41."""
    for text in ("17,41", " -17,41 ", "17,41 E", "N 17,41", "44,60 с.ш.", "17,41° Сх"):  # letters: 2026-11-29
        with pytest.raises(PositionRefused, match="one comma"):
            parse_position(text)
    for text in ("17, 41", "17,-41", "17.0,41.0"):
        assert parse_position(text).lat_deg == 17.0


@pytest.mark.parametrize(("zone", "lon_deg"), [(1, -177.0), (60, 177.0)])
def test_the_first_and_the_last_zone_and_the_southern_half_are_read(zone: int, lon_deg: float) -> None:
    """2026-11-28, by mutation: zone 1 could have been refused and "south" read as a band, and no test noticed."""
    place = parse_position(f"{zone} south 500000 9000000")
    assert place.notation is Notation.UTM
    assert place.lon_deg == pytest.approx(lon_deg)
    assert place.lat_deg == pytest.approx(-9.0466, abs=1e-3)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("61 south 500000 9000000", "'61 south 500000 9000000': at character 1, '61': there is no such UTM zone; "),
        ("geo:91,17.1", "'geo:91,17.1': at character 5, '91': a latitude is at most 90 degrees; "),
        ("geo:44.9,181", "'geo:44.9,181': at character 10, '181': a longitude is at most 180 degrees; "),
    ],
)
def test_a_refusal_names_the_text_the_place_in_it_and_what_was_expected(text: str, fault: str) -> None:
    """2026-11-28, by mutation."""
    with pytest.raises(PositionRefused) as caught:
        parse_position(text)
    assert str(caught.value).startswith(f"position = {fault}expected ")


@pytest.mark.parametrize(
    ("text", "notation"),
    [
        ("geo:90,180", Notation.GEO_URI),
        ("GEO:44.9,17.1", Notation.GEO_URI),
        ("https://www.openstreetmap.org/?mlat=44.9&mlon=17.1#map=15/44.9/17.1", Notation.LINK),
        ("8FVC9G8F+6X", Notation.PLUS_CODE),
    ],
)
def test_a_position_keeps_its_text_and_says_how_it_was_written(text: str, notation: Notation) -> None:
    """2026-11-28, by mutation."""
    place = parse_position(text)
    assert (place.text, place.notation) == (text, notation)


@pytest.mark.parametrize(
    ("expected", "is_swapped"),
    [
        ((17.1, 44.9, 17.1, 44.9), True),  # on all four edges at once
        ((17.0, 0.0, 18.0, 10.0), False),  # the longitude alone would fit
        ((0.0, 44.0, 10.0, 45.0), False),  # the latitude alone
    ],
)
def test_axes_look_swapped_only_where_both_would_fit(
    expected: tuple[float, float, float, float], is_swapped: bool
) -> None:
    """2026-11-28, by mutation."""
    codes = {finding.code for finding in parse_position("17.1, 44.9", expected_bbox=expected).findings}
    assert (Code.SWAPPED_AXES in codes) is is_swapped


def angle_texts(letters: str) -> st.SearchStrategy[str]:
    part = st.builds("{}{}".format, st.integers(0, 199), st.sampled_from(["", "", ".", ".5", ".25"]))
    between = st.sampled_from(["", " ", "°", "° ", "º", "'", "' ", "′ ", '"', "''", "″", "-", "m"])
    pieces = [st.sampled_from(["", "", "-", "+", " "]), part, between, part, between, part, between]
    pieces += [st.sampled_from(["", " "]), st.sampled_from(["", *letters, *"NSEWO"])]
    short = st.builds("".join, st.tuples(*pieces[:4], *pieces[6:]))
    return st.one_of(st.builds("".join, st.tuples(*pieces)), short, sound_angles(letters))


def sound_angles(letters: str) -> st.SearchStrategy[str]:
    """Most of what people write."""
    numbers = st.integers(0, 59)
    return st.one_of(
        st.builds("{} {} {}".format, numbers, numbers, numbers),
        st.builds("{}°{}'{}\" {}".format, numbers, numbers, numbers, st.sampled_from(letters)),
        st.builds("-{}° {}.{}'".format, numbers, numbers, numbers),
    )


def outcome_of(read: Callable[[], Position]) -> object:
    try:
        return read()
    except PositionRefused as refused:
        return str(refused)


@given(lat=angle_texts("NS"), lon=angle_texts("EW"))
@settings(max_examples=200)
@example("90 0 0", "180° 0.0' W")
@example("44 54", "17°06'00\"E")
@example("44°1233", "17 6")
def test_a_latitude_and_a_longitude_are_read_as_in_one_text(lat: str, lon: str) -> None:
    assert outcome_of(lambda: parse_latitude_and_longitude(lat, lon)) == outcome_of(
        lambda: parse_position(f"lat {lat}; lon {lon}")
    )
