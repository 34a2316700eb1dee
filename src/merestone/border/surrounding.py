"""What the eight packaged borders run through, and who lives beside them: measured once, and kept with the package.

To measure it takes seconds, and gives the same each time. So `data/surroundings.json` holds the figures together with
the SHA-256 of the data from which they were measured; where the data differ, they are measured anew.
`tools/border_surroundings.py` makes the file, and a test compares it with what is measured.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

import shapely

from merestone.border.cover import Cover
from merestone.border.packaged import FIVE_STATES_BORDERS, packaged_borders
from merestone.border.people import DISTANCES_M, PeopleWithin, people_near
from merestone.border.strip import strip_of
from merestone.border.terrain import AlongWater, Terrain, along_water, packaged_water, water_terrain

STRIP_M: Final = 10_000.0
"""Width of the strip along a border, both sides together."""
PEOPLE_WITHIN_M: Final = DISTANCES_M[:2]
ALL_PEOPLE_WITHIN_M: Final = 10_000.0
_DATA: Final = ("openstreetmap/borders.geojson", "openstreetmap/water.geojson", "geonames/places.csv")
FILE: Final = "data/surroundings.json"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Of each border by its name, such as ``FI-RU``; lengths and areas geodesic, metres and square metres."""

    along: Mapping[str, AlongWater]
    """How much of the border's line runs in or along water."""
    terrain: Mapping[str, Terrain]
    """Of the strip along it, `STRIP_M` wide, by the packaged water bodies."""
    people: Mapping[str, tuple[PeopleWithin, ...]]
    """Within each of `PEOPLE_WITHIN_M`."""
    all_people: PeopleWithin
    """Within `ALL_PEOPLE_WITHIN_M` of any of the eight."""


@cache
def surroundings() -> Surroundings:
    """The figures that are kept, if they were measured from the packaged data as they are; otherwise measured now."""
    file = files("merestone.border").joinpath(FILE)
    kept = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return _from_json(kept) if kept.get("measured_from") == data_digest() else measured_surroundings()


def data_digest() -> str:
    """SHA-256 over the packaged data from which the figures are measured, hexadecimal."""
    digest = hashlib.sha256()
    for name in _DATA:
        digest.update(hashlib.sha256(files("merestone.border").joinpath("data", name).read_bytes()).digest())
    return digest.hexdigest()


def measured_surroundings() -> Surroundings:
    """Measure all of it from the packaged data; takes seconds."""
    water, lines = packaged_water(), {pair: packaged_borders()[pair].side_a for pair in FIVE_STATES_BORDERS}
    every = shapely.union_all([shapely.simplify(line, 0.0002) for line in lines.values()])
    return Surroundings(
        along={pair: along_water(line, water) for pair, line in lines.items()},
        terrain={pair: water_terrain(strip_of(line, STRIP_M / 2), water) for pair, line in lines.items()},
        people={pair: people_near(line, PEOPLE_WITHIN_M) for pair, line in lines.items()},
        all_people=people_near(every, [ALL_PEOPLE_WITHIN_M])[0],
    )


def as_json(measured: Surroundings) -> dict[str, Any]:
    """The figures for the file, with the digest of the data that they were measured from."""
    return {"measured_from": data_digest(), **asdict(measured)}


def _from_json(kept: Mapping[str, Any]) -> Surroundings:
    def terrain(one: Mapping[str, Any]) -> Terrain:
        return Terrain(**{**one, "shares": {Cover(name): share for name, share in one["shares"].items()}})

    return Surroundings(
        along={pair: AlongWater(**one) for pair, one in kept["along"].items()},
        terrain={pair: terrain(one) for pair, one in kept["terrain"].items()},
        people={pair: tuple(PeopleWithin(**one) for one in some) for pair, some in kept["people"].items()},
        all_people=PeopleWithin(**kept["all_people"]),
    )
