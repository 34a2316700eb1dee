"""No alert calls a place safe: what an authority writes itself is looked at before it can be published."""

import re
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import yaml

from merestone.terms import FieldRefused


class _Words(NamedTuple):
    """The words of one language that assure people of a place, and those that deny it."""

    assurance: re.Pattern[str]
    denial: re.Pattern[str]


def _any_of(phrases: list[str]) -> re.Pattern[str]:
    """Whole words and phrases; one that ends with ``*`` with any ending."""
    forms = [re.escape(phrase.removesuffix("*")) + (r"\w*" if phrase.endswith("*") else "") for phrase in phrases]
    return re.compile(r"(?<!\w)(?:" + "|".join(forms).replace(r"\ ", r"\s+") + r")(?!\w)", re.IGNORECASE)


@cache
def _words_of_languages() -> tuple[_Words, ...]:
    text = (files("merestone.alerts") / "data" / "assurance.yaml").read_text(encoding="utf-8")
    content: dict[str, Any] = yaml.safe_load(text)
    denials = content["denials"]
    return tuple(_Words(_any_of(phrases), _any_of(denials[tag])) for tag, phrases in content["assurances"].items())


def assurance_in(sentence: str) -> str | None:
    """The words by which a sentence assures people of a place, in any language of the list; None if it does not.

    Words after a denial of the same language assure nobody. A denial after them does not count, nor does one that is
    a part of them ("nie ma zagrożenia": there is no danger).

    >>> assurance_in("Kelias saugus, nebijokite.")
    'saugus'
    >>> assurance_in("Tai nereiškia, kad vieta saugi.")
    """
    for assurance, denial in _words_of_languages():
        for match in assurance.finditer(sentence):
            if not denial.search(sentence, 0, match.start()):
                return match[0]
    return None


def refuse_assurance(field: str, text: str) -> None:
    """Refuse a text in which a sentence assures people of a place, in any language of the list.

    A sentence that denies it ("this does not mean that the place is safe") is taken.

    Raises
    ------
    FieldRefused

    >>> refuse_assurance("text", "The forest is not safe.")
    """
    for sentence in re.split(r"(?<=[.!?])\s+|\n", text):
        phrases = assurance_in(sentence)
        if phrases:
            why = f"calls a place {phrases!r}, which no alert may do"
            raise FieldRefused(field, sentence[:80], why, "say what happened and what people should do")
