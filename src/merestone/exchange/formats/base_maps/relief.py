"""Relief for a base map: a digital elevation model, lit from the north-west, as areas of light and shade.

Areas and not pictures, so that one archive of vector tiles holds relief and roads, and one style draws both. rasterio
(GDAL) reads and warps the model, Matplotlib's light source shades it, GDAL draws the areas. A block is in memory at a
time. Source of the light: from 315 degrees, 45 degrees high, as maps are mostly shaded.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray

from merestone.exchange.formats.base_maps.layers import LARGE_RELIEF, RELIEF, Layer
from merestone.exchange.formats.base_maps.osm_reading import SCHEMA
from merestone.terms import FileRefused, number_of

Floats = NDArray[np.float64]
Bounds = tuple[float, float, float, float]

_AZIMUTH_DEG: Final = 315.0
_HEIGHT_DEG: Final = 45.0
_FLAT: Final = float(np.sin(np.radians(_HEIGHT_DEG)))
"""How bright level ground is."""
CLASSES: Final = ("light", "shade_1", "shade_2", "shade_3")
_STEPS: Final = (_FLAT + 0.12, _FLAT - 0.10, _FLAT - 0.22, _FLAT - 0.38)
"""Above the first is light; below each of the others is the next shade. What lies between is level enough for none."""
_PIXEL_DEG: Final[Mapping[Layer, float]] = {LARGE_RELIEF: 1 / 400, RELIEF: 1 / 3600}
"""Width of the pixels that are shaded: some 280 and 31 metres."""
_STEEPER: Final[Mapping[Layer, float]] = {LARGE_RELIEF: 3.0, RELIEF: 1.0}
"""By how much heights are stretched: from afar slopes look flat."""
_BLOCK: Final = 512
"""Pixels along each side of a block."""
_SPECK: Final = 12
"""Areas of fewer pixels join what is around them."""
_METRES_TO_A_DEGREE: Final = 111_320.0
_REMEDY: Final = "give a digital elevation model that GDAL reads, such as a GeoTIFF with its reference system"


def refuse_unless_elevation(dem: Path) -> None:
    """Look at a model before any other work is done.

    Raises
    ------
    FileRefused
        It is missing, cannot be read, has no reference system, or has several bands.
    """
    with _opened(dem):
        pass


def write_relief(
    dem: Path, bounds_deg: Bounds, folder: Path, progress: Callable[[int, int | None], None]
) -> Mapping[Layer, Path]:
    """Write a Parquet file of light and shade for each layer of the relief.

    Parameters
    ----------
    dem
        Heights in metres, in any reference system.
    bounds_deg
        West, south, east and north of the region; nothing outside of them is shaded.
    progress
        Called with the number of blocks that are done, and how many there are.

    Raises
    ------
    FileRefused
        As `refuse_unless_elevation`; or the model does not cover any of the region.
    """
    files = {}
    with _opened(dem) as source:
        done, total = 0, sum(len(_blocks(bounds_deg, layer)) for layer in _PIXEL_DEG)
        for layer in _PIXEL_DEG:
            path = folder / f"{layer.name}.parquet"
            area_count = 0
            with pq.ParquetWriter(path, SCHEMA) as writer:
                for block in _blocks(bounds_deg, layer):
                    rows = _rows(source, block, layer)
                    writer.write_table(rows)
                    area_count += rows.num_rows
                    done += 1
                    progress(done, total)
            if area_count:
                files[layer] = path
        if not files and not _covers(source, bounds_deg):
            raise FileRefused(dem, "does not overlap the region", "give the model of the region of the extract")
    return files


@contextmanager
def _opened(dem: Path) -> Iterator[Any]:
    import rasterio

    try:
        with rasterio.open(dem) as source:
            if source.crs is None:
                raise FileRefused(dem, "has no reference system", _REMEDY)
            if source.count != 1:
                raise FileRefused(dem, f"has {number_of(source.count, 'band')}; an elevation model has one", _REMEDY)
            yield source
    except rasterio.errors.RasterioError as error:
        raise FileRefused(dem, "cannot be read as a digital elevation model", _REMEDY) from error


def _blocks(bounds_deg: Bounds, layer: Layer) -> list[Bounds]:
    """The region in blocks of `_BLOCK` pixels; the last ones reach beyond it by less than a block."""
    west, south, east, north = bounds_deg
    side = _BLOCK * _PIXEL_DEG[layer]
    columns, rows = (max(1, int(np.ceil(length / side))) for length in (east - west, north - south))
    return [
        (west + column * side, north - (row + 1) * side, west + (column + 1) * side, north - row * side)
        for row in range(rows)
        for column in range(columns)
    ]


def _covers(source: Any, bounds_deg: Bounds) -> bool:
    from rasterio.warp import transform_bounds

    return bool(
        shapely.box(*transform_bounds(source.crs, "EPSG:4326", *source.bounds)).intersects(shapely.box(*bounds_deg))
    )


def _heights(source: Any, block: Bounds, pixel_deg: float) -> tuple[Floats, Any]:
    """Heights of a block and one pixel around it, NaN where there are none, and where its pixels lie."""
    from rasterio import Affine
    from rasterio.enums import Resampling
    from rasterio.vrt import WarpedVRT

    west, _, _, north = block
    transform = Affine(pixel_deg, 0.0, west - pixel_deg, 0.0, -pixel_deg, north + pixel_deg)
    side = _BLOCK + 2
    options = {"crs": "EPSG:4326", "transform": transform, "width": side, "height": side}
    with WarpedVRT(source, resampling=Resampling.average, add_alpha=source.nodata is None, **options) as warped:
        heights = warped.read(1, out_dtype="float64")
        return np.where(warped.dataset_mask() > 0, heights, np.nan), transform


def _rows(source: Any, block: Bounds, layer: Layer) -> pa.Table:
    from rasterio.features import shapes, sieve

    pixel_deg = _PIXEL_DEG[layer]
    heights_m, transform = _heights(source, block, pixel_deg)
    classes = np.zeros(heights_m.shape, np.uint8)
    if np.isfinite(heights_m).any():
        classes = classes_of(_shade(heights_m, block, pixel_deg, _STEEPER[layer]))
        classes = sieve(classes, _SPECK)
    classes[[0, -1]] = 0
    classes[:, [0, -1]] = 0
    outlined = list(shapes(classes, mask=classes > 0, transform=transform))
    areas = np.array([shapely.geometry.shape(area) for area, _ in outlined], dtype=object)
    areas = shapely.simplify(areas, 0.7 * pixel_deg, preserve_topology=True)
    class_names = [CLASSES[int(number) - 1] for _, number in outlined]
    empty = pa.nulls(len(outlined), pa.string())
    columns = {"geometry": pa.array(shapely.to_wkb(areas), pa.binary()), "class": pa.array(class_names, pa.string())}
    return pa.Table.from_arrays([columns.get(name, empty) for name in SCHEMA.names], schema=SCHEMA)


def _shade(heights_m: Floats, block: Bounds, pixel_deg: float, steeper: float) -> Floats:
    """How bright each pixel is, from 0 to 1; NaN where it or a neighbour has no height."""
    from matplotlib.colors import LightSource

    lat = np.radians((block[1] + block[3]) / 2.0)
    size_m = pixel_deg * _METRES_TO_A_DEGREE
    light = LightSource(azdeg=_AZIMUTH_DEG, altdeg=_HEIGHT_DEG)
    # Of the light's own result the span is stretched to 0..1 for each block, which would show the blocks.
    normals = _normals(heights_m * steeper, max(size_m * float(np.cos(lat)), 1.0), size_m)
    return np.asarray(np.clip(normals @ light.direction, 0.0, 1.0), dtype=np.float64)


def _normals(heights_m: Floats, east_m: float, north_m: float) -> Floats:
    """The unit vectors that stand upright on the ground: east, north and up."""
    south, east = np.gradient(heights_m, north_m, east_m)
    normals = np.stack([-east, south, np.ones_like(east)], axis=-1)
    return np.asarray(normals / np.linalg.norm(normals, axis=-1, keepdims=True))


def classes_of(shade: Floats) -> NDArray[np.uint8]:
    """For each pixel 1 plus the number of its class in `CLASSES`, or 0 for none.

    >>> classes_of(np.array([0.95, 0.707, 0.55, 0.1, np.nan])).tolist()
    [1, 0, 2, 4, 0]
    """
    lightest, *shades = _STEPS
    classes = np.zeros(shade.shape, np.uint8)
    classes[shade > lightest] = 1
    for number, below in enumerate(shades, start=2):
        classes[shade < below] = number
    return classes
