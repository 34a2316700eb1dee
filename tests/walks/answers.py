"""What a register answers at many places, for tests that compare two registers."""

import numpy as np
from numpy.typing import NDArray

from merestone.bulk.pack import index_of
from merestone.register import Register

PLACES = 1_000
Places = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]
"""Longitudes, latitudes, accuracies."""


def places_around(west: float, south: float, east: float, north: float) -> Places:
    """Longitudes, latitudes and accuracies of a thousand places in a box, the same in each run."""
    random = np.random.default_rng(20261128)
    lon_deg, lat_deg = random.uniform(west, east, PLACES), random.uniform(south, north, PLACES)
    return lon_deg, lat_deg, random.choice([0.0, 10.0, 300.0, np.nan], PLACES)


def answers(register: Register, places: Places) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """The class of each place, and the distance to its nearest hazard, metres."""
    lon_deg, lat_deg, accuracy_m = places
    index = index_of(register.as_of())
    return index.classify(lon_deg, lat_deg, accuracy_m), index.nearest(lon_deg, lat_deg, accuracy_m).distance_m
