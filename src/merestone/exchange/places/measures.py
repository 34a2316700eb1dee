"""Lengths that a file states beside a place: which column holds an accuracy or a radius, in which unit, and how much.

Column names are compared word by word: accents, case, the separators of ODK groups, camelCase and units in the name do
not matter. A cell that is blank says nothing (None). A cell that holds something that is not a length says that there
is a length which nobody can read: NaN, which is treated as unknown, never as absent.
"""

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final

from merestone.terms import yaml_value

DRMS_TO_95: Final = 2.0
"""From a horizontal root-mean-square error to the radius that holds 95 % of positions. Twice the distance RMS holds
95.4 % (an error along one line) to 98.2 % (the same in all directions) of normally distributed errors; source: U.S.
Federal Radionavigation Plan, definition of 2drms. FGDC-STD-007.3-1998 (NSSDA), section 3.2.1 has 1.7308, which holds
only for errors that are the same in all directions."""
AXIS_TO_95: Final = 2.4477
"""From the standard error of one axis, or an RMS of which nobody says of what it is, to the radius that holds 95 %, for
errors that are the same in all directions. Source: FGDC-STD-007.3-1998 (NSSDA), section 3.2.1."""
ANDROID_TO_95: Final = 1.63
"""From the radius that holds 68 % to the one that holds 95 %, normal errors: sqrt(ln 0.05 / ln 0.32) = 1.622, rounded
up. Android states its estimate at 68 % (`Location.getAccuracy`), and ODK Collect and KoboCollect write it as it is."""
CEP_TO_95: Final = 2.91
"""From the radius that holds half of the positions to the one that holds 95 %: 2.08 for errors that are the same in all
directions, 1.960 / 0.6745 = 2.906 for errors along one line."""
ANSWER_PREFIX: Final = "hazard_"
"""What the names of our answers' columns begin with. An accuracy among them is a hazard's, not the position's."""
MOST_RADIUS_M: Final = 100_000.0
"""A circle around a hazard that is larger than this is taken for a mistake. Ours."""

GROUP_MARKS: Final = r"'\u2018\u2019\u02bc\u066c\u00a0\u202f"
"""What people write between thousands, beside a space, a dot and a comma; for the brackets of a pattern."""
_NUMBER: Final = re.compile(rf"(?P<number>\d[\d\s.,{GROUP_MARKS}]*(?:[eE][+-]?\d+)?|[.,]\d+)\s*(?P<unit>.*)", re.DOTALL)
_ABOUT: Final = re.compile(
    r"^(?:±|\+/-|\+-|<=?|≤|~|≈|ca\.?|c\.|approx\.?|about|around|env\.?|около|\+)\s*", re.IGNORECASE
)
_RANGE: Final = re.compile(
    r"^(?P<low>\d[\d.,'\u2019\s]*)\s*(?:-|–|to|\.\.)\s*(?P<high>\d[\d.,'\u2019\s]*)\s*(?P<unit>\D*)$"
)


@dataclass(frozen=True, slots=True)
class Measure:
    """A column that holds a length."""

    column: str
    metres: float
    """What one unit of a bare number in it means, metres."""
    factor: float = 1.0
    """From what the column states to what is wanted: radius from diameter, 95 % from another share."""
    unit_is_stated: bool = False
    """Whether the column's name states the unit; a unit in a cell goes before it."""
    why_factor: str = ""
    """What `factor` stands for, in words."""
    unit_column: str | None = None
    """A column beside it that states the unit."""
    is_buffer: bool = False
    """Whether it says how far the hazard reaches around its outline, rather than the radius of a circle."""
    is_doubtful: bool = False
    """Whether it may be of something else (an error that a program met): what is no length says nothing."""

    def metres_of(self, values: Mapping[str, Any]) -> float | None:
        """What the row states: metres; NaN if it cannot be read; None if the cell is blank.

        >>> accuracy_measures(["accuracy"])[0].metres_of({"accuracy": "0,5 km"})
        500.0
        """
        bare = self.metres
        stated = None if self.unit_column is None else values.get(self.unit_column)
        if isinstance(stated, str) and stated.strip():
            of_any = self.metres if _is_plain_unit(self.unit_column) else math.nan  # a unit may be a team
            bare = _metres().get(folded(stated), of_any)
        length = length_m(values.get(self.column), bare_unit_m=bare)
        if length is None or (self.is_doubtful and math.isnan(length)):
            return None
        return length * self.factor


def _is_plain_unit(name: str | None) -> bool:
    return name is not None and _strip_accents(name.casefold()).strip() in _UNITS


_UNITS: Final = ("unit", "units", "uom")


def _unit_column(name: str, names: Sequence[str]) -> str | None:
    """The column that states the unit of another: by its name, or as the only one that is called a unit."""
    beside = _strip_accents(name.casefold())
    units = {f"{beside}{gap}{end}" for gap in ("", "_", " ", ".") for end in _UNITS}
    named = next((other for other in names if _strip_accents(other.casefold()) in units), None)
    return named or next(filter(_is_plain_unit, names), None)


def word_lists(file_name: str) -> dict[str, Any]:
    """The lists of a file of words that lies beside this module, as they stand there."""
    text = files("merestone.exchange.places").joinpath(file_name).read_text(encoding="utf-8")
    lists: dict[str, Any] = yaml_value(text)
    return lists


def folded_lists(lists: Mapping[str, Iterable[Any]]) -> dict[str, tuple[str, ...]]:
    """Lists of words by name, each word folded."""
    return {name: tuple(folded(str(word)) for word in entries) for name, entries in lists.items()}


@cache
def column_words() -> Mapping[str, Any]:
    """The lists of `column_words.yaml`: frozen sets, those of vertices in their order, and `units_m` by unit."""
    lists = word_lists("column_words.yaml")
    units_m = {unit: float(metres) for metres, units in lists.pop("units_m").items() for unit in units}
    in_order = folded_lists(lists)
    ordered = {name: entries for name, entries in in_order.items() if name.startswith("vertex")}
    return {"units_m": units_m} | {name: frozenset(entries) for name, entries in in_order.items()} | ordered


def _metres() -> Mapping[str, float]:
    units_m: Mapping[str, float] = column_words()["units_m"]
    return units_m


def accuracy_measures(names: Iterable[str]) -> tuple[Measure, ...]:
    """The columns that state how accurate a position is, horizontally. Several count: the worst holds.

    >>> [m.column for m in accuracy_measures(["id", "GPS accuracy (m)", "vertical_accuracy", "hdop", "date_precision"])]
    ['GPS accuracy (m)']
    >>> accuracy_measures(["esrignss_h_rms"])[0].factor
    2.0
    """
    column_names = tuple(names)
    measures = [m for name in column_names if (m := _accuracy(name)) is not None]
    if not any("unit" in name.lower() or "uom" in name.lower() for name in column_names):
        return tuple(measures)
    units = [None if m.unit_is_stated else _unit_column(m.column, column_names) for m in measures]
    return tuple(replace(m, unit_column=unit) for m, unit in zip(measures, units, strict=True))


def radius_measures(names: Iterable[str]) -> tuple[Measure, ...]:
    """The columns that state the radius of the hazard around its place, or how far it reaches around its outline.

    >>> [(m.column, m.metres * m.factor) for m in radius_measures(["name", "radiusInKm", "Diamètre (m)"])]
    [('radiusInKm', 1000.0), ('Diamètre (m)', 0.5)]
    """
    column_names = tuple(names)
    return tuple(m for name in column_names if (m := _radius(name, column_names)) is not None)


_LARGEST: Final = 1.7e308
"""No larger whole number is a float."""


def length_m(value: Any, *, bare_unit_m: float = 1.0, units: Mapping[str, float] | None = None) -> float | None:
    """A cell as metres. None: blank. NaN: it holds something, and that is not a length of 0 or more.

    `units` are those of lengths, unless others are given (of areas: then all is in square metres).

    Where a number can be read in two ways (1,200 as 1.2 or as 1200), the larger one holds; of a range, its upper end.

    >>> length_m("500 m"), length_m("1,5 km"), length_m("  "), length_m("10-20 m"), length_m("< 10"), length_m("1,200")
    (500.0, 1500.0, None, 20.0, 10.0, 1200.0)
    >>> length_m("not measured"), length_m(-3)
    (nan, nan)
    """
    if value is None or isinstance(value, bool):
        return None if value is None else math.nan
    if isinstance(value, (int, float)):
        number = float(value) if not abs(value) > _LARGEST else math.inf  # hundreds of digits
        if math.isnan(number):
            return None  # a table's blank cell
        return number * bare_unit_m if math.isfinite(number) and number >= 0 else math.nan
    text = str(value)
    if units is None and len(text) < _OFTEN_SEEN:
        return _length_of_text(text, bare_unit_m)
    return _length_in(text, bare_unit_m, _metres() if units is None else units)


_OFTEN_SEEN: Final = 20
"""Cells shorter than this come again and again, the more so the more rows there are."""


@lru_cache(maxsize=4096)
def _length_of_text(text: str, bare_unit_m: float) -> float | None:
    return _length_in(text, bare_unit_m, _metres())


def _length_in(text: str, bare_unit_m: float, known: Mapping[str, float]) -> float | None:
    text = in_decimals(text.strip())
    if not text or text.casefold() in ("nan", "none", "null", "<null>"):
        return None
    text = _ABOUT.sub("", text)
    range_match = _RANGE.match(text)
    if range_match is not None:
        low, high = number_in(range_match["low"]), number_in(range_match["high"])
        return max(low, high) * _unit(range_match["unit"], bare_unit_m, known)
    match = _NUMBER.fullmatch(text)
    if match is None:
        return math.nan
    length = number_in(match["number"]) * _unit(match["unit"], bare_unit_m, known)
    return length if math.isfinite(length) else math.nan


def worst_m(measures: Sequence[Measure], values: Mapping[str, Any]) -> float | None:
    """The largest of what the columns state; NaN if one of them cannot be read; None if all are blank."""
    stated = [length for measure in measures if (length := measure.metres_of(values)) is not None]
    if not stated:
        return None
    return math.nan if any(math.isnan(length) for length in stated) else max(stated)


def number_in(text: str) -> float:
    """A number with any of the usual marks for decimals and thousands; of two readings the larger."""
    digits = re.sub(rf"[\s{GROUP_MARKS}]", "", text)
    readings = []
    for decimal, thousands in ((".", ","), (",", ".")):
        if digits.count(decimal) <= 1 and (thousands not in digits or _is_grouped(digits, decimal, thousands)):
            if thousands == "." and re.fullmatch(r"\d+\.\d{3}", digits):
                continue  # 4.123 is what a receiver writes with three decimals
            try:
                readings.append(float(digits.replace(thousands, "").replace(decimal, ".")))
            except ValueError:
                continue
    return max(readings, default=math.nan)


def _is_grouped(digits: str, decimal: str, thousands: str) -> bool:
    whole = digits.partition(decimal)[0]
    return bool(re.fullmatch(rf"\d{{1,3}}(?:{re.escape(thousands)}\d{{3}})+", whole))


def _unit(text: str, bare_unit_m: float, known: Mapping[str, float]) -> float:
    """Metres of a unit as a cell writes it; NaN if it is not known."""
    written = text.strip().rstrip(".")
    return bare_unit_m if not written else known.get(" ".join(folded(written).replace("^", "").split()), math.nan)


def folded(text: str) -> str:
    """Lower case without accents."""
    return _strip_accents(text.strip().casefold())


@lru_cache(maxsize=4096)
def words_of(name: str) -> tuple[str, ...]:
    """The words of a column name, folded: camelCase, separators and brackets end a word."""
    parted = re.sub(r"(?<=[a-zа-я])(?=[A-ZА-Я][a-zа-я]+)|(?<=[a-z])(?=[A-Z]{2,}$)|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return tuple(
        re.findall(r"[^\W_]+|°", _strip_accents(parted.casefold()).casefold())
    )  # the sign for number becomes No


_FRACTION: Final = re.compile(r"(\d+)?[ \u00a0]?([\u00bc-\u00be\u2150-\u215e])")


def in_decimals(text: str) -> str:
    """A text with its fractions of one character as decimals.

    >>> in_decimals("1½ km"), in_decimals("¼ mile")
    ('1.5 km', '0.25 mile')
    """
    if text.isascii():
        return text
    return _FRACTION.sub(lambda match: f"{int(match[1] or 0) + unicodedata.numeric(match[2]):.4g}", text)


def _strip_accents(text: str) -> str:
    if text.isascii():  # as outlines written as text are, whose thousands of digits are looked through for words
        return text
    bare = unicodedata.normalize(
        "NFKD", in_decimals(text).replace("ł", "l").replace("ø", "o").replace("ı", "i").replace("đ", "d")
    )
    return "".join(c for c in bare if not unicodedata.combining(c))


def _of_unit(name_words: tuple[str, ...]) -> tuple[tuple[str, ...], float, bool]:
    """The words without a unit at their end, and the unit."""
    if len(name_words) > 2 and (times := _TIMES.fullmatch(name_words[-2])) is not None:
        rest, metres, is_stated = _of_unit((*name_words[:-2], name_words[-1]))
        return rest, metres * float(times[1]), is_stated
    if len(name_words) > 1 and name_words[-1] in _metres():
        return name_words[:-1], _metres()[name_words[-1]], True
    return name_words, 1.0, False


_HALF: Final = frozenset(
    {
        "half",
        "semi",
        "semimajor",
        "semiminor",
        "smaj",
        "smin",
        "smajor",
        "sminor",
        "halfwidth",
        "halflength",
        "semieje",
        "halbachse",
        "demi",
    }
)
_HALF_TO_RADIUS: Final = 1.4143
"""From the longer half side of a rectangle to its corner: the square root of two, rounded up."""
_CODES_OF_PRECISION: Final = (("geo", "precision"), ("geoprecision",), ("where", "prec"), ("where", "precision"))
"""Columns of event databases (ACLED, UCDP GED) in which 1 is a town and 3 a province."""


_AXES: Final = frozenset({"x", "y", "e", "n", "east", "north", "easting", "northing", "lat", "lon"})
_TIMES: Final = re.compile(r"[x×*]\s?(10{1,3})(?!\d)", re.IGNORECASE)
"""A power of ten in a name: radius (x100 m)."""
_DARWIN_CORE_DEGREES: Final = (("coordinate", "precision"), ("coordinateprecision",))
"""Darwin Core's `coordinatePrecision`, which is in degrees."""


_PLUS_MINUS: Final = re.compile(r"(?:±|\+\s?/?\s?[-\u2212])\s*[(\[]?\s*([^\W\d_]+)?\s*[)\]]?")


@lru_cache(maxsize=4096)
def _accuracy(name: str) -> Measure | None:
    if (sign := _PLUS_MINUS.fullmatch(name.strip())) is not None:
        metres = _metres().get(folded(sign[1] or "m"), math.nan)
        return Measure(name, metres, unit_is_stated=sign[1] is not None)
    name_words, metres, is_stated = _of_unit(words_of(name))
    have, known = set(name_words), column_words()
    if not have or have & known["not_horizontal"]:
        return None
    factor, why = 1.0, ""
    if name_words[:2] in _CODES_OF_PRECISION:
        return Measure(name, math.nan, why_factor="a code of how precise a place is, no length")
    if name_words in _DARWIN_CORE_DEGREES:
        return Measure(name, _metres()["deg"], why_factor="a precision in degrees, as Darwin Core states it")
    if have & known["rms"] or name_words == ("esrignss", "h"):  # a Shapefile keeps ten characters of ESRIGNSS_H_RMS
        of_error = known["rms"] | known["error"] | _AXES
        if not (have & known["position"] or have <= of_error or have & {"hrms", "hrmse", "drms"}):
            return None
        factor = DRMS_TO_95 if have & known["rms_horizontal"] else AXIS_TO_95
        why = f"a root-mean-square error; times {factor:g} for 95 %"
    elif "cep" in have:
        factor, why = CEP_TO_95, f"a radius that holds 50 %; times {CEP_TO_95:g} for 95 %"
    elif have & known["accuracy"]:
        if _is_odk(name, name_words):
            factor, why = ANDROID_TO_95, f"as Android states it, at 68 %; times {ANDROID_TO_95:g} for 95 %"
    elif not have & known["error"] or not (
        have & known["position"] or is_stated or have <= known["error"] | known["fillers"]
    ):
        return None
    is_doubtful = have <= known["error"] | known["fillers"] and not is_stated
    return Measure(name, metres, factor, is_stated, why, is_doubtful=is_doubtful)


def _is_odk(name: str, name_words: tuple[str, ...]) -> bool:
    """Whether ODK (`location-Accuracy`, `location:Accuracy`) or Kobo (`_location_precision`) write names so."""
    if name_words[-1] == "accuracy" and re.search(r"[-:.]\s*Accuracy$", name):
        return True
    return name_words[-1] == "precision" and name.startswith("_") and len(name_words) > 1


_COMPOUNDS: Final = ("radius", "raadius", "radie", "radien", "straal")
"""Ends of words that are a radius in languages that write words together: Gefahrenradius, riskradie."""


def _parts_of(word: str) -> tuple[str, ...]:
    end = next((end for end in _COMPOUNDS if word.endswith(end) and word != end), None)
    return (word,) if end is None or word in column_words()["radius"] else (word.removesuffix(end), "radius")


@lru_cache(maxsize=4096)
def _radius(name: str, names: tuple[str, ...]) -> Measure | None:
    name_words, metres, is_stated = _of_unit(words_of(name))
    have, known = {part for word in name_words for part in _parts_of(word)}, column_words()
    is_buffer = bool(have & known["buffer"])
    if have & _HALF and not have & (known["radius"] | known["not_of_hazard"] | known["not_horizontal"] - {"height"}):
        return Measure(name, metres, _HALF_TO_RADIUS, is_stated, "half of a side; the corner lies farther")
    if have & {"circle", "kreis", "cercle", "circulo"} and "r" in have:
        return Measure(name, metres, unit_is_stated=is_stated)
    if have & known["not_of_hazard"] or not (is_buffer or have & (known["radius"] | known["diameter"])):
        return None
    ambiguous = known["radius_or_other"]
    if have & ambiguous and not have <= ambiguous | known["fillers"] | known["radius"]:
        return None
    is_diameter = not is_buffer and not have & known["radius"]  # Arabic writes a radius as "half of the diameter"
    unit_column = None if is_stated else _unit_column(name, names)
    why = "a diameter; half of it is the radius" if is_diameter else ""
    return Measure(name, metres, 0.5 if is_diameter else 1.0, is_stated, why, unit_column, is_buffer)
