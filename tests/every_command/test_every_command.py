"""Every command of the register at random, against a plain list of all that was said.

2026-11-28, a review of daily work: what the register keeps was safe from crashes, and not from its own commands. Here
they are all driven through the command line. After each of them nothing is lost, the file verifies, what was known
stays known, a mistake can be taken back, and what is exported comes back.
"""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import click
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RULE_MARKER, rule, run_state_machine_as_test

from merestone.cli.exit_codes import BAD_INPUT
from tests.architecture.test_commands import ALL
from tests.every_command.driver import LATER, PAST_DAYS, command_line
from tests.every_command.intake import ADDED, AREAS, POINTS
from tests.every_command.model import place_of
from tests.every_command.questions import LONG_QUESTIONS, MISTAKES, QUESTIONS, Questions

LEAVES = {" ".join(path): command for path, command in ALL if not isinstance(command, click.Group)}
WITHOUT_A_REGISTER = {name for name in LEAVES if name.split()[0] in {"law", "border", "claims", "residual", "priority"}}
"""What computes from facts and figures alone; the test below sees that none of them takes a register."""
ELSEWHERE = {
    "basemap build": "of a map, not of a register; driven by tests/cli",
    "serve": "a process of its own, driven by tests/service",
    "brief": "half a minute for the law and the borders of all states; driven by tests/exchange",
    "add victim": "its names are personal data, which `add` refuses; `person add` is driven",
}
OPEN_LAND = ("suspected", "confirmed")
QUIET = (HealthCheck.too_slow, HealthCheck.data_too_large)


def blank_at(path: Path) -> Path:
    assert command_line("init", path, "--by", "tester").code == 0
    return path


def test_every_command_that_reads_or_writes_a_register_is_driven(tmp_path: Path) -> None:
    """One life through all rules; a new command without a rule fails here."""
    Questions.ran.clear()
    life = Questions(blank_at(tmp_path / "blank.gpkg"))
    try:
        for step in steps(life):
            step()
            life.the_register_answers_as_the_book_does()
            life.what_was_known_stays_known()
            life.the_file_is_sound_and_only_grows()
    finally:
        life.teardown()
    for name in WITHOUT_A_REGISTER:
        assert not any("register" in str(param.name) for param in LEAVES[name].params), name
    driven = set(life.ran) | {"init", "person key"}
    assert set(LEAVES) - WITHOUT_A_REGISTER - set(ELSEWHERE) - driven == set(), "give these commands a rule"


def steps(life: Questions) -> Iterator[Callable[[], object]]:
    """Every rule at least once, in an order in which each finds something to do."""
    for kind in [*AREAS, *POINTS]:
        yield partial(life.add_a_record, kind, 5.0, "restricted", None)
    yield partial(life.add_a_record, "accident", None, "public", LATER)
    for kind in ADDED:
        if kind not in {*AREAS, *POINTS}:
            yield partial(life.add_a_sheet, kind)
    yield partial(life.take_a_file_in, "suspected", 3, 2, 5.0, "restricted", PAST_DAYS[0])
    yield partial(life.take_a_file_in_again, 0)
    yield partial(life.take_a_new_delivery, 0, 3, 1, 1, PAST_DAYS[1])
    yield partial(life.undo_an_import, 1)
    yield partial(life.settle_a_row, 0, "taken_otherwise")
    yield partial(life.let_a_row_wait_again, 0)
    yield partial(life.withdraw_a_record, 0, None, None)
    yield partial(life.put_a_record_back, 0)
    yield partial(life.revise_a_record, 0, 40.0, "public", PAST_DAYS[1], 31)
    yield partial(life.move_an_area, 0, 0, None)
    yield partial(life.divide_an_area, 0, None)
    for _ in range(2):
        yield partial(life.add_a_record, "suspected", 5.0, "open", None)
    yield partial(life.join_areas, -1, -1)
    yield partial(life.undo_an_import, 0)
    yield partial(life.take_a_file_in_again, 0)
    yield partial(life.attach_a_document, 0)
    yield life.record_a_person_hurt
    yield partial(life.erase_a_person, 0)
    for what in ("add", "password", "close"):
        yield partial(life.change_an_account, 0, what)
    yield life.choose_what_the_public_reads
    yield life.warn_the_public
    yield life.go_on_from_a_backup
    yield partial(life.two_copies_go_on_apart, 0, 0, (2, 2), 1)
    yield partial(life.two_copies_go_on_apart, 1, 2, (1, 3), 0)
    yield partial(life.screen_a_place, 0)
    yield partial(life.hand_everything_on, ".geojson")
    yield partial(ask_everything, life)


def ask_everything(life: Questions) -> None:
    for nth in range(3):
        life.look_at_a_record(nth)
    for question in [*QUESTIONS, *LONG_QUESTIONS]:
        life.ask(question)
    for which in range(len(MISTAKES)):
        life.make_a_mistake(0, which)


class AtLength(Questions):
    """With the questions that take long: for the many lives, which take minutes anyway."""

    @rule(question=st.sampled_from(sorted(LONG_QUESTIONS)))
    def ask_what_takes_long(self, question: str) -> None:
        open_land = [state for state in self.book.holds(self.today).values() if state.kind in OPEN_LAND]
        if question == "report" or any(place_of(state).area for state in open_land):
            self.ask(question)
        else:
            refused = self.do(*self.words(LONG_QUESTIONS[question]), code=BAD_INPUT)
            assert "no open area" in refused.err


def test_whatever_the_one_life_does_the_random_lives_may_do(tmp_path: Path) -> None:
    """The life above shows that each command has a rule; here, that chance may choose each of these rules."""
    chosen_from = {name for name in dir(AtLength) if hasattr(getattr(AtLength, name), RULE_MARKER)}
    life = Questions(blank_at(tmp_path / "blank.gpkg"))
    try:
        stepped = {getattr(step, "func", step).__name__ for step in steps(life)} - {ask_everything.__name__}
    finally:
        life.teardown()
    assert stepped <= chosen_from
    assert {"ask", "look_at_a_record", "make_a_mistake", "ask_what_takes_long"} <= chosen_from


def live(
    machine: type[Questions], blank: Path, examples: int, steps: int, phases: tuple[Phase, ...] = tuple(Phase)
) -> None:
    how = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=QUIET, phases=phases
    )
    run_state_machine_as_test(lambda: machine(blank), settings=how)  # type: ignore[arg-type]  # it only calls it


def test_random_lives_of_a_register_under_all_commands(tmp_path: Path) -> None:
    """The short form; what it finds is made small by the long one, which takes minutes for that."""
    live(Questions, blank_at(tmp_path / "blank.gpkg"), 6, 15, (Phase.reuse, Phase.generate))


@pytest.mark.slow
def test_many_random_lives_of_a_register_under_all_commands(tmp_path: Path) -> None:
    live(AtLength, blank_at(tmp_path / "blank.gpkg"), 200, 60)
