"""Positions out of record batches: longitude and latitude on WGS 84, whatever reference system their columns state."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from merestone.exchange.places.columns import parts_of
from merestone.exchange.places.geometry_column import (
    CRS84,
    REMEDY,
    GeometryColumn,
    geometry_columns,
    known_reference,
    reference_text,
    with_native_types,
)
from merestone.exchange.rows.arrow_column import coordinates, decoded, geometries, is_place, numbers
from merestone.exchange.rows.shift_notes import shift_notes
from merestone.terms import FieldRefused

Floats = NDArray[np.float64]

LON_NAMES: Final = ("lon_deg", "lon", "longitude", "lng", "long", "x")
LAT_NAMES: Final = ("lat_deg", "lat", "latitude", "y")
CRS_KEYS: Final = ("crs", "srs", "srid", "epsg")
"""Keys in the metadata of a column of longitudes, or of the table, that state a reference system."""
PLAIN: Final = frozenset({None, CRS84, "EPSG:4326"})


@dataclass(frozen=True, eq=False)
class Positions:
    """Of one batch, in its order."""

    lon_deg: Floats
    """(n,) on WGS 84; NaN where there is none."""
    lat_deg: Floats
    shift_m: Floats
    """(n,) what bringing them to WGS 84 adds to their accuracy, metres; NaN: not known."""
    unusable: NDArray[np.bool_]
    """(n,) whether a position is given in a reference system of its own that cannot be used; it is NaN then."""
    accuracy_m: Floats | None = None
    """(n,) what the positions' own notation states, metres; NaN: nothing. None: no notation here does."""
    reasons: Mapping[int, str] = field(default_factory=dict)
    """Of rows in which something stands that is no position: why not, with what stands there."""


@dataclass
class PositionReader:
    """Reads the positions of batches that have one schema.

    Points of a column that is stated to hold geometries go before columns of longitude and latitude; these go before
    a column that merely has the name of a geometry. What states no reference system is taken for longitude and
    latitude on WGS 84.

    Raises
    ------
    FieldRefused
        No column holds positions; or a column states that its reference system is not known, or states one that PROJ
        does not know, or two that differ.
    """

    schema: pa.Schema
    crs: str | None = None
    """What the coordinates are in where the columns do not say, or say that they do not know."""
    notes: list[str] = field(default_factory=list)
    """What was done to the coordinates, in words for a person."""

    def __post_init__(self) -> None:
        by_name = {name.lower(): i for i, name in enumerate(self.schema.names)}
        lon = next((by_name[n] for n in LON_NAMES if n in by_name), None)
        lat = next((by_name[n] for n in LAT_NAMES if n in by_name), None)
        if lon is None or lat is None or parts_of(self.schema.names)[0]:  # lat_deg may have its minutes beside it
            self._pair = None
        else:
            self._pair = lon, lat
        columns = [c for c in geometry_columns(self.schema) if is_place(self.schema.field(c.name).type)]
        self._geometry = next((c for c in columns if c.stated_by or self._pair is None), None)
        if self._geometry is None and self._pair is None:
            remedy = "name the columns lon and lat, or give points in a column named geometry"
            shown = [*self.schema.names[:40], *["..."] * (len(self.schema.names) > 40)]
            raise FieldRefused("columns", shown, "hold no position", remedy)
        self._moving: dict[str | None, Any] = {}
        if self._geometry is not None and self._geometry.crs is None:
            if self.crs is not None:
                self._geometry = replace(self._geometry, crs=self.crs, is_silent=False)
            elif not self._geometry.is_silent:
                self._refuse_unknown(self._geometry)
        if self._pair is not None:
            self._pair_crs = self._crs_of_pair(*self._pair)
            self._refuse_contradiction(self._pair_crs)
            self._pair_crs = self._pair_crs or self.crs
            self._to_degrees(self._pair_crs)
        if self._geometry is not None:
            self._to_degrees(self._geometry.crs)
            self._refuse_contradiction(self._geometry.crs)

    def __call__(self, batch: pa.RecordBatch) -> Positions:
        """The positions of one batch."""
        lon, lat = np.full(batch.num_rows, np.nan), np.full(batch.num_rows, np.nan)
        unusable, is_taken = np.zeros(batch.num_rows, bool), np.zeros(batch.num_rows, bool)
        shift_m = np.zeros(batch.num_rows)
        reasons: dict[int, str] = {}
        if self._geometry is not None:
            lon, lat, is_taken, unusable, shift_m = self._of_geometry(batch, self._geometry)
        if self._pair is not None and not is_taken.all():
            x, y = (numbers(batch.column(place)) for place in self._pair)
            rest = ~is_taken
            lon[rest], lat[rest], shift_m[rest] = self._moved(x[rest], y[rest], self._pair_crs)
            if not np.isfinite(lon).all():
                reasons |= self._half_places(batch, rest & (np.isfinite(x) != np.isfinite(y)))
        if self._geometry is not None and not np.isfinite(lon).all():
            reasons |= self._not_points(batch, self._geometry, ~is_taken & ~np.isfinite(lon) & ~unusable)
        return Positions(lon, lat, shift_m, unusable, None, reasons)

    def _half_places(self, batch: pa.RecordBatch, rows: NDArray[np.bool_]) -> dict[int, str]:
        """Of rows in which one of the two numbers can be read: what stands there."""
        assert self._pair is not None
        at = np.flatnonzero(rows)
        if not len(at):
            return {}
        chosen = pa.array(at)
        texts = [
            [f"{self.schema.names[i]} = {value!r}" for value in decoded(batch.column(i)).take(chosen).to_pylist()]
            for i in self._pair
        ]
        return {
            row: f"{lon}, {lat} is not a position; give both as numbers"
            for row, lon, lat in zip(at.tolist(), *texts, strict=True)
        }

    def _not_points(self, batch: pa.RecordBatch, column: GeometryColumn, rows: NDArray[np.bool_]) -> dict[int, str]:
        """Of rows that hold something that is no point: what it is."""
        array = decoded(batch.column(self.schema.get_field_index(column.name)))
        at = np.flatnonzero(rows & np.asarray(array.is_valid().to_numpy(zero_copy_only=False), bool))
        if not len(at):
            return {}
        chosen = array.take(pa.array(at))
        if coordinates(chosen) is not None:
            return {}
        shapes, values = geometries(chosen, column.encoding), chosen.to_pylist()
        reasons = {}
        for row, geometry, value in zip(at.tolist(), shapes, values, strict=True):
            shown = value.hex() if isinstance(value, bytes) else str(value)
            why = "it cannot be read" if geometry is None else not_a_point(geometry)
            if shown:
                reasons[row] = f"{column.name} = {shown[:120]!r} is not a position: {why}"
        return reasons

    def _of_geometry(self, batch: pa.RecordBatch, column: GeometryColumn) -> Any:
        array = decoded(batch.column(self.schema.get_field_index(column.name)))
        plain = coordinates(array)
        if plain is not None:
            is_null = np.asarray(array.is_null().to_numpy(zero_copy_only=False), bool)
            lon, lat, shift_m = self._moved(*plain, column.crs)
            return lon, lat, ~is_null, np.zeros(len(lon), bool), shift_m
        points = _single(geometries(array, column.encoding))
        x, y = shapely.get_x(points), shapely.get_y(points)
        is_point = shapely.get_type_id(points) == shapely.GeometryType.POINT
        srids = np.where(is_point, shapely.get_srid(points), 0)
        lon, lat, shift_m = self._moved(x, y, column.crs)
        unusable = np.zeros(len(x), bool)
        for srid in np.unique(srids[srids > 0]):
            rows = np.flatnonzero(srids == srid)
            crs = self._crs_of_row(int(srid), column)
            if crs is None:
                lon[rows], lat[rows], unusable[rows] = np.nan, np.nan, True
                continue
            lon[rows], lat[rows], shift_m[rows] = self._moved(x[rows], y[rows], crs)
        return lon, lat, is_point, unusable, shift_m

    def _crs_of_row(self, srid: int, column: GeometryColumn) -> str | None:
        """What a geometry's own SRID says; None where it contradicts its column, or PROJ does not know it."""
        crs = f"EPSG:{srid}"
        try:
            self._to_degrees(crs)
        except FieldRefused:
            self._note(f"positions with SRID {srid} are unknown: PROJ has no such reference system")
            return None
        if column.is_silent:
            return crs
        if known_reference(str(column.crs)).equals(known_reference(crs), ignore_axis_order=True):
            return crs
        self._note(f"positions with SRID {srid} are unknown: {column.stated_by} states another reference system")
        return None

    def _crs_of_pair(self, lon: int, lat: int) -> str | None:
        """What the metadata of the columns, or of the table, state of longitude and latitude."""
        for metadata in (self.schema.field(lon).metadata, self.schema.field(lat).metadata, self.schema.metadata):
            for key, value in (metadata or {}).items():
                if key.decode("utf-8", "replace").lower() in CRS_KEYS:
                    crs = reference_text(value.decode("utf-8", "replace").strip('"'), self.schema.metadata)
                    if crs is None and self.crs is None:
                        names = f"{self.schema.names[lon]}, {self.schema.names[lat]}"
                        raise FieldRefused("crs", names, "are stated to be in an unknown reference system", REMEDY)
                    return crs
        return None

    def _refuse_contradiction(self, crs: str | None) -> None:
        """Of two statements about one place, nobody here can say which is right."""
        if crs is None or self.crs is None:
            return
        if not known_reference(crs).equals(known_reference(self.crs), ignore_axis_order=True):
            raise FieldRefused("crs", self.crs, "is not what the file says its coordinates are in", "leave it out")

    def _refuse_unknown(self, column: GeometryColumn) -> None:
        names = {self.schema.names[place].lower() for place in self._pair or ()}
        if names and not names & {"x", "y"}:
            self._note(f"column {column.name!r} is not used: {column.stated_by} says its reference system is unknown")
            self._geometry = None
            return
        why = f"has a reference system that is not known, as {column.stated_by} says"
        raise FieldRefused("column", column.name, why, REMEDY)

    def _moved(self, x: Floats, y: Floats, crs: str | None) -> tuple[Floats, Floats, Floats]:
        to_degrees = self._to_degrees(crs)
        if to_degrees is None:
            return np.array(x), np.array(y), np.zeros(len(x))
        lon, lat, shift_m = to_degrees.positions(x, y)
        return lon, lat, shift_m

    def _to_degrees(self, crs: str | None) -> Any:
        """The way to WGS 84; None where none is needed."""
        if crs in PLAIN:
            return None
        if crs not in self._moving:
            from merestone.exchange.rows.reference import ToLonLat, crs84, name_of

            known = known_reference(str(crs))
            moving = None if known.equals(crs84(), ignore_axis_order=True) else ToLonLat(known)
            if moving is not None:
                self._note(f"the coordinates are in {name_of(known)} and were brought to WGS 84")
            self._moving[crs] = moving
        return self._moving[crs]

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def reads_numbers(self) -> bool:
        """Whether the positions stand in two columns and nowhere else."""
        return self._geometry is None and self._pair is not None

    def reads_numbers_as_text(self) -> bool:
        """Whether the positions stand in two columns of text, in which people write numbers in many ways."""
        if self._geometry is not None or self._pair is None:
            return False
        return any(is_text_kind(self.schema.field(place).type) for place in self._pair)

    def references(self) -> list[str | None]:
        """What the columns in use are in, as they say or as was given."""
        of_geometry = [] if self._geometry is None else [self._geometry.crs]
        return of_geometry + ([] if self._pair is None else [self._pair_crs])

    def shift_notes(self) -> list[str]:
        """What the transformations did to the accuracy; known when all batches were read."""
        return shift_notes([float(moving.shift_m) for moving in self._moving.values() if moving is not None])


def not_a_point(geometry: Any) -> str:
    """What to say of a geometry that is no position."""
    if geometry.is_empty:
        return "it is empty"
    if geometry.geom_type == "MultiPoint":
        return "it is a MultiPoint, and a position is one point"
    option = "--footprints" if shapely.get_dimensions(geometry) == 2 else "--tracks"
    return f"it is a {geometry.geom_type}, and a position is one point; {option} takes such rows"


def is_text_kind(kind: Any) -> bool:
    """Whether the values of a column of this type are texts, in any layout."""
    while pa.types.is_dictionary(kind) or pa.types.is_run_end_encoded(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _single(shapes: NDArray[Any]) -> NDArray[Any]:
    """A multipoint of one point is that point; an empty point, of which GEOS 3.14 gives no coordinates, is nothing."""
    if (is_empty := shapely.is_empty(shapes)).any():
        shapes = shapes.copy()
        shapes[is_empty] = None
    alone = (shapely.get_type_id(shapes) == shapely.GeometryType.MULTIPOINT) & (shapely.get_num_geometries(shapes) == 1)
    if alone.any():
        shapes = shapes.copy()
        shapes[alone] = shapely.get_geometry(shapes[alone], 0)
    return shapes


def stated_reference(schema: pa.Schema, parquet_schema: Any, user_crs: str | None = None) -> str | None:
    """What the coordinates that a `PositionReader` would read of a Parquet file are in; None: nothing is said.

    Raises
    ------
    FieldRefused
        As for `PositionReader`; or columns of longitude and latitude stand beside geometries in another reference
        system, so that one word on both is not enough.
    """
    references = PositionReader(with_native_types(schema, parquet_schema), user_crs).references()
    if len({None if crs in PLAIN else crs for crs in references}) > 1:
        names = ", ".join(crs or CRS84 for crs in references)
        raise FieldRefused("columns", schema.names, f"state several reference systems: {names}", REMEDY)
    return references[0]
