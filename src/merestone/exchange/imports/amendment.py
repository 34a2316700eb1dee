"""What a person corrects of a record, as the state that is to be written down anew."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import shapely
from shapely.errors import GEOSException
from shapely.geometry.base import BaseGeometry

from merestone.exchange.positions.feature_files import read_shapes
from merestone.geodesy import Refused, Repaired, areas_m2, check, straightened
from merestone.register import Entry, Event, Sheet, entry_of
from merestone.register.programme import kind_named
from merestone.terms import FieldRefused, FileRefused, Visibility, number_of


@dataclass(frozen=True)
class Amendment:
    """What is to be said anew; what is left out stays as it is."""

    geometry: BaseGeometry | None = None
    accuracy_m: float | None = None
    is_accuracy_unknown: bool = False
    set_attributes: Mapping[str, Any] = field(default_factory=dict)
    unset_attributes: Sequence[str] = ()
    source: str | None = None
    data_on: date | None = None
    visibility: Visibility | None = None
    true_from: date | None = None
    true_until: date | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to be said."""
        return self == Amendment()

    def of(self, event: Event) -> Entry | Sheet:
        """The state that an event gives, amended.

        Raises
        ------
        FieldRefused
            An attribute that is to go is not there, or the record has no outline and accuracy to amend.
        """
        entry = entry_of(event)
        attributes = dict(entry.attributes)
        for name in self.unset_attributes:
            if name not in attributes:
                raise FieldRefused(
                    "unset", name, "is not an attribute of the record", f"it has {', '.join(attributes)}"
                )
            del attributes[name]
        changes: dict[str, Any] = {"attributes": attributes | dict(self.set_attributes)}
        for name in ("geometry", "source", "data_on", "visibility", "true_from", "true_until"):
            if getattr(self, name) is not None:
                changes[name] = getattr(self, name)
        if self.data_on is None and _restates_data_day(entry, changes["attributes"]):
            changes["data_on"] = kind_named(entry.kind).data_on(changes["attributes"])
        if self.accuracy_m is not None or self.is_accuracy_unknown:
            if isinstance(entry, Sheet):
                raise FieldRefused("accuracy_m", self.accuracy_m, "has no meaning for this kind", "leave it out")
            changes["accuracy_m"] = self.accuracy_m
        return replace(entry, **changes)


def _restates_data_day(entry: Entry | Sheet, attributes: Mapping[str, Any]) -> bool:
    """Whether the day of the data was read from an attribute that now says something else."""
    kind = kind_named(entry.kind)
    stated = kind.data_on(entry.attributes)
    return stated == entry.data_on is not None and kind.data_on(attributes) != stated


def geometry_from_file(path: Path, *, inward: bool = False) -> tuple[BaseGeometry, list[str]]:
    """The one outline in a file, checked as an import would, and what was repaired; `inward` for released land.

    Raises
    ------
    FileRefused
        It does not hold exactly one, or that one cannot be used.
    """
    shapes = read_shapes(path)
    if len(shapes) != 1:
        raise FileRefused(
            path, f"holds {number_of(len(shapes), 'row')}", "give a file with the one outline of the record"
        )
    if shapes.faults.get(0) or shapes.geometries[0] is None:
        raise FileRefused(path, f"its outline cannot be used: {shapes.faults.get(0) or 'none'}", "look at the file")
    return _checked(shapes.geometries[0], str(path), inward)


def geometry_from_wkt(text: str, *, inward: bool = False) -> tuple[BaseGeometry, list[str]]:
    """An outline written as WKT in longitude and latitude on WGS 84, checked as an import would, and what was repaired.

    `inward` for released land, of which a repair keeps only what every reading of the outline has inside.

    Raises
    ------
    FieldRefused
    """
    try:
        geometry = _read_wkt(text, inward)
    except (GEOSException, ValueError, NotImplementedError) as error:
        raise FieldRefused(
            "wkt", text[:80], f"cannot be read ({error})", "write it as POLYGON ((lon lat, ...))"
        ) from None
    return _checked(geometry, text[:80], inward)


def _read_wkt(text: str, inward: bool) -> BaseGeometry:
    try:
        return shapely.from_wkt(text)
    except NotImplementedError:  # it has arcs
        made = straightened(text)
        return made.inward if inward else made.outward


def _checked(geometry: BaseGeometry, text: str, inward: bool) -> tuple[BaseGeometry, list[str]]:
    verdict = check(geometry, inward=inward)
    if isinstance(verdict, Refused):
        raise FieldRefused("geometry", text, "; ".join(map(str, verdict.findings)), "give a sound outline")
    if isinstance(verdict, Repaired):
        return verdict.geometry, [f"{'; '.join(map(str, verdict.findings))}: {verdict.done}"]
    return verdict.geometry, []


def attribute_from(text: str) -> tuple[str, Any]:
    """``NAME=VALUE``, where VALUE is JSON, or else text.

    >>> attribute_from("depth_m=0.2"), attribute_from("note=by the school")
    (('depth_m', 0.2), ('note', 'by the school'))
    """
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise FieldRefused("set", text, "is not NAME=VALUE", "write it as in --set depth_m=0.2")
    try:
        return name.strip(), json.loads(value)
    except ValueError:
        return name.strip(), value


def differences(before: Entry | Sheet, after: Entry | Sheet) -> list[str]:
    """What differs between two states, a line each, for a person."""
    lines = []
    for name in ("kind", "accuracy_m", "source", "data_on", "visibility", "true_from", "true_until", "status"):
        old, new = getattr(before, name, None), getattr(after, name, None)
        if old != new:
            lines.append(f"{name}: {_shown(old)} -> {_shown(new)}")
    if not _same_place(before.geometry, after.geometry):
        lines.append(f"outline: {_size(before.geometry)} -> {_size(after.geometry)}")
    for name in sorted(before.attributes.keys() | after.attributes.keys()):
        old, new = before.attributes.get(name), after.attributes.get(name)
        if old != new:
            lines.append(f"{name}: {_shown(old)} -> {_shown(new)}")
    return lines


def _same_place(first: BaseGeometry | None, other: BaseGeometry | None) -> bool:
    if first is None or other is None:
        return first is other
    return bool(shapely.normalize(first) == shapely.normalize(other))


def _shown(value: object) -> str:
    return "not stated" if value is None else str(value)


def _size(geometry: BaseGeometry | None) -> str:
    if geometry is None:
        return "none"
    [area_m2] = areas_m2([geometry])
    return f"{area_m2:,.0f} m2" if area_m2 else geometry.geom_type.lower()
