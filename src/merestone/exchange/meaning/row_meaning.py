"""One row's meaning: its place with all that its columns add, its accuracy, and what there is to tell of both."""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple

import shapely
from shapely.geometry.base import BaseGeometry

from merestone.exchange.meaning.alike_rows import AlikeRows
from merestone.exchange.meaning.bearing import with_distance_away
from merestone.exchange.meaning.circle import circle_columns, is_said_to_be_circle, with_radius
from merestone.exchange.meaning.corners import with_corners
from merestone.exchange.meaning.extent import Reach, with_extents
from merestone.exchange.meaning.grounds import Grounds, Within
from merestone.exchange.meaning.meaning_of_row import Meaning
from merestone.exchange.meaning.outline_column import (
    Outline,
    far_from_position,
    has_position,
    may_be_outline,
    with_outlines,
)
from merestone.exchange.meaning.outline_in_remark import may_name_corners
from merestone.exchange.meaning.outline_notations import may_be_notation, outline_names
from merestone.exchange.meaning.own_export import (
    is_own_export,
    kind_fault,
    kind_notice,
    own_accuracy_m,
    own_attributes,
    own_statement,
)
from merestone.exchange.meaning.written_accuracy import AccuracyColumns, beside_datum, notice_of, worst_of
from merestone.exchange.places.bearing_columns import Away, BearingColumns, bearing_columns, distance_away
from merestone.exchange.places.corner_columns import CornerColumns, corner_columns
from merestone.exchange.places.decimal_marks import DecimalMarks, is_doubtful, names_unit
from merestone.exchange.places.extent import Extent, that_count
from merestone.exchange.places.extent_columns import extent_columns, extents_of, flat_values
from merestone.exchange.places.measures import Measure, accuracy_measures, radius_measures, words_of, worst_m
from merestone.exchange.places.other_lengths import extents_of_other_lengths, other_length_columns
from merestone.exchange.places.outline import Shape, largest, smallest
from merestone.exchange.places.plain_lines import plain_shapes
from merestone.exchange.places.system_column import system_column
from merestone.exchange.rows.row import Fault, Row
from merestone.register.programme import Kind
from merestone.terms import WIDENED_M, RecordKind, number_of

LABEL_POSITION: Final = "label_position"
"""The attribute that keeps where a label stood: longitude, latitude, or a list of several such."""
_AREAS: Final = (shapely.Polygon, shapely.MultiPolygon)
_MOST_KNOWN, _LONGEST_KNOWN = 2_000, 100
"""Rows whose cells are remembered, and characters of a cell: longer ones seldom come again."""
_MOST_SHOWN, _LONGEST_SHOWN = 3, 40
"""So many words of a column are shown in a note, and so many characters of each."""
_NOTE: Final = "accuracy_note"
"""The column in which our own exports say that an accuracy is not stated."""


class _Stated(NamedTuple):
    """What the columns and texts of a row say of how far the hazard reaches, and of where it lies."""

    extents: tuple[Extent, ...]
    unread: tuple[str, ...]
    away: Away | None


@dataclass(slots=True)
class _Plan:
    """What the columns of a row are."""

    accuracy: AccuracyColumns
    radius: tuple[Measure, ...]
    circle: tuple[str, ...]
    outline: tuple[str, ...]
    extent: tuple[str, ...]
    corners: CornerColumns
    away: BearingColumns
    other_lengths: tuple[str, ...]
    note: str | None
    has_position: bool
    may_be_own: bool
    system: int | None = None
    """The column that states a reference system."""
    lengths: tuple[str, ...] = ()
    """All columns that hold lengths or areas; `texts` are the others."""
    texts: tuple[str, ...] = ()
    _known: dict[tuple[Any, ...], _Stated] = field(default_factory=dict)
    """What was read of the last rows: the more rows, the more often the same cells come again."""

    @classmethod
    def of(cls, names: tuple[str, ...]) -> "_Plan":
        note = next((name for name in names if name.lower() == _NOTE), None)
        accuracy, radius, extent = accuracy_measures(names), radius_measures(names), extent_columns(names)
        corners, away = corner_columns(names), bearing_columns(names)
        understood = {measure.column for measure in (*accuracy, *radius)}.union(
            extent, away.columns, (names[place] for place in corners.taken)
        )
        other_lengths = other_length_columns(names, understood)
        measures = {measure.column for measure in (*accuracy, *radius)}
        lengths = tuple(dict.fromkeys((*measures, *extent, *away.columns, *filter(names_unit, other_lengths))))
        return cls(
            AccuracyColumns.of(names, accuracy, understood),
            radius,
            circle_columns(names),
            outline_names(names),
            extent,
            corners,
            away,
            other_lengths,
            note,
            has_position(names),
            "record_id" in names,
            system_column(names),
            lengths,
            tuple(name for name in names if name not in lengths),
        )

    def stated_in(self, values: Mapping[str, Any]) -> _Stated:
        """What the cells of a row say; the same cells are read once."""
        cells = tuple(values.values())
        if any(type(cell) is str and len(cell) > _LONGEST_KNOWN for cell in cells):
            return self._read(values)
        key = (*cells, *map(type, cells))  # 1, 1.0 and true are equal, and are not the same
        try:
            known = self._known.get(key)
        except TypeError:  # a list among them
            return self._read(values)
        if known is None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            known = self._known[key] = self._read(values)
        return known

    def _read(self, values: Mapping[str, Any]) -> _Stated:
        extents, unread = extents_of(values, self.extent)
        extents += extents_of_other_lengths(values, self.other_lengths)
        return _Stated(tuple(extents), tuple(unread), distance_away(values, self.away))


@dataclass
class Meanings:
    """How the rows of one file are understood as records of one kind."""

    kind: RecordKind
    definition: Kind | None
    kept_columns: frozenset[str] = frozenset()
    """Names of columns of which a person said that they tell nothing of the place."""
    _plans: dict[tuple[str, ...], _Plan] = field(default_factory=dict)
    _stated: Counter[str] = field(default_factory=Counter)
    _hdop: bool = False
    _unread_qualities: dict[str, set[str]] = field(default_factory=dict)
    """By column, some of the words on how accurate places are that were not understood."""
    _plain: dict[int, tuple[BaseGeometry, Shape]] = field(default_factory=dict)
    """By the identity of a line: what it means, of those that were looked at together."""
    _grounds: Grounds = field(default_factory=Grounds)
    marks: DecimalMarks = field(default_factory=DecimalMarks)
    _alike: AlikeRows = field(default_factory=AlikeRows)
    _is_outline_sought: bool = False
    """Whether an outline was looked for in the cells of the row that is being understood."""

    def __post_init__(self) -> None:
        """See which shapes the kind has."""
        self._is_hazard = self.kind.is_hazard
        shapes = () if self.definition is None else self.definition.geometry
        self.may_be_area = "polygon" in shapes

    def of_all(self, rows: Sequence[Row], of: Callable[[Row], Meaning]) -> list[Meaning]:
        """The meaning of each row. Lines are looked at together, rows with the same cells are understood once.

        Parameters
        ----------
        of
            What is asked for each row's meaning, of a row that has to wait several times: `self.of`, or what calls it.
        """
        self._look_at(rows)
        return self._alike.meanings(rows, lambda asked: self._grounds.answers(asked, of), self._stated)

    def _look_at(self, rows: Sequence[Row]) -> None:
        """See what the lines of these rows mean, all together."""
        self._plain.clear()
        self._look_at_numbers(rows)
        if not (self._is_hazard and self.may_be_area):
            return
        geometries = [row.geometry for row in rows]
        for geometry, shape in zip(geometries, plain_shapes(geometries), strict=True):
            if geometry is not None and shape is not None:
                self._plain[id(geometry)] = (geometry, shape)

    def _look_at_numbers(self, rows: Sequence[Row]) -> None:
        """See which marks of decimals these rows use, where one of their numbers has two readings."""
        if any(map(is_doubtful, (value for row in rows for value in row.attributes.values()))):
            lengths = {name for names in {tuple(row.attributes) for row in rows} for name in _Plan.of(names).lengths}
            self.marks.look_at((row.attributes for row in rows), tuple(lengths))

    def of(self, row: Row) -> Meaning:
        """The meaning of a row that could be read."""
        geometry = row.geometry if self._is_hazard or row.inner_geometry is None else row.inner_geometry
        is_area = isinstance(geometry, _AREAS)
        values = row.attributes if is_area else flat_values(row.attributes)
        if self.kept_columns:
            values = {name: value for name, value in values.items() if name not in self.kept_columns}
        names = tuple(values)
        plan = self._plans.get(names)
        if plan is None:
            plan = self._plans[names] = _Plan.of(names)
            self._hdop |= not plan.accuracy.measures and any({"hdop", "pdop"} & set(words_of(name)) for name in names)
        if geometry is not None and row.fault is None and plan.may_be_own and is_own_export(row.attributes):
            fault = kind_fault(row.attributes, self.kind)
            notices = kind_notice(row.attributes, self.kind)
            accuracy_m = own_accuracy_m(row.attributes)
            attributes, own = own_attributes(row.attributes), own_statement(row.attributes)
            return Meaning(None if fault else geometry, attributes, fault, (), notices, accuracy_m, own=own)
        values = self._larger_numbers(plan, values)
        stated_m, notices, by_columns = self._accuracy_m(row, plan, values)
        self._grounds.drawn.clear()
        self._is_outline_sought = False
        meaning = self._by_columns(row, plan, values, geometry, accuracy_m=stated_m, notices=notices)
        if plan.system is not None and meaning.geometry is not None:
            apart_m, of_datum = beside_datum(meaning.geometry, row, names[plan.system])
            meaning = meaning._replace(shift_m=meaning.shift_m + apart_m, notices=(*meaning.notices, *of_datum))
        self._stated.update(by_columns)  # last: a row that waits for its ground is asked several times
        if not (
            self._is_outline_sought or plan.has_position or plan.corners or plan.may_be_own or plan.system is not None
        ):
            self._alike.learn(row, meaning, by_columns, self._grounds.drawn)
        return meaning

    def _larger_numbers(self, plan: _Plan, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """The values with numbers of two readings in the one that warns of more; released land is never made larger."""
        measures = plan.accuracy.measures
        if not self._is_hazard:
            return self.marks.values(values, [measure.column for measure in measures], (), measures)
        return self.marks.values(values, plan.lengths, plan.texts, (*measures, *plan.radius))

    def _by_columns(
        self,
        row: Row,
        plan: _Plan,
        values: Mapping[str, Any],
        geometry: BaseGeometry | None,
        *,
        accuracy_m: float | None,
        notices: tuple[Fault, ...],
    ) -> Meaning:
        """The meaning of a row that is not of our own export."""
        is_area = isinstance(geometry, _AREAS)
        outline = None
        if (row.fault is None or self._is_hazard) and (
            any(map(may_be_outline, row.attributes.values()))
            or any(may_be_notation(values.get(name)) for name in plan.outline)
            or (self._is_hazard and not is_area and any(map(may_name_corners, row.attributes.values())))
        ):
            self._is_outline_sought = True
            outline = with_outlines(row, geometry, plan.outline, is_hazard=self._is_hazard)
        if outline is None and plan.corners and self._is_hazard and self.may_be_area and geometry is not None:
            outline = with_corners(row, values, geometry, plan.corners)
        if outline is None and (geometry is None or row.fault is not None):
            return Meaning(None, row.attributes, row.fault, accuracy_m=accuracy_m)
        if outline is None and plan.has_position and geometry is not None:
            fault = far_from_position(geometry, row.attributes)
            if fault is not None:
                return Meaning(None, row.attributes, fault)
        if (
            outline is None
            and not (plan.radius or plan.circle)
            and (is_area or self._is_point_alone(geometry, plan, values))
        ):
            return Meaning(geometry, row.attributes, None, (), notices, accuracy_m)
        return self._composed(row, plan, values, geometry, outline, accuracy_m=accuracy_m, notices=notices)

    def _is_point_alone(self, geometry: BaseGeometry | None, plan: _Plan, values: Mapping[str, Any]) -> bool:
        """Whether it is a point, and nothing tells that the hazard reaches farther: `_composed` adds nothing."""
        if type(geometry) is not shapely.Point:
            return False
        if not values or not self._is_hazard:
            return True
        if plan.extent or plan.away.columns:
            return False
        stated = plan.stated_in(values)
        return not (stated.extents or stated.unread) and stated.away is None

    def _composed(
        self,
        row: Row,
        plan: _Plan,
        values: Mapping[str, Any],
        geometry: BaseGeometry | None,
        outline: Outline | None,
        *,
        accuracy_m: float | None,
        notices: tuple[Fault, ...],
    ) -> Meaning:
        """The meaning of a row that is more than an area alone."""
        remarks: list[Fault] = []
        shift_m = 0.0
        if outline is not None:
            if outline.shape.fault is not None or outline.shape.geometry is None:
                return Meaning(None, row.attributes, outline.shape.fault or row.fault, accuracy_m=accuracy_m)
            geometry, shift_m = outline.shape.geometry, outline.shift_m
            remarks += [row.fault] if row.fault is not None else []
            remarks += outline.shape.remarks
            accuracy_m = _worse(accuracy_m, outline.accuracy_m)
        assert geometry is not None
        shape = self._shape(geometry)
        remarks += shape.remarks
        attributes = _with_labels(row.attributes, shape)
        placed = shape.geometry
        if shape.fault is None and placed is not None and (plan.radius or plan.circle):
            shape, is_unknown = self._circle(placed, plan, values)
            remarks += shape.remarks
            if is_unknown:
                accuracy_m = math.nan
        if shape.fault is None and placed is not None and self._is_hazard and self.may_be_area:
            reach = _reach(placed, shape, plan, values, self._grounds.within)
            remarks += reach.shape.remarks
            shape, shift_m = replace(shape, geometry=reach.shape.geometry), shift_m + reach.shift_m
            if reach.is_unknown:
                accuracy_m = math.nan
        elsewhere = plan.stated_in(values).away if self._is_hazard else None
        if shape.fault is None and placed is not None and elsewhere is not None:
            away = with_distance_away(placed, shape, elsewhere, is_drawn=self.may_be_area, within=self._grounds.within)
            remarks += away.shape.remarks
            shape, shift_m = (
                replace(shape, geometry=away.shape.geometry, fault=away.shape.fault),
                shift_m + away.shift_m,
            )
            if away.is_unknown:
                accuracy_m = math.nan
        return Meaning(shape.geometry, attributes, shape.fault, tuple(remarks), notices, accuracy_m, shift_m)

    def notes(self) -> Iterator[str]:
        """What is to be said of the file as a whole."""
        yield from self.marks.notes()
        for accuracy_text, count in self._stated.items():
            yield (
                f"{number_of(count, 'row states its', 'rows state their')} own accuracy ({accuracy_text}); the worse "
                "of it and the option's counts"
            )
        for name, samples in self._unread_qualities.items():
            shown = ", ".join(map(repr, sorted(samples)))
            yield f"{name} states no length ({shown}); it was not used, and the option's accuracy counts"
        if self._hdop:
            yield "a dilution of precision (hdop) is not an accuracy in metres; it was not used"

    def _shape(self, geometry: BaseGeometry) -> Shape:
        if (known := self._plain.get(id(geometry))) is not None:
            return known[1]
        if self._is_hazard:
            return largest(geometry, is_usually_area=self.may_be_area)
        return smallest(geometry)

    def _circle(self, geometry: BaseGeometry, plan: _Plan, attributes: Mapping[str, Any]) -> tuple[Shape, bool]:
        shape, is_unknown = with_radius(
            geometry, plan.radius, attributes,
            is_hazard=self._is_hazard, within=self._grounds.within, inner=self._grounds.inner,
        )  # fmt: skip
        is_plain_point = (
            shape.geometry is not None and not shape.remarks and shapely.get_dimensions(shape.geometry) == 0
        )
        if is_plain_point and self._is_hazard and is_said_to_be_circle(attributes, plan.circle):
            text = "it is said to be a circle and states no radius, so how far it reaches is unknown"
            return Shape(shape.geometry, (Fault("circle_without_radius", text),)), True
        return shape, is_unknown

    def _accuracy_m(
        self, row: Row, plan: _Plan, values: Mapping[str, Any]
    ) -> tuple[float | None, tuple[Fault, ...], tuple[str, ...]]:
        """The accuracy that the row states, the notes about it for the report, and the columns that state it."""
        columns = plan.accuracy
        columns_m, by_columns = columns.stated_m(values) if columns.measures else (None, ())
        in_words = columns.in_words(values)
        for name, quality in columns.unread(values) if columns.qualities else ():
            samples = self._unread_qualities.setdefault(name, set())
            if len(samples) < _MOST_SHOWN:
                samples.add(quality[:_LONGEST_SHOWN])
        if columns_m is None and plan.note is not None and "not stated" in str(values.get(plan.note)):
            return math.nan, (), ()
        notices = tuple(notice_of(name, written) for name, written in in_words)
        stated = [metres for metres in (row.accuracy_m, columns_m) if metres is not None]
        by_columns += tuple(f"in words, column {name}" for name, _ in in_words)
        if any(math.isnan(metres) for metres in stated):
            cells = ", ".join(f"{m.column} = {values.get(m.column)!r}" for m in columns.measures)
            text = f"its accuracy cannot be read{f' ({cells})' if cells else ''}; it is taken as unknown"
            notices = (Fault("accuracy_unreadable", text), *notices)
        return worst_of([*stated, *(written.metres for _, written in in_words)]), notices, by_columns


def _reach(placed: BaseGeometry, shape: Shape, plan: _Plan, values: Mapping[str, Any], within: Within) -> Reach:
    """The shape, as its radius made it, with what the size adds that columns and remarks state beside it."""
    if shape.geometry is None or (type(placed) is not shapely.Point and shapely.get_dimensions(placed) > 1):
        return Reach(Shape(shape.geometry))
    stated = plan.stated_in(values)
    extents, unread = list(stated.extents), stated.unread
    radius_m = worst_m(plan.radius, values) if plan.radius else None
    if radius_m and math.isfinite(radius_m):
        circle = Extent(2 * radius_m, "its radius", is_centred=True)
        extents = [e for e in that_count([*extents, circle]) if e.across_m > circle.across_m]
    reach = with_extents(placed, extents, unread, within)
    drawn = reach.shape.geometry
    if drawn is None or drawn.area < shape.geometry.area:  # both are drawn around the same places
        return replace(reach, shape=replace(reach.shape, geometry=shape.geometry))
    return reach


def _worse(first_m: float | None, second_m: float | None) -> float | None:
    """The larger of two accuracies; NaN, the unknown one, is the worst, and None states nothing."""
    stated = [metres for metres in (first_m, second_m) if metres is not None]
    return None if not stated else math.nan if any(map(math.isnan, stated)) else max(stated)


def _with_labels(attributes: Mapping[str, Any], shape: Shape) -> Mapping[str, Any]:
    if not shape.labels:
        return attributes
    places = [list(place) for place in shape.labels]
    return {LABEL_POSITION: places[0] if len(places) == 1 else places} | dict(attributes)


def combined_accuracy_m(option_m: float | None, row_m: float | None, *shifts_m: float) -> float | None:
    """The accuracy of a record: the worse of what the row and the option state, and what transformations add.

    None where it is unknown: neither states one, the row's cannot be read, or a transformation's is not stated. Where
    what is added is more than an unknown accuracy holds, `WIDENED_M` stands for what nobody stated.

    >>> combined_accuracy_m(25.0, 800.0, 5.0), combined_accuracy_m(25.0, None), combined_accuracy_m(None, 8.0)
    (805.0, 25.0, 8.0)
    >>> combined_accuracy_m(25.0, math.nan), combined_accuracy_m(25.0, 8.0, math.nan)
    (None, None)
    """
    if row_m is None and not any(shifts_m):  # as most rows are; NaN counts as something
        return option_m
    stated = [metres for metres in (option_m, row_m) if metres is not None]
    is_known = bool(stated) and not any(map(math.isnan, stated))
    shift_m = sum(shifts_m)
    if math.isnan(shift_m):
        return None
    if not is_known:
        return shift_m + WIDENED_M if shift_m > WIDENED_M / 2 else None
    return max(stated) + shift_m
