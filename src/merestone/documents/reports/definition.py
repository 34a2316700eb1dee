"""What a treaty's reporting format asks: forms, tables, columns, read from files with a source for each form.

The letters are the treaty's own and mean different things in each, so a form is found only through its report.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml

from merestone.documents.reports.rows import ROWS
from merestone.documents.reports.selection import Ordnance
from merestone.terms import Confidence, FieldRefused, MerestoneError

TREATY_REPORTS: Final = ("apmbc-art7", "ccm-art7", "ap2")


class DefinitionBroken(MerestoneError):
    """A file in ``exchange/reports/forms/`` lacks something, or names what is not there."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: the key by which rows give it, and the words above it."""

    key: str
    title: str


@dataclass(frozen=True, slots=True)
class FormTable:
    """One table of a form."""

    title: str
    rows: str
    """The name of what fills it (`merestone.documents.reports.rows.ROWS`); ``nothing``: not in the register."""
    columns: tuple[Column, ...]
    is_added: bool
    """Whether it is no part of the adopted format, but what the register holds on the same matter."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """One form of a report."""

    letter: str
    title: str
    article: str
    source: str
    confidence: Confidence
    """Of title and article."""
    columns_confidence: Confidence
    """Of the columns' words."""
    tables: tuple[FormTable, ...]


@dataclass(frozen=True, slots=True)
class Definition:
    """A treaty's whole report."""

    name: str
    title: str
    treaty: str
    """The treaty's key in `merestone.law`."""
    article: str
    version: str
    due: str
    source: str
    ordnance: Ordnance
    forms: tuple[Form, ...]

    def form(self, letter: str) -> Form:
        """The form of a letter in this report; KeyError if it has none."""
        for form in self.forms:
            if form.letter == letter:
                return form
        raise KeyError(f"{self.name} has no form {letter}")


@cache
def definition(name: str) -> Definition:
    """The packaged definition of a report.

    Raises
    ------
    FieldRefused
        There is no such report.
    """
    if name not in TREATY_REPORTS:
        raise FieldRefused("report", name, "is not a treaty's report", f"use one of {', '.join(TREATY_REPORTS)}")
    text = (files("merestone.documents.reports") / "forms" / f"{name}.yaml").read_text(encoding="utf-8")
    return definition_from(text, origin=f"{name}.yaml")


def definition_from(text: str, *, origin: str) -> Definition:
    """Read a definition.

    Raises
    ------
    DefinitionBroken
        It lacks a source or another entry, names unknown rows, or a table's columns are not those that its rows give.
    """
    fields: dict[str, Any] = yaml.safe_load(text)
    forms = tuple(_form(part, origin=origin) for part in fields["forms"])
    letters = [form.letter for form in forms]
    if len(set(letters)) < len(letters):
        raise DefinitionBroken(f"{origin}: a form's letter occurs twice")
    perhaps, named = fields["ordnance"]["perhaps"], fields["ordnance"]["named"]
    return Definition(
        name=_required_text(fields, "report", origin),
        title=_required_text(fields, "title", origin),
        treaty=_required_text(fields, "treaty", origin),
        article=_required_text(fields, "article", origin),
        version=_required_text(fields, "version", origin),
        due=_required_text(fields, "due", origin),
        source=_required_text(fields, "source", origin),
        ordnance=Ordnance(fields["ordnance"]["words"], frozenset(named), frozenset(perhaps)),
        forms=forms,
    )


def _form(fields: Mapping[str, Any], *, origin: str) -> Form:
    place = f"{origin}, form {fields.get('letter')}"
    return Form(
        letter=_required_text(fields, "letter", place),
        title=_required_text(fields, "title", place),
        article=_required_text(fields, "article", place),
        source=_required_text(fields, "source", place),
        confidence=Confidence(_required_text(fields, "confidence", place)),
        columns_confidence=Confidence(_required_text(fields, "columns_confidence", place)),
        tables=tuple(_table(part, place=place) for part in fields["tables"]),
    )


def _table(fields: Mapping[str, Any], *, place: str) -> FormTable:
    columns = tuple(Column(key, title) for key, title in fields["columns"].items())
    rows = fields.get("rows", "nothing")
    if rows not in ROWS:
        raise DefinitionBroken(f"{place}: rows {rows!r} are not known; known are {', '.join(ROWS)}")
    title = _required_text(fields, "title", place)
    return FormTable(title, rows, columns, bool(fields.get("added")), fields.get("note", ""))


def _required_text(fields: Mapping[str, Any], key: str, place: str) -> str:
    text = str(fields.get(key) or "").strip()
    if not text:
        raise DefinitionBroken(f"{place}: {key} is empty; say it, and where it comes from")
    return text
