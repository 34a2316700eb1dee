"""Degrees, minutes and seconds in columns of their own: `Lat deg`, `Lat min`, `Lat sec`, `Lat N/S`, and so on.

To read the degrees alone would put the place as much as a hundred kilometres off, without a word.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from merestone.exchange.places.measures import words_of

_PARTS: Final = tuple(
    frozenset(text.split())
    for text in (
        "deg degs degree degrees d ° grad grados graus gradi degres stepeni stupnjevi stopnie st grade gradusy градусы "
        "градус град градуси kraad aste",
        "min mins minute minutes minuti minutos minuten minuty minut minuta m mm mn минуты минут мин хвилини хв "
        "minutit minuuttia",
        "sec secs second seconds secondes segundos sekunden sekunde sekundy sek s ss secondi секунды секунд сек "
        "секунди sekundit sekuntia",
        "dir direction hem hemi hemisphere ns ew we sn letter quadrant n e w",
    )
)
_MINUTES: Final = 1
_SOLID: Final = re.compile(r"(lat|lon|long|lng)(deg|min|sec|d|m|s)")
_NUMBER: Final = re.compile(r"[-+]?\d+(?:[.,]\d+)?")
_MOST_WORDS: Final = 6
_OTHERS: Final = frozenset(["max", "maximum", "a", "b", "c"])
AngleParts = tuple[tuple[int, ...], tuple[int, ...]]
"""The columns of the longitude and of the latitude: degrees, minutes, then seconds and the hemisphere; or none."""


def angle_parts(
    header: Sequence[str], roles_of: Callable[[tuple[str, ...]], Mapping[str, tuple[str, ...]]]
) -> AngleParts:
    """The columns of angles in parts; none if the table is not of that form.

    Parameters
    ----------
    roles_of
        What the words of a column's name, without that of the part, say of a place.
    """
    names = [_solid_apart(words_of(name)) for name in header]
    if all(_part_of(name_words)[0] != _MINUTES for name_words in names if len(name_words) <= _MOST_WORDS):
        return (), ()  # which needs no list of what columns are called: that takes as long to load as many files
    columns: dict[str, dict[int, int]] = {"longitude": {}, "latitude": {}}
    plain: dict[str, int] = {}
    for place, name_words in enumerate(names):
        if _OTHERS.intersection(name_words):
            others_roles = roles_of(tuple(word for word in name_words if word not in _OTHERS))
            if any(axis in others_roles for axis in columns):
                return (), ()  # the sides of a box, or corners A, B, C
        part, rest = _part_of(name_words) if len(name_words) <= _MOST_WORDS else (None, ())
        roles = roles_of(rest)
        for axis, taken in columns.items():
            if axis in roles and part is not None:
                taken.setdefault(part, place)
            elif axis in roles:
                plain.setdefault(axis, place)
    for axis, taken in columns.items():
        if axis in plain:
            taken.setdefault(0, plain[axis])
    if any(not {0, 1} <= taken.keys() for taken in columns.values()):
        return (), ()
    lon, lat = (tuple(taken[part] for part in sorted(taken)) for taken in columns.values())
    return lon, lat


def _solid_apart(name_words: tuple[str, ...]) -> tuple[str, ...]:
    """`latdeg` as two words."""
    solid = _SOLID.fullmatch(name_words[0]) if len(name_words) == 1 else None
    return name_words if solid is None else (solid[1], solid[2])


def _part_of(name_words: tuple[str, ...]) -> tuple[int | None, tuple[str, ...]]:
    for at, word in enumerate(name_words):
        for part, known in enumerate(_PARTS):
            if word in known and len(name_words) > 1:
                rest = name_words[:at] + name_words[at + 1 :]
                if part == 3:  # N/S is two words
                    rest = tuple(other for other in rest if other not in known and other != "s")
                return part, rest
    return None, name_words


def angle_text(texts: Sequence[str]) -> str | None:
    """The parts of one angle as somebody would write it whole; None if one is missing that must be there."""
    parts = [text.strip().replace(",", ".") for text in texts]
    numbers = [part for part in parts if _NUMBER.fullmatch(part)]
    if not parts or not parts[0] or (len(numbers) < 2 and "." not in parts[0]):
        return None
    return " ".join(part for part in parts if part)
