"""A briefing as HTML: one file without any outside request, or the part of it that a web page takes in."""

import re
from functools import lru_cache
from html import escape
from importlib.resources import files
from typing import Final

from merestone.documents.briefing.block import Account, Block, Briefing, Cell, Figure, Paragraph, Section, Table, Tone

FOLDED_FROM: Final = 2_000
"""Characters from which a line of an account is folded."""

_DAY: Final = re.compile(r"\b(\d{4})-(\d\d)-(\d\d)\b")


def stylesheet() -> str:
    """The briefing's style, for screen and paper."""
    return files("merestone.documents").joinpath("briefing/briefing.css").read_text(encoding="utf-8")


def html_page(briefing: Briefing) -> str:
    """A whole page that works as a single file, offline."""
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<title>{escape(briefing.title)}</title>\n<link rel="icon" href="data:,">\n<style>\n{stylesheet()}</style>\n'
        f'</head>\n<body>\n<div class="briefing">\n{html_part(briefing)}</div>\n</body>\n</html>\n'
    )


def html_part(briefing: Briefing) -> str:
    """The content alone, for a page that has a head and a style of its own."""
    figures = "".join(
        f"<li><strong>{escape(each.figure)}</strong> <span>{escape(each.explanation)}</span></li>"
        for each in briefing.key_figures
    )
    label = f'<p class="label">{escape(briefing.label)}</p>' if briefing.label else ""
    contents = "".join(f'<li><a href="#{each.anchor}">{escape(each.title)}</a></li>' for each in briefing.sections)
    return (
        f'<div class="title">{label}<h1>{escape(briefing.title)}</h1>'
        f'<p class="subtitle">{escape(briefing.subtitle)}</p>'
        f'<p class="date">As of <time>{escape(briefing.on)}</time> · made by Merestone</p></div>\n'
        f'<ul class="key">{figures}</ul>\n<p class="limits">{escape(briefing.limits)}</p>\n'
        f'<nav class="contents" aria-label="Contents"><ol>{contents}</ol></nav>\n'
        + "".join(_section(number, each) for number, each in enumerate(briefing.sections, 1))
    )


def _section(number: int, section: Section) -> str:
    inside = "\n".join(_block(each) for each in section.blocks)
    return (
        f'<section id="{section.anchor}"><h2><span>{number}</span> {escape(section.title)}</h2>\n{inside}</section>\n'
    )


def _block(block: Block) -> str:
    if isinstance(block, Paragraph):
        if block.is_title:
            return f"<h3>{escape(block.text)}</h3>"
        kind = ' class="lead"' if block.is_lead else ' class="note"' if block.is_note else ""
        return f"<p{kind}>{escape(block.text)}</p>"
    if isinstance(block, Figure):
        return (
            f'<figure class="w{block.width_mm}">{block.svg}<figcaption>{escape(block.caption)} '
            f"<small>{escape(block.source)}</small></figcaption></figure>"
        )
    if isinstance(block, Account):
        lines = "".join(f"<dt>{escape(name)}</dt><dd>{_long(text)}</dd>" for name, text in block.lines)
        return (
            f'<article id="{block.anchor}"><h3>{escape(block.title)} {_badge(block.finding)}</h3><dl>{lines}</dl>'
            f'<p class="back"><a href="#{block.back[0]}">back to {escape(block.back[1])}</a></p></article>'
        )
    return _table(block)


def _long(text: str) -> str:
    """Words, those that would fill a screen folded away."""
    if len(text) <= FOLDED_FROM:
        return escape(text)
    return f"<details><summary>{escape(text[:80])} ...</summary>{escape(text)}</details>"


def _table(table: Table) -> str:
    def of(column: int) -> str:
        return ' class="figure"' if column in table.figures else ""

    # A column without a name is one of marks or links; a header without words is no header to who hears the page.
    head = "".join(
        f'<th scope="col"{of(k)}>{escape(column)}</th>' if column else f"<td{of(k)}></td>"
        for k, column in enumerate(table.columns)
    )
    label = f"Table: {', '.join(column for column in table.columns if column)}"
    begins = [f"<td{of(k)}>" for k in range(len(table.columns))]
    rows = "".join(
        f"<tr>{''.join([f'{begin}{_badge(cell)}</td>' for begin, cell in zip(begins, row, strict=True)])}</tr>"
        for row in table.rows
    )
    region = f'<div class="table" tabindex="0" role="region" aria-label="{escape(label)}">'
    return (
        f"{region}<table>{_columns(table)}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
        f'<p class="note">{escape(table.source)}</p>'
    )


def _columns(table: Table) -> str:
    total = sum(table.widths)
    columns = "".join(f'<col width="{width * 100 / total:.0f}%">' for width in table.widths)
    return f"<colgroup>{columns}</colgroup>" if columns else ""


def _badge(cell: Cell) -> str:
    text = _worded(cell.text)
    if cell.leads_to:
        return f'<a href="#{cell.leads_to}">{text}</a>'
    return text if cell.tone is Tone.PLAIN else f'<span class="{cell.tone}">{text}</span>'


@lru_cache(maxsize=256)  # in a long list most cells hold one of a few texts, such as "not recorded"
def _worded(text: str) -> str:
    """Words for a page; a day never breaks."""
    return _DAY.sub("\\1\u2011\\2\u2011\\3", escape(text))
