"""Borders between states, measured: their length at every resolution, the terrain along them, and published claims.

For: anyone who has to say how long a border is, and with what doubt; what lies along it; and whether what was
published about it holds. Not here: who is right in a dispute (each line says where it comes from), storage, and any
advice on what to do in a place: the figures describe, and rank nothing.
"""

from merestone.border.claim import Claim, Claims, PrintedName, Publication, packaged_claims, read_claims
from merestone.border.claim_check import Check, Finding, check_claim, check_claims
from merestone.border.length import (
    RESOLUTIONS_M,
    Dimension,
    LengthAt,
    fractal_dimension,
    geodesic_length_m,
    length_curve,
    resolution_giving,
)
from merestone.border.line import (
    TOLERANCE_M,
    TOLERANCES_M,
    LengthWithDoubt,
    NothingShared,
    SharedBorder,
    length_with_doubt,
    shared_border,
    stretch_beyond,
    stretch_near,
)
from merestone.border.packaged import (
    CONTRAST_BORDERS,
    FIVE_STATES_BORDERS,
    BorderLine,
    packaged_border,
    packaged_borders,
)
from merestone.border.published import (
    BorderLength,
    Comparison,
    PublishedLength,
    border_length,
    compared,
    five_states_lengths,
    published_lengths,
    series_sum_km,
    summed_curve,
)
from merestone.border.strip import strip_of

__all__ = [
    "CONTRAST_BORDERS",
    "FIVE_STATES_BORDERS",
    "RESOLUTIONS_M",
    "TOLERANCES_M",
    "TOLERANCE_M",
    "BorderLength",
    "BorderLine",
    "Check",
    "Claim",
    "Claims",
    "Comparison",
    "Dimension",
    "Finding",
    "LengthAt",
    "LengthWithDoubt",
    "NothingShared",
    "PrintedName",
    "Publication",
    "PublishedLength",
    "SharedBorder",
    "border_length",
    "check_claim",
    "check_claims",
    "compared",
    "five_states_lengths",
    "fractal_dimension",
    "geodesic_length_m",
    "length_curve",
    "length_with_doubt",
    "packaged_border",
    "packaged_borders",
    "packaged_claims",
    "published_lengths",
    "read_claims",
    "resolution_giving",
    "series_sum_km",
    "shared_border",
    "stretch_beyond",
    "stretch_near",
    "strip_of",
    "summed_curve",
]
