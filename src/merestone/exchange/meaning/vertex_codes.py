"""Corners that the codes of a survey tell: `MF1` to `MF4` with `BND`, point numbers with `Grenze`, stakes with `fence`.

Receivers, total stations and the programs that empty them (point, northing, easting, height, code) give each point a
code for what it stands on. Points coded as a boundary are the turning points of an outline; those of a control network
never are. The stem of a point's name and what stands beside the word in its code tell which outline.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any, Final

from merestone.exchange.meaning.own_export import is_own_export
from merestone.exchange.meaning.point_codes import Coded, named_of_survey, point_code
from merestone.exchange.meaning.vertex_columns import (
    VertexColumns,
    apart_m,
    is_point,
    repeated_record,
    text_of,
)
from merestone.exchange.meaning.vertex_names import is_counted
from merestone.exchange.places.measures import column_words, words_of
from merestone.exchange.places.outline import MOST_APART_M
from merestone.exchange.rows.row import Row
from merestone.register.programme import Kind

_FEWEST: Final = 3


def with_codes(sample: Sequence[Row], definition: Kind | None, columns: VertexColumns | None) -> VertexColumns | None:
    """How a survey's points belong together by their codes; `columns` where no column holds codes of a boundary.

    Parameters
    ----------
    sample
        The first rows of the file.
    columns
        How they belong together without codes. What they say of types, and names such as TP1, go before codes.
    """
    points = [row for row in sample if is_point(row)]  # a boundary may be coded below thousands of other points
    if definition is None or "polygon" not in definition.geometry or not any(row.geometry for row in points):
        return columns
    if is_own_export(points[0].attributes) or (columns is not None and columns.point_type is not None):
        return columns
    names = tuple(dict.fromkeys(name for row in points[:100] for name in row.attributes))
    by_code = _code_columns(points, names, repeated_record(points, names))
    is_named = columns is not None and columns.is_certain and columns.name not in (None, by_code and by_code.code)
    return columns if by_code is None or is_named else by_code


def _code_columns(points: Sequence[Row], names: Sequence[str], record: str | None) -> VertexColumns | None:
    best: tuple[int, str] | None = None
    for column in names:
        if column == record or not set(words_of(column)) & column_words()["code_column"]:
            continue
        coded = Counter(point_code(text_of(row, column)).coded for row in points)
        certain, marked = coded[Coded.BOUNDARY], coded[Coded.MARKED]
        count = certain if certain >= 2 else certain + marked
        if count >= (2 if certain >= 2 else _FEWEST) and (best is None or count > best[0]):
            best = count, column
    if best is None:
        return None
    known = column_words()
    lists = ("vertex_number", "name_column", "vertex_number_weak", "point_word", "vertex_record")
    called = {name: " ".join(words_of(name)) for name in names if name not in (record, best[1])}
    name = next((name for key in lists for name in called if called[name] in known[key]), None)
    return VertexColumns(record, (), None, None, None, True, name, True, best[1])


def groups_by_code(rows: Sequence[Row], columns: VertexColumns) -> Iterator[tuple[list[Row], VertexColumns]]:
    """The rows of each outline with how they are read; what is coded as another thing is alone."""
    by_coded: dict[Coded, list[Row]] = {coded: [] for coded in Coded}
    for row in rows:
        by_coded[point_code(text_of(row, columns.code)).coded].append(row)
    own = replace(columns, name=None, code=None, is_certain=False)
    yield from (([row], own) for row in by_coded[Coded.OTHER])
    groups: list[tuple[list[Row], VertexColumns]] = []
    beside = by_coded[Coded.BLANK]
    for coded in (Coded.BOUNDARY, Coded.MARKED):
        made, beside = _outlines(by_coded[coded], beside, replace(columns, is_certain=coded is Coded.BOUNDARY))
        groups += made
    yield from (([row], own) for row in beside)
    is_one = len(groups) == 1 and len(groups[0][0]) > 1
    for row in by_coded[Coded.CONTROL]:
        if is_one:
            groups[0][0].append(row)
        else:
            groups.append(([row], columns))
    yield from groups


def _outlines(
    rows: Sequence[Row], blank: list[Row], columns: VertexColumns
) -> tuple[list[tuple[list[Row], VertexColumns]], list[Row]]:
    """The outlines of points coded alike, and the points without a code that are of none of them."""
    codes = [point_code(text_of(row, columns.code)) for row in rows]
    numbers = [code.number for code in codes if code.number is not None]
    is_corner_number = len(set(numbers)) == len(numbers)  # BND1 to BND4 are corners, BND1 twice is an outline
    groups: dict[Any, list[Row]] = {}
    for row, code in zip(rows, codes, strict=True):
        suffix = None if is_corner_number else code.number
        groups.setdefault((_owner(row, columns), code.outline, suffix), []).append(row)
    few = [key for key, group in groups.items() if len(group) < _FEWEST]
    settled = [group for key, group in groups.items() if key not in few]
    by_record: dict[Any, list[Row]] = {}
    for key in few:
        by_record.setdefault(key[0][0], []).extend(groups[key])
    out: list[tuple[list[Row], VertexColumns]] = []
    left: list[Row] = []
    for row in blank:  # a corner whose code nobody typed, if its name is of the same stem
        owner = next((g for g in settled if columns.name and _owner(g[0], columns) == _owner(row, columns)), None)
        (left if owner is None else owner).append(row)
    for group in chain(settled, by_record.values()):
        is_mixed = len({_owner(row, columns) for row in group}) > 1  # nobody knows of which outline each is
        numbers_of = [columns.number_of(row) for row in group]
        is_ordered = not is_mixed and None not in numbers_of and is_counted(numbers_of)
        read = replace(columns, is_certain=columns.is_certain and not is_mixed, is_ordered=is_ordered)
        usable = [row for row in group if row.geometry is not None]
        is_near = bool(usable) and apart_m(usable) <= MOST_APART_M
        if read.is_certain or (is_near and len(usable) >= _FEWEST):
            out.append((group, read))
        else:
            out += [([row], replace(read, code=None, name=None, is_certain=False)) for row in group]
    return out, left


def _owner(row: Row, columns: VertexColumns) -> tuple[str, str, str]:
    named = None if columns.name is None else named_of_survey(text_of(row, columns.name))
    return text_of(row, columns.record), text_of(row, "Folder"), "" if named is None else named.outline
