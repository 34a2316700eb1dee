"""A row for each turning point: one outline, whatever the order of the rows, and no reference point in it."""

import csv
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from merestone.exchange import IntakeReport, import_file
from merestone.exchange.imports import import_run
from merestone.exchange.meaning.vertices import POINTS, gathered, vertex_columns
from merestone.exchange.rows.row import Row
from merestone.geodesy import check
from merestone.register import Register
from merestone.register.programme.kind import kind_of_layer
from merestone.terms import Outcome, RecordKind

# An outline that turns inward at its third corner, so that the order of its corners matters.
CORNERS = [(17.10, 44.90), (17.12, 44.90), (17.11, 44.905), (17.12, 44.92), (17.10, 44.92)]
OUTLINE = shapely.Polygon(CORNERS)
HULL = OUTLINE.convex_hull
REFERENCE = (17.15, 44.95)


@pytest.fixture
def register(tmp_path: Path) -> Any:
    with Register.create(tmp_path / "register.gpkg") as made:
        yield made


def taken(register: Register, path: Path, **more: Any) -> IntakeReport:
    asked: dict[str, Any] = {"kind": RecordKind.SUSPECTED, "source": "a test", "accuracy_m": 25.0, "by": "tester"}
    return import_file(register, path, **(asked | more))


def table(path: Path, header: str, rows: list[Any]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header.split(","), *rows])
    return path


def shuffled(rows: list[Any], seed: int = 7) -> list[Any]:
    random.Random(seed).shuffle(rows)
    return rows


def test_the_tables_of_imsma_ng_give_one_area_and_keep_the_reference_point(register: Register, tmp_path: Path) -> None:
    """2026-11-28: five rows became five points; in the middle between them: none recorded."""
    types = ["Start Point", "Turning Point", "Intermediate Point", "Turning Point", "End Point"]
    rows = [["SHA-7", 1, "Polygon", i + 1, types[i], lat, lon] for i, (lon, lat) in enumerate(CORNERS)]
    rows.append(["SHA-7", 2, "Point", "", "Reference Point", REFERENCE[1], REFERENCE[0]])
    header = "hazard_localid,shape_id,shapeenum,pointno,pointtypeenum,latitude,longitude"
    report = taken(register, table(tmp_path / "a.csv", header, shuffled(rows)))
    [record] = register.as_of().records
    assert record.geometry.normalize() == OUTLINE.normalize()
    assert record.attributes["local_id"] == "SHA-7"
    assert record.attributes["reference_point"] == list(REFERENCE)
    assert len(record.attributes[POINTS]) == 6
    assert [row.row for row in report.rows] == [1, 2, 3, 4, 5, 6]
    assert {row.outcome for row in report.rows} == {Outcome.REPAIRED}
    assert {row.record_id for row in report.rows} == {record.record_id}
    assert report.account.total == 6
    assert register.verify().is_sound


@pytest.mark.parametrize(
    "header",
    [
        "hazard_id,point_number,lat,lon", "ha_code,vertex,lat,lon", "polygon_id,seq,lat,lon", "id,Corner No.,lat,lon",
        "Local ID,numer punktu,lat,lon", "hazard_id,номер точки,lat,lon", "PARENT_KEY,KEY,lat,lon", "id,order,lat,lon",
        "sha_id,TP,lat,lon",
    ],
)  # fmt: skip
def test_columns_of_other_systems_are_known(register: Register, tmp_path: Path, header: str) -> None:
    def name(i: int, which: int) -> str:
        return f"uuid:{which}/points[{i}]" if "KEY" in header else f"{i}"

    rows = [
        [f"H-{which}", name(i + 1, which), lat + which, lon] for which in (0, 1) for i, (lon, lat) in enumerate(CORNERS)
    ]
    taken(register, table(tmp_path / "a.csv", header, shuffled(rows)))
    first, second = sorted((record.geometry for record in register.as_of().records), key=lambda g: g.bounds[1])
    assert first.normalize() == OUTLINE.normalize()
    assert second.equals_exact(shapely.transform(OUTLINE, lambda c: c + np.array([0, 1])), 1e-9, normalize=True)


def test_several_shapes_of_a_record_are_one_record_of_several_parts(register: Register, tmp_path: Path) -> None:
    rows = [["H-1", s, i, lat, lon + s / 10] for s in (1, 2) for i, (lon, lat) in enumerate(CORNERS)]
    taken(register, table(tmp_path / "a.csv", "hazard_id,shape_id,pointno,lat,lon", shuffled(rows)))
    [record] = register.as_of().records
    assert record.geometry.geom_type == "MultiPolygon"
    assert record.geometry.area == pytest.approx(2 * OUTLINE.area)


def test_numbers_that_start_anew_start_another_outline_where_no_column_names_the_record(
    register: Register, tmp_path: Path
) -> None:
    rows = [[i, lat + south, lon] for south in (0, 1) for i, (lon, lat) in enumerate(CORNERS)]
    taken(register, table(tmp_path / "a.csv", "vertex,lat,lon", rows))
    assert [record.geometry.geom_type for record in register.as_of().records] == ["Polygon", "Polygon"]


def test_a_record_named_in_its_first_row_only_goes_on(register: Register, tmp_path: Path) -> None:
    rows = [["H-1" if i == 0 else "", i + 1, lat, lon] for i, (lon, lat) in enumerate(CORNERS)]
    taken(register, table(tmp_path / "a.csv", "hazard_id,point_no,lat,lon", rows))
    assert [record.geometry.normalize() for record in register.as_of().records] == [OUTLINE.normalize()]


@pytest.mark.parametrize("header", ["hazard_id,lat,lon", "hazard_id,pointtype,lat,lon"])
def test_where_the_order_is_not_stated_everything_between_the_corners_warns(
    register: Register, tmp_path: Path, header: str
) -> None:
    rows = [["H-1", *(["Turning Point"] if "type" in header else []), lat, lon] for lon, lat in CORNERS]
    report = taken(register, table(tmp_path / "a.csv", header, shuffled(rows)))
    [record] = register.as_of().records
    assert record.geometry.equals(HULL)
    assert "corner_order_unknown" in report.rows[0].reasons


def test_a_corner_that_cannot_be_read_makes_the_accuracy_unknown(register: Register, tmp_path: Path) -> None:
    rows: list[list[Any]] = [["H-1", i, lat, lon] for i, (lon, lat) in enumerate(CORNERS)]
    rows[1][2] = "?"
    rows.append(["H-1", 9, 0, 0])
    report = taken(register, table(tmp_path / "a.csv", "hazard_id,pointno,lat,lon", rows))
    assert [row.outcome.value for row in report.rows] == ["repaired", "quarantined", *["repaired"] * 3, "quarantined"]
    [record] = register.as_of().records
    assert record.accuracy_m is None
    assert "corner_missing" in report.rows[0].reasons
    assert register.as_of().quarantined_count == 2


def test_a_record_of_reference_points_only_has_an_unknown_accuracy(register: Register, tmp_path: Path) -> None:
    rows = [["H-1", "Reference Point", 44.9, 17.1], ["H-1", "Benchmark", 44.91, 17.1]]
    taken(register, table(tmp_path / "a.csv", "hazard_id,pointtypeenum,lat,lon", rows))
    [record] = register.as_of().records
    assert record.accuracy_m is None
    assert record.attributes["benchmark"] == [17.1, 44.91]


def test_the_worst_accuracy_of_the_points_is_the_record_s(register: Register, tmp_path: Path) -> None:
    rows = [["H-1", i, lat, lon, 10 + 100 * (i == 3)] for i, (lon, lat) in enumerate(CORNERS)]
    taken(register, table(tmp_path / "a.csv", "hazard_id,pointno,lat,lon,accuracy_m", rows))
    assert register.as_of().records[0].accuracy_m == 110.0


def test_released_land_needs_an_order_and_all_corners(register: Register, tmp_path: Path) -> None:
    whole = [["C-1", i, lat, lon] for i, (lon, lat) in enumerate(CORNERS)]
    gap = [["C-2", 2 * i if i > 2 else i, lat + 1, lon] for i, (lon, lat) in enumerate(CORNERS)]
    twice = [["C-3", 1, lat + 2, lon] for lon, lat in CORNERS]
    path = table(tmp_path / "a.csv", "id,pointno,lat,lon", shuffled([*whole, *gap, *twice]))
    report = taken(register, path, kind=RecordKind.CLEARED)
    assert [record.geometry.normalize() for record in register.as_of().records] == [OUTLINE.normalize()]
    assert report.account.quarantined == 10
    assert register.as_of().quarantined_count == 10


def test_ordinary_points_stay_records_of_their_own(register: Register, tmp_path: Path) -> None:
    rows = [[f"H-{i}", i, 44.9 + i / 100, 17.1] for i in range(5)]
    report = taken(register, table(tmp_path / "a.csv", "hazard_id,no,lat,lon", rows))
    assert report.account.accepted == 5
    far = [["SHA", i, 44.9 + i, 17.1] for i in range(5)]
    report = taken(register, table(tmp_path / "b.csv", "id,no,lat,lon", far))
    assert report.account.accepted == 5


def test_accidents_are_never_corners(register: Register, tmp_path: Path) -> None:
    rows = [["H-1", i, lat, lon] for i, (lon, lat) in enumerate(CORNERS)]
    report = taken(register, table(tmp_path / "a.csv", "hazard_id,pointno,lat,lon", rows), kind=RecordKind.ACCIDENT)
    assert len(report.rows) == len(register.as_of().records) == 5


@given(
    st.lists(st.tuples(st.integers(-20, 20), st.integers(-20, 20)), min_size=1, max_size=8, unique=True),
    st.sampled_from(["numbered", "unnumbered", "numbered twice", "typed"]),
    st.randoms(use_true_random=False),
)
@settings(max_examples=300, deadline=None)
def test_the_record_contains_every_corner_and_every_outline_that_the_rows_may_mean(
    grid: list[tuple[int, int]], form: str, chance: random.Random
) -> None:
    places = [(17 + x / 1000, 45 + y / 1000) for x, y in grid]
    known: dict[str, list[int | None]] = {"unnumbered": [None] * 8, "numbered twice": [1, 1, 2, 2, 3, 3, 4, 4]}
    numbers = known.get(form, [1, 2, 3, 4, 5, 6, 7, 8])
    rows = [
        Row(
            i + 1,
            shapely.Point(place),
            {"hazard_id": "H", "pointno": number, **({"pointtype": "Turning Point"} if form == "typed" else {})},
        )
        for i, (place, number) in enumerate(zip(places, numbers, strict=False))
    ]
    chance.shuffle(rows)
    columns = vertex_columns(rows, kind_of_layer(RecordKind.SUSPECTED))
    assert columns is not None
    made = gathered(rows, columns, RecordKind.SUSPECTED)
    assert sorted(row.number for one in made for row in one.members) == sorted(row.number for row in rows)
    recorded = shapely.union_all([check(one.row.geometry).geometry for one in made]).buffer(1e-8)
    assert recorded.covers(shapely.MultiPoint(places))
    if len(places) > 2:
        meant = (
            [places]
            if form in ("numbered", "typed")
            else [places, places[::-1], sorted(places), chance.sample(places, len(places))]
        )
        for order in meant:
            for method in ("linework", "structure"):
                inside = shapely.make_valid(shapely.Polygon(order), method=method)
                assert shapely.difference(inside, recorded).area < 1e-12
    assert np.isfinite(recorded.area)


@pytest.mark.parametrize("at", ["first", "last"])
def test_corners_far_below_places_are_still_an_outline(
    register: Register, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    """2026-11-28, the issue on files: how rows belong together was decided by the first 20,000 alone."""
    monkeypatch.setattr(import_run, "FIRST_ROWS", 40)
    monkeypatch.setattr(import_run, "LOOKED_AT", 20)
    monkeypatch.setattr(import_run, "OVERLAP", 5)
    places = [[f"{chr(97 + i // 26) * 3}{chr(97 + i % 26) * 3}", 45 + i / 7, 17 + i / 9] for i in range(75)]
    corners = [[f"SHA-9 TP{i}", lat, lon] for i, (lon, lat) in enumerate(CORNERS, start=1)]
    between = places[:40] if at == "first" else places
    header = "name,latitude,longitude"
    report = taken(register, table(tmp_path / "a.csv", header, [*between, *corners, *places[len(between) :]]))
    areas = [record for record in register.as_of().records if shapely.get_dimensions(record.geometry) == 2]
    assert [area.geometry.normalize() for area in areas] == [OUTLINE.normalize()]
    assert len(register.as_of().records) == 76
    assert [row.row for row in report.rows] == list(range(1, 81))
    assert any(note.startswith("from row 41 on") for note in report.notes)


def test_corners_in_the_midst_of_many_places_are_still_an_outline(
    register: Register, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """2026-11-29, the issue on files: the middle of each 20,000 points was reported, and not searched for corners."""
    monkeypatch.setattr(import_run, "FIRST_ROWS", 80)
    monkeypatch.setattr(import_run, "LOOKED_AT", 10)
    monkeypatch.setattr(import_run, "OVERLAP", 5)
    places = [[f"{chr(97 + i // 26) * 3}{chr(97 + i % 26) * 3}", 45 + i / 7, 17 + i / 9] for i in range(70)]
    corners = [[f"SHA-9 TP{i}", lat, lon] for i, (lon, lat) in enumerate(CORNERS, start=1)]
    for above in range(30, 36):  # wherever a stretch that is looked at begins
        rows = [*places[:above], *corners, *places[above:]]
        path = table(tmp_path / f"{above}.csv", "name,latitude,longitude", rows)
        taken(register, path, again=True)
    areas = [record for record in register.as_of().records if shapely.get_dimensions(record.geometry) == 2]
    assert [area.geometry.normalize() for area in areas] == [OUTLINE.normalize()] * 6


@pytest.mark.parametrize(
    ("record", "number", "latitude", "longitude"),
    [
        ("Identifiant de la zone", "Numéro du sommet", "Latitude", "Longitude"),
        ("Código de la zona peligrosa", "Número del vértice", "Latitud", "Longitud"),
        ("ID da área", "Nº do vértice", "Latitude", "Longitude"),
        ("Ідентифікатор ділянки", "№ точки", "Широта", "Довгота"),
        ("Номер района", "№ вершины", "Широта", "Долгота"),
        ("Šifra površine", "Broj tačke", "Geografska širina", "Geografska dužina"),
        ("رقم المنطقة", "رقم النقطة", "خط العرض", "خط الطول"),
    ],
)
def test_columns_are_understood_by_what_their_words_say_together(
    tmp_path: Path, record: str, number: str, latitude: str, longitude: str
) -> None:
    """Only whole names that stand in a list were known, and corners stayed points (2026-11-28: 4 of 7 languages)."""
    places = [(44.90, 17.10), (44.90, 17.11), (44.91, 17.11), (44.91, 17.10)]
    lines = [f"{area},{at},{lat + north},{lon}" for area, north in (("A", 0), ("B", 0.1))
             for at, (lat, lon) in enumerate(places, start=1)]  # fmt: skip
    path = tmp_path / "corners.csv"
    path.write_text("\n".join([f"{record},{number},{latitude},{longitude}", *lines]), encoding="utf-8")
    with Register.create(tmp_path / "r.gpkg", by="t") as register:
        import_file(register, path, kind=RecordKind.SUSPECTED, source="t", accuracy_m=5.0, by="t")
        outlines = [entry.geometry for entry in register.as_of().records]
    assert len(outlines) == 2
    for lat in (44.905, 45.005):
        assert any(outline.contains(shapely.Point(17.105, lat)) for outline in outlines)


NAMED_ONCE = {
    "weak numbers": ("hazard_id,point,lat,lon", ["SHA-1,1", ",2", ",3", ",4"], ["SHA-2,1", ",2", ",3", ",4"]),
    "no numbers": ("hazard_id,lat,lon", ["SHA-1", "", "", ""], ["SHA-2", "", "", ""]),
    "a plain identifier": ("id,lat,lon", ["1", "", "", ""], ["2", "", "", ""]),
    "blank lines between": ("hazard_id,no,lat,lon", ["SHA-1,1", ",2", ",3", ",4"], ["\nSHA-2,1", ",2", ",3", ",4"]),
}


@pytest.mark.parametrize("form", NAMED_ONCE)
def test_a_record_that_is_named_in_its_first_row_alone_is_one_outline(form: str, tmp_path: Path) -> None:
    """2026-11-29: a spreadsheet with merged cells, saved as CSV, was as many points, and the middle none recorded."""
    header, *areas = NAMED_ONCE[form]
    corners = [(17.1, 44.9), (17.11, 44.9), (17.11, 44.91), (17.1, 44.91)]
    lines = [header]
    for north, names in enumerate(areas):
        lines += [f"{name},{lat + north},{lon}" for name, (lon, lat) in zip(names, corners, strict=True)]
    path = tmp_path / "corners.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with Register.create(tmp_path / "r.gpkg") as register:
        report = import_file(register, path, kind=RecordKind.SUSPECTED, source="a test", accuracy_m=5.0, by="tester")
        records = register.as_of().records
    assert report.account.repaired == 8
    assert len(records) == 2
    for north in (0, 1):
        assert any(record.geometry.contains(shapely.Point(17.105, 44.905 + north)) for record in records)


def test_places_of_their_own_that_lack_an_identifier_stay_places_of_their_own(tmp_path: Path) -> None:
    """Far from each other, or each third one named: nothing says that they are corners."""
    path = tmp_path / "places.csv"
    for case, (header, *rows) in enumerate(
        (
            ("hazard_id,lat,lon", "A,44.9,17.1", ",45.9,18.1", ",43.9,16.1"),
            ("hazard_id,lat,lon", "A,44.9,17.1", "B,44.91,17.1", ",44.92,17.1"),
            ("id,feature_id,lat,lon", "17,S-1,44.9,17.1", "S-2,,44.91,17.1", "S-3,,44.91,17.11"),
        )
    ):
        path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        with Register.create(tmp_path / f"{case}.gpkg") as register:
            import_file(register, path, kind=RecordKind.SUSPECTED, source="a test", accuracy_m=5.0, by="tester")
            assert [record.geometry.geom_type for record in register.as_of().records] == ["Point"] * 3


def test_points_that_bear_the_name_of_their_record_are_its_corners_however_it_ends(tmp_path: Path) -> None:
    """2026-11-29: KV-12 in each of four rows was read as a number that counts nothing, and the middle none recorded."""
    path = tmp_path / "corners.csv"
    corners = [(17.1, 44.9), (17.11, 44.9), (17.11, 44.91), (17.1, 44.91)]
    rows = [f"{name},{lat + north},{lon}" for name, north in (("KV-12", 0), ("KV-13", 1)) for lon, lat in corners]
    path.write_text("\n".join(["name,lat,lon", *rows]) + "\n", encoding="utf-8")
    with Register.create(tmp_path / "r.gpkg") as register:
        import_file(register, path, kind=RecordKind.SUSPECTED, source="a test", accuracy_m=5.0, by="tester")
        outlines = [record.geometry for record in register.as_of().records]
    assert len(outlines) == 2
    assert shapely.union_all(outlines).covers(shapely.MultiPoint([(17.105, 44.905), (17.105, 45.905)]))


@pytest.mark.parametrize("header", ["Ala nimi,Nurgapunkt", "Teritorija,Taškas", "Minenfeld,Eckpunkt", "a,b"])
def test_rows_that_count_anew_for_each_value_of_a_column_may_be_corners_in_any_language(
    header: str, tmp_path: Path
) -> None:
    """2026-11-29: names of columns that are not known here made four points, and the middle none recorded."""
    path = tmp_path / "corners.csv"
    corners = [(17.1, 44.9), (17.11, 44.9), (17.11, 44.91), (17.1, 44.91)]
    rows = [f"F{name},{n},{lat + name},{lon}" for n, (lon, lat) in enumerate(corners, start=1) for name in (0, 1)]
    path.write_text("\n".join([f"{header},lat,lon", *rows]) + "\n", encoding="utf-8")
    with Register.create(tmp_path / "r.gpkg") as register:
        report = import_file(register, path, kind=RecordKind.SUSPECTED, source="a test", accuracy_m=5.0, by="tester")
        outlines = [record.geometry for record in register.as_of().records]
    assert "points_taken_as_corners" in report.rows[0].reasons
    assert len(outlines) == 2
    assert shapely.union_all(outlines).covers(shapely.MultiPoint([(17.105, 44.905), (17.105, 45.905)]))


@pytest.mark.parametrize("form", ["SHA-{n},x{n}", "{n},mine {n}", "{n}0,x"])
def test_rows_that_are_named_or_described_are_places_of_their_own(form: str, tmp_path: Path) -> None:
    path = tmp_path / "places.csv"
    rows = [f"{form.format(n=n)},44.9{n},17.1" for n in range(1, 6)]
    path.write_text("\n".join(["a,b,lat,lon", *rows]) + "\n", encoding="utf-8")
    with Register.create(tmp_path / "r.gpkg") as register:
        import_file(register, path, kind=RecordKind.SUSPECTED, source="a test", accuracy_m=5.0, by="tester")
        assert [record.geometry.geom_type for record in register.as_of().records] == ["Point"] * 5


def test_blocks_under_headings_are_outlines_of_their_own(tmp_path: Path) -> None:
    """2026-11-29: a heading between two blocks of corners made points of all of them."""
    path = tmp_path / "corners.csv"
    corners = [(17.1, 44.9), (17.11, 44.9), (17.11, 44.91), (17.1, 44.91)]
    blocks = [f"{n},{lat + north},{lon}" for north in (0, 1) for n, (lon, lat) in enumerate(corners, start=1)]
    lines = ["SHA-1,,", "Point,Lat,Lon", *blocks[:4], "SHA-2,,", "Point,Lat,Lon", *blocks[4:]]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with Register.create(tmp_path / "r.gpkg") as register:
        import_file(register, path, kind=RecordKind.SUSPECTED, source="a test", accuracy_m=5.0, by="tester")
        outlines = [record.geometry for record in register.as_of().records]
    assert shapely.union_all(outlines).covers(shapely.MultiPoint([(17.105, 44.905), (17.105, 45.905)]))
