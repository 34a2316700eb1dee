"""`merestone law`: what binds a state on a day, what it may do, what it owes and by when. The table of its commands."""

from typing import Final

import click

from merestone.cli.main import LazyGroup

COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "status": ("merestone.cli.law_answers:status_command", "a state's status under a treaty on a day, with its acts"),
    "parties": ("merestone.cli.law_parties:parties_command", "how many and which states are parties on a day"),
    "may": (
        "merestone.cli.law_answers:may_command",
        "whether an act with a weapon is prohibited or restricted for a state",
    ),
    "duties": ("merestone.cli.law_answers:duties_command", "a state's duties, and when they are due"),
    "withdraw": ("merestone.cli.law_answers:withdraw_command", "when a notice of withdrawal takes effect"),
    "compare": ("merestone.cli.law_answers:compare_command", "a comparison of states"),
    "calendar": ("merestone.cli.law_files:calendar_command", "dates and duties as a calendar file"),
    "timeline": ("merestone.cli.law_files:timeline_command", "a drawing of states' status over time"),
    "sources": ("merestone.cli.law_files:sources_command", "the sources behind states' acts, with links"),
    "refresh": ("merestone.cli.law_data:refresh_command", "differences from the depositary's own list"),
    "check": ("merestone.cli.law_data:check_command", "check the data files"),
    "treaty": ("merestone.cli.law_answers:treaty_command", "a treaty's dates, and each rule with its text"),
}
"""Command name: (module and attribute, one line for ``--help``), so that a question loads only what it needs."""


@click.group(cls=LazyGroup, commands_at=COMMANDS)
def law() -> None:
    """The law for a state on a day: what binds it, what it may do, its obligations and deadlines.

    Every answer cites the article and its source. Nothing here is legal advice.
    """
