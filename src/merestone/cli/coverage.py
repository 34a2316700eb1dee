"""`merestone coverage`: which part of an area lies within a distance of recorded hazards."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import click
import numpy as np

from merestone.cli.argument import (
    edges_option,
    exit_zero_option,
    force_option,
    json_option,
    lang_option,
    output_option,
    times_options,
)
from merestone.cli.english_beside import echo_english, english_if_needed
from merestone.cli.exit_codes import DANGER, DONE, UNKNOWN
from merestone.cli.json_output import print_json
from merestone.cli.progress import progress_line
from merestone.cli.screen_shapes import block_lines
from merestone.cli.screen_source import TIERS, Compared, compared_with, no_cache_option, refuse_mixture, tier_option
from merestone.languages import current_language, gettext, ngettext, speaking
from merestone.screening import (
    GENERALISED,
    INSIDE,
    NO_ASSURANCE,
    NONE_RECORDED,
    Circumstances,
    Coverage,
    HazardIndex,
    coverage,
    distance_text,
    label_sentence,
)
from merestone.screening import UNKNOWN as UNKNOWN_CODE
from merestone.screening.shapes import percent, square
from merestone.terms import WIDENED_M, FieldRefused


@click.command("coverage")
@click.argument("register_path", metavar="[REGISTER]", required=False, type=click.Path(path_type=Path))
@click.option("--pack", type=click.Path(path_type=Path), help="Instead of a register: a pack made by merestone pack.")
@click.option("--area", "path", type=click.Path(path_type=Path), required=True, help="Areas, in any GIS format.")
@click.option(
    "--distance-m", type=click.FloatRange(0), default=0.0, show_default=True, help="Beyond each hazard; 0: the overlap."
)
@output_option("-o", "--output", help="Write what is covered: .geojson .gpkg .parquet .csv .kml .gpx .xlsx .html.")
@tier_option
@no_cache_option
@edges_option
@times_options
@exit_zero_option
@force_option
@json_option
@lang_option
def coverage_command(
    register_path: Path | None,
    pack: Path | None,
    path: Path,
    distance_m: float,
    output: Path | None,
    tier: str,
    edges: str,
    true_on: date | None,
    known_on: date | datetime | None,
    exit_zero: bool,
    force: bool,
    as_json: bool,
) -> int:
    """Find which part of each area lies within a distance of a recorded hazard.

    Each hazard is widened by its accuracy first, and the result is rounded outwards. The uncovered part gives no
    assurance: it only means that no hazard is recorded within that distance.

    \b
    Exit code: 4 if some of an area is covered, 5 if it is unknown, 0 otherwise; with --exit-zero always 0.

    \b
    Example:
      merestone coverage areas.gpkg --area district.geojson
      merestone coverage areas.gpkg --area fields.gpkg --distance-m 100 -o covered.gpkg
      merestone coverage areas.gpkg --area fields.gpkg --lang lt
    """  # noqa: D301 (click's own mark)
    refuse_mixture(register_path, pack)
    with_what = compared_with(register_path, pack, true_on, known_on, TIERS[tier], edges, as_json=as_json)
    answers = _answers(path, with_what, distance_m)
    if output is not None:
        with speaking("en"):  # of files, so that programs can rely on them
            _write(answers, output, overwrite=force)
    if as_json:
        in_english = english_if_needed(lambda: {"sentences": answers.sentences})
        language = {"language": current_language().tag, "in_english": in_english}
        print_json({**answers.as_json(), **language, "output": output and str(output)})
    else:
        lines_of = partial(_all_lines, answers)
        for line in lines_of():
            click.echo(line)
        echo_english(lines_of)
        if output is not None:
            click.echo(gettext("Written to {file}.", file=output))
    if exit_zero:
        return DONE
    if any(coverage is not None and len(coverage.hazards) for coverage in answers.coverages):
        return DANGER
    return UNKNOWN if any(coverage is None or coverage.geometry is None for coverage in answers.coverages) else DONE


@dataclass(frozen=True, kw_only=True)
class _Answers:
    """What is covered of each area of a file; None where that could not be measured."""

    path: Path
    coverages: list[Coverage | None]
    rows: list[dict[str, Any]]
    notes: list[str]
    distance_m: float
    circumstances: Circumstances
    index: HazardIndex

    @property
    def sentences(self) -> list[str]:
        """What holds for all areas, in the language spoken."""
        return _sentences(self.coverages, self.circumstances)

    def as_json(self) -> dict[str, Any]:
        return {
            "areas": self.rows,
            "sentences": self.sentences,
            "distance_m": self.distance_m,
            "written_on": self.circumstances.written_on and self.circumstances.written_on.isoformat(),
            **self.circumstances.data_days.as_json(),
            "unplaced_count": self.circumstances.unplaced_count,
            "label": self.circumstances.label,
        }


def _answers(path: Path, with_what: Compared, distance_m: float) -> _Answers:
    from merestone.exchange.positions import read_shapes

    index, hazards = with_what.index, with_what.hazards
    circumstances = with_what.circumstances_with_unplaced
    shapes = read_shapes(path, may_be_empty=True)
    shapes.put_aside(path, is_area=False, why="is not an area")
    coverages: list[Coverage | None] = []
    with progress_line("covering") as progress:
        for row, geometry in enumerate(shapes.geometries):
            coverages.append(None)
            try:
                coverages[row] = None if geometry is None else coverage(index, geometry, distance_m)
            except FieldRefused as refused:  # one row's fault, and the others keep their answers
                shapes.faults[row] = f"{refused.why}; {refused.remedy}"
            progress(row + 1, len(shapes))
    rows = [
        {
            "name": name,
            "fault": shapes.faults.get(i) or ("no geometry" if coverage is None else None),
            **_columns(coverage, distance_m),
            "records": [] if coverage is None else [hazards[h].record_id for h in coverage.hazards],
        }
        for i, (name, coverage) in enumerate(zip(shapes.names, coverages, strict=True))
    ]
    return _Answers(
        path=path,
        coverages=coverages,
        rows=rows,
        notes=shapes.notes,
        distance_m=distance_m,
        circumstances=circumstances,
        index=index,
    )


def _write(answers: _Answers, output: Path, *, overwrite: bool) -> None:
    """The covered parts with their answers as a file that others can open."""
    from merestone.bulk import AnswerFile, AnswerPage, Stop, about_answers, facts_of, write_answers
    from merestone.exchange.formats import Feature

    circumstances, distance_m = answers.circumstances, answers.distance_m
    written_on = circumstances.written_on and circumstances.written_on.isoformat()
    features = [
        Feature(
            None if coverage is None or coverage.geometry is None or coverage.geometry.is_empty else coverage.geometry,
            {**row, "records": ";".join(row["records"]), "written_on": written_on},
        )
        for row, coverage in zip(answers.rows, answers.coverages, strict=True)
    ]
    stops = [
        Stop(
            i + 1,
            str(row["name"]),
            _code_of(coverage),
            _headline(coverage, distance_m),
            tuple(_lines(row, coverage)),
            part.geometry,
        )
        for i, (row, coverage, part) in enumerate(zip(answers.rows, answers.coverages, features, strict=True))
    ]
    facts = facts_of(circumstances, None, distance_m)[:1]
    title = f"Coverage of {answers.path.name}"
    page = AnswerPage(title, stops, answers.sentences, facts, circumstances.label, answers.index.outlines, "areas")
    about = about_answers(answers.sentences, circumstances, distance_m)
    write_answers(output, AnswerFile(features, page, "coverage", about), overwrite=overwrite, inputs=[answers.path])


def _columns(coverage: Coverage | None, distance_m: float) -> dict[str, Any]:
    known = coverage is not None and coverage.geometry is not None
    return {
        "distance_m": distance_m,
        "area_m2": None if coverage is None else coverage.area_m2,
        "covered_m2": coverage.covered_m2 if coverage is not None and known else None,
        "covered_share": coverage.share if coverage is not None and known and np.isfinite(coverage.share) else None,
    }


def _code_of(coverage: Coverage | None) -> int:
    if coverage is None or coverage.geometry is None:
        return UNKNOWN_CODE
    return INSIDE if len(coverage.hazards) else NONE_RECORDED


def _headline(coverage: Coverage | None, distance_m: float) -> str:
    if coverage is None or coverage.geometry is None:
        return gettext("Unknown")
    if not len(coverage.hazards):
        # safety: headline of an answer about an area
        return gettext("None recorded so near") if distance_m else gettext("None recorded in it")
    share = percent(coverage.share)
    if not distance_m:
        # safety: headline of an answer: how much of an area
        return gettext("{share} in recorded hazards", share=share)
    distance = f"{distance_m:g} m" if current_language().tag == "en" else distance_text(distance_m)
    # safety: headline of an answer: how much of an area
    return gettext("{share} within {distance} of a recorded hazard", share=share, distance=distance)


def _lines(row: dict[str, Any], coverage: Coverage | None) -> Iterator[str]:
    if coverage is None:
        yield gettext("It could not be read: {why}.", why=gettext(row["fault"]))
        return
    if coverage.geometry is None:
        yield gettext("The register holds no hazard to compare with. That says nothing about the ground.")
        return
    yield ngettext(
        "{covered} of {area}, by {count} hazard.",
        "{covered} of {area}, by {count} hazards.",
        len(coverage.hazards),
        covered=square(coverage.covered_m2),
        area=square(coverage.area_m2),
    )
    if len(coverage.assumed):
        yield ngettext(
            "Nobody stated how accurate {count} of them is; it was widened by {distance}.",
            "Nobody stated how accurate {count} of them are; they were widened by {distance}.",
            len(coverage.assumed),
            distance=distance_text(WIDENED_M),
        )


def _all_lines(answers: _Answers) -> Iterator[str]:
    """For a person: each area with what is covered of it, then what holds for all."""
    blocks = (
        (row["name"], _headline(coverage, answers.distance_m), _lines(row, coverage))
        for row, coverage in zip(answers.rows, answers.coverages, strict=True)
    )
    yield from block_lines(blocks, len(answers.rows))
    yield from answers.sentences
    yield from answers.notes


def _sentences(coverages: list[Coverage | None], circumstances: Circumstances) -> list[str]:
    parts = [label_sentence(circumstances.label)] if circumstances.label else []
    parts.append(gettext("Each hazard was widened by its accuracy; what is covered is rounded outwards."))
    if circumstances.outlines_generalised:
        parts.append(gettext(GENERALISED))
    parts += circumstances.sentences
    if any(coverage is not None and coverage.share < 1.0 for coverage in coverages):
        parts.append(gettext(NO_ASSURANCE))
    return parts
