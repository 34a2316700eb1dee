"""The rows of a file become records: each is understood, checked and written down, and ends exactly once."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from typing import Any, Final, Protocol

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.errors import GEOSException
from shapely.geometry.base import BaseGeometry

from merestone.exchange.imports.far_rows import PlacesSeen
from merestone.exchange.imports.field_mapping import Understanding
from merestone.exchange.imports.mapping import ColumnMapping
from merestone.exchange.imports.row_reports import RowReport
from merestone.exchange.imports.stated_country import swapped_by_country
from merestone.exchange.meaning import Meaning, Meanings
from merestone.exchange.meaning.contradiction import (
    at_null_island,
    beyond_degrees,
    explained,
    null_island_fault,
    out_of_range,
)
from merestone.exchange.meaning.row_meaning import LABEL_POSITION, combined_accuracy_m
from merestone.exchange.meaning.vertex_columns import LOOKED_AT, points_too_far_apart
from merestone.exchange.meaning.vertices import POINTS, Gathered, Gathering, gathered, vertex_columns
from merestone.exchange.places.outline import without_area
from merestone.exchange.rows.first_seen import FirstSeen
from merestone.exchange.rows.row import Fault, Reading, Row
from merestone.exchange.rows.shift_notes import shift_notes
from merestone.geodesy import Code, Finding, Refused, Repaired, Sound, Verdict, check, check_all
from merestone.register import Entry
from merestone.terms import FieldRefused, Outcome, RecordKind, Visibility

FIRST_ROWS: Final = 20_000
"""Rows looked at before any is taken."""
OVERLAP: Final = 100
"""Rows that two stretches which are looked at have in common, so that none cuts an outline in two."""
CHUNK: Final = 5_000
"""Rows checked together: few enough for memory, many enough for the check to see where the file lies."""
HOLDS_SINCE_EVER: Final = frozenset({RecordKind.SUSPECTED, RecordKind.CONFIRMED, RecordKind.MINEFIELD_RECORD})
"""What was in the ground before anybody found it: of these, the day of the data says nothing about when it began."""
MOST_LISTED: Final = 50
"""So many rows of a record are named in the words on each of them; the others are counted."""
OWN_ATTRIBUTES: Final = (LABEL_POSITION, POINTS)
"""What the intake itself adds to the attributes of a record."""
_WITHOUT_AREA: Final = frozenset({Code.NO_AREA, Code.TOO_FEW_POINTS})


class Sink(Protocol):
    """Where rows go: a batch of the register, a comparison with what it holds, or a preview."""

    def record(self, entry: Entry) -> str | None:
        """Write a record; give its identity, or None if nothing is written."""
        ...

    def quarantine(self, row: int, raw: str | Mapping[str, Any], reasons: Sequence[str]) -> None:
        """Keep a row that cannot become a record."""
        ...


@dataclass
class Taking:
    """One intake under way."""

    kind: RecordKind
    accuracy_m: float | None
    true_on: date | None
    visibility: Visibility
    batch: Sink | None
    understanding: Understanding
    refuse_first: Callable[[Sequence[Row], Reading], None] | None = None
    """Looks at the first rows, before anything is recorded, and raises if the file cannot be what it seems."""
    is_level_stated: bool = True
    """Whether a person chose the level; otherwise a row of our own export keeps the one that it states."""

    def __post_init__(self) -> None:
        """Nothing was seen yet."""
        self.first_with = FirstSeen()
        self.true_from = None if self.kind in HOLDS_SINCE_EVER else self.true_on
        self.meanings = Meanings(self.kind, self.understanding.definition)
        self._middle: tuple[float, float] | None = None
        self._places = PlacesSeen()
        self._members: dict[int, Gathered] = {}
        self._corners_from = 0
        self._too_far: str | None = None

    def keep(self, mapping: ColumnMapping | None) -> None:
        """Take nothing from columns of which a mapping says that they tell nothing of the place."""
        if mapping is not None:
            self.meanings.kept_columns = mapping.kept_columns

    def all(self, reading: Reading) -> Iterator[RowReport]:
        """Every row's end, in order; each is written down as it comes.

        A file with a row for each turning point is read whole first, since the points of a record may stand anywhere.
        """
        window = list(islice(reading, FIRST_ROWS))
        self.meanings.marks.look_at_places(reading.place_cells)
        if self.refuse_first is not None:
            self.refuse_first(window, reading)
        columns = self._columns_of(window)
        if columns is None:
            self._too_far = points_too_far_apart(window, self.understanding.definition)
        while columns is None and window:
            yield from self._taken(_let_go(window), reading)
            window = list(islice(reading, FIRST_ROWS))
            columns = self._columns_of(window)
        if columns is None:
            return
        self._corners_from = window[0].number if window else 0
        records = gathered([*window, *reading], columns, self.kind)
        self._members = {record.row.number: record for record in records if record.roles}
        ends = [
            end for report in self._taken([record.row for record in records], reading) for end in self._each(report)
        ]
        yield from sorted(ends, key=lambda end: end.row)

    def _columns_of(self, window: Sequence[Row]) -> Gathering | None:
        """How rows belong together, by each stretch of so many.

        Thousands of places may stand above the first outline that is written corner by corner, and below the last.
        """
        definition = self.understanding.definition
        columns = vertex_columns(window, definition)  # of codes all of them are looked at, of names the first
        later = range(LOOKED_AT - OVERLAP, len(window) - OVERLAP, LOOKED_AT - OVERLAP)
        looks = (vertex_columns(window[at : at + LOOKED_AT], definition) for at in later)
        return columns or next((columns for columns in looks if columns is not None), None)

    def _each(self, report: RowReport) -> Iterator[RowReport]:
        """The end of each row that is a part of the record that the report is of."""
        member_record = self._members.get(report.row)
        if member_record is None:
            yield report
            return
        rows_of_record = _listed([member.number for member in member_record.members])
        for row, role in zip(member_record.members, member_record.roles, strict=True):
            text = f"{role} of the record made of rows {rows_of_record}"
            if row.number == report.row:
                yield replace(report, messages=(text, *report.messages))
            elif report.outcome is Outcome.QUARANTINED:
                yield replace(report, row=row.number)
            else:
                yield replace(report, row=row.number, reasons=("vertex_rows",), messages=(text,), done=text)

    def _taken(self, rows: Iterable[Row], reading: Reading) -> Iterator[RowReport]:
        waiting = iter(rows)
        while chunk := list(islice(waiting, CHUNK)):
            with np.errstate(all="ignore"):
                meanings = self.meanings.of_all(chunk, self._meaning)
            meanings, verdicts = self._checked(meanings)
            copies = self._copies(chunk, verdicts)
            firsts = _first_places(verdicts)
            for row, meaning, verdict, first in zip(chunk, meanings, verdicts, firsts, strict=True):
                yield self._end_of(row, meaning, verdict, reading, first=first, copy_of=copies.get(row.number))

    def _meaning(self, row: Row) -> Meaning:
        """What a row means. One over which that stumbles keeps no other row out."""
        try:
            return self.meanings.of(row)
        except (GEOSException, ArithmeticError, LookupError, TypeError, ValueError, FieldRefused) as error:
            return Meaning(None, row.attributes, Fault("unreadable", f"the place cannot be worked with: {error}"))

    def notes(self, reading: Reading) -> Iterator[str]:
        """What is to be said of the file as a whole."""
        yield from shift_notes([reading.shift_m], str(reading.crs))
        if self._too_far is not None:
            yield self._too_far
        if self._corners_from > 1 and self._members:
            yield (
                f"from row {self._corners_from:,} on, rows of points were taken together as outlines; the rows before "
                "did not look so, and were taken one by one: if corners are among them, sort the file by hazard"
            )
        yield from self.meanings.notes()
        yield from self.understanding.notes()
        yield from self._places.notes()

    def _checked(self, meanings: list[Meaning]) -> tuple[list[Meaning], Sequence[Verdict]]:
        """The check's word on each place; what is refused is looked at again, and the reason put into words."""
        geometries = np.array([meaning.geometry for meaning in meanings], dtype=object)
        beyond = beyond_degrees(geometries)
        offered = geometries.copy()
        offered[beyond] = None  # to measure an edge of millions of degrees takes minutes
        verdicts = list(_verdicts(offered, inward=not self.kind.is_hazard))
        self._note_places(verdicts)
        for at in np.flatnonzero(beyond).tolist():
            if meanings[at].fault is None:
                meanings[at] = meanings[at]._replace(fault=out_of_range(geometries[at], self._middle))
        for at in np.flatnonzero(at_null_island(geometries)).tolist():
            meanings[at] = meanings[at]._replace(fault=null_island_fault(geometries[at]))
        for at, verdict in enumerate(verdicts):
            if meanings[at].fault is None and (swapped := swapped_by_country(meanings[at].attributes, geometries[at])):
                meanings[at] = meanings[at]._replace(fault=swapped)
            if not isinstance(verdict, Refused) or meanings[at].fault is not None:
                continue
            codes = {finding.code for finding in verdict.findings}
            if Code.OUTSIDE_WGS84 in codes:
                meanings[at] = meanings[at]._replace(fault=out_of_range(geometries[at], self._middle))
            elif codes & _WITHOUT_AREA and self.kind.is_hazard:
                shape = without_area(geometries[at])
                verdicts[at] = _verdict(shape.geometry)
                meanings[at] = meanings[at]._replace(
                    geometry=shape.geometry, remarks=(*meanings[at].remarks, *shape.remarks)
                )
        return meanings, verdicts

    def _note_places(self, verdicts: Sequence[Verdict]) -> None:
        """Where the rows lie that can be placed."""
        bounds = shapely.bounds(np.array([None if isinstance(v, Refused) else v.geometry for v in verdicts], object))
        middles = np.column_stack([(bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2])
        placed = middles[np.isfinite(middles).all(axis=1)]
        if len(placed):
            lon_deg, lat_deg = np.median(placed, axis=0).tolist()
            self._middle = (lon_deg, lat_deg)

    def _copies(self, chunk: Sequence[Row], verdicts: Sequence[Verdict]) -> dict[int, int]:
        """For each row whose place is exactly that of an earlier row: that row."""
        placed = [
            (row.number, v.geometry) for row, v in zip(chunk, verdicts, strict=True) if not isinstance(v, Refused)
        ]
        geometries = np.array([geometry for _, geometry in placed], dtype=object)
        normal = shapely.to_wkb(shapely.normalize(geometries)).tolist()
        digests = np.fromiter(map(hash, normal), np.int64, len(normal))  # SipHash, 64 bits, with this process's key
        numbers = np.array([number for number, _ in placed], np.int64)
        first = self.first_with.of(digests.view(np.uint64), numbers)
        again = first != numbers
        return dict(zip(numbers[again].tolist(), first[again].tolist(), strict=True))

    def _end_of(
        self,
        row: Row,
        meaning: Meaning,
        verdict: Verdict,
        reading: Reading,
        *,
        first: tuple[float, float],
        copy_of: int | None,
    ) -> RowReport:
        fault = meaning.fault
        if fault is not None:
            fault = explained(fault)
            return self._put_aside(row, (fault.code,), (fault.message,))
        if isinstance(verdict, Refused):
            codes = tuple(dict.fromkeys(finding.code.value for finding in verdict.findings))
            return self._put_aside(row, codes, tuple(str(finding) for finding in verdict.findings))
        try:
            attributes, advice = self.understanding.attributes(meaning.attributes)
        except FieldRefused as refused:
            return self._put_aside(row, ("unreadable_feature",), (str(refused),))
        shape_remarks = self.understanding.shape(verdict.geometry)
        is_told = row.remarks or meaning.remarks or meaning.notices or verdict.findings or advice or shape_remarks
        if not is_told and copy_of is None and isinstance(verdict, Sound):
            record_id = self._recorded(row, meaning, verdict.geometry, attributes, reading, first=first)
            return RowReport(row.number, Outcome.ACCEPTED, record_id=record_id)
        changes = (*row.remarks, *meaning.remarks)
        remarks = [(remark.code, remark.message) for remark in (*changes, *meaning.notices)] if is_told else []
        if verdict.findings:
            remarks += [(finding.code.value, str(finding)) for finding in verdict.findings]
        if copy_of is not None:
            remarks.append(("duplicate", f"the same place as row {copy_of}; both are kept"))
        remarks += shape_remarks
        remarks += advice
        done = [remark.message for remark in changes] if changes else []
        if isinstance(verdict, Repaired):
            done.append(verdict.done)
        codes, messages = zip(*remarks, strict=True) if remarks else ((), ())
        return RowReport(
            row.number,
            Outcome.REPAIRED if changes or isinstance(verdict, Repaired) else Outcome.ACCEPTED,
            codes if len(codes) < 2 else tuple(dict.fromkeys(codes)),
            "; ".join(done),
            self._recorded(row, meaning, verdict.geometry, attributes, reading, first=first),
            messages,
        )

    def _recorded(
        self,
        row: Row,
        meaning: Meaning,
        geometry: BaseGeometry,
        attributes: Mapping[str, Any],
        reading: Reading,
        *,
        first: tuple[float, float],
    ) -> str | None:
        self._places.add(row.number, *first)
        if self.batch is None:
            return None
        own = meaning.own
        holds = own is not None and not self.kind.is_hazard  # a hazard holds until this register's people say otherwise
        entry = Entry(
            self.kind,
            geometry,
            combined_accuracy_m(self.accuracy_m, meaning.accuracy_m, row.widened_m(reading.shift_m), meaning.shift_m),
            attributes,
            true_from=own.true_from if own is not None and holds else self.true_from,
            true_until=own.true_until if own is not None and holds else None,
            visibility=self.visibility if own is None or self.is_level_stated else own.visibility,
            source=None if own is None else own.source,
            row=row.number,
        )
        return self.batch.record(entry)

    def _put_aside(self, row: Row, codes: tuple[str, ...], name_words: tuple[str, ...]) -> RowReport:
        member_record = self._members.get(row.number)
        for member in (row,) if member_record is None else member_record.members:
            if self.batch is not None:
                self.batch.quarantine(member.number, member.raw, name_words)
        return RowReport(
            row.number, Outcome.QUARANTINED, codes, "kept in quarantine with its raw content", None, name_words
        )


def _let_go(rows: list[Row]) -> Iterator[Row]:
    """The rows, each forgotten as it is given."""
    rows.reverse()
    while rows:
        yield rows.pop()


def _first_places(verdicts: Sequence[Verdict]) -> list[tuple[float, float]]:
    """The first longitude and latitude of each place that can be taken; (NaN, NaN) of what is refused."""
    taken = [None if isinstance(verdict, Refused) else verdict.geometry for verdict in verdicts]
    coordinates, owner = shapely.get_coordinates(np.array(taken, dtype=object), return_index=True)
    first = np.full((len(taken), 2), np.nan)
    is_first = np.diff(owner, prepend=-1) > 0
    first[owner[is_first]] = coordinates[is_first]
    return list(map(tuple, first.tolist()))


def _listed(numbers: Sequence[int]) -> str:
    """Row numbers as words, few of many: each row of a record repeats them, and 50,000 rows took 7 GB."""
    if len(numbers) > 2 and max(numbers) - min(numbers) == len(numbers) - 1:
        return f"{min(numbers)} to {max(numbers)}"
    more = len(numbers) - MOST_LISTED
    return ", ".join(map(str, numbers[:MOST_LISTED])) + (f" and {more:,} more" if more > 0 else "")


def _verdicts(geometries: NDArray[Any], *, inward: bool) -> Sequence[Verdict]:
    """The check's word on each row. A row over which the check itself stumbles keeps no other row out.

    `inward` for released land: a repair keeps only what every reading of the outline has inside.
    """
    try:
        with np.errstate(all="ignore"):  # what overflows is refused below; a warning would name no row
            return check_all(geometries, inward=inward)
    except (GEOSException, ArithmeticError, LookupError, ValueError):
        return [_verdict(geometry, inward=inward) for geometry in geometries]


def _verdict(geometry: BaseGeometry | None, *, inward: bool = False) -> Verdict:
    try:
        return check(geometry, inward=inward)
    except (GEOSException, ArithmeticError, LookupError, ValueError) as error:
        return Refused((Finding(Code.UNREADABLE, f"the geometry cannot be worked with: {error}"),), geometry)
