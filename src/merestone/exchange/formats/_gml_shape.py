"""Geometries of GML 2, 3.1 and 3.2 become shapely geometries, or a fault that names what stands there.

Source: OGC 07-036r1 (ISO 19136), clauses 10 and 11; axis order by OGC 09-048r5: a URN or a URL of opengis.net/def asks
for the order of the authority, an older name for x (longitude, easting) first.
"""

import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from merestone.exchange.formats._gml_curve import among, beside_chords, somewhere_on
from merestone.exchange.formats._gml_geodesic import GEODESICS, along_geodesics
from merestone.exchange.rows.row import Fault
from merestone.geodesy import PER_CIRCLE, CurvedPath, Straightened, area_within, chords_per_circle, line_along
from merestone.terms import number_of

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
_ARCS: Final = ("Arc", "ArcString", "Circle", "CircleByCenterPoint")
_WITHIN: Final = ("ArcByCenterPoint", "ArcByBulge", "ArcStringByBulge", "Bezier", "BSpline")
"""Curves that are read as the ground in which they lie in any reading (`exchange.formats._gml_curve`)."""
_DISC_CHORDS: Final = 32
"""Chords around a disc in which a curve lies somewhere: finer ones would tell nothing."""
_UNITS_M: Final = {
    "m": 1.0, "metre": 1.0, "meter": 1.0, "9001": 1.0, "km": 1000.0, "9036": 1000.0, "ft": 0.3048, "[ft_i]": 0.3048,
    "9002": 0.3048, "nm": 1852.0, "[nmi_i]": 1852.0, "9030": 1852.0,
}  # fmt: skip
"""Metres in a unit of length, by its symbol (UCUM, AIXM) or its number at EPSG."""
_CODE: Final = re.compile(r"\b(EPSG|IGNF|ESRI)[:/#.].*?([A-Za-z0-9]+)$", re.IGNORECASE)
_SRS: Final = "srsName"


class GmlFaulty(Exception):
    """An element is no geometry that can be read; carries the fault."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.fault = Fault(code, message)


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
        match = _CODE.search(self.name)
        return self.name if match is None else f"{match[1].upper()}:{match[2]}"

    @property
    def is_in_authority_order(self) -> bool:
        """Whether the axes are in the order of the authority's definition, such as latitude first."""
        return self.name is not None and self.name.lower().startswith(
            ("urn:", "http://www.opengis.net/def/", "https://www.opengis.net/def/")
        )

    @property
    def is_latitude_first(self) -> bool:
        """Whether the first number of a position goes north."""
        if not self.is_in_authority_order or self.crs is None:
            return False
        try:
            axes = pyproj.CRS.from_user_input(self.crs).axis_info
        except pyproj.exceptions.CRSError:
            return False
        return bool(axes) and axes[0].direction in ("north", "south")


def local_name(element: ET.Element) -> str:
    """The name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def is_geometry(element: ET.Element) -> bool:
    """Whether an element is one of GML's geometries."""
    return local_name(element) in GEOMETRIES and "opengis.net/gml" in str(element.tag)


def stated_by(element: ET.Element) -> str | None:
    """The first reference system that a geometry, or a part of it, names."""
    return next((part.get(_SRS) for part in element.iter() if part.get(_SRS)), None)


def shape_of_gml(element: ET.Element, context: Stated) -> Straightened:
    """The geometry of one element, x and y in the order in which they stand; arcs made straight, outward and inward.

    Parameters
    ----------
    context
        What coordinates are in where the element itself states nothing.

    Raises
    ------
    GmlFaulty
        A number cannot be read, a part is missing, is a curve that is not known here, or stands elsewhere; or parts
        name several systems.
    """
    named = {part.get(_SRS) for part in element.iter() if part.get(_SRS)}
    if len(named) > 1:
        raise GmlFaulty(
            "reference_system_refused", f"parts of one geometry name {' and '.join(sorted(map(str, named)))}"
        )
    try:
        stated = Stated(stated_by(element) or context.name)
        return _Shaper(stated, chords_per_circle(_curves_in(element))).shape(element, _dimension(element, 2))
    except (ValueError, IndexError, shapely.errors.ShapelyError) as error:
        raise GmlFaulty("unreadable_geometry", f"{local_name(element)}: {error}") from error


def has_geodesics(element: ET.Element) -> bool:
    """Whether a geometry has segments that are geodesics."""
    return any(local_name(part) in GEODESICS for part in element.iter())


def _dimension(element: ET.Element, inherited: int) -> int:
    stated = element.get("srsDimension") or element.get("dimension")
    return int(stated) if stated and stated.isdigit() and int(stated) >= 2 else inherited


def _curves_in(element: ET.Element) -> int:
    """About how many curves an element has: a string of arcs has one for two positions."""
    curves = [part for part in element.iter() if local_name(part) in (*_ARCS, *_WITHIN)]
    return sum(max(len(text.split()) // 4, 1) for part in curves for text in ["".join(part.itertext())])


class _Shaper:
    """Makes the geometry of one element."""

    def __init__(self, stated: Stated, per_circle: int) -> None:
        self._stated = stated
        self._per_circle = per_circle

    def shape(self, element: ET.Element, inherited: int) -> Straightened:
        """The geometry of an element and of those in it."""
        kind, size = local_name(element), _dimension(element, inherited)
        if kind == "Point":
            return _as_it_is(shapely.Point(_only(_positions(element, size))))
        if kind in ("LineString", "LinearRing", "Curve", "CompositeCurve", "OrientableCurve", "Ring"):
            path = self._path(element, size)
            if len(path.triangles) and len(path.corners) < 2:  # nothing but a curve that lies somewhere in them
                return Straightened(shapely.MultiPoint(path.triangles.reshape(-1, 2)).convex_hull, shapely.Polygon(),
                                    path.deviation)  # fmt: skip
            return line_along(path) if len(path.triangles) else _as_it_is(shapely.LineString(path.corners))
        if kind in ("Polygon", "PolygonPatch", "Rectangle", "Triangle"):
            return self._polygon(element, size)
        if kind in ("Envelope", "Box"):
            (x1, y1), (x2, y2) = _positions(element, size)
            if not all(map(math.isfinite, (x1, y1, x2, y2))):
                raise GmlFaulty("unreadable_position", f"a corner of the {kind} is not a number")
            return _as_it_is(shapely.box(x1, y1, x2, y2))
        if kind in ("Solid", "MultiSolid"):
            raise GmlFaulty("unreadable_geometry", f"it is a {kind}; give its footprint as a surface")
        parts = [self.shape(part, size) for part in _members(element)]
        if not parts:
            raise GmlFaulty("unreadable_geometry", f"{kind} has no part")
        deviation = max(part.deviation for part in parts)
        outward, inward = _gathered(kind, [part.outward for part in parts]), None
        if deviation:
            inward = _gathered(kind, [part.inward for part in parts])
        return Straightened(outward, outward if inward is None else inward, deviation)

    def _path(self, element: ET.Element, size: int) -> CurvedPath:
        kind, size = local_name(element), _dimension(element, size)
        if kind in ("LineString", "LinearRing", "LineStringSegment"):
            positions = _positions(element, size)
            return CurvedPath(np.array(positions, dtype=np.float64).reshape(-1, 2), np.empty((0, 3, 2)), 0.0)
        if kind == "OrientableCurve":
            base = next(_members(element), None)
            if base is None:
                raise GmlFaulty("unreadable_geometry", "an OrientableCurve without its curve")
            path = self._path(base, size)
            return path.reversed() if element.get("orientation") == "-" else path
        if kind in GEODESICS:
            [path] = self._geodesics([element], size)
            return path
        if kind in _ARCS:
            return self._arc(kind, element, size)
        if kind in _WITHIN:
            return self._within(kind, element, size)
        parts = list(_members(element))
        if kind not in ("Curve", "CompositeCurve", "Ring", "LinearRing") or not parts:
            raise GmlFaulty("curved_geometry", f"the outline has a {kind}; make it straight, then import it again")
        geodesics = iter(self._geodesics([part for part in parts if local_name(part) in GEODESICS], size))
        paths = (next(geodesics) if local_name(part) in GEODESICS else self._path(part, size) for part in parts)
        return _joined(list(paths))

    def _geodesics(self, segments: Sequence[ET.Element], size: int) -> list[CurvedPath]:
        lines = [_positions(segment, _dimension(segment, size)) for segment in segments]
        return along_geodesics(lines, self._stated.crs, is_swapped=self._stated.is_latitude_first)

    def _arc(self, kind: str, element: ET.Element, size: int) -> CurvedPath:
        """Source: OGC 07-036r1, 10.4.7."""
        interpolation = element.get("interpolation", "")
        positions = _positions(element, size)
        if kind == "CircleByCenterPoint":
            return self._circle(
                _only(positions), next((part for part in element if local_name(part) == "radius"), None)
            )
        if kind == "Circle" and len(positions) == 3:
            first, second, third = positions
            return CurvedPath.circle(first, second, third, self._per_circle)
        if kind == "Circle" or len(positions) < 3 or len(positions) % 2 == 0 or "Spline" in interpolation:
            raise GmlFaulty("curved_geometry", f"a {kind} with {number_of(len(positions), 'position')}")
        arcs = list(zip(positions[::2], positions[1::2], positions[2::2], strict=False))
        if any(first == last for first, _, last in arcs):
            raise GmlFaulty("curved_geometry", f"a {kind} ends where it begins")
        return CurvedPath.joined(
            [CurvedPath.arc(first, middle, last, self._per_circle) for first, middle, last in arcs]
        )

    def _within(self, kind: str, element: ET.Element, size: int) -> CurvedPath:
        """Source: OGC 07-036r1, 10.4.7.6 to 10.4.7.17."""
        positions = _positions(element, size)
        if kind == "ArcByCenterPoint":
            radius = next((part for part in element if local_name(part) == "radius"), None)
            return somewhere_on(_only(positions), self._circle(_only(positions), radius, _DISC_CHORDS))
        if kind in ("Bezier", "BSpline"):
            return among(positions)
        bulges, normals = (_numbers(element, name) for name in ("bulge", "normal"))
        if len(positions) < 2 or len(bulges) != len(positions) - 1:
            raise GmlFaulty(
                "curved_geometry",
                f"{kind} with {number_of(len(positions), 'position')} and {number_of(len(bulges), 'bulge')}",
            )
        return beside_chords(positions, bulges, normals, self._per_circle)

    def _circle(self, centre: tuple[float, float], radius: ET.Element | None, most: int = PER_CIRCLE) -> CurvedPath:
        """Round a point, with a radius in the unit of the coordinates, or in a unit of length on the ellipsoid."""
        per_circle = min(self._per_circle, most)
        unit = "" if radius is None else radius.get("uom", "")
        length = _number(((None if radius is None else radius.text) or "").strip())
        try:
            crs = pyproj.CRS(self._stated.crs)
        except pyproj.exceptions.CRSError as error:
            raise GmlFaulty("curved_geometry", "a circle by its radius, in no stated reference system") from error
        own = crs.axis_info[0].unit_name if crs.axis_info else ""
        unit_m = _UNITS_M.get(unit.rpartition("/")[2].rpartition(":")[2].lower())
        if unit_m is not None and own == "degree":
            is_swapped = self._stated.is_latitude_first
            lat_deg, lon_deg = centre if is_swapped else centre[::-1]
            path = CurvedPath.geodesic_circle(lon_deg, lat_deg, length * unit_m, per_circle)
            return path.swapped() if is_swapped else path
        if unit_m is not None and own.lower() in ("metre", "meter"):
            length *= unit_m
        elif (unit.rpartition(":")[2].lower(), own) not in (("deg", "degree"), ("9102", "degree")):
            text = f"a circle of {length:g} {unit!r} in coordinates of {own or 'an unknown unit'}; give its outline"
            raise GmlFaulty("curved_geometry", text)
        return CurvedPath.ellipse(centre, (length, length), 0.0, 2 * math.pi, per_circle=per_circle)

    def _polygon(self, element: ET.Element, size: int) -> Straightened:
        shell: CurvedPath | None = None
        holes = []
        for boundary in element:
            name = local_name(boundary)
            if name not in ("exterior", "outerBoundaryIs", "interior", "innerBoundaryIs"):
                continue
            for ring in boundary:
                path = self._path(ring, size).closed()
                if name in ("exterior", "outerBoundaryIs"):
                    shell = path
                else:
                    holes.append(path)
        if shell is None:
            raise GmlFaulty("unreadable_geometry", "a polygon has no exterior")
        if not len(shell.triangles) and not any(len(hole.triangles) for hole in holes):
            return _as_it_is(shapely.Polygon(shell.corners, [hole.corners for hole in holes]))
        return area_within([shell, *holes])


def _as_it_is(shape: Any) -> Straightened:
    return Straightened(shape, shape, 0.0)


def _joined(paths: Sequence[CurvedPath]) -> CurvedPath:
    """One after the other; a corner at which one ends and the next begins stands once, others as often as written."""
    if len(paths) == 1:
        return paths[0]
    corners: list[NDArray[np.float64]] = []
    for path in paths:
        is_shared = bool(corners) and len(path.corners) > 0 and (corners[-1][-1:] == path.corners[:1]).all()
        corners.append(path.corners[1:] if is_shared and len(path.corners) > 1 else path.corners)
    triangles = np.concatenate([path.triangles for path in paths])
    return CurvedPath(np.concatenate(corners), triangles, max(path.deviation for path in paths))


def _gathered(kind: str, parts: Sequence[Any]) -> Any:
    if kind in _SURFACES:
        flat = [polygon for part in parts for polygon in (part.geoms if part.geom_type == "MultiPolygon" else [part])]
        is_one = len(flat) == 1 and kind not in ("MultiPolygon", "MultiSurface")
        return flat[0] if is_one else shapely.MultiPolygon(flat)
    if kind in _CURVES:
        return shapely.MultiLineString(list(parts))
    return shapely.MultiPoint(parts) if kind == "MultiPoint" else shapely.GeometryCollection(list(parts))


def _members(element: ET.Element) -> Iterator[ET.Element]:
    """The parts of an aggregate; one that stands elsewhere is a fault, since it would be missing."""
    for member in element:
        name = local_name(member)
        if name in ("description", "name", "metaDataProperty", "boundedBy", "identifier"):
            continue
        href = next((value for key, value in member.attrib.items() if key.endswith("href")), None)
        if href is not None:
            raise GmlFaulty("unreadable_geometry", f"its part is stored elsewhere ({href[:80]}); write it in place")
        yield from member


def _positions(element: ET.Element, size: int) -> list[tuple[float, float]]:
    """The positions of an element: pos, posList, coordinates, coord, or points as properties."""
    positions: list[tuple[float, float]] = []
    for child in element:
        name, own = local_name(child), _dimension(child, size)
        text = (child.text or "").strip()
        if name in ("pos", "lowerCorner", "upperCorner"):
            positions.append(_pair([_number(word) for word in text.split()]))
        elif name == "posList":
            numbers = [_number(word) for word in text.split()]
            if len(numbers) % own:
                raise GmlFaulty(
                    "unreadable_geometry", f"posList has {number_of(len(numbers), 'number')}, in positions of {own}"
                )
            positions += [_pair(numbers[at : at + own]) for at in range(0, len(numbers), own)]
        elif name == "coordinates":
            positions += _coordinates(child, text)
        elif name == "coord":
            positions.append(_pair([_number((part.text or "").strip()) for part in child]))
        elif name in ("pointProperty", "pointRep", "pointMember"):
            positions += [_only(_positions(point, own)) for point in child]
    return positions


def _numbers(element: ET.Element, name: str) -> list[float]:
    """The numbers in all parts of one name."""
    return [_number(word) for part in element if local_name(part) == name for word in (part.text or "").split()]


def _coordinates(element: ET.Element, text: str) -> list[tuple[float, float]]:
    between, after = element.get("cs", ","), element.get("ts", " ")
    decimal = element.get("decimal", ".")
    tuples = text.split() if after.isspace() else [part for part in text.split(after) if part.strip()]
    return [
        _pair([_number(word.strip().replace(decimal, ".")) for word in tuple_text.split(between)])
        for tuple_text in tuples
    ]


def _number(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        raise GmlFaulty("unreadable_position", f"{word[:40]!r} is not a number") from None


def _pair(numbers: Sequence[float]) -> tuple[float, float]:
    if len(numbers) < 2:
        raise GmlFaulty("unreadable_position", f"a position has {number_of(len(numbers), 'number')}")
    return numbers[0], numbers[1]


def _only(positions: Sequence[tuple[float, float]]) -> tuple[float, float]:
    if len(positions) != 1:
        raise GmlFaulty("unreadable_position", f"a point has {number_of(len(positions), 'position')}")
    return positions[0]
