"""Positions in the cells of a table: the columns and notations that an import reads, of record batches of any types.

A row without a position is missing only if nothing was written there; a text that cannot be read is told as it stands.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from merestone.exchange.formats._table import contradiction, in_system, way_from
from merestone.exchange.formats._table_header import SAMPLE_ROWS, cell_text
from merestone.exchange.places.accuracy_text import accuracy_in_text
from merestone.exchange.places.arrow_positions import PositionReader, Positions, is_text_kind, not_a_point
from merestone.exchange.places.columns import PlaceColumns, PlaceSource, Role, place_columns
from merestone.exchange.places.place_cells import WGS84, Place, PlaceReader, plain_number
from merestone.exchange.places.repeat_points import outline_of_repeat
from merestone.exchange.places.system_column import stated_system, system_column
from merestone.exchange.positions.stated_systems import systems_of
from merestone.exchange.rows.arrow_column import decoded
from merestone.exchange.rows.arrow_value import attribute_values
from merestone.exchange.rows.reference import MOST_SYSTEMS, ToLonLat, crs84, reference_of
from merestone.exchange.rows.row import Fault
from merestone.exchange.rows.shift_notes import shift_notes
from merestone.terms import FieldRefused

if TYPE_CHECKING:
    import pyproj

UNEVEN: Final = "the row has more or fewer cells than the header; put texts that hold the separator in quotation marks"


@dataclass(frozen=True, slots=True)
class PlaceReading:
    """What one row gives: a position, or words on why there is none."""

    lon_deg: float = np.nan
    lat_deg: float = np.nan
    shift_m: float = 0.0
    accuracy_m: float = np.nan
    reason: str = ""
    is_reference_unusable: bool = False


_NOTHING: Final = PlaceReading()
_MOST_REMEMBERED: Final = 1 << 15
"""Rows whose reading is remembered."""


class CellPositions:
    """Reads the positions of batches whose columns have these names.

    Parameters
    ----------
    names
        Of all columns, in order.
    places
        Which of them state places.
    reference
        What plain numbers are in, where the rows do not say; None: WGS 84, for which no file of PROJ's is loaded.
    is_null_uneven
        Whether a null in the last of several columns marks a row whose cells are not those of the header
        (`text_positions`).
    """

    def __init__(
        self,
        names: Sequence[str],
        places: PlaceColumns,
        reference: "pyproj.CRS | None",
        *,
        is_null_uneven: bool = False,
    ) -> None:
        self.names = list(names)
        self._system = system_column(self.names)
        self._is_null_uneven = is_null_uneven and len(self.names) > 1
        self._is_wgs84 = reference is None or reference.equals(crs84(), ignore_axis_order=True)
        is_projected = reference is not None and reference.is_projected
        self._reader = PlaceReader(
            self.names, places.sources, repeat_outline=outline_of_repeat, is_projected=is_projected
        )
        self._ways: dict[str, ToLonLat | None] = {"": ToLonLat(reference)}
        self._known: dict[tuple[str, ...], PlaceReading] = {}
        self.notes: list[str] = []
        self.accuracy_of_all_m: float | None = None
        """What stands above the table of the accuracy of all its rows, metres; NaN: that they are not exact."""

    def take_title(self, text: str) -> None:
        """Take what a title or a note says of all rows."""
        written = accuracy_in_text(text)
        if written is not None:
            self.accuracy_of_all_m = written.metres
            metres = "not known" if np.isnan(written.metres) else f"{written.metres:,.0f} m or worse"
            self.notes.append(f"what stands above the table says {written.quote}: the accuracy of all rows is {metres}")

    @property
    def sources(self) -> tuple[PlaceSource, ...]:
        """The ways in which the rows state their place."""
        return self._reader.sources

    @property
    def are_plain_degrees(self) -> bool:
        """Whether the place is two columns of longitude and latitude, so that nothing of it needs to be shown anew."""
        return self._is_plain_pair and self.sources[0].role is Role.DEGREES and self._is_wgs84

    @property
    def _is_plain_pair(self) -> bool:
        """Whether the place is two columns of plain numbers, each of one degree or metre."""
        [first, *others] = self.sources
        return not others and first.are_plain_numbers

    def __call__(self, batch: pa.RecordBatch) -> Positions:
        """The positions of one batch."""
        size = batch.num_rows
        lon, lat, shift_m = np.full(size, np.nan), np.full(size, np.nan), np.zeros(size)
        accuracy_m, unusable = np.full(size, np.nan), np.zeros(size, bool)
        reasons: dict[int, str] = {}
        rest = np.arange(size)
        if self._is_plain_pair:
            x, y = (_plain_numbers(batch.column(i)) for i in self.sources[0].columns)
            is_plain = np.isfinite(x) & np.isfinite(y)
            if self._system is not None and (systems := systems_of(batch)) is not None:
                is_plain &= ~systems.astype(bool)
            lon[is_plain], lat[is_plain], shift_m[is_plain] = self._moved(x[is_plain], y[is_plain])
            is_plain &= np.isfinite(lon) & np.isfinite(lat)
            rest = np.flatnonzero(~is_plain)
        if len(rest):
            for at, cells in zip(rest.tolist(), self._texts(batch, rest), strict=True):
                place_reading = PlaceReading(reason=UNEVEN) if cells is None else self._remembered(cells)
                lon[at], lat[at], shift_m[at] = place_reading.lon_deg, place_reading.lat_deg, place_reading.shift_m
                accuracy_m[at], unusable[at] = place_reading.accuracy_m, place_reading.is_reference_unusable
                if place_reading.reason:
                    reasons[at] = place_reading.reason
        if self.accuracy_of_all_m is not None and np.isnan(self.accuracy_of_all_m):
            shift_m[:] = np.nan
        elif self.accuracy_of_all_m is not None:
            accuracy_m = np.fmax(accuracy_m, self.accuracy_of_all_m)
        return Positions(lon, lat, shift_m, unusable, accuracy_m, reasons)

    def _texts(self, batch: pa.RecordBatch, rows: NDArray[np.int64]) -> list[list[str] | None]:
        """The cells that state places, of some rows; None for a row whose cells are not those of the header."""
        chosen = pa.array(rows)
        uneven = np.zeros(len(rows), bool)
        if self._is_null_uneven:
            last = batch.column(batch.num_columns - 1).take(chosen)
            uneven = np.asarray(pc.is_null(last).to_numpy(zero_copy_only=False), bool)
        taken = {i for source in self.sources for i in source.all_columns}
        taken |= set() if self._system is None else {self._system}
        values = {i: attribute_values(decoded(batch.column(i)).take(chosen)) for i in taken}
        out: list[list[str] | None] = []
        for place in range(len(rows)):
            cells = [""] * len(self.names)
            for column, texts in values.items():
                cells[column] = cell_text(texts[place])
            out.append(None if uneven[place] else cells)
        return out

    def _remembered(self, cells: Sequence[str]) -> PlaceReading:
        """What cells give; texts that many rows share, such as `unknown`, are looked at once."""
        key = tuple(cells)
        if (place_reading := self._known.get(key)) is None:
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            place_reading = self._known[key] = self._of_row(cells)
        return place_reading

    def _of_row(self, cells: Sequence[str]) -> PlaceReading:
        stated = self._in_system(self._reader(cells), cells)
        moved: list[Any] = []
        moved_m: list[float] = []
        for place in stated:
            moved_m.append(0.0)
            if place.geometry is None:
                moved.append(place.fault or Fault("unreadable_position", "the position cannot be read"))
                continue
            way = self._way(place.crs)
            if way is None:
                reason = f"its coordinates are stated to be in {place.crs}, which is not a known reference system"
                return PlaceReading(reason=reason, is_reference_unusable=True)
            [brought] = way([_single(place.geometry)])
            moved_m[-1] = float(way.shifts_m[0])
            text = ", ".join(f"{self.names[i]} = {cells[i]!r}" for i in place.source.columns)
            moved.append(_fault_of(brought, text[:300]) or brought)
        chosen = next((i for i, place in enumerate(moved) if not isinstance(place, Fault)), None)
        if chosen is None:
            return PlaceReading(reason=moved[0].message) if moved else _NOTHING
        if len(moved) > 1 and (against := contradiction(self.names, stated, moved, chosen)) is not None:
            return PlaceReading(reason=against.message)
        place = stated[chosen]
        return PlaceReading(
            shapely.get_x(moved[chosen]),
            shapely.get_y(moved[chosen]),
            place.resolution_m + moved_m[chosen],
            np.nan if place.accuracy_m is None else place.accuracy_m,
        )

    def _in_system(self, places: list[Place], cells: Sequence[str]) -> list[Place]:
        """The places of a row in the reference system that its own column states."""
        at = self._system
        system = None if at is None else stated_system(self.names[at], cells[at])
        return places if system is None else [in_system(place, system) for place in places]

    def _way(self, crs: str | None) -> ToLonLat | None:
        key = crs or ""
        if key not in self._ways:
            self._ways[key] = way_from(key) if len(self._ways) < MOST_SYSTEMS else None
        return self._ways[key]

    def _moved(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[Any, Any, Any]:
        way = self._ways[""]
        assert way is not None
        return way.positions(x, y)

    def shift_notes(self) -> list[str]:
        """What the transformations did to the accuracy; known when all batches were read."""
        return shift_notes([way.shift_m for way in self._ways.values() if way is not None])


def written_reader(
    batch: pa.RecordBatch, crs: str | None, reader: PositionReader | None, refusal: FieldRefused | None
) -> PositionReader | CellPositions:
    """What reads places in whichever way they are written, with the schema of this batch, a sample.

    Parameters
    ----------
    reader, refusal
        What reads them as numbers and points, if anything does, or why nothing does.

    Raises
    ------
    FieldRefused
        `refusal`, where nothing else reads them.
    """
    stated = crs if reader is None else reader.references()[-1]
    place = place_columns(batch.schema.names, _sample(batch), repeat_outline=outline_of_repeat)
    if place is None or (reader is None and place.is_ambiguous):
        if reader is None:
            assert refusal is not None
            raise refusal
        return reader
    made = CellPositions(batch.schema.names, place, reference_stated(stated, Path("positions")))
    if stated not in (None, WGS84):
        made.notes.append(f"the coordinates are in {stated} and were brought to WGS 84")
    return made


def reference_stated(crs: str | None, path: Path) -> "pyproj.CRS | None":
    """What a user or a column says that coordinates are in, as `CellPositions` takes it; errors as `reference_of`."""
    return None if crs in {None, WGS84} else reference_of(None, crs, path=path)


def _sample(batch: pa.RecordBatch) -> list[list[str]]:
    """Some rows as texts; cells of types that no person would type, such as bytes, are empty."""
    columns = []
    for array in batch.slice(0, SAMPLE_ROWS).columns:
        plain = decoded(array)
        is_typed = is_text_kind(plain.type) or pa.types.is_integer(plain.type) or pa.types.is_floating(plain.type)
        columns.append([cell_text(value) for value in attribute_values(plain)] if is_typed else [""] * len(plain))
    return [list(row) for row in zip(*columns, strict=True)]


def _single(geometry: Any) -> Any:
    """A multipoint of one point is that point."""
    is_alone = geometry.geom_type == "MultiPoint" and len(geometry.geoms) == 1
    return geometry.geoms[0] if is_alone else geometry


def _fault_of(geometry: Any, text: str) -> Fault | None:
    """Why a geometry is no position; None if it is one."""
    if geometry.geom_type != "Point" or geometry.is_empty:
        return Fault("not_a_point", f"{text}: {not_a_point(geometry)}")
    if not np.isfinite([geometry.x, geometry.y]).all():
        why = "is not a position; give numbers, in the reference system that was named"
        return Fault("unreadable_position", f"{text} {why}")
    return None


def _plain_numbers(column: Any) -> NDArray[np.float64]:
    """(n,) the numbers that programs write; NaN where there is none."""
    column = decoded(column)
    kind = column.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return np.asarray(column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False), np.float64)
    try:
        filled = pc.if_else(pc.equal(column, ""), pa.scalar(None, kind), column)
        return np.asarray(filled.cast(pa.float64()).to_numpy(zero_copy_only=False), np.float64)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return np.array([_number(cell_text(value)) for value in attribute_values(column)], np.float64)


def _number(text: str) -> float:
    try:
        return plain_number(text) if text else np.nan
    except ValueError:
        return np.nan
