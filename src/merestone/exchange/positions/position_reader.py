"""What reads the positions of record batches: most often two columns of numbers, or points."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from merestone.exchange.places.arrow_positions import PositionReader
from merestone.exchange.places.system_column import system_column
from merestone.terms import FieldRefused

if TYPE_CHECKING:
    from merestone.exchange.positions.cell_positions import CellPositions


def reader_for(batch: pa.RecordBatch, crs: str | None) -> PositionReader | CellPositions:
    """What reads the positions of batches with the schema of this one, which is taken as a sample.

    Points and numbers are read as they are; every other way of writing a place as an import reads it.

    Raises
    ------
    FieldRefused
        As for `PositionReader`.
    """
    reader, refusal = None, None
    try:
        reader = PositionReader(batch.schema, crs)
    except FieldRefused as refused:
        if refused.field != "columns":
            raise
        refusal = refused
    has_systems = reader is not None and reader.reads_numbers() and system_column(batch.schema.names) is not None
    if reader is not None and not reader.reads_numbers_as_text() and not has_systems:
        return reader
    from merestone.exchange.positions.cell_positions import written_reader  # here: numbers need none of it

    return written_reader(batch, crs, reader, refusal)
