"""The documents' console blocks are run, in order, in an empty folder: what they show is what a reader will see.

A block starts with three backticks and ``console``; a line that starts with ``$ `` is a command, the lines below it are
its output. A command goes on after a backslash, and on lines that start with ``> ``. In expected output a line ``...``
stands for any lines, and ``...`` inside a line for any text. A page whose commands cannot be run here (a server, the
user's own file) uses another kind of block.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```console\n(.*?)^```", re.S | re.M)


def steps(page: Path) -> Iterator[tuple[str, str]]:
    """Each command of a page's console blocks, with the output that the page shows."""
    for block in BLOCK.findall(page.read_text(encoding="utf-8")):
        for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command, _, output = part.partition("\n")
            while command.endswith("\\") or output.startswith((">\n", "> ")):
                more, _, output = output.partition("\n")
                line = more.removeprefix(">").removeprefix(" ")
                command = command[:-1] + line if command.endswith("\\") else f"{command}\n{line}"
            yield command, output


def pattern(output: str) -> re.Pattern[str]:
    """The expected output as a pattern: whole lines of ``...`` match any lines, ``...`` within a line any text."""
    lines = [
        r"(?:.*\n)*?" if line.strip() == "..." else re.escape(line).replace(r"\.\.\.", ".*") + r"[ ]*\n"
        for line in output.splitlines()
    ]
    return re.compile("".join(lines))


WITH_STEPS = [page for page in PAGES if list(steps(page))]


@pytest.fixture(scope="session")
def commands_on_path(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("bin")
    for name, words in (("merestone", " -m merestone"), ("python", "")):
        command = folder / name
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}"{words} "$@"\n')
        command.chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


@pytest.mark.parametrize("page", WITH_STEPS, ids=lambda page: str(page.relative_to(ROOT)))
def test_page_shows_what_its_commands_print(page: Path, tmp_path: Path, commands_on_path: str) -> None:
    environment = {**os.environ, "PATH": commands_on_path, "COLUMNS": "100", "USER": "reader", "LOGNAME": "reader"}
    environment |= {"NO_COLOR": "1", "PYTHONPATH": str(ROOT / "src")}
    for command, expected in steps(page):
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        seen = done.stdout + done.stderr
        assert pattern(expected).fullmatch(seen), f"{page.name}: $ {command}\nshows:\n{expected}\nbut prints:\n{seen}"


def test_a_page_that_lies_is_found() -> None:
    assert not pattern("3 areas\n").fullmatch("4 areas\n")
    assert pattern("3 areas\n...\nend ... here\n").fullmatch("3 areas\nmore\nmore\nend of it here\n")
