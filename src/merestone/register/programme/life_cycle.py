"""What a hazardous area may become next, and what that step needs: a table, which a programme may replace.

The states are IMAS 07.11's words. A state decides on which layers the area may lie: an area whose work is under way
still warns, and only one that was cancelled, reduced or cleared stops warning.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml

from merestone.terms import Activity, FieldRefused, MerestoneError, RecordKind, RequestRefused


class TableBroken(MerestoneError):
    """A programme's own table contradicts itself."""


class StepRefused(RequestRefused):
    """The table does not let this state follow the present one, or the step lacks what it needs."""


@dataclass(frozen=True, slots=True)
class State:
    """One state of a hazardous area. `layers` are those on which it may lie, the likeliest first."""

    name: str
    label: str
    layers: tuple[RecordKind, ...]

    @property
    def warns(self) -> bool:
        """Whether an area in this state is a hazard to be warned of."""
        return any(layer.is_hazard for layer in self.layers)


@dataclass(frozen=True, slots=True)
class Step:
    """One state may follow another. `activity` is the only work that can bring it about; None: any."""

    before: str
    after: str
    activity: Activity | None
    needs_evidence: bool


_FIRST: Final = {
    RecordKind.SUSPECTED: "sha",
    RecordKind.CONFIRMED: "cha",
    RecordKind.CANCELLED: "cancelled",
    RecordKind.REDUCED: "reduced",
    RecordKind.CLEARED: "cleared",
}


def state_by_kind(kind: RecordKind) -> str | None:
    """The state of a record that states none: an imported SHA is a SHA. None for kinds without a life cycle."""
    return _FIRST.get(kind)


@dataclass(frozen=True, slots=True)
class LifeCycle:
    """The states, and which may follow which."""

    states: dict[str, State]
    steps: tuple[Step, ...]
    source: str

    def next_steps(self, before: str) -> tuple[Step, ...]:
        """The steps that may follow a state."""
        return tuple(step for step in self.steps if step.before == before)

    def step(self, before: str, after: str, *, evidence: Sequence[str], activity: Activity | None) -> Step:
        """The step from one state to another, if it may be taken so.

        Raises
        ------
        FieldRefused
            No such state.
        StepRefused
            The table has no such step, the step is another activity's, or it needs evidence and got none.
        """
        if after not in self.states:
            raise FieldRefused(
                "status", after, "is not a state of the life cycle", f"use one of {', '.join(self.states)}"
            )
        possible = self.next_steps(before)
        chosen_step = next((step for step in possible if step.after == after), None)
        if chosen_step is None:
            choices = ", ".join(step.after for step in possible) or "nothing"
            raise StepRefused(
                f"{before} -> {after}: the programme's table does not allow it; after {before} may come {choices}"
            )
        if chosen_step.activity is not None and activity is not None and activity is not chosen_step.activity:
            raise StepRefused(f"{before} -> {after}: only {chosen_step.activity} can bring it about, not {activity}")
        if chosen_step.needs_evidence and not evidence:
            raise StepRefused(
                f"{before} -> {after}: the step needs evidence; name at least one record that supports it"
            )
        return chosen_step

    def layer_of(self, status: str, *, present: RecordKind, wanted: RecordKind | None = None) -> RecordKind:
        """The layer on which an area in a state lies: the one wanted, or its present one, or the state's first.

        Raises
        ------
        FieldRefused
            The state does not lie on the layer that is wanted.
        """
        layers = self.states[status].layers
        if wanted is not None and wanted not in layers:
            raise FieldRefused(
                "kind",
                wanted.value,
                f"is not the kind of an area with status {status}",
                f"use one of {', '.join(layers)}",
            )
        return wanted or (present if present in layers else layers[0])


def life_cycle_from(text: str, *, origin: str) -> LifeCycle:
    """Read a table (YAML, as ``register/programme/life_cycle.yaml``).

    Raises
    ------
    TableBroken
        Not that form; a step from or to a state that is not there; a state that both warns and does not; no source.
    """
    try:
        fields: dict[str, Any] = yaml.safe_load(text)
        states = {
            name: State(name, str(part["label"]), tuple(RecordKind(layer) for layer in part["layers"]))
            for name, part in fields["states"].items()
        }
        steps = tuple(
            Step(
                part["from"],
                part["to"],
                Activity(part["activity"]) if "activity" in part else None,
                bool(part.get("needs_evidence", False)),
            )
            for part in fields["steps"]
        )
    except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise TableBroken(f"{origin}: it is not a table of states and steps ({error}); see life_cycle.yaml") from error
    if not fields.get("source"):
        raise TableBroken(f"{origin}: source is empty; say who decided on this table")
    for step in steps:
        for name in (step.before, step.after):
            if name not in states:
                raise TableBroken(f"{origin}: step {step.before} -> {step.after} names {name!r}, which is not a state")
    for state in states.values():
        if not state.layers or len({layer.is_hazard for layer in state.layers}) != 1:
            raise TableBroken(
                f"{origin}: state {state.name} must lie on hazard layers only, or on released layers only: "
                "nobody could tell whether to warn of it"
            )
    return LifeCycle(states, steps, str(fields["source"]))


def default_table() -> str:
    """The text of the table that holds until a programme puts its own in its place."""
    return (files("merestone.register.programme") / "life_cycle.yaml").read_text(encoding="utf-8")


@cache
def default_life_cycle() -> LifeCycle:
    """The table that holds until a programme puts its own in its place."""
    return life_cycle_from(default_table(), origin="life_cycle.yaml")
