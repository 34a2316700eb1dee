"""The balance of land: reported = open + cancelled + reduced + cleared, each square metre counted once.

Recorded figures never make the balance: where polygons overlap, sums count land twice. The polygons themselves are
laid over each other, exactly, and measured on the ellipsoid; what was written down stands beside that. Where several
records claim one piece, the precedence decides to which share it goes; what was decided so is told beside the balance.

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

from merestone.geodesy import areas_below_m2
from merestone.release._cover import Below, Cover, cover
from merestone.terms import FieldRefused, RecordKind

PAIR_M2: Final = 1.0
"""An overlap no larger is how the same line was drawn twice; its area counts, but it makes no pair."""

_NOTHING_M2: Final = 1e-3
"""Rounding of an overlap whose outlines merely touch."""


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
class Recorded:
    """What surveyors wrote down for the records of one share, beside what their outlines measure."""

    records: int
    """Records of the share."""
    with_figure: int
    """Those of them for which an area is written down."""
    recorded_m2: float
    """The sum of what is written, m2; land under two records stands in it twice."""
    computed_m2: float
    """The outlines of the same records, each measured by itself and summed, m2."""

    @property
    def is_flagged(self) -> bool:
        """Whether the two differ by more than `FLAGGED_SHARE`."""
        return abs(self.recorded_m2 - self.computed_m2) > FLAGGED_SHARE * self.computed_m2


@dataclass(frozen=True, slots=True)
class Balance:
    """Where reported land stands, geodesic m2 on WGS 84."""

    reported_m2: float
    """All land that any record names."""
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
    recorded: Mapping[Share, Recorded] = field(default_factory=dict)
    """Recorded figures beside computed ones, for each share that has a record."""
    released_outside_m2: float = 0.0
    """Released land that no hazardous area ever covered, as far as `balance` was told of them, m2."""

    @property
    def released_m2(self) -> float:
        """Cancelled, reduced and cleared together."""
        return self.cancelled_m2 + self.reduced_m2 + self.cleared_m2

    @property
    def residue_m2(self) -> float:
        """What the shares lack or exceed: rounding alone, and told so that nobody has to trust it."""
        return self.reported_m2 - self.open_m2 - self.released_m2


def balance(
    parcels: Iterable[Parcel],
    *,
    precedence: Sequence[Share] = PRECEDENCE,
    hazardous: Sequence[BaseGeometry] | None = None,
    below: Below = areas_below_m2,
) -> Balance:
    """Lay the records over each other and measure the shares.

    Parameters
    ----------
    parcels
        Areas with valid outlines, in longitude and latitude.
    precedence
        All four shares, the one that gets a disputed piece first.
    hazardous
        Outlines of every hazardous area that was ever reported, closed ones too; those that are open now if None.
        Released land outside all of them is told by itself.
    below
        How edges are measured; on the ellipsoid unless a test says otherwise.

    Raises
    ------
    FieldRefused
        The precedence lacks a share, or an outline is invalid or no area.
    """
    if sorted(precedence) != sorted(Share):
        raise FieldRefused(
            "precedence", tuple(precedence), "does not name each share once", f"order {', '.join(Share)}"
        )
    parcel_list = list(parcels)
    outlines = np.array([parcel.geometry for parcel in parcel_list], dtype=object)
    _refuse_unusable([parcel.record_id for parcel in parcel_list], outlines)
    ranks = np.array([list(precedence).index(parcel.share) for parcel in parcel_list], dtype=np.int64)
    ever = np.array([] if hazardous is None else list(hazardous), dtype=object)
    reported_before = [list(precedence).index(Share.OPEN)]
    if hazardous is not None:
        ever, holds_open = _beyond(ever, outlines[ranks == reported_before[0]])
        reported_before = [*(reported_before if holds_open else []), len(Share)]
    _refuse_unusable(["a hazardous area"] * len(ever), ever)
    every = np.concatenate([outlines, ever])
    # What was ever hazardous is measured as a share of its own, after the four.
    laid = cover(every, np.concatenate([ranks, np.full(len(ever), len(Share), np.int64)]), len(Share) + 1, below)
    unions_m2 = [laid.union_m2(*range(rank + 1)) for rank in range(len(Share))]
    by_share = dict(zip(precedence, np.diff([0.0, *unions_m2]).tolist(), strict=True))
    released = [rank for rank, share in enumerate(precedence) if share is not Share.OPEN]
    own_m2 = laid.own_m2[: len(parcel_list)]
    return Balance(
        reported_m2=unions_m2[-1],
        open_m2=by_share[Share.OPEN],
        cancelled_m2=by_share[Share.CANCELLED],
        reduced_m2=by_share[Share.REDUCED],
        cleared_m2=by_share[Share.CLEARED],
        records=len(parcel_list),
        overlaps=_overlaps(laid, ranks, precedence),
        counted_twice_m2=max(float(own_m2.sum()) - unions_m2[-1], 0.0),
        differences=_differences(parcel_list, own_m2),
        recorded=_recorded(parcel_list, own_m2),
        released_outside_m2=max(laid.union_m2(*released, *reported_before) - laid.union_m2(*reported_before), 0.0),
    )


def balances_by(
    parcels: Iterable[Parcel],
    group: str,
    *,
    precedence: Sequence[Share] = PRECEDENCE,
    hazardous: Sequence[BaseGeometry] | None = None,
    below: Below = areas_below_m2,
) -> dict[str, Balance]:
    """The balance of each value of a group, such as each district; ``""`` gathers records that name none.

    Land that records of two groups claim stands in both balances, so their sum can exceed the balance of all.
    """
    parcels_by_group: dict[str, list[Parcel]] = {}
    for parcel in parcels:
        parcels_by_group.setdefault(parcel.groups.get(group, ""), []).append(parcel)
    return {
        value: balance(parcels_by_group[value], precedence=precedence, hazardous=hazardous, below=below)
        for value in sorted(parcels_by_group)
    }


def _beyond(ever: NDArray[Any], open_now: NDArray[Any]) -> tuple[NDArray[Any], bool]:
    """What was ever hazardous beside what is open now, each outline once; and whether all that is open is among it.

    Most of what was ever reported is open still. To lay each such outline over itself would take as long as all the
    rest. Where something open was never reported as hazardous, everything is given back.
    """
    was, now = shapely.to_wkb(ever).tolist(), set(shapely.to_wkb(open_now).tolist())
    first = {wkb: place for place, wkb in reversed(list(enumerate(was)))}
    holds_open = now <= first.keys()
    return ever[sorted(place for wkb, place in first.items() if not (holds_open and wkb in now))], holds_open


def _refuse_unusable(names: Sequence[str], outlines: NDArray[Any]) -> None:
    if not len(outlines):
        return
    is_area = np.isin(shapely.get_type_id(outlines), (3, 6)) & ~shapely.is_empty(outlines)
    unusable = np.flatnonzero(~(is_area & shapely.is_valid(outlines)))
    if len(unusable):
        name = names[int(unusable[0])]
        raise FieldRefused(f"outline of {name}", None, "is not a valid area", "repair it, or leave it out and say so")


def _overlaps(laid: Cover, ranks: NDArray[np.int64], precedence: Sequence[Share]) -> tuple[Overlap, ...]:
    """For each two shares that claim the same land: who got it, how many pairs, how much."""
    among = (laid.first < len(ranks)) & (laid.second < len(ranks))
    first, second, common_m2 = ranks[laid.first[among]], ranks[laid.second[among]], laid.common_m2[among]
    high, low = np.minimum(first, second), np.maximum(first, second)
    results = []
    for rank in range(len(precedence)):
        for two in range(rank + 1, len(precedence)):
            shared_m2 = common_m2[(high == rank) & (low == two)]
            if (shared_m2 > _NOTHING_M2).any():
                both_m2 = laid.union_m2(rank) + laid.union_m2(two) - laid.union_m2(rank, two)
                pairs = int((shared_m2 > PAIR_M2).sum())
                results.append(Overlap(precedence[rank], precedence[two], pairs, float(shared_m2.sum()), both_m2))
    return tuple(results)


def _recorded(parcels: Sequence[Parcel], own_m2: NDArray[np.float64]) -> dict[Share, Recorded]:
    results = {}
    for share in PRECEDENCE:
        mine = [(parcel, area_m2) for parcel, area_m2 in zip(parcels, own_m2, strict=True) if parcel.share is share]
        stated = [(parcel.recorded_m2, float(area_m2)) for parcel, area_m2 in mine if parcel.recorded_m2 is not None]
        if mine:
            written, measured = (sum(column) for column in zip(*stated, strict=True)) if stated else (0.0, 0.0)
            results[share] = Recorded(len(mine), len(stated), written, measured)
    return results


def _differences(parcels: Sequence[Parcel], own_m2: NDArray[np.float64]) -> tuple[Difference, ...]:
    stated = [
        Difference(parcel.record_id, parcel.recorded_m2, float(computed_m2))
        for parcel, computed_m2 in zip(parcels, own_m2, strict=True)
        if parcel.recorded_m2 is not None and abs(parcel.recorded_m2 - computed_m2) > FLAGGED_SHARE * computed_m2
    ]
    return tuple(sorted(stated, key=lambda difference: -abs(difference.recorded_m2 - difference.computed_m2)))
