"""The languages in which alerts can be given, as data (``data/languages.yaml``)."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml


@dataclass(frozen=True, slots=True)
class Language:
    """A language that has every string of an alert."""

    tag: str
    """Its BCP 47 tag, such as ``en``."""
    name: str
    """Its name in itself."""
    direction: str
    """``ltr`` or ``rtl``."""


@cache
def languages() -> tuple[Language, ...]:
    """Every language in which an alert can be given, the first one first.

    >>> languages()[0].tag
    'en'
    """
    text = (files("merestone.alerts") / "data" / "languages.yaml").read_text(encoding="utf-8")
    content: dict[str, Any] = yaml.safe_load(text)
    return tuple(Language(**given) for given in content["languages"])
