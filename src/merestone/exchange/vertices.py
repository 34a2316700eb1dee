"""Files with a row for each turning point: the rows of one outline are gathered into one row that has the outline.

IMSMA NG stores an outline as points with a number and a type (`pointno`, `pointtypeenum`; GICHD geocheck, table
`geopoint`); so do QGIS's "Extract vertices" and the repeats of ODK and Kobo forms. Corners are put in order by their
number. Reference points and benchmarks lie outside the hazard and are never corners. Where the order cannot be settled,
a hazard keeps the convex hull, in which every order lies; released land is put aside.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

import shapely
from shapely.geometry.base import BaseGeometry

from merestone.exchange.meaning.outline import MOST_APART_M, STRIP_M, largest
from merestone.exchange.meaning.own_export import is_own_export
from merestone.exchange.measures import accuracy_measures, column_words, words_of, worst_m
from merestone.exchange.row import Fault, Row
from merestone.exchange.vertex_order import Corner, in_order, number_of, ring_of, type_words
from merestone.geodesy import distances_m, widen
from merestone.register.kind import Kind
from merestone.terms import RecordKind

POINTS: Final = "points_of_outline"
"""The attribute that keeps what the file says of each point."""


class Role(StrEnum):
    """What a point is for the outline of its record."""

    CORNER = "corner"
    REFERENCE = "reference point"
    BENCHMARK = "benchmark"
    PLACE = "place of its own"


@dataclass(frozen=True, slots=True)
class VertexColumns:
    """The columns that say to which outline a row belongs, and where in it."""

    record: str | None
    shape: tuple[str, ...]
    number: str | None
    point_type: str | None
    shape_type: str | None
    is_certain: bool
    """Whether the names alone say so. Otherwise rows that lie far apart are places of their own."""

    @property
    def own(self) -> frozenset[str]:
        """Those of which each point has its own value."""
        return frozenset(c for c in (*self.shape, self.number, self.point_type, self.shape_type) if c is not None)


@dataclass(frozen=True, slots=True)
class Gathered:
    """Rows that are one record together, or a row that is one alone (`members` has one entry)."""

    row: Row
    members: tuple[Row, ...]
    roles: tuple[str, ...] = ()
    """What each of the rows is for the record; empty for a row that is one alone."""


def vertex_columns(sample: Sequence[Row], definition: Kind | None) -> VertexColumns | None:
    """How the file's points belong together; None if each row is a record of its own.

    Parameters
    ----------
    sample
        The first rows of the file.
    """
    shapes = () if definition is None else definition.geometry
    points = [row for row in sample if row.geometry is None or row.geometry.geom_type == "Point"]
    if "polygon" not in shapes or len(points) < len(sample) or not any(row.geometry is not None for row in points):
        return None
    if is_own_export(points[0].attributes):
        return None  # each row is a record already
    names = tuple(dict.fromkeys(name for row in points[:100] for name in row.attributes))
    called = {name: " ".join(words_of(name)) for name in names}
    known = column_words()

    def first(words: Sequence[str]) -> str | None:
        return next((name for word in words for name in names if called[name] == word), None)

    shape = tuple(name for word in ("vertex_shape", "vertex_ring") if (name := first(known[word])) is not None)
    record, number, point_type = (
        first(known["vertex_record"]),
        first(known["vertex_number"]),
        first(known["vertex_type"]),
    )
    is_certain = number is not None or point_type is not None
    if number is None:
        weak = first([word for word in known["vertex_number_weak"] if called.get(record or "") != word])
        number = (
            weak
            if weak != record and (is_certain or _counts(points, record or next(iter(shape), None), weak))
            else None
        )
    if not is_certain and shapes != ("polygon",):
        return None
    if not is_certain and not _repeats(points, record or next(iter(shape), None)):
        return None
    return VertexColumns(record, shape, number, point_type, first(known["vertex_shape_type"]), is_certain)


def gathered(rows: Sequence[Row], columns: VertexColumns, kind: RecordKind) -> list[Gathered]:
    """Each row once, alone or with those of its record, in the order of the first row of each."""
    groups: dict[Any, list[Row]] = {}
    owner = columns.record or next(iter(columns.shape), None)
    run = 0
    before: tuple[Any, tuple[int, str] | None] = (None, None)
    for row in rows:
        key: Any = _text(row, owner) or None
        number = _number(row, columns)
        goes_on = number is not None and before[1] is not None and number > before[1]
        if owner is None:  # numbers that start anew start another outline
            run += before[1] is not None and number is not None and not goes_on
            key = ("run", run)
        elif key is None:  # a table that names the record in its first row only
            key = before[0] if goes_on and before[0] is not None else ("alone", row.number)
        before = (key, number)
        groups.setdefault(key, []).append(row)
    out = []
    for members in groups.values():
        is_one = len(members) == 1 and _role_of(members[0], columns) in (Role.CORNER, Role.PLACE)
        out += [_alone(members[0])] if is_one else _together(members, columns, kind)
    return sorted(out, key=lambda one: one.row.number)


def _alone(row: Row) -> Gathered:
    return Gathered(row, (row,))


@dataclass(slots=True)
class _Record:
    """The points of one record, sorted by what they are."""

    corners: dict[tuple[str, ...], list[Row]] = field(default_factory=dict)
    lines: dict[tuple[str, ...], list[Row]] = field(default_factory=dict)
    places: list[Row] = field(default_factory=list)
    references: list[Row] = field(default_factory=list)
    benchmarks: list[Row] = field(default_factory=list)
    unusable: list[Row] = field(default_factory=list)
    role_of: dict[int, Role] = field(default_factory=dict)


def _together(members: Sequence[Row], columns: VertexColumns, kind: RecordKind) -> list[Gathered]:
    record = _sorted_out(members, columns)
    alone = [_alone(row) for row in record.unusable]
    usable = [row for row in members if row.number in record.role_of]
    if not usable:
        return alone
    if not columns.is_certain and _apart_m(usable) > MOST_APART_M:
        return [_alone(row) for row in members]
    parts: list[BaseGeometry] = []
    remarks: list[Fault] = []
    is_settled = not any(_role_of(row, columns) is Role.CORNER for row in record.unusable)
    if not is_settled:
        words = "a row of a corner has no usable place, so its accuracy is taken as unknown"
        remarks.append(Fault("corner_missing", words))
    elsewhere = [
        n[0] for row in usable if (n := _number(row, columns)) and record.role_of[row.number] is not Role.CORNER
    ]
    for rows in record.corners.values():
        ring = ring_of(_corners(rows, columns), elsewhere)
        is_settled &= ring.is_settled
        parts.append(ring.geometry)
        if not ring.is_settled:
            words = f"the order of its {len(rows)} corners is not clear; the ground between all of them is kept inside"
            remarks.append(Fault("corner_order_unknown", words))
        if ring.missing:
            is_settled = False
            remarks.append(Fault("corner_numbers_missing", f"no row has corner number {', '.join(ring.missing)}"))
    for rows in record.lines.values():
        line = _line(rows, columns)
        parts.append((largest(line).geometry or line) if kind.is_hazard else line)
    parts += _points(record.places)
    is_known = bool(parts)
    if not is_known:
        parts = _points([*record.references, *record.benchmarks])
        words = "no corner is given, only points near it; taken as these with an unknown accuracy"
        remarks.append(Fault("only_reference_points", words))
    remarks.append(Fault("vertex_rows", f"{len(usable)} rows taken as the points of one record"))
    fault = None
    if not kind.is_hazard and not (is_settled and is_known):
        words = "which corners bound the released land, and in which order, cannot be settled; number them"
        fault = Fault("corner_order_unknown", words)
    accuracy_m = _accuracy_m(usable) if is_known and not _lacks_corner(record, columns) else math.nan
    row = Row(
        usable[0].number,
        _whole(parts) if kind.is_hazard else _once_covered(parts),
        _attributes(usable, record, columns),
        remarks=tuple(remarks),
        text=usable[0].text,
        wkb=usable[0].wkb,
        crs=usable[0].crs,
        accuracy_m=accuracy_m,
        shift_m=max(one.shift_m for one in usable),
        fault=fault,
    )
    roles = tuple(record.role_of[one.number].value for one in usable)
    return [Gathered(row, tuple(usable), roles), *alone]


def _sorted_out(members: Sequence[Row], columns: VertexColumns) -> _Record:
    record = _Record()
    for row in members:
        role = _role_of(row, columns)
        if not _is_usable(row):
            record.unusable.append(row)
            continue
        record.role_of[row.number] = role
        key = tuple(_text(row, column) for column in columns.shape)
        if role is Role.CORNER and "line" in _text(row, columns.shape_type).casefold():
            record.lines.setdefault(key, []).append(row)
        elif role is Role.CORNER:
            record.corners.setdefault(key, []).append(row)
        else:
            {Role.REFERENCE: record.references, Role.BENCHMARK: record.benchmarks, Role.PLACE: record.places}[
                role
            ].append(row)
    return record


def _lacks_corner(record: _Record, columns: VertexColumns) -> bool:
    return any(_role_of(row, columns) is not Role.REFERENCE for row in record.unusable)


def _is_usable(row: Row) -> bool:
    if row.fault is not None or row.geometry is None or row.geometry.is_empty or row.geometry.geom_type != "Point":
        return False
    lon_deg, lat_deg = shapely.get_coordinates(row.geometry)[0].tolist()
    return abs(lon_deg) <= 180 and abs(lat_deg) <= 90 and (lon_deg, lat_deg) != (0.0, 0.0)


def _role_of(row: Row, columns: VertexColumns) -> Role:
    known = column_words()
    words = type_words(_text(row, columns.point_type))
    if words & known["point_benchmark"]:
        return Role.BENCHMARK
    if words & known["point_reference"]:
        return Role.REFERENCE
    if words & (known["point_corner"] | known["point_start"] | known["point_end"]):
        return Role.CORNER
    shape_type = _text(row, columns.shape_type).casefold()
    if shape_type in ("point", "multipoint"):
        return Role.PLACE
    is_numbered = _number(row, columns) is not None
    return Role.CORNER if shape_type or is_numbered or not words else Role.PLACE


def _text(row: Row, column: str | None) -> str:
    value = None if column is None else row.attributes.get(column)
    return "" if value is None else str(value).strip()


def _line(rows: Sequence[Row], columns: VertexColumns) -> BaseGeometry:
    places = [corner.place for corner in in_order(_corners(rows, columns))[0]]
    return shapely.LineString(places) if len(places) > 1 else shapely.Point(places[0])


def _corners(rows: Sequence[Row], columns: VertexColumns) -> list[Corner]:
    places = _places(rows).tolist()
    return [
        Corner((lon_deg, lat_deg), _number(row, columns), type_words(_text(row, columns.point_type)))
        for row, (lon_deg, lat_deg) in zip(rows, places, strict=True)
    ]


def _number(row: Row, columns: VertexColumns) -> tuple[int, str] | None:
    return None if columns.number is None else number_of(row.attributes.get(columns.number))


def _points(rows: Sequence[Row]) -> list[BaseGeometry]:
    return [shapely.Point(place) for place in _places(rows)]


def _places(rows: Sequence[Row]) -> Any:
    return shapely.get_coordinates([row.geometry for row in rows])


def _apart_m(rows: Sequence[Row]) -> float:
    west, south, east, north = shapely.total_bounds([row.geometry for row in rows])
    return float(distances_m(west, south, east, north))


def _whole(parts: Sequence[BaseGeometry]) -> BaseGeometry:
    """All parts in one shape; lines and points beside areas as narrow strips."""
    if len(parts) == 1:
        return parts[0]
    if len({int(shapely.get_dimensions(part)) for part in parts}) == 1 and shapely.get_dimensions(parts[0]) < 2:
        collection: BaseGeometry = shapely.union_all(list(parts))
        return collection
    areas = [part if shapely.get_dimensions(part) == 2 else widen(part, STRIP_M) for part in parts]
    return shapely.MultiPolygon([piece for area in areas for piece in shapely.get_parts(area)])


def _once_covered(parts: Sequence[BaseGeometry]) -> BaseGeometry:
    """What one outline alone has inside: a ring within another is a hole, for released land."""
    areas = [part for part in parts if shapely.get_dimensions(part) == 2]
    if not areas:
        return _whole(parts)
    if len(areas) == 1:
        return areas[0]
    out: BaseGeometry = shapely.make_valid(areas[0])
    for area in areas[1:]:
        out = shapely.symmetric_difference(out, shapely.make_valid(area))
    return out


def _accuracy_m(rows: Sequence[Row]) -> float | None:
    """The worst that any of the points states."""
    stated: list[float] = []
    for row in rows:
        measures = accuracy_measures(row.attributes)
        stated += [m for m in (row.accuracy_m, worst_m(measures, row.attributes)) if m is not None]
    return None if not stated else math.nan if any(map(math.isnan, stated)) else max(stated)


def _attributes(rows: Sequence[Row], record: _Record, columns: VertexColumns) -> Mapping[str, Any]:
    """What all rows say alike; what they say of each point; and the points that are no corners."""
    names = [n for n in dict.fromkeys(n for row in rows for n in row.attributes) if n not in columns.own]
    accuracies = {measure.column for measure in accuracy_measures(names)}
    out: dict[str, Any] = {}
    differing = []
    for name in names:
        values = [v for row in rows if (v := row.attributes.get(name)) not in (None, "")]
        if name in accuracies or any(value != values[0] for value in values):
            differing.append(name)
        elif values:
            out[name] = values[0]
    for name, given in (("reference_point", record.references), ("benchmark", record.benchmarks)):
        if given:
            out.setdefault(name, list(shapely.get_coordinates(given[0].geometry)[0].tolist()))
    if columns.point_type is not None or differing:
        told = [name for name in (*columns.own, *differing) if name is not None]
        out[POINTS] = [
            {"row": row.number, "position": shapely.get_coordinates(row.geometry)[0].tolist()}
            | {name: row.attributes[name] for name in sorted(told) if row.attributes.get(name) not in (None, "")}
            for row in rows
        ]
    return out


def _repeats(rows: Sequence[Row], column: str | None) -> bool:
    values = [text for row in rows if (text := _text(row, column))]
    return len(set(values)) < len(values)


def _counts(rows: Sequence[Row], record: str | None, number: str | None) -> bool:
    """Whether a column numbers the rows of a record, which repeats."""
    return (
        number is not None
        and _repeats(rows, record)
        and all(number_of(row.attributes.get(number)) is not None for row in rows if _text(row, record))
    )
