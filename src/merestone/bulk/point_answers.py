"""Answers to a list of positions in words and with their places, for the files that people and receivers open."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import floor
from typing import Any

import numpy as np
import pyarrow as pa
import shapely

from merestone.bulk.answer_file import AnswerFile, name_of_row
from merestone.bulk.answer_page import AnswerPage, Stop
from merestone.bulk.position_answers import Answers, Question, ScreenReport
from merestone.exchange.formats import Feature
from merestone.exchange.places import geometry_columns
from merestone.exchange.rows import attribute_values
from merestone.screening import (
    GENERALISED,
    INSIDE,
    NEAR,
    NO_ASSURANCE,
    NONE_RECORDED,
    TURN_BACK,
    Circumstances,
    HazardIndex,
    label_sentence,
)
from merestone.terms import WIDENED_M, RecordKind, renamed_parameters, unplaced_text


def answers_of_points(
    answered: Sequence[Answers],
    index: HazardIndex,
    question: Question,
    report: ScreenReport,
    *,
    circumstances: Circumstances,
    title: str,
) -> AnswerFile:
    """The rows of all batches as features and as stops on a page."""
    features: list[Feature] = []
    stops: list[Stop] = []
    for answers in answered:
        rows = _rows(answers.batch)
        at = answers.positions
        is_placed = np.isfinite(at.lon_deg) & np.isfinite(at.lat_deg)
        points: Any = shapely.points(np.where(is_placed, at.lon_deg, 0.0), np.where(is_placed, at.lat_deg, 0.0))
        for i, row in enumerate(rows):
            place = points[i] if is_placed[i] else None
            number = len(stops) + 1
            fields = {name.removeprefix("hazard_"): value for name, value in row.items() if name.startswith("hazard_")}
            own = {name: value for name, value in row.items() if not name.startswith("hazard_")}
            stops.append(_stop(number, name_of_row(own, number), int(answers.codes[i]), fields, place, question))
            features.append(Feature(place, row))
    circumstances = replace(circumstances, unplaced_count=circumstances.unplaced_count + index.unplaced)
    sentences = point_sentences(report, circumstances)
    page = AnswerPage(
        title,
        stops,
        sentences,
        facts_of(circumstances, question.accuracy_m, question.warn_m),
        circumstances.label,
        index.outlines,
    )
    return AnswerFile(features, page, "positions", about_answers(sentences, circumstances, question.warn_m))


@renamed_parameters(given="circumstances")
def about_answers(sentences: Sequence[str], circumstances: Circumstances, warn_m: float) -> dict[str, str]:
    """What a file of answers says of itself."""
    about = {
        "title": "Screened against records of explosive ordnance"
        + (f" ({circumstances.label})" if circumstances.label else ""),
        "label": circumstances.label,
        "written_on": circumstances.written_on.isoformat() if circumstances.written_on else "no records",
        "data_days": str(circumstances.data_days),
        "warn_m": f"{warn_m:g}",
        "unplaced_count": str(circumstances.unplaced_count),
        "notice": " ".join(sentences),
    }
    return {name: value for name, value in about.items() if value}


def point_sentences(report: ScreenReport, circumstances: Circumstances) -> list[str]:
    """What holds for all positions."""
    parts = [label_sentence(circumstances.label)] if circumstances.label else []
    if report.classes["inside"] or report.classes["near"]:
        parts.append(TURN_BACK)
    if circumstances.outlines_generalised:
        parts.append(GENERALISED)
    return [*parts, *circumstances.sentences, *report.notes, NO_ASSURANCE]


@renamed_parameters(given="circumstances")
def facts_of(circumstances: Circumstances, accuracy_m: float | None, warn_m: float) -> list[tuple[str, str]]:
    """What a driver must know of the data: their day, and what was assumed."""
    written = (
        "no records"
        if circumstances.written_on is None
        else f"last written to on {circumstances.written_on.isoformat()}"
    )
    day = f"{written}; data from: {circumstances.data_days}" if circumstances.data_days.count else written
    accuracy = "as each row states it" if accuracy_m is None else f"{accuracy_m:g} m, or what a row states, if worse"
    facts = [("Data", day), ("Accuracy of positions", accuracy), ("Warning distance", f"{warn_m:g} m")]
    if circumstances.unplaced_count:
        facts.append(
            (
                "Not compared",
                unplaced_text(circumstances.unplaced_count),
            )
        )
    if circumstances.compared_with:
        facts.append(("Compared with", circumstances.compared_with))
    return facts


def _rows(batch: pa.RecordBatch) -> Iterator[dict[str, Any]]:
    """The columns of each row but geometries, whose place the feature has; values as JSON has them."""
    geometry = {column.name for column in geometry_columns(batch.schema)}
    names = [
        name
        for name, kind in zip(batch.schema.names, batch.schema.types, strict=True)
        if name not in geometry or not (pa.types.is_nested(kind) or pa.types.is_binary(kind))
    ]
    columns = [attribute_values(batch.column(batch.schema.get_field_index(name))) for name in names]
    for values in zip(*columns, strict=True):
        yield dict(zip(names, values, strict=True))


def _stop(  # noqa: PLR0917
    number: int, name: str, code: int, fields: Mapping[str, Any], place: Any, question: Question
) -> Stop:
    distance_m = fields.get("distance_m")
    kind = fields.get("kind")
    what = RecordKind(kind).label if kind else "hazard"
    record = fields.get("record_id")
    details = []
    if code in (INSIDE, NEAR):
        headline = f"{'Inside' if code == INSIDE else 'Near'} a recorded {what}"
        if distance_m is not None:
            details.append(
                "Its outline is around the place" if not distance_m else f"Its outline is {floor(distance_m):,} m away"
            )
        if record:
            details.append(f"Record {record}")
        if fields.get("accuracy_m") is None:
            details.append(f"Nobody stated how accurate it is, so it was widened by {WIDENED_M:,.0f} m")
    elif code == NONE_RECORDED:
        headline = f"None recorded within {question.warn_m:g} m"
        if distance_m is not None:
            details.append(f"The nearest recorded {what} is {floor(distance_m):,} m away")
    else:
        headline = f"Unknown: {fields.get('fault') or 'it cannot be answered'}"
        if fields.get("fault_detail"):
            details.append(str(fields["fault_detail"]))
    return Stop(number, name, code, headline, tuple(details), place, distance_m)
