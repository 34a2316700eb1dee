"""`merestone list`, `show`, `history` and `quarantine`: what the register holds."""

import csv
import math
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
import shapely

from merestone.cli.argument import ANY_KIND, json_option, register_argument, times_options
from merestone.cli.json_output import print_json
from merestone.cli.sheet import list_sheets, show_sheet
from merestone.geodesy import areas_m2, lengths_m
from merestone.register import Event, Record, RecordUnknown, Register, Snapshot
from merestone.register.programme import kinds as kinds_defined
from merestone.terms import WIDENED_M, RecordKind, begins_sentence, number_of


@click.command("list")
@register_argument
@click.option("--kind", "kinds", type=ANY_KIND, multiple=True, help="Only this kind; may be repeated.")
@click.option(
    "--bbox", type=float, nargs=4, metavar="WEST SOUTH EAST NORTH", help="Only what touches this box, degrees."
)
@click.option("--source", "source_has", help="Only records whose source contains this text.")
@click.option("--limit", type=click.IntRange(min=1), help="Show at most this many.")
@times_options
@json_option
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV for a table.")
def list_command(
    register_path: Path,
    kinds: tuple[str, ...],
    bbox: tuple[float, float, float, float] | None,
    source_has: str | None,
    limit: int | None,
    true_on: date | None,
    known_on: date | datetime | None,
    as_json: bool,
    as_csv: bool,
) -> None:
    """List the records of layers, with their geodesic area; with --kind also activities, organisations and the rest.

    Records without a layer are listed with their fields; --csv gives a table that `merestone import` can read again.

    \b
    Example:
      merestone list areas.gpkg --kind suspected --bbox 17.0 45.1 17.2 45.3
      merestone list areas.gpkg --kind activity --csv
    """  # noqa: D301 (click's own mark)
    sheet_kinds = [kind for kind in kinds if kind not in set(RecordKind)]
    if sheet_kinds:
        if len(kinds) > len(sheet_kinds) or len(set(sheet_kinds)) > 1:
            raise click.UsageError(f"name one kind without a layer alone, such as --kind {sheet_kinds[0]}")
        with Register.open(register_path, read_only=True) as register:
            sheet_records = register.sheets(sheet_kinds[0], true_on=true_on, known_on=known_on)
        list_sheets(
            kinds_defined()[sheet_kinds[0]], sheet_records, box=bbox, source_has=source_has, limit=limit,
            as_json=as_json, as_csv=as_csv,
        )  # fmt: skip
        return
    with Register.open(register_path, read_only=True) as register:
        snapshot = register.as_of(true_on, known_on)
        is_table = not (kinds or as_json or as_csv)
        sheets = register.sheets(true_on=true_on, known_on=known_on) if is_table else ()
        others = Counter(sheet.kind for sheet in sheets)
    box = None if bbox is None else _box(bbox)
    chosen = [
        record
        for record in snapshot.shown
        if (not kinds or record.kind.value in kinds)
        and (source_has is None or source_has.lower() in record.source.lower())
        and (box is None or record.geometry.intersects(box))
    ]
    shown = chosen[:limit]
    rows = _rows(shown)
    if as_json:
        print_json(rows)
    elif as_csv:
        _print_csv(rows, list(rows[0]) if rows else ["record_id"])
    else:
        _print_table(rows, snapshot, total=len(chosen))
        if others:
            named = ", ".join(f"{kind} {count:,}" for kind, count in sorted(others.items()))
            click.echo(f"also recorded, on no layer: {named}; list them with --kind")


def _box(bbox: tuple[float, float, float, float]) -> shapely.Polygon:
    west, south, east, north = bbox
    if not all(math.isfinite(value) for value in bbox) or west > east or south > north:
        text = "give west, south, east and north in degrees, west not above east, south not above north"
        raise click.BadParameter(text, param_hint="--bbox")
    return shapely.box(west, south, east, north)


def _rows(records: Sequence[Record]) -> list[dict[str, Any]]:
    shapes = [record.geometry for record in records]
    return [
        {
            "record_id": record.record_id,
            "kind": record.kind.value,
            "area_m2": round(float(area_m2), 1),
            "accuracy_m": record.accuracy_m,
            "true_from": None if record.true_from is None else record.true_from.isoformat(),
            "begins_on": None if record.begins_on is None else record.begins_on.isoformat(),
            "data_on": None if record.data_on is None else record.data_on.isoformat(),
            "source": record.source,
        }
        for record, area_m2 in zip(records, areas_m2(shapes) if shapes else [], strict=True)
    ]


def _print_table(rows: Sequence[Mapping[str, Any]], snapshot: Snapshot, *, total: int) -> None:
    if snapshot.label:
        click.echo(snapshot.label.upper())
    if not rows:
        click.echo("no records")
    else:
        click.echo(f"{'RECORD':<15}{'KIND':<18}{'AREA m2':>14}{'ACCURACY':>12}  {'DATA OF':<12}SOURCE")
    for row in rows:
        accuracy = "not stated" if row["accuracy_m"] is None else f"{row['accuracy_m']:g} m"
        click.echo(
            f"{row['record_id']:<15}{row['kind']:<18}{row['area_m2']:>14,.0f}{accuracy:>12}  "
            f"{row['data_on'] or 'not stated':<12}{row['source']}" + _begins(row["begins_on"])
        )
    for sentence in snapshot.doubts_of_days:
        click.echo(sentence)
    click.echo(
        f"{len(rows):,} of {number_of(total, 'record')}; "
        f"{number_of(snapshot.quarantined_count, 'row in quarantine is', 'rows in quarantine are')} on no map"
    )


def _begins(begins_on: str | None) -> str:
    return f" (stated to begin on {begins_on}; it is warned of already)" if begins_on else ""


@click.command("show")
@register_argument
@click.argument("record_id", metavar="ID")
@click.option("--wkt", "with_wkt", is_flag=True, help="Print the outline as WKT too.")
@times_options
@json_option
def show_command(
    register_path: Path,
    record_id: str,
    with_wkt: bool,
    true_on: date | None,
    known_on: date | datetime | None,
    as_json: bool,
) -> None:
    """Show one record with all its attributes; --json prints it as a GeoJSON feature.

    \b
    Example:
      merestone show areas.gpkg 3RKF-Q2LM-7TZA
    """  # noqa: D301 (click's own mark)
    with Register.open(register_path, read_only=True) as register:
        snapshot = register.as_of(true_on, known_on)
        record = next((r for r in snapshot.shown if r.record_id == record_id.upper()), None)
        sheet = None
        if record is None:
            sheets = register.sheets(true_on=true_on, known_on=known_on)
            sheet = next((sheet for sheet in sheets if sheet.record_id == record_id.upper()), None)
        if record is None and sheet is None:
            changes = register.history(record_id.upper())  # raises RecordUnknown if there never was one
            raise RecordNotThen(record_id, snapshot.true_on, len(changes))
    if sheet is not None:
        show_sheet(sheet, with_wkt=with_wkt, as_json=as_json)
        return
    assert record is not None
    facts = _facts(record)
    if as_json:
        feature = {
            "type": "Feature",
            "id": record.record_id,
            "properties": {**facts, "attributes": dict(record.attributes)},
            "geometry": shapely.geometry.mapping(record.geometry),
        }
        print_json(feature)
        return
    if record.label:
        click.echo(record.label.upper())
    for name, value in facts.items():
        click.echo(f"{name:<13} {'not stated' if value is None else value}")
    if record.begins_on is not None:
        click.echo(f"{'':<13} {begins_sentence(record.begins_on)}")
    if record.accuracy_m is None:
        click.echo(f"{'':<13} (widened by {WIDENED_M:g} m wherever it warns)")
    for name, value in record.attributes.items():
        click.echo(f"  {name}: {value}")
    if with_wkt:
        click.echo(shapely.to_wkt(record.geometry, rounding_precision=9))


class RecordNotThen(RecordUnknown):
    """The record exists, but not on the day that was asked for."""

    def __init__(self, record_id: str, true_on: date, changes: int) -> None:
        super().__init__(record_id)
        self.args = (
            f"record {record_id!r}: it did not hold on {true_on}; `merestone history` shows its {changes} changes",
        )


def _facts(record: Record) -> dict[str, Any]:
    west, south, east, north = record.geometry.bounds
    [area_m2], [length_m] = areas_m2([record.geometry]), lengths_m([record.geometry])
    return {
        "record_id": record.record_id,
        "kind": record.kind.label,
        "version": record.version,
        "area_m2": round(float(area_m2), 1),
        "length_m": round(float(length_m), 1),
        "bbox": f"{west:.6f} {south:.6f} {east:.6f} {north:.6f}",
        "vertices": int(shapely.get_num_coordinates(record.geometry)),
        "accuracy_m": record.accuracy_m,
        "true_from": None if record.true_from is None else record.true_from.isoformat(),
        "true_until": None if record.true_until is None else record.true_until.isoformat(),
        **({} if record.begins_on is None else {"begins_on": record.begins_on.isoformat()}),
        "data_on": None if record.data_on is None else record.data_on.isoformat(),
        "recorded_at": record.recorded_at.isoformat(),
        "visibility": record.visibility.value,
        "source": record.source,
        "row": record.row,
    }


@click.command("history")
@register_argument
@click.argument("record_id", metavar="ID")
@json_option
def history_command(register_path: Path, record_id: str, as_json: bool) -> None:
    """Show every change to one record: when, by whom, why, and for which days.

    \b
    Example:
      merestone history areas.gpkg 3RKF-Q2LM-7TZA
    """  # noqa: D301 (click's own mark)
    with Register.open(register_path, read_only=True) as register:
        events = register.history(record_id.upper())
    if as_json:
        print_json([_event(event) for event in events])
        return
    for event in events:
        days = f"from {event.true_from or 'ever'} until {event.true_until or 'further notice'}"
        click.echo(f"event {event.seq}  {event.recorded_at:%Y-%m-%d %H:%M:%S} UTC  {event.change.value}, {days}")
        decided = event.body.get("step", {}).get("source")
        click.echo(
            f"  by {event.by}; why: {event.why}; source: {event.source}"
            + (f"; decided by: {decided}" if decided else "")
        )
        click.echo(f"  event {event.event_id[:16]}..., chain {event.chain[:16]}...")


def _event(event: Event) -> dict[str, Any]:
    return {
        "seq": event.seq,
        "event_id": event.event_id,
        "chain": event.chain,
        "change": event.change.value,
        "recorded_at": event.recorded_at.isoformat(),
        "body": event.body,
        "wkt": None if event.geometry is None else shapely.to_wkt(event.geometry, rounding_precision=20),
    }


@click.command("quarantine")
@register_argument
@click.option("--file", "file_has", help="Only rows of files whose name contains this text.")
@click.option("--raw", is_flag=True, help="Print the complete original content of each row.")
@click.option("--limit", type=click.IntRange(min=1), help="Show at most this many.")
@click.option("--all", "settled_too", is_flag=True, help="Also the rows that were settled.")
@json_option
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV, with the original content.")
def quarantine_command(
    register_path: Path,
    file_has: str | None,
    raw: bool,
    limit: int | None,
    settled_too: bool,
    as_json: bool,
    as_csv: bool,
) -> None:
    """List the rows that could not be imported, and why. They may include hazards that no map shows.

    \b
    Example:
      merestone quarantine areas.gpkg --raw --limit 3
    """  # noqa: D301 (click's own mark)
    with Register.open(register_path, read_only=True) as register:
        waiting = register.quarantined(settled_too=settled_too)
    matching_rows = [row for row in waiting if file_has is None or file_has in (row.file_name or "")]
    rows = [
        {
            "file": row.file_name,
            "row": row.row,
            "reasons": "; ".join(row.reasons),
            "source": row.source,
            "recorded_at": row.recorded_at.isoformat(),
            "raw": row.raw,
            "event": row.seq,
            "kind": row.sheet,
            "settled_as": None if row.settled is None else row.settled.outcome,
            "settled_why": None if row.settled is None else row.settled.why,
            "record_id": None if row.settled is None else row.settled.record_id,
        }
        for row in matching_rows[:limit]
    ]
    if as_json:
        print_json(rows)
    elif as_csv:
        _print_csv(rows, list(rows[0]) if rows else ["file", "row", "reasons", "source", "recorded_at", "raw"])
    else:
        for row in rows:
            settled = f" [{row['settled_as']}: {row['settled_why']}]" if row["settled_as"] else ""
            click.echo(f"{row['file']}, row {row['row']}: {row['reasons']}{settled}")
            if raw:
                click.echo(f"  {row['raw']}")
        click.echo(
            f"{len(rows):,} of {number_of(len(matching_rows), 'row')} in quarantine; each is kept whole in the register"
        )


def _print_csv(rows: Iterable[Mapping[str, Any]], names: Sequence[str]) -> None:
    writer = csv.DictWriter(sys.stdout, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
