"""What is said of what a transformation to WGS 84 does to the accuracy."""

import math
from collections.abc import Sequence


def shift_notes(shifts_m: Sequence[float], crs: str = "") -> list[str]:
    """A sentence, or none where nothing is added. The worst of the transformations counts; NaN: nobody states it.

    >>> shift_notes([0.0]), shift_notes([])
    ([], [])
    >>> shift_notes([1.0, math.nan])
    ['nobody states how accurate the transformation is, at least for some places; their accuracy is unstated']
    """
    which = f"the transformation from {crs}" if crs else "the transformation"
    if any(map(math.isnan, shifts_m)):
        return [f"nobody states how accurate {which} is, at least for some places; their accuracy is unstated"]
    worst_m = max(shifts_m, default=0.0)
    if worst_m <= 0:
        return []
    why = (
        "what PROJ states for it, how far others of the same places contradict it, the datum's whole shift outside "
        "the area that the system is made for, and how edges were followed"
    )
    amount = f"{worst_m:,.0f}" if worst_m >= 10 else f"{worst_m:.2g}"
    return [f"{which} adds up to {amount} m to the accuracy ({why})"]
