"""Rows that name their country and lie far from it, and inside of it if their two numbers change places.

A row alone has no others to be compared with. What it says of its country tells that latitude and longitude were put
into each other's columns, as far as countries go: the towns of a country stand for where it is.
"""

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any, Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from merestone.exchange.places.measures import words_of
from merestone.exchange.rows.row import Fault

_OUTSIDE_DEG: Final = 3.0
"""A place so far beyond all towns of a country is not in it. Ours: wider than any strip of a country without a town."""
_INSIDE_DEG: Final = 0.5
_COUNTRY: Final = frozenset(
    ["country", "pays", "pais", "país", "land", "drzava", "država", "zemlja", "kraj", "страна", "країна", "држава",
     "държава", "الدولة", "دولة", "البلد", "كشور", "کشور", "ulke", "ülke", "riik", "maa", "paese", "stat", "adm0",
     "admin0", "iso3", "iso2", "iso", "nation", "state"]
)  # fmt: skip
_BESIDE: Final = frozenset(
    ["name", "code", "iso", "iso2", "iso3", "en", "id", "alpha", "2", "3", "a2", "a3", "un", "of"]
)
_FOLDED: Final = frozenset(word for name in _COUNTRY for word in words_of(name))


@lru_cache(maxsize=512)
def country_columns(names: tuple[str, ...]) -> tuple[str, ...]:
    """The columns that name a row's country.

    >>> country_columns(("id", "Country", "iso3", "Country of origin of the mine", "land_use"))
    ('Country', 'iso3')
    """
    return tuple(name for name in names if set(words_of(name)) & _FOLDED and set(words_of(name)) <= _FOLDED | _BESIDE)


def swapped_by_country(attributes: Mapping[str, Any], geometry: BaseGeometry | None) -> Fault | None:
    """Why a row's two numbers seem to have changed places, by the country that it names; None if they do not."""
    columns = country_columns(tuple(attributes))
    if not columns or geometry is None or geometry.is_empty:
        return None
    lon_deg, lat_deg = (float(x) for x in shapely.get_coordinates(geometry)[0])
    if not (abs(lon_deg) <= 90.0 and abs(lat_deg) <= 90.0):
        return None
    for column in columns:
        box = _box_of(str(attributes.get(column) or "").strip()[:80])
        if box is None or _is_within(box, lon_deg, lat_deg, _OUTSIDE_DEG):
            continue
        if _is_within(box, lat_deg, lon_deg, _INSIDE_DEG):
            text = (
                f"it lies at longitude {lon_deg:g}, latitude {lat_deg:g}, far from its "
                f"{column} = {attributes[column]!r}, and in it if the two numbers change "
                "places; put each into its own column"
            )
            return Fault("swapped_axes", text)
    return None


def is_in_stated_country(attributes: Mapping[str, Any], lon_deg: float, lat_deg: float) -> bool:
    """Whether a place lies about the towns of the country that its row names; False if it names none that is known."""
    boxes = [_box_of(str(attributes.get(column) or "").strip()[:80]) for column in country_columns(tuple(attributes))]
    return any(box is not None and _is_within(box, lon_deg, lat_deg, _INSIDE_DEG) for box in boxes)


def _is_within(box: tuple[float, float, float, float], lon_deg: float, lat_deg: float, margin_deg: float) -> bool:
    west, south, east, north = box
    return west - margin_deg <= lon_deg <= east + margin_deg and south - margin_deg <= lat_deg <= north + margin_deg


@lru_cache(maxsize=1024)
def _box_of(country: str) -> tuple[float, float, float, float] | None:
    """Around all towns of a country, degrees; None where it has none that are known, or the name is of no state."""
    from merestone.law import UnknownState, packaged  # here: few files name a country

    if not country:
        return None
    try:
        state = packaged().states.find(country)
    except UnknownState:
        return None
    return _boxes().get(state.iso2)


@cache
def _boxes() -> Mapping[str, tuple[float, float, float, float]]:
    from merestone.exchange.formats.base_maps import small_world

    towns = small_world().places
    positions_deg = towns.positions_deg
    kinds = towns.country.astype("U2")
    return {
        str(kind): tuple(map(float, (*positions_deg[kinds == kind].min(0), *positions_deg[kinds == kind].max(0))))  # type: ignore[misc]
        for kind in np.unique(kinds)
    }
