"""The form of a draft, made from the one definition of its kind, and what a filled-in form says."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import shapely
from shapely.errors import GEOSException
from shapely.geometry.base import BaseGeometry

from merestone.geodesy import Refused, Repaired, check, parse_position
from merestone.register import Base, Draft, Entry
from merestone.register.attribute import check_attributes
from merestone.register.kind import Field, FieldType, Kind, kind_of_layer
from merestone.service.filled import Filled, one
from merestone.terms import FieldRefused, MerestoneError, RecordKind, Visibility

OWN: Final = "own."
"""Before the names of the kind's own fields, so that none of them is taken for one of the form's."""


@dataclass(frozen=True, slots=True)
class Read:
    """What a filled-in form says."""

    entry: Entry | None
    """None if anything of it was refused."""
    faults: Mapping[str, str]
    """Field to what is wrong with it. Nothing of the form is kept, and nothing of what was typed is lost."""
    advice: tuple[str, ...]


def layers() -> tuple[RecordKind, ...]:
    """The layers for which a person may draft: no blank form is made of what is only transcribed."""
    return tuple(layer for layer in RecordKind if not kind_of_layer(layer).is_transcription)


def asked(kind: Kind) -> tuple[Field, ...]:
    """The fields that the form asks for. Personal data never go into an event, so there is no place for them."""
    return tuple(field for field in kind.fields if not field.personal)


def read(layer: RecordKind, filled: Filled, base: Entry | None = None) -> Read:
    """Read a filled-in form. What it does not ask for, the state and its evidence, stays as ``base`` has it."""
    kind, faults = kind_of_layer(layer), dict[str, str]()
    advice: list[str] = []

    def take(name: str, reading: Any) -> Any:
        try:
            return reading(one(filled, name))
        except (MerestoneError, ValueError) as refused:
            faults[name] = str(refused)
            return None

    def outline_of(text: str) -> BaseGeometry:
        outline, findings = _outline(text, kind)
        advice.extend(findings)
        return outline

    outline = take("geometry", outline_of)
    accuracy_m = take("accuracy_m", _accuracy)
    true_from, true_until = take("true_from", _day), take("true_until", _day)
    visibility = take("visibility", Visibility)
    given: dict[str, Any] = {}
    for field in asked(kind):
        try:
            given[field.name] = _given(field, filled.get(OWN + field.name, ()))
        except MerestoneError as refused:
            faults[OWN + field.name] = str(refused)
    checked = check_attributes(kind, given)
    for reason in checked.refused:
        faults.setdefault(OWN + reason.field, str(reason))
    for name in ("why", "source"):
        if not one(filled, name):
            faults[name] = "is empty; it stays in the history"
    if faults:
        return Read(None, faults, ())
    try:
        entry = Entry(
            layer,
            outline,
            accuracy_m,
            checked.attributes if base is None else _with_unasked(kind, base, checked.attributes),
            true_from,
            true_until,
            visibility,
            status=None if base is None else base.status,
            evidence=() if base is None else base.evidence,
        )
    except FieldRefused as refused:
        return Read(None, {refused.field: str(refused)}, ())
    return Read(entry, {}, (*advice, *checked.advice))


def _with_unasked(kind: Kind, base: Entry, given: Mapping[str, Any]) -> dict[str, Any]:
    """What was filled in, and of the base what the form never showed, such as the columns of an imported file."""
    shown = {field.name for field in asked(kind)}
    return {name: value for name, value in base.attributes.items() if name not in shown} | dict(given)


def filled_from(draft: Draft | Base) -> dict[str, list[str]]:
    """A draft, or a record that is to be revised, as the form that would say it."""
    entry = draft.entry
    filled = {
        "geometry": [shapely.to_geojson(entry.geometry)],
        "accuracy_m": ["" if entry.accuracy_m is None else f"{entry.accuracy_m:g}"],
        "true_from": [entry.true_from.isoformat() if entry.true_from else ""],
        "true_until": [entry.true_until.isoformat() if entry.true_until else ""],
        "visibility": [entry.visibility.value],
        "source": [draft.source],
    }
    for field in asked(kind_of_layer(entry.kind)):
        value = entry.attributes.get(field.name)
        if value is not None:
            filled[OWN + field.name] = _typed(field, value)
    return filled


def _typed(field: Field, value: Any) -> list[str]:
    match field.type:
        case FieldType.CHOICES:
            return [str(one) for one in value]
        case FieldType.POINT:
            return [f"{value[1]}, {value[0]}"]
        case FieldType.POINTS:
            return ["\n".join(f"{lat_deg}, {lon_deg}" for lon_deg, lat_deg in value)]
        case FieldType.LINKS:
            return ["; ".join(value)]
        case _:
            return [str(value)]


def _given(field: Field, values: Sequence[str]) -> Any:
    if field.type is FieldType.CHOICES:
        return [value for value in values if value] or None
    text = values[0].strip() if values else ""
    if not text:
        return None
    if field.type is FieldType.POINT:
        return _position(text)
    if field.type is FieldType.POINTS:
        return [_position(line) for line in text.splitlines() if line.strip()]
    return text


def _position(text: str) -> list[float]:
    place = parse_position(text)
    return [place.lon_deg, place.lat_deg]


def _accuracy(text: str) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        raise FieldRefused("accuracy_m", text, "is no number", "give metres, or leave it empty if unknown") from None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise FieldRefused("day", text, "is no date", "write year-month-day, such as 2026-05-03") from None


def _outline(text: str, kind: Kind) -> tuple[BaseGeometry, list[str]]:
    """The outline that a text gives, GeoJSON or one position on each line, and what was repaired in it.

    Raises
    ------
    FieldRefused, PositionRefused
    """
    if not text:
        raise FieldRefused("geometry", text, "is empty", "paste GeoJSON, or write one position on each line")
    raw = shapely.force_2d(_from_geojson(text) if text.startswith("{") else _from_positions(text))
    shape = raw.geom_type.lower().removeprefix("multi").removesuffix("string")
    if shape not in kind.geometry:
        choices = " or ".join(kind.geometry)
        raise FieldRefused(
            "geometry",
            raw.geom_type,
            f"is no outline of a record of this kind ({kind.label.lower()})",
            f"give a {choices}",
        )
    verdict = check(raw, inward=any(not layer.is_hazard for layer in kind.layers))
    findings = [str(finding) for finding in verdict.findings]
    if isinstance(verdict, Refused):
        raise FieldRefused("geometry", raw.geom_type, "; ".join(findings), "correct the outline")
    repaired = [f"the outline was repaired: {words}" for words in findings] if isinstance(verdict, Repaired) else []
    return verdict.geometry, repaired


def _from_geojson(text: str) -> BaseGeometry:
    try:
        told = json.loads(text)
        if told.get("crs") and not any(name in json.dumps(told["crs"]) for name in ("CRS84", "4326")):
            raise FieldRefused("geometry", "crs", "is another reference system", "give WGS 84, or import the file")
        if told.get("type") == "FeatureCollection":
            (told,) = told["features"]
        outline = told["geometry"] if told.get("type") == "Feature" else told
        return shapely.from_geojson(json.dumps(outline))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, GEOSException) as error:
        raise FieldRefused("geometry", text[:60], f"is no GeoJSON of one outline ({error})", "correct it") from None


def _from_positions(text: str) -> BaseGeometry:
    places = [_position(line) for line in text.splitlines() if line.strip()]
    if len(places) == 1:
        return shapely.Point(places[0])
    if len(places) == 2:
        return shapely.LineString(places)
    return shapely.Polygon(places)
