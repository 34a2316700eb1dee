"""The points of one record become one row: its outline, what all of them say, and what each says of itself."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from merestone.exchange.meaning.bearing import with_distance_away
from merestone.exchange.meaning.vertex_columns import Role, VertexColumns, apart_m, text_of
from merestone.exchange.meaning.vertex_names import outline_in
from merestone.exchange.places.bearing_columns import Away, bearing_columns, distance_away
from merestone.exchange.places.measures import accuracy_measures, radius_measures, worst_m
from merestone.exchange.places.outline import MOST_APART_M, STRIP_M, Shape, largest
from merestone.exchange.places.vertex_order import Corner, in_order, ring_of
from merestone.exchange.rows.row import Fault, Row
from merestone.geodesy import widen
from merestone.terms import RecordKind, number_of

_SHOWN: Final = 10
POINTS: Final = "points_of_outline"
"""The attribute that keeps what the file says of each point."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """Rows that are one record together, or a row that is one alone (`members` has one entry)."""

    row: Row
    members: tuple[Row, ...]
    roles: tuple[str, ...] = ()
    """What each of the rows is for the record; empty for a row that is one alone."""


def alone_row(row: Row) -> Gathered:
    """A row that is a record of its own."""
    return Gathered(row, (row,))


@dataclass(slots=True)
class _Record:
    """The points of one record, sorted by what they are."""

    corners: dict[tuple[str, ...], list[Row]] = field(default_factory=dict)
    lines: dict[tuple[str, ...], list[Row]] = field(default_factory=dict)
    places: list[Row] = field(default_factory=list)
    references: list[Row] = field(default_factory=list)
    benchmarks: list[Row] = field(default_factory=list)
    legs: list[tuple[Row, Away]] = field(default_factory=list)
    """Points without a position of their own, which lie at a bearing and a distance from another."""
    unusable: list[Row] = field(default_factory=list)
    role_of: dict[int, Role] = field(default_factory=dict)


def together(members: Sequence[Row], columns: VertexColumns, kind: RecordKind) -> list[Gathered]:
    """The rows of one record as one row, and those alone that cannot be a part of it."""
    extended = [] if columns.is_certain else [row for row in members if _has_radius(row)]
    corners = [row for row in members if not _has_radius(row)] if extended else members
    return [*map(alone_row, extended), *(_several(corners, columns, kind) if corners else [])]


def _has_radius(row: Row) -> bool:
    """Whether a point states its own circle, and so is a place of its own and no corner."""
    return worst_m(radius_measures(row.attributes), row.attributes) is not None


def _several(members: Sequence[Row], columns: VertexColumns, kind: RecordKind) -> list[Gathered]:
    if not columns.is_certain and len({row.geometry for row in members}) < 2:
        return [alone_row(row) for row in members]  # the same place, written twice
    record = _sorted_out(members, columns)
    alone = [alone_row(row) for row in record.unusable]
    usable = [row for row in members if row.number in record.role_of]
    if not usable:
        return [alone_row(row) for row in members]
    if not columns.is_certain and apart_m(usable) > MOST_APART_M:
        return [alone_row(row) for row in members]
    remarks = _remarks_on_rows(usable, record, columns)
    parts, remarks_on_rings = _rings(usable, record, columns)
    is_settled = not remarks_on_rings and not _lacks_certain_corner(record, columns)
    remarks += remarks_on_rings
    for rows in record.lines.values():
        line = _line(rows, columns)
        parts.append((largest(line).geometry or line) if kind.is_hazard else line)
    parts += _points(record.places)
    is_known = bool(parts)
    if not is_known:
        parts = _points([*record.references, *record.benchmarks])
        if not record.legs:
            text = "no corner is given, only points near it; taken as these with an unknown accuracy"
            remarks.append(Fault("only_reference_points", text))
    remarks.append(
        Fault("vertex_rows", f"{number_of(len(usable) + len(record.legs), 'row')} taken as the points of one record")
    )
    fault = None
    if not kind.is_hazard and (record.legs or not (is_settled and is_known)):
        text = "which corners bound the released land, and in which order, cannot be settled; number them"
        fault = Fault("corner_order_unknown", text)
    reached = _reached(_whole(parts) if kind.is_hazard else _once_covered(parts), record, is_drawn=kind.is_hazard)
    remarks += reached.remarks
    is_known = (is_known or bool(record.legs)) and not any(away.unread for _, away in record.legs)
    accuracy_m = worst_accuracy_m(usable) if is_known and not _lacks_corner(record, columns) else math.nan
    row = Row(
        usable[0].number,
        reached.geometry,
        _attributes(usable, record, columns),
        remarks=tuple(remarks),
        text=usable[0].text,
        wkb=usable[0].wkb,
        crs=usable[0].crs,
        accuracy_m=accuracy_m,
        shift_m=worst_shift_m(usable),
        moved_m=worst_moved_m(usable),
        fault=fault or reached.fault,
    )
    members_and_roles = [(point, record.role_of[point.number].value) for point in usable]
    members_and_roles += [(point, columns.role_of(point).value) for point, _ in record.legs]
    members_and_roles.sort(key=lambda pair: pair[0].number)
    points, roles = zip(*members_and_roles, strict=True)
    return [Gathered(row, points, roles), *alone]


def _reached(geometry: BaseGeometry, record: _Record, *, is_drawn: bool) -> Shape:
    """The shape with all ground that points at a bearing and a distance from others may enclose.

    However these follow each other, none lies farther from a point whose place is known than the sum of all distances.
    """
    if not record.legs:
        return Shape(geometry)
    away_m = sum(away.distance_m for _, away in record.legs)
    cells = "; ".join(f"row {row.number}: {away.cells}" for row, away in record.legs[:_SHOWN])
    unread = tuple(text for _, away in record.legs for text in away.unread)
    points = shapely.MultiPoint(shapely.get_coordinates(geometry))  # an outline of the other points may be a part of it
    return with_distance_away(points, Shape(geometry), Away(away_m, cells, unread), is_drawn=is_drawn).shape


def _remarks_on_rows(usable: Sequence[Row], record: _Record, columns: VertexColumns) -> list[Fault]:
    """What is to be said of rows that could not be read, or that may not belong together."""
    remarks = []
    if _lacks_certain_corner(record, columns):
        text = "a row of a corner has no usable place, so its accuracy is taken as unknown"
        remarks.append(Fault("corner_missing", text))
    if (columns.name is not None or columns.code is not None) and not columns.is_certain:
        text = f"{len(usable)} points that are numbered or named alike may be the corners of one hazard"
        remarks.append(
            Fault("points_taken_as_corners", f"{text}; else give each a hazard_id of its own, such as SHA-1")
        )
    return remarks


def _rings(usable: Sequence[Row], record: _Record, columns: VertexColumns) -> tuple[list[BaseGeometry], list[Fault]]:
    """The outline of each group of corners, and what is not settled of them."""
    elsewhere = [
        number[0]
        for row in usable
        if (number := columns.number_of(row)) and record.role_of[row.number] is not Role.CORNER
    ]
    outlines: list[BaseGeometry] = []
    remarks = []
    for rows in record.corners.values():
        ring = ring_of(_corners(rows, columns), elsewhere)
        outlines.append(ring.geometry)
        if not ring.is_settled:
            text = (
                f"the order of its {number_of(len(rows), 'corner')} is not clear; the ground between all of them "
                "is kept inside"
            )
            remarks.append(Fault("corner_order_unknown", text))
        if ring.missing:
            remarks.append(Fault("corner_numbers_missing", f"no row has corner number {', '.join(ring.missing)}"))
    return outlines, remarks


def _sorted_out(members: Sequence[Row], columns: VertexColumns) -> _Record:
    record = _Record()
    for row in members:
        role = columns.role_of(row)
        if not _is_usable(row):
            leg = _leg(row) if row.geometry is None else None
            if leg is None:
                record.unusable.append(row)
            else:
                record.legs.append((row, leg))
            continue
        record.role_of[row.number] = role
        key = tuple(text_of(row, column) for column in columns.shape)
        if role is Role.CORNER and "line" in text_of(row, columns.shape_type).casefold():
            record.lines.setdefault(key, []).append(row)
        elif role is Role.CORNER:
            record.corners.setdefault(key, []).append(row)
        else:
            {Role.REFERENCE: record.references, Role.BENCHMARK: record.benchmarks, Role.PLACE: record.places}[
                role
            ].append(row)
    return record


def _lacks_certain_corner(record: _Record, columns: VertexColumns) -> bool:
    """Whether a row that is certainly a corner has no usable place."""
    return any(columns.role_of(row) is Role.CORNER for row in record.unusable)


def _leg(row: Row) -> Away | None:
    """How far from another point a point without a position lies; None if it does not say so."""
    return distance_away(row.attributes, bearing_columns(tuple(row.attributes)))


def _lacks_corner(record: _Record, columns: VertexColumns) -> bool:
    return any(columns.role_of(row) is not Role.REFERENCE for row in record.unusable)


def _is_usable(row: Row) -> bool:
    if row.fault is not None or row.geometry is None or row.geometry.is_empty or row.geometry.geom_type != "Point":
        return False
    lon_deg, lat_deg = shapely.get_coordinates(row.geometry)[0].tolist()
    return abs(lon_deg) <= 180 and abs(lat_deg) <= 90 and (lon_deg, lat_deg) != (0.0, 0.0)


def _line(rows: Sequence[Row], columns: VertexColumns) -> BaseGeometry:
    places = [corner.place for corner in in_order(_corners(rows, columns))[0]]
    return shapely.LineString(places) if len(places) > 1 else shapely.Point(places[0])


def _corners(rows: Sequence[Row], columns: VertexColumns) -> list[Corner]:
    places = _places(rows).tolist()
    return [
        Corner((lon_deg, lat_deg), columns.number_of(row), columns.type_words_of(row))
        for row, (lon_deg, lat_deg) in zip(rows, places, strict=True)
    ]


def _points(rows: Sequence[Row]) -> list[BaseGeometry]:
    return [shapely.Point(place) for place in _places(rows)]


def _places(rows: Sequence[Row]) -> Any:
    return shapely.get_coordinates([row.geometry for row in rows])


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


def worst_accuracy_m(rows: Sequence[Row]) -> float | None:
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
    for name, marks in (("reference_point", record.references), ("benchmark", record.benchmarks)):
        if marks:
            out.setdefault(name, list(shapely.get_coordinates(marks[0].geometry)[0].tolist()))
    named = columns.named(rows[0])
    if named is not None and columns.name and named.outline:
        out[columns.name] = outline_in(text_of(rows[0], columns.name), named.outline)
    if columns.point_type is not None or columns.name or differing:
        of_points = [*columns.own, *differing]
        out[POINTS] = [
            {"row": row.number, "position": shapely.get_coordinates(row.geometry)[0].tolist()}
            | {name: row.attributes[name] for name in sorted(of_points) if row.attributes.get(name) not in (None, "")}
            for row in rows
        ]
    if record.legs:
        out[POINTS] = [
            *out.get(POINTS, []),
            *(
                {"row": row.number} | {name: value for name, value in row.attributes.items() if value not in (None, "")}
                for row, _ in record.legs
            ),
        ]
    return out


def worst_shift_m(rows: Sequence[Row]) -> float:
    """The largest of what else rows add to their accuracy; NaN, which is not known, is the worst."""
    return float(np.max([row.shift_m for row in rows]))


def worst_moved_m(rows: Sequence[Row]) -> float | None:
    """The largest of what bringing rows to WGS 84 adds (`Row.moved_m`); None if that of one is the file's worst."""
    moved_m = [row.moved_m for row in rows if row.moved_m is not None]
    return float(np.max(moved_m)) if len(moved_m) == len(rows) else None
