"""Names that say nothing: bare participles and pronouns as parameters, variables, attributes and functions.

    python tools/bare_names.py   # print each with its place; ends with 1 if there is one

A newcomer guesses what ``hazard`` or ``answers`` holds, and not what ``found``, ``told`` or ``one`` does. No file has
any (`tests/architecture/test_names.py`).
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
SRC = ROOT / "src" / "merestone"
BARE = frozenset({"told", "found", "held", "one", "given", "words", "said", "kept"})


def _old_names(tree: ast.AST) -> frozenset[ast.expr]:
    """Old names of attributes that are understood for one version more (`terms.renamed`); they go by themselves."""
    return frozenset(
        target
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
        if isinstance(node.value.func, ast.Name) and node.value.func.id == "renamed_attribute"
        for target in node.targets
    )


def bound_names(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and name of each parameter, variable, attribute and function that a file binds."""
    old_names = _old_names(tree)
    for node in ast.walk(tree):
        if node in old_names:
            continue
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.lineno, node.name
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.attr


def bare_names(path: Path) -> list[tuple[int, str]]:
    """Where a file binds a name that says nothing."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [(line, name) for line, name in bound_names(tree) if name.strip("_") in BARE]


def main() -> int:
    count = 0
    for path in sorted(SRC.rglob("*.py")):
        for line, name in bare_names(path):
            print(f"{path.relative_to(ROOT)}:{line}: {name}")
            count += 1
    print(f"{count} names that say nothing")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
