"""The ground within a distance of many shapes, drawn together: one by one, each takes a third of a millisecond."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol, TypeVar

import numpy as np
import shapely
from shapely.errors import GEOSException
from shapely.geometry.base import BaseGeometry

from merestone.geodesy import Refused, check_all, destinations, widen_all
from merestone.terms import FieldRefused

MOST_ROUNDS: Final = 4
"""A row's radius, its size and its distance are drawn around one another, so that a row may wait three times."""
_EVERYWHERE: Final = (-360.0, -90.0, 360.0, 90.0)
"""Rows are looked at without what others say of where the file lies, as they are alone."""
CORNERS: Final = 64
"""Corners of a circle that is drawn inward: its sides run at most 0.12 % of the radius inside the true circle."""
_INWARD: Final = 1 - 1e-6
"""The corners lie this little inside the circle, so that rounding sets none outside."""
Inner = Callable[[BaseGeometry, float], BaseGeometry]
"""A circle of so many metres around a point, within the true one."""
_Wanted = tuple[BaseGeometry, float, bool]
"""The geometry itself: Shapely looks it up by all its numbers, in a tenth of the time in which it writes them."""
_Asked = TypeVar("_Asked")
_Answer = TypeVar("_Answer")


class Within(Protocol):
    """All that lies within a distance of a shape; of an area only around its middle unless it is a buffer."""

    def __call__(self, geometry: BaseGeometry, radius_m: float, *, is_buffer: bool = True) -> BaseGeometry:
        """The ground, counter-clockwise; the shape itself where it cannot be worked with."""
        ...


class NotYetDrawn(Exception):
    """A row needs ground that is drawn with that of others."""


def ground_within(geometry: BaseGeometry, radius_m: float, *, is_buffer: bool = True) -> BaseGeometry:
    """All that lies within a distance of a shape; of an area only around its middle unless it is a buffer."""
    return drawn_together([geometry], [radius_m], is_buffer=is_buffer)[0]


def drawn_together(
    geometries: Sequence[BaseGeometry], radius_m: Sequence[float], *, is_buffer: bool
) -> list[BaseGeometry]:
    """`ground_within` of each shape with its own distance, metres."""
    shapes: Any = np.array([*geometries, None], dtype=object)[:-1]  # None at the end: an array of geometries, not one
    reach_m = np.asarray(radius_m, np.float64)
    out = shapes.copy()
    some = ~shapely.is_empty(shapes)  # GEOS 3.14 refuses to give the coordinates of an empty point
    bounds = np.abs(shapely.bounds(shapes))
    is_point = some & (shapely.get_type_id(shapes) == 0) & (bounds[:, 0] <= 180) & (bounds[:, 1] <= 90)
    is_whole = some & ~is_point & (is_buffer | (shapely.get_dimensions(shapes) < 2))
    out[is_point] = _oriented(
        widen_all(shapes[is_point], reach_m[is_point])
    )  # sound: a check takes seven times as long
    at = np.flatnonzero(is_whole)
    verdicts = check_all(shapes[at], expected_bbox=_EVERYWHERE)
    sound = [
        (place, verdict.geometry)
        for place, verdict in zip(at, verdicts, strict=True)
        if not isinstance(verdict, Refused)
    ]
    if sound:
        places = np.array([place for place, _ in sound])
        out[places] = _oriented(widen_all([geometry for _, geometry in sound], reach_m[places]))
    at = np.flatnonzero(some & ~is_point & ~is_whole)
    discs = _oriented(widen_all(shapely.centroid(shapes[at]), reach_m[at]))
    for place, disc in zip(at.tolist(), discs, strict=True):
        out[place] = shapely.MultiPolygon([*shapely.get_parts(shapes[place]), *shapely.get_parts(disc)])
    return list(out)


def inner_circle(point: BaseGeometry, radius_m: float) -> BaseGeometry:
    """A circle around a point that lies within the true one."""
    return inner_circles([point], [radius_m])[0]


def inner_circles(points: Sequence[BaseGeometry], radius_m: Sequence[float]) -> list[BaseGeometry]:
    """Around each point a circle that lies within the true one, counter-clockwise."""
    places: Any = np.array([*points, None], dtype=object)[:-1]
    azimuth_deg = np.linspace(0.0, -360.0, CORNERS, endpoint=False)
    lon_deg, lat_deg = np.repeat(shapely.get_coordinates(places), CORNERS, axis=0).T
    reach_m = np.repeat(np.asarray(radius_m, np.float64) * _INWARD, CORNERS)
    corners = np.column_stack(destinations(lon_deg, lat_deg, np.tile(azimuth_deg, len(places)), reach_m))
    circles: Any = shapely.polygons(corners.reshape(-1, CORNERS, 2))
    return list(circles)


def _oriented(areas: Any) -> Any:
    """Counter-clockwise, so that the report has nothing to note about it."""
    return shapely.orient_polygons(areas)


class Drawn(NamedTuple):
    """Ground that was drawn, and around what."""

    around: BaseGeometry
    radius_m: float
    is_buffer: bool
    ground: BaseGeometry
    is_inner: bool = False
    """Whether it is a circle of released land, within the true one."""


class Grounds:
    """Ground as rows ask for it. Those that are asked together wait for one drawing."""

    def __init__(self) -> None:
        self._drawn: dict[_Wanted, BaseGeometry] = {}
        self._wanted: dict[_Wanted, BaseGeometry] | None = None
        self.drawn: list[Drawn] = []
        """What was given since this list was last emptied."""

    def within(self, geometry: BaseGeometry, radius_m: float, *, is_buffer: bool = True) -> BaseGeometry:
        """`ground_within`, or `NotYetDrawn` while rows are asked together."""
        wanted = (geometry, radius_m, is_buffer)
        drawn = self._drawn.get(wanted)
        if drawn is None and self._wanted is None:
            drawn = ground_within(geometry, radius_m, is_buffer=is_buffer)
        if drawn is not None:
            self.drawn.append(Drawn(geometry, radius_m, is_buffer, drawn))
            return drawn
        assert self._wanted is not None
        self._wanted[wanted] = geometry
        raise NotYetDrawn

    def inner(self, point: BaseGeometry, radius_m: float) -> BaseGeometry:
        """A circle that lies within the true one."""
        circle = inner_circle(point, radius_m)
        self.drawn.append(Drawn(point, radius_m, False, circle, is_inner=True))
        return circle

    def answers(self, asked: Sequence[_Asked], answer: Callable[[_Asked], _Answer]) -> list[_Answer]:
        """What each answers that asks for ground; whoever has to wait for it is asked again when it is drawn."""
        answers: dict[int, _Answer] = {}
        waiting = list(range(len(asked)))
        self._drawn = {}
        for _ in range(MOST_ROUNDS - 1):
            self._wanted = {}
            for place in waiting:
                try:
                    answers[place] = answer(asked[place])
                except NotYetDrawn:
                    continue
            if not self._wanted:
                break
            self._drawn.update(_drawn(self._wanted))
            waiting = [place for place in waiting if place not in answers]
        self._wanted = None
        answers |= {place: answer(asked[place]) for place in range(len(asked)) if place not in answers}
        self._drawn = {}
        return [answers[place] for place in range(len(asked))]


def _drawn(wanted: Mapping[_Wanted, BaseGeometry]) -> dict[_Wanted, BaseGeometry]:
    """What was asked for; where one cannot be drawn nothing, so that each is tried alone and its own row says why."""
    out: dict[_Wanted, BaseGeometry] = {}
    for is_buffer in (False, True):
        asked = [key for key in wanted if key[2] == is_buffer]
        try:
            grounds = drawn_together([wanted[key] for key in asked], [key[1] for key in asked], is_buffer=is_buffer)
        except (GEOSException, ArithmeticError, LookupError, TypeError, ValueError, FieldRefused):
            continue
        out |= dict(zip(asked, grounds, strict=True))
    return out
