"""The headlines of `merestone law` in the language of --lang, above the whole answer in English.

Clauses, reasons and sources are in the language of the sources; a headline says what was asked about.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import click

from merestone.cli.law_options import show
from merestone.languages import current_language, day_text, gettext, number_text, speaking
from merestone.law import (
    NOT_ADVICE,
    Duties,
    Holding,
    Parties,
    Permission,
    State,
    Status,
    deed_text,
    duty_state_text,
    standing_text,
    state_text,
    status_text,
    treaty_text,
    verdict_text,
    weapon_text,
)

if TYPE_CHECKING:
    from merestone.law import WithdrawalClock


def show_below(headlines: Iterable[str], lines: Iterable[str]) -> None:
    """Print an answer in English; below its headlines, where another language is spoken."""
    if current_language().tag != "en":
        show(headlines)
        click.echo(gettext(NOT_ADVICE))
        click.echo("\nIn English:")
    with speaking("en"):
        show(lines)


def status_headlines(state: State, answers: Iterable[tuple[Status, Holding]]) -> Iterator[str]:
    """What a state is to each treaty."""
    yield f"{state_text(state)} ({state.code}):"
    for answer, holding in answers:
        yield f"  {treaty_text(holding.treaty.short)}: {status_text(answer)}"


def permission_headlines(permissions: Iterable[Permission]) -> Iterator[str]:
    """The verdict on each deed."""
    for number, permission in enumerate(permissions):
        if not number:
            yield f"{state_text(permission.state)}, {weapon_text(permission.weapon)}, {day_text(permission.on)}:"
        yield f"  {deed_text(permission.deed)}: {verdict_text(permission.verdict)}"


def duties_headlines(owed: Duties) -> Iterator[str]:
    """How many duties stand in which way."""
    yield f"{state_text(owed.state)}, {day_text(owed.on)}: {gettext('Duties, and when they are due')}"
    for duty_state, count in Counter(duty.state for duty in owed.duties).items():
        yield f"  {duty_state_text(duty_state)}: {number_text(count)}"


def withdrawal_headlines(clock: "WithdrawalClock", holding: Holding) -> Iterator[str]:
    """When a notice takes effect."""
    yield f"{state_text(clock.state)}, {treaty_text(holding.treaty.short)}:"
    yield "  " + gettext("notice of withdrawal received on {day}", day=day_text(clock.received_on))
    if clock.effect.effective_on is None:
        yield "  " + gettext("it takes effect on no known day: not before the end of the armed conflict")
    else:
        first_free_on = clock.published_on or clock.effect.effective_on
        yield "  " + gettext(
            "it takes effect on {day} at the earliest, the first day not bound", day=day_text(first_free_on)
        )


def parties_headlines(listed: Parties) -> Iterator[str]:
    """How many states are bound, and how many stand otherwise."""
    yield f"{treaty_text(listed.short)}, {day_text(listed.on)}:"
    count = listed.count
    for label, number in (
        (gettext("Bound by it"), count.bound),
        (gettext("Parties, as the depositary counts"), count.parties),
        (gettext("Have signed"), count.signatures),
        (gettext("Withdrawn"), count.withdrawn),
    ):
        yield f"  {label}: {number_text(number)}"
    for standing, group in listed.groups.items():
        if group:
            yield f"  {standing_text(standing)}: {', '.join(state_text(status.state) for status in group)}"


def treaty_headlines(holding: Holding) -> Iterator[str]:
    """A treaty's name and days."""
    general = holding.general
    yield treaty_text(holding.treaty.short)
    for label, day in (
        (gettext("Adopted"), general.adopted_on),
        (gettext("open since"), general.opened_on),
        (gettext("in force from"), general.in_force_from),
    ):
        yield f"  {label}: {day_text(day) if day is not None else gettext('not known')}"
