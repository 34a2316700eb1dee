from .build import BaseMapBuilt, build_base_map
from .clipping import ClippedBaseMap, clip_base_map
from .names import NamedPlace
from .place_search import FoundPlace, PlaceIndex, folded
from .small_world import ATTRIBUTION, ZOOMS, SmallWorld, small_world

__all__ = [
    "ATTRIBUTION",
    "ZOOMS",
    "BaseMapBuilt",
    "ClippedBaseMap",
    "FoundPlace",
    "NamedPlace",
    "PlaceIndex",
    "SmallWorld",
    "build_base_map",
    "clip_base_map",
    "folded",
    "small_world",
]
