"""Corners of an outline that only the names of their points tell, and sides that are rows of their own."""

import csv
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from merestone.exchange import IntakeReport, import_file
from merestone.exchange.meaning.vertex_names import named_point
from merestone.register import Register
from merestone.terms import Outcome, RecordKind

# An outline that turns inward at its third corner, so that the order of its corners matters.
CORNERS = [(17.10, 44.90), (17.12, 44.90), (17.11, 44.905), (17.12, 44.92), (17.10, 44.92)]
OUTLINE = shapely.Polygon(CORNERS)
HULL = OUTLINE.convex_hull
SIDES = [shapely.LineString([CORNERS[i], CORNERS[(i + 1) % 5]]) for i in range(5)]


def numbered(form: str, numbers: str = "1 2 3 4 5") -> list[str]:
    return [form.format(number) for number in numbers.split()]


ORDERED = [
    numbered("P{}"), numbered("TP {}"), numbered("SHA-1 TP{}"), numbered("Corner {}", "A B C D E"),
    numbered("точка {}"),
    ["SHA-1 SP", "SHA-1 TP1", "SHA-1 TP2", "SHA-1 TP3", "SHA-1 EP"], numbered("Waypoint {}", "8 9 10 11 12"),
    numbered("Punkt {}"), numbered("{} corner", "1st 2nd 3rd 4th 5th"), numbered("TP {}", "I II III IV V"),
    numbered("Point {} (SHA 7)"),
]  # fmt: skip
NUMBERED = [
    numbered("00{}"), numbered("{}", "A B C D E"), numbered("SHA-1-{}"), numbered("MF7_{}"), ["corner"] * 5,
    ["Untitled Placemark"] * 5, numbered("{}", "I II III IV V"), ["SHA-1"] * 5,
    numbered("SHA-1/{}", "A B C D E"), numbered("Kozara {}"), ["KV-12"] * 5,
]  # fmt: skip
OWN = [
    numbered("SHA-{}"), numbered("{}", "Kozara Most Skola Crkva Bunar"), numbered("BIH-2026-0{}"), numbered("UXO {}"),
    numbered("Minefield {}", "A B C D E"), numbered("поле {}"),
]  # fmt: skip


@pytest.fixture
def register(tmp_path: Path) -> Any:
    with Register.create(tmp_path / "register.gpkg") as made:
        yield made


def taken(register: Register, path: Path, **more: Any) -> IntakeReport:
    asked: dict[str, Any] = {"kind": RecordKind.SUSPECTED, "source": "a test", "accuracy_m": 25.0, "by": "tester"}
    return import_file(register, path, **(asked | more))


def file_of(path: Path, names: list[str]) -> Path:
    """Five named points as a receiver, a globe or a sheet keeps them."""
    points = list(zip(names, CORNERS, strict=True))
    if path.suffix == ".gpx":
        marks = "".join(
            f"<wpt lat='{lat}' lon='{lon}'><ele>{300 + i}</ele><time>2026-05-02T10:0{i}:00Z</time><name>{name}</name>"
            f"<cmt>02-MAY-26 10:0{i}:00</cmt><sym>Flag, Blue</sym></wpt>"
            for i, (name, (lon, lat)) in enumerate(points)
        )
        text = f"<gpx version='1.1' xmlns='http://www.topografix.com/GPX/1/1'>{marks}</gpx>"
    elif path.suffix == ".kml":
        marks = "".join(
            f"<Placemark><name>{name}</name><Point><coordinates>{lon},{lat},0</coordinates></Point></Placemark>"
            for name, (lon, lat) in points
        )
        text = f"<kml xmlns='http://www.opengis.net/kml/2.2'><Folder><name>SHA-7</name>{marks}</Folder></kml>"
    elif path.suffix == ".geojson":
        return features(path, *((shapely.Point(place), {"name": name}) for name, place in points))
    else:
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([["name", "lat", "lon"], *((name, lat, lon) for name, (lon, lat) in points)])
        return path
    path.write_text(text, encoding="utf-8")
    return path


def features(path: Path, *pairs: tuple[BaseGeometry, dict[str, Any]]) -> Path:
    made = [
        {"type": "Feature", "geometry": json.loads(shapely.to_geojson(geometry)), "properties": properties}
        for geometry, properties in pairs
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": made}), encoding="utf-8")
    return path


@pytest.mark.parametrize("suffix", [".gpx", ".kml", ".csv", ".geojson"])
@pytest.mark.parametrize("names", ORDERED, ids=lambda names: names[1])
def test_points_that_are_called_corners_are_one_outline_in_their_order(
    register: Register, tmp_path: Path, names: list[str], suffix: str
) -> None:
    """2026-11-28: five waypoints became five points; in the middle between them: none recorded."""
    report = taken(register, file_of(tmp_path / f"a{suffix}", names))
    [record] = register.as_of().records
    assert record.geometry.normalize() == OUTLINE.normalize()
    assert {row.outcome for row in report.rows} == {Outcome.REPAIRED}
    assert len(record.attributes["points_of_outline"]) == 5


@pytest.mark.parametrize("suffix", [".gpx", ".kml", ".csv"])
@pytest.mark.parametrize("names", NUMBERED, ids=lambda names: names[1])
def test_of_points_that_are_only_numbered_the_larger_meaning_warns_and_is_told(
    register: Register, tmp_path: Path, names: list[str], suffix: str
) -> None:
    report = taken(register, file_of(tmp_path / f"a{suffix}", names))
    [record] = register.as_of().records
    assert record.geometry.buffer(1e-9).covers(HULL)
    assert {"points_taken_as_corners", "corner_order_unknown"} & set(report.rows[0].reasons)


@pytest.mark.parametrize("names", OWN, ids=lambda names: names[1])
def test_things_that_are_numbered_stay_records_of_their_own(
    register: Register, tmp_path: Path, names: list[str]
) -> None:
    for suffix in (".gpx", ".csv"):
        report = taken(register, file_of(tmp_path / f"a{suffix}", names), again=True)
        assert report.account.accepted == 5


@pytest.mark.parametrize("kind", [RecordKind.ACCIDENT, RecordKind.INCIDENT, RecordKind.SPOT_FIND])
@pytest.mark.parametrize("names", [ORDERED[0], NUMBERED[0]], ids=["P1", "001"])
def test_accidents_and_finds_are_never_corners(
    register: Register, tmp_path: Path, kind: RecordKind, names: list[str]
) -> None:
    taken(register, file_of(tmp_path / "a.gpx", names), kind=kind)
    assert {record.geometry.geom_type for record in register.as_of().records} == {"Point"}


def test_hazards_of_which_each_is_described_stay_records_of_their_own(register: Register, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    kinds = ["AP mine", "UXO", "AT mine", "IED", "shell"]
    rows = [f"{i},{kind},{lat},{lon}" for i, (kind, (lon, lat)) in enumerate(zip(kinds, CORNERS, strict=True))]
    path.write_text("\n".join(["no,what was found,lat,lon", *rows]))
    assert taken(register, path).account.accepted == 5


def test_numbered_points_far_apart_stay_records_of_their_own(register: Register, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("name,lat,lon\n" + "".join(f"P{i},{44 + i / 5},17.1\n" for i in range(5)))
    assert taken(register, path).account.accepted == 5


@pytest.mark.parametrize("header", ["id,lat,lon", "nr,lat,lon", "lat,lon"])
def test_a_bare_list_of_places_may_be_an_outline(register: Register, tmp_path: Path, header: str) -> None:
    path = tmp_path / "a.csv"
    rows = [f"{lat},{lon}" if header == "lat,lon" else f"{i},{lat},{lon}" for i, (lon, lat) in enumerate(CORNERS)]
    path.write_text("\n".join([header, *rows]))
    report = taken(register, path)
    assert register.as_of().records[0].geometry.covers(HULL)
    assert "points_taken_as_corners" in report.rows[0].reasons


@pytest.mark.parametrize(
    ("header", "form"),
    [
        ("description", "Point {}"), ("remarks", "turning point no. {}"), ("code", "SHA-1/TP{}"),
        ("Nombre", "Vértice {}"),
        ("Nazwa", "Narożnik {}"), ("номер", "{}"), ("type", "corner"),
    ],
)  # fmt: skip
def test_columns_in_which_corners_are_named_are_called_in_many_ways(
    register: Register, tmp_path: Path, header: str, form: str
) -> None:
    path = tmp_path / "a.csv"
    rows = [f"{form.format(i)},{lat},{lon}" for i, (lon, lat) in enumerate(CORNERS)]
    path.write_text("\n".join([f"{header},lat,lon", *rows]), encoding="utf-8")
    taken(register, path)
    assert shapely.make_valid(register.as_of().records[0].geometry).buffer(1e-9).covers(OUTLINE)


def test_a_column_sha_names_the_outline(register: Register, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = [f"SHA-{n},{i},{lat + n},{lon}" for n in (1, 2) for i, (lon, lat) in enumerate(CORNERS)]
    path.write_text("\n".join(["sha,point,lat,lon", *rows]))
    taken(register, path)
    assert [record.geometry.geom_type for record in register.as_of().records] == ["Polygon", "Polygon"]


def test_the_points_of_one_minefield_keep_the_ground_between_them(register: Register, tmp_path: Path) -> None:
    """2026-11-28: a minefield that was given as several points in one shape was these points alone."""
    path = features(tmp_path / "a.geojson", (shapely.MultiPoint(CORNERS), {}))
    taken(register, path, kind=RecordKind.MINEFIELD_RECORD)
    assert register.as_of().records[0].geometry.covers(HULL)


def test_several_outlines_and_their_reference_points_are_kept_apart(register: Register, tmp_path: Path) -> None:
    names = [f"SHA-{which} {name}" for which in (1, 2) for name in ("RP", "TP1", "TP2", "TP3", "TP4", "TP5")]
    places = [(lon + east, lat) for east in (0.0, 0.5) for lon, lat in [(17.2, 45.0), *CORNERS]]
    path = features(
        tmp_path / "a.geojson",
        *((shapely.Point(place), {"name": name}) for name, place in zip(names, places, strict=True)),
    )
    taken(register, path)
    first, second = register.as_of().records
    assert first.geometry.normalize() == OUTLINE.normalize()
    assert (first.attributes["name"], second.attributes["name"]) == ("SHA-1", "SHA-2")
    assert first.attributes["reference_point"] == [17.2, 45.0]


def test_points_beside_areas_are_gathered_too(register: Register, tmp_path: Path) -> None:
    """2026-11-28: one polygon in a file kept all of its points from being corners."""
    corners = [(shapely.Point(place), {"name": f"TP{i}"}) for i, place in enumerate(CORNERS)]
    path = features(tmp_path / "a.geojson", (shapely.box(17.5, 44.9, 17.6, 45), {"name": "SHA-2"}), *corners)
    taken(register, path)
    assert {record.geometry.geom_type for record in register.as_of().records} == {"Polygon"}
    assert len(register.as_of().records) == 2


def test_corners_that_each_have_a_radius_stay_circles(register: Register, tmp_path: Path) -> None:
    path = features(
        tmp_path / "a.geojson",
        *((shapely.Point(place), {"hazard_id": "H-1", "radius": 100 + i}) for i, place in enumerate(CORNERS)),
    )
    report = taken(register, path)
    assert all("circle" in row.reasons for row in report.rows)


def test_released_land_is_never_made_of_points_that_may_be_something_else(register: Register, tmp_path: Path) -> None:
    for number, names in enumerate([ORDERED[0], NUMBERED[0], NUMBERED[4]]):
        taken(register, file_of(tmp_path / f"{number}.gpx", names), kind=RecordKind.CLEARED, again=True)
    assert sum(record.geometry.area for record in register.as_of().records) == 0
    taken(register, file_of(tmp_path / "tp.gpx", ORDERED[1]), kind=RecordKind.CLEARED, again=True)
    assert register.as_of().records[-1].geometry.normalize() == OUTLINE.normalize()


@pytest.mark.parametrize(
    "properties",
    [
        [{"hazard_id": "H-1"}] * 5, [{}] * 5, [{"id": i} for i in range(5)], [{"name": "Minefield 3"}] * 5,
        [{"name": f"side {i}"} for i in range(5)], [{"hazard_id": "H-1", "line": i, "long_m": i} for i in range(5)],
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", [RecordKind.SUSPECTED, RecordKind.MINEFIELD_RECORD])
def test_sides_in_rows_of_their_own_are_one_outline(
    register: Register, tmp_path: Path, properties: list[dict[str, Any]], kind: RecordKind
) -> None:
    """2026-11-28: five sides of an outline were five lines; in the middle between them: none recorded."""
    report = taken(register, features(tmp_path / "a.geojson", *zip(SIDES, properties, strict=True)), kind=kind)
    [record] = register.as_of().records
    assert record.geometry.normalize() == OUTLINE.normalize()
    assert [row.row for row in report.rows] == [1, 2, 3, 4, 5]
    assert "side_rows" in report.rows[0].reasons


def test_each_of_many_rows_of_a_record_names_few_of_the_others(register: Register, tmp_path: Path) -> None:
    """2026-11-29: each of 50,000 sides named all the others, which took 7 GB and four minutes."""
    corners = shapely.get_coordinates(shapely.Point(17.1, 44.9).buffer(0.01, quad_segs=15))
    sides = [shapely.LineString(pair) for pair in pairwise(corners)]
    rows = [(side, {"hazard_id": record}) for side in sides for record in ("H", "K")]
    report = taken(register, features(tmp_path / "a.geojson", *rows))
    assert len(register.as_of().records) == 2
    assert {len(row.messages[0].split(",")) for row in report.rows} == {50}
    assert all("and 10 more" in row.messages[0] and row.messages[0].count(" 1,") == row.row % 2 for row in report.rows)


def test_sides_of_one_record_may_leave_gaps_and_lack_the_last(register: Register, tmp_path: Path) -> None:
    ends = (0.05, 0.95)
    short = [shapely.LineString([shapely.line_interpolate_point(s, n, normalized=True) for n in ends]) for s in SIDES]
    taken(register, features(tmp_path / "a.geojson", *((s, {"hazard_id": "H"}) for s in short)))
    taken(register, features(tmp_path / "b.geojson", *((s, {"hazard_id": "K"}) for s in SIDES[:4])))
    for record in register.as_of().records:
        assert record.geometry.covers(shapely.Point(17.104, 44.91))


def test_lines_that_enclose_nothing_stay_records_of_their_own(register: Register, tmp_path: Path) -> None:
    rows = [(SIDES[0], {"hazard_id": "H"}), (SIDES[4], {"hazard_id": "K"}), (SIDES[2], {"hazard_id": "L"})]
    report = taken(register, features(tmp_path / "a.geojson", *rows))
    assert report.account.accepted == 3


def test_sides_release_no_land(register: Register, tmp_path: Path) -> None:
    path = features(tmp_path / "a.geojson", *((side, {"id": "C-1"}) for side in SIDES))
    taken(register, path, kind=RecordKind.CLEARED)
    assert sum(record.geometry.area for record in register.as_of().records) == 0


@given(st.text(max_size=40))
def test_no_name_stops_the_reading(name: str) -> None:
    for text in (name, f"TP {name}", f"{name} 1", f"1 {name}"):
        named_point(text)


def test_points_too_far_apart_for_one_outline_are_told(register: Any, tmp_path: Path) -> None:
    """2026-11-28, the issue on files: P1 to P4 over 10 km apart became four places without a word."""
    path = tmp_path / "a.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        far = [(17 + (lon - 17.1) * 30, 44.9 + (lat - 44.9) * 30) for lon, lat in CORNERS]
        rows = [(f"P{n}", f"{lat:.6f}", f"{lon:.6f}") for n, (lon, lat) in enumerate(far, start=1)]
        csv.writer(file).writerows([("name", "latitude", "longitude"), *rows])
    report = import_file(register, path, kind=RecordKind.SUSPECTED, source="t", accuracy_m=5.0, by="t")
    assert [row.outcome for row in report.rows] == [Outcome.ACCEPTED] * 5
    assert any("P1 to P5 lie over 10 km apart" in note for note in report.notes)
