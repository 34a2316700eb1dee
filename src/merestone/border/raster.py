"""The user's own rasters, read window by window: which cells lie in an area, how far, and how large they really are."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyproj
import rasterio
import shapely
from exactextract import exact_extract
from exactextract.raster import NumPyRasterSource
from numpy.typing import NDArray
from rasterio.windows import Window
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from merestone.geodesy import metres_per_degree
from merestone.terms import FieldRefused, FileRefused

Progress = Callable[[int, int], None]
_CELLS: Final = 1024
"""A window is so many cells wide and high: a few megabytes at a time."""
_BLOCK: Final = 32
"""One area on the ellipsoid serves so many cells in each direction: within 1e-4 at 100 m cells."""
_LONGEST_EDGE_DEG: Final = 0.02


@dataclass(frozen=True, slots=True)
class Part:
    """One window of a raster: arrays of the window's shape."""

    values: NDArray[Any]
    has_data: NDArray[np.bool_]
    share: NDArray[np.float64]
    """The share of each cell that lies in the area, 0-1."""
    cells_m2: NDArray[np.float64]
    """The area of each cell on the ellipsoid."""


@contextmanager
def opened_raster(raster: Path | str, band: int) -> Iterator[Any]:
    """Open a raster, and refuse what cannot be measured with.

    Raises
    ------
    FileRefused
        It cannot be read, has no reference system or no such band, or is rotated.
    """
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
        The raster does not meet the area.
    """
    if area.is_empty:
        raise FieldRefused("area", area.geom_type, "is empty", "give a polygon")
    crs, there, back = _transformers(opened.crs.to_wkt())
    dense = shapely.segmentize(area, _LONGEST_EDGE_DEG)
    flat: Any = shapely.transform(dense, lambda lonlat: np.column_stack(there.transform(lonlat[:, 0], lonlat[:, 1])))
    flat = flat if flat.is_valid else shapely.make_valid(flat)
    windows = list(_windows(opened, flat))
    if not windows:
        raise FileRefused(opened.name, "does not meet the area", "give a raster that covers it")
    for done, (window, piece) in enumerate(windows, 1):
        values = opened.read(band, window=window)
        has_data = opened.read_masks(band, window=window) != 0
        share = _coverage(piece, _bounds(opened, window), values.shape)
        yield Part(values, has_data, share, np.broadcast_to(_cell_areas_m2(opened, crs, back, window), values.shape))
        if progress:
            progress(done, len(windows))


@lru_cache(maxsize=8)
def _transformers(crs_wkt: str) -> tuple[pyproj.CRS, pyproj.Transformer, pyproj.Transformer]:
    """The reference system of a raster, the way to it and the way back; PROJ takes long to find them."""
    crs = pyproj.CRS.from_wkt(crs_wkt)
    there = pyproj.Transformer.from_crs("OGC:CRS84", crs, always_xy=True)
    return crs, there, pyproj.Transformer.from_crs(crs, "OGC:CRS84", always_xy=True)


def _windows(opened: Any, flat: Any) -> Iterator[tuple[Window, Any]]:
    """The windows that the area touches, each with the area's part in it."""
    west, south, east, north = flat.bounds
    left, bottom, right, top = _bounds(opened, Window(0, 0, opened.width, opened.height))
    if west >= right or east <= left or south >= top or north <= bottom:
        return
    cell_x, cell_y = opened.transform.a, -opened.transform.e
    first_row, last_row = int((top - min(north, top)) / cell_y), int(np.ceil((top - max(south, bottom)) / cell_y))
    first_col, last_col = int((max(west, left) - left) / cell_x), int(np.ceil((min(east, right) - left) / cell_x))
    last_row, last_col = min(last_row, opened.height), min(last_col, opened.width)
    for row in range(first_row // _CELLS * _CELLS, last_row, _CELLS):
        height = min(_CELLS, opened.height - row)
        band = Window(0, row, opened.width, height)
        in_band = shapely.clip_by_rect(flat, *_bounds(opened, band))
        for col in range(first_col // _CELLS * _CELLS, last_col, _CELLS):
            window = Window(col, row, min(_CELLS, opened.width - col), height)
            piece = shapely.clip_by_rect(in_band, *_bounds(opened, window))
            if not piece.is_empty:
                yield window, piece


def _bounds(opened: Any, window: Window) -> tuple[float, float, float, float]:
    """West, south, east, north. Our own arithmetic: rasterio 1.4's warns with affine 3."""
    t = opened.transform
    west, north = t.c + window.col_off * t.a, t.f + window.row_off * t.e
    return west, north + window.height * t.e, west + window.width * t.a, north


def _coverage(piece: Any, bounds: tuple[float, float, float, float], shape: tuple[int, int]) -> NDArray[np.float64]:
    """The share of each cell of a window that lies in the piece, shape as the window."""
    west, south, east, north = bounds
    share = np.zeros(shape[0] * shape[1])
    if piece.area >= (east - west) * (north - south) * (1 - 1e-12):
        return np.ones(shape)
    grid = NumPyRasterSource(np.broadcast_to(np.uint8(1), shape), west, south, east, north)
    for polygon in shapely.get_parts(piece):
        if isinstance(polygon, Polygon) and polygon.area > 0:
            feature = {"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(polygon)}
            found = exact_extract(grid, [feature], ["cell_id", "coverage"])[0]["properties"]
            share[np.asarray(found["cell_id"], np.int64)] += found["coverage"]  # each cell stands once in a polygon
    return np.minimum(share, 1.0).reshape(shape)


def _cell_areas_m2(opened: Any, crs: pyproj.CRS, back: pyproj.Transformer, window: Window) -> NDArray[np.float64]:
    """The area of each cell of a window on the ellipsoid, m2; broadcasts to the window's shape."""
    transform = opened.transform
    left, _, _, top = _bounds(opened, window)
    rows, cols = int(window.height), int(window.width)
    if crs.is_geographic:
        unit_deg = np.degrees(crs.axis_info[0].unit_conversion_factor)
        lat_deg = (top + (np.arange(rows) + 0.5) * transform.e) * unit_deg
        east, north = metres_per_degree(lat_deg)
        cells_m2: NDArray[np.float64] = (east * north * abs(transform.a * transform.e) * unit_deg**2)[:, None]
        return cells_m2
    row, col = np.arange(0, rows, _BLOCK) + _BLOCK / 2, np.arange(0, cols, _BLOCK) + _BLOCK / 2
    x, y = np.meshgrid(left + col * transform.a, top + row * transform.e)
    # The areas are taken from how the corners of one cell move, not from PROJ's scale factors: those of Web Mercator
    # are a sphere's, 0.3 % off at 60 degrees.
    (x1, y1), (x2, y2) = (back.transform(x + s * transform.a / 2, y) for s in (-1, 1))
    (x3, y3), (x4, y4) = (back.transform(x, y + s * transform.e / 2) for s in (-1, 1))
    per_lon_m, per_lat_m = metres_per_degree((y1 + y2) / 2)
    blocks = np.abs((x2 - x1) * (y4 - y3) - (x4 - x3) * (y2 - y1)) * per_lon_m * per_lat_m
    return np.repeat(np.repeat(blocks, _BLOCK, axis=0), _BLOCK, axis=1)[:rows, :cols]
