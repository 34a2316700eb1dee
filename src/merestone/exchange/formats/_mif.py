"""MapInfo's interchange format, MIF with MID: objects in one file of text, their values in another.

Read here and not by GDAL (3.12.4), which takes 0 for a number that it cannot read, cuts 17,5 after the comma, puts
(0, 0) where a corner is missing, and gives fewer objects than values where the file ends early - each without a word.
Source: MapInfo Professional User Guide, appendix "MapInfo Data Interchange Format".
"""

import csv
import io
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely

from merestone.exchange.formats._code_page import CodePage, code_page_of
from merestone.exchange.formats._ogr import crs_of
from merestone.exchange.formats._rings import polygon_of
from merestone.exchange.places.arcs import arc_remark, line_shift_m
from merestone.exchange.rows.reference import ToLonLat, name_of, reference_of
from merestone.exchange.rows.row import Fault, Reading, Row
from merestone.geodesy import CurvedPath, Straightened, chords_per_circle, line_along
from merestone.terms import FileRefused, number_of

_CHARSETS: Final = {
    "windowslatin1": "1252", "windowslatin2": "1250", "windowscyrillic": "1251", "windowsgreek": "1253",
    "windowsturkish": "1254", "windowshebrew": "1255", "windowsarabic": "1256", "windowsbalticrim": "1257",
    "windowsvietnamese": "1258", "windowsthai": "874", "windowsjapanese": "932", "windowssimpchinese": "936",
    "windowstradchinese": "950", "windowskorean": "949", "utf-8": "utf-8",
}  # fmt: skip
_OBJECTS: Final = frozenset(
    (
        "none",
        "point",
        "line",
        "pline",
        "region",
        "arc",
        "text",
        "rect",
        "roundrect",
        "ellipse",
        "multipoint",
        "collection",
    )
)
_OPTIONS: Final = frozenset(
    ("pen", "brush", "smooth", "center", "symbol", "font", "spacing", "justify", "angle", "label")
)
_CORNERS: Final = 72
"""Of the polygon around an ellipse: at most 0.1 % larger than it, never smaller."""
_CUT: Final = "the file is cut off or damaged; get it again from where it came"
_COORDINATES: Final = re.compile(r"[-+.\d]")


@dataclass
class _Object:
    """One object, as far as it could be read."""

    line: int
    geometry: Any = None
    inner: Any = None
    shift_m: float = 0.0
    fault: Fault | None = None
    remarks: tuple[Fault, ...] = ()
    text: list[str] = field(default_factory=list)


class _Unreadable(Exception):
    """An object is not as it must be."""


def read_mif(path: Path, *, format_name: str, crs: str | None, encoding: str | None) -> Reading:
    """The rows of a MIF file and of the MID file beside it.

    Raises
    ------
    FileRefused
        The two do not have one number of rows, or the head is not one of this format.
    """
    lines = path.read_bytes().splitlines()
    head, start = _head(path, lines)
    beside = (part for part in path.parent.iterdir() if part.stem.lower() == path.stem.lower())
    mid = next((part for part in beside if part.suffix.lower() == ".mid"), None)
    data = b"" if mid is None else mid.read_bytes()
    page = code_page_of(set(data.splitlines()) | set(head.names), asked=encoding, cpg=_CHARSETS.get(head.charset))
    names = [page.decode(name)[0] for name in head.names]
    values = _values(data, head, page)
    objects = _objects([line.decode("latin-1") for line in lines[start:]], start + 1)
    if len(objects) != len(values) and (names or values):
        why = (
            f"it has {number_of(len(objects), 'object')}, and {path.stem}.mid has {number_of(len(values), 'row')} "
            "of values"
        )
        raise FileRefused(path, why, _CUT)
    reference = reference_of(crs_of(path, named=path), crs, path=path)
    to_lon_lat = ToLonLat(reference)
    moved = to_lon_lat([mif_object.geometry for mif_object in objects])
    moved_m = to_lon_lat.shifts_m.tolist()
    inner = to_lon_lat([mif_object.inner for mif_object in objects])
    crs_name = name_of(reference)

    def rows() -> Iterator[Row]:
        for place, mif_object in enumerate(objects):
            cells = values[place] if values else []
            attributes = dict(zip(names, cells, strict=False))
            fault = mif_object.fault
            if values and len(cells) != len(names):
                fault = Fault(
                    "uneven_row",
                    f"its row of values has {number_of(len(cells), 'cell')}, and {len(names)} are announced",
                )
            raw = "\n".join([*mif_object.text, ",".join("" if cell is None else str(cell) for cell in cells)])
            row = Row(place + 1, None if fault else moved[place], attributes, fault=fault, text=raw, crs=crs_name)
            yield row._replace(
                remarks=mif_object.remarks, inner_geometry=inner[place], shift_m=mif_object.shift_m,
                moved_m=moved_m[place],
            )  # fmt: skip

    reading = Reading(rows(), format_name=format_name, layer=path.stem, crs=crs_name, total=len(objects))
    reading.shift_m = to_lon_lat.shift_m
    reading.notes += [] if page.note is None else [page.note]
    return reading


@dataclass(frozen=True, slots=True)
class _Head:
    charset: str
    delimiter: str
    names: Sequence[bytes]


def _head(path: Path, lines: Sequence[bytes]) -> tuple[_Head, int]:
    """The head, and the number of lines up to and with ``Data``."""
    charset, delimiter, at = "neutral", "\t", 0
    names: list[bytes] = []
    while at < len(lines):
        tokens = lines[at].strip().split()
        first = tokens[0].lower() if tokens else b""
        rest = lines[at].strip()[len(first) :].strip()
        at += 1
        if first == b"data":
            return _Head(charset, delimiter, names), at
        if first == b"charset":
            charset = rest.strip(b'"').decode("latin-1").lower()
        elif first == b"delimiter" and len(rest) >= 3:
            delimiter = rest[1:2].decode("latin-1")
            if delimiter in '"\r\n\0 ':
                why = f"line {at}: {delimiter!r} cannot be what separates values"
                raise FileRefused(path, why, "export it again with a comma or a tab as the delimiter")
        elif first == b"transform" and rest.replace(b",", b" ").split() != [b"0"] * 4:
            raise FileRefused(
                path, "its coordinates are to be transformed (Transform)", "export it without a Transform"
            )
        elif first == b"columns" and rest.isdigit():
            named = lines[at : at + int(rest)]
            names = [line.strip().split()[0] for line in named if line.strip()]
            at += int(rest)
            if len(names) != int(rest):
                break
    raise FileRefused(path, "its head does not end with a line Data", _CUT)


def _values(data: bytes, head: _Head, page: CodePage) -> list[list[Any]]:
    text = data.decode("latin-1").replace("\0", "")
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=head.delimiter)
    return [[page.decode(cell.encode("latin-1"))[0] or None for cell in cells] for cells in rows if cells]


def _objects(lines: Sequence[str], first: int) -> list[_Object]:
    """Every object, in order; one that cannot be read ends where the next begins."""
    objects: list[_Object] = []
    per_circle = chords_per_circle(sum(_word(line) == "arc" for line in lines))
    at = 0
    while at < len(lines):
        word = _word(lines[at])
        begin = at
        at += 1
        if not word:
            continue
        while at < len(lines) and not _begins(lines[at], in_collection=word == "collection"):
            at += 1
        body = [line.strip() for line in lines[begin:at] if line.strip()]
        mif_object = _Object(first + begin, text=body)
        try:
            _read(mif_object, word, body, per_circle)
        except (_Unreadable, ValueError, IndexError) as error:
            mif_object.geometry = mif_object.inner = None
            mif_object.fault = mif_object.fault or Fault("unreadable_geometry", f"line {mif_object.line}: {error}")
        objects.append(mif_object)
    return objects


def _word(line: str) -> str:
    tokens = line.strip().split(None, 1)
    return tokens[0].lower() if tokens else ""


def _begins(line: str, *, in_collection: bool) -> bool:
    """Whether a line begins another object: neither numbers, nor how the last one looks, nor a text."""
    word = _word(line)
    if not word or _COORDINATES.match(word) or word in _OPTIONS or word.startswith('"') or "(" in word:
        return False
    return not (in_collection and word in ("region", "pline", "multipoint"))


def _read(mif_object: _Object, word: str, body: Sequence[str], per_circle: int) -> None:
    numbers = _Numbers(body)
    if word == "none":
        return
    if word == "point":
        mif_object.geometry = shapely.Point(numbers.pair())
    elif word == "line":
        mif_object.geometry = shapely.LineString([numbers.pair(), numbers.pair()])
    elif word == "multipoint":
        mif_object.geometry = shapely.MultiPoint(numbers.pairs(numbers.count()))
    elif word == "pline":
        mif_object.geometry = _lines(numbers, is_multiple="multiple" in body[0].lower())
    elif word == "region":
        mif_object.geometry = polygon_of([numbers.pairs(numbers.count()) for _ in range(numbers.count())])
    elif word == "rect":
        mif_object.geometry = shapely.box(*numbers.pair(), *numbers.pair())
    elif word in ("ellipse", "roundrect"):
        _rounded(mif_object, word, numbers)
    elif word == "text":
        mif_object.geometry = shapely.Point(numbers.pair())
        return
    elif word == "arc":
        _arc(mif_object, numbers, per_circle)
    else:
        raise _Unreadable(f"{word!r} is an object type that is not supported; split it into simple objects in MapInfo")
    numbers.refuse_rest()


class _Numbers:
    """The numbers of an object one by one; what is no number is refused with what stands there."""

    def __init__(self, body: Sequence[str]) -> None:
        tokens = []
        for place, line in enumerate(body):
            first = _word(line)
            if place and (first in _OPTIONS or first.startswith('"') or "(" in first):
                continue
            parts = line.split()
            tokens += parts[1:] if place == 0 else parts
        self._tokens = [word for word in tokens if word.lower() != "multiple" and not word.startswith('"')]
        self._at = 0

    def _next(self) -> str:
        if self._at >= len(self._tokens):
            raise _Unreadable("it has fewer corners than it announces")
        self._at += 1
        return self._tokens[self._at - 1]

    def count(self) -> int:
        """A number of things."""
        word = self._next()
        if not word.isdigit():
            raise _Unreadable(f"{word!r} is not a number of corners or parts")
        return int(word)

    def number(self) -> float:
        """A coordinate."""
        word = self._next()
        try:
            number = float(word)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise _Unreadable(f"{word!r} is not a coordinate; write a point for the decimals")
        return number

    def pair(self) -> tuple[float, float]:
        """One corner."""
        return self.number(), self.number()

    def pairs(self, count: int) -> list[tuple[float, float]]:
        """Corners."""
        return [self.pair() for _ in range(count)]

    def refuse_rest(self) -> None:
        """Nothing may follow the corners that were announced."""
        if self._at < len(self._tokens):
            raise _Unreadable("it has more corners than it announces")


def _lines(numbers: _Numbers, *, is_multiple: bool) -> Any:
    parts = [numbers.pairs(numbers.count()) for _ in range(numbers.count() if is_multiple else 1)]
    return shapely.MultiLineString(parts) if is_multiple else shapely.LineString(parts[0])


def _arc(mif_object: _Object, numbers: _Numbers, per_circle: int) -> None:
    """A part of an ellipse in a box, between two angles (degrees, anticlockwise from the east): a line."""
    (x1, y1), (x2, y2) = numbers.pair(), numbers.pair()
    begin_deg, end_deg = numbers.pair()
    turn_deg = (end_deg - begin_deg) % 360.0 or 360.0
    middle, half_axes = ((x1 + x2) / 2.0, (y1 + y2) / 2.0), (abs(x2 - x1) / 2.0, abs(y2 - y1) / 2.0)
    begin, turn = math.radians(begin_deg), math.radians(turn_deg)
    if turn_deg < 360.0 and min(half_axes) > 0:
        made = open_arc(middle, half_axes, begin, turn, per_circle=per_circle)
    else:
        made = line_along(CurvedPath.ellipse(middle, half_axes, begin, turn, per_circle=per_circle))
    mif_object.geometry, mif_object.inner, mif_object.shift_m = made.outward, made.inward, line_shift_m(made)
    mif_object.remarks = (arc_remark(made),)


def open_arc(
    middle: tuple[float, float], half_axes: tuple[float, float], begin: float, turn: float, *, per_circle: int
) -> Straightened:
    """What `line_along` makes of `CurvedPath.ellipse` for an arc that does not close, in a fifth of its time.

    Angles in radians. A file of 1 MB may have 50,000 arcs of few chords each.
    """
    steps = max(math.ceil(turn / (2 * math.pi) * per_circle), 2)
    angles = [begin + turn * step / steps for step in range(steps + 1)]
    x, y = middle
    line = shapely.LineString([(x + half_axes[0] * math.cos(a), y + half_axes[1] * math.sin(a)) for a in angles])
    half = turn / steps / 2
    return Straightened(line, line, max(half_axes) * (1 / math.cos(half) - math.cos(half)))


def _rounded(mif_object: _Object, word: str, numbers: _Numbers) -> None:
    """Made straight outward, and inward for released land."""
    (x1, y1), (x2, y2) = numbers.pair(), numbers.pair()
    if word == "roundrect":
        cut = abs(numbers.number()) / 2.0
        west, east, south, north = min(x1, x2), max(x1, x2), min(y1, y2), max(y1, y2)
        mif_object.geometry = shapely.box(west, south, east, north)
        corners = [
            (west + cut, south), (east - cut, south), (east, south + cut), (east, north - cut),
            (east - cut, north), (west + cut, north), (west, north - cut), (west, south + cut),
        ]  # fmt: skip
        mif_object.inner = shapely.Polygon(corners)
    else:
        angles = np.arange(_CORNERS) * 2.0 * math.pi / _CORNERS
        around = np.column_stack([np.cos(angles) * abs(x2 - x1) / 2.0, np.sin(angles) * abs(y2 - y1) / 2.0])
        middle = np.array([(x1 + x2) / 2.0, (y1 + y2) / 2.0])
        outward = (1.0 + 1e-9) / math.cos(math.pi / _CORNERS)  # past the tangents by more than any rounding
        mif_object.geometry = shapely.Polygon(middle + around * outward)
        mif_object.inner = shapely.Polygon(middle + around)
    mif_object.remarks = (Fault("curved_geometry", f"line {mif_object.line}: the {word} was made straight outward"),)
