"""GeoJSON (RFC 7946) and its kin: the 2008 form with ``crs``, sequences of features, uMap's maps, TopoJSON.

Read here rather than by GDAL, whose reader turns a geometry it cannot understand into an empty one without a word:
each row keeps its own text, and each fault has its place.
"""

import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray

from merestone.exchange.formats._json_reference import References
from merestone.exchange.formats._json_stream import pieces_of
from merestone.exchange.formats._json_text import (
    SEPARATOR,
    Piece,
    text_of,
    text_of_value,
    top_members,
    whole_value,
)
from merestone.exchange.formats._layer import layer_of
from merestone.exchange.formats._topojson import Topology
from merestone.exchange.formats.esri_json import is_esri
from merestone.exchange.formats.json_table import lists_features
from merestone.exchange.rows.cells import as_json
from merestone.exchange.rows.format import Feature
from merestone.exchange.rows.row import Reading, Row
from merestone.terms import FileRefused

CHUNK: Final = 2048
_HEAD_BYTES: Final = 4096


@dataclass(frozen=True)
class _Document:
    """The layers of a file, each with the features that it holds, and what the file says of its coordinates."""

    layers: Mapping[str, Callable[[], Iterator[Piece]]]
    header: Mapping[str, Any]
    may_state_own: bool
    shift_m: float = 0.0
    notes: tuple[str, ...] = ()


class GeoJson:
    """A FeatureCollection, a single Feature, a bare geometry, a sequence of them: one layer, named as the file.

    uMap's maps and topologies have layers of their own.
    """

    name = "GeoJSON"
    suffixes = (".geojson", ".json")
    writes = True

    def sniff(self, path: Path, head: bytes) -> bool:
        """Text that begins with a brace and is not another kind of JSON by its members; or a list of features."""
        text = head.lstrip(b"\xef\xbb\xbf \t\r\n" + SEPARATOR.encode())
        if text.startswith(b"["):
            return lists_features(text)
        return text.startswith(b"{") and not is_esri(head)

    def layers(self, path: Path) -> tuple[str, ...]:
        """One layer, named as the file; of a uMap or a topology its own."""
        if _kind_of(path) not in ("Topology", "umap"):
            return (path.stem,)
        return tuple(_document_of(path).layers)

    def read(
        self, path: Path, *, layer: str | None = None, crs: str | None = None, encoding: str | None = None
    ) -> Reading:
        """The rows in the order of the file; a row whose geometry cannot be read says where and why."""
        from merestone.exchange.formats._json_rows import rows_of  # here: who writes need not wait for it

        document = _document_of(path)
        chosen = layer_of(path, layer, tuple(document.layers))
        stated = {"stated": document.header["crs"]} if "crs" in document.header else {}
        references = References(path, crs, **stated)

        def rows() -> Iterator[Row]:
            remaining = document.layers[chosen]()
            first = 1
            while chunk := list(islice(remaining, CHUNK)):
                yield from rows_of(
                    chunk, first, references, may_state_own=document.may_state_own, extra_shift_m=document.shift_m
                )
                reading.shift_m = references.default.shift_m
                first += len(chunk)

        reading = Reading(rows(), format_name=self.name, layer=chosen, crs=references.code, total=None)
        reading.notes += [*document.notes, *references.notes]
        return reading

    def write(self, path: Path, features: Sequence[Feature], *, layer: str, about: Mapping[str, str]) -> None:
        """A FeatureCollection, one feature a line, outer rings anticlockwise; `about` as members of the collection.

        Every digit is written: a rounded corner could lie inside the true one.
        """
        with path.open("w", encoding="utf-8", newline="\n") as file:
            file.write('{"type": "FeatureCollection",\n"name": ' + json.dumps(layer, ensure_ascii=False) + ",\n")
            if about:
                file.write('"about": ' + json.dumps(dict(about), ensure_ascii=False) + ",\n")
            file.write('"features": [')
            answer_json = as_json(features)
            as_text = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
            for start in range(0, len(features), CHUNK):
                chunk = features[start : start + CHUNK]
                for place, (feature, geometry) in enumerate(zip(chunk, geometry_texts(chunk), strict=True), start):
                    text = "" if feature.feature_id is None else f' "id": {as_text(feature.feature_id)},'
                    properties, before = as_text(next(answer_json)), ",\n" if place else "\n"
                    file.write(
                        f'{before}{{"type": "Feature",{text} "properties": {properties}, "geometry": {geometry}}}'
                    )
            file.write("\n]}\n")


_IS_PLAIN: Final = np.array([True, True, False, True, True, True, True, False, False])
"""By GEOS's number of the type (-1: none): points, lines, areas, and several of one kind; no ring, no mixture."""
_NUMPY: Final = orjson.OPT_SERIALIZE_NUMPY


def geometry_texts(features: Sequence[Feature]) -> list[str]:
    """The geometry of each feature as JSON, outer rings anticlockwise, every digit written; ``null`` for none.

    Written together, each number in the fewest digits that say it exactly: areas by orjson, in a third of the time that
    GEOS takes, points and lines by GEOS. Neither refuses a coordinate that is not a number, and GEOS writes an empty
    part as none of the others is written: those are left to Python, which refuses the first.
    """
    outlines = np.empty(len(features), dtype=object)
    outlines[:] = [feature.geometry for feature in features]
    outlines = np.asarray(shapely.orient_polygons(outlines), dtype=object)
    out = np.full(len(outlines), "null", dtype=object)
    is_plain = _IS_PLAIN[shapely.get_type_id(outlines)] & ~shapely.is_empty(outlines)
    places, owner = shapely.get_coordinates(outlines, include_z=True, return_index=True)
    is_flat = ~shapely.has_z(outlines)
    places[is_flat[owner], 2] = 0.0
    is_plain[owner[~np.isfinite(places).all(axis=1)]] = False
    parts, part_of = shapely.get_parts(outlines, return_index=True)
    is_plain[part_of[shapely.is_empty(parts)]] = False
    is_area = is_plain & (shapely.get_dimensions(outlines) == 2) & is_flat & ~shapely.has_m(outlines)
    for type_id, several in ((3, False), (6, True)):
        chosen = np.flatnonzero(is_area & (shapely.get_type_id(outlines) == type_id))
        out[chosen] = _area_texts(outlines[chosen], several)
    is_other = is_plain & ~is_area
    out[is_other] = shapely.to_geojson(outlines[is_other])
    for i in np.flatnonzero(~is_plain & ~shapely.is_missing(outlines)):
        geometry = outlines[i]
        if geometry.geom_type == "MultiPoint":  # Shapely finds no coordinate in an empty one, and fails
            geometry = shapely.MultiPoint([point for point in geometry.geoms if not point.is_empty])
        out[i] = json.dumps(shapely.geometry.mapping(geometry), allow_nan=False)
    texts: list[str] = out.tolist()
    return texts


def _area_texts(areas: NDArray[np.object_], are_several: bool) -> list[str]:
    """Polygons, or multipolygons, of two dimensions: finite, and no part empty."""
    if not len(areas):
        return []
    _, places, offsets = shapely.to_ragged_array(areas)
    levels = [offset.tolist() for offset in offsets]
    rings = [places[start:end] for start, end in pairwise(levels[0])]
    polygons = [rings[start:end] for start, end in pairwise(levels[1])]
    name = "MultiPolygon" if are_several else "Polygon"
    each = [polygons[start:end] for start, end in pairwise(levels[2])] if are_several else polygons
    return [orjson.dumps({"type": name, "coordinates": coordinates}, option=_NUMPY).decode() for coordinates in each]


def _document_of(path: Path) -> _Document:
    kind = _kind_of(path)
    if kind == "Topology":
        text = text_of(path)
        value = whole_value(text, path)
        topology = Topology(value, path)
        notes: tuple[str, ...] = ()
        if topology.shift_m:
            notes = (f"the topology is rounded to a grid; {topology.shift_m:.3g} m were added to the accuracy",)
        layers = {name: _reads(topology.pieces(name)) for name in topology.objects}
        return _Document(layers, value, '"crs"' in text, topology.shift_m, notes)
    if kind == "umap":
        text = text_of(path)
        return _umap(whole_value(text, path), '"crs"' in text, path)
    header: dict[str, Any] = {}
    if may_state_own := _holds(path, b'"crs"'):
        deque(pieces_of(path, header), maxlen=0)  # the member may stand after the features
        if header.get("type") != "FeatureCollection":
            header = {}  # a feature or geometry states a system of its own
    return _Document({path.stem: lambda: pieces_of(path)}, header, may_state_own)


def _kind_of(path: Path) -> str | None:
    with path.open("rb") as file:
        return top_members(file.read(_HEAD_BYTES)).get("type")


def _holds(path: Path, wanted: bytes) -> bool:
    """Whether these bytes stand anywhere in a file."""
    tail = b""
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            if wanted in tail + block:
                return True
            tail = block[1 - len(wanted) :]
    return False


def _reads(listed: Sequence[Piece]) -> Callable[[], Iterator[Piece]]:
    return lambda: iter(listed)


def _umap(value: Any, may_state_own: bool, path: Path) -> _Document:
    """A backup of a uMap: each layer of the map a layer, by the name that people gave it."""
    outlines = value.get("layers")
    if not isinstance(outlines, list):
        raise FileRefused(path, "it is a uMap without a list named layers", "export the map again, with its data")
    layers: dict[str, Callable[[], Iterator[Piece]]] = {}
    for at, layer in enumerate(outlines):
        features = layer.get("features") if isinstance(layer, Mapping) else None
        if not isinstance(features, list):
            why = f"its layer {at + 1} holds no list named features"
            raise FileRefused(path, why, "export the map again, with its data")
        options = layer.get("_umap_options") or layer.get("_storage") or {}
        name = str((options.get("name") if isinstance(options, Mapping) else None) or f"layer {at + 1}")
        while name in layers:
            name += f" (#{at + 1})"
        layers[name] = _reads([(text_of_value(feature), feature) for feature in features])
    remote = [name for name, layer in zip(layers, outlines, strict=True) if _is_remote(layer)]
    notes = (f"layers whose data a web address holds were not fetched: {', '.join(remote)}",) if remote else ()
    return _Document(layers, {}, may_state_own, notes=notes)


def _is_remote(layer: Mapping[str, Any]) -> bool:
    options = layer.get("_umap_options")
    remote = options.get("remoteData") if isinstance(options, Mapping) else None
    return isinstance(remote, Mapping) and bool(remote.get("url"))
