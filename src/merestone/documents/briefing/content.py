"""What a briefing says, section by section. Every figure has its source beside it."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Final

from merestone.border import (
    Check,
    ClassTable,
    Cover,
    Finding,
    Terrain,
    check_claims,
    five_states_lengths,
    packaged_claims,
    surroundings,
)
from merestone.documents.briefing.block import (
    Account,
    Block,
    Briefing,
    Cell,
    Figure,
    KeyFigure,
    Paragraph,
    Section,
    Table,
    Tone,
)
from merestone.documents.briefing.border_section import (
    TONES,
    border_blocks,
    claims_blocks,
    length_blocks,
    people_blocks,
    terrain_blocks,
    terrain_measured,
)
from merestone.documents.briefing.drawing import Clock, clocks_plot
from merestone.geodesy import areas_m2
from merestone.law import NOT_ADVICE, ActKind, packaged, status
from merestone.register import Snapshot
from merestone.release import Clearing
from merestone.terms import number_of

__all__ = ["LIMITS", "Clearing", "brief"]

FIVE_STATES: Final = ("FIN", "EST", "LVA", "LTU", "POL")
NEIGHBOURS: Final = ("RUS", "BLR", "UKR", "NOR")
LIMITS: Final = (
    "This briefing describes. It assures nobody that a place is without danger, advises no military act, and ranks "
    "no place. What is not known is called unknown. " + NOT_ADVICE
)


def brief(
    *,
    on: date,
    snapshot: Snapshot | None = None,
    clearing: Clearing | None = None,
    raster: Path | None = None,
    classes: ClassTable | None = None,
) -> Briefing:
    """Put a briefing together as of a day.

    Parameters
    ----------
    on
        The day for which the law is told and the claims are checked.
    snapshot
        What the register holds, for the viewer to whom the briefing goes; None: no register was given.
    clearing
        The reader's own assumptions; None: the section says which would be needed.
    raster, classes
        The reader's own land cover and what its values mean.

    Raises
    ------
    FileRefused, FieldRefused
        The raster cannot be used.
    """
    checks = check_claims(packaged_claims().claims, on=on)
    terrain = terrain_measured(raster, classes)
    sections = (
        Section("law", "Who is bound by what", _law(on)),
        Section("border", "The border, measured", border_blocks()),
        Section("length", "Why there is no single length", length_blocks()),
        Section("terrain", "What the border runs through", terrain_blocks(terrain)),
        Section("people", "Who lives beside it", people_blocks()),
        Section("claims", "What was published, and what we find", claims_blocks(checks)),
        Section("register", "What the register holds", _register(snapshot)),
        Section("clearing", "What clearing would take", _clearing(clearing)),
        Section("how", "How each claim was checked", tuple(_account(check) for check in checks)),
        Section("sources", "Sources and limits", _sources()),
    )
    return Briefing(
        "Five states, one border, and the ban on mines",
        "Finland, Estonia, Latvia, Lithuania and Poland beside Russia and Belarus: law, length, land, people, claims",
        on.isoformat(),
        snapshot.label if snapshot else "",
        _key_figures(on, checks, terrain),
        sections,
        LIMITS,
    )


def _key_figures(on: date, checks: Sequence[Check], terrain: Sequence[Terrain]) -> tuple[KeyFigure, ...]:
    lengths = five_states_lengths()
    km = sum(each.land.length_m for each in lengths) / 1000
    least, greatest = (sum(getattr(each.land, name) for each in lengths) / 1000 for name in ("least_m", "greatest_m"))
    bound = sum(status(state, "apmbc", on=on).is_bound for state in FIVE_STATES)
    water = sum((each.shares[Cover.OPEN_WATER] or 0.0) * each.area_m2 for each in terrain)
    people = surroundings().all_people.people
    counts = Counter(check.finding for check in checks)
    return (
        KeyFigure(f"{5 - bound} of 5", f"states no longer bound by the Mine Ban Convention on {on}"),
        KeyFigure(f"{km:,.0f} km", f"of border on land ({least:,.0f} - {greatest:,.0f} by side and tolerance)"),
        KeyFigure(f"{water / sum(each.area_m2 for each in terrain):.0%}", "of the 10 km along it is open water"),
        KeyFigure(f"{people:,}", "people in listed places within 10 km, on both sides"),
        KeyFigure(
            f"{counts[Finding.CONTRADICTED]} of {len(checks)}",
            f"published claims contradicted, {counts[Finding.CONFIRMED]} confirmed",
        ),
    )


def _law(on: date) -> tuple[Block, ...]:
    library = packaged()
    rows, clocks = [], []
    for code in FIVE_STATES + NEIGHBOURS:
        ban = status(code, "apmbc", on=on)
        others = [status(code, key, on=on) for key in ("ccw-ap2", "ccw-p5", "ccm")]
        tone = Tone.CONFIRMED if ban.is_bound else Tone.CONTRADICTED
        rows.append((Cell(library.state(code).name), Cell(ban.phrase, tone), *(Cell(other.phrase) for other in others)))
        if code in FIVE_STATES:
            acts = library.holding("apmbc").by_state[code]
            signed = next((act.on for act in acts if act.kind is ActKind.SIGNATURE), None)
            notice = next((act.on for act in acts if act.kind is ActKind.NOTICE and act.on <= on), None)
            party_from = ban.episode.party_from
            assert party_from is not None
            clocks.append(Clock(library.state(code).name, signed, party_from, notice, ban.episode.effective_on))
    sources = sorted(
        {
            act.source
            for code in FIVE_STATES
            for act in library.holding("apmbc").by_state[code]
            if act.kind in (ActKind.NOTICE, ActKind.IN_EFFECT)
        }
    )
    return (
        Paragraph(
            f"On {on}, whether a state may make, keep or lay anti-personnel mines depends on its own acts. A "
            "notice of withdrawal takes effect six calendar months after the depositary has received it (art. 20(3)).",
            is_lead=True,
        ),
        Figure(
            clocks_plot(clocks, on),
            "Time line of the five states under the Convention",
            "When each of the five was bound by the Mine Ban Convention.",
            "Acts: " + "; ".join(sources),
        ),
        Table(
            ("state", "Mine Ban Convention", "CCW Amended Protocol II", "CCW Protocol V", "Cluster Munitions"),
            tuple(rows),
            frozenset(),
            library.holding("apmbc").coverage,
            (13, 24, 22, 22, 22),
        ),
        Paragraph(
            "What still binds after the Convention: Amended Protocol II restricts every use of mines. "
            "Minefields must be recorded and, where not self-destructing, marked, watched and fenced (art. 5), "
            "and cleared or handed over without delay once active hostilities end (art. 10). Records must be kept and "
            "given (art. 9).",
        ),
        Paragraph(NOT_ADVICE, is_note=True),
    )


def _account(check: Check) -> Account:
    claim = check.claim
    lines = [("claim", claim.text), ("published by", f"{claim.publication.line} ({claim.publication.source})")]
    if claim.note:
        lines.append(("note", claim.note))
    lines.append(("we find", check.measured))
    lines += [("how", step) for step in check.how]
    if check.sources:
        lines.append(("sources", "; ".join(check.sources)))
    if check.command:
        lines.append(("by hand", check.command))
    return Account(f"claim-{claim.id}", claim.id, Cell(check.word, TONES[check.finding]), tuple(lines))


def _register(snapshot: Snapshot | None) -> tuple[Block, ...]:
    if snapshot is None:
        return (
            Paragraph(
                "No register was given with this briefing, so nothing can be said here of recorded "
                "hazards. That is "
                "unknown, not none.",
                is_lead=True,
            ),
        )
    records = snapshot.shown
    counts = Counter(record.kind for record in records)
    areas = dict.fromkeys(counts, 0.0)
    for record, m2 in zip(records, areas_m2([record.geometry for record in records]).tolist(), strict=True):
        areas[record.kind] += m2
    rows = tuple(
        (
            Cell(kind.label),
            Cell(f"{count:,}"),
            Cell(f"{areas[kind] / 1e6:,.2f}" if areas[kind] else ""),
            Cell("yes" if kind.is_hazard else "no"),
        )
        for kind, count in counts.items()
    )
    waiting = snapshot.quarantined_count
    doubts = snapshot.doubts_of_days
    return (
        Paragraph(
            f"{number_of(len(snapshot.records), 'record holds', 'records hold')} on {snapshot.true_on} for the viewer "
            f"“{snapshot.viewer}”; the register was last written to on {snapshot.written_on or 'no day'}; "
            f"data from: {snapshot.data_days}."
            + (
                f" {number_of(waiting, 'row waits', 'rows wait')} in quarantine: "
                f"{'a hazard' if waiting == 1 else 'hazards'} that may exist, without a usable place."
                if waiting
                else ""
            )
            + "".join(f" {sentence}" for sentence in doubts),
            is_lead=True,
        ),
        Table(
            ("kind", "records", "area km²", "warned of"),
            rows,
            frozenset({1, 2}),
            "The register given. Areas are geodesic, summed as recorded; where they overlap they count twice. "
            "The public "
            "tier's outlines contain the true ones and are larger.",
        ),
    )


def _clearing(clearing: Clearing | None) -> tuple[Block, ...]:
    if clearing is None:
        return (
            Paragraph(
                "Nothing is assumed here. Give your programme's own figures and the arithmetic is shown: "
                "area, what one "
                "team clears in a day, teams, working days a year, and, if you like, cost per square "
                "metre.",
                is_lead=True,
            ),
            Paragraph(
                "merestone brief --clear-km2 ... --rate-m2-day ... --teams ... --days-year ... [--cost-m2 ...]",
                is_note=True,
            ),
        )
    own = Cell("the reader's own", Tone.OPEN)
    rows = [
        (Cell("area to clear"), Cell(f"{clearing.area_m2 / 1e6:,.3f} km²"), own),
        (Cell("one team clears in a day"), Cell(f"{clearing.rate_m2_per_day:,.0f} m²"), own),
        (Cell("teams"), Cell(f"{clearing.teams:,}"), own),
        (Cell("working days in a year"), Cell(f"{clearing.days_per_year:,}"), own),
        (Cell("days of one team"), Cell(f"{clearing.team_days:,.0f}"), Cell("area / rate")),
        (Cell("years with all teams"), Cell(f"{clearing.years:,.1f}"), Cell("days / teams / working days")),
    ]
    if clearing.cost_per_m2 is not None:
        cost = clearing.cost_per_m2 * clearing.area_m2
        rows.insert(4, (Cell("cost of a square metre"), Cell(f"{clearing.cost_per_m2:,.2f} {clearing.currency}"), own))
        rows.append((Cell("cost"), Cell(f"{cost:,.0f} {clearing.currency}"), Cell("area x cost")))
    return (
        Paragraph(f"With the reader's own assumptions, clearing takes {clearing.years:,.1f} years.", is_lead=True),
        Table(
            ("quantity", "figure", "from"),
            tuple(rows),
            frozenset({1}),
            "No figure of this table is ours: no survey, weather, soil, depth or access is considered. Plan "
            "with survey "
            "results, not with this.",
        ),
    )


def _sources() -> tuple[Block, ...]:
    return (
        Paragraph(LIMITS, is_lead=True),
        Paragraph(
            "Lines and water: (c) OpenStreetMap contributors, Open Database License 1.0, through geo-maps "
            "0.6.0, "
            "30 November 2017. Places: GeoNames, CC BY 4.0. Published lengths, claims and stockpiles: as "
            "cited at "
            "each. Law: acts of states with a source each, as cited."
        ),
        Paragraph(
            "What was computed can be computed again: merestone border, merestone claims check, merestone law.",
            is_note=True,
        ),
    )
