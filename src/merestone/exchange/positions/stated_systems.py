"""The reference system that each row of a batch states in a column of its own: honoured, or the answer is unknown."""

from collections.abc import Collection
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from merestone.exchange.formats._table_header import cell_text
from merestone.exchange.places.arrow_positions import Positions
from merestone.exchange.places.system_column import is_same_name, stated_system, system_column
from merestone.exchange.rows.arrow_column import decoded
from merestone.exchange.rows.arrow_value import attribute_values
from merestone.geodesy import distance_m

if TYPE_CHECKING:
    import pyarrow as pa

    from merestone.exchange.rows.reference import ToLonLat

_UTM: Final = ("EPSG:326", "EPSG:327")
"""Grids on WGS 84: degrees beside them are on the same datum."""


def systems_of(batch: "pa.RecordBatch") -> NDArray[Any] | None:
    """(n,) what each row states, as PROJ knows it; None of one that states WGS 84 or nothing. None: no row does."""
    at = system_column(batch.schema.names)
    if at is None:
        return None
    column = decoded(batch.column(at))
    name = batch.schema.names[at]
    encoded = column.dictionary_encode()
    stated = [stated_system(name, cell_text(value)) for value in attribute_values(encoded.dictionary)]
    if not any(stated):
        return None
    codes = np.asarray(encoded.indices.fill_null(len(stated)).to_numpy(zero_copy_only=False))
    systems: NDArray[Any] = np.array([*stated, None], dtype=object)[codes]
    return systems


def in_stated_systems(at: Positions, systems: NDArray[Any], own: Collection[str | None]) -> Positions:
    """Positions whose geometry says what it is in, beside a column that says otherwise: either may be right.

    The place may then lie as far off as the datums are apart, which is added to its accuracy. Of a system that PROJ
    does not know nobody can say how far, so the position is unknown.

    Parameters
    ----------
    systems
        (n,) of `systems_of`.
    own
        What the coordinates were read in.
    """
    lon_deg, shift_m = np.array(at.lon_deg, np.float64), np.array(at.shift_m, np.float64)
    unusable, reasons = np.array(at.unusable, bool), dict(at.reasons)
    for row in np.flatnonzero(systems.astype(bool)).tolist():
        system = systems[row]
        if system in own or not np.isfinite(lon_deg[row]):
            continue
        apart_m = apart_of_datums_m(system, float(lon_deg[row]), float(at.lat_deg[row]))
        if np.isnan(apart_m):
            lon_deg[row], unusable[row] = np.nan, True
            reasons[row] = (
                f"the row states {system}, which is not a known reference system, or not one of these numbers"
            )
        else:
            shift_m[row] += apart_m
    return replace(at, lon_deg=lon_deg, shift_m=shift_m, unusable=unusable, reasons=reasons)


def apart_of_datums_m(system: str, lon_deg: float, lat_deg: float) -> float:
    """How far a place on WGS 84 lies from the same degrees on the datum of a system; NaN if that is not known."""
    if system.startswith(_UTM):
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
