"""`merestone law status`, `may`, `duties`, `withdraw`, `compare` and `treaty`: answers on the screen, or as JSON."""

from datetime import date
from itertools import chain

import click

from merestone import law as treaties
from merestone.cli import law_data_text, law_owed_text, law_text
from merestone.cli.argument import DAY, json_option, lang_option, today
from merestone.cli.json_output import print_json
from merestone.cli.law_headlines import (
    duties_headlines,
    permission_headlines,
    show_below,
    status_headlines,
    treaty_headlines,
    withdrawal_headlines,
)
from merestone.cli.law_options import KNOWN_ON, ON, STATES, TREATY
from merestone.law import (
    comparison_plain,
    coverage_plain,
    duties_plain,
    permission_plain,
    record_plain,
    status_plain,
    treaty_plain,
    what_if_plain,
    withdrawal_plain,
)
from merestone.terms import FieldRefused


@click.command("status", short_help="a state's status under a treaty on a day, with its acts")
@click.argument("state")
@TREATY
@ON
@KNOWN_ON
@json_option
@lang_option
def status_command(state: str, treaty: str | None, on: date | None, known_on: date | None, *, as_json: bool) -> None:
    """Show the status of STATE under a treaty on a day, and the acts behind it.

    STATE is an ISO 3166-1 code or a name. Without --treaty, all treaties that had been adopted by then,
    and the recorded stocks, statements and commitments.

    \b
    Example:
      merestone law status LTU --treaty apmbc --on 2025-12-31
    """  # noqa: D301 (click's own mark)
    library, on = treaties.packaged(), on or today()
    if treaty is not None:
        answer, holding = treaties.status(state, treaty, on=on, known_on=known_on), library.holding(treaty)
        if as_json:
            print_json({**status_plain(answer), "coverage": coverage_plain(holding)})
        else:
            mine = (answer.state.code, answer.treaty)
            notes = [
                declaration for declaration in library.declarations if (declaration.state, declaration.treaty) == mine
            ]
            below = law_text.status_lines(answer, holding, notes)
            show_below(status_headlines(answer.state, [(answer, holding)]), below)
        return
    known_state = library.state(state)
    holdings = [holding for holding in library.holdings() if holding.general.adopted_on <= on]
    answers = [
        (treaties.status(known_state.code, holding.treaty.key, on=on, known_on=known_on), holding)
        for holding in holdings
    ]
    if as_json:
        statuses = [{**status_plain(answer), "coverage": coverage_plain(holding)} for answer, holding in answers]
        print_json({"statuses": statuses, **record_plain(known_state.code, library)})
        return
    title = f"{known_state.name} ({known_state.code}) on {on}:"
    below = chain([title], law_text.overview_lines(answers), law_text.record_lines(known_state.code, library))
    show_below(status_headlines(known_state, answers), below)


@click.command("may", short_help="whether an act with a weapon is prohibited or restricted for a state")
@click.argument("state")
@click.argument("deed")
@click.argument("weapon", default=treaties.Weapon.ANTI_PERSONNEL_MINES.value)
@ON
@KNOWN_ON
@json_option
@lang_option
def may_command(state: str, deed: str, weapon: str, on: date | None, known_on: date | None, *, as_json: bool) -> None:
    """Check whether a treaty prohibits or restricts an act with a weapon for STATE on a day.

    \b
    DEED    use, develop, produce, acquire, stockpile, retain, transfer, assist; or all.
            Synonyms are understood: lay, make, buy, keep, sell ...
    WEAPON  anti-personnel-mines (default), other-mines, booby-traps, other-devices,
            cluster-munitions, blinding-laser-weapons

    \b
    Example:
      merestone law may LTU produce anti-personnel-mines --on 2026-01-01
    """  # noqa: D301 (click's own mark)
    on, kind = on or today(), treaties.weapon_of(weapon)
    deeds = tuple(treaties.Deed) if deed == "all" else (treaties.deed_of(deed),)
    answers = [treaties.may(state, deed, kind, on=on, known_on=known_on) for deed in deeds]
    meant = [f"({explained})"] if (explained := treaties.explained(deed, weapon)) else []
    if as_json:
        answered = [permission_plain(answer) for answer in answers]
        print_json(answered if deed == "all" else answered[0])
    elif deed == "all":
        show_below(permission_headlines(answers), chain(meant, law_text.deeds_lines(answers)))
    else:
        lines = law_text.permission_lines(answers[0], *treaties.since_when(answers[0]))
        show_below(permission_headlines(answers), chain(meant, lines))


@click.command("duties", short_help="a state's duties, and when they are due")
@click.argument("state")
@ON
@KNOWN_ON
@json_option
@lang_option
def duties_command(state: str, on: date | None, known_on: date | None, *, as_json: bool) -> None:
    """List the obligations of STATE on a day with deadlines: pending, due, overdue, met, ended or surviving withdrawal.

    \b
    Example:
      merestone law duties EST --on 2026-01-01
    """  # noqa: D301 (click's own mark)
    owed = treaties.duties(state, on=on or today(), known_on=known_on)
    if as_json:
        print_json(duties_plain(owed))
    else:
        show_below(duties_headlines(owed), law_owed_text.duties_lines(owed))


@click.command("withdraw", short_help="when a notice of withdrawal takes effect")
@click.argument("state")
@click.option("--treaty", default="apmbc", show_default=True, metavar="KEY", help="Treaty.")
@click.option("--notified", type=DAY, required=True, metavar="DAY", help="When the depositary received the notice.")
@click.option(
    "--armed-conflict-since",
    type=DAY,
    metavar="DAY",
    help="Your own statement: in an armed conflict since this day (CCW: or occupation).",
)
@click.option(
    "--armed-conflict-until", type=DAY, metavar="DAY", help="The first day after the armed conflict, if known."
)
@click.option(
    "--what-if",
    "supposed",
    multiple=True,
    metavar="STEP",
    help="Assume a step: accede:DAY, withdraw:DAY.",
)
@json_option
@lang_option
def withdraw_command(
    state: str,
    treaty: str,
    notified: date,
    armed_conflict_since: date | None,
    armed_conflict_until: date | None,
    supposed: tuple[str, ...],
    *,
    as_json: bool,
) -> None:
    """Calculate when a notice of withdrawal by STATE takes effect, and what may prevent it. Any state, any day.

    For a state that is not bound, the days are those that would follow if it were. --what-if, which may be repeated,
    assumes further steps in addition to the notice, and shows all that would follow.

    \b
    Example:
      merestone law withdraw FIN --notified 2025-07-10
      merestone law withdraw UKR --notified 2026-11-23 --armed-conflict-since 2022-02-24
      merestone law withdraw FIN --notified 2030-06-01 --what-if accede:2028-01-15
    """  # noqa: D301 (click's own mark)
    conflict = None
    if armed_conflict_since is not None:
        conflict = treaties.Conflict(armed_conflict_since, armed_conflict_until)
    elif armed_conflict_until is not None:
        why, remedy = "an end without a beginning", "give --armed-conflict-since too"
        raise FieldRefused("armed_conflict_until", str(armed_conflict_until), why, remedy)
    clock = treaties.withdraw(state, treaty, notified_on=notified, conflict=conflict)
    if supposed:
        course = treaties.what_if(state, treaty, [*map(treaties.step_of, supposed), (treaties.Step.WITHDRAW, notified)])
        if as_json:
            print_json(what_if_plain(course))
        else:
            holding = treaties.packaged().holding(treaty)
            show_below(withdrawal_headlines(clock, holding), law_owed_text.what_if_lines(course, holding))
    elif as_json:
        print_json(withdrawal_plain(clock))
    else:
        holding = treaties.packaged().holding(treaty)
        show_below(withdrawal_headlines(clock, holding), law_owed_text.withdrawal_lines(clock, holding))


@click.command("compare", short_help="a comparison of states")
@STATES
@ON
@json_option
@lang_option
def compare_command(states: str, on: date | None, *, as_json: bool) -> None:
    """Compare states: acts, status, what each may do, what each has promised.

    \b
    Example:
      merestone law compare --states FIN,EST,LVA,LTU,POL,UKR --on 2026-03-01
    """  # noqa: D301 (click's own mark)
    day, names = on or today(), treaties.names_in(states)
    comparison = treaties.compare(names, on=day)
    if as_json:
        print_json(comparison_plain(comparison))
    else:
        holding = treaties.packaged().holding("apmbc")
        statuses = [treaties.status(name, holding.treaty.key, on=day) for name in names]
        headlines = chain.from_iterable(status_headlines(status.state, [(status, holding)]) for status in statuses)
        show_below(headlines, law_data_text.comparison_lines(comparison))


@click.command("treaty", short_help="a treaty's dates, and each rule with its text")
@click.argument("key")
@json_option
@lang_option
def treaty_command(key: str, *, as_json: bool) -> None:
    """Show a treaty: when it was adopted and opened, and each rule with the text of its clause.

    KEY is apmbc, ccm, ccw, ccw-ap2, ccw-art1, ccw-p2, ccw-p4 or ccw-p5, or a popular name such as "mine ban".

    \b
    Example:
      merestone law treaty apmbc
    """  # noqa: D301 (click's own mark)
    holding = treaties.packaged().holding(key)
    if as_json:
        print_json(treaty_plain(holding))
    else:
        show_below(treaty_headlines(holding), law_data_text.treaty_lines(holding))
