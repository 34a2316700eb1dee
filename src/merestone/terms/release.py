"""The three ways in which land is released, and what each comes from (IMAS 07.11)."""

from enum import StrEnum

from merestone.terms.activity import Activity


class ReleaseProduct(StrEnum):
    """What an activity releases. Released land is the union of the three, never their sum where they overlap."""

    CANCELLED = "cancelled"
    REDUCED = "reduced"
    CLEARED = "cleared"

    @property
    def activity(self) -> Activity:
        """The activity that alone can give this product: NTS cancels, TS reduces, clearance clears."""
        return {
            ReleaseProduct.CANCELLED: Activity.NTS,
            ReleaseProduct.REDUCED: Activity.TS,
            ReleaseProduct.CLEARED: Activity.CLEARANCE,
        }[self]
