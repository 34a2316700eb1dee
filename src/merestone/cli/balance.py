"""`merestone balance`: how much land is reported, open and released, each square metre counted once."""

from datetime import date, datetime
from pathlib import Path

import click

from merestone.cli.argument import DAY, json_option, register_argument, times_options
from merestone.cli.json_output import print_json
from merestone.register import Register
from merestone.release import PRECEDENCE, Balance, Share
from merestone.terms import number_of
from merestone.use_cases import LAND_STATUSES, LandBalance, land_balance, region_of


@click.command("balance")
@register_argument
@click.option(
    "--by", "groups", multiple=True, metavar="NAME", help="Also by 'kind', 'source', or any attribute, such as donor."
)
@click.option(
    "--precedence",
    default=",".join(PRECEDENCE),
    show_default=True,
    help="Precedence of kinds on overlapping land, strongest first.",
)
@click.option(
    "--region", type=click.Path(path_type=Path, exists=True), metavar="FILE", help="Only what lies in these areas."
)
@click.option(
    "--since", type=DAY, metavar="DAY", help="Also how much each share has changed since this day, as known now."
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

    Overlapping records are overlaid, so that no square metre counts twice. Land that several records claim goes to
    the strongest kind. This affects only the balance: a place is warned of while any open record covers it.

    \b
    Example:
      merestone balance areas.gpkg
      merestone balance areas.gpkg --by admin_2 --by donor --json
      merestone balance areas.gpkg --region county.geojson --since 2026-01-01
      merestone balance areas.gpkg --true-on 2026-01-01 --known-on 2026-01-01
    """  # noqa: D301 (click's own mark)
    order = _precedence(precedence)
    within = None if region is None else region_of(region)
    with Register.open(register_path, read_only=True) as register:
        land = land_balance(
            register,
            groups=groups,
            precedence=order,
            region=within,
            region_name=None if region is None else str(region),
            since=since,
            true_on=true_on,
            known_on=known_on,
        )
    for sentence in land.snapshot.doubts_of_days:
        click.echo(sentence, err=True)
    if as_json:
        print_json(land.as_json())
    else:
        _print(land, "" if region is None else f" in {region.name}")


def _print(land: LandBalance, place: str) -> None:
    snapshot = land.snapshot
    known = "" if land.known_on is None else f", as known on {land.known_on.isoformat()}"
    click.echo(f"{snapshot.label.upper() + chr(10) if snapshot.label else ''}Land{place} on {snapshot.true_on}{known}:")
    _print_balance(land.whole)
    if land.since is not None:
        click.echo(f"\nSince {land.since}:")
        for name in LAND_STATUSES:
            change_m2 = land.change_m2(name) or 0.0
            click.echo(f"  {name:<10} {change_m2:>+18,.0f} m2  ({change_m2 / 1e6:+,.3f} km2)")
    for group, by_value in land.by_group.items():
        click.echo(f"\nBy {group}; land that records of two groups claim is counted in both:")
        width = max((len(value) for value in by_value), default=0)
        for value, balanced in by_value.items():
            click.echo(
                f"  {value or '(not stated)':<{max(width, 12)}}  reported {balanced.reported_m2:>16,.0f} m2  "
                f"open {balanced.open_m2:>16,.0f} m2  released {balanced.released_m2:>14,.0f} m2"
            )
    if snapshot.quarantined_count:
        click.echo(
            f"\n{number_of(snapshot.quarantined_count, 'row')} in quarantine without a usable outline: in no "
            "figure here."
        )


def _precedence(text: str) -> tuple[Share, ...]:
    try:
        return tuple(Share(part.strip()) for part in text.split(","))
    except ValueError as error:
        raise click.BadParameter(f"{error}; order {', '.join(Share)}", param_hint="--precedence") from None


def _print_balance(balanced: Balance) -> None:
    for name in LAND_STATUSES:
        area_m2: float = getattr(balanced, f"{name}_m2")
        click.echo(f"  {name:<10} {area_m2:>18,.0f} m2  ({area_m2 / 1e6:,.3f} km2)")
    click.echo(f"  rounding difference: {abs(balanced.residue_m2):.3f} m2")
    click.echo(
        f"  overlaps between the {number_of(balanced.records, 'record')}: {balanced.counted_twice_m2:,.0f} m2 "
        "(double-counted in a plain sum)"
    )
    if balanced.released_outside_m2 >= 1.0:
        click.echo(
            f"  {balanced.released_outside_m2:,.0f} m2 of the released land lie in no area that was ever reported"
        )
    for share, written in balanced.recorded.items():
        if written.with_figure:
            click.echo(
                f"  written down as {share.value}: {written.recorded_m2:,.0f} m2 in {written.with_figure:,} of "
                f"{number_of(written.records, 'record')}, whose outlines measure {written.computed_m2:,.0f} m2"
                f"{'  (they differ by over 5 %)' if written.is_flagged else ''}"
            )
    for overlap in balanced.overlaps:
        click.echo(
            f"  {overlap.area_m2:,.0f} m2 claimed as {overlap.given_to} and {overlap.also_claimed_as} "
            f"({number_of(overlap.pairs, 'pair')}) went to {overlap.given_to}"
        )
    if balanced.differences:
        worst = balanced.differences[0]
        click.echo(
            f"  {number_of(len(balanced.differences), 'recorded area differs', 'recorded areas differ')} by over 5 "
            "% from their outline; the most: record "
            f"{worst.record_id}, {worst.recorded_m2:,.0f} m2 written, {worst.computed_m2:,.0f} m2 measured"
        )
