"""How many rows a file of so many bytes may have: so that no small file keeps an import busy for hours.

Formats that pack (Parquet, zip, spreadsheets, gzip) write a row that repeats the one before in next to nothing: 25 KB
hold five million. Rows with places of their own do not fit into so few bytes: coordinates to a metre, packed as densely
as programs do it, take six bytes and more.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from merestone.exchange.rows.format import Format
from merestone.exchange.rows.row import Reading, Row
from merestone.terms import FileRefused, number_of

ALWAYS_ROWS: Final = 50_000
"""So many rows are taken from any file."""
LEAST_BYTES: Final = 5
"""Beyond these, a row for each so many bytes of the file. The densest texts have four to six for a row."""


def most_rows(size_bytes: int) -> int:
    """How many rows are taken from a file of so many bytes.

    >>> most_rows(6_000), most_rows(1_000_000)
    (51200, 250000)
    """
    return ALWAYS_ROWS + size_bytes // LEAST_BYTES


def limit_rows(reading: Reading, known: Format, path: Path) -> None:
    """Refuse a reading as soon as it has more rows than its file can hold places.

    Raises
    ------
    FileRefused
        The file says itself that it has so many; else it is raised by the row that is one too many.
    """
    size_bytes = _size_bytes(known, path)
    most = most_rows(size_bytes)
    if reading.total is not None and reading.total > most:
        raise _refused(path, reading.total, size_bytes)
    reading.replace_rows(lambda rows: _limited(rows, most, path, size_bytes))


def _limited(rows: Iterator[Row], most: int, path: Path, size_bytes: int) -> Iterator[Row]:
    for row in rows:
        if row.number > most:
            raise _refused(path, row.number, size_bytes)
        yield row


def _refused(path: Path, rows: int, size_bytes: int) -> FileRefused:
    why = (
        f"it has {number_of(rows, 'row')} or more in {number_of(size_bytes, 'byte')}: rows with places of their "
        "own do not fit into so few, "
        "so most of them repeat others"
    )
    return FileRefused(path, why, "leave the repeated rows out, or give them as text that is not packed, such as CSV")


def _size_bytes(known: Format, path: Path) -> int:
    """The bytes of all files that the data set is made of."""
    if path.is_dir():
        return sum(part.stat().st_size for part in path.rglob("*") if part.is_file())
    parts = getattr(known, "parts", None)
    try:
        files = (path,) if parts is None else tuple(parts(path))
    except FileRefused:
        files = (path,)
    return sum(part.stat().st_size for part in {path, *files} if part.is_file())
