"""What became of each row of a file, in a few bytes a row: a file of a million rows must not fill the memory."""

import json
import zlib
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, overload

from merestone.terms import Outcome, RowOutcome

_ID_BYTES: Final = 14
_NO_ID: Final = bytes(_ID_BYTES)
_MOST_SHARED: Final = 2_000
_BLOCK: Final = 256
_Told = tuple[Outcome, tuple[str, ...], str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class RowReport(RowOutcome):
    """A row's end, with what was found in words and with its place."""

    words: tuple[str, ...] = ()


class _Packed:
    """What was said of single rows, in order; all but the last compressed, since its words come again and again."""

    def __init__(self) -> None:
        self._blocks: list[bytes] = []
        self._last: list[_Told] = []
        self._opened: tuple[int, list[_Told]] = (-1, [])

    def append(self, told: _Told) -> int:
        """Keep one more; give its place."""
        if len(self._last) == _BLOCK:
            self._blocks.append(zlib.compress(json.dumps(self._last).encode("ascii"), 1))
            self._last = []
        self._last.append(told)
        return len(self._blocks) * _BLOCK + len(self._last) - 1

    def __getitem__(self, place: int) -> _Told:
        block, at = divmod(place, _BLOCK)
        if block == len(self._blocks):
            return self._last[at]
        if self._opened[0] != block:
            read = json.loads(zlib.decompress(self._blocks[block]))
            told = [(Outcome(o), tuple(reasons), done, tuple(words)) for o, reasons, done, words in read]
            self._opened = block, told
        return self._opened[1][at]


class RowReports(Sequence[RowReport]):
    """Reports in the order of the file. What is said of many rows in the same words is kept once."""

    def __init__(self) -> None:
        self._rows = array("q")
        self._ids = bytearray()
        self._other_ids: dict[int, str] = {}
        """Of records whose identity has another form, by place."""
        self._which = array("L")
        self._shared: list[_Told] = []
        self._others = _Packed()
        self._place: dict[_Told, int] = {}
        self._count: dict[int, int] = {}

    def append(self, report: RowReport) -> None:
        """Keep one more report."""
        told = report.outcome, report.reasons, report.done, report.words
        place = self._place.get(told)
        if place is None:
            if len(self._shared) < _MOST_SHARED:
                place = self._place[told] = len(self._shared)
                self._shared.append(told)
            else:
                place = _MOST_SHARED + self._others.append(told)
        self._which.append(place)
        self._count[place] = self._count.get(place, 0) + 1 if place < _MOST_SHARED else 1
        record_id = report.record_id
        coded = b"" if record_id is None or not record_id.isascii() else record_id.encode("ascii")
        if len(coded) == _ID_BYTES and coded != _NO_ID:
            self._ids += coded
        else:
            self._ids += _NO_ID
            if record_id is not None:
                self._other_ids[len(self._rows)] = record_id
        self._rows.append(report.row)

    def counted(self) -> Iterator[tuple[RowReport, int]]:
        """A row of each kind of end, without its record, and how many rows ended so; in the order of the first."""
        for place, count in self._count.items():
            outcome, reasons, done, words = self._told(place)
            yield RowReport(0, outcome, reasons, done, None, words), count

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, at: int) -> RowReport: ...

    @overload
    def __getitem__(self, at: slice) -> tuple[RowReport, ...]: ...

    def __getitem__(self, at: int | slice) -> RowReport | tuple[RowReport, ...]:
        """One report, or several."""
        if isinstance(at, slice):
            return tuple(self._made(place) for place in range(*at.indices(len(self))))
        place = at + len(self) if at < 0 else at
        if not 0 <= place < len(self):
            raise IndexError(at)
        return self._made(place)

    def __iter__(self) -> Iterator[RowReport]:
        return map(self._made, range(len(self)))

    def __eq__(self, other: object) -> bool:
        """Whether another sequence holds the same reports."""
        if not isinstance(other, (RowReports, tuple, list)):
            return NotImplemented
        return len(self) == len(other) and all(mine == theirs for mine, theirs in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        """All of them, as a tuple's."""
        return repr(tuple(self))

    def _told(self, place: int) -> _Told:
        return self._shared[place] if place < _MOST_SHARED else self._others[place - _MOST_SHARED]

    def _made(self, place: int) -> RowReport:
        outcome, reasons, done, words = self._told(self._which[place])
        coded = bytes(self._ids[place * _ID_BYTES : (place + 1) * _ID_BYTES])
        record_id = self._other_ids.get(place) if coded == _NO_ID else coded.decode("ascii")
        return RowReport(self._rows[place], outcome, reasons, done, record_id, words)


def counted(rows: Sequence[RowReport]) -> Iterator[tuple[RowReport, int]]:
    """Rows that ended alike, and how many they are, in the order of the first."""
    return rows.counted() if isinstance(rows, RowReports) else ((row, 1) for row in rows)
