"""`merestone screen --tracks` and `--footprints`: ways and plots of land against hazards."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
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
from merestone.screening.shapes import (
    FootprintAnswers,
    TrackAnswers,
    WholeFile,
    worst_first,
    worst_footprints,
    worst_tracks,
)

if TYPE_CHECKING:
    from merestone.bulk import AnswerFile
    from merestone.exchange.positions import Shapes

MOST_SHOWN = 20
"""Rows that are told one by one on the terminal."""


def screen_shape_files(tracks: Path | None, footprints: Path | None, asked: Asked) -> int:
    """Screen every line of one file, every area of another, or both; print, write, and give the exit code."""
    codes = [
        answer(path, asked)
        for path, answer in ((tracks, _screen_track_file), (footprints, _screen_footprint_file))
        if path is not None
    ]
    return code_of(np.concatenate(codes))


def _screen_track_file(path: Path, asked: Asked) -> Any:
    """Screen every line of a file; print, write, and give the class of each."""
    shapes = read_shapes(path, layer=asked.layer, crs=asked.crs, may_be_empty=True)
    shapes.put_aside(path, is_area=True, why="is an area, and no way")
    accuracy_m, index = shapes.accuracy_m(asked.accuracy_m), asked.compared.index
    whole, chosen = None, np.arange(len(shapes))
    with progress_line("screening tracks") as progress:
        if is_all_told(asked):
            screened = screen_corridors(
                index, shapes, accuracy_m, asked.warn_m, width_m=asked.width_m, progress=progress
            )
        else:
            worst = worst_tracks(
                index, _array(shapes), accuracy_m, asked.warn_m, MOST_SHOWN, times=shapes.times, progress=progress
            )
            screened, chosen, whole = worst.screened, worst.chosen, WholeFile(worst.codes, accuracy_m)
    names, faults = named(shapes, chosen)
    circumstances = asked.compared.circumstances_with_unplaced
    answers = TrackAnswers(screened, asked.compared.hazards, names, circumstances, faults, asked.width_m, whole)
    if asked.output is not None:
        from merestone.bulk import answers_of_tracks  # here: what writes takes time to load

        title = f"Tracks of {path.name}"
        with speaking("en"):  # of files, so that programs can rely on them
            file = answers_of_tracks(answers, shapes, index.outlines, title=title, accuracy_m=asked.accuracy_m)
            _write(path, asked, file)
    _tell(answers, shapes, _summary(answers.codes), asked)
    return answers.codes


def _screen_footprint_file(path: Path, asked: Asked) -> Any:
    """Screen every area of a file; print, write, and give the class of each."""
    shapes = read_shapes(path, layer=asked.layer, crs=asked.crs, may_be_empty=True)
    shapes.put_aside(path, is_area=False, why="is not an area")
    accuracy_m, index = shapes.accuracy_m(asked.accuracy_m), asked.compared.index
    whole, chosen = None, np.arange(len(shapes))
    with progress_line("screening footprints") as progress:
        if is_all_told(asked):
            screened = screen_footprints(index, _array(shapes), accuracy_m, asked.warn_m, progress=progress)
        else:
            worst = worst_footprints(index, _array(shapes), accuracy_m, asked.warn_m, MOST_SHOWN, progress=progress)
            screened, chosen, whole = worst.screened, worst.chosen, WholeFile(worst.codes, accuracy_m)
    names, faults = named(shapes, chosen)
    circumstances = asked.compared.circumstances_with_unplaced
    answers = FootprintAnswers(screened, asked.compared.hazards, names, circumstances, faults, whole)
    if asked.output is not None:
        from merestone.bulk import answers_of_footprints

        title = f"Plots of {path.name}"
        with speaking("en"):  # of files, so that programs can rely on them
            file = answers_of_footprints(answers, shapes, index.outlines, title=title, accuracy_m=asked.accuracy_m)
            _write(path, asked, file)
    _tell(answers, shapes, _counts(answers), asked)
    return answers.codes


def is_all_told(asked: Asked) -> bool:
    """Whether every row is told in full, and not only the worst of them."""
    return asked.output is not None or asked.as_json or asked.width_m > 0.0


def named(shapes: "Shapes", chosen: Any) -> tuple[list[str], dict[int, str]]:
    """Names and faults of the rows chosen, by their place among them."""
    faults = {place: shapes.faults[i] for place, i in enumerate(chosen.tolist()) if i in shapes.faults}
    return [shapes.names[i] for i in chosen], faults


def _array(shapes: "Shapes") -> Any:
    return np.array(shapes.geometries, dtype=object)


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
        which = ", ".join(counts) or gettext("there are no rows, so there is no answer")
        number = number_text(len(answers.codes))
        yield gettext("Footprints: {count}; {classes}.", count=number, classes=which)

    return lines


def code_of(codes: Any) -> int:
    """The exit code: the worst of all rows."""
    if np.isin(codes, (INSIDE, NEAR)).any():
        return DANGER
    return UNKNOWN if (codes == UNKNOWN_CODE).any() else DONE


def block_lines(blocks: Any, count: int) -> Iterator[str]:
    """Headline and lines of each row, up to as many as a terminal is told."""
    for name, headline, lines in islice(blocks, MOST_SHOWN):
        yield f"{name}: {headline}."
        yield from (f"  {line}" for line in lines)
    if count > MOST_SHOWN:
        yield ngettext(
            "and {count} more, not worse than these; -o FILE or --json gives it",
            "and {count} more, none of them worse; -o FILE or --json gives them all",
            count - MOST_SHOWN,
        )


def _tell(
    answers: TrackAnswers | FootprintAnswers, shapes: "Shapes", summary: Callable[[], Iterator[str]], asked: Asked
) -> None:
    """Print as JSON; or else headline and lines of the worst rows, what holds for all, and English where needed."""
    if asked.as_json:
        _print_as_json(answers, shapes, asked)
        return
    lines_of = partial(_answer_lines, answers, summary, shapes.notes)
    for line in lines_of():
        click.echo(line)
    echo_english(lines_of)
    if asked.output is not None:
        click.echo(gettext("Written to {file}.", file=asked.output))


def _answer_lines(
    answers: TrackAnswers | FootprintAnswers, summary: Callable[[], Iterator[str]], notes: Sequence[str]
) -> Iterator[str]:
    is_above = isinstance(answers, FootprintAnswers)
    if is_above:
        yield from summary()
    order = worst_first(answers.screened.codes).tolist()
    blocks = ((answers.names[i], answers.headline(i), answers.lines(i)) for i in order)
    yield from block_lines(blocks, len(answers.codes))
    if not is_above:
        yield from summary()
    yield from answers.sentences
    yield from notes
