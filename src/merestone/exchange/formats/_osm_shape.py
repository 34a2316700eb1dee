"""Places of OpenStreetMap's elements: nodes are points, ways lines through nodes, relations rings made of ways.

A query may leave shapes out (``out center``, ``out bb``) or cut them at its box (``out geom(...)``). Then what is left
is the least that is known: the hazard is all that its box holds, or reaches nobody knows how far around the place.
Source: OpenStreetMap wiki, "Overpass API/Overpass QL" (out) and "Relation:multipolygon".
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import shapely
from shapely.geometry.base import BaseGeometry

from merestone.exchange.rows.row import Fault
from merestone.exchange.rows.shape import ShapeFaulty

Pair = tuple[float, float]
Elements = Mapping[tuple[str, Any], Mapping[str, Any]]
"""By type and number."""
_DEEPEST: Final = 2
_FEWEST_PLACES: Final = 100_000
_PLACES_PER_ELEMENT: Final = 20
"""Together they bound how often elements may be used by one another."""
_AREAS: Final = frozenset(["multipolygon", "boundary"])
_NO_PLACE: Final = "the answer holds no place of it; ask with out geom"


class OsmShape(NamedTuple):
    """Where an element lies, and how surely."""

    geometry: BaseGeometry
    is_whole: bool = True
    """Whether all of its shape is in the file. If not, how far it reaches is unknown."""
    inner: BaseGeometry | None = None
    """What is certainly inside; None: all of it."""
    remarks: tuple[Fault, ...] = ()


class OsmShapes:
    """The shapes of the elements of one file, which refer to each other."""

    def __init__(self, elements: Elements) -> None:
        """`elements`: by type and number."""
        self._elements = elements
        self._left = _FEWEST_PLACES + _PLACES_PER_ELEMENT * len(elements)

    def of(self, element: Mapping[str, Any], depth: int = 0) -> OsmShape:
        """The shape of an element.

        Raises
        ------
        ShapeFaulty
            The file does not say where it is.
        """
        self._use(1)
        kind = element.get("type")
        if kind == "node":
            return OsmShape(shapely.Point(_pair(element)))
        if kind == "way":
            places = self._places_of_way(element)
            known = [place for place in places if place is not None]
            if known:
                line = shapely.LineString(known) if len(known) > 1 else shapely.Point(known[0])
                return OsmShape(line) if len(known) == len(places) else _cut(line)
        elif kind == "relation" and depth < _DEEPEST:
            shape = self._relation(element, depth)
            if shape is not None:
                return shape
        return _box_or_centre(element)

    def _use(self, count: int) -> None:
        self._left -= count
        if self._left < 0:
            raise ShapeFaulty("too_many_places", "the elements of the file are used over and over by one another")

    def _relation(self, element: Mapping[str, Any], depth: int) -> OsmShape | None:
        shapes: list[tuple[str, OsmShape]] = []
        is_whole = True
        for member in _objects(element.get("members")):
            kind, ref = member.get("type"), member.get("ref")
            source = self._elements.get((str(kind), _key(ref)), {})
            try:
                shape = self.of({**source, **member, "type": kind}, depth + 1)
            except ShapeFaulty:
                is_whole = False
                continue
            is_whole &= shape.is_whole
            shapes.append((str(member.get("role") or ""), shape))
        tags = element.get("tags")
        is_area = isinstance(tags, Mapping) and tags.get("type") in _AREAS
        if not shapes:
            return None
        if is_area and any(shape.geometry.geom_type == "LineString" for _, shape in shapes):
            return _area(shapes, is_whole=is_whole)
        parts = [shape.geometry for _, shape in shapes]
        geometry = parts[0] if len(parts) == 1 else shapely.GeometryCollection(parts)
        return OsmShape(geometry) if is_whole else _cut(geometry)

    def _places_of_way(self, element: Mapping[str, Any]) -> list[Pair | None]:
        geometry, nodes = element.get("geometry"), element.get("nodes")
        if isinstance(geometry, list):
            self._use(len(geometry))
            return [_pair(place) if isinstance(place, Mapping) else None for place in geometry]
        if not isinstance(nodes, list):
            return []
        self._use(len(nodes))
        known = (self._elements.get(("node", _key(node))) for node in nodes)
        return [None if node is None else _pair(node) for node in known]


def mentioned_in(elements: Sequence[Mapping[str, Any]]) -> set[tuple[str, Any]]:
    """The elements of which others are made."""
    mentioned: set[tuple[str, Any]] = set()
    for element in elements:
        nodes, members = element.get("nodes"), element.get("members")
        mentioned.update(("node", _key(node)) for node in (nodes if isinstance(nodes, list) else ()))
        for member in _objects(members):
            mentioned.add((str(member.get("type")), _key(member.get("ref"))))
    return mentioned


def _area(shapes: Sequence[tuple[str, OsmShape]], *, is_whole: bool) -> OsmShape:
    """The outer rings less the inner ones; of ways that make no ring, all ground between them."""
    lines = [(role, shape.geometry) for role, shape in shapes if shape.geometry.geom_type == "LineString"]
    cut = [shape.geometry for role, shape in shapes if shape.geometry.geom_type == "Polygon" and role != "inner"]
    outer, open_outer = _rings([line for role, line in lines if role != "inner"])
    inner, open_inner = _rings([line for role, line in lines if role == "inner"])
    holes = shapely.union_all(inner)
    islands = [ring for ring in outer if holes.covers(ring)]
    area = shapely.union_all([shapely.union_all(outer).difference(holes), *islands])
    certain = area.difference(shapely.union_all([part.convex_hull for part in open_inner]))
    if is_whole and not open_outer:
        return OsmShape(area, inner=certain if open_inner else None)
    between = shapely.union_all([area, shapely.union_all([*open_outer, *cut]).convex_hull])
    explanation = "ways of its outline are missing or do not close; all ground between them was taken"
    inside = certain if is_whole else shapely.Polygon()
    return OsmShape(between, is_whole=False, inner=inside, remarks=(Fault("outline_cut_off", explanation),))


def _rings(lines: Sequence[BaseGeometry]) -> tuple[list[BaseGeometry], list[BaseGeometry]]:
    """The rings that lines make together, filled, and the lines that make none."""
    if not lines:
        return [], []
    faces, *others = shapely.polygonize_full([shapely.force_2d(line) for line in lines])
    left = [part for rest in others for part in rest.geoms if not part.is_empty]
    return [shapely.Polygon(shapely.get_exterior_ring(face)) for face in faces.geoms], left


def _cut(geometry: BaseGeometry) -> OsmShape:
    """A line of which nodes are missing, with the ground between those that are there."""
    remark = Fault("outline_cut_off", "nodes or members of it are missing; all ground between the others was taken")
    return OsmShape(geometry.convex_hull, is_whole=False, inner=shapely.Polygon(), remarks=(remark,))


def _box_or_centre(element: Mapping[str, Any]) -> OsmShape:
    bounds, centre = element.get("bounds"), element.get("center")
    if isinstance(bounds, Mapping):
        west, south, east, north = (_number(bounds.get(name)) for name in ("minlon", "minlat", "maxlon", "maxlat"))
        east += 360.0 if east < west else 0.0
        remark = Fault("only_extent", "the answer holds no outline, only its box, which was taken; ask with out geom")
        return OsmShape(shapely.box(west, south, east, north), inner=shapely.Polygon(), remarks=(remark,))
    if isinstance(centre, Mapping):
        remark = Fault("only_centre", "the answer holds no outline, only its middle; ask with out geom")
        return OsmShape(shapely.Point(_pair(centre)), is_whole=False, inner=shapely.Polygon(), remarks=(remark,))
    raise ShapeFaulty("null_geometry", _NO_PLACE)


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    yield from (member for member in (value if isinstance(value, list) else ()) if isinstance(member, Mapping))


def _key(ref: Any) -> Any:
    return ref if isinstance(ref, (int, str)) else None


def _pair(value: Mapping[str, Any]) -> Pair:
    return _number(value.get("lon")), _number(value.get("lat"))


def _number(value: Any) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    raise ShapeFaulty("unreadable_position", f"{value!r} is not a number of degrees")
