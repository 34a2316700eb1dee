"""The names of a base map, so that places can be found without drawing it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import shapely

from merestone.exchange.formats.base_maps.layers import NAME_KEYS, Layer

METADATA_KEY: Final = "merestone:places"
"""The archive's metadata hold its names under this key, each as [class, longitude, latitude, name, other names ...]."""
_RANKS: Final = {
    "towns": 0,
    "villages": 1,
    "peaks": 2,
    "large_water": 3,
    "water": 3,
    "rivers": 3,
    "roads": 4,
    "streets": 5,
}
"""Layers whose names can be found, the first ones first."""
_NEAR_DEG: Final = 0.02
"""Pieces of one street, and a river's, within such a square are found once."""
MOST_NAMES: Final = 400_000


@dataclass(frozen=True, slots=True)
class NamedPlace:
    """A place that has a name."""

    names: tuple[str, ...]
    """The local name first, then those in other languages."""
    kind: str
    """Such as town, village, peak, river, street: the class in the base map, or the layer's."""
    lon_deg: float
    lat_deg: float
    population: int = 0


def names_of(files: Mapping[Layer, Path]) -> list[list[Any]]:
    """The names in the layers' files as the metadata hold them, the most important first; `MOST_NAMES` at most."""
    names: list[list[Any]] = []
    seen: set[tuple[str, int, int]] = set()
    for layer in sorted((layer for layer in files if layer.name in _RANKS), key=lambda layer: _RANKS[layer.name]):
        for row in _named_rows(files[layer]):
            place = _entry(layer.name, row)
            key = (place[3], round(place[1] / _NEAR_DEG), round(place[2] / _NEAR_DEG))
            if key in seen:
                continue
            if len(names) == MOST_NAMES:
                return names
            seen.add(key)
            names.append(place)
    return names


def _named_rows(path: Path) -> Iterator[dict[str, Any]]:
    import pyarrow.parquet as pq  # 28 MB that a service, which only looks names up, does not need

    for batch in pq.ParquetFile(path).iter_batches(batch_size=5_000):
        for row in batch.to_pylist():
            if row["name"]:
                yield row


def _entry(layer: str, row: Mapping[str, Any]) -> list[Any]:
    at = shapely.point_on_surface(shapely.from_wkb(row["geometry"]))
    kind = {"roads": "road", "streets": "street", "rivers": "river", "large_water": "water"}.get(layer, row["class"])
    others = {row[key] for key in NAME_KEYS[1:] if row[key]} - {row["name"]}
    return [kind, round(at.x, 6), round(at.y, 6), row["name"], *sorted(others)]


def places_in(metadata: Mapping[str, Any]) -> Iterator[NamedPlace]:
    """The names that an archive's metadata hold; none if another tool wrote it, or an entry is malformed."""
    listed = metadata.get(METADATA_KEY)
    for entry in listed if isinstance(listed, Iterable) and not isinstance(listed, str) else ():
        match entry:
            case [str(kind), float() | int() as lon_deg, float() | int() as lat_deg, str(name), *others]:
                names = (name, *(other for other in others if isinstance(other, str)))
                yield NamedPlace(names, kind, float(lon_deg), float(lat_deg))
