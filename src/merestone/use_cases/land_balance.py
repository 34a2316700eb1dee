"""The land of a register balanced: reported, open and released, each square metre counted once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from merestone.documents import parcel_of
from merestone.register import Record, Register, Snapshot
from merestone.release import PRECEDENCE, Balance, Parcel, Share, balance, balances_by
from merestone.terms import RecordKind
from merestone.use_cases.united_areas import united

LAND_STATUSES: Final = ("reported", "open", "cancelled", "reduced", "cleared")
"""The figures of a balance, each the name of an attribute of `Balance` without its ``_m2``."""


@dataclass(frozen=True, kw_only=True)
class LandBalance:
    """The balance of a register's land on a day, as known at a moment."""

    snapshot: Snapshot
    known_on: date | datetime | None
    precedence: tuple[Share, ...]
    region_name: str | None
    whole: Balance
    by_group: Mapping[str, Mapping[str, Balance]]
    """For each attribute asked for, the balance of each of its values."""
    since: date | None = None
    earlier: Balance | None = None
    """The balance of the day `since`, as known now."""

    def change_m2(self, land_status: str) -> float | None:
        """How much land of one status (`LAND_STATUSES`) was gained since the day `since`, m2; None without a day."""
        if self.earlier is None:
            return None
        name = f"{land_status}_m2"
        change_m2: float = getattr(self.whole, name) - getattr(self.earlier, name)
        return change_m2

    def as_json(self) -> dict[str, Any]:
        """All figures, areas in geodesic m2 on WGS 84."""
        snapshot, since = self.snapshot, None
        if self.since is not None and self.earlier is not None:
            since = {"day": self.since.isoformat(), **balance_as_json(self.earlier)}
        return {
            **balance_as_json(self.whole),
            "groups": {
                group: {value: balance_as_json(balanced) for value, balanced in by_value.items()}
                for group, by_value in self.by_group.items()
            },
            "since": since,
            "region": self.region_name,
            "precedence": [share.value for share in self.precedence],
            "true_on": snapshot.true_on.isoformat(),
            "known_on": self.known_on and self.known_on.isoformat(),
            "written_on": snapshot.written_on and snapshot.written_on.isoformat(),
            **snapshot.data_days.as_json(),
            "quarantined_count": snapshot.quarantined_count,
            "label": snapshot.label,
            "unit": "m2, geodesic on WGS 84",
        }


def land_balance(
    register: Register,
    *,
    groups: Sequence[str] = (),
    precedence: Sequence[Share] = PRECEDENCE,
    region: BaseGeometry | None = None,
    region_name: str | None = None,
    since: date | None = None,
    true_on: date | None = None,
    known_on: date | datetime | None = None,
) -> LandBalance:
    """Balance the land of a register: reported = open + cancelled + reduced + cleared (IMAS 07.11), in geodesic m2.

    Parameters
    ----------
    groups
        Also by these: ``kind``, ``source``, or any attribute. Land that records of two groups claim stands in both.
    precedence
        Which land status gets land that several records claim, the strongest first. Bookkeeping alone: a place is
        warned of while any open record covers it.
    region
        Areas in longitude and latitude on WGS 84 (`region_of`); only what lies within them counts. None: everywhere.
    region_name
        What to call the region in the answer.
    since
        Also the balance of this day, as known now.
    true_on, known_on
        Valid time and transaction time, as in `Register.as_of`.

    >>> from merestone.register import Register
    >>> with Register.open("exercise.gpkg", read_only=True) as register:  # doctest: +SKIP
    ...     land = land_balance(register, groups=["kind"])
    ...     land.whole.open_m2, land.as_json()["unit"]
    """
    snapshot = register.as_of(true_on, known_on)
    before = None if since is None else register.as_of(since, known_on)
    ever = register.outlines_ever(
        RecordKind.SUSPECTED, RecordKind.CONFIRMED, true_on=snapshot.true_on, known_on=known_on
    )
    areas = ever[np.isin(shapely.get_type_id(ever), (3, 6))]  # polygons and multipolygons
    hazardous = [part for outline in areas if (part := _within(outline, region)) is not None]
    order = tuple(precedence)
    parcels = _parcels(snapshot.records, groups, region)
    return LandBalance(
        snapshot=snapshot,
        known_on=known_on,
        precedence=order,
        region_name=region_name,
        whole=balance(parcels, precedence=order, hazardous=hazardous),
        by_group={group: balances_by(parcels, group, precedence=order, hazardous=hazardous) for group in groups},
        since=since,
        earlier=None if before is None else balance(_parcels(before.records, (), region), precedence=order),
    )


def region_of(path: Path) -> BaseGeometry:
    """All areas of a file of any format together, in longitude and latitude on WGS 84.

    Raises
    ------
    FileRefused
        The file cannot be read, or holds no area.
    """
    from merestone.exchange.positions import read_shapes  # the readers of all formats, which no other balance needs

    shapes = read_shapes(path)
    shapes.put_aside(path, is_area=False, why="is not an area")
    return united(shape for shape in shapes.geometries if shape is not None)


def balance_as_json(balanced: Balance) -> dict[str, Any]:
    """The figures of one balance, areas in m2."""
    return {
        "reported_m2": balanced.reported_m2,
        "open_m2": balanced.open_m2,
        "cancelled_m2": balanced.cancelled_m2,
        "reduced_m2": balanced.reduced_m2,
        "cleared_m2": balanced.cleared_m2,
        "released_m2": balanced.released_m2,
        "residue_m2": balanced.residue_m2,
        "released_outside_m2": balanced.released_outside_m2,
        "counted_twice_m2": balanced.counted_twice_m2,
        "recorded": {
            share.value: {
                "records": recorded.records,
                "with_figure": recorded.with_figure,
                "recorded_m2": recorded.recorded_m2,
                "computed_m2": recorded.computed_m2,
                "is_flagged": recorded.is_flagged,
            }
            for share, recorded in balanced.recorded.items()
        },
        "records": balanced.records,
        "overlaps": [
            {
                "given_to": overlap.given_to.value,
                "also_claimed_as": overlap.also_claimed_as.value,
                "pairs": overlap.pairs,
                "pairs_m2": overlap.pairs_m2,
                "area_m2": overlap.area_m2,
            }
            for overlap in balanced.overlaps
        ],
        "differences": [
            {
                "record_id": difference.record_id,
                "recorded_m2": difference.recorded_m2,
                "computed_m2": difference.computed_m2,
                "ratio": difference.ratio,
            }
            for difference in balanced.differences
        ],
    }


def _within(outline: BaseGeometry, region: BaseGeometry | None) -> BaseGeometry | None:
    """The areas of an outline within a region; None if it has none there."""
    if region is None:
        return outline
    parts = shapely.get_parts(shapely.get_parts(shapely.intersection(outline, region)))
    areas = parts[shapely.get_dimensions(parts) == 2]
    return shapely.union_all(areas) if len(areas) else None


def _parcels(records: Iterable[Record], groups: Sequence[str], region: BaseGeometry | None) -> list[Parcel]:
    parcels = []
    for record in records:
        parcel = _parcel(record, groups)
        if region is None:
            if parcel is not None:
                parcels.append(parcel)
            continue
        part = None if parcel is None else _within(parcel.geometry, region)
        if parcel is None or part is None:
            continue
        # A surveyor's own figure is of the whole area, and cannot be compared with a part of it.
        is_whole = bool(shapely.covers(region, parcel.geometry))
        parcels.append(replace(parcel, geometry=part, recorded_m2=parcel.recorded_m2 if is_whole else None))
    return parcels


def _parcel(record: Record, groups: Sequence[str]) -> Parcel | None:
    parcel = parcel_of(record)
    if parcel is None or not groups:
        return parcel
    named: Mapping[str, str] = {"kind": record.kind.value, "source": record.source}
    values = {group: str(named.get(group, record.attributes.get(group, ""))) for group in groups}
    return replace(parcel, groups=values)
