"""`merestone balance`: how much land is reported, open and released, each square metre counted once."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from merestone.cli.argument import day, json_option, register_argument, times_options
from merestone.documents.land_parcel import parcel_of
from merestone.register import Record, Register
from merestone.release import PRECEDENCE, Balance, Parcel, Share, balance, balances_by
from merestone.terms import RecordKind


@click.command("balance")
@register_argument
@click.option(
    "--by", "groups", multiple=True, metavar="NAME", help="Also by 'kind', 'source', or any attribute, such as donor."
)
@click.option(
    "--precedence",
    default=",".join(PRECEDENCE),
    show_default=True,
    help="Who gets land that several records claim, the strongest first.",
)
@click.option(
    "--region", type=click.Path(path_type=Path, exists=True), metavar="FILE", help="Only what lies in these areas."
)
@click.option(
    "--since", type=day, metavar="DAY", help="Also how much each share has changed since this day, as known now."
)
@times_options
@json_option
def balance_command(
    register_path: Path,
    groups: tuple[str, ...],
    precedence: str,
    region: Path | None,
    since: date | None,
    true_on: date | None,
    known_on: date | datetime | None,
    as_json: bool,
) -> None:
    """Balance the land: reported = open + cancelled + reduced + cleared, in geodesic m2.

    Overlapping records are overlaid, so that no square metre counts twice. Land that several records claim goes to the
    strongest; that is bookkeeping alone, and a place is warned of while any open record covers it.

    \b
    Example:
      merestone balance areas.gpkg
      merestone balance areas.gpkg --by admin_2 --by donor --json
      merestone balance areas.gpkg --region county.geojson --since 2026-01-01
      merestone balance areas.gpkg --true-on 2026-01-01 --known-on 2026-01-01
    """  # noqa: D301 (click's own mark)
    order = _precedence(precedence)
    within = None if region is None else _areas_in(region)
    with Register.open(register_path, read_only=True) as register:
        snapshot = register.as_of(true_on, known_on)
        for sentence in snapshot.doubts_of_days:
            click.echo(sentence, err=True)
        before = None if since is None else register.as_of(since, known_on)
        ever = register.outlines_ever(
            RecordKind.SUSPECTED, RecordKind.CONFIRMED, true_on=snapshot.true_on, known_on=known_on
        )
    areas = ever[np.isin(shapely.get_type_id(ever), (3, 6))]  # a polygon or several
    hazardous = [part for outline in areas if (part := _inside(outline, within)) is not None]
    parcels = _parcels(snapshot.records, groups, within)
    whole = balance(parcels, precedence=order, hazardous=hazardous)
    by_group = {group: balances_by(parcels, group, precedence=order, hazardous=hazardous) for group in groups}
    earlier = None if before is None else balance(_parcels(before.records, (), within), precedence=order)
    if as_json:
        content = {
            **_plain(whole),
            "groups": {
                group: {value: _plain(one) for value, one in found.items()} for group, found in by_group.items()
            },
            "since": None if since is None or earlier is None else {"day": since.isoformat(), **_plain(earlier)},
            "region": region and str(region),
            "precedence": [share.value for share in order],
            "true_on": snapshot.true_on.isoformat(),
            "known_on": known_on and known_on.isoformat(),
            "written_on": snapshot.written_on and snapshot.written_on.isoformat(),
            **snapshot.data_days.as_json(),
            "quarantined_count": snapshot.quarantined_count,
            "label": snapshot.label,
            "unit": "m2, geodesic on WGS 84",
        }
        click.echo(json.dumps(content, indent=2, ensure_ascii=False))
        return
    known = "" if known_on is None else f", as known on {known_on.isoformat()}"
    place = "" if region is None else f" in {region.name}"
    click.echo(f"{snapshot.label.upper() + chr(10) if snapshot.label else ''}Land{place} on {snapshot.true_on}{known}:")
    _tell(whole)
    if earlier is not None:
        click.echo(f"\nSince {since}:")
        for name in SHARE_NAMES:
            change_m2 = getattr(whole, f"{name}_m2") - getattr(earlier, f"{name}_m2")
            click.echo(f"  {name:<10} {change_m2:>+18,.0f} m2  ({change_m2 / 1e6:+,.3f} km2)")
    for group, found in by_group.items():
        click.echo(f"\nBy {group}; land that records of two groups claim stands in both:")
        width = max((len(value) for value in found), default=0)
        for value, one in found.items():
            click.echo(
                f"  {value or '(not stated)':<{max(width, 12)}}  reported {one.reported_m2:>16,.0f} m2  "
                f"open {one.open_m2:>16,.0f} m2  released {one.released_m2:>14,.0f} m2"
            )
    if snapshot.quarantined_count:
        click.echo(
            f"\n{snapshot.quarantined_count} rows in quarantine have no usable outline and are in no figure here."
        )


def _precedence(text: str) -> tuple[Share, ...]:
    try:
        return tuple(Share(part.strip()) for part in text.split(","))
    except ValueError as error:
        raise click.BadParameter(f"{error}; order {', '.join(Share)}", param_hint="--precedence") from None


SHARE_NAMES = ("reported", "open", "cancelled", "reduced", "cleared")


def _areas_in(region: Path) -> BaseGeometry:
    """All areas of a file, together."""
    from merestone.exchange.positions.feature_files import (
        read_shapes,  # the readers of all formats, which no other balance needs
    )

    shapes = read_shapes(region)
    shapes.put_aside(region, is_area=False, words="is no area")
    return shapely.union_all([shapely.make_valid(shape) for shape in shapes.geometries if shape is not None])


def _inside(outline: BaseGeometry, region: BaseGeometry | None) -> BaseGeometry | None:
    """The areas of an outline within a region; None if it has none there."""
    if region is None:
        return outline
    parts = shapely.get_parts(shapely.get_parts(shapely.intersection(outline, region)))
    areas = parts[shapely.get_dimensions(parts) == 2]
    return shapely.union_all(areas) if len(areas) else None


def _parcels(records: Iterable[Record], groups: tuple[str, ...], region: BaseGeometry | None) -> list[Parcel]:
    found = []
    for record in records:
        parcel = _parcel(record, groups)
        if region is None:
            if parcel is not None:
                found.append(parcel)
            continue
        part = None if parcel is None else _inside(parcel.geometry, region)
        if parcel is None or part is None:
            continue
        # A written figure is of the whole area: it stands beside no part of it.
        is_whole = bool(shapely.covers(region, parcel.geometry))
        found.append(replace(parcel, geometry=part, recorded_m2=parcel.recorded_m2 if is_whole else None))
    return found


def _parcel(record: Record, groups: tuple[str, ...]) -> Parcel | None:
    parcel = parcel_of(record)
    if parcel is None or not groups:
        return parcel
    named: Mapping[str, str] = {"kind": record.kind.value, "source": record.source}
    values = {group: str(named.get(group, record.attributes.get(group, ""))) for group in groups}
    return replace(parcel, groups=values)


def _plain(found: Balance) -> dict[str, Any]:
    return {
        "reported_m2": found.reported_m2,
        "open_m2": found.open_m2,
        "cancelled_m2": found.cancelled_m2,
        "reduced_m2": found.reduced_m2,
        "cleared_m2": found.cleared_m2,
        "released_m2": found.released_m2,
        "residue_m2": found.residue_m2,
        "released_outside_m2": found.released_outside_m2,
        "counted_twice_m2": found.counted_twice_m2,
        "recorded": {
            share.value: {
                "records": one.records,
                "with_figure": one.with_figure,
                "recorded_m2": one.recorded_m2,
                "computed_m2": one.computed_m2,
                "is_flagged": one.is_flagged,
            }
            for share, one in found.recorded.items()
        },
        "records": found.records,
        "overlaps": [
            {
                "given_to": overlap.given_to.value,
                "also_claimed_as": overlap.also_claimed_as.value,
                "pairs": overlap.pairs,
                "pairs_m2": overlap.pairs_m2,
                "area_m2": overlap.area_m2,
            }
            for overlap in found.overlaps
        ],
        "differences": [
            {
                "record_id": difference.record_id,
                "recorded_m2": difference.recorded_m2,
                "computed_m2": difference.computed_m2,
                "ratio": difference.ratio,
            }
            for difference in found.differences
        ],
    }


def _tell(found: Balance) -> None:
    for name, area_m2 in (
        ("reported", found.reported_m2),
        ("open", found.open_m2),
        ("cancelled", found.cancelled_m2),
        ("reduced", found.reduced_m2),
        ("cleared", found.cleared_m2),
    ):
        click.echo(f"  {name:<10} {area_m2:>18,.0f} m2  ({area_m2 / 1e6:,.3f} km2)")
    click.echo(f"  the shares miss the reported land by {abs(found.residue_m2):.3f} m2, by rounding")
    click.echo(f"  a plain sum over the {found.records:,} records would count {found.counted_twice_m2:,.0f} m2 twice")
    if found.released_outside_m2 >= 1.0:
        click.echo(f"  {found.released_outside_m2:,.0f} m2 of the released land lie in no area that was ever reported")
    for share, written in found.recorded.items():
        if written.with_figure:
            click.echo(
                f"  written down as {share.value}: {written.recorded_m2:,.0f} m2 in {written.with_figure:,} of "
                f"{written.records:,} records, whose outlines measure {written.computed_m2:,.0f} m2"
                f"{'  (over 5 % apart)' if written.is_flagged else ''}"
            )
    for overlap in found.overlaps:
        click.echo(
            f"  {overlap.area_m2:,.0f} m2 claimed as {overlap.given_to} and {overlap.also_claimed_as} "
            f"({overlap.pairs:,} pairs) went to {overlap.given_to}"
        )
    if found.differences:
        worst = found.differences[0]
        click.echo(
            f"  {len(found.differences)} recorded areas differ by over 5 % from their outline; the most: record "
            f"{worst.record_id}, {worst.recorded_m2:,.0f} m2 written, {worst.computed_m2:,.0f} m2 measured"
        )
