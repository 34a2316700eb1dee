"""A record that two copies changed apart: its page shows the holder what each side says, and the public nothing."""

import re
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from shapely import box

from merestone.documents.record_conflict import apart
from merestone.documents.record_history import chapters
from merestone.documents.reports import gather, period_from, report
from merestone.documents.reports.material import Material
from merestone.register import PUBLIC, Entry, Register, merge
from merestone.service import Tier, create_app
from merestone.terms import RecordKind, Visibility

BASE, OFFICE, TABLET = box(0, 0, 0.01, 0.01), box(0, 0, 0.02, 0.01), box(0.05, 0, 0.06, 0.01)
OPEN = Visibility.PUBLIC


def suspected(outline: object, **told: object) -> Entry:
    return Entry(RecordKind.SUSPECTED, outline, 25.0, told, visibility=OPEN)  # type: ignore[arg-type]


def begun(path: Path, *names: str) -> list[str]:
    """A register with one area for each name."""
    start = datetime(2026, 3, 1, 8, tzinfo=UTC)
    with (
        Register.create(path, clock=lambda: start) as register,
        register.batch(by="both", why="first", source="s") as batch,
    ):
        return [batch.record(suspected(BASE, local_id=name, donor="A")) for name in names]


def write(path: Path, day: int, by: str, record_id: str, entry: Entry | None) -> None:
    at = datetime(2026, 3, day, 8, tzinfo=UTC)
    with (
        Register.open(path, clock=lambda: at) as register,
        register.batch(by=by, why=f"seen by {by}", source="the survey") as batch,
    ):
        if entry is None:
            batch.withdraw(record_id)
        else:
            batch.revise(record_id, entry)


@pytest.fixture(scope="module")
def merged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """Of two records: the first was redrawn in both copies, the second redrawn in one and withdrawn in the other."""
    folder = tmp_path_factory.mktemp("apart")
    office, tablet, into = (folder / f"{name}.gpkg" for name in ("office", "tablet", "merged"))
    first, second = begun(office, "L-1", "L-2")
    shutil.copy(office, tablet)
    write(office, 5, "Olga <o>", first, suspected(OFFICE, local_id="L-1", donor="B"))
    write(tablet, 6, "Toomas", first, suspected(TABLET, local_id="L-1"))
    write(office, 7, "Olga <o>", second, suspected(OFFICE, local_id="L-2"))
    write(tablet, 8, "Toomas", second, None)
    merge([tablet, office], into, by="Mari", why="back")
    return into, first, second


def page_of(path: Path, record_id: str, tier: Tier = Tier.EXACT) -> str:
    return TestClient(create_app(path, tier=tier), base_url="http://127.0.0.1").get(f"/areas/{record_id}").text


def section(page: str) -> str:
    found = re.search(r'<section class="answer refused" id="apart"[^>]*>.*?</section>', page, re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found.group(0))) if found else ""


def test_holder_sees_what_each_side_says_and_where_they_differ(merged: tuple[Path, str, str]) -> None:
    path, first, second = merged
    page = page_of(path, first)
    told = section(page)
    assert "changed in several copies 2 sides changed it" in told
    assert told.index("Olga &lt;o&gt; : suspected hazardous area") < told.index("Toomas : suspected hazardous area")
    assert "seen by Toomas" in told
    assert "Donor B" in told
    assert "Donor not stated" in told
    assert not re.search(r"\bL-1\b", told), "what the sides agree on is not a difference"
    assert "Accurate to" not in told
    drawn = re.search(r'id="apart".*?</section>', page, re.S)
    assert drawn is not None
    assert drawn.group(0).count("<svg") == 2
    for event in re.findall(r'href="#(event-\d+)"', drawn.group(0)):
        assert f'id="{event}"' in page
    told = section(page_of(path, second))
    assert "Toomas : withdrawn" in told
    assert "until further notice as suspected hazardous area" in told


def test_public_page_tells_nothing_of_the_sides(merged: tuple[Path, str, str]) -> None:
    page = page_of(merged[0], merged[1], Tier.PUBLIC)
    assert merged[1] in page
    for hidden in ("Toomas", "seen by", "Conflict:", "changed in several copies", "Donor"):
        assert hidden not in page


def test_section_goes_once_somebody_decided(merged: tuple[Path, str, str], tmp_path: Path) -> None:
    path = Path(shutil.copy(merged[0], tmp_path / "decided.gpkg"))
    write(path, 20, "Chief", merged[1], suspected(OFFICE))
    assert section(page_of(path, merged[1])) == ""
    assert section(page_of(path, merged[2])) != ""


def test_each_stretch_of_days_belongs_to_one_conflict(merged: tuple[Path, str, str], tmp_path: Path) -> None:
    """Copies that differ over two stretches of days write two events; both tell of the same two sides."""
    office, tablet = tmp_path / "office.gpkg", tmp_path / "tablet.gpkg"
    (area,) = begun(office, "L-1")
    shutil.copy(office, tablet)
    for path, outline, day in ((office, OFFICE, date(2010, 1, 1)), (tablet, TABLET, date(2020, 1, 1))):
        entry = Entry(RecordKind.SUSPECTED, outline, 25.0, true_from=day, visibility=OPEN)
        write(path, 5, path.stem, area, entry)
    merge([office, tablet], tmp_path / "merged.gpkg", by="m", why="w")
    with Register.open(tmp_path / "merged.gpkg", read_only=True) as register:
        told = apart(chapters(register.history(area)))
    assert told is not None
    assert {side.chapter.event.by for side in told.sides} == {"office", "tablet"}
    assert [chapter.event.true_from for chapter in told.meanwhile] == [date(2010, 1, 1), date(2020, 1, 1)]


# As known on a day ---------------------------------------------------------------------------------------------------


def material_known(path: Path, known_on: date | datetime | None) -> Material:
    with Register.open(path, read_only=True) as register:
        return gather(register, period_from("2026"), known_on=known_on, today=date(2026, 12, 1))


def test_report_as_known_on_a_day_names_the_chain_and_the_conflicts_of_that_day(
    merged: tuple[Path, str, str], tmp_path: Path
) -> None:
    path = Path(shutil.copy(merged[0], tmp_path / "decided.gpkg"))
    write(path, 20, "Chief", merged[1], suspected(OFFICE))
    with Register.open(path, read_only=True) as register:
        events = list(register.events())
        head = register.head()
    merge_day, decision = date(2026, 3, 8), date(2026, 3, 20)
    for known_on, waiting in (
        (date(2026, 3, 7), set()),
        (merge_day, {merged[1], merged[2]}),
        (datetime(2026, 3, 20, 7, 59, 59, tzinfo=UTC), {merged[1], merged[2]}),
        (decision, {merged[2]}),
        (None, {merged[2]}),
    ):
        material = material_known(path, known_on)
        assert set(material.conflicts) == waiting, known_on
        latest = [
            event
            for event in events
            if known_on is None
            or (event.recorded_at if isinstance(known_on, datetime) else event.recorded_at.date()) <= known_on
        ][-1]
        assert (material.chain, material.chain_length) == (latest.chain, latest.seq)
        words = str(report("reconciliation", material))
        assert latest.chain in words
        assert ("as of now" in words) == (known_on is None)
        assert ", ".join(material.conflicts) in words
    assert material_known(path, None).chain == head.chain
    before = material_known(path, date(2026, 2, 1))
    assert (before.chain, before.chain_length, before.conflicts) == ("", 0, ())
    assert "nothing was known yet" in str(report("donor", before))


def test_report_for_others_names_no_conflict(merged: tuple[Path, str, str]) -> None:
    with Register.open(merged[0], read_only=True) as register:
        material = gather(
            register, period_from("2026"), known_on=date(2026, 12, 1), viewer=PUBLIC, today=date(2026, 12, 1)
        )
    assert material.conflicts == ()
