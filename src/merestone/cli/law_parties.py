"""`merestone law parties`: who is party to a treaty on a day, what changed since another, and counts over time."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import click

from merestone import law as treaties
from merestone.cli.argument import DAY, drawing_option, force_option, json_option, lang_option, today
from merestone.cli.json_output import print_json
from merestone.cli.law_headlines import parties_headlines, show_below
from merestone.cli.law_options import KNOWN_ON, ON
from merestone.cli.paragraph import folded
from merestone.law import (
    count_plain,
    parties_plain,
)
from merestone.terms import number_of


@click.command("parties", short_help="how many and which states are parties on a day")
@click.option("--treaty", default="apmbc", show_default=True, metavar="KEY", help="Treaty.")
@ON
@click.option("--since", type=DAY, metavar="DAY", help="Also list what changed after this day.")
@KNOWN_ON
@click.option("--over-time", is_flag=True, help="The counts from the treaty's adoption on, each day they changed.")
@drawing_option("-o", "--output", help="Write the parties as a table, or the counts over time as a drawing:")
@force_option
@json_option
@lang_option
def parties_command(
    treaty: str,
    on: date | None,
    since: date | None,
    known_on: date | None,
    output: Path | None,
    *,
    over_time: bool,
    as_json: bool,
    force: bool,
) -> None:
    """List the states bound by a treaty on a day, with counts, and the status of each other state.

    Two counts are given: the states that are bound, and the parties as the depositary counts them, from the deposit
    of the instrument on.

    \b
    Example:
      merestone law parties --treaty apmbc --on 2026-02-20 --since 2025-01-01
      merestone law parties --treaty ccm --over-time -o ccm.csv
      merestone law parties --treaty apmbc -o apmbc.png
    """  # noqa: D301 (click's own mark)
    on = on or today()
    if output is not None:
        _write(treaty, on, known_on, output, over_time=over_time, overwrite=force)
        return
    if over_time:
        adopted_on = treaties.packaged().holding(treaty).general.adopted_on
        counted = treaties.counts(treaty, starts_on=adopted_on, ends_on=on, known_on=known_on)
        if as_json:
            print_json([count_plain(status) for status in counted])
            return
        click.echo("day         bound  parties, as the depositary counts  signatures  withdrawn")
        for status in counted:
            click.echo(
                f"{status.on}  {status.bound:>5}  {status.parties:>33}  {status.signatures:>10}  {status.withdrawn:>9}"
            )
        return
    listed = treaties.parties(treaty, on=on, since=since, known_on=known_on)
    if as_json:
        print_json(parties_plain(listed))
    else:
        show_below(parties_headlines(listed), parties_lines(listed))


def _write(treaty: str, on: date, known_on: date | None, output: Path, *, over_time: bool, overwrite: bool) -> None:
    from merestone.documents import (  # here: the formats take time
        TABLES,
        counts_drawing,
        parties_drawing,
        write_drawing,
    )

    holding = treaties.packaged().holding(treaty)
    counted = treaties.counts(treaty, starts_on=holding.general.adopted_on, ends_on=on, known_on=known_on)
    key, short = holding.treaty.key, holding.treaty.short
    drawing = counts_drawing(key, short, counted, on=on, complete_until=holding.complete_until)
    if output.suffix.lower() in TABLES and not over_time:
        drawing = parties_drawing(treaties.parties(treaty, on=on, known_on=known_on), drawing)
    write_drawing(output, drawing, overwrite=overwrite)
    click.echo(f"wrote {output} ({number_of(output.stat().st_size, 'byte')})")


def parties_lines(listed: "treaties.Parties") -> Iterator[str]:
    """The counts, the states of each group, and what changed."""
    count = listed.count
    known = f", as known on {listed.known_on}" if listed.known_on else ""
    yield f"{listed.short} on {listed.on}{known}:"
    yield f"  bound by it                         {count.bound}"
    yield f"  parties, as the depositary counts   {count.parties}"
    yield f"  have signed, at any time            {count.signatures}"
    yield f"  withdrawn                           {count.withdrawn}"
    for what, states in (("be bound already", listed.perhaps_bound), ("have joined already", listed.perhaps_deposited)):
        if states:
            who = ", ".join(state.state.name for state in states)
            yield from folded(f"May {what}, not counted: {who} (the day of the instrument is not known).", "  ")
    if listed.reach:
        yield from folded(f"{listed.reach[0].upper()}{listed.reach[1:]}.", "  ")
    for standing, group in listed.groups.items():
        if group and standing is not treaties.Standing.OUTSIDE:
            yield ""
            names = (_named(state, standing) for state in group)
            yield f"{standing[0].upper()}{standing[1:]}: {len(group)}"
            yield from folded(", ".join(names), "  ")
    outside = listed.groups[treaties.Standing.OUTSIDE]
    yield ""
    yield f"Neither signed nor joined: {len(outside)}"
    yield from folded(", ".join(state.state.name for state in outside), "  ")
    if listed.provisional:
        yield ""
        yield f"Apply it provisionally: {len(listed.provisional)}"
        for status in listed.provisional:
            yield from folded(f"{status.state.name}: {status.phrase}", "  ", "    ")
    if listed.since is not None:
        yield ""
        yield f"Changed after {listed.since}: {len(listed.changes)}"
        for change in listed.changes:
            yield f"  {change.day_text}  {change.state.name}: {change.was.noun} -> {change.now.noun}"
    yield ""
    yield f"A state's acts, with their sources: merestone law status STATE --treaty {listed.treaty}"
    yield treaties.NOT_ADVICE


def _named(status: "treaties.Status", standing: "treaties.Standing") -> str:
    if standing is treaties.Standing.WITHDRAWN:
        return f"{status.state.name} ({status.episode.effective_on})"
    is_undated = standing is treaties.Standing.NOT_KNOWN and status.episode.before is None
    is_explained = is_undated or standing is treaties.Standing.JOINED
    return f"{status.state.name} ({status.phrase})" if is_explained else status.state.name
