"""A small picture of records for a notebook: their outlines as SVG, hazards hatched and released land plain."""

from collections.abc import Sequence
from html import escape
from typing import Any, Final

import numpy as np
import shapely

from merestone.geodesy import metres_per_degree
from merestone.register.events.framed_record import FramedRecord

WIDTH: Final = 420.0
HEIGHT: Final = 260.0
MOST_OUTLINES: Final = 3_000
"""Of more records, boxes around the outlines are drawn."""
_SMALLEST: Final = 2.5
_HAZARD: Final = 'fill="url(#merestone-hazard)" stroke="#b30000"'
_RELEASED: Final = 'fill="#dfe9df" stroke="#5b6b73" stroke-dasharray="3 2"'
_DEFS: Final = (
    '<defs><pattern id="merestone-hazard" width="6" height="6" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><rect width="6" height="6" fill="#f6d9d2"/>'
    '<rect width="2" height="6" fill="#b30000"/></pattern></defs>'
)


def picture(records: Sequence[FramedRecord], title: str) -> str:
    """The outlines of records, straight in longitude and latitude; empty where none has a place."""
    shapes: Any = np.array([record.geometry for record in records], dtype=object)
    bounds = shapely.bounds(shapes) if len(shapes) else np.empty((0, 4))
    is_placed = np.isfinite(bounds).all(axis=1)
    if not is_placed.any():
        return ""
    west, south = bounds[is_placed, :2].min(axis=0)
    east, north = bounds[is_placed, 2:].max(axis=0)
    per_lon_m, per_lat_m = metres_per_degree(float(np.clip((south + north) / 2, -85, 85)))
    unit_m = max((east - west) * per_lon_m / (WIDTH - 20), (north - south) * per_lat_m / (HEIGHT - 20), 1.0)
    middle = np.array([(west + east) / 2, (south + north) / 2])
    scale = np.array([per_lon_m, -per_lat_m]) / unit_m
    centre = np.array([WIDTH / 2, HEIGHT / 2])
    paths: dict[bool, list[str]] = {True: [], False: []}
    for i in np.flatnonzero(is_placed).tolist():
        corners = (bounds[i].reshape(2, 2) - middle) * scale + centre
        size = np.abs(corners[1] - corners[0])
        if len(records) > MOST_OUTLINES or size.max() < _SMALLEST:
            (x, y), (wide, high) = corners.min(axis=0), np.maximum(size, _SMALLEST)
            path = f"M{x:.1f} {y:.1f}h{wide:.1f}v{high:.1f}h{-wide:.1f}z"
        else:
            path = "".join(_paths(shapes[i], lambda lonlat: (lonlat - middle) * scale + centre))
        paths[records[i].kind.is_hazard].append(path)
    drawn = "".join(
        f'<path {look} stroke-width="1" fill-rule="evenodd" d="{"".join(paths[is_hazard])}"/>'
        for is_hazard, look in ((False, _RELEASED), (True, _HAZARD))
        if paths[is_hazard]
    )
    ground = f'<rect width="{WIDTH:g}" height="{HEIGHT:g}" fill="#f7f5f0"/>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" width="{WIDTH:g}" role="img">'
        f"<title>{escape(title)}</title>{_DEFS}{ground}{drawn}</svg>"
    )


def _paths(shape: Any, to_drawing: Any) -> list[str]:
    """Rings and lines as paths, to a tenth of a unit."""
    lines = shapely.get_parts(shapely.boundary(shape) if shapely.get_dimensions(shape) == 2 else shape)
    out = []
    for line in lines:
        places = np.round(to_drawing(shapely.get_coordinates(line)), 1)
        keep = np.concatenate([[True], (np.diff(places, axis=0) != 0).any(axis=1)])
        out.append("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places[keep]))
    return out
