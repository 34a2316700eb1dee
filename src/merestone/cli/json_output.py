"""The one way in which commands print JSON."""

from typing import Any

import click


def print_json(value: Any, *, is_line: bool = False) -> None:
    """Print a value as JSON on standard output, letters of every script as they are.

    Parameters
    ----------
    is_line
        On one line, for short answers that scripts cut with line tools; else indented.
    """
    import json  # here: most answers are text

    click.echo(json.dumps(value, ensure_ascii=False, indent=None if is_line else 2))
