"""Places as people write them: what the text leaves open must not become an answer that the text does not bear.

A place given too coarsely, or with its coordinates in the other order, is unknown, and the answer asks for more.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from merestone.geodesy import Code, Position, format_decimal
from merestone.languages import gettext, ngettext
from merestone.screening.answer import Answer, Circumstances, Class, Hazard, answer_for, distance_at_most_text
from merestone.screening.index import HazardIndex
from merestone.terms import renamed_parameters

FAR_DEG: Final = 1.0
"""So far outside the box around all hazards, the given order of coordinates is doubted if the other lies inside it."""


@dataclass(frozen=True, slots=True)
class TooCoarse:
    """A place written with so few digits that a hazard lies within what they leave open, and the middle is not near."""

    left_open_m: float
    warn_m: float

    @property
    def sentence(self) -> str:
        """How much is left open, and how many more digits are needed."""
        # safety: what an answer could not know
        return ngettext(
            "As written, the place may lie anywhere within {distance}, and a recorded hazard lies within that. Write "
            "it with {count} more digit.",
            "As written, the place may lie anywhere within {distance}, and a recorded hazard lies within that. Write "
            "it with {count} more digits.",
            max(1, int(np.ceil(np.log10(self.left_open_m / max(self.warn_m, 1.0))))),
            distance=distance_at_most_text(self.left_open_m),
        )


@dataclass(frozen=True, slots=True)
class OtherOrder:
    """Two numbers without letters: far from all hazards as read, and among them with longitude and latitude swapped."""

    lon_deg: float
    lat_deg: float

    @property
    def sentence(self) -> str:
        """Where either reading lies, and what to write."""
        # safety: what an answer could not know
        return gettext(
            "Read as {position}, the place lies far from all that is recorded; in the other order, {other_position}, "
            "it lies among the hazards. Write N, S, E or W with the numbers.",
            position=format_decimal(self.lon_deg, self.lat_deg, 4),
            other_position=format_decimal(self.lat_deg, self.lon_deg, 4),
        )


@renamed_parameters(given="circumstances")
def answer_for_written(
    index: HazardIndex,
    hazards: Sequence[Hazard],
    position: Position,
    accuracy_m: float | None,
    *,
    warn_m: float,
    circumstances: Circumstances,
) -> Answer:
    """Screen one position that was read from a text; parameters as for `answer_for`.

    What the text leaves open widens the accuracy. A warning that comes from this alone, and from more than the warning
    distance of it, is no warning but a question; so is "none recorded" where the order of two numbers without letters
    was assumed and only the other order lies among the hazards.
    """
    lon_deg, lat_deg, left_open_m = position.lon_deg, position.lat_deg, position.resolution_m
    widened_m = None if accuracy_m is None else accuracy_m + left_open_m
    answer = answer_for(index, hazards, lon_deg, lat_deg, widened_m, warn_m=warn_m, circumstances=circumstances)
    if answer.code in (Class.INSIDE, Class.NEAR) and left_open_m > warn_m:
        there = answer_for(index, hazards, lon_deg, lat_deg, accuracy_m, warn_m=warn_m, circumstances=circumstances)
        if there.code not in (Class.INSIDE, Class.NEAR):
            return replace(answer, code=Class.UNKNOWN, place_doubt=TooCoarse(left_open_m, warn_m))
    if answer.code is Class.NONE_RECORDED and _is_swapped(index, position):
        return replace(answer, code=Class.UNKNOWN, place_doubt=OtherOrder(lon_deg, lat_deg))
    return answer


def reading_notes(position: Position) -> tuple[str, ...]:
    """What stands below an answer on how the coordinates were read: a sentence for each finding.

    Examples
    --------
    >>> from merestone.geodesy import parse_position
    >>> reading_notes(parse_position("44.9 N, 17.1 E"))
    ()
    """
    return tuple(
        gettext("How the coordinates were read: {finding}.", finding=finding.message) for finding in position.findings
    )


def _is_swapped(index: HazardIndex, position: Position) -> bool:
    """Whether the order was assumed, the place lies far from all hazards, and among them in the other order."""
    if index.is_empty or not any(finding.code is Code.AXES_ASSUMED for finding in position.findings):
        return False
    box = index.outlines.bounds_deg
    west, south = box[:, :2].min(axis=0).tolist()
    east, north = box[:, 2:].max(axis=0).tolist()
    lon_deg, lat_deg = position.lon_deg, position.lat_deg
    is_near = west - FAR_DEG <= lon_deg <= east + FAR_DEG and south - FAR_DEG <= lat_deg <= north + FAR_DEG
    return not is_near and west <= lat_deg <= east and south <= lon_deg <= north
