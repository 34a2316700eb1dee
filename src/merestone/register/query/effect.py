"""What a level of visibility does to areas: how much land everybody sees marked, beside the land that is recorded.

A person who chooses a level sees this first. The outlines are drawn by a chance of their own and not by the register's
secret: what is published later has another outline of about the same size.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from merestone.geodesy import CHANCES, areas_m2, mask_of, masked_all, masked_within_all
from merestone.register.events.rights import PUBLIC
from merestone.terms import LEVELS, Visibility


@dataclass(frozen=True, slots=True)
class Effect:
    """What everybody would see of some areas at one level. Land under several outlines counts once."""

    visibility: Visibility
    recorded_m2: float
    shown_m2: float
    outlines: tuple[BaseGeometry, ...]
    """What is shown of each area, in their order; empty where nothing is."""

    @property
    def ratio(self) -> float | None:
        """Land shown over land recorded; None of places without extent."""
        return self.shown_m2 / self.recorded_m2 if self.recorded_m2 > 0 else None


def effects(outlines: Sequence[BaseGeometry], *, is_hazard: bool, seed: int = 0) -> tuple[Effect, ...]:
    """The effect of each level that a person chooses from (`merestone.terms.LEVELS`), the most open first.

    Parameters
    ----------
    outlines
        Valid, in longitude and latitude on WGS 84.
    is_hazard
        Hazards are shown larger, released land smaller.
    seed
        Of the chance by which they are drawn here.

    >>> [effect.visibility.value for effect in effects([shapely.box(17.0, 44.0, 17.01, 44.01)], is_hazard=True)]
    ['open', 'public', 'restricted']
    """
    shapes = np.array([*outlines, None], dtype=object)[:-1]
    recorded_m2 = _land_m2(shapes)
    results = []
    for level in LEVELS:
        by_m = PUBLIC.widening_m(level)
        if by_m == 0.0:
            shown = shapes
        else:
            chance = np.random.default_rng((seed, int(by_m))).random((len(shapes), CHANCES))
            masked = masked_all if is_hazard else partial(masked_within_all, accuracy_m=0.0)
            shown = masked(shapes, shapes, chance, mask_of(by_m))
        results.append(Effect(level, recorded_m2, _land_m2(shown), tuple(shown)))
    return tuple(results)


def _land_m2(outlines: "np.ndarray[tuple[int], np.dtype[np.object_]]") -> float:
    areas = outlines[shapely.get_dimensions(outlines) == 2]
    return float(areas_m2(np.array([shapely.union_all(areas)], dtype=object))[0]) if len(areas) else 0.0
