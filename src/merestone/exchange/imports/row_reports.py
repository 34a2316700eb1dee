"""What became of each row of a file, in a few bytes a row: a file of a million rows must not fill the memory."""

import json
import zlib
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final, overload

import numpy as np
from numpy.typing import NDArray

from merestone.exchange.rows.spilled import Spilled
from merestone.terms import Outcome, RowOutcome, renamed_attribute

_TOGETHER: Final = 4_096
"""Rows that are set down together."""
_ID_BYTES: Final = 14
_NO_ID: Final = bytes(_ID_BYTES)
_NO_ID_TEXT: Final = _NO_ID.decode("ascii")
_MOST_SHARED: Final = 2_000
_BLOCK: Final = 256
_HELD_BYTES: Final = 1 << 20
_ROW: Final = [("row", "<i8"), ("record_id", f"V{_ID_BYTES}"), ("told", "<i8")]
_Told = tuple[Outcome, tuple[str, ...], str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class RowReport(RowOutcome):
    """A row's end, with what was found in words and with its place."""

    messages: tuple[str, ...] = ()

    words = renamed_attribute("words", "messages")


class _Packed:
    """What was said of single rows, in order; all but the last compressed, since its words come again and again."""

    def __init__(self) -> None:
        self._blocks = Spilled("u1", held_rows=_HELD_BYTES)
        self._ends = array("q", [0])
        self._last: list[_Told] = []
        self._opened: tuple[int, list[_Told]] = (-1, [])

    def __len__(self) -> int:
        return (len(self._ends) - 1) * _BLOCK + len(self._last)

    def append(self, report: _Told) -> int:
        """Keep one more; give its place."""
        if len(self._last) == _BLOCK:
            packed = zlib.compress(json.dumps(self._last).encode("ascii"), 1)
            self._blocks.append(np.frombuffer(packed, np.uint8))
            self._ends.append(len(self._blocks))
            self._last = []
        self._last.append(report)
        return len(self) - 1

    def __getitem__(self, place: int) -> _Told:
        block, at = divmod(place, _BLOCK)
        if block == len(self._ends) - 1:
            return self._last[at]
        if self._opened[0] != block:
            packed = self._blocks.read(self._ends[block], self._ends[block + 1]).tobytes()
            read = json.loads(zlib.decompress(packed))
            outcome_key = [(Outcome(o), tuple(reasons), done, tuple(remarks)) for o, reasons, done, remarks in read]
            self._opened = block, outcome_key
        return self._opened[1][at]


class RowReports(Sequence[RowReport]):
    """Reports in the order of the file. What is said of many rows in the same words is kept once."""

    def __init__(self) -> None:
        self._settled = Spilled(_ROW)
        self._rows, self._ids, self._which = array("q"), bytearray(), array("q")
        """Those of the last rows."""
        self._other_ids: dict[int, str] = {}
        """Of records whose identity has another form, by place."""
        self._shared: list[_Told] = []
        self._ends: dict[tuple[Outcome, tuple[str, ...]], int] = {}
        """How many rows ended so, with these reasons."""
        self._others = _Packed()
        self._place: dict[_Told, int] = {}

    def append(self, report: RowReport) -> None:
        """Keep one more report."""
        outcome_key = report.outcome, report.reasons, report.done, report.messages
        end = outcome_key[:2]
        self._ends[end] = self._ends.get(end, 0) + 1
        place = self._place.get(outcome_key)
        if place is None:
            if len(self._shared) < _MOST_SHARED:
                place = self._place[outcome_key] = len(self._shared)
                self._shared.append(outcome_key)
            else:
                place = _MOST_SHARED + self._others.append(outcome_key)
        self._which.append(place)
        record_id = report.record_id
        if record_id is not None and len(record_id) == _ID_BYTES and record_id.isascii() and record_id != _NO_ID_TEXT:
            self._ids += record_id.encode("ascii")
        else:
            self._ids += _NO_ID
            if record_id is not None:
                self._other_ids[len(self)] = record_id
        self._rows.append(report.row)
        if len(self._rows) == _TOGETHER:
            self._settled.append(self._last_rows())
            self._rows, self._ids, self._which = array("q"), bytearray(), array("q")

    def counted(self) -> Iterator[tuple[RowReport, int]]:
        """A row of each outcome with its reasons, and how many rows ended so; in the order of the first."""
        for (outcome, reasons), count in self._ends.items():
            yield RowReport(0, outcome, reasons), count

    def __len__(self) -> int:
        return len(self._settled) + len(self._rows)

    @overload
    def __getitem__(self, at: int) -> RowReport: ...

    @overload
    def __getitem__(self, at: slice) -> tuple[RowReport, ...]: ...

    def __getitem__(self, at: int | slice) -> RowReport | tuple[RowReport, ...]:
        """One report, or several."""
        if isinstance(at, slice):
            return tuple(self[place] for place in range(*at.indices(len(self))))
        place = at + len(self) if at < 0 else at
        if not 0 <= place < len(self):
            raise IndexError(at)
        settled = len(self._settled)
        rows = self._settled.read(place, place + 1) if place < settled else self._last_rows()[place - settled :][:1]
        return next(self._made(rows, place))

    def __iter__(self) -> Iterator[RowReport]:
        place = 0
        for rows in chain(self._settled.blocks(), [self._last_rows()]):
            yield from self._made(rows, place)
            place += len(rows)

    def __eq__(self, other: object) -> bool:
        """Whether another sequence holds the same reports."""
        if not isinstance(other, (RowReports, tuple, list)):
            return NotImplemented
        return len(self) == len(other) and all(mine == theirs for mine, theirs in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        """All of them, as a tuple's."""
        return repr(tuple(self))

    def _last_rows(self) -> NDArray[Any]:
        rows = np.empty(len(self._rows), _ROW)
        rows["row"], rows["told"] = self._rows, self._which
        rows["record_id"] = np.frombuffer(bytes(self._ids), f"V{_ID_BYTES}")
        return rows

    def _made(self, rows: NDArray[Any], first: int) -> Iterator[RowReport]:
        """Reports of rows that are kept from a place on."""
        numbers, ids, which = rows["row"].tolist(), rows["record_id"].tobytes(), rows["told"].tolist()
        for at, (row, place) in enumerate(zip(numbers, which, strict=True)):
            shared = place < _MOST_SHARED
            outcome, reasons, done, remarks = self._shared[place] if shared else self._others[place - _MOST_SHARED]
            coded = ids[at * _ID_BYTES : (at + 1) * _ID_BYTES]
            record_id = self._other_ids.get(first + at) if coded == _NO_ID else coded.decode("ascii")
            yield RowReport(row, outcome, reasons, done, record_id, remarks)


def counted(rows: Sequence[RowReport]) -> Iterator[tuple[RowReport, int]]:
    """Rows that ended alike and with the same reasons, and how many they are, in the order of the first."""
    return rows.counted() if isinstance(rows, RowReports) else ((row, 1) for row in rows)
