"""Land cover of an area from the user's own raster: read window by window, weighed by the true area of each cell.

A cell counts with the share of it that lies in the area (exactly), times its area on the ellipsoid: a raster in
degrees or in Web Mercator gives the same shares as one in an equal-area projection. A class that the table does not
know is an error, and a cell without data stays without an answer: neither becomes a share of anything.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon

from merestone.border.raster import Progress, opened_raster, parts_in
from merestone.geodesy import area_m2
from merestone.terms import FieldRefused, FileRefused, RowRefused, sourced_rows

CLASS_TABLES: Final = ("esa-worldcover", "corine", "corine-grid", "modis-igbp")
"""The tables that come with Merestone. ``corine`` has the codes 111-523, ``corine-grid`` the grid's 1-44."""


class Cover(StrEnum):
    """What the ground is, in the five classes told apart, and the rest."""

    FOREST = "forest"
    OPEN_WATER = "open water"
    WETLAND = "wetland"
    SETTLEMENT = "settlement"
    FARMLAND = "farmland"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ClassTable:
    """What a raster's values mean."""

    name: str
    covers: Mapping[int, Cover]
    names: Mapping[int, str]
    source: str


@dataclass(frozen=True, slots=True)
class LandCover:
    """The land cover of an area. Shares are of the known part; `known_share` says how much of the area that is."""

    area_m2: float
    """Of the cells' parts inside the area, with data or without."""
    known_share: float
    shares: Mapping[Cover, float]
    classes: Mapping[int, float]
    """Share of each value of the raster."""
    cell_m: float
    """The side of the raster's largest cell in the area, metres (square root of its area on the ellipsoid)."""
    table: ClassTable
    raster: str


@cache
def packaged_class_table(name: str) -> ClassTable:
    """One of `CLASS_TABLES`.

    Raises
    ------
    FieldRefused
        There is no such table.
    """
    if name not in CLASS_TABLES:
        raise FieldRefused("classes", name, "is not a known table", f"use {', '.join(CLASS_TABLES)} or a CSV file")
    text = files("merestone.border").joinpath(f"data/land_cover/{name}.csv").read_text(encoding="utf-8")
    return read_class_table(text, name=name)


def read_class_table(text: str, *, name: str) -> ClassTable:
    """A table from CSV text with the columns ``code, name, cover, source``.

    Raises
    ------
    RowRefused, SourceMissing
        A code is not a whole number or stands twice, or a cover is not one of `Cover`.
    """
    covers: dict[int, Cover] = {}
    names: dict[int, str] = {}
    source = ""
    for place, row in sourced_rows(text.splitlines(), origin=name):
        try:
            code, cover = int(row["code"]), Cover(row["cover"])
        except (KeyError, ValueError) as error:
            known = ", ".join(Cover)
            raise RowRefused(place, f"{error}; a row is code (whole number), name, cover ({known}), source") from error
        if code in covers:
            raise RowRefused(place, f"code = {code}: occurs twice; give each value one class")
        covers[code], names[code], source = cover, row.get("name", ""), row["source"]
    return ClassTable(name, covers, names, source)


def land_cover(
    area: Polygon | MultiPolygon,
    raster: Path | str,
    table: ClassTable,
    *,
    band: int = 1,
    progress: Progress | None = None,
) -> LandCover:
    """Shares of land cover in an area, from a raster of classes that rasterio can read (GeoTIFF, COG, ...).

    Parameters
    ----------
    area
        Longitude and latitude, WGS 84.
    raster
        Read window by window: memory does not grow with the file.
    progress
        Called with windows done and windows in all.

    Raises
    ------
    FileRefused
        The raster cannot be read, has no reference system, is rotated, holds no whole numbers, or does not meet the
        area.
    FieldRefused
        A value is not in the table; the area is empty.
    """
    known_m2: dict[int, float] = {}
    total_m2 = largest_m2 = 0.0
    with opened_raster(raster, band) as opened:
        if not np.issubdtype(np.dtype(opened.dtypes[band - 1]), np.integer):
            why = f"holds {opened.dtypes[band - 1]} numbers, where classes are whole numbers"
            raise FileRefused(raster, why, "give the raster of classes")
        for part in parts_in(opened, area, band, progress):
            total_m2 += float(part.inside_m2.sum())
            largest_m2 = max(largest_m2, part.largest_m2)
            known = slice(None) if part.has_data.all() else part.has_data
            for value, part_m2 in _by_value(part.values[known], part.inside_m2[known]):
                known_m2[value] = known_m2.get(value, 0.0) + part_m2
    return _shared_out(area, known_m2, total_m2=total_m2, cell_m2=largest_m2, table=table, raster=str(raster))


def _by_value(values: NDArray[Any], weights: NDArray[np.float64]) -> Iterator[tuple[int, float]]:
    """The sum of the weights, (n,), at each of the values, (n,)."""
    if not len(values):
        return
    if int(values.min()) >= 0 and int(values.max()) < 65_536:  # counting needs no sorting; codes of classes are small
        sums = np.bincount(values.astype(np.int64), weights)
        yield from ((int(value), float(sums[value])) for value in np.flatnonzero(sums))
        return
    codes_present, index = np.unique(values, return_inverse=True)
    yield from zip(codes_present.tolist(), np.bincount(index, weights).tolist(), strict=True)


def _shared_out(
    area: Polygon | MultiPolygon,
    known_m2: Mapping[int, float],
    *,
    total_m2: float,
    cell_m2: float,
    table: ClassTable,
    raster: str,
) -> LandCover:
    unknown = sorted(set(known_m2) - set(table.covers))
    if unknown:
        share = sum(known_m2[value] for value in unknown) / total_m2
        raise FieldRefused(
            raster, ", ".join(map(str, unknown)),
            f"are values that the table {table.name!r} does not know ({share:.1%} of the area)",
            f"use the raster's own table: {', '.join(CLASS_TABLES)}, or a CSV file of yours",
        )  # fmt: skip
    all_m2 = sum(known_m2.values())
    shares: dict[Cover, float] = dict.fromkeys(Cover, 0.0) if all_m2 else {}
    for value, part_m2 in known_m2.items():
        shares[table.covers[value]] += part_m2 / all_m2
    classes = {value: known_m2[value] / all_m2 for value in sorted(known_m2)}
    known_share = min(all_m2 / area_m2(area), 1.0)
    return LandCover(total_m2, known_share, shares, classes, float(np.sqrt(cell_m2)), table, raster)
