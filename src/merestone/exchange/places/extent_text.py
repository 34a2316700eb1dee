"""How large the hazard around a point is, as a remark or a description tells it in words."""

import html
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Final

from merestone.exchange.places.extent import (
    Extent,
    Quantity,
    extent_of_area,
    extent_words,
    extents_of_numbers,
    single_words,
    units_m2,
)
from merestone.exchange.places.measures import GROUP_MARKS, column_words, folded, number_in, words_of

SHORTEST_TEXT: Final = 4
LONGEST_TEXT: Final = 100_000
_TAG: Final = re.compile(r"<[^<>]{0,200}>")
NUMBER_IN_TEXT: Final = rf"(?<![\d.,])(\d{{1,9}}+(?:[ ,.{GROUP_MARKS}]\d{{1,3}}+){{0,4}}+)"
"""A number, its thousands apart. Possessive and bounded: a long text of numbers is left in linear time."""
_LINK: Final = (
    r"[\s:=~≈<>±()\"-]*(?:(?:of|is|was|about|approx\.?|approximately|ca\.?|circa|de|du|di|da|от|около|до|ok\.?|okolo|w|"
    r"up to|env\.?|von|um|in|m)(?!\w)[\s:=~≈()-]*){0,4}"
)
"""Between the name of a measure and its number, where no unit need stand behind it."""
_LOOSE: Final = r"[^\d;\n]{0,24}?"
"""The same where a unit stands behind it."""
_OTHER_SQUARES: Final = ("sq. m", "sq.m", "кв. м", "кв.м", "m^2", "km^2", "sq. km", "sq.km")
UNITS_NOT_IN_TEXT: Final = frozenset(
    {"ar", "ac", "m 2", "km 2", "м 2", "has", "rai", "deg", "degree", "degrees", "grad", "°"}
)
"""Units that are also other words, or that only columns have."""


@dataclass(frozen=True, slots=True)
class _Patterns:
    triggers: frozenset[str]
    """A text with none of these words tells no extent."""
    radius: Sequence[re.Pattern[str]]
    diameter: Sequence[re.Pattern[str]]
    dimensions: re.Pattern[str]
    area: re.Pattern[str]
    area_after_unit: re.Pattern[str]
    """As a table in a description has it: Area (ha) 2.5."""
    measured: Mapping[Quantity, Sequence[re.Pattern[str]]]


def any_of(name_words: Iterable[str]) -> str:
    """A pattern of any of some words, folded, the longest first."""
    return "(?:" + "|".join(re.escape(folded(word)) for word in sorted(name_words, key=len, reverse=True)) + ")"


@cache
def _patterns() -> _Patterns:
    known, more = column_words(), extent_words()
    metres = any_of(known["units_m"].keys() - UNITS_NOT_IN_TEXT)
    unit = rf"\s*-?({metres})(?!\w)"
    square = any_of([*(units_m2().keys() - UNITS_NOT_IN_TEXT), *_OTHER_SQUARES])
    radii = (
        (known["buffer"] - {"buff"})
        | (known["radius"] - known["radius_or_other"] - {"sugar", "نصف"})
        | set(more["radius_in_text"])
    )

    def named(name_words: Iterable[str]) -> tuple[re.Pattern[str], ...]:
        name = any_of(name_words)
        return (
            re.compile(rf"(?<!\w){name}\w{{0,3}}{_LINK}{NUMBER_IN_TEXT}(?:{unit})?"),
            re.compile(rf"(?<!\w){name}\w{{0,3}}{_LOOSE}{NUMBER_IN_TEXT}{unit}"),
            re.compile(rf"{NUMBER_IN_TEXT}{unit}[\s-]*(?:in\s+|of\s+|de\s+|im\s+)?{name}"),
        )

    reach = (
        re.compile(rf"(?<!\w)r\s*[=:]\s*{NUMBER_IN_TEXT}(?:{unit})?"),
        re.compile(rf"(?<!\w)r\s*{NUMBER_IN_TEXT}{unit}"),
        re.compile(rf"{NUMBER_IN_TEXT}{unit}[\s-]*{any_of(more['around'])}"),
        re.compile(rf"(?<!\w){any_of(more['extends'])}{_LOOSE}{NUMBER_IN_TEXT}{unit}"),
        re.compile(
            rf"(?<!\w){any_of(more['up_to'])}\s+{NUMBER_IN_TEXT}{unit}\s+{any_of(more['from_point'])}\s+(?:the\s+)?"
            rf"{any_of(more['of_the_point'])}(?!\w)"
        ),
        re.compile(
            rf"(?<!\w){any_of(['на расстоянии до', 'на відстані до'])}\s+{NUMBER_IN_TEXT}{unit}(?!\s+(?:от|від)(?!\w))"
        ),
        re.compile(
            rf"(?<!\w)within{_LINK}{NUMBER_IN_TEXT}{unit}\s+(?:of|from)\s+(?:the\s+)?{any_of(more['of_the_point'])}(?!\w)"
        ),
    )
    by = "(?:" + "|".join(more["by"]) + ")"
    bracketed = rf"[\s_]*[(\[,_]?\s*(?P<unit>{metres})\s*[)\]]?(?!\w)[\s:=|-]*"
    measured = {
        quantity: (
            re.compile(rf"(?<!\w){any_of(single_words(quantity.value))}\w{{0,2}}{_LINK}{NUMBER_IN_TEXT}{unit}"),
            re.compile(rf"(?<!\w){any_of(single_words(quantity.value))}{bracketed}{NUMBER_IN_TEXT}()"),
            *((re.compile(rf"{NUMBER_IN_TEXT}{unit}[\s-]*{any_of(more[behind])}(?!\w)"),) if behind else ()),
            *(_of_danger(unit) if quantity is Quantity.LENGTH else ()),
        )
        for quantity, behind in ((Quantity.LENGTH, "long"), (Quantity.WIDTH, "wide"), (Quantity.PERIMETER, None))
    }
    phrases = [*radii, *known["diameter"], *known["units_m"], *units_m2(), *more["extends"], "r", *more["danger_area"]]
    phrases += [*more["diameter_in_text"]]
    return _Patterns(
        frozenset(words_of(phrase)[0] for phrase in phrases if words_of(phrase)),
        (*named(radii), *reach),
        named(known["diameter"] | set(more["diameter_in_text"])),
        re.compile(rf"{NUMBER_IN_TEXT}(?:\s*({metres}))?\s*{by}\s*{NUMBER_IN_TEXT}(?:{unit})?(?!\s*{by}\s*\d)"),
        re.compile(rf"{NUMBER_IN_TEXT}\s*-?(?P<unit>{square})(?!\w)"),
        re.compile(
            rf"(?<!\w){any_of(single_words('area'))}[\s_]*[(\[,_]?\s*(?P<unit>{square})\s*[)\]]?(?!\w)[\s:=|-]*{NUMBER_IN_TEXT}"
        ),
        measured,
    )


def _of_danger(unit: str) -> tuple[re.Pattern[str], ...]:
    """How long a danger area is: nobody says from where to where, so as much as it can reach from its place."""
    away = "(?:from|of|away|off|to the|north|south|east|west|od|от|від|von|de)"
    return (
        re.compile(rf"(?<!\w){any_of(extent_words()['danger_area'])}{_LINK}{NUMBER_IN_TEXT}{unit}(?!\s+{away}(?!\w))"),
    )


_RANGE: Final = re.compile(
    rf"{NUMBER_IN_TEXT}\s?(?:m|km|м|км)?\s?(?:-|\N{{EN DASH}}|\N{{EM DASH}}|to|bis|до|do|hasta|a)\s?"
    rf"(?={NUMBER_IN_TEXT}\s?[^\W\d_])"
)
"""300 to 600 m: the first number."""


def _larger_ends(text: str) -> str:
    """A text with the larger end of each range of numbers alone."""
    return _RANGE.sub(lambda m: "" if number_in(m[2]) >= number_in(m[1]) else m[0], text)


def extents_in_text(value: Any) -> tuple[Extent, ...]:
    """What a remark tells: a radius, a diameter, so many by so many metres, an area with its unit.

    >>> [e.across_m for e in extents_in_text("UXO in a 200 m radius")], [e.area_m2 for e in extents_in_text("ca. 2 ha")]
    ([400.0], [20000.0])
    """
    if not isinstance(value, str) or not SHORTEST_TEXT <= len(value) <= LONGEST_TEXT:
        return ()
    return _found_in(value) if any(map(str.isdigit, value)) else ()


@lru_cache(maxsize=1024)
def _found_in(value: str) -> tuple[Extent, ...]:
    plain = html.unescape(_TAG.sub(" ", value)) if "<" in value or "&" in value else value
    text = folded(re.sub(r"[Øø⌀∅](?=\s*[:=]?\s*\d)", "diameter ", plain))
    known = _patterns()
    if known.triggers.isdisjoint(_trigger_words(text)):
        return ()
    text = _larger_ends(text)
    extents: list[Extent] = []
    for patterns, factor, what in ((known.radius, 2.0, "radius"), (known.diameter, 1.0, "diameter")):
        for match in (match for pattern in patterns for match in pattern.finditer(text)):
            if not _is_of_other(text, match):
                metres = number_in(match[1]) * metres_of_unit(match[2])
                extents.append(Extent(metres * factor, f"{_shown(match)}: a {what}", is_centred=True))
    extents += dimensions_in(text, is_unit_needed=True, bare_m=1.0)
    for match in (match for pattern in (known.area, known.area_after_unit) for match in pattern.finditer(text)):
        unit = " ".join(words_of(match["unit"].replace("^", "")))
        number = match[1] if match.re is known.area else match[2]
        extents.append(extent_of_area(number_in(number) * units_m2().get(unit, 1.0), _shown(match)))
    numbers = {}
    for quantity, patterns in known.measured.items():
        matches = [match for pattern in patterns for match in pattern.finditer(text)]
        if stated := [(_metres_in(m), _shown(m)) for m in matches]:
            numbers[quantity] = max(stated)
    return (*extents, *extents_of_numbers(numbers))


def _metres_in(match: re.Match[str]) -> float:
    """The length that a match states, whose unit stands behind the number or with the name before it."""
    if "unit" in match.re.groupindex:
        return number_in(match[2]) * metres_of_unit(match["unit"])
    return number_in(match[1]) * metres_of_unit(match[2])


def _trigger_words(text: str) -> Iterator[str]:
    """The words of a text, and their beginnings where they may have an ending (promieniu)."""
    for word in re.findall(r"[^\W\d_]+|°", text):
        yield word
        if len(word) > 4:
            yield from (word[:-1], word[:-2], word[:-3])


def dimensions_in(text: str, *, is_unit_needed: bool, bare_m: float) -> list[Extent]:
    """Each ``200 x 300 m`` in a folded text; `bare_m` is what one of a number without a unit means."""
    extents = []
    for match in _patterns().dimensions.finditer(text):
        first, unit_1, second, unit_2 = match.groups()
        if is_unit_needed and not (unit_1 or unit_2):
            continue
        last = unit_2 or unit_1
        bare = bare_m if last is None else metres_of_unit(last)
        sides = number_in(first) * (bare if unit_1 is None else metres_of_unit(unit_1)), number_in(second) * bare
        extents.append(Extent((sides[0] ** 2 + sides[1] ** 2) ** 0.5, _shown(match), width_m=min(sides)))
    return extents


def _is_of_other(text: str, match: re.Match[str]) -> bool:
    """Whether a word of it, or right before it, says that it is not of the hazard: a radius of evacuation."""
    before = words_of(text[max(0, match.start() - 40) : match.start()])[-2:]
    others: frozenset[str] = column_words()["not_of_hazard"]
    return bool(others.intersection([*before, *words_of(match[0])]))


def metres_of_unit(unit: str | None) -> float:
    """Metres of one of a unit of length; a number without one is in metres."""
    metres: Mapping[str, float] = column_words()["units_m"]
    return 1.0 if unit is None else metres.get(unit, 1.0)


def _shown(match: re.Match[str]) -> str:
    return repr(" ".join(match[0].split()))
