"""How much is said on standard error beside the answer: ``--verbose`` and ``--quiet`` of every command."""

import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def verbosity_options(command: F) -> F:
    """The two options, before the name of the command: ``merestone --verbose import ...``."""
    verbose = click.option(
        "-v",
        "--verbose",
        is_flag=True,
        help="Log each step and its duration to standard error, as an event and name=value pairs.",
    )
    quiet = click.option("-q", "--quiet", is_flag=True, help="No progress on standard error; errors stay.")
    return verbose(quiet(command))


def set_verbosity(*, verbose: bool, quiet: bool) -> None:
    """Let the log be heard on standard error, or nothing but errors."""
    if verbose and quiet:
        raise click.UsageError("--verbose and --quiet contradict each other: give one of them")
    if not (verbose or quiet):
        return
    import logging  # where nobody asks, nobody waits for it

    logger = logging.getLogger("merestone")
    if quiet:
        logger.setLevel(logging.ERROR)
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)


def is_quiet() -> bool:
    """Whether the person asked for no progress."""
    context = click.get_current_context(silent=True)
    return context is not None and bool(context.find_root().params.get("quiet"))
