"""Places as people write them: what the text leaves open must not become an answer that the text does not bear.

A place given too coarsely, or with its coordinates in the other order, is unknown, and the answer asks for more.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from merestone.geodesy import Code, Position, format_decimal
from merestone.screening.answer import Answer, Circumstances, Class, Hazard, answer_for
from merestone.screening.index import HazardIndex

FAR_DEG: Final = 1.0
"""So far outside the box around all hazards, the given order of coordinates is doubted if the other lies inside it."""


def answer_for_written(
    index: HazardIndex,
    hazards: Sequence[Hazard],
    position: Position,
    accuracy_m: float | None,
    *,
    warn_m: float,
    given: Circumstances,
) -> Answer:
    """Screen one position that was read from a text; parameters as for `answer_for`.

    What the text leaves open widens the accuracy. A warning that comes from this alone, and from more than the warning
    distance of it, is no warning but a question; so is "none recorded" where the order of two numbers without letters
    was assumed and only the other order lies among the hazards.
    """
    lon_deg, lat_deg, left_open_m = position.lon_deg, position.lat_deg, position.resolution_m
    widened_m = None if accuracy_m is None else accuracy_m + left_open_m
    answer = answer_for(index, hazards, lon_deg, lat_deg, widened_m, warn_m=warn_m, given=given)
    if answer.code in (Class.INSIDE, Class.NEAR) and left_open_m > warn_m:
        there = answer_for(index, hazards, lon_deg, lat_deg, accuracy_m, warn_m=warn_m, given=given)
        if there.code not in (Class.INSIDE, Class.NEAR):
            return replace(answer, code=Class.UNKNOWN, doubt=_too_coarse(left_open_m, warn_m))
    if answer.code is Class.NONE_RECORDED and _is_swapped(index, position):
        return replace(answer, code=Class.UNKNOWN, doubt=_other_order(lon_deg, lat_deg))
    return answer


def _too_coarse(left_open_m: float, warn_m: float) -> str:
    digits = max(1, int(np.ceil(np.log10(left_open_m / max(warn_m, 1.0)))))
    more = "one more digit" if digits == 1 else f"{digits} more digits"
    reach = f"{left_open_m / 1000:.1f} km" if left_open_m >= 1000 else f"{left_open_m:.0f} m"
    return (
        f"As written, the place may lie anywhere within {reach}, and a recorded hazard lies within that. "
        f"This place has not been answered for: write it with {more}."
    )


def _is_swapped(index: HazardIndex, position: Position) -> bool:
    """Whether the order was assumed, the place lies far from all hazards, and among them in the other order."""
    if index.is_empty or not any(finding.code is Code.AXES_ASSUMED for finding in position.findings):
        return False
    box = index.outlines.bounds_deg
    west, south = box[:, :2].min(axis=0).tolist()
    east, north = box[:, 2:].max(axis=0).tolist()
    lon_deg, lat_deg = position.lon_deg, position.lat_deg
    is_near = west - FAR_DEG <= lon_deg <= east + FAR_DEG and south - FAR_DEG <= lat_deg <= north + FAR_DEG
    return not is_near and west <= lat_deg <= east and south <= lon_deg <= north


def _other_order(lon_deg: float, lat_deg: float) -> str:
    return (
        f"Read as {format_decimal(lon_deg, lat_deg, 4)}, the place lies far from all that is recorded; in the "
        f"other order, {format_decimal(lat_deg, lon_deg, 4)}, it lies among the hazards. "
        "Write N, S, E or W with the numbers."
    )
