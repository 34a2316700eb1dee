"""Published lengths of the borders, each with its source, and how each differs from what we measure.

Published figures differ among themselves by a third. They are kept apart from measurements and never overwrite them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from merestone.border.length import LengthAt, geodesic_length_m, length_curve, resolution_giving
from merestone.border.line import LengthRange, LengthWithDoubt, length_with_doubt
from merestone.border.packaged import FIVE_STATES_BORDERS, BorderLine
from merestone.terms import Confidence, RowRefused, confidence_of, sourced_rows

SAME_SHARE: Final = 0.01
"""Two lengths closer than this are called the same: the doubt of the lines themselves is of this size."""


@dataclass(frozen=True, slots=True)
class PublishedLength:
    """What somebody published. `holds` is what it counts, in the publisher's words or the context's."""

    pair: str
    published_by: str
    series: str
    """``cia`` or ``national`` for the one figure per border that goes into that sum; empty for the others."""
    km: float
    km_greatest: float
    """The upper end where a range was published, else equal to `km`."""
    holds: str
    note: str
    source: str
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class BorderLength:
    """One border measured: on land, across lagoons, in the territorial sea, and at every resolution."""

    border: BorderLine
    land: LengthRange
    """Rivers and lakes included."""
    lagoon_m: float
    sea_m: float
    curve: tuple[LengthAt, ...]
    """Of the land part, on the first state's side."""

    @property
    def pair(self) -> str:
        """The border's name."""
        return self.border.pair


@dataclass(frozen=True, slots=True)
class MeasuredBorder(BorderLength):
    """A border's lengths with the lines from which they were measured now."""

    land: LengthWithDoubt


@dataclass(frozen=True, slots=True)
class Comparison:
    """A published length beside the measured one, and what may explain the difference."""

    published: PublishedLength
    measured_m: float
    """On land, rivers and lakes included."""
    difference_m: float
    """Published less measured."""
    resolution_m: float | None
    """The resolution at which the measured line has the published length, if there is one."""
    explanation: str


def border_length(border: BorderLine) -> MeasuredBorder:
    """Measure one packaged border, both sides and at all tolerances (metres, geodesic)."""
    land = length_with_doubt(border.side_a, border.side_b)
    chosen = next(each for each in land.at if each.tolerance_m == land.tolerance_m)
    curve = length_curve(chosen.from_a)
    return MeasuredBorder(border, land, geodesic_length_m(border.lagoon), geodesic_length_m(border.sea), curve)


def summed_curve(lengths: Sequence[BorderLength]) -> tuple[LengthAt, ...]:
    """The curve of several borders together: lengths at the same resolution, added."""
    return tuple(
        LengthAt(column[0].resolution_m, sum(each.length_m for each in column), sum(each.vertices for each in column))
        for column in zip(*(each.curve for each in lengths), strict=True)
    )


@cache
def published_lengths() -> tuple[PublishedLength, ...]:
    """Every published length that comes with Merestone.

    Raises
    ------
    RowRefused, SourceMissing
        The file was changed and a row is not as it should be.
    """
    text = files("merestone.border").joinpath("data/published_lengths.csv").read_text(encoding="utf-8")
    rows = []
    for place, row in sourced_rows(text.splitlines(), origin="published_lengths.csv"):
        try:
            km = float(row["km"])
            greatest = float(row["km_greatest"] or km)
        except ValueError as error:
            raise RowRefused(place, f"a length is not a number ({error}); give kilometres") from error
        confidence = confidence_of(row["confidence"], place=place)
        rows.append(PublishedLength(
            row["border"], row["published_by"], row["series"], km, greatest, row["holds"], row["note"], row["source"],
            confidence,
        ))  # fmt: skip
    return tuple(rows)


def series_sum_km(series: str) -> float:
    """The sum of one figure per border over the eight borders, kilometres: ``cia`` or ``national``."""
    chosen = {each.pair: each.km for each in published_lengths() if each.series == series}
    missing = [pair for pair in FIVE_STATES_BORDERS if pair not in chosen]
    if missing:
        raise RowRefused("published_lengths.csv", f"the series {series!r} has no figure for {', '.join(missing)}")
    return sum(chosen[pair] for pair in FIVE_STATES_BORDERS)


def compared(published: PublishedLength, measured: BorderLength) -> Comparison:
    """Set a published length beside the measured one.

    The explanation is arithmetic, not testimony: it names the parts or the resolution that give the published
    figure, which does not prove that its publisher counted so.
    """
    middle_m = (published.km + published.km_greatest) * 500
    land_m, lagoon_m, sea_m = measured.land.length_m, measured.lagoon_m, measured.sea_m
    resolution_m = resolution_giving(measured.curve, middle_m)
    choices = [("land with rivers and lakes", land_m)]
    if lagoon_m:
        choices.append((f"land and {lagoon_m / 1000:.0f} km across a lagoon or inlet", land_m + lagoon_m))
    if sea_m:
        water = f"lagoon or inlet and {sea_m / 1000:.0f} km" if lagoon_m else f"{sea_m / 1000:.0f} km"
        choices.append((f"land, {water} in the territorial sea", land_m + lagoon_m + sea_m))
    name, nearest_m = min(choices, key=lambda choice: abs(choice[1] - middle_m))
    off_m = middle_m - nearest_m
    if abs(off_m) <= SAME_SHARE * middle_m:
        explanation = f"agrees to {abs(off_m) / middle_m:.1%} with {name}: {nearest_m / 1000:.1f} km"
    elif resolution_m is not None:
        explanation = f"as long as our land line with bends under {_rounded(resolution_m)} left out"
    elif middle_m < land_m:
        explanation = "shorter than our land line even at the coarsest: a part is left out, or the figure is wrong"
    elif middle_m < choices[-1][1]:
        explanation = (
            f"between the land alone ({land_m / 1000:.1f} km) and {choices[-1][0]} ({choices[-1][1] / 1000:.1f} km)"
        )
    else:
        explanation = f"{off_m / 1000:.1f} km more than {name} ({nearest_m / 1000:.1f} km): nothing here explains it"
    return Comparison(published, land_m, middle_m - land_m, resolution_m, explanation)


def _rounded(resolution_m: float) -> str:
    step = 10 ** (len(str(int(resolution_m))) - 2) if resolution_m >= 10 else 1
    metres = round(resolution_m / step) * step
    return f"about {metres / 1000:g} km" if metres >= 1000 else f"about {metres:g} m"
