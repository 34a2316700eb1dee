"""Who will read each field of a form, said beside it: from the table that the filter of records itself uses."""

from dataclasses import dataclass
from typing import Final

from markupsafe import Markup
from shapely.geometry.base import BaseGeometry

from merestone.documents import outlines_svg
from merestone.exchange.publication import label_of
from merestone.register.events import reader_of
from merestone.register.query import effects
from merestone.terms import LEVELS, RecordKind, Visibility

ATTRIBUTE: Final = "attributes"
"""The field of a `Record` in which every field of a kind is kept."""


def reader_note(field: str, *, is_personal: bool = False) -> str:
    """Who reads a field of a published record, at every level that a person chooses from.

    Parameters
    ----------
    field
        As in `merestone.register.Record`; for a field of a kind, `ATTRIBUTE`.

    >>> reader_note("accuracy_m")
    'Read by everybody.'
    >>> reader_note("source")
    'Read by signed-in staff; if restricted, by its own organisation.'
    """
    readers = {level: reader_of(field, level, is_personal=is_personal).value for level in LEVELS}
    usual = readers[Visibility.PUBLIC]
    others = [f"; if {level}, by {reader}" for level, reader in readers.items() if reader != usual]
    return f"Read by {usual}{''.join(others)}."


@dataclass(frozen=True, slots=True)
class LevelShown:
    """One level to choose, with what it would do to an outline."""

    visibility: Visibility
    caption: str
    drawing: Markup | None
    """None where no outline is known yet."""
    ratio: float | None
    """Land shown over land recorded; None of places without extent."""


def levels_shown(kind: RecordKind, outline: BaseGeometry | None) -> tuple[LevelShown, ...]:
    """The levels that a person chooses from, the most open first."""
    level_effects = None if outline is None else effects([outline], is_hazard=kind.is_hazard)
    shown = []
    for at, level in enumerate(LEVELS):
        drawing, ratio = None, None
        if level_effects is not None and outline is not None:
            seen = level_effects[at].outlines[0]
            title = f"As recorded (dashed), and what everybody would see at the level {level} (hatched)"
            drawing = Markup(outlines_svg(outline, None if seen.is_empty else seen, title=title))  # noqa: S704 - ours
            ratio = level_effects[at].ratio
        shown.append(LevelShown(level, label_of(level, is_hazard=kind.is_hazard), drawing, ratio))
    return tuple(shown)
