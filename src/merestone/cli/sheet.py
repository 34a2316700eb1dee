"""Records without a layer, such as activities and organisations, as `merestone list` and `show` print them."""

import csv
import sys
from collections.abc import Sequence
from typing import Any

import click
import shapely

from merestone.cli.json_output import print_json
from merestone.exchange.rows import cell_of
from merestone.register import SheetRecord
from merestone.register.programme import Kind
from merestone.terms import number_of

_SHOWN_FIELDS = 4
"""Fields beside the identifier that the table for a person shows."""


def list_sheets(
    kind: Kind,
    sheets: Sequence[SheetRecord],
    *,
    box: tuple[float, float, float, float] | None,
    source_has: str | None,
    limit: int | None,
    as_json: bool,
    as_csv: bool,
) -> None:
    """Print the records of one kind, by their identifier."""
    area = None if box is None else shapely.box(*box)
    chosen = [
        sheet
        for sheet in sorted(sheets, key=lambda sheet: (str(sheet.attributes.get("local_id", "")), sheet.record_id))
        if (source_has is None or source_has.lower() in sheet.source.lower())
        and (area is None or (sheet.geometry is not None and sheet.geometry.intersects(area)))
    ]
    shown = chosen[:limit]
    if as_json:
        print_json([_as_json(sheet) for sheet in shown])
    elif as_csv:
        _print_csv(kind, shown)
    else:
        _print_table(kind, shown, total=len(chosen))


def _as_json(sheet: SheetRecord) -> dict[str, Any]:
    return {
        "record_id": sheet.record_id,
        "kind": sheet.kind,
        "version": sheet.version,
        "source": sheet.source,
        "recorded_at": sheet.recorded_at.isoformat(),
        "visibility": sheet.visibility.value,
        "geometry": None if sheet.geometry is None else shapely.geometry.mapping(sheet.geometry),
        "attributes": dict(sheet.attributes),
    }


def _print_csv(kind: Kind, sheets: Sequence[SheetRecord]) -> None:
    """All fields that anybody fills in, under the names by which an import reads them, and the place as WKT."""
    fields = {asked_field.name: asked_field for asked_field in kind.asked_fields if not asked_field.personal}
    others = dict.fromkeys(name for sheet in sheets for name in sheet.attributes if name not in fields)
    wkt = ["wkt"] if kind.geometry else []
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["record_id", *fields, *others, *wkt])
    for sheet in sheets:
        cells = [cell_of(sheet.attributes.get(name), fields.get(name)) for name in (*fields, *others)]
        place = [sheet.geometry.wkt if sheet.geometry is not None else None] if wkt else []
        writer.writerow([sheet.record_id, *("" if cell is None else cell for cell in (*cells, *place))])


def _print_table(kind: Kind, sheets: Sequence[SheetRecord], *, total: int) -> None:
    if sheets and sheets[0].label:
        click.echo(sheets[0].label.upper())
    if not sheets:
        click.echo("no records")
    for sheet in sheets:
        field_values = [
            (asked_field, sheet.attributes[asked_field.name])
            for asked_field in kind.asked_fields
            if asked_field.name in sheet.attributes
        ]
        cells = [f"{field.name}: {cell_of(value, field)}" for field, value in field_values if field.name != "local_id"]
        name = str(sheet.attributes.get("local_id", ""))
        click.echo(f"{sheet.record_id:<15}{name:<14}{'; '.join(cells[:_SHOWN_FIELDS])}")
    click.echo(
        f"{len(sheets):,} of {number_of(total, 'record')} of {kind.label.lower()}; --json or --csv for all fields"
    )


def show_sheet(sheet: SheetRecord, *, with_wkt: bool, as_json: bool) -> None:
    """Print one record with all its attributes; of a person hurt only what is not sealed."""
    if as_json:
        print_json(_as_json(sheet))
        return
    if sheet.label:
        click.echo(sheet.label.upper())
    for name, value in _as_json(sheet).items():
        if name not in {"attributes", "geometry"}:
            click.echo(f"{name:<13} {value}")
    for name, value in sheet.attributes.items():
        click.echo(f"  {name}: {value}")
    if with_wkt and sheet.geometry is not None:
        click.echo(shapely.to_wkt(sheet.geometry, rounding_precision=9))
