"""Which rows repeat an earlier one, in 16 bytes a row."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.uint64]
Numbers = NDArray[np.int64]


class FirstSeen:
    """The first row that had each key. Sorted runs are joined when they are of like size, as in a merge sort."""

    def __init__(self) -> None:
        self._runs: list[tuple[Keys, Numbers]] = []

    def of(self, keys: Keys, rows: Numbers) -> Numbers:
        """For each of these rows the first that had its key, perhaps itself.

        Parameters
        ----------
        keys, rows : shape (n,)
            In the order in which they were seen; later calls bring later rows.
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
        first: NDArray[Any] = np.empty(len(keys), np.int64)
        first[order] = numbers[np.cumsum(begins) - 1]
        if is_new.any():
            self._runs.append((own[is_new], numbers[is_new]))
        while len(self._runs) > 1 and len(self._runs[-2][0]) < 2 * len(self._runs[-1][0]):
            (keys_1, rows_1), (keys_2, rows_2) = self._runs[-2:]
            joined, numbers = np.concatenate([keys_1, keys_2]), np.concatenate([rows_1, rows_2])
            order = np.argsort(joined, kind="stable")
            self._runs[-2:] = [(joined[order], numbers[order])]
        return first
