"""The words that answers share: classes, what to do, and what an answer rests on.

No sentence here calls a place safe. The best answer is "none recorded", with the data's date and what was assumed.
"""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, Protocol

import numpy as np

from merestone.languages import (
    day_text,
    gettext,
    gettext_noop,
    metres_text,
    ngettext,
)
from merestone.screening.kernel.nearest import INSIDE, NEAR, NONE_RECORDED
from merestone.terms import NO_DATA, DataDays, RecordKind, doubts_of_days

# safety: nothing is recorded, which is no assurance
NO_ASSURANCE: Final = gettext_noop(
    "What is not recorded may still be there: this gives no assurance. Follow warning signs and local advice."
)
GENERALISED: Final = gettext_noop(
    "Outlines that this viewer may not see exactly were made larger, and contain the recorded ones."
)
UNSTATED: Final = gettext_noop("An outline without a stated accuracy was widened by {distance}.")
# safety: what to do about a route or a plot
KEEP_OUT: Final = gettext_noop("Do not enter what overlaps or lies near. Ask the mine action authority.")
# safety: the place could not be checked
UNANSWERED: Final = gettext_noop("Do not go there because of this answer: it is not known what lies there.")
# safety: what to do inside or near a hazard
TURN_BACK: Final = gettext_noop("Do not go on. Leave the way you came, and ask the mine action authority.")


class Class(StrEnum):
    """What a screen says of a position. The value is what is shown and written into files."""

    INSIDE = "inside"
    NEAR = "near"
    NONE_RECORDED = "none recorded"
    UNKNOWN = "unknown"


_CLASS_MESSAGES: Final = {
    # safety: class of an answer, as a word in a line
    Class.INSIDE: gettext_noop("inside"),
    # safety: class of an answer, as a word in a line
    Class.NEAR: gettext_noop("near"),
    # safety: class of an answer, as a word in a line; about what is recorded, never about the ground
    Class.NONE_RECORDED: gettext_noop("none recorded"),
    # safety: class of an answer, as a word in a line
    Class.UNKNOWN: gettext_noop("unknown"),
}


def class_text(answer_class: Class) -> str:
    """A class in the language of the answer, where its own value is for programs.

    >>> class_text(Class.NONE_RECORDED)
    'none recorded'
    """
    return gettext(_CLASS_MESSAGES[answer_class])


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


_NOT_REAL: Final = frozenset({"exercise", "synthetic", "training", "invented", "example"})
_BESIDE: Final = frozenset(
    {"data", "register", "records", "areas", "only", "made", "up", "for", "test", "tests", "an", "the"}
)
"""A label says that the data are not real if it has one of the first words, and none but of both: any other label is a
register's name and no more. A training centre of a real programme has real hazards."""


def label_sentence(label: str) -> str:
    """What is said of a register's label.

    Only a label that itself says so makes data unreal: a register labelled with the name of a state holds real hazards.

    >>> label_sentence("synthetic exercise data")
    'This is synthetic exercise data: nothing of it stands for a real place.'
    >>> label_sentence("National register of Bosnia and Herzegovina")
    'From: National register of Bosnia and Herzegovina.'
    >>> label_sentence("Humanitarian Demining Training Centre")
    'From: Humanitarian Demining Training Centre.'
    """
    label_words = set(re.findall(r"\w+", label.lower()))
    if label_words & _NOT_REAL and label_words <= _NOT_REAL | _BESIDE:
        return gettext("This is {label}: nothing of it stands for a real place.", label=label)
    return gettext("From: {label}.", label=label)


def begins_on_of(hazard: Hazard) -> date | None:
    """The later day on which a hazard is stated to begin, where it warns already; None of any other."""
    day: date | None = getattr(hazard, "begins_on", None)
    return day


def named_in_line(hazard: Hazard) -> str:
    """A hazard as a line of an answer names it."""
    begins_on = begins_on_of(hazard)
    kind, record_id = hazard.kind.label, hazard.record_id
    if begins_on is None:
        return gettext("{kind} (record {record_id})", kind=kind, record_id=record_id)
    return gettext(
        "{kind} (record {record_id}, stated to begin on {day})",
        kind=kind,
        record_id=record_id,
        day=day_text(begins_on),
    )


@dataclass(frozen=True, slots=True)
class PackIdentity:
    """Which hazard pack an answer rests on."""

    name: str
    """Of the file, without its folder."""
    audience: str
    """Whose view of the register it holds, such as ``exact``."""
    is_for_public: bool

    @property
    def sentence(self) -> str:
        """Which pack it was, and for whom it was made."""
        if self.is_for_public:
            return gettext("Compared with the hazard pack {name}, made for the public.", name=self.name)
        return gettext(
            "Compared with the hazard pack {name}, made for viewer '{audience}', not for the public.",
            name=self.name,
            audience=self.audience,
        )


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
    pack: PackIdentity | None = None
    """The pack that the hazards came from; None if they came straight from the register."""
    clock_on: date | None = None
    """The day by this computer's clock, where it lies behind the day on which the register was last written."""
    last_written_on: date | None = None
    """With `clock_on`: the day on which the register was last written; hazards of either day are warned of."""
    begin_later_count: int = 0
    """How many of the hazards compared with are stated to begin later; they are warned of already."""
    begin_later_first_on: date | None = None
    """With `begin_later_count`: the first day on which one of them is stated to begin."""

    @property
    def compared_with(self) -> str:
        """One sentence on where the hazards came from, if not straight from the register; else empty."""
        return "" if self.pack is None else self.pack.sentence

    @property
    def doubts_of_days(self) -> tuple[str, ...]:
        """What is said where the clock, or the days stated of hazards, may be wrong; usually nothing."""
        return doubts_of_days(self.clock_on, self.last_written_on, self.begin_later_count, self.begin_later_first_on)

    @property
    def sentences(self) -> tuple[str, ...]:
        """The day of the data, and what could not be compared with."""
        parts = list(self.doubts_of_days)
        if self.written_on is not None:
            written = gettext("The register was last written to on {day}.", day=day_text(self.written_on))
            parts.append(f"{written} {self.data_days.sentence}".rstrip())
        if self.compared_with:
            parts.append(self.compared_with)
        if self.unplaced_count:
            parts.append(
                # safety: what an answer could not know
                ngettext(
                    "{count} row that may be a hazard has no usable place and could not be compared with.",
                    "{count} rows that may be hazards have no usable place and could not be compared with.",
                    self.unplaced_count,
                )
            )
        return tuple(parts)


def distance_text(value: float) -> str:
    """A distance as a person reads it, never rounded up: what is near must not look farther.

    >>> distance_text(149.99), distance_text(0.4), distance_text(12_345.0)
    ('149 m', '0.4 m', '12.3 km')
    """
    if value >= 10_000:
        return metres_text(float(np.floor(value / 100)) / 10, "km", 1)
    if value >= 10 or value == int(value):
        return metres_text(int(value))
    return metres_text(float(np.floor(value * 10)) / 10, "m", 1)


def away_text(distance_m: float, hazard_text: str, azimuth_away_deg: float) -> str:
    """How far a way or a plot lies from a hazard, and which direction leads away from it; NaN where none is known.

    >>> away_text(12.0, "spot find (record 7F3K)", 90.2)
    '12 m from the spot find (record 7F3K), away is 90 degrees'
    """
    if np.isnan(azimuth_away_deg):
        # safety: how far from a hazard
        return gettext("{distance} from the {hazard}", distance=distance_text(distance_m), hazard=hazard_text)
    # safety: how far from a hazard; the direction is clockwise from north
    return gettext(
        "{distance} from the {hazard}, away is {degrees} degrees",
        distance=distance_text(distance_m),
        hazard=hazard_text,
        degrees=round(azimuth_away_deg) % 360,
    )


def distance_at_most_text(value: float) -> str:
    """An accuracy as a person reads it, never rounded down: what is doubtful must not look sure.

    >>> distance_at_most_text(10.2), distance_at_most_text(0.41)
    ('11 m', '0.5 m')
    """
    return distance_text(float(np.ceil(value) if value >= 10 else np.ceil(value * 10) / 10))
