"""The sea of a base map, made of coast lines: OpenStreetMap has lines that keep the land on their left, and no sea.

Source: OpenStreetMap wiki, natural=coastline.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from merestone.exchange.formats.base_maps.layers import COAST, SEA, Layer
from merestone.exchange.formats.base_maps.osm_reading import SCHEMA

_ASIDE_DEG: Final = 1e-7
"""How far beside the middle of a piece of coast the ground is looked at: a centimetre."""
_SURE: Final = 9
"""A face is sea where nine of ten pieces of its coast have it on their right."""
_NEAR_EDGE: Final = 0.1
"""Which share of the frame's smaller side a coast may end before the frame and is drawn on to it."""
_FRAME_LAYERS: Final = frozenset({"roads", "streets", "tracks", "villages", "towns"})
"""What lies within the region throughout; the coast is closed at the extent of these."""


def write_sea(files: Mapping[Layer, Path], folder: Path) -> Mapping[Layer, Path]:
    """The files of the layers, with one of the sea if there is a coast that bounds it, the lowest layer first."""
    frame_deg = frame_of(files)
    if COAST not in files or frame_deg is None:
        return files
    coast = shapely.from_wkb(pq.read_table(files[COAST])["geometry"].to_numpy())
    sea = sea_of(coast, frame_deg)
    if not sea:
        return files
    path = folder / f"{SEA.name}.parquet"
    rows = {"geometry": shapely.to_wkb(np.array(sea, dtype=object)), "class": ["sea"] * len(sea)}
    empty = pa.nulls(len(sea), pa.string())
    columns = [pa.array(rows[name]) if name in rows else empty for name in SCHEMA.names]
    pq.write_table(pa.Table.from_arrays(columns, schema=SCHEMA), path)
    return {SEA: path, **files}


def frame_of(files: Mapping[Layer, Path]) -> tuple[float, float, float, float] | None:
    """West, south, east and north of what lies within the region throughout; None if the extract has none of it."""
    extents = [_extent_deg(path) for layer, path in files.items() if layer.name in _FRAME_LAYERS]
    if not extents:
        return None
    west, south, east, north = np.array(extents).T
    return float(west.min()), float(south.min()), float(east.max()), float(north.max())


def _extent_deg(path: Path) -> tuple[float, float, float, float]:
    boxes = [
        shapely.total_bounds(shapely.from_wkb(batch["geometry"].to_numpy(zero_copy_only=False)))
        for batch in pq.ParquetFile(path).iter_batches(columns=["geometry"])
    ]
    west, south, east, north = np.array(boxes).T
    return float(west.min()), float(south.min()), float(east.max()), float(north.max())


def sea_of(coast: NDArray[np.object_], frame_deg: tuple[float, float, float, float]) -> list[BaseGeometry]:
    """The parts of a frame that the coast bounds as sea; none where the lines do not close, since nobody can tell.

    Parameters
    ----------
    coast : shape (n,)
        Lines in longitude and latitude, land on their left.
    frame_deg
        West, south, east and north.
    """
    frame = shapely.box(*frame_deg)
    lines = shapely.intersection(coast[shapely.intersects(coast, frame)], frame)
    if not len(lines):
        return []
    network = shapely.union_all([*lines, *_closing(lines, frame), frame.exterior])
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(network)))
    right, left = (_faces_beside(faces, lines, side) for side in (1.0, -1.0))
    return list(faces[(right > 0) & (right >= _SURE * left)])


def _closing(lines: NDArray[np.object_], frame: shapely.Polygon) -> list[BaseGeometry]:
    """Straight lines from ends near the frame to it: extracts cut a coast at its last corner before their edge."""
    merged = shapely.line_merge(shapely.union_all(lines))
    ends = shapely.get_parts(shapely.boundary(merged))
    west, south, east, north = frame.bounds
    near = ends[shapely.distance(ends, frame.exterior) <= _NEAR_EDGE * min(east - west, north - south)]
    return list(shapely.shortest_line(near, frame.exterior))


def _faces_beside(faces: NDArray[np.object_], lines: NDArray[np.object_], side: float) -> NDArray[np.int64]:
    """For each face, how many pieces of coast have it on their right (1) or on their left (-1)."""
    parts = shapely.get_parts(lines)
    corners, of_line = shapely.get_coordinates(parts[shapely.get_dimensions(parts) == 1], return_index=True)
    same = of_line[1:] == of_line[:-1]
    start, step = corners[:-1][same], (corners[1:] - corners[:-1])[same]
    length = np.hypot(*step.T)
    start, step, length = start[length > 0], step[length > 0], length[length > 0]
    aside = np.column_stack([step[:, 1], -step[:, 0]]) / length[:, None] * side * _ASIDE_DEG
    _, face_indices = shapely.STRtree(faces).query(shapely.points(start + step / 2 + aside), predicate="within")
    return np.bincount(face_indices, minlength=len(faces))
