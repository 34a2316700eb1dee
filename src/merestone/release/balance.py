"""The balance of land: reported = open + cancelled + reduced + cleared, each square metre counted once.

Recorded figures are never added up here: where polygons overlap, sums count land twice. The polygons themselves are
overlaid, exactly, and the pieces are measured on the ellipsoid. Where several records claim one piece, the precedence
decides to which share it goes; what was decided so is told beside the balance.

Source of the words: IMAS 07.11 (cancelled by NTS, reduced by TS, cleared by clearance; released is the three together).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from merestone.geodesy import areas_m2
from merestone.release._tile import Areas, common_m2, overlay
from merestone.terms import FieldRefused, RecordKind

PAIR_M2: Final = 1.0
"""An overlap no larger is how the same line was drawn twice; its area counts, but it makes no pair."""


class Share(StrEnum):
    """Where a piece of reported land stands."""

    OPEN = "open"
    CANCELLED = "cancelled"
    REDUCED = "reduced"
    CLEARED = "cleared"


PRECEDENCE: Final = (Share.CLEARED, Share.REDUCED, Share.CANCELLED, Share.OPEN)
"""Who gets a piece that several records claim, unless a programme decides otherwise.

A release is a later word on the same ground than the area that it releases, and clearance is the strongest of the
three. This is bookkeeping: screening warns of an open area whatever is recorded as released on top of it.
"""

SHARE_OF_KIND: Final[Mapping[RecordKind, Share]] = {
    RecordKind.SUSPECTED: Share.OPEN,
    RecordKind.CONFIRMED: Share.OPEN,
    RecordKind.CANCELLED: Share.CANCELLED,
    RecordKind.REDUCED: Share.REDUCED,
    RecordKind.CLEARED: Share.CLEARED,
}
"""The share that a kind of record claims. Other kinds are no reported land and take no part."""

FLAGGED_SHARE: Final = 0.05
"""Recorded and computed areas that differ by more than this share of the computed one are flagged. Our own choice."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One record as the balance sees it."""

    record_id: str
    share: Share
    geometry: BaseGeometry
    recorded_m2: float | None = None
    """The area as the surveyor wrote it, m2."""
    groups: Mapping[str, str] = field(default_factory=dict)
    """Such as ``{"district": "North"}``."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """Land claimed by records of two shares, and to which it went."""

    given_to: Share
    also_claimed_as: Share
    pairs: int
    """Pairs of records that overlap by more than `PAIR_M2`."""
    pairs_m2: float
    """The overlaps of all pairs summed, m2: land in several pairs counts several times."""
    area_m2: float
    """Land that both claim, m2, each square metre once."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A recorded area that does not fit its polygon."""

    record_id: str
    recorded_m2: float
    computed_m2: float

    @property
    def ratio(self) -> float:
        """Recorded over computed."""
        return self.recorded_m2 / self.computed_m2


@dataclass(frozen=True, slots=True)
class Balance:
    """Where reported land stands, geodesic m2 on WGS 84."""

    reported_m2: float
    """All land that any record names, measured by itself, not summed from the shares."""
    open_m2: float
    cancelled_m2: float
    reduced_m2: float
    cleared_m2: float
    records: int
    overlaps: tuple[Overlap, ...] = ()
    counted_twice_m2: float = 0.0
    """What a plain sum over all polygons would have counted more than once."""
    differences: tuple[Difference, ...] = ()
    """Recorded figures that do not fit, the worst first."""

    @property
    def released_m2(self) -> float:
        """Cancelled, reduced and cleared together."""
        return self.cancelled_m2 + self.reduced_m2 + self.cleared_m2

    @property
    def residue_m2(self) -> float:
        """What the shares lack or exceed: rounding alone, and told so that nobody has to trust it."""
        return self.reported_m2 - self.open_m2 - self.released_m2


def balance(parcels: Iterable[Parcel], *, precedence: Sequence[Share] = PRECEDENCE, areas: Areas = areas_m2) -> Balance:
    """Overlay the records and measure the shares.

    Parameters
    ----------
    parcels
        Areas with valid outlines, in longitude and latitude.
    precedence
        All four shares, the one that gets a disputed piece first.
    areas
        How polygons are measured; geodesic unless a test says otherwise.

    Raises
    ------
    FieldRefused
        The precedence lacks a share, or an outline is invalid or no area.
    """
    if sorted(precedence) != sorted(Share):
        raise FieldRefused(
            "precedence", tuple(precedence), "does not name each share once", f"order {', '.join(Share)}"
        )
    held = list(parcels)
    outlines = np.array([parcel.geometry for parcel in held], dtype=object)
    _refuse_unusable(held, outlines)
    ranks = np.array([list(precedence).index(parcel.share) for parcel in held], dtype=np.int64)
    own_m2 = areas(outlines) if held else np.zeros(0)
    pairs = _overlapping(outlines)
    # Only what meets something is overlaid; an outline that meets no other is measured as it stands.
    meets = np.zeros(len(held), bool)
    meets[np.concatenate(pairs)] = True
    overlaid = overlay(outlines[meets], ranks[meets], len(Share), areas)
    alone_m2 = np.bincount(ranks[~meets], weights=own_m2[~meets], minlength=len(Share))
    by_share = dict(zip(precedence, (float(area) for area in overlaid.shares_m2 + alone_m2), strict=True))
    reported_m2 = overlaid.whole_m2 + float(own_m2[~meets].sum())
    return Balance(
        reported_m2=reported_m2,
        open_m2=by_share[Share.OPEN],
        cancelled_m2=by_share[Share.CANCELLED],
        reduced_m2=by_share[Share.REDUCED],
        cleared_m2=by_share[Share.CLEARED],
        records=len(held),
        overlaps=_overlaps(outlines, ranks, pairs, precedence, overlaid.both_m2, areas),
        counted_twice_m2=float(own_m2.sum()) - reported_m2,
        differences=_differences(held, own_m2),
    )


def balances_by(
    parcels: Iterable[Parcel], group: str, *, precedence: Sequence[Share] = PRECEDENCE, areas: Areas = areas_m2
) -> dict[str, Balance]:
    """The balance of each value of a group, such as each district; ``""`` gathers records that name none.

    Land that records of two groups claim stands in both balances, so their sum can exceed the balance of all.
    """
    held: dict[str, list[Parcel]] = {}
    for parcel in parcels:
        held.setdefault(parcel.groups.get(group, ""), []).append(parcel)
    return {value: balance(held[value], precedence=precedence, areas=areas) for value in sorted(held)}


def _refuse_unusable(held: Sequence[Parcel], outlines: NDArray[Any]) -> None:
    if not held:
        return
    is_area = np.isin(shapely.get_type_id(outlines), (3, 6)) & ~shapely.is_empty(outlines)
    unusable = np.flatnonzero(~(is_area & shapely.is_valid(outlines)))
    if len(unusable):
        record = held[int(unusable[0])].record_id
        raise FieldRefused(f"outline of {record}", None, "is no valid area", "repair it, or leave it out and say so")


def _overlapping(outlines: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs whose outlines meet in any way, each pair once."""
    if not len(outlines):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    shapely.prepare(outlines)
    one, two = shapely.STRtree(outlines).query(outlines, predicate="intersects")
    once = one < two
    return one[once].astype(np.int64), two[once].astype(np.int64)


def _overlaps(  # noqa: PLR0917  (one call, in the order of the reckoning)
    outlines: NDArray[Any],
    ranks: NDArray[np.int64],
    pairs: tuple[NDArray[np.int64], NDArray[np.int64]],
    precedence: Sequence[Share],
    both_m2: NDArray[np.float64],
    areas: Areas,
) -> tuple[Overlap, ...]:
    """For each two shares that claim the same land: who got it, how many pairs, how much."""
    first, second = pairs
    across = ranks[first] != ranks[second]
    first, second = first[across], second[across]
    common = common_m2(outlines[first], outlines[second], areas)
    high, low = np.minimum(ranks[first], ranks[second]), np.maximum(ranks[first], ranks[second])
    found = []
    for one in range(len(precedence)):
        for two in range(one + 1, len(precedence)):
            shared_m2 = common[(high == one) & (low == two)]
            if (shared_m2 > 0.0).any():
                count, area_m2 = int((shared_m2 > PAIR_M2).sum()), float(both_m2[one, two])
                found.append(Overlap(precedence[one], precedence[two], count, float(shared_m2.sum()), area_m2))
    return tuple(found)


def _differences(held: Sequence[Parcel], own_m2: NDArray[np.float64]) -> tuple[Difference, ...]:
    stated = [
        Difference(parcel.record_id, parcel.recorded_m2, float(computed_m2))
        for parcel, computed_m2 in zip(held, own_m2, strict=True)
        if parcel.recorded_m2 is not None and abs(parcel.recorded_m2 - computed_m2) > FLAGGED_SHARE * computed_m2
    ]
    return tuple(sorted(stated, key=lambda found: -abs(found.recorded_m2 - found.computed_m2)))
