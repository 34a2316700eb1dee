"""A small map as SVG: hazards with their outlines, and numbered places or ways with their answers. No outside server.

Nothing is told by colour alone: each class has a shape of its own. The map is a picture to find one's way in the list;
nobody may walk by it. Where outlines are too many to draw, boxes that contain them are drawn.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from merestone.geodesy import metres_per_degree
from merestone.screening import INSIDE, NEAR, NONE_RECORDED
from merestone.screening.kernel import Outlines
from merestone.terms import number_of

WIDTH: Final = 720.0
HEIGHT: Final = 430.0
MOST_OUTLINES: Final = 8_000
"""More hazards in view than these are drawn as boxes."""
MOST_NUMBERS: Final = 200
_LEAST_M: Final = 400.0
"""A map shows at least so much, from side to side."""
_SMALLEST: Final = 3.0
"""A hazard is drawn at least so large, in units of the drawing."""
_INK, _HAZARD, _BLUE = "#1b2a33", "#b30000", "#14506e"
_BARS_M: Final = [n * 10**e for e in range(1, 7) for n in (1, 2, 5)]


@dataclass(frozen=True, slots=True)
class Marked:
    """Something on the map: a place or a way, its number in the list, and its class."""

    number: int
    geometry: Any
    """Longitude and latitude on WGS 84, or None."""
    code: int


def answer_map(marks: Sequence[Marked], outlines: Outlines | None, *, title: str) -> str:
    """The map of these places and of the hazards around them; empty where nothing has a place."""
    placed = [mark for mark in marks if _is_placed(mark.geometry)]
    if not placed:
        return ""
    frame = _Frame.around(shapely.total_bounds([mark.geometry for mark in placed]))
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" '
            'font-family="system-ui, sans-serif" font-size="11">',
            f"<title>{escape(title)}</title>{_DEFS}",
            f'<rect width="{WIDTH:g}" height="{HEIGHT:g}" fill="#f7f5f0"/>',
            *_grid(frame),
            *([] if outlines is None else _hazards(frame, outlines)),
            *_marks(frame, placed),
            *_legend(frame),
            f'<rect x="0.5" y="0.5" width="{WIDTH - 1:g}" height="{HEIGHT - 1:g}" fill="none" stroke="{_INK}"/>',
            "</svg>",
        ]
    )


_DEFS: Final = (
    '<defs><pattern id="hazard" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    f'<rect width="6" height="6" fill="#f6d9d2"/><rect width="2" height="6" fill="{_HAZARD}"/></pattern></defs>'
)


def _is_placed(geometry: Any) -> bool:
    return geometry is not None and not geometry.is_empty and bool(np.isfinite(geometry.bounds).all())


@dataclass(frozen=True, slots=True)
class _Frame:
    """What part of the earth the drawing shows: straight in longitude and latitude, true to scale in its middle."""

    west: float
    south: float
    east: float
    north: float
    per_lon_m: float

    @classmethod
    def around(cls, bounds: NDArray[np.float64]) -> "_Frame":
        """The bounds with a margin, widened to the shape of the drawing."""
        west, south, east, north = (float(value) for value in bounds)
        middle = min(max((south + north) / 2, -85.0), 85.0)
        per_lon_m, per_lat_m = (float(value) for value in metres_per_degree(middle))
        width_m = max((east - west) * per_lon_m * 1.25, (north - south) * per_lat_m * 1.25 * WIDTH / HEIGHT, _LEAST_M)
        half_lon, half_lat = width_m / per_lon_m / 2, width_m * HEIGHT / WIDTH / per_lat_m / 2
        lon, lat = (west + east) / 2, (south + north) / 2
        return cls(lon - half_lon, lat - half_lat, lon + half_lon, lat + half_lat, per_lon_m)

    def at(self, lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, 2) places in units of the drawing."""
        x = (lonlat[:, 0] - self.west) / (self.east - self.west) * WIDTH
        y = (self.north - lonlat[:, 1]) / (self.north - self.south) * HEIGHT
        return np.column_stack([x, y])

    @property
    def width_m(self) -> float:
        """From side to side."""
        return (self.east - self.west) * self.per_lon_m


def _hazards(frame: _Frame, outlines: Outlines) -> Iterator[str]:
    box = outlines.bounds_deg
    in_view = np.flatnonzero(
        (box[:, 2] >= frame.west) & (box[:, 0] <= frame.east) & (box[:, 3] >= frame.south) & (box[:, 1] <= frame.north)
    )
    look = f'fill="url(#hazard)" stroke="{_HAZARD}" stroke-width="1.2" fill-rule="evenodd"'
    are_boxes = len(in_view) > MOST_OUTLINES
    paths = []
    for part in in_view:
        west, south, east, north = box[part]
        corners = frame.at(np.array([[west, north], [east, south]]))
        if are_boxes or (corners[1] - corners[0]).max() < _SMALLEST:
            (x, y), size = corners[0], np.maximum(corners[1] - corners[0], _SMALLEST)
            paths.append(f"M{x:.1f} {y:.1f}h{size[0]:.1f}v{size[1]:.1f}h{-size[0]:.1f}z")
            continue
        start, stop = int(outlines.part_start[part]), int(outlines.part_start[part + 1])
        lonlat = np.column_stack([outlines.lon_deg[start:stop], outlines.lat_deg[start:stop]])
        rings = np.split(lonlat, np.flatnonzero(outlines.ends[start : stop - 1]) + 1)
        paths += [_path(frame.at(ring), is_closed=bool(outlines.part_is_area[part])) for ring in rings]
    if paths:
        yield f'<path {look} d="{"".join(paths)}"/>'
    if are_boxes:
        text = f"{number_of(len(in_view), 'outline')} in view: boxes around them"
        yield f'<text x="8" y="{HEIGHT - 30:g}" fill="{_HAZARD}">{text}</text>'


def _path(places: NDArray[np.float64], *, is_closed: bool) -> str:
    """Places as a path, to a tenth of a unit, without those that fall on the one before."""
    near = np.clip(np.round(places, 1), -9e3, 9e3)
    keep = np.concatenate([[True], (np.diff(near, axis=0) != 0).any(axis=1)])
    text = "L".join(f"{x:.1f} {y:.1f}" for x, y in near[keep])
    return f"M{text}{'z' if is_closed else ''}"


def _marks(frame: _Frame, placed: Sequence[Marked]) -> Iterator[str]:
    """Ways first, then places: those that need attention are drawn last, above the others."""
    is_way = [mark.geometry.geom_type not in ("Point", "MultiPoint") for mark in placed]
    for mark, way in zip(placed, is_way, strict=True):
        if way:
            lines = _lines(mark.geometry)
            paths = "".join(_path(frame.at(shapely.get_coordinates(line)), is_closed=False) for line in lines)
            width = 2.5 if mark.code == NONE_RECORDED else 4
            dash = ' stroke-dasharray="7 4"' if mark.code not in (INSIDE, NEAR, NONE_RECORDED) else ""
            ink = _HAZARD if mark.code in (INSIDE, NEAR) else _BLUE
            yield f'<path d="{paths}" fill="none" stroke="{ink}" stroke-width="{width:g}"{dash}/>'
    order = sorted(placed, key=lambda mark: mark.code in (INSIDE, NEAR))
    is_numbered = len(placed) <= MOST_NUMBERS
    for mark in order:
        place = shapely.get_coordinates(mark.geometry)[:1]
        x, y = frame.at(place)[0]
        yield _symbol(mark.code, x, y)
        if is_numbered:
            yield (
                f'<text x="{x + 9:.1f}" y="{y + 4:.1f}" font-weight="700" fill="{_INK}" stroke="#fff" stroke-width="3" '
                f'paint-order="stroke">{mark.number}</text>'
            )


def _symbol(code: int, x: float, y: float) -> str:
    """A shape for each class: a filled square inside, a triangle near, a ring where none is recorded, else a query."""
    if code == INSIDE:
        return f'<rect x="{x - 6:.1f}" y="{y - 6:.1f}" width="12" height="12" fill="{_HAZARD}" stroke="#fff"/>'
    if code == NEAR:
        return f'<path d="M{x:.1f} {y - 8:.1f}l8 14h-16z" fill="#e07b00" stroke="#fff"/>'
    if code == NONE_RECORDED:
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="#fff" stroke="{_BLUE}" stroke-width="2.5"/>'
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="7" fill="#fff" stroke="{_INK}" stroke-dasharray="2 2"/>'
        f'<text x="{x:.1f}" y="{y + 4:.1f}" text-anchor="middle" font-weight="700" fill="{_INK}">?</text>'
    )


def _lines(geometry: Any) -> list[Any]:
    if geometry.geom_type in ("Polygon", "MultiPolygon", "GeometryCollection"):
        geometry = shapely.boundary(geometry)
    return [part for part in shapely.get_parts(geometry) if part is not None]


def _grid(frame: _Frame) -> Iterator[str]:
    """A few round longitudes and latitudes, with their figures at the edge."""
    for low, high, is_lon in ((frame.west, frame.east, True), (frame.south, frame.north, False)):
        step = _round_step((high - low) / 5)
        for value in np.arange(np.ceil(low / step) * step, high, step):
            where = np.array([[value, frame.south] if is_lon else [frame.west, value]])
            x, y = frame.at(where)[0]
            line = f'x1="{x:.1f}" y1="0" x2="{x:.1f}" y2="{HEIGHT:g}"' if is_lon else (
                f'x1="0" y1="{y:.1f}" x2="{WIDTH:g}" y2="{y:.1f}"'
            )  # fmt: skip
            yield f'<line {line} stroke="#d4dade" stroke-width="0.8"/>'
            side = "WE"[int(value >= 0)] if is_lon else "SN"[int(value >= 0)]
            label = f"{abs(value):.{_decimals(step)}f}° {side}"
            place = f'x="{x + 3:.1f}" y="{HEIGHT - 4:g}"' if is_lon else f'x="3" y="{y - 3:.1f}"'
            yield f'<text {place} fill="#5c6b74" font-size="10">{label}</text>'


def _round_step(rough: float) -> float:
    base = 10.0 ** np.floor(np.log10(rough))
    return float(base * next(n for n in (1, 2, 5, 10) if n * base >= rough))


def _decimals(step: float) -> int:
    return max(0, int(np.ceil(-np.log10(step))))


def _legend(frame: _Frame) -> Iterator[str]:
    unit_m = frame.width_m / WIDTH
    bar_m = next((m for m in _BARS_M if m / unit_m >= 70), _BARS_M[-1])
    right, top = WIDTH - 12, HEIGHT - 22
    size = bar_m / unit_m
    text = f"{bar_m / 1000:g} km" if bar_m >= 1000 else f"{bar_m} m"
    yield f'<path d="M{right - size:.1f} {top - 5}v5H{right:.1f}v-5" fill="none" stroke="{_INK}" stroke-width="1.5"/>'
    yield f'<text x="{right:.1f}" y="{top - 8}" text-anchor="end" fill="{_INK}">{text}</text>'
    yield f'<path d="M{right - 4:.1f} 34v-20l-4 8m4 -8l4 8" fill="none" stroke="{_INK}" stroke-width="1.5"/>'
    yield f'<text x="{right - 4:.1f}" y="46" text-anchor="middle" fill="{_INK}">N</text>'
