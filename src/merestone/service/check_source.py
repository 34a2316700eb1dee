"""What one place is checked against, wherever it came from: the register itself, or a pack made from it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any, Final

from merestone.bulk import circumstances_of
from merestone.geodesy import parse_position
from merestone.languages import day_text, gettext
from merestone.screening import (
    Answer,
    Circumstances,
    Hazard,
    HazardIndex,
    answer_for,
    answer_for_written,
    reading_notes,
)
from merestone.service.holding import Holding, Tier
from merestone.terms import DataDays, FieldRefused

WARN_M: Final = 150.0
"""The warning distance unless another is asked for, in metres: that of `HazardIndex.classify`."""
FARTHEST_WARN_M: Final = 10_000.0
"""How far the search for the nearest hazard goes, in metres."""
COARSEST_M: Final = 100_000.0
"""The largest accuracy that is answered for: a place known to a hundred kilometres is no place."""


@dataclass(frozen=True)
class PageHeader:
    """What stands at the head of every page: the register's label and the days of its data."""

    label: str
    written_on: str
    """ISO 8601; empty if nothing is recorded."""
    data_first_on: str | None = None
    data_last_on: str | None = None
    data_unstated_count: int = 0
    data_count: int = 0

    @classmethod
    def of(cls, holding: Holding) -> "PageHeader":
        """The header of a holding's pages."""
        snapshot = holding.snapshot
        written_on = snapshot.written_on.isoformat() if snapshot.written_on else ""
        return cls(snapshot.label, written_on, **snapshot.data_days.as_json())  # type: ignore[arg-type]

    @property
    def data_days(self) -> DataDays:
        """How old the data are."""
        first_on, last_on = (day and date.fromisoformat(day) for day in (self.data_first_on, self.data_last_on))
        return DataDays(first_on or None, last_on or None, self.data_unstated_count, self.data_count)

    @property
    def written_text(self) -> str:
        """The day on which the register was last written, for the reader."""
        return day_text(date.fromisoformat(self.written_on))

    def as_json(self) -> dict[str, str | int | None]:
        """As it is fed to the processes that check places."""
        return asdict(self)


@dataclass(frozen=True)
class CheckSource:
    """Hazards with what answers must tell of them."""

    index: HazardIndex
    hazards: Sequence[Hazard]
    circumstances: Circumstances
    tier: Tier
    header: PageHeader
    note: str = ""
    """One more sentence of every answer; empty for none."""

    @classmethod
    def of(cls, holding: Holding) -> "CheckSource":
        """The hazards that a holding shows to its tier."""
        circumstances = replace(circumstances_of(holding.snapshot), outlines_generalised=holding.tier is Tier.PUBLIC)
        return cls(holding.index, holding.hazards, circumstances, holding.tier, PageHeader.of(holding))


def check_text(source: CheckSource, text: str, accuracy_m: float | None, warn_m: float) -> dict[str, Any]:
    """Answer for a position as a person writes it. What the text leaves open widens the stated accuracy."""
    position = parse_position(text)
    answer = answer_for_written(
        source.index, source.hazards, position, accuracy_m, warn_m=warn_m, circumstances=source.circumstances
    )
    return _with_notes(source, answer, reading_notes(position))


def check(
    source: CheckSource, lon_deg: float, lat_deg: float, accuracy_m: float | None, warn_m: float
) -> dict[str, Any]:
    """Answer for one position, in the words that the command line uses too."""
    answer = answer_for(
        source.index, source.hazards, lon_deg, lat_deg, accuracy_m, warn_m=warn_m, circumstances=source.circumstances
    )
    return _with_notes(source, answer, ())


def _with_notes(source: CheckSource, answer: Answer, more: Sequence[str]) -> dict[str, Any]:
    answer_json = answer.as_json()
    notes = [gettext(source.note)] if source.note else []
    return {**answer_json, "sentences": [*answer_json["sentences"], *more, *notes], "tier": source.tier.value}


def check_query(source: CheckSource, query: Mapping[str, str]) -> dict[str, Any]:
    """Answer for the parameters of an address: ``position``, or ``lon`` and ``lat``; ``accuracy_m``, ``warn_m``.

    Raises
    ------
    FieldRefused
        A parameter is unknown, missing, given twice over, or not a number in its range.
    """
    for name, value in query.items():
        if name not in ("position", "lon", "lat", "accuracy_m", "warn_m"):
            raise FieldRefused(name, value, "is not a parameter here", "use accuracy_m, lat, lon, position, warn_m")
    accuracy_m = _number(query, "accuracy_m", 0.0, COARSEST_M)
    warn_m = _number(query, "warn_m", 0.0, FARTHEST_WARN_M)
    warn_m = WARN_M if warn_m is None else warn_m
    lon_deg, lat_deg = _number(query, "lon", -180.0, 180.0), _number(query, "lat", -90.0, 90.0)
    position = query.get("position")
    if position is None and lon_deg is not None and lat_deg is not None:
        return check(source, lon_deg, lat_deg, accuracy_m, warn_m)
    if position is None or lon_deg is not None or lat_deg is not None:
        raise FieldRefused("position", position, "is missing or repeated", "give either position, or both lon and lat")
    return check_text(source, position, accuracy_m, warn_m)


def _number(query: Mapping[str, str], name: str, least: float, most: float) -> float | None:
    text = query.get(name)
    if text is None:
        return None
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not least <= value <= most:
        raise FieldRefused(name, text, "is not a number in its range", f"give a number from {least:g} to {most:g}")
    return value
