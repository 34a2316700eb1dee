from .grid import EXTENT, LATITUDE_MOST_DEG, ZOOM_MOST, TileAddress
from .layer import Value, layer_bytes
from .tile_set import CELLS_LAYER, RECORDS_LAYER, TileSet

__all__ = [
    "CELLS_LAYER",
    "EXTENT",
    "LATITUDE_MOST_DEG",
    "RECORDS_LAYER",
    "ZOOM_MOST",
    "TileAddress",
    "TileSet",
    "Value",
    "layer_bytes",
]
