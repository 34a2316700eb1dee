"""Pairs of numbers without letters: the file or the register settles which is the latitude, or it is refused."""

from pathlib import Path
from typing import Any

import pytest
import shapely

from merestone.exchange import IntakeReport, import_file
from merestone.exchange.imports.mapping import ColumnMapping
from merestone.exchange.places.pair_order import order_of_pairs
from merestone.exchange.places.text_geometry import parse_text_geometry
from merestone.register import Register
from merestone.terms import FileRefused, RecordKind

LON_FIRST = "17.10 44.90; 17.11 44.90; 17.11 44.91; 17.10 44.91"
LAT_FIRST = "44.90 17.10; 44.90 17.11; 44.91 17.11; 44.91 17.10"
MIDDLE = shapely.Point(17.105, 44.905)


@pytest.fixture
def register(tmp_path: Path) -> Any:
    with Register.create(tmp_path / "register.gpkg") as made:
        yield made


def taken(register: Register, path: Path, text: str, **more: Any) -> IntakeReport:
    path.write_text(text, encoding="utf-8")
    asked: dict[str, Any] = {"kind": RecordKind.SUSPECTED, "source": "a test", "accuracy_m": 25.0, "by": "tester"}
    return import_file(register, path, **(asked | more))


@pytest.mark.parametrize(
    ("name", "texts", "order"),
    [
        (("lonlat",), [], (True, True)), (("corners", "lat", "lon"), [LON_FIRST], (False, True)),
        (("outline",), [LON_FIRST, "117.1 44.9; 117.2 44.9"], (True, True)), (("outline",),
        ["44.9 117.1"], (False, True)),
        (("outline",), [LON_FIRST], (False, False)), (("outline",), ["95 17.1; 17.1 95"], (False, False)),
        (("outline",), ["44.9 17.1 120 5"], (False, False)), (("outline",), ["666200 4974800"], (False, False)),
    ],
)  # fmt: skip
def test_a_name_or_any_row_tells_the_order(name: tuple[str, ...], texts: list[str], order: tuple[bool, bool]) -> None:
    assert order_of_pairs(name, texts) == order


def test_the_four_numbers_of_a_form_are_never_turned() -> None:
    form = parse_text_geometry("44.9 17.1 0 5; 44.9 17.2 0 8", lon_first=True)
    pairs = parse_text_geometry("17.1 44.9; 17.2 44.9", lon_first=True)
    assert form is not None
    assert pairs is not None
    assert form.geometry.equals(pairs.geometry)
    assert form.remark is pairs.remark is None


@pytest.mark.parametrize("cell", [LON_FIRST, LAT_FIRST, LON_FIRST.replace(";", " 0;")])
def test_pairs_that_nothing_settles_are_refused_with_both_places(register: Register, tmp_path: Path, cell: str) -> None:
    """2026-11-30: longitudes first were read as latitudes, and the hazard was recorded in Yemen."""
    with pytest.raises(FileRefused, match=r"near 44.90 N 17.10 E.*lat_lon or lon_lat"):
        taken(register, tmp_path / "a.csv", f'id,outline\n1,"{cell}"\n')
    assert not register.as_of().records


def test_what_settles_the_order(register: Register, tmp_path: Path) -> None:
    files = {
        "another row": f'id,outline\n1,"{LON_FIRST}"\n2,"117.10 44.90; 117.11 44.90; 117.11 44.91"\n',
        "its own position": f'id,lat,lon,outline\n1,44.905,17.105,"{LON_FIRST}"\n',
        "its name": f'id,lonlat\n1,"{LON_FIRST}"\n',
        "its country": f'id,country,outline\n1,Bosnia and Herzegovina,"{LAT_FIRST}"\n',
        "the register": f'id,outline\n1,"{LAT_FIRST}"\n',
        "a mapping": f'id,outline\n1,"{LON_FIRST}"\n',
    }
    for name, text in files.items():
        mapping = ColumnMapping({"outline": "lon_lat"}) if name == "a mapping" else None
        taken(register, tmp_path / f"{name}.csv", text, mapping=mapping, again=True)
        assert sum(record.geometry.covers(MIDDLE) for record in register.as_of().records) == [*files].index(name) + 1


def test_pairs_that_would_lie_by_the_records_the_other_way_round_are_refused(
    register: Register, tmp_path: Path
) -> None:
    taken(register, tmp_path / "a.csv", "id,lat,lon\n1,44.905,17.105\n")
    for cell, header in ((LON_FIRST, "outline"), ("17.105, 44.905", "position")):
        with pytest.raises(FileRefused, match=r"longitude, then latitude.*where the register's records lie"):
            taken(register, tmp_path / "b.csv", f'id,{header}\n1,"{cell}"\n', again=True)


def test_one_position_in_a_cell_is_told_with_both_places(register: Register, tmp_path: Path) -> None:
    notes = taken(register, tmp_path / "a.csv", 'id,position\n1,"44.905, 17.105"\n').notes
    assert any("the other way round near 17.11 N 44.91 E" in note for note in notes)
