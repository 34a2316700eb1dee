"""How long the eight packaged borders are, what they run through, and who lives beside them: kept with the package.

To measure it takes seconds, and gives the same each time. So `data/surroundings.json` holds the figures together with
the SHA-256 of the data from which they were measured; where the data differ, they are measured anew.
`tools/border_surroundings.py` makes the file, and a test compares it with what is measured.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from functools import cache
from importlib.resources import files
from typing import Any, Final

import shapely

from merestone.border.cover import Cover
from merestone.border.length import LengthAt
from merestone.border.line import LengthRange
from merestone.border.packaged import FIVE_STATES_BORDERS, packaged_borders
from merestone.border.people import DISTANCES_M, PeopleWithin, people_near
from merestone.border.published import BorderLength, MeasuredBorder, border_length
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
    stored = _stored_figures()
    return measured_surroundings() if stored is None else _from_json(stored)


@cache
def five_states_lengths() -> tuple[BorderLength, ...]:
    """The lengths of the five states' eight borders, kept or measured as `surroundings` are."""
    stored = _stored_figures()
    return measured_lengths() if stored is None else tuple(_length_from(pair, stored) for pair in FIVE_STATES_BORDERS)


def _stored_figures() -> Mapping[str, Any] | None:
    """The figures of the file; None if they are not those of the packaged data."""
    file = files("merestone.border").joinpath(FILE)
    stored: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return stored if stored.get("measured_from") == data_digest() else None


def measured_lengths() -> tuple[MeasuredBorder, ...]:
    """Measure the eight borders from the packaged lines; takes a second."""
    return tuple(border_length(packaged_borders()[pair]) for pair in FIVE_STATES_BORDERS)


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


def as_json(measured: Surroundings, lengths: Iterable[BorderLength]) -> dict[str, Any]:
    """The figures for the file, with the digest of the data that they were measured from."""
    fields = {length.pair: _length_as_json(length) for length in lengths}
    return {"measured_from": data_digest(), **asdict(measured), "lengths": fields}


def _length_as_json(length: BorderLength) -> dict[str, Any]:
    return {
        "land": {field.name: getattr(length.land, field.name) for field in fields(LengthRange)},
        "lagoon_m": length.lagoon_m,
        "sea_m": length.sea_m,
        "curve": [asdict(at) for at in length.curve],
    }


def _length_from(pair: str, stored: Mapping[str, Any]) -> BorderLength:
    entry = stored["lengths"][pair]
    curve = tuple(LengthAt(**at) for at in entry["curve"])
    return BorderLength(
        packaged_borders()[pair], LengthRange(**entry["land"]), entry["lagoon_m"], entry["sea_m"], curve
    )


def _from_json(stored: Mapping[str, Any]) -> Surroundings:
    def terrain(entry: Mapping[str, Any]) -> Terrain:
        return Terrain(**{**entry, "shares": {Cover(name): share for name, share in entry["shares"].items()}})

    return Surroundings(
        along={pair: AlongWater(**entry) for pair, entry in stored["along"].items()},
        terrain={pair: terrain(entry) for pair, entry in stored["terrain"].items()},
        people={pair: tuple(PeopleWithin(**entry) for entry in some) for pair, some in stored["people"].items()},
        all_people=PeopleWithin(**stored["all_people"]),
    )
