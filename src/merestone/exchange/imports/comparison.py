"""What a delivery says beside what the register holds, as a value, as text and as JSON."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final, Generic, TypeVar

from shapely.geometry.base import BaseGeometry

from merestone.geodesy import areas_m2
from merestone.terms import RecordKind

_SHOWN: Final = 10
_TOGETHER: Final = 1_000
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Changed:
    """A record of which the delivery says something else."""

    record_id: str
    key: str
    row: int | None
    changes: tuple[str, ...]
    area_m2_before: float
    area_m2_after: float


@dataclass(frozen=True, slots=True)
class Named:
    """An area by its identity and its identifier in the source."""

    record_id: str | None
    key: str
    area_m2: float
    kind: RecordKind


@dataclass(frozen=True, slots=True)
class ComparedOutlines:
    """The outlines of a delivery and of what it speaks of, longitude and latitude on WGS 84, for a map."""

    unchanged: list[BaseGeometry] = field(default_factory=list)
    changed_before: list[BaseGeometry] = field(default_factory=list)
    """As the register had them; of each, the new one stands at the same place of `changed_after`."""
    changed_after: list[BaseGeometry] = field(default_factory=list)
    new: list[BaseGeometry] = field(default_factory=list)
    gone: list[BaseGeometry] = field(default_factory=list)
    moved_on: list[BaseGeometry] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A delivery beside what the register holds."""

    key_name: str
    unchanged: int
    unchanged_m2: float
    changed: tuple[Changed, ...]
    new: tuple[Named, ...]
    gone: tuple[Named, ...]
    """Areas of earlier deliveries that this one lacks. They stay as they are until somebody decides."""
    moved_on: tuple[Named, ...]
    """Areas that the register records as something else by now, such as cleared land. They were not touched."""
    repeated_keys: tuple[str, ...]
    """Identifiers that several rows carry; each row after the first was taken as new."""
    outlines: ComparedOutlines | None = None
    """For a map (`write_delivery_map`), where the import was asked to keep them (`ImportRequest.keep_outlines`)."""

    def lines(self) -> list[str]:
        """The comparison for a person: a table, then the first changes."""
        before_m2 = sum(change.area_m2_before for change in self.changed)
        after_m2 = sum(change.area_m2_after for change in self.changed)
        table = [
            ("unchanged", self.unchanged, f"{self.unchanged_m2:,.0f} m2"),
            ("changed", len(self.changed), f"{before_m2:,.0f} m2, now {after_m2:,.0f} m2"),
            ("new", len(self.new), _total(self.new)),
            ("gone", len(self.gone), f"{_total(self.gone)}; they stay, and warn, until they are withdrawn or moved"),
            ("moved on", len(self.moved_on), f"{_total(self.moved_on)}; recorded as something else now; not touched"),
        ]
        lines = [f"compared by {self.key_name} with what the register holds:"]
        lines += [f"  {name:<10} {count:>9,}  {areas}" for name, count, areas in table if count or name != "moved on"]
        for change in self.changed[:_SHOWN]:
            lines.append(f"  changed {change.key or change.record_id}: {'; '.join(change.changes)}")
        lines += [f"  gone {area.key}: record {area.record_id}" for area in self.gone[:_SHOWN]]
        lines += [
            f"  moved on {change.key}: record {change.record_id}, {change.kind.label}"
            for change in self.moved_on[:_SHOWN]
        ]
        if self.repeated_keys:
            lines.append(
                f"  in several rows, those after the first taken as new: {', '.join(self.repeated_keys[:_SHOWN])}"
            )
        return lines

    def as_json(self) -> dict[str, Any]:
        """The comparison for a program."""
        return {
            "key": self.key_name,
            "unchanged": self.unchanged,
            "unchanged_m2": self.unchanged_m2,
            "changed": [
                {
                    "record_id": change.record_id,
                    "key": change.key,
                    "row": change.row,
                    "changes": list(change.changes),
                    "area_m2_before": change.area_m2_before,
                    "area_m2_after": change.area_m2_after,
                }
                for change in self.changed
            ],
            **{
                name: [{"record_id": each.record_id, "key": each.key, "area_m2": each.area_m2} for each in named]
                for name, named in (("new", self.new), ("gone", self.gone), ("moved_on", self.moved_on))
            },
            "repeated_keys": list(self.repeated_keys),
        }


def _total(named: Sequence[Named]) -> str:
    return f"{sum(change.area_m2 for change in named):,.0f} m2"


class Measured(Generic[Item]):
    """Items made with the areas of their outlines, which are measured many at a time.

    Parameters
    ----------
    keeps_outlines
        Whether the outlines are kept, for a map; a million of them fill a memory.
    """

    def __init__(self, *, keeps_outlines: bool = False) -> None:
        self._outlines: list[tuple[BaseGeometry, ...]] | None = [] if keeps_outlines else None
        self._items: list[Item] = []
        self._waiting: list[tuple[Callable[..., Item], tuple[BaseGeometry, ...]]] = []

    def __len__(self) -> int:
        return len(self._items) + len(self._waiting)

    def add(self, made_with: Callable[..., Item], *geometries: BaseGeometry) -> None:
        """One more item: what the function gives for the area of each outline, square metres."""
        self._waiting.append((made_with, geometries))
        if self._outlines is not None:
            self._outlines.append(geometries)
        if len(self._waiting) == _TOGETHER:
            self._measure()

    def all(self) -> tuple[Item, ...]:
        """The items, in order."""
        self._measure()
        return tuple(self._items)

    def outlines(self, nth: int = 0) -> list[BaseGeometry]:
        """Of each item the outline at that place among its own, in order; none if they are not kept."""
        return [geometries[nth] for geometries in self._outlines or ()]

    def _measure(self) -> None:
        shapes = [geometry for _, geometries in self._waiting for geometry in geometries]
        measured = iter(areas_m2(shapes).tolist() if shapes else ())
        for made_with, geometries in self._waiting:
            self._items.append(made_with(*islice(measured, len(geometries))))
        self._waiting = []
