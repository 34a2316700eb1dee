"""UTM and MGRS to longitude and latitude and back: pyproj for the projection, the mgrs library for the letters."""

import warnings
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from merestone.geodesy._refusal import PositionRefused
from merestone.languages import gettext
from merestone.terms import FieldRefused

if TYPE_CHECKING:  # PROJ is long to load, and most files state degrees
    from pyproj import Transformer

BANDS: Final = "CDEFGHJKLMNPQRSTUVWX"
"""The bands of latitude from 80 S, 8 degrees each, X 12 degrees; I and O are left out."""
_NORTH_END_DEG: Final = 84
_SOUTH_END_DEG: Final = -80
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
        why = gettext("S can be the band from 32 N to 40 N or the southern hemisphere, and the northing fits both")
        raise PositionRefused(text, at, "S", why, gettext("{zone} north, {zone} south or MGRS", zone=zone))
    lon_deg, lat_deg = _lonlat(zone, band >= "N", easting_m, northing_m)
    if band != "N" and not _fits(band, lat_deg):  # N is also written for the whole northern hemisphere
        low, high = _limits(band)
        values = {"latitude": f"{lat_deg:.2f}", "band": band, "low": low, "high": high}
        why = gettext("the northing gives latitude {latitude}, and band {band} runs from {low} to {high}", **values)
        raise PositionRefused(text, at, band, why, gettext("the letter and the northing of one place"))
    return lon_deg, lat_deg


def utm_from_position(lon_deg: float, lat_deg: float) -> tuple[int, str, float, float]:
    """Zone, band, easting and northing in metres."""
    if not -80 <= lat_deg <= 84:
        raise FieldRefused("lat_deg", lat_deg, "is outside UTM, which ends at 80 S and 84 N", "use degrees or MGRS")
    cell = mgrs_from_position(lon_deg, lat_deg, 0)
    zone, band = int(cell[:-3]), cell[-3]
    easting_m, northing_m = _projection(zone, band >= "N").transform(lon_deg, lat_deg, direction="INVERSE")
    return zone, band, float(easting_m), max(float(northing_m), 0.0)  # a hair south of the equator may be band N


def mgrs_to_position(zone: str, band: str, square: str, digits: str) -> tuple[float, float] | str:
    """The centre of a cell as longitude and latitude, or why there is no such cell.

    The library gives a place also for letters that contradict each other (mgrs 1.5.0): row letters come again every
    2,000 km, and the nearest such row may lie far from the band. So the cell is set beside the zone and the band. Of a
    square that lies in its zone this is done once; a cell that lies in its band needs one transformation then.
    """
    half = len(digits) // 2
    if (known := _square_in_zone(zone, band, square)) is not None:
        projection, east_m, north_m = known
        cell_m = 10.0 ** (5 - half)
        in_east_m, in_north_m = ((int(part or 0) + 0.5) * cell_m for part in (digits[:half], digits[half:]))
        lon_deg, lat_deg = projection.transform(east_m + in_east_m, north_m + in_north_m)
        if _is_in_band(band, lat_deg, cell_m):
            return float(lon_deg), float(lat_deg)
        corner_m = np.array([east_m + in_east_m, north_m + in_north_m]) - cell_m / 2
        return _contradiction((zone, band, square), projection, corner_m, cell_m) or (float(lon_deg), float(lat_deg))
    return _closely(zone, band, square, digits)


def _is_in_band(band: str, lat_deg: float, cell_m: float) -> bool:
    """Whether a cell, of which this is the middle, lies in the band as a whole."""
    low_deg, high_deg = _limits(band)
    reach_deg = cell_m / 110_500.0  # no degree of latitude is shorter, and no corner as far as that from the middle
    return low_deg - _BAND_SLACK_DEG <= lat_deg - reach_deg and lat_deg + reach_deg <= high_deg + _BAND_SLACK_DEG


@lru_cache(maxsize=1024)
def _square_in_zone(zone: str, band: str, square: str) -> "tuple[Transformer, float, float] | None":
    """The projection of a square that lies in its zone, and the easting and northing of its corner, metres.

    None where that is not as plain, as in a polar square and in one of which the library refuses a corner.
    """
    import mgrs

    if not zone:
        return None
    try:
        near, far = (_corner(f"{zone}{band}{square}{digits}") for digits in ("0" * 10, "9" * 10))
    except mgrs.core.MGRSError:
        return None
    (projection, corner_m), (other_projection, far_m) = near, far
    if projection is not other_projection or (far_m - corner_m != 99_999.0).any():
        return None
    if _beside_zone((zone, band, square), projection, corner_m) is not None:
        return None
    return projection, float(corner_m[0]), float(corner_m[1])


def _corner(text: str) -> "tuple[Transformer, NDArray[np.float64]]":
    """The projection of a metre's cell with a zone, and its south-western corner, by the library."""
    import mgrs

    with warnings.catch_warnings():  # a square may reach over its band's edge; its corner may lie beyond
        warnings.filterwarnings("ignore", "Warning in .Convert_MGRS_To_UTM", RuntimeWarning)
        number, hemisphere, easting_m, northing_m = mgrs.MGRS().MGRSToUTM(text)
    # Some versions of the library give the corner of the metre and some its middle: go back to the whole metre.
    return _projection(int(number), hemisphere == "N"), np.floor(np.array([easting_m, northing_m]) + 0.25)


def _closely(zone: str, band: str, square: str, digits: str) -> tuple[float, float] | str:
    """`mgrs_to_position` by the edges of the cell and of its square."""
    import mgrs

    half = len(digits) // 2
    text = f"{zone}{band}{square}{digits[:half]:0<5}{digits[half:]:0<5}"  # the metre in the cell's south-west corner
    try:
        if zone:
            projection, corner_m = _corner(text)
        else:
            lat_deg, lon_deg = mgrs.MGRS().toLatLon(text)
            projection = _polar_projection(band in "YZ")
            corner_m = np.floor(np.array(projection.transform(lon_deg, lat_deg, direction="INVERSE")) + 0.25)
    except mgrs.core.MGRSError:
        return gettext("zone {zone} has no square {square}", zone=f"{zone}{band}", square=square)
    cell_m = 10.0 ** (5 - half)
    why = _contradiction((zone, band, square), projection, corner_m, cell_m)
    lon_deg, lat_deg = projection.transform(*(corner_m + cell_m / 2))
    return why or (float(lon_deg), float(lat_deg))


def _contradiction(
    letters: tuple[str, str, str], projection: "Transformer", corner_m: NDArray[np.float64], cell_m: float
) -> str | None:
    """Why the square does not lie in the zone and band that are written before it; None if it may."""
    zone, band, square = letters
    _, lat_deg = _edge_of(projection, corner_m, cell_m)
    if not zone:
        is_north = band in "YZ"
        is_polar = lat_deg.max() >= _NORTH_END_DEG - _BAND_SLACK_DEG if is_north else (
            lat_deg.min() <= _SOUTH_END_DEG + _BAND_SLACK_DEG)  # fmt: skip
        if is_polar:
            return None
        values = {"band": band, "square": square, "place": _ns(lat_deg)}
        if is_north:
            return gettext(
                "letter {band} stands for places north of 84 N, and square {square} lies at {place}", **values
            )
        return gettext("letter {band} stands for places south of 80 S, and square {square} lies at {place}", **values)
    low_deg, high_deg = _limits(band)
    if not (lat_deg.max() >= low_deg - _BAND_SLACK_DEG and lat_deg.min() <= high_deg + _BAND_SLACK_DEG):
        values = {"band": band, "low": _ns(low_deg), "high": _ns(high_deg), "place": _ns(lat_deg.mean())}
        return gettext("band {band} lies between {low} and {high}, the square gives {place}", **values)
    return _beside_zone(letters, projection, corner_m)


def _beside_zone(letters: tuple[str, str, str], projection: "Transformer", corner_m: NDArray[np.float64]) -> str | None:
    """Why the square of a corner does not lie in the zone that is written before it; None if it may."""
    zone, band, square = letters
    limits = zone_limits(int(zone), band)
    if limits is None:
        return gettext(
            "there is no zone {zone}: Svalbard is divided into zones 31X, 33X, 35X and 37X", zone=f"{zone}{band}"
        )
    square_lon_deg, _ = _edge_of(projection, np.floor(corner_m / 1e5) * 1e5, 1e5)
    middle_deg = 6 * int(zone) - 183  # each longitude is brought near the zone before it is compared
    square_lon_deg = (square_lon_deg - middle_deg + 180) % 360 - 180 + middle_deg
    west_deg, east_deg = limits
    if square_lon_deg.max() < west_deg - _BAND_SLACK_DEG or square_lon_deg.min() > east_deg + _BAND_SLACK_DEG:
        values = {"zone": f"{zone}{band}", "low": _ew(west_deg), "high": _ew(east_deg), "square": square}
        values["place"] = _ew(square_lon_deg.mean())
        return gettext("zone {zone} lies between {low} and {high}, square {square} lies at {place}", **values)
    return None


_STEP: Final = np.linspace(0.0, 1.0, 9)
_EDGE: Final = np.array(
    [[*_STEP, *np.ones(9), *_STEP, *np.zeros(9)], [*np.zeros(9), *_STEP, *np.ones(9), *_STEP]], np.float64
)
"""Eastward and northward, along the edge of a square whose sides are 1."""


def _edge_of(
    projection: "Transformer", corner_m: NDArray[np.float64], cell_m: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Longitudes and latitudes along the edge of a cell."""
    east, north = _EDGE * cell_m + corner_m[:, None]
    lon_deg, lat_deg = projection.transform(east, north)
    return np.asarray(lon_deg, np.float64), np.asarray(lat_deg, np.float64)


def zone_limits(zone: int, band: str) -> tuple[float, float] | None:
    """Western and eastern longitude of a zone in a band; None for zones 32, 34 and 36 in band X, which are not there.

    Source: NGA.STND.0037_2.0.0_GRIDS (2014), 2.4 and figure 3: zones of Norway (32V) and Svalbard (31X to 37X).
    """
    exceptions = {
        (31, "V"): (0, 3), (32, "V"): (3, 12), (31, "X"): (0, 9), (33, "X"): (9, 21), (35, "X"): (21, 33),
        (37, "X"): (33, 42), (32, "X"): None, (34, "X"): None, (36, "X"): None,
    }  # fmt: skip
    return exceptions.get((zone, band), (6 * zone - 186, 6 * zone - 180))


def _ns(lat_deg: NDArray[np.float64] | float) -> str:
    value = float(np.mean(lat_deg))
    return f"{abs(value):.3g} {'S' if value < 0 else 'N'}"


def _ew(lon_deg: float) -> str:
    value = (float(lon_deg) + 180) % 360 - 180 if abs(lon_deg) > 180 else float(lon_deg)
    return f"{abs(value):.3g} {'W' if value < 0 else 'E'}"


def mgrs_from_position(lon_deg: float, lat_deg: float, digits: int) -> str:
    """The MGRS cell of a place, with `digits` digits for easting and for northing."""
    if not (-180 <= lon_deg <= 180 and -90 <= lat_deg <= 90):
        why = "is not a place on WGS 84"
        raise FieldRefused("position", (lon_deg, lat_deg), why, "give longitude -180 to 180 and latitude -90 to 90")
    if not 0 <= digits <= 5:
        raise FieldRefused("digits", digits, "is not an MGRS precision", "give 0 to 5")
    if -1e-7 < lat_deg < 0:
        lat_deg = -1e-7  # the library rounds the last centimetre south of the equator to a square that is not there
    import mgrs

    return str(mgrs.MGRS().toMGRS(lat_deg, lon_deg, MGRSPrecision=digits))


def _fits(band: str, lat_deg: float) -> bool:
    low, high = _limits(band)
    return low - _BAND_SLACK_DEG <= lat_deg <= high + _BAND_SLACK_DEG


def _limits(band: str) -> tuple[int, int]:
    south = -80 + 8 * BANDS.index(band)
    return south, 84 if band == "X" else south + 8


@cache
def _projection(zone: int, is_north: bool) -> "Transformer":
    from pyproj import Transformer

    return Transformer.from_crs(f"EPSG:{32600 + zone if is_north else 32700 + zone}", "EPSG:4326", always_xy=True)


@cache
def _polar_projection(is_north: bool) -> "Transformer":
    """Universal polar stereographic, easting and northing."""
    from pyproj import Transformer

    return Transformer.from_crs(f"EPSG:{5041 if is_north else 5042}", "EPSG:4326", always_xy=True)


def _lonlat(zone: int, is_north: bool, easting_m: float, northing_m: float) -> tuple[float, float]:
    lon_deg, lat_deg = _projection(zone, is_north).transform(easting_m, northing_m)
    return float(lon_deg), float(lat_deg)
