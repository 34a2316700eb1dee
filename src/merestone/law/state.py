"""The states by their ISO 3166-1 codes, and the other names that people type."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from merestone.terms import FieldRefused, sourced_rows

_SEPARATORS = re.compile(r"[-\u2010-\u2015_/]")


class UnknownState(FieldRefused):
    """A name or code that belongs to no state held here."""


@dataclass(frozen=True, slots=True)
class State:
    """A state. `code` is ISO 3166-1 alpha-3, `iso2` alpha-2; `name` as the UN Treaty Collection writes it."""

    code: str
    iso2: str
    name: str
    other_names: tuple[str, ...]
    source: str


class NoStateHere(UnknownState):
    """A name that is well known, but of no state that can be a party: an organisation, or a state of the past."""


class States:
    """All states of a list, found by code or by any of their names, whatever the case and the accents.

    `folder` holds ``state_names.csv`` and ``not_states.csv``: names in many languages, and names of what is no state
    here, with the reason. They are read only for a name that the list itself does not have.
    """

    def __init__(self, states: tuple[State, ...], folder: Path | None = None) -> None:
        self.all = states
        self.by_code = {state.code: state for state in states}
        self._folder = folder

    @cached_property
    def _by_name(self) -> dict[str, State]:
        """The states by their codes and names of the list."""
        return {
            plain_name(name): state
            for state in self.all
            for name in (*state.other_names, state.name, state.iso2, state.code)  # codes last: they win over names
            if name
        }

    @cached_property
    def _in_other_languages(self) -> dict[str, State]:
        """Official names and names in other languages, from ``state_names.csv``."""
        path = None if self._folder is None else self._folder / "state_names.csv"
        if path is None or not path.exists():
            return {}
        with path.open(encoding="utf-8", newline="") as lines:
            rows = [row for _, row in sourced_rows(lines, origin=path.name)]
        return {plain_name(row["name"]): self.by_code[row["state"]] for row in rows}

    @cached_property
    def _no_states(self) -> dict[str, tuple[str, str]]:
        """Why a name is of no state here, and what to ask instead, from ``not_states.csv``."""
        path = None if self._folder is None else self._folder / "not_states.csv"
        if path is None or not path.exists():
            return {}
        with path.open(encoding="utf-8", newline="") as lines:
            rows = [row for _, row in sourced_rows(lines, origin=path.name)]
        return {
            plain_name(name): (f"{row['reason']} ({row['source']})", row["remedy"])
            for row in rows
            for name in row["names"].split("|")
        }

    def find(self, text: str) -> State:
        """The state of this code or name.

        Raises
        ------
        NoStateHere
            The name is of an organisation, an entity that the depositary does not list, or a state of the past.
        UnknownState
            None is called so; the message names the nearest spellings.
        """
        if text in self.by_code:
            return self.by_code[text]
        name = plain_name(text)
        state = self._by_name.get(name)
        if state is not None:
            return state
        if name in self._no_states:
            raise NoStateHere("state", text, *self._no_states[name])
        state = self._in_other_languages.get(name)
        if state is not None:
            return state
        from difflib import get_close_matches  # here: needed only for a name that is not found

        near = get_close_matches(name, [*self._by_name, *self._in_other_languages], n=3, cutoff=0.7)
        asked = set(name.split())
        within = [
            name_key for name_key in self._by_name if asked and asked <= set(name_key.split())
        ]  # Korea: of two states
        named = (self._by_name.get(name_key) or self._in_other_languages[name_key] for name_key in [*within[:5], *near])
        known = sorted({f"{name_key.name} ({name_key.code})" for name_key in named})
        hint = f"did you mean {' or '.join(known)}?" if known else "give an ISO 3166-1 code such as LTU, or a name"
        raise UnknownState("state", text, "is not the name or code of a state", hint)


def names_in(text: str) -> tuple[str, ...]:
    """The names or codes in a comma-separated list.

    Raises
    ------
    FieldRefused
        There is none.

    >>> names_in("FIN, Estonia,")
    ('FIN', 'Estonia')
    """
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if not names:
        raise FieldRefused("states", text, "names no state", "give codes or names with commas between, as FIN,EST")
    return names


def read_states(path: Path) -> States:
    """The list of a file with the columns ``state, iso2, name, other_names, source``."""
    with path.open(encoding="utf-8", newline="") as lines:
        return States(
            tuple(
                State(
                    row["state"],
                    row["iso2"],
                    row["name"],
                    tuple(filter(None, row["other_names"].split("|"))),
                    row["source"],
                )
                for _, row in sourced_rows(lines, origin=path.name)
            ),
            path.parent,
        )


def plain_name(text: str) -> str:
    """A name without case, accents, punctuation and article, as names are compared.

    >>> plain_name("The Gambia"), plain_name("Congo - Brazzaville"), plain_name("Bahamas (The)")
    ('gambia', 'congo brazzaville', 'bahamas the')
    """
    letters = unicodedata.normalize("NFKD", text.strip().casefold())
    spaced = _SEPARATORS.sub(" ", letters)
    letters_and_digits = "".join(letter for letter in spaced if letter.isalnum() or letter == " ")
    return " ".join(letters_and_digits.split()).removeprefix("the ")
