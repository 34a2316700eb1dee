"""Names that say nothing: bare participles and pronouns as parameters, variables, attributes and functions.

    python tools/bare_names.py   # print each with its place; ends with 1 if there is one

A newcomer guesses what ``hazard`` or ``answers`` holds, and not what ``found``, ``told`` or ``one`` does. No file has
any (`tests/architecture/test_names.py`): no module, no template of a page, and no script of one.
"""

import ast
import re
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
    if path.suffix != ".py":
        named = script_names if path.suffix == ".js" else template_names
        return list(named(path.read_text(encoding="utf-8")))
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [(line, name) for line, name in bound_names(tree) if name.strip("_") in BARE]


_NOT_CODE = re.compile(
    r"/\*.*?\*/|//[^\n]*|'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"|`(?:[^`\\]|\\.)*`"
    r"|(?<=[(=,] )/(?![*/])(?:[^/\\\n]|\\.)+/|(?<=\()/(?![*/])(?:[^/\\\n]|\\.)+/",
    re.S,
)
"""Comments, strings and regular expressions of a script; of a template literal, what stands in `${}` is code."""
_BOUND_IN_SCRIPT = re.compile(rf"(?:\bthis\.|#|(?<![.\w$#-]))({'|'.join(sorted(BARE))})\b(?!\s*:|[\w$-])")
"""A name of a script that is neither a property of something nor a key; `this.kept =` is bound, too."""


def script_names(text: str) -> Iterator[tuple[int, str]]:
    """Line and name of each variable, parameter and own property of a script whose name says nothing."""
    code = _NOT_CODE.sub(_without_text, text)
    for match in _BOUND_IN_SCRIPT.finditer(code):
        if not match[0].startswith("this.") or re.match(r"\s*=(?!=)", code[match.end() :]):
            yield code.count("\n", 0, match.start()) + 1, match[1]


def _without_text(match: re.Match[str]) -> str:
    inside = " ".join(re.findall(r"\$\{([^{}]*)\}", match[0])) if match[0].startswith("`") else ""
    return inside + "\n" * match[0].count("\n")


def template_names(text: str) -> Iterator[tuple[int, str]]:
    """Line and name of each loop variable, setting, macro and parameter of a template whose name says nothing."""
    from jinja2 import Environment, nodes

    tree = Environment(extensions=["jinja2.ext.i18n"]).parse(text)
    for node in tree.find_all((nodes.Name, nodes.Macro)):
        if node.name in BARE and (isinstance(node, nodes.Macro) or node.ctx != "load"):
            yield node.lineno, node.name


def sources() -> list[Path]:
    """Modules, templates and scripts, without those of others."""
    paths = (path for ending in ("py", "html", "js") for path in SRC.rglob(f"*.{ending}"))
    return sorted(path for path in paths if "vendor" not in path.parts)


def main() -> int:
    count = 0
    for path in sources():
        for line, name in bare_names(path):
            print(f"{path.relative_to(ROOT)}:{line}: {name}")
            count += 1
    print(f"{count} names that say nothing")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
