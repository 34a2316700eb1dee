"""Corners of an outline that only their names tell: `P1` to `P4`, `SHA-1 TP1`, `corner NE`, waypoints `001` to `004`.

A name is taken apart into what it numbers (`TP`, `P`, nothing), the number, and the rest, which names the outline. A
word such as corner or turning point says what it is. A bare number does not: points that are only numbered may be the
corners of one hazard or several hazards, and then the larger meaning holds.
"""

import re
from collections import Counter
from collections.abc import Sequence
from enum import IntEnum
from functools import lru_cache
from typing import Final, NamedTuple

from merestone.exchange.places.measures import column_words, folded, words_of
from merestone.exchange.rows.row import Row

_MOST_WORDS: Final = 8
_LONGEST_NAME: Final = 200
_ROMANS: Final = (
    "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv", "xv",
)  # fmt: skip
_ROMAN: Final = {word: number for number, word in enumerate(_ROMANS, start=1)}
_MONTHS: Final = frozenset({"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"})


class Strength(IntEnum):
    """How surely a name says that its point is a corner."""

    OTHER = 0
    """It names a thing or a place of its own."""
    SAME = 1
    """It is the name of several points, or no name at all."""
    NUMBER = 2
    """It is only numbered."""
    POINT = 3
    """It is called a point, and numbered."""
    CORNER = 4
    """It is called a corner, a turning point, a start or an end."""


class NamedPoint(NamedTuple):
    """A name taken apart."""

    strength: Strength
    outline: str
    """What names the outline: the words beside those of the corner and its number."""
    number: tuple[int, str] | None
    type_words: frozenset[str]
    """Such as ``tp``, ``sp`` or ``bm``, as a column of point types would say them."""


@lru_cache(maxsize=8192)
def named_point(name: str) -> NamedPoint:
    """What a name says of its point.

    >>> named_point("SHA-1 TP3")
    NamedPoint(strength=<Strength.CORNER: 4>, outline='sha 1', number=(3, ''), type_words=frozenset({'tp'}))
    >>> named_point("P2").number, named_point("SHA 2").strength, named_point("002").strength
    ((2, ''), <Strength.OTHER: 0>, <Strength.NUMBER: 2>)
    """
    name_words = tuple(re.findall(r"[^\W\d_]+|\d+", folded(name)))
    whole = " ".join(name_words)
    if not name_words:
        return NamedPoint(Strength.SAME, "", None, frozenset())
    if len(name_words) > _MOST_WORDS:
        return NamedPoint(Strength.OTHER, whole, None, frozenset())
    known = column_words()
    for group in ("name_reference", "name_benchmark"):
        if at := [i for i, word in enumerate(name_words) if word in known[group]]:
            _, rest = _number_at(name_words, at[-1])
            type_word = {"name_reference": "rp", "name_benchmark": "bm"}[group]
            return NamedPoint(Strength.CORNER, _outline(rest), None, frozenset([type_word]))
    corner = known["point_corner"] | known["name_start"] | known["name_end"]
    for strength, group_words in ((Strength.CORNER, corner), (Strength.POINT, known["point_word"])):
        at = [i for i, word in enumerate(name_words) if word in group_words]
        if not at:
            continue
        number, rest = _number_at(name_words, at[-1])
        if strength is Strength.POINT and number is None:
            break
        return NamedPoint(strength, _outline(rest), number, frozenset([name_words[at[-1]]]))
    return _only_numbered(name_words, whole)


def _outline(name_words: Sequence[str]) -> str:
    return " ".join(word for word in name_words if word not in column_words()["name_filler"])


def _number_at(name_words: tuple[str, ...], at: int) -> tuple[tuple[int, str] | None, tuple[str, ...]]:
    """The number that belongs to the word at a place, and the words that are left."""
    fillers = column_words()["name_filler"]
    after = at + 1
    while after < len(name_words) and name_words[after] in fillers and len(name_words[after]) > 1:
        after += 1
    if after < len(name_words) and name_words[after].isdecimal():
        is_lettered = (
            after + 1 < len(name_words) and len(name_words[after + 1]) == 1 and name_words[after + 1].isalpha()
        )
        letter = name_words[after + 1] if is_lettered else ""
        return (int(name_words[after][:15]), letter), name_words[:at] + name_words[after + 1 + is_lettered :]
    if after < len(name_words) and (
        name_words[after] in _ROMAN or (len(name_words[after]) == 1 and name_words[after].isalpha())
    ):
        return (_ROMAN.get(name_words[after], ord(name_words[after][0])), ""), name_words[:at] + name_words[after + 1 :]
    if at and name_words[0].isdecimal():  # 1st corner, 2. tacka
        begin = 2 if at > 1 and name_words[1] in ("st", "nd", "rd", "th") else 1
        return (int(name_words[0][:15]), ""), name_words[begin:at] + name_words[at + 1 :]
    rest = tuple(
        word for word in name_words[:at] + name_words[at + 1 :] if word not in column_words()["compass_corner"]
    )
    return None, rest


def _only_numbered(name_words: tuple[str, ...], whole: str) -> NamedPoint:
    known = column_words()
    last, before = name_words[-1], name_words[:-1]
    other = NamedPoint(Strength.OTHER, whole, None, frozenset())
    if last in known["compass_corner"] and (not before or before[-1].isdecimal()):
        return NamedPoint(Strength.POINT, " ".join(before), None, frozenset())
    is_letter = len(last) == 1 and last.isalpha()
    if not (last.isdecimal() or is_letter or last in _ROMAN):
        return NamedPoint(Strength.SAME, whole, None, frozenset())
    if any(_is_year(word) for word in before) or (before and before[-1] in known["thing_word"] | _MONTHS):
        return other
    number = int(last[:15]) if last.isdecimal() else ord(last) if is_letter else _ROMAN[last]
    return NamedPoint(Strength.NUMBER, " ".join(before), (number, ""), frozenset())


def is_counted(numbers: Sequence[tuple[int, str] | None]) -> bool:
    """Whether numbers are counted one by one, with few left out; a single letter may be a Roman number.

    >>> is_counted([(7, ""), (8, ""), (10, "")]), is_counted([(7, ""), (1200, ""), (14, "")])
    (True, False)
    """
    known = [number[0] for number in numbers if number is not None]
    if not known or Counter(known).most_common(1)[0][1] > max(2, len(known) // 3):
        return False
    romans = [_ROMAN.get(chr(n), n) if n < 128 else n for n in known]
    return any(max(each) - min(each) < 2 * len(each) for each in (known, romans))


def _is_year(word: str) -> bool:
    return word.isdecimal() and len(word) == 4 and 1900 <= int(word) <= 2100


def name_of(row: Row, column: str) -> NamedPoint:
    """What a row's name says of its point."""
    return named_point(name_text(row, column))


def name_text(row: Row, column: str) -> str:
    """A row's name as text: 3.0 of a sheet is 3."""
    value = row.attributes.get(column)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value)


def is_bare(rows: Sequence[Row], columns: frozenset[str]) -> bool:
    """Whether nothing but the points' own numbers, places and times tells rows apart.

    Hazards of which each is described stand for themselves; the corners of one are a bare list.
    """
    known = column_words()
    names = {name for row in rows for name in row.attributes} - columns
    for name in names:
        if known["about_the_point"].issuperset(words_of(name)):
            continue
        values = {str(value) for row in rows if (value := row.attributes.get(name)) not in (None, "")}
        if words_of(name) == ("id",) and all(re.fullmatch(r"[\d.]*", value) for value in values):
            continue
        if known["remark_column"].intersection(words_of(name)):
            values = {_without_numbers(value) for value in values} - {""}
        if len(values) > 1:
            return False
    return True


def _without_numbers(remark: str) -> str:
    """The words of a remark: what receivers write as one is a time."""
    remark_words = (word for word in re.findall(r"[^\W\d_]{3,}", folded(remark)) if word not in _MONTHS)
    return " ".join(remark_words)


def outline_in(name: str, outline: str) -> str:
    """The part of a name that names the outline, as it is written there.

    >>> outline_in("SHA-1 TP3", "sha 1"), outline_in("TP3, SHA 1", "sha 1")
    ('SHA-1', 'sha 1')
    """
    for end in range(min(len(name), _LONGEST_NAME), 0, -1):
        if re.findall(r"[^\W\d_]+|\d+", folded(name[:end])) == outline.split():
            return name[:end].strip(" -_,;:/.")
    return outline
