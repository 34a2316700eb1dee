"""A column that states the datum or the reference system of each row: honoured, or the row is refused.

Datums differ by tens to hundreds of metres, so a row that says ED50 is no place on WGS 84.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from merestone.exchange.places.measures import folded, words_of
from merestone.exchange.rows.row import Fault
from merestone.geodesy import distance_m

if TYPE_CHECKING:
    from merestone.exchange.rows.reference import ToLonLat

_NAMES: Final = frozenset(
    {("geodetic", "datum"), ("geodeticdatum",), ("horizontal", "datum"), ("crs",), ("srs",), ("srid",), ("epsg",),
    ("epsg", "code"),
     ("coordinate", "system"), ("coord", "system"), ("coordinatesystem",), ("coordinate", "reference", "system"),
    ("coord", "sys"),
     ("reference", "system"), ("spatial", "reference"), ("coordsys",), ("map", "datum"), ("gps", "datum"),
    ("sistema", "de", "coordenadas"),
     ("systeme", "de", "coordonnees"), ("koordinatni", "sistem"), ("koordinatni", "sustav"), ("koordinatensystem",),
    ("система", "координат"),
     ("uklad", "wspolrzednych"), ("sistema", "di", "coordinate"), ("projection",)}
)  # fmt: skip
_DATUM: Final = frozenset({("datum",), ("датум",)})
"""In German, Dutch, Bosnian and the languages of Scandinavia it is a day, too."""
_LAT_LON: Final = r"lat\w*[\s/,-]*lon\w*|lon\w*[\s/,-]*lat\w*"
_PLAIN: Final = re.compile(
    r"(?:epsg:?)?(?:4326|4979)|(?:ogc:)?crs\s?84|world geodetic system(?: of)? 1984|"
    r"(?:gcs[\s_-]*)?w\.?g\.?s\.?[\s_-]*(?:19)?84"
    rf"(?:[\s_(-]*(?:dd|{_LAT_LON}|geographic|gps|degrees|dms)\)?)?|"
    rf"wgs|gps|geographic\w*|{_LAT_LON}|dd|dms|ddm|(?:decimal )?degrees|mgrs|usng|utm|unknown|none|n/?a|-"
)
"""Longitude and latitude on WGS 84, or a notation and no system."""
_CODE: Final = re.compile(r"(?:(?P<by>epsg|esri)[\s:]*)?(?P<code>\d{4,6})")
_UTM: Final = re.compile(
    r"(?:wgs[\s_-]*(?:19)?84[\s/_-]*)?utm[\s_-]*(?:zone)?[\s_-]*(?P<zone>\d{1,2})[\s_-]*(?P<letter>[a-z]|north|south)"
)
_DAY: Final = re.compile(
    r"[\d\s.,:/+tz-]*\d[\d\s.,:/+tz-]*|.*\d{1,4}\s?[./-]\s?\d{1,2}\s?[./-]\s?\d{1,4}.*|"
    r".*?\d{1,2}(?:\.|st|nd|rd|th|er|-)?\s?(?:of |de )?[^\W\d]{3,}\.?[\s,'/-]*(?:de |del )?\d{2,4}.*|"
    r"[^\W\d]{3,}\.?\s?\d{1,2}(?:st|nd|rd|th)?[\s,]+\d{4}.*|[^\W\d]{3,}\.?[\s'/-](?:de )?(?:19(?:8[5-9]|9\d)|20\d\d)"
)
"""A day, in numbers or with the name of its month; the years of datums (Clarke 1866, Indian 1975) are older."""
_DATUMS: Final = {
    "ed50": 4230, "european datum 1950": 4230, "ed 50": 4230, "ed87": 4231, "nad27": 4267, "nad 27": 4267,
    "nad83": 4269, "nad 83": 4269, "etrs89": 4258,
    "etrs 89": 4258, "sk-42": 4284, "sk42": 4284, "ск-42": 4284, "ск42": 4284, "pulkovo": 4284, "pulkovo 1942": 4284,
    "pulkovo42": 4284, "s-42": 4284,
    "sk95": 4200, "sk 95": 4200, "sk 42": 4284, "ск 42": 4284, "ед50": 4230, "ed-50": 4230, "nad-27": 4267,
    "nad-83": 4269,
    "sk-95": 4200, "ск-95": 4200, "mgi": 4312, "mgi 1901": 3906, "hermannskogel": 3906, "osgb36": 4277,
    "gda94": 4283, "gda2020": 7844, "tokyo": 4301,
    "wgs72": 4322, "wgs 72": 4322, "indian 1975": 4240, "indian 1960": 4131, "adindan": 4201, "arc 1950": 4209,
    "arc 1960": 4210, "psad56": 4248,
    "sirgas 2000": 4674, "minna": 4263, "carthage": 4223, "merchich": 4261, "nahrwan": 4270, "ain el abd": 4204,
    "kalianpur 1962": 4145,
}  # fmt: skip


_LONGEST: Final = 100
_GRIDS: Final = ("EPSG:326", "EPSG:327")
"""Grids on WGS 84: degrees beside them are on the same datum."""


def system_column(names: Sequence[str]) -> int | None:
    """The column that states the reference system of each row; None if there is none.

    >>> system_column(["id", "Geodetic datum", "lat", "lon"]), system_column(["id", "Date"])
    (1, None)
    """
    return next((at for at, name in enumerate(names) if words_of(name) in _NAMES | _DATUM), None)


@lru_cache(maxsize=512)
def stated_system(name: str, text: str) -> str | None:
    """The system that a cell states, as PROJ knows it; None: WGS 84, or nothing. What is not known is given as it is.

    >>> stated_system("datum", "WGS84"), stated_system("datum", "ED50"), stated_system("crs", "UTM 33N")
    (None, 'EPSG:4230', 'EPSG:32633')
    >>> stated_system("Datum", "02.05.2026"), stated_system("datum", "Bessel")
    (None, 'Bessel')
    """
    plain = folded(text)
    if not plain or _PLAIN.fullmatch(plain) is not None:
        return None
    if plain in _DATUMS:
        return f"EPSG:{_DATUMS[plain]}"
    if (utm := _UTM.fullmatch(plain)) is not None and 1 <= int(utm["zone"]) <= 60:
        is_south = utm["letter"] in ("s", "south") or (utm["letter"] != "north" and utm["letter"] < "n")
        return f"EPSG:32{'7' if is_south else '6'}{int(utm['zone']):02}"
    is_datum = words_of(name) in _DATUM
    if (code := _CODE.fullmatch(plain)) is not None and not (is_datum and code["by"] is None):
        return f"{(code['by'] or 'epsg').upper()}:{code['code']}"
    if is_datum and _DAY.fullmatch(plain) is not None:
        return None
    return text.strip()


def is_same_name(text: str, name: str) -> bool:
    """Whether a text is a code or a definition, or the whole name of a system: PROJ takes the first that is alike.

    >>> is_same_name("EPSG:4230", "ED50"), is_same_name("ed_50", "ED50"), is_same_name("Bessel", "Bessel 1841 Rotated")
    (True, True, False)
    """
    if any(mark in text for mark in ":[{+="):
        return True
    return re.sub(r"[\W_]", "", folded(text)) == re.sub(r"[\W_]", "", folded(name))


def apart_of_datums_m(system: str, lon_deg: float, lat_deg: float) -> float:
    """How far a place on WGS 84 lies from the same degrees on the datum of a system; NaN if that is not known."""
    if system.startswith(_GRIDS):
        return 0.0
    way = _way_of_degrees(system)
    if way is None:
        return float("nan")
    lon, lat, shift_m = way.positions(np.array([lon_deg]), np.array([lat_deg]))
    if not np.isfinite([lon[0], lat[0]]).all():
        return float("nan")
    return float(distance_m(lon_deg, lat_deg, float(lon[0]), float(lat[0]))) + float(shift_m[0])


@lru_cache(maxsize=64)
def _way_of_degrees(system: str) -> "ToLonLat | None":
    """From longitude and latitude on the datum of a system."""
    import pyproj

    from merestone.exchange.rows.reference import ToLonLat

    try:
        stated = pyproj.CRS.from_user_input(system)
    except pyproj.exceptions.ProjError:
        return None
    if stated.geodetic_crs is None or not is_same_name(system, stated.name):
        return None
    return ToLonLat(stated.geodetic_crs)


def datum_notice(name: str, value: Any, read_in: str, place: Sequence[float]) -> tuple[float, Fault | None]:
    """How far off a place may be whose column states another datum than it was read in, metres, and words on it.

    NaN where nobody can say how far. (0, None) where both are the same, or the column states none.

    Parameters
    ----------
    read_in
        The reference system that the row was read in.
    place
        Longitude and latitude.
    """
    text = "" if value is None else str(value)
    system = stated_system(name, text) if len(text) < _LONGEST else None
    if system is None or system == read_in:
        return 0.0, None
    apart_m = apart_of_datums_m(system, *place)
    if apart_m == 0.0:
        return 0.0, None
    far = "by how much is not known" if np.isnan(apart_m) else f"by {apart_m:,.0f} m, which was added to its accuracy"
    message = f"{name} = {text!r}, and the place was read in {read_in}: it may lie elsewhere, {far}"
    return apart_m, Fault("other_datum_beside", message)
