"""The table of a Shapefile (dBASE) as it stands: deleted rows, digits and bytes, which readers tend to lose.

Read here and not by GDAL (3.12.4): it gives 9007199254740992.0 for a number of 19 digits, leaves deleted rows out
without a word, and refuses a whole file for text that is not in the encoding that it assumes.
Source: dBASE III and IV table file format, as Esri's Shapefile Technical Description (July 1998) has it.
"""

import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from merestone.exchange.formats._code_page import CodePage
from merestone.exchange.rows.arrow_value import exact_number
from merestone.terms import FileRefused, number_of

_NUMBER: Final = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_TRUE, _FALSE = b"TtYy", b"FfNn"
_REMEDY: Final = "get it again from where it came"


@dataclass(frozen=True, slots=True)
class DbfField:
    """One column."""

    raw_name: bytes
    kind: str
    """The letter of its type: C text, N and F numbers, D days, L truth values ..."""
    start: int
    length: int


@dataclass
class Dbf:
    """A table: its head, and its records by number."""

    path: Path
    fields: Sequence[DbfField]
    language_driver: int
    announced: int
    """Records that the head counts."""
    present: int
    """Records that the file has room for."""
    head_bytes: int
    record_bytes: int
    odd: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    """By column, values that are not of its type, with the number of their record."""

    @classmethod
    def of(cls, path: Path) -> "Dbf":
        """Read the head of a table.

        Raises
        ------
        FileRefused
            It is no table, or ends within its head.
        """
        with path.open("rb") as file:
            head = file.read(32)
            if len(head) < 32:
                raise FileRefused(path, "it ends within its first 32 bytes", _REMEDY)
            announced, head_bytes, record_bytes = struct.unpack("<IHH", head[4:12])
            described = file.read(max(head_bytes - 32, 0))
        fields, start = [], 1
        for at in range(0, len(described) - 31, 32):
            descriptor = described[at : at + 32]
            if descriptor[0] == 0x0D:
                break
            length = descriptor[16] + (descriptor[17] << 8 if descriptor[11:12] == b"C" else 0)
            fields.append(DbfField(descriptor[:11].split(b"\0")[0], chr(descriptor[11]), start, length))
            start += length
        size = path.stat().st_size
        if not record_bytes or start > record_bytes or head_bytes > size:
            why = f"its head describes records of {number_of(start, 'byte')} and says that they have {record_bytes}"
            raise FileRefused(path, why, _REMEDY)
        return cls(path, fields, head[29], announced, (size - head_bytes) // record_bytes, head_bytes, record_bytes)

    def records(self, count: int) -> Iterator[tuple[bool, bytes]]:
        """The first records: whether each is marked as deleted, and its bytes."""
        with self.path.open("rb") as file:
            file.seek(self.head_bytes)
            for _ in range(count):
                record = file.read(self.record_bytes)
                yield record[:1] == b"*", record

    def texts(self, count: int) -> set[bytes]:
        """What the encoding is of: names of columns, and different texts of the rows."""
        raw_names = {field.raw_name for field in self.fields}
        columns = [field for field in self.fields if field.kind == "C"]
        for _, record in self.records(count):
            raw_names.update(text for text in (_text(record, field) for field in columns) if not text.isascii())
        return raw_names

    def values(self, record: bytes, number: int, page: CodePage) -> dict[str, Any]:
        """One record's values by name: text decoded, numbers digit for digit, days as ISO 8601."""
        out: dict[str, Any] = {}
        for column in self.fields:
            name = page.decode(column.raw_name)[0]
            value = self._value(record[column.start : column.start + column.length], column, page)
            if isinstance(value, _Odd):
                self.odd.setdefault(name, []).append((number, value.text))
                value = value.text
            out[name] = value
        return out

    def _value(self, data: bytes, column: DbfField, page: CodePage) -> Any:
        kind = column.kind
        if kind == "C":
            text = _text(data, DbfField(b"", "C", 0, len(data)))
            return page.decode(text)[0] if text else None
        plain = data.strip(b" \0")
        if kind in "NF":
            if not plain:
                return None
            return exact_number(Decimal(plain.decode())) if _NUMBER.fullmatch(plain) else _Odd.of(plain)
        if kind == "D":
            return _day(plain)
        if kind == "L":
            return None if plain in (b"", b"?") else plain in _TRUE if plain in _TRUE + _FALSE else _Odd.of(plain)
        if kind in "I+" and len(data) == 4:
            return int.from_bytes(data, "little", signed=True)
        if kind == "O" and len(data) == 8:
            return struct.unpack("<d", data)[0]
        return None if not plain else _Odd.of(plain)


@dataclass(frozen=True, slots=True)
class _Odd:
    """A value that is not of its column's type, as it stands."""

    text: str

    @classmethod
    def of(cls, data: bytes) -> "_Odd":
        return cls(data.decode("ascii", "backslashreplace"))


def _text(record: bytes, column: DbfField) -> bytes:
    return record[column.start : column.start + column.length].split(b"\0")[0].rstrip(b" ")


def _day(data: bytes) -> Any:
    if not data.strip(b"0"):
        return None
    try:
        text = data.decode("ascii")
        return date(int(text[:4]), int(text[4:6]), int(text[6:])).isoformat() if len(text) == 8 else _Odd.of(data)
    except ValueError:
        return _Odd.of(data)
