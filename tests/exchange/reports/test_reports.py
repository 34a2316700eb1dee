"""Each figure of a report equals an independent sum over the records that it names; units are never mixed."""

import re
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pyproj
import pytest
import shapely
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import Point

from merestone.cli.main import merestone
from merestone.documents.briefing import Briefing
from merestone.documents.briefing.block import Cell, Table
from merestone.documents.reports import (
    REPORTS,
    WRITERS,
    AddsUp,
    Material,
    Traced,
    Unit,
    gather,
    noted,
    period_from,
    report,
)
from merestone.register import EXACT, PARTNER, PUBLIC, Record, Register, SheetRecord
from merestone.terms import FieldRefused, RecordKind
from tests.conftest import missing_engine
from tests.exchange.reports.conftest import LABEL, entry, material_of, patch

GEOD = pyproj.Geod(ellps="WGS84")
Known = tuple[Path, dict[str, str]]


def geodesic_m2(geometry: Any) -> float:
    """An area by PROJ, which our own measure is not made with."""
    return abs(float(GEOD.geometry_area_perimeter(shapely.orient_polygons(shapely.segmentize(geometry, 0.0005)))[0]))


def cells(made: Briefing) -> list[tuple[str, str, Traced]]:
    return [
        (section.title, block.columns[k], cell)
        for section in made.sections
        for block in section.blocks
        if isinstance(block, Table)
        for row in block.rows
        for k, cell in enumerate(row)
        if isinstance(cell, Traced)
    ]


def table(made: Briefing, section: str, column: str) -> Table:
    """The table of a section that has a column."""
    found = next(one for one in made.sections if one.title.startswith(section))
    return next(block for block in found.blocks if isinstance(block, Table) and column in block.columns)


def row_of(found: Table, *starts: str) -> dict[str, Cell]:
    for row in found.rows:
        if all(cell.text.startswith(start) for cell, start in zip(row, starts, strict=False)):
            return dict(zip(found.columns, row, strict=True))
    raise AssertionError(f"no row {starts} in {[[cell.text for cell in row] for row in found.rows]}")


def amounts_by_record(material: Material) -> Mapping[tuple[str, Unit], set[float]]:
    """What each record states, read from the register anew: not by the report's own readers."""
    stated: dict[tuple[str, Unit], set[float]] = defaultdict(set)
    held: tuple[Record | SheetRecord, ...] = (
        *material.snapshot.records,
        *material.opening.records,
        *material.sheets,
    )
    for one in held:
        for name, unit in (
            ("items", Unit.ITEMS),
            ("killed", Unit.PEOPLE),
            ("injured", Unit.PEOPLE),
            ("women", Unit.PEOPLE),
            ("men", Unit.PEOPLE),
            ("girls", Unit.PEOPLE),
            ("boys", Unit.PEOPLE),
            ("recorded_area_m2", Unit.M2),
            ("cost", Unit.MONEY),
        ):
            if name in one.attributes:
                stated[one.record_id, unit].add(float(one.attributes[name]))
    return stated


def assert_adds_up(made: Briefing, material: Material) -> int:
    """Every traced figure follows from the records it names; gives how many were checked."""
    outlines = {r.record_id: r.geometry for r in (*material.opening.records, *material.snapshot.records)}
    stated = amounts_by_record(material)
    checked = 0
    for where, column, cell in cells(made):
        if cell.trace is None or cell.value is None:
            continue
        here = f"{where}: {column} = {cell.text}"
        counted = [part for part in cell.trace.parts if not part.taken_off]
        off = [part for part in cell.trace.parts if part.taken_off]
        assert len({(part.record_id, part.taken_off) for part in cell.trace.parts}) == len(cell.trace.parts), here
        match cell.trace.adds_up:
            case AddsUp.COUNT:
                assert cell.value == len(counted), here
            case AddsUp.UNION:
                area = shapely.union_all([outlines[part.record_id] for part in counted])
                area = shapely.difference(area, shapely.union_all([outlines[part.record_id] for part in off]))
                expected_m2 = 0.0 if area.is_empty else geodesic_m2(area)
                assert cell.value == pytest.approx(expected_m2, rel=1e-6, abs=0.01), here
            case AddsUp.SUM:
                assert cell.value == pytest.approx(sum(part.amount or 0 for part in counted), rel=1e-12), here
                for part in counted:
                    measured = {geodesic_m2(outlines[part.record_id])} if cell.unit is Unit.M2 else set()
                    known = stated[part.record_id, cell.unit] | measured
                    fits = [one for one in known if part.amount == pytest.approx(one, rel=1e-6, abs=0.01)]
                    assert fits, (here, part, known)
            case AddsUp.QUOTIENT:
                above, below = (sum(part.amount or 0 for part in parts) for parts in (counted, off))
                assert cell.value == pytest.approx(above / below), here
            case _:
                raise AssertionError(here)
        checked += 1
    return checked


@pytest.mark.parametrize("name", REPORTS)
def test_each_figure_follows_from_the_records_it_names(known_register: Known, name: str) -> None:
    material = material_of(known_register[0])
    assert assert_adds_up(report(name, material), material) > 5


def test_the_mine_ban_forms_hold_the_known_figures(known_register: Known) -> None:
    path, ids = known_register
    made = report("apmbc-art7", material_of(path))
    confirmed = table(made, "Form C", "Date of emplacement")
    assert row_of(confirmed, "North")["Record"].text == ids["cha"]
    assert row_of(confirmed, "North")["Quantity"].text == "not recorded"
    listed = {row[-1].text for block in made.sections[3].blocks if isinstance(block, Table) for row in block.rows}
    assert {ids["sha"], ids["silent"]} <= listed, "what is unknown or not recorded is listed"
    assert ids["bomblets"] not in listed, "what is recorded as cluster munitions only is not"
    mines = row_of(table(made, "Form G", "Quantity, items"), "PMA-2")["Quantity, items"]
    assert isinstance(mines, Traced)
    assert (mines.value, mines.text) == (7, "7, and 1 not recorded"), "a missing number is told, and is not 0"
    assert not any(cell.text.startswith("BLU-97") for cell in flat(made)), "no submunition is an anti-personnel mine"
    girls = row_of(table(made, "Form I", "Girls, people"), "school")["Girls, people"]
    assert isinstance(girls, Traced)
    assert girls.value == 12, "the session of the year before is not in the period"
    assert row_of(table(made, "Form I", "Women, people"), "school")["Women, people"].text == "not recorded"


def test_released_land_counts_once_and_to_the_strongest(known_register: Known) -> None:
    made = report("apmbc-art7", material_of(known_register[0]))
    rows = table(made, "Form F", "Released land")
    found = {}
    for product in ("cancelled", "reduced", "cleared"):
        cell = next(row[3] for row in rows.rows if row[0].text.startswith(product) and "not recorded" in row[1].text)
        assert isinstance(cell, Traced)
        found[product] = cell.value or 0.0
    a, b, c = patch(0.06), patch(0.061), patch(0.0615)
    assert found["cleared"] == pytest.approx(geodesic_m2(c), rel=1e-6)
    assert found["reduced"] == pytest.approx(geodesic_m2(b - c), rel=1e-6)
    assert found["cancelled"] == pytest.approx(geodesic_m2(a - b - c), rel=1e-6)
    assert sum(found.values()) == pytest.approx(geodesic_m2(shapely.union_all([a, b, c])), rel=1e-6)


def test_the_same_letter_means_another_form_in_the_other_treaty(known_register: Known) -> None:
    material = material_of(known_register[0])
    ban, cluster = report("apmbc-art7", material), report("ccm-art7", material)
    titles = [[s.title for s in made.sections if s.title.startswith("Form C")] for made in (ban, cluster)]
    assert titles == [["Form C: Location of mined areas"], [titles[1][0]]]
    assert "Technical characteristics" in titles[1][0]
    remnants = row_of(table(cluster, "Form F", "Quantity, items"), "BLU-97")["Quantity, items"]
    assert isinstance(remnants, Traced)
    assert remnants.value == 5
    assert not any("PMA-2" in cell.text for cell in flat(cluster))


def test_reconciliation_sets_recorded_beside_computed_and_flags(known_register: Known) -> None:
    path, ids = known_register
    made = report("reconciliation", material_of(path))
    flagged = table(made, "Land, m2: recorded", "recorded / computed")
    own_m2 = geodesic_m2(patch(0.0))
    assert abs(90_000 - own_m2) > 0.05 * own_m2 >= abs(50_000 - own_m2)
    assert [row[0].text for row in flagged.rows] == [ids["sha"]]
    people = table(made, "People", "as the records of people say, people")
    said, held = row_of(people, "injured")["as the accidents say, people"], row_of(people, "injured")
    assert isinstance(said, Traced)
    assert said.value == 2
    assert held["as the records of people say, people"].text == "1"


def test_the_donor_summary_finds_donor_and_organisation_through_the_activity(known_register: Known) -> None:
    made = report("donor", material_of(known_register[0]))
    by_donor = table(made, "Land released, m2, by donor", "donor")
    assert [row[0].text for row in by_donor.rows] == ["A", "B"]
    a, b = row_of(by_donor, "A"), row_of(by_donor, "B")
    one, two = patch(0.06), patch(0.061)
    for cell, expected_m2 in (
        (a["cancelled"], geodesic_m2(one - two)),
        (a["reduced"], geodesic_m2(two)),
        (b["cleared"], geodesic_m2(patch(0.0615))),
        (a["released, each m2 once"], geodesic_m2(one | two)),
    ):
        assert isinstance(cell, Traced)
        assert cell.value == pytest.approx(expected_m2, rel=1e-6)
    assert a["cleared"].text == "none recorded"
    assert a["as recorded, added up"].text == "50,000, and 1 not recorded"
    organisations = table(made, "Land released, m2, by organisation", "organisation")
    assert [row[0].text for row in organisations.rows] == ["not recorded", "Organisation One"]
    cost = table(made, "Cost", "cost")
    assert row_of(cost, "B", "Organisation One", "EUR")["cost"].text == "1,200.50"
    assert row_of(cost, "A", "Organisation One", "not recorded")["cost"].text == "not recorded"
    destroyed = row_of(table(made, "Devices", "items"), "B", "Organisation One", "ap mine")["items"]
    assert isinstance(destroyed, Traced)
    assert destroyed.value == 7


def flat(made: Briefing) -> list[Cell]:
    return [
        cell
        for section in made.sections
        for block in section.blocks
        if isinstance(block, Table)
        for row in block.rows
        for cell in row
    ]


@pytest.mark.parametrize("name", REPORTS)
def test_no_figure_has_two_units_and_its_records_have_its_own(known_register: Known, name: str) -> None:
    material = material_of(known_register[0])
    kinds = {r.record_id: r.kind for r in material.snapshot.records}
    made = report(name, material)
    for where, column, cell in cells(made):
        for part in cell.trace.parts if cell.trace else ():
            kind = kinds.get(part.record_id)
            if cell.unit is Unit.ITEMS:
                assert kind is RecordKind.SPOT_FIND, (where, column)
            if cell.unit is Unit.PEOPLE:
                assert kind in (RecordKind.ACCIDENT, RecordKind.INCIDENT, None), (where, column)
            if cell.unit is Unit.M2:
                assert kind not in (RecordKind.SPOT_FIND, RecordKind.ACCIDENT, None), (where, column)
    for section in made.sections:
        for block in section.blocks:
            if isinstance(block, Table):
                for k in range(len(block.columns)):
                    units = {row[k].unit for row in block.rows if isinstance(row[k], Traced)}  # type: ignore[attr-defined]
                    assert len(units) <= 1, (section.title, block.columns[k], units)


@pytest.mark.parametrize("name", REPORTS)
def test_the_workbook_read_back_has_each_figure_and_its_records(known_register: Known, name: str) -> None:
    material = material_of(known_register[0])
    made = report(name, material)
    book = openpyxl.load_workbook(BytesIO(WRITERS[".xlsx"](made, material)))
    rows = list(book["Sources"].iter_rows(min_row=2, values_only=True))
    by_cell: dict[tuple[str, str], list[tuple[Any, ...]]] = defaultdict(list)
    for row in rows:
        by_cell[str(row[0]), str(row[1])].append(row)
    assert sum(len(cell.trace.parts) for _, _, cell in cells(made) if cell.trace) == len(rows)
    assert by_cell
    for (sheet, place), sources in by_cell.items():
        kept = book[sheet][place]
        assert kept.hyperlink is not None
        assert kept.hyperlink.location.startswith("'Sources'!A")
        first = book["Sources"][kept.hyperlink.location.partition("!")[2]]
        assert (book["Sources"].cell(first.row, 1).value, book["Sources"].cell(first.row, 2).value) == (sheet, place)
        for source in sources:
            assert source[3] == kept.value
            if source[5] == AddsUp.COUNT.value:
                assert kept.value == len(sources)
            if source[5] == AddsUp.SUM.value:
                assert kept.value == pytest.approx(sum(one[8] for one in sources))
            assert source[9] == material.snapshot.true_on.isoformat()
    records = {row[0] for row in book["Records"].iter_rows(min_row=2, values_only=True)}
    assert {row[7] for row in rows} == records


def test_text_of_the_register_never_becomes_a_formula(tmp_path: Path) -> None:
    path = tmp_path / "formula.gpkg"
    with (
        Register.create(path) as register,
        register.batch(by="t", why="t", source='=HYPERLINK("http://x")') as batch,
    ):
        batch.record(entry(RecordKind.CONFIRMED, patch(0.0), name="=1+1", device_categories=["ap_mine"]))
    material = material_of(path)
    book = openpyxl.load_workbook(BytesIO(WRITERS[".xlsx"](report("apmbc-art7", material), material)))
    values = [cell for sheet in book for row in sheet.iter_rows() for cell in row if str(cell.value).startswith("=")]
    assert values
    assert all(cell.data_type != "f" for cell in values)


class Opened(HTMLParser):
    """A page read as a browser reads it: what has an identity, what leads where, what it would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.targets: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if said.get("id"):
            self.names.append(str(said["id"]))
        if tag in ("a", "link", "img", "script") and (to := said.get("href") or said.get("src")):
            self.targets.append(to)
        if tag not in ("meta", "link", "col", "br", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("name", REPORTS)
def test_the_page_opens_alone_and_each_link_leads_to_a_note(known_register: Known, name: str) -> None:
    material = material_of(known_register[0])
    page = Opened()
    page.feed(WRITERS[".html"](report(name, material), material).decode("utf-8"))
    assert not page.open
    assert len(page.names) == len(set(page.names))
    inside = {to.removeprefix("#") for to in page.targets if to.startswith("#")}
    assert inside <= set(page.names)
    assert all(to.startswith(("#", "data:")) for to in page.targets), "nothing is fetched from elsewhere"
    assert sum(name.startswith("note-") for name in inside) > 3


def test_the_pdf_holds_the_figures_and_their_notes(known_register: Known) -> None:
    if shutil.which("pdftotext") is None:
        missing_engine("pdftotext is not installed")
    path, ids = known_register
    material = material_of(path)
    made = report("apmbc-art7", material)
    content = WRITERS[".pdf"](made, material)
    done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=content, capture_output=True, check=True)
    text = done.stdout.decode("utf-8")
    flowed = re.sub(r"\s+", "", text)
    assert LABEL in text
    assert material.chain in flowed
    assert "7, and 1 not recorded [" in text
    for name in ("mines", "cleared", "talk", "accident"):
        assert ids[name] in flowed, name


def test_every_note_is_led_to_and_names_its_records(known_register: Known) -> None:
    made = noted(report("reconciliation", material_of(known_register[0])))
    anchors = {block.anchor for block in made.sections[-1].blocks if hasattr(block, "anchor")}
    assert anchors == {cell.leads_to for cell in flat(made) if cell.leads_to}


def test_a_public_report_holds_only_what_the_public_may_see(known_register: Known) -> None:
    path, _ = known_register
    for viewer in (PUBLIC, PARTNER):
        material = material_of(path, viewer=viewer)
        exact = {r.record_id for r in material.snapshot.records if r.is_exact}
        for name in REPORTS:
            made = report(name, material)
            for where, column, cell in cells(made):
                if cell.unit is not Unit.RECORDS and cell.value is not None:
                    assert {part.record_id for part in (cell.trace.parts if cell.trace else ())} <= exact, (
                        where,
                        column,
                    )
            page = WRITERS[".html"](made, material).decode("utf-8")
            if viewer is PUBLIC:
                assert "North" not in page
                assert "PMA-2" not in page
                assert "Organisation One" not in page
                assert "withheld" in page
                assert not any(cell.value for _, _, cell in cells(made) if cell.unit is not Unit.RECORDS)


def test_personal_data_reach_no_report(known_register: Known) -> None:
    path, ids = known_register
    for name in REPORTS:
        material = material_of(path)
        made = report(name, material)
        for where, column, cell in cells(made):
            if cell.trace and any(part.record_id == ids["hurt"] for part in cell.trace.parts):
                assert cell.trace.adds_up is AddsUp.COUNT, (where, column)
        assert "consent" not in WRITERS[".html"](made, material).decode("utf-8")


def test_an_empty_register_knows_nothing_and_says_no_zero(tmp_path: Path) -> None:
    path = tmp_path / "empty.gpkg"
    Register.create(path).close()
    for name in REPORTS:
        material = material_of(path)
        made = report(name, material)
        for where, column, cell in cells(made):
            if cell.unit is not Unit.RECORDS:
                assert cell.value is None, (where, column)
                assert "recorded" in cell.text, (where, column)
        for write in WRITERS.values():
            assert write(made, material)


KINDS = (
    RecordKind.SUSPECTED,
    RecordKind.CONFIRMED,
    RecordKind.CANCELLED,
    RecordKind.REDUCED,
    RecordKind.CLEARED,
    RecordKind.SPOT_FIND,
    RecordKind.ACCIDENT,
)
CATEGORY = st.sampled_from(["ap_mine", "av_mine", "cluster_munition_remnant", "unknown", None])
RECORD = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(KINDS),
        "west": st.integers(0, 12),
        "south": st.integers(0, 3),
        "size": st.integers(1, 4),
        "category": CATEGORY,
        "day": st.sampled_from(["2024-06-01", "2025-01-01", "2025-12-31", "2026-01-01", None]),
        "number": st.one_of(st.none(), st.integers(1, 40)),
        "recorded_m2": st.one_of(st.none(), st.integers(0, 10**6)),
    }
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(given_records=st.lists(RECORD, max_size=14))
def test_over_random_registers_each_figure_follows_from_its_records(
    tmp_path_factory: pytest.TempPathFactory, given_records: list[dict[str, Any]]
) -> None:
    path = tmp_path_factory.mktemp("random") / "r.gpkg"
    with Register.create(path) as register:
        with register.batch(by="t", why="random", source="hypothesis") as batch:
            for record in given_records:
                west, south = record["west"] / 1000, record["south"] / 1000
                is_point = record["kind"] in (RecordKind.SPOT_FIND, RecordKind.ACCIDENT)
                said = {
                    "device_categories": record["category"] and [record["category"]],
                    "category": record["category"],
                    "items": record["number"],
                    "injured": record["number"],
                    "recorded_area_m2": record["recorded_m2"],
                    "disposal": "destroyed_in_place",
                    "released_on": record["day"],
                    "disposed_on": record["day"],
                    "happened_on": record["day"],
                }
                known = {name: value for name, value in said.items() if value is not None}
                outline = Point(west, south) if is_point else patch(west, south, record["size"] / 1000)
                batch.record(entry(record["kind"], outline, **known))
        material = gather(register, period_from("2025"), today=date(2026, 11, 23), viewer=EXACT)
    for name in REPORTS:
        assert_adds_up(report(name, material), material)


def test_an_undated_release_falls_into_no_period_and_a_later_day_is_not_yet_true(tmp_path: Path) -> None:
    path = tmp_path / "times.gpkg"
    with (
        Register.create(path) as register,
        register.batch(by="t", why="t", source="s") as batch,
    ):
        batch.record(entry(RecordKind.CLEARED, patch(0.0)))
        batch.record(entry(RecordKind.CLEARED, patch(0.1), since="2025-06-01"))
        batch.record(entry(RecordKind.SUSPECTED, patch(0.2), since="2026-02-01"))
    material = material_of(path)
    assert len(material.released_in_period()) == 1
    rows = table(report("apmbc-art7", material), "Form F", "Released land")
    undated = row_of(rows, "released, day not recorded")["Area computed, m2"]
    assert isinstance(undated, Traced)
    assert undated.value == pytest.approx(geodesic_m2(patch(0.0)), rel=1e-6), "shown apart, and not lost"
    assert not material.of_kind(RecordKind.SUSPECTED), "found after the period's end"


def test_a_hazard_that_is_a_point_is_told_beside_the_area_and_not_lost(tmp_path: Path) -> None:
    path = tmp_path / "points.gpkg"
    with (
        Register.create(path) as register,
        register.batch(by="t", why="t", source="s") as batch,
    ):
        batch.record(entry(RecordKind.CONFIRMED, patch(0.0), device_categories=["ap_mine"]))
        batch.record(entry(RecordKind.CONFIRMED, Point(0.1, 0.1), device_categories=["ap_mine"]))
        batch.record(entry(RecordKind.SUSPECTED, Point(0.2, 0.1)))
        batch.record(entry(RecordKind.SPOT_FIND, Point(0.2, 0.1), category="ap_mine", disposal="destroyed_in_place"))
    made = report("apmbc-art7", material_of(path))
    totals = table(made, "Form C", "Ordnance")
    assert row_of(totals, "confirmed", "anti-personnel mines: recorded as such")["Area computed, m2"].text.endswith(
        ", and 1 without an area"
    )
    unknown = row_of(totals, "suspected", "anti-personnel mines: ordnance not recorded")["Area computed, m2"]
    assert unknown.text == "not known: 1 without an area"
    item = row_of(table(made, "Form G", "Quantity, items"), "not recorded")
    assert (item["Quantity, items"].text, item["Records"].text) == ("not recorded", "1")
    assert "in no period" in item["What was done"].text


@pytest.mark.parametrize("text", ["", "25", "2025-13", "2025-02-01/2025-01-01", "last year"])
def test_a_period_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(FieldRefused, match="period"):
        period_from(text)


def test_the_command_writes_each_form_and_replaces_nothing_unasked(known_register: Known, tmp_path: Path) -> None:
    target = tmp_path / "out.xlsx"
    command = ["report", "apmbc-art7", str(known_register[0]), "--period", "2025", "--state", "EST", "-o", str(target)]
    done = CliRunner().invoke(merestone, command)
    assert done.exit_code == 0, done.output
    assert "not for publication" in done.output
    again = CliRunner().invoke(merestone, command)
    assert again.exit_code != 0
    assert "already exists here" in str(again.exception)
    listed = CliRunner().invoke(merestone, ["report", "--list"])
    assert all(name in listed.output for name in REPORTS)
