"""The words of an answer, in one place: the command line, the web page and the JSON all say the same.

No sentence here calls a place safe. The best answer is "none recorded", with the data's date and what was assumed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any, Final, Protocol

import numpy as np

from merestone.screening.index import HazardIndex
from merestone.screening.kernel.nearest import INSIDE, NEAR, NONE_RECORDED, Nearest
from merestone.terms import NO_DATA, WIDENED_M, DataDays, RecordKind, begins_sentence, doubts_of_days

SEARCHED_M: Final = 10_000.0
"""How far an answer looks for the nearest hazard to name, metres."""


NO_ASSURANCE: Final = (
    "What is not recorded may still be there: this gives no assurance. Follow warning signs and local advice."
)
GENERALISED: Final = "Outlines that this viewer may not see exactly were made larger, and contain the recorded ones."
KEEP_OUT: Final = "Do not enter what overlaps or lies near. Ask the mine action authority."
UNANSWERED: Final = "Do not go there on the strength of this: it is not known what lies there."
TURN_BACK: Final = "Do not go on. Leave the way you came, and ask the mine action authority."


class Class(StrEnum):
    """What a screen says of a position. The value is what is shown and written into files."""

    INSIDE = "inside"
    NEAR = "near"
    NONE_RECORDED = "none recorded"
    UNKNOWN = "unknown"


def class_of(code: int) -> Class:
    """The class behind a code of `HazardIndex.classify`; every code that is not known is `UNKNOWN`."""
    return {INSIDE: Class.INSIDE, NEAR: Class.NEAR, NONE_RECORDED: Class.NONE_RECORDED}.get(code, Class.UNKNOWN)


class Hazard(Protocol):
    """What an answer must know of the hazard it names.

    It may also have ``begins_on``, the later day on which it is stated to begin, where it warns already.
    """

    @property
    def record_id(self) -> str:
        """Its identity in the register."""

    @property
    def kind(self) -> RecordKind:
        """What it is."""

    @property
    def accuracy_m(self) -> float | None:
        """Accuracy of its outline, metres; None if nobody stated it."""


_NOT_REAL: Final = ("exercise", "synthetic", "training", "invented", "made up", "example")
"""Words of a label that say that the data are not real. Any other label is the register's name and no more."""


def label_sentence(label: str) -> str:
    """What is said of a register's label.

    Only a label that itself says so makes data unreal: a register labelled with the name of a state holds real hazards.

    >>> label_sentence("synthetic exercise data")
    'This is synthetic exercise data: nothing of it stands for a real place.'
    >>> label_sentence("National register of Bosnia and Herzegovina")
    'From: National register of Bosnia and Herzegovina.'
    """
    if any(word in label.lower() for word in _NOT_REAL):
        return f"This is {label}: nothing of it stands for a real place."
    return f"From: {label}."


def begins_on_of(hazard: Hazard) -> date | None:
    """The later day on which a hazard is stated to begin, where it warns already; None of any other."""
    day: date | None = getattr(hazard, "begins_on", None)
    return day


def named_in_line(hazard: Hazard) -> str:
    """A hazard as a line of an answer names it."""
    begins_on = begins_on_of(hazard)
    later = "" if begins_on is None else f", stated to begin on {begins_on.isoformat()}"
    return f"{hazard.kind.label} (record {hazard.record_id}{later})"


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What an answer rests on, beside the hazards themselves."""

    written_on: date | None
    """The day on which the register was last written to; None if it holds no record."""
    data_days: DataDays = NO_DATA
    """How old the hazards' own data are."""
    unplaced_count: int = 0
    """Rows that may be hazards but have no usable place."""
    label: str = ""
    """Such as ``synthetic exercise data``; empty for real data."""
    outlines_generalised: bool = False
    """Whether outlines compared with are larger than the recorded ones, as all of the public tier's are."""
    compared_with: str = ""
    """One sentence on where the hazards came from, if not straight from the register."""
    clock_on: date | None = None
    """The day by this computer's clock, where it lies behind the day on which the register was last written."""
    last_written_on: date | None = None
    """With `clock_on`: the day on which the register was last written; hazards of either day are warned of."""
    begin_later_count: int = 0
    """How many of the hazards compared with are stated to begin later; they are warned of already."""
    begin_later_first_on: date | None = None
    """With `begin_later_count`: the first day on which one of them is stated to begin."""

    @property
    def doubts_of_days(self) -> tuple[str, ...]:
        """What is said where the clock, or the days stated of hazards, may be wrong; usually nothing."""
        return doubts_of_days(self.clock_on, self.last_written_on, self.begin_later_count, self.begin_later_first_on)

    @property
    def sentences(self) -> tuple[str, ...]:
        """The day of the data, and what could not be compared with."""
        parts = list(self.doubts_of_days)
        if self.written_on is not None:
            written = f"The register was last written to on {self.written_on.isoformat()}."
            parts.append(f"{written} {self.data_days.sentence}".rstrip())
        if self.compared_with:
            parts.append(self.compared_with)
        if self.unplaced_count:
            what = "row that may be a hazard has" if self.unplaced_count == 1 else "rows that may be hazards have"
            parts.append(f"{self.unplaced_count:,} {what} no usable place and could not be compared with.")
        return tuple(parts)


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
    given: Circumstances
    measured: Nearest = field(repr=False, compare=False)
    """What the answer was made of."""
    doubt: str = ""
    """Why the place itself is in doubt, with what to write instead; empty if it is not. The class is then unknown."""

    @property
    def depth_m(self) -> float | None:
        """Inside only: how far the place lies from the outline, metres."""
        return _or_none(self.measured.depth_m[0])

    @property
    def azimuth_away_deg(self) -> float | None:
        """Clockwise from north: away from this hazard's nearest point, or out through it. Another may lie that way.

        Measured when it is asked for: it needs PROJ, which is long to load, and the words for people do not tell it.
        """
        return _or_none(self.measured.azimuth_away_deg[0])

    @property
    def headline(self) -> str:
        """The answer in a few words."""
        match self.code:
            case Class.INSIDE:
                return f"Inside a recorded {self._nearest_words()}"
            case Class.NEAR:
                return f"Near a recorded {self._nearest_words()}"
            case Class.NONE_RECORDED:
                return f"None recorded within {_metres(self.warn_m)}"
            case _:
                return "Unknown"

    @property
    def sentences(self) -> tuple[str, ...]:
        """What stands below the headline: what to do, why, and what the data can and cannot say."""
        parts = [self.to_do, self.doubt or self._main_sentence()]
        if self.nearest is not None and (begins_on := begins_on_of(self.nearest)) is not None:
            parts.append(begins_sentence(begins_on))
        if self.given.label:
            parts.append(label_sentence(self.given.label))
        parts += self._assumed()
        parts += self.given.sentences
        return tuple(parts)

    @property
    def to_do(self) -> str:
        """What the person does now; it is the first of the sentences."""
        match self.code:
            case Class.INSIDE | Class.NEAR:
                return TURN_BACK
            case Class.NONE_RECORDED:
                return NO_ASSURANCE
            case _:
                return UNANSWERED

    def as_json(self) -> dict[str, Any]:
        """The answer for programs: the same words, and the numbers behind them."""
        return {
            "class": self.code.value,
            "headline": self.headline,
            "sentences": list(self.sentences),
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
            "written_on": self.given.written_on and self.given.written_on.isoformat(),
            **self.given.data_days.as_json(),
            "unplaced_count": self.given.unplaced_count,
            "label": self.given.label,
            "compared_with": self.given.compared_with or None,
        }

    def _nearest_words(self) -> str:
        return "hazard" if self.nearest is None else self.nearest.kind.label

    def _main_sentence(self) -> str:
        named = "" if self.nearest is None else f" (record {self.nearest.record_id})"
        if self.code is Class.UNKNOWN:
            if not (np.isfinite(self.lon_deg) and np.isfinite(self.lat_deg)):
                return "There is no position to compare with."
            if abs(self.lat_deg) > 90.0:
                return f"Latitude {self.lat_deg:g} is out of range, -90 to 90 degrees. No place was checked."
            if abs(self.lon_deg) > 180.0:
                return f"Longitude {self.lon_deg:g} is out of range, -180 to 180 degrees. No place was checked."
            if self.given.written_on is None:
                return "The register holds no hazard to compare this place with. That says nothing about the place."
            if self.accuracy_m is None:
                return (
                    "Nobody stated how accurate the position is, so it cannot be said that no recorded hazard is near."
                )
            return "The question cannot be answered for this position."
        if self.code is Class.NONE_RECORDED:
            if self.distance_m is None:
                return f"No hazard is recorded within {_metres(max(SEARCHED_M, self.warn_m))} of this place."
            return f"The nearest recorded hazard{named} is {_metres(self.distance_m)} away."
        if self.distance_m == 0.0:
            deep = "" if not self.depth_m else f", {_metres(self.depth_m)} from its edge"
            return f"The place lies inside the outline of the {self._nearest_words()}{named}{deep}."
        if self.distance_m is None:
            return "A recorded hazard may reach this place."
        away = f"The outline of the {self._nearest_words()}{named} is {_metres(self.distance_m)} away"
        if self.code is Class.INSIDE:
            return f"{away}, and the accuracies allow that the place lies inside it."
        if self.distance_m > self.warn_m:
            return f"{away}; the accuracies allow that it is within the warning distance of {_metres(self.warn_m)}."
        return f"{away}, within the warning distance of {_metres(self.warn_m)}."

    def _assumed(self) -> list[str]:
        parts = []
        if self.accuracy_m is not None:
            parts.append(f"The position was taken to be accurate to {_metres_at_most(self.accuracy_m)}.")
        elif self.code is not Class.UNKNOWN:
            parts.append("Nobody stated how accurate the position is; the answer can only be worse than this.")
        if self.nearest is not None:
            if self.nearest.accuracy_m is None:
                parts.append(f"Nobody stated how accurate the outline is; it was widened by {_metres(WIDENED_M)}.")
            else:
                parts.append(f"The outline is accurate to {_metres_at_most(self.nearest.accuracy_m)}.")
        if self.given.outlines_generalised and self.code is not Class.UNKNOWN:
            parts.append(GENERALISED)
        return parts


def _metres(value: float) -> str:
    """A distance as a person reads it, never rounded up: what is near must not look farther.

    >>> _metres(149.99), _metres(0.4), _metres(12_345.0)
    ('149 m', '0.4 m', '12.3 km')
    """
    if value >= 10_000:
        return f"{np.floor(value / 100) / 10:.1f} km"
    if value >= 10 or value == int(value):
        return f"{int(value):,} m"
    return f"{np.floor(value * 10) / 10:.1f} m"


def _metres_at_most(value: float) -> str:
    """An accuracy as a person reads it, never rounded down: what is doubtful must not look sure.

    >>> _metres_at_most(10.2), _metres_at_most(0.41)
    ('11 m', '0.5 m')
    """
    return _metres(float(np.ceil(value) if value >= 10 else np.ceil(value * 10) / 10))


def answer_for(
    index: HazardIndex,
    hazards: Sequence[Hazard],
    lon_deg: float,
    lat_deg: float,
    accuracy_m: float | None,
    *,
    warn_m: float,
    given: Circumstances,
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
    found = index.nearest([lon_deg], [lat_deg], stated_m, max(SEARCHED_M, warn_m))
    code = class_of(int(found.classes(warn_m)[0]))
    which, distance_m = int(found.hazard[0]), float(found.distance_m[0])
    is_found = which >= 0 and np.isfinite(distance_m)
    return Answer(
        lon_deg=lon_deg,
        lat_deg=lat_deg,
        code=code,
        distance_m=distance_m if is_found else None,
        nearest=hazards[which] if is_found else None,
        accuracy_m=accuracy_m,
        warn_m=warn_m,
        given=replace(given, unplaced_count=given.unplaced_count + index.unplaced),
        measured=found,
    )


def _or_none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
