"""`merestone claims`: what was published, beside what the packaged facts and lines give."""

import textwrap
from datetime import date
from pathlib import Path

import click

from merestone.border import Check, Claims, Finding, check_claims, packaged_claims, read_claims
from merestone.cli.argument import DAY, json_option, today
from merestone.cli.json_output import print_json
from merestone.law import links_of
from merestone.terms import FieldRefused, FileRefused

WIDTH = 100
COLOUR = {Finding.CONFIRMED: "green", Finding.CONTRADICTED: "red", Finding.OPEN: "yellow", Finding.NOT_CHECKABLE: None}

claims_file = click.option("--file", "path", type=click.Path(exists=True, dir_okay=False, path_type=Path),
                           help="Your own claims, in the format of the packaged claims.yaml.")  # fmt: skip


@click.group(invoke_without_command=True)
@claims_file
@click.pass_context
def claims(context: click.Context, path: Path | None) -> None:
    """List published claims: who, when, through whom. `claims check` compares them with measurements.

    Example: merestone claims check borders-3460
    """
    if context.invoked_subcommand:
        return
    claims = _claims(path)
    for claim in claims.claims:
        click.echo(click.style(claim.id, bold=True))
        _indented(claim.text)
        _indented(f"published by {claim.publication.line}")
    for name in claims.names:
        click.echo(f"printed name {name.printed!r} is {name.actual} ({name.source})")


@claims.command()
@click.argument("ids", nargs=-1)
@click.option("--on", type=DAY, metavar="DAY", help="Day on which it is checked. Default: today.")
@claims_file
@json_option
def check(ids: tuple[str, ...], on: date | None, path: Path | None, as_json: bool) -> None:
    """Compare each claim with the measurement: confirmed, contradicted, not checkable yet, or an open forecast.

    With IDS: only those, and how each was checked, with the sources of either side.

    Example: merestone claims check twenty-two-years
    """
    known_claims = _claims(path)
    unknown = [each for each in ids if each not in {claim.id for claim in known_claims.claims}]
    if unknown:
        known = ", ".join(claim.id for claim in known_claims.claims)
        raise FieldRefused("claim", unknown[0], "is not a known claim", f"use one of {known}")
    chosen = [claim for claim in known_claims.claims if not ids or claim.id in ids]
    # A clock that was reset does not lie before what was published: no claim is "not checkable yet" because of it.
    newest_on = max((claim.publication.published_on for claim in known_claims.claims), default=date.min)
    day = on or max(today(), newest_on)
    checks = check_claims(chosen, on=day)
    if as_json:
        print_json([_row(each) for each in checks])
        return
    for each in checks:
        click.echo(f"{click.style(each.word, fg=COLOUR[each.finding], bold=True)}  {each.claim.id}")
        _indented(f"claim: {each.claim.text}")
        _indented(f"found: {each.measured}")
        if ids:
            _explained(each)
    counts = {finding: sum(each.finding is finding for each in checks) for finding in Finding}
    click.echo(", ".join(f"{count} {finding}" for finding, count in counts.items() if count))
    if not ids:
        click.echo("how one was checked: merestone claims check ID")


def _explained(each: Check) -> None:
    claim = each.claim
    _indented(f"claimed by {claim.publication.line} ({claim.publication.source})")
    if claim.note:
        _indented(f"note: {claim.note}")
    for step in each.how:
        _indented(f"how: {step}")
    for source in each.sources:
        _indented(f"source: {source}")
    for link in dict.fromkeys(link for field in _links(each).values() for link in field):
        click.echo(f"    link: {link}")  # whole, so that a terminal opens it
    if each.command:
        _indented(f"by hand: {each.command}")


def _claims(path: Path | None) -> Claims:
    if path is None:
        return packaged_claims()
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FileRefused(path, f"cannot be read ({error})", "give a YAML file in UTF-8") from error
    return read_claims(text, origin=str(path))


def _indented(text: str) -> None:
    click.echo(textwrap.fill(text, WIDTH, initial_indent="    ", subsequent_indent="        "))


def _row(each: Check) -> dict[str, object]:
    claim = each.claim
    return {
        "id": claim.id,
        "claim": claim.text,
        "value": claim.value,
        "unit": claim.unit,
        "published": claim.publication.line,
        "publication_source": claim.publication.source,
        "finding": each.finding,
        "open_until": each.open_until and each.open_until.isoformat(),
        "measured": each.measured,
        "how": each.how,
        "sources": each.sources,
        "source_links": _links(each),
    }


def _links(each: Check) -> dict[str, tuple[str, ...]]:
    """The addresses that the words of either side's sources name."""
    return links_of([each.claim.publication.source, *each.sources])
