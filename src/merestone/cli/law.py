"""`merestone law`: what binds a state on a day, what it may do, what it owes and by when."""

import json
from collections.abc import Iterable
from datetime import date
from typing import Any

import click

from merestone.cli import law_text
from merestone.law import Conflict, Deed, Weapon, deed_of, may, packaged, status, weapon_of, withdraw
from merestone.law.plain import coverage_plain, permission_plain, status_plain, withdrawal_plain
from merestone.terms import FieldRefused


def day(_ctx: click.Context, param: click.Parameter, value: str | None) -> date | None:
    """Read a day written as 2025-06-27; FieldRefused, in our own words, if the calendar has no such day."""
    if value is None:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        name = f"--{str(param.name).replace('_', '-')}"
        raise FieldRefused(name, value, "is not a day of the calendar", "write it as 2025-06-27") from None


ON = click.option("--on", callback=day, metavar="DAY", help="The day asked about. Default: today.")
KNOWN_ON = click.option("--known-on", callback=day, metavar="DAY", help="Count only acts known by this day.")
TREATY = click.option("--treaty", metavar="KEY", help="Treaty, such as apmbc, ccw-ap2 or ccm.")
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")


def today() -> date:
    """The present day, on the clock of this machine."""
    return date.today()  # noqa: DTZ011  # a calendar day, where the reader is


def show(lines: Iterable[str]) -> None:
    """Print lines."""
    for line in lines:
        click.echo(line)


def show_json(value: Any) -> None:
    """Print a value as JSON."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


@click.group()
def law() -> None:
    """Say what binds a state on a day, what it may do, what it owes and by when.

    Every answer cites the article and its source. Nothing here is legal advice.
    """


@law.command("status")
@click.argument("state")
@TREATY
@ON
@KNOWN_ON
@AS_JSON
def status_command(state: str, treaty: str | None, on: date | None, known_on: date | None, *, as_json: bool) -> None:
    r"""Say what STATE is to a treaty on a day, and the chain of acts behind it.

    STATE is an ISO 3166-1 code or a name. Without --treaty, all treaties that had been adopted by then.

    \b
    Example:
      merestone law status LTU --treaty apmbc --on 2025-12-31
    """
    library, on = packaged(), on or today()
    if treaty is not None:
        answer, holding = status(state, treaty, on=on, known_on=known_on), library.holding(treaty)
        if as_json:
            show_json({**status_plain(answer), "coverage": coverage_plain(holding)})
        else:
            show(law_text.status_lines(answer, holding))
        return
    found = library.state(state)
    held = [one for one in library.holdings() if one.general.adopted_on <= on]
    answers = [(status(found.code, one.treaty.key, on=on, known_on=known_on), one) for one in held]
    if as_json:
        show_json([{**status_plain(answer), "coverage": coverage_plain(one)} for answer, one in answers])
        return
    click.echo(f"{found.name} ({found.code}) on {on}:")
    show(law_text.overview_lines(answers))


@law.command("may")
@click.argument("state")
@click.argument("deed")
@click.argument("weapon", default=Weapon.ANTI_PERSONNEL_MINES.value)
@ON
@KNOWN_ON
@AS_JSON
def may_command(state: str, deed: str, weapon: str, on: date | None, known_on: date | None, *, as_json: bool) -> None:
    r"""Say whether a treaty forbids or restricts a deed with a weapon to STATE on a day.

    \b
    DEED    use, develop, produce, acquire, stockpile, retain, transfer, assist; or all
    WEAPON  anti-personnel-mines (default), other-mines, booby-traps, other-devices, cluster-munitions

    \b
    Example:
      merestone law may LTU produce anti-personnel-mines --on 2026-01-01
    """
    on, kind = on or today(), weapon_of(weapon)
    deeds = tuple(Deed) if deed == "all" else (deed_of(deed),)
    answers = [may(state, one, kind, on=on, known_on=known_on) for one in deeds]
    if as_json:
        plain = [permission_plain(answer) for answer in answers]
        show_json(plain if deed == "all" else plain[0])
    elif deed == "all":
        show(law_text.deeds_lines(answers))
    else:
        show(law_text.permission_lines(answers[0]))


@law.command("withdraw")
@click.argument("state")
@click.option("--treaty", default="apmbc", show_default=True, metavar="KEY", help="Treaty.")
@click.option("--notified", callback=day, required=True, metavar="DAY", help="When the depositary received the notice.")
@click.option("--armed-conflict-since", callback=day, metavar="DAY", help="A person's entry: engaged in one since.")
@click.option(
    "--armed-conflict-until", callback=day, metavar="DAY", help="Its end, the first day not engaged; if known."
)
@AS_JSON
def withdraw_command(
    state: str,
    treaty: str,
    notified: date,
    armed_conflict_since: date | None,
    armed_conflict_until: date | None,
    *,
    as_json: bool,
) -> None:
    r"""Say when a notice of withdrawal by STATE takes effect, and why it may not. Any state, any day.

    \b
    Example:
      merestone law withdraw FIN --notified 2025-07-10
      merestone law withdraw UKR --notified 2026-11-23 --armed-conflict-since 2022-02-24
    """
    conflict = None
    if armed_conflict_since is not None:
        conflict = Conflict(armed_conflict_since, armed_conflict_until)
    elif armed_conflict_until is not None:
        why, remedy = "an end without a beginning", "give --armed-conflict-since too"
        raise FieldRefused("armed_conflict_until", str(armed_conflict_until), why, remedy)
    clock = withdraw(state, treaty, notified_on=notified, conflict=conflict)
    if as_json:
        show_json(withdrawal_plain(clock))
    else:
        show(law_text.withdrawal_lines(clock, packaged().holding(treaty)))
