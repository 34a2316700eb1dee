"""What a base map shows of OpenStreetMap: for each of its layers the tags, the zooms and the shapes.

Source of the tags: OpenStreetMap wiki, Map features. Names of layers and classes follow OpenMapTiles where it has them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

SourceLayer = Literal["points", "lines", "multipolygons"]

_CODES: Final = (
    "en fr es pt de it ru uk be ar fa ps ku ckb tr az hy ka he sr sr-Latn hr bs sq mk bg ro el pl lt lv et fi "
    "sv hu hi ur bn si ta ne my th km lo vi zh ja ko id so am ti sw tg uz ky kk"
)
LANGUAGES: Final = tuple(_CODES.split())
"""Languages in which names are kept beside the local one: those of affected countries and of many who work there."""
NAME_KEYS: Final = ("name", *(f"name:{language}" for language in LANGUAGES))
LAST_ZOOM: Final = 14
"""The last zoom that is written; a map draws its tiles larger beyond it."""


@dataclass(frozen=True, eq=False)
class Layer:
    """One layer of the base map."""

    name: str
    source: SourceLayer
    tags: Mapping[str, frozenset[str]]
    """A feature belongs here if one of these keys has one of these values; no values: any."""
    zooms: tuple[int, int]
    least_deg: float = 0.0
    """What is smaller than this in both directions is left out."""
    is_named: bool = True
    """Whether names are kept."""
    also: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """What must hold besides."""


def _values(text: str) -> frozenset[str]:
    return frozenset(text.split())


ANY: Final = frozenset[str]()
_WATER: Final = {
    "natural": _values("water bay strait wetland"),
    "waterway": _values("riverbank dock"),
    "landuse": _values("reservoir basin"),
}
_FOREST: Final = {
    "landuse": _values("forest orchard"),
    "natural": _values("wood scrub"),
    "leisure": _values("park nature_reserve"),
}
_ROADS: Final = _values("motorway trunk primary secondary motorway_link trunk_link primary_link secondary_link")
_STREETS: Final = _values(
    "tertiary tertiary_link unclassified residential living_street service road pedestrian busway"
)
_TRACKS: Final = _values("track path footway bridleway cycleway steps trail")
_TOWNS: Final = _values("city town")
_VILLAGES: Final = _values("village hamlet suburb quarter neighbourhood isolated_dwelling locality farm island islet")
_STATE_BORDERS: Final = {"boundary": _values("administrative")}
_WATER_LINES: Final = _values("river canal")

SEA: Final = Layer("sea", "multipolygons", {}, (0, LAST_ZOOM), is_named=False)
"""Made of the coast; no feature of OpenStreetMap is the sea."""
COAST: Final = Layer("coast", "lines", {"natural": _values("coastline")}, (0, LAST_ZOOM), is_named=False)
LARGE_RELIEF: Final = Layer("large_relief", "multipolygons", {}, (5, 9), is_named=False)
RELIEF: Final = Layer("relief", "multipolygons", {}, (10, LAST_ZOOM), is_named=False)
"""Made of a digital elevation model, if one is given."""
LAYERS: Final = (
    LARGE_RELIEF,
    RELIEF,
    SEA,
    COAST,
    Layer("large_forest", "multipolygons", _FOREST, (7, 9), least_deg=0.02, is_named=False),
    Layer("forest", "multipolygons", _FOREST, (10, LAST_ZOOM), is_named=False),
    Layer("large_water", "multipolygons", _WATER, (4, 8), least_deg=0.02),
    Layer("water", "multipolygons", _WATER, (9, LAST_ZOOM)),
    Layer("rivers", "lines", {"waterway": _WATER_LINES}, (7, LAST_ZOOM)),
    Layer("streams", "lines", {"waterway": _values("stream ditch drain")}, (12, LAST_ZOOM)),
    Layer("borders", "lines", {"admin_level": _values("2 4")}, (2, LAST_ZOOM), is_named=False, also=_STATE_BORDERS),
    Layer("railways", "lines", {"railway": _values("rail narrow_gauge light_rail")}, (9, LAST_ZOOM), is_named=False),
    Layer("tracks", "lines", {"highway": _TRACKS}, (12, LAST_ZOOM)),
    Layer("streets", "lines", {"highway": _STREETS}, (11, LAST_ZOOM)),
    Layer("roads", "lines", {"highway": _ROADS}, (5, LAST_ZOOM)),
    Layer("buildings", "multipolygons", {"building": ANY}, (LAST_ZOOM, LAST_ZOOM), is_named=False),
    Layer("peaks", "points", {"natural": _values("peak volcano spring cave_entrance")}, (11, LAST_ZOOM)),
    Layer("villages", "points", {"place": _VILLAGES}, (9, LAST_ZOOM)),
    Layer("towns", "points", {"place": _TOWNS}, (3, LAST_ZOOM)),
)  # fmt: skip
"""The layers, the lowest first."""
KEYS: Final = tuple(sorted({key for layer in LAYERS for key in (*layer.tags, *layer.also)}))
"""Every tag that must be read."""
