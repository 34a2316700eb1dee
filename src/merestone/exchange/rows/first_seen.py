"""Which rows repeat an earlier one, in memory that does not grow with the rows.

The keys of some hundred thousand rows are held; those of earlier ones lie in a temporary file. A table of bits says of
most keys that they are not in the file, so that it is read only for those that may be.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from merestone.exchange.rows.spilled import Spilled

HELD_KEYS: Final = 262_144
"""Keys that are held in memory, at most; 4 MB."""
_BITS: Final = 1 << 26
"""8 MB; of a million keys in the file, one in 67 new ones is looked for in vain."""
_KEY: Final = [("key", "<u8"), ("row", "<i8")]
Keys = NDArray[np.uint64]
Numbers = NDArray[np.int64]


class FirstSeen:
    """The first row that had each key. Sorted runs are joined when they are of like size, as in a merge sort."""

    def __init__(self) -> None:
        self._runs: list[tuple[Keys, Numbers]] = []
        self._file: _KeysOnDisk | None = None

    def of(self, keys: Keys, rows: Numbers) -> Numbers:
        """For each of these rows the first that had its key, perhaps itself.

        Parameters
        ----------
        keys, rows : shape (n,)
            In the order in which they were seen; later calls bring later rows. Keys are spread evenly over all values.
        """
        order = np.argsort(keys, kind="stable")
        sorted_keys = keys[order]
        begins = np.ones(len(keys), bool)
        begins[1:] = sorted_keys[1:] != sorted_keys[:-1]
        own, numbers = sorted_keys[begins], rows[order][begins]
        is_new = np.ones(len(own), bool)
        for run_keys, run_rows in self._runs:
            at = np.minimum(np.searchsorted(run_keys, own), len(run_keys) - 1)
            is_held = run_keys[at] == own
            numbers[is_held], is_new = run_rows[at[is_held]], is_new & ~is_held
        if self._file is not None:
            is_new &= ~self._file.look_up(own, numbers)
        first: NDArray[Any] = np.empty(len(keys), np.int64)
        first[order] = numbers[np.cumsum(begins) - 1]
        if is_new.any():
            self._runs.append((own[is_new], numbers[is_new]))
        while len(self._runs) > 1 and len(self._runs[-2][0]) < 2 * len(self._runs[-1][0]):
            (keys_1, rows_1), (keys_2, rows_2) = self._runs[-2:]
            joined, numbers = np.concatenate([keys_1, keys_2]), np.concatenate([rows_1, rows_2])
            order = np.argsort(joined, kind="stable")
            self._runs[-2:] = [(joined[order], numbers[order])]
        if sum(len(run_keys) for run_keys, _ in self._runs) > HELD_KEYS:
            self._file = self._file or _KeysOnDisk()
            for run_keys, run_rows in self._runs:
                self._file.add(run_keys, run_rows)
            self._runs = []
        return first


class _KeysOnDisk:
    """Keys and their first rows in a temporary file, and which keys may be among them."""

    def __init__(self) -> None:
        self._keys = Spilled(_KEY)
        self._bits = np.zeros(_BITS // 8, np.uint8)

    def add(self, keys: Keys, rows: Numbers) -> None:
        """Keep keys that are not there yet."""
        pairs = np.empty(len(keys), _KEY)
        pairs["key"], pairs["row"] = keys, rows
        self._keys.append(pairs)
        byte, bit = _bit_of(keys)
        np.bitwise_or.at(self._bits, byte, bit)

    def look_up(self, keys: Keys, rows: Numbers) -> NDArray[np.bool_]:
        """Which of these sorted keys are there; their rows become the first ones."""
        byte, bit = _bit_of(keys)
        is_there = np.zeros(len(keys), bool)
        maybe = np.flatnonzero(self._bits[byte] & bit)
        if len(maybe):
            sought = keys[maybe]
            for pairs in self._keys.blocks():
                near = np.minimum(np.searchsorted(sought, pairs["key"]), len(sought) - 1)
                hits = np.flatnonzero(sought[near] == pairs["key"])
                at = maybe[near[hits]]
                is_there[at], rows[at] = True, pairs["row"][hits]
        return is_there


def _bit_of(keys: Keys) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    place = (keys >> np.uint64(11)) & np.uint64(_BITS - 1)
    return (place >> np.uint64(3)).astype(np.int64), np.uint8(1) << (place & np.uint64(7)).astype(np.uint8)
