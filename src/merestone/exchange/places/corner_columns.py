"""Corners and boxes in columns beside each other: `lat2`, `lon2` ..., `tp1_lat`, `x1`, `y1`, `xmin` ... `ymax`, `bbox`.

A sheet that has one row for each hazard may keep its corners in columns: the first pair is then a corner like the
others, or the place of a label. Names are taken apart into letters and numbers, so that `lat2` is the latitude of
number 2. Columns of other places (a village, an office) are no corners.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import Final

from merestone.exchange.places.columns import (
    ColumnRoles,
    PlaceColumns,
    PlaceSource,
    Role,
    column_roles,
    name_words,
    parts_of,
)
from merestone.exchange.places.measures import column_words, words_of
from merestone.exchange.places.place_cells import PlaceReader
from merestone.exchange.places.plain_cell import without_exponent

_PAIRED: Final = (
    ("longitude", "latitude", Role.DEGREES), ("easting", "northing", Role.UTM), ("x", "y", Role.PLANE),
)  # fmt: skip
_NUMBERED: Final = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")
_SIDES: Final = ("west", "south", "east", "north")
_LETTERS: Final = {"w": "west", "s": "south", "e": "east", "n": "north"}
_END_LETTERS: Final = {"s": "start", "e": "end"}
_AXES: Final = {
    "x": "x", "lon": "x", "long": "x", "lng": "x", "longitude": "x", "easting": "x", "longitud": "x",
    "y": "y", "lat": "y", "latitude": "y", "northing": "y", "latitud": "y",
}  # fmt: skip
_GRID_AXES: Final = frozenset({"easting", "northing", "x", "y", "utm"})
_PLURALS: Final = frozenset(
    {"polygon", "outline", "perimeter", "boundary", "side", "corners", "vertices", "nodes", "turning", "tps", "sides"}
)
_MIN_MAX: Final = re.compile(r"(min|max)(x|y|lon|lat|long|lng|longitude|latitude)|(x|y|lon|lat|long|lng)(min|max)")
_END_OF_AXIS: Final = re.compile(
    r"(?<![^\W\d_])(s|e|start|end|begin|finish|from|to|first|last)(?=(?:lat|lon|lng|long|latitude|longitude|x|y|easting|northing)"
    r"(?![^\W\d_]))",
    re.IGNORECASE,
)
"""StartX, endlat, slon: the end of a line and an axis in one word."""
_GRID: Final = re.compile(r"(utm|wgs|epsg|etrs|zone|gk|mgi)[\s_-]*\d+[a-z]?(?![a-z0-9])", re.IGNORECASE)
_UPPER_LEFT: Final = re.compile(r"\b([ult][lr]|[bl][lr])_?([xy])\b", re.IGNORECASE)
_LIKELY: Final = re.compile(
    r"(?<![a-z])[ns][-_ ]?[we](?![a-z])|"
    r"\d|lat|lon|lng|[xy]|east|west|north|south|nord|sud|top|left|right|bottom|corner|^[wsen]$|mgrs|^est$|^este$|ouest|"
    r"start|begin|finish|stop|\bend|\b(?:von|bis|od|do|tot|til|fra|nuo|iki)\b|^from|^to(?![a-z])|"
    r"origin|destination|first|last|inici|final|desde|hasta|comienzo|termino|debut|fin\b|depart|"
    r"arrivee|inizi|fine\b|anfang|ende|kraj|konec|koniec|konc|poc|slut|vege?\b|algus|loppu|alku|slat|elat|"
    r"oeste|norte|sur|zapad|istok|jug|sever|sjever|zon|fuseau|huso|fuso|strefa|utm|gzd|hemi|band",
    re.IGNORECASE,
)


class Order(StrEnum):
    """What the names of corners say of their order."""

    NUMBERED = "numbered"
    OPPOSITE = "corners of a box"
    ENDS = "start and end"


@dataclass(frozen=True, slots=True)
class Corner:
    """The columns of one corner."""

    source: PlaceSource
    order: Order
    number: int
    is_certain: bool
    """Whether nothing else can be meant: two columns with coordinates, and not a text that may be one."""


@dataclass(frozen=True, slots=True)
class CornerColumns:
    """The columns of a table that state corners and boxes."""

    corners: tuple[Corner, ...] = ()
    boxes: tuple[tuple[PlaceSource, PlaceSource], ...] = ()
    """South-west and north-east corner, in columns."""
    box_texts: tuple[int, ...] = ()
    """Columns of which each cell holds a box: four numbers."""

    def __bool__(self) -> bool:
        return bool(self.corners or self.boxes or self.box_texts)

    @property
    def taken(self) -> frozenset[int]:
        """Places in the header of all that take part, but for texts."""
        sources = [corner.source for corner in self.corners if corner.is_certain]
        sources += [source for box in self.boxes for source in box]
        return frozenset(column for source in sources for column in source.all_columns)


@lru_cache(maxsize=512)
def corner_columns(names: tuple[str, ...]) -> CornerColumns:
    """The columns that state corners and boxes, by their names.

    >>> found = corner_columns(("id", "lat", "lon", "lat2", "lon2", "tp3_lat", "tp3_lon"))
    >>> [(corner.source.columns, corner.number) for corner in found.corners]
    [((4, 3), 2), ((6, 5), 3)]
    >>> corner_columns(("xmin", "ymin", "xmax", "ymax")).boxes[0][1].columns
    (2, 3)
    """
    likely = [name if _LIKELY.search(name) or not name.isascii() else "" for name in names]
    likely = [name if not name or without_exponent(name)[1] == 1.0 else "" for name in likely]  # lat_e7 is no corner 7
    if not any(likely) and not any(_is_box_text(name) for name in names):
        return CornerColumns()
    boxes, of_boxes = _boxes(likely)
    lon_parts, lat_parts = parts_of(names)
    left = ["" if place in {*of_boxes, *lon_parts, *lat_parts} else name for place, name in enumerate(likely)]
    corners = sorted(_corners(left), key=lambda corner: corner.number)
    texts = tuple(place for place, name in enumerate(names) if place not in of_boxes and _is_box_text(name))
    return CornerColumns(tuple(corners), tuple(boxes), texts)


def _is_box_text(name: str) -> bool:
    joined = "".join(words_of(name))
    return bool(re.search(r"bbox|boundingbox|^bounds$|^envelope$|^extent$|^mbr$", joined))


def _split(name: str) -> str:
    """A name with its numbers apart from its letters, but for those of grids and systems (utm33, wgs84)."""
    apart = _END_OF_AXIS.sub(lambda match: _END_LETTERS.get(match[1].lower(), match[1]) + "_", name)
    return _NUMBERED.sub("_", _UPPER_LEFT.sub(r"\1_\2", _GRID.sub(lambda match: match[1], apart)))


def _corners(names: Sequence[str]) -> Iterator[Corner]:
    columns = [column_roles(place, _split(name)) for place, name in enumerate(names)]
    plain = [column_roles(place, name) for place, name in enumerate(names)]
    seen: set[int] = set()
    for source, rest in _pairs(columns):
        which = _which(rest)
        if which is not None:
            seen |= set(source.columns)
            yield Corner(source, *which, is_certain=True)
    for column in columns:
        if column.place in seen or not names[column.place]:
            continue
        is_mgrs = "mgrs" in column.roles
        beside = column.roles.get("mgrs") if is_mgrs else column.roles.get("position")
        is_sky = "".join(column.name_parts) in name_words("opposite_corner")  # north-west is no northing of west
        is_lettered = bool(column_words()["point_corner"].intersection(column.name_parts))  # corner E is no easting
        if beside is None and (is_sky or plain[column.place].roles.keys() <= ({"easting"} if is_lettered else set())):
            beside = column.name_parts
        is_named = bool(column.roles.keys() & {"mgrs", "position"})
        which = None if beside is None else _which(beside, is_text=not is_named)
        if which is not None:
            role_of_text = Role.MGRS if is_mgrs else Role.POSITION
            yield Corner(PlaceSource(role_of_text, (column.place,)), *which, is_certain=False)


def _pairs(columns: Sequence[ColumnRoles]) -> Iterator[tuple[PlaceSource, tuple[str, ...]]]:
    """Two columns with the same words and numbers beside the names of their axes."""
    zone = next((column.place for column in columns if "zone" in column.roles), None)
    taken: set[int] = set()
    for first, second, role in _PAIRED:
        firsts = {rest: column.place for column in columns if (rest := _beside(column, first)) is not None}
        for column in columns:
            rest = _beside(column, second)
            if rest is None or rest not in firsts or {column.place, firsts[rest]} & taken:
                continue
            places = (firsts[rest], column.place)
            taken |= set(places)
            if role is Role.UTM and zone is not None:
                yield PlaceSource(Role.UTM, places, (zone,)), rest
            else:
                yield PlaceSource(Role.PLANE if role is Role.UTM else role, places), rest


def _beside(column: ColumnRoles, role: str) -> tuple[str, ...] | None:
    """The words beside the name of an axis; None if the column is not of that axis."""
    doubtful = {"longitude": "longitude_or_length", "latitude": "latitude_or_width"}.get(role)
    if role not in column.roles and doubtful is not None and "m" not in column.name_parts:
        known = name_words(doubtful)
        return tuple(w for w in column.name_parts if w not in known) if known.intersection(column.name_parts) else None
    return column.roles.get(role)


def _which(rest: Sequence[str], *, is_text: bool = False) -> tuple[Order, int] | None:
    """Which corner words name; None if they name none, or another place."""
    known = column_words()
    corner, point = known["point_corner"], known["point_word"] | known["name_filler"]
    allowed = corner | point | name_words("own_place") | _PLURALS
    numbers = [int(word[:6]) for word in rest if word.isdecimal()]
    boxed = name_words("box")
    other_words = [
        word for word in rest if not word.isdecimal() and (len(word) == 1 or word not in boxed or word in corner)
    ]
    opposite = [word for word in other_words if word in name_words("opposite_corner")]
    joined = "".join(other_words)
    if len(other_words) == 2 and joined in name_words("opposite_corner"):
        opposite, other_words = [joined], []
    ends = [word for word in other_words if word in name_words("line_end")]
    strangers = [w for w in other_words if w not in allowed and w not in opposite and w not in ends and len(w) > 1]
    is_of_hazard = not known["outline_of_other"].intersection(strangers)  # road start, and no village start
    if ends and not numbers and not opposite and is_of_hazard and (not is_text or len(strangers) < 2):
        return Order.ENDS, sorted(name_words("line_end")).index(ends[0])
    if strangers or (is_text and not (set(other_words) & (corner | column_words()["point_word"]) or opposite)):
        return None
    if len(numbers) == 1:
        return Order.NUMBERED, numbers[0]
    letters = [word for word in other_words if len(word) == 1 and word.isalpha() and word not in point]
    if not numbers and opposite:
        return Order.OPPOSITE, sorted(name_words("opposite_corner")).index(opposite[0])
    if not numbers and len(letters) == 1:
        return Order.NUMBERED, ord(letters[0]) - ord("a" if letters[0].isascii() else "а") + 1
    return None


def _boxes(names: Sequence[str]) -> tuple[list[tuple[PlaceSource, PlaceSource]], set[int]]:
    zone = next((place for place, name in enumerate(names) if name and "zone" in column_roles(place, name).roles), None)
    groups: dict[tuple[str, ...], dict[str, int]] = {}
    for place, name in enumerate(names):
        if name and (side := _side(name)) is not None:
            groups.setdefault(side[1], {}).setdefault(side[0], place)
    boxes, taken = [], set()
    for sides in groups.values():
        if len(sides) < len(_SIDES):
            continue
        west, south, east, north = (sides[side] for side in _SIDES)
        is_grid = zone is not None and any(_GRID_AXES.intersection(words_of(names[place])) for place in (west, south))
        role, beside = (Role.UTM, (zone,)) if is_grid and zone is not None else (Role.DEGREES, ())
        boxes.append((PlaceSource(role, (west, south), beside), PlaceSource(role, (east, north), beside)))
        taken |= {west, south, east, north}
    return boxes, taken


def _side(name: str) -> tuple[str, tuple[str, ...]] | None:
    """Which side of a box a column states, and what else its name says; None if it states none."""
    other_words: list[str] = []
    for word in words_of(name):
        match = _MIN_MAX.fullmatch(word)
        other_words += [word] if match is None else [part for part in match.groups() if part]
    sky = [s for s in _SIDES for word in other_words if word in name_words(f"box_{s}") or _LETTERS.get(word) == s]
    ends = [end for end in ("min", "max") if name_words(f"box_{end}").intersection(other_words)]
    axes = {_AXES[word] for word in other_words if word in _AXES}
    named = [f"box_{side}" for side in (*_SIDES, "min", "max")]
    rest = tuple(
        w for w in other_words if w not in _LETTERS and w not in _AXES and not any(w in name_words(n) for n in named)
    )
    if not name_words("box").issuperset(rest):
        return None
    if len(sky) == 1 and not ends:
        return sky[0], rest
    if len(ends) == 1 and len(axes) == 1 and not sky:
        low = ends[0] == "min"
        return {"x": "west" if low else "east", "y": "south" if low else "north"}[axes.pop()], rest
    return None


def with_corner_columns(
    names: tuple[str, ...], places: PlaceColumns | None, rows: Sequence[Sequence[str]]
) -> PlaceColumns | None:
    """The columns of places of a table of areas, whose corners stay columns of their rows (`corner_columns`).

    A table that states nothing but corners or boxes places each row at the first of them.

    Parameters
    ----------
    places
        As `columns.place_columns` finds them.
    rows
        Some of the first rows.
    """
    columns_found = corner_columns(names)
    if not columns_found:
        return places
    own = () if places is None or places.is_ambiguous else places.sources
    own = tuple(source for source in own if not columns_found.taken.issuperset(source.columns))
    if places is not None and own:
        return replace(places, sources=own, corner_columns=columns_found.taken)
    sources = [c.source for c in columns_found.corners if c.is_certain or _is_read(names, c.source, rows)]
    if len(sources) == 1 and columns_found.corners[0].order is Order.ENDS:
        sources = []  # one end alone does not tell where the row lies
    sources += [low for low, _ in columns_found.boxes]
    if not sources and places is None:
        boxes = [PlaceSource(Role.BOX, (at,)) for at in columns_found.box_texts]
        boxes = [box for box in boxes if _is_read(names, box, rows)]
        return PlaceColumns(tuple(boxes[:1])) if boxes else None
    return PlaceColumns(tuple(sources[:1]), corner_columns=columns_found.taken) if sources else places


def _is_read(names: tuple[str, ...], source: PlaceSource, rows: Sequence[Sequence[str]]) -> bool:
    """Whether a row has a position in these columns."""
    reader = PlaceReader(names, [source], repeat_outline=None)
    padded = ([*row, *[""] * (len(names) - len(row))] for row in rows)
    return any(place.geometry is not None for row in padded for place in reader(row))
