"""Reads the depositary's own list of a treaty's participants: a page or the XML file of the UN Treaty Collection.

The file is the treaty's page (status of treaties, chapter XXVI) as a browser saves it, or the one behind "View XML";
nothing is fetched here. Its participants stand in a table of rows and cells, days as ``12 May 2003``, the kind of act
as a letter behind the day (a accession, A acceptance, AA approval, d succession, P consent to be bound, n provisional
application), days of a state that has left in brackets, and footnotes, which carry withdrawals, as endnotes. Elements
of the XML are found by name, whatever their case and namespace, because the files of different years differ in both; a
page's table is the one whose heading begins with "Participant".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from xml.etree.ElementTree import Element

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from merestone.documents.treaty_page import read_page
from merestone.law import ActKind, Listed
from merestone.terms import FileRefused

KINDS = {
    "a": ActKind.ACCESSION,
    "A": ActKind.ACCEPTANCE,
    "AA": ActKind.APPROVAL,
    "d": ActKind.SUCCESSION,
    "P": ActKind.CONSENT,
}
_PROVISIONAL = "n"
_DAY = re.compile(r"(\d{1,2} [A-Z][a-z]{2} \d{4})\s*(?:\b(AA|[aAdPn])\b)?")
_AS_AT = re.compile(r"STATUS AS AT\s*:?\s*(\d{1,2})-(\d{1,2})-(\d{4})", re.I)
_LONG_DAY = re.compile(r"\b(\d{1,2} (?:January|February|March|April|May|June|July|August|September|October|November|"
                       r"December) \d{4})\b")  # fmt: skip
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LEAVING = re.compile(r"withdr[ae]w|denounc|denunciation", re.I)
_MARKS = re.compile(r"[\s,]*\d[\d\s,]*$")


@dataclass(frozen=True, slots=True)
class Fault:
    """A row of the list that could not be read, and why."""

    row: int
    text: str
    why: str


@dataclass(frozen=True, slots=True)
class TreatyList:
    """What the file says: the treaty's title, the states' lines, and the rows that could not be read."""

    title: str
    listed: tuple[Listed, ...]
    faults: tuple[Fault, ...]
    rows: int
    """Rows of the table below its heading: listed + faults."""
    as_at: date | None = None
    """The day of which the page says that it is the status; None if it does not say."""


def read_treaty_list(path: Path) -> TreatyList:
    """Read a page or an XML file of the UN Treaty Collection.

    Raises
    ------
    FileRefused
        The file can be read neither as XML nor as a page, carries entities (a known attack), or has no table of
        participants.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise FileRefused(path, f"cannot be read ({error.strerror})", _REMEDY) from None
    if _is_page(data):
        page = read_page(data.decode("utf-8", errors="replace"))
        if not page.heading:
            raise FileRefused(path, "has no table of participants", _REMEDY)
        return _treaty_list(page.title, page.heading, page.rows, page.notes, page.text)
    try:
        root: Element = ElementTree.fromstring(data, forbid_dtd=True)
    except (ElementTree.ParseError, DefusedXmlException) as error:
        raise FileRefused(path, f"cannot be read as XML ({error or type(error).__name__})", _REMEDY) from None
    table = next(_named(root, "participants"), None) or next(_named(root, "specialtables"), None)
    if table is None:
        raise FileRefused(path, "has no table of participants", _REMEDY)
    heading, rows = _rows(table)
    return _treaty_list(_title(root), heading, rows, _notes(root), _text(root))


_REMEDY = "save the treaty's page in the UN Treaty Collection, or the file behind View XML there"


def _is_page(data: bytes) -> bool:
    start = data[:2000].lower()
    return b"<!doctype html" in start or b"<html" in start


def _treaty_list(title: str, heading: list[str], rows: list[list[str]], notes: dict[str, str], text: str) -> TreatyList:
    listed: list[Listed] = []
    faults: list[Fault] = []
    for number, cells in enumerate(rows, start=1):
        try:
            listed.append(_listed(cells, heading, notes))
        except ValueError as error:
            faults.append(Fault(number, " | ".join(cells), str(error)))
    as_at = _AS_AT.search(text)
    day = None if as_at is None else date(int(as_at[3]), int(as_at[2]), int(as_at[1]))
    return TreatyList(title, tuple(listed), tuple(faults), len(rows), day)


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2].lower()


def _named(root: Element, name: str) -> Iterator[Element]:
    return (element for element in root.iter() if _local(element) == name)


def _text(element: Element) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^<>]*>", "", " ".join(element.itertext()))).strip()


def _title(root: Element) -> str:
    for name in ("titlesect", "title", "name"):
        for element in _named(root, name):
            text = _text(element)
            if "convention" in text.lower() or "protocol" in text.lower():
                return text
    return ""


def _rows(table: Element) -> tuple[list[str], list[list[str]]]:
    """The heading's cells and those of the other rows; the heading is the row that says "Participant"."""
    heading: list[str] = []
    rows: list[list[str]] = []
    for row in table.iter():
        if _local(row) not in ("row", "tableheader"):
            continue
        cells = [_text(cell) for cell in row if _local(cell) in ("entry", "column", "title")]
        if cells and cells[0].lower().startswith("participant"):
            heading = cells
        elif cells:
            rows.append(cells)
    return heading, rows


def _listed(cells: list[str], heading: list[str], notes: dict[str, str]) -> Listed:
    marks = re.findall(r"\d+", match[0]) if (match := _MARKS.search(cells[0])) else []
    name = _MARKS.sub("", cells[0]).strip(" []")
    if not name:
        raise ValueError("the row names no state")
    signed_on, consented_on, applied_on, kind = None, None, None, None
    for index, cell in enumerate(cells[1:], start=1):
        day_matches = list(_DAY.finditer(cell))
        if not day_matches and cell.strip(" []").lower() not in ("", "x"):  # an x marks a protocol that was accepted
            raise ValueError(f"{cell!r} contains no date such as 12 May 2003")
        title = heading[index].lower() if index < len(heading) else ""
        for match in day_matches:
            day, mark = _day_of(match[1]), match[2] or ""
            if mark == _PROVISIONAL or title.startswith("provisional"):
                applied_on = day
            elif "signature" in title and "ratification" not in title and "consent" not in title:
                signed_on = day
            else:
                consented_on, kind = day, KINDS.get(mark, ActKind.RATIFICATION)
    texts = [notes[mark] for mark in marks if mark in notes]
    texts += [text for text in notes.values() if text not in texts and re.search(rf"\b{re.escape(name)}\b", text)]
    leaving = tuple(text for text in texts if _LEAVING.search(text))
    days = tuple(_day_of(day) for text in leaving for day in _LONG_DAY.findall(text))
    in_brackets = any("[" in cell for cell in cells)
    return Listed(name, signed_on, consented_on, kind, leaving, days, applied_on, in_brackets)


def _day_of(text: str) -> date:
    """The day written "12 May 2003" or "27 June 2025", in English whatever the machine's language."""
    day, month, year = text.split()
    if month[:3] not in _MONTHS:
        raise ValueError(f"{text!r} names no month")
    return date(int(year), _MONTHS.index(month[:3]) + 1, int(day))


def _notes(root: Element) -> dict[str, str]:
    """The endnotes by their number; the number is an attribute, a child, or the text's first word."""
    notes: dict[str, str] = {}
    for element in root.iter():
        name = _local(element)
        if name not in ("endnote", "footnote", "note") or (not len(element) and name == "note"):
            continue
        text = _text(element)
        numbers = [value for value in element.attrib.values() if value.isdigit()]
        first = re.match(r"\W*(\d{1,3})\b\W*", text)
        number = numbers[0] if numbers else first[1] if first else f"unnumbered {len(notes) + 1}"
        notes[number] = text[first.end() :] if first and not numbers else text
    return notes
