"""The one way in which commands print JSON."""

from typing import Any

import click


def print_json(value: Any) -> None:
    """Print a value as JSON on standard output, indented, letters of every script as they are."""
    import json  # here: most answers are text

    click.echo(json.dumps(value, ensure_ascii=False, indent=2))
