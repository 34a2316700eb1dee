"""How the stateful tests of a register's life are run: one way for all of them."""

from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

QUIET = (HealthCheck.too_slow, HealthCheck.data_too_large)


def run_lives(
    machine: Callable[[Path], RuleBasedStateMachine],
    blank: Path,
    *,
    examples: int,
    steps: int,
    quiet: tuple[HealthCheck, ...] = QUIET,
) -> None:
    """Run random lives, each begun with a copy of a blank register; no deadline, for the machine may be loaded."""
    how = settings(max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=quiet)
    run_state_machine_as_test(lambda: machine(blank), settings=how)  # type: ignore[arg-type]  # it only calls it
