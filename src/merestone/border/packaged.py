"""The border lines that come with Merestone, read from the package.

They were drawn by OpenStreetMap's contributors; they are no treaty's lines, and say nothing of who is right where
states disagree. `data/openstreetmap/PROVENANCE.md` says what was done to them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

import shapely
from shapely import MultiLineString

from merestone.terms import FieldRefused

FIVE_STATES_BORDERS: Final = (
    "FIN-RUS", "EST-RUS", "LVA-RUS", "LVA-BLR", "LTU-BLR", "LTU-RUS", "POL-BLR", "POL-RUS",
)  # fmt: skip
"""The borders of Finland, Estonia, Latvia, Lithuania and Poland with Belarus and Russia, north to south."""
CONTRAST_BORDERS: Final = ("NOR-RUS", "UKR-RUS", "UKR-BLR")
"""Neighbours' borders with the same two states, packaged for comparison."""


@dataclass(frozen=True, slots=True)
class BorderLine:
    """One border as the packaged data draw it. Longitude and latitude, WGS 84."""

    pair: str
    """ISO 3166-1 alpha-3 codes, such as ``FIN-RUS``."""
    side_a: MultiLineString
    """The first state's outline within 300 m of the second's: land, rivers, lakes."""
    side_b: MultiLineString
    """The second state's outline within 300 m of the first's."""
    lagoon: MultiLineString
    """Across coastal water between two stretches of the land border (a lagoon, an inlet); empty if there is none."""
    sea: MultiLineString
    """Through the territorial sea, where the data have it; empty if not."""
    source: str
    vintage_on: date


def packaged_border(pair: str) -> BorderLine:
    """The packaged line between two states, named by their ISO 3166-1 alpha-3 codes in either order.

    Raises
    ------
    FieldRefused
        There is no such line; the message names those that there are.
    """
    borders = packaged_borders()
    codes = pair.upper().replace("_", "-").split("-")
    for name in ("-".join(codes), "-".join(reversed(codes))):
        if name in borders:
            return borders[name]
    raise FieldRefused("border", pair, "is not among the packaged lines", f"use one of {', '.join(borders)}")


@cache
def packaged_borders() -> Mapping[str, BorderLine]:
    """All packaged lines by name, the five states' first."""
    text = files("merestone.border").joinpath("data/openstreetmap/borders.geojson").read_text(encoding="utf-8")
    content = json.loads(text)
    parts: dict[str, dict[str, MultiLineString]] = {}
    packages: dict[str, list[str]] = {}
    for feature in content["features"]:
        properties = feature["properties"]
        pair, part = properties["border"], properties["part"]
        line = shapely.from_geojson(json.dumps(feature["geometry"]))
        assert isinstance(line, MultiLineString)
        parts.setdefault(pair, {})[properties["side"] if part == "land" else part] = line
        packages.setdefault(pair, [])
        if properties["package"] not in packages[pair]:
            packages[pair].append(properties["package"])
    vintage_on, nothing = date.fromisoformat(content["vintage_on"]), MultiLineString()
    borders = {}
    for pair in FIVE_STATES_BORDERS + CONTRAST_BORDERS:
        a, b = pair.split("-")
        has = parts[pair]
        source = f"{content['attribution']}, {content['licence']}, by {' and '.join(packages[pair])}"
        borders[pair] = BorderLine(
            pair, has[a], has[b], has.get("lagoon", nothing), has.get("sea", nothing), source, vintage_on
        )
    return MappingProxyType(borders)
