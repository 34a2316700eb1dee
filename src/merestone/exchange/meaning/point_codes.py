"""A surveyor's code for a point, taken apart: whether it stands on a boundary, and on which."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import IntEnum
from functools import lru_cache
from typing import Final

from merestone.exchange.meaning.vertex_names import NamedPoint, named_point
from merestone.exchange.places.measures import column_words, folded

_LONGEST_CODE: Final = 60
_ALIKE: Final = 0.8
"""Words that are alike to this share are one word, typed wrongly."""


class Coded(IntEnum):
    """What a code says of its point."""

    OTHER = 0
    CONTROL = 1
    """A point of the survey itself: a benchmark, a station."""
    BLANK = 2
    MARKED = 3
    """It stands on what may run along the boundary: a fence, a sign."""
    BOUNDARY = 4


@dataclass(frozen=True, slots=True)
class PointCode:
    """A code taken apart."""

    coded: Coded
    outline: str = ""
    """What stands beside the word: it names the outline."""
    number: int | None = None


@lru_cache(maxsize=8192)
def point_code(text: str) -> PointCode:
    """What a code says of its point.

    >>> point_code("BND2 ST"), point_code("tree").coded.name, point_code("BM 4").coded.name
    (PointCode(coded=<Coded.BOUNDARY: 4>, outline='', number=2), 'OTHER', 'CONTROL')
    """
    code_words = re.findall(r"[^\W\d_]+|\d+", folded(text)) if len(text) <= _LONGEST_CODE else []
    if not code_words:
        return PointCode(Coded.OTHER if text.strip() else Coded.BLANK)
    known = column_words()
    boundary = known["code_boundary"] | known["point_corner"]
    control = known["code_control"] | known["point_benchmark"] | known["point_reference"]
    bare = [word for word in code_words if not word.isdecimal()]
    if any(word in boundary or _is_typed_wrongly(word) for word in bare):
        coded = Coded.BOUNDARY
    elif any(word in control for word in bare):
        return PointCode(Coded.CONTROL)
    elif any(word in known["code_marked"] for word in bare):
        coded = Coded.MARKED
    else:
        return PointCode(Coded.OTHER)
    taken = boundary | known["code_marked"] | known["code_linework"] | known["name_filler"]
    numbers = [int(word[:15]) for word in code_words if word.isdecimal()]
    rest = " ".join(word for word in bare if word not in taken and not _is_typed_wrongly(word))
    return PointCode(coded, rest, numbers[-1] if numbers else None)


@lru_cache(maxsize=8192)
def _is_typed_wrongly(word: str) -> bool:
    """Whether a word is one for a boundary with a letter too many, too few, or in the wrong place."""
    known = column_words()
    if len(word) < 3 or word in known["code_control"] | known["code_marked"] | known["point_reference"]:
        return False
    return any(
        sorted(word) == sorted(right) or (len(right) > 4 and SequenceMatcher(None, word, right).ratio() >= _ALIKE)
        for right in known["code_boundary"]
        if len(right) > 2
    )


def named_of_survey(name: str) -> NamedPoint:
    """A name taken apart where the number at its end counts points, whatever it is of: `MF1` is point 1 of `mf`.

    >>> named_of_survey("MF1-12").outline, named_of_survey("MF3").number
    ('mf 1', (3, ''))
    """
    named = named_point(name)
    match = re.fullmatch(r"(.*?)(\d{1,15})([a-z]?)\W*", folded(name))
    if named.number is not None or match is None:
        return named
    stem = " ".join(re.findall(r"[^\W\d_]+|\d+", match[1]))
    return named._replace(outline=stem, number=(int(match[2]), match[3]))
