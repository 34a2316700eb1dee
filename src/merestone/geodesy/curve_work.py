"""How much work the curves of one file may take: bounded, so that no file of them stops an import.

Most curved outlines are sound and cost little. One that crosses itself is read in both ways and joined with the ground
beside its curves, which takes some milliseconds: a megabyte of thousands of them took 40 s. A file may have so many
outlines mended; those that follow are taken as their convex hull, which contains whatever they could mean, and of
which nothing counts as released. Geodesics beyond what a file may have followed are refused.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final, TypeVar

Item = TypeVar("Item")
_MENDED_IN_ANY_FILE: Final = 40_000
"""Outlines with so many corners together are mended in the smallest file; they take about two seconds."""
_MENDED_SHARE: Final = 20
"""In larger files, also one of so many corners: files of people have few outlines that cross themselves."""
_FOLLOWED_IN_ANY_FILE: Final = 250_000
"""Corners that follow the geodesics of the smallest file; they take about two seconds."""
_FOLLOWED_FOR_EACH: Final = 12
"""In larger files, also so many for each position: an edge of 20 km needs nine at 45 degrees of latitude."""


@dataclass(slots=True)
class CurveWork:
    """What the curved outlines of one file have taken, in corners along their curves.

    >>> work = CurveWork()
    >>> work.count(200)
    >>> sum(work.allows_mending(200) for _ in range(1000))
    201
    """

    corners: int = 0
    """Of all outlines so far, sound ones too."""
    mended: int = 0
    geodesic_positions: int = 0
    """Of all geodesics so far, as the file has them."""
    followed: int = 0
    """Corners that were put on them."""

    def count(self, corners: int) -> None:
        """An outline is worked on."""
        self.corners += corners

    def allows_mending(self, corners: int) -> bool:
        """Whether an outline that crosses itself may be mended; it is then counted as such."""
        allowed = self.mended < _MENDED_IN_ANY_FILE + self.corners // _MENDED_SHARE
        self.mended += corners if allowed else 0
        return allowed

    def allows_following(self, positions: int) -> bool:
        """Whether geodesics with so many positions may be followed; `followed` is counted by who does it."""
        self.geodesic_positions += positions
        return self.followed < _FOLLOWED_IN_ANY_FILE + self.geodesic_positions * _FOLLOWED_FOR_EACH


_CURRENT: ContextVar[CurveWork | None] = ContextVar("curve_work", default=None)


def current_curve_work() -> CurveWork | None:
    """The work of the file that is being read; None where no file is, and nothing is limited."""
    return _CURRENT.get()


@contextmanager
def curves_of(work: CurveWork) -> Iterator[None]:
    """Count curved outlines that are made straight in here as those of one file."""
    token = _CURRENT.set(work)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def limited(items: Iterator[Item], work: CurveWork) -> Iterator[Item]:
    """The items, each made while curved outlines are counted as those of one file."""
    while True:
        token = _CURRENT.set(work)
        try:
            item = next(items)
        except StopIteration:
            return
        finally:
            _CURRENT.reset(token)
        yield item
