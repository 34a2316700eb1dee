"""Columns that say that the hazard lies at a bearing and a distance from the place that its row states.

Which way a bearing runs (from true, magnetic or grid north, in degrees, mils or gon, there or back) decides where the
hazard lies, and files rarely say all of it. How far it lies at most does not depend on that: so the distance alone is
read, and of several legs their sum.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Final

from merestone.exchange.places.extent_text import LONGEST_TEXT
from merestone.exchange.places.measures import (
    GROUP_MARKS,
    column_words,
    folded,
    folded_lists,
    length_m,
    number_in,
    word_lists,
    words_of,
)

_KILOMETRES_BELOW: Final = 10.0
"""A number without a unit below this is taken as kilometres, the larger reading: 0.8, and 2."""
_PACE_M: Final = 1.8
_OTHER_UNITS: Final[Mapping[str, float]] = {
    "nm": 1852.0, "nautical mile": 1852.0, "nautical miles": 1852.0, "cable": 219.5, "cables": 219.5, "chain": 20.117,
    "chains": 20.117, "hm": 100.0, "dam": 10.0, "verst": 1066.8, "versts": 1066.8, "rod": 5.03, "rods": 5.03,
}  # fmt: skip
"""Metres of one unit of a distance that no other measure has."""
_ROWS: Final = frozenset({"row", "rows", "lane", "lanes", "strip", "strips", "belt", "belts"})
_ALONG_AXES: Final = frozenset({"dx", "dy"})
_NUMBER_AT_END: Final = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")
_NUMBER: Final = re.compile(r"(?<![\d.,])(\d{1,9}(?:[.,]\d{1,6}){0,3})\s*([^\W\d_]{1,20})?")
_MARK_OF_SHORT_FORM: Final = re.compile(r"@|\d\s?\D{0,7}/\s?\d|(?<!\w)az\W|(?<!\w)[ns]\s?\d{1,2}\D{0,5}")
_BETWEEN_IN_TEXT: Final = 80
"""So many characters may stand between a bearing and its distance in a remark."""


@cache
def bearing_words() -> Mapping[str, frozenset[str]]:
    """The lists of `bearing_words.yaml`, folded."""
    return {name: frozenset(listed) for name, listed in folded_lists(word_lists("bearing_words.yaml")).items()}


@cache
def _units_m() -> Mapping[str, float]:
    metres: Mapping[str, float] = column_words()["units_m"]
    of_angles = {"deg", "degree", "degrees", "grad", "°"}
    lengths = {unit: length for unit, length in metres.items() if unit not in of_angles}
    lengths |= dict.fromkeys(bearing_words()["paces"], _PACE_M)
    return lengths | dict(_OTHER_UNITS)


@dataclass(frozen=True, slots=True)
class _Distance:
    column: str
    leg: frozenset[str]
    """What tells the leg: numbers and words beside those of a distance. Columns of one leg state the same distance."""
    unit_m: float | None
    unit_column: str | None
    is_offset: bool
    """Whether it is too short to be of kilometres."""


@dataclass(frozen=True, slots=True)
class BearingColumns:
    """The columns of a table that tell how far from its place a row's hazard may lie."""

    bearings: tuple[str, ...] = ()
    distances: tuple[_Distance, ...] = ()
    combined: tuple[str, ...] = ()
    """Columns of which a cell holds both, such as 045/800."""

    def __bool__(self) -> bool:
        return bool(self.distances or self.combined)

    @property
    def columns(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.bearings, *(distance.column for distance in self.distances), *self.combined)


@dataclass(frozen=True, slots=True)
class Away:
    """How far from the place of its row a hazard may lie."""

    distance_m: float
    cells: str
    """The cells that say so, as they were read."""
    unread: tuple[str, ...] = ()
    """Words on cells that say that it lies elsewhere, and not how far."""


@lru_cache(maxsize=512)
def bearing_columns(names: tuple[str, ...]) -> BearingColumns:
    """The columns that tell a bearing and a distance, by their names.

    >>> found = bearing_columns(("id", "lat", "lon", "Azimuth (mils)", "Dist_km"))
    >>> found.bearings, [distance.column for distance in found.distances]
    (('Azimuth (mils)',), ['Dist_km'])
    >>> bool(bearing_columns(("lat", "lon", "bearing", "distance_to_nearest_town_km")))
    False
    """
    known = bearing_words()
    parted = {name: _parted(name) for name in names}
    row_lengths = {name for name, parts in parted.items() if _is_length_of_row(parts)}
    usable = {
        name: parts
        for name, parts in parted.items()
        if name in row_lengths or not known["of_other"].intersection(parts)
    }
    bearings = {name for name, parts in usable.items() if known["bearing"].intersection(parts)}
    distances, combined = [], []
    is_symbol = any("sidc" in parts or parts[-2:] == ("symbol", "code") for parts in parted.values())
    for name, parts in usable.items():
        if is_symbol and parts[-1:] == ("am",):
            distances.append(_Distance(name, frozenset({"am"}), None, None, is_offset=True))
        rest, unit_m = _without_unit(parts)
        have = {word for word in rest if not word.isdecimal()}
        is_plain = bool(have & known["distance"])
        if name in bearings:
            combined += [name] if have & (known["distance"] | {"range", "rng"}) else []
            continue
        is_alone = is_plain and have <= known["distance"] | known["fillers"] | known["way_points"]
        is_own = is_alone or name in row_lengths
        if not is_own and not (bearings and (is_plain or _is_leg(rest))):
            continue
        if column_words()["not_of_hazard"].intersection(have - {"corner", "border"}):
            continue
        axes = {word[:1] for word in have & {"x", "y", "e", "n", "east", "north", "easting", "northing"}}
        axes |= {word[1:] for word in have & _ALONG_AXES}
        numbers = {word for word in rest if word.isdecimal()}
        strangers = have - known["distance"] - known["fillers"] - known["distance_beside_bearing"]
        is_offset = bool(have & ({"offset", "offsets", "ofs", "versatz", "decalage", "смещение"} | _ALONG_AXES))
        unit_column = _unit_column(name, names)
        distances.append(_Distance(name, frozenset(axes | numbers | strangers), unit_m, unit_column, is_offset))
    combined = [name for name in combined if not distances]
    return BearingColumns(tuple(name for name in names if name in bearings), tuple(distances), tuple(combined))


def _parted(name: str) -> tuple[str, ...]:
    """The words of a name, numbers apart from letters."""
    return words_of(_NUMBER_AT_END.sub(" ", name))


def _is_length_of_row(name_words: Sequence[str]) -> bool:
    """Whether a name is that of the length of a row of hazards; row_spacing_m is not."""
    have = set(name_words)
    of_something_else = bearing_words()["of_other"] - _ROWS
    return bool(have & _ROWS and have & bearing_words()["length_of_leg"]) and not have & of_something_else


def _is_leg(name_words: Sequence[str]) -> bool:
    """Whether a name beside that of a bearing is of a distance: range, d2, length_1."""
    known = bearing_words()
    have = {word for word in name_words if not word.isdecimal()}
    beside = have & known["distance_beside_bearing"]
    is_numbered = len(have) < len(name_words)
    return any(len(word) > 1 or have == {word} for word in beside) or (
        is_numbered and bool(have & known["length_of_leg"])
    )


def _without_unit(name_words: tuple[str, ...]) -> tuple[tuple[str, ...], float | None]:
    units = _units_m()
    for size in (2, 1):
        unit = " ".join(name_words[-size:])
        if len(name_words) > size and unit in units:
            return name_words[:-size], units[unit]
    inside = [word for word in name_words[1:] if word in units]  # dist_m_1
    if len(inside) == 1 and name_words[-1].isdecimal():
        return tuple(word for word in name_words if word != inside[0]), units[inside[0]]
    return name_words, None


def _unit_column(name: str, names: Sequence[str]) -> str | None:
    called = {folded(other).replace("_", "").replace(" ", ""): other for other in names}
    beside = folded(name).replace("_", "").replace(" ", "")
    units = ("unit", "units", "uom")
    own = [called[f"{beside}{end}"] for end in units if f"{beside}{end}" in called]
    own += [
        called[f"{start}{beside}"] for start in ("unit", "unitof", "unitsof", "uom") if f"{start}{beside}" in called
    ]
    return next(iter([*own, *(called[end] for end in units if end in called)]), None)


def distance_away(values: Mapping[str, Any], columns: BearingColumns) -> Away | None:
    """How far from its place the hazard of a row may lie; None if the row does not say that it lies elsewhere.

    Parameters
    ----------
    values
        By name of the column, flat.
    columns
        Those of `bearing_columns`.

    >>> row = {"azimuth": 90, "distance": "0.8 km", "note": ""}
    >>> distance_away(row, bearing_columns(tuple(row))).distance_m
    800.0
    """
    legs: dict[frozenset[str], tuple[float, str]] = {}
    unread: list[str] = []
    for distance in columns.distances:
        value = values.get(distance.column)
        metres, assumption = _metres(distance, value, values)
        if metres is None:
            continue
        if math.isnan(metres):
            unread.append(f"{distance.column} = {value!r} cannot be read, so how far the hazard lies is unknown")
            metres = _largest_in(value)
        if metres > legs.get(distance.leg, (0.0, ""))[0]:
            legs[distance.leg] = metres, f"{distance.column} = {value!r}{assumption}"
    for name in (*columns.combined, *columns.bearings):
        value = values.get(name)
        if value is not None and (metres := _largest_in(value, is_unit_needed=name not in columns.combined)):
            legs[frozenset([name])] = metres, f"{name} = {value!r}"
    for name, value in values.items():
        if isinstance(value, str) and name not in columns.combined and (stated := _stated_in_text(value)) is not None:
            legs[frozenset(["", name])] = stated[0], f"{name} says {stated[1]!r}"
    bearing = next((name for name in columns.bearings if values.get(name) not in (None, "")), None)
    if not legs and not unread:
        return None
    beside = "" if bearing is None else f"{bearing} = {values[bearing]!r}, "
    cells = beside + ", ".join(cell for _, cell in legs.values())
    return Away(sum(metres for metres, _ in legs.values()), cells, tuple(unread))


def _metres(distance: _Distance, value: Any, values: Mapping[str, Any]) -> tuple[float | None, str]:
    """The metres of a cell (NaN if it cannot be read, None if it states none), and words on a unit that was assumed."""
    if isinstance(value, list | tuple):
        parts_m = [m for part in value if (m := _metres(distance, part, values)[0]) is not None]
        return (sum(parts_m) or None), " (the sum)"
    if value is None or isinstance(value, bool | dict):
        return None, ""
    value = abs(value) if isinstance(value, int | float) else str(value).strip().lstrip("-")
    unit_m = distance.unit_m
    stated = None if distance.unit_column is None else values.get(distance.unit_column)
    if isinstance(stated, str) and stated.strip():
        unit_m = _units_m().get(" ".join(words_of(stated)), unit_m)
    metres = length_m(value, bare_unit_m=unit_m or 1.0, units=_units_m())
    if metres is None or metres == 0:
        return None, ""
    has_letters = isinstance(value, str) and any(c.isalpha() for c in value)
    if unit_m is None and not has_letters and not math.isnan(metres):
        if metres < _KILOMETRES_BELOW and not distance.is_offset:
            return metres * 1000.0, " (no unit stated: kilometres, the larger reading)"
        return metres, " (no unit stated: metres)"
    return metres, ""


def _largest_in(value: Any, *, is_unit_needed: bool = False) -> float:
    """The largest length that any number of a text may be, metres; 0 if it has no number."""
    largest_m = 0.0
    for number, unit in _NUMBER.findall(str(value)[:LONGEST_TEXT]):
        unit_m = _units_m().get(folded(unit), 0.0 if is_unit_needed else 1.0)
        metres = number_in(number) * unit_m
        largest_m = max(largest_m, metres if math.isfinite(metres) else 0.0)
    return largest_m


@cache
def _marks() -> tuple[str, ...]:
    """Words of which one stands in every remark that states a bearing in words."""
    return tuple(bearing_words()["bearing"] | bearing_words()["here"])


@cache
def _length_in_text() -> re.Pattern[str]:
    """A length with its unit, which every form has; most texts with a number have none."""
    return re.compile(r"\d\s?(?:" + "|".join(sorted(map(re.escape, _units_m()), key=len, reverse=True)) + r")(?!\w)")


@cache
def _in_text() -> tuple[re.Pattern[str], ...]:
    known = bearing_words()
    few = known["bearing"] - known["not_in_text"]
    bearing = "(?:" + "|".join(sorted(map(re.escape, few), key=len, reverse=True)) + r")\w{0,2}"
    units = "(?:" + "|".join(sorted(map(re.escape, _units_m()), key=len, reverse=True)) + ")"
    number = rf"(?P<number>(?<![\d.,])\d{{1,9}}(?:[.,]\d{{1,6}}|[ {GROUP_MARKS}]\d{{3}}(?!\d)){{0,3}})"
    length = rf"{number}\s?(?P<unit>{units})(?!\w)"
    between = rf"[^;\n]{{0,{_BETWEEN_IN_TEXT}}}?"
    compass = "(?:" + "|".join(sorted(known["compass"], key=len, reverse=True)) + r")(?!\w)"
    here = "(?:" + "|".join(sorted(known["here"], key=len, reverse=True)) + ")"
    referent = rf"[\s,]{{1,3}}\w{{1,6}} [^;\n\d]{{0,24}}?(?<!\w){here}(?!\w)"
    angle = r"[^\d\n;]{0,20}\d{1,4}(?:[.,]\d+)?"
    return (
        re.compile(rf"(?<!\w){bearing}{angle}{between}{length}"),
        re.compile(rf"{length}[^;\n\d]{{0,{_BETWEEN_IN_TEXT}}}?(?<!\w){bearing}{angle}"),
        re.compile(rf"{length}[\s,-]{{0,3}}(?:to the )?{compass}{referent}"),
        *(re.compile(form) for form in _short_forms(length)),
    )


def _short_forms(length: str) -> tuple[str, ...]:
    """A bearing with its distance, as surveyors write them without a word: 045/700 m, 700 m @ 45, N45E 700 m."""
    unit = r"\s?(?:°|º|deg|degrees|mils?|gon|grad)?(?!\w)"
    quadrant = r"[ns]\s?\d{1,2}(?:\s?°\s?(?:\d{1,2}['′]?)?|[.,]\d+)?\s?[ew](?!\w)"
    return (
        rf"{length}\s?@\s?\d{{1,4}}{unit}",
        rf"(?<![\w./,-])\d{{1,4}}{unit}\s?@\s?{length}",
        rf"(?<![\w./,-])(?:[0-3]\d\d|[0-6]\d{{3}}){unit}\s?/\s?{length}",
        rf"(?<!\w){quadrant}[\s,/@:-]{{0,3}}{length}",
        # "az" alone is an article in Hungarian.
        rf"(?<!\w)az(?:[.:=]\s?|\s)\d{{1,4}}(?:[.,]\d+)?\s?(?:°|º|deg|mils?|gon|[,;/])[^\n]{{0,20}}?{length}",
    )


@lru_cache(maxsize=1024)
def _stated_in_text(text: str) -> tuple[float, str] | None:
    """The distance that a remark states beside a bearing, and its words; None if it states none."""
    if not 8 <= len(text) <= LONGEST_TEXT or not any(map(str.isdigit, text)):
        return None
    plain = folded(text)
    if not _length_in_text().search(plain):
        return None
    if not any(word in plain for word in _marks()) and not _MARK_OF_SHORT_FORM.search(plain):
        return None
    # Several of one form are legs, one after the other: the hazard lies as far away as their sum at most.
    stated = []
    for pattern in _in_text():
        matches = list(pattern.finditer(plain))
        metres = sum(number_in(match["number"]) * _units_m()[match["unit"]] for match in matches)
        stated.append((metres, "; ".join(" ".join(match[0].split()) for match in matches)))
    return max((each for each in stated if each[0]), default=None)
