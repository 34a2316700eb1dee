"""Forms for the field: a kind's definition as an XLSForm, which ODK, Kobo and Survey123 read.

Source: XLSForm specification (xlsform.org), sheets ``survey``, ``choices`` and ``settings``.
"""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from merestone.register.programme import Field, FieldType, Kind, kind_named
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
    """The rows of the ``survey`` sheet below its header: the shape first, then every field that may be asked openly."""
    for shape in kind.geometry[-1:]:
        hint = "The accuracy that the device shows is kept with it"
        yield (_SHAPES[shape], "geometry", f"Where: {shape}", hint, "yes", "", "", "")
    for field in kind.asked_fields:
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


def refuse_no_form(name: str) -> None:
    """Refuse a kind of which no blank form is made.

    Raises
    ------
    FieldRefused
        There is no such kind, a file comes with each of its records, or it is only transcribed from documents: a blank
        form of it would help to compose one.
    """
    kind = kind_named(name)
    if kind.recorded_by is not None:
        raise FieldRefused("kind", name, "is recorded by a command of its own", f"use {kind.recorded_by}")
    if kind.is_transcription:
        raise FieldRefused(
            "kind", name, "is only transcribed from a document that was handed over", "record it with its document"
        )


def write_xlsform(name: str, path: Path) -> None:
    """Write the form of a kind, by its name or that of one of its layers.

    Raises
    ------
    FieldRefused
        No blank form of it is made (`refuse_no_form`).
    """
    from openpyxl import Workbook

    refuse_no_form(name)
    kind = kind_named(name)
    title = name.replace("_", " ").capitalize()
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
    settings.append((f"{title} (Merestone)", f"merestone_{name}", "1"))
    write_workbook(book, path)


def write_workbook(book: Any, path: Path) -> None:
    """Write a workbook of openpyxl in one piece: its own writer leaves an archive open where the disk is full."""
    content = io.BytesIO()
    book.save(content)
    path.write_bytes(content.getvalue())
