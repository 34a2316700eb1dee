"""Order statistics of more numbers than fit into the memory, exactly, in a few passes over them."""

from collections.abc import Callable, Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

Blocks = Callable[[], Iterable[NDArray[np.float64]]]
"""Gives all numbers, some at a time, as often as it is called; none is NaN."""
_DIGIT_BITS: Final = 16
_SIGN: Final = np.uint64(1 << 63)


def quantile(blocks: Blocks, count: int, share: float) -> float:
    """The quantile of `count` numbers (at least one), interpolated as `numpy.quantile` does by default.

    >>> parts = [np.array([5.0, -1.0]), np.array([2.0, 4.0])]
    >>> quantile(lambda: parts, 4, 0.5), quantile(lambda: parts, 4, 0.9)
    (3.0, 4.7)
    """
    place = share * (count - 1)
    rank = int(place)
    low = _at_rank(blocks, rank)
    if (part := place - rank) == 0:
        return low
    high = _at_rank(blocks, rank + 1)
    return low + (high - low) * part if part < 0.5 else high - (high - low) * (1 - part)


def _at_rank(blocks: Blocks, rank: int) -> float:
    """The number that has so many before it when all are sorted: its digits found one by one, the highest first."""
    prefix = 0
    for shift in range(64 - _DIGIT_BITS, -1, -_DIGIT_BITS):
        count = np.zeros(1 << _DIGIT_BITS, np.int64)
        for numbers in blocks():
            digits = _ordered(numbers) >> np.uint64(shift)
            digits = digits[digits >> np.uint64(_DIGIT_BITS) == np.uint64(prefix)]
            count += np.bincount((digits & np.uint64(0xFFFF)).astype(np.int64), minlength=len(count))
        upto = np.cumsum(count)
        digit = int(np.searchsorted(upto, rank, side="right"))
        rank -= int(upto[digit] - count[digit])
        prefix = prefix << _DIGIT_BITS | digit
    bits = np.uint64(prefix)
    return float((bits ^ _SIGN if bits & _SIGN else ~bits).view(np.float64))


def _ordered(numbers: NDArray[np.float64]) -> NDArray[np.uint64]:
    """Whole numbers that stand in the same order as these doubles."""
    bits = np.ascontiguousarray(numbers, np.float64).view(np.uint64)
    return np.where(bits & _SIGN, ~bits, bits | _SIGN)
