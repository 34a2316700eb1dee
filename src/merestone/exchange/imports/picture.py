"""What the pictures of files and deliveries share: the window, one scale with north up, filled outlines, a bar."""

import math
from collections.abc import Iterable
from typing import Any, Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from merestone.geodesy import metres_per_degree

SUFFIXES: Final = (".svg", ".png", ".pdf")
SMALLEST_DEG: Final = 0.0005
"""A single point is shown in a window this wide, about 50 m."""


def is_drawable(geometry: BaseGeometry | None) -> bool:
    """Whether there is a place that a picture can show."""
    return geometry is not None and not geometry.is_empty and bool(np.isfinite(geometry.bounds).all())


def window_of(geometries: Iterable[BaseGeometry | None]) -> tuple[float, float, float, float]:
    """West, south, east, north in degrees, a tenth larger than what is drawn."""
    west, south, east, north = shapely.total_bounds(np.array(list(geometries), dtype=object))
    margin_lon, margin_lat = max(east - west, SMALLEST_DEG) * 0.1, max(north - south, SMALLEST_DEG) * 0.1
    return west - margin_lon, south - margin_lat, east + margin_lon, north + margin_lat


def fill(axes: Any, polygons: Iterable[BaseGeometry], look: dict[str, Any]) -> None:
    """Fill polygons as one path, holes left open; thousands are drawn as fast as one."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path as Outline

    # Holes against their shell, or they would be filled.
    turned: Any = shapely.orient_polygons(np.array(list(polygons), dtype=object))
    rings = [shapely.get_coordinates(ring) for ring in shapely.get_rings(turned)]
    if not rings:
        return
    axes.add_patch(PathPatch(Outline.make_compound_path(*(Outline(ring, closed=True) for ring in rings)), **look))


def parts_of(geometry: BaseGeometry | None) -> list[Any]:
    """The points, lines and polygons of a geometry."""
    if geometry is None:
        return []
    parts: list[Any] = []
    for part in shapely.get_parts(geometry):
        parts += parts_of(part) if part.geom_type.startswith(("Multi", "Geometry")) else [part]
    return [part for part in parts if not part.is_empty]


def finish(axes: Any, window: tuple[float, float, float, float], title: str) -> None:
    """Set the window, the ratio of degrees there, and degrees with their letters at the edges."""
    west, south, east, north = window
    lon_m, lat_m = metres_per_degree(min(max((south + north) / 2, -89.0), 89.0))
    axes.set_xlim(west, east)
    axes.set_ylim(south, north)
    axes.set_aspect(lat_m / lon_m, adjustable="box")
    axes.set_title(title, fontsize=8)
    axes.tick_params(labelsize=6)
    axes.xaxis.set_major_formatter(lambda value, _: f"{abs(value):.4f}\u00b0{'W' if value < 0 else 'E'}")
    axes.yaxis.set_major_formatter(lambda value, _: f"{abs(value):.4f}\u00b0{'S' if value < 0 else 'N'}")
    axes.locator_params(nbins=4)


def scale_bar(axes: Any, window: tuple[float, float, float, float]) -> None:
    """A bar of 1, 2 or 5 times a power of ten metres, and where north is."""
    west, south, east, north = window
    lon_m = float(metres_per_degree(min(max((south + north) / 2, -89.0), 89.0))[0])
    bar_m = _round_down(float(east - west) * lon_m / 3)
    x, y = west + (east - west) * 0.05, south + (north - south) * 0.05
    axes.plot([x, x + bar_m / lon_m], [y, y], "-|", color="black", linewidth=1.5)
    text = f"{bar_m / 1000:g} km" if bar_m >= 1000 else f"{bar_m:g} m"
    axes.annotate(f"{text}, north up", (x + bar_m / lon_m, y), (4, 3), textcoords="offset points", fontsize=7)


def _round_down(length_m: float) -> float:
    """1, 2 or 5 times a power of ten, no larger."""
    power = 10.0 ** math.floor(math.log10(length_m))
    return next(step * power for step in (5.0, 2.0, 1.0) if step * power <= length_m)
