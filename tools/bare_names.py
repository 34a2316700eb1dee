"""Names that say nothing: bare participles and pronouns as parameters, variables and functions, counted by file.

    python tools/bare_names.py             # print the counts, the most first
    python tools/bare_names.py --tighten   # write them to tests/architecture/bare_names.csv where they fell

A newcomer guesses what ``hazard`` or ``answers`` holds, and not what ``found``, ``told`` or ``one`` does. New code has
none of them; the counts of old files may only fall (`tests/architecture/test_names.py`).
"""

import argparse
import ast
import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
SRC = ROOT / "src" / "merestone"
ALLOWED = ROOT / "tests" / "architecture" / "bare_names.csv"
BARE = frozenset({"told", "found", "held", "one", "given", "words", "said", "kept"})


def bound_names(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and name of each parameter, variable, attribute and function that a file binds."""
    for node in ast.walk(tree):
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


def counts() -> dict[str, int]:
    """How many such names each file has, by its path under ``src/merestone``; files without any are left out."""
    by_file = {path.relative_to(SRC).as_posix(): len(bare_names(path)) for path in sorted(SRC.rglob("*.py"))}
    return {name: count for name, count in by_file.items() if count}


def allowed() -> dict[str, int]:
    """The most that each file may have."""
    with ALLOWED.open(encoding="utf-8", newline="") as file:
        return {row["file"]: int(row["most"]) for row in csv.DictReader(file)}


def tighten(today: dict[str, int]) -> None:
    """Lower the most of each file to what it has today; none is raised, and none is added."""
    most = {name: min(limit, today[name]) for name, limit in allowed().items() if name in today}
    with ALLOWED.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["file", "most"])
        writer.writerows(sorted(most.items()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tighten", action="store_true", help="lower the limits to today's counts")
    is_tightened = parser.parse_args().tighten
    today = counts()
    for name, count in Counter(today).most_common():
        print(f"{count:5}  {name}")
    print(f"{sum(today.values()):5}  in all, in {len(today)} files")
    if is_tightened:
        tighten(today)


if __name__ == "__main__":
    main()
