"""Rows whose cells are the same mean the same around their places: understood once, and drawn together.

A file of short rows says the same few things of many places. Of the first such row its remarks, its accuracy and the
steps are kept in which ground was drawn around its point; the others need only their own ground.
"""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.errors import GEOSException
from shapely.geometry.base import BaseGeometry

from merestone.exchange.meaning.grounds import Drawn, drawn_together, inner_circles
from merestone.exchange.meaning.meaning_of_row import Meaning
from merestone.exchange.places.decimal_marks import is_doubtful
from merestone.exchange.places.outline import is_usable
from merestone.exchange.rows.row import Row
from merestone.terms import FieldRefused

_MOST_KNOWN, _LONGEST_KNOWN = 10_000, 100
"""Kinds of rows that are remembered, and characters of a cell: longer ones seldom come again."""
_PLAIN: Final = frozenset({str, int, bool, type(None)})
_PLAIN_OR_FLOAT: Final = _PLAIN | {float}
_FEWEST_ALIKE: Final = 0.05
"""Of a file of which fewer rows than this share are like others, no more are compared."""
Key = tuple[Any, ...]


class _Step(NamedTuple):
    radius_m: float
    is_buffer: bool
    is_inner: bool


class _Recipe(NamedTuple):
    """What rows with the same cells mean, whatever their points are."""

    meaning: Meaning
    by_columns: tuple[str, ...]
    steps: tuple[_Step, ...]
    """What is drawn around the point, and then around what that gave."""


class AlikeRows:
    """What was understood of rows that are single points."""

    def __init__(self) -> None:
        self._recipes: dict[Key, _Recipe] = {}
        self._is_worth = True

    def meanings(
        self, rows: Sequence[Row], understood: Callable[[Sequence[Row]], list[Meaning]], stated: Counter[str]
    ) -> list[Meaning]:
        """The meaning of each row: of one that is like an earlier one as of that, of the others as they are understood.

        Parameters
        ----------
        understood
            The meanings of rows, each looked at by itself; it calls `learn` where others may be like a row.
        stated
            Counts the columns that state an accuracy.
        """
        keys = self._keys(rows) if self._is_worth else [None] * len(rows)
        if len(self._recipes) > _MOST_KNOWN:
            self._recipes.clear()
        seen: set[Key | None] = set()
        asked, others = [], []
        for place, key in enumerate(keys):
            if key is None or (key not in self._recipes and key not in seen):
                seen.add(key)
                asked.append(place)
            else:
                others.append(place)
        self._is_worth &= len(others) > _FEWEST_ALIKE * len(rows)
        meanings: dict[int, Meaning] = dict(zip(asked, understood([rows[place] for place in asked]), strict=True))
        recipes = [(place, recipe) for place in others if (recipe := self._recipes.get(keys[place] or ())) is not None]
        grounds = _grounds([rows[place].geometry for place, _ in recipes], [recipe for _, recipe in recipes])
        if grounds is not None:
            for (place, recipe), ground in zip(recipes, grounds, strict=True):
                stated.update(recipe.by_columns)
                meanings[place] = recipe.meaning._replace(geometry=ground, attributes=rows[place].attributes)
        left = [place for place in others if place not in meanings]
        if left:
            meanings |= zip(left, understood([rows[place] for place in left]), strict=True)
        return [meanings[place] for place in range(len(rows))]

    def learn(self, row: Row, meaning: Meaning, by_columns: tuple[str, ...], drawn: Sequence[Drawn]) -> None:
        """Keep what a row means, if ground was drawn around its point, and only around what that gave before."""
        if not self._is_worth or meaning.fault is not None or type(row.geometry) is not shapely.Point:
            return
        if not is_usable(row.geometry):
            return  # nothing was added to it, whatever its cells say
        key = _key(row)
        ground: BaseGeometry | None = row.geometry
        for step in drawn:
            if step.around is not ground:
                return
            ground = step.ground
        if key is not None and meaning.geometry is ground and meaning.attributes is row.attributes:
            steps = tuple(_Step(step.radius_m, step.is_buffer, step.is_inner) for step in drawn)
            self._recipes[key] = _Recipe(meaning._replace(geometry=None, attributes={}), by_columns, steps)

    @staticmethod
    def _keys(rows: Sequence[Row]) -> list[Key | None]:
        """What a row says beside its place, where that is a usable point; None of the others."""
        points = [row.geometry if type(row.geometry) is shapely.Point else None for row in rows]
        places: NDArray[Any] = np.array(points, dtype=object)
        bounds = np.abs(shapely.bounds(places))  # GEOS 3.14 refuses to give the coordinates of an empty point
        are_usable = ((bounds[:, 0] <= 360.0) & (bounds[:, 1] <= 90.0)).tolist()
        return [_key(row) if usable else None for row, usable in zip(rows, are_usable, strict=True)]


def _key(row: Row) -> Key | None:
    if row.fault is not None or row.inner_geometry is not None:
        return None
    attributes = row.attributes
    cells: Collection[Any] = attributes.values()
    types = tuple(map(type, cells))  # 1, 1.0 and true are equal, and are not the same
    if not _PLAIN.issuperset(types):
        if not _PLAIN_OR_FLOAT.issuperset(types):
            return None
        cells = [repr(cell) if type(cell) is float else cell for cell in cells]
    for cell in cells:
        if type(cell) is str and (len(cell) > _LONGEST_KNOWN or is_doubtful(cell)):
            return None  # what a number of two readings means, other rows may change
    return (*attributes, *cells, *types, row.accuracy_m)


def _grounds(points: Sequence[BaseGeometry | None], recipes: Sequence[_Recipe]) -> list[BaseGeometry] | None:
    """The ground of each row, step by step; None where one of them cannot be drawn."""
    grounds: NDArray[Any] = np.array([*points, None], dtype=object)[:-1]
    try:
        for nth in range(max((len(recipe.steps) for recipe in recipes), default=0)):
            by_way: dict[tuple[bool, bool], list[int]] = {}
            for place, recipe in enumerate(recipes):
                for step in recipe.steps[nth : nth + 1]:
                    by_way.setdefault((step.is_buffer, step.is_inner), []).append(place)
            for (is_buffer, is_inner), chosen in by_way.items():
                around, reach_m = grounds[chosen].tolist(), [recipes[place].steps[nth].radius_m for place in chosen]
                grounds[chosen] = (
                    inner_circles(around, reach_m) if is_inner else drawn_together(around, reach_m, is_buffer=is_buffer)
                )
    except (GEOSException, ArithmeticError, LookupError, TypeError, ValueError, FieldRefused):
        return None
    return list(grounds.tolist())
