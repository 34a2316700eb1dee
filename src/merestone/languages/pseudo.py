"""Made-up languages, which show what no catalogue reaches and what does not fit.

``en-XA`` has accents, is longer by a third and stands in brackets, ``ar-XB`` runs from right to left, and ``zh-XC`` has
Han characters and no space at which a line could break. The tags are of BCP 47's private regions, as other products use
them. What stands in braces stays.
"""

import re
from itertools import cycle
from typing import Final

_ACCENTS: Final = str.maketrans(
    "aAbBcCdDeEfFgGhHiIjJkKlLmMnNoOpPqQrRsStTuUvVwWxXyYzZ",
    "åÅƀƁçÇðÐéÉƒƑĝĜĥĤîÎĵĴķĶļĻɱṀñÑöÖþÞʠƢŕŔšŠţŢûÛṽṼŵŴẋẊýÝžŽ",
)
_HAN: Final = "检查地点记录区域危险地雷未爆弹药地图范围警告法律信息"
_PLACES: Final = re.compile(r"(\{[^}]*\})")
OPENED, CLOSED = "⟦", "⟧"
"""Between which every message of a pseudo-language stands."""


def disguised(message: str, tag: str) -> str:
    """A message in a pseudo-language.

    >>> disguised("Near {kind}", "en-XA")
    '⟦Ñéåŕ {kind} ~~~⟧'
    """
    parts = _PLACES.split(message)
    changed = "".join(part if part.startswith("{") else _disguised(part, tag) for part in parts)
    if tag == "en-XA":
        changed += " " + "~" * max(3, len(message) // 3)
    return f"{OPENED}{changed}{CLOSED}"


def _disguised(text: str, tag: str) -> str:
    if tag == "en-XA":
        return text.translate(_ACCENTS)
    if tag == "ar-XB":
        return re.sub(r"\w+", lambda word: f"\u202e{word[0].translate(_ACCENTS)}\u202c", text)
    characters = cycle(_HAN)
    return re.sub(r"[A-Za-z]+ ?", lambda word: "".join(next(characters) for _ in range(0, len(word[0]), 3)), text)
