"""The words of an answer, in one place: the command line, the web page and the JSON all say the same.

No sentence here calls a place safe. The best answer is "none recorded", with the data's date and what was assumed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol

import numpy as np

from merestone.languages import current_language, gettext, needs_english, speaking
from merestone.screening.answer.answer_words import (
    GENERALISED,
    NO_ASSURANCE,
    TURN_BACK,
    UNANSWERED,
    Circumstances,
    Class,
    Hazard,
    begins_on_of,
    class_of,
    distance_at_most_text,
    distance_text,
    label_sentence,
)
from merestone.screening.index import HazardIndex
from merestone.screening.kernel.nearest import Nearest
from merestone.terms import WIDENED_M, begins_sentence, renamed_attribute, renamed_parameters

SEARCHED_M: Final = 10_000.0
"""How far an answer looks for the nearest hazard to name, metres."""


class PlaceDoubt(Protocol):
    """Why it is not sure which place is meant, as a sentence in whichever language is spoken."""

    @property
    def sentence(self) -> str:
        """Why, with what to write instead."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One position's answer."""

    lon_deg: float
    lat_deg: float
    code: Class
    distance_m: float | None
    """To the nearest outline as compared with, metres, 0 inside; None where none lies within the search limit."""
    nearest: Hazard | None
    """The hazard that may be nearest: the one with the smallest distance less its own accuracy."""
    accuracy_m: float | None
    warn_m: float
    circumstances: Circumstances
    measured: Nearest = field(repr=False, compare=False)
    """What the answer was made of."""
    place_doubt: PlaceDoubt | None = None
    """Why the place itself is in doubt; None if it is not. The class is then unknown."""

    given = renamed_attribute("given", "circumstances")

    @property
    def doubt(self) -> str:
        """Why the place is in doubt, with what to write instead; empty if it is not."""
        return "" if self.place_doubt is None else self.place_doubt.sentence

    @property
    def depth_m(self) -> float | None:
        """Inside only: how far the place lies from the outline, metres."""
        return None if self.distance_m != 0.0 else _or_none(self.measured.depth_m[0])

    @property
    def azimuth_away_deg(self) -> float | None:
        """Clockwise from north: away from this hazard's nearest point, or out through it. Another may lie that way.

        Measured when it is asked for: it needs PROJ, which is long to load, and the words for people do not tell it.
        """
        return None if self.measured.hazard[0] < 0 else _or_none(self.measured.azimuth_away_deg[0])

    @property
    def headline(self) -> str:
        """The answer in a few words."""
        match self.code:
            case Class.INSIDE:
                # safety: headline of an answer; {kind} is a kind of record, in the form of a dictionary
                return gettext("Inside a recorded {kind}", kind=self._nearest_words())
            case Class.NEAR:
                # safety: headline of an answer; {kind} is a kind of record, in the form of a dictionary
                return gettext("Near a recorded {kind}", kind=self._nearest_words())
            case Class.NONE_RECORDED:
                # safety: headline of an answer
                return gettext("None recorded within {distance}", distance=distance_text(self.warn_m))
            case _:
                # safety: headline of an answer
                return gettext("Unknown")

    @property
    def sentences(self) -> tuple[str, ...]:
        """What stands below the headline: what to do, why, and what the data can and cannot say."""
        parts = [self.to_do, self.doubt or self._main_sentence()]
        if self.nearest is not None and (begins_on := begins_on_of(self.nearest)) is not None:
            parts.append(begins_sentence(begins_on))
        if self.circumstances.label:
            parts.append(label_sentence(self.circumstances.label))
        parts += self._assumed()
        parts += self.circumstances.sentences
        return tuple(parts)

    @property
    def to_do(self) -> str:
        """What the person does now; it is the first of the sentences."""
        match self.code:
            case Class.INSIDE | Class.NEAR:
                return gettext(TURN_BACK)
            case Class.NONE_RECORDED:
                return gettext(NO_ASSURANCE)
            case _:
                return gettext(UNANSWERED)

    def as_json(self) -> dict[str, Any]:
        """The answer for programs: the same words, and the numbers behind them.

        ``in_english`` holds the words in English where nobody has reviewed those of the language spoken, else null.
        """
        return {
            "class": self.code.value,
            "language": current_language().tag,
            "headline": self.headline,
            "sentences": list(self.sentences),
            "in_english": self.words_in_english(),
            "position": {"lon_deg": self.lon_deg, "lat_deg": self.lat_deg},
            "distance_m": self.distance_m,
            "depth_m": self.depth_m,
            "azimuth_away_deg": self.azimuth_away_deg,
            "nearest": None
            if self.nearest is None
            else {
                "record_id": self.nearest.record_id,
                "kind": self.nearest.kind.value,
                "accuracy_m": self.nearest.accuracy_m,
                "begins_on": (begins_on := begins_on_of(self.nearest)) and begins_on.isoformat(),
            },
            "accuracy_m": self.accuracy_m,
            "warn_m": self.warn_m,
            "written_on": self.circumstances.written_on and self.circumstances.written_on.isoformat(),
            **self.circumstances.data_days.as_json(),
            "unplaced_count": self.circumstances.unplaced_count,
            "label": self.circumstances.label,
            "compared_with": self.circumstances.compared_with or None,
        }

    def words_in_english(self) -> dict[str, Any] | None:
        """Headline and sentences in English, to stand beside words that nobody has reviewed; None where none need."""
        if not needs_english():
            return None
        with speaking("en"):
            return {"headline": self.headline, "sentences": list(self.sentences)}

    def _nearest_words(self) -> str:
        return gettext("hazard") if self.nearest is None else self.nearest.kind.label

    def _main_sentence(self) -> str:
        if self.code is Class.UNKNOWN:
            return self._unknown_sentence()
        # A hazard that is named stands as "suspected hazardous area (record ...)" in every sentence.
        hazard, nearest = self._nearest_words(), self.nearest
        named = hazard
        if nearest is not None:
            named = gettext("{kind} (record {record_id})", kind=hazard, record_id=nearest.record_id)
        if self.code is Class.NONE_RECORDED:
            if self.distance_m is None or nearest is None:
                searched = distance_text(max(SEARCHED_M, self.warn_m))
                return gettext("No hazard is recorded within {distance} of this place.", distance=searched)
            return gettext(
                "The nearest recorded hazard (record {record_id}) is {distance} away.",
                record_id=nearest.record_id,
                distance=distance_text(self.distance_m),
            )
        if self.distance_m == 0.0:
            if not self.depth_m:
                # safety: why
                return gettext("The place lies inside the outline of the {hazard}.", hazard=named)
            # safety: why
            return gettext(
                "The place lies inside the outline of the {hazard}, {distance} from its edge.",
                hazard=named,
                distance=distance_text(self.depth_m),
            )
        if self.distance_m is None:
            # safety: why
            return gettext("A recorded hazard may reach this place.")
        away = distance_text(self.distance_m)
        if self.code is Class.INSIDE:
            # safety: why
            return gettext(
                "The outline of the {hazard} is {distance} away, and the accuracies allow that the place lies inside "
                "it.",
                hazard=named,
                distance=away,
            )
        if self.distance_m > self.warn_m:
            # safety: why
            return gettext(
                "The outline of the {hazard} is {distance} away; the accuracies allow that it is within the warning "
                "distance of {warning}.",
                hazard=named,
                distance=away,
                warning=distance_text(self.warn_m),
            )
        # safety: why
        return gettext(
            "The outline of the {hazard} is {distance} away, within the warning distance of {warning}.",
            hazard=named,
            distance=away,
            warning=distance_text(self.warn_m),
        )

    def _unknown_sentence(self) -> str:
        if not (np.isfinite(self.lon_deg) and np.isfinite(self.lat_deg)):
            return gettext("There is no position to compare with.")
        if abs(self.lat_deg) > 90.0:
            return gettext(
                "Latitude {degrees} is out of range, -90 to 90 degrees. No place was checked.",
                degrees=format(self.lat_deg, "g"),
            )
        if abs(self.lon_deg) > 180.0:
            return gettext(
                "Longitude {degrees} is out of range, -180 to 180 degrees. No place was checked.",
                degrees=format(self.lon_deg, "g"),
            )
        if self.circumstances.written_on is None:
            # safety: why
            return gettext(
                "The register holds no hazard to compare this place with. That says nothing about the place."
            )
        if self.accuracy_m is None:
            # safety: why
            return gettext(
                "Nobody stated how accurate the position is, so it cannot be said that no recorded hazard is near."
            )
        return gettext("The question cannot be answered for this position.")

    def _assumed(self) -> list[str]:
        parts = []
        if self.accuracy_m is not None:
            stated = distance_at_most_text(self.accuracy_m)
            parts.append(gettext("The position was taken to be accurate to {distance}.", distance=stated))
        elif self.code is not Class.UNKNOWN:
            parts.append(gettext("Nobody stated how accurate the position is; the answer can only be worse than this."))
        if self.nearest is not None:
            if self.nearest.accuracy_m is None:
                parts.append(
                    gettext(
                        "Nobody stated how accurate the outline is; it was widened by {distance}.",
                        distance=distance_text(WIDENED_M),
                    )
                )
            else:
                stated = distance_at_most_text(self.nearest.accuracy_m)
                parts.append(gettext("The outline is accurate to {distance}.", distance=stated))
        if self.circumstances.outlines_generalised and self.code is not Class.UNKNOWN:
            parts.append(gettext(GENERALISED))
        return parts


@renamed_parameters(given="circumstances")
def answer_for(
    index: HazardIndex,
    hazards: Sequence[Hazard],
    lon_deg: float,
    lat_deg: float,
    accuracy_m: float | None,
    *,
    warn_m: float,
    circumstances: Circumstances,
) -> Answer:
    """Screen one position and put the answer into words.

    Parameters
    ----------
    index, hazards
        The index, and the hazards it was built from, in the same order.
    accuracy_m
        Accuracy of the position, metres; None if nobody stated it.
    """
    stated_m = np.nan if accuracy_m is None else accuracy_m
    nearest = index.nearest([lon_deg], [lat_deg], stated_m, max(SEARCHED_M, warn_m))
    code = class_of(int(nearest.classes(warn_m)[0]))
    which, distance_m = int(nearest.hazard[0]), float(nearest.distance_m[0])
    if unplaced_count := index.unplaced:
        circumstances = replace(circumstances, unplaced_count=circumstances.unplaced_count + unplaced_count)
    is_found = which >= 0 and np.isfinite(distance_m)
    return Answer(
        lon_deg=lon_deg,
        lat_deg=lat_deg,
        code=code,
        distance_m=distance_m if is_found else None,
        nearest=hazards[which] if is_found else None,
        accuracy_m=accuracy_m,
        warn_m=warn_m,
        circumstances=circumstances,
        measured=nearest,
    )


def _or_none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
