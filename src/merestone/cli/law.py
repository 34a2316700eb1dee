"""`merestone law`: what binds a state on a day, what it may do, what it owes and by when."""

from datetime import UTC, date, datetime
from pathlib import Path

import click

from merestone.cli import law_text
from merestone.cli.argument import force_option, output_option
from merestone.cli.exit_codes import FAILED
from merestone.cli.law_options import AS_JSON, KNOWN_ON, ON, TREATY, day, show, show_json, today, write
from merestone.cli.law_parties import parties_command
from merestone.law import (
    NOT_ADVICE,
    Conflict,
    Deed,
    Library,
    Step,
    Weapon,
    check,
    compare,
    compare_list,
    deadlines,
    deed_of,
    duties,
    explained,
    may,
    names_in,
    packaged,
    since_when,
    status,
    step_of,
    weapon_of,
    what_if,
    withdraw,
)
from merestone.law.plain import (
    check_plain,
    comparison_plain,
    coverage_plain,
    duties_plain,
    list_difference_plain,
    permission_plain,
    record_plain,
    status_plain,
    treaty_plain,
    what_if_plain,
    withdrawal_plain,
)
from merestone.terms import FieldRefused


@click.group()
def law() -> None:
    """Say what binds a state on a day, what it may do, what it owes and by when.

    Every answer cites the article and its source. Nothing here is legal advice.
    """


@law.command("status", short_help="what a state is to a treaty on a day, with its acts")
@click.argument("state")
@TREATY
@ON
@KNOWN_ON
@AS_JSON
def status_command(state: str, treaty: str | None, on: date | None, known_on: date | None, *, as_json: bool) -> None:
    """Say what STATE is to a treaty on a day, and the chain of acts behind it.

    STATE is an ISO 3166-1 code or a name. Without --treaty, all treaties that had been adopted by then,
    and the stocks, statements and promises that are held.

    \b
    Example:
      merestone law status LTU --treaty apmbc --on 2025-12-31
    """  # noqa: D301 (click's own mark)
    library, on = packaged(), on or today()
    if treaty is not None:
        answer, holding = status(state, treaty, on=on, known_on=known_on), library.holding(treaty)
        if as_json:
            show_json({**status_plain(answer), "coverage": coverage_plain(holding)})
        else:
            mine = (answer.state.code, answer.treaty)
            notes = [one for one in library.declarations if (one.state, one.treaty) == mine]
            show(law_text.status_lines(answer, holding, notes))
        return
    found = library.state(state)
    held = [one for one in library.holdings() if one.general.adopted_on <= on]
    answers = [(status(found.code, one.treaty.key, on=on, known_on=known_on), one) for one in held]
    if as_json:
        statuses = [{**status_plain(answer), "coverage": coverage_plain(one)} for answer, one in answers]
        show_json({"statuses": statuses, **record_plain(found.code, library)})
        return
    click.echo(f"{found.name} ({found.code}) on {on}:")
    show(law_text.overview_lines(answers))
    show(law_text.record_lines(found.code, library))


law.add_command(parties_command)


@law.command("may", short_help="whether a deed is prohibited or restricted to a state")
@click.argument("state")
@click.argument("deed")
@click.argument("weapon", default=Weapon.ANTI_PERSONNEL_MINES.value)
@ON
@KNOWN_ON
@AS_JSON
def may_command(state: str, deed: str, weapon: str, on: date | None, known_on: date | None, *, as_json: bool) -> None:
    """Say whether a treaty forbids or restricts a deed with a weapon to STATE on a day.

    \b
    DEED    use, develop, produce, acquire, stockpile, retain, transfer, assist; or all.
            Near words are understood: lay, make, buy, keep, sell ...
    WEAPON  anti-personnel-mines (default), other-mines, booby-traps, other-devices,
            cluster-munitions, blinding-laser-weapons

    \b
    Example:
      merestone law may LTU produce anti-personnel-mines --on 2026-01-01
    """  # noqa: D301 (click's own mark)
    on, kind = on or today(), weapon_of(weapon)
    deeds = tuple(Deed) if deed == "all" else (deed_of(deed),)
    answers = [may(state, one, kind, on=on, known_on=known_on) for one in deeds]
    if not as_json and (meant := explained(deed, weapon)):
        click.echo(f"({meant})")
    if as_json:
        plain = [permission_plain(answer) for answer in answers]
        show_json(plain if deed == "all" else plain[0])
    elif deed == "all":
        show(law_text.deeds_lines(answers))
    else:
        show(law_text.permission_lines(answers[0], *since_when(answers[0])))


@law.command("duties", short_help="what a state owes, and by when")
@click.argument("state")
@ON
@KNOWN_ON
@AS_JSON
def duties_command(state: str, on: date | None, known_on: date | None, *, as_json: bool) -> None:
    """Say what STATE owes on a day and by when: pending, due, overdue, met, ended by withdrawal or surviving it.

    \b
    Example:
      merestone law duties EST --on 2026-01-01
    """  # noqa: D301 (click's own mark)
    owed = duties(state, on=on or today(), known_on=known_on)
    if as_json:
        show_json(duties_plain(owed))
    else:
        show(law_text.duties_lines(owed))


@law.command("withdraw", short_help="when a notice of withdrawal takes effect")
@click.argument("state")
@click.option("--treaty", default="apmbc", show_default=True, metavar="KEY", help="Treaty.")
@click.option("--notified", callback=day, required=True, metavar="DAY", help="When the depositary received the notice.")
@click.option("--armed-conflict-since", callback=day, metavar="DAY", help="A person's entry: engaged in one since.")
@click.option(
    "--armed-conflict-until", callback=day, metavar="DAY", help="Its end, the first day not engaged; if known."
)
@click.option(
    "--what-if",
    "supposed",
    multiple=True,
    metavar="STEP",
    help="Suppose a step: accede:DAY, withdraw:DAY.",
)
@AS_JSON
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
    """Say when a notice of withdrawal by STATE takes effect, and why it may not. Any state, any day.

    Of a state that is not bound, the days are those that would follow if it were. --what-if, given once or more,
    supposes more steps beside the notice, and shows the whole course.

    \b
    Example:
      merestone law withdraw FIN --notified 2025-07-10
      merestone law withdraw UKR --notified 2026-11-23 --armed-conflict-since 2022-02-24
      merestone law withdraw FIN --notified 2030-06-01 --what-if accede:2028-01-15
    """  # noqa: D301 (click's own mark)
    conflict = None
    if armed_conflict_since is not None:
        conflict = Conflict(armed_conflict_since, armed_conflict_until)
    elif armed_conflict_until is not None:
        why, remedy = "an end without a beginning", "give --armed-conflict-since too"
        raise FieldRefused("armed_conflict_until", str(armed_conflict_until), why, remedy)
    clock = withdraw(state, treaty, notified_on=notified, conflict=conflict)
    if supposed:
        chain = what_if(state, treaty, [*map(step_of, supposed), (Step.WITHDRAW, notified)])
        if as_json:
            show_json(what_if_plain(chain))
        else:
            show(law_text.what_if_lines(chain, packaged().holding(treaty)))
    elif as_json:
        show_json(withdrawal_plain(clock))
    else:
        show(law_text.withdrawal_lines(clock, packaged().holding(treaty)))


FIVE = "FIN,EST,LVA,LTU,POL"
STATES = click.option("--states", default=FIVE, show_default=True, metavar="CODES", help="States, comma between them.")


@law.command("compare", short_help="states side by side")
@STATES
@ON
@AS_JSON
def compare_command(states: str, on: date | None, *, as_json: bool) -> None:
    """Put states side by side: acts, status, what each may do, what each has promised.

    \b
    Example:
      merestone law compare --states FIN,EST,LVA,LTU,POL,UKR --on 2026-03-01
    """  # noqa: D301 (click's own mark)
    comparison = compare(names_in(states), on=on or today())
    if as_json:
        show_json(comparison_plain(comparison))
    else:
        show(law_text.comparison_lines(comparison))


@law.command("calendar", short_help="dates and duties as a calendar file")
@STATES
@ON
@output_option("-o", "--output", required=True, help="The .ics file to write.")
@force_option
def calendar_command(states: str, on: date | None, output: Path, force: bool) -> None:
    """Write dates, duties and forecasts of states as a calendar file that calendar programs open.

    \b
    Example:
      merestone law calendar --states FIN,EST,LVA,LTU,POL -o deadlines.ics
    """  # noqa: D301 (click's own mark)
    from merestone.exchange.law_calendar import calendar_file  # here: the formats take time to load

    entries = deadlines(names_in(states), on=on or today())
    write(output, calendar_file(entries, made_at=datetime.now(UTC)), overwrite=force)
    click.echo(f"{len(entries)} entries. {NOT_ADVICE}")


@law.command("timeline", short_help="states' courses as a drawing")
@STATES
@click.option("--treaty", default="apmbc", show_default=True, metavar="KEY", help="Treaty.")
@ON
@click.option("--until", callback=day, default="2030-12-31", show_default=True, metavar="DAY", help="Last day drawn.")
@output_option("-o", "--output", required=True, help="The .svg file to write.")
@force_option
def timeline_command(states: str, treaty: str, on: date | None, until: date, output: Path, force: bool) -> None:
    """Draw states' courses under a treaty, one line a state, with the forecasts, as SVG.

    \b
    Example:
      merestone law timeline --states FIN,EST,LVA,LTU,POL,UKR -o timeline.svg
    """  # noqa: D301 (click's own mark)
    from merestone.exchange.law_timeline import timeline_svg  # here: the formats take time to load

    svg = timeline_svg(names_in(states), treaty, on=on or today(), ends_on=until)
    write(output, svg.encode("utf-8"), overwrite=force)


@law.command("refresh", short_help="what the depositary's own list says otherwise")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--treaty", required=True, metavar="KEY", help="The treaty that the file is about.")
@AS_JSON
def refresh_command(file: Path, treaty: str, *, as_json: bool) -> None:
    """Show what the depositary's own list says otherwise than the facts held here. Changes nothing.

    FILE is the treaty's page in the UN Treaty Collection, chapter XXVI, as your browser saved it, or the file behind
    "View XML" there. Nothing is fetched. Each difference comes with a row for the data file, ready to be looked at.

    \b
    Example:
      merestone law refresh XXVI-5.en.xml --treaty apmbc
    """  # noqa: D301 (click's own mark)
    from merestone.exchange.treaty_collection import read_treaty_list  # here: the formats take time to load

    packaged().holding(treaty)  # an unknown treaty is said before the file is read
    found = read_treaty_list(file)
    differences = compare_list(treaty, found.listed, as_at=found.as_at)
    if as_json:
        faults = [{"row": fault.row, "text": fault.text, "why": fault.why} for fault in found.faults]
        rows = {"rows": found.rows, "read": len(found.listed), "faults": faults}
        show_json(
            {
                "title": found.title,
                "as_at": str(found.as_at) if found.as_at else None,
                **rows,
                "differences": [list_difference_plain(one) for one in differences],
            }
        )
        return
    click.echo(f"{found.title or file}")
    click.echo(f"status as at {found.as_at or 'a day that the file does not say'}")
    click.echo(f"{found.rows} rows: {len(found.listed)} read, {len(found.faults)} not read")
    for fault in found.faults:
        click.echo(f"  row {fault.row} ({fault.text}): {fault.why}")
    show(law_text.list_difference_lines(differences))


@law.command("check", short_help="check the data files")
@click.option("--folder", type=click.Path(path_type=Path), help="Another folder of data files. Default: the packaged.")
@AS_JSON
def check_command(folder: Path | None, *, as_json: bool) -> None:
    """Check the data files: order and possibility of acts, sources, days, states; published days against the clauses.

    \b
    Example:
      merestone law check
    """  # noqa: D301 (click's own mark)
    report = check(packaged() if folder is None else Library(folder))
    if as_json:
        show_json(check_plain(report))
    else:
        show(law_text.check_lines(report))
    if not report.is_sound:
        raise SystemExit(FAILED)


@law.command("treaty", short_help="a treaty's days, and each rule beside its words")
@click.argument("key")
@AS_JSON
def treaty_command(key: str, *, as_json: bool) -> None:
    """Show a treaty: when it was adopted and opened, and each rule beside the words of its clause.

    KEY is apmbc, ccm, ccw, ccw-ap2, ccw-art1, ccw-p2, ccw-p4 or ccw-p5, or a popular name such as "mine ban".

    \b
    Example:
      merestone law treaty apmbc
    """  # noqa: D301 (click's own mark)
    holding = packaged().holding(key)
    if as_json:
        show_json(treaty_plain(holding))
    else:
        show(law_text.treaty_lines(holding))
