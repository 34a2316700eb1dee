"""Pairs of numbers of which neither their column nor their rows say which is the latitude: settled, or refused.

They are read as latitude, then longitude. What the register holds already, and the country that rows name, show if
that is right. Where nothing shows it, an outline of pairs is refused: read the wrong way it lies in another country,
and nobody is warned of where it is. One position in a cell is read by the rule that people know, and the report says
where it would lie otherwise.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from merestone.exchange.imports.far_rows import town_beside
from merestone.exchange.imports.stated_country import is_in_stated_country
from merestone.exchange.meaning.contradiction import Bounds, is_around
from merestone.exchange.places.text_geometry import ORDER_ASSUMED
from merestone.exchange.rows.row import Row

REMEDY: Final = (
    "say which is first in a mapping (--mapping FILE.yaml, the column as lat_lon or lon_lat), put lat and lon of one "
    "place of each beside it, or write WKT; nothing was recorded"
)


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be said of the order that was assumed."""

    refusal: str | None = None
    note: str | None = None


def order_of(first: Sequence[Row], assumed_columns: Sequence[str], recorded: Callable[[], Bounds | None]) -> Order:
    """Whether pairs that were read as latitude, then longitude, may stand.

    Parameters
    ----------
    first
        The first rows, as they were read.
    assumed_columns
        Columns with one position in a cell whose order was assumed.
    recorded
        Gives west, south, east, north of the records that the register holds; None if it holds none.
    """
    outlines = [row for row in first if ORDER_ASSUMED in row.remarks]
    rows = outlines or ([row for row in first if row.geometry is not None] if assumed_columns else [])
    rows = [row for row in rows if row.geometry is not None and not row.geometry.is_empty]
    if not rows:
        return Order()
    lon_deg, lat_deg = np.median([shapely.get_coordinates(row.geometry)[0][:2] for row in rows], axis=0).tolist()
    if (
        abs(lon_deg) > 90
        or lon_deg == lat_deg
        or any(is_in_stated_country(r.attributes, lon_deg, lat_deg) for r in rows)
    ):
        return Order()
    bounds = recorded()
    if bounds is not None and is_around((lon_deg, lat_deg), bounds):
        return Order()
    as_read, turned = town_beside(lon_deg, lat_deg), town_beside(lat_deg, lon_deg)
    ways = (
        f"read as latitude, then longitude, they lie near {lat_deg:.2f} N {lon_deg:.2f} E{as_read}, the other way "
        f"round near {lon_deg:.2f} N {lat_deg:.2f} E{turned}"
    )
    if bounds is not None and is_around((lat_deg, lon_deg), bounds):
        return Order(
            f"its pairs of numbers seem to be longitude, then latitude: {ways}, where the register's records lie"
        )
    if outlines:
        return Order(f"its pairs of numbers do not say which of them is the latitude: {ways}")
    return Order(note=f"{', '.join(assumed_columns)}: {ways}; see with --preview which is right")
