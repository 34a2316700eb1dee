"""The parts of a saved page of the UN Treaty Collection: title, table of participants, endnotes. Plain text, no script.

The table is the one whose first heading cell begins with "Participant"; a cell's raised numbers are its marks. Endnotes
stand below a heading "End Note": rows of a table or paragraphs that begin with their number.
"""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

_NOTE = re.compile(r"^\W*(\d{1,3})\b[\s.:)\]]*(.*)$", re.S)
_SILENT = frozenset({"script", "style", "head"})
_BLOCKS = frozenset({"p", "div", "li", "tr", "br", "table", "h1", "h2", "h3", "h4", "h5"})


@dataclass(slots=True)
class Page:
    """What a page says."""

    title: str = ""
    heading: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    text: str = ""


def read_page(html: str) -> Page:
    """Read a page; a page without a table of participants gives an empty heading."""
    parser = _Parser()
    parser.feed(html)
    parser.close()
    page = Page(text=" ".join(" ".join(parser.texts).split()))
    for row in parser.rows:
        if not row:
            continue
        if row[0].lower().startswith("participant") and not page.heading:
            page.heading = row
        elif page.heading and len(row) == len(page.heading) and not parser.notes_begun_before(row):
            page.rows.append(row)
    for number, block in parser.notes():
        page.notes[number] = block
    page.title = next((block for block in parser.blocks if _is_title(block)), "")
    return page


def _is_title(text: str) -> bool:
    return text.lower().startswith(("convention", "protocol", "additional protocol", "amendment", "treaty"))


class _Parser(HTMLParser):
    """Collects rows of cells, blocks of text, and where the endnotes begin."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = []
        self.rows: list[list[str]] = []
        self.blocks: list[str] = []
        self._cell: list[str] | None = None
        self._row: list[str] | None = None
        self._block: list[str] = []
        self._silent = 0
        self._first_note: int | None = None
        self._rows_before_notes: int | None = None
        self._row_notes: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002  # the name is html.parser's
        if tag in _SILENT:
            self._silent += 1
        if tag in _BLOCKS:
            self._end_block()
        if tag == "tr":
            self._end_row()
            self._row = []
        elif tag in ("td", "th") and self._row is not None:
            self._end_cell()
            self._cell = []

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(self._silent - 1, 0)
        if tag in _BLOCKS:
            self._end_block()
        if tag in ("td", "th"):
            self._end_cell()
        elif tag in ("tr", "table"):
            self._end_row()

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        self.texts.append(data)
        self._block.append(data)
        if self._cell is not None:
            self._cell.append(data)

    def close(self) -> None:
        super().close()
        self._end_row()
        self._end_block()

    def notes_begun_before(self, row: list[str]) -> bool:
        """Whether a row stands among the endnotes."""
        return self._rows_before_notes is not None and any(
            row is page_block for page_block in self.rows[self._rows_before_notes :]
        )

    def notes(self) -> list[tuple[str, str]]:
        """The endnotes by their numbers."""
        result = list(self._row_notes)
        for block in [] if self._first_note is None else self.blocks[self._first_note :]:
            match = _NOTE.match(block)
            if match is not None and match[2].strip() and match[1] not in dict(result):
                result.append((match[1], match[2].strip()))
        return result

    def _end_cell(self) -> None:
        if self._cell is not None and self._row is not None:
            self._row.append(" ".join(" ".join(self._cell).split()))
        self._cell = None

    def _end_row(self) -> None:
        self._end_cell()
        if self._row:
            self.rows.append(self._row)
            if self._first_note is not None and len(self._row) == 2 and self._row[0].strip(" .:)").isdigit():
                self._row_notes.append((self._row[0].strip(" .:)"), self._row[1]))
        self._row = None

    def _end_block(self) -> None:
        text = " ".join("".join(self._block).split())
        self._block = []
        if not text:
            return
        self.blocks.append(text)
        if re.fullmatch(r"end\s?notes?:?", text, re.I) and self._first_note is None:
            self._first_note, self._rows_before_notes = len(self.blocks), len(self.rows)
