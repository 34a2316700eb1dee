"""`merestone screen`: whether a hazard is recorded at a place, or at each of many."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import click

from merestone.cli.argument import (
    edges_option,
    exit_zero_option,
    force_option,
    grouped,
    json_option,
    lang_option,
    output_option,
    times_options,
)
from merestone.cli.exit_codes import DANGER, DONE, UNKNOWN
from merestone.cli.json_output import print_json
from merestone.cli.screen_source import TIERS, Asked, compared_with, no_cache_option, refuse_mixture, tier_option
from merestone.languages import gettext
from merestone.screening import Answer, Class, answer_for


@dataclass(frozen=True, kw_only=True)
class Places:
    """What is screened: one place, or the places, routes or plots in a file."""

    lon_deg: float | None
    lat_deg: float | None
    position: str | None
    points: Path | None
    tracks: Path | None
    footprints: Path | None

    @property
    def is_single(self) -> bool:
        """Whether it is one place, and no file."""
        return self.points is None and self.tracks is None and self.footprints is None


def _spark_url(*, spark: bool, spark_master: str | None) -> str | None:
    """Spark's master, ``local`` for this machine; None: in this process."""
    return spark_master or ("local" if spark else None)


@click.command("screen")
@click.argument("register_path", metavar="[REGISTER]", required=False, type=click.Path(path_type=Path))
@click.option("--pack", type=click.Path(path_type=Path), help="Instead of a register: a pack made by merestone pack.")
@click.option(
    "--rebuild-cells", is_flag=True, help="With --pack: rebuild its index; for a pack from an untrusted source."
)
@click.option("--lon", "lon_deg", type=float, help="Longitude in degrees on WGS 84, east positive.")
@click.option("--lat", "lat_deg", type=float, help="Latitude in degrees on WGS 84, north positive.")
@click.option("--position", help="A place as people write it: decimal, DMS, UTM, MGRS, geo: URI, map link, Plus code.")
@click.option(
    "--points",
    type=click.Path(path_type=Path),
    help="Many places: CSV, TSV, XLSX, GPX, GeoJSON, KML, Parquet, Arrow, any GIS format; .gz too.",
)
@click.option("--tracks", type=click.Path(path_type=Path), help="Routes or tracks: GPX, or lines in any GIS format.")
@click.option(
    "--footprints", type=click.Path(path_type=Path), help="Buildings, fields: areas; also together with --tracks."
)
@output_option(
    "-o", "--output", is_folder_allowed=True,
    help="Where to write: .csv .parquet .arrow .geojson .gpkg .fgb .kml .gpx .xlsx, or .html with a map for drivers.",
)  # fmt: skip
@click.option("--crs", help="Coordinate reference system, for a file that does not state it, such as EPSG:32633.")
@click.option("--layer", help="The layer or sheet to read, for a file that has several.")
@click.option(
    "--accuracy-m", type=float, help="Radius in metres that holds 95 % of such positions. If omitted: unknown."
)
@click.option("--warn-m", type=click.FloatRange(0), default=150.0, show_default=True, help="Warning distance, metres.")
@click.option("--width-m", type=click.FloatRange(0), help="With --tracks: the width of the corridor along the route.")
@tier_option
@no_cache_option
@edges_option
@times_options
@click.option("--spark", is_flag=True, help="With --points FILE.parquet: in Spark, one worker for each core here.")
@click.option("--spark-master", metavar="URL", help="In Spark elsewhere, such as spark://host:7077; implies --spark.")
@click.option("--columns", metavar="NAME,NAME", help="With -o: only these columns, in this order.")
@exit_zero_option
@force_option
@json_option
@lang_option
@grouped("places", Places, "lon_deg", "lat_deg", "position", "points", "tracks", "footprints")
@grouped("spark_url", _spark_url, "spark", "spark_master")
def screen_command(
    register_path: Path | None,
    pack: Path | None,
    rebuild_cells: bool,
    places: Places,
    output: Path | None,
    crs: str | None,
    layer: str | None,
    accuracy_m: float | None,
    warn_m: float,
    width_m: float | None,
    tier: str,
    edges: str,
    true_on: date | None,
    known_on: date | datetime | None,
    spark_url: str | None,
    columns: str | None,
    exit_zero: bool,
    force: bool,
    as_json: bool,
) -> int:
    """Check whether a hazard is recorded at or near a place, along a route, or on a plot of land.

    The answer is inside, near, none recorded or unknown. None recorded is no assurance: a record is never complete.

    \b
    Exit code: 4 if a position is inside or near, 5 if one could not be answered, 0 if nothing is recorded.
    With --exit-zero 0 whenever an answer was given, for scripts that stop at any other code (set -e).

    \b
    Example:
      merestone screen areas.gpkg --lon 17.1 --lat 44.9 --accuracy-m 10
      merestone screen areas.gpkg --position "33T XK 12345 67890" --accuracy-m 10
      merestone screen areas.gpkg --points points.csv --accuracy-m 10 -o screened.csv
      merestone screen areas.gpkg --points stops.xlsx --accuracy-m 10 -o for-drivers.html
      merestone screen areas.gpkg --points stops.gpx --accuracy-m 10 --exit-zero -o warned.gpx
      merestone screen areas.gpkg --tracks route.gpx --accuracy-m 10 -o parts.geojson
      merestone screen areas.gpkg --tracks road.gpx --width-m 20 --accuracy-m 5 -o road.html
      merestone screen --pack hazards.pack --points positions.parquet --spark -o answers.parquet
      merestone screen areas.gpkg --footprints buildings.gpkg --accuracy-m 5 -o answers.gpkg
      merestone screen --pack hazards.pack --lon 17.1 --lat 44.9 --accuracy-m 10
    """  # noqa: D301 (click's own mark)
    refuse_mixture(register_path, pack, rebuild_cells)
    _refuse_no_place(places, one_table=output is not None or as_json)
    if places.is_single:
        _refuse_with_one_place({"-o": output, "--crs": crs, "--layer": layer})
    if spark_url is not None and (places.points is None or output is None):
        raise click.UsageError(_goes_with("--spark", "--points FILE.parquet -o FOLDER.parquet"))
    _refuse_width(width_m, places)
    _refuse_accuracy(accuracy_m)
    columns_wanted = _columns_wanted(columns, output, spark_url)
    with_what = compared_with(
        register_path, pack, true_on, known_on, TIERS[tier], edges, rebuild_cells=rebuild_cells, as_json=as_json
    )
    asked_for = Asked(
        with_what, accuracy_m, warn_m, output, force, as_json, crs, layer, columns_wanted, spark_url, width_m or 0.0,
    )  # fmt: skip
    code = _screened_place(asked_for, places) if places.is_single else _screened_file(asked_for, places)
    return DONE if exit_zero else code


def _goes_with(option: str, others: str) -> str:
    return gettext("{option} goes with {others}", option=option, others=others)


def _refuse_width(width_m: float | None, places: Places) -> None:
    if width_m is not None and not math.isfinite(width_m):
        raise click.BadParameter(gettext("give metres, 0 or more"), param_hint="--width-m")
    if width_m is not None and places.tracks is None:
        raise click.UsageError(_goes_with("--width-m", "--tracks"))


def _refuse_accuracy(accuracy_m: float | None) -> None:
    if accuracy_m is not None and not (math.isfinite(accuracy_m) and accuracy_m >= 0.0):
        raise click.BadParameter(
            gettext("give metres, 0 or more, or omit it if it is not stated"), param_hint="--accuracy-m"
        )


def _refuse_no_place(places: Places, *, one_table: bool) -> None:
    """Refuse a question that names no place, or more than one, or two files whose answers would be one table."""
    has_lon, has_lat = places.lon_deg is not None, places.lat_deg is not None
    others = places.position, places.points, places.tracks or places.footprints
    if (has_lon or has_lat) + sum(other is not None for other in others) != 1 or has_lon != has_lat:
        options = ("--lon --lat", "--position", "--points FILE", "--tracks FILE", "--footprints FILE")
        listed = "; ".join((*options, "--tracks FILE --footprints FILE"))
        raise click.UsageError(gettext("give one of: {options}", options=listed))
    if one_table and places.tracks is not None and places.footprints is not None:
        raise click.UsageError(gettext("{options}: for one file at a time; run it once for each", options="-o, --json"))


def _refuse_with_one_place(options: Mapping[str, object]) -> None:
    """Refuse options that only files have a use for."""
    for option, value in options.items():
        if value is not None:
            raise click.UsageError(_goes_with(option, "--points, --tracks, --footprints"))


def _screened_place(asked: Asked, places: Places) -> int:
    """Answer for one place, print the answer, and give the exit code."""
    compared = asked.compared
    index, hazards, circumstances = compared.index, compared.hazards, compared.circumstances
    notes: tuple[str, ...] = ()
    if places.position is not None:
        from merestone.geodesy import parse_position
        from merestone.screening import answer_for_written, reading_notes

        read = parse_position(places.position)
        answer = answer_for_written(
            index, hazards, read, asked.accuracy_m, warn_m=asked.warn_m, circumstances=circumstances
        )
        notes = reading_notes(read)
    else:
        assert places.lon_deg is not None
        assert places.lat_deg is not None
        answer = answer_for(
            index,
            hazards,
            places.lon_deg,
            places.lat_deg,
            asked.accuracy_m,
            warn_m=asked.warn_m,
            circumstances=circumstances,
        )
    _say(answer, notes, asked.as_json)
    return {Class.INSIDE: DANGER, Class.NEAR: DANGER, Class.NONE_RECORDED: DONE}.get(answer.code, UNKNOWN)


def _screened_file(asked: Asked, places: Places) -> int:
    """Answer for all of a file, write or print the answers, and give the exit code."""
    from merestone.cli.compiler import prepare_compiler

    prepare_compiler()
    if asked.spark is None and (places.points is not None or asked.output is not None):
        from merestone.bulk import load_arrow

        load_arrow()  # not for Spark, whose own code asks for pandas
    if places.points is not None:
        from merestone.cli.screen_points import screen_point_file

        return screen_point_file(places.points, asked)
    from merestone.cli.screen_shapes import screen_shape_files

    return screen_shape_files(places.tracks, places.footprints, asked)


def _columns_wanted(text: str | None, output: Path | None, spark_url: str | None) -> tuple[str, ...] | None:
    """The names of columns in a list with commas; None if none was given."""
    if text is None:
        return None
    if output is None or spark_url is not None:
        raise click.UsageError(
            gettext(
                "{option} goes with {others}, and not with {other}", option="--columns", others="-o", other="--spark"
            )
        )
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if not names:
        raise click.UsageError(
            gettext("{option} names no column; give names with commas, such as id,hazard_class", option="--columns")
        )
    return names


def _say(answer: Answer, notes: Sequence[str], as_json: bool) -> None:
    if as_json:
        answer_json = answer.as_json()
        print_json({**answer_json, "sentences": [*answer_json["sentences"], *notes]})
        return
    click.echo(f"{answer.headline}.")
    for sentence in [*answer.sentences, *notes]:
        click.echo(f"  {sentence}")
    if (english := answer.words_in_english()) is not None:
        click.echo(f"In English: {english['headline']}.")
        for sentence in english["sentences"]:
            click.echo(f"  {sentence}")
