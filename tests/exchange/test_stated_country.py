"""A row alone that names its country and lies in it only if its two numbers change places is put aside."""

from pathlib import Path

import pytest

from merestone.exchange import import_file
from merestone.register import Register
from merestone.terms import Outcome, RecordKind
from tests.exchange.test_sheets import table as sheet_table

SWAPPED = [
    ("country", "Bosnia and Herzegovina", 44.9, 17.1), ("iso3", "BIH", 44.9, 17.1), ("Country code", "BA", 44.9, 17.1),
    ("pays", "Ukraine", 49.5, 36.3), ("adm0_name", "Iraq", 36.3, 43.1), ("Страна", "Ukraine", 48.0, 37.8),
    ("country", "Colombia", 6.2, -75.6), ("country", "Mozambique", -19.8, 34.9),
]  # fmt: skip


def outcome(tmp_path: Path, header: str, country: str, lon: float, lat: float) -> tuple[Outcome, tuple[str, ...], int]:
    path = tmp_path / "one.csv"
    path.write_text(f"id,lat,lon,{header}\nA,{lat},{lon},{country}\n", encoding="utf-8")
    with Register.create(tmp_path / f"{len(list(tmp_path.iterdir()))}.gpkg") as register:
        report = import_file(register, path, kind=RecordKind.SUSPECTED, source="a test", accuracy_m=25.0, by="tester")
        return report.rows[0].outcome, tuple(report.rows[0].reasons), len(register.as_of().records)


@pytest.mark.parametrize(("header", "country", "lat", "lon"), SWAPPED)
def test_a_row_that_lies_in_its_country_only_with_its_numbers_swapped_is_put_aside(
    tmp_path: Path, header: str, country: str, lat: float, lon: float
) -> None:
    """2026-11-29: one row with lat and lon in each other's columns was taken in Arabia without a word."""
    assert outcome(tmp_path, header, country, lat, lon) == (Outcome.QUARANTINED, ("swapped_axes",), 0)
    assert outcome(tmp_path, header, country, lon, lat)[2] == 1


@pytest.mark.parametrize(
    ("header", "country"),
    [("land_use", "Iraq"), ("country", "Atlantis"), ("country", ""), ("country", "Croatia / BiH")],
)
def test_what_names_no_country_says_nothing(tmp_path: Path, header: str, country: str) -> None:
    assert outcome(tmp_path, header, country, 44.9, 17.1)[2] == 1


def test_a_place_beside_its_country_stays_where_it_is(tmp_path: Path) -> None:
    assert outcome(tmp_path, "country", "Croatia", 17.1, 44.9)[2] == 1
    assert outcome(tmp_path, "country", "Bosnia and Herzegovina", -70.0, 10.0)[2] == 1  # far, but not by swapping


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
@pytest.mark.parametrize(
    ("lat", "lon", "words"),
    [
        (17.1, 44.9, "if the two numbers change places"),
        (0, 0, "both 0: a place that was not filled in"),
        (44.9, 17.1, ""),
    ],
)
def test_a_record_without_a_layer_takes_no_place_that_its_country_contradicts(
    tmp_path: Path, suffix: str, lat: float, lon: float, words: str
) -> None:
    """2026-11-29: hazards alone were compared with the country that their row names."""
    own = {"local_id": "M-1", "hazardous_area": "H-1", "marking": "fence", "country": "Bosnia and Herzegovina"}
    path = sheet_table(tmp_path / f"a{suffix}", [own | {"lat": lat, "lon": lon}])
    with Register.create(tmp_path / "r.gpkg") as register:
        report = import_file(register, path, kind="marking", source="a test", by="tester")
        [sheet] = register.sheets("marking")
    assert (sheet.geometry is None) == bool(words)
    assert any(words in text for text in (*report.rows[0].messages, ""))


def notes_of(register: Register, path: Path, header: str, *rows: tuple[float, float]) -> list[str]:
    path.write_text(f"{header}\n" + "".join(f"{lat},{lon}\n" for lat, lon in rows), encoding="utf-8")
    report = import_file(register, path, kind=RecordKind.SUSPECTED, source="a test", accuracy_m=25.0, by="tester")
    return [note for note in report.notes if note.startswith("row 1 lies at")]


def test_of_one_or_two_rows_it_is_told_where_they_lie_either_way(tmp_path: Path) -> None:
    """2026-11-29: a row alone with its numbers swapped was taken in Yemen without a word."""
    with Register.create(tmp_path / "r.gpkg") as register:
        [note] = notes_of(register, tmp_path / "1.csv", "lat,lon", (17.105, 44.905))
        assert "Yemen" in note
        assert "Bosnia and Herzegovina" in note
        assert not notes_of(register, tmp_path / "2.csv", "lat,lon", (17.106, 44.905), (17.107, 44.9), (17.1, 44.9))
    with Register.create(tmp_path / "s.gpkg") as register:
        assert len(notes_of(register, tmp_path / "3.csv", "lat,lon", (44.905, 17.105))) == 1
        assert not notes_of(register, tmp_path / "4.csv", "lat,lon", (44.906, 17.105))  # beside what is recorded
        [note] = notes_of(register, tmp_path / "5.csv", "lat,lon", (17.105, 44.905))
        assert "swapped among the register's records" in note
        assert not notes_of(register, tmp_path / "6.csv", "lat,lon", (5.0, 120.0))  # 120 is no latitude
