"""A picture of how a file was read: on the left the places as the file has them, on the right what would be recorded.

Drawn by Matplotlib at one scale, north up, as SVG or PNG. Nothing is told by colour alone.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
import shapely
from matplotlib.figure import Figure
from shapely.geometry.base import BaseGeometry

from merestone.exchange.imports.picture import SUFFIXES, fill, finish, is_drawable, parts_of, scale_bar, window_of
from merestone.geodesy import widen
from merestone.terms import WIDENED_M, FieldRefused, FileRefused

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
    as_read = [row.as_read for row in rows if is_drawable(row.as_read)]
    recorded = [row.recorded for row in rows if is_drawable(row.recorded)]
    if not as_read and not recorded:
        raise FileRefused(path, "no row has a place to draw", "see the report for why")
    warned = [_warned(row) for row in rows if is_drawable(row.recorded)]
    window = window_of([*as_read, *recorded, *(area for area in warned if area is not None)])
    with mpl.rc_context({"svg.hashsalt": "merestone", "svg.fonttype": "none", "hatch.linewidth": 0.4}):
        figure = Figure(figsize=(9.0, 5.0), layout="constrained")
        left, right = figure.subplots(1, 2, sharex=True, sharey=True)
        for geometry in as_read:
            _draw_lines(left, geometry)
        for row in rows:
            if is_drawable(row.recorded):
                _draw_recorded(right, row)
        finish(left, window, "as the file has it")
        finish(right, window, "as it would be recorded (dotted: with its accuracy)")
        scale_bar(right, window)
        figure.suptitle(title, fontsize=9)
        metadata: Any = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}.get(suffix.lower())
        figure.savefig(path, format=suffix.lower()[1:], metadata=metadata, dpi=130, bbox_inches="tight")


def _draw_lines(axes: Any, geometry: BaseGeometry | None) -> None:
    for part in parts_of(geometry):
        if part.geom_type == "Point":
            axes.plot(part.x, part.y, "x", **_AS_READ)
            continue
        rings = shapely.get_rings(part) if part.geom_type == "Polygon" else [part]
        for ring in rings:
            xy = shapely.get_coordinates(ring)
            axes.plot(xy[:, 0], xy[:, 1], "-", marker=".", markersize=3, **_AS_READ)


def _draw_recorded(axes: Any, row: DrawnRow) -> None:
    assert row.recorded is not None
    for part in parts_of(row.recorded):
        if part.geom_type == "Polygon":
            fill(axes, [part], _RECORDED)
        elif part.geom_type == "Point":
            axes.plot(part.x, part.y, "o", color="#b30000", markersize=4)
        else:
            xy = shapely.get_coordinates(part)
            axes.plot(xy[:, 0], xy[:, 1], "-", color="#b30000", linewidth=2)
    for part in parts_of(_warned(row)):
        fill(axes, [part], _WARNED)


def _warned(row: DrawnRow) -> BaseGeometry | None:
    """The recorded place widened by its accuracy; None where there is nothing to widen by."""
    by_m = WIDENED_M if row.accuracy_m is None or math.isnan(row.accuracy_m) else row.accuracy_m
    return widen(row.recorded, by_m) if row.recorded is not None and by_m > 0 else None
