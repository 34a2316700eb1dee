"""Geometries of GML 2, 3.1 and 3.2 become shapely geometries, or a fault that names what stands there.

Source: OGC 07-036r1 (ISO 19136), clauses 10 and 11; axis order by OGC 09-048r5: a URN or a URL of opengis.net/def asks
for the order of the authority, an older name for x (longitude, easting) first.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import shapely

from merestone.exchange.row import Fault

GEOMETRIES: Final = frozenset((
    "Point", "LineString", "LinearRing", "Curve", "CompositeCurve", "OrientableCurve", "Ring", "Polygon", "Surface",
    "PolyhedralSurface", "CompositeSurface", "OrientableSurface", "Tin", "MultiPoint", "MultiLineString", "MultiCurve",
    "MultiPolygon", "MultiSurface", "MultiGeometry", "GeometryCollection", "Envelope", "Box", "Solid", "MultiSolid",
))  # fmt: skip
_SURFACES: Final = (
    "Surface",
    "PolyhedralSurface",
    "CompositeSurface",
    "OrientableSurface",
    "Tin",
    "MultiPolygon",
    "MultiSurface",
)
_CURVES: Final = ("MultiLineString", "MultiCurve")
_CODE: Final = re.compile(r"\b(EPSG|IGNF|ESRI)[:/#.].*?([A-Za-z0-9]+)$", re.IGNORECASE)
_SRS: Final = "srsName"


class GmlFaulty(Exception):
    """An element is no geometry that can be read; carries the fault."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.fault = Fault(code, words)


@dataclass(frozen=True, slots=True)
class Stated:
    """What a geometry's coordinates are stated to be in."""

    name: str | None
    """As it stands in ``srsName``; None: nothing is stated."""

    @property
    def crs(self) -> str | None:
        """As PROJ reads it."""
        if self.name is None:
            return None
        if self.name.upper().endswith("CRS84"):
            return "OGC:CRS84"
        found = _CODE.search(self.name)
        return self.name if found is None else f"{found[1].upper()}:{found[2]}"

    @property
    def is_in_authority_order(self) -> bool:
        """Whether the axes are in the order of the authority's definition, such as latitude first."""
        return self.name is not None and self.name.lower().startswith(
            ("urn:", "http://www.opengis.net/def/", "https://www.opengis.net/def/")
        )


def local_name(element: ET.Element) -> str:
    """The name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def is_geometry(element: ET.Element) -> bool:
    """Whether an element is one of GML's geometries."""
    return local_name(element) in GEOMETRIES and "opengis.net/gml" in str(element.tag)


def stated_by(element: ET.Element) -> str | None:
    """The first reference system that a geometry, or a part of it, names."""
    return next((part.get(_SRS) for part in element.iter() if part.get(_SRS)), None)


def shape_of_gml(element: ET.Element) -> Any:
    """The geometry of one element, x and y in the order in which they stand.

    Raises
    ------
    GmlFaulty
        A number cannot be read, a part is missing, is an arc, or stands elsewhere; or parts name several systems.
    """
    named = {part.get(_SRS) for part in element.iter() if part.get(_SRS)}
    if len(named) > 1:
        raise GmlFaulty(
            "reference_system_refused", f"parts of one geometry name {' and '.join(sorted(map(str, named)))}"
        )
    try:
        return _shape(element, _dimension(element, 2))
    except (ValueError, IndexError, shapely.errors.ShapelyError) as error:
        raise GmlFaulty("unreadable_geometry", f"{local_name(element)}: {error}") from error


def _dimension(element: ET.Element, inherited: int) -> int:
    stated = element.get("srsDimension") or element.get("dimension")
    return int(stated) if stated and stated.isdigit() and int(stated) >= 2 else inherited


def _shape(element: ET.Element, inherited: int) -> Any:
    kind, size = local_name(element), _dimension(element, inherited)
    if kind == "Point":
        return shapely.Point(_only(_positions(element, size)))
    if kind in ("LineString", "LinearRing", "Curve", "CompositeCurve", "OrientableCurve", "Ring"):
        return shapely.LineString(_line(element, size))
    if kind in ("Polygon", "PolygonPatch", "Rectangle", "Triangle"):
        return _polygon(element, size)
    if kind in ("Envelope", "Box"):
        (x1, y1), (x2, y2) = _positions(element, size)
        return shapely.box(x1, y1, x2, y2)
    if kind in ("Solid", "MultiSolid"):
        raise GmlFaulty("unreadable_geometry", f"it is a {kind}; give its footprint as a surface")
    parts = [_shape(part, size) for part in _members(element)]
    if not parts:
        raise GmlFaulty("unreadable_geometry", f"{kind} has no part")
    if kind in _SURFACES:
        flat = [polygon for part in parts for polygon in (part.geoms if part.geom_type == "MultiPolygon" else [part])]
        return (
            flat[0] if len(flat) == 1 and kind not in ("MultiPolygon", "MultiSurface") else shapely.MultiPolygon(flat)
        )
    if kind in _CURVES:
        return shapely.MultiLineString(parts)
    return shapely.MultiPoint(parts) if kind == "MultiPoint" else shapely.GeometryCollection(parts)


def _members(element: ET.Element) -> Iterator[ET.Element]:
    """The parts of an aggregate; one that stands elsewhere is a fault, since it would be missing."""
    for member in element:
        name = local_name(member)
        if name in ("description", "name", "metaDataProperty", "boundedBy", "identifier"):
            continue
        href = next((value for key, value in member.attrib.items() if key.endswith("href")), None)
        if href is not None:
            raise GmlFaulty("unreadable_geometry", f"its part stands elsewhere ({href[:80]}); write it in place")
        yield from member


def _line(element: ET.Element, size: int) -> list[tuple[float, float]]:
    kind, size = local_name(element), _dimension(element, size)
    if kind in ("LineString", "LinearRing", "LineStringSegment"):
        return _positions(element, size)
    if kind == "OrientableCurve":
        base = next(_members(element))
        corners = _line(base, size)
        return corners[::-1] if element.get("orientation") == "-" else corners
    parts = list(_members(element))
    if kind not in ("Curve", "CompositeCurve", "Ring", "LinearRing") or not parts:
        raise GmlFaulty("curved_geometry", f"the outline has a {kind}; make it straight, then import it again")
    joined: list[tuple[float, float]] = []
    for part in parts:
        corners = _line(part, size)
        joined += corners[1:] if joined and corners and joined[-1] == corners[0] else corners
    return joined


def _polygon(element: ET.Element, size: int) -> Any:
    shell: list[tuple[float, float]] | None = None
    holes = []
    for boundary in element:
        name = local_name(boundary)
        if name not in ("exterior", "outerBoundaryIs", "interior", "innerBoundaryIs"):
            continue
        for ring in boundary:
            corners = _line(ring, size)
            if corners and corners[0] != corners[-1]:
                corners.append(corners[0])
            if name in ("exterior", "outerBoundaryIs"):
                shell = corners
            else:
                holes.append(corners)
    if shell is None:
        raise GmlFaulty("unreadable_geometry", "a polygon has no exterior")
    return shapely.Polygon(shell, holes)


def _positions(element: ET.Element, size: int) -> list[tuple[float, float]]:
    """The positions of an element: pos, posList, coordinates, coord, or points as properties."""
    found: list[tuple[float, float]] = []
    for child in element:
        name, own = local_name(child), _dimension(child, size)
        text = (child.text or "").strip()
        if name in ("pos", "lowerCorner", "upperCorner"):
            found.append(_pair([_number(word) for word in text.split()]))
        elif name == "posList":
            numbers = [_number(word) for word in text.split()]
            if len(numbers) % own:
                raise GmlFaulty("unreadable_geometry", f"posList has {len(numbers)} numbers, in positions of {own}")
            found += [_pair(numbers[at : at + own]) for at in range(0, len(numbers), own)]
        elif name == "coordinates":
            found += _coordinates(child, text)
        elif name == "coord":
            found.append(_pair([_number((part.text or "").strip()) for part in child]))
        elif name in ("pointProperty", "pointRep", "pointMember"):
            found += [_only(_positions(point, own)) for point in child]
    return found


def _coordinates(element: ET.Element, text: str) -> list[tuple[float, float]]:
    between, after = element.get("cs", ","), element.get("ts", " ")
    decimal = element.get("decimal", ".")
    tuples = text.split() if after.isspace() else [part for part in text.split(after) if part.strip()]
    return [_pair([_number(word.strip().replace(decimal, ".")) for word in one.split(between)]) for one in tuples]


def _number(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        raise GmlFaulty("unreadable_position", f"{word[:40]!r} is not a number") from None


def _pair(numbers: Sequence[float]) -> tuple[float, float]:
    if len(numbers) < 2:
        raise GmlFaulty("unreadable_position", f"a position has {len(numbers)} numbers")
    return numbers[0], numbers[1]


def _only(positions: Sequence[tuple[float, float]]) -> tuple[float, float]:
    if len(positions) != 1:
        raise GmlFaulty("unreadable_position", f"a point has {len(positions)} positions")
    return positions[0]
