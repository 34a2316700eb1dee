"""Points in a repeat of a form (ODK, Kobo, Survey123): the corners of the record that the repeat belongs to.

A form asks for an outline by a repeat with one question for a place. What comes back is a list of answers within the
submission (OData with ``$expand``, Kobo's JSON, the XML of an instance), or a table of its own whose rows name the row
that they belong to. Both become a list of answers here, and the list an outline, in the order in which it was answered.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from merestone.exchange.places.columns import place_columns
from merestone.exchange.places.measures import ANDROID_TO_95, accuracy_measures, column_words, words_of, worst_m
from merestone.exchange.places.place_cells import WGS84, PlaceReader
from merestone.exchange.places.text_geometry import TextGeometry
from merestone.exchange.places.vertex_order import Corner, number_of, ring_of, type_words
from merestone.exchange.rows.row import Fault

NOTATION: Final = "repeat of a form"
SHAPES: Final = "outlines in a repeat or a related layer"
"""Answers that are lines or areas: of a hazard they are parts; what they say of released land is not known."""
_MOST_POINTS: Final = 20_000
_DEEPEST: Final = 8
_NOT_ANSWERED: Final = "an answer of the repeat has no place that can be read, so the accuracy is taken as unknown"


@dataclass(frozen=True, slots=True)
class RepeatPoint:
    """One answer of a repeat."""

    place: tuple[float, float] | None
    """Longitude and latitude; None where none can be read."""
    accuracy_m: float | None
    number: tuple[int, str] | None
    type_words: frozenset[str]
    shape: BaseGeometry | None = None
    """A line or an area instead of a place, on WGS 84."""


def answers_in(value: Any) -> Sequence[Mapping[str, Any]] | None:
    """The answers of a repeat that a cell or a value of JSON holds; None if it is something else."""
    if isinstance(value, str):
        if not value.lstrip().startswith("[") or "{" not in value[:200]:
            return None
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    if not isinstance(value, list) or not 0 < len(value) <= _MOST_POINTS:
        return None
    return value if all(isinstance(answer, Mapping) for answer in value) else None


def outline_of_repeat(name: str, value: Any) -> TextGeometry | None:
    """The outline that a repeat's places make; None if it is no repeat, or has no place.

    Its `inner`, for released land, is the same where the repeat's name or its points call them corners and all of them
    can be read; else a line, which releases nothing.

    >>> corners = [{"at": "44.9 17.1 0 5"}, {"at": "44.9 17.2 0 5"}, {"at": "44.8 17.2 0 9"}]
    >>> outline_of_repeat("turning_points", corners).geometry.bounds
    (17.1, 44.8, 17.2, 44.9)
    """
    answers = answers_in(value)
    if answers is None:
        return None
    points = list(points_of(answers))
    known = column_words()
    forms = frozenset(form for word in words_of(name) for form in (word, word.removesuffix("s")))
    beside = known["point_benchmark"] | known["point_reference"]
    if forms & beside:
        return None
    if any(point.shape is not None for point in points):
        return _of_shapes(points)
    if not any(point.place is not None for point in points):
        return None
    corners = [point for point in points if not point.type_words & beside]
    placed = [point for point in corners if point.place is not None]
    if not placed:
        return None
    is_whole = len(placed) == len(corners)
    accuracies = [point.accuracy_m for point in placed if point.accuracy_m is not None]
    accuracy_m = max(accuracies, default=None) if is_whole else math.nan
    if any(map(math.isnan, accuracies)):
        accuracy_m = math.nan
    geometry, is_settled = _through(placed)
    corner_words = known["point_corner"] | known["point_start"] | known["point_end"]
    are_corners = bool(forms & corner_words) or all(point.type_words & corner_words for point in placed)
    inner = geometry
    if not (are_corners and is_whole and is_settled):
        inner = shapely.LineString([point.place for point in placed if point.place is not None] * 2)
    remark = None if is_whole else Fault("corner_missing", _NOT_ANSWERED)
    stated_m = None if accuracy_m is None else accuracy_m / ANDROID_TO_95  # as a form's own text states it
    return TextGeometry(geometry, None, stated_m, NOTATION, inner, remark)


def _of_shapes(points: Sequence[RepeatPoint]) -> TextGeometry:
    """Answers that are lines and areas, with the places beside them; its `inner` is lines, which release nothing."""
    shapes = [point.shape for point in points if point.shape is not None]
    places = [shapely.Point(point.place) for point in points if point.place is not None]
    accuracies = [point.accuracy_m for point in points if point.accuracy_m is not None]
    accuracy_m = max(accuracies, default=None) if not any(map(math.isnan, accuracies)) else math.nan
    if len(shapes) + len(places) < len(points):
        accuracy_m = math.nan
    together: BaseGeometry = shapely.GeometryCollection([*shapes, *places])
    stated_m = None if accuracy_m is None else accuracy_m / ANDROID_TO_95
    remark = None if len(shapes) + len(places) == len(points) else Fault("corner_missing", _NOT_ANSWERED)
    inner = shapely.LineString(np.tile(shapely.get_coordinates(together), (2, 1)))
    return TextGeometry(together, None, stated_m, SHAPES, inner, remark)


def _through(placed: Sequence[RepeatPoint]) -> tuple[BaseGeometry, bool]:
    """The outline by the numbers of the points, or in the order of the answers; of few points what they are."""
    has_numbers = all(point.number is not None for point in placed)
    corners = [
        Corner(point.place, point.number if has_numbers else (at, ""), point.type_words)
        for at, point in enumerate(placed, start=1)
        if point.place is not None
    ]
    places = list(dict.fromkeys(corner.place for corner in corners))
    if len(places) < 3:
        return (shapely.LineString(places) if len(places) == 2 else shapely.Point(places[0])), False
    ring = ring_of(corners)
    return ring.geometry, ring.is_settled and not ring.missing


def points_of(answers: Sequence[Mapping[str, Any]]) -> Iterator[RepeatPoint]:
    """What each answer says of its place: a point in any notation and under any name that tables have."""
    flat = [dict(_flattened(answer, "", 0)) for answer in answers]
    names = tuple(dict.fromkeys(name for cells in flat for name in cells))
    rows = [[_text(cells.get(name)) for name in names] for cells in flat]
    columns = place_columns(names, rows[:200], repeat_outline=outline_of_repeat) if names else None
    if columns is None or columns.is_ambiguous:
        return
    reader = PlaceReader(names, columns.sources, repeat_outline=outline_of_repeat)
    measures = accuracy_measures(names)
    known = column_words()
    number = _first(names, (*known["vertex_number"], *known["vertex_number_weak"]))
    kind = _first(names, known["vertex_type"])
    for row, cells in zip(rows, flat, strict=True):
        first_place = next((place for place in reader(row) if place.geometry is not None), None)
        point: Any = None if first_place is None else first_place.geometry
        stated_m = [
            m
            for m in (None if first_place is None else first_place.accuracy_m, worst_m(measures, cells))
            if m is not None
        ]
        is_on_wgs84 = first_place is not None and first_place.crs in (None, WGS84, "EPSG:4326") and not point.is_empty
        is_usable = is_on_wgs84 and point.geom_type == "Point" and _is_on_earth(point.x, point.y)
        is_shape = is_on_wgs84 and shapely.get_dimensions(point) > 0 and _is_whole_on_earth(point)
        yield RepeatPoint(
            (point.x, point.y) if is_usable else None,
            math.nan if any(map(math.isnan, stated_m)) else max(stated_m, default=None),
            None if number is None else number_of(cells.get(number)),
            frozenset() if kind is None else type_words(_text(cells.get(kind))),
            point if is_shape else None,
        )


def _first(names: Sequence[str], name_words: Sequence[str] | frozenset[str]) -> str | None:
    """The column that is called so, without the groups before its name."""
    called = {" ".join(words_of(name.rpartition("/")[2])): name for name in names}
    return next((called[word] for word in name_words if word in called), None)


def _is_on_earth(lon_deg: float, lat_deg: float) -> bool:
    return abs(lon_deg) <= 180 and abs(lat_deg) <= 90 and (lon_deg, lat_deg) != (0.0, 0.0)


def _is_whole_on_earth(shape: BaseGeometry) -> bool:
    return bool((np.abs(shapely.get_coordinates(shape)) <= [180.0, 90.0]).all())


def _flattened(value: Mapping[str, Any], before: str, depth: int) -> Iterator[tuple[str, Any]]:
    for name, answer in value.items():
        if isinstance(answer, Mapping) and "coordinates" in answer:
            yield f"{before}{name}", {part: answer[part] for part in ("type", "coordinates") if part in answer}
            properties = answer.get("properties")
            if isinstance(properties, Mapping) and isinstance(properties.get("accuracy"), (int, float)):
                yield f"{before}{name}-Accuracy", properties["accuracy"] or None
        elif isinstance(answer, Mapping) and depth < _DEEPEST:
            yield from _flattened(answer, f"{before}{name}/", depth + 1)
        elif not isinstance(answer, list):
            yield f"{before}{name}", answer


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, default=str)
