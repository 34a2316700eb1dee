"""`merestone residual`: what may be left in released land, with the inputs and assumptions beside each answer."""

import click

from merestone.cli.argument import json_option
from merestone.cli.json_output import print_json
from merestone.release import (
    Answer,
    allocate_search,
    area_sample_pass,
    bad_process_after_pass,
    binomial_pass,
    effort_to_threshold,
    expected_left,
    hypergeometric_pass,
    posterior,
    share_to_sample,
    tools_together,
)

items = click.option("--items", "items_left", type=int, required=True, help="Items left in the ground.")
sampled_share = click.option("--share", "share_sampled", type=float, required=True, help="Share inspected, 0 to 1.")
detection = click.option(
    "--detection", type=float, required=True, help="Share found of the items that are there, 0 to 1."
)
accept = click.option(
    "--accept", type=int, default=0, show_default=True, help="Bad lots with which the sample still passes."
)


@click.group("residual")
def residual() -> None:
    """Calculate residual risk from inspections and searches, in closed form. No result is an assurance."""


@residual.command("sampling")
@items
@sampled_share
@detection
@json_option
def sampling(items_left: int, share_sampled: float, detection: float, as_json: bool) -> None:
    """Probability that an inspection of a share of the ground misses everything.

    Example: merestone residual sampling --items 5 --share 0.1 --detection 0.9
    """
    _show(area_sample_pass(items_left, share_sampled, detection), as_json)


@residual.command("share")
@items
@detection
@click.option("--risk", type=float, required=True, help="Accepted chance of missing everything, 0 to 1.")
@json_option
def share(items_left: int, detection: float, risk: float, as_json: bool) -> None:
    """Share of the ground to inspect for a given risk.

    Example: merestone residual share --items 5 --detection 0.9 --risk 0.1
    """
    _show(share_to_sample(items_left, detection, risk), as_json)


@residual.command("lots")
@click.option("--lots", type=int, required=True, help="Lots in all.")
@click.option("--sampled", type=int, required=True, help="Lots drawn.")
@click.option("--defective", type=int, required=True, help="Lots that are bad.")
@accept
@json_option
def lots(lots: int, sampled: int, defective: int, accept: int, as_json: bool) -> None:
    """Probability that a sample of lots passes (hypergeometric).

    Example: merestone residual lots --lots 400 --sampled 40 --defective 5
    """
    _show(hypergeometric_pass(lots, sampled, defective, accept), as_json)


@residual.command("rate")
@click.option("--sampled", type=int, required=True, help="Lots drawn.")
@click.option("--defect-rate", type=float, required=True, help="Share of lots that are bad, 0 to 1.")
@accept
@json_option
def rate(sampled: int, defect_rate: float, accept: int, as_json: bool) -> None:
    """Probability that a sample passes at a given rate of bad lots (binomial).

    Example: merestone residual rate --sampled 50 --defect-rate 0.02 --accept 1
    """
    _show(binomial_pass(sampled, defect_rate, accept), as_json)


@residual.command("left")
@click.option("--expected", type=float, required=True, help="Items expected before clearance.")
@click.option("--clearance", type=float, required=True, help="Share that clearance finds, 0 to 1.")
@click.option("--share", "share_sampled", type=float, default=0.0, show_default=True, help="Share inspected after.")
@click.option("--detection", type=float, default=0.0, show_default=True, help="Share the inspection finds.")
@json_option
def left(expected: float, clearance: float, share_sampled: float, detection: float, as_json: bool) -> None:
    """Items expected to be left after clearance, and the chance of at least one.

    Example: merestone residual left --expected 20 --clearance 0.99 --share 0.1 --detection 0.9
    """
    _show(expected_left(expected, clearance, share_sampled, detection), as_json)


@residual.command("process")
@click.option("--bad", type=float, required=True, help="Share of clearances that are bad, 0 to 1.")
@click.option("--expected", type=float, required=True, help="Items expected before clearance.")
@click.option("--clearance-good", type=float, required=True, help="Share that a good clearance finds.")
@click.option("--clearance-bad", type=float, required=True, help="Share that a bad clearance finds.")
@sampled_share
@detection
@json_option
def process(
    bad: float,
    expected: float,
    clearance_good: float,
    clearance_bad: float,
    share_sampled: float,
    detection: float,
    as_json: bool,
) -> None:
    """Probability that a clearance was a bad one although its inspection passed.

    \b
    Example:
      merestone residual process --bad 0.1 --expected 20 --clearance-good 0.99 \\
          --clearance-bad 0.8 --share 0.1 --detection 0.9
    """  # noqa: D301 (click's own mark)
    _show(
        bad_process_after_pass(
            bad=bad,
            expected=expected,
            clearance_good=clearance_good,
            clearance_bad=clearance_bad,
            share_sampled=share_sampled,
            detection=detection,
        ),
        as_json,
    )


@residual.command("posterior")
@click.option("--prior", type=float, required=True, help="Probability of contamination before the evidence, 0 to 1.")
@click.option("--ratio", type=float, required=True, help="Likelihood ratio of the evidence.")
@click.option("--threshold", type=float, required=True, help="The programme's threshold, 0 to 1.")
@json_option
def posterior_command(prior: float, ratio: float, threshold: float, as_json: bool) -> None:
    """Probability of contamination after evidence, compared unrounded with a threshold.

    Example: merestone residual posterior --prior 0.15 --ratio 0.3 --threshold 0.05
    """
    _show(posterior(prior, ratio, threshold), as_json)


@residual.command("effort")
@click.option("--prior", type=float, required=True, help="Probability of contamination, 0 to 1.")
@click.option("--rate", type=float, required=True, help="Find rate per unit of effort, such as per hour.")
@click.option("--threshold", type=float, required=True, help="The programme's threshold, 0 to 1.")
@json_option
def effort(prior: float, rate: float, threshold: float, as_json: bool) -> None:
    """Search effort without a find that brings the probability down to a threshold.

    Example: merestone residual effort --prior 0.15 --rate 0.02 --threshold 0.05
    """
    _show(effort_to_threshold(prior, rate, threshold), as_json)


@residual.command("allocate")
@click.option("--prior", "priors", type=float, multiple=True, required=True, help="One for each area, in order.")
@click.option("--rate", "rates", type=float, multiple=True, required=True, help="Find rate, one for each area.")
@click.option("--effort", type=float, required=True, help="Effort to distribute, in the unit of the rates.")
@click.option("--threshold", type=float, help="The programme's threshold, 0 to 1.")
@json_option
def allocate(
    priors: tuple[float, ...], rates: tuple[float, ...], effort: float, threshold: float | None, as_json: bool
) -> None:
    """Allocate search effort to areas so that the probability of a find is greatest.

    Example: merestone residual allocate --prior 0.4 --rate 0.02 --prior 0.3 --rate 0.013 --effort 120
    """
    _show(allocate_search(priors, rates, effort, threshold), as_json)


@residual.command("tools")
@detection
@click.option("--tools", type=int, required=True, help="How many independent tools.")
@json_option
def tools(detection: float, tools: int, as_json: bool) -> None:
    """Share found by several independent tools.

    Example: merestone residual tools --detection 0.9 --tools 2
    """
    _show(tools_together(detection, tools), as_json)


def _show(answer: Answer, as_json: bool) -> None:
    if as_json:
        fields = ("quantity", "value", "unit", "formula", "inputs", "assumptions", "further", "source")
        print_json({name: getattr(answer, name) for name in fields})
        return
    click.echo(f"{answer.quantity}: {answer.value:.4g} ({answer.unit})")
    for name, value in answer.further.items():
        click.echo(f"  {name.replace('_', ' ')}: {_written(value)}")
    click.echo("from")
    for name, input_value in answer.inputs.items():
        click.echo(f"  {name}: {_written(input_value)}")
    click.echo(f"by {answer.formula}\nassuming that")
    for assumption in answer.assumptions:
        click.echo(f"  {assumption}")
    click.echo(f"source: {answer.source}")


def _written(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(_written(each) for each in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
