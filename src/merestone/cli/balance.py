"""`merestone balance`: how much land is reported, open and released, each square metre counted once."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from merestone.cli.argument import json_option, register_argument, times_options
from merestone.register import Record, Register
from merestone.release import PRECEDENCE, SHARE_OF_KIND, Balance, Parcel, Share, balance, balances_by

RECORDED_AS = ("recorded_area_m2", "area_m2")
"""Attributes under which a surveyor's own figure may stand."""


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
@times_options
@json_option
def balance_command(
    register_path: Path,
    groups: tuple[str, ...],
    precedence: str,
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
      merestone balance areas.gpkg --true-on 2026-01-01 --known-on 2026-01-01
    """  # noqa: D301 (click's own mark)
    with Register.open(register_path, read_only=True) as register:
        snapshot = register.as_of(true_on, known_on)
    order = _precedence(precedence)
    parcels = [parcel for record in snapshot.records if (parcel := _parcel(record, groups)) is not None]
    whole = balance(parcels, precedence=order)
    by_group = {group: balances_by(parcels, group, precedence=order) for group in groups}
    if as_json:
        content = {
            **_plain(whole),
            "groups": {
                group: {value: _plain(one) for value, one in found.items()} for group, found in by_group.items()
            },
            "precedence": [share.value for share in order],
            "true_on": snapshot.true_on.isoformat(),
            "known_on": known_on and known_on.isoformat(),
            "data_on": snapshot.data_on and snapshot.data_on.isoformat(),
            "quarantined_count": snapshot.quarantined_count,
            "label": snapshot.label,
            "unit": "m2, geodesic on WGS 84",
        }
        click.echo(json.dumps(content, indent=2, ensure_ascii=False))
        return
    known = "" if known_on is None else f", as known on {known_on.isoformat()}"
    click.echo(f"{snapshot.label.upper() + chr(10) if snapshot.label else ''}Land on {snapshot.true_on}{known}:")
    _tell(whole)
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


def _parcel(record: Record, groups: tuple[str, ...]) -> Parcel | None:
    share = SHARE_OF_KIND.get(record.kind)
    if share is None or record.geometry.geom_type not in ("Polygon", "MultiPolygon"):
        return None
    recorded = next((record.attributes[name] for name in RECORDED_AS if name in record.attributes), None)
    named: Mapping[str, str] = {"kind": record.kind.value, "source": record.source}
    values = {group: str(named.get(group, record.attributes.get(group, ""))) for group in groups}
    recorded_m2 = float(recorded) if isinstance(recorded, (int, float)) else None
    return Parcel(record.record_id, share, record.geometry, recorded_m2, values)


def _plain(found: Balance) -> dict[str, Any]:
    return {
        "reported_m2": found.reported_m2,
        "open_m2": found.open_m2,
        "cancelled_m2": found.cancelled_m2,
        "reduced_m2": found.reduced_m2,
        "cleared_m2": found.cleared_m2,
        "released_m2": found.released_m2,
        "residue_m2": found.residue_m2,
        "counted_twice_m2": found.counted_twice_m2,
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
