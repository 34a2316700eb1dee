"""A briefing as PDF, set by typst: self-contained, its fonts inside, no system library."""

import json
from itertools import groupby
from pathlib import Path
from typing import Final, Literal

from merestone.documents.briefing.block import Account, Block, Briefing, Cell, Figure, Paragraph, Section, Table
from merestone.documents.briefing.text_width import most_width_em
from merestone.files import scratch_folder

SPLIT_FROM: Final = 3_000
"""Characters from which an account may go over to another page."""
LONG_FROM: Final = 200
"""Rows from which a table is set several rows together."""
_SHEET: Final = "briefing.typ"
_TOGETHER: Final = 36
_PARAGRAPH: Final = 6_000
"""Characters from which a list of an account is set as several paragraphs: typst breaks short ones faster."""
_LINE_PT, _SMALL_PT, _INSET_PT = 493.0, 8.2, 2.5
"""Between the margins of a page; the size of text in tables; between a cell's text and its edge. Points."""
_CAPITAL_EM, _LEADING_EM, _ABOVE_PT = 0.65, 0.45, 3.2
"""Height of a line's text, and what lies between two lines, in sizes of it; between a row's text and its edge."""
_STYLE = """
#let ink = rgb("#1b2a33")
#let faint = rgb("#5c6b74")
#let rule = rgb("#d4dade")
#let tones = (
  plain: ink, confirmed: rgb("#1f6b3a"), contradicted: rgb("#a3231b"), open: rgb("#7a5200"), unknown: faint,
)
#let said(words, tone) = {
  if tone == "plain" { words } else { text(fill: tones.at(tone), weight: "semibold", words) }
}
#let figure_of(words) = text(size: 17pt, fill: rgb("#14506e"), weight: "bold", words)
#let note(words) = text(size: 7.6pt, fill: faint, words)
#set page(paper: "a4", margin: (x: 18mm, top: 18mm, bottom: 20mm), footer: context [
  #set text(size: 7.6pt, fill: faint)
  #footnote_words #h(1fr) #counter(page).display("1 / 1", both: true)
])
#set text(font: ("Libertinus Serif", "DejaVu Sans Mono"), size: 10pt, fill: ink, lang: "en")
#set par(leading: 0.6em, spacing: 0.85em)
#show heading.where(level: 1): it => block(above: 1.8em, below: 0.8em, sticky: true)[
  #line(length: 100%, stroke: 1pt + ink)
  #text(size: 15pt, it.body)
]
#show heading.where(level: 2): it => block(above: 1.2em, below: 0.5em, sticky: true, text(size: 10.5pt, it.body))
#show link: it => text(fill: rgb("#14506e"), it)
"""


def pdf(briefing: Briefing) -> bytes:
    """The briefing as a PDF file."""
    with scratch_folder("page") as folder:
        write_sheet(briefing, folder)
        return set_in_type(folder)


def write_sheet(briefing: Briefing, folder: Path) -> None:
    """Write what a PDF is set from, text and drawings, into an empty folder: another process may set it."""
    figures: list[str] = []
    body = [_title(briefing)]
    body += [_section(number, section, figures) for number, section in enumerate(briefing.sections, 1)]
    for number, drawing in enumerate(figures):
        (folder / f"figure{number}.svg").write_text(drawing, encoding="utf-8")
    footer = f"{briefing.title} · as of {briefing.on}"
    source = f"#let footnote_words = {_string(footer)}\n#set document(title: {_string(briefing.title)})\n"
    (folder / _SHEET).write_text(source + _STYLE + "\n".join(body), encoding="utf-8")


def set_in_type(folder: Path) -> bytes:
    """The PDF file of what `write_sheet` has written into a folder."""
    return _compiled(folder / _SHEET, "pdf")


def _compiled(path: Path, form: Literal["pdf", "png"], *, dpi: float | None = None) -> bytes:
    """A page of typst in the folder of its pictures, with the same fonts on every machine."""
    import typst  # 7 MB that no other page of the service needs

    compiled = typst.compile(str(path), root=str(path.parent), ignore_system_fonts=True, format=form, ppi=dpi)
    assert isinstance(compiled, bytes)
    return compiled


def picture_page(svg: str, title: str, form: Literal["pdf", "png"], *, dpi: float) -> bytes:
    """An SVG on a page of its size, as ``pdf`` or ``png``, with the same fonts on every machine."""
    with scratch_folder("page") as folder:
        (folder / "picture.svg").write_text(svg, encoding="utf-8")
        path = folder / "page.typ"
        page = "#set page(width: auto, height: auto, margin: 4pt)"
        path.write_text(f'#set document(title: {_string(title)})\n{page}\n#image("picture.svg")\n', encoding="utf-8")
        return _compiled(path, form, dpi=dpi)


def _string(text: str) -> str:
    """A typst string. Text never enters the source as markup, so that no word of data can be read as a command."""
    return json.dumps(text, ensure_ascii=False)


def _title(briefing: Briefing) -> str:
    figures = ", ".join(
        f"[#figure_of({_string(each.figure)})\\ #note({_string(each.explanation)})]" for each in briefing.key_figures
    )
    label = (
        f'#box(fill: rgb("#a3231b"), inset: 4pt, text(fill: white, weight: "bold", {_string(briefing.label)}))\n\n'
        if briefing.label
        else ""
    )
    return (
        f'{label}#block(below: 0.7em, text(size: 23pt, weight: "bold", hyphenate: false, {_string(briefing.title)}))\n'
        f"#text(size: 11.5pt, fill: faint, {_string(briefing.subtitle)})\n\n"
        f"#note({_string(f'As of {briefing.on} · made by Merestone')})\n\n"
        f"#grid(columns: {len(briefing.key_figures)} * (1fr,), gutter: 9pt, {figures})\n\n"
        f'#block(stroke: (left: 2.5pt + rgb("#14506e")), inset: (left: 8pt, y: 3pt), {_string(briefing.limits)})\n'
    )


def _section(number: int, section: Section, figures: list[str]) -> str:
    title = _string(f"{number}  {section.title}")
    return f"#heading(level: 1, {title})\n" + "\n".join(_block(each, figures) for each in section.blocks)


def _block(block: Block, figures: list[str]) -> str:
    if isinstance(block, Paragraph):
        text = _string(block.text)
        if block.is_title:
            return f"#heading(level: 2, {text})\n"
        return f"#par(note({text}))\n" if block.is_note else f"#par({text})\n"
    if isinstance(block, Figure):
        figures.append(block.svg)
        width = "100%" if block.width_mm >= 170 else f"{block.width_mm}mm"
        return (
            f'#block(breakable: false)[#align(center, image("figure{len(figures) - 1}.svg", width: {width}, '
            f"alt: {_string(block.alt)}))\n#text(size: 8.6pt, {_string(block.caption)}) "
            f"#note({_string(block.source)})]\n"
        )
    if isinstance(block, Account):
        return _account(block)
    return _table(block)


def _account(account: Account) -> str:
    lines = "".join(
        f"text(size: 8.4pt, fill: faint, {_string(name)}), text(size: 8.4pt, {_paragraphs(text)}), "
        for name, text in account.lines
    )
    finding = f"said({_string(account.finding.text)}, {_string(account.finding.tone)})"
    is_long = sum(len(text) for _, text in account.lines) > SPLIT_FROM
    # Thousands of identities of records: to look for pairs to kern and to join takes longer than all the rest.
    plain = "#set text(kerning: false, ligatures: false)\n#set par(spacing: 0.6em)\n" if is_long else ""
    title = f"#heading(level: 2, {_string(account.title)} + h(0.6em) + {finding})"
    return (
        f"#block(breakable: {'true' if is_long else 'false'})[{title} "
        f"<{account.anchor}>\n{plain}#grid(columns: (22mm, 1fr), row-gutter: 4.5pt, {lines})]\n"
    )


def _paragraphs(text: str) -> str:
    """A text; one of very many items, with commas between them, as paragraphs that follow each other like lines."""
    if len(text) < 2 * _PARAGRAPH:
        return _string(text)
    parts: list[str] = []
    begin = 0
    while begin < len(text):
        end = text.find(", ", begin + _PARAGRAPH)
        end = len(text) if end < 0 else end + 1
        parts.append(f"par({_string(text[begin:end].strip())})")
        begin = end
    return f"({' + '.join(parts)})"


def _table(table: Table) -> str:
    widths = table.widths or (1,) * len(table.columns)
    columns = ", ".join(f"{width}fr" for width in widths) if table.widths else ", ".join("auto" for _ in widths)
    if not table.widths and len(table.columns) > 1:
        columns = ", ".join(["auto", *("1fr" for _ in widths[1:])])
    groups = _rows_together(table)
    tall = edges = ""
    if any(len(rows) > 1 for rows in groups):
        # What is known need not be measured: typst lays out each cell of a row of unknown height twice.
        columns = ", ".join(f"{_LINE_PT * width / sum(widths):.2f}pt" for width in widths)
        heights = ", ".join(f"{_height_pt(len(rows)):.2f}pt" if len(rows) > 1 else "auto" for rows in groups)
        tall, edges = f"rows: (auto, {heights},), ", f", top-edge: {_CAPITAL_EM}em, bottom-edge: 0em"
    aligned = ", ".join("right" if k in table.figures else "left" for k in range(len(table.columns)))
    head = ", ".join(f'text(weight: "bold", {_string(column)})' for column in table.columns)
    cells = [
        _cell_texts(column) if len(rows) == 1 else f"table.cell({_cell_texts(column)})"
        for rows in groups
        for column in zip(*rows, strict=True)
    ]
    return (
        f"#block[#set text(size: {_SMALL_PT}pt{edges})\n"
        f"#set par(leading: {_LEADING_EM}em)\n#table(columns: ({columns},), {tall}align: ({aligned},), "
        f"inset: (x: {_INSET_PT}pt, y: {_ABOVE_PT}pt), "
        "stroke: (_, y) => (bottom: if y == 0 { 0.8pt + ink } else { 0.4pt + rule }), "
        f"table.header({head}), {', '.join(cells)})]\n#par(note({_string(table.source)}))\n"
    )


def _cell_texts(cells: tuple[Cell, ...]) -> str:
    """The words of cells that stand below each other, those of one tone as one text."""
    texts = []
    for (tone, leads_to), some in groupby(cells, key=lambda cell: (cell.tone, cell.leads_to)):
        text = f"said({_string(chr(10).join(cell.text for cell in some))}, {_string(tone)})"
        texts.append(f"link(label({_string(leads_to)}), {text})" if leads_to else text)
    return " + linebreak() + ".join(texts)


def _height_pt(lines: int) -> float:
    """Of a row whose cells hold so many lines, with a little room."""
    return _SMALL_PT * (lines * _CAPITAL_EM + (lines - 1) * _LEADING_EM) + 2 * _ABOVE_PT + 0.5


def _rows_together(table: Table) -> list[list[tuple[Cell, ...]]]:
    """The rows of a table, those that are set together in one list: all of their cells fit into one line each.

    typst spends most of a long table's time and memory on each cell, and hardly any on a line of a cell.
    """
    if len(table.rows) < LONG_FROM or not table.widths:
        return [[row] for row in table.rows]
    room_em = [(_LINE_PT * width / sum(table.widths) - 2 * _INSET_PT) / _SMALL_PT for width in table.widths]
    together: list[list[tuple[Cell, ...]]] = []
    is_open = False
    for row in table.rows:
        fits = all(most_width_em(cell.text) <= room for cell, room in zip(row, room_em, strict=True))
        if fits and is_open and len(together[-1]) < _TOGETHER:
            together[-1].append(row)
        else:
            together.append([row])
        is_open = fits
    return together
