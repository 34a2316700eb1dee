"""Files with a row for each turning point or side: the rows of one outline are gathered into one row that has it.

IMSMA NG stores an outline as points with a number and a type (`pointno`, `pointtypeenum`; GICHD geocheck, table
`geopoint`); so do QGIS's "Extract vertices" and the repeats of ODK and Kobo forms. Receivers, globes and phones have
only names for them (`P1` to `P4`, `SHA-1 TP1`). Corners are put in order by their number. Reference points and
benchmarks lie outside the hazard and are never corners. Where the order cannot be settled, a hazard keeps the convex
hull, in which every order lies; released land is put aside.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from merestone.exchange.meaning.line_sides import has_sides, sides_gathered
from merestone.exchange.meaning.vertex_codes import groups_by_code, with_codes
from merestone.exchange.meaning.vertex_columns import Role, VertexColumns, is_outline, is_point, name_key, text_of
from merestone.exchange.meaning.vertex_columns import vertex_columns as columns_of_points
from merestone.exchange.meaning.vertex_names import Strength
from merestone.exchange.meaning.vertex_record import POINTS, Gathered, alone_row, together
from merestone.exchange.rows.row import Row
from merestone.register.programme import Kind
from merestone.terms import RecordKind

__all__ = ["POINTS", "Gathered", "Gathering", "gathered", "vertex_columns"]


@dataclass(frozen=True, slots=True)
class Gathering:
    """How the rows of a file belong together."""

    points: VertexColumns | None
    """None: each point is a record of its own."""
    has_sides: bool
    """Whether lines of several rows may be the sides of one outline."""

    @property
    def own(self) -> frozenset[str]:
        """The columns of which each point has its own value."""
        return frozenset() if self.points is None else self.points.own

    @property
    def record(self) -> str | None:
        """The column that names the record."""
        return None if self.points is None else self.points.record


def vertex_columns(sample: Sequence[Row], definition: Kind | None) -> Gathering | None:
    """How the file's rows belong together; None if each row is a record of its own.

    Parameters
    ----------
    sample
        The first rows of the file.
    """
    points = with_codes(sample, definition, columns_of_points(sample, definition))
    sides = definition is not None and "polygon" in definition.geometry and has_sides(sample)
    return None if points is None and not sides else Gathering(points, sides)


def gathered(rows: Sequence[Row], how: Gathering, kind: RecordKind) -> list[Gathered]:
    """Each row once, alone or with those of its record, in the order of the first row of each."""
    left = list(rows)
    out: list[Gathered] = []
    if how.has_sides and kind.is_hazard:
        out, left = sides_gathered(left)
    is_by_name = how.points is not None and how.points.name is not None and how.points.code is None
    if how.points is None or (is_by_name and not how.points.is_certain and not kind.is_hazard):
        out += map(alone_row, left)  # what may be corners releases no land
    else:
        out += [alone_row(row) for row in left if not is_point(row)]
        for members, columns in _groups([row for row in left if is_point(row)], how.points):
            if not (kind.is_hazard or columns.is_certain) and how.points.code is not None:
                out += map(alone_row, members)
                continue
            is_one = len(members) == 1 and columns.role_of(members[0]) in (Role.CORNER, Role.PLACE)
            out += [alone_row(members[0])] if is_one else together(members, columns, kind)
    return sorted(out, key=lambda gathered: gathered.row.number)


def _groups(rows: Sequence[Row], columns: VertexColumns) -> list[tuple[list[Row], VertexColumns]]:
    """The rows of each record, and how their points are to be read."""
    if columns.code is not None:
        return list(groups_by_code(rows, columns))
    if columns.name is not None:
        return _groups_by_name(rows, columns)
    groups: dict[Any, list[Row]] = {}
    owner = columns.record or next(iter(columns.shape), None)
    run = 0
    before: tuple[Any, tuple[int, str] | None] = (None, None)
    for row in rows:
        key: Any = text_of(row, owner) or None
        number = columns.number_of(row)
        goes_on = number is not None and before[1] is not None and number > before[1]
        if owner is None:  # numbers that start anew start another outline
            run += before[1] is not None and number is not None and not goes_on
            key = ("run", run)
        elif key is None:  # a table that names the record in its first row only
            is_of_before = before[0] is not None and (goes_on or (columns.is_named_once and number is None))
            key = before[0] if is_of_before else ("alone", row.number)
        before = (key, number)
        groups.setdefault(key, []).append(row)
    return [(group, columns) for group in groups.values()]


def _groups_by_name(rows: Sequence[Row], columns: VertexColumns) -> list[tuple[list[Row], VertexColumns]]:
    """Rows whose names tell one outline; a row whose name tells another thing is alone."""
    groups: dict[Any, list[Row]] = {}
    out: list[tuple[list[Row], VertexColumns]] = []
    beside: list[Row] = []
    for row in rows:
        named = columns.named(row)
        assert named is not None
        if columns.role_of(row) is not Role.CORNER:
            beside.append(row)
        else:
            groups.setdefault((_key(row, columns), max(named.strength, Strength.SAME)), []).append(row)
    for (key, strength), group in groups.items():
        as_read = replace(
            columns,
            is_certain=strength is Strength.CORNER,
            is_ordered=columns.is_ordered and strength >= Strength.POINT,
        )
        for part in _runs(group, columns):
            if not is_outline(part, columns, strength):
                out += [(rows_alike, as_read) for rows_alike in _named_alike(part, columns, strength)]
                continue
            with_these = [row for row in beside if _key(row, columns) == key]
            beside = [row for row in beside if _key(row, columns) != key]
            out.append(([*part, *with_these], as_read))
    return [*out, *(([row], columns) for row in beside)]


def _named_alike(rows: list[Row], columns: VertexColumns, strength: Strength) -> list[list[Row]]:
    """Rows whose numbers do not count corners: those with the same number are one outline (KV-12 in each row)."""
    if strength is not Strength.NUMBER:
        return [[row] for row in rows]
    by_number: dict[Any, list[Row]] = {}
    for row in rows:
        named = columns.named(row)
        by_number.setdefault(named and named.number, []).append(row)
    out: list[list[Row]] = []
    for alike in by_number.values():
        out += [alike] if is_outline(alike, columns, Strength.SAME) else [[row] for row in alike]
    return out


def _key(row: Row, columns: VertexColumns) -> Any:
    named = columns.named(row)
    assert named is not None
    return name_key(row, columns, named)


def _runs(group: list[Row], columns: VertexColumns) -> list[list[Row]]:
    """Numbers that start anew start another outline, if each of these has enough corners to be one."""
    numbers = [named.number for row in group if (named := columns.named(row))]
    counted = [number for number in numbers if number is not None]
    if len(set(counted)) == len(counted) or len(counted) < len(group):
        return [group]
    runs: list[list[Row]] = [[]]
    before: tuple[int, str] | None = None
    for row, number in zip(group, numbers, strict=True):
        if before is not None and number is not None and number <= before:
            runs.append([])
        runs[-1].append(row)
        before = number
    return runs if all(len(run) > 2 for run in runs) else [group]
