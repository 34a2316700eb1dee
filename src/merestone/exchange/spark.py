"""Positions in Apache Spark against a hazard index: the kernel of `batches`, run by the executors' Python workers.

The outlines are broadcast once; each worker process makes its index from them once, and keeps it for its next task.
"""

import uuid
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pyarrow as pa

from merestone.exchange.batches import Question, screen_batches
from merestone.screening import HazardIndex
from merestone.terms import EngineMissing

_held: dict[str, HazardIndex] = {}
"""The index last used by this worker process, by the broadcast's name; only one, so that memory stays flat."""


def screen_spark(frame: Any, index: HazardIndex, question: Question) -> Any:
    """A Spark data frame of positions, with the answer columns of `screen_batches`; lazy, as Spark is.

    Rows keep their columns; their order is Spark's. The workers must be able to import Merestone.

    Parameters
    ----------
    frame
        A `pyspark.sql.DataFrame` with columns of longitude and latitude, or of points as WKB.

    Raises
    ------
    EngineMissing
        pyspark is not installed.
    FieldRefused
        There is no column of positions, or the question makes no sense.
    """
    try:
        from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema
    except ImportError:
        raise EngineMissing("pyspark", "screening in Spark", "pip install 'merestone[spark]'") from None
    given = to_arrow_schema(frame.schema)
    none = pa.RecordBatch.from_arrays([pa.array([], column.type) for column in given], schema=given)
    answered = [_plain(batch) for batch in screen_batches([none], index, question)]
    parts = (index.outlines, index.record_ids, index.kinds, index.unplaced_rows)
    sent = frame.sparkSession.sparkContext.broadcast(parts)
    return frame.mapInArrow(_work(sent, uuid.uuid4().hex, question), from_arrow_schema(answered[0].schema))


def _work(sent: Any, name: str, question: Question) -> Callable[[Iterable[Any]], Iterator[Any]]:
    def work(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        index = _index(name, sent)
        for batch in screen_batches(batches, index, question):
            yield _plain(batch)

    return work


def _index(name: str, sent: Any) -> HazardIndex:
    if name not in _held:
        outlines, record_ids, kinds, unplaced_rows = sent.value
        _held.clear()
        _held[name] = HazardIndex(outlines, record_ids, kinds, unplaced_rows=unplaced_rows)
    return _held[name]


def _plain(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Without dictionaries, which Spark's columns do not have."""
    columns: list[Any] = list(batch.columns)
    plain = [column.dictionary_decode() if pa.types.is_dictionary(column.type) else column for column in columns]
    return pa.RecordBatch.from_arrays(plain, names=batch.schema.names)
