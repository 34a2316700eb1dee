"""Print the figures of the source tree's structure, beside the most that each may be.

    python tools/structure_figures.py            # print the table
    python tools/structure_figures.py --check    # and end with 1 where a figure is over its limit
    python tools/structure_figures.py --long     # list each module and function that is longer than it should be
    python tools/structure_figures.py --tighten  # write their lengths to tests/architecture/long.csv where they fell

A *box* is a module or a folder on the top floor of a room; the room's own ``__init__`` is its door and not counted. An
import is *past a door* where it comes from another room and takes a name that the door does not list (a folder of a
room has a door of its own).
"""

import argparse
import ast
import csv
import statistics
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[1]
SRC = ROOT / "src" / "merestone"
ALLOWED_LONG = ROOT / "tests" / "architecture" / "long.csv"
MOST_BOXES = {"register": 10, "screening": 7, "exchange": 8}
MOST_MODULE_LINES = 450
MOST_FUNCTION_LINES = 60


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure and the most that it may be; ``most`` None: for information."""

    name: str
    value: float
    most: float | None = None

    @property
    def is_over(self) -> bool:
        """Whether the figure is larger than it may be."""
        return self.most is not None and self.value > self.most


def module_name(path: Path) -> str:
    """``register.events.entry`` for ``register/events/entry.py``; a folder for its ``__init__``."""
    parts = path.relative_to(SRC).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted(SRC.rglob("*.py"))}


@cache
def syntax_tree(path: Path) -> ast.Module:
    """What a file says; read once."""
    return ast.parse(path.read_text(encoding="utf-8"))


def imported_names(path: Path) -> Iterator[tuple[int, str]]:
    """Line and full name of all that a file imports: at its top, inside functions, and for types alone."""
    package = ["merestone", *path.relative_to(SRC).parent.parts]
    for node in ast.walk(syntax_tree(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*start, *(node.module.split(".") if node.module else [])])
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def imported_modules(path: Path) -> Iterator[str]:
    """The project's modules that a file imports."""
    for _, name in imported_names(path):
        parts = name.split(".")
        if parts[0] == "merestone":
            inside = ".".join(parts[1:])
            yield inside if inside in MODULES else ".".join(parts[1:-1])


IMPORTS = {name: {target for target in imported_modules(path) if target} for name, path in MODULES.items()}


def box(module: str) -> str:
    """The module or folder on the top floor of its room."""
    return ".".join(module.split(".")[:2])


def has_circle(level: int) -> bool:
    """Whether modules (``level`` 0), boxes of rooms (2) or rooms (1) import each other in a circle."""
    graph: dict[str, set[str]] = defaultdict(set)
    for module, targets in IMPORTS.items():
        for target in targets:
            ends = [".".join(name.split(".")[:level]) if level else name for name in (module, target)]
            # A door names what lies behind it and imports it when it is first used: not an arrow of its own.
            if ends[0] != ends[1] and not ends[1].endswith("__init__") and ends[1] not in doors():
                graph[ends[0]].add(ends[1])
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        print("circle:", " -> ".join(error.args[1]), file=sys.stderr)
        return True
    return False


@cache
def doors() -> set[str]:
    """The packages: their ``__init__`` is what others may import from."""
    return {name for name, path in MODULES.items() if path.name == "__init__.py" and "." not in name}


def listed_by(package: Path) -> set[str]:
    """The names in ``__all__`` of a package: of its stub where it opens name by name."""
    stub = package / "__init__.pyi"
    tree = ast.parse((stub if stub.exists() else package / "__init__.py").read_text(encoding="utf-8"))
    lists = [
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and any(getattr(target, "id", "") == "__all__" for target in node.targets)
    ]
    return {name for value in lists for name in ast.literal_eval(value)}


LISTED = {path.parent: listed_by(path.parent) for path in SRC.rglob("__init__.py") if path.parent != SRC}


def imports_past_doors(path: Path) -> Iterator[str]:
    """Imports from another room that take no name which its door, or the door of one of its inner rooms, lists."""
    room = path.relative_to(SRC).parts[0].removesuffix(".py")
    for line, name in imported_names(path):
        parts = name.split(".")
        if parts[0] != "merestone" or len(parts) < 2 or parts[1] == room or not (SRC / parts[1]).is_dir():
            continue
        is_package = SRC.joinpath(*parts[1:]) in LISTED  # a whole inner room, whose own door counts then
        if not is_package and parts[-1] not in LISTED.get(SRC.joinpath(*parts[1:-1]), set()):
            yield f"{path.relative_to(SRC)}:{line}: {name}"


def past_doors() -> int:
    """How many imports take a name that no door lists."""
    return sum(1 for path in MODULES.values() for _ in imports_past_doors(path))


def functions() -> Iterator[tuple[str, int, bool]]:
    """Name, lines and whether it is compiled (by Numba) of every function."""
    for module, path in MODULES.items():
        for node in ast.walk(syntax_tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                decorators = {ast.unparse(decorator).split("(")[0] for decorator in node.decorator_list}
                is_compiled = any(
                    name.split(".")[-1] in {"compiled", "inlined", "njit", "overload", "intrinsic"}
                    for name in decorators
                )
                yield f"{module}.{node.name}", (node.end_lineno or node.lineno) - node.lineno + 1, is_compiled


def module_lines() -> dict[str, int]:
    """Lines of every module, by its name."""
    return {name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in MODULES.items()}


def long_modules() -> dict[str, int]:
    """Lines of the modules that are longer than one sitting holds."""
    return {name: lines for name, lines in module_lines().items() if lines > MOST_MODULE_LINES}


def long_functions() -> dict[str, int]:
    """Lines of the functions outside compiled code that are longer than a screen holds."""
    return {
        f"{name}()": lines
        for name, lines, is_compiled in functions()
        if not is_compiled and lines > MOST_FUNCTION_LINES
    }


def allowed_long() -> dict[str, int]:
    """The most lines that each module and function of before the limit may still have."""
    with ALLOWED_LONG.open(encoding="utf-8", newline="") as file:
        return {row["name"]: int(row["most"]) for row in csv.DictReader(file)}


def tighten() -> None:
    """Lower the most of each long module and function to its length of today; none is raised, and none is added."""
    today = long_modules() | long_functions()
    rows = sorted((name, min(most, today[name])) for name, most in allowed_long().items() if name in today)
    with ALLOWED_LONG.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["name", "most"])
        writer.writerows(rows)


def figures() -> list[Figure]:
    """All figures, in the order in which they are printed."""
    lines = module_lines()
    written = [(name, length) for name, length, is_compiled in functions() if not is_compiled]
    lengths = sorted(length for _, length in written)
    longest_function = max(written, key=lambda named: named[1])
    largest = max(lines, key=lambda name: lines[name])
    boxes: dict[str, set[str]] = defaultdict(set)
    for name in MODULES:
        if "." in name:
            boxes[name.split(".")[0]].add(box(name))
    rows = [
        Figure(name=f"boxes in {room}", value=len(held), most=MOST_BOXES.get(room))
        for room, held in sorted(boxes.items())
    ]
    return [
        Figure(name="modules", value=len(MODULES)),
        Figure(name="lines", value=sum(lines.values())),
        *rows,
        Figure(name="circles between modules (0 no, 1 yes)", value=has_circle(0), most=0),
        Figure(name="circles between boxes of rooms (0 no, 1 yes)", value=has_circle(2), most=0),
        Figure(name="imports past a door", value=past_doors(), most=0),
        Figure(name="module, median lines", value=statistics.median(lines.values()), most=150),
        Figure(name=f"module, most lines ({largest})", value=lines[largest], most=MOST_MODULE_LINES),
        Figure(name=f"modules of more than {MOST_MODULE_LINES} lines", value=len(long_modules())),
        Figure(name="function, lines at the 90th percentile", value=lengths[int(len(lengths) * 0.9)], most=28),
        Figure(
            name=f"function, most lines ({longest_function[0]})", value=longest_function[1], most=MOST_FUNCTION_LINES
        ),
        Figure(name=f"functions of more than {MOST_FUNCTION_LINES} lines", value=len(long_functions())),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="end with 1 where a figure is over its limit")
    parser.add_argument("--long", action="store_true", help="list the modules and functions that are too long")
    parser.add_argument(
        "--tighten", action="store_true", help="lower the limits of those in tests/architecture/long.csv"
    )
    asked = parser.parse_args()
    if asked.tighten:
        tighten()
    if asked.long:
        for name, lines in sorted((long_modules() | long_functions()).items(), key=lambda named: -named[1]):
            print(f"{lines:>5}  {name}")
        return
    rows = figures()
    for figure in rows:
        limit = "" if figure.most is None else f"at most {figure.most:g}"
        print(f"{figure.name:<75} {figure.value:>8g}  {limit:<14}{'OVER' if figure.is_over else ''}".rstrip())
    if asked.check and any(figure.is_over for figure in rows):
        sys.exit(1)


if __name__ == "__main__":
    main()
