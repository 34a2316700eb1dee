"""The sources behind what is held about states, as a table or as BibTeX: each once, with its links and what it says."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from merestone.law import Library, source_links

SOURCE_COLUMNS: Final = ("source", "links", "states", "treaties", "acts", "first_on", "last_on", "confidence")


def source_rows(library: Library, states: Sequence[str], treaty: str | None, *, on: date) -> list[tuple[Any, ...]]:
    """One row for each source of acts of these states that were known by a day, in the order of their first act."""
    codes = [library.state(name).code for name in states]
    holdings = [library.holding(treaty)] if treaty is not None else library.holdings()
    acts = [
        (holding.treaty.key, act)
        for holding in holdings
        for code in codes
        for act in holding.by_state.get(code, ())
        if act.known_on <= on
    ]
    rows = []
    for source in dict.fromkeys(act.source for _, act in sorted(acts, key=lambda act: act[1].on)):
        mine = [(key, act) for key, act in acts if act.source == source]
        rows.append((
            source, " ".join(source_links(source)),
            " ".join(dict.fromkeys(act.state for _, act in mine)), " ".join(dict.fromkeys(key for key, _ in mine)),
            "; ".join(dict.fromkeys(act.kind.value for _, act in mine)),
            min(act.on for _, act in mine), max(act.on for _, act in mine),
            "; ".join(dict.fromkeys(act.confidence.value for _, act in mine)),
        ))  # fmt: skip
    return rows


def bibtex(rows: Sequence[Sequence[Any]]) -> str:
    """The rows of `source_rows` as entries of BibTeX."""
    entries = []
    for number, (source, links, states, treaties, acts, first_on, last_on, confidence) in enumerate(rows, start=1):
        note = f"{acts} ({treaties}; {states}), {first_on} to {last_on}; {confidence}"
        fields = [("title", _escaped(str(source))), ("note", _escaped(note))]
        if links:
            fields.append(("url", str(links).split()[0]))
        body = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields)
        entries.append(f"@misc{{merestone{number},\n{body}\n}}\n")
    return "\n".join(entries)


def _escaped(text: str) -> str:
    """Words that TeX takes as they are; the outer braces keep capitals."""
    return "{" + re.sub(r"([&%$#_{}])", r"\\\1", text.replace("\\", "/")) + "}"
