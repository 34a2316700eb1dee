"""Forms for the field: a kind's definition as an XLSForm, which ODK, Kobo and Survey123 read.

Source: XLSForm specification (xlsform.org), sheets ``survey``, ``choices`` and ``settings``.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from openpyxl import Workbook

from merestone.register.kind import Field, FieldType, Kind
from merestone.terms import FieldRefused

_SHAPES: Final = {"point": "geopoint", "line": "geotrace", "polygon": "geoshape"}
_TYPES: Final = {
    FieldType.TEXT: "text",
    FieldType.LONG_TEXT: "text",
    FieldType.DATE: "date",
    FieldType.INTEGER: "integer",
    FieldType.NUMBER: "decimal",
    FieldType.POINT: "geopoint",
    FieldType.POINTS: "text",
    FieldType.LINK: "text",
    FieldType.LINKS: "text",
}
_HEADER: Final = ("type", "name", "label", "hint", "required", "constraint", "constraint_message", "appearance")


def survey_rows(kind: Kind) -> Iterator[tuple[str, ...]]:
    """The rows of the ``survey`` sheet below its header: the shape first, then every field that is not personal."""
    for shape in kind.geometry[-1:]:
        hint = "The accuracy that the device shows is kept with it"
        yield (_SHAPES[shape], "geometry", f"Where: {shape}", hint, "yes", "", "", "")
    for field in kind.fields:
        if not field.personal:
            yield _survey_row(kind, field)


def _survey_row(kind: Kind, field: Field) -> tuple[str, ...]:
    match field.type:
        case FieldType.CHOICE:
            asked = f"select_one {kind.name}_{field.name}"
        case FieldType.CHOICES:
            asked = f"select_multiple {kind.name}_{field.name}"
        case _:
            asked = _TYPES[field.type]
    limits = []
    if field.min is not None and not field.type.is_list:
        limits.append(f". >= {field.min:g}")
    if field.max is not None:
        limits.append(f". <= {field.max:g}")
    if field.pattern:
        limits.append(f"regex(., '^{field.pattern}$')")
    hint = field.help or ""
    if field.type in (FieldType.LINKS, FieldType.POINTS):
        several = "Several: one after the other, with a semicolon between"
        hint = f"{hint}. {several}" if hint else several
    label = field.label + (f" ({field.unit})" if field.unit else "")
    message = f"Allowed: {' and '.join(limits).replace('. ', '')}" if limits else ""
    appearance = "multiline" if field.type is FieldType.LONG_TEXT else ""
    return (asked, field.name, label, hint, "yes" if field.required else "", " and ".join(limits), message, appearance)


def choice_rows(kind: Kind) -> Iterator[tuple[str, str, str]]:
    """The rows of the ``choices`` sheet below its header: list, stored value, words shown."""
    for field in kind.fields:
        for choice in field.choices:
            yield (f"{kind.name}_{field.name}", choice, choice.replace("_", " "))


def write_xlsform(kind: Kind, path: Path) -> None:
    """Write the form of a kind.

    Raises
    ------
    FieldRefused
        The kind is only transcribed from documents; a blank form of it would help to compose one.
    """
    if kind.is_transcription:
        raise FieldRefused(
            "kind", kind.name, "is only transcribed from a document that was handed over", "record it with its document"
        )
    book = Workbook()
    survey = book.active
    assert survey is not None
    survey.title = "survey"
    survey.append(_HEADER)
    for row in survey_rows(kind):
        survey.append(row)
    choices = book.create_sheet("choices")
    choices.append(("list_name", "name", "label"))
    for choice in choice_rows(kind):
        choices.append(choice)
    settings = book.create_sheet("settings")
    settings.append(("form_title", "form_id", "version"))
    settings.append((f"{kind.label} (Merestone)", f"merestone_{kind.name}", "1"))
    book.save(path)
