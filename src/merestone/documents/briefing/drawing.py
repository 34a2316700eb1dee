"""The briefing's drawings, as SVG written by hand: the map, the curve of lengths, the clocks of the treaty.

Colours are told apart in print without colour (width, dash) and by people who do not see red and green apart.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from html import escape
from importlib.resources import files
from itertools import pairwise
from typing import Final

import numpy as np
import shapely
from pyproj import Transformer

from merestone.border import (
    FIVE_STATES_BORDERS,
    LengthAt,
    packaged_borders,
    packaged_places,
    packaged_water,
)

INK, FAINT, LAND, OTHER_LAND, SEA, WATER, LINE, RED = (
    "#1b2a33", "#6b7a83", "#f3efe4", "#e6e4dd", "#d9e6ee", "#8fb9d3", "#b3261e", "#b3261e",
)  # fmt: skip
BLUE: Final = "#14506e"
FONT: Final = "font-family=\"'Noto Sans', 'DejaVu Sans', 'Segoe UI', Helvetica, Arial, sans-serif\""
_CONIC: Final = "+proj=lcc +lat_1=54 +lat_2=66 +lat_0=60 +lon_0=26 +ellps=WGS84 +units=km"
_POLYGON: Final = 3
_LINES: Final = (1, 2)
"""GEOS's numbers of a line and of a ring."""
FIVE: Final = frozenset({"FIN", "EST", "LVA", "LTU", "POL"})
_NAMES: Final = {
    "FIN": (26.5, 63.2, "FINLAND"), "EST": (25.6, 58.75, "ESTONIA"), "LVA": (24.3, 56.95, "LATVIA"),
    "LTU": (23.6, 55.35, "LITHUANIA"), "POL": (20.4, 52.4, "POLAND"), "BLR": (28.0, 53.6, "BELARUS"),
    "RUS": (33.3, 58.6, "RUSSIA"), "SWE": (18.6, 63.9, "SWEDEN"), "UKR": (27.0, 50.35, "UKRAINE"),
}  # fmt: skip


def text(x: float, y: float, label: str, *, size: float = 11, fill: str = INK, more: str = "") -> str:
    """One SVG text element."""
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" fill="{fill}" {FONT} {more}>{escape(label)}</text>'


def svg(width: float, height: float, body: Sequence[str], alt: str) -> str:
    """A whole drawing."""
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img"'
    return f'{head} aria-label="{escape(alt, quote=True)}">{"".join(body)}</svg>'


@cache
def border_map() -> str:
    """The eight borders on the ground of coarse outlines, with the water bodies about them and larger places."""
    frame = _Frame(16.8, 51.0, 35.5, 70.4, width=620)
    body = [f'<rect width="{frame.width:.0f}" height="{frame.height:.0f}" fill="{SEA}"/>']
    outlines = json.loads(_data("outlines.geojson"))
    for each in outlines["features"]:
        fill = LAND if each["properties"]["state"] in FIVE else OTHER_LAND
        d = frame.path(shapely.from_geojson(json.dumps(each["geometry"])))
        body.append(f'<path d="{d}" fill="{fill}" stroke="#c9c2ad" stroke-width=".6"/>')
    water = packaged_water()
    lakes = shapely.simplify(water.polygons[~water.is_sea & (shapely.area(water.polygons) > 2e-4)], 0.006)
    body.append(f'<path d="{frame.path(*lakes)}" fill="{WATER}"/>')
    for pair in FIVE_STATES_BORDERS:
        border = packaged_borders()[pair]
        d = frame.path(shapely.simplify(border.side_a, 0.004))
        body.append(f'<path d="{d}" fill="none" stroke="#fff" stroke-width="5" stroke-linejoin="round"/>')
        body.append(f'<path d="{d}" fill="none" stroke="{LINE}" stroke-width="2.2" stroke-linejoin="round"/>')
        at_sea = frame.path(border.lagoon) + frame.path(border.sea)
        if at_sea:
            body.append(f'<path d="{at_sea}" fill="none" stroke="{LINE}" stroke-width="1.6" stroke-dasharray="5 4"/>')
    for code, (lon, lat, label) in _NAMES.items():
        x, y = frame.at(lon, lat)
        size, fill = (15, INK) if code in FIVE else (13, FAINT)
        body.append(text(x, y, label, size=size, fill=fill, more='text-anchor="middle" letter-spacing="2.5"'))
    taken: list[tuple[float, float, float]] = []
    for place in sorted(packaged_places(), key=lambda each: -(each.population or 0))[:40]:
        x, y = frame.at(place.lon_deg, place.lat_deg)
        long = 6.2 * len(place.name) + 12
        if not any(
            abs(y - other_y) < 13 and x < other_x + other and other_x < x + long for other_x, other_y, other in taken
        ):
            taken.append((x, y, long))
            body.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.6" fill="{INK}" stroke="#fff"/>')
            halo = 'stroke="#fff" stroke-width="2.6" paint-order="stroke"'
            body.append(text(x + 5, y + 3.5, place.name, size=10.5, more=halo))
    body += frame.scale_bar(200)
    return svg(frame.width, frame.height, body, "Map of the borders of Finland, Estonia, Latvia, Lithuania and "
                                                "Poland "
               "with Russia and Belarus, with the lakes along them")  # fmt: skip


def curve_plot(curve: Sequence[LengthAt], published: Sequence[tuple[str, float]]) -> str:
    """Length against resolution, both on logarithmic axes, with published sums as lines across."""
    width, height, left, right, top, bottom = 680.0, 380.0, 64.0, 190.0, 18.0, 46.0
    lengths_km = [each.length_m / 1000 for each in curve]
    low, high = math.log(min(lengths_km) * 0.97), math.log(max([*lengths_km, *(km for _, km in published)]) * 1.02)

    def x_of(resolution_m: float) -> float:
        return left + math.log10(resolution_m) / 5 * (width - left - right)

    def y_of(km: float) -> float:
        return height - bottom - (math.log(km) - low) / (high - low) * (height - top - bottom)

    body = [f'<rect width="{width:g}" height="{height:g}" fill="#fff"/>']
    for power, label in enumerate(("1 m", "10 m", "100 m", "1 km", "10 km", "100 km")):
        x = x_of(10**power)
        body.append(f'<path d="M{x:.1f} {top}V{height - bottom}" stroke="#dfe4e7"/>')
        body.append(text(x, height - bottom + 17, label, fill=FAINT, more='text-anchor="middle"'))
    for km in range(2400, 4000, 200):
        if low < math.log(km) < high:
            y = y_of(km)
            body.append(f'<path d="M{left} {y:.1f}H{width - right}" stroke="#dfe4e7"/>')
            body.append(text(left - 8, y + 4, f"{km:,}", fill=FAINT, more='text-anchor="end"'))
    body.append(text(left - 8, top - 4, "km", fill=FAINT, more='text-anchor="end"'))
    middle = (left + width - right) / 2
    body.append(text(middle, height - 8, "resolution: bends smaller than this are left out", fill=FAINT,
                     more='text-anchor="middle"'))  # fmt: skip
    labels = sorted(published, key=lambda each: -each[1])
    free_y = -1e9
    for label, published_km in labels:
        y = y_of(published_km)
        label_y = max(y + 4, free_y + 14)
        free_y = label_y
        body.append(f'<path d="M{left} {y:.1f}H{width - right}" stroke="{BLUE}" stroke-width="1.2" '
                    'stroke-dasharray="6 4"/>')  # fmt: skip
        body.append(f'<path d="M{width - right} {y:.1f}L{width - right + 8} {label_y - 4:.1f}" stroke="{BLUE}"/>')
        body.append(text(width - right + 11, label_y, f"{label} {published_km:,.0f}", fill=BLUE))
    points = [(x_of(each.resolution_m), y_of(each.length_m / 1000)) for each in curve]
    d = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    body.append(f'<path d="{d}" fill="none" stroke="{RED}" stroke-width="2.4"/>')
    body += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.4" fill="{RED}"/>' for x, y in points]
    return svg(width, height, body, "Length of the eight borders together at resolutions from 1 m to 100 km, "
               "beside the published sums")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Clock:
    """One state's time under the treaty, for a line of the drawing."""

    state: str
    signed_on: date | None
    bound_from: date
    notice_on: date | None
    free_from: date | None


def clocks_plot(clocks: Sequence[Clock], on: date) -> str:
    """When each state was bound by the Convention, when it gave notice, and when it was no longer bound."""
    width, left, right, top, row = 680.0, 92.0, 14.0, 30.0, 32.0
    height = top + row * len(clocks) + 34
    first, last = date(1997, 1, 1).toordinal(), max(on, date(2027, 1, 1)).toordinal() + 200

    def x_of(day: date) -> float:
        return left + (day.toordinal() - first) / (last - first) * (width - left - right)

    body = [f'<rect width="{width:g}" height="{height:g}" fill="#fff"/>']
    for year in range(2000, 2028, 5):
        x = x_of(date(year, 1, 1))
        body.append(f'<path d="M{x:.1f} {top - 6}V{height - 28}" stroke="#dfe4e7"/>')
        body.append(text(x, top - 12, str(year), fill=FAINT, more='text-anchor="middle"'))
    for number, clock in enumerate(clocks):
        y = top + row * number + row / 2
        until = clock.free_from if clock.free_from and clock.free_from <= on else on
        x1, x2 = x_of(clock.bound_from), x_of(until)
        body.append(text(left - 10, y + 4, clock.state, size=13, more='text-anchor="end"'))
        if clock.signed_on:
            body.append(f'<path d="M{x_of(clock.signed_on):.1f} {y}H{x1:.1f}" stroke="{BLUE}" stroke-width="2" '
                        'stroke-dasharray="2 4"/>')  # fmt: skip
        body.append(f'<rect x="{x1:.1f}" y="{y - 8}" width="{x2 - x1:.1f}" height="16" fill="{BLUE}"/>')
        if clock.notice_on:
            x = x_of(clock.notice_on)
            body.append(f'<rect x="{x:.1f}" y="{y - 8}" width="{max(x2 - x, 1):.1f}" height="16" fill="#e2a33a"/>')
        if clock.free_from and clock.free_from <= on:
            x = x_of(clock.free_from)
            body.append(f'<path d="M{x:.1f} {y - 12}V{y + 12}" stroke="{RED}" stroke-width="2.5"/>')
        label = f"{clock.bound_from}" + (f" - {clock.free_from}" if clock.free_from else "")
        body.append(text(x1 + 6, y + 4, label, size=10.5, fill="#fff"))
    x = x_of(on)
    body.append(f'<path d="M{x:.1f} {top - 6}V{height - 28}" stroke="{INK}" stroke-width="1"/>')
    body.append(text(x, height - 14, f"{on}", size=10.5, more='text-anchor="end"'))
    body.append(text(left, height - 14, "dotted: signed   |   blue: bound   |   yellow: notice runs   |   red: no "
                                        "longer bound",
                     size=10.5, fill=FAINT))  # fmt: skip
    return svg(width, height, body, "Time line: when each of the five states was bound by the Convention")


def water_bars(shares: Sequence[tuple[str, float, float, float]]) -> str:
    """Each border by what it runs through: in water, along it, the rest; length in km as the bar's length."""
    width, left, right, row = 680.0, 76.0, 60.0, 26.0
    height = 34 + row * len(shares)
    longest = max(sum(parts) for _, *parts in shares)
    body = [f'<rect width="{width:g}" height="{height:g}" fill="#fff"/>']
    body.append(text(left, 14, "dark blue: in water   |   light blue: within 100 m of it   |   ochre: land, or "
                               "water that the "
                     "data miss", size=10.5, fill=FAINT))  # fmt: skip
    for number, (name, *parts) in enumerate(shares):
        y, x = 26 + row * number, left
        body.append(text(left - 10, y + 13, name, more='text-anchor="end"'))
        for part, fill in zip(parts, (BLUE, WATER, "#d8c48f"), strict=True):
            long = part / longest * (width - left - right)
            body.append(f'<rect x="{x:.1f}" y="{y}" width="{long:.1f}" height="17" fill="{fill}"/>')
            x += long
        body.append(text(x + 6, y + 13, f"{sum(parts) / 1000:,.0f} km", fill=FAINT))
    return svg(width, height, body, "How much of each border runs in water and along water")


class _Frame:
    """A window of the map: Lambert's conic projection, scaled to pixels."""

    def __init__(self, west: float, south: float, east: float, north: float, *, width: float) -> None:
        self._there = Transformer.from_crs("+proj=longlat +ellps=WGS84", _CONIC, always_xy=True)
        edge = shapely.segmentize(shapely.box(west, south, east, north), 0.2)
        x, y = self._there.transform(*shapely.get_coordinates(edge).T)
        self._left, self._top = float(np.min(x)) + 180, float(np.max(y)) - 40
        self._per_km = width / (float(np.max(x)) - 150 - self._left)
        self.width = width
        self.height = (self._top - float(np.min(y)) - 30) * self._per_km
        # Outlines far outside bend oddly in a conic projection; nothing of them would show.
        self._shown = shapely.box(west - 6, south - 2.5, min(east + 7, 43), north + 1)

    def at(self, lon_deg: float, lat_deg: float) -> tuple[float, float]:
        x, y = self._there.transform(lon_deg, lat_deg)
        return (x - self._left) * self._per_km, (self._top - y) * self._per_km

    def path(self, *geometries: shapely.Geometry) -> str:
        """The ``d`` of one SVG path of all; rings are closed."""
        sound = np.array(geometries, dtype=object)
        is_broken = ~shapely.is_valid(sound)
        sound[is_broken] = shapely.make_valid(sound[is_broken])
        parts = shapely.get_parts(shapely.get_parts(shapely.intersection(sound, self._shown)))
        is_area = shapely.get_type_id(parts) == _POLYGON
        rings, ring_of = shapely.get_rings(parts[is_area], return_index=True)
        lines = np.concatenate([rings, parts[~is_area]])
        is_closed = np.arange(len(lines)) < len(rings)
        order = np.argsort(np.concatenate([np.flatnonzero(is_area)[ring_of], np.flatnonzero(~is_area)]), kind="stable")
        order = order[np.isin(shapely.get_type_id(lines[order]), _LINES)]
        lines, is_closed = lines[order], is_closed[order]
        coords, line_of = shapely.get_coordinates(lines, return_index=True)
        x, y = self._there.transform(coords[:, 0], coords[:, 1])
        pixels = np.column_stack([x - self._left, self._top - y]) * self._per_km
        points = [f"{px:.1f} {py:.1f}" for px, py in pixels.tolist()]
        ends = np.searchsorted(line_of, np.arange(len(lines) + 1)).tolist()
        return "".join(
            f"M{'L'.join(points[start:end])}{'Z' if closed else ''}"
            for (start, end), closed in zip(pairwise(ends), is_closed.tolist(), strict=True)
            if end > start
        )

    def scale_bar(self, km: float) -> list[str]:
        long = km * self._per_km
        x, y = 24, self.height - 26
        return [
            f'<path d="M{x} {y - 6}V{y}H{x + long:.1f}V{y - 6}" fill="none" stroke="{INK}" stroke-width="1.4"/>',
            text(x + long / 2, y - 6, f"{km:g} km", size=11, more='text-anchor="middle"'),
        ]


def _data(name: str) -> str:
    return files("merestone.border").joinpath(f"data/openstreetmap/{name}").read_text(encoding="utf-8")
