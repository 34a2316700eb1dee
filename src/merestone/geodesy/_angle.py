"""Two angles out of a text, in the many ways in which people write them, each part with its place in the text."""

import re
from dataclasses import dataclass
from typing import Final, Literal

from merestone.geodesy._refusal import PositionRefused, numbers
from merestone.languages import gettext, gettext_noop, ngettext

Axis = Literal["lat", "lon"]
_EXPECTED: Final = gettext_noop("a position such as 44.9 N, 17.1 E")

_HEMISPHERES: Final[dict[str, tuple[Axis, int]]] = {
    **dict.fromkeys(("N", "NORTH", "С", "С.Ш.", "С. Ш.", "СШ", "ПН", "ПН.", "ПН.Ш.", "ПН. Ш."), ("lat", 1)),
    **dict.fromkeys(("S", "SOUTH", "Ю", "Ю.Ш.", "Ю. Ш.", "ЮШ", "ПД", "ПД.", "ПД.Ш.", "ПД. Ш."), ("lat", -1)),
    **dict.fromkeys(("E", "EAST", "В", "В.Д.", "В. Д.", "ВД", "СХ", "СХ.", "СХ.Д.", "СХ. Д."), ("lon", 1)),
    **dict.fromkeys(("W", "WEST", "З", "З.Д.", "З. Д.", "ЗД", "ЗХ", "ЗХ.", "ЗХ.Д.", "ЗХ. Д."), ("lon", -1)),
}
_AMBIGUOUS: Final = {
    "O": gettext_noop("O is east in German and west in French, Spanish and Italian"),
    "L": gettext_noop("L is east in Portuguese, west in Finnish and south or west in Estonian"),
    "P": gettext_noop("P is north in Finnish and Estonian, but other languages read it otherwise"),
    "I": gettext_noop("I is east in some languages, and their S may be north"),
    "J": gettext_noop("J is south in some languages, and their S may be north"),
    "Z": gettext_noop("Z is west in some languages, and their S may be north"),
}
_NO_HEMISPHERE: Final = gettext_noop("this letter names no hemisphere")
_MARKS: Final = {
    **dict.fromkeys(("°", "º", "˚", "d", "deg"), 0),
    **dict.fromkeys(("'", "′", "’", "‘", "´", "`", "ʹ", "min", "m"), 1),
    **dict.fromkeys(('"', "″", "”", "“", "''", "′′", "’’", "ʺ", "sec", "s"), 2),
}
_LETTER_MARKS: Final = re.compile(r"\d\s?d(?![a-z])")
"""44d54m30s: where a small d stands for degrees, small m and s are minutes and seconds; elsewhere s is south."""


def _grammar(letter_marks: str) -> re.Pattern[str]:
    return re.compile(
        r"(?P<space>[\s()\[\]]+)"
        r"|(?P<number>[+\-−–]?\d+(?:\.\d*)?|[+\-−–]?\.\d+)"
        rf"|(?P<mark>''|′′|’’|[°º˚'′’‘´`ʹ\"″”“ʺ]|(?:deg|min|sec)(?![a-z]){letter_marks})"
        r"|(?P<label>(?:latitude|longitude|lat|lon|lng|long)\b\.?\s*[:=]?)"
        r"|(?P<hemisphere>(?:north|south|east|west)(?![a-z])|[сю]\.?\s?ш\.?|[вз]\.?\s?д\.?|(?:пн|пд)\.?(?:\s?ш\.?)?"
        r"|(?:сх|зх)\.?(?:\s?д\.?)?|[A-ZЁА-Я])"
        r"|(?P<separator>[,;/|])",
        re.IGNORECASE,
    )


_WITH_LETTER_MARKS: Final = _grammar(r"|(?<=[\d ])(?-i:[dms])(?![a-z])")
_WITHOUT_LETTER_MARKS: Final = _grammar("")


@dataclass(frozen=True, slots=True)
class Angle:
    """One angle as it was read."""

    degrees: float
    half_unit_deg: float
    """Half a unit of the last digit written, in degrees."""
    depth: int
    """0: degrees, 1: and minutes, 2: and seconds."""
    axis: Axis | None
    at: int
    """Where it begins in the text, counted from 0."""
    written: str


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


def read_angles(text: str) -> tuple[Angle, Angle, bool]:
    """The two angles of a text, and whether letters or words say which is which."""
    comma_between_digits = re.search(r"\d,\d", text) and "." not in re.sub(r"[А-яЁё]\.", "", text)
    commas = [m.start() for m in re.finditer(",", text)]
    inner = [m.start() for m in re.finditer(r"(?<=\d),(?=\d)", text)]
    if comma_between_digits and len(inner) >= 2 and not re.search(r"[^\d,+\-−–]", text.strip()):
        why = gettext("a comma could be a decimal comma or could separate two numbers")
        raise PositionRefused(text, inner[0], ",", why, gettext("a point or a semicolon: 44.9; 17.1"))
    if comma_between_digits and not (len(commas) == 1 and not re.search(r"\s|[°'′;]", text.strip())):
        as_decimal = re.sub(r"(?<=\d),(?=\d)", ".", text)
        try:
            return _read(as_decimal, text)
        except PositionRefused as refused:
            try:
                return _read(text, text)
            except PositionRefused:
                raise refused from None
    return _read(text, text)


def _read(spelled: str, text: str) -> tuple[Angle, Angle, bool]:
    tokens = _tokens(spelled, text)
    groups = _split(tokens, text)
    angles = [_angle(group, text) for group in groups]
    axes = [a.axis for a in angles]
    if None in axes and (exponent := re.search(r"(?<=\d)e(?=[+\-]?\d)", text, re.IGNORECASE)):
        why = gettext("this could be east or a power of ten")
        expected = gettext("plain decimals, or a letter after each angle")
        raise PositionRefused(text, exponent.start(), exponent[0], why, expected)
    if axes[0] is not None and axes[0] == axes[1]:
        second = next(t for t in reversed(groups[1]) if t.kind in ("hemisphere", "label"))
        other = gettext("E or W") if axes[0] == "lat" else gettext("N or S")
        raise PositionRefused(
            text, second.at, second.text, gettext("both angles are latitudes, or both are longitudes"), other
        )
    return angles[0], angles[1], axes != [None, None]


def _tokens(spelled: str, text: str) -> list[_Token]:
    grammar = _WITH_LETTER_MARKS if _LETTER_MARKS.search(spelled) else _WITHOUT_LETTER_MARKS
    out: list[_Token] = []
    at = 0
    while at < len(spelled):
        match = grammar.match(spelled, at)
        if match is None:
            raise PositionRefused(
                text, at, text[at], gettext("this character has no place in a position"), gettext(_EXPECTED)
            )
        kind = str(match.lastgroup)
        if kind == "hemisphere" and match[0].upper() not in _HEMISPHERES:
            why = gettext(_AMBIGUOUS.get(match[0].upper(), _NO_HEMISPHERE))
            raise PositionRefused(text, at, text[at : match.end()], why, gettext("N, S, E or W"))
        if kind != "space":
            out.append(_Token(kind, match[0], at))
        at = match.end()
    return out


def _split(tokens: list[_Token], text: str) -> tuple[list[_Token], list[_Token]]:
    """The tokens of the first and of the second angle."""
    body = [t for t in tokens if t.kind != "separator"]
    numbers = [i for i, t in enumerate(body) if t.kind == "number"]
    if len(numbers) < 2:
        why = gettext("there is no second number") if numbers else gettext("it contains no number")
        raise PositionRefused(text, len(text.rstrip()), "", why, gettext(_EXPECTED))
    where = _border(tokens, body, numbers, text)
    return body[:where], body[where:]


def _border(tokens: list[_Token], body: list[_Token], numbers: list[int], text: str) -> int:
    """Index in `body` at which the second angle begins."""
    labels = [i for i, t in enumerate(body) if t.kind == "label"]
    if len(labels) == 2:
        return labels[1] if labels[0] < numbers[0] else labels[0] + 1
    letters = [i for i, t in enumerate(body) if t.kind == "hemisphere"]
    if len(letters) > 2:
        third = body[letters[2]]
        raise PositionRefused(
            text, third.at, third.text, gettext("there is a third hemisphere"), gettext("one letter for each angle")
        )
    if len(letters) == 2:
        return letters[1] if letters[0] < numbers[0] else letters[0] + 1
    degree_marks = [i for i, t in enumerate(body) if t.kind == "mark" and _MARKS[t.text.lower()] == 0]
    if len(degree_marks) == 2:
        return degree_marks[1] - 1
    separators = [t.at for t in tokens if t.kind == "separator" and body[0].at < t.at < body[-1].at]
    if len(separators) == 1:
        return next(i for i, t in enumerate(body) if t.at > separators[0])
    signed = [i for i in numbers[1:] if body[i].text[0] in "+-−–"]
    if len(signed) == 1:
        return signed[0]
    if len(letters) == 1:
        return letters[0] + 1 if numbers[0] < letters[0] < numbers[-1] else numbers[len(numbers) // 2]
    if len(numbers) in (2, 4, 6):
        return numbers[len(numbers) // 2]
    extra = body[numbers[2]]
    why = ngettext("{count} number does not make two angles", "{count} numbers do not make two angles", len(numbers))
    raise PositionRefused(text, extra.at, extra.text, why, gettext("2, 4 or 6 numbers, or a letter after each angle"))


def _angle(tokens: list[_Token], text: str) -> Angle:
    axis: Axis | None = None
    sign = 0
    parts: list[_Token] = []
    for index, token in enumerate(tokens):
        if token.kind == "hemisphere":
            axis, sign = _HEMISPHERES[token.text.upper()]
        elif token.kind == "label":
            axis = "lat" if token.text.lower().startswith("lat") else "lon"
        elif token.kind == "number":
            parts.append(token)
        else:
            wanted = len(parts) - 1
            after_number = index and tokens[index - 1].kind == "number"
            if not after_number or _MARKS[token.text.lower()] != wanted:
                here = (gettext("degrees here"), gettext("minutes here"), gettext("seconds here"))[
                    min(max(wanted, 0), 2)
                ]
                raise PositionRefused(text, token.at, token.text, gettext("this sign is in the wrong place"), here)
    if not 1 <= len(parts) <= 3:
        at = parts[3].at if parts else (tokens[0].at if tokens else len(text))
        too_many = gettext("an angle has degrees, minutes and seconds, no more")
        why = too_many if parts else gettext("an angle has no number")
        raise PositionRefused(text, at, parts[3].text if parts else "", why, gettext(_EXPECTED))
    parts = _compact(parts, axis) if sign else parts
    return _sum(parts, sign, axis, text)


def _compact(parts: list[_Token], axis: Axis | None) -> list[_Token]:
    """Split 4454N into 44 54, and 0170630E into 017 06 30: two digits each for minutes and seconds, no less."""
    whole, point, rest = parts[0].text.partition(".")
    head = 2 if axis == "lat" else 3
    if len(parts) > 1 or not whole.isdigit() or len(whole) not in (head + 2, head + 4):
        return parts
    at = parts[0].at
    pieces = [whole[:head], *(whole[i : i + 2] for i in range(head, len(whole), 2))]
    pieces[-1] += point + rest
    return [_Token("number", p, at + sum(map(len, pieces[:i]))) for i, p in enumerate(pieces)]


def _sum(parts: list[_Token], sign: int, axis: Axis | None, text: str) -> Angle:
    first = parts[0]
    is_negative = first.text[0] in "-−–"
    if sign and first.text[0] in "+-−–":
        why = gettext("use either a sign or a hemisphere's letter, not both")
        raise PositionRefused(
            text, first.at, first.text[0], why, gettext("either {first} or {second}", first="-44.9", second="44.9 S")
        )
    degrees = 0.0
    for depth, part in enumerate(parts):
        if depth < len(parts) - 1 and "." in part.text:
            following = parts[depth + 1]
            why = gettext("only the smallest unit may have decimals")
            expected = gettext("a whole number, or no number such as {number} after it", number=following.text)
            raise PositionRefused(text, part.at, part.text, why, expected)
        value = float(part.text.lstrip("+-−–"))
        if depth and (value >= 60 or part.text[0] in "+-−–"):
            why = gettext("minutes are below 60") if depth == 1 else gettext("seconds are below 60")
            raise PositionRefused(text, part.at, part.text, why, numbers(0, 59.999))
        degrees += value / 60**depth
    decimals = len(parts[-1].text.partition(".")[2])
    half_unit_deg = 0.5 * 10.0**-decimals / 60 ** (len(parts) - 1)
    signed = -degrees if is_negative or sign < 0 else degrees
    written = text[first.at : parts[-1].at + len(parts[-1].text)]
    return Angle(signed, half_unit_deg, len(parts) - 1, axis, first.at, written)
