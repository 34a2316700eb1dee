"""Coordinates as the file has them become longitude and latitude on WGS 84, with the accuracy of doing so."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from merestone.terms import FieldRefused, FileRefused

CRS84 = pyproj.CRS.from_user_input("OGC:CRS84")


def reference_of(stated: str | None, given: str | None, *, path: Path) -> pyproj.CRS:
    """What the file's coordinates are in: what it states, or what the user gives for a file that is silent.

    Raises
    ------
    FileRefused
        Nothing is stated and nothing given; or both are, and they differ; or the stated text cannot be understood.
    FieldRefused
        The given one is not known.
    """
    user = None
    if given is not None:
        try:
            user = pyproj.CRS.from_user_input(given)
        except pyproj.exceptions.CRSError as error:
            raise FieldRefused(
                "crs", given, f"is no coordinate reference system ({error})", "give one such as EPSG:4326"
            ) from error
    try:
        own = pyproj.CRS.from_user_input(stated) if stated else None
    except pyproj.exceptions.CRSError as error:
        own = None
        if user is None:
            why = f"the coordinate reference system it states cannot be understood ({error})"
            raise FileRefused(
                path, why, "say what the coordinates are in with --crs, such as --crs EPSG:32633"
            ) from error
    if own is not None and not (own.is_geographic or own.is_projected or own.is_compound or own.is_bound):
        own = None  # GeoPackage's "undefined" systems, -1 and 0, arrive as local ones
    if own is None and user is None:
        why = "the file does not say what its coordinates are in"
        if path.suffix.lower() == ".shp":
            why += f" (no {path.stem}.prj beside it)"
        raise FileRefused(path, why, "say so with --crs, such as --crs EPSG:4326 for longitude and latitude on WGS 84")
    if own is not None and user is not None and not own.equals(user, ignore_axis_order=True):
        why = f"the file says its coordinates are in {name_of(own)}, and --crs says {name_of(user)}"
        raise FileRefused(path, why, "leave --crs out; if the file is wrong, correct it there first (ogr2ogr -a_srs)")
    chosen = own if own is not None else user
    assert chosen is not None
    return chosen


def name_of(crs: pyproj.CRS) -> str:
    """The authority's code where there is one, else the name."""
    code = crs.to_authority(min_confidence=70)
    return f"{code[0]}:{code[1]}" if code else crs.name


class ToLonLat:
    """Brings geometries to longitude and latitude on WGS 84. `shift_m` is how well, as the operation used states it."""

    def __init__(self, crs: pyproj.CRS) -> None:
        self.shift_m = 0.0
        self._transformer = None
        if not crs.equals(CRS84, ignore_axis_order=True):
            # always_xy: every format here stores x (or longitude) first, whatever the authority's axis order says.
            self._transformer = pyproj.Transformer.from_crs(crs, CRS84, always_xy=True)

    def __call__(self, geometries: Sequence[BaseGeometry | None]) -> "NDArray[Any] | Sequence[BaseGeometry | None]":
        """The geometries in the same order; None stays None. What cannot be transformed becomes infinite."""
        transformer = self._transformer
        if transformer is None or not len(geometries):
            return geometries

        def moved_xy(xy: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.column_stack(transformer.transform(xy[:, 0], xy[:, 1]))

        moved = shapely.transform(np.asarray(geometries, dtype=object), moved_xy)
        used = transformer.get_last_used_operation() if any(g is not None for g in geometries) else transformer
        accuracy_m = 0.0 if used.accuracy is None else used.accuracy
        # PROJ gives -1 where nobody states how far the result may be off.
        self.shift_m = max(self.shift_m, accuracy_m) if accuracy_m >= 0 else float("nan")
        return moved
