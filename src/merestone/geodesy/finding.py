"""What a check found in a geometry, and the three ways in which a check can end."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from shapely.geometry.base import BaseGeometry

from merestone.terms import renamed_attribute


class Code(StrEnum):
    """Short names of findings, stable from version to version. The value is the stored text."""

    # A geometry with one of these cannot be taken as it stands; it is refused.
    NULL_GEOMETRY = "null_geometry"
    EMPTY_GEOMETRY = "empty_geometry"
    UNREADABLE = "unreadable"
    NOT_FINITE = "not_finite"
    TOO_FEW_POINTS = "too_few_points"
    NO_AREA = "no_area"
    WRONG_TYPE = "wrong_type"
    OUTSIDE_WGS84 = "outside_wgs84"
    SWAPPED_AXES = "swapped_axes"
    # These are repaired, and the repair is recorded.
    UNCLOSED = "unclosed"
    CROSSES_ITSELF = "crosses_itself"
    TOUCHES_ITSELF = "touches_itself"
    HOLE_OUTSIDE = "hole_outside"
    HOLES_NESTED = "holes_nested"
    PARTS_OVERLAP = "parts_overlap"
    EMPTY_PART = "empty_part"
    LINE_WITHOUT_LENGTH = "line_without_length"
    BEYOND_180 = "beyond_180"
    CROSSES_ANTIMERIDIAN = "crosses_antimeridian"
    ENCLOSES_POLE = "encloses_pole"
    # These are told, and the geometry is taken as it is.
    SPIKE = "spike"
    REPEATED_VERTEX = "repeated_vertex"
    LONG_EDGE = "long_edge"
    CLOCKWISE = "clockwise"
    TINY_AREA = "tiny_area"
    HAS_HEIGHT = "has_height"
    AXES_ASSUMED = "axes_assumed"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found: its code, words for a person, its place in degrees where it has one, and what was done."""

    code: Code
    message: str
    lon_deg: float | None = None
    lat_deg: float | None = None
    done: str = ""
    """What was done about it, in words; empty if nothing was."""

    words = renamed_attribute("words", "message")

    def __str__(self) -> str:
        """The words with the place and what was done.

        >>> str(Finding(Code.CROSSES_ITSELF, "the outline crosses itself", 17.5, 44.25, "both sides were kept"))
        'the outline crosses itself at lon 17.5000000, lat 44.2500000; both sides were kept'
        """
        place = ""
        if self.lon_deg is not None and self.lat_deg is not None:
            lon, lat = (f"{deg:.7f}" if abs(deg) < 1e9 else f"{deg:g}" for deg in (self.lon_deg, self.lat_deg))
            place = f" at lon {lon}, lat {lat}"
        return f"{self.message}{place}" + (f"; {self.done}" if self.done else "")


@dataclass(frozen=True, slots=True)
class Sound:
    """The geometry can be taken as it stands. What was noticed about it, if anything, is in `findings`."""

    geometry: BaseGeometry
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Repaired:
    """The geometry could be repaired without leaving out a point that its outline could have meant.

    An outline that crosses itself can be read in two ways: a point is inside if a ray from it crosses the outline an
    odd number of times (even-odd), or if the outline winds around it at all (non-zero winding). `geometry` covers
    every point that is inside by either reading. NaN where a reading has no area to speak of (points and lines).
    """

    geometry: BaseGeometry
    findings: tuple[Finding, ...]
    even_odd_m2: float = float("nan")
    """Area of the input by the even-odd reading, geodesic."""
    winding_m2: float = float("nan")
    """Area of the input by the non-zero winding reading, geodesic."""
    area_m2: float = float("nan")
    """Area of `geometry`, geodesic."""

    @property
    def done(self) -> str:
        """All that was done, in words."""
        return "; ".join(dict.fromkeys(f.done for f in self.findings if f.done))


@dataclass(frozen=True, slots=True)
class Refused:
    """The geometry cannot be taken. `geometry` is what came in, so that a person can look at it."""

    findings: tuple[Finding, ...]
    geometry: Any = None


Verdict = Sound | Repaired | Refused
