"""Lists of parties to a treaty as a table, and the counts over time as a table and as a drawing (by Matplotlib)."""

import csv
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from io import StringIO
from typing import TYPE_CHECKING, Any

from merestone.documents.drawing_file import Drawing, of_figure
from merestone.law import Count, Parties, source_links

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COUNT_COLUMNS = ("treaty", "on", "bound", "parties_as_the_depositary_counts", "signatures", "withdrawn",
                 "provisionally")  # fmt: skip
PARTIES = "parties, as the depositary counts"
COLUMNS = ("treaty", "state", "name", "standing", "status", "party_from", "first_day_not_bound", "consent",
           "consent_on", "source", "on", "source_links")  # fmt: skip


def parties_csv(listed: Parties) -> str:
    """One row a state: what it is, since when, by which act, and the act's source."""
    text = StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")  # RFC 4180
    writer.writerow(COLUMNS)
    for standing, group in listed.groups.items():
        for count in group:
            act = count.consent or (count.acts[0] if count.acts else None)
            writer.writerow(
                (
                    listed.treaty,
                    count.state.code,
                    count.state.name,
                    standing,
                    count.headline,
                    count.episode.party_from or "",
                    count.episode.effective_on or "",
                    count.consent.kind if count.consent else "",
                    count.consent.day_text if count.consent else "",
                    act.source if act else "",
                    listed.on,
                    " ".join(source_links(act.source)) if act else "",
                )
            )
    return text.getvalue()


def counts_plot(short: str, counted: Sequence[Count], *, on: date, complete_until: date | None) -> bytes:
    """The counts over time as an SVG."""
    return of_figure(_counts_figure(short, counted, on=on, complete_until=complete_until), ".svg")


def counts_drawing(
    treaty: str, short: str, counted: Sequence[Count], *, on: date, complete_until: date | None
) -> Drawing:
    """The counts over time as a drawing, and as a table of one row for each day on which a number changed."""
    rows = [
        (treaty, count.on, count.bound, count.parties, count.signatures, count.withdrawn, count.provisional)
        for count in counted
    ]

    def draw() -> "Figure":
        return _counts_figure(short, counted, on=on, complete_until=complete_until)

    return Drawing(f"{short} counts", COUNT_COLUMNS, rows, draw, {"as of": on.isoformat()})


def parties_drawing(listed: Parties, counts: Drawing) -> Drawing:
    """The list of parties as the table, beside the drawing of the counts."""
    header, *rows = csv.reader(StringIO(parties_csv(listed), newline=""))
    return replace(counts, title=f"{listed.short} parties", header=header, rows=rows)


def _counts_figure(short: str, counted: Sequence[Count], *, on: date, complete_until: date | None) -> "Figure":
    """The numbers over time, with a line where the depositary's list held here ends."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.0, 4.2), layout="constrained")
    axes: Any = figure.add_subplot()
    days: Any = [*(count.on for count in counted), on]
    for label, numbers, look in (
        ("signatures", [count.signatures for count in counted], {"color": "#6b7a82", "linestyle": ":"}),
        (
            "parties, as the depositary counts",
            [count.parties for count in counted],
            {"color": "#9a5b00", "linestyle": "--"},
        ),
        ("bound", [count.bound for count in counted], {"color": "#1b5e8f", "linewidth": 2.2}),
        ("withdrawn", [count.withdrawn for count in counted], {"color": "#b00020", "linestyle": "-."}),
    ):
        axes.step(days, [*numbers, numbers[-1]], where="post", label=f"{label}: {numbers[-1]}", **look)
    if complete_until is not None and complete_until < on:
        axes.axvline(complete_until, color="#333333", linewidth=0.8)
        axes.annotate(
            f"list ends {complete_until}", (complete_until, 0), rotation=90, fontsize=7, ha="right", va="bottom"
        )
    axes.set_ylabel("states")
    axes.set_ylim(bottom=0)
    figure.legend(fontsize=8, loc="outside lower center", ncols=2)
    axes.set_title(f"{short}: states to {on}", fontsize=10)
    figure.autofmt_xdate()
    return figure
