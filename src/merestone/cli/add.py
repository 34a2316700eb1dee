"""`merestone add`: one record of any kind, with an option for each field of its definition."""

from datetime import date
from pathlib import Path
from typing import Any

import click

from merestone.cli.argument import DAY, by_option, json_option, register_argument
from merestone.cli.json_output import print_json
from merestone.terms import LEVELS, FieldRefused, RecordKind, Visibility

_OPTION = "field_"
"""Before the name of each field, so that no field's name is that of another option's parameter."""


_WKT = '"POLYGON ((17.01 45.01, 17.02 45.01, 17.02 45.02, 17.01 45.01))"'


class KindGroup(click.Group):
    """A command for each kind of record, made from its definition when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The kinds, as `merestone import --as` names them, but for those that are only transcribed."""
        from merestone.register.programme import kind_named, recordable_kinds

        return [name for name in recordable_kinds() if not kind_named(name).is_transcription]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a kind; None if there is no such kind."""
        return _command_of(cmd_name) if cmd_name in self.list_commands(ctx) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the kinds with what one record of each is."""
        from merestone.register.programme import kind_named

        with formatter.section("Kinds of record"):
            formatter.write_dl([(name, kind_named(name).what) for name in self.list_commands(ctx)])


@click.group("add", cls=KindGroup)
def add() -> None:
    """Record one record of any kind; `merestone add KIND --help` lists its fields.

    Values are checked: an invalid one is refused, and nothing is recorded. Several at once: `merestone import`.

    \b
    Example:
      merestone add organisation areas.gpkg --local-id HALO --name "Exercise Operator" --source "accreditation 7"
      merestone add suspected areas.gpkg --local-id SHA-7 --accuracy-m 25 --source "survey, May 2026" \\
          --wkt "POLYGON ((17.01 45.01, 17.02 45.01, 17.02 45.02, 17.01 45.01))"
    """  # noqa: D301 (click's own mark and the shell's)


def _command_of(name: str) -> click.Command:
    """The command that records one record of a kind."""
    from merestone.exchange.imports import BlankColumn, blank_columns
    from merestone.register.programme import kind_named

    kind = kind_named(name)
    fields = {asked_field.name for asked_field in kind.asked_fields if not asked_field.personal}
    columns: list[BlankColumn] = [column for column in blank_columns(name) if column.name in fields]
    params: list[click.Parameter] = [
        click.Option([f"--{column.name.replace('_', '-')}", f"{_OPTION}{column.name}"], help=_help_of(column))
        for column in columns
    ]

    def record(**values: Any) -> None:
        _record(name, values)

    record.__doc__ = _text_of(name, kind.what, columns, has_layer=bool(kind.layers))
    command = register_argument(record)
    for option in reversed(_place_options(kind.geometry, has_layer=bool(kind.layers))):
        command = option(command)
    made = click.command(name)(by_option(json_option(_said_options(command, kind.visibility))))
    arguments = [param for param in made.params if isinstance(param, click.Argument)]
    made.params = [*arguments, *params, *(param for param in made.params if param not in arguments)]
    return made


def _help_of(column: Any) -> str:
    parts = [column.meaning, column.holds]
    parts += [", ".join(column.choices)] if column.choices else []
    parts += [column.help] if column.help else []
    return ". ".join(parts) + "." + (" [required]" if column.is_required else "")


def _place_options(geometry: tuple[str, ...], *, has_layer: bool) -> list[Any]:
    options: list[Any] = []
    if geometry:
        text = "The place as WKT, longitude and latitude on WGS 84."
        options.append(click.option("--wkt", help=text))
        if "point" in geometry:
            options.append(click.option("--position", help='The place in any notation, such as "45.01 N 17.02 E".'))
    if has_layer:
        text = "Radius in metres that holds 95 % of the positions."
        options.append(click.option("--accuracy-m", type=click.FloatRange(min=0), help=text))
        options.append(click.option("--accuracy-unknown", is_flag=True, help="The accuracy is not stated."))
    return options


def _said_options(command: Any, default: Visibility) -> Any:
    visibility = click.Choice([level.value for level in LEVELS])
    for option in (
        click.option("--visibility", type=visibility, default=default.value, show_default=True,
                     help="How exactly the public sees its outline; its text is never public."),
        click.option("--data-on", type=DAY, metavar="DAY", help="The date of the source."),
        click.option("--from", "true_from", type=DAY, metavar="DAY", help="Valid from this day. Default: always."),
        click.option("--why", default="recorded by hand", show_default=True, help="The reason; kept in the history."),
        click.option("--source", required=True, help="The source and its date; kept with the record."),
    ):  # fmt: skip
        command = option(command)
    return command


def _text_of(name: str, what: str, columns: list[Any], *, has_layer: bool) -> str:
    examples = {
        "wkt": '"POLYGON ((17.01 45.01, 17.02 45.01, 17.02 45.02, 17.01 45.01))"',
        "position": '"45.01 N 17.02 E"',
    }
    name_words = [
        f"--{column.name.replace('_', '-')} {_example_of(column)}" for column in columns if column.is_required
    ]
    if has_layer:
        place = "position" if name in {"accident", "incident", "spot_find"} else "wkt"
        name_words += [f"--{place} {examples[place]}", "--accuracy-m 25"]
    text = " \\\n          ".join([*name_words, '--source "survey, May 2026"'])
    return f"{what}\n\n\b\nExample:\n      merestone add {name} areas.gpkg \\\n          {text}"


def _example_of(column: Any) -> str:
    if column.choices:
        return str(column.choices[0])
    if "YYYY-MM-DD" in column.holds:
        return "2026-05-03"
    return '"Exercise name"' if "name" in column.name else "EX-1"


def _record(name: str, fields: dict[str, Any]) -> None:
    from merestone.exchange.imports import add_record, geometry_from_wkt
    from merestone.register import Register

    has_layer = name in set(RecordKind)
    accuracy_m: float | None = fields.get("accuracy_m")
    if has_layer and (accuracy_m is None) is not fields["accuracy_unknown"]:
        raise click.UsageError("give --accuracy-m METRES, or --accuracy-unknown if it is not stated (one of the two)")
    wkt, position = fields.get("wkt"), fields.get("position")
    if wkt is not None and position is not None:
        raise click.UsageError("give --wkt or --position, not both")
    geometry: Any = None
    notes: list[str] = []
    if wkt is not None:
        geometry, notes = geometry_from_wkt(wkt, inward=has_layer and not RecordKind(name).is_hazard)
    elif position is not None:
        geometry, open_m, notes = _point_at(position)
        accuracy_m = None if accuracy_m is None else accuracy_m + open_m
    attributes = {key.removeprefix(_OPTION): value for key, value in fields.items() if key.startswith(_OPTION)}
    true_from: date | None = fields["true_from"]
    path: Path = fields["register_path"]
    with Register.open(path) as register:
        record_id = add_record(
            register, name, {key: value for key, value in attributes.items() if value is not None},
            by=fields["by"], source=fields["source"], why=fields["why"], geometry=geometry, accuracy_m=accuracy_m,
            true_from=true_from, data_on=fields["data_on"], visibility=Visibility(fields["visibility"]),
        )  # fmt: skip
    if fields["as_json"]:
        print_json({"record_id": record_id, "kind": name, "notes": notes}, is_line=True)
        return
    click.echo(f"{record_id}: {name} recorded; see merestone show {path} {record_id}")
    for note in notes:
        click.echo(f"  {note}")


def _point_at(text: str) -> tuple[Any, float, list[str]]:
    """The place, how much its notation leaves open in metres, and what was assumed in reading it."""
    import shapely

    from merestone.geodesy import PositionRefused, parse_position

    try:
        position = parse_position(text)
    except PositionRefused as refused:
        raise FieldRefused("position", text, str(refused), "write it as 45.01 N 17.02 E") from None
    return shapely.Point(position.lon_deg, position.lat_deg), position.resolution_m, list(map(str, position.findings))
