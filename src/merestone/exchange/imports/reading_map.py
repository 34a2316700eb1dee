"""A picture of how a file was read: on the left the places as the file has them, on the right what would be recorded.

Drawn by Matplotlib at one scale, north up, as SVG or PNG. Nothing is told by colour alone.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
import numpy as np
import shapely
from matplotlib.figure import Figure
from shapely.geometry.base import BaseGeometry

from merestone.geodesy import metres_per_degree, widen
from merestone.terms import WIDENED_M, FieldRefused, FileRefused

SUFFIXES: Final = (".svg", ".png", ".pdf")
SMALLEST_DEG: Final = 0.0005
"""A single point is shown in a window this wide, about 50 m."""
_AS_READ: Final = {"color": "#1b5e8f", "linewidth": 1.2}
_RECORDED: Final = {"edgecolor": "#b30000", "facecolor": "#f2c9a0", "hatch": "////", "linewidth": 1.2}
_WARNED: Final = {"edgecolor": "#7a7a7a", "facecolor": "none", "linestyle": ":", "linewidth": 0.9}


@dataclass(frozen=True, slots=True)
class DrawnRow:
    """One row to draw."""

    row: int
    as_read: BaseGeometry | None
    """The place as the file has it, longitude and latitude on WGS 84; None if it has none."""
    recorded: BaseGeometry | None
    """What the register would hold; None if the row would be put in quarantine."""
    accuracy_m: float | None = None
    """Metres, 95 %; None: not stated."""


def write_reading_map(path: Path, rows: Sequence[DrawnRow], *, title: str, suffix: str) -> None:
    """Draw the rows into a new file, as SVG, PNG or PDF by `suffix`.

    Raises
    ------
    FieldRefused
        Another suffix.
    FileRefused
        No row has a place.
    """
    if suffix.lower() not in SUFFIXES:
        raise FieldRefused("suffix", suffix, "is not a kind of picture", f"name the picture {', '.join(SUFFIXES)}")
    as_read = [row.as_read for row in rows if _is_drawable(row.as_read)]
    recorded = [row.recorded for row in rows if _is_drawable(row.recorded)]
    if not as_read and not recorded:
        raise FileRefused(path, "no row has a place to draw", "see the report for why")
    warned = [_warned(row) for row in rows if _is_drawable(row.recorded)]
    window = _window([*as_read, *recorded, *(area for area in warned if area is not None)])
    with mpl.rc_context({"svg.hashsalt": "merestone", "svg.fonttype": "none", "hatch.linewidth": 0.4}):
        figure = Figure(figsize=(9.0, 5.0), layout="constrained")
        left, right = figure.subplots(1, 2, sharex=True, sharey=True)
        for geometry in as_read:
            _draw_lines(left, geometry)
        for row in rows:
            if _is_drawable(row.recorded):
                _draw_recorded(right, row)
        _finish(left, window, "as the file has it")
        _finish(right, window, "as it would be recorded (dotted: with its accuracy)")
        _scale_bar(right, window)
        figure.suptitle(title, fontsize=9)
        metadata: Any = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}.get(suffix.lower())
        figure.savefig(path, format=suffix.lower()[1:], metadata=metadata, dpi=130, bbox_inches="tight")


def _is_drawable(geometry: BaseGeometry | None) -> bool:
    return geometry is not None and not geometry.is_empty and bool(np.isfinite(geometry.bounds).all())


def _window(geometries: Iterable[BaseGeometry | None]) -> tuple[float, float, float, float]:
    """West, south, east, north in degrees, a tenth larger than what is drawn."""
    west, south, east, north = shapely.total_bounds(np.array(list(geometries), dtype=object))
    margin_lon, margin_lat = max(east - west, SMALLEST_DEG) * 0.1, max(north - south, SMALLEST_DEG) * 0.1
    return west - margin_lon, south - margin_lat, east + margin_lon, north + margin_lat


def _draw_lines(axes: Any, geometry: BaseGeometry | None) -> None:
    for part in _parts(geometry):
        if part.geom_type == "Point":
            axes.plot(part.x, part.y, "x", **_AS_READ)
            continue
        rings = shapely.get_rings(part) if part.geom_type == "Polygon" else [part]
        for ring in rings:
            xy = shapely.get_coordinates(ring)
            axes.plot(xy[:, 0], xy[:, 1], "-", marker=".", markersize=3, **_AS_READ)


def _draw_recorded(axes: Any, row: DrawnRow) -> None:
    assert row.recorded is not None
    for part in _parts(row.recorded):
        if part.geom_type == "Polygon":
            _fill(axes, part, _RECORDED)
        elif part.geom_type == "Point":
            axes.plot(part.x, part.y, "o", color="#b30000", markersize=4)
        else:
            xy = shapely.get_coordinates(part)
            axes.plot(xy[:, 0], xy[:, 1], "-", color="#b30000", linewidth=2)
    for part in _parts(_warned(row)):
        _fill(axes, part, _WARNED)


def _warned(row: DrawnRow) -> BaseGeometry | None:
    """The recorded place widened by its accuracy; None where there is nothing to widen by."""
    by_m = WIDENED_M if row.accuracy_m is None or math.isnan(row.accuracy_m) else row.accuracy_m
    return widen(row.recorded, by_m) if row.recorded is not None and by_m > 0 else None


def _fill(axes: Any, polygon: BaseGeometry, look: dict[str, Any]) -> None:
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path as Outline

    turned: Any = shapely.orient_polygons(polygon)  # holes against their shell, or they would be filled
    rings = [shapely.get_coordinates(ring) for ring in shapely.get_rings(turned)]
    axes.add_patch(PathPatch(Outline.make_compound_path(*(Outline(ring, closed=True) for ring in rings)), **look))


def _parts(geometry: BaseGeometry | None) -> list[Any]:
    if geometry is None:
        return []
    parts: list[Any] = []
    for part in shapely.get_parts(geometry):
        parts += _parts(part) if part.geom_type.startswith(("Multi", "Geometry")) else [part]
    return [part for part in parts if not part.is_empty]


def _finish(axes: Any, window: tuple[float, float, float, float], title: str) -> None:
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


def _scale_bar(axes: Any, window: tuple[float, float, float, float]) -> None:
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
