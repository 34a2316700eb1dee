"""The cells of one row become its place: each way in which the table states it, read and told apart.

Nothing is guessed in silence. A text that cannot be read is a fault with the cell and the column in it; a notation that
is less exact than it looks (an MGRS square, whole seconds) adds to the accuracy what it leaves open.
"""

import math
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, NamedTuple

import shapely
from shapely.geometry.base import BaseGeometry

from merestone.exchange.places.angle_parts import angle_text
from merestone.exchange.places.box_text import box_in_text
from merestone.exchange.places.columns import PlaceSource, Role
from merestone.exchange.places.hemispheres import with_side
from merestone.exchange.places.measures import ANDROID_TO_95
from merestone.exchange.places.plain_cell import plain_cells
from merestone.exchange.places.sky_and_codes import geohash_place
from merestone.exchange.places.text_geometry import (
    ORDER_ASSUMED,
    RepeatOutline,
    TextGeometryInvalid,
    parse_text_geometry,
)
from merestone.exchange.rows.row import Fault
from merestone.geodesy import Notation, Position, PositionRefused, parse_latitude_and_longitude, parse_position

WGS84: Final = "OGC:CRS84"
_DIGIT: Final = re.compile(r"\d")
_DECIMAL_COMMA: Final = re.compile(r"(?<=\d),(?=\d)")
_GROUPED: Final = re.compile(r"[-+]?\d{1,3}(?:[ ,.'\u2019\u00a0\u202f]\d{3})+(?:[.,]\d+)?")
_OPAQUE_HEX: Final = re.compile(r"(?:0x|\\x)?(?=[0-9A-F]*[A-F])(?:[0-9A-F]{2}){12,}", re.IGNORECASE)
_ZONE: Final = re.compile(
    r"(?:EPSG:?\s*32(?P<epsg>[67])(?P<epsg_zone>\d\d))|(?<!\d)(?P<zone>\d{1,2})(?!\d)\s*(?P<letter>[A-Z]*)"
)


class Place(NamedTuple):
    """What one way of stating a place gives for one row. A tuple, because a million are made."""

    source: PlaceSource
    geometry: BaseGeometry | None
    """As stated, x or longitude first; None if `fault` says why it cannot be read."""
    crs: str | None = None
    """The reference system that the text itself states, or that the notation implies; None: the file's."""
    accuracy_m: float | None = None
    """As the text states it, metres, 95 %."""
    resolution_m: float = 0.0
    """What the notation leaves open, metres."""
    fault: Fault | None = None
    inner_geometry: BaseGeometry | None = None
    remarks: tuple[Fault, ...] = ()
    is_order_assumed: bool = False
    """Whether the order of two numbers is this program's rule and not the text's."""


class PlaceReader:
    """Reads the places of the rows of one table.

    Parameters
    ----------
    header
        Names of the columns, for words.
    sources
        In the order in which they are tried.
    is_projected
        Whether the file's own numbers are metres of a projection, as the user says.
    repeat_outline
        How a cell that holds the answers of a form's repeat is read (`repeat_points.outline_of_repeat`); None: no
        such cell is among the sources.
    """

    def __init__(
        self,
        header: Sequence[str],
        sources: Sequence[PlaceSource],
        *,
        repeat_outline: RepeatOutline | None,
        is_projected: bool = False,
    ) -> None:
        self._repeat_outline = repeat_outline
        self.header = tuple(header)
        has_plane = any(source.role is Role.PLANE for source in sources)
        self._plane_first = is_projected and has_plane
        self.sources = (
            tuple(sorted(sources, key=lambda s: s.role is not Role.PLANE)) if self._plane_first else tuple(sources)
        )
        self._is_projected = is_projected
        self._columns = sorted({i for source in self.sources for i in source.all_columns})
        self.opaque: set[str] = set()
        """Columns that hold compressed shapes, which only the program that wrote them can read."""

    def __call__(self, cells: Sequence[str]) -> list[Place]:
        """The places that the cells state, in the order of the sources; empty if none of the sources is filled."""
        plain = plain_cells(cells, self._columns)
        places = [place for source in self.sources if (place := self._place(source, plain)) is not None]
        return [self._on_its_side(place, plain) if place.source.sides else place for place in places]

    def _on_its_side(self, place: Place, cells: Sequence[str]) -> Place:
        """The place in the hemispheres that the letters in its columns state."""
        if place.geometry is None or place.geometry.geom_type != "Point":
            return place
        degrees: list[float] = shapely.get_coordinates(place.geometry)[0].tolist()
        for axis, column in enumerate(place.source.sides):
            side_deg = degrees[axis] if column < 0 else with_side(degrees[axis], cells[column], axis)
            if side_deg is None:
                texts = [cells[i] for i in place.source.columns]
                why = (
                    f"{self.header[column]} = {cells[column]!r} contradicts it, or is no side of the sky that is known"
                )
                return self._unreadable(place.source, texts, why)
            degrees[axis] = side_deg
        return place._replace(geometry=shapely.Point(degrees))

    def _place(self, source: PlaceSource, cells: Sequence[str]) -> Place | None:
        texts = [cells[i].strip() for i in source.columns]
        if not any(texts):
            return None
        return _READERS[source.role](self, source, texts, cells)

    def _geometry(self, source: PlaceSource, texts: Sequence[str], cells: Sequence[str]) -> Place | None:
        [text] = texts
        name = self.header[source.columns[0]]
        try:
            text_geometry = parse_text_geometry(text, lon_first=source.lon_first)
        except TextGeometryInvalid as invalid:
            return Place(source, None, fault=Fault("unreadable_geometry", f"{name}: {invalid}"))
        if text_geometry is None and self._repeat_outline is not None:
            text_geometry = self._repeat_outline(name, text)
        if text_geometry is None:
            if len(self.sources) > 1 or _OPAQUE_HEX.fullmatch(text):
                if _OPAQUE_HEX.fullmatch(text):
                    self.opaque.add(self.header[source.columns[0]])
                return None
            return self._position(source, texts, cells)
        crs = None if text_geometry.srid is None else f"EPSG:{text_geometry.srid}"
        if text_geometry.notation.startswith("geo") and self._is_projected:
            crs = WGS84
        accuracy_m = None if text_geometry.accuracy_m is None else text_geometry.accuracy_m * ANDROID_TO_95
        is_settled = text_geometry.remark is None or (text_geometry.remark == ORDER_ASSUMED and source.is_order_known)
        remarks = () if is_settled or text_geometry.remark is None else (text_geometry.remark,)
        return Place(
            source, text_geometry.geometry, crs, accuracy_m, text_geometry.shift_m, None, text_geometry.inner, remarks
        )

    def _degrees(self, source: PlaceSource, texts: Sequence[str], cells: Sequence[str]) -> Place | None:
        if self._is_projected and not self._plane_first:
            return self._plane(source, texts, cells)
        crs = WGS84 if self._plane_first else None
        lon_text, lat_text = texts
        try:
            lon_deg, lat_deg = (plain_number(text) * source.unit_deg for text in texts)
        except ValueError:
            return self._written_degrees(source, lon_text, lat_text, crs)
        if source.is_packed:
            why = "their names say that minutes and seconds are in it; write 44 54 18, or call them lat and lon if not"
            return self._unreadable(source, texts, why)
        if math.isinf(lon_deg) or math.isinf(lat_deg):
            return self._unreadable(source, texts, "the position is infinite")
        return Place(source, shapely.Point(lon_deg, lat_deg), crs)

    def _written_degrees(self, source: PlaceSource, lon_text: str, lat_text: str, crs: str | None) -> Place:
        lat, lon = (_DECIMAL_COMMA.sub(".", text) for text in (lat_text, lon_text))
        if not lat or not lon:
            missing = self.header[source.columns[0 if not lon else 1]]
            return self._unreadable(source, (lon_text, lat_text), f"{missing} is empty; give both")
        try:
            if not (
                _DIGIT.search(lat) and _DIGIT.search(lon)
            ):  # most of what is no position; a row is soon passed over
                raise PositionRefused(f"{lat}; {lon}", 0, "", "it contains no number", "two numbers")
            position = parse_latitude_and_longitude(lat, lon)
        except PositionRefused:
            return self._unreadable(
                source,
                (lon_text, lat_text),
                "give decimal degrees such as 17.0166, or degrees with minutes and seconds",
            )
        return _of_position(source, position, crs)

    def _in_parts(self, source: PlaceSource, texts: Sequence[str], cells: Sequence[str]) -> Place | None:
        lon, lat = (angle_text([cells[i] for i in columns]) for columns in source.parts)
        if lon is None or lat is None:
            return self._unreadable(source, texts, "its minutes are missing")
        try:
            return _of_position(source, parse_position(f"lat {lat}; lon {lon}"), WGS84)
        except PositionRefused as refused:
            return self._unreadable(source, texts, f"with its minutes and seconds {refused}")

    def _plane(self, source: PlaceSource, texts: Sequence[str], cells: Sequence[str]) -> Place | None:
        if not self._is_projected:
            return self._degrees(source, texts, cells)
        try:
            x, y = (metres_of(text) for text in texts)
        except ValueError:
            return self._unreadable(source, texts, "give metres, such as 665800.5")
        return Place(source, shapely.Point(x, y))

    def _utm(self, source: PlaceSource, texts: Sequence[str], cells: Sequence[str]) -> Place | None:
        zone = utm_zone(source.header_zone, *(cells[i] for i in source.zone))
        if zone is None:
            named = ", ".join(f"{self.header[i]} = {cells[i]!r}" for i in source.zone) or "the header"
            return self._unreadable(
                source, texts, f"{named} gives no UTM zone with its letter, such as 33T or 33 north"
            )
        try:
            east, north = (_metres_text(text) for text in texts)
            position = parse_position(f"{zone} {east} {north}")
        except ValueError:
            return self._unreadable(source, texts, "give metres, such as 665800.5")
        except PositionRefused as refused:
            return self._unreadable(source, texts, f"zone {zone}: {refused}")
        return _of_position(source, position, WGS84)

    def _position(self, source: PlaceSource, texts: Sequence[str], cells: Sequence[str]) -> Place | None:
        [text] = texts
        if source.role is Role.GEOHASH:
            cell = geohash_place(text)
            if cell is None:
                return self._unreadable(
                    source, texts, "a geohash has 5 to 12 digits and letters, without a, i, l and o"
                )
            return Place(source, shapely.Point(cell[:2]), WGS84, resolution_m=cell[2])
        if source.role is Role.POSITION:
            try:
                text_geometry = parse_text_geometry(text, lon_first=source.lon_first)
            except TextGeometryInvalid as invalid:
                return self._unreadable(source, texts, str(invalid))
            if text_geometry is not None:
                return self._geometry(source, texts, cells)
        try:
            position = parse_position(text, lon_first=source.lon_first)
        except PositionRefused as refused:
            return self._unreadable(source, texts, str(refused))
        is_assumed = bool(position.findings) and not source.is_order_known
        return _of_position(source, position, WGS84, is_order_assumed=is_assumed)

    def _box(self, source: PlaceSource, texts: Sequence[str], _: Sequence[str]) -> Place | None:
        [text] = texts
        box = box_in_text(text)
        if box is None:
            return self._unreadable(source, texts, "give west, south, east and north of one hazard")
        message = f"the box in {self.header[source.columns[0]]} (west, south, east, north) taken as the area"
        inner = shapely.Point(box.bounds[:2])  # nobody says how much of it was released
        return Place(source, box, remarks=(Fault("box_column", message),), inner_geometry=inner)

    def _unreadable(self, source: PlaceSource, texts: Sequence[str], why: str) -> Place:
        cell_texts = ", ".join(f"{self.header[i]} = {text!r}" for i, text in zip(source.columns, texts, strict=True))
        return Place(source, None, fault=Fault("unreadable_position", f"{cell_texts} is not a position; {why}"))


_Reader = Callable[[PlaceReader, PlaceSource, Sequence[str], Sequence[str]], Place | None]
_READERS: Final[dict[Role, _Reader]] = {
    Role.GEOMETRY: PlaceReader._geometry,
    Role.DEGREES: PlaceReader._degrees,
    Role.PARTS: PlaceReader._in_parts,
    Role.PLANE: PlaceReader._plane,
    Role.UTM: PlaceReader._utm,
    Role.MGRS: PlaceReader._position,
    Role.GEOHASH: PlaceReader._position,
    Role.POSITION: PlaceReader._position,
    Role.BOX: PlaceReader._box,
}


def _of_position(source: PlaceSource, position: Position, crs: str | None, *, is_order_assumed: bool = False) -> Place:
    # Decimal degrees lose their last zeros in every table, so their digits do not say how exact they are.
    open_m = 0.0 if position.notation is Notation.DECIMAL else position.resolution_m
    point = shapely.Point(position.lon_deg, position.lat_deg)
    return Place(source, point, crs, resolution_m=open_m, is_order_assumed=is_order_assumed)


def plain_number(text: str) -> float:
    """A number as programs write it.

    Raises
    ------
    ValueError
        It is written in another way. Python's own reading also takes 1_000 for a number; a surveyor never does.
    """
    if "_" in text:
        raise ValueError(text)
    return float(text)


def metres_of(text: str) -> float:
    """A length with any of the usual marks for decimals and thousands.

    >>> metres_of("4 973 987,5"), metres_of("665,800"), metres_of("665800.25 m")
    (4973987.5, 665800.0, 665800.25)
    """
    return float(_metres_text(text))


def _metres_text(text: str) -> str:
    """The number with a point for decimals and nothing between thousands."""
    bare = re.sub(r"\s*m\.?$|^\s*|\s*[EN]$", "", text.strip(), flags=re.IGNORECASE)
    if _GROUPED.fullmatch(bare):
        tail = re.search(r"[.,]\d+$", bare)
        is_decimal = tail is not None and (len(tail[0]) != 4 or len(set(re.findall(r"[^\d+-]", bare))) > 1)
        whole = bare[: tail.start()] if tail is not None and is_decimal else bare
        decimals = tail[0][1:] if tail is not None and is_decimal else ""
        bare = re.sub(r"[^\d+-]", "", whole) + (f".{decimals}" if decimals else "")
    bare = bare.replace(",", ".")
    if not math.isfinite(plain_number(bare)):
        raise ValueError(text)
    return bare


def utm_zone(*texts: str) -> str | None:
    """A zone with its letter or its hemisphere in the words of `parse_position`; None if that is not complete.

    >>> utm_zone("33", "T"), utm_zone("UTM 33N"), utm_zone("33", "North"), utm_zone("EPSG:32733"), utm_zone("33")
    ('33T', '33N', '33 north', '33 south', None)
    """
    number, letters = "", ""
    for text in texts:
        upper = text.strip().upper()
        match = _ZONE.search(upper)
        if match is not None and match["epsg_zone"]:
            return f"{int(match['epsg_zone'])} {'north' if match['epsg'] == '6' else 'south'}"
        if match is not None and not number:
            number, letters = str(int(match["zone"])), match["letter"] or letters
        elif match is None and upper and not letters.isalpha():
            letters = upper
    hemisphere = next(
        (h for h in ("north", "south") if letters and h.startswith(letters.lower()) and len(letters) > 1), ""
    )
    if not number or not letters or (len(letters) > 1 and not hemisphere):
        return None
    return f"{number} {hemisphere}" if hemisphere else f"{number}{letters}"


def all_columns(sources: Sequence[PlaceSource]) -> Iterator[int]:
    """Every column that takes part in one of the sources."""
    for source in sources:
        yield from source.all_columns


_FEW_ROWS: Final = 100


def texts_of_places(rows: Sequence[Sequence[Any]], sources: Sequence[PlaceSource]) -> Iterator[str]:
    """The texts from which the places of the first rows are read, as they stand there."""
    columns = sorted({i for source in sources for i in source.columns})
    for cells in rows[:_FEW_ROWS]:
        yield from (cell for i in columns if i < len(cells) and isinstance(cell := cells[i], str))
