"""What exactly one part of a multipolygon covers: where two overlap, one of them may be a hole of the other.

A Shapefile's inner ring that is wound like its shell reaches us as a second part (GDAL 3.12.4). Of a hazard that is
harmless; of released land it would count a place that was never released.
"""

from typing import Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from merestone.geodesy._flat import Ints, Objects
from merestone.geodesy._readings import areas_only
from merestone.geodesy.ellipsoid import area_m2

_PAIRS_PER_PART: Final = 20
"""More overlaps than this for each part, and 1,000 besides, are no one's outline."""
_AT_ONCE: Final = 500_000


def exactly_once(certain: Objects, parts: Objects) -> tuple[BaseGeometry | None, float]:
    """What is certain of exactly one of these valid parts, and the square metres that several parts cover.

    `parts` holds what each part could mean and `certain` what it must mean. Parts that are equal in both count as one:
    an outline that crosses itself may cover as much as another part and be certain of less. None if they overlap too
    often for this to be found in reasonable time.
    """
    texts = [shapely.to_wkb(shapely.normalize(areas)) for areas in (parts, certain)]
    _, first = np.unique(np.array([a + b for a, b in zip(*texts, strict=True)], dtype=object), return_index=True)
    certain, parts = certain[np.sort(first)], parts[np.sort(first)]
    pairs = _near_pairs(parts)
    if pairs is None:
        return None, 0.0
    a, b = pairs
    same = shapely.equals(parts[a], parts[b]) & shapely.equals(certain[a], certain[b])
    is_copy = np.zeros(len(parts), bool)
    is_copy[b[same]] = True
    keep = ~(is_copy[a] | is_copy[b])
    shared = _areas_of(shapely.intersection(parts[a[keep]], parts[b[keep]]))
    whole = shapely.union_all(certain[~is_copy])
    if not len(shared):
        return areas_only(whole), 0.0
    twice = shapely.union_all(shared)
    return areas_only(shapely.difference(whole, twice)), area_m2(twice)


def _near_pairs(parts: Objects) -> tuple[Ints, Ints] | None:
    """Pairs of parts that meet, the first before the second; None if they are too many."""
    tree = shapely.STRtree(parts)
    most = 1_000 + _PAIRS_PER_PART * len(parts)
    overlap_pairs, total = [], 0
    step = max(_AT_ONCE // len(parts), 1)
    for begin in range(0, len(parts), step):
        near = tree.query(parts[begin : begin + step]) + np.array([[begin], [0]])
        near = near[:, near[0] < near[1]]
        total += near.shape[1]
        if total > most:
            return None
        overlap_pairs.append(near[:, shapely.intersects(parts[near[0]], parts[near[1]])])
    a, b = np.concatenate(overlap_pairs, axis=1).astype(np.int64)
    return a, b


def _areas_of(geometries: Objects) -> Objects:
    areas = [areas_only(geometry) for geometry in geometries]
    return np.array([area for area in areas if not area.is_empty], dtype=object)
