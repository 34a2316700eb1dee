"""How directly a piece of evidence speaks of explosive ordnance in a place."""

from enum import StrEnum


class EvidenceKind(StrEnum):
    """Direct evidence supports a CHA, indirect evidence a SHA. A programme chooses which finding counts as which."""

    DIRECT = "direct"
    INDIRECT = "indirect"
