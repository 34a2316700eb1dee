"""Which columns of an Arrow table or a Parquet file hold geometries, and what they state of their coordinates.

Three standards say so, in three places: GeoParquet in the file's metadata (key ``geo``), Apache Parquet in the column's
own type (GEOMETRY, GEOGRAPHY), GeoArrow in the metadata of the column. Where several speak, they must agree.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from merestone.terms import FieldRefused

if TYPE_CHECKING:  # a GeoPackage asks for a reference system here, and no table of Arrow's
    import pyarrow as pa

CRS84: Final = "OGC:CRS84"
PLANAR: Final = "planar"
EXTENSION_NAME: Final = b"ARROW:extension:name"
EXTENSION_METADATA: Final = b"ARROW:extension:metadata"
USUAL_NAMES: Final = ("geometry", "geom", "wkb_geometry", "point")
"""Names of columns that are taken for geometries though nothing says so."""
REMEDY: Final = "write it again with its reference system, or with columns lon and lat on WGS 84"


@dataclass(frozen=True, slots=True)
class GeometryColumn:
    """A column of geometries."""

    name: str
    crs: str | None
    """What the coordinates are in, as PROJ reads it: PROJJSON, WKT, or a code such as EPSG:4314. None: see below."""
    is_silent: bool
    """With `crs` None: nothing is said (True), or it is said that the reference system is not known (False)."""
    edges: str
    """``planar``, or the name of the line that an edge is: ``spherical``, ``vincenty`` ..."""
    encoding: str
    """``WKB``, or GeoArrow's name of the type: ``point``, ``multipolygon`` ..."""
    stated_by: str
    """Where it is said, in words; empty: nowhere."""


@dataclass(frozen=True, slots=True)
class _Statement:
    by: str
    crs: str | None
    is_silent: bool
    edges: str | None
    encoding: str


def geometry_columns(schema: "pa.Schema", parquet_schema: Any = None) -> tuple[GeometryColumn, ...]:
    """The columns that are stated to hold geometries, the primary one first; then those whose name alone says so.

    Parameters
    ----------
    parquet_schema
        ``ParquetFile.schema`` of the file that the columns are from: it alone tells of native types.

    Raises
    ------
    FieldRefused
        The metadata cannot be understood, two places contradict each other, or two columns have one name.
    """
    twice = next((name for name, count in Counter(schema.names).items() if count > 1), None)
    if twice is not None:
        raise FieldRefused("column", twice, "occurs twice, so it is ambiguous which is meant", "give it another name")
    metadata = schema.metadata or {}
    geo = _geo(metadata)
    native = {} if parquet_schema is None else _native(parquet_schema, metadata)
    columns = []
    for field in schema:
        statements = [
            statement
            for statement in (
                _of_geoparquet(geo.get("columns", {}).get(field.name)),
                native.get(field.name),
                _of_geoarrow(field),
            )
            if statement is not None
        ]
        if statements or field.name.lower() in USUAL_NAMES:
            columns.append(_agreed(field.name, statements))
    primary = geo.get("primary_column")
    rank = {name: place for place, name in enumerate(USUAL_NAMES)}
    columns.sort(key=lambda c: (c.name != primary, not c.stated_by, rank.get(c.name.lower(), len(rank))))
    return tuple(columns)


def with_native_types(schema: "pa.Schema", parquet_schema: Any) -> "pa.Schema":
    """The schema with what Parquet's own types say, put where GeoArrow says it, so that it goes with the batches."""
    import pyarrow as pa

    native = _native(parquet_schema, schema.metadata or {})
    fields: list[Any] = []
    for field in schema:
        statement = native.get(field.name)
        if statement is not None and _of_geoarrow(field) is None:
            geo_metadata = {"crs": statement.crs, "edges": statement.edges}
            if statement.edges == PLANAR:
                del geo_metadata["edges"]
            field_metadata = {**(field.metadata or {}), EXTENSION_NAME: b"geoarrow.wkb"}
            field = field.with_metadata({**field_metadata, EXTENSION_METADATA: json.dumps(geo_metadata).encode()})  # noqa: PLW2901
        fields.append(field)
    return pa.schema(fields, metadata=schema.metadata)


def geoparquet_metadata(columns: Sequence[GeometryColumn]) -> dict[str, Any]:
    """What the key ``geo`` says of these columns (GeoParquet 1.1): for a file whose native types cannot be written."""
    described: dict[str, Any] = {}
    for column in columns:
        fields: dict[str, Any] = {"encoding": column.encoding, "geometry_types": []}
        if not column.is_silent:
            fields["crs"] = None if column.crs is None else known_reference(column.crs).to_json_dict()
        if column.edges != PLANAR:
            fields["edges"] = column.edges
        described[column.name] = fields
    return {"version": "1.1.0", "primary_column": columns[0].name, "columns": described}


def reference_text(stated: Any, metadata: Mapping[bytes, bytes] | None = None) -> str | None:
    """A stated reference system as PROJ reads it; None where it is stated to be unknown.

    >>> reference_text("srid:4314"), reference_text("srid:0"), reference_text(None)
    ('EPSG:4314', None, None)
    """
    if stated is None or stated == "":
        return None
    if isinstance(stated, Mapping):
        return json.dumps(stated)
    text = str(stated).strip()
    kind, _, rest = text.partition(":")
    number = rest.strip() if kind.lower() == "srid" else text
    if number.removeprefix("-").isdigit():
        return f"EPSG:{number}" if int(number) > 0 else None
    if kind.lower() == "projjson":
        # Apache Parquet, Geospatial.md: the rest names the property of the file that holds the text.
        if rest.lstrip().startswith("{"):
            return rest
        property_text = (metadata or {}).get(rest.strip().encode())
        return None if property_text is None else property_text.decode("utf-8", "replace")
    return text


def known_reference(text: str) -> Any:
    """The `pyproj.CRS` of a stated text.

    Raises
    ------
    FieldRefused
        PROJ does not know it.
    """
    import pyproj

    try:
        return pyproj.CRS.from_user_input(text)
    except pyproj.exceptions.ProjError as error:
        shown = text if len(text) <= 80 else text[:77] + "..."
        raise FieldRefused("crs", shown, f"is not a reference system known to PROJ ({error})", REMEDY) from error


def _geo(metadata: Mapping[bytes, bytes]) -> Mapping[str, Any]:
    if b"geo" not in metadata:
        return {}
    try:
        geo = json.loads(metadata[b"geo"])
    except ValueError as error:
        raise FieldRefused("geo", "...", f"is not JSON ({error})", "write the file again as GeoParquet") from None
    columns = geo.get("columns") if isinstance(geo, Mapping) else None
    if not isinstance(columns, Mapping):
        raise FieldRefused("geo", "...", "does not describe any column", "write the file again as GeoParquet")
    return dict(geo)


def _of_geoparquet(geo_metadata: Any) -> _Statement | None:
    if not isinstance(geo_metadata, Mapping):
        return None
    # GeoParquet 1.1: without the key, longitude and latitude on WGS 84; null: not known.
    crs = reference_text(geo_metadata["crs"]) if "crs" in geo_metadata else CRS84
    encoding = str(geo_metadata.get("encoding", "WKB"))
    return _Statement("the metadata of GeoParquet", crs, False, str(geo_metadata.get("edges") or PLANAR), encoding)


def _native(parquet_schema: Any, metadata: Mapping[bytes, bytes]) -> dict[str, _Statement]:
    statement_by_column = {}
    for place in range(len(parquet_schema)):
        column = parquet_schema.column(place)
        kind = column.logical_type
        if kind.type not in ("GEOMETRY", "GEOGRAPHY", "UNKNOWN"):  # PyArrow 21 to 25 names both so
            continue
        geo_metadata = json.loads(kind.to_json())
        type_name = str(geo_metadata.get("Type", "")).upper()
        if type_name not in ("GEOMETRY", "GEOGRAPHY"):
            continue
        # Apache Parquet, Geospatial.md: without a reference system, longitude and latitude on WGS 84.
        crs = reference_text(geo_metadata["crs"], metadata) if geo_metadata.get("crs") else CRS84
        edges = PLANAR if type_name == "GEOMETRY" else str(geo_metadata.get("algorithm", "spherical")).lower()
        statement_by_column[column.path] = _Statement(f"its type {type_name}", crs, False, edges, "WKB")
    return statement_by_column


def _of_geoarrow(field: Any) -> _Statement | None:
    import pyarrow as pa

    kind, name, serialized = field.type, "", b""
    if isinstance(kind, pa.BaseExtensionType):
        name = str(getattr(kind, "extension_name", ""))
        serialized = kind.__arrow_ext_serialize__() if isinstance(kind, pa.ExtensionType) else b""
    metadata = field.metadata or {}
    name = name or metadata.get(EXTENSION_NAME, b"").decode("utf-8", "replace")
    serialized = serialized or metadata.get(EXTENSION_METADATA, b"")
    if not name.startswith("geoarrow."):
        return None
    try:
        fields = json.loads(serialized) if serialized.strip() else {}
    except ValueError as error:
        why = f"has metadata of {name} that are not JSON ({error})"
        raise FieldRefused("column", field.name, why, "write them again") from None
    if not isinstance(fields, Mapping):
        raise FieldRefused("column", field.name, f"has metadata of {name} that are not an object", "write them again")
    encoding = name.removeprefix("geoarrow.")
    encoding = "WKB" if encoding.startswith("wk") else encoding
    # GeoArrow 0.2: a producer that knows nothing leaves the key out. So it does not contradict, and nothing is stated.
    is_silent = "crs" not in fields
    edges = str(fields["edges"]).lower() if fields.get("edges") else None
    return _Statement("its own metadata", reference_text(fields.get("crs")), is_silent, edges, encoding)


def _agreed(name: str, statements: list[_Statement]) -> GeometryColumn:
    """One statement of several. Those that say the same in other words agree."""
    speaking = [statement for statement in statements if not statement.is_silent]
    for other in speaking[1:]:
        if not _same(speaking[0].crs, other.crs):
            why = f"is in one reference system by {speaking[0].by} and in another by {other.by}"
            raise FieldRefused("column", name, why, "write the file again with one of them")
    drawn = dict.fromkeys(statement.edges for statement in statements if statement.edges is not None)
    first = speaking[0] if speaking else None
    encoding = next((statement.encoding for statement in reversed(statements)), "WKB")
    edges = " and ".join(drawn) or PLANAR  # two kinds are none that anybody knows; of points that is no matter
    if first is None:
        return GeometryColumn(name, None, True, edges, encoding, statements[0].by if statements else "")
    return GeometryColumn(name, first.crs, False, edges, encoding, first.by)


def _same(first: str | None, other: str | None) -> bool:
    if first == other:
        return True
    if first is None or other is None:
        return False
    import pyproj

    try:
        a, b = pyproj.CRS.from_user_input(first), pyproj.CRS.from_user_input(other)
    except pyproj.exceptions.CRSError:
        return False  # one that nobody can read: the caller says which
    return bool(a.equals(b, ignore_axis_order=True)) or {_code(a), _code(b)} <= _WGS84


_WGS84: Final = {"EPSG:4326", "OGC:CRS84"}


def _code(crs: Any) -> str:
    code = None if crs.is_bound else crs.to_authority(min_confidence=70)
    return f"{code[0]}:{code[1]}" if code else ""
