"""WGS 84 on the ellipsoid: measure, check and repair outlines, make them larger, read and write coordinates.

Not here: what a hazard is, files, storage.
"""

from merestone.geodesy._refusal import PositionRefused
from merestone.geodesy.ellipsoid import (
    area_m2,
    areas_below_m2,
    areas_m2,
    azimuth_deg,
    destination,
    destinations,
    distance_m,
    distances_m,
    length_m,
    lengths_m,
    metres_per_degree,
    perimeter_m,
    perimeters_m,
)
from merestone.geodesy.finding import Code, Finding, Refused, Repaired, Sound, Verdict
from merestone.geodesy.inward import inward
from merestone.geodesy.notation import (
    Notation,
    Position,
    format_ddm,
    format_decimal,
    format_dms,
    format_mgrs,
    format_utm,
    parse_position,
)
from merestone.geodesy.outward import outward, outward_all, widen, widen_all
from merestone.geodesy.ring import check, check_all, duplicates
from merestone.geodesy.ringset import RingSet
from merestone.geodesy.traverse import BearingUnit, Leg, Misclosure, North, Traverse, TraversePoint, traverse

__all__ = [
    "BearingUnit",
    "Code",
    "Finding",
    "Leg",
    "Misclosure",
    "North",
    "Notation",
    "Position",
    "PositionRefused",
    "Refused",
    "Repaired",
    "RingSet",
    "Sound",
    "Traverse",
    "TraversePoint",
    "Verdict",
    "area_m2",
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
    "format_ddm",
    "format_decimal",
    "format_dms",
    "format_mgrs",
    "format_utm",
    "inward",
    "length_m",
    "lengths_m",
    "metres_per_degree",
    "outward",
    "outward_all",
    "parse_position",
    "perimeter_m",
    "perimeters_m",
    "traverse",
    "widen",
    "widen_all",
]
