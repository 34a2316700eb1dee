"""No alert calls a place safe: what an authority writes itself is looked at before it can be published."""

import re
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from merestone.terms import FieldRefused


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    text = (files("merestone.alerts") / "data" / "assurance.yaml").read_text(encoding="utf-8")
    content: dict[str, Any] = yaml.safe_load(text)

    def any_of(name: str) -> re.Pattern[str]:
        words = [word for language in content[name].values() for word in language]
        return re.compile(r"(?<!\w)(" + "|".join(map(re.escape, words)) + r")(?!\w)", re.IGNORECASE)

    return any_of("assurances"), any_of("denials")


def refuse_assurance(field: str, text: str) -> None:
    """Refuse a text in which a sentence assures people of a place, in any language of the list.

    A sentence that denies it ("this does not mean that the place is safe") is taken.

    Raises
    ------
    FieldRefused

    >>> refuse_assurance("text", "The forest is not safe.")
    """
    assurances, denials = _patterns()
    for sentence in re.split(r"(?<=[.!?])\s+|\n", text):
        found = assurances.search(sentence)
        if found and not denials.search(sentence):
            why = f"calls a place {found[0]!r}, which no alert may do"
            raise FieldRefused(field, sentence[:80], why, "say what happened and what people should do")
