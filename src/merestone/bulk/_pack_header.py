"""The header of a hazard pack, each of its values of the type that it must be."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

from merestone.bulk._pack_file import PackRefused
from merestone.screening import Edges
from merestone.screening.kernel import cells_fingerprint
from merestone.terms import DataDays

MAKE_AGAIN: Final = "make the pack again, or fetch it again from who made it"


class PackHeader:
    """The header's words, each of the type that it must be."""

    def __init__(self, path: Path, values: Mapping[str, Any]) -> None:
        self.path, self.values = path, values

    def text(self, key: str) -> str:
        """A text."""
        return str(self._of(key, str))

    def yes(self, key: str) -> bool:
        """A yes or no."""
        return bool(self._of(key, bool))

    def count(self, key: str) -> int:
        """A whole number from 0 on."""
        value = self._of(key, int)
        if isinstance(value, bool) or value < 0:
            raise self.refusal(key)
        return int(value)

    def day(self, key: str) -> date | None:
        """A day; None where none is stated."""
        text = self.values.get(key)
        if text is None:
            return None
        try:
            return date.fromisoformat(self.text(key))
        except ValueError:
            raise self.refusal(key) from None

    def days_by_place(self, key: str) -> dict[int, date]:
        """Days by a place in the index; none in a pack of an older Merestone."""
        values = self.values.get(key, {})
        try:
            return {int(place): date.fromisoformat(day) for place, day in values.items()}
        except (AttributeError, TypeError, ValueError):
            raise self.refusal(key) from None

    def edges(self) -> Edges:
        """What the edges of the outlines are."""
        try:
            return Edges(self.text("edges"))
        except ValueError:
            raise self.refusal("edges") from None

    def texts(self, key: str) -> list[str]:
        """A list of texts."""
        values = self._of(key, list)
        if not all(isinstance(value, str) for value in values):
            raise self.refusal(key)
        return list(values)

    def cells(self) -> list[dict[str, Any]] | None:
        """The scalars of each group of cells, if this very code made them."""
        match self.values.get("cells"):
            case {"made_by": str(made_by), "groups": [*groups]} if all(isinstance(group, dict) for group in groups):
                return groups if made_by == cells_fingerprint() else None
            case None:
                return None
        raise self.refusal("cells")

    def refusal(self, key: str) -> PackRefused:
        """What is raised where a value cannot be what it must be."""
        return PackRefused(self.path, f"its header says {key!r} is {self.values.get(key)!r}", MAKE_AGAIN)

    def _of(self, key: str, kind: type) -> Any:
        if not isinstance(self.values.get(key), kind):
            raise self.refusal(key)
        return self.values[key]


def data_days_of(about: PackHeader) -> DataDays:
    """How old the data are; of a pack from before 2026-11-28, which mixed in days of writing, nothing is known."""
    if "data_count" not in about.values:
        return DataDays()
    first_on, last_on = about.day("data_first_on"), about.day("data_last_on")
    return DataDays(first_on, last_on, about.count("data_unstated_count"), about.count("data_count"))
