"""Who may see what. Applied in `merestone.register.as_of`, and nowhere else; closed by default.

A viewer without the right to a record's exact outline gets one enlarged, moved and bent by chance, which contains it
(`merestone.geodesy.masking`); of released land, the cells that lie wholly within it, for that must never look larger
than it is. The viewer gets neither the attributes nor the row the record came from: free text can give away what an
outline hides.
"""

from dataclasses import dataclass
from typing import Final

from merestone.terms import Visibility


@dataclass(frozen=True, slots=True)
class Viewer:
    """A kind of onlooker: which records it sees exactly, and how far the others are widened, in metres."""

    name: str
    sees_exactly: frozenset[Visibility]
    widened_m: tuple[tuple[Visibility, float], ...] = ()

    def sees_exact(self, visibility: Visibility) -> bool:
        """Whether the viewer gets the outline as it was recorded."""
        return visibility in self.sees_exactly

    def widening_m(self, visibility: Visibility) -> float:
        """By how many metres a record's outline is generalised outward for this viewer; 0.0 if it sees it exactly."""
        return 0.0 if self.sees_exact(visibility) else dict(self.widened_m).get(visibility, COARSE_M)


FINE_M: Final = 100.0
"""Level of masking of what the public may be shown: an attacker misses the true edge by 30 m on average or more. Small
beside the fields and woods that people walk in. Measured in `benchmarks/privacy.py`."""
COARSE_M: Final = 1000.0
"""Level of masking of what is restricted: a warning zone, whose true edge is missed by 300 m on average or more."""

EXACT: Final = Viewer("exact", frozenset(Visibility))
"""The holder of the register."""
PARTNER: Final = Viewer(
    "partner", frozenset({Visibility.PUBLIC, Visibility.PARTNER}), ((Visibility.RESTRICTED, COARSE_M),)
)
"""An organisation that takes part in the programme."""
PUBLIC: Final = Viewer(
    "public",
    frozenset(),
    ((Visibility.PUBLIC, FINE_M), (Visibility.PARTNER, FINE_M), (Visibility.RESTRICTED, COARSE_M)),
)
"""Everybody. Sees no exact outline, also not of records marked public."""
