"""Made-up areas of the shapes that an attacker may guess, in metres around 0, 0; each with its long sides.

A side is a row of places along an edge with the outward normal at each. Synthetic, but for `recorded`, which takes the
Bosnian file where it is at hand.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
PLACES = 9
"""How many places along a side are looked at."""
SHARED = Path(os.environ.get("MERESTONE_SHARED", Path(__file__).parents[2] / "shared"))
BOSNIAN = SHARED / "data" / "bih" / "suspect_areas_simplyfied.geojson"
LON_DEG, LAT_DEG = 17.3, 44.2
SCALE = np.array([111_320.0 * np.cos(np.radians(LAT_DEG)), 111_100.0])


@dataclass(frozen=True)
class Side:
    """One long side of an area."""

    places: Floats
    normals: Floats
    opposite: int | None = None
    """The index of the side across the area."""
    known_m: float | None = None
    """How far the side lies from a line that the attacker knows, such as the road along which a corridor runs."""

    is_inside: bool = False
    """Whether the outline shown lies within: the normals point into the area."""

    @property
    def is_straight(self) -> bool:
        """Whether it is a straight edge."""
        return bool((self.normals == self.normals[0]).all())


@dataclass(frozen=True)
class Area:
    """An area and its long sides."""

    outline: shapely.Geometry
    sides: list[Side]


def straight_side(start: Floats, end: Floats, opposite: int | None = None) -> Side:
    """The middle 80 % of an edge; the area lies to its left."""
    step = end - start
    along = np.linspace(0.1, 0.9, PLACES)[:, None]
    normal = np.array([step[1], -step[0]]) / np.hypot(*step)
    return Side(start + along * step, np.tile(normal, (PLACES, 1)), opposite)


def turned(corners: Floats, angle: float) -> Floats:
    """Corners turned around 0, 0."""
    return corners @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])


def rectangle(draw: np.random.Generator, length_m: float, width_m: float) -> Area:
    """A rectangle in any direction."""
    half = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * [length_m / 2, width_m / 2]
    corners = turned(half, draw.uniform(0, np.pi))
    sides = [straight_side(corners[0], corners[1], 1), straight_side(corners[2], corners[3], 0)]
    return Area(shapely.Polygon(corners), sides)


def l_shape(draw: np.random.Generator, length_m: float, width_m: float) -> Area:
    """Two arms at a right angle; the long sides are the outer ones."""
    arm = length_m * draw.uniform(0.6, 1.0)
    raw = [[0, 0], [length_m, 0], [length_m, width_m], [width_m, width_m], [width_m, arm], [0, arm]]
    corners = turned(np.array(raw, float) - [length_m / 3, arm / 3], draw.uniform(0, 2 * np.pi))
    sides = [straight_side(corners[0], corners[1]), straight_side(corners[5], corners[0])]
    return Area(shapely.Polygon(corners), sides)


def ellipse(draw: np.random.Generator, length_m: float, width_m: float) -> Area:
    """An ellipse; its long sides are the flatter halves."""
    a, b, angle = length_m / 2, width_m / 2, draw.uniform(0, np.pi)
    around = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    outline = shapely.Polygon(turned(np.column_stack([a * np.cos(around), b * np.sin(around)]), angle))
    sides = []
    for middle in (-np.pi / 2, np.pi / 2):
        t = middle + np.linspace(-0.8, 0.8, PLACES)
        normal = np.column_stack([b * np.cos(t), a * np.sin(t)])
        normal /= np.hypot(*normal.T)[:, None]
        places = turned(np.column_stack([a * np.cos(t), b * np.sin(t)]), angle)
        sides.append(Side(places, turned(normal, angle), len(sides) ^ 1))
    return Area(outline, sides)


def corridor(draw: np.random.Generator, length_m: float, width_m: float, shortest_m: float) -> Area:
    """Both sides of a winding road, equally wide; the attacker has a map of the road, but not of where it is closed.

    The places looked at are the same however long it is, so that they say nothing of its length.
    """
    scale = length_m / shortest_m
    x = np.arange(-60 * scale, 60.5 * scale) / 120.0
    bend = sum(draw.uniform(-0.04, 0.04) * np.sin(2 * np.pi * (x / one + draw.random())) for one in (1.0, 1.6, 2.4))
    line = turned(np.column_stack([x, bend]) * shortest_m, draw.uniform(0, np.pi))
    outline = shapely.buffer(shapely.LineString(line), width_m / 2, cap_style="flat")
    sides = []
    for sign in (1, -1):
        at = len(x) // 2 + np.linspace(-48, 48, PLACES).astype(int)
        step = line[at + 1] - line[at - 1]
        normal = sign * np.column_stack([step[:, 1], -step[:, 0]]) / np.hypot(*step.T)[:, None]
        sides.append(Side(line[at] + normal * width_m / 2, normal, len(sides) ^ 1, width_m / 2))
    return Area(outline, sides)


def recorded(count: int, draw: np.random.Generator, longest_m: float, *, every: bool = False) -> list[Area]:
    """Areas of the Bosnian file, each with its longest edge; made-up polygons where the file is not at hand.

    With ``every``, all of them as they stand, in degrees and without sides.
    """
    if BOSNIAN.exists():
        features = json.loads(BOSNIAN.read_text())["features"]
        shapes = shapely.from_geojson([json.dumps(f["geometry"]) for f in features if f["geometry"]])
        valid = shapely.make_valid(shapes)
        if every:
            return [Area(one, []) for one in valid if one.area > 0]
        parts = shapely.get_parts(valid)
        parts = parts[(shapely.get_type_id(parts) == 3)]
        parts = parts[(shapely.area(parts) * SCALE.prod() > 2_000) & (shapely.get_num_interior_rings(parts) == 0)]
        corners = [shapely.get_coordinates(p) * SCALE for p in parts[draw.permutation(len(parts))]]
    else:
        corners = []
        for _ in range(3 * count):
            size = np.exp(draw.uniform(np.log(60), np.log(longest_m)))
            around = np.sort(draw.uniform(0, 2 * np.pi, draw.integers(4, 14)))
            spread = size * draw.uniform(0.4, 1.0, len(around))
            ring = np.column_stack([spread * np.cos(around), 0.5 * spread * np.sin(around)])
            corners.append(turned(np.vstack([ring, ring[:1]]), draw.uniform(0, np.pi)))
    out: list[Area] = []
    for ring in corners:
        outline = shapely.orient_polygons(shapely.Polygon(ring - ring.mean(axis=0)))
        if not outline.is_valid or outline.area < 2_000:
            continue
        around = shapely.get_coordinates(outline)
        lengths = np.hypot(*np.diff(around, axis=0).T)
        longest = int(np.argmax(lengths))
        if lengths[longest] < 100:
            continue
        out.append(Area(outline, [straight_side(around[longest], around[longest + 1])]))
        if len(out) == count:
            break
    return out


def log_uniform(draw: np.random.Generator, low: float, high: float) -> float:
    """A size that may lie anywhere between two."""
    return float(np.exp(draw.uniform(np.log(low), np.log(high))))


class Maker(Protocol):
    """Makes an area by chance, all its sizes times a factor."""

    def __call__(self, d: np.random.Generator, /, factor: float) -> Area:
        """Make one."""
        ...


FAMILIES: dict[str, Maker] = {
    "belt 2000 x 40 m, size known": lambda d, factor: rectangle(d, 2000 * factor, 40 * factor),
    "belt 2000 m, width 20-200 m": lambda d, factor: rectangle(d, 2000 * factor, log_uniform(d, 20, 200) * factor),
    "rectangle 1000 x 300 m, size known": lambda d, factor: rectangle(d, 1000 * factor, 300 * factor),
    "rectangle of any size": lambda d, factor: rectangle(
        d, log_uniform(d, 400, 2500) * factor, log_uniform(d, 50, 400) * factor
    ),
    "L of known size": lambda d, factor: l_shape(d, 900 * factor, 200 * factor),
    "L of any size": lambda d, factor: l_shape(d, log_uniform(d, 500, 2000) * factor, log_uniform(d, 80, 300) * factor),
    "ellipse of any size": lambda d, factor: ellipse(
        d, log_uniform(d, 500, 2000) * factor, log_uniform(d, 100, 450) * factor
    ),
    "corridor along a known road": lambda d, factor: corridor(
        d, log_uniform(d, 1500, 4000) * factor, d.uniform(40, 500) * factor, 1500 * factor
    ),
}
