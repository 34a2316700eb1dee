"""Places found by their names: in every script, without accents, by their beginning, and with letters mistaken.

Names are folded to Latin letters (anyascii), so that who types Cyrillic finds a Latin name and the other way round.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from merestone.exchange.formats.base_maps.folded_names import MOST_LETTERS, FoldedNames, folded
from merestone.exchange.formats.base_maps.names import NamedPlace
from merestone.exchange.formats.base_maps.scripts import script_of
from merestone.exchange.formats.base_maps.small_world import PackedPlaces

__all__ = ["MOST_LETTERS", "FoundPlace", "PlaceIndex", "folded"]

_LIKE_ENOUGH: Final = 0.7
"""Share of letters that must agree for a name to be taken for a misspelt one."""
_LESS_LIKE: Final = 0.15
"""A name that is less like the query than the best one by more than this is no help beside it, unless it is near."""
_LEAST_LETTERS: Final = 4
"""Shorter queries are found as they are, or not at all: nearly every name is like them."""
_CANDIDATES: Final = 200
_IN_OTHER_SCRIPT: Final = 0.97
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class FoundPlace:
    """A place and by which of its names it was found."""

    place: NamedPlace
    name: str
    likeness: float
    """1: as typed; less: in another script, or only its beginning, or a part of the letters, agrees."""


class _Part:
    """One of the sequences that are searched, with what decides the order of its places."""

    def __init__(self, places: Sequence[NamedPlace]) -> None:
        self.places = places
        self.names: FoldedNames
        self.positions_deg: NDArray[np.float64]
        self.population: NDArray[np.signedinteger[Any]]
        if isinstance(places, PackedPlaces):
            self.names, self.positions_deg, self.population = places.folded, places.positions_deg, places.population
        else:
            self.names = FoldedNames.of(place.names for place in places)
            self.positions_deg = np.array([(place.lon_deg, place.lat_deg) for place in places]).reshape(-1, 2)
            self.population = np.array([place.population for place in places], np.int64)

    def likeness(self, typed: str) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
        """Places with a name like the typed one, how like, and the name's position; each place once, by its best."""
        query, script = folded(typed), script_of(typed)
        beginning, same = self.names.beginning(query)
        position, like = [beginning], [np.where(np.arange(len(beginning)) < same, 1.0, 0.95)]
        if len(query) >= _LEAST_LETTERS:
            alike = self.names.misspelt(query, _LIKE_ENOUGH, _CANDIDATES)
            position.append(np.array([at for at, _ in alike], np.int64))
            # In steps of a tenth, so that nearness and size decide between names that are about as like.
            like.append(np.array([round(min(share, 0.94), 1) for _, share in alike], np.float64))
        positions, shares = np.concatenate(position), np.concatenate(like)
        places = self.names.place[positions].astype(np.int64)
        best_first = np.lexsort((-shares, places))
        _, first = np.unique(places[best_first], return_index=True)
        best = best_first[first]
        places, shares = places[best], shares[best]
        for at in np.flatnonzero(shares == 1.0).tolist():
            if self.spelling(int(places[at]), query, script) is None:
                shares[at] = _IN_OTHER_SCRIPT
        return places, shares, positions[best]

    def spelling(self, at: int, letters: str, script: str) -> str | None:
        """A place's name in a script that folds to these letters; None: it has none."""
        names = self.places[at].names
        return next((name for name in names if script_of(name) == script and folded(name) == letters), None)

    def is_within(self, places: NDArray[np.int64], box: Box | None) -> NDArray[np.bool_]:
        """Which of the places lie within west, south, east and north."""
        if box is None:
            return np.zeros(len(places), np.bool_)
        lon, lat = self.positions_deg[places].T
        within: NDArray[np.bool_] = (box[0] <= lon) & (lon <= box[2]) & (box[1] <= lat) & (lat <= box[3])
        return within


class PlaceIndex:
    """Names of many places, ready to be searched.

    Parameters
    ----------
    places
        In one or several sequences, which are kept; the most important first: of names that are equally like, the
        earlier place is found first.
    """

    def __init__(self, *places: Sequence[NamedPlace]) -> None:
        self._parts = [_Part(sequence) for sequence in places]

    def __len__(self) -> int:
        return sum(len(part.places) for part in self._parts)

    def search(self, text: str, *, limit: int = 8, near_deg: Box | None = None) -> list[FoundPlace]:
        """The places with such a name: those written so first, then those that begin so, then those nearly so.

        What is far less like than the best is left out, unless it is near.

        Parameters
        ----------
        near_deg
            West, south, east and north; of names that are equally like, those within come first.
        """
        if not folded(text):
            return []
        matches = [part.likeness(text) for part in self._parts]
        part_of = np.repeat(np.arange(len(matches)), [len(places) for places, _, _ in matches])
        places, like, positions = (np.concatenate([match[column] for match in matches]) for column in range(3))
        if not len(places):
            return []
        near = np.concatenate(
            [part.is_within(match[0], near_deg) for part, match in zip(self._parts, matches, strict=True)]
        )
        population = np.concatenate(
            [part.population[match[0]] for part, match in zip(self._parts, matches, strict=True)]
        )
        order = np.lexsort((places, -population, part_of, ~near, -like))
        order = order[((like >= like.max() - _LESS_LIKE) | near)[order]][:limit]
        return [
            self._match(self._parts[part_of[at]], int(places[at]), int(positions[at]), float(like[at]), text)
            for at in order.tolist()
        ]

    @staticmethod
    def _match(part: _Part, at: int, position: int, like: float, typed: str) -> FoundPlace:
        """With the spelling in the script that was typed, else the place's own name."""
        place = part.places[at]
        return FoundPlace(place, part.spelling(at, part.names[position], script_of(typed)) or place.names[0], like)
