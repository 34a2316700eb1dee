"""A change of outline as a drawing: before and after at one scale, north up, as SVG that a page can hold.

Before is dashed, after is hatched: nothing is told by colour alone. Looks are attributes and classes, not styles, so
that a page's content policy lets them be.
"""

import math
from collections.abc import Iterator

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from merestone.geodesy import metres_per_degree
from merestone.languages import gettext

WIDTH, HEIGHT, MARGIN = 320, 220, 14
"""The drawing's size in its own units; a page scales it."""
SMALLEST_M = 20.0
"""A single point is drawn as if it were in a field this wide, in metres."""


def outlines_svg(before: BaseGeometry | None, after: BaseGeometry | None, *, title: str) -> str:
    """Draw an outline before and after a change; either may be absent.

    Parameters
    ----------
    before, after
        Longitude and latitude, degrees on WGS 84.
    title
        What a screen reader says of it.

    Raises
    ------
    ValueError
        Both are absent.
    """
    outlines = [outline for outline in (before, after) if outline is not None and not outline.is_empty]
    if not outlines:
        raise ValueError("there is no outline to draw; give at least one")
    west, south, east, north = shapely.total_bounds(np.array(outlines, dtype=object))
    lon_m, lat_m = metres_per_degree((south + north) / 2)
    width_m, height_m = max((east - west) * lon_m, SMALLEST_M), max((north - south) * lat_m, SMALLEST_M)
    scale = min((WIDTH - 2 * MARGIN) / width_m, (HEIGHT - 3 * MARGIN) / height_m)
    middle = ((west + east) / 2, (south + north) / 2)

    def placed(coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
        x = WIDTH / 2 + (coordinates[:, 0] - middle[0]) * lon_m * scale
        y = (HEIGHT - MARGIN) / 2 - (coordinates[:, 1] - middle[1]) * lat_m * scale
        return np.column_stack([x, y])

    def drawn(outline: BaseGeometry | None, look: str) -> str:
        return "" if outline is None else "".join(_shapes(shapely.transform(shapely.force_2d(outline), placed), look))

    bar_m = _round_down((WIDTH - 2 * MARGIN) / scale / 3)
    foot, end = HEIGHT - 10, round(MARGIN + bar_m * scale, 1)
    text = f"{bar_m / 1000:g} km" if bar_m >= 1000 else f"{bar_m:g} m"
    north_up = _escaped(gettext("north up"))
    return (
        f'<svg class="outlines" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" xmlns="http://www.w3.org/2000/svg">'
        f"<title>{_escaped(title)}</title>"
        '<defs><pattern id="after-hatch" width="6" height="6" patternUnits="userSpaceOnUse">'
        '<path d="M0 6 L6 0" stroke="#b87400" stroke-width="1"/></pattern></defs>'
        f"{drawn(after, 'after')}{drawn(before, 'before')}"
        f'<path class="bar" d="M{MARGIN} {foot - 4} V{foot} H{end} V{foot - 4}" fill="none" stroke="currentColor"/>'
        f'<text x="{end + 5}" y="{foot}" font-size="11" fill="currentColor">{text}</text>'
        f'<text x="{WIDTH - MARGIN}" y="{foot}" font-size="11" text-anchor="end" fill="currentColor">{north_up}</text>'
        "</svg>"
    )


_LOOKS = {
    "before": 'fill="none" stroke="#5b6b73" stroke-width="2" stroke-dasharray="6 4"',
    "after": 'fill="url(#after-hatch)" stroke="#b30000" stroke-width="2.5"',
}


def _shapes(outline: BaseGeometry, look: str) -> Iterator[str]:
    for part in shapely.get_parts(outline):
        match part.geom_type:
            case "Polygon":
                rings = "".join(f"{_path(ring.coords)}Z" for ring in (part.exterior, *part.interiors))
                yield f'<path class="{look}" d="{rings}" fill-rule="evenodd" {_LOOKS[look]}/>'
            case "Point":
                radius = 9 if look == "before" else 5
                yield f'<circle class="{look}" cx="{part.x:.1f}" cy="{part.y:.1f}" r="{radius}" {_LOOKS[look]}/>'
            case "LineString":
                line = _LOOKS[look].replace("url(#after-hatch)", "none")
                yield f'<path class="{look}" d="{_path(part.coords)}" {line}/>'
            case _:  # a collection within a collection
                yield from _shapes(part, look)


def _path(coordinates: object) -> str:
    points = np.asarray(coordinates)[:, :2]
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points.tolist())


def _round_down(metres: float) -> float:
    """1, 2 or 5 times a power of ten, no larger."""
    power = 10.0 ** math.floor(math.log10(metres))
    return next(step * power for step in (5.0, 2.0, 1.0) if step * power <= metres)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
