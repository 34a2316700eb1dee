"""`merestone screen --tracks` and `--footprints`: ways and plots of land against hazards."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from merestone.bulk import screen_corridors, summary_line
from merestone.cli.english_beside import echo_english, english_if_needed
from merestone.cli.exit_codes import DANGER, DONE, UNKNOWN
from merestone.cli.json_output import print_json
from merestone.cli.progress import progress_line
from merestone.cli.screen_source import Asked
from merestone.exchange.positions import read_shapes
from merestone.languages import current_language, gettext, ngettext, number_text, speaking
from merestone.screening import INSIDE, NEAR, Class, class_text, screen_footprints
from merestone.screening import UNKNOWN as UNKNOWN_CODE
from merestone.screening.shapes import FootprintAnswers, TrackAnswers

if TYPE_CHECKING:
    from merestone.bulk import AnswerFile
    from merestone.exchange.positions import Shapes

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

        outlines, title = asked.compared.index.outlines, f"Tracks of {path.name}"
        with speaking("en"):  # of files, so that programs can rely on them
            _write(path, asked, answers_of_tracks(answers, shapes, outlines, title=title, accuracy_m=asked.accuracy_m))
    if asked.as_json:
        _print_as_json(answers, shapes, asked)
    else:
        _say_answers(shapes, answers, order_of(screened_tracks.codes), _summary(screened_tracks.codes), asked.output)
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

        outlines, title = asked.compared.index.outlines, f"Plots of {path.name}"
        with speaking("en"):  # of files, so that programs can rely on them
            file = answers_of_footprints(answers, shapes, outlines, title=title, accuracy_m=asked.accuracy_m)
            _write(path, asked, file)
    if asked.as_json:
        _print_as_json(answers, shapes, asked)
    else:
        _say_answers(shapes, answers, order_of(screened_footprints.codes), _counts(answers), asked.output)
    return code_of(screened_footprints.codes)


def _write(source: Path, asked: Asked, file: "AnswerFile") -> None:
    from merestone.bulk import write_answers

    assert asked.output is not None
    write_answers(asked.output, replace(file, columns=asked.columns), overwrite=asked.force, inputs=[source])


def _print_as_json(answers: TrackAnswers | FootprintAnswers, shapes: "Shapes", asked: Asked) -> None:
    def in_english() -> dict[str, Any]:
        headlines = [answers.headline(i) for i in range(len(shapes))]
        return {"headlines": headlines, "sentences": list(answers.sentences)}

    language = {"language": current_language().tag, "in_english": english_if_needed(in_english)}
    output = asked.output and str(asked.output)
    print_json({**answers.as_json(), **language, "notes": shapes.notes, "output": output})


def _summary(codes: Any) -> Callable[[], Iterator[str]]:
    """Below all tracks: how many need attention; an empty file says nothing about any place."""
    return lambda: iter([summary_line(Counter(int(code) for code in codes), "tracks")])


def _counts(answers: FootprintAnswers) -> Callable[[], Iterator[str]]:
    """Above all footprints: how many are of each class."""

    def lines() -> Iterator[str]:
        counts = [
            f"{number_text(count)} {class_text(Class(name))}" for name, count in answers.counts().items() if count
        ]
        which = ", ".join(counts) or gettext("no row, so there is no answer")
        number = number_text(len(answers.found))
        yield gettext("{count} footprints: {classes}.", count=number, classes=which)

    return lines


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
    for line in _block_lines(blocks, count):
        click.echo(line)
    for sentence in sentences:
        click.echo(sentence)
    if output is not None:
        click.echo(gettext("Written to {file}.", file=output))


def _block_lines(blocks: Any, count: int) -> Iterator[str]:
    for number, (name, headline, lines) in enumerate(blocks):
        if number == MOST_SHOWN:
            yield ngettext(
                "and {count} more, not worse than these; -o FILE or --json gives it",
                "and {count} more, none of them worse; -o FILE or --json gives them all",
                count - MOST_SHOWN,
            )
            return
        yield f"{name}: {headline}."
        yield from (f"  {line}" for line in lines)


def _say_answers(
    shapes: "Shapes",
    answers: TrackAnswers | FootprintAnswers,
    order: Sequence[int],
    summary: Callable[[], Iterator[str]],
    output: Path | None,
) -> None:
    """Headline and lines of each row, and what holds for all; then in English where that is needed."""
    lines_of = partial(_answer_lines, shapes, answers, order, summary)
    for line in lines_of():
        click.echo(line)
    echo_english(lines_of)
    if output is not None:
        click.echo(gettext("Written to {file}.", file=output))


def _answer_lines(
    shapes: "Shapes",
    answers: TrackAnswers | FootprintAnswers,
    order: Sequence[int],
    summary: Callable[[], Iterator[str]],
) -> Iterator[str]:
    is_above = isinstance(answers, FootprintAnswers)
    if is_above:
        yield from summary()
    yield from _block_lines(((shapes.names[i], answers.headline(i), answers.lines(i)) for i in order), len(order))
    if not is_above:
        yield from summary()
    yield from answers.sentences
    yield from shapes.notes
