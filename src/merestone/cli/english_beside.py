"""English beside an answer in another language, as long as no speaker of that language has reviewed its words."""

from collections.abc import Callable, Iterable
from typing import TypeVar

import click

from merestone.languages import needs_english, speaking

T = TypeVar("T")


def english_if_needed(value_of: Callable[[], T]) -> T | None:
    """What a function gives while English is spoken; None where the words spoken need no English beside them.

    >>> english_if_needed(lambda: gettext("Unknown")) is None
    True
    """
    if not needs_english():
        return None
    with speaking("en"):
        return value_of()


def echo_english(lines_of: Callable[[], Iterable[str]]) -> None:
    """Print an answer once more, in English, below the one in another language; nothing where none is needed."""
    lines = english_if_needed(lambda: list(lines_of()))
    if lines is not None:
        click.echo("\nIn English:")
        for line in lines:
            click.echo(line)
