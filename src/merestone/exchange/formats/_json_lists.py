"""The long lists of a JSON file, element by element: no more of the file is in memory than a window of its text.

Whatever is not as in most files, and every fault, is `Unusual`: then the file is read whole, which says what is wrong.
"""

import json
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from merestone.exchange.formats._json_stream import WINDOW_BYTES, Unusual, Window
from merestone.exchange.formats._json_text import skip

_DECODE: Final = json.JSONDecoder().raw_decode
Where = tuple[str, ...]
"""The names of the members in which a value stands, from the outermost object on."""


class StreamedList:
    """A list of a file: its length is known, and its elements are read from the file whenever they are asked for."""

    def __init__(self, path: Path, where: Where, size: int, window_bytes: int) -> None:
        self._path, self._where, self._size, self._window_bytes = path, where, size, window_bytes

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Any]:
        scan = _Scan(self._path, self._window_bytes)
        try:
            yield from _elements_at(scan, self._where)
        finally:
            scan.close()


def streamed_value(path: Path, lists: Collection[Where], *, window_bytes: int = WINDOW_BYTES) -> Any:
    """The value that a file is, with `StreamedList` for each list that stands at one of the places.

    Raises
    ------
    Unusual
        It is no JSON, is not UTF-8, says a member twice, or something follows it.
    """
    scan = _Scan(path, window_bytes)
    try:
        value = _value_at(scan, (), lists, path)
        scan.refuse_more()
        return value
    except RecursionError as error:
        raise Unusual from error
    finally:
        scan.close()


def _value_at(scan: "_Scan", where: Where, lists: Collection[Where], path: Path) -> Any:
    sign = scan.sign()
    if sign == "[" and where in lists:
        return StreamedList(path, where, sum(1 for _ in scan.elements()), scan.window_bytes)
    if sign == "{" and any(place[: len(where)] == where for place in lists if len(place) > len(where)):
        value: dict[str, Any] = {}
        for name in scan.members():
            if name in value:
                raise Unusual
            value[name] = _value_at(scan, (*where, name), lists, path)
        return value
    return scan.value()


def _elements_at(scan: "_Scan", where: Where) -> Iterator[Any]:
    if not where:
        yield from scan.elements()
        return
    for name in scan.members():
        if name == where[0]:
            yield from _elements_at(scan, where[1:])
            return
        scan.value()


_BEHIND: Final = ",:]} \t\r\n"
"""What stands behind a value."""


class _Scan:
    """A place in the text of a file, and what begins there."""

    def __init__(self, path: Path, window_bytes: int) -> None:
        self.window_bytes = window_bytes
        self._window = Window(path, window_bytes)
        self._at = 0
        try:
            self._window.grow(0)
        except Unusual:
            self._window.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._window.close()

    def sign(self) -> str:
        """The next character that is no white space."""
        while (at := skip(self._window.text, self._at)) == len(self._window.text):
            if self._window.is_whole:
                raise Unusual
            self._window.grow(at)
            self._at = 0
        self._at = at
        return self._window.text[at]

    def refuse_more(self) -> None:
        """Raise `Unusual` if anything but white space is left."""
        try:
            self.sign()
        except Unusual:
            return
        raise Unusual

    def value(self) -> Any:
        """The value that begins here."""
        self.sign()
        while True:
            try:
                value, end = _DECODE(self._window.text, self._at)
                behind = self._window.text[end : end + 1]
                if self._window.is_whole or (behind and behind in _BEHIND):  # else a number may go on: 1. of 1.5
                    self._at = end
                    return value
            except (ValueError, RecursionError) as error:
                if self._window.is_whole:
                    raise Unusual from error
            self._window.grow(self._at)
            self._at = 0

    def elements(self) -> Iterator[Any]:
        """The elements of the list that begins here."""
        for _ in self._parts("[]"):
            yield self.value()

    def members(self) -> Iterator[str]:
        """The names of the members of the object that begins here; after each its value is to be read."""
        for _ in self._parts("{}"):
            name = self.value()
            if not isinstance(name, str) or self.sign() != ":":
                raise Unusual
            self._at += 1
            yield name

    def _parts(self, brackets: Sequence[str]) -> Iterator[None]:
        first, last = brackets
        if self.sign() != first:
            raise Unusual
        self._at += 1
        if self.sign() == last:
            self._at += 1
            return
        while True:
            yield
            sign = self.sign()
            if sign not in (",", last):
                raise Unusual
            self._at += 1
            if sign == last:
                return
