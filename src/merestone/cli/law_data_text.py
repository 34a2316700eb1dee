"""A treaty, states side by side, and what the checks of the data found, as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from merestone.cli.paragraph import folded
from merestone.law import NOT_ADVICE, cited, clauses_of
from merestone.terms import number_of

if TYPE_CHECKING:
    from merestone.law import CheckReport, Comparison, Holding, ListDifference


def treaty_lines(holding: Holding) -> Iterator[str]:
    """A treaty: its days, and each rule with the text of its clause."""
    treaty, general = holding.treaty, holding.general
    yield f"{treaty.short} ({treaty.key})"
    yield from folded(treaty.title, "  ")
    yield f"  UN Treaty Collection  {treaty.number}"
    yield f"  depositary            {treaty.depositary}"
    yield f"  adopted               {general.adopted_on}"
    yield f"  opened                {general.opened_on}"
    yield f"  in force              {general.in_force_from or 'not held'}"
    for title, clauses in clauses_of(treaty):
        yield ""
        yield title
        for article, clause_text, does in clauses:
            yield from folded(f'{cited(article)}: "{clause_text}"', "  ", "    ")
            yield from folded(f"here: {does}", "    ")
    yield ""
    yield from folded(f"Covered: {holding.coverage}.")
    yield NOT_ADVICE


def comparison_lines(comparison: Comparison) -> Iterator[str]:
    """States side by side, a column each."""
    label = max(len(row.label) for row in comparison.rows) + 2
    column = max(len(value) for row in comparison.rows for value in row.values) + 2
    yield f"On {comparison.on}"
    yield f"  {'':<{label}}" + "".join(f"{state.code:<{column}}" for state in comparison.states).rstrip()
    section = ""
    for row in comparison.rows:
        if row.section != section:
            section = row.section
            yield section
        yield f"  {row.label:<{label}}" + "".join(f"{value:<{column}}" for value in row.values).rstrip()
    yield ""
    yield from folded(
        "not prohibited: by any treaty covered here. not found: in the public sources read, which never means that "
        "nothing was promised. -: nothing held."
    )
    yield NOT_ADVICE


def check_lines(report: CheckReport) -> Iterator[str]:
    """The rows checked, the differences explained, and the problems."""
    for name, count in report.rows.items():
        yield f"  {name:<18} {number_of(count, 'row'):>9}"
    for explained in report.explained:
        yield from folded(
            f"explained: {explained.state}, {explained.treaty}, {explained.what}: "
            f"{explained.published_on} is published, {explained.by_rule_on} follows from the clause; "
            f"the {explained.followed} day is used: {explained.note} ({explained.source})",
            "  ",
            "    ",
        )
    for problem in report.problems:
        yield from folded(str(problem), "  ", "    ")
    count = len(report.problems)
    yield "no problem found" if not count else f"{count} problem{'' if count == 1 else 's'} found"


def list_difference_lines(differences: Sequence[ListDifference]) -> Iterator[str]:
    """What the depositary's list says otherwise."""
    for difference in differences:
        yield from folded(
            f"{difference.name}, {difference.field}: {difference.kind}: "
            f"list {difference.listed}; held {difference.recorded}",
            "  ",
            "    ",
        )
        for row in difference.rows:
            yield f"    row: {row}"
    count = len(differences)
    yield f"{count} difference{'' if count == 1 else 's'}; nothing was changed"
