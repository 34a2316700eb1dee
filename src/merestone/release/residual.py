"""What may be left in released land: acceptance sampling, residual expectation, posteriors, and search effort.

Every function is a closed form and gives an `Answer`, which carries its inputs, its formula and what it assumes, so
that no figure travels without them. A decision compares unrounded numbers: a posterior of 0.05028 does not pass a
threshold of 0.05, although both print as 0.050. No answer here is an assurance about ground; each is as good as its
inputs.

Source of the forms: acceptance sampling and Bayesian search theory as taught in eod-science-course, lesson 05.7, whose
figures the tests reproduce; the optimal allocation is Koopman's, Search and Screening (1946), ch. 3.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import comb, exp, fsum, isfinite, log
from typing import Final

from merestone.terms import FieldRefused, number_of

SOURCE: Final = "eod-science-course, lesson 05.7 (closed form)"


@dataclass(frozen=True, slots=True)
class Answer:
    """One number and all that it rests on."""

    quantity: str
    value: float
    formula: str
    inputs: Mapping[str, float | int | tuple[float, ...]]
    assumptions: tuple[str, ...]
    further: Mapping[str, float | bool | tuple[float, ...] | tuple[bool, ...]] = field(default_factory=dict)
    """What else follows from the same inputs, by name."""
    unit: str = "probability"
    source: str = SOURCE


def area_sample_pass(items_left: int, share_sampled: float, detection: float) -> Answer:
    """Probability that a sampled inspection finds none of the items that are left.

    Raises
    ------
    FieldRefused
        A negative count, or a share outside 0 to 1.

    >>> round(area_sample_pass(5, 0.10, 0.9).value, 3)
    0.624
    """
    _count("items_left", items_left)
    _shares(share_sampled=share_sampled, detection=detection)
    return Answer(
        "the inspection passes although items are left",
        (1.0 - share_sampled * detection) ** items_left,
        "P = (1 - f q)^K",
        {"items_left K": items_left, "share_sampled f": share_sampled, "detection q": detection},
        ("items lie independently of each other and of the sample", "each item in the sample is found with chance q"),
    )


def share_to_sample(items_left: int, detection: float, risk: float) -> Answer:
    """Share of the ground to inspect so that `items_left` items pass unnoticed with probability `risk` at most.

    ``further["within_reach"]`` is False if even the whole ground is not enough; the value is then above 1.
    """
    _count("items_left", items_left, least=1)
    _shares(detection=detection, risk=risk)
    _above_zero(detection=detection, risk=risk)
    share = (1.0 - risk ** (1.0 / items_left)) / detection
    return Answer(
        "share of the ground to inspect",
        share,
        "f = (1 - r^(1/K)) / q",
        {"items_left K": items_left, "detection q": detection, "risk r": risk},
        ("items lie independently of each other and of the sample", "each item in the sample is found with chance q"),
        {"within_reach": share <= 1.0},
        unit="share",
    )


def hypergeometric_pass(lots: int, sampled: int, defective: int, accept: int = 0) -> Answer:
    """Probability that at most `accept` of `defective` bad lots are among `sampled` lots drawn without putting back.

    >>> round(hypergeometric_pass(400, 40, 5).value, 3)
    0.589
    """
    for name, value in (("lots", lots), ("sampled", sampled), ("defective", defective), ("accept", accept)):
        _count(name, value)
    for name, value in (("sampled", sampled), ("defective", defective)):
        if value > lots:
            raise FieldRefused(
                name, value, f"is more than the {number_of(lots, 'lot')}", "give a number that the lots hold"
            )
    ways = sum(comb(defective, bad) * comb(lots - defective, sampled - bad) for bad in range(min(accept, sampled) + 1))
    return Answer(
        "the sample passes",
        ways / comb(lots, sampled),
        "P = sum over d <= c of C(D, d) C(N - D, n - d) / C(N, n)",
        {"lots N": lots, "sampled n": sampled, "defective D": defective, "accept c": accept},
        ("each lot is equally likely to be drawn", "a bad lot that is drawn is recognised"),
    )


def binomial_pass(sampled: int, defect_rate: float, accept: int = 0) -> Answer:
    """Probability that at most `accept` of `sampled` independent lots are bad.

    >>> round(binomial_pass(50, 0.02, 1).value, 3)
    0.736
    """
    _count("sampled", sampled)
    _count("accept", accept)
    _shares(defect_rate=defect_rate)
    value = fsum(
        comb(sampled, bad) * defect_rate**bad * (1.0 - defect_rate) ** (sampled - bad)
        for bad in range(min(accept, sampled) + 1)
    )
    return Answer(
        "the sample passes",
        min(value, 1.0),
        "P = sum over d <= c of C(n, d) p^d (1 - p)^(n - d)",
        {"sampled n": sampled, "defect_rate p": defect_rate, "accept c": accept},
        ("lots are bad independently, each with chance p", "a bad lot that is drawn is recognised"),
    )


def expected_left(expected: float, clearance: float, share_sampled: float = 0.0, detection: float = 0.0) -> Answer:
    """Expected items left after clearance, and after an inspection that found none.

    `expected` is the number of items before clearance, `clearance` the share that it finds. ``further`` gives the
    probability of at least one item (Poisson).
    """
    _not_negative(expected=expected)
    _shares(clearance=clearance, share_sampled=share_sampled, detection=detection)
    left = expected * (1.0 - clearance) * (1.0 - share_sampled * detection)
    return Answer(
        "items expected to be left",
        left,
        "L = L0 (1 - qc) (1 - f q); P(at least one) = 1 - exp(-L)",
        {
            "expected L0": expected,
            "clearance qc": clearance,
            "share_sampled f": share_sampled,
            "detection q": detection,
        },
        ("the number of items is Poisson distributed", "each is missed independently", "the inspection found none"),
        {"at_least_one": 1.0 - exp(-left)},
        unit="items",
    )


residual = expected_left
"""Its name before; ends with 0.3."""


def bad_process_after_pass(
    *, bad: float, expected: float, clearance_good: float, clearance_bad: float, share_sampled: float, detection: float
) -> Answer:
    """Probability that the clearance was a bad one, although the inspection found nothing."""
    _not_negative(expected=expected)
    _shares(bad=bad, clearance_good=clearance_good, clearance_bad=clearance_bad)
    _shares(share_sampled=share_sampled, detection=detection)
    found_share = share_sampled * detection
    pass_bad = exp(-expected * (1.0 - clearance_bad) * found_share)
    pass_good = exp(-expected * (1.0 - clearance_good) * found_share)
    return Answer(
        "the clearance was a bad one, given that the inspection passed",
        bad * pass_bad / (bad * pass_bad + (1.0 - bad) * pass_good),
        "P = b e^(-L0 (1-qb) f q) / [b e^(-L0 (1-qb) f q) + (1-b) e^(-L0 (1-qg) f q)]",
        {
            "bad b": bad,
            "expected L0": expected,
            "clearance_good qg": clearance_good,
            "clearance_bad qb": clearance_bad,
            "share_sampled f": share_sampled,
            "detection q": detection,
        },
        ("work is either good or bad throughout an area", "the number of items is Poisson distributed"),
    )


def posterior(prior: float, likelihood_ratio: float, threshold: float) -> Answer:
    """Probability of contamination after evidence, held unrounded against a threshold.

    >>> found = posterior(0.15, 0.3, 0.05)
    >>> round(found.value, 5), found.further["passes"]
    (0.05028, False)
    """
    _shares(prior=prior, threshold=threshold)
    _not_negative(likelihood_ratio=likelihood_ratio)
    weighted = prior * likelihood_ratio
    if weighted + 1.0 - prior == 0.0:
        raise FieldRefused("prior", prior, "with a ratio of 0 contradicts itself", "give a prior below 1")
    value = weighted / (weighted + 1.0 - prior)
    return Answer(
        "contamination, given the evidence",
        value,
        "odds = p / (1 - p) x LR; P = odds / (1 + odds)",
        {"prior p": prior, "likelihood_ratio LR": likelihood_ratio, "threshold t": threshold},
        ("the ratio is that of evidence with and without contamination", "compared unrounded; passes if P <= t"),
        {"passes": value <= threshold},
    )


def effort_to_threshold(prior: float, rate: float, threshold: float) -> Answer:
    """Search effort without a find after which the probability of contamination has come down to the threshold.

    `rate` is the find rate a in 1 - exp(-a z), per unit of effort; the answer is in that unit, 0 if nothing is to do.
    """
    _shares(prior=prior, threshold=threshold)
    _above_zero(rate=rate, threshold=threshold)
    if prior == 1.0:
        raise FieldRefused(
            "prior", prior, "is certainty, which a search without a find cannot change", "give less than 1"
        )
    if prior <= threshold or threshold == 1.0:
        effort = 0.0
    else:
        effort = log(prior * (1.0 - threshold) / (threshold * (1.0 - prior))) / rate
    return Answer(
        "search effort without a find",
        effort,
        "z = (1/a) ln[p (1 - t) / (t (1 - p))]",
        {"prior p": prior, "rate a": rate, "threshold t": threshold},
        (
            "random search: an item is found with chance 1 - exp(-a z)",
            "a find ends the reckoning: the area is confirmed",
        ),
        unit="units of effort",
    )


def allocate_search(
    priors: Sequence[float], rates: Sequence[float], effort: float, threshold: float | None = None
) -> Answer:
    """Share out effort over areas so that the chance of a find is greatest, and what is left in each if none is made.

    The value is the water level: what one more unit of effort would find, equal in all areas that get any.
    ``further`` gives `effort` and `posteriors` in the order of the areas, and `passes` if a threshold was given.

    Raises
    ------
    FieldRefused
        The lists differ in length or are empty, or a value is out of its range.
    """
    if len(priors) != len(rates) or not priors:
        raise FieldRefused(
            "rates", tuple(rates), f"are not one for each of {number_of(len(priors), 'area')}", "give one rate an area"
        )
    for prior, rate in zip(priors, rates, strict=True):
        _shares(prior=prior)
        _above_zero(rate=rate)
    _not_negative(effort=effort)
    gains = [prior * rate for prior, rate in zip(priors, rates, strict=True)]
    order = sorted((index for index, gain in enumerate(gains) if gain > 0.0), key=lambda index: -gains[index])
    spent, level = [0.0] * len(priors), max(gains)
    for used in range(1, len(order) + 1):
        chosen = order[:used]
        # Koopman: all that are searched share one level; ln(level) follows from the effort that is left.
        log_level = (fsum(log(gains[i]) / rates[i] for i in chosen) - effort) / fsum(1.0 / rates[i] for i in chosen)
        if used == len(order) or log_level >= log(gains[order[used]]):
            level = exp(log_level)
            for i in chosen:
                spent[i] = max(0.0, log(gains[i]) - log_level) / rates[i]
            break
    missed = [exp(-rate * z) for rate, z in zip(rates, spent, strict=True)]
    after = tuple(p * m / (p * m + 1.0 - p) if p * m > 0.0 else 0.0 for p, m in zip(priors, missed, strict=True))
    further: dict[str, float | bool | tuple[float, ...] | tuple[bool, ...]] = {
        "effort": tuple(spent),
        "posteriors": after,
    }
    inputs: dict[str, float | int | tuple[float, ...]] = {
        "priors p": tuple(priors),
        "rates a": tuple(rates),
        "effort": effort,
    }
    if threshold is not None:
        _shares(threshold=threshold)
        inputs["threshold t"] = threshold
        further["passes"] = tuple(left <= threshold for left in after)
    return Answer(
        "water level: finds that one more unit of effort would bring",
        level,
        "p a exp(-a z) is equal in all areas searched; P = p e^(-a z) / (p e^(-a z) + 1 - p)",
        inputs,
        ("areas are contaminated independently", "random search: an item is found with chance 1 - exp(-a z)"),
        further,
        unit="finds per unit of effort",
        source="Koopman, Search and Screening (1946), ch. 3; figures of eod-science-course, lesson 05.7",
    )


def tools_together(detection: float, tools: int) -> Answer:
    """Share found by several independent tools, each finding `detection` of what is there."""
    _count("tools", tools)
    _shares(detection=detection)
    return Answer(
        "an item is found by at least one tool",
        1.0 - (1.0 - detection) ** tools,
        "Q = 1 - (1 - q)^k",
        {"detection q": detection, "tools k": tools},
        ("the tools miss independently; tools blind to the same things do not",),
    )


def _count(name: str, value: int, least: int = 0) -> None:
    if value < least:
        raise FieldRefused(name, value, f"is below {least}", "give a whole number")


def _shares(**values: float) -> None:
    for name, value in values.items():
        if not 0.0 <= value <= 1.0:
            raise FieldRefused(name, value, "is not a share", "give a number from 0 to 1, such as 0.1 for 10 %")


def _not_negative(**values: float) -> None:
    for name, value in values.items():
        if not (isfinite(value) and value >= 0.0):
            raise FieldRefused(name, value, "is not a number of 0 or more", "give 0 or more")


def _above_zero(**values: float) -> None:
    for name, value in values.items():
        if not (isfinite(value) and value > 0.0):
            raise FieldRefused(name, value, "is not above 0", "give a number above 0")
