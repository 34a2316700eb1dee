"""The form of a draft, made from the one definition of its kind, and what a filled-in form says."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import shapely
from shapely.geometry.base import BaseGeometry

from merestone.geodesy import Refused, Repaired, check
from merestone.register import Base, Draft, Entry
from merestone.register.programme import Field, FieldType, Kind, check_attributes, kind_of_layer
from merestone.service.filled import Filled, first_value
from merestone.service.outline_text import outline_of, positions_of, shape_words
from merestone.terms import FieldRefused, RecordKind, Visibility, day_from

ACCURACY_MOST_M: Final = 100_000.0
"""An accuracy beyond this is a mistyped one; the service checks no place that is known so badly."""
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
            return reading(first_value(filled, name))
        except FieldRefused as refused:
            faults[name] = fault_words(refused)
            return None

    def checked_outline(text: str) -> BaseGeometry:
        outline, findings = _outline(text, kind)
        advice.extend(findings)
        return outline

    outline = take("geometry", checked_outline)
    accuracy_m = take("accuracy_m", _accuracy)
    true_from, true_until = take("true_from", _day), take("true_until", _day)
    visibility = take("visibility", _visibility)
    fields: dict[str, Any] = {}
    for field in asked(kind):
        try:
            fields[field.name] = _field_value(field, filled.get(OWN + field.name, ()))
        except FieldRefused as refused:
            faults[OWN + field.name] = fault_words(refused)
    checked = check_attributes(kind, fields)
    for reason in checked.refused:
        faults.setdefault(OWN + reason.field, fault_words(reason))
    for name in ("why", "source"):
        take(name, _reason)
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
        return Read(None, {refused.field: fault_words(refused)}, ())
    return Read(entry, {}, (*advice, *checked.advice))


def fault_words(refused: FieldRefused) -> str:
    """What stands beside a field that cannot be taken; what was typed stands in the field itself."""
    return f"{refused.why}; {refused.remedy}"


def _with_unasked(kind: Kind, base: Entry, fields: Mapping[str, Any]) -> dict[str, Any]:
    """What was filled in, and of the base what the form never showed, such as the columns of an imported file."""
    shown = {field.name for field in asked(kind)}
    return {name: value for name, value in base.attributes.items() if name not in shown} | dict(fields)


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
            return [str(item) for item in value]
        case FieldType.POINT:
            return [f"{value[1]}, {value[0]}"]
        case FieldType.POINTS:
            return ["\n".join(f"{lat_deg}, {lon_deg}" for lon_deg, lat_deg in value)]
        case FieldType.LINKS:
            return ["; ".join(value)]
        case _:
            return [str(value)]


def _field_value(field: Field, values: Sequence[str]) -> Any:
    if field.type is FieldType.CHOICES:
        return [value for value in values if value] or None
    text = _shown(field.name, values[0].strip() if values else "")
    if not text:
        return None
    if field.type is FieldType.POINT:
        return positions_of(text)[0]
    if field.type is FieldType.POINTS:
        return positions_of(text)
    return text


def _shown(name: str, text: str) -> str:
    """A text as it is; refused if it holds what no page shows, and what ends a text in other programs."""
    odd = next((letter for letter in text if unicodedata.category(letter) == "Cc" and letter not in "\t\n\r"), None)
    if odd is not None:
        raise FieldRefused(
            name, text[:60], f"contains a character that cannot be shown (U+{ord(odd):04X})", "type it without that"
        )
    return text


def _reason(text: str) -> str:
    if not text:
        raise FieldRefused("why", text, "is empty", "it stays in the history")
    return _shown("why", text)


def _visibility(text: str) -> Visibility:
    try:
        return Visibility(text)
    except ValueError:
        choices = ", ".join(item.value for item in Visibility)
        raise FieldRefused(
            "visibility", text, f"{text[:60]!r} is not one of the choices", f"use one of {choices}"
        ) from None


def _accuracy(text: str) -> float | None:
    if not text:
        return None
    remedy = "give metres, or leave it empty if unknown"
    try:
        accuracy_m = float(text)
    except ValueError:
        raise FieldRefused("accuracy_m", text, "is not a number", remedy) from None
    if not 0 <= accuracy_m <= ACCURACY_MOST_M:
        raise FieldRefused("accuracy_m", text, f"is not a radius between 0 and {ACCURACY_MOST_M:,.0f} m", remedy)
    return accuracy_m


def _day(text: str) -> date | None:
    return day_from("day", text) if text else None


def _outline(text: str, kind: Kind) -> tuple[BaseGeometry, list[str]]:
    """The outline that a text gives, and what was repaired in it (`merestone.service.outline_text`).

    Raises
    ------
    FieldRefused
    """
    raw = outline_of(text)
    shape = raw.geom_type.lower().removeprefix("multi").removesuffix("string")
    if shape not in kind.geometry:
        why = f"is a {shape_words(raw)}, and a record of this kind ({kind.label.lower()}) has another shape"
        raise FieldRefused("geometry", raw.geom_type, why, f"give a {' or a '.join(kind.geometry)}")
    verdict = check(raw, inward=any(not layer.is_hazard for layer in kind.layers))
    findings = [str(finding) for finding in verdict.findings]
    if isinstance(verdict, Refused):
        raise FieldRefused("geometry", raw.geom_type, "; ".join(findings), "correct the outline")
    repaired = [f"the outline was repaired: {finding}" for finding in findings] if isinstance(verdict, Repaired) else []
    return verdict.geometry, repaired
