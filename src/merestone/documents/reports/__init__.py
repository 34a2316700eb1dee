"""Reports to treaties, donors and oneself, as workbook, PDF and page: one content, drawn three times.

Each figure names the records behind it. The forms themselves are data (``forms/``), each with its source. Not here: how
land is balanced (`merestone.release`), what may be seen by whom (`merestone.register`), and when a report is due
(`merestone.law`). A report is a draft for the state's own reporting officer.
"""

from collections.abc import Callable
from typing import Final

from merestone.documents import briefing
from merestone.documents.briefing import Briefing
from merestone.documents.reports.definition import TREATY_REPORTS, Definition, DefinitionBroken, Form
from merestone.documents.reports.definition import definition as report_definition
from merestone.documents.reports.donor import donor_report
from merestone.documents.reports.figure import AddsUp, Part, Trace, Traced, Unit
from merestone.documents.reports.material import Material, gather
from merestone.documents.reports.notes import noted
from merestone.documents.reports.period import Period, period_from
from merestone.documents.reports.reconciliation import reconciliation_report
from merestone.documents.reports.treaty import treaty_report
from merestone.terms import FieldRefused

REPORTS: Final = {
    "apmbc-art7": "Anti-Personnel Mine Ban Convention, Article 7, forms A to J",
    "ccm-art7": "Convention on Cluster Munitions, Article 7, forms A to J (other letters than the mine ban's)",
    "ap2": "CCW Amended Protocol II, national annual report (Article 13(4)), forms A to G",
    "donor": "land released, devices destroyed, cost and people, by donor and organisation",
    "reconciliation": "records, land, devices and people; recorded figures beside computed ones",
}
"""Every report by its name, with what it is."""


def report(name: str, material: Material) -> Briefing:
    """Make a report.

    Raises
    ------
    FieldRefused
        There is no report of that name.
    """
    if name in TREATY_REPORTS:
        return treaty_report(report_definition(name), material)
    if name == "donor":
        return donor_report(material)
    if name == "reconciliation":
        return reconciliation_report(material)
    raise FieldRefused("report", name, "is not a report", f"use one of {', '.join(REPORTS)}")


def xlsx(made: Briefing, material: Material) -> bytes:
    """A report as a workbook: `workbook.xlsx`, read when it is asked for."""
    from merestone.documents.reports import workbook

    return workbook.xlsx(made, material)


WRITERS: Final[dict[str, Callable[[Briefing, Material], bytes]]] = {
    ".xlsx": xlsx,
    ".pdf": lambda made, _: briefing.pdf(noted(made)),
    ".html": lambda made, _: briefing.html_page(noted(made)).encode("utf-8"),
}
"""How a report is written, by the file's ending."""

__all__ = [
    "REPORTS",
    "TREATY_REPORTS",
    "WRITERS",
    "AddsUp",
    "Definition",
    "DefinitionBroken",
    "Form",
    "Material",
    "Part",
    "Period",
    "Trace",
    "Traced",
    "Unit",
    "gather",
    "noted",
    "period_from",
    "report",
    "report_definition",
]
