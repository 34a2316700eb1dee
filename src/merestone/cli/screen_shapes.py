"""`merestone screen --tracks` and `--footprints`: ways and plots of land against hazards."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import numpy as np

from merestone.cli.exit_codes import DANGER, DONE, UNKNOWN
from merestone.cli.progress import progress_line
from merestone.cli.screen_source import Asked
from merestone.exchange.formats import Feature
from merestone.exchange.point_answers import about_answers
from merestone.exchange.shapes import Shapes, read_shapes, write_shapes
from merestone.screening import INSIDE, NEAR, screen_footprints, screen_tracks
from merestone.screening import UNKNOWN as UNKNOWN_CODE
from merestone.screening.footprint_answer import FootprintAnswers
from merestone.screening.track_answer import TrackAnswers

MOST_SHOWN = 20
"""Rows that are told one by one on the terminal."""


def screen_track_file(path: Path, asked: Asked) -> int:
    """Screen every line of a file; print, write, and give the exit code."""
    shapes = read_shapes(path, layer=asked.layer, crs=asked.crs)
    shapes.put_aside(path, is_area=True, words="is an area, and no way")
    with progress_line("screening tracks") as progress:
        found = screen_tracks(
            asked.compared.index,
            np.array(shapes.geometries, dtype=object),
            shapes.accuracy_m(asked.accuracy_m),
            asked.warn_m,
            times=shapes.times,
            progress=progress,
        )
    given = replace(
        asked.compared.given, unplaced_count=asked.compared.given.unplaced_count + asked.compared.index.unplaced
    )
    answers = TrackAnswers(found, asked.compared.hazards, shapes.names, given, shapes.faults)
    if asked.output is not None:
        write_shapes(
            asked.output,
            [*_track_features(answers, shapes), *_part_features(answers)],
            layer="tracks",
            about=about_answers(answers.sentences, given, asked.warn_m),
            overwrite=asked.force,
        )
    if asked.as_json:
        told = {**answers.as_json(), "notes": shapes.notes, "output": asked.output and str(asked.output)}
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        blocks = ((shapes.names[i], answers.headline(i), answers.lines(i)) for i in order_of(found.codes))
        say(blocks, len(shapes), [*answers.sentences, *shapes.notes], asked.output)
    return code_of(found.codes)


def screen_footprint_file(path: Path, asked: Asked) -> int:
    """Screen every area of a file; print, write, and give the exit code."""
    shapes = read_shapes(path, layer=asked.layer, crs=asked.crs)
    shapes.put_aside(path, is_area=False, words="is no area")
    with progress_line("screening footprints") as progress:
        found = screen_footprints(
            asked.compared.index,
            np.array(shapes.geometries, dtype=object),
            shapes.accuracy_m(asked.accuracy_m),
            asked.warn_m,
            progress=progress,
        )
    given = replace(
        asked.compared.given, unplaced_count=asked.compared.given.unplaced_count + asked.compared.index.unplaced
    )
    answers = FootprintAnswers(found, asked.compared.hazards, shapes.names, given, shapes.faults)
    if asked.output is not None:
        write_shapes(
            asked.output,
            _footprint_features(answers, shapes),
            layer="footprints",
            about=about_answers(answers.sentences, given, asked.warn_m),
            overwrite=asked.force,
        )
    if asked.as_json:
        told = {**answers.as_json(), "notes": shapes.notes, "output": asked.output and str(asked.output)}
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        counts = [f"{count:,} {name}" for name, count in answers.counts().items() if count]
        click.echo(f"{len(shapes):,} footprints: {', '.join(counts)}.")
        blocks = ((shapes.names[i], answers.headline(i), answers.lines(i)) for i in order_of(found.codes))
        say(blocks, len(shapes), [*answers.sentences, *shapes.notes], asked.output)
    return code_of(found.codes)


def order_of(codes: Any) -> list[int]:
    """The worst first, each class in the order of the file: inside, near, unknown, none recorded."""
    rank = np.select([codes == INSIDE, codes == NEAR, codes == UNKNOWN_CODE], [0, 1, 2], 3)
    return [int(i) for i in np.argsort(rank, kind="stable")]


def code_of(codes: Any) -> int:
    """The exit code: the worst of all rows."""
    if np.isin(codes, (INSIDE, NEAR)).any():
        return DANGER
    return UNKNOWN if (codes == UNKNOWN_CODE).any() else DONE


def say(blocks: Any, count: int, sentences: Sequence[str], output: Path | None) -> None:
    """Headline and lines of each row, then what holds for all."""
    for number, (name, headline, lines) in enumerate(blocks):
        if number == MOST_SHOWN:
            click.echo(f"and {count - MOST_SHOWN:,} more, none of them worse; -o FILE or --json gives them all")
            break
        click.echo(f"{name}: {headline}.")
        for line in lines:
            click.echo(f"  {line}")
    for sentence in sentences:
        click.echo(sentence)
    if output is not None:
        click.echo(f"Written to {output}.")


def _track_features(answers: TrackAnswers, shapes: Shapes) -> list[Feature]:
    out = []
    for i, (geometry, own) in enumerate(zip(shapes.geometries, shapes.attributes, strict=True)):
        columns = {"feature": "track", "track": i + 1, **answers.track_columns(i), "data_on": _day(answers)}
        out.append(Feature(finite_or_none(geometry), {**columns, **_theirs(own, columns)}))
    return out


def _footprint_features(answers: FootprintAnswers, shapes: Shapes) -> list[Feature]:
    day = answers.given.data_on.isoformat() if answers.given.data_on else None
    out = []
    for i, (geometry, own) in enumerate(zip(shapes.geometries, shapes.attributes, strict=True)):
        columns = {"footprint": i + 1, **answers.columns(i), "data_on": day}
        out.append(Feature(finite_or_none(geometry), {**columns, **_theirs(own, columns)}))
    return out


def _theirs(own: dict[str, Any], columns: dict[str, Any]) -> dict[str, Any]:
    """The file's own columns; one of a name that an answer has is kept as well."""
    taken = {name.lower() for name in columns} | {"fid", "geom", "geometry"}
    return {f"own_{name}" if name.lower() in taken else name: value for name, value in own.items()}


def _part_features(answers: TrackAnswers) -> list[Feature]:
    parts = answers.found.parts
    return [
        Feature(
            parts.geometry[i],
            {"feature": "part", "track": int(parts.track[i]) + 1, **answers.part_columns(i), "data_on": _day(answers)},
        )
        for i in range(len(parts))
    ]


def finite_or_none(geometry: Any) -> Any:
    """The geometry, if a file can hold it: one with a coordinate that is no number stays out, and its row stays in."""
    if geometry is None or geometry.is_empty or not np.isfinite(geometry.bounds).all():
        return None
    return geometry


def _day(answers: TrackAnswers) -> str | None:
    return answers.given.data_on.isoformat() if answers.given.data_on else None
