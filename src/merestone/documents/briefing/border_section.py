"""The section of a briefing on a state's border: its length, what it runs through, who lives there, claims."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from merestone.border import (
    FIVE_STATES_BORDERS,
    PLACES_GAPS,
    PLACES_SOURCE,
    STRIP_M,
    BorderLength,
    Check,
    ClassTable,
    Cover,
    Finding,
    Terrain,
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
    Block,
    Cell,
    Figure,
    Paragraph,
    Table,
    Tone,
)
from merestone.documents.briefing.drawing import border_map, curve_plot, water_bars

_LINES_SOURCE: Final = (
    "Lines: (c) OpenStreetMap contributors (ODbL), by geo-maps 0.6.0, 30 November 2017. No treaty's lines."
)


TONES: Final = {
    Finding.CONFIRMED: Tone.CONFIRMED,
    Finding.CONTRADICTED: Tone.CONTRADICTED,
    Finding.OPEN: Tone.OPEN,
    Finding.NOT_CHECKABLE: Tone.UNKNOWN,
}


def _length_rows(lengths: Sequence[BorderLength]) -> tuple[tuple[Cell, ...], ...]:
    """A row for each border, beside the published lengths of it."""
    rows = []
    for each in lengths:
        figures = [each.land.length_m, each.land.least_m, each.land.greatest_m]
        parts = [Cell(f"{metres / 1000:,.1f}") for metres in figures]
        water = [Cell(f"{metres / 1000:,.1f}" if metres else "none") for metres in (each.lagoon_m, each.sea_m)]
        published = [figure for figure in published_lengths() if figure.pair == each.pair and figure.series]
        printed = [
            Cell(f"{figure.km:,.1f}".removesuffix(".0")) for figure in sorted(published, key=lambda each: each.series)
        ]
        rows.append((Cell(each.pair), *parts, *water, *printed))
    return tuple(rows)


def _totals_km(lengths: Sequence[BorderLength]) -> list[float]:
    """On land, its least and greatest, across lagoons, across the sea: the sum over all borders."""
    parts = ((e.land.length_m, e.land.least_m, e.land.greatest_m, e.lagoon_m, e.sea_m) for e in lengths)
    return [sum(values) / 1000 for values in zip(*parts, strict=True)]


def _explanations(lengths: Sequence[BorderLength]) -> tuple[tuple[Cell, ...], ...]:
    """What gives the same length as each published figure."""
    return tuple(
        (
            Cell(each.pair),
            Cell(figure.published_by),
            Cell(f"{figure.km:,.1f}"),
            Cell(compared(figure, each).explanation),
        )
        for each in lengths
        for figure in published_lengths()
        if figure.pair == each.pair and figure.series
    )


def border_blocks() -> tuple[Block, ...]:
    """How long each border is, measured and as published."""
    lengths = five_states_lengths()
    totals = _totals_km(lengths)
    sums = [series_sum_km("cia"), series_sum_km("national")]
    together = (Cell("together"), *(Cell(f"{km:,.1f}") for km in totals), *(Cell(f"{km:,.1f}") for km in sums))
    return (
        Paragraph(
            "Measured on the ellipsoid along the finest lines that may be shipped, the five states' borders with "
            f"Russia and Belarus are {totals[0]:,.0f} km long on land, rivers and lakes included. Two maps of one "
            "border differ: over both sides' outlines and tolerances of 15 to 300 m the sum runs from "
            f"{totals[1]:,.0f} to {totals[2]:,.0f} km. The press printed 3,460 km.",
            is_lead=True,
        ),
        Figure(
            border_map(),
            "Map of the eight borders",
            "The borders measured (red; dashed across lagoons, inlets and the territorial sea), lakes along them, "
            "larger places.",
            _LINES_SOURCE + " Places: GeoNames (CC BY 4.0).",
            92,
        ),
        Table(
            ("border, km", "on land", "least", "greatest", "lagoon or inlet", "territorial sea", "CIA", "national"),
            (*_length_rows(lengths), together),
            frozenset(range(1, 8)),
            _LINES_SOURCE + " Geodesic on WGS 84 (Karney 2013), tolerance 120 m; published figures as listed below.",
            (15, 12, 12, 12, 14, 14, 10, 12),
        ),
        Table(
            ("border", "published by", "km", "what gives the same length"),
            _explanations(lengths),
            frozenset({2}),
            "Arithmetic, not testimony: it does not prove that the publisher counted so. "
            + "; ".join(
                dict.fromkeys(
                    figure.source
                    for figure in published_lengths()
                    if figure.series and figure.pair in FIVE_STATES_BORDERS
                )
            ),
            (10, 30, 10, 52),
        ),
    )


def length_blocks() -> tuple[Block, ...]:
    """Why a border has no single length: its length at every resolution."""
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
            "A border with bends has no last length: the finer the ruler, the longer the line. The curve gives the "
            f"length of the eight borders at every resolution. Its slope is a fractal dimension of {fit.dimension:.3f} "
            f"(standard error of the fit {fit.standard_error:.3f}, from {fit.from_m:g} m to {fit.to_m / 1000:g} km).",
            is_lead=True,
        ),
        Figure(
            curve_plot(curve, published),
            "Length against resolution",
            "Length of the eight borders together, and the published sums. Where a dashed line meets the curve, our "
            "line has that length.",
            _LINES_SOURCE + " Douglas-Peucker; what remains is measured geodesically.",
        ),
        Table(
            ("resolution", *(_metres(each.resolution_m) for each in picked)),
            ((Cell("km"), *(Cell(f"{each.length_m / 1000:,.0f}") for each in picked)),),
            frozenset(range(1, len(picked) + 1)),
            "The same curve as figures.",
        ),
    )


def terrain_measured(raster: Path | None, classes: ClassTable | None) -> tuple[Terrain, ...]:
    """The land cover along each border: that of the reader's raster, or the packaged shares of water."""
    if raster is None or classes is None:
        return tuple(surroundings().terrain[pair] for pair in FIVE_STATES_BORDERS)
    strips = [strip_of(packaged_borders()[pair].side_a, STRIP_M / 2) for pair in FIVE_STATES_BORDERS]
    return tuple(raster_terrain(strip, land_cover(strip, raster, classes)) for strip in strips)


def terrain_blocks(terrain: Sequence[Terrain]) -> tuple[Block, ...]:
    """What each border runs through, and what lies within 5 km of it."""
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
        "given. Most rivers are missing from the water data, so its shares are low."
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


def people_blocks() -> tuple[Block, ...]:
    """Who lives within 5 and 10 km of each border."""
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


def claims_blocks(checks: Sequence[Check]) -> tuple[Block, ...]:
    """What was published, beside what is found."""
    rows = tuple(
        (
            Cell(check.word, TONES[check.finding]),
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
            "What newspapers printed in June 2025, in our words, beside what the packaged sources and lines give. "
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


def _metres(metres: float) -> str:
    return f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"
