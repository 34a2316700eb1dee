"""How accurate a place is, as a remark or a column of qualities tells it in words: "accurate to 600 m", "map 1:50000".

A length with its unit counts as it stands. Words that say that a place is not exact and state no length leave its
accuracy unknown: nobody can say how far off it is, and an exact place is what they deny.
"""

import html
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Final

from merestone.exchange.places.extent_text import LONGEST_TEXT, NUMBER_IN_TEXT, UNITS_NOT_IN_TEXT, any_of
from merestone.exchange.places.measures import (
    GROUP_MARKS,
    column_words,
    folded,
    folded_lists,
    number_in,
    word_lists,
    words_of,
)
from merestone.terms import WIDENED_M

_OF_SCALE_M: Final = 0.002
"""What a map shows of a place, metres on the paper: half a millimetre is its own error, and a person sets a point and
reads it to one. Ours; a six-figure grid reference of a map 1:50,000 stands for 100 m too."""
_SCALES: Final = (500.0, 10_000_000.0)
_ANGLES_M: Final[Mapping[str, float]] = {
    "minute": 1862.0, "minutes": 1862.0, "arcmin": 1862.0, "arcminute": 1862.0, "arcminutes": 1862.0, "min": 1862.0,
    "second": 31.1, "seconds": 31.1, "arcsec": 31.1, "arcsecond": 31.1, "arcseconds": 31.1, "degree": 111_700.0,
    "degrees": 111_700.0, "deg": 111_700.0, "°": 111_700.0, "grid square": 1415.0, "kilometre square": 1415.0,
}  # fmt: skip
"""Metres of one unit of an angle, along the meridian at the poles."""
_SHORTEST: Final = 2
_BEGINNING: Final = 4
_WORD: Final = re.compile(r"[^\W\d_]+")
_TAG: Final = re.compile(r"<[^<>]{0,200}>")
_RANGE: Final = r"(?:\d[\d.,]{0,9}\s?(?:-|\N{EN DASH}|to|bis|до|a)\s?)?"
_LINK: Final = (
    r"[\s:=~≈<>≤()\"-]*(?:(?:of|is|was|about|only|approx\.?|ca\.?|circa|de|des|du|di|от|до|около|do|ok\.?|up to|env\.?|"
    r"von|um|in|the|than|better|some|los|les)(?!\w)[\s:=~≈<>()-]*){0,4}"
) + _RANGE
_LOOSE: Final = r"[^\d;\n]{0,24}?" + _RANGE


@dataclass(frozen=True, slots=True)
class WrittenAccuracy:
    """What a cell says of the accuracy of its row's place."""

    metres: float
    """NaN: that it is not exact, and not by how much."""
    quote: str
    """The words that say so."""


@cache
def _vocabulary() -> Mapping[str, tuple[str, ...]]:
    return folded_lists(word_lists("accuracy_words.yaml"))


@cache
def _units_m() -> Mapping[str, float]:
    metres: Mapping[str, float] = column_words()["units_m"]
    return {unit: size_m for unit, size_m in metres.items() if unit not in UNITS_NOT_IN_TEXT} | dict(_ANGLES_M)


@cache
def _lengths() -> tuple[re.Pattern[str], ...]:
    """Patterns whose first group is a number and whose second, if it is there, its unit."""
    known, more = column_words(), _vocabulary()
    unit = rf"\s*-?({any_of(_units_m())})(?!\w)"
    no_unit = rf"(?!\s*-?{any_of(_units_m())}(?!\w))"
    no_other = r"(?!\s*(?:[%:]|[-/.]\d))(?![\w])"
    accuracy = any_of(known["accuracy"] - {"acc", "h"})
    error = any_of(known["error"] - {"err", "blad"})
    sign = r"(?:±|\+\s?/?\s?[-\u2212]|plus or minus|plus[ /-]minus|give or take)"
    to, exact = any_of(more["to"]), any_of(more["exact_to"])
    return (
        re.compile(rf"(?<!\w)(?:{accuracy}|acc)\w{{0,3}}{_LINK}{NUMBER_IN_TEXT}{no_other}{no_unit}()"),
        re.compile(rf"(?<!\w){accuracy}\w{{0,3}}{_LOOSE}{NUMBER_IN_TEXT}{unit}"),
        re.compile(rf"(?<!\w){error}\w{{0,3}}{_LOOSE}{NUMBER_IN_TEXT}{unit}"),
        re.compile(rf"(?<!\w){exact}\w{{0,3}}\s+(?:only\s+)?{to}\s+(?:the\s+nearest\s+)?{_LINK}{NUMBER_IN_TEXT}{unit}"),
        re.compile(rf"{sign}\s*{NUMBER_IN_TEXT}{unit}"),
        re.compile(rf"{sign}\s*{NUMBER_IN_TEXT}{no_other}(?!\s*[^\W\d_])()"),  # ±600
        re.compile(
            rf"{NUMBER_IN_TEXT}{unit}[\s-]*(?:of\s+|de\s+|in\s+)?(?:gps\s+|position\w*\s+)?(?:{accuracy}|{error})"
        ),
        re.compile(rf"(?<!\w){any_of(more['nearest'])}\s+{NUMBER_IN_TEXT}{unit}"),
        re.compile(rf"(?<!\w)a\s+{NUMBER_IN_TEXT}{unit}\s+pres(?!\w)"),
        re.compile(rf"(?<!\w)auf\s+{_LINK}{NUMBER_IN_TEXT}{unit}\s+genau"),
        re.compile(rf"(?<!\w){any_of(more['inexact'])}\w*[^\d;\n]{{0,24}}?[(,:]\s*{_LINK}{NUMBER_IN_TEXT}{unit}"),
    )


@cache
def _within() -> re.Pattern[str]:
    unit = rf"\s*-?({any_of(_units_m())})(?!\w)"
    return re.compile(
        rf"(?<!\w){any_of(_vocabulary()['within'])}{_LINK}{NUMBER_IN_TEXT}{unit}(?!\s+{any_of(_vocabulary()['of_another'])}(?!\w))"
    )


@cache
def _nearest_unit() -> re.Pattern[str]:
    """To the nearest kilometre; au km près."""
    unit = rf"({any_of(_units_m())})(?!\w)"
    return re.compile(rf"(?<!\w)(?:{any_of(_vocabulary()['nearest'])}\s+{unit}|au\s+{unit}\s+pres(?!\w))")


@cache
def _scale() -> re.Pattern[str]:
    return re.compile(rf"(?<![\d.,:/])1\s?[:/]\s?(\d{{1,3}}(?:[ ,.{GROUP_MARKS}]?\d{{3}})*)(\s?k(?!\w))?(?![\d:])")


@cache
def _inexact_place() -> re.Pattern[str]:
    inexact, where = any_of(_vocabulary()["inexact"]), any_of(_vocabulary()["where"])
    between = rf"[\s:=,(-]*(?:{any_of(_vocabulary()['between'])}(?!\w)[\s:=,(-]*){{0,3}}"
    return re.compile(rf"(?<!\w)(?:{inexact}\w*{between}{where}(?!\w)|{where}{between}{inexact})")


def quality_columns(names: Iterable[str]) -> tuple[str, ...]:
    """The columns that tell in words how accurate a place is.

    >>> quality_columns(["location_quality", "Coordinate source", "accuracy class", "source", "water quality", "id"])
    ('location_quality', 'Coordinate source', 'accuracy class')
    """
    return tuple(name for name in names if _is_quality(name))


@lru_cache(maxsize=4096)
def _is_quality(name: str) -> bool:
    have, known = set(words_of(name)), {key: frozenset(listed) for key, listed in _vocabulary().items()}
    accuracy = column_words()["accuracy"] | column_words()["error"]
    place = known["place"] | (column_words()["position"] - {"point"})
    beside = place | known["beside"]
    if have & known["quality"]:
        return bool(have <= known["quality"] | beside | accuracy)
    if have & accuracy and have & known["quality_of_accuracy"]:
        return bool(have <= accuracy | known["quality_of_accuracy"] | beside)
    return bool(have & known["how_found"] and have & place and have <= known["how_found"] | beside)


def accuracy_in_text(value: Any) -> WrittenAccuracy | None:
    """What a remark says of the accuracy of its place; None if it says nothing.

    >>> accuracy_in_text("GPS, accurate to 600 m").metres, accuracy_in_text("+/- 0.5 km").metres
    (600.0, 500.0)
    >>> accuracy_in_text("approximate location").metres, accuracy_in_text("600 m north of the river")
    (nan, None)
    """
    if not isinstance(value, str) or not _SHORTEST <= len(value) <= LONGEST_TEXT:
        return None
    return _in_remark(value)


def accuracy_of_quality(value: Any) -> WrittenAccuracy | None:
    """What a cell of a column of qualities says; None if it says nothing that is known here.

    >>> accuracy_of_quality("approximate (600 m)").metres, accuracy_of_quality("map 1:50000").metres
    (600.0, 100.0)
    >>> accuracy_of_quality("estimated").metres, accuracy_of_quality("GPS")
    (nan, None)
    """
    return _of_quality(value) if isinstance(value, str) and len(value) <= LONGEST_TEXT else None


@cache
def _beginnings() -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """How words begin of which one stands in a text that states a length, denies exactness, or names the place."""
    more = _vocabulary()
    of_length = [
        *column_words()["accuracy"],
        *column_words()["error"],
        *more["exact_to"],
        *more["within"],
        *more["nearest"],
    ]
    lists = ([*of_length, *more["inexact"], *more["map"], "pres", "plus", "give"], more["inexact"], more["where"])
    lengths, inexact, where = (frozenset(word.split()[0][:_BEGINNING] for word in listed) for listed in lists)
    return lengths, inexact, where


def accuracy_beginnings() -> frozenset[str]:
    """How words begin, folded, of which one stands in each remark that `accuracy_in_text` takes something from."""
    return _beginnings()[0] | _beginnings()[1]


@lru_cache(maxsize=2048)
def _in_remark(value: str) -> WrittenAccuracy | None:
    text = _plain(value)
    beginnings = {word[:_BEGINNING] for word in _WORD.findall(text)}
    of_length, of_inexact, of_where = _beginnings()
    if "±" in text or "+" in text or not of_length.isdisjoint(beginnings):
        stated = [pair for pair in _stated_in(text) if math.isfinite(pair[0])]
        if stated:
            return WrittenAccuracy(*max(stated))
    if of_inexact.isdisjoint(beginnings) or of_where.isdisjoint(beginnings):
        return None
    inexact = _inexact_place().search(text)
    return None if inexact is None else WrittenAccuracy(math.nan, _shown(inexact))


def _stated_in(text: str) -> Iterator[tuple[float, str]]:
    """The lengths that a remark states of its place, metres, and their words."""
    yield from ((_unit_m(m[1] or m[2]), _shown(m)) for m in _nearest_unit().finditer(text))
    if not any(map(str.isdigit, text)):
        return
    for pattern in _lengths():
        yield from (
            (number_in(m[1]) * _unit_m(m[2]), _shown(m)) for m in pattern.finditer(text) if not _is_of_other(text, m)
        )
    for match in _within().finditer(text):
        if not _is_of_dwellers(text, match):
            yield number_in(match[1]) * _unit_m(match[2]), _shown(match)
    if any(word in text for word in _vocabulary()["map"]):
        yield from _by_scale(text)


@lru_cache(maxsize=2048)
def _of_quality(value: str) -> WrittenAccuracy | None:
    text = _plain(value)
    unit = rf"\s*-?({any_of(_units_m())})(?!\w)"
    stated = [(number_in(m[1]) * _unit_m(m[2]), _shown(m)) for m in re.finditer(NUMBER_IN_TEXT + unit, text)]
    stated = [pair for pair in [*stated, *_by_scale(text)] if math.isfinite(pair[0])]
    more = re.search(any_of(_vocabulary()["more_than"]), text)
    if stated:
        metres, quote = max(stated)
        return WrittenAccuracy(math.nan if more is not None and metres < WIDENED_M else metres, quote)
    inexact = re.search(rf"(?<!\w){any_of((*_vocabulary()['inexact'], *_vocabulary()['poor']))}", text)
    return None if inexact is None else WrittenAccuracy(math.nan, " ".join(text.split())[:80])


def _by_scale(text: str) -> list[tuple[float, str]]:
    found_scales = []
    for match in _scale().finditer(text):
        scale = float(re.sub(r"\D", "", match[1])) * (1000.0 if match[2] else 1.0)
        if _SCALES[0] <= scale <= _SCALES[1]:
            found_scales.append((scale * _OF_SCALE_M, f"{_shown(match)} (two millimetres of the map)"))
    return found_scales


def _plain(value: str) -> str:
    plain = html.unescape(_TAG.sub(" ", value)) if "<" in value or "&" in value else value
    return folded(plain)


def _unit_m(unit: str | None) -> float:
    return _units_m().get(unit, 1.0) if unit else 1.0


def _is_of_other(text: str, match: re.Match[str]) -> bool:
    """Whether a word of it, or right before it, says that it is not of the place: an accuracy of the height."""
    before = words_of(text[max(0, match.start() - 40) : match.start()])[-2:]
    return not set(_vocabulary()["not_of_place"]).isdisjoint([*before, *words_of(match[0])])


def _is_of_dwellers(text: str, match: re.Match[str]) -> bool:
    """Whether what lies within the distance is something else: no houses within 600 m."""
    before = words_of(text[max(0, match.start() - 40) : match.start()])[-3:]
    return not set(_vocabulary()["dwellers"]).isdisjoint(before)


def _shown(match: re.Match[str]) -> str:
    return repr(" ".join(match[0].split()))


def texts_with_accuracy(names: Sequence[str], understood: Iterable[str]) -> tuple[str, ...]:
    """The columns in whose texts an accuracy of the place may stand: all but those whose name says otherwise."""
    others, no_texts = frozenset(understood), frozenset(_vocabulary()["not_texts"])
    return tuple(name for name in names if name not in others and not no_texts.intersection(words_of(name)))
