"""Positions in record batches against a hazard index: Arrow in, Arrow out, memory flat whatever the input's size.

Every input row leaves with all its columns, in order, and with what was found of it. The output appears under its name
only when it is whole.
"""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from merestone.bulk.answer_file import chosen_columns, ending_of, write_answers
from merestone.bulk.pack_names import Texts
from merestone.bulk.point_answers import answers_of_points
from merestone.bulk.position_answers import Answers, Question, ScreenReport
from merestone.bulk.positions_accuracy import AccuracyCount, with_stated_accuracy
from merestone.bulk.positions_away import AwayCount, with_distances_away
from merestone.exchange.places import ANSWER_PREFIX, Positions, accuracy_measures
from merestone.exchange.positions import PositionsOf, open_positions
from merestone.files import whole_file
from merestone.languages import gettext_noop
from merestone.screening import (
    FAULTS,
    INSIDE,
    NEAR,
    NONE_RECORDED,
    UNKNOWN,
    Circumstances,
    HazardIndex,
    class_of,
    screen,
)
from merestone.terms import RecordKind, renamed_parameters

Floats = NDArray[np.float64]

MOST_REASONS: Final = 5
"""So many rows that cannot be read are told one by one."""
ROWS: Final = 1 << 17
"""Rows in a batch: large enough for the kernel, small enough for any memory."""
BYTES_A_ROW: Final = 40
"""About so many bytes has a row of a file that does not say how many rows it has."""
NULL_ISLAND_M: Final = 100_000.0
"""A position at 0, 0 is taken for one that was not filled in, unless hazards lie within this of it, as exercises do."""
UNUSABLE: Final = len(FAULTS)
"""A position in a reference system of its own that is not known, or that contradicts its column's."""
UNREADABLE: Final = UNUSABLE + 1
"""Something is written where the position should be, and it is no position."""
ALL_FAULTS: Final = (
    *FAULTS, gettext_noop("reference system not usable"), gettext_noop("position not readable"),
)  # fmt: skip


def screen_batches(
    batches: Iterable[pa.RecordBatch], index: HazardIndex, question: Question, report: ScreenReport | None = None
) -> Iterator[pa.RecordBatch]:
    """Each batch with its answer columns; one row out for each row in, in the same order.

    Positions are read as `position_reader.reader_for` says: from points in a column of geometries (WKB, WKT, or
    GeoArrow), from columns of longitude and latitude, or as an import reads them from text (UTM, MGRS, degrees with
    minutes); a reference system that is stated is honoured, and what the transformation is off by is added to the
    accuracy. Of a column of accuracies (`measures.accuracy_measures`) and the question's accuracy the worse counts.

    Raises
    ------
    FieldRefused
        There is no column of positions, it states that its reference system is not known, or the question makes no
        sense.
    """
    at = PositionsOf(question.crs)
    for answers in screen_positions(at.all(iter(batches)), index, question, report):
        if report is not None:
            report.take_notes(at.notes())
        yield answers.batch


def screen_positions(
    batches: Iterable[tuple[pa.RecordBatch, Positions]],
    index: HazardIndex,
    question: Question,
    report: ScreenReport | None = None,
) -> Iterator[Answers]:
    """As `screen_batches`, of batches whose positions are known."""
    names = _Names.of(index)
    away, accuracy_count = (report.away, report.accuracy) if report is not None else (AwayCount(), AccuracyCount())
    for batch, written in batches:
        at, accuracy = written, with_stated_accuracy(batch, question.accuracy_m, accuracy_count)
        if at.accuracy_m is not None and np.isfinite(at.accuracy_m).any():
            accuracies_m = (
                np.full(batch.num_rows, np.nan) if accuracy is None else np.broadcast_to(accuracy, batch.num_rows)
            )
            has_own = np.isfinite(at.accuracy_m)
            worse = at.accuracy_m if accuracy is None else np.maximum(accuracies_m, at.accuracy_m)
            accuracy = np.where(has_own, worse, accuracies_m)
        if accuracy is not None and at.shift_m.any():  # NaN counts too; one number for all is screened faster
            accuracy = accuracy + at.shift_m
        at, accuracy = with_distances_away(batch, at, accuracy, away)
        lon_deg = _without_null_island(at.lon_deg, at.lat_deg, index)
        screened = screen(
            index, lon_deg, at.lat_deg, accuracy, warn_m=question.warn_m, max_distance_m=question.max_distance_m
        )
        fault = np.where(at.unusable, UNUSABLE, screened.fault).astype(np.uint8)
        unread = np.array([row for row in at.reasons if not at.unusable[row]], np.int64)
        fault[unread] = UNREADABLE
        if report is not None:
            _count(report, screened.codes, fault, at.reasons)
        yield Answers(
            _answered(batch, names, question, screened.codes, fault, screened.nearest, at.reasons), at, screened.codes
        )


@renamed_parameters(given="circumstances")
def screen_file(
    source: Path,
    target: Path,
    index: HazardIndex,
    question: Question,
    *,
    overwrite: bool = False,
    progress: Callable[[int, int | None], None] | None = None,
    columns: Sequence[str] | None = None,
    circumstances: Circumstances | None = None,
) -> ScreenReport:
    """Screen a file of positions (`position_file`) into a file of answers (`answer_file.ENDINGS`).

    Into CSV, Parquet and Arrow rows are streamed; other formats are written when all rows are answered.

    Parameters
    ----------
    columns
        Only these columns of the answers, in this order; None: all.
    circumstances
        What the answers rest on, for formats that tell it.

    Raises
    ------
    FileRefused
        A file is of no known kind, the source cannot be read, or the target exists.
    FieldRefused
        As for `screen_batches`; or a column was asked for that is not there.
    """
    ending = ending_of(target)
    report = ScreenReport()
    opened = open_positions(source, question.crs, question.layer, ROWS)
    index.expect(opened.total if opened.total is not None else source.stat().st_size // BYTES_A_ROW)
    answered = screen_positions(opened.batches, index, question, report)
    if ending not in STREAMED:
        answer_batches = []
        for answers in answered:
            answer_batches.append(answers)
            if progress is not None:
                progress(report.rows, opened.total)
        report.take_notes(opened.notes())
        title = f"Stops of {source.name}"
        known = circumstances or Circumstances(None)
        file = answers_of_points(answer_batches, index, question, report, circumstances=known, title=title)
        write_answers(target, replace(file, columns=columns), overwrite=overwrite, inputs=[source])
        return report
    with (
        whole_file(target, overwrite=overwrite, inputs=[source]) as part,
        _writer(part, ending, opened.metadata, columns) as write,
        ThreadPoolExecutor(1) as writing,
    ):
        for _ in _written_behind(answered, write, writing):
            if progress is not None:
                progress(report.rows, opened.total)
    report.take_notes(opened.notes())
    return report


def _written_behind(
    answered: Iterable[Answers], write: Callable[[pa.RecordBatch], None], writing: ThreadPoolExecutor
) -> Iterator[Answers]:
    """Write one batch while the next is screened, and let no more wait: memory stays flat behind a slow disk."""
    before: Future[None] | None = None
    for answers in answered:
        if before is not None:
            before.result()
        before = writing.submit(write, answers.batch)
        yield answers
    if before is not None:
        before.result()


def _without_null_island(lon_deg: Floats, lat_deg: Floats, index: HazardIndex) -> Floats:
    """The longitudes, NaN at exactly 0, 0, which is a position that was not filled in; unless hazards lie around it."""
    is_null = (lon_deg == 0.0) & (lat_deg == 0.0)
    if (
        not is_null.any()
        or not len(index)
        or np.isfinite(index.nearest(0.0, 0.0, max_distance_m=NULL_ISLAND_M).distance_m)
    ):
        return lon_deg
    return np.where(is_null, np.nan, lon_deg)


@dataclass(frozen=True)
class _Names:
    """What hazards are called, as Arrow columns to take from: no object is made for each position."""

    ids: Any
    """(hazards,) texts, or None."""
    kinds: NDArray[np.int8] | None
    """(hazards,) place in `RecordKind`, or None."""

    @classmethod
    def of(cls, index: HazardIndex) -> "_Names":
        record_ids, kinds = index.record_ids, None
        ids: Any = None
        if isinstance(record_ids, Texts):
            ids = pa.LargeStringArray.from_buffers(
                len(record_ids), pa.py_buffer(record_ids.start.data), pa.py_buffer(record_ids.utf8.data)
            )
        elif record_ids is not None:
            ids = pa.array(list(record_ids), pa.large_string())
        if index.kinds is not None:
            number = {kind: i for i, kind in enumerate(RecordKind)}
            kinds = np.array([number[kind] for kind in index.kinds], np.int8)
        return cls(ids, kinds)


def _answered(  # noqa: PLR0917
    batch: pa.RecordBatch,
    hazards: _Names,
    question: Question,
    codes: NDArray[np.uint8],
    fault: NDArray[np.uint8],
    screened: Any,
    reasons: Mapping[int, str],
) -> pa.RecordBatch:
    has = screened.hazard >= 0
    class_codes = np.full(256, 3, np.int8)
    class_codes[[INSIDE, NEAR, NONE_RECORDED]] = [0, 1, 2]
    names: Any = [class_of(code).value for code in (INSIDE, NEAR, NONE_RECORDED, UNKNOWN)]
    ids, kind = None, None
    if hazards.ids is not None:
        ids = hazards.ids.take(pa.array(np.where(has, screened.hazard, 0), pa.int64(), mask=~has)).cast(pa.string())
    if hazards.kinds is not None:
        values = np.zeros(len(has), np.int8)
        values[has] = hazards.kinds[screened.hazard[has]]
        kind = pa.DictionaryArray.from_arrays(
            pa.array(values, pa.int8(), mask=~has), np.array([k.value for k in RecordKind])
        )
    added = {
        "needs_attention": pa.array(codes != NONE_RECORDED),
        "class": pa.DictionaryArray.from_arrays(pa.array(class_codes[codes], pa.int8()), np.array(names)),
        "distance_m": _maybe(screened.distance_m),
        "cautious_m": _maybe(screened.cautious_m),
        **({"number": pa.array(screened.hazard, pa.int64(), mask=~has)} if ids is None else {"record_id": ids}),
        **({} if kind is None else {"kind": kind}),
        "accuracy_m": _maybe(screened.hazard_accuracy_m),
        "position_accuracy_m": _maybe(screened.accuracy_m),
        "fault": pa.DictionaryArray.from_arrays(pa.array(fault.astype(np.int8), pa.int8()), np.array(ALL_FAULTS)),
        "fault_detail": _reasons(reasons, len(codes)),
        "written_on": pa.repeat(pa.scalar(question.written_on or None, pa.string()), len(codes)),
    }
    taken = set(batch.schema.names)
    arrays: list[Any] = list(batch.columns)
    fields: list[Any] = list(batch.schema)
    metadata: Any = batch.schema.metadata
    for name, array in added.items():
        called = ANSWER_PREFIX + name
        while called in taken:
            called += "_found"
        taken.add(called)
        arrays.append(array)
        fields.append(pa.field(called, array.type))
    return pa.RecordBatch.from_arrays(arrays, schema=pa.schema(fields, metadata=metadata))


def _reasons(reasons: Mapping[int, str], size: int) -> Any:
    if not reasons:
        return pa.nulls(size, pa.string())
    return pa.array([reasons.get(row) for row in range(size)], pa.string())


def _maybe(values: Floats) -> Any:
    """Numbers, with null where there is none: no distance is no distance, never an infinite or an invented one."""
    return pa.array(values, pa.float64(), mask=~np.isfinite(values))


def _count(
    report: ScreenReport, codes: NDArray[np.uint8], fault: NDArray[np.uint8], reasons: Mapping[int, str]
) -> None:
    counts = np.bincount(codes)  # np.unique would load masked arrays
    for code in np.flatnonzero(counts).tolist():
        report.classes[class_of(code).value] += int(counts[code])
    for which in np.flatnonzero(np.bincount(fault[fault > 0])).tolist():
        name = ALL_FAULTS[which]
        rows = np.flatnonzero(fault == which)
        report.faults[name] += len(rows)
        first = report.first_fault_rows.setdefault(name, [])
        first.extend(int(r) + 1 + report.rows for r in rows[: 5 - len(first)])
    for row in sorted(reasons)[: MOST_REASONS - len(report.first_reasons)]:
        report.first_reasons[row + 1 + report.rows] = reasons[row]
    report.rows += len(codes)


def _repeated(schema: pa.Schema) -> list[str]:
    """The columns that hold the same values again and again: only they are worth a dictionary.

    To try one for columns of coordinates and distances takes three times as long as to write them.
    """
    own = {ANSWER_PREFIX + "accuracy_m", ANSWER_PREFIX + "position_accuracy_m"}
    own |= {measure.column for measure in accuracy_measures(schema.names)}
    texts = (pa.types.is_string, pa.types.is_large_string, pa.types.is_dictionary)
    return [field.name for field in schema if field.name in own or any(is_one(field.type) for is_one in texts)]


STREAMED: Final = frozenset({".csv", ".parquet", ".geoparquet", ".arrow"})
"""Endings of files that are written batch by batch."""


@contextmanager
def _writer(
    part: Path, suffix: str, metadata: dict[bytes, bytes] | None, columns: Sequence[str] | None
) -> Iterator[Callable[[pa.RecordBatch], None]]:
    """What writes a batch; the first one says which columns there are."""

    def chosen(batch: pa.RecordBatch) -> pa.RecordBatch:
        return batch if columns is None else batch.select(chosen_columns(columns, batch.schema.names))

    if suffix == ".csv":
        from merestone.exchange.publication import csv_lines  # here: it needs more of PyArrow than other endings

        with part.open("wb") as out:

            def write_text(whole: pa.RecordBatch) -> None:
                batch = chosen(whole)
                if out.tell() == 0:
                    header = StringIO(newline="")
                    csv.writer(header, lineterminator="\n").writerow(batch.schema.names)
                    out.write(header.getvalue().encode())
                out.write(csv_lines(batch))

            yield write_text
        return
    made: Any = None

    def write(whole: pa.RecordBatch) -> None:
        nonlocal made
        batch = chosen(whole)
        geo_metadata = _told_of(metadata or batch.schema.metadata, batch.schema.names)
        schema = batch.schema.with_metadata(geo_metadata)
        if made is None and suffix == ".arrow":
            made = pa.ipc.new_file(part, schema)
        elif made is None:
            made = pq.ParquetWriter(part, schema, use_dictionary=_repeated(schema))
        made.write_batch(batch.replace_schema_metadata(geo_metadata))

    try:
        yield write
    finally:
        if made is not None:
            made.close()


def _told_of(metadata: Any, names: Sequence[str]) -> Any:
    """The metadata without what they say of geometries that are not among the columns."""
    if not metadata or b"geo" not in metadata:
        return metadata
    geo = json.loads(metadata[b"geo"])
    fields_kept = {name: geo_metadata for name, geo_metadata in geo.get("columns", {}).items() if name in names}
    if fields_kept.keys() == geo.get("columns", {}).keys():
        return metadata
    rest = {key: value for key, value in metadata.items() if key != b"geo"}
    if fields_kept:
        primary = geo.get("primary_column")
        geo |= {
            "columns": fields_kept,
            "primary_column": primary if primary in fields_kept else next(iter(fields_kept)),
        }
        rest[b"geo"] = json.dumps(geo).encode()
    return rest or None
