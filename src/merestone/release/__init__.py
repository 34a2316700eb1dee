"""Land release: how much land is reported, open and released, each square metre counted once.

Not here: storage, law text, any military quantity, and any advice about anything but survey, clearance and release.
"""

from merestone.release.balance import (
    PRECEDENCE,
    SHARE_OF_KIND,
    Balance,
    Difference,
    Overlap,
    Parcel,
    Share,
    balance,
    balances_by,
)
from merestone.release.residual import Answer

__all__ = [
    "PRECEDENCE",
    "SHARE_OF_KIND",
    "Answer",
    "Balance",
    "Difference",
    "Overlap",
    "Parcel",
    "Share",
    "balance",
    "balances_by",
]
