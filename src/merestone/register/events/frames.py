"""Records as data scientists take them: GeoPandas, Arrow, GeoJSON, and a page for a notebook.

GeoPandas is optional; it is loaded where somebody asks for it.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from merestone.terms import EngineMissing

if TYPE_CHECKING:
    import geopandas

    from merestone.register.events.framed_record import FramedRecord

OWN_COLUMNS: Final = (
    "record_id", "kind", "accuracy_m", "source", "true_from", "true_until", "recorded_at", "data_on", "visibility",
    "version", "status", "begins_on", "label", "is_exact",
)  # fmt: skip
"""Columns of every frame, in this order; a record's attributes follow, with `PREFIX` where a name is one of these."""
PREFIX: Final = "attribute_"


def columns_of(record: "FramedRecord") -> dict[str, Any]:
    """A record as one row beside its outline: plain values, nested attributes as JSON."""
    own: dict[str, Any] = {name: getattr(record, name) for name in OWN_COLUMNS}
    own |= {"kind": record.kind.value, "visibility": record.visibility.value}
    taken = {*OWN_COLUMNS, "geometry"}
    for name, value in record.attributes.items():
        is_nested = isinstance(value, (Mapping, list, tuple))
        own[f"{PREFIX}{name}" if name.lower() in taken else name] = (
            json.dumps(value, ensure_ascii=False, default=str) if is_nested else value
        )
    return own


def feature_of(record: "FramedRecord") -> dict[str, Any]:
    """A record as a GeoJSON feature (RFC 7946), which Shapely, GeoPandas, folium and others take."""
    columns = columns_of(record)
    plain = {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in columns.items()}
    return {
        "type": "Feature",
        "id": record.record_id,
        "properties": plain,
        "geometry": None if record.geometry is None else record.geometry.__geo_interface__,
    }


def geo_interface(records: Sequence["FramedRecord"]) -> dict[str, Any]:
    """All records as a GeoJSON feature collection."""
    return {"type": "FeatureCollection", "features": [feature_of(record) for record in records]}


def to_geopandas(records: Sequence["FramedRecord"]) -> "geopandas.GeoDataFrame":
    """All records as a GeoDataFrame on WGS 84 (OGC:CRS84), one row each.

    Raises
    ------
    EngineMissing
        GeoPandas is not installed.
    """
    try:
        import geopandas
    except ImportError:
        raise EngineMissing("geopandas", "a GeoDataFrame", "pip install geopandas") from None
    rows = [columns_of(record) for record in records]
    names = dict.fromkeys([*OWN_COLUMNS, *(name for row in rows for name in row)])
    columns = {name: _of_one_type([row.get(name) for row in rows]) for name in names}
    return geopandas.GeoDataFrame(columns, geometry=[record.geometry for record in records], crs="OGC:CRS84")


def _of_one_type(values: list[Any]) -> list[Any]:
    """The values of a column; text where they are of several types, for Arrow has one type for each column."""
    kinds = {type(value) for value in values if value is not None}
    if len(kinds) <= 1 or kinds == {int, float}:
        return values
    return [None if value is None else str(value) for value in values]


def page_of(records: Sequence["FramedRecord"], title: str, notes: Sequence[str]) -> str:
    """What a notebook shows: how many records of each kind, a small map, and what is to be said of the data."""
    from merestone.register.events.picture import picture

    counts = Counter(record.kind for record in records)
    from html import escape  # only a notebook needs it

    lines = "".join(f"<tr><td>{escape(kind.label)}</td><td>{count:,}</td></tr>" for kind, count in counts.items())
    text = "".join(f"<div><small>{escape(note)}</small></div>" for note in notes)
    return f"<div><b>{escape(title)}</b><table>{lines}</table>{picture(records, title)}{text}</div>"


class RecordFrames:
    """What register and snapshot offer to other libraries; `_framed` gives the records and what is said of them."""

    __slots__ = ()

    def _framed(self) -> tuple[Sequence["FramedRecord"], str, Sequence[str]]:
        """The records, a title, and notes."""
        raise NotImplementedError

    def to_geopandas(self) -> "geopandas.GeoDataFrame":
        """The records as a GeoDataFrame on WGS 84, exactly as this viewer sees them.

        Raises
        ------
        EngineMissing
            GeoPandas is not installed.
        """
        return to_geopandas(self._framed()[0])

    @property
    def __geo_interface__(self) -> dict[str, Any]:
        """The records as a GeoJSON feature collection."""
        return geo_interface(self._framed()[0])

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The records as an Arrow stream (geometries as WKB), which polars, DuckDB, pyarrow and others take."""
        stream: object = self.to_geopandas().to_arrow(index=False).__arrow_c_stream__(requested_schema)
        return stream

    def _repr_html_(self) -> str:
        """A notebook's view."""
        return page_of(*self._framed())
