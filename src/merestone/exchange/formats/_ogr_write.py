"""One table out, through GDAL: what the formats that it writes share.

pyogrio and pyarrow are imported where they are used: a file of text need not wait for them.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import shapely

from merestone.exchange.rows.cells import names_apart
from merestone.exchange.rows.format import Feature
from merestone.terms import FileRefused

_GEOMETRY: Final = "wkb_geometry"
_RESERVED: Final = frozenset({_GEOMETRY, "fid", "ogc_fid", "geom"})
_WGS84: Final = "EPSG:4326"
"""The one name of WGS 84 that every client compares as equal. GeoPackage stores longitude first whatever the system's
own axis order says (OGC 12-128r19, 1.1.1.1.1), and FlatGeobuf does the same."""


@contextmanager
def _not_written(path: Path) -> Iterator[None]:
    """GDAL's failures to write become ours."""
    import pyogrio

    failures = (
        pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pyogrio.errors.FieldError,
        pyogrio.errors.FeatureError, pyogrio.errors.GeometryError, RuntimeError,
    )  # fmt: skip
    try:
        yield
    except failures as error:
        raise FileRefused(
            path, f"GDAL cannot write it: {error}", "try GeoJSON; free space if the disk is full"
        ) from error


def write_table(
    path: Path,
    features: Sequence[Feature],
    *,
    driver: str,
    layer: str,
    metadata: Mapping[str, str] | None = None,
    dataset_options: Mapping[str, str] | None = None,
    layer_options: Mapping[str, str] | None = None,
) -> None:
    """Write one layer of mixed geometries in longitude and latitude on WGS 84; columns are those of all features."""
    import pyarrow as pa
    import pyogrio

    from merestone.exchange.formats.columns import columns_of

    columns = columns_of(features)
    names = names_apart(list(columns), _RESERVED)
    wkbs = [None if f.geometry is None else shapely.to_wkb(f.geometry) for f in features]
    arrays: list[Any] = [*columns.values(), pa.array(wkbs, pa.binary())]
    table = pa.Table.from_arrays(arrays, names=[*(names[name] for name in columns), _GEOMETRY])
    with _not_written(path):
        pyogrio.raw.write_arrow(
            table, path, layer=layer, driver=driver, geometry_name=_GEOMETRY, geometry_type="Unknown", crs=_WGS84,
            encoding="UTF-8", layer_metadata=dict(metadata) if metadata else None, dataset_options=dataset_options,
            layer_options=layer_options,
        )  # fmt: skip
