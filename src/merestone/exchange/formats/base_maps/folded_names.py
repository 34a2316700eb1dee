"""Names folded to Latin letters, in few arrays: half a million of them are searched without an object for each.

What is misspelt is found by edit distance (rapidfuzz) among the names that share enough pairs of letters with the
query: a letter that is mistaken changes at most four pairs, so no name that is like enough is passed over.
"""

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Final, Self

import numpy as np
from anyascii import anyascii
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

MOST_LETTERS: Final = 100
_PAIRS_OF_EDIT: Final = 4
_SYMBOLS: Final = "abcdefghijklmnopqrstuvwxyz0123456789 "
_SLICE: Final = 50_000
"""Names whose pairs of letters are counted together: all at once would take eight times the text."""


def folded(name: str) -> str:
    """A name in small Latin letters and digits, single spaces between words.

    >>> folded("Приједор"), folded("Đakovo, Čepin"), folded("Ελλάδα")
    ('prijedor', 'dakovo cepin', 'ellada')
    """
    letters = anyascii(name[:MOST_LETTERS]).casefold()
    spaced = "".join(letter if letter.isalnum() else " " for letter in letters)
    return " ".join(spaced.split())[: 2 * MOST_LETTERS].rstrip()


def _bit_of_pair() -> NDArray[np.uint64]:
    """For each pair of bytes, the bit that says that a name has it; several pairs share one."""
    symbol = np.zeros(256, np.uint32)
    symbol[np.frombuffer(_SYMBOLS.encode("ascii"), np.uint8)] = np.arange(1, len(_SYMBOLS) + 1)
    pair = symbol[:, None] * np.uint32(len(_SYMBOLS) + 1) + symbol[None, :]
    return np.uint64(1) << ((pair * np.uint32(2654435761)) >> np.uint32(26)).astype(np.uint64)


class FoldedNames:
    """Folded names in their order, each with the number of the place that bears it.

    Parameters
    ----------
    text : bytes
        The names without anything between them.
    length : shape (n,)
        Letters of each.
    place : shape (n,)
        Whose it is.
    """

    def __init__(self, text: NDArray[np.uint8], length: NDArray[np.uint8], place: NDArray[np.uint32]) -> None:
        self.text: Final = text
        self.length: Final = length
        self.place: Final = place
        self._start = np.concatenate(([0], np.cumsum(length, dtype=np.uint32))).astype(np.uint32)

    @classmethod
    def of(cls, names_of_places: Iterable[Sequence[str]]) -> Self:
        """Those of places: each place's names in a sequence."""
        pairs = [
            (name, at)
            for at, names in enumerate(names_of_places)
            for name in dict.fromkeys(folded(name) for name in names)
            if name
        ]
        pairs.sort()
        text = "".join(name for name, _ in pairs).encode("ascii", "replace")
        length = np.array([len(name) for name, _ in pairs], np.uint8)
        return cls(np.frombuffer(text, np.uint8), length, np.array([at for _, at in pairs], np.uint32))

    def __len__(self) -> int:
        return len(self.length)

    def __getitem__(self, position: int) -> str:
        """The name at a position."""
        return self._letters[self._start[position] : self._start[position + 1]].decode("ascii")

    @cached_property
    def _letters(self) -> bytes:
        return self.text.tobytes()

    def _first_not_below(self, text: str) -> int:
        low, high = 0, len(self)
        while low < high:
            middle = (low + high) // 2
            if self[middle] < text:
                low = middle + 1
            else:
                high = middle
        return low

    def beginning(self, query: str) -> tuple[NDArray[np.int64], int]:
        """Positions of the names that begin so, and how many of them, the first, are the query itself."""
        first, after = self._first_not_below(query), self._first_not_below(query + "\x7f")
        same = self._first_not_below(query + "\0") - first
        return np.arange(first, after), same

    @cached_property
    def _pairs(self) -> NDArray[np.uint64]:
        """For each name, the bits of the pairs of letters that it has."""
        bit_of_pair, pairs = _bit_of_pair(), np.zeros(len(self), np.uint64)
        for first in range(0, len(self), _SLICE):
            start = self._start[first : first + _SLICE + 1].astype(np.int64)
            letters = self.text[start[0] : start[-1]]
            bits = np.zeros(len(letters), np.uint64)
            bits[:-1] = bit_of_pair[letters[:-1], letters[1:]]
            bits[start[1:] - start[0] - 1] = 0  # a name's last letter and the next name's first are no pair
            pairs[first : first + _SLICE] = np.bitwise_or.reduceat(bits, start[:-1] - start[0])
        return pairs

    def misspelt(self, query: str, like_enough: float, most: int) -> list[tuple[int, float]]:
        """Positions of names that are like the query, not the query itself, with how like: a share of the letters."""
        letters = np.frombuffer(query.encode("ascii", "replace"), np.uint8)
        bits = np.bitwise_or.reduce(_bit_of_pair()[letters[:-1], letters[1:]]) if len(letters) > 1 else np.uint64(0)
        edits = np.floor((1.0 - like_enough) * np.maximum(self.length, len(query)) + 1e-9)
        apart = np.abs(self.length.astype(np.int16) - len(query))
        few = np.flatnonzero((np.bitwise_count(self._pairs ^ bits) <= _PAIRS_OF_EDIT * edits) & (apart <= edits))
        ends = zip(self._start[few].tolist(), self._start[few + 1].tolist(), strict=True)
        alike = process.extract(
            query,
            [self._letters[start:end].decode("ascii") for start, end in ends],
            scorer=Levenshtein.normalized_similarity,
            score_cutoff=like_enough,
            limit=most,
            processor=None,
        )
        return [(int(few[at]), like) for _, like, at in alike if like < 1.0]
