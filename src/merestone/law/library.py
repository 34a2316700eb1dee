"""The treaties held, with their acts, read from the packaged files when first asked for.

`packaged()` is the library that comes with Merestone. A `Library` of another folder answers from its own files.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from merestone.law.act import CONSENTS, EVERY_STATE, Act, ActKind, read_acts
from merestone.law.clause import GeneralDates, Treaty
from merestone.law.clauses import all_treaties
from merestone.law.sourced_file import read_facts
from merestone.law.state import State, States, plain_name, read_states
from merestone.law.succession import Succession, succession_of
from merestone.terms import LATEST_DAY, FieldRefused, FileRefused, number_of

if TYPE_CHECKING:
    from merestone.law.fact import Declaration, Difference, Fulfilment, Promise, Quantity, Statement

PACKAGED = Path(__file__).parent / "data"


class UnknownTreaty(FieldRefused):
    """A key that belongs to no treaty covered here."""


class BeforeTheTreaty(FieldRefused):
    """A day on which the treaty had not been adopted yet."""


@dataclass(frozen=True, slots=True)
class Holding:
    """A treaty with the acts held about it: those of the treaty as a whole, and those of each state by their days."""

    treaty: Treaty
    general: GeneralDates
    of_all: tuple[Act, ...]
    by_state: Mapping[str, tuple[Act, ...]]
    complete_until: date | None
    """Until this day all acts of all states are held; None: no list of states is held."""
    successions: Mapping[str, Succession] = field(default_factory=dict)
    """The days of the succession of states, by the successor's code."""

    def complete_for(self, state: str) -> date | None:
        """Until when the acts of this state are held: as the list, or as somebody looked since."""
        looked = [act.on for act in self.by_state.get(state, ()) if act.kind is ActKind.NONE_FOUND]
        if self.complete_until is not None:
            looked.append(self.complete_until)
        return max(looked, default=None)

    def bound_at_the_earliest(self, state: str) -> date:
        """The first day on which an instrument that is not recorded here could bind a state that had not joined.

        A deposit on the day after the list ends binds as the treaty's own clause says; until then the state cannot be
        a party.
        """
        complete_until = self.complete_for(state)
        if complete_until is None:
            return self.general.opened_on
        return self.treaty.entry_into_force(complete_until + timedelta(days=1), self.general)[0]

    def free_at_the_earliest(self, state: str) -> date | None:
        """The first day on which a notice that is not recorded here could free a state that is bound.

        None: no list of states is held, so nothing can be said.
        """
        complete_until = self.complete_for(state)
        if complete_until is None:
            return None
        return self.treaty.withdrawal(complete_until + timedelta(days=1), None).earliest_on

    @property
    def consents_held(self) -> int:
        """How many states' consent to be bound is held."""
        return sum(any(act.kind in CONSENTS for act in own) for own in self.by_state.values())

    @property
    def coverage(self) -> str:
        """How complete the acts held are, in words for a screen."""
        if self.complete_until is None:
            return (
                "no list of the states bound by it is held; "
                f"{number_of(self.consents_held, 'consent is', 'consents are')}"
            )
        note = next(act.note for act in self.of_all if act.kind is ActKind.COMPLETE_LIST)
        return f"consents of {number_of(self.consents_held, 'state')}, complete to {self.complete_until}; {note}"

    def require_day(self, on: date) -> None:
        """BeforeTheTreaty if the treaty had not been adopted by that day."""
        if on < self.general.adopted_on:
            raise BeforeTheTreaty(
                "on",
                str(on),
                f"the {self.treaty.short} was adopted on {self.general.adopted_on}",
                "ask for a day from then on",
            )
        if on > LATEST_DAY:
            raise FieldRefused(
                "on", str(on), "is too far in the future to calculate from", f"ask for a day until {LATEST_DAY}"
            )


class Library:
    """Treaties and states of one folder: ``states.csv``, and ``acts/KEY.csv`` for each treaty."""

    def __init__(self, folder: Path = PACKAGED, treaties: Mapping[str, Treaty] | None = None) -> None:
        self.folder = folder
        self.treaties = dict(all_treaties() if treaties is None else treaties)
        self._holding_of: dict[str, Holding] = {}
        self._acts_at: dict[str, Path] = {}

    @cached_property
    def states(self) -> States:
        """The states, from ``states.csv``."""
        return read_states(self.folder / "states.csv")

    @cached_property
    def fulfilments(self) -> "tuple[Fulfilment, ...]":
        """Duties met, not met, or given more time for."""
        from merestone.law.fact import fulfilment_of  # here: most questions need no facts beside the acts

        return read_facts(self.folder / "fulfilment.csv", fulfilment_of)

    @cached_property
    def quantities(self) -> "tuple[Quantity, ...]":
        """Stocks declared, destroyed, retained or estimated."""
        from merestone.law.fact import quantity_of  # here: most questions need no facts beside the acts

        return read_facts(self.folder / "quantities.csv", quantity_of)

    @cached_property
    def statements(self) -> "tuple[Statement, ...]":
        """What representatives of states said, as reported."""
        from merestone.law.fact import statement_of  # here: most questions need no facts beside the acts

        return read_facts(self.folder / "statements.csv", statement_of)

    @cached_property
    def promises(self) -> "tuple[Promise, ...]":
        """Which promises were found, and which were not."""
        from merestone.law.fact import promise_of  # here: most questions need no facts beside the acts

        return read_facts(self.folder / "promises.csv", promise_of)

    @cached_property
    def declarations(self) -> "tuple[Declaration, ...]":
        """Declarations, reservations, deferrals and notes on territories."""
        from merestone.law.fact import declaration_of  # here: most questions need no facts beside the acts

        return read_facts(self.folder / "declarations.csv", declaration_of)

    @cached_property
    def successions(self) -> Mapping[str, Succession]:
        """The days of the succession of states, by the successor's code."""
        return {fact.state: fact for fact in read_facts(self.folder / "successions.csv", succession_of)}

    @cached_property
    def differences(self) -> "tuple[Difference, ...]":
        """Where a published day differs from the rule's, with the explanation."""
        from merestone.law.fact import difference_of  # here: most questions need no facts beside the acts

        return read_facts(self.folder / "differences.csv", difference_of)

    def state(self, name: str) -> State:
        """The state of this code or name; UnknownState if there is none."""
        return self.states.find(name)

    def treaty_key(self, name: str) -> str:
        """The key of the treaty that is called so: its key, title, number or a popular name.

        Raises
        ------
        UnknownTreaty
            No treaty is called so; the message names all keys with a popular name each.
        """
        if name in self.treaties:
            return name
        wanted = plain_name(name)
        for key, treaty in self.treaties.items():
            if wanted in map(plain_name, (key, treaty.short, treaty.title, treaty.number, *treaty.also_called)):
                return key
        known = ", ".join(f"{key} ({treaty.also_called[0]})" if treaty.also_called else key
                          for key, treaty in self.treaties.items())  # fmt: skip
        raise UnknownTreaty("treaty", name, "is not a treaty that is covered here", f"use one of {known}")

    def holding(self, key: str) -> Holding:
        """A treaty with its acts, read from ``acts/KEY.csv`` when first asked for.

        Raises
        ------
        UnknownTreaty
            No treaty has this key.
        """
        key = self.treaty_key(key)
        if key not in self._holding_of:
            path = self.acts_file(key)
            acts = (*read_acts(path), *self._taken_along(self.treaties[key]))
            self._holding_of[key] = hold(self.treaties[key], acts, origin=str(path), successions=self.successions)
        return self._holding_of[key]

    def acts_file(self, key: str) -> Path:
        """The file of a treaty's acts: of the folder, or what another package brought along."""
        return self._acts_at.get(key, self.folder / "acts" / f"{key}.csv")

    def _taken_along(self, treaty: Treaty) -> Iterator[Act]:
        """Notices of leaving the convention that this treaty is annexed to, where that leaves this treaty too."""
        parent = self.treaties.get(treaty.part_of or "")
        if parent is None or parent.takes_along is None or not parent.takes_along(treaty.part_of):
            return
        kinds = (ActKind.NOTICE, ActKind.RETRACTION, ActKind.IN_EFFECT)
        for own in self.holding(parent.key).by_state.values():
            for act in own:
                if act.kind in kinds:
                    note = f"of the {parent.short}, art. {parent.takes_along.article}; {act.note}".removesuffix("; ")
                    yield replace(act, treaty=treaty.key, note=note)

    def holdings(self) -> tuple[Holding, ...]:
        """All treaties with their acts."""
        return tuple(self.holding(key) for key in self.treaties)

    def with_acts(self, key: str, acts: Iterable[Act]) -> "Library":
        """The same library with the acts of one treaty replaced: for the question "what if"."""
        key = self.treaty_key(key)
        other = self._with_treaties(self.treaties)
        annexed = {treaty.key for treaty in self.treaties.values() if treaty.part_of == key}
        other._holding_of = {name: holding for name, holding in self._holding_of.items() if name not in annexed}
        other._holding_of[key] = hold(self.treaties[key], tuple(acts), origin="what if", successions=self.successions)
        return other

    def with_treaty(self, treaty: Treaty, acts: Path | str) -> "Library":
        """The same library with one treaty more, which another package brings along.

        Parameters
        ----------
        treaty
            Its clauses, written as those in `merestone.law.clauses` are.
        acts
            A file of its acts with the columns of those in ``law/data/acts``; each row with its source.

        Raises
        ------
        FieldRefused
            A treaty of this key is already covered.
        """
        if treaty.key in self.treaties:
            raise FieldRefused("treaty", treaty.key, "is already covered", "give yours another key")
        other = self._with_treaties(dict(sorted({**self.treaties, treaty.key: treaty}.items())))
        other._holding_of = dict(self._holding_of)
        other._acts_at[treaty.key] = Path(acts)
        return other

    def _with_treaties(self, treaties: Mapping[str, Treaty]) -> "Library":
        """Of the same folder, with what was read of it so far; no treaty's acts."""
        other = Library(self.folder, treaties)
        other.__dict__.update({name: value for name, value in self.__dict__.items() if name in _READ_ONCE})
        other._acts_at = dict(self._acts_at)
        return other


_READ_ONCE = (
    "states",
    "fulfilments",
    "quantities",
    "statements",
    "promises",
    "differences",
    "successions",
    "declarations",
)


def hold(
    treaty: Treaty, acts: tuple[Act, ...], *, origin: str, successions: Mapping[str, Succession] | None = None
) -> Holding:
    """Sort a treaty's acts by state and day.

    Raises
    ------
    FileRefused
        The adoption or the opening for signature of the treaty is missing.
    """
    of_all = tuple(act for act in acts if act.state == EVERY_STATE)
    general = {act.kind: act.on for act in of_all}
    missing = [kind for kind in (ActKind.ADOPTION, ActKind.OPENING) if kind not in general]
    if missing:
        raise FileRefused(
            origin, f"the treaty's {' and '.join(missing)} is missing", f"add a row for state {EVERY_STATE}"
        )
    by_state: dict[str, list[Act]] = {}
    for act in acts:
        if act.state != EVERY_STATE:
            by_state.setdefault(act.state, []).append(act)
    return Holding(
        treaty,
        GeneralDates(
            general[ActKind.ADOPTION],
            general[ActKind.OPENING],
            general.get(ActKind.ENTRY_INTO_FORCE),
            general.get(ActKind.FIRST_GROUP),
        ),
        of_all,
        {state: tuple(sorted(own, key=lambda act: act.on)) for state, own in by_state.items()},
        general.get(ActKind.COMPLETE_LIST),
        successions or {},
    )


@cache
def packaged() -> Library:
    """The library that comes with Merestone, read once."""
    return Library()
