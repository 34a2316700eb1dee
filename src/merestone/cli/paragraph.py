"""Paragraphs of text for a terminal."""

import textwrap
from collections.abc import Iterator

WIDTH = 96
"""Columns of a terminal that text fills at most."""


def folded(text: str, indent: str = "", hanging: str | None = None) -> Iterator[str]:
    """A paragraph in lines of at most `WIDTH` columns."""
    rest = indent if hanging is None else hanging
    yield from textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=rest, break_on_hyphens=False)
