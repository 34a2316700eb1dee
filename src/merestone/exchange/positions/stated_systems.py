"""The reference system that each row of a batch states in a column of its own: honoured, or the answer is unknown."""

from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from merestone.exchange.formats._table_header import cell_text
from merestone.exchange.places.arrow_positions import Positions
from merestone.exchange.places.system_column import apart_of_datums_m, stated_system, system_column
from merestone.exchange.rows.arrow_column import decoded
from merestone.exchange.rows.arrow_value import attribute_values

if TYPE_CHECKING:
    import pyarrow as pa


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
