"""The words and the plain values of a screened track, for people, for programs and for files."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from merestone.languages import gettext
from merestone.screening.answer import (
    GENERALISED,
    NO_ASSURANCE,
    TURN_BACK,
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
from merestone.screening.screened import FAULTS, INTERRUPTED
from merestone.screening.shapes.track import ClosestPlaces, ScreenedTracks
from merestone.terms import WIDENED_M

STRAIGHT: Final = "Between two fixes the way was taken to be straight."
MOST_LINES: Final = 8
"""Parts and gaps that are told one by one to a person; programs and files get them all."""


@dataclass(frozen=True)
class TrackAnswers:
    """Answers for all tracks, put into words."""

    found: ScreenedTracks
    hazards: Sequence[Hazard]
    """Those of the index, in the same order."""
    names: Sequence[str]
    given: Circumstances
    faults: Mapping[int, str]
    """Why a track's geometry could not be read, for those where it could not."""
    width_m: float = 0.0
    """Of the corridor that was screened around each way, from side to side; 0: the way alone."""

    def headline(self, track: int) -> str:
        """The answer in a few words."""
        code = class_of(int(self.found.codes[track]))
        hazard = int(self.found.closest.hazard[track])
        what = "hazard" if hazard < 0 else self.hazards[hazard].kind.label
        if code is Class.INSIDE:
            return f"A recorded {what} may reach into the corridor" if self.width_m else f"Inside a recorded {what}"
        if code is Class.NEAR:
            return f"Near a recorded {what}"
        if code is Class.NONE_RECORDED:
            return (
                f"None recorded within {distance_text(self.found.warn_m)}{' of the corridor' if self.width_m else ''}"
            )
        return "Unknown"

    def part_headline(self, part: int) -> str:
        """The answer for one part in a few words."""
        parts = self.found.parts
        closest = self._closest_words(parts.closest, part)
        return f"{class_of(int(parts.code[part])).value.capitalize()}{': ' + closest if closest else ''}"

    def part_span(self, part: int) -> str:
        """From where to where along its way a part goes."""
        parts = self.found.parts
        return f"{_km(parts.start_m[part])} to {_km(parts.end_m[part], up=True)}"

    def lines(self, track: int) -> Iterator[str]:
        """What stands below the headline of one track."""
        screened = self.found
        if reason := self._reason(track):
            yield reason
        length = f"{distance_text(screened.length_m[track])} long"
        if screened.codes[track] in (INSIDE, NEAR):
            length += (
                f"; {distance_at_most_text(screened.inside_m[track])} of it inside{_spent(screened.inside_s[track])}"
            )
            length += f", {distance_at_most_text(screened.near_m[track])} near{_spent(screened.near_s[track])}"
        if screened.length_m[track] > 0.0:
            yield f"{length}."
        mine = np.flatnonzero(screened.parts.track == track)
        for i in mine[:MOST_LINES]:
            yield self._part_line(int(i))
        if len(mine) > MOST_LINES:
            yield f"and {len(mine) - MOST_LINES:,} parts more; -o FILE or --json gives them all"
        if len(mine) != 1 and (closest := self._closest_words(screened.closest, track)):
            yield f"Closest at {_km(screened.closest.at_m[track])}: {closest}."
        if screened.codes[track] == NONE_RECORDED and screened.closest.hazard[track] < 0:
            yield f"No hazard is recorded within {distance_text(screened.max_distance_m)} of it."
        yield from self._flaws(track)

    @property
    def sentences(self) -> tuple[str, ...]:
        """What holds for all tracks: what was assumed, and what the data can and cannot say."""
        screened, parts = self.found, []
        if self.given.label:
            parts.append(label_sentence(self.given.label))
        if np.isin(screened.codes, (INSIDE, NEAR)).any():
            parts.append(TURN_BACK)
        stated = screened.accuracy_m[~np.isnan(screened.accuracy_m)]
        if len(stated):
            parts.append(f"Fixes were taken to be accurate to {distance_at_most_text(float(stated.max()))}.")
        if len(stated) < len(screened):
            parts.append("Nobody stated how accurate fixes are; the answer can only be worse than this.")
        named = {int(h) for h in (*screened.closest.hazard, *screened.parts.closest.hazard) if h >= 0}
        if any(self.hazards[h].accuracy_m is None for h in named):
            parts.append(gettext(UNSTATED, distance=distance_text(WIDENED_M)))
        parts.append(STRAIGHT)
        if self.width_m:
            parts.append(
                f"The way was taken for a corridor {self.width_m:g} m wide: inside is what a recorded hazard may reach "
                "of it, near what lies near its edge; distances are from its middle."
            )
        if self.given.outlines_generalised:
            parts.append(GENERALISED)
        parts += self.given.sentences
        if (screened.codes == NONE_RECORDED).any():
            parts.append(NO_ASSURANCE)
        return tuple(parts)

    def as_json(self) -> dict[str, Any]:
        """All of it for programs."""
        return {
            "tracks": [self.track_as_json(i) for i in range(len(self.found))],
            "sentences": list(self.sentences),
            "warn_m": self.found.warn_m,
            "width_m": self.width_m,
            "written_on": self.given.written_on and self.given.written_on.isoformat(),
            **self.given.data_days.as_json(),
            "unplaced_count": self.given.unplaced_count,
            "label": self.given.label,
        }

    def track_as_json(self, track: int) -> dict[str, Any]:
        """One track, its parts and its gaps."""
        screened = self.found
        gaps = np.flatnonzero(screened.gaps.track == track)
        return {
            **self.track_columns(track),
            "parts": [self.part_columns(int(i)) for i in np.flatnonzero(screened.parts.track == track)],
            "gaps": [
                {
                    "start_m": float(screened.gaps.start_m[i]),
                    "end_m": float(screened.gaps.end_m[i]),
                    "seconds": _number(screened.gaps.seconds[i]),
                }
                for i in gaps
            ],
        }

    def track_columns(self, track: int) -> dict[str, Any]:
        """One track as a row of a table."""
        screened = self.found
        is_told = not np.isnan(screened.accuracy_m[track])
        return {
            "name": self.names[track],
            "class": class_of(int(screened.codes[track])).value,
            "headline": self.headline(track),
            "length_m": float(screened.length_m[track]),
            "inside_m": float(screened.inside_m[track]),
            "near_m": float(screened.near_m[track]),
            "inside_s": _number(screened.inside_s[track]),
            "near_s": _number(screened.near_s[track]),
            **self._closest_columns(screened.closest, track),
            "position_accuracy_m": float(screened.accuracy_m[track]) if is_told else None,
            "unusable_fixes": int(screened.unusable_fixes[track]),
            "backward_fixes": int(screened.backward_fixes[track]),
            "untimed_fixes": int(screened.untimed_fixes[track]),
            "fault": self.faults.get(track) or FAULTS[int(screened.fault[track])] or None,
        }

    def part_columns(self, part: int) -> dict[str, Any]:
        """One part as a row of a table."""
        parts = self.found.parts
        return {
            "name": self.names[int(parts.track[part])],
            "class": class_of(int(parts.code[part])).value,
            "start_m": float(parts.start_m[part]),
            "end_m": float(parts.end_m[part]),
            "start_at": _moment(parts.start_at[part]),
            "end_at": _moment(parts.end_at[part]),
            **self._closest_columns(parts.closest, part),
        }

    def _closest_columns(self, closest: ClosestPlaces, at: int) -> dict[str, Any]:
        hazard = int(closest.hazard[at])
        return {
            "closest_m": _number(closest.distance_m[at]),
            "closest_record_id": None if hazard < 0 else self.hazards[hazard].record_id,
            "closest_kind": None if hazard < 0 else self.hazards[hazard].kind.value,
            "hazard_accuracy_m": None if hazard < 0 else self.hazards[hazard].accuracy_m,
            "closest_lon_deg": _number(closest.lon_deg[at]),
            "closest_lat_deg": _number(closest.lat_deg[at]),
            "closest_at_m": _number(closest.at_m[at]),
            "closest_at": _moment(closest.at[at]),
            "azimuth_away_deg": _number(closest.azimuth_away_deg[at]),
        }

    def _reason(self, track: int) -> str:
        if track in self.faults:
            return f"It could not be read: {self.faults[track]}."
        fault = FAULTS[int(self.found.fault[track])]
        if not fault:
            return ""
        if fault == "accuracy not stated":
            return "Nobody stated how accurate the fixes are, so it cannot be said that no recorded hazard is near."
        if fault == "no hazard to compare with":
            return "The register holds no hazard to compare with. That says nothing about the ground."
        if fault == FAULTS[INTERRUPTED]:
            return "Nobody knows the way over its gaps, so it cannot be said that no recorded hazard was near."
        return f"Not all of it could be answered: {fault}."

    def _part_line(self, part: int) -> str:
        parts = self.found.parts
        word = class_of(int(parts.code[part])).value
        span = self.part_span(part)
        at = "" if np.isnat(parts.start_at[part]) else f", from {_moment(parts.start_at[part])}"
        closest = self._closest_words(parts.closest, part)
        return f"{word} from {span}{at}{': ' + closest if closest else ''}"

    def _closest_words(self, closest: ClosestPlaces, at: int) -> str:
        hazard = int(closest.hazard[at])
        if hazard < 0:
            return ""
        what = named_in_line(self.hazards[hazard])
        if closest.distance_m[at] == 0.0:
            return f"in the {what}"
        azimuth = closest.azimuth_away_deg[at]
        away = "" if np.isnan(azimuth) else f", away is {round(float(azimuth)) % 360} degrees"
        return f"{distance_text(closest.distance_m[at])} from the {what}{away}"

    def _flaws(self, track: int) -> Iterator[str]:
        screened = self.found
        if screened.unusable_fixes[track]:
            yield f"{screened.unusable_fixes[track]:,} fixes are no place; the track is broken there."
        if screened.backward_fixes[track]:
            yield f"Times run backwards at {screened.backward_fixes[track]:,} fixes."
        if screened.untimed_fixes[track]:
            untimed = screened.untimed_fixes[track]
            yield f"Times are missing at {untimed:,} fixes; a gap in time beside them is not seen."
        gaps = np.flatnonzero(screened.gaps.track == track)
        for i in gaps[:MOST_LINES]:
            seconds = screened.gaps.seconds[i]
            long = "" if np.isnan(seconds) else f" and {_duration(float(seconds))}"
            far_m = screened.gaps.end_m[i] - screened.gaps.start_m[i]
            yield (
                f"Nothing was recorded for {distance_text(far_m)}{long} from {_km(screened.gaps.start_m[i])} on; "
                "a straight way was assumed."
            )
        if len(gaps) > MOST_LINES:
            yield f"and {len(gaps) - MOST_LINES:,} gaps more"


def _km(value: float, *, up: bool = False) -> str:
    """Metres along a track, to a metre, stretched outwards."""
    metres = float(np.ceil(value) if up else np.floor(value))
    return f"{metres:,.0f} m"


def _spent(seconds: float) -> str:
    return "" if np.isnan(seconds) or seconds == 0.0 else f" ({_duration(float(seconds))})"


def _duration(seconds: float) -> str:
    """A length of time as a person reads it, rounded up.

    >>> _duration(59.2), _duration(3600.0), _duration(7261.0)
    ('60 s', '1 h 0 min', '2 h 2 min')
    """
    if seconds < 60.0:
        return f"{np.ceil(seconds):.0f} s"
    minutes = int(np.ceil(seconds / 60.0))
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def _moment(value: np.datetime64) -> str | None:
    return None if np.isnat(value) else f"{np.datetime_as_string(value, unit='s')}Z"


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
