"""The sides of one outline as lines of several rows: rows of one record, or lines that join end to end into a ring.

A hazard that was drawn side by side, or whose outline a program cut into its segments, has a line in each row. Such
rows become one row with all lines, from which `meaning.outline.largest` makes the area. Lines that enclose nothing
together stay records of their own.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from merestone.exchange.meaning.own_export import is_own_export
from merestone.exchange.meaning.vertex_columns import text_of
from merestone.exchange.meaning.vertex_names import Strength, named_point
from merestone.exchange.meaning.vertex_record import Gathered, worst_accuracy_m, worst_moved_m, worst_shift_m
from merestone.exchange.places.measures import column_words, folded, words_of
from merestone.exchange.places.outline import Shape, is_usable, largest
from merestone.exchange.places.plain_lines import plain_shapes
from merestone.exchange.rows.row import Fault, Row
from merestone.terms import number_of

LINES: Final = "lines_of_outline"
"""The attribute that keeps what the file says of each side."""
JOINED_DEG: Final = 5e-5
"""Ends nearer than this (5 m) meet. Ours: what is left where sides were drawn or walked one by one."""
_MOST_PIECES: Final = 250_000
"""About into how many pieces lines are cut to see which of them meet, and into how many for each of their corners."""
_PIECES_FOR_EACH: Final = 8
_LINES: Final = frozenset({"LineString", "LinearRing", "MultiLineString"})


def has_sides(sample: Sequence[Row]) -> bool:
    """Whether several rows are open lines, so that they may be the sides of an outline."""
    lines = [row for row in sample if _is_line(row)][:1000]
    if len(lines) < 2 or is_own_export(lines[0].attributes):
        return False
    open_lines = _OpenLines()
    perhaps = open_lines.perhaps(lines)
    return len(perhaps) > 1 and len(list(islice((row for row in perhaps if open_lines.of([row])), 2))) > 1


def sides_gathered(rows: Sequence[Row]) -> tuple[list[Gathered], list[Row]]:
    """Rows of lines that enclose ground together, each group as one row; and all other rows."""
    lines = [row for row in rows if _is_line(row)]
    open_lines = _OpenLines()
    out: list[Gathered] = []
    taken: set[int] = set()
    for column in (*_owners(lines), None):
        waiting = [row for row in lines if row.number not in taken]
        for group in _touching(waiting, open_lines) if column is None else _alike(waiting, column, open_lines):
            shape = shapely.MultiLineString([part for row in group for part in _parts(row)])
            if _encloses(shape):
                out.append(_as_one(group, shape))
                taken.update(row.number for row in group)
    return out, [row for row in rows if row.number not in taken]


def _is_line(row: Row) -> bool:
    return row.fault is None and row.geometry is not None and row.geometry.geom_type in _LINES


def _is_open(row: Row) -> bool:
    """Whether a row's line encloses nothing alone; one that cannot be worked with is left to the check."""
    geometry = row.geometry
    return geometry is not None and not geometry.is_empty and is_usable(geometry) and not _encloses(geometry)


@dataclass
class _OpenLines:
    """Which lines are open. It is asked of few: what a line encloses costs more than whether it meets another."""

    _known: dict[int, bool] = field(default_factory=dict)

    def perhaps(self, rows: Sequence[Row]) -> list[Row]:
        """The rows without those that plainly enclose ground; no row is asked alone."""
        unknown = [row for row in rows if row.number not in self._known]
        for row, shape in zip(unknown, plain_shapes([row.geometry for row in unknown]), strict=True):
            if shape is not None:
                self._known[row.number] = not _is_area(shape)
        return [row for row in rows if self._known.get(row.number, True)]

    def of(self, rows: Sequence[Row]) -> list[Row]:
        """Those of the rows that are open."""
        rows = self.perhaps(rows)
        for row in rows:
            if row.number not in self._known:
                self._known[row.number] = _is_open(row)
        return [row for row in rows if self._known[row.number]]


def _encloses(geometry: BaseGeometry) -> bool:
    return _is_area(largest(geometry))


def _is_area(shape: Shape) -> bool:
    return shape.geometry is not None and bool(shapely.get_dimensions(shape.geometry) == 2)


def _parts(row: Row) -> list[Any]:
    return [shapely.get_coordinates(part) for part in shapely.get_parts(row.geometry)]


def _owners(lines: Sequence[Row]) -> list[str]:
    """The columns by which rows may belong together: identifiers of records first, then names."""
    names = list(dict.fromkeys(name for row in lines[:100] for name in row.attributes))
    known = column_words()
    called = {name: " ".join(words_of(name)) for name in names}
    lists = (known["vertex_record"], known["vertex_shape"], known["name_column"], {"folder"})
    return [name for side_words in lists for name in names if called[name] in side_words]


def _alike(lines: Sequence[Row], column: str, open_lines: _OpenLines) -> Iterable[list[Row]]:
    """Open rows with the same identifier, or whose names differ in a number only (side 1, side 2)."""
    groups: dict[str, list[Row]] = {}
    sides = column_words()["side_word"]
    is_name = " ".join(words_of(column)) in column_words()["name_column"]
    for row in lines:
        text = text_of(row, column)
        if not text:
            continue
        named = named_point(text)
        key = folded(text)
        if is_name and named.strength not in (Strength.OTHER, Strength.SAME):
            key = " ".join(word for word in named.outline.split() if word not in sides)
        groups.setdefault(key, []).append(row)
    of_several = (open_lines.of(group) for group in groups.values() if len(group) > 1)
    return [group for group in of_several if len(group) > 1]


def _touching(lines: Sequence[Row], open_lines: _OpenLines) -> Iterable[list[Row]]:
    """Open rows whose lines meet, directly or by others, an end of one at any place of the other."""
    usable = [
        row for row in lines if row.geometry is not None and not row.geometry.is_empty and is_usable(row.geometry)
    ]
    groups = _that_meet(open_lines.perhaps(usable))
    meeting = [row for group in groups for row in group]
    open_rows = open_lines.of(meeting)
    return groups if len(open_rows) == len(meeting) else _that_meet(open_rows)


def _that_meet(lines: Sequence[Row]) -> list[list[Row]]:
    if len(lines) < 2:
        return []
    # GEOS 3.14.1 cuts no line into pieces that has one place only; such a line is the side of nothing.
    parts = [(at, part) for at, row in enumerate(lines) for part in _parts(row) if (part[0] != part).any()]
    if not parts:
        return []
    row_of = np.array([row_at for row_at, _ in parts])
    ends = np.array([end[:2] for _, part in parts for end in (part[0], part[-1])])
    pieces, part_of = _pieces([part for _, part in parts])
    parent = list(range(len(lines)))

    def root(at: int) -> int:
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    def meet(pairs: Iterable[tuple[int, int]]) -> list[int]:
        for first, second in pairs:
            parent[root(first)] = root(second)
        return [root(at) for at in range(len(lines))]

    roots = np.array(meet(_of_one_cell(ends, np.repeat(row_of, 2))))
    # Among 50,000 lines whose ends coincide nobody has to measure more; it took 20 s.
    is_of_largest = roots == np.bincount(roots).argmax()
    meet(_at_pieces(ends, np.repeat(row_of, 2), pieces, row_of[part_of], is_of_largest))
    groups: dict[int, list[Row]] = {}
    for at, row in enumerate(lines):
        groups.setdefault(root(at), []).append(row)
    return [group for group in groups.values() if len(group) > 1]


def _of_one_cell(ends: Any, row_of_end: Any) -> Iterator[tuple[int, int]]:
    """Pairs of rows of which an end lies in one cell of a grid so fine that the two meet."""
    cells = np.round(ends / (JOINED_DEG / 2))
    order = np.lexsort((cells[:, 1], cells[:, 0]))
    is_same = (cells[order[1:]] == cells[order[:-1]]).all(axis=1)
    return zip(row_of_end[order[1:][is_same]].tolist(), row_of_end[order[:-1][is_same]].tolist(), strict=True)


def _at_pieces(
    ends: Any, row_of_end: Any, pieces: Any, row_of_piece: Any, is_of_largest: Any
) -> Iterator[tuple[int, int]]:
    """Pairs of rows of which an end of the first lies at the second, unless both are of the largest group."""
    end_is, piece_is = is_of_largest[row_of_end], is_of_largest[row_of_piece]
    for which_ends, which_pieces in ((~end_is, np.ones_like(piece_is)), (end_is, ~piece_is)):
        # Many ends may lie at one place: one of each of them is measured, and stands for its row in `_of_one_cell`.
        places, at = np.unique(ends[which_ends], axis=0, return_index=True)
        if not len(places) or not which_pieces.any():
            continue
        tree = shapely.STRtree(pieces[which_pieces])
        end_at, piece_at = tree.query(shapely.points(places), predicate="dwithin", distance=JOINED_DEG)
        rows = row_of_end[which_ends][at][end_at]
        yield from zip(rows.tolist(), row_of_piece[which_pieces][piece_at].tolist(), strict=True)


def _pieces(parts: Sequence[Any]) -> tuple[Any, Any]:
    """The edges of some lines, long ones cut in several, and which line each is of.

    The box around a whole line, or a long edge, holds ends that are nowhere near it: among thousands of such lines each
    end was compared with nearly all.
    """
    lines: Any = np.array([shapely.LineString(part) for part in parts], dtype=object)
    corners = int(shapely.get_num_coordinates(lines).sum())
    if corners > _MOST_PIECES:
        return lines, np.arange(len(lines))
    longest_deg = max(float(shapely.length(lines).sum()) / min(_PIECES_FOR_EACH * corners, _MOST_PIECES), JOINED_DEG)
    places, owner = shapely.get_coordinates(shapely.segmentize(lines, longest_deg), return_index=True)
    at = np.flatnonzero(owner[1:] == owner[:-1])
    return shapely.linestrings(np.stack([places[at], places[at + 1]], axis=1)), owner[at]


def _as_one(group: Sequence[Row], shape: BaseGeometry) -> Gathered:
    first = group[0]
    row = Row(
        first.number,
        shape,
        _attributes(group),
        remarks=(Fault("side_rows", f"{number_of(len(group), 'row')} taken as the sides of one outline"),),
        text=first.text,
        wkb=first.wkb,
        crs=first.crs,
        accuracy_m=worst_accuracy_m(group),
        shift_m=worst_shift_m(group),
        moved_m=worst_moved_m(group),
    )
    return Gathered(row, tuple(group), ("side",) * len(group))


def _attributes(rows: Sequence[Row]) -> dict[str, Any]:
    """What all rows say alike, and what they say of each side."""
    out: dict[str, Any] = {}
    differing = []
    for name in dict.fromkeys(name for row in rows for name in row.attributes):
        values = [value for row in rows if (value := row.attributes.get(name)) not in (None, "")]
        if any(value != values[0] for value in values):
            differing.append(name)
        elif values:
            out[name] = values[0]
    if differing:
        out[LINES] = [{"row": row.number} | {name: row.attributes.get(name) for name in differing} for row in rows]
    return out
