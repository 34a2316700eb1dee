"""The words and the plain values of a screened footprint, for people, for programs and for files."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from merestone.languages import current_language, gettext, metres_text, ngettext, number_text
from merestone.screening.answer import (
    GENERALISED,
    KEEP_OUT,
    NO_ASSURANCE,
    UNSTATED,
    Circumstances,
    Class,
    Hazard,
    away_text,
    class_of,
    distance_at_most_text,
    distance_text,
    label_sentence,
    named_in_line,
)
from merestone.screening.kernel.nearest import INSIDE, NEAR, NONE_RECORDED
from merestone.screening.screened import FAULTS
from merestone.screening.shapes.footprint import ScreenedFootprints
from merestone.screening.shapes.worst_shapes import WholeFile
from merestone.terms import WIDENED_M, renamed_attribute

MOST_LINES: Final = 6
"""Hazards of one footprint that are told one by one to a person; programs and files get them all."""


@dataclass(frozen=True)
class FootprintAnswers:
    """Answers for all footprints, put into words."""

    screened: ScreenedFootprints
    hazards: Sequence[Hazard]
    """Those of the index, in the same order."""
    names: Sequence[str]
    circumstances: Circumstances
    faults: Mapping[int, str]
    """Why a footprint's geometry could not be read, for those where it could not."""
    whole: WholeFile | None = None
    """The whole file, if `screened` holds only the worst shapes of it, each at least as bad as all others."""

    found = renamed_attribute("found", "screened")
    given = renamed_attribute("given", "circumstances")

    @property
    def codes(self) -> NDArray[np.uint8]:
        """(n,) the class of each shape of the file."""
        return self.screened.codes if self.whole is None else self.whole.codes

    def headline(self, footprint: int) -> str:
        """The answer in a few words."""
        code = class_of(int(self.screened.codes[footprint]))
        hazard = int(self.screened.hazard[footprint])
        what = gettext("hazard") if hazard < 0 else self.hazards[hazard].kind.label
        if code is Class.INSIDE:
            if self.screened.distance_m[footprint] == 0.0:
                # safety: headline of an answer; {kind} is a kind of record, in the form of a dictionary
                return gettext("Overlaps a recorded {kind}", kind=what)
            # safety: headline of an answer; {kind} is a kind of record, in the form of a dictionary
            return gettext("May overlap a recorded {kind}", kind=what)
        if code is Class.NEAR:
            return gettext("Near a recorded {kind}", kind=what)
        if code is Class.NONE_RECORDED:
            return gettext("None recorded within {distance}", distance=distance_text(self.screened.warn_m))
        return gettext("Unknown")

    def lines(self, footprint: int) -> Iterator[str]:
        """What stands below the headline of one footprint."""
        screened = self.screened
        if reason := self._reason(footprint):
            yield reason
        hazard, distance_m = int(screened.hazard[footprint]), screened.distance_m[footprint]
        if hazard >= 0 and distance_m > 0.0:
            yield f"{away_text(float(distance_m), self._named(hazard), float(screened.azimuth_away_deg[footprint]))}."
        elif screened.codes[footprint] == NONE_RECORDED:
            searched = distance_text(screened.max_distance_m)
            yield gettext("No hazard is recorded within {distance} of it.", distance=searched)
        if screened.possible_m2[footprint] > 0.0:
            # safety: how much of a plot
            yield gettext(
                "{overlap} of its {area} lie in recorded outlines; with all accuracies up to {possible} ({share}).",
                overlap=square(screened.overlap_m2[footprint]),
                area=square(screened.area_m2[footprint]),
                possible=square(screened.possible_m2[footprint]),
                share=percent(screened.possible_share[footprint]),
            )
        mine = screened.overlaps.of(footprint)
        mine = mine[np.argsort(-screened.overlaps.possible_m2[mine], kind="stable")]
        for i in mine[:MOST_LINES]:
            overlap, possible = screened.overlaps.overlap_m2[i], screened.overlaps.possible_m2[i]
            named = self._named(int(screened.overlaps.hazard[i]))
            yield gettext(
                "{hazard}: {overlap}, up to {possible}",
                hazard=named,
                overlap=square(overlap),
                possible=square(possible),
            )
        if len(mine) > MOST_LINES:
            yield ngettext(
                "and {count} more hazard; --json gives them all",
                "and {count} more hazards; --json gives them all",
                len(mine) - MOST_LINES,
            )

    @property
    def sentences(self) -> tuple[str, ...]:
        """What holds for all footprints: what was assumed, and what the data can and cannot say."""
        screened, parts = self.screened, []
        if self.circumstances.label:
            parts.append(label_sentence(self.circumstances.label))
        if np.isin(self.codes, (INSIDE, NEAR)).any():
            parts.append(gettext(KEEP_OUT))
        accuracy_m = screened.accuracy_m if self.whole is None else self.whole.accuracy_m
        stated = accuracy_m[~np.isnan(accuracy_m)]
        if len(stated):
            accuracy = distance_at_most_text(float(stated.max()))
            parts.append(gettext("Footprints were taken to be accurate to {distance}.", distance=accuracy))
        if len(stated) < len(accuracy_m):
            parts.append(gettext("Nobody stated how accurate footprints are; the answer can only be worse than this."))
        named = {int(h) for h in (*screened.hazard, *screened.overlaps.hazard) if h >= 0}
        if any(self.hazards[h].accuracy_m is None for h in named):
            parts.append(gettext(UNSTATED, distance=distance_text(WIDENED_M)))
        if self.circumstances.outlines_generalised:
            parts.append(gettext(GENERALISED))
        parts += self.circumstances.sentences
        if (self.codes == NONE_RECORDED).any():
            parts.append(gettext(NO_ASSURANCE))
        return tuple(parts)

    def counts(self) -> dict[str, int]:
        """How many footprints are of each class."""
        codes, number = np.unique(self.codes, return_counts=True)
        counts_by_class = dict(zip((class_of(int(c)).value for c in codes), number.tolist(), strict=True))
        return {name.value: counts_by_class.get(name.value, 0) for name in Class}

    def as_json(self) -> dict[str, Any]:
        """All of it for programs."""
        overlaps: list[list[dict[str, Any]]] = [[] for _ in range(len(self.screened))]
        table = self.screened.overlaps
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
            "footprints": [{**self.columns(i), "overlaps": overlaps[i]} for i in range(len(self.screened))],
            "sentences": list(self.sentences),
            "warn_m": self.screened.warn_m,
            "written_on": self.circumstances.written_on and self.circumstances.written_on.isoformat(),
            **self.circumstances.data_days.as_json(),
            "unplaced_count": self.circumstances.unplaced_count,
            "label": self.circumstances.label,
        }

    def columns(self, footprint: int) -> dict[str, Any]:
        """One footprint as a row of a table."""
        screened, hazard = self.screened, int(self.screened.hazard[footprint])
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
            return gettext("It could not be read: {why}.", why=self.faults[footprint])
        fault = FAULTS[int(self.screened.fault[footprint])]
        if not fault:
            return ""
        if fault == "accuracy not stated":
            # safety: why
            return gettext(
                "Nobody stated how accurate its outline is, so it cannot be said that no recorded hazard is near."
            )
        if fault == "no hazard to compare with":
            return gettext("The register holds no hazard to compare with. That says nothing about the ground.")
        # safety: why
        return gettext("It could not be answered: {why}.", why=gettext(fault))


def square(area_m2: float) -> str:
    """Square metres as a person reads them, rounded up.

    >>> square(0.0), square(12.3), square(1_234_567.8)
    ('0 m2', '13 m2', '1,234,568 m2')
    """
    rounded_m2 = float(np.ceil(area_m2 - 1e-6)) if area_m2 > 0.0 else 0.0
    return f"{rounded_m2:,.0f} m2" if current_language().tag == "en" else metres_text(rounded_m2, "m²")


def percent(share: float) -> str:
    """A share, rounded up.

    >>> percent(0.0001), percent(1.0)
    ('0.1 %', '100 %')
    """
    if np.isnan(share):
        return gettext("no area to share")
    tenths = min(float(np.ceil(share * 1000 - 1e-9)) / 10, 100.0)
    return f"{number_text(tenths, 0 if tenths.is_integer() else 1)} %"


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
