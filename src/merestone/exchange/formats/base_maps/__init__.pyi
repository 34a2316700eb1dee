from .build import BaseMapBuilt, build_base_map
from .names import NamedPlace
from .place_search import FoundPlace, PlaceIndex, folded
from .small_world import ATTRIBUTION, ZOOMS, SmallWorld, small_world

__all__ = [
    "ATTRIBUTION",
    "ZOOMS",
    "BaseMapBuilt",
    "FoundPlace",
    "NamedPlace",
    "PlaceIndex",
    "SmallWorld",
    "build_base_map",
    "folded",
    "small_world",
]
