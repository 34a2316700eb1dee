"""Positions as people write them: decimal degrees, degrees with minutes and seconds, UTM and MGRS; read and written.

Links that phones share and Plus codes are read too.

Reading is generous in spelling and strict in meaning: what could mean two places is refused, or read by a stated rule
and told. Every position carries how far from it the written text could still mean (`Position.resolution_m`).
"""

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

import numpy as np

from merestone.geodesy._angle import Angle, read_angles
from merestone.geodesy._grid import BANDS, mgrs_from_position, mgrs_to_position, utm_from_position, utm_to_position
from merestone.geodesy._link import is_link, read_link
from merestone.geodesy._plus_code import is_plus_code, read_plus_code
from merestone.geodesy._refusal import PositionRefused, numbers
from merestone.geodesy.ellipsoid import metres_per_degree
from merestone.geodesy.finding import Code, Finding
from merestone.languages import gettext

Bbox = tuple[float, float, float, float]


class Notation(StrEnum):
    """A way of writing a position."""

    DECIMAL = "decimal degrees"
    DDM = "degrees and minutes"
    DMS = "degrees, minutes and seconds"
    UTM = "UTM"
    MGRS = "MGRS"
    GEO_URI = "geo URI"
    LINK = "map link"
    PLUS_CODE = "Plus code"


@dataclass(frozen=True, slots=True)
class Position:
    """A place on WGS 84 that somebody wrote down."""

    lon_deg: float
    lat_deg: float
    notation: Notation
    resolution_m: float
    """Radius in metres around the place within which lies all that the text could mean: for an MGRS cell, whose centre
    the place is, half its diagonal; otherwise half a unit of the last digit written, both ways. It says nothing of how
    well the place was measured; whoever screens adds it to the position's accuracy."""
    text: str = ""
    """What was written."""
    findings: tuple[Finding, ...] = ()
    """What was assumed in reading it, such as the order of two numbers without a letter."""


_JUST_BEYOND_DEG: Final = 90.001
"""Up to this, beyond 90, it is a latitude that was rounded or computed: refused, and never taken for a longitude."""
_MGRS: Final = re.compile(r"\s*(\d{1,2})?\s*([A-Z])\s*([A-Z]{2})\s*([\d\s]*)", re.IGNORECASE)
_ONE_COMMA: Final = re.compile(
    r"\s*(?:[^\W\d_]{1,4}\.?\s*){0,3}[-+\N{MINUS SIGN}]?\d+(,)\d+\s*[°\N{MASCULINE ORDINAL INDICATOR}]?\s*"
    r"(?:[^\W\d_]{1,4}\.?\s*){0,3}"
)
"""Perhaps one angle with a decimal comma, such as 17,105 E: a letter at one of two numbers does not part them."""
_UTM: Final = re.compile(
    r"\s*(?:UTM\s*)?(?:zone\s*)?(?P<zone>\d{1,2})\s*(?P<band>north|south|[A-Z])(?:\s*[,;:])?\s+"
    r"(?:E\s*)?(?P<easting>\d{5,7}(?:[.]\d*)?)\s*(?:m?\s*E\b|m\b)?\s*[,;/]?\s*"
    r"(?:N\s*)?(?P<northing>\d{1,8}(?:[.]\d*)?)\s*(?:m?\s*N\b|m\b)?\s*",
    re.IGNORECASE,
)


def parse_position(text: str, *, lon_first: bool = False, expected_bbox: Bbox | None = None) -> Position:
    r"""Read a position in any of the notations.

    Parameters
    ----------
    text
        ``44.9 N, 17.1 E`` - ``44°54'00" N 17°06'00" E`` - ``N44 54.5 E017 06.0`` - ``44,9; 17,1`` - ``4454N 01706E`` -
        ``33T 665720 4973710`` - ``33 north 665720 4973710`` - ``33TXK6572073710`` and like spellings, also with the
        hemisphere's letters in Cyrillic (С Ю В З, с. ш., пн., сх.). Also ``geo:44.9,17.1``, the link to a place that is
        marked on a map of the web, and a whole Plus code.
    lon_first
        The order of two numbers without letters. By default latitude comes first, as ISO 6709 has it and as maps on the
        web show it; the finding ``axes_assumed`` tells that this was a rule and not the text.
    expected_bbox
        West, south, east, north in degrees, where the position is likely to lie; if only the other order of axes would
        put it there, the finding ``swapped_axes`` says so. The position stays as it was written.

    Raises
    ------
    PositionRefused
        The text is no position, or could be two; it names the character at fault and what was expected there.

    >>> place = parse_position("44°54'00.0\" N 17°06'00.0\" E")
    >>> round(place.lon_deg, 6), round(place.lat_deg, 6), place.notation.value, round(place.resolution_m, 1)
    (17.1, 44.9, 'degrees, minutes and seconds', 1.9)
    >>> parse_position("44.9 N, 187.1 E")
    Traceback (most recent call last):
    merestone.geodesy._refusal.PositionRefused: position = '44.9 N, 187.1 E': at character 9, '187.1':
    a longitude is at most 180 degrees; expected a number from 0 to 180
    """
    if not text.strip():
        raise PositionRefused(
            text, 0, "", gettext("there is nothing to read"), gettext("a position such as 44.9 N, 17.1 E")
        )
    if is_link(text):
        return _linked(text)
    if is_plus_code(text):
        return _plus_code(text)
    if match := _UTM.fullmatch(text):
        return _utm(text, match)
    if (match := _MGRS.fullmatch(text)) and (match[1] or (match[2] in "ABYZ" and text.isupper())):
        return _mgrs(text, match)
    if match := _ONE_COMMA.fullmatch(text):
        raise _one_comma(text, match.start(1))
    first, second, is_labelled = read_angles(text)
    lat, lon, findings = _axes_of(first, second, is_labelled=is_labelled, lon_first=lon_first)
    for angle, most, why in ((lat, 90, _too_large_latitude()), (lon, 180, _too_large_longitude())):
        if abs(angle.degrees) > most:
            raise PositionRefused(text, angle.at, angle.written, why, numbers(0, most))
    per_lon_m, per_lat_m = metres_per_degree(lat.degrees)
    resolution_m = float(np.hypot(per_lon_m * lon.half_unit_deg, per_lat_m * lat.half_unit_deg))
    kind = (Notation.DECIMAL, Notation.DDM, Notation.DMS)[max(lat.depth, lon.depth)]
    if (
        expected_bbox
        and not _in(expected_bbox, lon.degrees, lat.degrees)
        and _in(expected_bbox, lat.degrees, lon.degrees)
    ):
        explanation = "the place lies far from where it was expected, and there if its axes are swapped"
        findings = (*findings, Finding(Code.SWAPPED_AXES, explanation, lon.degrees, lat.degrees))
    return Position(lon.degrees, lat.degrees, kind, resolution_m, text, findings)


_SEXAGESIMAL: Final = re.compile(
    r"(?P<minus>-?)(?P<degrees>\d{1,3})(?:[°º] ?| )(?P<minutes>\d{1,2})(?P<minute_decimals>\.\d*)?"
    r"(?:['′’]|(?:['′’] ?| )(?P<seconds>\d{1,2})(?P<second_decimals>\.\d*)?(?:[\"″”]|'')?)? ?(?P<letter>[NSEW]?)"
)


def parse_latitude_and_longitude(lat_text: str, lon_text: str) -> Position:
    """What `parse_position` reads in ``lat ...; lon ...``; degrees with minutes in a few steps, as a table has many.

    Raises
    ------
    PositionRefused
        As `parse_position`.

    >>> place = parse_latitude_and_longitude("44 54 00", "17°06' E")
    >>> round(place.lon_deg, 6), round(place.lat_deg, 6)
    (17.1, 44.9)
    """
    text = f"lat {lat_text}; lon {lon_text}"
    lat, lon = _sexagesimal(lat_text, "NS", 90.0), _sexagesimal(lon_text, "EW", 180.0)
    if lat is None or lon is None:
        return parse_position(text)
    (lat_deg, half_lat_deg, lat_depth), (lon_deg, half_lon_deg, lon_depth) = lat, lon
    per_lon_m, per_lat_m = metres_per_degree(lat_deg)
    resolution_m = float(np.hypot(per_lon_m * half_lon_deg, per_lat_m * half_lat_deg))
    kind = Notation.DMS if max(lat_depth, lon_depth) == 2 else Notation.DDM
    return Position(lon_deg, lat_deg, kind, resolution_m, text)


def _sexagesimal(text: str, letters: str, most_deg: float) -> tuple[float, float, int] | None:
    """Degrees, half a unit of the last digit, and 1 or 2 for minutes or seconds; None: to be read more closely."""
    match = _SEXAGESIMAL.fullmatch(text)
    if match is None:
        return None
    minus, whole, minutes, minute_decimals, seconds, second_decimals, letter = match.groups()
    minute, second = float(minutes + (minute_decimals or "")), float((seconds or "0") + (second_decimals or ""))
    if minute >= 60 or second >= 60 or (seconds and minute_decimals is not None):
        return None
    if letter and (minus or letter not in letters):
        return None
    degrees = float(whole) + minute / 60
    degrees = degrees + second / 3600 if seconds else degrees
    if degrees > most_deg:
        return None
    depth = 2 if seconds else 1
    decimals = len((second_decimals if seconds else minute_decimals) or ".") - 1
    signed_deg = -degrees if minus or (letter in "SW" and letter) else degrees
    return signed_deg, 0.5 * 10.0**-decimals / 60**depth, depth


def _axes_of(
    first: Angle, second: Angle, *, is_labelled: bool, lon_first: bool
) -> tuple[Angle, Angle, tuple[Finding, ...]]:
    """Which of two angles is the latitude and which the longitude, and the finding if that was assumed."""
    if is_labelled:
        is_lon_first = first.axis != "lat" and second.axis != "lon"
        return (second, first, ()) if is_lon_first else (first, second, ())
    lat, lon = (second, first) if lon_first or first.axis == "lon" or second.axis == "lat" else (first, second)
    if abs(lat.degrees) > _JUST_BEYOND_DEG and abs(lon.degrees) <= 90:
        lat, lon = lon, lat
        message = gettext("{longitude} cannot be a latitude, so it was read as the longitude", longitude=lon.written)
    else:
        message = gettext(
            "read as latitude {latitude} and longitude {longitude}; write N, S, E or W to be sure",
            latitude=lat.written,
            longitude=lon.written,
        )
    return lat, lon, (Finding(Code.AXES_ASSUMED, message, lon.degrees, lat.degrees),)


def format_decimal(lon_deg: float, lat_deg: float, decimals: int = 6) -> str:
    """Decimal degrees with letters, latitude first, as people read them.

    >>> format_decimal(17.1, -44.9)
    '44.900000° S, 17.100000° E'
    """
    return f"{abs(lat_deg):.{decimals}f}° {_ns(lat_deg)}, {abs(lon_deg):.{decimals}f}° {_ew(lon_deg)}"


def format_ddm(lon_deg: float, lat_deg: float, decimals: int = 4) -> str:
    """Degrees and decimal minutes.

    >>> format_ddm(17.1, 44.9)
    "44°54.0000' N, 17°06.0000' E"
    """
    return f"{_ddm(lat_deg, decimals)} {_ns(lat_deg)}, {_ddm(lon_deg, decimals)} {_ew(lon_deg)}"


def format_dms(lon_deg: float, lat_deg: float, decimals: int = 2) -> str:
    """Degrees, minutes and seconds.

    >>> print(format_dms(17.1, 44.9))
    44°54'00.00" N, 17°06'00.00" E
    """
    return f"{_dms(lat_deg, decimals)} {_ns(lat_deg)}, {_dms(lon_deg, decimals)} {_ew(lon_deg)}"


def format_utm(lon_deg: float, lat_deg: float, decimals: int = 0) -> str:
    """UTM zone and band, easting and northing in metres; Norway's and Svalbard's wider zones are kept.

    Band S is written as ``north``, since many read ``34S`` as the southern hemisphere.

    Raises
    ------
    FieldRefused
        The latitude is outside UTM: -80 to 84 degrees.

    >>> format_utm(17.1, 44.9)
    '33T 665800 4973987'
    """
    zone, band, easting_m, northing_m = utm_from_position(lon_deg, lat_deg)
    named = " north" if band == "S" else band
    return f"{zone}{named} {easting_m:.{decimals}f} {northing_m:.{decimals}f}"


def format_mgrs(lon_deg: float, lat_deg: float, digits: int = 5) -> str:
    """The MGRS cell in which the place lies: 5 digits for cells of 1 m, 0 for cells of 100 km.

    >>> format_mgrs(17.1, 44.9, digits=3)
    '33TXK657739'
    """
    return mgrs_from_position(lon_deg, lat_deg, digits)


def _utm(text: str, match: re.Match[str]) -> Position:
    zone, band = int(match["zone"]), match["band"]
    if not 1 <= zone <= 60:
        raise PositionRefused(
            text, match.start("zone"), match["zone"], gettext("there is no such UTM zone"), numbers(1, 60)
        )
    letter = {"north": "north", "south": "south"}.get(band.lower(), band.upper())
    if letter not in (*BANDS, "north", "south"):
        why = gettext("there is no such band of latitude")
        raise PositionRefused(
            text, match.start("band"), band, why, gettext("C to X without I and O, or north, or south")
        )
    easting_m, northing_m = float(match["easting"]), float(match["northing"])
    for name, value, low, high in (("easting", easting_m, 1e5, 1e6), ("northing", northing_m, 0.0, 1e7)):
        if not low <= value <= high:
            is_easting = name == "easting"
            why = gettext("the easting is out of range") if is_easting else gettext("the northing is out of range")
            expected = gettext("{low} to {high} metres", low=f"{low:.0f}", high=f"{high:.0f}")
            raise PositionRefused(text, match.start(name), match[name], why, expected)
    lon_deg, lat_deg = utm_to_position(zone, letter, easting_m, northing_m, text=text, at=match.start("band"))
    half = max(0.5 * 10.0 ** -len(match[name].partition(".")[2]) for name in ("easting", "northing"))
    return Position(lon_deg, lat_deg, Notation.UTM, half * 2**0.5 * 1.001, text)


def _mgrs(text: str, match: re.Match[str]) -> Position:
    groups = match[4].split()
    digits = "".join(groups)
    if (
        len(digits) % 2
        or len(digits) > 10
        or (len(groups) == 2 and len(groups[0]) != len(groups[1]))
        or len(groups) > 2
    ):
        why = gettext("easting and northing do not have the same number of digits")
        raise PositionRefused(
            text, match.start(4), match[4].strip(), why, gettext("an even number of digits, at most 10")
        )
    zone, band, square = match[1] or "", match[2].upper(), match[3].upper()
    if zone and not (1 <= int(zone) <= 60 and band in BANDS):
        at = match.start(1) if not 1 <= int(zone) <= 60 else match.start(2)
        why = gettext("there is no such MGRS zone")
        raise PositionRefused(
            text, at, f"{zone}{match[2]}", why, gettext("1 to 60 and a letter from C to X without I and O")
        )
    if at_fault := re.search("[IO]", square):
        why = gettext("MGRS has no such square; I and O are never used")
        raise PositionRefused(text, match.start(3) + at_fault.start(), at_fault[0], why, gettext("another letter"))
    place = mgrs_to_position(zone, band, square, digits)
    if isinstance(place, str):
        expected = gettext("letters of one place, as the map's margin gives them")
        raise PositionRefused(text, match.start(3), match[3], place, expected)
    cell_m = 10.0 ** (5 - len(digits) // 2)
    # 1.001: a metre of the grid is up to 1.0004 metres on the ground (1.006 on the polar grid)
    return Position(*place, Notation.MGRS, cell_m / 2**0.5 * (1.001 if zone else 1.007), text)


def _linked(text: str) -> Position:
    linked = read_link(text)
    notation = Notation.GEO_URI if text.lstrip()[:4].lower() == "geo:" else Notation.LINK
    if isinstance(linked, str):
        try:
            inner = parse_position(linked)
        except PositionRefused as refused:
            why = gettext("the link names a place in words that cannot be read as a position ({why})", why=refused.why)
            at = max(text.find(linked), 0)
            raise PositionRefused(text, at, linked, why, gettext("a link with latitude and longitude")) from refused
        return replace(inner, text=text)
    lat_deg, lon_deg = float(linked.lat), float(linked.lon)
    for value, most, why in ((lat_deg, 90, _too_large_latitude()), (lon_deg, 180, _too_large_longitude())):
        if abs(value) > most:
            at, shown = max(text.find(f"{value:g}"), 0), f"{value:g}"
            raise PositionRefused(text, at, shown, why, numbers(0, most))
    per_lon_m, per_lat_m = metres_per_degree(lat_deg)
    half_lat, half_lon = (0.5 * 10.0 ** -len(number_text.partition(".")[2]) for number_text in (linked.lat, linked.lon))
    open_m = float(np.hypot(per_lon_m * half_lon, per_lat_m * half_lat)) + linked.uncertainty_m
    return Position(lon_deg, lat_deg, notation, open_m, text)


def _one_comma(text: str, at: int) -> PositionRefused:
    why = gettext("one comma between digits could be that of one decimal number, or stand between two numbers")
    return PositionRefused(text, at, ",", why, gettext("two numbers with a space after the comma"))


def _too_large_latitude() -> str:
    return gettext("a latitude is at most {most} degrees", most=90)


def _too_large_longitude() -> str:
    return gettext("a longitude is at most {most} degrees", most=180)


def _plus_code(text: str) -> Position:
    cell = read_plus_code(text)
    per_lon_m, per_lat_m = metres_per_degree(cell.lat_deg)
    # 1.01: a degree of longitude is longer at that edge of the cell which is nearer to the equator
    half_m = 1.01 * float(np.hypot(per_lon_m * cell.half_lon_deg, per_lat_m * cell.half_lat_deg))
    return Position(cell.lon_deg, cell.lat_deg, Notation.PLUS_CODE, half_m, text)


def _in(bbox: Bbox, lon_deg: float, lat_deg: float) -> bool:
    west, south, east, north = bbox
    return west <= lon_deg <= east and south <= lat_deg <= north


def _ns(lat_deg: float) -> str:
    return "S" if lat_deg < 0 else "N"


def _ew(lon_deg: float) -> str:
    return "W" if lon_deg < 0 else "E"


def _ddm(degrees: float, decimals: int) -> str:
    units = round(abs(degrees) * 60 * 10**decimals)  # rounded once, so that 59.99999 minutes become a degree
    whole, rest = divmod(units, 60 * 10**decimals)
    return f"{whole}°{rest / 10**decimals:0{decimals + 3 if decimals else 2}.{decimals}f}'"


def _dms(degrees: float, decimals: int) -> str:
    units = round(abs(degrees) * 3600 * 10**decimals)
    whole, rest = divmod(units, 3600 * 10**decimals)
    minutes, rest = divmod(rest, 60 * 10**decimals)
    return f"{whole}°{minutes:02d}'{rest / 10**decimals:0{decimals + 3 if decimals else 2}.{decimals}f}\""
