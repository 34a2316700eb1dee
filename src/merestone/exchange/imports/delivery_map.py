"""A picture of a new delivery beside what the register holds: unchanged, changed, new and gone on one map.

Drawn by Matplotlib, north up, as SVG, PNG or PDF. Each has a hatch or a line of its own, so that it reads in grey, too;
what is too small to be seen at the scale of the whole has a mark.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
import numpy as np
import shapely
from matplotlib.figure import Figure
from shapely.geometry.base import BaseGeometry

from merestone.exchange.imports.comparison import ComparedOutlines
from merestone.exchange.imports.picture import SUFFIXES, fill, finish, is_drawable, parts_of, scale_bar, window_of
from merestone.terms import FieldRefused, FileRefused

_VISIBLE: Final = 1 / 100
"""A shape smaller than this part of the window's longer side has a mark."""


@dataclass(frozen=True, slots=True)
class _Look:
    """How outlines of one sort are drawn."""

    label: str
    line: dict[str, Any]
    """Of the outline."""
    area: dict[str, Any]
    """Of what is inside."""
    mark: str = ""
    """Matplotlib's name of the mark on what is small; none if it need not be seen."""


_LOOKS: Final = {
    "unchanged": _Look("unchanged", {"color": "#7a7a7a", "linewidth": 0.6}, {"facecolor": "#e6e6e6"}),
    "moved_on": _Look(
        "recorded as something else now; not touched",
        {"color": "#5b4b8a", "linewidth": 0.9, "linestyle": ":"}, {"facecolor": "none", "hatch": "--"}, "D",
    ),
    "changed_before": _Look(
        "changed: as recorded so far", {"color": "#1b5e8f", "linewidth": 1.0, "linestyle": "--"}, {"facecolor": "none"}
    ),
    "changed_after": _Look(
        "changed: as this delivery has it",
        {"color": "#1b5e8f", "linewidth": 1.4}, {"facecolor": "none", "hatch": "////"}, "s",
    ),
    "new": _Look("new", {"color": "#b30000", "linewidth": 1.4}, {"facecolor": "#f2c9a0", "hatch": "...."}, "^"),
    "gone": _Look(
        "gone from the delivery; recorded still, and warns",
        {"color": "#000000", "linewidth": 1.2, "linestyle": "-."}, {"facecolor": "none", "hatch": "xxxx"}, "X",
    ),
}  # fmt: skip
"""In the order in which they are drawn: what somebody must look at lies on top."""


def write_delivery_map(path: Path, outlines: ComparedOutlines, *, title: str, suffix: str) -> None:
    """Draw a compared delivery into a new file, as SVG, PNG or PDF by `suffix`.

    Raises
    ------
    FieldRefused
        Another suffix.
    FileRefused
        There is no outline to draw.
    """
    if suffix.lower() not in SUFFIXES:
        raise FieldRefused("suffix", suffix, "is not a kind of picture", f"name the picture {', '.join(SUFFIXES)}")
    sorts = {name: list(filter(is_drawable, getattr(outlines, name))) for name in _LOOKS}
    if not any(sorts.values()):
        raise FileRefused(path, "no row has a place to draw", "see the report for why")
    window = window_of([geometry for geometries in sorts.values() for geometry in geometries])
    with mpl.rc_context({"svg.hashsalt": "merestone", "svg.fonttype": "none", "hatch.linewidth": 0.4}):
        figure = Figure(figsize=(7.0, 7.0), layout="constrained")
        axes = figure.subplots()
        for name, geometries in sorts.items():
            _draw(axes, geometries, _LOOKS[name], window)
        finish(axes, window, "")
        scale_bar(axes, window)
        _legend(figure, {name: len(geometries) for name, geometries in sorts.items() if geometries})
        figure.suptitle(title, fontsize=9)
        metadata: Any = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}.get(suffix.lower())
        figure.savefig(path, format=suffix.lower()[1:], metadata=metadata, dpi=130, bbox_inches="tight")


def _draw(
    axes: Any, geometries: Sequence[BaseGeometry], look: _Look, window: tuple[float, float, float, float]
) -> None:
    parts = [part for geometry in geometries for part in parts_of(geometry)]
    line = dict(look.line)
    colour = line.pop("color")
    fill(axes, [part for part in parts if part.geom_type == "Polygon"], {**line, **look.area, "edgecolor": colour})
    for part in parts:
        if part.geom_type not in {"Polygon", "Point"}:
            xy = shapely.get_coordinates(part)
            axes.plot(xy[:, 0], xy[:, 1], **look.line)
    west, south, east, north = window
    bounds = shapely.bounds(np.array(geometries, dtype=object).reshape(-1))
    sizes = np.maximum(bounds[:, 2] - bounds[:, 0], bounds[:, 3] - bounds[:, 1])
    is_small = sizes < max(east - west, north - south) * _VISIBLE
    middle = (bounds[is_small, :2] + bounds[is_small, 2:]) / 2
    mark = look.mark or ("." if any(part.geom_type == "Point" for part in parts) else "")
    if mark and len(middle):
        axes.plot(*middle.T, mark, color=colour, markersize=5, markerfacecolor="none", markeredgewidth=1.0)


def _legend(figure: Figure, counts: dict[str, int]) -> None:
    """What each look means, and how many there are; a line for each."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: list[Any] = []
    labels = []
    for name, count in counts.items():
        look = _LOOKS[name]
        line = dict(look.line)
        patch = Patch(edgecolor=line.pop("color"), **line, **look.area)
        mark = Line2D([], [], color=look.line["color"], marker=look.mark, markerfacecolor="none", linestyle="none")
        handles.append((patch, mark) if look.mark else patch)
        labels.append(f"{look.label}: {count:,}")
    figure.legend(handles, labels, loc="outside lower center", ncols=1, fontsize=8, frameon=False, handlelength=3)
