"""A base map built from an OpenStreetMap extract, as one PMTiles archive of vector tiles.

GDAL reads the extract (driver OSM) and cuts each layer into tiles (driver PMTiles); the layers' archives are then
merged tile by tile, since a vector tile is the sequence of its layers (Mapbox Vector Tile Specification 2.1, 4.1).
"""

import gzip
import heapq
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
from pmtiles.reader import MmapSource, Reader, all_tiles
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer
from pyogrio.raw import write_arrow

from merestone.exchange.formats.base_maps.layers import LAYERS, Layer
from merestone.exchange.formats.base_maps.names import METADATA_KEY, names_of
from merestone.exchange.formats.base_maps.osm_reading import SCHEMA, sort_into_layers
from merestone.exchange.formats.base_maps.relief import refuse_unless_elevation, write_relief
from merestone.exchange.formats.base_maps.sea import frame_of, write_sea
from merestone.files import scratch_folder, whole_file

ATTRIBUTION: Final = "© OpenStreetMap contributors (ODbL)"
SCHEMA_NAME: Final = "merestone"
_TYPES: Final = {"points": "Point", "lines": "LineString", "multipolygons": "MultiPolygon"}
_MOST_TILE_BYTES: Final = "1000000"
"""Beyond it GDAL lowers the resolution of a tile."""
_MOST_TILE_FEATURES: Final = "500000"
_BATCH: Final = 10_000
Progress = Callable[[str, int, int | None], None]


@dataclass(frozen=True)
class BaseMapBuilt:
    """What came of it."""

    path: Path
    feature_counts: Mapping[str, int]
    """How many features each layer has; a layer without any is missing."""
    name_count: int
    tile_count: int
    size_bytes: int


def build_base_map(
    extract: Path,
    output: Path,
    *,
    dem: Path | None = None,
    attribution: str = ATTRIBUTION,
    overwrite: bool = False,
    progress: Progress = lambda _step, _done, _total: None,
) -> BaseMapBuilt:
    """Build a base map of the region that an OpenStreetMap extract holds.

    Parameters
    ----------
    extract
        An ``.osm.pbf`` or ``.osm`` file.
    output
        The PMTiles archive; written whole or not at all.
    dem
        A digital elevation model of the region, whose relief is drawn below all else; None: no relief.
    attribution
        Whose data it is, as the map names them.
    progress
        Called with the step, how much of it is done, and of how much (None if nobody knows).

    Raises
    ------
    FileRefused
        The extract or the elevation model cannot be read or has nothing to draw, or the output must not be written to.
    """
    if dem is not None:
        refuse_unless_elevation(dem)
    inputs = (extract,) if dem is None else (extract, dem)
    with (
        whole_file(output, overwrite=overwrite, inputs=inputs) as part,
        scratch_folder("base-map", within=part.parent) as folder,
    ):
        files = sort_into_layers(extract, folder, lambda done, total: progress("reading the extract", done, total))
        files = write_sea(files, folder)
        frame_deg = frame_of(files)
        if dem is not None and frame_deg is not None:
            shaded = write_relief(
                dem, frame_deg, folder, lambda done, total: progress("shading the relief", done, total)
            )
            files = {**files, **shaded}
        files = _in_order(files)
        archives = {}
        for number, (layer, path) in enumerate(files.items()):
            progress("cutting layers into tiles", number, len(files))
            archives[layer] = _tiles_of(layer, path, folder / f"{layer.name}.pmtiles")
        counts = {layer.name: pq.ParquetFile(path).metadata.num_rows for layer, path in files.items()}
        names = names_of(files)
        about = _metadata(archives, names, attribution)
        tile_count = _merge(archives, part, about, lambda done, total: progress("writing tiles", done, total))
    return BaseMapBuilt(output, counts, len(names), tile_count, output.stat().st_size)


def _in_order(files: Mapping[Layer, Path]) -> Mapping[Layer, Path]:
    """The lowest layer first, as they stand in a tile."""
    return {layer: files[layer] for layer in LAYERS if layer in files}


def _tiles_of(layer: Layer, features: Path, archive: Path) -> Path:
    """One layer's features, cut into tiles by GDAL. The archive is missing if none of them is on any tile."""
    source = pq.ParquetFile(features)
    names = [name for name in SCHEMA.names if layer.is_named or name in {"geometry", "class"}]
    schema = pa.schema([SCHEMA.field(name) for name in names])
    batches = (batch for batch in source.iter_batches(batch_size=_BATCH, columns=names))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # tiles of less resolution
        write_arrow(
            pa.RecordBatchReader.from_batches(schema, batches),
            archive,
            layer=layer.name,
            driver="PMTiles",
            geometry_name="geometry",
            geometry_type=_TYPES[layer.source],
            crs="EPSG:4326",
            dataset_options={
                "MINZOOM": str(layer.zooms[0]),
                "MAXZOOM": str(layer.zooms[1]),
                "MAX_SIZE": _MOST_TILE_BYTES,
                "MAX_FEATURES": _MOST_TILE_FEATURES,
            },
        )
    return archive


def _merge(
    archives: Mapping[Layer, Path], output: Path, about: dict[str, Any], progress: Callable[[int, int | None], None]
) -> int:
    """All layers' tiles as one archive; how many tiles it has."""
    with ExitStack() as open_files, output.open("wb") as written:
        sources = [
            MmapSource(open_files.enter_context(path.open("rb"))) for path in archives.values() if path.stat().st_size
        ]
        headers = [Reader(source).header() for source in sources]
        total = sum(header["addressed_tiles_count"] for header in headers)
        writer, done, tile_count = Writer(written), 0, 0
        streams = [_numbered(source, nth) for nth, source in enumerate(sources)]
        # Layers stand in a tile in their own order: the lowest first.
        for tile_id, layers in groupby(heapq.merge(*streams, key=itemgetter(0, 1)), key=itemgetter(0)):
            contents = [gzip.decompress(content) for _, _, content in layers]
            writer.write_tile(tile_id, gzip.compress(b"".join(contents), 6, mtime=0))
            done, tile_count = done + len(contents), tile_count + 1
            progress(done, total)
        writer.finalize(_header(headers), about)
    return tile_count


def _numbered(source: Any, nth: int) -> Iterator[tuple[int, int, bytes]]:
    for (zoom, column, row), content in all_tiles(source):
        yield zxy_to_tileid(zoom, column, row), nth, content


def _header(headers: list[dict[str, Any]]) -> dict[str, Any]:
    west, south = min(header["min_lon_e7"] for header in headers), min(header["min_lat_e7"] for header in headers)
    east, north = max(header["max_lon_e7"] for header in headers), max(header["max_lat_e7"] for header in headers)
    return {
        "tile_type": TileType.MVT,
        "tile_compression": Compression.GZIP,
        "min_lon_e7": west,
        "min_lat_e7": south,
        "max_lon_e7": east,
        "max_lat_e7": north,
        "center_zoom": 10,
        "center_lon_e7": (west + east) // 2,
        "center_lat_e7": (south + north) // 2,
    }


def _metadata(archives: Mapping[Layer, Path], names: list[list[Any]], attribution: str) -> dict[str, Any]:
    fields = {name: "String" for name in SCHEMA.names if name != "geometry"}
    layers = [
        {"id": layer.name, "fields": fields, "minzoom": layer.zooms[0], "maxzoom": layer.zooms[1]} for layer in archives
    ]
    return {"name": SCHEMA_NAME, "attribution": attribution, "vector_layers": layers, METADATA_KEY: names}
