"""GML: feature collections as registers and WFS servers give them; each type of feature is a layer.

Read here and not by GDAL (3.12.4), which puts 0 for a number that it cannot read, takes only the last geometry of a
feature that has an outline and a label point, gives features of several reference systems as of none, and writes a
file ``.gfs`` beside the one that it reads.
"""

import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import shapely

from merestone.exchange.formats._gml_geodesic import REMARK
from merestone.exchange.formats._gml_shape import (
    GmlFaulty,
    Stated,
    has_geodesics,
    is_geometry,
    local_name,
    shape_of_gml,
    stated_by,
)
from merestone.exchange.formats._layer import layer_of
from merestone.exchange.places.arcs import arc_remark, line_shift_m
from merestone.exchange.rows.edges import TOLERANCE_M
from merestone.exchange.rows.format import Feature
from merestone.exchange.rows.reference import MOST_SYSTEMS, ToLonLat, name_of, reference_of
from merestone.exchange.rows.row import Fault, Reading, Row
from merestone.exchange.rows.xml import parsed, raw_text
from merestone.terms import FieldRefused, FileRefused

_MEMBERS: Final = frozenset(("featureMember", "member", "featureMembers", "members"))
_NAMESPACE: Final = b"opengis.net/gml"


class Gml:
    """Reads GML 2, 3.1 and 3.2."""

    name = "GML"
    suffixes = (".gml",)
    writes = False

    def sniff(self, path: Path, head: bytes) -> bool:
        """XML that names the namespace of GML at its beginning."""
        return head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<") and _NAMESPACE in head

    def layers(self, path: Path) -> tuple[str, ...]:
        """The types of features that have a geometry."""
        return tuple(_opened(path)[0])

    def read(
        self, path: Path, *, layer: str | None = None, crs: str | None = None, encoding: str | None = None
    ) -> Reading:
        """The features of one type, in the order of the file; each in the reference system that it names."""
        layers, repairs = _opened(path)
        chosen = layer_of(path, layer, tuple(layers))
        features = [_feature_or_fault(element, context) for element, context in layers[chosen]]
        stating = sorted(
            (own for own in features if own.stated.name is not None), key=lambda own: own.fault is not None
        )
        stated = stating[0].stated if stating else Stated(None)
        reference = reference_of(stated.crs, crs, path=path)
        own = [feature for feature in features if feature.stated in (stated, Stated(None))]
        shift_m = _move(own, stated, reference, ToLonLat(reference))
        rows = _rows(features, stated, reference, path)
        reading = Reading(rows, format_name=self.name, layer=chosen, crs=name_of(reference), total=len(features))
        reading.shift_m = shift_m
        reading.notes += [f"repaired: {repair}" for repair in repairs]
        return reading

    def write(self, path: Path, features: Sequence[Feature], *, layer: str, about: Mapping[str, str]) -> None:
        """Always refused."""
        raise FileRefused(path, "GML is only read", "write a GeoPackage (.gpkg) instead")


@dataclass
class _Feature:
    element: ET.Element
    attributes: dict[str, Any]
    stated: Stated
    geometry: Any = None
    inner: Any = None
    """What lies within its arcs in any case."""
    shift_m: float = 0.0
    moved_m: float | None = None
    fault: Fault | None = None
    remarks: list[Fault] = field(default_factory=list)


_Layers = dict[str, list[tuple[ET.Element, str | None]]]
"""By type, features, and the reference system of the collection that they are in."""


def _opened(path: Path) -> tuple[_Layers, tuple[str, ...]]:
    """The layers of a document, and what was repaired in it."""
    root, repairs = parsed(path.read_bytes(), path, what="GML")
    try:
        return _layers(root), repairs
    except RecursionError as error:
        raise FileRefused(path, "its collections are nested too deeply to be read", "get it again") from error


def _layers(root: ET.Element) -> _Layers:
    layers_by_name: _Layers = {}
    for element, context in _features(root, None):
        layers_by_name.setdefault(local_name(element), []).append((element, context))
    return {
        name: features
        for name, features in layers_by_name.items()
        if any(is_geometry(part) for element, _ in features for child in element for part in child)
    }


def _features(collection: ET.Element, context: str | None) -> Iterator[tuple[ET.Element, str | None]]:
    """The features of a collection, and of collections in it; of what is no collection, itself."""
    context = _bounded_by(collection) or context
    members = [child for child in collection if local_name(child) in _MEMBERS]
    if not members:
        yield collection, context
    for member in members:
        for element in member:
            if any(local_name(child) in _MEMBERS for child in element):
                yield from _features(element, context)
            else:
                yield element, context


_NUMBER: Final = re.compile(r"[-+]?\d*\.?\d+(?:[eE][-+]?\d+)?")


def _bounded_by(element: ET.Element) -> str | None:
    """The reference system of an extent: that of what is inside, where it names none (OGC 07-036r1, 9.10)."""
    extent = next((child for child in element if local_name(child) == "boundedBy"), None)
    return None if extent is None else stated_by(extent)


def _feature_or_fault(element: ET.Element, context: str | None) -> _Feature:
    """The feature; one that is nested too deeply is a faulty row, and the rows beside it are read."""
    try:
        return _feature(element, context)
    except RecursionError:
        fault = Fault("unreadable_geometry", "the feature is nested too deeply to be read")
        return _Feature(element, {}, Stated(context), fault=fault)


def _feature(element: ET.Element, context: str | None) -> _Feature:
    attributes: dict[str, Any] = {}
    places: list[tuple[str, ET.Element]] = []
    identity = next((value for key, value in element.attrib.items() if key.endswith("}id") or key == "fid"), None)
    if identity is not None:
        attributes["gml_id"] = identity
    for child in element:
        if local_name(child) == "boundedBy":
            continue
        shapes = [part for part in child if is_geometry(part)]
        if shapes:
            places += [(local_name(child), shape) for shape in shapes]
        else:
            _take(attributes, local_name(child), child)
    context = _bounded_by(element) or context
    return _with_extent(_with_places(_Feature(element, attributes, Stated(context)), places))


def _with_extent(feature: _Feature) -> _Feature:
    """A point whose own extent is larger than it is stands for all of the extent."""
    extent = next((child for child in feature.element if local_name(child) == "boundedBy"), None)
    if extent is None or feature.geometry is None or feature.geometry.geom_type != "Point":
        return feature
    numbers = _NUMBER.findall(" ".join(part.text or "" for part in extent.iter()))
    half = len(numbers) // 2
    if half not in (2, 3) or len(numbers) != 2 * half or numbers[:half] == numbers[half:]:
        return feature
    (x_1, y_1), (x_2, y_2) = (map(float, numbers[at : at + 2]) for at in (0, half))
    if (x_1, y_1) == (x_2, y_2):
        return feature
    own = feature.geometry
    ends = shapely.MultiPoint([(x_1, y_1), (x_2, y_2)])
    feature.inner = feature.inner or own
    if stated_by(extent) not in (None, feature.stated.name):
        text = "its extent is in another reference system than its point, so how far it reaches is unknown"
        feature.shift_m = math.nan
    else:
        text = "its extent (boundedBy) is larger than its point, and was taken as the area"
        feature.geometry = shapely.union_all([ends, own]).envelope
    feature.remarks.append(Fault("extent_as_area", text))
    return feature


def _take(attributes: dict[str, Any], name: str, element: ET.Element) -> None:
    """A property as text; one of several parts by their names, one that is given twice as a list."""
    if len(element):
        for part in element:
            _take(attributes, f"{name}.{local_name(part)}", part)
        return
    href = next((value for key, value in element.attrib.items() if key.endswith("}href")), None)
    value = (element.text or "").strip() or href
    unit = element.get("uom", "").rpartition(":")[2].rpartition("#")[2]
    if value and unit and value[-1].isdigit():
        value = f"{value} {unit}"  # as the cells of other formats have it
    if name in attributes and value is not None:
        before = attributes[name]
        attributes[name] = [*before, value] if isinstance(before, list) else [before, value]
    else:
        attributes.setdefault(name, value)


def _with_places(feature: _Feature, places: Sequence[tuple[str, ET.Element]]) -> _Feature:
    """Of several geometries the one of most dimensions is the feature's; the others are kept as text."""
    read = []
    for name, element in places:
        try:
            read.append((name, element, shape_of_gml(element, feature.stated)))
        except GmlFaulty as faulty:
            feature.fault = faulty.fault  # it may be the one that matters
    if not read:
        feature.stated = Stated(next(filter(None, (stated_by(element) for _, element in places)), feature.stated.name))
        return feature
    _, element, made = max(read, key=lambda place: shapely.get_dimensions(place[2].outward))
    feature.geometry = made.outward
    if made.deviation:
        feature.inner, feature.shift_m = made.inward, line_shift_m(made)
        feature.remarks.append(arc_remark(made))
    if has_geodesics(element):
        feature.shift_m += TOLERANCE_M
        feature.remarks.append(Fault("geodesic_edges", REMARK))
    feature.stated = Stated(stated_by(element) or feature.stated.name)
    for name, other, shape in read:
        if other is not element:
            _keep(feature.attributes, name, shape.outward.wkt)
    return feature


def _keep(attributes: dict[str, Any], name: str, value: str) -> None:
    while name in attributes:
        name += "_"
    attributes[name] = value


def _move(features: Sequence[_Feature], stated: Stated, reference: Any, to_lon_lat: ToLonLat) -> float:
    """Bring geometries to longitude and latitude, and say how well."""
    swap = (
        stated.is_in_authority_order
        and bool(reference.axis_info)
        and reference.axis_info[0].direction in ("north", "south")
    )

    def in_order(shape: Any) -> Any:
        return shapely.transform(shape, lambda xy: xy[:, ::-1]) if swap and shape is not None else shape

    for feature, moved in zip(
        features, to_lon_lat([in_order(candidate.geometry) for candidate in features]), strict=True
    ):
        feature.geometry = moved
    for feature, moved_m in zip(features, to_lon_lat.shifts_m.tolist(), strict=True):
        feature.moved_m = moved_m
    curved = [candidate for candidate in features if candidate.inner is not None]
    for feature, moved in zip(curved, to_lon_lat([in_order(candidate.inner) for candidate in curved]), strict=True):
        feature.inner = moved
    return to_lon_lat.shift_m


def _rows(features: Sequence[_Feature], first: Stated, reference: Any, path: Path) -> Iterator[Row]:
    """The first system's features were moved together; others are moved one by one, or refused."""
    known: dict[Stated, tuple[Any, ToLonLat] | Fault] = {}
    for number, feature in enumerate(features, start=1):
        crs, fault = name_of(reference), feature.fault
        if feature.stated not in (first, Stated(None)) and fault is None:
            if feature.stated not in known:
                known[feature.stated] = _way_from(feature.stated, path, is_too_much=len(known) >= MOST_SYSTEMS)
            way = known[feature.stated]
            if isinstance(way, Fault):
                fault = way
            else:
                _move([feature], feature.stated, *way)
                crs = name_of(way[0])
        text = raw_text(feature.element)
        yield Row(
            number, None if fault else feature.geometry, feature.attributes, fault=fault,
            remarks=tuple(feature.remarks), text=text, crs=crs, shift_m=feature.shift_m,
            inner_geometry=None if fault else feature.inner, moved_m=feature.moved_m,
        )  # fmt: skip


def _way_from(stated: Stated, path: Path, *, is_too_much: bool) -> tuple[Any, ToLonLat] | Fault:
    """A reference system that features name, and the way from it; looked for once, also in vain."""
    if is_too_much:
        text = f"{stated.name}: its file names over {MOST_SYSTEMS} reference systems; give it in one of them"
        return Fault("reference_system_refused", text)
    try:
        own = reference_of(stated.crs, None, path=path)
        return own, ToLonLat(own)
    except FileRefused as refused:
        return Fault("reference_system_refused", f"{stated.name}: {refused.why}")
    except FieldRefused as refused:
        return Fault("reference_system_refused", f"{stated.name}: {refused}")
