"""Why a table has no column of places that can be read, and what to do about it, as its first rows show it."""

import re
from collections.abc import Sequence
from typing import Final

from merestone.exchange.places.sky_and_codes import is_words_of_three

_MOST_SHOWN: Final = 40
_NUMBER: Final = re.compile(r"[-+]?\d{1,9}(?:[.,]\d+)?")
_SIGNED_SKY: Final = re.compile(r"\b(?:lat|lon|long|latitude|longitude)\W*[(\[]\s*[swoзю]\s*[)\]]", re.IGNORECASE)
_PAIR: Final = r"[(\[{]*\s*[-+]?\d{1,9}(?:\.\d+)?\s*,\s*[-+]?\d{1,9}(?:\.\d+)?[^,\d;|\n]*"
_LIST: Final = re.compile(rf"[(\[\s]*(?:{_PAIR}[\s,;|]+){{2,}}{_PAIR}[)\]\s;|]*")
_HEADERS: Final = (
    "write a first line with the names of its columns, such as point,northing,easting,height,code with --crs, or "
    "point,lat,lon,height,code"
)


def without_places(line: int, rows: Sequence[Sequence[str]]) -> tuple[str, str]:
    """Why, and what to do.

    Parameters
    ----------
    line
        Where the first of the rows stands in the file.
    rows
        The first ones, the header among them.
    """
    names = [cell.strip() for cell in rows[0]]
    shown = ", ".join([*names[:_MOST_SHOWN], *["..."] * (len(names) > _MOST_SHOWN)])
    why = f"line {line} names no column with places (it names {shown})"
    if {"PARENT_KEY", "_parent_index", "parentglobalid"} & {*names, *map(str.lower, names)}:
        return why, "it is the repeat of a form; import the form's main table, which has the places"
    if any(map(is_words_of_three, names)):
        return why, "what3words needs its owner's service, which is not asked; ask it for coordinates, as lat and lon"
    if (signed := next((name for name in names if _SIGNED_SKY.search(name)), None)) is not None:
        remedy = "call the columns lat and lon, and write south and west as negative numbers"
        return f"{why}: nobody can see whether the numbers of {signed} carry a sign", remedy
    if len(names) == 1 and _is_data(names[0].split()):
        return (
            f"line {line} is a row of data with spaces between its columns ({shown})",
            f"{_HEADERS}; part them by commas",
        )
    if _is_data(names):
        return f"line {line} is a row of data, and no line names the columns ({shown})", _HEADERS
    for at, name in enumerate(names):
        cells = [row[at].strip() for row in rows[1:] if at < len(row) and row[at].strip()]
        if cells and all(_LIST.match(cell[:2000]) for cell in cells):
            remedy = (
                "put lat and lon of one place of each beside it, or write WKT (POLYGON ((17.1 44.9, ...))) or GeoJSON "
                '({"type": "Polygon", "coordinates": ...})'
            )
            return f"{why}: {name} holds lists of pairs, and nothing shows which number is the longitude", remedy
    return why, "name one wkt, or two lon_deg and lat_deg"


def _is_data(cells: Sequence[str]) -> bool:
    """Whether cells are a row of a point file, and no names: two of them are decimals, and half of them numbers.

    >>> _is_data(["1", "4973000.12", "665800.50", "312.1", "BDY1"]), _is_data(["state", "1940", "1950"])
    (True, False)
    """
    numbers = [cell for cell in cells if _NUMBER.fullmatch(cell.strip())]
    decimals = [number for number in numbers if "." in number or "," in number]
    return len(decimals) >= 2 and 2 * len(numbers) >= len(cells)
