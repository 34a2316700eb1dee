"""What footprints and tracks have in common when they are screened: lots, faults of places, one answer of several."""

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray

from merestone.screening.index import HazardIndex
from merestone.screening.kernel.outline import Floats
from merestone.screening.screened import MISSING, NO_ACCURACY, NO_HAZARD, OUT_OF_RANGE, SWAPPED, look_swapped
from merestone.screening.shapes.polyline import Longs, Ways
from merestone.terms import FieldRefused

Answers = TypeVar("Answers")


def refuse_no_measures(**measures: float) -> None:
    """Refuse what is not a distance or a time of 0 or more, by its name: ``_m`` for metres, ``_s`` for seconds.

    Raises
    ------
    FieldRefused
    """
    for name, value in measures.items():
        if not value >= 0.0:  # NaN, too
            what, unit = ("a duration", "seconds") if name.endswith("_s") else ("a distance", "metres")
            raise FieldRefused(name, value, f"is not {what}", f"give {unit}, 0 or more")


def screened_in_lots(
    geometries: NDArray[np.object_],
    screen: Callable[[Longs], Answers],
    most_coordinates: int,
    progress: Callable[[int, int | None], None] | None,
) -> Answers:
    """One answer for all geometries, screened so many coordinates at a time.

    Parameters
    ----------
    screen
        Screens the geometries at these places, which follow each other, and gives a dataclass of columns; what it
        numbers by geometry is numbered among all.
    progress
        Told (geometries done, geometries in all).
    """
    sizes = np.cumsum(shapely.get_num_coordinates(geometries)) // most_coordinates
    answers = []
    for chosen in np.split(np.arange(len(geometries)), np.flatnonzero(np.diff(sizes)) + 1):
        answers.append(screen(chosen))
        if progress is not None:
            progress(int(chosen[-1]) + 1 if len(chosen) else 0, len(geometries))
    return _joined(answers)


def _joined(lots: list[Answers]) -> Answers:
    """Columns one after another, tables within tables too; what is one number for all stays."""
    if len(lots) == 1:
        return lots[0]
    columns: list[Any] = []
    for name in lots[0].__dataclass_fields__:  # type: ignore[attr-defined]
        values = [getattr(lot, name) for lot in lots]
        if isinstance(values[0], float | int):
            columns.append(values[0])
        else:
            columns.append(np.concatenate(values) if isinstance(values[0], np.ndarray) else _joined(values))
    return type(lots[0])(*columns)


def faults_of(
    index: HazardIndex, ways: Ways, geometries: NDArray[np.object_], accuracy_m: Floats, is_placed: NDArray[np.bool_]
) -> NDArray[np.uint8]:
    """(n,) index into `FAULTS`: why a geometry cannot be answered as it stands; 0 where there is no reason.

    Parameters
    ----------
    ways
        The geometries, laid out.
    is_placed
        (n,) whether anything of it can be measured.
    """
    fault = np.zeros(len(geometries), np.uint8)
    fault[np.isnan(accuracy_m)] = NO_ACCURACY
    if index.is_empty:
        fault[:] = NO_HAZARD
    fault[look_swapped(index, *ways.at(np.arange(len(ways.way)), 0.0), ways.way, len(geometries))] = SWAPPED
    fault[~is_placed] = MISSING
    coordinates, owner = shapely.get_coordinates(geometries, return_index=True)
    with np.errstate(invalid="ignore"):
        fault[owner[(np.abs(coordinates[:, 0]) > 540.0) | (np.abs(coordinates[:, 1]) > 90.0)]] = OUT_OF_RANGE
    fault[owner[~np.isfinite(coordinates).all(axis=1)]] = MISSING
    return fault
