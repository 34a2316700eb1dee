"""`merestone screen --tracks` and `--footprints`: ways and plots of land against hazards."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from merestone.bulk import screen_corridors, summary_line
from merestone.cli.exit_codes import DANGER, DONE, UNKNOWN
from merestone.cli.json_output import print_json
from merestone.cli.progress import progress_line
from merestone.cli.screen_source import Asked
from merestone.exchange.positions import read_shapes
from merestone.screening import INSIDE, NEAR, screen_footprints
from merestone.screening import UNKNOWN as UNKNOWN_CODE
from merestone.screening.shapes import FootprintAnswers, TrackAnswers

if TYPE_CHECKING:
    from merestone.bulk import AnswerFile

MOST_SHOWN = 20
"""Rows that are told one by one on the terminal."""


def screen_track_file(path: Path, asked: Asked) -> int:
    """Screen every line of a file; print, write, and give the exit code."""
    shapes = read_shapes(path, layer=asked.layer, crs=asked.crs, may_be_empty=True)
    shapes.put_aside(path, is_area=True, words="is an area, and no way")
    with progress_line("screening tracks") as progress:
        screened_tracks = screen_corridors(
            asked.compared.index,
            shapes,
            shapes.accuracy_m(asked.accuracy_m),
            asked.warn_m,
            width_m=asked.width_m,
            progress=progress,
        )
    circumstances = asked.compared.given_with_unplaced
    answers = TrackAnswers(
        screened_tracks, asked.compared.hazards, shapes.names, circumstances, shapes.faults, asked.width_m
    )
    if asked.output is not None:
        from merestone.bulk import answers_of_tracks  # here: what writes takes time to load

        file = answers_of_tracks(
            answers, shapes, asked.compared.index.outlines, title=f"Tracks of {path.name}", accuracy_m=asked.accuracy_m
        )
        _write(path, asked, file)
    if asked.as_json:
        fields = {**answers.as_json(), "notes": shapes.notes, "output": asked.output and str(asked.output)}
        print_json(fields)
    else:
        blocks = ((shapes.names[i], answers.headline(i), answers.lines(i)) for i in order_of(screened_tracks.codes))
        say(
            blocks,
            len(shapes),
            [_summary(screened_tracks.codes, "tracks"), *answers.sentences, *shapes.notes],
            asked.output,
        )
    return code_of(screened_tracks.codes)


def screen_footprint_file(path: Path, asked: Asked) -> int:
    """Screen every area of a file; print, write, and give the exit code."""
    shapes = read_shapes(path, layer=asked.layer, crs=asked.crs, may_be_empty=True)
    shapes.put_aside(path, is_area=False, words="is not an area")
    with progress_line("screening footprints") as progress:
        screened_footprints = screen_footprints(
            asked.compared.index,
            np.array(shapes.geometries, dtype=object),
            shapes.accuracy_m(asked.accuracy_m),
            asked.warn_m,
            progress=progress,
        )
    circumstances = asked.compared.given_with_unplaced
    answers = FootprintAnswers(screened_footprints, asked.compared.hazards, shapes.names, circumstances, shapes.faults)
    if asked.output is not None:
        from merestone.bulk import answers_of_footprints

        file = answers_of_footprints(
            answers, shapes, asked.compared.index.outlines, title=f"Plots of {path.name}", accuracy_m=asked.accuracy_m
        )
        _write(path, asked, file)
    if asked.as_json:
        fields = {**answers.as_json(), "notes": shapes.notes, "output": asked.output and str(asked.output)}
        print_json(fields)
    else:
        counts = [f"{count:,} {name}" for name, count in answers.counts().items() if count]
        click.echo(f"{len(shapes):,} footprints: {', '.join(counts) or 'no row, so there is no answer'}.")
        blocks = ((shapes.names[i], answers.headline(i), answers.lines(i)) for i in order_of(screened_footprints.codes))
        say(blocks, len(shapes), [*answers.sentences, *shapes.notes], asked.output)
    return code_of(screened_footprints.codes)


def _write(source: Path, asked: Asked, file: "AnswerFile") -> None:
    from merestone.bulk import write_answers

    assert asked.output is not None
    write_answers(asked.output, replace(file, columns=asked.columns), overwrite=asked.force, inputs=[source])


def _summary(codes: Any, what: str) -> str:
    """How many rows need attention; an empty file says nothing about any place."""
    return summary_line(Counter(int(code) for code in codes), what)


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
