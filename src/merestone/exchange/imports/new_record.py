"""One record of any kind, said by a person: the values that an import would read of a row, and as strictly checked.

A file is taken in as it comes, since nobody can ask it. A person can be asked: what does not fit is refused here, with
the field, the value and the remedy, and so is a required field that is empty.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from shapely.geometry.base import BaseGeometry

from merestone.exchange.imports.field_mapping import kind_label
from merestone.exchange.imports.sheet_intake import Links, sheet_kind
from merestone.register import Entry, Register, Sheet
from merestone.register.programme import Kind, check_attributes, default_visibility, kind_named
from merestone.terms import FieldRefused, RecordKind, Visibility

_SHAPES: Final = {"Point": "point", "LineString": "line", "LinearRing": "line", "Polygon": "polygon"}


def add_record(
    register: Register,
    kind: str,
    attributes: Mapping[str, Any],
    *,
    by: str,
    source: str,
    why: str,
    geometry: BaseGeometry | None = None,
    accuracy_m: float | None = None,
    true_from: date | None = None,
    data_on: date | None = None,
    visibility: Visibility | None = None,
) -> str:
    """Record one record of a kind in a batch of its own; give its identity.

    Parameters
    ----------
    kind
        A layer (`RecordKind`), or the name of a kind without layers.
    attributes
        Field to value, as text or as the field's own type. Links may be local identifiers.
    geometry
        The place, in longitude and latitude on WGS 84, sound (`exchange.amendment.geometry_from_wkt` checks it).
    accuracy_m
        For a kind with a layer: the radius in metres that holds 95 % of the positions; None: nobody stated it.
    true_from, data_on
        From when on it holds, and the day on which its source stood.
    visibility
        How exactly everybody sees it; None: as its kind says (`register.kind.default_visibility`).

    Raises
    ------
    FieldRefused
        A value does not fit its field, a field is required and empty or not known, a link leads nowhere, the place is
        missing or of another shape than the kind has, the field is personal, or the kind is only transcribed.
    """
    definition = sheet_kind(kind) if kind not in set(RecordKind) else kind_named(kind)
    if definition.is_transcription:
        remedy = "import the transcription, with its document"
        raise FieldRefused("kind", kind, "is only transcribed from a document that was handed over", remedy)
    fitting = _checked(register, definition, attributes)
    _refuse_place(definition, kind, geometry)
    visibility = visibility or default_visibility(kind)
    entry: Entry | Sheet
    if definition.layers:
        assert geometry is not None
        entry = Entry(
            RecordKind(kind), geometry, accuracy_m, fitting, true_from, visibility=visibility, data_on=data_on
        )
    else:
        if accuracy_m is not None:
            raise FieldRefused("accuracy_m", accuracy_m, f"has no meaning for a {kind_label(kind)}", "leave it out")
        entry = Sheet(kind, fitting, geometry, true_from, visibility=visibility, data_on=data_on)
    with register.batch(by=by, why=why, source=source) as batch:
        return batch.record(entry)


def _checked(register: Register, definition: Kind, attributes: Mapping[str, Any]) -> dict[str, Any]:
    for name in attributes:
        field = definition.by_column.get(name.lower())
        if field is None or field.automatic:
            names = ", ".join(asked_field.name for asked_field in definition.asked_fields)
            raise FieldRefused(name, "...", f"is not a field of {definition.name}", f"it has {names}")
        if field.personal:
            remedy = "record the person with merestone person add, which seals it"
            raise FieldRefused(field.name, "...", "is personal data", remedy)
    checked = check_attributes(definition, attributes)
    for refused in checked.refused:
        if refused.value is None:
            raise FieldRefused(refused.field, "", "is required and empty", refused.remedy)
        raise refused
    fitting, unresolved = Links.of(register, definition).resolved(definition, checked.attributes)
    if unresolved and not definition.layers:
        code, explanation = unresolved[0]
        name = code.removesuffix("_unresolved")
        why = explanation.partition(": ")[2].removesuffix("; kept as it came")
        raise FieldRefused(name, checked.attributes[name], why, "record that one first, or give its identity")
    return dict(checked.attributes) if definition.layers else fitting


def _refuse_place(definition: Kind, kind: str, geometry: BaseGeometry | None) -> None:
    if geometry is None:
        if definition.layers:
            raise FieldRefused(
                "place", "", f"is missing, and a {kind_label(kind)} has one", "give its outline or position"
            )
        return
    if not definition.geometry:
        raise FieldRefused("place", geometry.wkt[:80], f"has no meaning for a {kind_label(kind)}", "leave it out")
    shape = _SHAPES.get(geometry.geom_type.removeprefix("Multi"))
    if shape not in definition.geometry and not definition.layers:
        wanted = " or ".join(definition.geometry)
        raise FieldRefused("place", geometry.wkt[:80], f"is not a {wanted}", f"give a {wanted}")
