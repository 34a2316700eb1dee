"""What stands at the head of every report: whose, of which days, for whom, from which register, and what it is not."""

from typing import Final

from merestone.documents.briefing.block import Briefing, Cell, KeyFigure, Paragraph, Section, Table
from merestone.documents.reports.figure import text_cell
from merestone.documents.reports.material import Material
from merestone.register import Snapshot
from merestone.terms import unplaced_text

LIMITS: Final = (
    "A draft for the reporting officer, made from what the register named below holds, and of nothing else. What it "
    "does not know is called not recorded, which is not none. It assures nobody that a place is without danger."
)
_FOR_WHOM: Final = {
    "exact": "the holder of the register: restricted records are in it; it must not be published",
    "partner": "organisations of the programme: what is restricted is withheld",
    "public": "everybody: no attribute is in it, and areas are withheld",
}


def opened(
    title: str,
    material: Material,
    sections: tuple[Section, ...],
    key_figures: tuple[KeyFigure, ...],
    *,
    more: tuple[tuple[str, str], ...] = (),
    lead: str = "",
) -> Briefing:
    """A whole report: its head, and the sections after it.

    Parameters
    ----------
    more
        Further lines of the head, such as the format's version and source.
    lead
        What the first paragraph says beside that it is a draft.
    """
    snapshot, known = material.snapshot, _known(material.snapshot)
    head = Section(
        "about",
        "About this report",
        (
            Paragraph(f"This is a draft for the reporting officer. {lead}".strip(), is_lead=True),
            Table(
                ("", ""),
                tuple((Cell(name), text_cell(value)) for name, value in (*_head_lines(material), *more)),
                frozenset(),
                "A figure in brackets leads to its note at the end, which names the records behind it.",
                (16, 84),
            ),
        ),
    )
    state = f"{material.state}, " if material.state else ""
    return Briefing(
        title,
        f"{state}{material.period}; for the {snapshot.viewer} tier",
        f"{snapshot.true_on}, {known}",
        snapshot.label,
        key_figures,
        (head, *sections),
        LIMITS,
    )


def _known(snapshot: Snapshot) -> str:
    return "all that the register knows" if snapshot.known_on is None else f"as known on {snapshot.known_on}"


def _head_lines(material: Material) -> tuple[tuple[str, str], ...]:
    """What a report is about, from which register, and what stands in no figure of it."""
    snapshot = material.snapshot
    return (
        ("state", material.state or "not stated"),
        ("period", str(material.period)),
        ("true on", f"{snapshot.true_on}: what held in the world on that day"),
        ("known on", _known(snapshot)),
        ("who may see it", f"{snapshot.viewer}: {_FOR_WHOM.get(snapshot.viewer, 'its viewer alone')}"),
        ("register", material.register_id),
        ("chain", f"{material.chain} (event {material.chain_length:,})" if material.chain else "nothing was known yet"),
        (
            "data",
            f"register last written to on {snapshot.written_on or 'no day'}; data from: {snapshot.data_days}",
        ),
        (
            "in quarantine",
            f"{unplaced_text(snapshot.quarantined_count)}; in no figure here",
        ),
        *([("in doubt", " ".join(material.doubts_of_days))] if material.doubts_of_days else []),
    )
