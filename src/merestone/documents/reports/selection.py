"""Which records a treaty's report is about: those of its ordnance, and those of which nobody knows.

What is recorded of no ordnance is kept in the report, apart, and never left out: a mine may be what nobody wrote down.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, Final

from merestone.documents.reports.material import Material
from merestone.register import Record

_CATEGORIES: Final = ("device_categories", "device_category", "category")
_LINKS: Final = ("hazardous_areas", "hazardous_area")


class Fit(StrEnum):
    """Whether a record is of a treaty's ordnance."""

    NAMED = "recorded as such"
    PERHAPS = "ordnance not recorded, unknown or unclear"
    OTHER = "recorded as other ordnance only"


@dataclass(frozen=True, slots=True)
class Ordnance:
    """The categories of ordnance that a treaty is about."""

    label: str
    """Such as ``anti-personnel mines``."""
    named: frozenset[str]
    perhaps: frozenset[str]
    """Categories that may be meant, such as ``unknown``: shown apart, for the reporting officer to decide."""

    def fit(self, categories: Iterable[str]) -> Fit:
        """How far some recorded categories fit; none recorded: perhaps."""
        category_set = set(categories)
        if category_set & self.named:
            return Fit.NAMED
        return Fit.PERHAPS if not category_set or category_set & self.perhaps else Fit.OTHER


@dataclass(frozen=True)
class Selection:
    """The register's content, as one treaty asks for it."""

    material: Material
    ordnance: Ordnance

    def fit(self, record: Record) -> Fit:
        """How far a record fits, by its own categories or by those of the areas that it links to."""
        own = categories_of(record.attributes)
        if own:
            return self.ordnance.fit(own)
        links = [link for name in _LINKS for link in _texts(record.attributes.get(name))]
        if not links:
            return self.ordnance.fit(())
        linked = [
            categories_of(linked_record.attributes) for link in links if (linked_record := self._by_name.get(link))
        ]
        if not linked or not all(linked):
            # One linked area of unknown ordnance leaves open what was found in the released land.
            return self.ordnance.fit(
                category for some in linked for category in some if category in self.ordnance.named
            )
        return self.ordnance.fit(category for some in linked for category in some)

    def by_fit(self, records: Iterable[Record]) -> dict[Fit, list[Record]]:
        """Records sorted by how far they fit; every fit is there."""
        records_by_fit: dict[Fit, list[Record]] = {fit: [] for fit in Fit}
        for record in records:
            records_by_fit[self.fit(record)].append(record)
        return records_by_fit

    @cached_property
    def _by_name(self) -> Mapping[str, Record]:
        record_by_name: dict[str, Record] = {}
        for record in (*self.material.snapshot.records, *self.material.opening.records):
            record_by_name.setdefault(record.record_id, record)
            record_by_name.setdefault(str(record.attributes.get("local_id", "")), record)
        return record_by_name


def categories_of(attributes: Mapping[str, Any]) -> list[str]:
    """The categories of ordnance that a record states; empty if it states none."""
    for name in _CATEGORIES:
        value = attributes.get(name)
        if value is not None and (texts := _texts(value)):
            return texts
    return []


def _texts(value: Any) -> list[str]:
    if value is None:
        return []
    items = value if isinstance(value, (list, tuple)) else str(value).split(";")
    return [text for item in items if (text := str(item).strip())]
