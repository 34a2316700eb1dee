"""The error for texts that are no position, in the language that is spoken."""

from merestone.languages import gettext
from merestone.terms import SpokenRefused


class PositionRefused(SpokenRefused):
    """A text that is no position, or could be two. `at` counts characters from 0; the message counts from 1."""

    def __init__(self, text: str, at: int, offending: str, why: str, expected: str) -> None:
        if offending:
            where = gettext("at character {number}, {found}: {why}", number=at + 1, found=repr(offending), why=why)
        else:
            where = gettext("at character {number}: {why}", number=at + 1, why=why)
        super().__init__("position", text, where, gettext("expected {expected}", expected=expected))
        values = {"text": repr(text), "why": self.why, "remedy": self.remedy}
        self.args = (gettext("position = {text}: {why}; {remedy}", **values),)
        self.text, self.at, self.expected = text, at, expected


def numbers(low: float, high: float) -> str:
    """What is expected where a number is out of its range."""
    return gettext("a number from {low} to {high}", low=f"{low:g}", high=f"{high:g}")
