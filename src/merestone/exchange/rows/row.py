"""One row of a file, as it was read: nothing judged, nothing lost.

A `Row` is what every format gives. Its geometry is in longitude and latitude on WGS 84; what the file itself held is
kept beside it (`Row.raw`), so that a row that cannot be taken can be put aside whole.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from merestone.exchange.rows.nesting import is_wkb_too_deep
from merestone.geodesy import CurveWork, limited, straightened
from merestone.terms import renamed_attribute

_COLLECTION: Final = 7


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row's geometry could not be read at all: a short code for programs, and words with the place for people."""

    code: str
    message: str

    words = renamed_attribute("words", "message")


_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


class Row(NamedTuple):
    """One feature of a file. A tuple, because a million are made: a frozen dataclass takes four times as long."""

    number: int
    """Counts from 1, in the order of the file."""
    geometry: BaseGeometry | None
    """Longitude, latitude on WGS 84. None: the file holds no geometry here, or `fault` says why it cannot be read."""
    attributes: Mapping[str, Any] = _NOTHING
    """The file's own columns; values as JSON has them."""
    fault: Fault | None = None
    remarks: tuple[Fault, ...] = ()
    """What reading had to change for the geometry to be read at all, such as a ring that was closed."""
    text: str | None = None
    """The row as it stands in a file of text; None for binary formats."""
    wkb: bytes | None = None
    """The geometry as it stands in a binary format, in the file's own coordinates."""
    crs: str = "OGC:CRS84"
    """The coordinate reference system that the file's own coordinates are in."""
    accuracy_m: float | None = None
    """Radius in metres that holds 95 % of positions, as this row states it. None: it states none; NaN: it states one
    that cannot be read, so that the accuracy is unknown."""
    shift_m: float = 0.0
    """What else of this row adds to the accuracy, metres (NaN: not stated): its notation, the chords of its arcs."""
    inner_geometry: BaseGeometry | None = None
    """What every reading of the row's outline has inside (arcs drawn inward, rings that may be holes taken as holes);
    for released land, which must never be overstated. None: there is one reading, `geometry`."""
    times: NDArray[np.datetime64] | None = None
    """Of a recorded track: one for each coordinate of `geometry`, UTC, not a time where the file has none."""
    moved_m: float | None = None
    """What bringing this row to WGS 84 adds to the accuracy, metres (NaN: not stated): the operation that was used here
    may be far better than the one that another row of the file needs. None: what it adds to the file's worst row
    (`Reading.shift_m`)."""

    def widened_m(self, worst_m: float) -> float:
        """All that adds to the accuracy, metres; `worst_m` is `Reading.shift_m`."""
        return (worst_m if self.moved_m is None else self.moved_m) + self.shift_m

    def renamed(self, apply: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> "Row":
        """The row with its attributes as a mapping of columns gives them."""
        return self._replace(attributes=apply(self.attributes))

    @property
    def raw(self) -> str:
        """Everything the file held of this row, as text: enough to take it in again by hand, whatever was wrong."""
        if self.text is not None:
            return self.text
        content = {
            "attributes": dict(self.attributes),
            "crs": self.crs,
            "wkb_hex": self.wkb.hex() if self.wkb else None,
        }
        return json.dumps(content, ensure_ascii=False, default=str)


class Reading(Iterator[Row]):
    """The rows of one layer, read as they are asked for, and what the file says of itself.

    Attributes
    ----------
    format_name, layer, crs
        What was read; `crs` as an authority's code where it has one, else as its name.
    total
        Number of rows, or None if that is known only at the end.
    shift_m
        Accuracy in metres of the transformation to WGS 84 for the worst of the rows read so far: 0 if none was needed,
        NaN if nobody states it. Set when the first row has been read.
    notes
        What the reading library remarked on the way.
    axis_columns
        The columns that were read as longitude and latitude; None where places come otherwise, or a reference system
        was given for them.
    assumed_columns
        Columns with one position in a cell of which some, so far, were read as latitude, then longitude, by rule.
    place_cells
        Some of the texts in which a table states its places, as they stand there; empty for all other formats.
    are_corners
        Whether each row states the corners of an area in its columns, and its geometry is only the first of them.
    """

    def __init__(
        self, rows: Iterator[Row], *, format_name: str, layer: str, crs: str, total: int | None = None
    ) -> None:
        self._rows = rows
        self.format_name, self.layer, self.crs, self.total = format_name, layer, crs, total
        self.shift_m = 0.0
        self.notes: list[str] = []
        self.axis_columns: tuple[str, str] | None = None
        self.are_corners = False
        self.assumed_columns: list[str] = []
        self.place_cells: list[str] = []

    def limit_curves(self, work: CurveWork) -> None:
        """Make the rows that are still to come while their curved outlines are counted as those of one file."""
        self._rows = limited(self._rows, work)

    def replace_rows(self, apply: Callable[[Iterator[Row]], Iterator[Row]]) -> None:
        """Give in place of the rows that are still to come what is made of them."""
        self._rows = apply(self._rows)

    def rename(self, apply: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> None:
        """Give the attributes of the rows that are still to come as a mapping of columns has them."""
        rows = self._rows
        self._rows = (row.renamed(apply) for row in rows)

    def keep(self, wanted: Callable[[Mapping[str, Any]], bool]) -> None:
        """Leave out rows that are still to come and whose attributes are not wanted; the others keep their number."""
        rows = self._rows
        self._rows = (row for row in rows if wanted(row.attributes))

    def __iter__(self) -> "Reading":
        return self

    def __next__(self) -> Row:
        return next(self._rows)


def plain(value: Any) -> Any:
    """The value as JSON has it: numbers, text, true and false, None; dates as ISO 8601; bytes as hexadecimal.

    >>> plain(np.float64("nan")), plain(np.int32(3)), plain(date(2026, 11, 20))
    (None, 3, '2026-11-20')
    """
    if isinstance(value, np.datetime64):
        return None if np.isnat(value) else str(value)
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None if np.isnan(value) else str(value)
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).hex()
    if isinstance(value, np.ndarray):
        return [plain(part) for part in value]
    return value


def whole_number(value: float) -> int | float:
    """A number so large that it is shown with an exponent, as the digits that it stands for; others as they are.

    >>> whole_number(9007199254740992.0), whole_number(12345678901234567890.0), whole_number(2.5)
    (9007199254740992, 12345678901234567168, 2.5)
    """
    return int(value) if abs(value) >= 1e15 and np.isfinite(value) and value == int(value) else value


def geometry_from_wkb(wkb: bytes | None) -> tuple[BaseGeometry | None, Fault | None]:
    """The geometry, or why it cannot be read; (None, None) if there is none."""
    if wkb is None:
        return None, None
    if is_wkb_too_deep(wkb):
        return None, Fault("unreadable_geometry", "the geometry is nested too deeply to be read")
    if is_curved_wkb(wkb):
        return _from_curves(wkb)
    try:
        geometry = shapely.from_wkb(wkb)
    except (shapely.errors.ShapelyError, ValueError, NotImplementedError) as error:
        fixed = _without_area(wkb)
        return (fixed, None) if fixed is not None else (
            None, Fault("unreadable_geometry", f"the geometry cannot be read: {error}")
        )  # fmt: skip
    return geometry, None


def geometries_from_wkb(wkbs: Sequence[bytes | None]) -> list[tuple[BaseGeometry | None, Fault | None]]:
    """`geometry_from_wkb` of each; plain ones are read together, in a fifth of the time."""
    plain = [at for at, wkb in enumerate(wkbs) if is_plain_wkb(wkb)]
    read = shapely.from_wkb(np.array([wkbs[at] for at in plain], dtype=object), on_invalid="ignore")
    known = dict(zip(plain, read.tolist(), strict=True))
    return [
        (geometry, None) if (geometry := known.get(at)) is not None else geometry_from_wkb(wkb)
        for at, wkb in enumerate(wkbs)
    ]


_PLAIN_HEADS: Final = frozenset(
    bytes([order == "little"]) + kind.to_bytes(4, order) for order in ("little", "big") for kind in (1, 2, 3)
)
"""How a point, a line and an area of two dimensions begin: they hold no other geometry, and no arc."""


def is_plain_wkb(wkb: bytes | None) -> bool:
    """Whether a WKB is of a point, a line or an area of two dimensions."""
    return wkb is not None and wkb[:5] in _PLAIN_HEADS


def is_curved_wkb(wkb: bytes | None) -> bool:
    """Whether a WKB or EWKB is of a kind that may have arcs (circular string to surface; collections with one)."""
    if wkb is None or len(wkb) < 5:
        return False
    kind = int.from_bytes(wkb[1:5], "little" if wkb[0] == 1 else "big") & 0x0FFFFFFF
    if kind % 1000 == _COLLECTION and kind < 4000:
        try:
            shapely.from_wkb(wkb, on_invalid="ignore")
        except NotImplementedError:
            return True
    return 8 <= kind % 1000 <= 14 and kind < 4000


def _from_curves(wkb: bytes) -> tuple[BaseGeometry | None, Fault | None]:
    """Arcs made straight outward; `arcs.told_of_arcs` adds the inward outline and says so."""
    try:
        outward = straightened(wkb).outward
    except ValueError as error:
        return None, Fault("curved_geometry", f"the geometry has arcs and cannot be read: {error}")
    order: Literal["little", "big"] = "little" if wkb[0] == 1 else "big"
    has_srid = int.from_bytes(wkb[1:5], order) & 0x20000000
    return (shapely.set_srid(outward, int.from_bytes(wkb[5:9], order)) if has_srid else outward), None


def _without_area(wkb: bytes) -> BaseGeometry | None:
    """Rings of one or two corners, which are no rings, and still the place that they name; None if it is not that."""
    try:
        fixed = shapely.from_wkb(wkb, on_invalid="fix")
    except (shapely.errors.ShapelyError, ValueError, NotImplementedError):
        return None
    return fixed if fixed is not None and fixed.area == 0 else None
