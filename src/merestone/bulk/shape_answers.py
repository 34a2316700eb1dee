"""Answers to ways and plots of land as rows of a file and of a page."""

from typing import Any

import numpy as np

from merestone.bulk.answer_file import AnswerFile
from merestone.bulk.answer_map import Marked
from merestone.bulk.answer_page import AnswerPage, Stop
from merestone.bulk.point_answers import about_answers, facts_of
from merestone.exchange.formats import Feature
from merestone.exchange.positions import Shapes
from merestone.screening import NONE_RECORDED, Outlines
from merestone.screening.shapes import FootprintAnswers, TrackAnswers


def answers_of_tracks(
    answers: TrackAnswers, shapes: Shapes, outlines: Outlines, *, title: str, accuracy_m: float | None
) -> AnswerFile:
    """A row for each way and one for each part of it that lies inside or near."""
    screened, circumstances = answers.screened, answers.circumstances
    features = [*_track_features(answers, shapes), *_part_features(answers)]
    closest = screened.closest
    ways = [
        Stop(i + 1, shapes.names[i], int(screened.codes[i]), answers.headline(i), tuple(answers.lines(i)),
             finite_or_none(shapes.geometries[i]), _metres_or_none(closest.distance_m[i]))
        for i in range(len(shapes))
    ]  # fmt: skip
    parts = [
        Stop(int(track) + 1, f"{shapes.names[int(track)]}, {answers.part_span(i)}", int(screened.parts.code[i]),
             answers.part_headline(i), (), screened.parts.geometry[i], None)
        for i, track in enumerate(screened.parts.track)
    ]  # fmt: skip
    facts = facts_of(circumstances, accuracy_m, screened.warn_m)
    if answers.width_m:
        facts.append(("Width of the corridor", f"{answers.width_m:g} m"))
    marks = tuple(Marked(part.number, part.geometry, part.code) for part in parts)
    page = AnswerPage(title, ways, answers.sentences, facts, circumstances.label, outlines, "tracks", marks)
    about = about_answers(answers.sentences, circumstances, screened.warn_m)
    return AnswerFile(features, page, "tracks", about, stops=[*ways, *parts])


def answers_of_footprints(
    answers: FootprintAnswers, shapes: Shapes, outlines: Outlines, *, title: str, accuracy_m: float | None
) -> AnswerFile:
    """A row for each plot."""
    screened, circumstances = answers.screened, answers.circumstances
    plots = [
        Stop(i + 1, shapes.names[i], int(screened.codes[i]), answers.headline(i), tuple(answers.lines(i)),
             finite_or_none(shapes.geometries[i]), _metres_or_none(screened.distance_m[i]))
        for i in range(len(shapes))
    ]  # fmt: skip
    facts = facts_of(circumstances, accuracy_m, screened.warn_m)
    page = AnswerPage(title, plots, answers.sentences, facts, circumstances.label, outlines, "footprints")
    about = about_answers(answers.sentences, circumstances, screened.warn_m)
    return AnswerFile(_footprint_features(answers, shapes), page, "footprints", about)


def _metres_or_none(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None


def _track_features(answers: TrackAnswers, shapes: Shapes) -> list[Feature]:
    out = []
    for i, (geometry, own) in enumerate(zip(shapes.geometries, shapes.attributes, strict=True)):
        columns = {
            "feature": "track",
            "track": i + 1,
            **_attention(answers.screened.codes[i]),
            **answers.track_columns(i),
            "written_on": _day(answers),
        }
        out.append(Feature(finite_or_none(geometry), {**columns, **_theirs(own, columns)}))
    return out


def _footprint_features(answers: FootprintAnswers, shapes: Shapes) -> list[Feature]:
    day = answers.circumstances.written_on.isoformat() if answers.circumstances.written_on else None
    out = []
    for i, (geometry, own) in enumerate(zip(shapes.geometries, shapes.attributes, strict=True)):
        columns = {"footprint": i + 1, **_attention(answers.screened.codes[i]), **answers.columns(i), "written_on": day}
        out.append(Feature(finite_or_none(geometry), {**columns, **_theirs(own, columns)}))
    return out


def _theirs(own: dict[str, Any], columns: dict[str, Any]) -> dict[str, Any]:
    """The file's own columns; one of a name that an answer has is kept as well."""
    taken = {name.lower() for name in columns} | {"fid", "geom", "geometry"}
    return {f"own_{name}" if name.lower() in taken else name: value for name, value in own.items()}


def _part_features(answers: TrackAnswers) -> list[Feature]:
    parts = answers.screened.parts
    return [
        Feature(
            parts.geometry[i],
            {
                "feature": "part",
                "track": int(parts.track[i]) + 1,
                **_attention(parts.code[i]),
                **answers.part_columns(i),
                "written_on": _day(answers),
            },
        )
        for i in range(len(parts))
    ]


def finite_or_none(geometry: Any) -> Any:
    """The geometry, if a file can hold it: one with a coordinate that is no number stays out, and its row stays in."""
    if geometry is None or geometry.is_empty or not np.isfinite(geometry.bounds).all():
        return None
    return geometry


def _day(answers: TrackAnswers) -> str | None:
    return answers.circumstances.written_on.isoformat() if answers.circumstances.written_on else None


def _attention(code: Any) -> dict[str, bool]:
    """Yes or no, for who sorts a table by it."""
    return {"needs_attention": bool(code != NONE_RECORDED)}
