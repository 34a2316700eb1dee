"""Lines and areas to be screened: from any format known here and GPX.

A row that cannot be read stays in its place without a geometry, and is then answered as unknown with its reason.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from merestone.exchange.formats import read
from merestone.exchange.places.measures import ANSWER_PREFIX, Measure, accuracy_measures, worst_m
from merestone.screening.shapes import hang_together
from merestone.terms import FileRefused

Floats = NDArray[np.float64]

NAME_COLUMNS: Final = ("name", "id", "osm_id", "fid")
"""Columns that name a row, in the order in which they are looked for; a row without is called by its number."""


@lru_cache(maxsize=64)
def naming_columns(columns: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the columns that name a row, the first of `NAME_COLUMNS` first; most rows of a file have the same.

    >>> naming_columns(("fid", "Name", "note"))
    ('Name', 'fid')
    """
    by_lower = {column.lower(): column for column in columns}
    return tuple(by_lower[name] for name in NAME_COLUMNS if name in by_lower)


@dataclass
class Shapes:
    """The rows of a file, in order."""

    geometries: list[Any] = field(default_factory=list)
    """Longitude and latitude on WGS 84; None where a row has none that can be read."""
    names: list[str] = field(default_factory=list)
    attributes: list[dict[str, Any]] = field(default_factory=list)
    times: list[Any] = field(default_factory=list)
    """For each row None, or, for what was recorded, one UTC time for each coordinate (not a time where it has none)."""
    faults: dict[int, str] = field(default_factory=dict)
    """Why a row has no geometry."""
    notes: list[str] = field(default_factory=list)
    shift_m: float = 0.0
    """Accuracy of the transformation to WGS 84: 0 if none was needed, NaN if nobody states it."""
    row_accuracy_m: dict[int, float] = field(default_factory=dict)
    """What single rows state of their accuracy outside their columns (`Row.accuracy_m`)."""
    row_shift_m: dict[int, float] = field(default_factory=dict)
    """What is added to the accuracy of single rows instead of `shift_m` (`Row.widened_m`)."""

    def __len__(self) -> int:
        return len(self.geometries)

    def add(self, geometry: Any, attributes: Mapping[str, Any], fault: str | None = None, times: Any = None) -> None:
        """Take one row."""
        if fault is not None:
            self.faults[len(self)] = fault
        columns = naming_columns(tuple(attributes))
        text = ""
        for column in columns:
            if attributes[column] not in (None, ""):
                text = str(attributes[column])
                break
        self.names.append(text or f"row {len(self) + 1}")
        self.geometries.append(geometry)
        self.attributes.append(dict(attributes))
        if times is None and isinstance(geometry, shapely.MultiLineString):
            # Segments of a recording that another format holds without its times; the parts of a network hang together.
            times = None if hang_together(geometry) else np.full(shapely.get_num_coordinates(geometry), "NaT", "M8[ms]")
        self.times.append(times)

    def accuracy_m(self, stated_m: float | None) -> Floats:
        """(n,) the worse of each row's own accuracy and the one given; widened by what transformations add.

        NaN where neither is stated, or a row's own cannot be read.
        """
        out = np.full(len(self), np.nan if stated_m is None else max(stated_m, 0.0))
        measures: dict[tuple[str, ...], list[Measure]] = {}  # most rows of a file have the same columns
        for i, attributes in enumerate(self.attributes):
            names = tuple(attributes)
            if names not in measures:
                measures[names] = [m for m in accuracy_measures(names) if not m.column.startswith(ANSWER_PREFIX)]
            own = measures[names]
            if not own and i not in self.row_accuracy_m:
                continue  # as most rows: what was given for all
            stated = (stated_m, self.row_accuracy_m.get(i), worst_m(own, attributes))
            known = [metres for metres in stated if metres is not None]
            out[i] = np.max(known, initial=0.0) if known else np.nan  # a NaN among them stays one
        added_m: Floats = np.full(len(self), self.shift_m)
        added_m[list(self.row_shift_m)] = list(self.row_shift_m.values())
        return out + added_m

    def put_aside(self, path: Path, *, is_area: bool, why: str) -> None:
        """Rows that are areas, or that are not, lose their geometry and get a reason.

        Raises
        ------
        FileRefused
            Nothing would be left.
        """
        geometries = np.array(self.geometries, dtype=object)
        has = ~shapely.is_missing(geometries)
        chosen = np.flatnonzero(has & ((shapely.get_dimensions(geometries) == 2) == is_area))
        if len(chosen) and len(chosen) == has.sum():
            raise FileRefused(path, f"every row of it {why}", "check that this is the file you meant")
        for i in chosen:
            self.geometries[i] = None
            self.faults[int(i)] = why


def read_shapes(path: Path, *, layer: str | None = None, crs: str | None = None, may_be_empty: bool = False) -> Shapes:
    """Every row of a file: GPX, or any format of `exchange.formats`.

    Parameters
    ----------
    may_be_empty
        Whether a file without rows is taken as it is, as an empty part of a whole.

    Raises
    ------
    FileRefused
        The file as a whole cannot be read, or it has no row.
    """
    path = Path(path)
    out = _gpx(path) if path.suffix.lower() == ".gpx" else _rows(path, layer, crs)
    if not len(out) and not may_be_empty:
        raise FileRefused(path, "holds no row", "give a file with at least one")
    return out


def _gpx(path: Path) -> Shapes:
    from merestone.exchange.formats.gpx_tracks import read_gpx_file  # here: other formats need not wait for it

    out = Shapes()
    unreadable = 0
    gpx_file = read_gpx_file(path)
    out.notes += gpx_file.notes
    for way in gpx_file.ways:
        if way.accuracy_m is not None:
            out.row_accuracy_m[len(out)] = way.accuracy_m
        out.add(way.geometry, {"name": way.name, "what": way.what}, times=way.times)
        unreadable += way.unreadable_times
    if unreadable:
        out.notes.append(f"Times that could not be read: {unreadable:,}.")
    return out


def _rows(path: Path, layer: str | None, crs: str | None) -> Shapes:
    out = Shapes()
    reading = read(path, layer=layer, crs=crs)
    added: list[tuple[float | None, float]] = []
    for row in reading:
        if row.accuracy_m is not None:
            out.row_accuracy_m[len(out)] = row.accuracy_m
        added.append((row.moved_m, row.shift_m))
        out.add(row.geometry, row.attributes, row.fault.message if row.fault else None, row.times)
    out.shift_m = reading.shift_m
    for place, (moved_m, shift_m) in enumerate(added):
        widened_m = (out.shift_m if moved_m is None else moved_m) + shift_m
        if widened_m != out.shift_m:
            out.row_shift_m[place] = widened_m
    out.notes += reading.notes
    return out
