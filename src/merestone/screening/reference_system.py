"""Geometries that say what they are in (GeoPandas): brought to longitude and latitude on WGS 84, or refused.

A projection of WGS 84 is arithmetic: its straight edges are followed, and nothing of the accuracy is lost. Another
datum may lie hundreds of metres off, by an accuracy that only a file's reader knows how to add: that is refused here.
"""

from typing import Any, Final

import numpy as np

from merestone.terms import FieldRefused

LONGEST_EDGE_M: Final = 25.0
"""Over this length, an edge straight in a projection leaves the one in degrees by hundredths of a millimetre."""


def on_wgs84(geometries: Any, name: str = "geometries") -> Any:
    """The geometries in longitude and latitude; those that state no reference system are taken to be so already.

    Raises
    ------
    FieldRefused
        They are stated to be on another datum; or they state nothing, and are metres.
    """
    series = getattr(geometries, "geometry", geometries) if hasattr(geometries, "columns") else geometries
    crs = getattr(series, "crs", None)
    if crs is None:
        return series
    import pyproj  # here: who hands over plain geometries need not wait for it

    known = pyproj.CRS.from_user_input(crs)
    wgs84 = pyproj.CRS.from_user_input("OGC:CRS84")
    if known.equals(wgs84, ignore_axis_order=True):
        return series
    datum = known.geodetic_crs
    if datum is None or not datum.equals(wgs84, ignore_axis_order=True) or not known.is_projected:
        why = "are on another datum than WGS 84, which may lie hundreds of metres off"
        remedy = "bring them to WGS 84 (to_crs) and add what that may be off by to accuracy_m, or read the file itself"
        raise FieldRefused(name, known.name, why, remedy)
    per_unit_m = float(known.axis_info[0].unit_conversion_factor) or 1.0
    return np.asarray(series.segmentize(LONGEST_EDGE_M / per_unit_m).to_crs(wgs84), dtype=object)
