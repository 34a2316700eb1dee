"""How deep the collections of a geometry lie in one another, found without recursion.

GEOS (3.14) reads collections by calling itself, and a text or a blob of half a megabyte can nest them so deep that the
process ends. So whatever may be deep is looked at here first.
"""

import re
import struct
from typing import Final

MOST_NESTED: Final = 64
"""Collections within collections deeper than this are refused. Ours: no program writes more than a few."""
_POINT, _LINE, _POLYGON, _ARC, _TRIANGLE = 1, 2, 3, 8, 17
_Z, _M, _SRID = 0x80000000, 0x40000000, 0x20000000
"""Flags of EWKB (PostGIS); ISO WKB adds 1000 for Z and 2000 for M to the type instead."""


def is_wkt_too_deep(text: str) -> bool:
    """Whether collections are nested deeper than `MOST_NESTED` in a WKT.

    >>> is_wkt_too_deep("GEOMETRYCOLLECTION(" * 70 + "POINT(1 2)" + ")" * 70)
    True
    """
    if text.count("(") <= MOST_NESTED:
        return False
    depth = 0
    for bracket in re.findall(r"[()]", text):
        depth += 1 if bracket == "(" else -1
        if depth > MOST_NESTED:
            return True
    return False


def is_wkb_too_deep(wkb: bytes) -> bool:
    r"""Whether collections are nested deeper than `MOST_NESTED` in a WKB or EWKB.

    >>> is_wkb_too_deep((b"\\x01" + (7).to_bytes(4, "little") + (1).to_bytes(4, "little")) * 70)
    True
    """
    if len(wkb) < 9 * MOST_NESTED:
        return False
    try:
        return _deepest(wkb) > MOST_NESTED
    except struct.error:
        return False  # it ends early: GEOS refuses it, having gone no deeper than what is there


def _deepest(wkb: bytes) -> int:
    """The deepest nesting that a reader meets before the end of the bytes or the first thing that it cannot read."""
    at = 0
    waiting = [1]  # geometries still to be read, at each level
    while waiting:
        if len(waiting) - 1 > MOST_NESTED:
            break
        if waiting[-1] == 0:
            waiting.pop()
            continue
        waiting[-1] -= 1
        byte_order = "<" if wkb[at : at + 1] == b"\x01" else ">"
        (kind,) = struct.unpack_from(byte_order + "I", wkb, at + 1)
        at += 9 if kind & _SRID else 5
        base = (kind & 0x0FFFFFFF) % 1000
        iso = (kind & 0x0FFFFFFF) // 1000
        dimensions = 2 + bool(kind & _Z or iso in (1, 3)) + bool(kind & _M or iso in (2, 3))
        if base == _POINT:
            at += 8 * dimensions
            continue
        (count,) = struct.unpack_from(byte_order + "I", wkb, at)
        at += 4
        if base in (_LINE, _ARC):
            at += 8 * dimensions * count
        elif base in (_POLYGON, _TRIANGLE):
            for _ in range(count):
                (points,) = struct.unpack_from(byte_order + "I", wkb, at)
                at += 4 + 8 * dimensions * points
        else:
            waiting.append(count)
    return len(waiting) - 1
