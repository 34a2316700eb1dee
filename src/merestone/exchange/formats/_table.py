"""Rows of a table whose cells are text or values: the same rules for CSV, spreadsheets and the exports of forms."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from itertools import accumulate, islice
from math import inf, isfinite
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from merestone.exchange.formats._header_rows import TITLE
from merestone.exchange.formats._table_header import Header, Record, cell_text, cell_texts
from merestone.exchange.meaning.outline_column import FAR_M, turned_towards
from merestone.exchange.meaning.outline_notations import outline_of_cell
from merestone.exchange.places.columns import PlaceSource, Role
from merestone.exchange.places.place_cells import WGS84, Place, PlaceReader, plain_number, texts_of_places
from merestone.exchange.places.system_column import is_same_name, stated_system, system_column
from merestone.exchange.places.text_geometry import ORDER_ASSUMED
from merestone.exchange.rows.reference import (
    MOST_SYSTEMS,
    ToLonLat,
    is_used_the_other_way,
    name_of,
    reference_of,
)
from merestone.exchange.rows.row import Fault, Reading, Row
from merestone.geodesy import distance_m
from merestone.terms import FileRefused, number_of

CHUNK: Final = 2048
_SAME_M: Final = 50.0
"""Two notations of one place, each rounded, lie nearer than this."""
_FEWEST_CORNERS: Final = 3
_NEAR_DEG: Final = 0.05
"""Places nearer than this are never farther apart than `FAR_M`."""


class Table:
    """Turns the records of one table into rows."""

    def __init__(self, path: Path, header: Header, *, crs: str | None, format_name: str, layer: str) -> None:
        """See which of the columns state places, and in what."""
        self.header = header
        self._names = header.names
        reference = reference_of(None, crs or WGS84, path=path)
        self.crs, self._reference = name_of(reference), reference
        self._to_lon_lat: dict[str, ToLonLat | None] = {self.crs: ToLonLat(reference)}
        self._reader = PlaceReader(
            header.names, header.places.sources, repeat_outline=outline_of_cell, is_projected=reference.is_projected
        )
        self._columns_beside: dict[PlaceSource | None, list[tuple[int, str]]] = {}
        self._format_name, self._layer, self._path = format_name, layer, path
        self._has_crs = crs is not None
        self._blank = 0
        self._system = system_column(header.names)
        placed = {i for source in header.places.sources for i in source.all_columns}
        self._is_bare = placed == set(range(len(header.names)))
        self._raw_header = ""
        self._reading: Reading | None = None
        self._assumed: list[str] = []

    def reading(self, records: Iterable[Record]) -> Reading:
        """The rows of the table, read as they are asked for."""
        rows = self._rows(iter(records))
        reading = Reading(rows, format_name=self._format_name, layer=self._layer, crs=self.crs, total=None)
        self._reading, self._assumed = reading, reading.assumed_columns
        reading.notes.extend(self.header.notes)
        reading.notes.extend(self._source_notes())
        first = self._reader.sources[0] if self._reader.sources else None
        reading.are_corners = self.header.places.are_corners
        if first is not None and first.role in (Role.PLANE, Role.DEGREES) and not self._has_crs:
            reading.axis_columns = (self._names[first.columns[0]], self._names[first.columns[1]])
        return reading

    def _source_notes(self) -> Iterator[str]:
        for source in self._reader.sources:
            names = ", ".join(self._names[i] for i in source.columns)
            if source.is_by_content:
                yield f"places are read from column {names}, by what it holds"
        if self.header.places.unused:
            yield f"not read as the row's own place, but kept: {', '.join(self.header.places.unused)}"

    def _rows(self, records: Iterator[Record]) -> Iterator[Row]:
        number = 0
        assert self._reading is not None
        while chunk := list(islice(records, CHUNK)):
            filled = [record for record in chunk if record.fault is not None or any(map(_is_filled, record.cells))]
            self._blank += len(chunk) - len(filled)
            faults = [record.fault or self._uneven(record) for record in filled]
            plain = self._plain_places(filled, faults)
            places = [
                plain[at] if at in plain else self._reader(cell_texts(record.cells)) if fault is None else []
                for at, (record, fault) in enumerate(zip(filled, faults, strict=True))
            ]
            if self._system is not None:
                places = [self._in_system(row, record) for row, record in zip(places, filled, strict=True)]
            if number == 0:
                self._refuse_other_axes(places)
                self._reading.place_cells += texts_of_places([record.cells for record in filled], self._reader.sources)
            moved, moved_m = self._moved(places)
            self._reading.shift_m = self._shift_m(self.crs)
            titles = self._lists_of(chunk) if self._is_bare and _are_far_apart(moved) else {}
            for record, fault, stated, of_row, by_m in zip(filled, faults, places, moved, moved_m, strict=True):
                number += 1
                row = self._row(number, record, fault, stated, moved=of_row, moved_m=by_m)
                yield row._replace(attributes={"title": titles[id(record)], **row.attributes}) if titles else row
        self._reading.notes.extend(self._end_notes())

    @staticmethod
    def _lists_of(chunk: Sequence[Record]) -> dict[int, str]:
        """By record, which of several lists of places it is of, that blank lines part; empty if there is one.

        Asked only where all places together are too far apart to be corners of one outline.
        """
        of_record: dict[int, int] = {}
        list_count, line_before = 1, 0
        for record in chunk:
            if record.fault is None and not any(map(_is_filled, record.cells)):
                continue
            list_count += bool(line_before) and record.line > line_before + 1
            line_before = record.line + record.text.count("\n")
            of_record[id(record)] = list_count
        sizes = Counter(of_record.values())
        if len(sizes) < 2 or min(sizes.values()) < _FEWEST_CORNERS:
            return {}
        return {key: f"list {count}" for key, count in of_record.items()}

    def _in_system(self, places: list[Place], record: Record) -> list[Place]:
        """The places of a row in the reference system that its own column states."""
        at = self._system
        text = cell_text(record.cells[at]) if at is not None and at < len(record.cells) else ""
        system = stated_system(self._names[at or 0], text)
        return places if system is None else [in_system(place, system) for place in places]

    def _refuse_other_axes(self, places: Sequence[Sequence[Place]]) -> None:
        """Refuse metres of a projection that lie where it is used only if x is the northing, as surveyors write it."""
        source = self._reader.sources[0] if self._reader.sources else None
        if source is None or source.role not in (Role.PLANE, Role.UTM) or not self._has_crs:
            return
        own = [place.geometry for row in places for place in row if place.source is source and place.crs is None]
        points = [geometry for geometry in own if geometry is not None]
        if points and is_used_the_other_way(self._reference, shapely.get_coordinates(points)):
            first, second = (self._names[i] for i in source.columns)
            why = (
                f"with {first} as easting and {second} as northing its rows lie outside the area of {self.crs}, "
                "and the other way round inside of it"
            )
            remedy = f"rename {first} to northing and {second} to easting, or name the right reference system"
            raise FileRefused(self._path, why, remedy)

    def _plain_places(self, records: Sequence[Record], faults: Sequence[Fault | None]) -> dict[int, list[Place]]:
        """The places of rows with two plain numbers, made at once: what the reader gives, in half the time."""
        sources = self._reader.sources
        if len(sources) != 1 or not sources[0].are_plain_numbers:
            return {}
        lon, lat = sources[0].columns
        if not any(faults) and (all_deg := _all_plain(records, lon, lat)) is not None:
            points: Any = shapely.points(all_deg)
            return {at: [Place(sources[0], point)] for at, point in enumerate(points.tolist())}
        rows, numbers = [], []
        for at, (record, fault) in enumerate(zip(records, faults, strict=True)):
            try:
                pair = (
                    (plain_number(record.cells[lon]), plain_number(record.cells[lat])) if fault is None else (inf, inf)
                )
            except (TypeError, ValueError):
                continue
            if isfinite(pair[0]) and isfinite(pair[1]):
                rows.append(at)
                numbers.append(pair)
        made: Any = shapely.points(np.array(numbers, np.float64).reshape(-1, 2))
        return {at: [Place(sources[0], point)] for at, point in zip(rows, made, strict=True)}

    def _uneven(self, record: Record) -> Fault | None:
        """Cells are missing or too many; empty ones at the end, which spreadsheets add, do not count."""
        width = len(self._names)
        if len(record.cells) == width or (len(record.cells) > width and not any(record.cells[width:])):
            return None
        text = (
            f"the row has {number_of(len(record.cells), 'cell')} and the header {width}; quote texts that hold the "
            "separator"
        )
        return Fault("uneven_row", text)

    def _moved(self, places: Sequence[Sequence[Place]]) -> tuple[list[list[Any]], list[list[float]]]:
        """For each place its geometry on WGS 84, or the fault for which it has none; and what that adds, metres."""
        flat = [place for row in places for place in row]
        by_crs: dict[str, list[int]] = {}
        for at, place in enumerate(flat):
            if place.geometry is not None:
                by_crs.setdefault(place.crs or self.crs, []).append(at)
        results: list[Any] = [place.fault for place in flat]
        added_m = [0.0] * len(flat)
        for crs, group in by_crs.items():
            to_lon_lat = self._way_from(crs)
            if to_lon_lat is None:
                text = f"the row states its coordinates in {crs}, which is not a reference system known here"
                if len(self._to_lon_lat) >= MOST_SYSTEMS:
                    text = f"the row states its coordinates in {crs}, and its file names over {MOST_SYSTEMS} systems"
                for at in group:
                    results[at] = Fault("reference_system_unknown", text)
                continue
            moved = to_lon_lat([flat[at].geometry for at in group])
            for i, (at, by_m) in enumerate(zip(group, to_lon_lat.shifts_m.tolist(), strict=True)):
                added_m[at] = by_m
                unfollowed = to_lon_lat.faults.get(i)
                results[at] = moved[i] if unfollowed is None else Fault("unreadable_geometry", unfollowed)
        ends = list(accumulate(map(len, places)))
        starts = [0, *ends][:-1]
        pieces = [slice(start, end) for start, end in zip(starts, ends, strict=True)]
        return [results[piece] for piece in pieces], [added_m[piece] for piece in pieces]

    def _way_from(self, crs: str) -> ToLonLat | None:
        if crs not in self._to_lon_lat:
            self._to_lon_lat[crs] = way_from(crs) if len(self._to_lon_lat) < MOST_SYSTEMS else None
        return self._to_lon_lat[crs]

    def _shift_m(self, crs: str) -> float:
        way = self._to_lon_lat[crs]
        return way.shift_m if way is not None else 0.0

    def _row(
        self,
        number: int,
        record: Record,
        fault: Fault | None,
        stated: Sequence[Place],
        *,
        moved: Sequence[Any],
        moved_m: Sequence[float],
    ) -> Row:
        text = f"{self._raw_header}\n{record.text}" if self._raw_header else record.text
        if len(moved) == 1 and fault is None and not (isinstance(moved[0], Fault) or stated[0].remarks):
            return self._placed(number, record, stated[0], moved[0], text=text, moved_m=moved_m[0])
        chosen = next((i for i, place in enumerate(moved) if not isinstance(place, Fault)), None)
        if fault is None and chosen is None and moved:
            fault = moved[0]
        if fault is not None or chosen is None:
            return Row(
                number,
                None,
                self._attributes(record, None),
                fault=fault,
                remarks=record.remarks,
                text=text,
                crs=self.crs,
            )
        stated, moved = _in_order(stated, moved)
        place, geometry = stated[chosen], moved[chosen]
        against = contradiction(self._names, stated, moved, chosen) if len(moved) > 1 else None
        if against is not None:
            return Row(number, None, self._attributes(record, None), fault=against, text=text, crs=self.crs)
        if place.is_order_assumed and (name := self._names[place.source.columns[0]]) not in self._assumed:
            self._assumed.append(name)
        passed = tuple(
            Fault(place.code, f"{place.message}; the row's other place was taken")
            for source, place in zip(stated[:chosen], moved[:chosen], strict=True)
            if isinstance(place, Fault) and source.source.role is not Role.GEOMETRY
        )
        crs = place.crs or self.crs
        apart_m, two_places = other_place(self._names, stated, moved, chosen)
        remarks = (*record.remarks, *place.remarks, *passed, *two_places)
        return Row(
            number,
            geometry,
            self._attributes(record, place.source),
            remarks=remarks,
            text=text,
            crs=crs,
            accuracy_m=place.accuracy_m,
            shift_m=place.resolution_m + apart_m,
            inner_geometry=self._inner(place, crs),
            moved_m=moved_m[chosen],
        )

    def _placed(
        self, number: int, record: Record, place: Place, geometry: BaseGeometry, *, text: str, moved_m: float
    ) -> Row:
        """The row of a record that states one place, which can be read; as most do."""
        crs = place.crs or self.crs
        if place.is_order_assumed and (name := self._names[place.source.columns[0]]) not in self._assumed:
            self._assumed.append(name)
        attributes = self._attributes(record, place.source)
        inner = None if place.inner_geometry is None else self._inner(place, crs)
        own_m, open_m = place.accuracy_m, place.resolution_m
        return Row(
            number, geometry, attributes, None, record.remarks, text, None, crs, own_m, open_m, inner, None, moved_m
        )

    def _inner(self, place: Place, crs: str) -> BaseGeometry | None:
        """What certainly lies within the place, on WGS 84; None if there is one reading of it."""
        way = self._way_from(crs)
        if place.inner_geometry is None or way is None:
            return None
        [inner] = way([place.inner_geometry])
        return inner

    def with_raw_header(self, text: str) -> "Table":
        """The header as it stands in the file, kept above each row that cannot be taken."""
        self._raw_header = text
        return self

    def _attributes(self, record: Record, source: PlaceSource | None) -> Mapping[str, Any]:
        """The row's columns but those from which its place was read."""
        other_columns = self._columns_beside.get(source)
        if other_columns is None:
            chosen = source or (self._reader.sources[0] if self._reader.sources else None)
            taken = set() if chosen is None else set(chosen.all_columns) - self.header.places.corner_columns
            other_columns = [(i, name) for i, name in enumerate(self._names) if i not in taken]
            self._columns_beside[source] = other_columns
        if not other_columns and not self.header.text_of_all:
            return {}
        cells, width = record.cells, len(record.cells)
        attributes = {name: _value(cells[i]) if i < width else None for i, name in other_columns}
        if self.header.text_of_all:
            attributes[TITLE] = self.header.text_of_all
        return attributes

    def _end_notes(self) -> Iterator[str]:
        if self._assumed:
            yield (
                f"positions in {', '.join(sorted(self._assumed))} have no letters; they were read as latitude, then "
                "longitude"
            )
        if self._reader.opaque:
            names = ", ".join(sorted(self._reader.opaque))
            yield f"{names} holds shapes in a compressed form of ArcGIS; the coordinates beside it were used"
        if self._blank:
            yield f"{number_of(self._blank, 'blank row was', 'blank rows were')} passed over"


def _all_plain(records: Sequence[Record], lon: int, lat: int) -> NDArray[np.float64] | None:
    """(n, 2) the two numbers of all records; None where one of them is written in another way, or is not finite."""
    cells = [record.cells[lon] for record in records], [record.cells[lat] for record in records]
    try:
        if any("_" in "".join(column) for column in cells):
            return None
        numbers = np.array([list(map(float, column)) for column in cells]).T
    except (TypeError, ValueError):
        return None
    return numbers if np.isfinite(numbers).all() else None


def _are_far_apart(moved: Sequence[Sequence[Any]]) -> bool:
    places = [shape for row in moved for shape in row[:1] if not isinstance(shape, Fault)]
    west, south, east, north = shapely.total_bounds(places).tolist() if places else (0.0, 0.0, 0.0, 0.0)
    is_on_earth = -180 <= west <= east <= 180 and -90 <= south <= north <= 90
    return is_on_earth and float(distance_m(west, south, east, north)) > FAR_M


def _is_filled(cell: Any) -> bool:
    return cell is not None and cell != "" and not (isinstance(cell, str) and cell.isspace())


def _value(cell: Any) -> Any:
    if isinstance(cell, str):
        return cell or None
    return cell.isoformat() if isinstance(cell, (datetime, date, time)) else cell


def in_system(place: Place, system: str) -> Place:
    """A place in the system that its row states; grids, which imply WGS 84, only where it is one of its own."""
    if place.geometry is None:
        return place
    if place.source.role in (Role.UTM, Role.MGRS, Role.GEOHASH):
        if re.fullmatch(r"EPSG:32[67]\d\d", system) is not None:
            return place
        message = f"the row states {system}, and its grid is read on WGS 84; give longitude and latitude, or x and y"
        return place._replace(geometry=None, fault=Fault("reference_system_unknown", message))
    return place._replace(crs=system) if place.crs in (None, WGS84) else place


def way_from(crs: str) -> ToLonLat | None:
    """The way from a reference system that a row states; None if PROJ knows none of that number."""
    import pyproj

    for name in (crs, crs.replace("EPSG:", "ESRI:")):
        try:
            stated = pyproj.CRS.from_user_input(name)
        except pyproj.exceptions.ProjError:
            continue
        return ToLonLat(stated) if is_same_name(crs, stated.name) else None
    return None


def _in_order(stated: Sequence[Place], moved: Sequence[Any]) -> tuple[list[Place], list[Any]]:
    """The row's places, with pairs in the order that its own position shows."""
    places, geometries = list(stated), list(moved)
    points = [shape for shape in moved if not isinstance(shape, Fault) and shape.geom_type == "Point"]
    for at, (place, geometry) in enumerate(zip(stated, moved, strict=True)):
        if ORDER_ASSUMED in place.remarks and points and not isinstance(geometry, Fault):
            turned = turned_towards(points[0], geometry)
            if turned is not None:
                places[at] = place._replace(remarks=tuple(r for r in place.remarks if r != ORDER_ASSUMED))
                geometries[at] = turned
    return places, geometries


def other_place(
    names: Sequence[str], stated: Sequence[Place], moved: Sequence[Any], chosen: int
) -> tuple[float, tuple[Fault, ...]]:
    """How far the row's other places lie from the one that is taken, metres, and words: the hazard may be at either."""
    farthest_m, remarks = 0.0, []
    taken = moved[chosen]
    for place, other in zip(stated, moved, strict=True):
        if other is taken or isinstance(other, Fault) or {taken.geom_type, other.geom_type} != {"Point"}:
            continue
        if other.is_empty or taken.is_empty or other.bounds == (0.0, 0.0, 0.0, 0.0) or not _is_on_earth(other):
            continue
        apart_m = float(distance_m(taken.bounds[0], taken.bounds[1], other.bounds[0], other.bounds[1]))
        if apart_m > _SAME_M + place.resolution_m + stated[chosen].resolution_m:
            first_names, second_names = (", ".join(names[i] for i in p.source.columns) for p in (stated[chosen], place))
            message = f"{first_names} lie {apart_m:,.0f} m from {second_names}: the distance counts as accuracy"
            remarks.append(Fault("two_places", message))
            farthest_m = max(farthest_m, apart_m)
    return farthest_m, tuple(remarks)


def contradiction(names: Sequence[str], stated: Sequence[Place], moved: Sequence[Any], chosen: int) -> Fault | None:
    """Why two of the row's places cannot both be right: they lie too far apart."""
    taken = moved[chosen]
    for place, other in zip(stated, moved, strict=True):
        if other is taken or isinstance(other, Fault) or other.is_empty or taken.is_empty:
            continue
        if shapely.get_dimensions(other) > shapely.get_dimensions(taken) or other.bounds == (0.0, 0.0, 0.0, 0.0):
            continue  # the meaning of an outline beside a position is settled later; 0, 0 was not filled in
        if shapely.distance(taken, other) < _NEAR_DEG or not (_is_on_earth(taken) and _is_on_earth(other)):
            continue
        line = shapely.get_coordinates(shapely.shortest_line(shapely.force_2d(taken), shapely.force_2d(other)))
        apart_m = float(distance_m(*line[0], *line[1]))
        if apart_m > FAR_M:
            first_names, second_names = (", ".join(names[i] for i in p.source.columns) for p in (stated[chosen], place))
            text = (
                f"the place in {first_names} lies {apart_m / 1000:,.0f} km from the one in {second_names}; "
                "correct the wrong one"
            )
            return Fault("outline_contradicts" if shapely.get_dimensions(taken) else "places_contradict", text)
    return None


def _is_on_earth(geometry: Any) -> bool:
    west, south, east, north = geometry.bounds
    return bool(west >= -180 and east <= 180 and south >= -90 and north <= 90)
