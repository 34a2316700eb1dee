"""Places found by their names: in every script, without accents, by their beginning, and with letters mistaken.

Names are folded to Latin letters (anyascii), so that who types Cyrillic finds a Latin name and the other way round.
What is misspelt is found by edit distance (rapidfuzz).
"""

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

from anyascii import anyascii
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from merestone.exchange.formats.base_maps.names import NamedPlace

_LIKE_ENOUGH: Final = 0.7
"""Share of letters that must agree for a name to be taken for a misspelt one."""
_LESS_LIKE: Final = 0.15
"""A name that is less like the query than the best one by more than this is no help beside it, unless it is near."""
_LEAST_LETTERS: Final = 4
"""Shorter queries are found as they are, or not at all: nearly every name is like them."""
MOST_LETTERS: Final = 100
_CANDIDATES: Final = 200
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class FoundPlace:
    """A place and by which of its names it was found."""

    place: NamedPlace
    name: str
    likeness: float
    """1: as typed; less: only its beginning, or a part of the letters, agrees."""


def folded(name: str) -> str:
    """A name in small Latin letters and digits, single spaces between words.

    >>> folded("Приједор"), folded("Đakovo, Čepin"), folded("Ελλάδα")
    ('prijedor', 'dakovo cepin', 'ellada')
    """
    letters = anyascii(name[:MOST_LETTERS]).casefold()
    return " ".join("".join(letter if letter.isalnum() else " " for letter in letters).split())


class PlaceIndex:
    """Names of many places, ready to be searched.

    Parameters
    ----------
    places
        In one or several sequences, which are kept; the most important first: of names that are equally like, the
        earlier place is found first.
    """

    def __init__(self, *places: Sequence[NamedPlace]) -> None:
        self._places = places
        names: list[tuple[str, int, int]] = []
        for at, place in enumerate(chain.from_iterable(places)):
            of_place = {folded(name): nth for nth, name in reversed(list(enumerate(place.names)))}
            names += [(name, at, nth) for name, nth in of_place.items() if name]
        names.sort()
        self._folded = [name for name, _, _ in names]
        self._owner_place = array("i", [at for _, at, _ in names])
        self._owner_name = array("i", [nth for _, _, nth in names])

    def __len__(self) -> int:
        return sum(map(len, self._places))

    def _place(self, at: int) -> NamedPlace:
        for places in self._places:
            if at < len(places):
                return places[at]
            at -= len(places)
        raise IndexError(at)

    def _owner(self, position: int) -> tuple[int, int]:
        """Of which place a folded name is, and which of its names."""
        return self._owner_place[position], self._owner_name[position]

    def search(self, text: str, *, limit: int = 8, near_deg: Box | None = None) -> list[FoundPlace]:
        """The places with such a name: those written so first, then those that begin so, then those nearly so.

        What is far less like than the best is left out, unless it is near.

        Parameters
        ----------
        near_deg
            West, south, east and north; of names that are equally like, those within come first.
        """
        query = folded(text)
        if not query:
            return []
        likeness: dict[int, tuple[float, int]] = {}
        for at, nth, like in (*self._beginning(query), *self._misspelt(query)):
            if at not in likeness or like > likeness[at][0]:
                likeness[at] = (like, nth)
        least = max((like for like, _ in likeness.values()), default=0.0) - _LESS_LIKE
        places = {at: self._place(at) for at in likeness}
        likeness = {
            at: match for at, match in likeness.items() if match[0] >= least or _is_within(places[at], near_deg)
        }
        order = sorted(
            likeness,
            key=lambda at: (
                -likeness[at][0],
                not _is_within(places[at], near_deg),
                -places[at].population,
                at,
            ),
        )
        return [FoundPlace(places[at], places[at].names[likeness[at][1]], likeness[at][0]) for at in order[:limit]]

    def _beginning(self, query: str) -> list[tuple[int, int, float]]:
        """Names that are the query, or go on after it; the latter are taken for less like than a name as typed."""
        matches = []
        first = bisect_left(self._folded, query)
        last = bisect_left(self._folded, query + "\U0010ffff")
        for position in range(first, last):
            at, nth = self._owner(position)
            matches.append((at, nth, 1.0 if self._folded[position] == query else 0.95))
        return matches

    def _misspelt(self, query: str) -> list[tuple[int, int, float]]:
        if len(query) < _LEAST_LETTERS:
            return []
        alike = process.extract(
            query,
            self._folded,
            scorer=Levenshtein.normalized_similarity,
            score_cutoff=_LIKE_ENOUGH,
            limit=_CANDIDATES,
            processor=None,
        )
        # In steps of a tenth, so that nearness and size decide between names that are about as like.
        return [(*self._owner(position), round(min(like, 0.94), 1)) for _, like, position in alike if like < 1.0]


def _is_within(place: NamedPlace, box: Box | None) -> bool:
    return box is not None and box[0] <= place.lon_deg <= box[2] and box[1] <= place.lat_deg <= box[3]
