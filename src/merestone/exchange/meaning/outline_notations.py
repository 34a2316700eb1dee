"""Outlines in a column whose name says that it holds one, in notations that cannot be told by how they begin.

Lists of places as people write them (degrees and minutes, MGRS, letters before numbers), GML, WKB in base64, the forms
of WKB that GeoPackage and SpatiaLite have, and encoded polylines. Else such a column may hold an outline that cannot be
read here, such as SQL Server's form: then the hazard is no point, and how far it reaches is unknown.

Sources: OGC 07-036r1, 10.1.4 (posList, pos, coordinates); OGC 12-128r19, 2.1.3 (GeoPackage's header); the SpatiaLite
manual (blob geometry); Google's "Encoded Polyline Algorithm Format".
"""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from shapely.geometry.base import BaseGeometry

from merestone.exchange.meaning.outline_in_remark import written_accuracy_m
from merestone.exchange.meaning.outline_pairs import Rings, outline_of_rings
from merestone.exchange.places.measures import column_words, words_of
from merestone.exchange.places.repeat_points import outline_of_repeat
from merestone.exchange.places.text_geometry import TextGeometry, TextGeometryInvalid, parse_text_geometry
from merestone.geodesy import Code, Position, PositionRefused, parse_position
from merestone.terms import number_of

_SHORTEST: Final = 20
_LONGEST_LIST: Final = 100_000
"""Characters: a list of places that somebody wrote by hand is shorter."""
_PARTINGS: Final = (
    re.compile(r"[\r\n;|]+"),
    re.compile(r"\)\s*[,/-]?\s*\("),
    re.compile(r"\s+[-/\N{EN DASH}\N{EM DASH}]\s+"),
    re.compile(r"(?:^|\s+)(?=\(?\d{1,3}\s*[).]\s)"),
    re.compile(r"\s*,\s*"),
)
_LONGEST_PLACE: Final = 100
_AROUND: Final = " \t()[],."
_LABEL: Final = re.compile(r"^[^\W\d_]{0,4}\s?\d{0,3}\s*(?:[:=)]\s*|\.\s+)")
"""The number of a corner before its place: ``TP3: ...``, ``3) ...``."""
_NUMBER: Final = re.compile(r"\d+(?:[.,]\d+)?")
_SOLID: Final = re.compile(r"(?=\S*[A-Za-z])(?=\S*\d)\S{40,}")
_NOT_CODE: Final = re.compile(
    r"\s*(?:https?:|www\.|file:|\{?[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-)|.*\.[A-Za-z]\w{2,3}\s*$", re.DOTALL
)
"""Links, the names of files, and identifiers."""
_FEWEST_NUMBERS: Final = 8
"""Three places in degrees, or one in degrees, minutes and seconds twice over, have no fewer."""
_BASE64: Final = re.compile(r"A[AQ][A-Za-z0-9+/\s]{26,}={0,2}\s*")
_GEOPACKAGE: Final = re.compile(r"(?:\\x|0x)?4750([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{8})([0-9a-f]{40,})", re.IGNORECASE)
_SPATIALITE: Final = re.compile(r"(?:\\x|0x)?00(01|00)([0-9a-f]{8})[0-9a-f]{64}7c([0-9a-f]{24,})fe", re.IGNORECASE)
_ENVELOPE_BYTES: Final = (0, 32, 48, 48, 64)
_GML_RING: Final = re.compile(r"<(?:\w+:)?(posList|coordinates)\b([^>]*)>([^<]*)<", re.IGNORECASE)
_GML_POS: Final = re.compile(r"<(?:\w+:)?pos\b[^>]*>([^<]*)<", re.IGNORECASE)
_GML_SYSTEM: Final = re.compile(r"srsName\s*=\s*[\"\'][^\"\']*?(\d+|CRS84)[\"\']", re.IGNORECASE)
_GML_CURVED: Final = re.compile(r"<(?:\w+:)?(?:Arc|Circle|Bezier|BSpline|CubicSpline|Geodesic|Clothoid)", re.IGNORECASE)
_ENCODED: Final = re.compile(r"[?-~]{9,}")


def outline_names(names: Iterable[str]) -> tuple[str, ...]:
    """The columns whose names say that they hold an outline.

    >>> outline_names(["boundary", "the_geom", "Polygon ID", "shape_area", "remarks"])
    ('boundary', 'the_geom')
    """
    lists = column_words()
    return tuple(
        name
        for name in names
        if (name_words := set(words_of(name))) & lists["outline_column"]
        and not name_words & lists["outline_column_of_other"]
    )


def outline_of_cell(name: str, value: Any) -> TextGeometry | None:
    """The outline that a cell holds alone, without a position beside it.

    A form's repeat, or, in a column whose name says that it holds an outline, a notation that says which number is the
    latitude.
    """
    outline = outline_of_repeat(name, value)
    if outline is not None or not may_be_notation(value) or not outline_names([name]):
        return outline
    try:
        return parse_notation(value, None)
    except TextGeometryInvalid:
        return None


def may_be_notation(value: Any) -> bool:
    """Whether the cell of such a column may hold an outline, at the cost of a glance."""
    return isinstance(value, str) and len(value) >= _SHORTEST


def parse_notation(text: str, own: BaseGeometry | None) -> TextGeometry | None:
    """The outline in a cell of a column whose name says that it holds one; None if it holds none.

    Parameters
    ----------
    own
        The row's own position, which tells the order of pairs without letters, and whether an encoded line is one.

    Raises
    ------
    TextGeometryInvalid
        It holds so many numbers, or such a long code, that it must be meant as an outline, and cannot be read.
    """
    if text.lstrip()[:1] == "<":
        outline = _from_gml(text, own)
    else:
        outline = _from_blob(text) or _from_encoded_line(text, own) or _from_places(text, own)
    if outline is None and _must_be_meant(text):
        raise TextGeometryInvalid("it is in a notation that is not known here; write it as WKT or GeoJSON")
    return outline


def _must_be_meant(text: str) -> bool:
    if _NOT_CODE.match(text) is not None:
        return False
    if len(_NUMBER.findall(text[:_LONGEST_LIST])) < _FEWEST_NUMBERS and _SOLID.fullmatch(text.strip()) is None:
        return False
    return _place_of(text) is None


def _from_places(text: str, own: BaseGeometry | None) -> TextGeometry | None:
    """A list of at least three places that people write."""
    if len(text) > _LONGEST_LIST:
        return None
    for parting in _PARTINGS:
        pieces = [piece for piece in parting.split(text) if piece.strip(_AROUND)]
        if len(pieces) < 3:
            continue
        places = list(_places_of(pieces))
        if len(places) < len(pieces):
            if 2 * len(places) > len(pieces) and len(places) > 2:
                raise TextGeometryInvalid(
                    f"{len(pieces) - len(places)} of its {number_of(len(pieces), 'place')} cannot be read"
                )
            continue
        is_assumed = all(any(each.code is Code.AXES_ASSUMED for each in place.findings) for place in places)
        # The first number is taken for the latitude; without letters, the row's own position tells whether it is.
        ring = [(place.lat_deg, place.lon_deg) for place in places]
        outline = outline_of_rings(Rings([ring], "list of places", None if is_assumed else False, False), own)
        if outline is None:
            continue
        return replace(outline, accuracy_m=written_accuracy_m(places))
    return None


def _places_of(pieces: Sequence[str]) -> Iterator[Position]:
    """The places of a list, up to where most of it was none: the rest of a long text costs nothing."""
    read_count, unread_count = 0, 0
    for piece in pieces:
        place = _place_of(piece)
        if place is not None:
            read_count += 1
            yield place
        elif (unread_count := unread_count + 1) > max(2, read_count):
            return


def _place_of(text: str) -> Position | None:
    """A place that somebody wrote, with or without brackets and the number of its corner."""
    bare = text[: _LONGEST_PLACE + 1].strip(_AROUND)
    if len(bare) > _LONGEST_PLACE:
        return None
    for written in (bare, _LABEL.sub("", bare)):
        try:
            return parse_position(written)
        except PositionRefused:
            continue
    return None


def _from_gml(text: str, own: BaseGeometry | None) -> TextGeometry | None:
    """The rings of GML in degrees; which number of a pair is the latitude the row's own position tells."""
    if (curved := _GML_CURVED.search(text)) is not None:
        raise TextGeometryInvalid(f"its GML has curves ({curved[0].lstrip('<')}); give it as WKT or GeoJSON")
    if (system := _GML_SYSTEM.search(text)) is not None and system[1].upper() not in {"4326", "CRS84", "84", "4258"}:
        raise TextGeometryInvalid(f"its GML states the reference system {system[1]}; give it in WGS 84")
    rings = []
    for _, more, numbers_text in _GML_RING.findall(text):
        step = 3 if re.search(r"srsDimension\s*=\s*[\"\']3", more + text[:500]) is not None else 2
        rings.append(_pairs_of(numbers_text, step))
    if not rings:
        points = [pair for numbers_text in _GML_POS.findall(text) for pair in _pairs_of(numbers_text, 2)[:1]]
        rings += [points] if len(points) > 2 else []
    return outline_of_rings(Rings(rings, "GML", None, True), own) if rings else None


def _pairs_of(text: str, step: int) -> list[tuple[float, float]]:
    """The first two of every `step` numbers in a text."""
    numbers = [float(number) for number in re.findall(r"[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?", text)]
    return list(zip(numbers[::step], numbers[1::step], strict=False))


def _from_blob(text: str) -> TextGeometry | None:
    """WKB in base64, or in the form of GeoPackage or SpatiaLite, in hexadecimal digits."""
    stripped = text.strip()
    if _BASE64.fullmatch(stripped) is not None:
        try:
            return parse_text_geometry(base64.b64decode("".join(stripped.split()), validate=True).hex())
        except binascii.Error:
            return None
    if (blob := _GEOPACKAGE.fullmatch(stripped)) is not None:
        flags = int(blob[2], 16)
        srid = _integer(blob[3], is_little=bool(flags & 1))
        wkb = blob[4][2 * _ENVELOPE_BYTES[min(flags >> 1 & 7, 4)] :]
        return _with_system(parse_text_geometry(wkb), srid)
    if (blob := _SPATIALITE.fullmatch(stripped)) is not None:
        return _with_system(parse_text_geometry(blob[1] + blob[3]), _integer(blob[2], is_little=blob[1] == "01"))
    return None


def _integer(digits: str, *, is_little: bool) -> int:
    return int.from_bytes(bytes.fromhex(digits), "little" if is_little else "big", signed=True)


def _with_system(geometry: TextGeometry | None, srid: int) -> TextGeometry | None:
    """WKB with the reference system that stands in the header before it; 0 and -1 say that none is known."""
    if geometry is None:
        return None
    return replace(geometry, srid=srid if srid > 0 else None)


def _from_encoded_line(text: str, own: BaseGeometry | None) -> TextGeometry | None:
    """An encoded polyline of five or six decimals that lies by the row's own position; without one none is believed."""
    if own is None or _ENCODED.fullmatch(text.strip()) is None:
        return None
    numbers = list(_decoded(text.strip()))
    for unit in (1e-5, 1e-6):
        ring = [(lat * unit, lon * unit) for lat, lon in zip(numbers[::2], numbers[1::2], strict=False)]
        if len(numbers) % 2 == 0 and len(ring) > 2 and all(abs(lat) <= 90 and abs(lon) <= 180 for lat, lon in ring):
            outline = outline_of_rings(Rings([ring], "encoded polyline", None, False), own)
            if outline is not None:
                return outline
    return None


def _decoded(text: str) -> Iterator[int]:
    """The numbers of an encoded polyline, latitude and longitude in turn, summed up."""
    sums, value, shift, which = [0, 0], 0, 0, 0
    for character in text:
        bits = ord(character) - 63
        value |= (bits & 0x1F) << shift
        shift += 5
        if bits < 0x20:
            sums[which] += ~(value >> 1) if value & 1 else value >> 1
            yield sums[which]
            value, shift, which = 0, 0, 1 - which
