"""Coordinates that contradict themselves are refused with the reason, and never turned into what they may mean."""

import re
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from merestone.exchange.places.measures import words_of
from merestone.exchange.rows.row import Fault

NULL_ISLAND_DEG: Final = 1e-6
"""A point this near to 0, 0 (11 cm) is a place that was not filled in."""
_FAR_CORNER_DEG: Final = 1.0
"""An outline with a corner at exactly 0, 0 that reaches farther than this has a corner that was not filled in."""
_MOST_DEG: Final = 400.0
"""Longitudes that run on past 180 degrees end before this."""
_AROUND_DEG: Final = 2.0
"""What lies this near to the records of a register lies among them."""
_SILENT_NAMES: Final = frozenset({("x",), ("y",), ("coord", "x"), ("coord", "y"), ("x", "coord"), ("y", "coord")})
Bounds = tuple[float, float, float, float]
_DATE_CELL: Final = re.compile(
    r"\d{1,2}[-/. ](?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*(?:[-/. ]\d{2,4})?"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*[-/. ]\d{1,4}"
    r"|\d{4}-\d{1,2}-\d{1,2}(?:[T ].*)?|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}(?: .*)?|\d{1,2}:\d{2}(?::\d{2})?",
    re.IGNORECASE,
)


def at_null_island(geometries: NDArray[Any]) -> NDArray[np.bool_]:
    """Shape (n,): which are points at 0, 0, or outlines with a corner there that lie elsewhere.

    Data that lies around 0 N 0 E on purpose, as exercises do, is none of these.
    """
    bounds = shapely.bounds(geometries)
    with np.errstate(invalid="ignore"):
        is_dot: NDArray[np.bool_] = np.asarray((np.abs(bounds) <= NULL_ISLAND_DEG).all(axis=1))
        spans = (bounds[:, :2] <= 0).all(axis=1) & (bounds[:, 2:] >= 0).all(axis=1)
        is_far = (np.abs(bounds) > _FAR_CORNER_DEG).any(axis=1)
    for at in np.flatnonzero(spans & is_far & ~is_dot):
        corners = shapely.get_coordinates(geometries[at])
        is_dot[at] = bool((np.abs(corners) <= NULL_ISLAND_DEG).all(axis=1).any())
    return is_dot


def beyond_degrees(geometries: NDArray[Any]) -> NDArray[np.bool_]:
    """Shape (n,): which have a coordinate that can be no degree, however one turns it."""
    out = np.zeros(len(geometries), bool)
    coordinates, owner = shapely.get_coordinates(geometries, return_index=True)
    with np.errstate(invalid="ignore"):
        too_large = (np.abs(coordinates) > _MOST_DEG).any(axis=1) & ~np.isinf(coordinates).any(axis=1)
    out[owner[too_large]] = True
    return out


def null_island_fault(geometry: BaseGeometry) -> Fault:
    """Why a place at 0, 0 is refused."""
    if len(shapely.get_coordinates(geometry)) == 1:
        text = "longitude and latitude are both 0: a place that was not filled in; correct it in the file"
    else:
        text = (
            "one of its corners has longitude and latitude 0: a corner that was not filled in; correct it in the file"
        )
    return Fault("null_island", text)


def explained(fault: Fault) -> Fault:
    """A fault of a number that a spreadsheet turned into a date, in words that say so."""
    if fault.code != "unreadable_position":
        return fault
    cell = next((text for text in re.findall(r"'([^']*)'", fault.message) if _DATE_CELL.fullmatch(text.strip())), None)
    if cell is None:
        return fault
    message = (
        f"{cell!r} stands where a coordinate belongs: a spreadsheet turned the number into a date; "
        "format the column as text before the numbers are entered, and export it again"
    )
    return Fault("number_became_date", message)


def ambiguous_axes(columns: tuple[str, str], places: NDArray[np.float64], recorded: Bounds | None) -> str | None:
    """Why it cannot be told which of two columns is the longitude; None where it can.

    Columns named x and y do not say so: GIS programs write the longitude as x, surveyors the northing. Where the
    numbers would fit both ways, only what is recorded already can tell.

    Parameters
    ----------
    columns
        The columns that were read as longitude and latitude.
    places : shape (n, 2)
        As they were read, degrees.
    recorded
        West, south, east, north of the records that the register holds; None if it holds none.
    """
    if not all(_without_numbers(column) in _SILENT_NAMES for column in columns):
        return None
    known = places[np.isfinite(places).all(axis=1)]
    known = known[(np.abs(known) <= (180.0, 90.0)).all(axis=1) & (known != 0).any(axis=1)]
    if not len(known) or (np.abs(known[:, 0]) > 90.0).any() or np.ptp(np.abs(known), axis=1).max() == 0:
        return None
    lon_deg, lat_deg = np.median(known, axis=0).tolist()
    ways = (
        f"read as longitude and latitude the file lies near {lon_deg:.2f} E {lat_deg:.2f} N, the other way round near "
    )
    ways += f"{lat_deg:.2f} E {lon_deg:.2f} N"
    x, y = columns
    if recorded is not None and is_around((lon_deg, lat_deg), recorded):
        return None
    if recorded is not None and is_around((lat_deg, lon_deg), recorded):
        return f"{x} seems to be the northing: {ways}, where the register's records lie"
    return f"columns {x} and {y} do not say which of them is the longitude: {ways}"


def _without_numbers(column: str) -> tuple[str, ...]:
    """The words of a name without the number of a corner, such as that of x1."""
    name_words = (word.rstrip("0123456789") for word in words_of(column))
    return tuple(word for word in name_words if word)


def is_around(place: tuple[float, float], bounds: Bounds) -> bool:
    """Whether a place lies among records with these bounds, or within two degrees of them."""
    west, south, east, north = bounds
    return (
        west - _AROUND_DEG <= place[0] <= east + _AROUND_DEG and south - _AROUND_DEG <= place[1] <= north + _AROUND_DEG
    )


def out_of_range(geometry: BaseGeometry, middle: tuple[float, float] | None) -> Fault:
    """Why coordinates that are no place on WGS 84 are refused.

    Parameters
    ----------
    middle
        Longitude and latitude around which the file's other rows lie, if any do.
    """
    coordinates = shapely.get_coordinates(geometry)
    known = coordinates[np.isfinite(coordinates).all(axis=1)]
    x, y = (known[np.argmax(np.abs(known).max(axis=1))] if len(known) else np.nan_to_num(coordinates[0])).tolist()
    if middle is not None and (meant := _with_decimal_point(x, y, middle)) is not None:
        text = (
            f"{_shown(x)}, {_shown(y)} is not a place on WGS 84; a decimal point was lost, for the other rows of the "
            f"file lie near {meant[0]:g}, {meant[1]:g}; correct it in the file"
        )
        return Fault("lost_decimal_point", text)
    if 100_000 <= abs(x) <= 100_000_000 and 0 <= abs(y) <= 100_000_000 and max(abs(x), abs(y)) >= 100_000:
        text = (
            f"{_shown(x)}, {_shown(y)} are not degrees: they look like metres of a projection such as UTM; "
            "name it with --crs, such as --crs EPSG:32633, or restore the decimal point if one was lost"
        )
        return Fault("outside_wgs84", text)
    text = (
        f"{_shown(x)}, {_shown(y)} is not a place on WGS 84: a longitude lies within -180 and 180 degrees, "
        "a latitude within -90 and 90; was a decimal point lost?"
    )
    return Fault("outside_wgs84", text)


def _with_decimal_point(x: float, y: float, middle: tuple[float, float]) -> tuple[float, float] | None:
    """The place among the others that the same digits mean with a decimal point elsewhere, or None."""
    contradictions = []
    for value, near in ((x, middle[0]), (y, middle[1])):
        tries = [value / 10**power for power in range(13)]
        best = min(tries, key=lambda number: abs(number - near))
        if abs(best - near) > 5.0:
            return None
        contradictions.append(best)
    return contradictions[0], contradictions[1]


def _shown(number: float) -> str:
    return f"{number:.10g}"
