"""Ways with the width of a corridor, screened."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from merestone.exchange.positions import Floats, Shapes
from merestone.screening import NO_ACCURACY, NONE_RECORDED, UNKNOWN, HazardIndex, ScreenedTracks, screen_tracks


def screen_corridors(
    index: HazardIndex,
    shapes: Shapes,
    accuracy_m: Floats,
    warn_m: float,
    *,
    width_m: float = 0.0,
    progress: Callable[[int, int | None], None] | None = None,
) -> ScreenedTracks:
    """Screen ways that are so wide: inside is what a hazard may reach of the corridor, near what lies near its edge.

    Half the width is taken as if the way could lie so far to either side; distances are measured from its middle.

    Parameters
    ----------
    accuracy_m : (n,)
        Of the fixes, without the width; NaN: not stated, and then no way is none recorded.
    width_m
        Of the corridor, from side to side.
    """
    half_m = width_m / 2.0
    is_unstated = np.isnan(accuracy_m) & (half_m > 0.0)
    taken_m = np.where(is_unstated, half_m, accuracy_m + half_m)
    screened_tracks = screen_tracks(
        index, np.array(shapes.geometries, dtype=object), taken_m, warn_m, times=shapes.times, progress=progress
    )
    if half_m == 0.0:
        return screened_tracks
    # Half the width in place of the accuracy finds what an exact corridor meets; nothing else may be said of it.
    is_doubtful = is_unstated & (screened_tracks.codes == NONE_RECORDED)
    codes = np.where(is_doubtful, UNKNOWN, screened_tracks.codes).astype(np.uint8)
    fault = np.where(is_doubtful, NO_ACCURACY, screened_tracks.fault).astype(np.uint8)
    return replace(screened_tracks, codes=codes, fault=fault, accuracy_m=np.array(accuracy_m, np.float64))
