"""The refusal of a written position: which character is at fault, and what was expected there."""

from merestone.terms import FieldRefused


class PositionRefused(FieldRefused):
    """A text that is no position, or could be two. `at` counts characters from 0; the message counts from 1."""

    def __init__(self, text: str, at: int, found: str, why: str, expected: str) -> None:
        where = f"at character {at + 1}, {found!r}: {why}" if found else f"at character {at + 1}: {why}"
        super().__init__("position", text, where, f"expected {expected}")
        self.text, self.at, self.expected = text, at, expected
