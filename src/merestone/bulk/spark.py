"""Positions in Apache Spark against a hazard index: the kernel of `batches`, run by the executors' Python workers.

The index travels as a hazard pack. The workers of one machine map the same file into memory and make no index of their
own. A task is one thread, as Spark counts them.
"""

import atexit
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from merestone.bulk.pack import load_pack, save_pack
from merestone.bulk.position_answers import Question, ScreenReport
from merestone.bulk.position_batches import screen_batches
from merestone.exchange.places import ANSWER_PREFIX, PLAIN, stated_reference
from merestone.files import new_scratch_folder, refuse_output, whole_folder
from merestone.screening import Circumstances, HazardIndex
from merestone.terms import EngineMissing, FileRefused

TASK_ROWS: Final = 1 << 16
"""Rows that a worker screens at once: enough for the kernel, and no more than it gives to one thread."""

_index_in_use: dict[tuple[str, str], HazardIndex] = {}
"""The index last used by this worker process, by its file and identity; only one, so that memory stays flat."""


@dataclass(frozen=True)
class _Sent:
    """Where a worker finds the pack, and which one it must be."""

    path: str
    identity: str
    is_shipped: bool
    """Whether Spark brought the file, so that it lies in the executor's own folder."""


def screen_spark(frame: Any, index: HazardIndex | Path | str, question: Question) -> Any:
    """A Spark data frame of positions, with the answer columns of `screen_batches`; lazy, as Spark is.

    Rows keep their columns; their order is Spark's. The workers must be able to import Merestone.

    Parameters
    ----------
    frame
        A `pyspark.sql.DataFrame` with columns of longitude and latitude, or of points as WKB.
    index
        An index, which is written as a pack into a folder that vanishes with this process; or the path of a pack.

    Raises
    ------
    EngineMissing
        pyspark is not installed.
    FieldRefused
        There is no column of positions, or the question makes no sense.
    PackRefused
        The pack is damaged, or is no pack.
    """
    try:
        from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema
    except ImportError:
        raise _missing() from None
    path = _saved_pack(index) if isinstance(index, HazardIndex) else Path(index).absolute()
    pack = load_pack(path, verify=True)
    arrow_schema = to_arrow_schema(frame.schema)
    none = pa.RecordBatch.from_arrays([pa.array([], column.type) for column in arrow_schema], schema=arrow_schema)
    answered = [_plain(batch) for batch in screen_batches([none], pack.index, question)]
    context = frame.sparkSession.sparkContext
    is_shipped = not str(context.master).startswith(("local[", "local-cluster["))
    if is_shipped:
        context.addFile(str(path))
    sent = _Sent(path.name if is_shipped else str(path), pack.identity, is_shipped)
    return frame.mapInArrow(_work(sent, question, answered[0].schema.names), from_arrow_schema(answered[0].schema))


def screen_file_spark(
    source: Path,
    target: Path,
    index: HazardIndex | Path,
    question: Question,
    *,
    master: str | None = None,
    overwrite: bool = False,
) -> ScreenReport:
    """Screen a Parquet file, or a folder of them, in Spark; the answers are a folder of Parquet files.

    It appears under its name only when it is whole. Row numbers of faults are not told: rows have no order in Spark.

    Parameters
    ----------
    source, target
        On a cluster: in a folder that every machine sees under this name.
    master
        Where Spark runs, such as ``spark://host:7077``; None: on this machine, a worker for each core.

    Raises
    ------
    EngineMissing
        pyspark or Java is not there.
    FileRefused
        The source is not there or not Parquet, or the target exists.
    """
    if not source.exists():
        raise FileRefused(source, "does not exist", "check the name")
    if source.is_file() and source.suffix.lower() not in (".parquet", ".geoparquet"):
        raise FileRefused(source, "is not a .parquet file", "convert it, or screen it without --spark")
    refuse_output(target, overwrite=overwrite, inputs=[source], is_folder=True)
    with _session(master) as session, whole_folder(target, overwrite=overwrite, inputs=[source]) as part:
        question = replace(question, crs=_stated_crs(source, question.crs))
        frame = session.read.parquet(str(source.absolute()))
        screen_spark(frame, index, question).write.parquet(str(part.absolute()))
        return _counted(part, input_columns=set(frame.columns))


def _stated_crs(source: Path, text: str | None) -> str | None:
    """What the files say their coordinates are in: Spark's columns do not carry it.

    Raises
    ------
    FileRefused
        A file states another reference system than one before it.
    FieldRefused
        As for `arrow_positions.PositionReader`.
    """
    files = sorted(source.rglob("*.parquet")) if source.is_dir() else [source]
    stated: dict[str | None, Path] = {}
    for path in files:
        try:
            file = pq.ParquetFile(path)
            schemas = file.schema_arrow, file.schema
        except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
            raise FileRefused(path, f"is not a readable Parquet file ({error})", "write it again") from None
        crs = stated_reference(*schemas, text)
        stated.setdefault(None if crs in PLAIN else crs, path)
    if len(stated) > 1:
        why = "states another reference system than the files beside it"
        raise FileRefused(list(stated.values())[1], why, "screen them separately, or without --spark")
    return next(iter(stated), text)


@contextmanager
def _session(master: str | None) -> Iterator[Any]:
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError:
        raise _missing() from None
    if not (shutil.which("java") or os.environ.get("JAVA_HOME")):
        raise EngineMissing("Java", "Spark", "install a Java runtime, version 17 or newer, or set JAVA_HOME")
    where = master or f"local[{os.cpu_count() or 1}]"
    builder = SparkSession.builder.appName("merestone screen").master(where)
    if where.startswith("local"):
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [*sys.path, os.environ.get("PYTHONPATH")]))
        for key, value in (
            ("spark.ui.enabled", "false"),
            ("spark.ui.showConsoleProgress", "false"),
            ("spark.driver.host", "127.0.0.1"),
            ("spark.driver.bindAddress", "127.0.0.1"),
        ):
            builder = builder.config(key, value)
    try:
        session = builder.getOrCreate()
    except PySparkException as error:
        raise EngineMissing("a Spark that starts", "--spark", f"Spark says: {error}") from error
    try:
        session.sparkContext.setLogLevel("ERROR")
        yield session
    finally:
        session.stop()


def _counted(folder: Path, input_columns: set[str]) -> ScreenReport:
    """The classes and faults that were written, counted from the written files themselves."""
    written = ds.dataset(folder, format="parquet")
    names = [name for name in written.schema.names if name not in input_columns]
    if not names:  # Spark may write no file at all where there is no row
        return ScreenReport()
    of_class, of_fault = (
        next(name for name in names if name.startswith(ANSWER_PREFIX + which)) for which in ("class", "fault")
    )
    report = ScreenReport()
    for batch in written.to_batches(columns=[of_class, of_fault]):
        report.rows += batch.num_rows
        for column, counts in ((of_class, report.classes), (of_fault, report.faults)):
            pairs: Any = pc.value_counts(batch.column(column))
            for pair in pairs.to_pylist():
                if pair["values"]:
                    counts[pair["values"]] += pair["counts"]
    return report


def _work(sent: _Sent, question: Question, names: list[str]) -> Callable[[Iterable[Any]], Iterator[Any]]:
    def work(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in screen_batches(_larger(batches), _index(sent), question):
            yield _plain(batch.select(names))  # Spark was told these columns, whatever the rows show

    return work


def _larger(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Spark's batches of 10,000 rows put together, so that what a call costs is spread over more of them."""
    waiting: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        if waiting and rows + batch.num_rows > TASK_ROWS:
            yield from pa.Table.from_batches(waiting).combine_chunks().to_batches()
            waiting, rows = [], 0
        waiting.append(batch)
        rows += batch.num_rows
    if waiting:
        yield from pa.Table.from_batches(waiting).combine_chunks().to_batches()


def _index(sent: _Sent) -> HazardIndex:
    key = (sent.path, sent.identity)
    if key not in _index_in_use:
        path = sent.path
        if sent.is_shipped:
            from pyspark import SparkFiles

            path = SparkFiles.get(sent.path)
        pack = load_pack(path)
        if pack.identity != sent.identity:
            why = "is not the pack with which this work began"
            raise FileRefused(path, why, "do not replace a pack while Spark works with it; start again")
        # All tasks of a job measure by the pack's cells, however few rows a task has: inside two hazards at once the
        # measurement without cells may name the other one, and a job's answers may not depend on how it was divided.
        pack.index.prepare()
        _index_in_use.clear()
        _index_in_use[key] = pack.index
    return _index_in_use[key]


def _saved_pack(index: HazardIndex) -> Path:
    """The index as a pack in a folder of this process; Spark is lazy, and asks for it much later."""
    folder = new_scratch_folder("spark")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / f"{folder.name}.pack"
    save_pack(index, path, audience="this process", circumstances=Circumstances(None), cells=True)
    return path


def _missing() -> EngineMissing:
    return EngineMissing("pyspark", "screening in Spark", "pip install 'merestone[spark]'")


def _plain(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Without dictionaries, which Spark's columns do not have."""
    columns: list[Any] = list(batch.columns)
    plain = [column.dictionary_decode() if pa.types.is_dictionary(column.type) else column for column in columns]
    return pa.RecordBatch.from_arrays(plain, names=batch.schema.names)
