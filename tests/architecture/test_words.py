"""What people read never calls a place safe, in any file that a person's screen can show."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SRC = Path(__file__).parents[2] / "src" / "merestone"
ASSURANCE = re.compile(r"\b(safe|all[- ]clear|risk[- ]free|danger[- ]free|mine[- ]free|no danger|no risk)\b", re.I)
DENIAL = re.compile(r"\b(never|not|no|nor|nothing|neither|cannot|isn't|without|unless|don't|doesn't)\b", re.I)
SHOWN = {".html", ".js", ".mjs", ".txt", ".typ", ".yaml", ".json"}


def sentences(text: str) -> Iterator[str]:
    """Split at sentence ends and blank lines: a denial counts only within the sentence that it stands in."""
    yield from re.split(r"(?<=[.!?])\s+|\n\s*\n", text)


def strings(path: Path) -> Iterator[tuple[int, str]]:
    """Every string literal of a module, docstrings included: commands show theirs as help."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def shown(path: Path) -> Iterator[tuple[int, str]]:
    """The texts of a file that a person may read."""
    if path.suffix == ".py":
        yield from strings(path)
    elif path.suffix in SHOWN and "vendor" not in path.parts:
        yield (
            1,
            re.sub(
                r"\{#.*?#\}|<!--.*?-->|/\*.*?\*/|^\s*//.*?$", "", path.read_text(encoding="utf-8"), flags=re.S | re.M
            ),
        )


FILES = sorted(p for p in SRC.rglob("*") if p.suffix in SHOWN | {".py"})


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SRC)))
def test_nothing_shown_calls_a_place_safe(path: Path) -> None:
    for line, text in shown(path):
        for sentence in sentences(text):
            found = ASSURANCE.search(sentence)
            assert not found or DENIAL.search(sentence), (
                f"{path}:{line}: {found and found[0]!r} in: {sentence.strip()[:200]}"
            )


def test_the_rule_can_fail() -> None:
    assert ASSURANCE.search("This place is safe to enter.")
    assert DENIAL.search("Merestone never says that a place is safe.")
