"""Which languages there are: nine for people, and three that are made up to test the pages with."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Language:
    """A language in which everything that the public reads can be given."""

    tag: str
    """Its BCP 47 tag, such as ``lt``."""
    name: str
    """Its name in itself, as CLDR has it."""
    direction: str = "ltr"
    """``ltr`` or ``rtl``."""
    script: str = "LATIN"
    """Its letters, as the names of Unicode's characters begin."""
    alphabet: str = ""
    """Its small letters, where other languages write the same script with others; empty: any of the script."""
    own_letters: str = ""
    """Those of them that its neighbours do not write."""
    locale: str = ""
    """The locale of CLDR whose numbers and dates it uses; that of its tag if empty."""

    @property
    def cldr(self) -> str:
        """The locale that Babel is asked for."""
        return self.locale or self.tag

    def has_letters_of(self, text: str) -> bool:
        """Whether a text has letters, and all of them are of this language's script.

        >>> language_of("be").has_letters_of("Гродна"), language_of("be").has_letters_of("Grodno")
        (True, False)
        """
        letters = [letter for letter in text if letter.isalpha() and unicodedata.category(letter) != "Lm"]
        return bool(letters) and all(unicodedata.name(letter, "").startswith(self.script) for letter in letters)

    def best_spelled(self, names: Sequence[str]) -> str | None:
        """Of names in its script, the one that is most likely spelt as it spells; None: there is none in its script.

        >>> [language_of(tag).best_spelled(("Lviv", "Львов", "Львів")) for tag in ("uk", "ru")]
        ['Львів', 'Львов']
        >>> language_of("be").best_spelled(("Lviv",))
        """
        in_script = [name for name in names if self.has_letters_of(name)]
        return max(in_script, key=self._own_spelling, default=None)

    def _own_spelling(self, name: str) -> tuple[bool, int]:
        letters = [letter for letter in name.casefold() if letter.isalpha()]
        is_spelt_so = not self.alphabet or all(letter in self.alphabet for letter in letters)
        return is_spelt_so, sum(letter in self.own_letters for letter in letters)


LANGUAGES: Final = (
    Language("en", "English"),
    Language("et", "eesti"),
    Language("fi", "suomi"),
    Language("lv", "latviešu"),
    Language("lt", "lietuvių"),
    Language("pl", "polski"),
    Language("ru", "русский", "ltr", "CYRILLIC", "абвгдеёжзийклмнопрстуфхцчшщъыьэюя", "щъ"),
    Language("be", "беларуская", "ltr", "CYRILLIC", "абвгдеёжзійклмнопрстуўфхцчшыьэюя", "ў"),
    Language("uk", "українська", "ltr", "CYRILLIC", "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя", "ґєії"),
)
"""The languages that are offered. English, the first, is that of the code."""
PSEUDO_LANGUAGES: Final = (
    Language("en-XA", "long and accented", locale="en"),
    Language("ar-XB", "right to left", direction="rtl", script="ARABIC", locale="ar"),
    Language("zh-XC", "without spaces", script="CJK", locale="zh"),
)
"""Never offered or negotiated: only who names one gets it, to see what is not translated or does not fit."""
_BY_TAG: Final = {language.tag.lower(): language for language in (*LANGUAGES, *PSEUDO_LANGUAGES)}


def language_of(tag: str) -> Language | None:
    """The language with this tag, in any case of letters; None if there is none.

    >>> language_of("LT").name
    'lietuvių'
    """
    return _BY_TAG.get(tag.strip().lower())
