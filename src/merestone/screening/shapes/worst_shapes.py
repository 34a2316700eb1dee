"""The worst shapes of a file in full, and of all others the class alone: what a terminal shows.

The classes are those that `screen_footprints` and `screen_tracks` give; `class_sieve` decides most of them at a tenth
of the price, and what it leaves in doubt is measured.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, NamedTuple, TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray

from merestone.screening.index import HazardIndex
from merestone.screening.kernel.nearest import INSIDE, NEAR, UNKNOWN
from merestone.screening.kernel.outline import Floats
from merestone.screening.shapes.class_sieve import IN_DOUBT, sieve_classes
from merestone.screening.shapes.footprint import ScreenedFootprints, screen_footprints
from merestone.screening.shapes.hazard_polygons import Ground, Longs, Objects
from merestone.screening.shapes.track import ScreenedTracks, screen_tracks

SIEVED_FROM: Final = 500
"""Fewer shapes are measured at once, as fast as they are sieved."""


Screened = TypeVar("Screened", ScreenedFootprints, ScreenedTracks)


class WholeFile(NamedTuple):
    """All shapes of a file of which only the worst are told one by one."""

    codes: NDArray[np.uint8]
    """(n,) the class of each."""
    accuracy_m: Floats
    """(n,) as stated; NaN where it was not."""


@dataclass(frozen=True, eq=False)
class WorstShapes(Generic[Screened]):
    """Shapes of a file, the worst of them in full."""

    codes: NDArray[np.uint8]
    """(n,) the class of each shape of the file."""
    chosen: Longs
    """(m,) those in full, in the order of the file, the worst among them; all, where what is said rests on all."""
    screened: Screened
    """(m,) what was measured of those chosen."""


def worst_first(codes: NDArray[np.uint8]) -> Longs:
    """(n,) the shapes, the worst first, each class in the order given: inside, near, unknown, none recorded."""
    rank = np.select([codes == INSIDE, codes == NEAR, codes == UNKNOWN], [0, 1, 2], 3)
    return np.argsort(rank, kind="stable")


def worst_footprints(
    index: HazardIndex,
    polygons: Objects,
    accuracy_m: Floats,
    warn_m: float,
    most: int,
    *,
    progress: Callable[[int, int | None], None] | None = None,
) -> WorstShapes[ScreenedFootprints]:
    """The classes of footprints, and the answers of the worst; parameters as for `screen_footprints`."""

    def screen(chosen: Longs) -> ScreenedFootprints:
        return screen_footprints(index, polygons[chosen], accuracy_m[chosen], warn_m, progress=progress)

    is_area = shapely.get_dimensions(polygons) == 2
    return _worst(index, polygons, accuracy_m, warn_m, is_area, most, screen)


def worst_tracks(
    index: HazardIndex,
    lines: Objects,
    accuracy_m: Floats,
    warn_m: float,
    most: int,
    *,
    times: Sequence[Any],
    progress: Callable[[int, int | None], None] | None = None,
) -> WorstShapes[ScreenedTracks]:
    """The classes of tracks, and the answers of the worst; parameters as for `screen_tracks`."""

    def screen(chosen: Longs) -> ScreenedTracks:
        some = [times[i] for i in chosen]
        return screen_tracks(index, lines[chosen], accuracy_m[chosen], warn_m, times=some, progress=progress)

    # A recording may have gaps, which the sieve does not know.
    is_way = np.array([moments is None for moments in times], bool) & (shapely.get_dimensions(lines) == 1)
    return _worst(index, lines, accuracy_m, warn_m, is_way, most, screen)


def _worst(  # noqa: PLR0917
    index: HazardIndex,
    shapes: Objects,
    accuracy_m: Floats,
    warn_m: float,
    may_be_sieved: NDArray[np.bool_],
    most: int,
    screen: Callable[[Longs], Screened],
) -> WorstShapes[Screened]:
    codes = np.full(len(shapes), IN_DOUBT, np.uint8)
    if may_be_sieved.sum() >= SIEVED_FROM:
        at = np.flatnonzero(may_be_sieved)
        codes[at] = sieve_classes(index, Ground(index.outlines), shapes[at], accuracy_m[at], warn_m)
    in_doubt = codes == IN_DOUBT
    if 2 * np.count_nonzero(in_doubt) <= len(shapes):
        may_be_worst = np.zeros(len(shapes), bool)
        may_be_worst[in_doubt] = True
        may_be_worst[worst_first(codes)[: most + np.count_nonzero(in_doubt)]] = True
        chosen = np.flatnonzero(may_be_worst)
        screened = screen(chosen)
        is_as_sieved = (screened.codes == codes[chosen]) | in_doubt[chosen]
        codes[chosen] = screened.codes
        if is_as_sieved.all() and _is_said_of_assumed(index, codes):
            return WorstShapes(codes, chosen, screened)
    everything = screen(np.arange(len(shapes)))
    return WorstShapes(everything.codes, np.arange(len(shapes)), everything)


def _is_said_of_assumed(index: HazardIndex, codes: NDArray[np.uint8]) -> bool:
    """Whether the worst shapes alone tell if any answer rests on a hazard whose accuracy nobody stated."""
    is_unstated = np.isnan(index.accuracy_m)
    return not is_unstated.any() or bool(is_unstated.all() and np.isin(codes, (INSIDE, NEAR)).any())
