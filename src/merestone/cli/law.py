"""`merestone law`: what binds a state on a day, what it may do, what it owes and by when. The table of its commands."""

from typing import Final

import click

from merestone.cli.main import LazyGroup

COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "status": ("merestone.cli.law_answers:status_command", "what a state is to a treaty on a day, with its acts"),
    "parties": ("merestone.cli.law_parties:parties_command", "how many and which states are parties on a day"),
    "may": ("merestone.cli.law_answers:may_command", "whether a deed is prohibited or restricted to a state"),
    "duties": ("merestone.cli.law_answers:duties_command", "what a state owes, and by when"),
    "withdraw": ("merestone.cli.law_answers:withdraw_command", "when a notice of withdrawal takes effect"),
    "compare": ("merestone.cli.law_answers:compare_command", "states side by side"),
    "calendar": ("merestone.cli.law_files:calendar_command", "dates and duties as a calendar file"),
    "timeline": ("merestone.cli.law_files:timeline_command", "states' courses as a drawing"),
    "sources": ("merestone.cli.law_files:sources_command", "the sources behind states' acts, with links"),
    "refresh": ("merestone.cli.law_data:refresh_command", "what the depositary's own list says otherwise"),
    "check": ("merestone.cli.law_data:check_command", "check the data files"),
    "treaty": ("merestone.cli.law_answers:treaty_command", "a treaty's days, and each rule beside its words"),
}
"""Command name: (module and attribute, one line for ``--help``), so that a question loads only what it needs."""


@click.group(cls=LazyGroup, commands_at=COMMANDS)
def law() -> None:
    """The law for a state on a day: what binds it, what it may do, its obligations and deadlines.

    Every answer cites the article and its source. Nothing here is legal advice.
    """
