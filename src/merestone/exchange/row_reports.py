"""What became of each row of a file, in a few bytes a row: a file of a million rows must not fill the memory."""

from array import array
from collections.abc import Iterator, Sequence
from typing import Final, overload

from merestone.exchange.intake_report import RowReport
from merestone.terms import Outcome

_ID_BYTES: Final = 14
_NO_ID: Final = bytes(_ID_BYTES)
_MOST_SHARED: Final = 10_000
_Told = tuple[Outcome, tuple[str, ...], str, tuple[str, ...]]


class RowReports(Sequence[RowReport]):
    """Reports in the order of the file. What is said of many rows in the same words is kept once."""

    def __init__(self) -> None:
        self._rows = array("q")
        self._ids = bytearray()
        self._other_ids: dict[int, str] = {}
        """Of records whose identity has another form, by place."""
        self._which = array("L")
        self._told: list[_Told] = []
        self._place: dict[_Told, int] = {}

    def append(self, report: RowReport) -> None:
        """Keep one more report."""
        told = report.outcome, report.reasons, report.done, report.words
        place = self._place.get(told)
        if place is None:
            place = len(self._told)
            self._told.append(told)
            if place < _MOST_SHARED:
                self._place[told] = place
        self._which.append(place)
        record_id = report.record_id
        coded = b"" if record_id is None or not record_id.isascii() else record_id.encode("ascii")
        if len(coded) == _ID_BYTES and coded != _NO_ID:
            self._ids += coded
        else:
            self._ids += _NO_ID
            if record_id is not None:
                self._other_ids[len(self._rows)] = record_id
        self._rows.append(report.row)

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

    def _made(self, place: int) -> RowReport:
        outcome, reasons, done, words = self._told[self._which[place]]
        coded = bytes(self._ids[place * _ID_BYTES : (place + 1) * _ID_BYTES])
        record_id = self._other_ids.get(place) if coded == _NO_ID else coded.decode("ascii")
        return RowReport(self._rows[place], outcome, reasons, done, record_id, words)
