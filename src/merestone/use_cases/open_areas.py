"""The open areas of a register, for a plan or a burden: hazardous areas that are not released, with their sizes.

A hazard that is known only as a point or a line has no size; it is counted and told, never taken for nothing.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from shapely.geometry.base import BaseGeometry

from merestone.files import protected_as
from merestone.geodesy import area_m2
from merestone.register import EXACT, Register
from merestone.terms import RecordKind, number_of, unplaced_text

OPEN_KINDS: Final = (RecordKind.SUSPECTED, RecordKind.CONFIRMED)
"""Land that waits to be released (IMAS 07.11): suspected and confirmed hazardous areas."""


@dataclass(frozen=True, slots=True)
class OpenArea:
    """One hazardous area."""

    name: str
    """Its own identifier, or else the record's."""
    record_id: str
    kind: RecordKind
    outline: BaseGeometry
    size_m2: float
    """Geodesic on WGS 84."""


@dataclass(frozen=True, slots=True)
class OpenAreas:
    """The areas, and what has no size."""

    areas: tuple[OpenArea, ...]
    without_size: int
    """Hazards of these kinds that are known only as a point or a line."""
    label: str
    sentences: tuple[str, ...]
    """What is to be said of the data."""


def is_register(path: Path) -> bool:
    """Whether a file is a register."""
    return path.is_file() and protected_as(path) == "a register"


def open_areas(
    path: Path,
    kinds: Collection[RecordKind] = OPEN_KINDS,
    *,
    true_on: date | None = None,
    known_on: date | datetime | None = None,
) -> OpenAreas:
    """The areas of these kinds that a register holds on a day, exactly as recorded."""
    with Register.open(path, read_only=True) as register:
        snapshot = register.as_of(true_on, known_on, EXACT)
    areas, taken, without = [], set(), 0
    for record in snapshot.records:
        if record.kind not in kinds:
            continue
        outline: Any = record.geometry
        if outline is None or outline.is_empty or outline.area == 0.0:
            without += 1
            continue
        own = str(record.attributes.get("hazard_id") or record.record_id)
        name = own if own not in taken else f"{own} ({record.record_id})"
        taken.add(name)
        areas.append(OpenArea(name, record.record_id, record.kind, outline, float(area_m2(outline))))
    texts = [
        f"{number_of(len(areas), 'open area')} of {path.name}, as the register holds them on "
        f"{snapshot.true_on.isoformat()}"
    ]
    if without:
        texts.append(
            f"{number_of(without, 'hazard is', 'hazards are')} known only as a point or a line, without a size: "
            "not in this"
        )
    if snapshot.quarantined_count:
        texts.append(f"{unplaced_text(snapshot.quarantined_count)}: not in this")
    return OpenAreas(tuple(areas), without, snapshot.label, (*texts, *snapshot.doubts_of_days))
