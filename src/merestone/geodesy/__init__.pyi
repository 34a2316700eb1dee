from ._flat import without_tiny_numbers
from ._refusal import PositionRefused
from .antimeridian import every_way_round, jumps_antimeridian, unrolled_line, wrapped_to_180
from .curve import Straightened, area_within, line_along, straightened, together
from .curved_path import CurvedPath
from .ellipsoid import (
    area_m2,
    areas_below_m2,
    areas_m2,
    azimuth_deg,
    destination,
    destinations,
    distance_m,
    distances_m,
    geod,
    length_m,
    lengths_m,
    metres_per_degree,
    perimeter_m,
    perimeters_m,
)
from .finding import Code, Finding, Refused, Repaired, Sound, Verdict
from .inward import inward, inward_all
from .masking import CHANCES, Mask, mask_of, masked_all
from .masking_within import masked_within_all
from .notation import (
    Notation,
    Position,
    format_ddm,
    format_decimal,
    format_dms,
    format_mgrs,
    format_utm,
    parse_position,
)
from .outward import outward, outward_all, widen, widen_all
from .ring import check, check_all, duplicates
from .ringset import RingSet
from .traverse import BearingUnit, Leg, Misclosure, North, Traverse, TraversePoint, traverse

__all__ = [
    "CHANCES",
    "BearingUnit",
    "Code",
    "CurvedPath",
    "Finding",
    "Leg",
    "Mask",
    "Misclosure",
    "North",
    "Notation",
    "Position",
    "PositionRefused",
    "Refused",
    "Repaired",
    "RingSet",
    "Sound",
    "Straightened",
    "Traverse",
    "TraversePoint",
    "Verdict",
    "area_m2",
    "area_within",
    "areas_below_m2",
    "areas_m2",
    "azimuth_deg",
    "check",
    "check_all",
    "destination",
    "destinations",
    "distance_m",
    "distances_m",
    "duplicates",
    "every_way_round",
    "format_ddm",
    "format_decimal",
    "format_dms",
    "format_mgrs",
    "format_utm",
    "geod",
    "inward",
    "inward_all",
    "jumps_antimeridian",
    "length_m",
    "lengths_m",
    "line_along",
    "mask_of",
    "masked_all",
    "masked_within_all",
    "metres_per_degree",
    "outward",
    "outward_all",
    "parse_position",
    "perimeter_m",
    "perimeters_m",
    "straightened",
    "together",
    "traverse",
    "unrolled_line",
    "widen",
    "widen_all",
    "without_tiny_numbers",
    "wrapped_to_180",
]
