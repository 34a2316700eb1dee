"""`merestone withdraw`, `revise`, `resolve` and `settle`: what was recorded wrongly is put right; nothing is lost."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Final

import click
from shapely.geometry.base import BaseGeometry

from merestone.cli.argument import DAY, by_option, grouped, json_option, register_argument
from merestone.cli.json_output import print_json
from merestone.exchange.imports import (
    Amendment,
    attribute_from,
    differences,
    geometry_from_file,
    geometry_from_wkt,
)
from merestone.register import Entry, QuarantinedRow, Register, SettledAs, entry_of
from merestone.register.query import BY_A_PERSON
from merestone.terms import LEVELS, FieldRefused, RecordKind, Visibility, number_of

_RELEASED: Final = frozenset(kind for kind in RecordKind if not kind.is_hazard)

why_option = click.option("--why", required=True, help="The reason; kept in the history.")


@click.command("withdraw")
@register_argument
@click.argument("record_ids", metavar="ID...", nargs=-1, required=True)
@why_option
@click.option("--source", required=True, help="Who decided, or the source of the decision.")
@click.option("--from", "true_from", type=DAY, metavar="DAY", help="Not valid from this day on. Default: it never was.")
@click.option("--until", "true_until", type=DAY, metavar="DAY", help="Valid again from this day on. Default: never.")
@by_option
@json_option
def withdraw_command(
    register_path: Path,
    record_ids: tuple[str, ...],
    why: str,
    source: str,
    true_from: date | None,
    true_until: date | None,
    by: str,
    as_json: bool,
) -> None:
    """Withdraw records that were recorded by mistake, or that ended on a day.

    Nothing is deleted: `history` keeps all, and --known-on a day before shows them as they were known. Land that was
    cleared, reduced or cancelled is not withdrawn: `move` keeps it as released land.

    \b
    Example:
      merestone withdraw areas.gpkg 7F3K-2M6Q-4TXB --why "typed twice" --source "operations"
    """  # noqa: D301 (click's own mark)
    names = [record_id.upper() for record_id in record_ids]
    with Register.open(register_path) as register, register.batch(by=by, why=why, source=source) as batch:
        versions = {name: batch.withdraw(name, true_from=true_from, true_until=true_until) for name in names}
    if as_json:
        print_json({"withdrawn": versions}, is_line=True)
        return
    for name, version in versions.items():
        click.echo(
            f"{name}: withdrawn, version {version}; put back with merestone revise {register_path} {name} --restore"
        )


def _amendment_from(
    *,
    accuracy_m: float | None,
    accuracy_unknown: bool,
    assignments: tuple[str, ...],
    visibility: str | None,
    **unchanged: Any,
) -> Amendment:
    """What the options say that is to change."""
    _refuse_both({"--accuracy-m": accuracy_m is not None, "--accuracy-unknown": accuracy_unknown})
    return Amendment(
        accuracy_m=accuracy_m,
        is_accuracy_unknown=accuracy_unknown,
        set_attributes=dict(map(attribute_from, assignments)),
        visibility=None if visibility is None else Visibility(visibility),
        **unchanged,
    )


@click.command("revise")
@register_argument
@click.argument("record_id", metavar="ID")
@why_option
@click.option(
    "--geometry", "path", type=click.Path(path_type=Path), help="A file with the one outline, any GIS format."
)
@click.option("--wkt", help="The outline as WKT, longitude and latitude on WGS 84.")
@click.option("--accuracy-m", type=click.FloatRange(min=0), help="Radius in metres that holds 95 % of the positions.")
@click.option("--accuracy-unknown", is_flag=True, help="The accuracy is not stated.")
@click.option("--set", "assignments", multiple=True, metavar="NAME=VALUE", help="An attribute; may be repeated.")
@click.option(
    "--unset", "unset_attributes", multiple=True, metavar="NAME", help="An attribute to remove; may be repeated."
)
@click.option("--source", help="The source. Default: unchanged.")
@click.option("--data-on", type=DAY, metavar="DAY", help="The date of the source, such as the survey's.")
@click.option(
    "--visibility",
    type=click.Choice([level.value for level in LEVELS]),
    help="How exactly the public sees its outline.",
)
@click.option(
    "--from", "true_from", type=DAY, metavar="DAY", help="Valid from this day on; earlier days are unchanged."
)
@click.option("--until", "true_until", type=DAY, metavar="DAY", help="The first day on which it is no longer valid.")
@click.option(
    "--restore",
    is_flag=True,
    help="Reverse its last withdrawal, for all days; with --from or --until for these days.",
)
@click.option("--seen-version", type=int, help="Refuse if the record has changed since this version.")
@by_option
@json_option
@grouped(
    "amendment", _amendment_from, "accuracy_m", "accuracy_unknown", "assignments", "unset_attributes", "source",
    "data_on", "visibility", "true_from", "true_until",
)  # fmt: skip
def revise_command(
    register_path: Path,
    record_id: str,
    why: str,
    path: Path | None,
    wkt: str | None,
    amendment: Amendment,
    restore: bool,
    seen_version: int | None,
    by: str,
    as_json: bool,
) -> None:
    """Revise a record: its outline, accuracy, attributes, source, visibility or dates. The rest stays unchanged.

    \b
    Example:
      merestone revise areas.gpkg 7F3K-2M6Q-4TXB --geometry outline.geojson --why "corner 3 measured again"
      merestone revise areas.gpkg 7F3K-2M6Q-4TXB --accuracy-m 500 --set note="from a sketch" --why "it was a sketch"
    """  # noqa: D301 (click's own mark)
    _refuse_both({"--geometry": path is not None, "--wkt": wkt is not None})
    if amendment.is_empty and not restore and path is None and wkt is None:
        raise click.UsageError("give at least one change, such as --accuracy-m or --geometry")
    name = record_id.upper()
    with Register.open(register_path) as register:
        is_whole = restore and amendment.true_from is None and amendment.true_until is None
        event = register.last_stated(name) if restore else register.present(name)
        geometry, notes = _outline_given(path, wkt, inward=event.body.get("kind") in _RELEASED)
        amendment = replace(amendment, geometry=geometry)
        before, after = entry_of(event), amendment.of(event)
        with register.batch(by=by, why=why, source=after.source or event.source) as batch:
            if is_whole:
                version = batch.put_back(name, amended=amendment.of, seen_version=seen_version)
            else:
                version = batch.revise(name, after, seen_version=seen_version)
    changes = differences(before, after)
    if as_json:
        print_json({"record_id": name, "version": version, "changes": changes, "notes": notes}, is_line=True)
        return
    click.echo(f"{name}: version {version}" + (", put back" if restore else ""))
    for line in [*changes, *notes]:
        click.echo(f"  {line}")


def _refuse_both(options: Mapping[str, bool]) -> None:
    """Refuse two options that say the same thing in different ways."""
    if all(options.values()):
        raise click.UsageError(f"give {' or '.join(options)}, not both")


@click.command("resolve")
@register_argument
@click.argument("record_id", metavar="ID")
@click.option("--take", "seq", type=int, help="The version to keep, by the number of its event.")
@click.option("--why", help="The reason; kept in the history.")
@by_option
@json_option
def resolve_command(
    register_path: Path, record_id: str, seq: int | None, why: str | None, by: str, as_json: bool
) -> None:
    """Resolve a conflict: a record changed in both copies before a merge. Without --take, show both versions.

    Is neither version right? `merestone revise` and `withdraw` decide, too.

    \b
    Example:
      merestone resolve merged.gpkg 7F3K-2M6Q-4TXB
      merestone resolve merged.gpkg 7F3K-2M6Q-4TXB --take 17 --why "the tablet's outline was measured later"
    """  # noqa: D301 (click's own mark)
    name = record_id.upper()
    if seq is None:
        with Register.open(register_path, read_only=True) as register:
            sides = register.sides(name)
        if as_json:
            rows = [
                {"seq": entry.seq, "by": entry.by, "why": entry.why, "change": entry.change.value} for entry in sides
            ]
            print_json({"record_id": name, "sides": rows}, is_line=True)
            return
        for side in sides:
            when = f"{side.recorded_at:%Y-%m-%d %H:%M}"
            click.echo(f"event {side.seq}: {side.change.value} by {side.by}, {when} UTC; why: {side.why}")
        click.echo(
            f"{name}: {number_of(len(sides), 'side')}" + ("; decide with --take EVENT --why REASON" if sides else "")
        )
        return
    if not why:
        raise click.UsageError("say --why: it stays in the history")
    with Register.open(register_path) as register:
        event_id = next((event.event_id for event in register.sides(name) if event.seq == seq), f"event {seq}")
        with register.batch(by=by, why=why, source="a decision between merged copies") as batch:
            version = batch.resolve(name, event_id)
    if as_json:
        print_json({"record_id": name, "version": version}, is_line=True)
    else:
        click.echo(f"{name}: decided, version {version}")


@click.command("settle")
@register_argument
@click.option("--file", "file_name", required=True, help="The file whose rows are meant, as `quarantine` names it.")
@click.option("--row", "row_numbers", type=int, multiple=True, help="Row number; may be repeated.")
@click.option("--all-rows", is_flag=True, help="All of its rows in quarantine.")
@click.option("--import", "import_number", type=int, metavar="NUMBER",
              help="Which import of the file, as `imports` counts; where two files had one name.")  # fmt: skip
@click.option("--as", "outcome", type=click.Choice([outcome.value for outcome in BY_A_PERSON]), required=True,
              help="taken_otherwise: it became a record; without_place: no place could be found; no_record: not a "
              "hazard or land; reopened: back in quarantine.")  # fmt: skip
@click.option("--record", "record_id", metavar="ID", help="With taken_otherwise: the record that it became.")
@click.option("--wkt", help="With taken_otherwise: record it now, at this place (WKT, longitude and latitude).")
@click.option("--accuracy-m", type=click.FloatRange(min=0), help="With --wkt: radius that holds 95 % of the positions.")
@why_option
@by_option
@json_option
def settle_command(
    register_path: Path,
    file_name: str,
    row_numbers: tuple[int, ...],
    all_rows: bool,
    import_number: int | None,
    outcome: str,
    record_id: str | None,
    wkt: str | None,
    accuracy_m: float | None,
    why: str,
    by: str,
    as_json: bool,
) -> None:
    """Record the outcome of quarantined rows. They no longer count in answers; the history keeps each as received.

    \b
    Example:
      merestone settle areas.gpkg --file survey.csv --row 3 --as without_place --why "the team does not remember it"
      merestone settle areas.gpkg --file survey.csv --row 5 --as taken_otherwise --accuracy-m 50 \\
          --wkt "POLYGON ((17 45, 17.01 45, 17.01 45.01, 17 45))" --why "read from the paper form"
    """  # noqa: D301 (click's own mark and the shell's)
    decided = SettledAs(outcome)
    if all_rows is bool(row_numbers):
        raise click.UsageError("give --row or --all-rows, one of them")
    is_taken = decided is SettledAs.TAKEN_OTHERWISE
    if is_taken is not ((record_id is None) is not (wkt is None)):
        raise click.UsageError("give --record or --wkt with --as taken_otherwise, one of them, and only then")
    with Register.open(register_path) as register:
        rows = _chosen(register, file_name, row_numbers, import_number, reopening=decided is SettledAs.REOPENED)
        if is_taken and len(rows) != 1:
            raise FieldRefused("row", len(rows), "rows were named", "name one row for one record")
        with register.batch(by=by, why=why, source=rows[0].source) as batch:
            if wkt is not None:
                if rows[0].sheet is not None:
                    remedy = "correct the row in its file and import it, or record it with merestone add"
                    raise FieldRefused("row", rows[0].row, f"is of the kind {rows[0].sheet}", remedy)
                taken_as = next(run.kinds[0] for run in register.imports() if run.batch_id == rows[0].batch_id)
                kind = RecordKind(taken_as)
                geometry, _ = geometry_from_wkt(wkt, inward=kind in _RELEASED)
                fields = {"as_given": {"row": rows[0].raw}}
                record_id = batch.record(Entry(kind, geometry, accuracy_m, fields, row=rows[0].row))
            elif record_id is not None:
                record_id = register.present(record_id.upper()).record_id
            records = {} if record_id is None else {rows[0].event_id: record_id}
            count = batch.settle([row.event_id for row in rows], decided, records=records)
    if as_json:
        print_json({"settled": count, "as": outcome, "record_id": record_id}, is_line=True)
        return
    click.echo(
        f"{file_name}: {number_of(count, 'row')} {'waiting again' if decided is SettledAs.REOPENED else 'settled'} "
        f"({outcome})"
    )
    if record_id is not None:
        click.echo(f"  record {record_id}")


def _outline_given(path: Path | None, wkt: str | None, *, inward: bool) -> tuple[BaseGeometry | None, list[str]]:
    if path is not None:
        return geometry_from_file(path, inward=inward)
    return geometry_from_wkt(wkt, inward=inward) if wkt else (None, [])


def _chosen(
    register: Register, file_name: str, row_numbers: tuple[int, ...], import_number: int | None, *, reopening: bool
) -> list[QuarantinedRow]:
    """The rows that are meant; FieldRefused for one that does not wait (or, when reopening, waits).

    Two files may have one name: rows of one number that two imports left are another row each, and nobody may settle
    one by looking at the other. When reopening, a reading that was replaced or undone gives way to the last one.
    """
    numbers = {run.batch_id: number for number, run in enumerate(register.imports(), start=1)}
    ready = [
        row
        for row in register.quarantined(settled_too=True)
        if row.file_name == file_name
        and (row.settled is not None) is reopening
        and (not row_numbers or row.row in row_numbers)
        and (import_number is None or numbers.get(row.batch_id) == import_number)
    ]
    missing = [number for number in row_numbers if number not in {row.row for row in ready}]
    if missing or not ready:
        state = "has no settled row" if reopening else "has no row that waits"
        asked = f"row {missing[0]} of {file_name}" if missing else file_name
        raise FieldRefused("row", asked, state, "see `merestone quarantine --all`")
    if reopening:
        ready = _last_readings(ready)
    left_by = sorted({numbers.get(row.batch_id, 0) for row in ready})
    if len(left_by) > 1:
        state = f"has such rows from imports {', '.join(map(str, left_by))}, which may be different files of one name"
        raise FieldRefused("file", file_name, state, "name the one you looked at with --import NUMBER")
    return ready


def _last_readings(settled: Sequence[QuarantinedRow]) -> list[QuarantinedRow]:
    """Of each row number those that a person settled; only where no person did, the last that an import settled."""
    chosen: list[QuarantinedRow] = []
    for number in dict.fromkeys(row.row for row in settled):
        same = [row for row in settled if row.row == number]
        by_person = [row for row in same if row.settled is not None and row.settled.outcome in BY_A_PERSON]
        chosen += by_person or same[-1:]
    return chosen
