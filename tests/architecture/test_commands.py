"""Every command teaches: one line in the table, help with an example, and a place in the documents."""

from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from merestone.cli.main import merestone

ROOT = Path(__file__).parents[2]


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


ALL = list(commands(merestone))


@pytest.mark.parametrize(
    ("path", "command"), ALL, ids=lambda value: " ".join(value) if isinstance(value, tuple) else ""
)
def test_help_of_every_command_has_an_example(path: tuple[str, ...], command: click.Command) -> None:
    result = CliRunner().invoke(merestone, [*path, "--help"])
    assert result.exit_code == 0, result.output
    assert "\\b" not in result.output, "click's mark is the backspace character, not a backslash and a b"
    if not isinstance(command, click.Group):
        assert f"merestone {' '.join(path)}" in result.output.replace("Usage: merestone", ""), "show an example"


@pytest.mark.parametrize("name", sorted({path[0] for path, _ in ALL}))
def test_every_command_is_in_the_documents(name: str) -> None:
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    assert any(f"merestone {name}" in page.read_text(encoding="utf-8") for page in pages), f"document merestone {name}"
