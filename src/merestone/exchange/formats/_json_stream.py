"""Features of a GeoJSON file one after the other, with no more of the file in memory than a window of its text.

`_json_text.pieces` says what a file means, and is given the whole text. Here the usual file is read window by window:
an object whose list ``features`` holds objects. Wherever anything else is found, and at every fault, `pieces` reads the
file whole and goes on after the features that were given already; so both always give the same.
"""

import codecs
import json
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

from merestone.exchange.formats._json_quick import quick_object
from merestone.exchange.formats._json_text import Piece, pieces, skip, text_of
from merestone.terms import FileRefused

WINDOW_BYTES: Final = 1 << 20
_LONGEST_HEAD: Final = 1 << 16
_FEATURES: Final = re.compile(r'"features"[ \t\r\n]*:[ \t\r\n]*\[[ \t\r\n]*')
_NEXT: Final = ",\n{"
_DECODE: Final = json.JSONDecoder().raw_decode


class Unusual(Exception):
    """The file is not as most are, or has a fault."""


def pieces_of(path: Path, header: dict[str, Any] | None = None, *, window_bytes: int = WINDOW_BYTES) -> Iterator[Piece]:
    """Each feature of a file with its own text, as `_json_text.pieces` gives them; other members go into `header`.

    Raises
    ------
    FileRefused
        As `pieces` does, and if the file is not UTF-8.
    """
    header = {} if header is None else header
    count = 0
    try:
        for piece in _streamed(path, header, window_bytes):
            count += 1
            yield piece
    except Unusual:
        header.clear()
        yield from islice(pieces(text_of(path), path, header), count, None)


class Window:
    """The text of a file, as far as it is still needed."""

    def __init__(self, path: Path, window_bytes: int) -> None:
        self._file = path.open("rb")
        self._decode = codecs.getincrementaldecoder("utf-8-sig")().decode
        self._step = window_bytes
        self.text = ""
        self.is_whole = False
        """Whether the text reaches the file's end."""

    def close(self) -> None:
        self._file.close()

    def grow(self, at: int) -> None:
        """Forget what stands before `at`, and read on: at least as much as is left."""
        data = self._file.read(max(self._step, len(self.text) - at))
        self.is_whole = not data
        try:
            self.text = self.text[at:] + self._decode(data, self.is_whole)
        except UnicodeDecodeError as error:
            raise Unusual from error


class _Lines:
    """The features that stand one a line, as GDAL and most others write them: they are read quickly.

    Each end of a line is looked for once, and one line is tried for it, whatever the file is like.
    """

    def __init__(self, window: Window) -> None:
        self._window = window
        self._text, self._end = "", -1

    def at(self, place: int) -> Piece | None:
        """The feature that begins here, if it ends with the line. An object ends where its text is one."""
        text = self._window.text
        if text is self._text and not 0 <= self._end < place:
            return None
        self._text, self._end = text, text.find(_NEXT, place)
        line = text[place : self._end] if self._end > 0 else ""
        value = quick_object(line) if line.endswith("}") else None
        return None if value is None else (line, value)


def _streamed(path: Path, header: dict[str, Any], window_bytes: int) -> Iterator[Piece]:
    window = Window(path, window_bytes)
    try:
        window.grow(0)
        while (begin := _FEATURES.search(window.text)) is None:
            if window.is_whole or len(window.text) > _LONGEST_HEAD:
                raise Unusual
            window.grow(0)
        head = window.text[: begin.end()]
        if not _ends_in_features(head):
            raise Unusual
        at = _skipped(window, begin.end())
        lines = _Lines(window)
        count = 0
        while True:
            if (line := lines.at(at)) is not None:
                yield line
                count += 1
                at += len(line[0]) + len(_NEXT) - 1
                continue
            try:
                value, end = _DECODE(window.text, at)
                if not isinstance(value, dict):
                    raise Unusual
            except (ValueError, RecursionError) as error:
                if window.is_whole or not window.text.startswith("{", at):
                    raise Unusual from error
                window.grow(at)
                at = 0
                continue
            yield window.text[at:end], value
            count += 1
            if window.text.startswith(_NEXT, end):
                at = end + len(_NEXT) - 1
                continue
            at = _skipped(window, end)
            if window.text[at] == "]":
                _read_tail(path, window, head, at + 1, count=count, header=header)
                return
            if window.text[at] != ",":
                raise Unusual
            at = _skipped(window, at + 1)
    finally:
        window.close()


def _skipped(window: Window, at: int) -> int:
    """Where the white space that begins at a place ends; there is a character there."""
    while (at := skip(window.text, at)) == len(window.text):
        if window.is_whole:
            raise Unusual
        window.grow(at)
        at = 0
    return at


def _ends_in_features(head: str) -> bool:
    """Whether the list that is open at its end is the member ``features`` of the outermost object."""
    try:
        value = json.loads(head + "]}")
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and list(value)[-1:] == ["features"] and value["features"] == []


def _read_tail(path: Path, window: Window, head: str, at: int, *, count: int, header: dict[str, Any]) -> None:
    """Read the members after the list; `pieces` judges them and those before it, as of a file without features."""
    while not window.is_whole:
        window.grow(at)
        at = 0
        if len(window.text) > WINDOW_BYTES:
            raise Unusual
    try:
        others = list(pieces(head + "]" + window.text[at:], path, header, counted=count))
    except FileRefused as error:  # `pieces` says it again, with its place in the whole file
        raise Unusual from error
    if others:
        raise Unusual
