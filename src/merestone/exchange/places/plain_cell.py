"""Cells of coordinates as spreadsheets and keyboards of other scripts write them, in plain characters."""

import math
import re
from collections.abc import Iterable, Sequence
from typing import Final

_OTHER: Final = {
    "\N{ARABIC DECIMAL SEPARATOR}": ".", "\N{ARABIC THOUSANDS SEPARATOR}": "", "\N{ARABIC COMMA}": ",",
    "\N{ARABIC SEMICOLON}": ";", "\N{IDEOGRAPHIC FULL STOP}": ".", "\N{IDEOGRAPHIC COMMA}": ",",
    "\N{IDEOGRAPHIC SPACE}": " ", "\N{LEFT-TO-RIGHT MARK}": "", "\N{RIGHT-TO-LEFT MARK}": "",
    "\N{ARABIC LETTER MARK}": "", "\N{ZERO WIDTH SPACE}": "", "\N{ZERO WIDTH NO-BREAK SPACE}": "",
}  # fmt: skip
_FULL_WIDTH: Final = range(0xFF01, 0xFF5F)
_FULL_WIDTH_FROM: Final = 0xFEE0
_QUOTED: Final = re.compile(r"=?\s*\"\s*([^\"]*?)\s*\"|=\s*([-+]?[\d.,]+)")
"""What keeps a spreadsheet from reading a number: ="17.105"."""
_APOSTROPHE: Final = re.compile(
    r"['\u2019\u2018`\u00b4]\s*(?=[-+NSEW(]?\s*\d)([^'\u2019\u2018`\u00b4\"\u2033]*?)\s*['\u2019\u2018`\u00b4]?"
)
_MARKS: Final = "'\u2019\u2018`\u00b4\"="
_EXPONENT: Final = re.compile(
    r"(?P<name>.*?\b(?:.*_)?(?:lat|lon|lng|long)(?:itude)?)[\s_(\[*-]*(?:e(?P<power>[5-7])|(?P<micro>micro[\s_-]?deg(?:ree)?s?|\u00b5deg|\u00b5\u00b0))[)\]]?",
    re.IGNORECASE,
)


_ANGLE: Final = re.compile(
    r"(?P<name>.*?(?:lat|lon|lng|long)(?:itude)?)[\s_(\[-]+(?P<unit>gons?|gradians?|rad|radians?)[)\]]?", re.IGNORECASE
)
_GON_DEG: Final = 0.9
PACKED: Final = frozenset(
    {"dms", "ddm", "dmm", "gms", "ddmmss", "dddmmss", "ddmm", "dddmm", "mmss", "ddmmssss", "ddmmmm", "nmea"}
)
"""Words of a name that say that degrees, minutes and seconds stand in one number or text."""


def plain_cell(text: str) -> str:
    """A cell without the apostrophe that makes a number text, in European digits.

    >>> plain_cell("'44.905"), plain_cell('="17.105"'), plain_cell("٤٤٫٩٠٥"), plain_cell("44°54'")
    ('44.905', '17.105', '44.905', "44°54'")
    """
    text = text.strip()
    if not text.isascii():
        text = "".join(map(_plain_character, text)).strip()
    if text[:1] and text[0] in _MARKS:
        for form in (_QUOTED, _APOSTROPHE):
            if (match := form.fullmatch(text)) is not None:
                return next(group for group in match.groups() if group is not None)
    return text


def _plain_character(character: str) -> str:
    if character in _OTHER:
        return _OTHER[character]
    if ord(character) in _FULL_WIDTH:
        return chr(ord(character) - _FULL_WIDTH_FROM)
    return str(int(character)) if character.isdecimal() else character


def plain_cells(cells: Sequence[str], columns: Iterable[int]) -> Sequence[str]:
    """The cells with those of some columns in plain characters; the very cells where none needs it."""
    changed = {at: plain for at in columns if at < len(cells) and (plain := plain_cell(cells[at])) != cells[at]}
    return [changed.get(at, cell) for at, cell in enumerate(cells)] if changed else cells


def without_exponent(name: str) -> tuple[str, float]:
    """A name of a column without the unit of its angles, and how many degrees one of it is.

    >>> without_exponent("latitudeE7"), without_exponent("lon_e6"), without_exponent("Latitude")
    (('latitude', 1e-07), ('lon', 1e-06), ('Latitude', 1.0))
    """
    match = _EXPONENT.fullmatch(name.strip())
    if match is None and (angle := _ANGLE.fullmatch(name.strip())) is not None:
        return angle["name"], _GON_DEG if angle["unit"].lower().startswith("g") else math.degrees(1.0)
    if match is None:
        return name, 1.0
    return match["name"], float(f"1e-{match['power'] or 6}")


_ZONE: Final = re.compile(
    r"\s*(?:UTM\s*)?(?:ZONE\s*)?0?([1-9]|[1-5]\d|60)\s*(?:[A-HJ-NP-Z]|NORTH|SOUTH)?\s*|\s*EPSG:?\s*32[67]\d\d\s*",
    re.IGNORECASE,
)


def states_no_grid(zones: Iterable[Sequence[str]], pairs: Iterable[Sequence[str]]) -> bool:
    """Whether what is called a zone is none of a grid: its cells are none of UTM's, or stand beside degrees.

    >>> states_no_grid([["Z1"]], [["666200", "4974800"]]), states_no_grid([["33T"]], [["666200", "4974800"]])
    (True, False)
    """
    filled = [cell for row in zones for cell in row if cell.strip()]
    if filled and not any(map(_ZONE.fullmatch, filled)):
        return True
    try:
        places = [(float(x), float(y)) for x, y in pairs if x and y]
    except ValueError:
        return False
    return bool(places) and all(abs(x) <= 180 and abs(y) <= 90 for x, y in places)
