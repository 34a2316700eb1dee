"""How the points of a file belong together: by columns that number corners, by repeated records, or by their names."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate, islice, pairwise
from typing import Any, Final

import shapely

from merestone.exchange.meaning.own_export import is_own_export
from merestone.exchange.meaning.point_codes import Coded, named_of_survey, point_code
from merestone.exchange.meaning.vertex_names import NamedPoint, Strength, is_bare, is_counted, name_of, name_text
from merestone.exchange.places.measures import column_words, words_of
from merestone.exchange.places.outline import MOST_APART_M
from merestone.exchange.places.vertex_order import number_of, type_words
from merestone.exchange.rows.row import Row
from merestone.geodesy import distances_m
from merestone.register.programme import Kind

LOOKED_AT: Final = 2000
"""Points by which the columns are found."""
_FEWEST: Final = 3
"""Points without a word that calls them corners are a group from this many on."""


_MOST_COUNTERS: Final = 4
_MOST_RECORDS: Final = 40
"""Columns that are tried as the number of corners, and as the record that they belong to."""


class Role(StrEnum):
    """What a point is for the outline of its record."""

    CORNER = "corner"
    REFERENCE = "reference point"
    BENCHMARK = "benchmark"
    PLACE = "place of its own"


_ROLE_OF_CODE: Final = {Coded.CONTROL: Role.BENCHMARK, Coded.OTHER: Role.PLACE}


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
    name: str | None = None
    """A column of names that tell the outline, the number and the type."""
    is_ordered: bool = True
    """Whether their numbers are certain to be the order of corners."""
    code: str | None = None
    """A column of a surveyor's codes that tells which points are corners."""
    is_named_once: bool = False
    """Whether the record is named in the first of its rows alone, as merged cells of a spreadsheet leave it."""

    @property
    def own(self) -> frozenset[str]:
        """Those of which each point has its own value."""
        columns = (*self.shape, self.number, self.point_type, self.shape_type, self.name)
        return frozenset(c for c in columns if c is not None)

    def named(self, row: Row) -> NamedPoint | None:
        """What the row's name says of its point; None where names do not count."""
        if self.name is None:
            return None
        return name_of(row, self.name) if self.code is None else named_of_survey(name_text(row, self.name))

    def number_of(self, row: Row) -> tuple[int, str] | None:
        """Where in the outline the row's point stands; None if nothing says so."""
        if not self.is_ordered:
            return None
        named = self.named(row)
        if named is not None and named.number is not None:
            return named.number
        if self.code is not None:
            number = point_code(text_of(row, self.code)).number
            return None if number is None else (number, "")
        return None if self.number is None else number_of(row.attributes.get(self.number))

    def type_words_of(self, row: Row) -> frozenset[str]:
        """The words of the row's point type."""
        if self.code is not None:
            return frozenset()
        return type_words(text_of(row, self.point_type)) if self.name is None else name_of(row, self.name).type_words

    def role_of(self, row: Row) -> Role:
        """What the row's point is for its outline."""
        if self.code is not None:
            coded = point_code(text_of(row, self.code)).coded
            return _ROLE_OF_CODE.get(coded, Role.CORNER)
        known = column_words()
        name_words = self.type_words_of(row)
        if name_words & known["point_benchmark"]:
            return Role.BENCHMARK
        if name_words & known["point_reference"]:
            return Role.REFERENCE
        if self.name is not None or name_words & (known["point_corner"] | known["point_start"] | known["point_end"]):
            return Role.CORNER
        shape_type = text_of(row, self.shape_type).casefold()
        if shape_type in ("point", "multipoint"):
            return Role.PLACE
        is_numbered = self.number_of(row) is not None
        return Role.CORNER if shape_type or is_numbered or not name_words else Role.PLACE


def vertex_columns(sample: Sequence[Row], definition: Kind | None) -> VertexColumns | None:
    """How the file's points belong together; None if each row is a record of its own.

    Parameters
    ----------
    sample
        The first rows of the file.
    """
    if definition is None or "polygon" not in definition.geometry:
        return None
    points = [row for row in sample if is_point(row)][:LOOKED_AT]
    if not any(row.geometry is not None for row in points) or is_own_export(points[0].attributes):
        return None  # each row of our own export is a record already
    names = tuple(dict.fromkeys(name for row in points[:100] for name in row.attributes))
    called = {name: " ".join(words_of(name)) for name in names}
    known = column_words()

    def first(name_words: Sequence[str]) -> str | None:
        return next((name for word in name_words for name in names if called[name] == word), None)

    shape = tuple(name for word in ("vertex_shape", "vertex_ring") if (name := first(known[word])) is not None)
    number = first(known["vertex_number"]) or next(filter(_numbers_corners, names), None)
    areas = (name for name in names if name != number and _names_record(name) and _repeats(points, name))
    record = first(known["vertex_record"]) or next(areas, None)
    point_type = first(known["vertex_type"])
    owner = record or next(iter(shape), None)
    is_certain = number is not None or point_type is not None
    weak = None
    if number is None:
        weak = first([word for word in known["vertex_number_weak"] if called.get(record or "") != word])
        is_used = weak is not None and weak != record and (is_certain or _counts(points, owner, weak))
        number = weak if is_used else None
    shape_type = first(known["vertex_shape_type"])
    by_columns = VertexColumns(
        record, shape, number, point_type, shape_type, is_certain, is_named_once=_is_named_once(points, record)
    )
    if is_certain:
        return by_columns
    repeated = owner if owner is not None and (by_columns.is_named_once or _repeats(points, owner)) else None
    by_names = _by_names(points, names, repeated, weak)
    if by_names is not None and (number is None or by_names.is_certain):
        return by_names
    return by_columns if repeated is not None else _by_counting(points, names)


def repeated_record(points: Sequence[Row], names: Sequence[str]) -> str | None:
    """The column that names a record which several points have in common."""
    known = column_words()["vertex_record"]
    records = sorted(
        (name for name in names if " ".join(words_of(name)) in known or _names_record(name)), key=names.index
    )
    return next((name for name in records if _repeats(points, name)), None)


def _numbers_corners(column: str) -> bool:
    """Whether a column's name is made of a word for a corner and one for a number, in any order and language known.

    >>> _numbers_corners("Numéro du sommet"), _numbers_corners("№ точки"), _numbers_corners("Number of points")
    (True, True, False)
    """
    name_words, known = set(words_of(column)), column_words()
    corner, number = name_words & known["corner_word"], name_words & known["number_word"]
    return bool(corner and number) and name_words <= known["corner_word"] | known["number_word"] | known["between"]


def _names_record(column: str) -> bool:
    """Whether a column's name is made of a word for an area, alone or with one for an identifier.

    >>> _names_record("Identifiant de la zone"), _names_record("رقم المنطقة"), _names_record("Point id")
    (True, True, False)
    """
    name_words, known = set(words_of(column)), column_words()
    return bool(name_words & known["record_thing"]) and name_words <= (
        known["record_thing"] | known["id_word"] | known["between"]
    )


def is_point(row: Row) -> bool:
    """Whether a row holds one point, or nothing."""
    return row.geometry is None or type(row.geometry) is shapely.Point


def _by_names(
    points: Sequence[Row], names: Sequence[str], record: str | None, number: str | None
) -> VertexColumns | None:
    """The column whose names tell most corners, if any tells some; last, points that have no name at all."""
    best: tuple[Strength, int, VertexColumns] | None = None
    for column in (*names, ""):
        if column == record:
            continue
        for strength in (Strength.CORNER, Strength.POINT, Strength.NUMBER, Strength.SAME):
            if not _may_name(column, strength):
                continue
            is_certain = strength is Strength.CORNER
            is_ordered = strength >= Strength.POINT
            beside = number if is_ordered and number != column else None
            columns = VertexColumns(record, (), beside, None, None, is_certain, column, is_ordered)
            count = sum(len(group) for group in name_groups(points, columns, strength))
            if count and (best is None or (strength, count) > best[:2]):
                best = strength, count, columns
    return None if best is None else best[2]


def _by_counting(points: Sequence[Row], names: Sequence[str]) -> VertexColumns | None:
    """Columns of names that are not known here, of which one counts rows from 1 anew for each value of another.

    Such rows are corners as much as those that a column `no` numbers: of one hazard, or hazards of one place.
    """
    points = [row for row in points if row.geometry is not None and row.fault is None]  # a heading may stand between
    counters = (name for name in names if all(_counts_corner(name_of(row, name)) for row in points))
    columns_tried = list(islice(counters, _MOST_COUNTERS)) if points else []
    texts = {name: [text_of(row, name) for row in points] for name in names[:_MOST_RECORDS]} if columns_tried else {}
    records = [None, *(name for name, values in texts.items() if len(set(values)) < len(values))]
    for number in columns_tried:
        counts = [_count_of(name_of(row, number)) for row in points]
        for record in (name for name in records if name != number):
            groups: dict[Any, list[int]] = {}
            for at, owner in enumerate(texts[record] if record is not None else _run_numbers(counts)):
                groups.setdefault(owner, []).append(at)
            counting = [at for at in groups.values() if len(at) >= _FEWEST and _is_through([counts[i] for i in at])]
            columns = VertexColumns(record, (), None, None, None, False, number, is_ordered=False)
            is_most = 2 * sum(map(len, counting)) > len(points)
            if is_most and all(is_outline([points[i] for i in at], columns, Strength.NUMBER) for at in counting):
                return columns
    return None


def _counts_corner(named: NamedPoint) -> bool:
    """Whether a cell is a number or letter and nothing else: SHA-1, SHA-2 ... name things."""
    return named.strength is Strength.NUMBER and named.number is not None and not named.outline


def _run_numbers(counts: Sequence[int]) -> list[int]:
    """For each row, how often counting began anew before it.

    >>> _run_numbers([1, 2, 3, 1, 2, 3])
    [0, 0, 0, 1, 1, 1]
    """
    return list(accumulate((after <= before for before, after in pairwise(counts)), initial=0))


def _count_of(named: NamedPoint) -> int:
    assert named.number is not None
    return named.number[0]


def _is_through(counts: Sequence[int]) -> bool:
    """Whether rows are numbered 1, 2, 3 ... or a, b, c ... without a gap, in any order.

    >>> _is_through([2, 1, 3]), _is_through([2, 3, 4]), _is_through([1, 2, 2])
    (True, False, False)
    """
    first = min(counts)
    return first in (0, 1, ord("a"), ord("A")) and sorted(counts) == list(range(first, first + len(counts)))


def points_too_far_apart(sample: Sequence[Row], definition: Kind | None) -> str | None:
    """What is to be said of points that are called P1, P2 ... but lie too far apart to be taken as one outline."""
    if definition is None or "polygon" not in definition.geometry:
        return None
    points = [row for row in sample if is_point(row) and row.geometry is not None][:LOOKED_AT]
    if not points or is_own_export(points[0].attributes):
        return None
    for column in points[0].attributes:
        if not _may_name(column, Strength.POINT):
            continue
        columns = VertexColumns(None, (), None, None, None, False, column)
        groups: dict[Any, list[Row]] = {}
        for row in points:
            named = columns.named(row)
            if named is not None and named.strength is Strength.POINT:
                groups.setdefault(name_key(row, columns, named), []).append(row)
        for group in groups.values():
            if len(group) >= _FEWEST and apart_m(group) > MOST_APART_M:
                called = f"{text_of(group[0], column)} to {text_of(group[-1], column)}"
                return (
                    f"points such as {called} lie over {MOST_APART_M / 1000:.0f} km apart, so each was taken as a "
                    "place of its own; if they are corners of one hazard, call them TP1, TP2 ... and import again"
                )
    return None


def _may_name(column: str, strength: Strength) -> bool:
    """Whether a column is one in which such names count; a word such as corner counts in any."""
    if strength is Strength.CORNER or (strength is Strength.SAME and not column):
        return True
    known = column_words()
    text = " ".join(words_of(column))
    lists = ("name_column", "vertex_number_weak", "point_word", "remark_column")
    is_name = any(text in known[name] for name in lists)
    return is_name or text == "id" or (strength is Strength.POINT and text in known["vertex_record"])


def name_groups(points: Sequence[Row], columns: VertexColumns, strength: Strength) -> Iterator[list[Row]]:
    """The rows of each outline that names tell, none weaker than `strength`."""
    groups: dict[Any, list[Row]] = {}
    for row in points:
        named = columns.named(row)
        if named is not None and (named.strength >= strength or strength is Strength.SAME):
            number = named.number if strength is Strength.SAME else None  # KV-12 in each row, then KV-13
            groups.setdefault((name_key(row, columns, named), number), []).append(row)
    for group in groups.values():
        if is_outline(group, columns, strength):
            yield group


def name_key(row: Row, columns: VertexColumns, named: NamedPoint) -> Any:
    """What the points of one outline have in common."""
    return text_of(row, columns.record), text_of(row, "Folder"), named.outline


def is_outline(group: Sequence[Row], columns: VertexColumns, strength: Strength) -> bool:
    """Whether points whose names have as much in common are the corners of one outline, or may be."""
    if strength is Strength.CORNER:
        return len(group) > 1
    usable = [row for row in group if row.geometry is not None and row.geometry.geom_type == "Point"]
    if len(usable) < _FEWEST or not apart_m(usable) <= MOST_APART_M or columns.name is None:
        return False
    if strength is Strength.POINT:
        return True
    names = [name_of(row, columns.name) for row in group]
    if strength is Strength.NUMBER and not is_counted([named.number for named in names]):
        return False
    if strength is Strength.NUMBER and words_of(columns.name) == ("id",) and names[0].outline:
        return False  # H-1, H-2: identifiers of hazards
    return is_bare(group, frozenset([columns.name]))


def text_of(row: Row, column: str | None) -> str:
    """A row's cell as text; empty where it has none."""
    value = None if column is None else row.attributes.get(column)
    return "" if value is None else str(value).strip()


def apart_m(rows: Sequence[Row]) -> float:
    """How far apart rows lie, metres."""
    west, south, east, north = shapely.total_bounds([row.geometry for row in rows])
    return float(distances_m(west, south, east, north))


def _repeats(rows: Sequence[Row], column: str | None) -> bool:
    values = [text for row in rows if (text := text_of(row, column))]
    return len(set(values)) < len(values)


def _is_named_once(rows: Sequence[Row], record: str | None) -> bool:
    """Whether each record is named in its first row, and rows without a name follow, enough for an outline.

    A row with another identifier of its own (a property `id` beside a feature's) is not one of the record before it.
    """
    if record is None or not rows or not text_of(rows[0], record):
        return False
    if any(_is_identified(row, record) for row in rows if not text_of(row, record)):
        return False
    counts: list[int] = []
    for row in rows:
        if text_of(row, record):
            counts.append(1)
        else:
            counts[-1] += 1
    return 2 * sum(count >= _FEWEST for count in counts) >= len(counts)


def _is_identified(row: Row, record: str) -> bool:
    """Whether a column other than the record's identifies a row, and does not only count it."""
    known = column_words()["vertex_record"]
    identifiers = (name for name in row.attributes if name != record and " ".join(words_of(name)) in known)
    named = (name_of(row, name) for name in identifiers if text_of(row, name))
    return any(
        point.strength < Strength.NUMBER or (point.strength is Strength.NUMBER and point.outline) for point in named
    )


def _counts(rows: Sequence[Row], record: str | None, number: str | None) -> bool:
    """Whether a column numbers the rows of a record, which repeats."""
    return (
        number is not None
        and (_repeats(rows, record) or _is_named_once(rows, record))
        and all(number_of(row.attributes.get(number)) is not None for row in rows if text_of(row, record))
    )
