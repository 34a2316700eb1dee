"""A record that copies changed apart: what each side says of it, for the person who has to decide."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from merestone.documents.record_history import Chapter, FieldChange, kind_named
from merestone.register import Change, Event
from merestone.terms import renamed_parameters

_LABELS: Final = {"accuracy_m": "Accurate to, metres", "visibility": "How exactly everybody sees it"}
_UNSTATED: Final = "not stated"


@dataclass(frozen=True, slots=True)
class Side:
    """The last word of one side."""

    chapter: Chapter
    differs: tuple[FieldChange, ...]
    """Where the sides do not all agree: ``after`` is this side's word, ``before`` is None."""


@dataclass(frozen=True, slots=True)
class Apart:
    """What the sides say, and what holds until somebody decides."""

    sides: tuple[Side, ...]
    """By the place of their last events in the chain."""
    meanwhile: tuple[Chapter, ...]
    """One for each stretch of days on which the sides differ, the earliest first."""


@renamed_parameters(told="chapters")
def apart(chapters: Sequence[Chapter]) -> Apart | None:
    """The sides between which nobody has decided; None if the record waits for no decision.

    Parameters
    ----------
    told
        The whole life of the record, oldest first (`life_story.chapters`).
    """
    if not chapters or chapters[-1].event.change is not Change.CONFLICTED:
        return None
    first = len(chapters) - 1
    while _continues(chapters[first].event, chapters[first - 1].event):
        first -= 1
    meanwhile = tuple(chapters[first:])
    heads = set(meanwhile[0].event.body["parents"])
    sides = [chapter for chapter in chapters[:first] if chapter.event.event_id in heads]
    return Apart(tuple(Side(side, tuple(_differences(side, sides))) for side in sides), meanwhile)


def _continues(event: Event, before: Event) -> bool:
    """Whether two events tell of the same conflict: each stretch of days but the first is based on the one before."""
    return before.change is Change.CONFLICTED and list(event.body["parents"]) == [before.event_id]


def _differences(side: Chapter, sides: Sequence[Chapter]) -> Iterator[FieldChange]:
    """What this side states where another, that states anything, states otherwise."""
    if side.event.change is Change.WITHDRAWN:
        return
    states = [_stated(side.event) for side in sides if side.event.change is not Change.WITHDRAWN]
    kind = kind_named(str(side.event.body.get("kind")))
    labels = _LABELS | ({} if kind is None else {field.name: field.label for field in kind.fields})
    for name in dict.fromkeys(name for state in states for name in state):
        if any(state.get(name) != states[0].get(name) for state in states):
            value = _stated(side.event).get(name)
            yield FieldChange(labels.get(name, name), None, _UNSTATED if value is None else value)


def _stated(event: Event) -> Mapping[str, Any]:
    return {**{name: event.body.get(name) for name in _LABELS}, **event.attributes}
