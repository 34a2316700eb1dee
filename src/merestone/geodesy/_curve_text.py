"""Well-known text and binary with arcs (OGC 06-103r4; SQL/MM part 3), taken apart into pieces; GEOS reads neither."""

import re
import struct
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from merestone.terms import number_of

_MOST_NESTED: Final = 32
_NUMBER: Final = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_TOKEN: Final = re.compile(rf"\s*(?:(?P<word>[A-Za-z]+)|(?P<number>{_NUMBER})|(?P<mark>[(),]))")
_PAIRS: Final = re.compile(rf"\s*{_NUMBER}\s+{_NUMBER}\s*(?:,\s*{_NUMBER}\s+{_NUMBER}\s*)*\)")
_KINDS: Final = {
    1: "POINT", 2: "LINESTRING", 3: "POLYGON", 4: "MULTIPOINT", 5: "MULTILINESTRING", 6: "MULTIPOLYGON",
    7: "GEOMETRYCOLLECTION", 8: "CIRCULARSTRING", 9: "COMPOUNDCURVE", 10: "CURVEPOLYGON", 11: "MULTICURVE",
    12: "MULTISURFACE",
}  # fmt: skip
_DEFAULT_PART: Final = {
    "COMPOUNDCURVE": "LINESTRING", "CURVEPOLYGON": "LINESTRING", "MULTICURVE": "LINESTRING", "MULTISURFACE": "POLYGON",
    "POLYGON": "LINESTRING", "MULTILINESTRING": "LINESTRING", "MULTIPOLYGON": "POLYGON", "MULTIPOINT": "POINT",
}  # fmt: skip
_OF_POSITIONS: Final = ("POINT", "LINESTRING", "CIRCULARSTRING")


@dataclass(frozen=True, slots=True)
class Node:
    """A geometry as it is written: positions, or parts."""

    kind: str
    positions: NDArray[np.float64] | None = None
    """Shape (n, 2) for points, lines and circular strings; heights and measures are left out."""
    parts: tuple["Node", ...] = ()

    def has_arcs(self) -> bool:
        """Whether any part of it is drawn with arcs."""
        return self.kind == "CIRCULARSTRING" or any(part.has_arcs() for part in self.parts)


def from_wkt(text: str) -> Node:
    """The parts of a geometry in WKT.

    Raises
    ------
    ValueError
        It cannot be read.
    """
    tokens = _Tokens(re.sub(r"^\s*SRID\s*=\s*\d+\s*;", "", text, flags=re.IGNORECASE))
    node = _tagged(tokens, None, 0)
    if tokens.next is not None:
        raise ValueError(f"something follows its end: {tokens.next!r}")
    return node


def from_wkb(wkb: bytes) -> Node:
    """The parts of a geometry in WKB or EWKB.

    Raises
    ------
    ValueError
        It cannot be read.
    """
    try:
        return _Bytes(wkb).geometry(0)
    except struct.error as error:
        raise ValueError("it ends too early") from error


class _Tokens:
    def __init__(self, text: str) -> None:
        self._text, self._at = text.rstrip(), 0
        self.next: str | None = self._following()

    def _following(self) -> str | None:
        if self._at >= len(self._text):
            return None
        match = _TOKEN.match(self._text, self._at)
        if match is None:
            start = self._at
            raise ValueError(f"it cannot be read at character {start + 1}: {self._text[start : start + 20]!r}")
        self._at = match.end()
        return match["word"].upper() if match["word"] else match[match.lastgroup or 0]

    def take(self, wanted: str | None = None) -> str:
        word = self.next
        if word is None or (wanted is not None and word != wanted):
            raise ValueError(f"{wanted or 'more'} is expected, and {word or 'its end'} found")
        self.next = self._following()
        return word

    def pairs(self) -> NDArray[np.float64] | None:
        """All positions after an opening parenthesis, if they are plain pairs: a tenth of the time of single words."""
        if self.next != "(" or (match := _PAIRS.match(self._text, self._at)) is None:
            return None
        self._at = match.end()
        self.next = self._following()
        return np.array(match[0][:-1].replace(",", " ").split(), np.float64).reshape(-1, 2)


def _tagged(tokens: _Tokens, default: str | None, depth: int) -> Node:
    if depth > _MOST_NESTED:
        raise ValueError("it is nested too deeply")
    kind = default
    if tokens.next is not None and tokens.next[0].isalpha() and tokens.next != "EMPTY":
        kind = tokens.take()
        for suffix in ("ZM", "Z", "M"):
            if kind not in _KINDS.values() and kind.endswith(suffix):
                kind = kind.removesuffix(suffix)
        if tokens.next in ("Z", "M", "ZM"):
            tokens.take()
    if kind is None or kind not in _KINDS.values():
        raise ValueError(f"{kind or tokens.next} is not a kind of geometry that is read")
    if tokens.next == "EMPTY":
        tokens.take()
        return Node(kind, np.empty((0, 2)) if kind in _OF_POSITIONS else None)
    if kind in _OF_POSITIONS:
        return Node(kind, _positions(tokens))
    tokens.take("(")
    parts = [_part(tokens, kind, depth)]
    while tokens.next == ",":
        tokens.take()
        parts.append(_part(tokens, kind, depth))
    tokens.take(")")
    return Node(kind, None, tuple(parts))


def _part(tokens: _Tokens, kind: str, depth: int) -> Node:
    if kind == "MULTIPOINT" and tokens.next not in ("(", "EMPTY"):
        return Node("POINT", np.array([_position(tokens)]))
    return _tagged(tokens, _DEFAULT_PART.get(kind), depth + 1)


def _positions(tokens: _Tokens) -> NDArray[np.float64]:
    if (pairs := tokens.pairs()) is not None:
        return pairs
    tokens.take("(")
    positions = [_position(tokens)]
    while tokens.next == ",":
        tokens.take()
        positions.append(_position(tokens))
    tokens.take(")")
    return np.array(positions)


def _position(tokens: _Tokens) -> tuple[float, float]:
    numbers = []
    while tokens.next not in (",", ")", None):
        numbers.append(float(tokens.take()))
    if not 2 <= len(numbers) <= 4:
        raise ValueError(f"a position has {number_of(len(numbers), 'number')}")
    return numbers[0], numbers[1]


class _Bytes:
    def __init__(self, wkb: bytes) -> None:
        self._wkb, self._at = wkb, 0

    def geometry(self, depth: int) -> Node:
        if depth > _MOST_NESTED:
            raise ValueError("it is nested too deeply")
        order = "<" if self._read("B")[0] == 1 else ">"
        (code,) = self._read(order + "I")
        if code & 0x20000000:
            self._read("4s")  # the reference system of an EWKB
        base, iso = code & 0x0FFF, (code & 0x0FFFFFFF) // 1000
        kind = _KINDS.get(base % 1000)
        if kind is None or iso > 3:
            raise ValueError(f"its kind {code} is not read")
        width = 2 + bool(code & 0x80000000 or iso in (1, 3)) + bool(code & 0x40000000 or iso in (2, 3))
        if kind == "POINT":
            return Node(kind, self._array(order, 1, width))
        (count,) = self._read(order + "I")
        if kind in _OF_POSITIONS:
            return Node(kind, self._array(order, count, width))
        if kind == "POLYGON":
            rings = tuple(
                Node("LINESTRING", self._array(order, self._read(order + "I")[0], width))
                for _ in range(self._few(count))
            )
            return Node(kind, None, rings)
        return Node(kind, None, tuple(self.geometry(depth + 1) for _ in range(self._few(count))))

    def _few(self, count: int) -> int:
        if count * 4 > len(self._wkb) - self._at:
            raise ValueError("it ends too early")
        return count

    def _read(self, form: str) -> tuple[Any, ...]:
        values = struct.unpack_from(form, self._wkb, self._at)
        self._at += struct.calcsize(form)
        return values

    def _array(self, order: str, count: int, width: int) -> NDArray[np.float64]:
        if count * width * 8 > len(self._wkb) - self._at:
            raise ValueError("it ends too early")
        values = np.frombuffer(self._wkb, f"{order}f8", count * width, self._at).reshape(count, width)
        self._at += count * width * 8
        return np.asarray(values[:, :2], np.float64)


def plain(node: Node) -> BaseGeometry:
    """A point or points as Shapely has them."""
    places = [part.positions for part in node.parts] if node.parts else [node.positions]
    points = [shapely.Point(place[0]) for place in places if place is not None and len(place)]
    return points[0] if node.kind == "POINT" and points else shapely.MultiPoint(points)
