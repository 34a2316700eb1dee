"""No sentence says "1 rows": a count and its noun go through `number_of`, or `ngettext` where it is translated."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SRC = Path(__file__).parents[2] / "src" / "merestone"
NOUNS = (
    "alerts|areas|attachments|bands|blocks|bytes|cells|characters|columns|consents|corners|countries|days|documents|"
    "draws|edges|elements|entries|events|features|fields|figures|files|fixes|footprints|formulas|geometries|hazards|"
    "holes|hours|imports|kinds|layers|lines|links|lots|members|minutes|months|names|numbers|objects|outlines|pairs|"
    "parts|people|persons|pieces|places|plans|points|polygons|positions|questions|records|rings|rows|shapes|sheets|"
    "sides|sources|states|systems|tables|teams|texts|tiles|times|tracks|units|values|vertices|words|years"
)
BETWEEN = (
    "a|and|are|at|by|for|from|has|have|holds|in|is|no|not|of|on|or|over|takes|than|that|the|to|was|were|which|who|with|"
    "without"
)
"""Words after which a plural does not belong to the value before."""
COUNTED = re.compile(rf"(?:(?!(?:{BETWEEN}) )[a-z]+ ){{0,2}}(?:{NOUNS})\b(?!\.\w| (?:a|an|another|no|the)\b)")
"""A plural, after two more words at the most (`more such rows`); not a verb (`line 3 names no field`)."""

DEFENDED = {
    ("cli/intake.py", "len(files)"): "one file is named",
    ("documents/reports/material.py", "count"): "one has a sentence of its own",
    ("exchange/meaning/vertex_record.py", "len(usable)"): "three or more",
    ("exchange/places/line_rings.py", "closed"): "one has a sentence of its own",
    ("exchange/places/line_rings.py", "lines"): "one has a sentence of its own",
    ("exchange/places/outline.py", "len(points)"): "three or more",
    ("exchange/places/outline.py", "count"): "one has a sentence of its own",
    ("service/correction_pages.py", "len(event_ids)"): "one has a sentence of its own",
    ("register/sidecars/attachment_store.py", "self.largest_bytes"): "a limit",
    ("service/bodies.py", "most_bytes"): "a limit",
    ("service/uploads.py", "most_bytes"): "a limit",
    ("register/programme/life_cycle.py", "step.after"): "a verb",
    ("border/cover.py", "opened.dtypes[band - 1]"): "a type of number",
}


def is_count(value: ast.FormattedValue) -> bool:
    """Whether a value may be 1: not a constant, and not with decimals (`1.0 years`)."""
    spec = ast.unparse(value.format_spec) if value.format_spec else ""
    text = ast.unparse(value.value)
    return not re.search(r"\.\d", spec) and not re.match(r"(?:\w+\.)?_?[A-Z][A-Z_]+\b", text) and value.conversion < 0


def counted(tree: ast.AST) -> Iterator[tuple[int, str, str]]:
    """Line, value and what follows, wherever a value that may be 1 stands before a plural."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            for value, after in zip(node.values, node.values[1:], strict=False):
                if isinstance(value, ast.FormattedValue) and isinstance(after, ast.Constant) and is_count(value):
                    text = str(after.value)
                    if text.startswith(" ") and COUNTED.match(text[1:]):
                        yield node.lineno, ast.unparse(value.value), text


def test_no_count_stands_before_a_plural() -> None:
    found = {
        (path.relative_to(SRC).as_posix(), value): f"{path}:{line}: {value!r} before {text[:40]!r}"
        for path in sorted(SRC.rglob("*.py"))
        for line, value, text in counted(ast.parse(path.read_text(encoding="utf-8")))
    }
    wrong = [place for key, place in found.items() if key not in DEFENDED]
    assert not wrong, "use merestone.terms.number_of: " + "\n".join(wrong)
    assert not DEFENDED.keys() - found.keys(), "these stand no longer in the code"


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ('f"{count:,} rows were left out"', True),
        ('f"{count} more such rows"', True),
        ('f"{len(rows)} areas"', True),
        ('f"{years:.1f} years"', False),
        ('f"{MOST_ROWS:,} rows"', False),
        ('f"line {line} names no field"', False),
        ('f"{place} is not one of the rows"', False),
    ],
)
def test_the_search_finds_counts_and_nothing_else(text: str, is_found: bool) -> None:
    assert bool(list(counted(ast.parse(text)))) is is_found


MANY_OF = re.compile(
    r"\{[^{}]*\} of (?:\{[^{}]*\}|[a-z]+)(?: (?:\{[^{}]*\}|[a-z]+))? "
    r"(?:are|come|do|go|have|hold|lie|need|reach|stand|touch|wait|were)\b(?! needed)"
)
"""Some of many, and a verb that is wrong of one: `{count} of {total} rows need`."""
COUNT_IN_MESSAGE = re.compile(rf"\{{[a-z_]+\}} (?={COUNTED.pattern})")
MESSAGE_FUNCTIONS = {"gettext", "gettext_noop", "safety_text", "_"}
QUANTITIES = {  # of square metres, of bytes
    "{overlap} of its {area} lie in recorded outlines; with all accuracies up to {possible} ({share}).",
    "Continue ({done} of {size} are here)",
}


def messages_that_count(tree: ast.AST) -> Iterator[str]:
    """Each message without a plural form, and each f-string, that counts some of many or has a plural after a count."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            text = "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
            if MANY_OF.search(text):
                yield text
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            text = str(node.args[0].value)
            if name in MESSAGE_FUNCTIONS and (MANY_OF.search(text) or COUNT_IN_MESSAGE.search(text)):
                yield text


def test_no_message_without_a_plural_form_counts() -> None:
    wrong = {
        f"{path.name}: {text}"
        for path in sorted(SRC.rglob("*.py"))
        for text in messages_that_count(ast.parse(path.read_text(encoding="utf-8")))
        if text not in QUANTITIES
    }
    wrong |= {
        f"{path.name}: {text}"
        for path in PAGES
        for text in MESSAGE_OF_PAGE.findall(path.read_text(encoding="utf-8"))
        if (MANY_OF.search(text) or COUNT_IN_MESSAGE.search(text)) and text not in QUANTITIES
    }
    assert not wrong, "use ngettext: " + "\n".join(sorted(wrong))


@pytest.mark.parametrize(
    ("text", "is_counted"),
    [
        ('gettext("{count} of {total} {rows} need attention")', True),
        ('gettext("{count} numbers do not make two angles")', True),
        ('f"{a} of {b} were bound on {day}"', True),
        ('ngettext("{count} of {total} rows needs", "{count} of {total} rows need", 1)', False),
        ('gettext("{count} of {total}")', False),
    ],
)
def test_messages_that_count_are_seen(text: str, is_counted: bool) -> None:
    assert bool(list(messages_that_count(ast.parse(text)))) is is_counted


PAGES = sorted(
    path for path in (SRC / "service").rglob("*") if path.suffix in {".html", ".js"} and "vendor" not in path.parts
)
MESSAGE_OF_PAGE = re.compile(r"(?:(?<!n)gettext|\b_)\('((?:[^'\\]|\\.)*)'")
"""A message of a template or a script that has no plural form."""
SHOWN = re.compile(rf"(?:\}}\}}|\$\{{[^{{}}]*\}}) (?=({COUNTED.pattern}))")
"""What a template or a script writes after a value: `{{ count }} rows`, `${count} rows`."""


def test_no_page_writes_a_plural_after_a_value() -> None:
    wrong = [
        f"{path.name}: {match[1]}"
        for path in PAGES
        for match in SHOWN.finditer(
            re.sub(r"\{%.*?%\}|/\*.*?\*/|^\s*//.*?$", "", path.read_text(encoding="utf-8"), flags=re.S | re.M)
        )
    ]
    assert not wrong, "give the template a sentence that `number_of` or `ngettext` made: " + "\n".join(wrong)
