"""Esri JSON: feature sets as ArcGIS and its feature services (``f=json``) give them.

Read here rather than by GDAL, whose ESRIJSON driver says nothing of a page that is cut off at the service's limit.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from merestone.exchange.formats._esri_shape import esri_shape_of
from merestone.exchange.formats._json_reference import OwnReferences
from merestone.exchange.formats._json_text import (
    encodable,
    refuse_page,
    text_of,
    text_of_value,
    top_members,
    whole_value,
)
from merestone.exchange.formats._layer import layer_of
from merestone.exchange.places.arcs import line_shift_m
from merestone.exchange.rows.format import Feature
from merestone.exchange.rows.reference import ToLonLat, name_of, reference_of
from merestone.exchange.rows.row import Fault, Reading, Row
from merestone.exchange.rows.shape import ShapeFaulty
from merestone.geodesy import Straightened
from merestone.terms import FileRefused

_OWN: Final = frozenset(
    ["geometryType", "spatialReference", "displayFieldName", "objectIdFieldName", "fieldAliases", "globalIdFieldName",
     "featureSet", "rings", "paths", "curveRings", "curvePaths", "attributes", "objectIds"]
)  # fmt: skip
"""Members of an Esri object, and of no object of GeoJSON."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def is_esri(head: bytes) -> bool:
    """Whether a file of JSON is Esri's, by the members that its first bytes show."""
    members = top_members(head.lstrip(b"\xef\xbb\xbf"))
    if "type" in members:
        return False
    if _OWN & set(members):
        return True
    packed = b"".join(head.split())
    return ("features" in members and b'{"attributes":' in packed) or (
        "layers" in members and b'"featureSet"' in packed
    )


class EsriJson:
    """A feature set is one layer, named as the file; a feature collection of a web map has its own."""

    name = "Esri JSON"
    suffixes = (".json",)
    writes = False

    def sniff(self, path: Path, head: bytes) -> bool:
        """JSON with members that only Esri's objects have."""
        return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") and is_esri(head)

    def layers(self, path: Path) -> tuple[str, ...]:
        """One layer, named as the file, or those of a feature collection."""
        return tuple(_sets_of(path))

    def read(
        self, path: Path, *, layer: str | None = None, crs: str | None = None, encoding: str | None = None
    ) -> Reading:
        """The rows in the order of the file; a row whose geometry cannot be read says where and why."""
        sets = _sets_of(path)
        chosen = layer_of(path, layer, tuple(sets))
        feature_set = sets[chosen]
        features = feature_set["features"]
        refuse_page(feature_set, len(features), path)
        reference = reference_of(stated_system(feature_set.get("spatialReference"), path), crs, path=path)
        rows = _Rows(path, crs, feature_set, ToLonLat(reference), name_of(reference))
        reading = Reading(iter(()), format_name=self.name, layer=chosen, crs=rows.code, total=len(features))

        def all_rows() -> Iterator[Row]:
            for number, feature in enumerate(features, start=1):
                yield rows.row(number, feature)
                reading.shift_m = rows.to_lon_lat.shift_m

        reading._rows = all_rows()
        reading.notes += rows.notes()
        return reading

    def write(self, path: Path, features: Sequence[Feature], *, layer: str, about: Mapping[str, str]) -> None:
        """Nothing is written in this form: GeoJSON says the same in a standard."""
        raise FileRefused(path, "Esri JSON is only read here", "write GeoJSON, which ArcGIS reads as well")


def _sets_of(path: Path) -> dict[str, Mapping[str, Any]]:
    """The feature sets of a file by name."""
    value = whole_value(text_of(path), path)
    if not isinstance(value, Mapping):
        raise FileRefused(path, "it is JSON but not an object", "give a feature set")
    if "error" in value and "features" not in value:
        why = f"it is not data but the answer of a service that failed: {text_of_value(value['error'])[:200]}"
        raise FileRefused(path, why, "fetch it again")
    if isinstance(value.get("layers"), list):
        set_by_name: dict[str, Mapping[str, Any]] = {}
        for at, layer in enumerate(value["layers"]):
            inner = layer.get("featureSet") if isinstance(layer, Mapping) else None
            definition = layer.get("layerDefinition") if isinstance(layer, Mapping) else None
            more = definition if isinstance(definition, Mapping) else {}
            name = str(more.get("name") or f"layer {at + 1}")
            while name in set_by_name:
                name += f" (#{at + 1})"
            set_by_name[name] = _checked(
                {"fields": more.get("fields"), **inner} if isinstance(inner, Mapping) else inner, path
            )
        return set_by_name
    inner = value.get("featureSet")
    if isinstance(inner, Mapping):
        return {path.stem: _checked(inner, path)}
    if "features" not in value and "attributes" in value:
        value = {"features": [value], "spatialReference": _of_geometry(value)}
    elif "features" not in value and {"rings", "paths", "points", "x", "curveRings", "curvePaths"} & set(value):
        value = {"features": [{"geometry": value}], "spatialReference": value.get("spatialReference")}
    return {path.stem: _checked(value, path)}


def _of_geometry(feature: Mapping[str, Any]) -> Any:
    geometry = feature.get("geometry")
    return geometry.get("spatialReference") if isinstance(geometry, Mapping) else None


def _checked(value: Any, path: Path) -> Mapping[str, Any]:
    if not isinstance(value, Mapping) or not isinstance(value.get("features"), list):
        why = "it is Esri JSON without a list named features"
        raise FileRefused(path, why, "query the layer with where=1=1, outFields=* and f=json, without returnIdsOnly")
    return value


def stated_system(member: Any, path: Path) -> str | None:
    """The system that a ``spatialReference`` names, as PROJ understands it; None if there is none.

    The latest number goes before the first one that it had (102100 is 3857 today); numbers are EPSG's, else Esri's.

    >>> stated_system({"wkid": 102100, "latestWkid": 3857}, Path("a.json")), stated_system({"wkid": 102013}, Path("a"))
    ('EPSG:3857', 'ESRI:102013')
    """
    if member is None or member == {}:
        return None
    if isinstance(member, Mapping):
        for number in (member.get("latestWkid"), member.get("wkid")):
            for authority in ("EPSG", "ESRI"):
                if isinstance(number, int) and _is_known(authority, number):
                    return f"{authority}:{number}"
        for name in ("wkt2", "wkt"):
            if isinstance(text := member.get(name), str) and text:
                return encodable(text)
    return text_of_value(member)[:200]  # not to be understood; the user may say what it is


def _is_known(authority: str, number: int) -> bool:
    import pyproj

    try:
        pyproj.CRS.from_authority(authority, number)
    except pyproj.exceptions.CRSError:
        return False
    return True


class _Rows:
    """The features of one set, made into rows."""

    def __init__(
        self, path: Path, user_crs: str | None, members: Mapping[str, Any], to_lon_lat: ToLonLat, code: str
    ) -> None:
        self.path, self.user_crs, self.to_lon_lat, self.code = path, user_crs, to_lon_lat, code
        self.stated = members.get("spatialReference")
        fields = members.get("fields")
        self.fields = [f for f in fields if isinstance(f, Mapping)] if isinstance(fields, list) else []
        self.dates = {str(f.get("name")) for f in self.fields if f.get("type") == "esriFieldTypeDate"}
        self._own = OwnReferences(path)

    def notes(self) -> Iterator[str]:
        """What is to be said of the columns."""
        for entry in self.fields:
            domain = entry.get("domain")
            values = domain.get("codedValues") if isinstance(domain, Mapping) else None
            if isinstance(values, list) and values:
                pairs = [f"{v.get('code')} = {v.get('name')}" for v in values if isinstance(v, Mapping)]
                more = ", ..." if len(pairs) > 8 else ""
                yield f"codes of column {entry.get('name')} were kept as they are: {', '.join(pairs[:8])}{more}"

    def row(self, number: int, feature: Any) -> Row:
        """One feature; in any case a row."""
        text = text_of_value(feature)
        if not isinstance(feature, Mapping):
            return Row(number, None, {}, fault=Fault("unreadable_feature", "this feature is not an object"), text=text)
        geometry, inner, fault, code, shift_m, moved_m = None, None, None, self.code, 0.0, 0.0
        remarks: tuple[Fault, ...] = ()
        try:
            shape, remarks = esri_shape_of(feature.get("geometry"))
            to_lon_lat, code = self._reference(_of_geometry(feature))
            if isinstance(shape, Straightened):
                inner = to_lon_lat([shape.inward])[0]
                shift_m = line_shift_m(shape)
                shape = shape.outward
            geometry = to_lon_lat([shape])[0]
            if 0 in to_lon_lat.faults:
                raise ShapeFaulty("unreadable_geometry", to_lon_lat.faults[0])
            moved_m = float(to_lon_lat.shifts_m[0])
        except ShapeFaulty as faulty:
            geometry, fault = None, faulty.fault
        fields = feature.get("attributes")
        if fields is not None and not isinstance(fields, Mapping):
            fault = fault or Fault("unreadable_feature", "attributes is not an object")
            fields = {}
        attributes = {str(name): self._value(name, value) for name, value in (fields or {}).items()}
        return Row(
            number, geometry if fault is None else None, attributes,
            fault=fault, remarks=remarks, text=text, crs=code, shift_m=shift_m, inner_geometry=None if fault else inner,
            moved_m=moved_m,
        )  # fmt: skip

    def _reference(self, own: Any) -> tuple[ToLonLat, str]:
        """For a geometry that states a system of its own, such as one of a mixed set."""
        if own is None or own == self.stated:
            return self.to_lon_lat, self.code
        reference = self._own.of(own, lambda member: stated_system(member, self.path))
        if reference is None:
            text = f"its own spatialReference {text_of_value(own)[:200]} is not known"
            raise ShapeFaulty("unknown_reference", text)
        return reference

    def _value(self, name: Any, value: Any) -> Any:
        """Dates are milliseconds since 1970 in UTC; they become ISO 8601, with the zone."""
        if name not in self.dates or isinstance(value, bool) or not isinstance(value, (int, float)):
            return value
        try:
            moment = _EPOCH + timedelta(milliseconds=value)
        except (OverflowError, ValueError):
            return value
        return moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds")
