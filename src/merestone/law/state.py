"""The states by their ISO 3166-1 codes, and the other names that people type."""

import unicodedata
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from merestone.terms import FieldRefused, sourced_rows


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


class States:
    """All states of a list, found by code or by any of their names, whatever the case and the accents."""

    def __init__(self, states: tuple[State, ...]) -> None:
        self.all = states
        self.by_code = {state.code: state for state in states}
        self._found = {
            _plain(name): state
            for state in states
            for name in (*state.other_names, state.name, state.iso2, state.code)  # codes last: they win over names
        }

    def find(self, text: str) -> State:
        """The state of this code or name.

        Raises
        ------
        UnknownState
            None is called so; the message names the nearest spellings.
        """
        state = self._found.get(_plain(text))
        if state is None:
            near = get_close_matches(_plain(text), self._found, n=3, cutoff=0.6)
            known = sorted({f"{self._found[name].name} ({self._found[name].code})" for name in near})
            hint = f"did you mean {' or '.join(known)}?" if known else "give an ISO 3166-1 code such as LTU, or a name"
            raise UnknownState("state", text, "is not a state held here", hint)
        return state


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
                State(row["state"], row["iso2"], row["name"], tuple(row["other_names"].split("|")), row["source"])
                for _, row in sourced_rows(lines, origin=path.name)
            )
        )


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.strip().casefold())
    return "".join(letter for letter in letters if letter.isalnum() or letter == " ")
