"""Lists of objects in JSON, as open-data services answer with them: one row for each object, by the rules of tables.

The list stands alone (Socrata, many others), or as ``results`` or ``records`` (OpenDataSoft, Airtable), ``rows``
(CARTO), ``value`` (OData), ``data``, ``result.records`` (CKAN) or ``hits.hits`` with ``_source`` (Elasticsearch). In
Socrata's ``rows.json`` each row is a list, and ``meta.view.columns`` names its values. A page that says that there is
more is refused: what is missing would look like free land. Any other JSON is refused.
Sources: OpenDataSoft Explore API v2.1 and search API v1; CKAN DataStore API, "datastore_search"; Elasticsearch,
"search API" and "geo-point"; Socrata SODA 2.1 and ``api/views/.../rows.json``.
"""

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

from merestone.exchange.formats._json_lists import StreamedList, streamed_value
from merestone.exchange.formats._json_stream import Unusual
from merestone.exchange.formats._json_text import GEOMETRIES, text_of, text_of_value, top_members, whole_value
from merestone.exchange.formats._table_format import OneTable
from merestone.exchange.rows.format import Feature
from merestone.exchange.rows.row import Reading
from merestone.terms import FileRefused, number_of

_LISTS: Final = ("results", "records", "rows", "value", "data")
_WRAPPED: Final = {"result": "records", "hits": "hits"}
_TOTALS: Final = ("total_count", "nhits", "total_rows", "total", "count", "@odata.count")
_NEXT: Final = ("next", "@odata.nextLink", "odata.nextLink", "offset")
_DEEPEST: Final = 20
_SAMPLE: Final = 1000
_LIST: Final = (list, StreamedList)
_LATITUDE_FIRST: Final = "geo_point_2d"
"""OpenDataSoft's name for a pair of latitude and longitude."""
_LONGEST_PAIR: Final = 200
_MOST_CELLS: Final = 5_000_000
"""Cells of the table that are read however few of them are filled."""
_ALL_OF_IT: Final = "fetch all of it, as GeoJSON or CSV if the service gives that, and import that"


_PLACES: Final = frozenset({(), *((name,) for name in _LISTS), *_WRAPPED.items()})
"""Where the list of rows may stand, as the names of the members around it."""
_Elements = Sequence[Any] | StreamedList


@dataclass(frozen=True, slots=True)
class _Listed:
    """The objects of a file, and where they stand in it."""

    raw: _Elements
    """As the file has them."""
    where: str
    notes: Sequence[str] = ()
    of_raw: Callable[[Any], Any] | None = None
    """The object that an element is for; None: itself."""

    def elements(self) -> Iterator[Any]:
        """The objects, one after the other: a long list is read anew each time."""
        return iter(self.raw) if self.of_raw is None else map(self.of_raw, self.raw)


@dataclass(frozen=True, slots=True)
class _Survey:
    """What all objects of a list have."""

    names: Sequence[str]
    pairs: Collection[str]
    """The names of those members of which one is a list of two numbers."""


class JsonTable(OneTable):
    """One layer, named as the file."""

    name = "JSON table"
    suffixes = (".json",)
    writes = False

    def sniff(self, path: Path, head: bytes) -> bool:
        """A list of objects that are no features, or an object with one of the members in which services put such."""
        text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
        if text.startswith(b"["):
            return not lists_features(text)
        members = top_members(text)
        is_listed = bool({*_LISTS, *_WRAPPED} & set(members)) or ("meta" in members and b'"view"' in text)
        return "type" not in members and "features" not in members and is_listed

    def read(
        self, path: Path, *, layer: str | None = None, crs: str | None = None, encoding: str | None = None
    ) -> Reading:
        """One row for each object of the list; groups are parts of the names of columns (``place/lat``)."""
        from merestone.exchange.formats._table import Table
        from merestone.exchange.formats._table_header import Record, header_of

        self.refuse_other_layer(path, layer)
        try:
            value = streamed_value(path, _PLACES)
        except Unusual:  # it is read whole, and what is wrong with it is said
            value = whole_value(text_of(path), path)
        listed = _list_in(value, path)
        survey = _surveyed(listed, path)
        names = survey.names

        def records() -> Iterator[Record]:
            for number, element in enumerate(listed.elements(), start=1):
                cells = dict(_flattened(element, "", 0))
                yield Record([cells.get(name) for name in names], text_of_value(element), number)

        first = Record(names, "\t".join(names), 1)
        sample = [first, *islice(records(), _SAMPLE)]
        header = header_of(sample, path, self._place_columns, self._fields, are_areas=True)
        if header.first != 1:
            raise FileRefused(path, "the members of its objects name no place", "name them lat and lon, or geometry")
        _refuse_pairs([names[i] for source in header.places.sources for i in source.columns], survey, path)
        table = Table(path, header, crs=crs, format_name=self.name, layer=path.stem)
        reading = table.reading(records())
        reading.notes.extend(listed.notes)
        if listed.where:
            reading.notes.append(
                f"the rows are the list {listed.where} of the file; what stands beside it was not read"
            )
        return reading

    def write(self, path: Path, features: Sequence[Feature], *, layer: str, about: Mapping[str, str]) -> None:
        """Always refused."""
        raise FileRefused(path, "lists of objects are read only", "write GeoJSON (.geojson) instead")


def lists_features(head: bytes) -> bool:
    """Whether a list, of which these are the first bytes, begins with a feature or geometry of GeoJSON."""
    kind = top_members(head[1:]).get("type")
    return kind in GEOMETRIES or kind in ("Feature", "FeatureCollection")


def _list_in(value: Any, path: Path) -> _Listed:
    if isinstance(value, _LIST):
        return _Listed(value, "")
    if isinstance(value, Mapping):
        if value.get("error") or value.get("success") is False:
            why = f"it is not data but the answer of a service that failed: {text_of_value(value.get('error'))[:200]}"
            raise FileRefused(path, why, "ask the service again, and look at what it answers")
        if (columns := _socrata_columns(value)) is not None and isinstance(value.get("data"), _LIST):
            return _socrata_rows(columns, value["data"])
        for name, inner in _WRAPPED.items():
            wrapper = value.get(name)
            if isinstance(wrapper, Mapping) and isinstance(wrapper.get(inner), _LIST):
                _refuse_page(wrapper, len(wrapper[inner]), path)
                return _Listed(wrapper[inner], f"{name}.{inner}", of_raw=_source if name == "hits" else None)
        for name in _LISTS:
            if isinstance(value.get(name), _LIST):
                _refuse_page(value, len(value[name]), path)
                return _Listed(value[name], name, of_raw=_fields)
    why = f"it is JSON, but no list of objects in one of {', '.join((*_LISTS, 'result.records', 'hits.hits'))}"
    raise FileRefused(path, why, "give GeoJSON, or a list of objects with a member for longitude and one for latitude")


def _socrata_columns(value: Mapping[str, Any]) -> list[Mapping[str, Any]] | None:
    """What Socrata says of the columns of a view; None if the file is not of that form."""
    meta = value.get("meta")
    view = meta.get("view") if isinstance(meta, Mapping) else None
    columns = view.get("columns") if isinstance(view, Mapping) else None
    is_list = isinstance(columns, list) and all(isinstance(column, Mapping) for column in columns)
    return columns if is_list and columns else None


def _socrata_rows(columns: Sequence[Mapping[str, Any]], rows: _Elements) -> _Listed:
    """Rows whose values stand in the order of the columns; those of a location are named by its parts."""
    names = [str(column.get("fieldName") or column.get("name") or at) for at, column in enumerate(columns)]
    parts = [column.get("subColumnTypes") for column in columns]
    places = [at for at, part_names in enumerate(parts) if isinstance(part_names, list) and "latitude" in part_names]
    if len(places) == 1:  # mostly called location_1
        names[places[0]] = "location"

    def named(row: Any) -> Any:
        if not isinstance(row, list) or len(row) != len(names):
            return row
        values = zip(names, parts, row, strict=True)
        return {name: _with_parts(part, value) for name, part, value in values if not _is_hidden(name)}

    counts = [_cached_count(column) for column in columns]
    expected = max(counts, default=0)
    note = f"Socrata counted {number_of(expected, 'row')}, and the file has {len(rows):,}: see whether it was cut off"
    return _Listed(rows, "data", (note,) if expected > len(rows) else (), named)


def _is_hidden(name: str) -> bool:
    return name in (":sid", ":position", ":meta", ":created_meta", ":updated_meta")


def _with_parts(part_names: Any, value: Any) -> Any:
    if not isinstance(part_names, list) or not isinstance(value, list):
        return value
    return {str(name): part for name, part in zip(part_names, value, strict=False)}


def _cached_count(column: Mapping[str, Any]) -> int:
    cached = column.get("cachedContents")
    counts = [cached.get(name) for name in ("non_null", "null")] if isinstance(cached, Mapping) else []
    return sum(int(str(count)) for count in counts if str(count).isdecimal() and len(str(count)) < 12)


def _source(hit: Any) -> Any:
    """What Elasticsearch keeps of a hit; its pairs of numbers have longitude first, unlike its texts."""
    source = hit.get("_source") if isinstance(hit, Mapping) else None
    if not isinstance(source, Mapping):
        return hit
    out = {name: _as_point(value) for name, value in source.items()}
    return {"_id": hit["_id"], **out} if "_id" in hit and "_id" not in out else out


def _as_point(value: Any) -> Any:
    is_pair = isinstance(value, list) and len(value) == 2 and all(isinstance(number, float) for number in value)
    return {"type": "Point", "coordinates": value} if is_pair else value


def _fields(record: Any) -> Any:
    """A record whose values stand in a member ``fields``, its identifier and geometry beside it."""
    fields = record.get("fields") if isinstance(record, Mapping) else None
    if not isinstance(fields, Mapping):
        return record
    beside = {name: value for name, value in record.items() if name != "fields" and name not in fields}
    if any(map(_is_geometry, fields.values())):
        beside.pop("geometry", None)  # OpenDataSoft's label point of the shape among the fields
    return {**fields, **beside}


def _is_geometry(value: Any) -> bool:
    kind = value.get("type") if isinstance(value, Mapping) else None
    return isinstance(kind, str) and kind in GEOMETRIES


def _refuse_page(value: Mapping[str, Any], count: int, path: Path) -> None:
    total = next((value[name] for name in _TOTALS if value.get(name) is not None), None)
    if isinstance(total, Mapping):  # Elasticsearch from 7 on
        if total.get("relation") == "gte":
            raise FileRefused(path, f"it is a part of the data: {count:,} of an unknown number of hits", _ALL_OF_IT)
        total = total.get("value")
    if isinstance(total, int) and not isinstance(total, bool) and total > count:
        raise FileRefused(path, f"it is a part of the data: {count:,} of {number_of(total, 'row')}", _ALL_OF_IT)
    if any(isinstance(value.get(name), str) and value[name] for name in _NEXT):
        raise FileRefused(
            path, f"it is a part of the data: it gives {number_of(count, 'row')} and names more", _ALL_OF_IT
        )


def _surveyed(listed: _Listed, path: Path) -> _Survey:
    """Look at every object once, and keep none.

    Raises
    ------
    FileRefused
        The list is empty, an element is no object, or the objects have hardly any member in common.
    """
    count = len(listed.raw)
    if not count:
        raise FileRefused(path, "its list holds nothing", "check that the export is not filtered")
    names: dict[str, None] = {}
    pairs: set[str] = set()
    filled = 0
    for at, element in enumerate(listed.elements(), start=1):
        if not isinstance(element, Mapping):
            kind = "a list of values without names" if isinstance(element, list) else "not an object"
            why = f"element {at} of its list {listed.where} is {kind}".replace("  ", " ")
            raise FileRefused(path, why, "give a list of objects with names, or CSV with a header line")
        cells = dict(_flattened(element, "", 0))
        filled += len(cells)
        names |= dict.fromkeys(cells)
        pairs.update(name for name, cell in cells.items() if isinstance(cell, str) and _is_pair(cell))
    if len(names) * count > max(_MOST_CELLS, 50 * filled):
        why = (
            f"its {number_of(count, 'object has', 'objects have')} {number_of(len(names), 'different member')}, "
            "and hardly any in common"
        )
        raise FileRefused(path, why, "leave out members that are not needed")
    return _Survey(list(names), pairs)


def _refuse_pairs(columns: Sequence[str], survey: _Survey, path: Path) -> None:
    """Refuse places that are lists of two numbers: GeoJSON and its kin have longitude first, others latitude."""
    for name in columns:
        if name.rpartition("/")[2] == _LATITUDE_FIRST:
            continue
        if name in survey.pairs:
            why = f"{name} holds lists of two numbers, and nothing says which of them is the latitude"
            raise FileRefused(path, why, "write them as two members lat and lon, or as a geometry of GeoJSON")


def _is_pair(text: str) -> bool:
    if not text.startswith("[") or len(text) > _LONGEST_PAIR:
        return False
    try:
        value = json.loads(text)
    except ValueError:
        return False
    return isinstance(value, list) and len(value) in (2, 3) and all(isinstance(part, (int, float)) for part in value)


def _flattened(value: Mapping[str, Any], before: str, depth: int) -> Iterator[tuple[str, Any]]:
    """The values with the names of the objects that they stand in before them; places as GeoJSON text."""
    for name, inner in value.items():
        whole = f"{before}{name}"
        if isinstance(inner, Mapping) and inner.get("type") == "Feature" and isinstance(inner.get("geometry"), Mapping):
            yield whole, text_of_value(inner["geometry"])
        elif _is_geometry(inner):
            yield whole, text_of_value(inner)
        elif isinstance(inner, Mapping) and not {"rings", "paths"}.isdisjoint(inner):
            yield whole, json.dumps(inner, ensure_ascii=False)  # Esri's, with the system that they are in
        elif isinstance(inner, Mapping) and depth < _DEEPEST:
            yield from _flattened(inner, f"{whole}/", depth + 1)
        elif isinstance(inner, (Mapping, list)):
            yield whole, json.dumps(inner, ensure_ascii=False, default=str)
        else:
            yield whole, inner
