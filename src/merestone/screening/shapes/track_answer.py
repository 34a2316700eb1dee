"""The words and the plain values of a screened track, for people, for programs and for files."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from merestone.languages import gettext, gettext_noop, metres_text, ngettext, number_text
from merestone.screening.answer import (
    GENERALISED,
    NO_ASSURANCE,
    TURN_BACK,
    UNSTATED,
    Circumstances,
    Class,
    Hazard,
    away_text,
    class_of,
    class_text,
    distance_at_most_text,
    distance_text,
    label_sentence,
    named_in_line,
)
from merestone.screening.kernel.nearest import INSIDE, NEAR, NONE_RECORDED
from merestone.screening.screened import FAULTS, INTERRUPTED
from merestone.screening.shapes.track import ClosestPlaces, ScreenedTracks
from merestone.screening.shapes.worst_shapes import WholeFile
from merestone.terms import WIDENED_M, renamed_attribute

STRAIGHT: Final = gettext_noop("Between two fixes, a straight line was assumed.")
MOST_LINES: Final = 8
"""Parts and gaps that are told one by one to a person; programs and files get them all."""


@dataclass(frozen=True)
class TrackAnswers:
    """Answers for all tracks, put into words."""

    screened: ScreenedTracks
    hazards: Sequence[Hazard]
    """Those of the index, in the same order."""
    names: Sequence[str]
    circumstances: Circumstances
    faults: Mapping[int, str]
    """Why a track's geometry could not be read, for those where it could not."""
    width_m: float = 0.0
    """Of the corridor that was screened around each way, from side to side; 0: the way alone."""
    whole: WholeFile | None = None
    """The whole file, if `screened` holds only the worst shapes of it, each at least as bad as all others."""

    found = renamed_attribute("found", "screened")
    given = renamed_attribute("given", "circumstances")

    @property
    def codes(self) -> NDArray[np.uint8]:
        """(n,) the class of each shape of the file."""
        return self.screened.codes if self.whole is None else self.whole.codes

    def headline(self, track: int) -> str:
        """The answer in a few words."""
        code = class_of(int(self.screened.codes[track]))
        hazard = int(self.screened.closest.hazard[track])
        what = gettext("hazard") if hazard < 0 else self.hazards[hazard].kind.label
        if code is Class.INSIDE:
            if self.width_m:
                # safety: headline of an answer; {kind} is a kind of record, in the form of a dictionary
                return gettext("A recorded {kind} may reach into the corridor", kind=what)
            return gettext("Inside a recorded {kind}", kind=what)
        if code is Class.NEAR:
            return gettext("Near a recorded {kind}", kind=what)
        if code is Class.NONE_RECORDED:
            warned = distance_text(self.screened.warn_m)
            if self.width_m:
                # safety: headline of an answer
                return gettext("None recorded within {distance} of the corridor", distance=warned)
            return gettext("None recorded within {distance}", distance=warned)
        return gettext("Unknown")

    def part_headline(self, part: int) -> str:
        """The answer for one part in a few words."""
        parts = self.screened.parts
        closest = self._closest_words(parts.closest, part)
        return f"{class_text(class_of(int(parts.code[part]))).capitalize()}{': ' + closest if closest else ''}"

    def part_span(self, part: int) -> str:
        """From where to where along its way a part goes."""
        parts = self.screened.parts
        return gettext("{first} to {last}", first=_km(parts.start_m[part]), last=_km(parts.end_m[part], up=True))

    def lines(self, track: int) -> Iterator[str]:
        """What stands below the headline of one track."""
        screened = self.screened
        if reason := self._reason(track):
            yield reason
        length = distance_text(screened.length_m[track])
        if screened.codes[track] in (INSIDE, NEAR):
            length = gettext(
                "{length} long; {inside} of it inside, {near} near.",
                length=length,
                inside=distance_at_most_text(screened.inside_m[track]) + _spent(screened.inside_s[track]),
                near=distance_at_most_text(screened.near_m[track]) + _spent(screened.near_s[track]),
            )
        else:
            length = gettext("{length} long.", length=length)
        if screened.length_m[track] > 0.0:
            yield length
        mine = np.flatnonzero(screened.parts.track == track)
        for i in mine[:MOST_LINES]:
            yield self._part_line(int(i))
        if len(mine) > MOST_LINES:
            yield ngettext(
                "and {count} more part; -o FILE or --json gives them all",
                "and {count} more parts; -o FILE or --json gives them all",
                len(mine) - MOST_LINES,
            )
        if len(mine) != 1 and (closest := self._closest_words(screened.closest, track)):
            yield gettext("Closest at {along}: {closest}.", along=_km(screened.closest.at_m[track]), closest=closest)
        if screened.codes[track] == NONE_RECORDED and screened.closest.hazard[track] < 0:
            searched = distance_text(screened.max_distance_m)
            yield gettext("No hazard is recorded within {distance} of it.", distance=searched)
        yield from self._flaws(track)

    @property
    def sentences(self) -> tuple[str, ...]:
        """What holds for all tracks: what was assumed, and what the data can and cannot say."""
        screened, parts = self.screened, []
        if self.circumstances.label:
            parts.append(label_sentence(self.circumstances.label))
        if np.isin(self.codes, (INSIDE, NEAR)).any():
            parts.append(gettext(TURN_BACK))
        accuracy_m = screened.accuracy_m if self.whole is None else self.whole.accuracy_m
        stated = accuracy_m[~np.isnan(accuracy_m)]
        if len(stated):
            accuracy = distance_at_most_text(float(stated.max()))
            parts.append(gettext("Fixes were taken to be accurate to {distance}.", distance=accuracy))
        if len(stated) < len(accuracy_m):
            parts.append(gettext("Nobody stated how accurate fixes are; the answer can only be worse than this."))
        named = {int(h) for h in (*screened.closest.hazard, *screened.parts.closest.hazard) if h >= 0}
        if any(self.hazards[h].accuracy_m is None for h in named):
            parts.append(gettext(UNSTATED, distance=distance_text(WIDENED_M)))
        parts.append(gettext(STRAIGHT))
        if self.width_m:
            parts.append(
                gettext(
                    "The way was taken for a corridor {width} wide: inside is what a recorded hazard may reach "
                    "of it, near what lies near its edge; distances are from its middle.",
                    width=_width_text(self.width_m),
                )
            )
        if self.circumstances.outlines_generalised:
            parts.append(gettext(GENERALISED))
        parts += self.circumstances.sentences
        if (self.codes == NONE_RECORDED).any():
            parts.append(gettext(NO_ASSURANCE))
        return tuple(parts)

    def as_json(self) -> dict[str, Any]:
        """All of it for programs."""
        return {
            "tracks": [self.track_as_json(i) for i in range(len(self.screened))],
            "sentences": list(self.sentences),
            "warn_m": self.screened.warn_m,
            "width_m": self.width_m,
            "written_on": self.circumstances.written_on and self.circumstances.written_on.isoformat(),
            **self.circumstances.data_days.as_json(),
            "unplaced_count": self.circumstances.unplaced_count,
            "label": self.circumstances.label,
        }

    def track_as_json(self, track: int) -> dict[str, Any]:
        """One track, its parts and its gaps."""
        screened = self.screened
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
        screened = self.screened
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
        parts = self.screened.parts
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
            return gettext("It could not be read: {why}.", why=self.faults[track])
        fault = FAULTS[int(self.screened.fault[track])]
        if not fault:
            return ""
        if fault == "accuracy not stated":
            # safety: why
            return gettext(
                "Nobody stated how accurate the fixes are, so it cannot be said that no recorded hazard is near."
            )
        if fault == "no hazard to compare with":
            # safety: why
            return gettext("The register holds no hazard to compare with. That says nothing about the ground.")
        if fault == FAULTS[INTERRUPTED]:
            # safety: why
            return gettext("The way across its gaps is not known, so a recorded hazard may have been near.")
        # safety: why
        return gettext("Not all of it could be answered: {why}.", why=gettext(fault))

    def _part_line(self, part: int) -> str:
        parts = self.screened.parts
        line = gettext(
            "{class_name} from {span}",
            class_name=class_text(class_of(int(parts.code[part]))),
            span=self.part_span(part),
        )
        if not np.isnat(parts.start_at[part]):
            line += ", " + gettext("from {instant} on", instant=_moment(parts.start_at[part]))
        closest = self._closest_words(parts.closest, part)
        return f"{line}{': ' + closest if closest else ''}"

    def _closest_words(self, closest: ClosestPlaces, at: int) -> str:
        hazard = int(closest.hazard[at])
        if hazard < 0:
            return ""
        what = named_in_line(self.hazards[hazard])
        if closest.distance_m[at] == 0.0:
            # safety: where a way lies
            return gettext("in the {hazard}", hazard=what)
        return away_text(float(closest.distance_m[at]), what, float(closest.azimuth_away_deg[at]))

    def _flaws(self, track: int) -> Iterator[str]:
        screened = self.screened
        if screened.unusable_fixes[track]:
            yield ngettext(
                "{count} fix is not a valid position; the track is broken there.",
                "{count} fixes are not valid positions; the track is broken there.",
                int(screened.unusable_fixes[track]),
            )
        if screened.backward_fixes[track]:
            yield ngettext(
                "Times run backwards at {count} fix.",
                "Times run backwards at {count} fixes.",
                int(screened.backward_fixes[track]),
            )
        if screened.untimed_fixes[track]:
            yield ngettext(
                "Times are missing at {count} fix; a gap in time beside it is not seen.",
                "Times are missing at {count} fixes; a gap in time beside them is not seen.",
                int(screened.untimed_fixes[track]),
            )
        gaps = np.flatnonzero(screened.gaps.track == track)
        for i in gaps[:MOST_LINES]:
            seconds = screened.gaps.seconds[i]
            gap = distance_text(screened.gaps.end_m[i] - screened.gaps.start_m[i])
            if not np.isnan(seconds):
                gap = gettext("{distance} and {duration}", distance=gap, duration=_duration(float(seconds)))
            yield gettext(
                "Nothing was recorded for {gap} from {along} on; a straight line was assumed.",
                gap=gap,
                along=_km(screened.gaps.start_m[i]),
            )
        if len(gaps) > MOST_LINES:
            yield ngettext("and {count} more gap", "and {count} more gaps", len(gaps) - MOST_LINES)


def _km(value: float, *, up: bool = False) -> str:
    """Metres along a track, to a metre, stretched outwards."""
    return metres_text(float(np.ceil(value) if up else np.floor(value)))


def _width_text(width_m: float) -> str:
    return f"{number_text(width_m, 3).rstrip('0').rstrip('.,')} m" if width_m % 1 else metres_text(width_m)


def _spent(seconds: float) -> str:
    return "" if np.isnan(seconds) or seconds == 0.0 else f" ({_duration(float(seconds))})"


def _duration(seconds: float) -> str:
    """A length of time as a person reads it, rounded up.

    >>> _duration(59.2), _duration(3600.0), _duration(7261.0)
    ('60 s', '1 h 0 min', '2 h 2 min')
    """
    if seconds < 60.0:
        return gettext("{seconds} s", seconds=int(np.ceil(seconds)))
    minutes = int(np.ceil(seconds / 60.0))
    if minutes < 60:
        return gettext("{minutes} min", minutes=minutes)
    return gettext("{hours} h {minutes} min", hours=minutes // 60, minutes=minutes % 60)


def _moment(value: np.datetime64) -> str | None:
    return None if np.isnat(value) else f"{np.datetime_as_string(value, unit='s')}Z"


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
