"""In which script a name is written, as ISO 15924 calls it."""

import unicodedata
from functools import lru_cache
from typing import Final

SCRIPTS: Final = {
    "ARABIC": "Arab",
    "ARMENIAN": "Armn",
    "BENGALI": "Beng",
    "CJK": "Hani",
    "CYRILLIC": "Cyrl",
    "DEVANAGARI": "Deva",
    "ETHIOPIC": "Ethi",
    "GEORGIAN": "Geor",
    "GREEK": "Grek",
    "GUJARATI": "Gujr",
    "GURMUKHI": "Guru",
    "HANGUL": "Hang",
    "HEBREW": "Hebr",
    "HIRAGANA": "Jpan",
    "KANNADA": "Knda",
    "KATAKANA": "Jpan",
    "KHMER": "Khmr",
    "LAO": "Laoo",
    "LATIN": "Latn",
    "MALAYALAM": "Mlym",
    "MYANMAR": "Mymr",
    "ORIYA": "Orya",
    "SINHALA": "Sinh",
    "TAMIL": "Taml",
    "TELUGU": "Telu",
    "THAANA": "Thaa",
    "THAI": "Thai",
    "TIBETAN": "Tibt",
    "TIFINAGH": "Tfng",
}
"""How Unicode's names of letters begin, and ISO 15924's codes."""


def script_of(name: str) -> str:
    """The code of the script in which the first letter is written; empty: another script, or no letter.

    >>> script_of("Сарајево"), script_of("Sarajevo"), script_of("東京"), script_of("123")
    ('Cyrl', 'Latn', 'Hani', '')
    """
    letter = next((letter for letter in name if letter.isalpha()), "")
    return _script_of_letter(letter) if letter else ""


@lru_cache(maxsize=4096)
def _script_of_letter(letter: str) -> str:
    return SCRIPTS.get(unicodedata.name(letter, "?").split()[0].split("-")[0], "")


def is_mixed(name: str) -> bool:
    """Whether letters of several scripts stand in it: a few names have a Latin letter by mistake, such as Кaйсери."""
    scripts = {_script_of_letter(letter) for letter in name if letter.isalpha()}
    return len(scripts - {"Jpan", "Hani"}) + bool(scripts & {"Jpan", "Hani"}) > 1
