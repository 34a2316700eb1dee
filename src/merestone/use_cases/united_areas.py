"""Outlines of several areas as one."""

from collections.abc import Iterable

import shapely
from shapely.geometry.base import BaseGeometry


def united(areas: Iterable[BaseGeometry]) -> BaseGeometry:
    """Outlines together, so that land under two of them counts once."""
    # "structure": GEOS's default leaves out what two parts of one area both cover.
    return shapely.union_all(
        [area if area.is_valid else shapely.make_valid(area, method="structure") for area in areas]
    )
