"""UTM and MGRS to longitude and latitude and back: pyproj for the projection, the mgrs library for the letters."""

import warnings
from functools import cache
from typing import Final

import mgrs
import numpy as np
from pyproj import Transformer

from merestone.geodesy._refusal import PositionRefused
from merestone.terms import FieldRefused

BANDS: Final = "CDEFGHJKLMNPQRSTUVWX"
"""The bands of latitude from 80 S, 8 degrees each, X 12 degrees; I and O are left out."""
_BAND_SLACK_DEG: Final = 0.01
"""A surveyor just across a band's edge may keep the letter: about 1 km."""


def utm_to_position(
    zone: int, band: str, easting_m: float, northing_m: float, *, text: str, at: int
) -> tuple[float, float]:
    """Longitude and latitude; `band` is a letter, ``north`` or ``south``, which stands at `at` in `text`."""
    if band in ("north", "south"):
        return _lonlat(zone, band == "north", easting_m, northing_m)
    if band == "S" and not _fits("S", _lonlat(zone, True, easting_m, northing_m)[1]):
        return _lonlat(zone, False, easting_m, northing_m)  # no place of band S: so S was the hemisphere
    if band == "S":
        why = "S can be the band from 32 N to 40 N or the southern hemisphere, and the northing fits both"
        raise PositionRefused(text, at, "S", why, f"{zone} north, {zone} south or MGRS")
    lon_deg, lat_deg = _lonlat(zone, band >= "N", easting_m, northing_m)
    if band != "N" and not _fits(band, lat_deg):  # N is also written for the whole northern hemisphere
        low, high = _limits(band)
        why = f"the northing gives latitude {lat_deg:.2f}, and band {band} runs from {low} to {high}"
        raise PositionRefused(text, at, band, why, "the letter and the northing of one place")
    return lon_deg, lat_deg


def utm_from_position(lon_deg: float, lat_deg: float) -> tuple[int, str, float, float]:
    """Zone, band, easting and northing in metres."""
    if not -80 <= lat_deg <= 84:
        raise FieldRefused("lat_deg", lat_deg, "is outside UTM, which ends at 80 S and 84 N", "use degrees or MGRS")
    cell = mgrs_from_position(lon_deg, lat_deg, 0)
    zone, band = int(cell[:-3]), cell[-3]
    easting_m, northing_m = _projection(zone, band >= "N").transform(lon_deg, lat_deg, direction="INVERSE")
    return zone, band, float(easting_m), max(float(northing_m), 0.0)  # a hair south of the equator may be band N


def mgrs_to_position(zone: str, band: str, square: str, digits: str) -> tuple[float, float] | None:
    """The centre of a cell as longitude and latitude, or None if there is no such square."""
    half = len(digits) // 2
    text = f"{zone}{band}{square}{digits[:half]:0<5}{digits[half:]:0<5}"  # the metre in the cell's south-west corner
    try:
        if zone:
            with warnings.catch_warnings():  # a square may reach over its band's edge; its corner may lie beyond
                warnings.filterwarnings("ignore", "Warning in .Convert_MGRS_To_UTM", RuntimeWarning)
                number, hemisphere, easting_m, northing_m = mgrs.MGRS().MGRSToUTM(text)
            projection = _projection(int(number), hemisphere == "N")
        else:
            lat_deg, lon_deg = mgrs.MGRS().toLatLon(text)
            projection = _polar_projection(band in "YZ")
            easting_m, northing_m = projection.transform(lon_deg, lat_deg, direction="INVERSE")
    except mgrs.core.MGRSError:
        return None
    # Some versions of the library give the corner of the metre and some its middle: go back to the whole metre.
    middle = [np.floor(v + 0.25) + 10.0 ** (5 - half) / 2 for v in (easting_m, northing_m)]
    lon_deg, lat_deg = projection.transform(*middle)
    return float(lon_deg), float(lat_deg)


def mgrs_from_position(lon_deg: float, lat_deg: float, digits: int) -> str:
    """The MGRS cell of a place, with `digits` digits for easting and for northing."""
    if not (-180 <= lon_deg <= 180 and -90 <= lat_deg <= 90):
        why = "is no place on WGS 84"
        raise FieldRefused("position", (lon_deg, lat_deg), why, "give longitude -180 to 180 and latitude -90 to 90")
    if not 0 <= digits <= 5:
        raise FieldRefused("digits", digits, "is no MGRS precision", "give 0 to 5")
    if -1e-7 < lat_deg < 0:
        lat_deg = -1e-7  # the library rounds the last centimetre south of the equator to a square that is not there
    return str(mgrs.MGRS().toMGRS(lat_deg, lon_deg, MGRSPrecision=digits))


def _fits(band: str, lat_deg: float) -> bool:
    low, high = _limits(band)
    return low - _BAND_SLACK_DEG <= lat_deg <= high + _BAND_SLACK_DEG


def _limits(band: str) -> tuple[int, int]:
    south = -80 + 8 * BANDS.index(band)
    return south, 84 if band == "X" else south + 8


@cache
def _projection(zone: int, is_north: bool) -> Transformer:
    return Transformer.from_crs(f"EPSG:{32600 + zone if is_north else 32700 + zone}", "EPSG:4326", always_xy=True)


@cache
def _polar_projection(is_north: bool) -> Transformer:
    """Universal polar stereographic, easting and northing."""
    return Transformer.from_crs(f"EPSG:{5041 if is_north else 5042}", "EPSG:4326", always_xy=True)


def _lonlat(zone: int, is_north: bool, easting_m: float, northing_m: float) -> tuple[float, float]:
    lon_deg, lat_deg = _projection(zone, is_north).transform(easting_m, northing_m)
    return float(lon_deg), float(lat_deg)
