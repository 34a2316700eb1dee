"""Lists of parties to a treaty as CSV, and the counts over time as CSV and as a drawing (SVG or PNG, by Matplotlib)."""

import csv
from collections.abc import Sequence
from datetime import date
from io import BytesIO, StringIO
from typing import Any

from merestone.law import Count, Parties

PARTIES = "parties, as the depositary counts"
COLUMNS = ("treaty", "state", "name", "standing", "status", "party_from", "first_day_not_bound", "consent",
           "consent_on", "source", "on")  # fmt: skip


def parties_csv(listed: Parties) -> str:
    """One row a state: what it is, since when, by which act, and the act's source."""
    text = StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")  # RFC 4180
    writer.writerow(COLUMNS)
    for standing, group in listed.groups.items():
        for one in group:
            act = one.consent or (one.acts[0] if one.acts else None)
            writer.writerow(
                (
                    listed.treaty,
                    one.state.code,
                    one.state.name,
                    standing,
                    one.headline,
                    one.episode.party_from or "",
                    one.episode.effective_on or "",
                    one.consent.kind if one.consent else "",
                    one.consent.day_text if one.consent else "",
                    act.source if act else "",
                    listed.on,
                )
            )
    return text.getvalue()


def counts_csv(treaty: str, counted: Sequence[Count]) -> str:
    """One row a day on which a number changed."""
    text = StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(("treaty", "on", "bound", "parties_as_the_depositary_counts", "signatures", "withdrawn",
                     "provisionally"))  # fmt: skip
    for one in counted:
        writer.writerow((treaty, one.on, one.bound, one.parties, one.signatures, one.withdrawn, one.provisional))
    return text.getvalue()


def counts_plot(
    short: str, counted: Sequence[Count], *, on: date, complete_until: date | None, form: str = "svg"
) -> bytes:
    """The numbers over time, with a line where the depositary's list held here ends. `form` is svg or png."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.0, 4.2), layout="constrained")
    axes: Any = figure.add_subplot()
    days: Any = [*(one.on for one in counted), on]
    for label, numbers, look in (
        ("signatures", [one.signatures for one in counted], {"color": "#6b7a82", "linestyle": ":"}),
        (
            "parties, as the depositary counts",
            [one.parties for one in counted],
            {"color": "#9a5b00", "linestyle": "--"},
        ),
        ("bound", [one.bound for one in counted], {"color": "#1b5e8f", "linewidth": 2.2}),
        ("withdrawn", [one.withdrawn for one in counted], {"color": "#b00020", "linestyle": "-."}),
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
    drawn = BytesIO()
    with mpl.rc_context({"svg.hashsalt": "merestone", "svg.fonttype": "none"}):
        metadata = {"Date": None} if form == "svg" else None
        figure.savefig(drawn, format=form, dpi=150, metadata=metadata)
    return drawn.getvalue()
