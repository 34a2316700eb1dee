"""Forms as people send them: what stands in them, and what is kept of one that could not be taken."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from merestone.terms import MerestoneError, number_of

Filled = Mapping[str, Sequence[str]]
"""A form as it was sent: field to values."""
OF_THE_PAGE: Final = frozenset({"csrf"})
"""Fields that belong to one session and not to what somebody wrote."""


def first_value(filled: Filled, name: str) -> str:
    """The first value of a field, without spaces around it; empty if it was not sent."""
    values = filled.get(name) or ("",)
    return values[0].strip()


def pairs(filled: Filled) -> Iterator[tuple[str, str]]:
    """Each field and value of what somebody wrote, in the order sent."""
    for name, values in filled.items():
        if name not in OF_THE_PAGE:
            for value in values:
                yield name, value


def digest(filled: Filled) -> bytes:
    """A digest by which the same form, sent twice, is recognised."""
    text = "\0".join(f"{name}\0{value}" for name, value in sorted(pairs(filled)))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


@dataclass(frozen=True, slots=True)
class Kept:
    """A form that was not accepted yet, to be shown again with everything that was typed."""

    filled: Filled
    todo: str
    """What the person does next: it stands first."""
    why: str
    """Why it was not accepted."""
    faults: Mapping[str, str] = field(default_factory=dict)
    """Field to what is wrong with it."""
    status: int = 200

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Each field and value of what somebody wrote."""
        return tuple(pairs(self.filled))

    @property
    def size(self) -> int:
        """How many characters it holds."""
        return sum(len(name) + len(value) for name, value in pairs(self.filled))


class FormRefused(MerestoneError):
    """Fields of a form that cannot be taken. Nothing of it was entered."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        count = len(faults)
        fields = number_of(count, "field cannot be taken", "fields cannot be taken")
        super().__init__(f"nothing was entered yet: {fields}")
        self.faults = dict(faults)
