"""Rows of a file that lie far from all the others: told with their place, and taken all the same."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from merestone.exchange.meaning.contradiction import far_from_others

_SHOWN: Final = 10


def far_notes(numbers: Sequence[int], lon_deg: Sequence[float], lat_deg: Sequence[float]) -> Iterator[str]:
    """A sentence for each row that lies far from the middle of all (`far_from_others`), and one for the rest of them.

    Parameters
    ----------
    numbers, lon_deg, lat_deg
        Of each row: its number in the file, and a place of it on WGS 84, degrees.
    """
    apart_m = far_from_others(lon_deg, lat_deg)
    far = np.flatnonzero(np.isfinite(apart_m))
    for at in far[:_SHOWN].tolist():
        yield (
            f"row {numbers[at]} lies {apart_m[at] / 1000:,.0f} km from the middle of the others (at {lon_deg[at]:.4f}, "
            f"{lat_deg[at]:.4f}); it was taken all the same; see whether its coordinates are right"
        )
    if len(far) > _SHOWN:
        yield f"{len(far) - _SHOWN:,} more rows lie as far from the others"
