"""What a briefing is made of: sections of paragraphs, tables and figures, without a word about how they are drawn."""

from dataclasses import dataclass
from enum import StrEnum


class Tone(StrEnum):
    """How a word stands out. The values are the names of the styles."""

    PLAIN = "plain"
    CONFIRMED = "confirmed"
    CONTRADICTED = "contradicted"
    OPEN = "open"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table: words, perhaps with a tone, perhaps leading to a place in the same document."""

    text: str
    tone: Tone = Tone.PLAIN
    leads_to: str = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Words. A lead stands out at the start of a section; a note is small and says where figures come from."""

    text: str
    is_lead: bool = False
    is_note: bool = False
    is_title: bool = False
    """Whether it is the title of what follows."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells. Columns that hold figures are set to the right."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    figures: frozenset[int]
    """Columns of figures, counted from 0."""
    source: str
    widths: tuple[int, ...] = ()
    """Relative widths; empty: as the content asks."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing (SVG) with the words for those who cannot see it."""

    svg: str
    alt: str
    caption: str
    source: str
    width_mm: int = 170


@dataclass(frozen=True, slots=True)
class Account:
    """One thing explained step by step, where links lead to."""

    anchor: str
    title: str
    finding: Cell
    lines: tuple[tuple[str, str], ...]
    """Name and words of each line, such as ``("how", "...")``."""
    back: tuple[str, str] = ("claims", "the claims")
    """Anchor and name of the section that leads here."""


Block = Paragraph | Table | Figure | Account


@dataclass(frozen=True, slots=True)
class Section:
    """A numbered part of the document."""

    anchor: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """One figure for the top of the first page, with its unit and what it is."""

    figure: str
    explanation: str


@dataclass(frozen=True, slots=True)
class Briefing:
    """The whole document."""

    title: str
    subtitle: str
    on: str
    label: str
    """The register's label, such as ``synthetic exercise data``; empty if there is none."""
    key_figures: tuple[KeyFigure, ...]
    sections: tuple[Section, ...]
    limits: str
    """What the document is not: printed on its first and last page."""
