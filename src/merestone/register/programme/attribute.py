"""Attributes of a record checked against the definition of its kind, and that definition as a JSON schema."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from merestone.register.programme.kind import Field, FieldType, Kind, kinds
from merestone.terms import FieldRefused


@dataclass(frozen=True, slots=True)
class Checked:
    """What a set of attributes turned out to be."""

    attributes: Mapping[str, Any]
    """The values as the register keeps them: dates as ISO text, numbers as numbers, absent fields left out."""
    refused: tuple[FieldRefused, ...]
    """What cannot be taken as it stands. The row beside it, and its other fields, are unharmed."""
    advice: tuple[str, ...]
    """What is taken, but somebody should look at."""


def check_attributes(kind: Kind, stated: Mapping[str, Any]) -> Checked:
    """Check attributes against a kind's definition.

    Fields that the definition does not know are kept and advised of, never dropped: another system's columns may be
    somebody's only copy. Personal fields are refused here, since an event can never be erased.

    Parameters
    ----------
    kind
        The definition.
    stated
        Field name, or a column name under which other systems carry it, to value. Empty text and None are absent.
    """
    attributes: dict[str, Any] = {}
    refused: list[FieldRefused] = []
    advice: list[str] = []
    by_column = kind.by_column
    for name, value in stated.items():
        if _is_absent(value):
            continue
        field = by_column.get(name.lower())
        if field is None:
            attributes[name] = value
            advice.append(f"{name} is not a field of {kind.name}; it is kept as it came")
        elif field.personal:
            refused.append(FieldRefused(field.name, "...", "is personal data", "give it to the personal data store"))
        elif field.name in attributes and name != field.name:
            advice.append(f"{name} and {field.name} both give {field.label}; {field.name} is kept")
        else:
            try:
                attributes[field.name] = value_of(field, value)
            except FieldRefused as reason:
                refused.append(reason.with_traceback(None))  # which leads back here: a cycle for each refused value
    broken = {reason.field for reason in refused}
    refused += [
        FieldRefused(f.name, None, "is required and absent", f"give {f.label.lower()}")
        for f in kind.fields
        if f.required and f.name not in attributes and f.name not in broken
    ]
    for check in kind.checks:
        first, second = attributes.get(check.first), attributes.get(check.second)
        if first and second and first > second:
            refused.append(
                FieldRefused(check.second, second, f"lies before {check.first} = {first}", "correct one of them")
            )
    advice += [
        f"{f.name} has {len(attributes[f.name])} of at least {f.advise_min} advised ({f.origin})"
        for f in kind.fields
        if f.advise_min and f.name in attributes and len(attributes[f.name]) < f.advise_min
    ]
    return Checked(attributes, tuple(refused), tuple(advice))


def sheet_attributes(kind_name: str, attributes: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes of a kind without layers, as its definition has them.

    Raises
    ------
    FieldRefused
        No such kind, or the first attribute that does not fit.
    """
    kind = kinds().get(kind_name)
    if kind is None or kind.layers:
        names = ", ".join(name for name, kind in kinds().items() if not kind.layers)
        raise FieldRefused("kind", kind_name, "is not a kind of sheet", f"use one of {names}, or an Entry")
    checked = check_attributes(kind, attributes)
    if checked.refused:
        raise checked.refused[0]
    return dict(checked.attributes)


def _is_absent(value: object) -> bool:
    return (
        value is None
        or (isinstance(value, str) and not value.strip())
        or (isinstance(value, float) and math.isnan(value))
    )


def value_of(field: Field, value: object) -> Any:
    """A value as the register keeps it; FieldRefused if the field cannot hold it."""
    if field.type.is_list:
        items = value if isinstance(value, (list, tuple)) else str(value).split(";")
        whole = [_one_of(field, item.strip() if isinstance(item, str) else item) for item in items]
        if field.min is not None and len(whole) < field.min:
            raise FieldRefused(
                field.name, value, f"has fewer than {field.min:g}", "give more, or leave the record a draft"
            )
        return whole
    return _one_of(field, value.strip() if isinstance(value, str) else value)


def _one_of(field: Field, value: object) -> Any:
    match field.type:
        case FieldType.CHOICE | FieldType.CHOICES:
            text = str(value).strip().lower().replace(" ", "_")
            known = {choice.lower(): choice for choice in field.choices}
            if text not in known:
                raise FieldRefused(
                    field.name, value, "is not one of the choices", f"use one of {', '.join(field.choices)}"
                )
            return known[text]
        case FieldType.DATE:
            return _date_text(field, value)
        case FieldType.INTEGER | FieldType.NUMBER:
            return _number(field, value)
        case FieldType.POINT | FieldType.POINTS:
            return _point(field, value)
        case _:
            text = str(value)
            if field.pattern and not re.fullmatch(field.pattern, text):
                raise FieldRefused(field.name, value, f"does not look like {field.pattern}", "correct it")
            return text


def _date_text(field: Field, value: object) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    try:
        return date.fromisoformat(str(value)[:10]).isoformat()
    except ValueError:
        raise FieldRefused(field.name, value, "is not a valid date", "use YYYY-MM-DD, such as 2026-05-03") from None


def _number(field: Field, value: object) -> int | float:
    try:
        number = float(str(value))
    except ValueError:
        number = math.nan
    unit = f" {field.unit}" if field.unit else ""
    if not math.isfinite(number):
        raise FieldRefused(field.name, value, "is not a number", f"give a number{unit and ' in'}{unit}")
    if field.type is FieldType.INTEGER and number != int(number):
        raise FieldRefused(field.name, value, "is not a whole number", f"count whole{unit}")
    if field.min is not None and number < field.min:
        raise FieldRefused(
            field.name, value, f"is below {field.min:g}{unit}", "correct it, or leave it empty if unknown"
        )
    if field.max is not None and number > field.max:
        raise FieldRefused(
            field.name, value, f"is above {field.max:g}{unit}", "correct it, or leave it empty if unknown"
        )
    return int(number) if field.type is FieldType.INTEGER else number


def _point(field: Field, value: object) -> list[float]:
    parts = value if isinstance(value, (list, tuple)) else str(value).replace(",", " ").split()
    try:
        lon_deg, lat_deg = (float(part) for part in parts)
    except (TypeError, ValueError):
        raise FieldRefused(field.name, value, "is not a position", "give longitude and latitude in degrees") from None
    if not (-180 <= lon_deg <= 180 and -90 <= lat_deg <= 90):
        raise FieldRefused(field.name, value, "is outside WGS 84", "give longitude first, then latitude, in degrees")
    return [lon_deg, lat_deg]


def json_schema(kind: Kind) -> dict[str, Any]:
    """The kind's attributes as a JSON schema (draft 2020-12), personal fields left out as they never travel here."""
    shown = [f for f in kind.fields if not f.personal]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": kind.label,
        "description": kind.what,
        "type": "object",
        "properties": {f.name: _field_schema(f) for f in shown},
        "required": [f.name for f in shown if f.required],
        "additionalProperties": True,
    }


def _field_schema(field: Field) -> dict[str, Any]:
    schema: dict[str, Any]
    match field.type:
        case FieldType.CHOICE | FieldType.CHOICES:
            schema = {"enum": list(field.choices)}
        case FieldType.DATE:
            schema = {"type": "string", "format": "date"}
        case FieldType.INTEGER:
            schema = {"type": "integer"}
        case FieldType.NUMBER:
            schema = {"type": "number"}
        case FieldType.POINT | FieldType.POINTS:
            bounds = [
                {"type": "number", "minimum": -180, "maximum": 180},
                {"type": "number", "minimum": -90, "maximum": 90},
            ]
            schema = {"type": "array", "prefixItems": bounds, "minItems": 2, "maxItems": 2}
        case _:
            schema = {"type": "string"}
    if field.pattern:
        schema["pattern"] = f"^{field.pattern}$"
    if not field.type.is_list:
        schema |= {key: limit for key, limit in (("minimum", field.min), ("maximum", field.max)) if limit is not None}
    whole: dict[str, Any] = {"type": "array", "items": schema} if field.type.is_list else schema
    if field.type.is_list and field.min is not None:
        whole["minItems"] = int(field.min)
    title = field.label + (f" ({field.unit})" if field.unit else "")
    return {"title": title, **({"description": field.help} if field.help else {}), **whole}
