"""The figures that are kept with the package are those that are measured from its data."""

from typing import Any

import numpy as np
import pytest
import shapely
from pyproj import Geod, Transformer
from shapely.geometry.base import BaseGeometry

from merestone.border import FIVE_STATES_BORDERS, packaged_borders, surrounding
from merestone.border.length import RESOLUTIONS_M
from merestone.border.surrounding import (
    as_json,
    data_digest,
    five_states_lengths,
    measured_lengths,
    measured_surroundings,
    surroundings,
)


def leaves(value: Any, path: str = "") -> dict[str, Any]:
    if isinstance(value, dict):
        return {key: leaf for name, one in value.items() for key, leaf in leaves(one, f"{path}/{name}").items()}
    if isinstance(value, (list, tuple)):
        return {key: leaf for k, one in enumerate(value) for key, leaf in leaves(one, f"{path}/{k}").items()}
    return {path: value}


def test_what_is_kept_is_what_is_measured() -> None:
    """2026-11-28: a briefing measured the same lines again each time, four of its seven seconds.

    It takes some seconds itself: this is the one place where all of it is measured.
    """
    kept = leaves(as_json(surroundings(), five_states_lengths()))
    measured = leaves(as_json(measured_surroundings(), measured_lengths()))
    assert kept.keys() == measured.keys()
    for place, value in measured.items():
        expected = pytest.approx(value, rel=1e-6) if isinstance(value, float) else value
        assert kept[place] == expected, place


@pytest.mark.parametrize("pair", FIVE_STATES_BORDERS)
def test_the_lengths_that_are_kept_are_those_of_another_way_to_measure(pair: str) -> None:
    """2026-11-28: a briefing spent a second on lengths that never change; now they are kept.

    The oracle cuts the lines by GEOS's buffer in a plane of PROJ's, and measures what is left with GeographicLib's
    geodesics, line by line; ours knows neither buffer nor plane.
    """
    kept = next(each for each in five_states_lengths() if each.pair == pair)
    border = packaged_borders()[pair]
    middle = shapely.box(*border.side_a.bounds).centroid
    plane = Transformer.from_crs(4326, f"+proj=laea +lon_0={middle.x} +lat_0={middle.y} +ellps=WGS84", always_xy=True)

    def moved(line: BaseGeometry, direction: str) -> BaseGeometry:
        return shapely.transform(line, lambda c: np.stack(plane.transform(c[:, 0], c[:, 1], direction=direction), 1))

    sides = [moved(side, "FORWARD") for side in (border.side_a, border.side_b)]
    lengths_m = [
        Geod(ellps="WGS84").geometry_length(moved(shapely.intersection(one, other.buffer(120.0)), "INVERSE"))
        for one, other in (sides, sides[::-1])
    ]
    assert kept.land.tolerance_m == 120.0
    assert kept.land.length_m == pytest.approx(sum(lengths_m) / 2, rel=2e-3)
    assert kept.land.least_m <= min(lengths_m) * 1.002
    assert kept.land.greatest_m >= max(lengths_m) * 0.998
    assert kept.curve[0].length_m == pytest.approx(lengths_m[0], rel=2e-3)
    assert [at.resolution_m for at in kept.curve] == list(RESOLUTIONS_M)
    longest_first = [at.length_m for at in kept.curve]
    assert longest_first == sorted(longest_first, reverse=True)


def test_figures_of_other_data_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    before = data_digest()
    monkeypatch.setattr(surrounding, "_DATA", ("geonames/places.csv",))
    assert data_digest() != before
    anew = surroundings()
    monkeypatch.setattr(surrounding, "measured_surroundings", lambda: anew)
    monkeypatch.setattr(surrounding, "measured_lengths", lambda: ())
    surroundings.cache_clear()
    five_states_lengths.cache_clear()
    assert surroundings() is anew
    assert five_states_lengths() == ()
    surroundings.cache_clear()
    five_states_lengths.cache_clear()
