"""The member ``crs`` of the 2008 form of GeoJSON, in any of its spellings and at any level, and what it comes to."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from merestone.exchange.formats._json_text import encodable, text_of_value
from merestone.exchange.rows.reference import MOST_SYSTEMS, ToLonLat, crs84, name_of, reference_of
from merestone.exchange.rows.shape import ShapeFaulty
from merestone.terms import FieldRefused, FileRefused

SILENT: Final = "OGC:CRS84"
"""What coordinates are in where nothing is stated (RFC 7946, section 4)."""
_PLAIN: Final = frozenset({SILENT, "urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:OGC::CRS84"})
"""Its usual spellings: most files state one, and PROJ, which is long to load, need not read them."""
_ABSENT: Final = object()
_MOST_UNKNOWN: Final = 10
"""Systems of one file that are looked up in vain before no other one is."""


def named(member: Any) -> str | None:
    """The system as PROJ may understand it; None if the member says that none can be assumed.

    Raises
    ------
    ValueError
        The member names no system.

    >>> named({"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32633"}}), named({"type": "EPSG",
    ... "properties": {"code": 4326}}), named("EPSG:4326"), named(None)
    ('urn:ogc:def:crs:EPSG::32633', 'EPSG:4326', 'EPSG:4326', None)
    """
    if member is None:
        return None
    if isinstance(member, str) and member:
        return encodable(member)
    if isinstance(member, int) and not isinstance(member, bool):
        return f"EPSG:{member}"
    properties = member.get("properties") if isinstance(member, Mapping) else None
    if isinstance(properties, Mapping):
        code = properties.get("code")
        if isinstance(code, (int, str)) and not isinstance(code, bool) and str(code).isdecimal():
            return f"EPSG:{code}"
        for name in ("name", "urn", "href"):
            if isinstance(text := properties.get(name), str) and text:
                return encodable(text)
    if isinstance(properties, str) and properties:
        return encodable(properties)
    raise ValueError(f"{text_of_value(member)[:200]} names no system; name one as in EPSG:4326")


class OwnReferences:
    """Systems that single features state, each looked up once: PROJ searches its names for half a second in vain."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._by_system: dict[str, tuple[ToLonLat, str] | None] = {}
        self._unknown = 0

    def of(self, member: Any, name: Callable[[Any], str | None]) -> tuple[ToLonLat, str] | None:
        """The transformation and the system's code; None if the system cannot be understood, or many others could not.

        `name` gives the text that PROJ is to understand, and may raise ValueError.
        """
        key = text_of_value(member)
        if key not in self._by_system and self._unknown < _MOST_UNKNOWN and len(self._by_system) < MOST_SYSTEMS:
            try:
                reference = reference_of(name(member), None, path=self._path)
            except (FileRefused, FieldRefused, ValueError):
                self._by_system[key] = None
                self._unknown += 1
            else:
                self._by_system[key] = ToLonLat(reference), name_of(reference)
        return self._by_system.get(key)


class References:
    """How coordinates of one file become longitude and latitude, also those of features with systems of their own.

    Parameters
    ----------
    stated
        The member ``crs`` of the file, or left out where it has none.
    given
        What the user says that the coordinates are in, where the file does not say so, or says it by a link.

    Raises
    ------
    FileRefused
        Nothing tells what the file's coordinates are in, or the two contradict each other.
    """

    def __init__(self, path: Path, user_crs: str | None, stated: Any = _ABSENT) -> None:
        self._path, self._user_crs = path, user_crs
        self.notes: list[str] = []
        if stated is _ABSENT:
            text = SILENT if user_crs is None else None
        else:
            try:
                text = named(stated)
            except ValueError as error:
                raise FileRefused(path, f"its member crs = {error}", "say it with --crs") from error
        is_plain = user_crs is None and text in _PLAIN
        if is_plain:
            self.code, self.default = SILENT, ToLonLat(None)
        else:
            reference = reference_of(text, user_crs, path=path)
            self.code, self.default = name_of(reference), ToLonLat(reference)
        if stated is _ABSENT and not is_plain and not reference.equals(crs84(), ignore_axis_order=True):
            self.notes.append(
                f"the file states no reference system, which means longitude and latitude on WGS 84 (RFC 7946); its "
                f"coordinates were taken as {self.code}, because --crs says so"
            )
        self._own = OwnReferences(path)
        if user_crs is not None:
            self._own.of(user_crs, str)

    def of(self, member: Any) -> tuple[ToLonLat, str]:
        """For a feature or geometry that states a system of its own: the transformation, and the system's code.

        Raises
        ------
        ShapeFaulty
            The system cannot be understood, and the user gave none.
        """
        stated_reference = self._own.of(member, named)
        if stated_reference is None and self._user_crs is not None:
            stated_reference = self._own.of(self._user_crs, str)
        if stated_reference is None:
            text = f"it states a reference system of its own, crs = {text_of_value(member)[:200]}, which cannot be"
            raise ShapeFaulty("unknown_reference", f"{text} understood; say with --crs what it is")
        return stated_reference


def own_reference(value: Any) -> tuple[bool, Any]:
    """Whether a feature or its geometry states a system of its own, and which; the geometry's goes before.

    Raises
    ------
    ShapeFaulty
        Parts of a collection state systems of their own.
    """
    if not isinstance(value, Mapping):
        return False, None
    geometry = value.get("geometry", value)
    if isinstance(geometry, Mapping):
        parts = geometry.get("geometries")
        if isinstance(parts, list) and any(isinstance(part, Mapping) and "crs" in part for part in parts):
            text = "parts of one collection state reference systems of their own"
            raise ShapeFaulty("unknown_reference", f"{text}; give one system for all of it")
        if "crs" in geometry:
            return True, geometry["crs"]
    return ("crs" in value, value.get("crs"))
