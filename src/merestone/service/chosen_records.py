"""Records that somebody chose in the list, to see them on the map, to print them, or to take them along."""

import csv
import io
import math
from collections.abc import Sequence
from typing import Annotated, Final

import numpy as np
import shapely
from fastapi import Query

from merestone.languages import gettext
from merestone.register import Record, RecordUnknown
from merestone.service.holding import Holding, properties_of
from merestone.terms import SpokenRefused

CHOSEN_AT_MOST: Final = 200
"""Records that are chosen at once: as many as stand on one page of the list."""
Chosen = Annotated[list[str] | None, Query(description="identities of records that were chosen in the list")]
_NOMINAL_PX: Final = (600.0, 600.0)
"""How wide and high a map is at least on which what was chosen is to be seen whole, with some room around it."""
_CLOSEST: Final = 14.0
_TILE_PX: Final = 512
_MOST_LATITUDE_DEG: Final = 85.0


def chosen_of(holding: Holding, record_ids: Sequence[str] | None) -> tuple[Record, ...]:
    """The records with these identities, each once, in the order of the list; none for none.

    Raises
    ------
    FieldRefused
        They are more than a page of the list has.
    RecordUnknown
        One of them is not among what the viewer is shown: what was asked for is never silently less.
    """
    wanted = tuple(dict.fromkeys(record_ids or ()))
    if len(wanted) > CHOSEN_AT_MOST:
        why = gettext("are too many at once")
        raise SpokenRefused("chosen", len(wanted), why, gettext("choose {count} at the most", count=CHOSEN_AT_MOST))
    records = []
    for record_id in wanted:
        record = holding.by_id.get(record_id.upper())
        if record is None:
            raise RecordUnknown(record_id)
        records.append(record)
    return tuple(records)


def bounds_of(records: Sequence[Record]) -> tuple[float, float, float, float]:
    """West, south, east and north of some records, in degrees."""
    west, south, east, north = shapely.total_bounds(np.array([record.geometry for record in records], dtype=object))
    return float(west), float(south), float(east), float(north)


def view_of(bounds_deg: tuple[float, float, float, float]) -> tuple[float, float, float]:
    """Latitude and longitude of the middle, and the zoom at which a map of Web Mercator shows all within bounds.

    >>> view_of((17.0, 44.0, 17.0, 44.0))
    (44.0, 17.0, 14.0)
    """
    west, south, east, north = bounds_deg
    bottom, top = (_mercator_y(lat_deg) for lat_deg in (south, north))
    zooms = [
        math.log2(px * 0.8 / (_TILE_PX * span))
        for px, span in zip(_NOMINAL_PX, ((east - west) / 360, top - bottom), strict=True)
        if span > 0
    ]
    middle_lat_deg = math.degrees(math.atan(math.sinh(math.pi * (bottom + top))))
    return round(middle_lat_deg, 9), (west + east) / 2, max(0.0, min([*zooms, _CLOSEST]))


def _mercator_y(lat_deg: float) -> float:
    """Northward from the equator, in parts of the world's width."""
    lat_deg = min(max(lat_deg, -_MOST_LATITUDE_DEG), _MOST_LATITUDE_DEG)
    return math.asinh(math.tan(math.radians(lat_deg))) / (2 * math.pi)


def csv_text(records: Sequence[Record]) -> str:
    """A table of records for a spreadsheet or a GIS: their outlines as WKT, and what the list shows of them."""
    rows = [properties_of(record) for record in records]
    names = [name for name in rows[0] if name != "attributes"]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")  # RFC 4180
    writer.writerow(["wkt", *names])
    for record, row in zip(records, rows, strict=True):
        writer.writerow([shapely.to_wkt(record.geometry, rounding_precision=-1), *(row[name] for name in names)])
    return out.getvalue()
