"""The balance of land: reported = open + cancelled + reduced + cleared, each square metre counted once.

Recorded figures are never added up here: where polygons overlap, sums count land twice. The polygons themselves are
overlaid, exactly, and the pieces are measured on the ellipsoid. Where several records claim one piece, the precedence
decides to which share it goes; what was decided so is told beside the balance.

Source of the words: IMAS 07.11 (cancelled by NTS, reduced by TS, cleared by clearance; released is the three together).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from shapely.geometry.base import BaseGeometry

from merestone.geodesy import areas_m2
from merestone.terms import FieldRefused, RecordKind

Areas = Callable[[NDArray[Any]], NDArray[np.float64]]
"""Polygons, shape (n,) -> their areas, shape (n,), m2."""


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
    cluster = _clusters(len(held), *pairs)
    shares_m2, reported_m2 = _measured(outlines, ranks, own_m2, cluster, areas)
    by_share = dict(zip(precedence, shares_m2, strict=True))
    return Balance(
        reported_m2=reported_m2,
        open_m2=by_share[Share.OPEN],
        cancelled_m2=by_share[Share.CANCELLED],
        reduced_m2=by_share[Share.REDUCED],
        cleared_m2=by_share[Share.CLEARED],
        records=len(held),
        overlaps=_overlaps(outlines, ranks, pairs, precedence, areas),
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


def _clusters(count: int, first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.int64]:
    """A number for each outline: the same for those that are joined by a chain of overlaps."""
    joined = coo_array((np.ones(len(first), np.int8), (first, second)), shape=(count, count))
    return np.asarray(connected_components(joined, directed=False)[1], np.int64) if count else np.zeros(0, np.int64)


def _measured(
    outlines: NDArray[Any],
    ranks: NDArray[np.int64],
    own_m2: NDArray[np.float64],
    cluster: NDArray[np.int64],
    areas: Areas,
) -> tuple[list[float], float]:
    """The area of each share in the order of precedence, and of everything together.

    Only clusters of overlapping outlines are overlaid; an outline that meets no other is measured as it stands.
    """
    count = len(Share)
    order = np.argsort(cluster, kind="stable")
    starts = np.flatnonzero(np.diff(cluster[order], prepend=-1))
    sizes = np.diff(np.append(starts, len(order)))
    alone = order[starts[sizes == 1]]
    shares_m2 = np.bincount(ranks[alone], weights=own_m2[alone], minlength=count).astype(np.float64)
    reported_m2 = float(own_m2[alone].sum())
    pieces: list[BaseGeometry] = []
    piece_ranks: list[int] = []
    wholes: list[BaseGeometry] = []
    for start, size in zip(starts[sizes > 1], sizes[sizes > 1], strict=True):
        members = order[start : start + size]
        taken: BaseGeometry | None = None
        for rank in range(count):
            mine = members[ranks[members] == rank]
            if not len(mine):
                continue
            claimed = shapely.union_all(outlines[mine])
            pieces.append(claimed if taken is None else shapely.difference(claimed, taken))
            piece_ranks.append(rank)
            taken = claimed if taken is None else shapely.union(taken, claimed)
        assert taken is not None
        # The union of one share's outlines is its piece already; measuring it again would prove nothing.
        wholes.append(shapely.union_all(outlines[members]) if len(set(ranks[members])) > 1 else taken)
    if pieces:
        pieces_m2 = areas(np.array(pieces, dtype=object))
        shares_m2 += np.bincount(np.array(piece_ranks), weights=pieces_m2, minlength=count)
        reported_m2 += float(areas(np.array(wholes, dtype=object)).sum())
    return [float(share) for share in shares_m2], reported_m2


def _overlaps(
    outlines: NDArray[Any],
    ranks: NDArray[np.int64],
    pairs: tuple[NDArray[np.int64], NDArray[np.int64]],
    precedence: Sequence[Share],
    areas: Areas,
) -> tuple[Overlap, ...]:
    """For each two shares that claim the same land: who got it, how many pairs, how much."""
    first, second = pairs
    found = []
    high, low = np.minimum(ranks[first], ranks[second]), np.maximum(ranks[first], ranks[second])
    for one in range(len(precedence)):
        for two in range(one + 1, len(precedence)):
            chosen = (high == one) & (low == two)
            if not chosen.any():
                continue
            common = shapely.intersection(outlines[first[chosen]], outlines[second[chosen]])
            common_m2 = areas(common)
            if (common_m2 > 0.0).any():
                whole = _only_areas(shapely.union_all(common[common_m2 > 0.0]))
                area_m2 = float(areas(np.array([whole], dtype=object))[0])
                count = int((common_m2 > PAIR_M2).sum())
                found.append(Overlap(precedence[one], precedence[two], count, float(common_m2.sum()), area_m2))
    return tuple(found)


def _only_areas(geometry: BaseGeometry) -> BaseGeometry:
    parts = shapely.get_parts(geometry)
    return shapely.union_all(parts[shapely.get_dimensions(parts) == 2])


def _differences(held: Sequence[Parcel], own_m2: NDArray[np.float64]) -> tuple[Difference, ...]:
    stated = [
        Difference(parcel.record_id, parcel.recorded_m2, float(computed_m2))
        for parcel, computed_m2 in zip(held, own_m2, strict=True)
        if parcel.recorded_m2 is not None and abs(parcel.recorded_m2 - computed_m2) > FLAGGED_SHARE * computed_m2
    ]
    return tuple(sorted(stated, key=lambda found: -abs(found.recorded_m2 - found.computed_m2)))
