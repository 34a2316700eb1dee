"""OpenStreetMap extracts read by GDAL, and sorted into the layers of the base map: one Parquet file for each.

Memory stays flat: features come in batches, and GDAL keeps what it must know of nodes in a file of its own.
"""

import contextlib
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyogrio
import shapely
from pyogrio.raw import open_arrow

from merestone.exchange.formats.base_maps.layers import ANY, KEYS, LAYERS, NAME_KEYS, Layer, SourceLayer
from merestone.terms import FileRefused

_SOURCES: Final[tuple[SourceLayer, ...]] = ("points", "lines", "multipolygons")
_GEOMETRY: Final = "wkb_geometry"
_BATCH: Final = 10_000
SCHEMA: Final = pa.schema(
    [("geometry", pa.binary()), ("class", pa.string()), *((key, pa.string()) for key in NAME_KEYS)]
)
"""Columns of a layer's file. ``class`` is the value of the tag by which a feature is in the layer."""
_REMEDY: Final = "give an extract in OpenStreetMap's own format (.osm.pbf or .osm)"
_NODE_MEMORY_MB: Final = "200"
_IGNORED: Final = "created_by,converted_by,source,time,ele,note,todo,fixme,FIXME"


def write_configuration(path: Path) -> Path:
    """The file that tells GDAL which tags become columns, under their own names."""
    sections = "\n".join(
        f"[{name}]\nosm_id=no\nattributes={','.join((*KEYS, *NAME_KEYS))}\n"
        f"unsignificant={_IGNORED}\nignore={_IGNORED}\nother_tags=no\n"
        for name in (*_SOURCES, "multilinestrings", "other_relations")
    )
    # A coast that closes is an island's, and no area: of `natural`, those values are that are drawn as areas.
    grown = {value for layer in LAYERS if layer.source == "multipolygons" for value in layer.tags.get("natural", ())}
    closed = ",".join(["building", "landuse", "leisure", "place", *(f"natural={value}" for value in sorted(grown))])
    general = f"[general]\nclosed_ways_are_polygons={closed}\nattribute_name_laundering=no\n"
    path.write_text(f"{general}{sections}", encoding="utf-8")
    return path


def sort_into_layers(
    extract: Path, folder: Path, progress: Callable[[int, int | None], None] = lambda _done, _total: None
) -> Mapping[Layer, Path]:
    """Read an extract, and write a Parquet file with the columns of `SCHEMA` for each layer that has features.

    Parameters
    ----------
    progress
        Called with the number of features read so far, and None.

    Raises
    ------
    FileRefused
        It is missing, is no OpenStreetMap extract, is damaged, or nothing in it can be drawn.
    """
    if not extract.is_file():
        raise FileRefused(extract, "is not there", _REMEDY)
    configuration = write_configuration(folder / "tags.ini")
    files: dict[Layer, Path] = {}
    read_count = 0
    with contextlib.ExitStack() as open_files, _gdal_options(folder):
        writers: dict[Layer, pq.ParquetWriter] = {}
        try:
            for source in _SOURCES:
                for batch in _batches(extract, source, configuration):
                    read_count += batch.num_rows
                    progress(read_count, None)
                    for layer in LAYERS:
                        rows = _rows_of(layer, batch) if layer.source == source else None
                        if rows is None or not rows.num_rows:
                            continue
                        if layer not in writers:
                            files[layer] = folder / f"{layer.name}.parquet"
                            writers[layer] = open_files.enter_context(pq.ParquetWriter(files[layer], SCHEMA))
                        writers[layer].write_table(rows)
        except (
            pyogrio.errors.DataSourceError,
            pyogrio.errors.DataLayerError,
            RuntimeError,
            pa.ArrowException,
        ) as error:
            raise FileRefused(extract, "cannot be read as an OpenStreetMap extract, or is damaged", _REMEDY) from error
    if not files:
        raise FileRefused(extract, "has no road, water, building or place", _REMEDY)
    return files


@contextlib.contextmanager
def _gdal_options(folder: Path) -> Iterator[None]:
    """GDAL's own temporary files beside ours, and what is odd in single features passed over in silence."""
    options = {"OSM_MAX_TMPFILE_SIZE": _NODE_MEMORY_MB, "CPL_TMPDIR": str(folder)}
    before = {name: pyogrio.get_gdal_config_option(name) for name in options}
    pyogrio.set_gdal_config_options(options)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # rings that do not close, and the like: left out
            yield
    finally:
        pyogrio.set_gdal_config_options(before)


def _batches(extract: Path, source: SourceLayer, configuration: Path) -> Iterator[pa.RecordBatch]:
    wanted = sorted({key for layer in LAYERS if layer.source == source for key in layer.tags})
    where = " OR ".join(f'"{key}" IS NOT NULL' for key in wanted)
    with open_arrow(
        extract, layer=source, where=where, use_pyarrow=True, batch_size=_BATCH, CONFIG_FILE=str(configuration)
    ) as (_, reader):
        yield from reader


def _rows_of(layer: Layer, batch: pa.RecordBatch) -> pa.Table | None:
    """The features of a batch that belong to a layer."""
    belongs = np.zeros(batch.num_rows, bool)
    class_of: Any = pa.nulls(batch.num_rows, pa.string())
    for key, values in layer.tags.items():
        has_tag = _has(batch, key, values)
        class_of = pc.if_else(pa.array(has_tag & ~belongs), batch.column(key), class_of)
        belongs |= has_tag
    for key, values in layer.also.items():
        belongs &= _has(batch, key, values)
    chosen = np.flatnonzero(belongs)
    if not len(chosen):
        return None
    geometries = shapely.from_wkb(
        batch.column(_GEOMETRY).take(pa.array(chosen)).to_numpy(zero_copy_only=False), on_invalid="ignore"
    )
    bounds = shapely.bounds(geometries)
    is_drawn = ~(shapely.is_missing(geometries) | shapely.is_empty(geometries))
    is_drawn &= np.nan_to_num(np.maximum(bounds[:, 2] - bounds[:, 0], bounds[:, 3] - bounds[:, 1])) >= layer.least_deg
    taken = pa.array(chosen[is_drawn])
    names = [
        batch.column(key).take(taken) if layer.is_named else pa.nulls(len(taken), pa.string()) for key in NAME_KEYS
    ]
    return pa.Table.from_arrays(
        [pa.array(shapely.to_wkb(geometries[is_drawn]), pa.binary()), class_of.take(taken), *names], schema=SCHEMA
    )


def _has(batch: pa.RecordBatch, key: str, values: frozenset[str]) -> Any:
    column = batch.column(key)
    has_tag = pc.is_valid(column) if values == ANY else pc.is_in(column, value_set=pa.array(sorted(values)))
    return has_tag.to_numpy(zero_copy_only=False)
