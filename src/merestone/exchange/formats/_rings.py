"""Rings that do not say which of them are holes: one that lies in an odd number of others is one."""

from collections.abc import Sequence
from typing import Any

import shapely


def polygon_of(rings: Sequence[Sequence[tuple[float, float]]]) -> Any:
    """A polygon, or several, of rings that are closed here where they are not.

    Raises
    ------
    ValueError
        There is no ring, or one has fewer than three corners.
    """
    if not rings:
        raise ValueError("it has no ring")
    made = [shapely.Polygon([*ring, ring[0]] if ring and ring[0] != ring[-1] else ring) for ring in rings]
    order = sorted(range(len(made)), key=lambda place: -made[place].area)
    shells: list[tuple[int, list[int]]] = []
    depth: dict[int, int] = {}
    for place in order:
        corner = shapely.Point(rings[place][0])
        around = [other for other in depth if _holds(made[other], corner, made[place])]
        depth[place] = len(around)
        if len(around) % 2:
            nearest = min(around, key=lambda other: made[other].area)
            next(holes for shell, holes in shells if shell == nearest).append(place)
        else:
            shells.append((place, []))
    polygons = [shapely.Polygon(made[s].exterior, [made[h].exterior for h in holes]) for s, holes in shells]
    return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)


def _holds(outer: Any, corner: Any, ring: Any) -> bool:
    """Whether a ring lies in another; rings that cross are beside each other, so that nothing is cut out."""
    try:
        return bool(outer.covers(corner) and outer.covers(ring))
    except shapely.errors.GEOSException:
        return False
