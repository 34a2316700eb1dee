"""A file of one or two rows has no others that could tell whether longitude and latitude stand in the right columns."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import shapely

from merestone.exchange.imports.far_rows import town_beside
from merestone.exchange.imports.stated_country import is_in_stated_country
from merestone.exchange.meaning.contradiction import Bounds, is_around
from merestone.exchange.rows.row import Row

_FEW: Final = 2


def few_rows_note(
    rows: Sequence[Row], axis_columns: tuple[str, str] | None, recorded: Callable[[], Bounds | None]
) -> str | None:
    """Where the first of so few rows lies as it was read, and where with its numbers swapped; None if that is settled.

    Parameters
    ----------
    axis_columns
        The columns of longitude and latitude; None where places come otherwise.
    recorded
        Gives west, south, east, north of the records that the register holds; None if it holds none.
    """
    if axis_columns is None or not 0 < len(rows) <= _FEW:
        return None
    row = next((row for row in rows if row.geometry is not None and not row.geometry.is_empty), None)
    if row is None:
        return None
    lon_deg, lat_deg = (float(x) for x in shapely.get_coordinates(row.geometry)[0])
    is_usable = np.isfinite([lon_deg, lat_deg]).all() and abs(lon_deg) <= 90.0 and abs(lat_deg) <= 90.0
    if not is_usable or lon_deg == lat_deg or is_in_stated_country(row.attributes, lon_deg, lat_deg):
        return None
    bounds = recorded()
    if bounds is not None and is_around((lon_deg, lat_deg), bounds):
        return None
    read = f"row {row.number} lies at {lon_deg:.4f} E {lat_deg:.4f} N{town_beside(lon_deg, lat_deg)}"
    swapped = f"with {axis_columns[0]} and {axis_columns[1]} swapped"
    if bounds is not None and is_around((lat_deg, lon_deg), bounds):
        return f"{read}, and {swapped} among the register's records; see whether its coordinates are right"
    return (
        f"{read}; {swapped} it would lie at {lat_deg:.4f} E {lon_deg:.4f} N{town_beside(lat_deg, lon_deg)}: so few "
        "rows cannot tell which is right, see where it lies with --preview"
    )
