"""Rows of numbers that would fill the memory of a large import: all but the last few lie in a temporary file."""

import tempfile
import weakref
from collections.abc import Iterator
from threading import Lock
from typing import IO, Any, Final

import numpy as np
from numpy.typing import DTypeLike, NDArray

HELD_ROWS: Final = 65_536
"""So many rows at most are held in memory; a smaller file never touches the disk."""


class Spilled:
    """Rows of one NumPy type, one after another; they can be read again, and no longer be changed.

    The file has no name (or, on Windows, goes with its handle), so nothing is left behind however the program ends.

    >>> kept = Spilled([("row", "<i8"), ("place", "<f8")], held_rows=2)
    >>> for number in range(5):
    ...     kept.append(np.array([(number, number / 2)], kept.dtype))
    >>> len(kept), kept.read(1, 4)["place"].tolist()
    (5, [0.5, 1.0, 1.5])
    """

    def __init__(self, dtype: DTypeLike, *, held_rows: int = HELD_ROWS) -> None:
        self.dtype: np.dtype[Any] = np.dtype(dtype)
        self._held_rows = held_rows
        self._parts: list[NDArray[Any]] = []
        self._held_count = self._written_count = 0
        self._file: IO[bytes] | None = None
        self._lock = Lock()

    def __len__(self) -> int:
        return self._written_count + self._held_count

    def append(self, rows: NDArray[Any]) -> None:
        """Keep more rows; shape (n,), of `dtype`."""
        self._parts.append(np.asarray(rows, self.dtype))
        self._held_count += len(rows)
        if self._held_count < self._held_rows:
            return
        with self._lock:
            if self._file is None:
                self._file = tempfile.TemporaryFile()  # noqa: SIM115 - it is needed as long as the rows are
                weakref.finalize(self, self._file.close)
            self._file.seek(self._written_count * self.dtype.itemsize)
            for part in self._parts:
                self._file.write(part.tobytes())
            self._file.flush()
        self._written_count += self._held_count
        self._parts, self._held_count = [], 0

    def read(self, begin: int, end: int) -> NDArray[Any]:
        """The rows from `begin` to before `end`."""
        end = min(end, len(self))
        parts = []
        if begin < self._written_count and self._file is not None:
            size = self.dtype.itemsize
            with self._lock:
                self._file.seek(begin * size)
                data = self._file.read((min(end, self._written_count) - begin) * size)
            parts.append(np.frombuffer(data, self.dtype))
        if end > self._written_count:
            joined = np.concatenate(self._parts)
            parts.append(joined[max(begin - self._written_count, 0) : end - self._written_count])
        return np.concatenate(parts) if parts else np.empty(0, self.dtype)

    def blocks(self) -> Iterator[NDArray[Any]]:
        """All rows in order, some at a time."""
        for begin in range(0, len(self), HELD_ROWS):
            yield self.read(begin, begin + HELD_ROWS)
