"""What a briefing says, section by section. Every figure has its source beside it."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Final

from merestone.border import (
    FIVE_STATES_BORDERS,
    PLACES_GAPS,
    PLACES_SOURCE,
    STRIP_M,
    Check,
    ClassTable,
    Cover,
    Finding,
    Terrain,
    check_claims,
    compared,
    five_states_lengths,
    fractal_dimension,
    land_cover,
    packaged_borders,
    packaged_claims,
    published_lengths,
    raster_terrain,
    series_sum_km,
    strip_of,
    summed_curve,
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
from merestone.documents.briefing.drawing import Clock, border_map, clocks_plot, curve_plot, water_bars
from merestone.geodesy import areas_m2
from merestone.law import NOT_ADVICE, ActKind, packaged, status
from merestone.register import Snapshot
from merestone.release import Clearing

__all__ = ["LIMITS", "Clearing", "brief"]

FIVE_STATES: Final = ("FIN", "EST", "LVA", "LTU", "POL")
NEIGHBOURS: Final = ("RUS", "BLR", "UKR", "NOR")
LIMITS: Final = (
    "This briefing describes. It assures nobody that a place is without danger, advises no military act, and "
    "ranks no "
    "place. What is not known is called unknown. " + NOT_ADVICE
)
_TONES: Final = {
    Finding.CONFIRMED: Tone.CONFIRMED,
    Finding.CONTRADICTED: Tone.CONTRADICTED,
    Finding.OPEN: Tone.OPEN,
    Finding.NOT_CHECKABLE: Tone.UNKNOWN,
}
_LINES_SOURCE: Final = (
    "Lines: (c) OpenStreetMap contributors (ODbL), by geo-maps 0.6.0, 30 November 2017. No treaty's lines."
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
    terrain = _terrain(raster, classes)
    sections = (
        Section("law", "Who is bound by what", _law(on)),
        Section("border", "The border, measured", _border()),
        Section("length", "Why there is no single length", _length()),
        Section("terrain", "What the border runs through", _land(terrain)),
        Section("people", "Who lives beside it", _people()),
        Section("claims", "What was published, and what we find", _claims(checks)),
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
    held = packaged()
    rows, clocks = [], []
    for code in FIVE_STATES + NEIGHBOURS:
        ban = status(code, "apmbc", on=on)
        others = [status(code, key, on=on) for key in ("ccw-ap2", "ccw-p5", "ccm")]
        tone = Tone.CONFIRMED if ban.is_bound else Tone.CONTRADICTED
        rows.append((Cell(held.state(code).name), Cell(ban.phrase, tone), *(Cell(other.phrase) for other in others)))
        if code in FIVE_STATES:
            acts = held.holding("apmbc").by_state[code]
            signed = next((act.on for act in acts if act.kind is ActKind.SIGNATURE), None)
            notice = next((act.on for act in acts if act.kind is ActKind.NOTICE and act.on <= on), None)
            party_from = ban.episode.party_from
            assert party_from is not None
            clocks.append(Clock(held.state(code).name, signed, party_from, notice, ban.episode.effective_on))
    sources = sorted(
        {
            act.source
            for code in FIVE_STATES
            for act in held.holding("apmbc").by_state[code]
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
            held.holding("apmbc").coverage,
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


def _border() -> tuple[Block, ...]:
    lengths = five_states_lengths()
    rows = []
    for each in lengths:
        figures = [each.land.length_m, each.land.least_m, each.land.greatest_m]
        parts = [Cell(f"{metres / 1000:,.1f}") for metres in figures]
        water = [Cell(f"{metres / 1000:,.1f}" if metres else "none") for metres in (each.lagoon_m, each.sea_m)]
        ours = [one for one in published_lengths() if one.pair == each.pair and one.series]
        printed = [Cell(f"{one.km:,.1f}".removesuffix(".0")) for one in sorted(ours, key=lambda one: one.series)]
        rows.append((Cell(each.pair), *parts, *water, *printed))
    totals = [
        sum(values) / 1000
        for values in zip(
            *((e.land.length_m, e.land.least_m, e.land.greatest_m, e.lagoon_m, e.sea_m) for e in lengths), strict=True
        )
    ]
    sums = [series_sum_km("cia"), series_sum_km("national")]
    rows.append((Cell("together"), *(Cell(f"{km:,.1f}") for km in totals), *(Cell(f"{km:,.1f}") for km in sums)))
    explained = []
    for each in lengths:
        for one in published_lengths():
            if one.pair == each.pair and one.series:
                found = compared(one, each)
                explained.append(
                    (Cell(each.pair), Cell(one.published_by), Cell(f"{one.km:,.1f}"), Cell(found.explanation))
                )
    return (
        Paragraph(
            f"Measured on the ellipsoid along the finest lines that may be shipped, the five states' borders with "
            f"Russia and "
            f"Belarus are {totals[0]:,.0f} km long on land, rivers and lakes included. Two maps of one border "
            f"differ: over both "
            f"sides' outlines and tolerances of 15 to 300 m the sum runs from {totals[1]:,.0f} to "
            f"{totals[2]:,.0f} km. "
            f"The press printed 3,460 km.",
            is_lead=True,
        ),
        Figure(
            border_map(),
            "Map of the eight borders",
            "The borders measured (red; dashed across lagoons, "
            "inlets and the "
            "territorial sea), lakes along them, larger places.",
            _LINES_SOURCE + " Places: GeoNames (CC BY 4.0).",
            92,
        ),
        Table(
            ("border, km", "on land", "least", "greatest", "lagoon or inlet", "territorial sea", "CIA", "national"),
            tuple(rows),
            frozenset(range(1, 8)),
            _LINES_SOURCE + " Geodesic on WGS 84 (Karney 2013), tolerance 120 m; published figures as listed below.",
            (15, 12, 12, 12, 14, 14, 10, 12),
        ),
        Table(
            ("border", "published by", "km", "what gives the same length"),
            tuple(explained),
            frozenset({2}),
            "Arithmetic, not testimony: it does not prove that the publisher counted so. "
            + "; ".join(
                dict.fromkeys(
                    one.source for one in published_lengths() if one.series and one.pair in FIVE_STATES_BORDERS
                )
            ),
            (10, 30, 10, 52),
        ),
    )


def _length() -> tuple[Block, ...]:
    curve = summed_curve(five_states_lengths())
    fit = fractal_dimension(curve)
    picked = [each for each in curve if round(each.resolution_m / 10 ** len(str(int(each.resolution_m))), 3) == 0.1]
    published = [
        ("CIA", series_sum_km("cia")),
        ("national figures", series_sum_km("national")),
        ("the press", 3460.0),
    ]
    return (
        Paragraph(
            "A border with bends has no last length: the finer the ruler, the longer the line. The curve gives "
            "the length of "
            f"the eight borders at every resolution. Its slope is a fractal dimension of {fit.dimension:.3f} "
            f"(standard error of the fit {fit.standard_error:.3f}, from {fit.from_m:g} m to {fit.to_m / 1000:g} km).",
            is_lead=True,
        ),
        Figure(
            curve_plot(curve, published),
            "Length against resolution",
            "Length of the eight borders together, "
            "and the "
            "published sums. Where a dashed line meets the curve, our line has that length.",
            _LINES_SOURCE + " Douglas-Peucker; what remains is measured geodesically.",
        ),
        Table(
            ("resolution", *(_metres(each.resolution_m) for each in picked)),
            ((Cell("km"), *(Cell(f"{each.length_m / 1000:,.0f}") for each in picked)),),
            frozenset(range(1, len(picked) + 1)),
            "The same curve as figures.",
        ),
    )


def _terrain(raster: Path | None, classes: ClassTable | None) -> tuple[Terrain, ...]:
    if raster is None or classes is None:
        return tuple(surroundings().terrain[pair] for pair in FIVE_STATES_BORDERS)
    strips = [strip_of(packaged_borders()[pair].side_a, STRIP_M / 2) for pair in FIVE_STATES_BORDERS]
    return tuple(raster_terrain(strip, land_cover(strip, raster, classes)) for strip in strips)


def _land(terrain: Sequence[Terrain]) -> tuple[Block, ...]:
    along = [surroundings().along[pair] for pair in FIVE_STATES_BORDERS]
    bars = [
        (pair, each.in_water_m, each.along_water_m, each.rest_m)
        for pair, each in zip(FIVE_STATES_BORDERS, along, strict=True)
    ]
    rows = tuple(
        (Cell(pair), Cell(f"{each.area_m2 / 1e6:,.0f}"), *(_share(each.shares[cover]) for cover in Cover))
        for pair, each in zip(FIVE_STATES_BORDERS, terrain, strict=True)
    )
    unknown = any(share is None for each in terrain for share in each.shares.values())
    lead = (
        "Only water can be shipped with this document; how much is forest is unknown until a land-cover raster is "
        "given. "
        "Most rivers are missing from the water data, so its shares are low."
        if unknown
        else "The shares are those of the land-cover raster that was given, each cell weighed by its true area."
    )
    return (
        Paragraph(lead, is_lead=True),
        Figure(
            water_bars(bars),
            "Water along each border",
            "What each border line itself runs through.",
            "Water: (c) OpenStreetMap contributors (ODbL), by geo-maps 0.6.0, 30 November 2017; areas over about 1 ha.",
        ),
        Table(
            ("strip of 10 km", "area km²", *(str(cover) for cover in Cover)),
            rows,
            frozenset(range(1, 2 + len(Cover))),
            f"{terrain[0].source}; {terrain[0].resolution}. 5 km on either side; areas on the ellipsoid.",
        ),
    )


def _share(share: float | None) -> Cell:
    return Cell("unknown", Tone.UNKNOWN) if share is None else Cell(f"{share:.1%}")


def _people() -> tuple[Block, ...]:
    rows = []
    for pair in FIVE_STATES_BORDERS:
        for each in surroundings().people[pair]:
            a, b = pair.split("-")
            other = each.people - each.people_by_state.get(a, 0) - each.people_by_state.get(b, 0)
            by_state = [Cell(f"{each.people_by_state.get(state, 0):,}") for state in (a, b)]
            rows.append(
                (
                    Cell(pair),
                    Cell(f"{each.within_m / 1000:g} km"),
                    Cell(f"{each.places}"),
                    Cell(f"{each.people:,}"),
                    *by_state,
                    Cell(f"{other:,}" if other else ""),
                    Cell(f"{each.without_population or ''}"),
                )
            )
    return (
        Paragraph(
            "Whom a warning would have to reach first: the settlements within 5 and 10 km of each border, on both "
            "sides.",
            is_lead=True,
        ),
        Table(
            ("border", "within", "places", "people", "first state", "second state", "others", "places without figure"),
            tuple(rows),
            frozenset(range(1, 8)),
            f"{PLACES_SOURCE}. Gaps: {PLACES_GAPS}.",
        ),
    )


def _claims(checks: Sequence[Check]) -> tuple[Block, ...]:
    rows = tuple(
        (
            Cell(check.word, _TONES[check.finding]),
            Cell(check.claim.text),
            Cell(check.measured),
            Cell("how", leads_to=f"claim-{check.claim.id}"),
        )
        for check in checks
    )
    names = packaged_claims().names
    printed = " and ".join(f"“{name.printed}”" for name in names)
    publications = sorted({check.claim.publication.line for check in checks})
    return (
        Paragraph(
            "What newspapers printed in June 2025, in our words, beside what the sources and lines held here give. "
            "Each row leads to how it was checked.",
            is_lead=True,
        ),
        Table(
            ("finding", "claim", "what we find", ""),
            rows,
            frozenset(),
            "Published by: " + "; ".join(publications),
            (14, 36, 42, 6),
        ),
        Paragraph(
            f"Names: the report prints {printed}; both are {names[0].actual} (source: {names[0].source}).", is_note=True
        ),
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
    return Account(f"claim-{claim.id}", claim.id, Cell(check.word, _TONES[check.finding]), tuple(lines))


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
            f"{len(snapshot.records):,} records hold on {snapshot.true_on} for the viewer "
            f"“{snapshot.viewer}”; the register was last written to on {snapshot.written_on or 'no day'}; "
            f"data from: {snapshot.data_days}."
            + (
                f" {waiting:,} rows wait in quarantine: hazards that may exist, without a usable place."
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


def _metres(metres: float) -> str:
    return f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"
