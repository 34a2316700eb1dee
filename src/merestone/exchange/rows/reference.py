"""Coordinates as the file has them become longitude and latitude on WGS 84, with the accuracy of doing so."""

import warnings
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from merestone.exchange.rows.edges import EXTRA_M, PLANAR, TOLERANCE_M, along_of, followed
from merestone.terms import FieldRefused, FileRefused

if TYPE_CHECKING:  # PROJ is long to load, and a GeoJSON that states no system needs none
    import pyproj

Floats = NDArray[np.float64]
_MOST_PER_DEGREE_M: Final = 111_700.0
"""No degree of longitude or latitude is longer on WGS 84: 111,694 m at the poles."""
LON_LAT: Final = ("EPSG:4326", "OGC:CRS84")
"""Longitude and latitude on WGS 84: where a file states one of these, nothing has to be asked of PROJ, which takes as
long to load as 10,000 rows to read."""
_AROUND_DEG: Final = 3.0
"""So far beside the area of a projection its metres are still used."""
_MOSTLY: Final = 0.5
MOST_SYSTEMS = 100
"""Reference systems that rows of one file may state: PROJ takes up to half a second to prepare one, and a file of 1 MB
can name ten thousand."""


@cache
def crs84() -> "pyproj.CRS":
    """Longitude and latitude on WGS 84."""
    import pyproj

    return pyproj.CRS.from_user_input("OGC:CRS84")


def reference_of(stated: str | None, user_crs: str | None, *, path: Path) -> "pyproj.CRS":
    """What the file's coordinates are in: what it states, or what the user gives for a file that is silent.

    Raises
    ------
    FileRefused
        Nothing is stated and nothing given; or both are, and they differ; or the stated text cannot be understood.
    FieldRefused
        The given one is not known.
    """
    import pyproj

    user = None
    if user_crs is not None:
        try:
            user = pyproj.CRS.from_user_input(user_crs)
        except pyproj.exceptions.CRSError as error:
            raise FieldRefused(
                "crs", user_crs, f"is not a coordinate reference system ({error})", "give one such as EPSG:4326"
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


def name_of(crs: "pyproj.CRS") -> str:
    """The authority's code where there is one, else the name."""
    # A system bound to a transformation of its own has no code, and PROJ 9.5 takes seconds to find that out.
    code = None if crs.is_bound else crs.to_authority(min_confidence=70)
    return f"{code[0]}:{code[1]}" if code else crs.name


def is_used_the_other_way(crs: "pyproj.CRS", places: Floats) -> bool:
    """Whether metres lie far outside the area of their projection, and inside of it with x and y changed.

    Parameters
    ----------
    places : shape (n, 2)
        Taken as x, then y, in the system.

    >>> import pyproj
    >>> is_used_the_other_way(pyproj.CRS(32633), np.array([[4973987.0, 665800.0]]))
    True
    """
    area = crs.area_of_use
    if not crs.is_projected or area is None or area.west > area.east:
        return False
    import pyproj

    transformer = pyproj.Transformer.from_crs(crs, crs84(), always_xy=True)
    shares = []
    for way in (places, places[:, ::-1]):
        lon, lat = transformer.transform(way[:, 0], way[:, 1])
        in_lon = (lon >= area.west - _AROUND_DEG) & (lon <= area.east + _AROUND_DEG)
        shares.append(float((in_lon & (lat >= area.south - _AROUND_DEG) & (lat <= area.north + _AROUND_DEG)).mean()))
    return shares[0] == 0 and shares[1] > _MOSTLY


class ToLonLat:
    """Brings geometries to longitude and latitude on WGS 84; from None, which says that they are in these already.

    Attributes
    ----------
    shift_m
        How well, in metres: what PROJ states for the operations used, the worst of them (NaN where one is of unknown
        accuracy), how far others for the same places contradict them, the whole shift of the datum for places outside
        the area that the system is made for, and what following the file's edges adds. 0 if nothing had to be done.
    shifts_m
        The same for each geometry of the last call: the worst of its own coordinates, and not more because of another.

    Raises
    ------
    FieldRefused
        The edges are of a kind that is not known, or that the reference system cannot have.
    """

    def __init__(self, crs: "pyproj.CRS | None", edges: str = PLANAR) -> None:
        self.shift_m = 0.0
        self.shifts_m: Floats = np.zeros(0)
        self.faults: dict[int, str] = {}
        self._transformer = None
        self._along = None
        if crs is None:
            return
        import pyproj

        if not crs.equals(crs84(), ignore_axis_order=True):
            # always_xy: every format here stores x (or longitude) first, whatever the authority's axis order says.
            try:
                self._transformer = pyproj.Transformer.from_crs(crs, crs84(), always_xy=True)
                self._operations = _operations(crs)
                self._crs = crs
            except pyproj.exceptions.ProjError as error:
                why = f"cannot be brought to WGS 84 ({error})"
                raise FieldRefused("crs", crs.name, why, "state a reference system that PROJ knows") from error
        self._edges_m = EXTRA_M.get(edges, 0.0)
        self._along = along_of(edges, crs) if edges != PLANAR or crs.is_projected else None
        if edges != PLANAR:
            self.shift_m = self._edges_m + TOLERANCE_M
        self._least_m = self.shift_m

    def __call__(self, geometries: Sequence[BaseGeometry | None]) -> "NDArray[Any] | Sequence[BaseGeometry | None]":
        """The geometries in the same order; None stays None. What cannot be transformed becomes infinite."""
        if not len(geometries) or (self._transformer is None and self._along is None):
            self.shifts_m = np.full(len(geometries), self.shift_m)
            return geometries
        with np.errstate(invalid="ignore", over="ignore"):  # infinite coordinates are the check's business
            return self._brought(geometries)

    def _brought(self, geometries: Sequence[BaseGeometry | None]) -> NDArray[Any]:
        shapes: Any = np.asarray(geometries, dtype=object)
        if self._along is not None:
            shapes, faults = followed(shapes, self._along, self._degrees)
            self.faults = faults or {}
            if faults is not None:
                self._edges_m = max(self._edges_m, TOLERANCE_M)
                self.shift_m = _worse(self.shift_m, self._edges_m)
        self.shifts_m = np.full(len(shapes), max(self._least_m, self._edges_m))
        if self._transformer is None:
            return np.asarray(shapes, dtype=object)
        xy, owner = shapely.get_coordinates(shapes, return_index=True)
        added_m = self._accuracy_m(xy) + self._edges_m
        np.maximum.at(self.shifts_m, owner, added_m)  # NaN, which is not known, is the worst
        self.shift_m = _worse(self.shift_m, float(np.max(added_m, initial=0.0)))
        return np.asarray(shapely.transform(shapes, self._degrees), dtype=object)

    def positions(self, x: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
        """(n,) longitudes and latitudes in degrees, and what the transformation adds to each accuracy, metres.

        What cannot be transformed becomes infinite; NaN stays NaN.
        """
        xy = np.column_stack([x, y])
        shift_m = np.zeros(len(xy))
        if self._transformer is None:
            return xy[:, 0], xy[:, 1], shift_m
        has = np.isfinite(xy).all(axis=1)
        shift_m[has] = self._accuracy_m(xy[has])
        self.shift_m = _worse(self.shift_m, float(np.max(shift_m, initial=0.0)))
        xy[has] = self._degrees(xy[has])
        return xy[:, 0], xy[:, 1], shift_m

    def _degrees(self, xy: Floats) -> Floats:
        if self._transformer is None:
            return xy
        return np.column_stack(self._transformer.transform(xy[:, 0], xy[:, 1]))

    def _accuracy_m(self, xy: Floats) -> Floats:
        """(n,) accuracy of the operation that PROJ used for each place; NaN: not known.

        PROJ chooses an operation for each place, and tells only the one that it used last. So the operations are run
        one by one: the first whose result is PROJ's and whose area holds the place is the one. Where that is none, the
        worst of those with PROJ's result counts. What other operations say of the place may widen it (`_contradicted`),
        and so does a place outside the area for which anything is stated (`whole_shift_m`).
        """
        if len(self._operations) == 1:
            stated_m = _stated_m(self._operations[0])
            if not stated_m > 0:  # an exact one, whose own datum is WGS 84, or one that nobody states anything of
                return np.full(len(xy), stated_m)
            return self._widened(xy, self._degrees(xy), np.full(len(xy), stated_m))
        chosen, worst_m = self._degrees(xy), np.full(len(xy), -np.inf)
        is_known = np.zeros(len(xy), bool)
        others: list[tuple[Floats, NDArray[np.bool_], float]] = []
        for operation in self._operations:
            degrees, stated_m = np.column_stack(operation.transform(xy[:, 0], xy[:, 1])), _stated_m(operation)
            holds = _holds(operation.area_of_use, chosen)
            same = (degrees == chosen).all(axis=1) & ~is_known
            worst_m[same] = np.maximum(worst_m[same], stated_m)
            worst_m[same & holds] = stated_m
            is_known |= same & holds
            others.append((degrees, holds, stated_m))
        worst_m[np.isneginf(worst_m)] = np.nan
        worst_m = self._widened(xy, chosen, _contradicted(worst_m, chosen, others))
        worst_m[~np.isfinite(chosen).all(axis=1)] = 0.0  # it has no place, and is refused for that
        return worst_m

    def _widened(self, xy: Floats, chosen: Floats, accuracy_m: Floats) -> Floats:
        """(n,) accuracies, with the whole shift of the datum for places outside every area that is stated.

        There nobody states how accurate the operation is, and that the numbers are in the system that the file names is
        itself in doubt: they may be on WGS 84 already, under a label that another program wrote. Both readings count.
        """
        areas = [operation.area_of_use for operation in self._operations if not np.isnan(_stated_m(operation))]
        areas = [area for area in (*areas, self._crs.area_of_use) if area is not None]
        at = np.flatnonzero(np.isfinite(chosen).all(axis=1) & ~np.isnan(accuracy_m))
        at = at[~np.any([_holds(area, chosen[at]) for area in areas], axis=0)] if areas else at[:0]
        if len(at):
            accuracy_m = accuracy_m.copy()
            accuracy_m[at] += whole_shift_m(self._crs, xy[at], chosen[at])
        return accuracy_m


def whole_shift_m(crs: "pyproj.CRS", xy: Floats, degrees: Floats) -> Floats:
    """(n,) metres between places on WGS 84 and the same longitudes and latitudes on the datum of `crs`.

    0 where `crs` has no such longitude and latitude.

    Parameters
    ----------
    xy : (n, 2) in `crs`.
    degrees : (n, 2) the same places on WGS 84.
    """
    import pyproj

    own = crs.geodetic_crs
    if crs.is_bound or own is None or own.prime_meridian is None or own.axis_info[0].unit_conversion_factor <= 0:
        return np.zeros(len(xy))
    way = pyproj.Transformer.from_crs(crs, own, always_xy=True)
    on_datum = np.column_stack(way.transform(xy[:, 0], xy[:, 1])) * np.degrees(own.axis_info[0].unit_conversion_factor)
    meridian = own.prime_meridian
    on_datum[:, 0] += np.degrees(meridian.longitude * float(meridian.unit_conversion_factor))
    out_m = np.zeros(len(xy))
    has = np.isfinite(on_datum).all(axis=1) & (np.abs(on_datum[:, 1]) <= 90)
    out_m[has] = pyproj.Geod(ellps="WGS84").inv(*on_datum[has].T, *degrees[has].T)[2]
    return out_m


def _contradicted(
    accuracy_m: Floats, chosen: Floats, others: Sequence[tuple[Floats, NDArray[np.bool_], float]]
) -> Floats:
    """(n,) accuracies under which the place is right whichever of two operations that contradict each other errs.

    They do where their results lie farther apart than both accuracies together. EPSG's operation for
    Kosovo (9143, stated to 1 m) lies 1.6 km off all its neighbours', the one for Thailand (1812, 3 m) 190 m off the
    other: findings/datum-operations-disagree.sh. NaN stays NaN.

    Parameters
    ----------
    accuracy_m : (n,) of the chosen operation.
    chosen : (n, 2) its results, degrees.
    others
        Of each operation: (n, 2) results, (n,) whether its area of use holds the place, and its accuracy in metres.
    """
    import pyproj

    geod = pyproj.Geod(ellps="WGS84")
    wide_m = accuracy_m.copy()
    for degrees, holds, stated_m in others:
        at = np.flatnonzero(holds & np.isfinite(degrees).all(axis=1) & np.isfinite(chosen).all(axis=1))
        # At most so far apart, which settles nearly all without a geodesic. (NaN compares as false: it stays unknown.)
        most_m = np.hypot(*((chosen[at] - degrees[at]) * _MOST_PER_DEGREE_M).T)
        at = at[most_m > accuracy_m[at] + stated_m]
        if np.isnan(stated_m) or not len(at):
            continue
        apart_m = np.asarray(geod.inv(*chosen[at].T, *degrees[at].T)[2])
        wide_m[at] = np.maximum(wide_m[at], np.where(apart_m > accuracy_m[at] + stated_m, apart_m + stated_m, 0.0))
    return wide_m


def _holds(area: Any, degrees: Floats) -> NDArray[np.bool_]:
    """Whether an operation's area of use holds these places; an area that is not stated holds none."""
    if area is None:
        return np.zeros(len(degrees), bool)
    lon, lat = degrees.T
    is_between = (lon >= area.west) & (lon <= area.east)
    if area.west > area.east:  # across the antimeridian
        is_between = (lon >= area.west) | (lon <= area.east)
    return np.asarray(is_between & (lat >= area.south) & (lat <= area.north), bool)


def _operations(crs: "pyproj.CRS") -> Sequence[Any]:
    """The operations from `crs` to WGS 84 among which PROJ chooses for each place."""
    import pyproj

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a better one needs a grid which is not here: its accuracy tells it
        return list(pyproj.transformer.TransformerGroup(crs, crs84(), always_xy=True).transformers)


def _stated_m(operation: Any) -> float:
    """An operation's accuracy, metres; PROJ gives -1 where nobody states how far the result may be off."""
    return float(operation.accuracy) if operation.accuracy is not None and operation.accuracy >= 0 else float("nan")


def _worse(one_m: float, other_m: float) -> float:
    """The larger; NaN, which is not known, is the worst."""
    return float(np.maximum(one_m, other_m))
