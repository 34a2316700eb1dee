"""`merestone screen`: whether a hazard is recorded at a place, or at each of many."""

import json
import math
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
import numpy as np

from merestone.cli.argument import json_option, register_argument, times_options
from merestone.cli.exit_codes import DANGER, DONE, UNKNOWN
from merestone.cli.progress import progress_line
from merestone.geodesy import outward, parse_position
from merestone.register import EXACT, PARTNER, PUBLIC, Record, Register, Snapshot
from merestone.screening import Answer, Circumstances, Class, HazardIndex, answer_for

TIERS = {viewer.name: viewer for viewer in (PUBLIC, PARTNER, EXACT)}


@click.command("screen")
@register_argument
@click.option("--lon", "lon_deg", type=float, help="Longitude in degrees on WGS 84, east positive.")
@click.option("--lat", "lat_deg", type=float, help="Latitude in degrees on WGS 84, north positive.")
@click.option("--position", help="A place as people write it: decimal, DMS, UTM or MGRS.")
@click.option("--points", type=click.Path(path_type=Path), help="Many places: .parquet, or .csv with lon and lat.")
@click.option("--tracks", type=click.Path(path_type=Path), help="Routes or tracks: GPX, or lines in any GIS format.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path),
    help="Where to write. --points: .parquet or .csv; --tracks: .geojson, .gpkg or .parquet.",
)  # fmt: skip
@click.option("--accuracy-m", type=float, help="Radius in metres that holds 95 % of such positions. Unsaid: unknown.")
@click.option("--warn-m", type=click.FloatRange(0), default=150.0, show_default=True, help="Warning distance, metres.")
@click.option("--tier", type=click.Choice(list(TIERS)), default=EXACT.name, show_default=True, help="Whose outlines.")
@times_options
@click.option("--force", is_flag=True, help="With -o: replace a file of that name.")
@json_option
def screen_command(
    register_path: Path,
    lon_deg: float | None,
    lat_deg: float | None,
    position: str | None,
    points: Path | None,
    tracks: Path | None,
    output: Path | None,
    accuracy_m: float | None,
    warn_m: float,
    tier: str,
    true_on: date | None,
    known_on: date | datetime | None,
    force: bool,
    as_json: bool,
) -> int:
    """Say whether a hazard is recorded at a place, or near it, or along a way.

    The answer is inside, near, none recorded or unknown. None recorded is no assurance: a record is never complete.

    \b
    Exit code: 4 if a position is inside or near, 5 if one could not be answered, 0 if nothing is recorded.

    \b
    Example:
      merestone screen areas.gpkg --lon 17.1 --lat 44.9 --accuracy-m 10
      merestone screen areas.gpkg --position "33T XK 12345 67890" --accuracy-m 10
      merestone screen areas.gpkg --points points.csv --accuracy-m 10 -o screened.csv
      merestone screen areas.gpkg --tracks route.gpx --accuracy-m 10 -o parts.geojson
    """  # noqa: D301 (click's own mark)
    asked = [position is not None, points is not None, tracks is not None, lon_deg is not None or lat_deg is not None]
    if sum(asked) != 1 or (lon_deg is None) != (lat_deg is None):
        raise click.UsageError("give one of: --lon and --lat; --position; --points FILE -o FILE; --tracks FILE")
    if tracks is None and (points is None) != (output is None):
        raise click.UsageError("--points and -o go together")
    if accuracy_m is not None and not (math.isfinite(accuracy_m) and accuracy_m >= 0.0):
        raise click.BadParameter("give metres, 0 or more, or leave it out if nobody stated it", param_hint="accuracy-m")
    with Register.open(register_path, read_only=True) as register:
        snapshot = register.as_of(true_on, known_on, TIERS[tier], outward=outward)
    hazards = [record for record in snapshot.records if record.kind.is_hazard]
    index = _index(hazards)
    if points is not None and output is not None:
        return _screen_points(index, snapshot, points, output, accuracy_m, warn_m, force, as_json)
    given = Circumstances(
        snapshot.data_on, snapshot.oldest_data_on, snapshot.quarantined_count, snapshot.label, tier == PUBLIC.name
    )
    if tracks is not None:
        from merestone.cli.screen_shapes import Asked, screen_track_file

        return screen_track_file(tracks, Asked(index, hazards, given, accuracy_m, warn_m, output, force, as_json))
    notes: list[str] = []
    if position is not None:
        read = parse_position(position)
        lon_deg, lat_deg = read.lon_deg, read.lat_deg
        accuracy_m = None if accuracy_m is None else accuracy_m + read.resolution_m
        notes = [f"How the coordinates were read: {finding.words}." for finding in read.findings]
    assert lon_deg is not None
    assert lat_deg is not None
    answer = answer_for(index, hazards, lon_deg, lat_deg, accuracy_m, warn_m=warn_m, given=given)
    _say(answer, notes, as_json)
    return {Class.INSIDE: DANGER, Class.NEAR: DANGER, Class.NONE_RECORDED: DONE}.get(answer.code, UNKNOWN)


def _index(hazards: Sequence[Record]) -> HazardIndex:
    return HazardIndex.build(
        np.array([record.geometry for record in hazards], dtype=object),
        [record.accuracy_m for record in hazards],
        record_ids=[record.record_id for record in hazards],
        kinds=[record.kind for record in hazards],
    )


def _say(answer: Answer, notes: list[str], as_json: bool) -> None:
    if as_json:
        told = answer.as_json()
        click.echo(json.dumps({**told, "sentences": [*told["sentences"], *notes]}, ensure_ascii=False, indent=2))
        return
    click.echo(f"{answer.headline}.")
    for sentence in [*answer.sentences, *notes]:
        click.echo(f"  {sentence}")


def _screen_points(
    index: HazardIndex,
    snapshot: Snapshot,
    points: Path,
    output: Path,
    accuracy_m: float | None,
    warn_m: float,
    force: bool,
    as_json: bool,
) -> int:
    from merestone.exchange.batches import Question, screen_file

    data_on = snapshot.data_on.isoformat() if snapshot.data_on else ""
    question = Question(accuracy_m=accuracy_m, warn_m=warn_m, data_on=data_on)
    with progress_line("screening") as progress:
        report = screen_file(points, output, index, question, overwrite=force, progress=progress)
    unplaced = index.unplaced + snapshot.quarantined_count
    if as_json:
        told: dict[str, Any] = {
            **report.as_json(),
            "output": str(output),
            "warn_m": warn_m,
            "data_on": data_on or None,
            "unplaced_count": unplaced,
            "label": snapshot.label,
        }
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        if snapshot.label:
            click.echo(f"This is {snapshot.label}: nothing of it stands for a real place.")
        click.echo(f"{output}: {report.rows:,} positions, warning distance {warn_m:g} m, data of {data_on or 'no day'}")
        for name in Class:
            click.echo(f"  {name.value:<14} {report.classes[name.value]:>12,}")
        for fault, count in report.faults.items():
            rows = ", ".join(str(row) for row in report.first_fault_rows[fault])
            click.echo(f"  unknown because {fault}: {count:,} (first in row {rows})")
        click.echo(f"  {unplaced:,} rows that may be hazards have no usable place and could not be compared with")
    if report.classes[Class.INSIDE.value] or report.classes[Class.NEAR.value]:
        return DANGER
    return UNKNOWN if report.classes[Class.UNKNOWN.value] else DONE
