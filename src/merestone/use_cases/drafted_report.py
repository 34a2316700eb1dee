"""A report drafted from a register: a treaty's forms, a donor's summary, the reconciliation."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from merestone.documents.briefing import Briefing
from merestone.documents.reports import WRITERS, Material, Period, gather, period_from, report
from merestone.law import packaged
from merestone.register import EXACT, Register, Viewer
from merestone.terms import FieldRefused, collector_at_rest


@dataclass(frozen=True, kw_only=True)
class DraftedReport:
    """A report and the records behind its figures."""

    name: str
    """A key of `documents.reports.REPORTS`."""
    content: Briefing
    material: Material
    period: Period

    def written(self, ending: str) -> bytes:
        """The file of this ending, with its dot; see `report_writer`."""
        with collector_at_rest():
            return report_writer(ending)(self.content, self.material)


def report_writer(ending: str) -> Callable[[Briefing, Material], bytes]:
    """What writes reports as files of an ending: ``.xlsx``, ``.pdf`` or ``.html``.

    Raises
    ------
    FieldRefused
        Reports are not written so.
    """
    writer = WRITERS.get(ending.lower())
    if writer is None:
        raise FieldRefused("ending", ending, "is not one that reports are written in", f"use {', '.join(WRITERS)}")
    return writer


def drafted_report(
    register: Register,
    name: str,
    period: str | Period,
    *,
    state: str = "",
    true_on: date | None = None,
    known_on: date | datetime | None = None,
    viewer: Viewer = EXACT,
) -> DraftedReport:
    """Draft a report for the state's own reporting officer, each figure with the records behind it.

    Parameters
    ----------
    name
        A key of `documents.reports.REPORTS`, such as ``apmbc-art7``.
    period
        ``2025``, ``2025-03`` or ``2025-01-01/2025-06-30``: days, the last included.
    state
        ISO 3166-1 alpha-3 of the state reported for, such as ``BIH``; for the head of the report alone.
    true_on, known_on
        Valid time and transaction time. Open land is told as of `true_on`, by default the last day of the period.
    viewer
        Whose view. The exact one is for the reporting officer and not for publication.

    Raises
    ------
    FieldRefused
        The report, the period or the state is not known.
    """
    over = period if isinstance(period, Period) else period_from(period)
    code = state.strip().upper()
    state_name = packaged().state(code).name if code else ""
    with collector_at_rest():
        material = gather(register, over, true_on=true_on, known_on=known_on, viewer=viewer, state=state_name)
        return DraftedReport(name=name, content=report(name, material), material=material, period=over)
