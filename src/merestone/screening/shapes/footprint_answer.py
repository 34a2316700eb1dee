"""The words and the plain values of a screened footprint, for people, for programs and for files."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from merestone.languages import gettext
from merestone.screening.answer import (
    GENERALISED,
    KEEP_OUT,
    NO_ASSURANCE,
    UNSTATED,
    Circumstances,
    Class,
    Hazard,
    class_of,
    distance_at_most_text,
    distance_text,
    label_sentence,
    named_in_line,
)
from merestone.screening.kernel.nearest import INSIDE, NEAR, NONE_RECORDED
from merestone.screening.screened import FAULTS
from merestone.screening.shapes.footprint import ScreenedFootprints
from merestone.terms import WIDENED_M

MOST_LINES: Final = 6
"""Hazards of one footprint that are told one by one to a person; programs and files get them all."""


@dataclass(frozen=True)
class FootprintAnswers:
    """Answers for all footprints, put into words."""

    found: ScreenedFootprints
    hazards: Sequence[Hazard]
    """Those of the index, in the same order."""
    names: Sequence[str]
    given: Circumstances
    faults: Mapping[int, str]
    """Why a footprint's geometry could not be read, for those where it could not."""

    def headline(self, footprint: int) -> str:
        """The answer in a few words."""
        code = class_of(int(self.found.codes[footprint]))
        hazard = int(self.found.hazard[footprint])
        what = "hazard" if hazard < 0 else self.hazards[hazard].kind.label
        if code is Class.INSIDE:
            overlaps = self.found.distance_m[footprint] == 0.0
            return f"Overlaps a recorded {what}" if overlaps else f"May overlap a recorded {what}"
        if code is Class.NEAR:
            return f"Near a recorded {what}"
        return f"None recorded within {distance_text(self.found.warn_m)}" if code is Class.NONE_RECORDED else "Unknown"

    def lines(self, footprint: int) -> Iterator[str]:
        """What stands below the headline of one footprint."""
        screened = self.found
        if reason := self._reason(footprint):
            yield reason
        hazard, distance_m = int(screened.hazard[footprint]), screened.distance_m[footprint]
        if hazard >= 0 and distance_m > 0.0:
            azimuth = screened.azimuth_away_deg[footprint]
            away = "" if np.isnan(azimuth) else f", away is {round(float(azimuth)) % 360} degrees"
            yield f"{distance_text(distance_m)} from the {self._named(hazard)}{away}."
        elif screened.codes[footprint] == NONE_RECORDED:
            yield f"No hazard is recorded within {distance_text(screened.max_distance_m)} of it."
        if screened.possible_m2[footprint] > 0.0:
            yield (
                f"{square(screened.overlap_m2[footprint])} of its {square(screened.area_m2[footprint])} lie in "
                f"recorded outlines; with all accuracies up to {square(screened.possible_m2[footprint])} "
                f"({percent(screened.possible_share[footprint])})."
            )
        mine = screened.overlaps.of(footprint)
        mine = mine[np.argsort(-screened.overlaps.possible_m2[mine], kind="stable")]
        for i in mine[:MOST_LINES]:
            overlap, possible = screened.overlaps.overlap_m2[i], screened.overlaps.possible_m2[i]
            yield f"{self._named(int(screened.overlaps.hazard[i]))}: {square(overlap)}, up to {square(possible)}"
        if len(mine) > MOST_LINES:
            yield f"and {len(mine) - MOST_LINES:,} hazards more; --json gives them all"

    @property
    def sentences(self) -> tuple[str, ...]:
        """What holds for all footprints: what was assumed, and what the data can and cannot say."""
        screened, parts = self.found, []
        if self.given.label:
            parts.append(label_sentence(self.given.label))
        if np.isin(screened.codes, (INSIDE, NEAR)).any():
            parts.append(KEEP_OUT)
        stated = screened.accuracy_m[~np.isnan(screened.accuracy_m)]
        if len(stated):
            parts.append(f"Footprints were taken to be accurate to {distance_at_most_text(float(stated.max()))}.")
        if len(stated) < len(screened):
            parts.append("Nobody stated how accurate footprints are; the answer can only be worse than this.")
        named = {int(h) for h in (*screened.hazard, *screened.overlaps.hazard) if h >= 0}
        if any(self.hazards[h].accuracy_m is None for h in named):
            parts.append(gettext(UNSTATED, distance=distance_text(WIDENED_M)))
        if self.given.outlines_generalised:
            parts.append(GENERALISED)
        parts += self.given.sentences
        if (screened.codes == NONE_RECORDED).any():
            parts.append(NO_ASSURANCE)
        return tuple(parts)

    def counts(self) -> dict[str, int]:
        """How many footprints are of each class."""
        codes, number = np.unique(self.found.codes, return_counts=True)
        counts_by_class = dict(zip((class_of(int(c)).value for c in codes), number.tolist(), strict=True))
        return {name.value: counts_by_class.get(name.value, 0) for name in Class}

    def as_json(self) -> dict[str, Any]:
        """All of it for programs."""
        overlaps: list[list[dict[str, Any]]] = [[] for _ in range(len(self.found))]
        table = self.found.overlaps
        for i in range(len(table)):
            hazard = self.hazards[int(table.hazard[i])]
            overlaps[int(table.footprint[i])].append(
                {
                    "record_id": hazard.record_id,
                    "kind": hazard.kind.value,
                    "accuracy_m": hazard.accuracy_m,
                    "overlap_m2": float(table.overlap_m2[i]),
                    "possible_m2": float(table.possible_m2[i]),
                }
            )
        return {
            "classes": self.counts(),
            "footprints": [{**self.columns(i), "overlaps": overlaps[i]} for i in range(len(self.found))],
            "sentences": list(self.sentences),
            "warn_m": self.found.warn_m,
            "written_on": self.given.written_on and self.given.written_on.isoformat(),
            **self.given.data_days.as_json(),
            "unplaced_count": self.given.unplaced_count,
            "label": self.given.label,
        }

    def columns(self, footprint: int) -> dict[str, Any]:
        """One footprint as a row of a table."""
        screened, hazard = self.found, int(self.found.hazard[footprint])
        named = None if hazard < 0 else self.hazards[hazard]
        return {
            "name": self.names[footprint],
            "class": class_of(int(screened.codes[footprint])).value,
            "headline": self.headline(footprint),
            "distance_m": _number(screened.distance_m[footprint]),
            "record_id": named and named.record_id,
            "kind": named and named.kind.value,
            "hazard_accuracy_m": named and named.accuracy_m,
            "azimuth_away_deg": _number(screened.azimuth_away_deg[footprint]),
            "area_m2": _number(screened.area_m2[footprint]),
            "overlap_m2": _number(screened.overlap_m2[footprint]),
            "overlap_share": _number(screened.share[footprint]),
            "possible_m2": _number(screened.possible_m2[footprint]),
            "possible_share": _number(screened.possible_share[footprint]),
            "position_accuracy_m": _number(screened.accuracy_m[footprint]),
            "fault": self.faults.get(footprint) or FAULTS[int(screened.fault[footprint])] or None,
        }

    def _named(self, hazard: int) -> str:
        return named_in_line(self.hazards[hazard])

    def _reason(self, footprint: int) -> str:
        if footprint in self.faults:
            return f"It could not be read: {self.faults[footprint]}."
        fault = FAULTS[int(self.found.fault[footprint])]
        if not fault:
            return ""
        if fault == "accuracy not stated":
            return "Nobody stated how accurate its outline is, so it cannot be said that no recorded hazard is near."
        if fault == "no hazard to compare with":
            return "The register holds no hazard to compare with. That says nothing about the ground."
        return f"It could not be answered: {fault}."


def square(area_m2: float) -> str:
    """Square metres as a person reads them, rounded up.

    >>> square(0.0), square(12.3), square(1_234_567.8)
    ('0 m2', '13 m2', '1,234,568 m2')
    """
    return f"{np.ceil(area_m2 - 1e-6):,.0f} m2" if area_m2 > 0.0 else "0 m2"


def percent(share: float) -> str:
    """A share, rounded up.

    >>> percent(0.0001), percent(1.0)
    ('0.1 %', '100 %')
    """
    if np.isnan(share):
        return "no area to share"
    tenths = min(float(np.ceil(share * 1000 - 1e-9)) / 10, 100.0)
    return f"{tenths:g} %"


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
