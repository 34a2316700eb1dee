"""Which columns of a table hold a place, by their names in any usual language, and by what they hold.

A table may state a place in several ways at once (an outline as text beside a latitude and a longitude). All of them
are given, in the order in which they are to be tried; which of them a row has filled, and whether they agree, is
`place_cells`' business.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final, NamedTuple

from merestone.exchange.places.angle_parts import AngleParts, angle_parts
from merestone.exchange.places.hemispheres import side_columns
from merestone.exchange.places.measures import column_words, words_of
from merestone.exchange.places.pair_order import is_certain_position, order_of_pairs
from merestone.exchange.places.plain_cell import PACKED, plain_cells, states_no_grid, without_exponent
from merestone.exchange.places.sky_and_codes import header_without_sky, is_geohash_column
from merestone.exchange.places.text_geometry import (
    RepeatOutline,
    TextGeometryInvalid,
    holds_text_geometry,
    parse_text_geometry,
)
from merestone.geodesy import PositionRefused, parse_position
from merestone.terms import yaml_value

_HEADER_ZONE: Final = re.compile(r"^(?:utm|z|zone)?(?P<zone>\d{1,2})(?P<letter>[a-z])?$")


class Role(StrEnum):
    """How one or several columns state a place."""

    GEOMETRY = "geometry"
    """One column of WKT, EWKT, hexadecimal WKB, GeoJSON or the text of a form's geopoint, geotrace or geoshape."""
    DEGREES = "longitude and latitude"
    PARTS = "degrees, minutes and seconds in columns"
    PLANE = "x and y"
    """Two columns that do not say whether they are degrees or metres of a projection: x, then y."""
    UTM = "UTM"
    """Easting, northing, and the zone in a column or in the header."""
    MGRS = "MGRS"
    GEOHASH = "geohash"
    BOX = "box"
    """One column of west, south, east and north, as GeoJSON, the services of OGC and PostGIS write them."""
    POSITION = "position"
    """One column with both coordinates, in any notation of `geodesy.parse_position`."""


@dataclass(frozen=True, slots=True)
class PlaceSource:
    """One way in which the rows of a table state their place."""

    role: Role
    columns: tuple[int, ...]
    """Places in the header: of the geometry, the position or the MGRS text; longitude or x, then latitude or y."""
    zone: tuple[int, ...] = ()
    """Of UTM: the columns whose texts make up the zone with its letter."""
    header_zone: str = ""
    """Of UTM: the zone as the header says it, such as 33T."""
    lon_first: bool = False
    """Of a position, and of pairs: whether two numbers without letters are longitude, then latitude."""
    is_order_known: bool = False
    """Of these: whether its name or its rows say which comes first."""
    is_by_content: bool = False
    """Whether the content and not the name told it."""
    unit_deg: float = 1.0
    """Of degrees: what one of a number means (1e-7 in `latitudeE7`)."""
    sides: tuple[int, ...] = ()
    """Of degrees: the columns with the letters of the longitude's hemisphere, and of the latitude's; -1: none."""
    is_packed: bool = False
    """Of degrees: whether the name says that cells contain minutes and seconds, too: one number is then refused."""
    parts: AngleParts = ((), ())
    """Of angles in parts: the columns of the longitude, then of the latitude."""

    @property
    def all_columns(self) -> tuple[int, ...]:
        """Every column that takes part."""
        return (*self.columns, *self.zone, *(side for side in self.sides if side >= 0))

    @property
    def are_plain_numbers(self) -> bool:
        """Whether its two cells alone are the place, of one degree or metre each."""
        return self.role in (Role.DEGREES, Role.PLANE) and self.unit_deg == 1.0 and not (self.sides or self.is_packed)


@dataclass(frozen=True, slots=True)
class PlaceColumns:
    """The ways in which the rows of a table state their place, in the order in which they are tried."""

    sources: tuple[PlaceSource, ...]
    unused: tuple[str, ...] = ()
    """Names of columns that state other places, such as a reference point's."""
    is_ambiguous: bool = False
    """Whether several places are stated, and no name says which of them is the row's own."""
    corner_columns: frozenset[int] = frozenset()
    """Places in the header of corners, which stay columns of their rows also where the place is read from them."""

    @property
    def are_corners(self) -> bool:
        """Whether the place of a row is only the first of its corners."""
        return bool(self.sources) and self.corner_columns.issuperset(self.sources[0].columns)


def place_columns(
    header: Sequence[str],
    sample_rows: Sequence[Sequence[str]],
    tags: Sequence[str] = (),
    targets: Mapping[str, str] | None = None,
    *,
    repeat_outline: RepeatOutline,
) -> PlaceColumns | None:
    """Where the rows of a table state their place; None if no column does.

    Parameters
    ----------
    header
        Names of the columns.
    sample_rows
        Some of the first rows, by which columns are known whose names say nothing.
    tags
        HXL hashtags of the columns, if the table has such a row; they go before names.
    targets
        Columns of which a person says what they give of the place (`exchange.mapping.PLACE_TARGETS`); these alone
        are then looked at.
    repeat_outline
        How a cell that holds the answers of a form's repeat is read: `repeat_points.outline_of_repeat`.

    >>> from merestone.exchange.places.repeat_points import outline_of_repeat
    >>> place_columns(["id", "Latitude", "Longitude"], [], repeat_outline=outline_of_repeat).sources[0].columns
    (2, 1)
    >>> place_columns(["id", "Ort"], [["1", "POINT (17 44)"]], repeat_outline=outline_of_repeat).sources[0].role
    <Role.GEOMETRY: 'geometry'>
    """
    sample_rows = [plain_cells(row, range(len(row))) for row in sample_rows]
    if targets:
        columns = [column_roles(place, targets[name]) for place, name in enumerate(header) if targets.get(name)]
    else:
        columns = [column_roles(place, tag or name) for place, (name, tag) in enumerate(_tagged(header, tags))]
    parts = ((), ()) if targets else parts_of(header)
    stated = _stated(columns, parts, sample_rows)
    sources = [(_settled(source, header, sample_rows), is_own) for source, is_own in stated]
    own = [source for source, is_own in sources if is_own] or [source for source, _ in sources]
    unused = tuple(header[i] for source, is_own in sources if not is_own and source not in own for i in source.columns)
    called = {_named_place(source, header) for source in own}
    is_one = len(own) == 1 or (len(called) == 1 and frozenset() not in called)
    is_ambiguous = bool(own) and not is_one and not any(is_own for _, is_own in sources)
    if targets:
        return PlaceColumns(tuple(own), (), is_ambiguous) if own else None
    if not any(_is_filled(source, sample_rows, repeat_outline) for source in own):
        taken = {i for source in own for i in source.all_columns}
        own += _by_content(header, sample_rows, taken, repeat_outline)
    if not own:
        own = [PlaceSource(Role.GEOHASH, (i,)) for i, name in enumerate(header) if is_geohash_column(name)]
    if not own:
        own = list(_doubtful_pairs(header))
        is_ambiguous = len(own) > 1
    own.sort(key=lambda source: _is_outline_of_position(source, header))
    return PlaceColumns(tuple(own), unused, is_ambiguous) if own else None


def _stated(
    columns: Sequence["ColumnRoles"], parts: AngleParts, sample_rows: Sequence[Sequence[str]]
) -> Iterator[tuple[PlaceSource, bool]]:
    """The ways in which columns state places by their names, in their order, and whether each is the row's own."""
    yield from _texts(columns, Role.GEOMETRY, sample_rows)
    yield from paired_columns([column for column in columns if column.place not in parts[0] + parts[1]])
    yield from _in_parts(parts)
    yield from _texts(columns, Role.MGRS, sample_rows)
    yield from _texts(columns, Role.POSITION, sample_rows)


def _settled(source: PlaceSource, header: Sequence[str], sample: Sequence[Sequence[str]]) -> PlaceSource:
    """The source with its unit, and without a zone that does not belong to a grid."""
    if source.role in (Role.DEGREES, Role.PARTS):
        units = {without_exponent(header[i])[1] for i in source.columns}
        sides = side_columns(header, sample, source.all_columns) or ()
        is_packed = any(PACKED.intersection(words_of(header[i].replace(".", ""))) for i in source.columns)
        unit_deg = units.pop() if len(units) == 1 else 1.0
        return replace(source, unit_deg=unit_deg, sides=sides, is_packed=is_packed)
    if source.role is Role.UTM and source.zone and not source.header_zone:
        zones, pairs = (
            [[row[i] for i in columns] for row in sample if max(columns) < len(row)]
            for columns in (source.zone, source.columns)
        )
        return PlaceSource(Role.PLANE, source.columns) if states_no_grid(zones, pairs) else source
    return source


def parts_of(header: Sequence[str]) -> AngleParts:
    """The columns of degrees, minutes and seconds."""
    return angle_parts(header, _roles_of)


def _in_parts(parts: AngleParts) -> Iterator[tuple[PlaceSource, bool]]:
    if parts[0]:
        places = (parts[0][0], parts[1][0])
        yield PlaceSource(Role.PARTS, places, (*parts[0][1:], *parts[1][1:]), parts=parts), True


_GEOMETRY_OF_ROW: Final = frozenset({"wkt", "geometry", "geom", "the geom", "wkt geom", "shape", "geojson", "wkb"})
"""A column of one of these names is the row's geometry; one called otherwise (polygon, perimeter) is an outline that
stands beside the row's position, if it has one."""


def _is_outline_of_position(source: PlaceSource, header: Sequence[str]) -> bool:
    return source.role is Role.GEOMETRY and " ".join(words_of(header[source.columns[0]])) not in _GEOMETRY_OF_ROW


def _named_place(source: PlaceSource, header: Sequence[str]) -> frozenset[str]:
    """What the columns of a source call the place: `corner_gps`, and Kobo's `_corner_gps_latitude` and its longitude.

    >>> header = ["corner_gps", "_corner_gps_latitude", "_corner_gps_longitude"]
    >>> from merestone.exchange.places.repeat_points import outline_of_repeat
    >>> rows = [["44.9 17.1 0 5", "44.9", "17.1"]]
    >>> columns = place_columns(header, rows, repeat_outline=outline_of_repeat)
    >>> len({_named_place(source, header) for source in columns.sources}), columns.is_ambiguous
    (1, False)
    """
    return frozenset.intersection(*(frozenset(words_of(header[column])) for column in source.columns))


class ColumnRoles(NamedTuple):
    """What a column can state of a place by its name."""

    place: int
    name_parts: tuple[str, ...]
    roles: Mapping[str, tuple[str, ...]]
    """Role to the words beside its name."""


@cache
def _names() -> Mapping[str, tuple[tuple[str, ...], ...]]:
    """The lists of `place_names.yaml`, as words, those with most words first."""
    vocabulary = yaml_value(files("merestone.exchange.places").joinpath("place_names.yaml").read_text(encoding="utf-8"))
    return {
        role: tuple(sorted({words_of(str(name)) for names in lists for name in names}, key=len, reverse=True))
        for role, lists in vocabulary.items()
    }


@cache
def name_words(role: str) -> frozenset[str]:
    """The single words of a list of `place_names.yaml`."""
    return frozenset(word for phrase in _names()[role] for word in phrase)


def _tagged(header: Sequence[str], tags: Sequence[str]) -> Iterator[tuple[str, str]]:
    for place, (name, _) in enumerate(map(without_exponent, header_without_sky(header))):
        tag = tags[place] if place < len(tags) else ""
        attributes = re.split(r"\s*\+\s*", tag.strip().lower().lstrip("#"))
        is_geo = attributes[0] == "geo"
        meant = next((a for a in attributes[1:] if a in ("lat", "lon", "coord", "coords")), "") if is_geo else ""
        yield name, meant


_ROLES: Final = (
    "geometry", "longitude", "latitude", "x", "y", "easting", "northing", "zone", "hemisphere", "band", "mgrs",
    "position",
)  # fmt: skip


def column_roles(place: int, name: str) -> ColumnRoles:
    """What a column can state of a place by its name."""
    name_parts = words_of(name)
    return ColumnRoles(place, name_parts, _roles_of(name_parts))


@lru_cache(maxsize=4096)
def _roles_of(name_parts: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
    """By role, the words beside its name: of the names that a role has, the longest that stands there decides."""
    fillers, strangers = name_words("fillers"), name_words("not_a_place")
    roles: dict[str, tuple[str, ...]] = {}
    seen: set[str] = set()
    for _, role, phrase in sorted(named for word in set(name_parts) for named in _names_by_first_word().get(word, ())):
        at = None if role in seen else _find(name_parts, phrase)
        if at is None:
            continue
        seen.add(role)
        rest = (*name_parts[:at], *name_parts[at + len(phrase) :])
        if not strangers.intersection(rest):
            roles[role] = tuple(word for word in rest if word not in fillers)
    return roles


@cache
def _names_by_first_word() -> Mapping[str, tuple[tuple[int, str, tuple[str, ...]], ...]]:
    """The names of roles by their first word: their order, the role, and the words.

    A header of many columns is searched for hundreds of names, of which hardly any begins with a word that is there.
    """
    by_first_word: dict[str, list[tuple[int, str, tuple[str, ...]]]] = {}
    named = [(role, phrase) for role in _ROLES for phrase in _names()[role]]
    for order, (role, phrase) in enumerate(named):
        by_first_word.setdefault(phrase[0], []).append((order, role, phrase))
    return {word: tuple(listed) for word, listed in by_first_word.items()}


def _find(name_parts: tuple[str, ...], phrase: tuple[str, ...]) -> int | None:
    size = len(phrase)
    return next((at for at in range(len(name_parts) - size + 1) if name_parts[at : at + size] == phrase), None)


def _is_own(rest: Iterable[str]) -> bool:
    return all(word in name_words("own_place") or word.isdigit() for word in rest)


def paired_columns(columns: Sequence[ColumnRoles]) -> Iterator[tuple[PlaceSource, bool]]:
    """Two columns with the same words beside the names of their roles."""
    taken: set[int] = set()
    for first, second, role in (
        ("longitude", "latitude", Role.DEGREES),
        ("easting", "northing", Role.UTM),
        ("x", "y", Role.PLANE),
    ):
        firsts: dict[tuple[str, ...], ColumnRoles] = {}
        for column in columns:
            if first in column.roles and column.place not in taken:
                firsts.setdefault(_without_zone(column.roles[first]), column)
        for column in columns:
            if second not in column.roles or column.place in taken:
                continue
            rest = column.roles[second]
            partner = firsts.get(_without_zone(rest))
            if partner is None or partner.place == column.place:
                continue
            source = PlaceSource(role, (partner.place, column.place))
            if role is not Role.DEGREES:
                source = _with_zone(source, columns, rest)
            taken |= set(source.columns)
            yield source, _is_own(_without_zone(rest))


def _without_zone(rest: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for word in rest if not _HEADER_ZONE.match(word))


def _with_zone(source: PlaceSource, columns: Sequence[ColumnRoles], rest: tuple[str, ...]) -> PlaceSource:
    """The pair as UTM if a column or the header says the zone, else as plain x and y."""
    beside: list[int] = []
    for role in ("zone", "band", "hemisphere"):
        column = next(
            (c for c in columns if role in c.roles and _without_zone(c.roles[role]) == _without_zone(rest)), None
        )
        column = column or next((c for c in columns if role in c.roles and _is_own(c.roles[role])), None)
        if column is not None and column.place not in beside:
            beside.append(column.place)
    header = next((word for word in rest if (m := _HEADER_ZONE.match(word)) and 1 <= int(m["zone"]) <= 60), "")
    has_zone_column = any("zone" in c.roles for c in columns if c.place in beside)
    if source.role is Role.PLANE and not (has_zone_column or re.match(r"utm|\d+[a-z]", header)):
        return source
    if not header and not has_zone_column:
        return PlaceSource(Role.PLANE, source.columns)
    zone = re.sub(r"^\D+", "", header).upper()
    return PlaceSource(Role.UTM, source.columns, tuple(beside), zone)


def _texts(
    columns: Sequence[ColumnRoles], role: Role, sample: Sequence[Sequence[str]]
) -> Iterator[tuple[PlaceSource, bool]]:
    """Columns that state a place alone."""
    for column in columns:
        rest = column.roles.get(role.value.lower())
        axes = {"longitude", "latitude"} & set(column.roles)
        if rest is None or (role is Role.POSITION and {"zone", "x", "y", "easting", "mgrs"} & set(column.roles)):
            continue
        if len(axes) == 1 or (axes and role is not Role.POSITION):
            continue
        source = PlaceSource(role, (column.place,))
        texts = [cell for row in sample if column.place < len(row) and (cell := row[column.place].strip())]
        if role is Role.GEOMETRY:
            is_others = bool(set(rest) & column_words()["outline_of_other"])
            yield _ordered(source, column.name_parts, texts), not is_others
        elif role is not Role.POSITION:
            yield source, _is_own(rest)
        elif not texts or any(map(_is_position, texts)):  # else a column "location" that holds the names of villages
            yield _ordered(source, column.name_parts, texts), _is_own(rest)


def _is_position(text: str) -> bool:
    try:
        if parse_text_geometry(text) is not None:
            return True
        parse_position(text)
    except TextGeometryInvalid:
        return True
    except PositionRefused:
        return False
    return True


def _ordered(source: PlaceSource, name_parts: Sequence[str], texts: Sequence[str]) -> PlaceSource:
    """The source with the order of its pairs, as its name or its rows tell it."""
    order = order_of_pairs(name_parts, texts)
    return replace(source, lon_first=order.lon_first, is_order_known=order.is_known)


def _is_filled(source: PlaceSource, sample: Sequence[Sequence[str]], repeat_outline: RepeatOutline) -> bool:
    """Whether one of the sample's rows states a place so; of an empty sample nobody knows."""
    if not sample:
        return True
    for row in sample:
        cells = [row[i].strip() if i < len(row) else "" for i in source.columns]
        if not all(cells):
            continue
        if source.role is not Role.GEOMETRY or _holds_geometry(cells[0], repeat_outline):
            return True
    return False


def _by_content(
    header: Sequence[str], sample: Sequence[Sequence[str]], taken: set[int], repeat_outline: RepeatOutline
) -> Iterator[PlaceSource]:
    """Columns all of whose filled cells in the sample hold geometries, or positions with letters."""
    for place in range(len(header)):
        texts = [cell for row in sample if place < len(row) and (cell := row[place].strip())]
        if place in taken or not texts:
            continue
        if all(_holds_geometry(text, repeat_outline, header[place]) for text in texts):
            source = PlaceSource(Role.GEOMETRY, (place,), is_by_content=True)
            yield _ordered(source, words_of(header[place]), texts)
        elif all(map(is_certain_position, texts)):
            yield PlaceSource(Role.POSITION, (place,), is_by_content=True, is_order_known=True)


def _holds_geometry(text: str, repeat_outline: RepeatOutline, name: str = "") -> bool:
    if holds_text_geometry(text):
        return True
    return (bool(name) or text.startswith("[")) and repeat_outline(name, text) is not None


def _doubtful_pairs(header: Sequence[str]) -> Iterator[PlaceSource]:
    """Words such as Breite and Länge, which may also be a width and a length; several pairs are several places."""
    headers = [words_of(name) for name in header]
    lon, lat = (
        {tuple(w for w in have if w not in known): i for i, have in reversed(list(enumerate(headers)))
         if known.intersection(have) and "m" not in have}
        for known in map(name_words, ("longitude_or_length", "latitude_or_width"))
    )  # fmt: skip
    shared = sorted(lon.keys() & lat.keys())
    pairs = [(lon[rest], lat[rest]) for rest in (shared[:1] if () in shared else shared)]
    if not pairs and lon and lat:
        pairs = [(min(lon.values()), min(lat.values()))]
    yield from (PlaceSource(Role.DEGREES, pair) for pair in pairs)
