"""The user's own rasters, read window by window: which cells lie in an area, how far, and how large they really are."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from merestone.border._coverage import Coverage, coverage
from merestone.geodesy import metres_per_degree
from merestone.terms import FieldRefused, FileRefused

if TYPE_CHECKING:  # it takes time to load, and most who ask for a border give no raster
    import pyproj
    from rasterio.windows import Window

Progress = Callable[[int, int], None]
_CELLS: Final = 1024
"""A window is so many cells wide and high: a few megabytes at a time."""
_BLOCK_M: Final = 3_200.0
"""One area on the ellipsoid serves the cells of a block of this side: within 1e-4."""
_FAR: Final = np.iinfo(np.int64).max
_LONGEST_EDGE_DEG: Final = 0.02


@dataclass(frozen=True, slots=True)
class Part:
    """The cells of one window of a raster that lie in an area, wholly or in part: arrays of shape (cells,)."""

    values: NDArray[Any]
    has_data: NDArray[np.bool_]
    inside_m2: NDArray[np.float64]
    """The area on the ellipsoid of each cell's part in the area."""
    edge_share: NDArray[np.float64]
    """(some cells,) the share of each of the first cells that lies in the area, 0-1; the others lie in it wholly."""
    largest_m2: float
    """The area on the ellipsoid of the largest of the cells."""

    @property
    def share(self) -> NDArray[np.float64]:
        """The share of each cell that lies in the area, 0-1."""
        return np.concatenate([self.edge_share, np.ones(len(self.values) - len(self.edge_share))])


@contextmanager
def opened_raster(raster: Path | str, band: int) -> Iterator[Any]:
    """Open a raster, and refuse what cannot be measured with.

    Raises
    ------
    FileRefused
        It cannot be read, has no reference system or no such band, or is rotated.
    """
    import rasterio

    try:
        with rasterio.open(raster) as opened:
            if opened.crs is None:
                why = "has no coordinate reference system, so nobody can tell where it lies"
                raise FileRefused(raster, why, "assign the right one, such as: gdal_edit.py -a_srs EPSG:3035 FILE")
            if not 1 <= band <= opened.count:
                raise FileRefused(raster, f"has no band {band}, but {opened.count}", "choose one of them")
            transform = opened.transform
            if transform.b or transform.d or transform.e >= 0 or transform.a <= 0:
                raise FileRefused(raster, "is rotated or upside down", "warp it north up first (gdalwarp)")
            yield opened
    except rasterio.errors.RasterioError as error:
        raise FileRefused(raster, f"cannot be read as a raster ({error})", "give a GeoTIFF or COG") from error


def parts_in(opened: Any, area: BaseGeometry, band: int, progress: Progress | None = None) -> Iterator[Part]:
    """The windows of a raster that an area touches, one after the other.

    Parameters
    ----------
    area
        (Multi)polygon, longitude and latitude, WGS 84.
    progress
        Called with windows done and windows in all.

    Raises
    ------
    FieldRefused
        The area is empty.
    FileRefused
        The raster does not overlap the area.
    """
    if area.is_empty:
        raise FieldRefused("area", area.geom_type, "is empty", "give a polygon")
    crs, there, back = _transformers(opened.crs.to_wkt())
    dense = shapely.segmentize(area, _LONGEST_EDGE_DEG)
    flat: Any = shapely.transform(dense, lambda lonlat: np.column_stack(there.transform(lonlat[:, 0], lonlat[:, 1])))
    flat = flat if flat.is_valid else shapely.make_valid(flat, method="structure")
    inside = coverage(shapely.transform(flat, partial(_in_cells, opened)), opened.height, opened.width)
    windows = list(_windows(inside))
    if not windows:
        raise FileRefused(opened.name, "does not overlap the area", "give a raster that covers it")
    with ThreadPoolExecutor(1) as reader:  # reads and unpacks one window while the one before is measured
        pending = reader.submit(_read, opened, band, windows[0][0])
        for done, (window, covered) in enumerate(windows, 1):
            values, has_data = pending.result()
            if done < len(windows):
                pending = reader.submit(_read, opened, band, windows[done][0])
            yield _part(values, has_data, covered, _Blocks(window, opened.transform, crs, back))
            if progress:
                progress(done, len(windows))


def _read(opened: Any, band: int, window: "Window") -> tuple[NDArray[Any], NDArray[np.uint8] | None]:
    """Values of a window, and which of them are data; None where all are."""
    import rasterio

    values = opened.read(band, window=window)
    if rasterio.enums.MaskFlags.all_valid in opened.mask_flag_enums[band - 1]:
        return values, None
    return values, opened.read_masks(band, window=window)


@lru_cache(maxsize=8)
def _transformers(crs_wkt: str) -> "tuple[pyproj.CRS, pyproj.Transformer, pyproj.Transformer]":
    """The reference system of a raster, the way to it and the way back; PROJ takes long to find them."""
    import pyproj

    crs = pyproj.CRS.from_wkt(crs_wkt)
    there = pyproj.Transformer.from_crs("OGC:CRS84", crs, always_xy=True)
    return crs, there, pyproj.Transformer.from_crs(crs, "OGC:CRS84", always_xy=True)


def _in_cells(opened: Any, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Coordinates of the raster's reference system, shape (n, 2), as columns and rows."""
    t = opened.transform
    return np.column_stack([(points[:, 0] - t.c) / t.a, (points[:, 1] - t.f) / t.e])


def _windows(inside: Coverage) -> "Iterator[tuple[Window, Coverage]]":
    """The windows in which an area has cells, no larger than these, each with its cells."""
    from rasterio.windows import Window

    row = np.unique(np.concatenate([inside.row, inside.run_row]) // _CELLS) * _CELLS
    for top in row.tolist():
        band = inside.within(top, 0, _CELLS, np.iinfo(np.int64).max)
        if not len(band.col) + len(band.run_start):
            continue
        low = min(band.col.min(initial=_FAR), band.run_start.min(initial=_FAR))
        high = max(band.col.max(initial=0), band.run_stop.max(initial=0))
        for left in range(int(low) // _CELLS * _CELLS, int(high) + 1, _CELLS):
            here = band.within(top, left, _CELLS, _CELLS)
            if not len(here.col) + len(here.run_start):
                continue
            rows = np.concatenate([here.row, here.run_row])
            first, last = int(rows.min()), int(rows.max())
            start = int(min(here.col.min(initial=_FAR), here.run_start.min(initial=_FAR)))
            stop = int(max((here.col + 1).max(initial=0), here.run_stop.max(initial=0)))
            yield Window(start, first, stop - start, last + 1 - first), here


def _part(values: NDArray[Any], has_data: NDArray[np.uint8] | None, covered: Coverage, blocks: "_Blocks") -> Part:
    """The covered cells of one window, with their values."""
    top, left, width = int(blocks.window.row_off), int(blocks.window.col_off), int(blocks.window.width)
    covered = covered.cut_every(left, blocks.cols)
    length = covered.run_stop - covered.run_start
    first = (covered.run_row - top) * width + covered.run_start - left
    runs = np.repeat(first - np.cumsum(length) + length, length) + np.arange(int(length.sum()))
    cell = np.concatenate([(covered.row - top) * width + covered.col - left, runs])
    is_data = np.broadcast_to(np.True_, cell.shape) if has_data is None else has_data.ravel()[cell] != 0
    row, col = np.concatenate([covered.row, covered.run_row]), np.concatenate([covered.col, covered.run_start])
    cells_m2 = blocks.cells_m2(row - top, col - left)
    of_cells, of_runs = np.split(cells_m2, [len(covered.row)])
    inside_m2 = np.concatenate([of_cells * covered.share, np.repeat(of_runs, length)])
    return Part(values.ravel()[cell], is_data, inside_m2, covered.share, float(cells_m2.max()))


@dataclass(frozen=True, slots=True)
class _Blocks:
    """A window in blocks, within which one area on the ellipsoid serves every cell."""

    window: "Window"
    transform: Any
    crs: "pyproj.CRS"
    back: "pyproj.Transformer"

    @property
    def _side(self) -> tuple[int, int]:
        """Rows and columns of a block. On a grid of longitudes and latitudes all cells of a row are alike."""
        if self.crs.is_geographic:
            return 1, int(self.window.width)
        unit_m = self.crs.axis_info[0].unit_conversion_factor
        rows, cols = (_BLOCK_M / (abs(side) * unit_m) for side in (self.transform.e, self.transform.a))
        return int(np.clip(rows, 1, 32)), int(np.clip(cols, 1, 32))

    @property
    def cols(self) -> int:
        """Columns of a block."""
        return self._side[1]

    def cells_m2(self, row: NDArray[np.int64], col: NDArray[np.int64]) -> NDArray[np.float64]:
        """The area of a cell in the block of each of these cells, counted from the window's corner; (n,) each."""
        rows, cols = self._side
        across = -(-int(self.window.width) // cols)
        block = (row // rows) * across + col // cols
        found_m2 = np.zeros((-(-int(self.window.height) // rows)) * across)
        is_used = np.zeros(len(found_m2), bool)
        is_used[block] = True
        used = np.flatnonzero(is_used)
        found_m2[used] = self._measured(used // across * rows + rows / 2, used % across * cols + cols / 2)
        of_each: NDArray[np.float64] = found_m2[block]
        return of_each

    def _measured(self, row: NDArray[Any], col: NDArray[Any]) -> NDArray[np.float64]:
        t = self.transform
        x, y = t.c + (self.window.col_off + col) * t.a, t.f + (self.window.row_off + row) * t.e
        if self.crs.is_geographic:
            unit_deg = np.degrees(self.crs.axis_info[0].unit_conversion_factor)
            east, north = metres_per_degree(y * unit_deg)
            return np.asarray(east * north * abs(t.a * t.e) * unit_deg**2)
        # The areas are taken from how the corners of one cell move, not from PROJ's scale factors: those of Web
        # Mercator are a sphere's, 0.3 % off at 60 degrees.
        ends = (np.concatenate([x - t.a / 2, x + t.a / 2, x, x]), np.concatenate([y, y, y - t.e / 2, y + t.e / 2]))
        lon, lat = (np.split(values, 4) for values in self.back.transform(*ends))
        per_lon_m, per_lat_m = metres_per_degree((lat[0] + lat[1]) / 2)
        turned = (lon[1] - lon[0]) * (lat[3] - lat[2]) - (lon[3] - lon[2]) * (lat[1] - lat[0])
        return np.asarray(np.abs(turned) * per_lon_m * per_lat_m)
