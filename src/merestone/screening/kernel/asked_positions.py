"""Positions as a caller gives them, as arrays that are measured."""

from __future__ import annotations

import sys

import numpy as np
from numpy.typing import ArrayLike, NDArray

from merestone.screening.kernel.outline import Accuracy, Floats
from merestone.terms import FieldRefused


def on_the_globe(lon: Floats, lat: Floats, chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Which of the chosen positions are places on the globe."""
    at = np.flatnonzero(chosen)
    with np.errstate(invalid="ignore"):
        return at[(np.abs(lon[at]) <= 180.0) & (np.abs(lat[at]) <= 90.0)]


def positions_of(lon_deg: ArrayLike, lat_deg: ArrayLike, accuracy_m: Accuracy) -> tuple[Floats, Floats, Floats]:
    """Longitudes, latitudes, and accuracies (NaN: not stated): (n,), or (1,) where one was given for all.

    Raises
    ------
    FieldRefused
        The lengths differ.
    """
    lon, lat = np.atleast_1d(_numbers(lon_deg)), np.atleast_1d(_numbers(lat_deg))
    accuracy = _numbers(accuracy_m)
    if lon.ndim != 1 or lon.shape != lat.shape:
        why = f"do not fit each other: {lon.shape} and {lat.shape}"
        raise FieldRefused("lon_deg, lat_deg", "arrays", why, "give one longitude and one latitude for each position")
    if accuracy.ndim > 1 or (accuracy.ndim == 1 and accuracy.shape not in (lon.shape, (1,))):
        raise FieldRefused(
            "accuracy_m",
            accuracy.shape,
            f"does not fit the number of positions, {len(lon)}",
            "give one, or one for each",
        )
    with np.errstate(invalid="ignore"):
        accuracy = np.where(np.isfinite(accuracy) & (accuracy >= 0.0), accuracy, np.nan)
    return lon, lat, np.atleast_1d(accuracy)


def _numbers(values: Accuracy) -> Floats:
    """Float64, with None as NaN."""
    array = np.asarray(values)
    if array.dtype == object:
        array = np.array([np.nan if v is None else v for v in array.ravel()], np.float64).reshape(array.shape)
    if "numpy.ma" in sys.modules and np.ma.isMaskedArray(values):  # nothing is masked before numpy.ma is loaded
        array = np.ma.filled(np.ma.asarray(values, np.float64), np.nan)
    return np.ascontiguousarray(array, np.float64) if array.ndim else np.asarray(array, np.float64)


def metres_of(name: str, value: float) -> float:
    """A distance that was asked for; FieldRefused if it is not a number of 0 or more."""
    if not value >= 0.0:
        raise FieldRefused(name, value, "is not a distance", "give metres, 0 or more")
    return float(value)
