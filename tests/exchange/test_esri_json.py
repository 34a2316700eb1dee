"""Esri JSON: rings by their direction, systems by any number, dates as dates, and never a part of the data."""

import json
import math
import random
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import pytest
import shapely

from merestone.exchange import Row, format_of, import_file, read
from merestone.exchange.formats.esri_json import EsriJson
from merestone.register import Register
from merestone.terms import FileRefused, RecordKind

OUTER = [[0, 0], [0, 4], [4, 4], [4, 0], [0, 0]]  # clockwise
HOLE = [[1, 1], [2, 1], [2, 2], [1, 2], [1, 1]]  # anticlockwise
FAR = [[10, 0], [10, 4], [14, 4], [14, 0], [10, 0]]


def written(folder: Path, *geometries: Any, **members: Any) -> Path:
    path = folder / "a.json"
    features = [{"attributes": {"OBJECTID": at}, "geometry": geometry} for at, geometry in enumerate(geometries)]
    value = {"spatialReference": {"wkid": 4326}, "features": features, **members}
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def one(folder: Path, geometry: Any, **members: Any) -> Row:
    [row] = read(written(folder, geometry, **members))
    return row


@pytest.mark.parametrize(
    ("geometry", "wkt"),
    [
        ({"rings": [OUTER]}, "POLYGON ((0 0, 0 4, 4 4, 4 0, 0 0))"),
        ({"rings": [OUTER, HOLE]}, "POLYGON ((0 0, 0 4, 4 4, 4 0, 0 0), (1 1, 2 1, 2 2, 1 2, 1 1))"),
        ({"rings": [HOLE, OUTER]}, "POLYGON ((0 0, 0 4, 4 4, 4 0, 0 0), (1 1, 2 1, 2 2, 1 2, 1 1))"),
        ({"rings": [OUTER, FAR]}, "MULTIPOLYGON (((0 0, 0 4, 4 4, 4 0, 0 0)), ((10 0, 10 4, 14 4, 14 0, 10 0)))"),
        ({"rings": [OUTER[::-1]]}, "POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0))"),  # one ring alone is an outline
        ({"rings": [[[x, y, 9, 1] for x, y in OUTER]], "hasZ": True}, "POLYGON ((0 0, 0 4, 4 4, 4 0, 0 0))"),
        ({"paths": [[[0, 0], [1, 1]]]}, "LINESTRING (0 0, 1 1)"),
        ({"paths": [[[0, 0], [1, 1]], [[2, 2], [3, 3]]]}, "MULTILINESTRING ((0 0, 1 1), (2 2, 3 3))"),
        ({"points": [[0, 0], [1, 1]]}, "MULTIPOINT (0 0, 1 1)"),
        ({"x": 1.5, "y": 2.5, "z": 3}, "POINT (1.5 2.5)"),
        ({"xmin": 0, "ymin": 0, "xmax": 2, "ymax": 1}, "POLYGON ((0 0, 0 1, 2 1, 2 0, 0 0))"),
    ],
)
def test_every_geometry_is_read(tmp_path: Path, geometry: Any, wkt: str) -> None:
    row = one(tmp_path, geometry)
    assert row.geometry is not None, row.fault
    assert row.geometry.normalize() == shapely.from_wkt(wkt).normalize()
    assert row.remarks == ()


@pytest.mark.parametrize("geometry", [None, {}, {"x": None}, {"x": "NaN", "y": 2}, {"rings": []}, {"paths": [[]]}])
def test_an_empty_geometry_is_none(tmp_path: Path, geometry: Any) -> None:
    row = one(tmp_path, geometry)
    assert (row.geometry, row.fault) == (None, None)


def test_a_ring_that_runs_the_wrong_way_is_never_lost(tmp_path: Path) -> None:
    """Its writer meant an area; a hole in nothing would be nothing."""
    row = one(tmp_path, {"rings": [OUTER, FAR[::-1]]})
    assert row.geometry is not None
    assert row.geometry.area == 32
    assert [remark.code for remark in row.remarks] == ["ring_direction"]


@pytest.mark.parametrize(
    ("geometry", "code"),
    [
        ({"curveRings": [[{"c": [[2, 0], [1, 1]]}, [0, 0]]]}, "curved_geometry"),
        ({"curveRings": [[[0, 0], {"c": [[0, 0], [1, 1]]}]]}, "curved_geometry"),
        ({"curveRings": [[[0, 0], {"c": [[2, 0]]}, [0, 0]]]}, "curved_geometry"),
        ({"curveRings": [[[0, 0], {"c": [[-1e308, 1], [1, 1]]}, [0, 0]]]}, "curved_geometry"),
        ({"curvePaths": [[[0, 0], {"spline": [[2, 0], [1, 1], [1, 2]]}]]}, "curved_geometry"),
        ({"curvePaths": [[[0, 0], {"a": [[2, 0], [1, 5], 1, 1]}, {"a": [[9, 0], [1, 5], 1, 1]}]]}, "curved_geometry"),
        ({"curvePaths": [[[0, 0], {"b": [[2, 0], [1, True], [1, 2]]}]]}, "curved_geometry"),
        ({"rings": [[[0, 0], [1, "a"], [1, 0], [0, 0]]]}, "unreadable_position"),
        ({"rings": [7]}, "unreadable_geometry"),
        ({"x": "1", "y": 2}, "unreadable_position"),
        ({"nurbs": 1}, "unreadable_geometry"),
        ("POINT (1 2)", "unreadable_geometry"),
        ({"x": 1, "y": 2, "spatialReference": {"wkid": 999999}}, "unknown_reference"),
    ],
)
def test_what_cannot_be_read_is_a_fault_and_harms_no_other_row(tmp_path: Path, geometry: Any, code: str) -> None:
    bad, good = read(written(tmp_path, geometry, {"x": 1, "y": 2}))
    assert bad.fault is not None
    assert (bad.fault.code, bad.geometry) == (code, None)
    assert json.loads(bad.raw)["geometry"] == geometry
    assert good.geometry == shapely.Point(1, 2)


def test_an_arc_there_and_back_is_the_ground_beside_it(tmp_path: Path) -> None:
    """2026-11-28: GEOS raised where faces overlap by a rounding, and the row was quarantined."""
    [row] = read(written(tmp_path, {"curveRings": [[[0, 0], {"c": [[2, 0], [1, 1]]}, {"c": [[0, 0], [1, 1]]}]]}))
    angles = np.linspace(0, np.pi, 50)
    assert shapely.dwithin(row.geometry, shapely.points(1 + np.cos(angles), np.sin(angles)), 1e-9).all()
    assert row.inner_geometry == shapely.Polygon()


def test_an_outline_of_two_corners_is_kept_for_the_check(tmp_path: Path) -> None:
    row = one(tmp_path, {"rings": [[[0, 0], [1, 1]]]})
    assert row.geometry is not None
    assert row.geometry.bounds == (0, 0, 1, 1)


@pytest.mark.parametrize(
    ("reference", "code"),
    [
        ({"wkid": 102100, "latestWkid": 3857}, "EPSG:3857"),
        ({"wkid": 102100}, "EPSG:3857"),
        ({"wkid": 32633}, "EPSG:32633"),
        ({"wkid": 102013}, "ESRI:102013"),
        ({"wkt": pyproj.CRS("EPSG:32633").to_wkt("WKT1_ESRI")}, "EPSG:32633"),
    ],
)
def test_systems_by_any_number_or_text(tmp_path: Path, reference: Any, code: str) -> None:
    x, y = pyproj.Transformer.from_crs("OGC:CRS84", code, always_xy=True).transform(17.1, 44.9)
    row = one(tmp_path, {"x": x, "y": y}, spatialReference=reference)
    assert row.geometry is not None
    assert shapely.get_coordinates(row.geometry)[0] == pytest.approx([17.1, 44.9], abs=1e-6)


def test_a_set_that_states_no_system_needs_the_users_word(tmp_path: Path) -> None:
    path = written(tmp_path, {"x": 17.1, "y": 44.9}, spatialReference=None)
    with pytest.raises(FileRefused, match="--crs"):
        read(path)
    assert len(list(read(path, crs="EPSG:4326"))) == 1


def test_dates_become_dates_and_codes_are_told(tmp_path: Path) -> None:
    fields = [
        {"name": "surveyed", "type": "esriFieldTypeDate"},
        {"name": "count", "type": "esriFieldTypeInteger"},
        {"name": "status", "domain": {"codedValues": [{"code": 1, "name": "open"}]}},
    ]
    path = tmp_path / "a.json"
    attributes = {"surveyed": 1777716000000, "count": 1777716000000, "status": 1}
    older = {"surveyed": -86400001, "count": None, "status": None}
    value = {"spatialReference": {"wkid": 4326}, "fields": fields, "geometryType": "esriGeometryPoint"}
    value["features"] = [{"attributes": a, "geometry": {"x": 1, "y": 2}} for a in (attributes, older)]
    path.write_text(json.dumps(value))
    reading = read(path)
    first, second = reading
    assert first.attributes == {"surveyed": "2026-05-02T10:00:00+00:00", "count": 1777716000000, "status": 1}
    assert second.attributes["surveyed"] == "1969-12-30T23:59:59.999+00:00"
    assert reading.notes == ["codes of column status were kept as they are: 1 = open"]


def test_a_page_that_is_cut_off_is_refused_as_a_part(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match=r"part of the data.*stopped at its limit"):
        read(written(tmp_path, {"x": 1, "y": 2}, exceededTransferLimit=True))
    assert len(list(read(written(tmp_path, {"x": 1, "y": 2}, exceededTransferLimit=False)))) == 1


def test_other_objects_of_arcgis(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    feature = {"attributes": {"a": 1}, "geometry": {"x": 1, "y": 2}}
    inner = {"features": [feature], "geometryType": "esriGeometryPoint", "spatialReference": {"wkid": 4326}}
    layers = [{"layerDefinition": {"name": name}, "featureSet": inner} for name in ("north", "south")]
    path.write_text(json.dumps({"layers": layers}))
    assert EsriJson().layers(path) == ("north", "south")
    assert len(list(read(path, layer="south"))) == 1
    alone = {"rings": [OUTER], "spatialReference": {"wkid": 4326}}
    wholes: list[dict[str, Any]] = [{"featureSet": inner}, {**feature, "geometry": {**alone}}, alone]
    for value in wholes:
        path.write_text(json.dumps(value))
        assert format_of(path).name == "Esri JSON"
        assert len(list(read(path))) == 1
    for answer in ({"objectIdFieldName": "OBJECTID", "objectIds": [1, 2]}, {"spatialReference": {}, "count": 3}):
        path.write_text(json.dumps(answer))
        with pytest.raises(FileRefused, match="without a list named features"):
            read(path)


def test_holes_belong_to_the_smallest_outline_around_them_and_rings_without_end_are_put_aside(tmp_path: Path) -> None:
    def ring(r: float) -> list[list[float]]:
        return [[-r, -r], [-r, r], [r, r], [r, -r], [-r, -r]]

    nested = [ring(9), ring(8)[::-1], ring(4), ring(3)[::-1]]  # an island in a lake on an island in a lake
    row = one(tmp_path, {"rings": nested})
    assert row.geometry is not None
    assert row.geometry.area == 18**2 - 16**2 + 8**2 - 6**2
    many = [ring(0.01 * n) for n in range(1, 700)]
    put_aside = one(tmp_path, {"rings": many + [outline[::-1] for outline in many]})
    assert put_aside.fault is not None
    assert "too many" in put_aside.fault.message


def test_half_a_character_ends_in_a_refusal_or_in_text_that_can_be_stored(tmp_path: Path) -> None:
    """2026-11-28, found by fuzzing: PROJ was asked for a text that has no bytes."""
    path = written(tmp_path, {"x": 1, "y": 2}, spatialReference={"wkt": "\ud800"})
    with pytest.raises(FileRefused, match="cannot be understood"):
        read(path)
    path = written(tmp_path, {"x": "\ud800"}, spatialReference={"wkid": 4326})
    [row] = read(path)
    assert row.raw.encode()
    path.write_text('{"type": "FeatureCollection", "crs": "\\ud800", "features": []}')
    with pytest.raises(FileRefused, match="cannot be understood"):
        read(path)


def test_infinite_coordinates_and_fields_without_a_name(tmp_path: Path) -> None:
    """2026-11-28, found by fuzzing: a warning of NumPy, and a traceback."""
    path = tmp_path / "a.json"
    text = '{"spatialReference": {"wkid": 3857}, "fields": [{"name": {}, "type": "esriFieldTypeDate"}], "features": '
    path.write_text(text + '[{"geometry": {"rings": [[[0, 0], [0, 1e999], [4, 4], [0, 0]]]}}]}')
    [row] = read(path)
    assert row.geometry is not None
    assert not shapely.get_coordinates(row.geometry).max() < float("inf")


def test_no_damage_to_a_file_ever_ends_in_anything_but_rows_or_a_refusal(tmp_path: Path) -> None:
    rng = random.Random(2)
    fields = [{"name": "OBJECTID", "type": "esriFieldTypeDate", "domain": {"codedValues": [{"code": 1, "name": "x"}]}}]
    own = {"x": 1, "y": 2, "spatialReference": {"wkid": 3857}}
    seed = written(tmp_path, {"rings": [OUTER, HOLE]}, own, {"paths": [OUTER]}, fields=fields).read_bytes()
    values = [b"null", b"[]", b"{}", b"1e999", b"-1", b'"x"', b"NaN", b"true", b"99999999999999999999"]
    for _ in range(800):
        data = bytearray(seed)
        for _ in range(rng.randint(1, 3)):
            at, length = rng.randrange(len(data)), rng.randint(1, 8)
            data[at : at + length] = rng.choice([b"", data[at : at + length] * 2, rng.choice(values)])
        path = tmp_path / "f.json"
        path.write_bytes(data)
        try:
            numbers = [row.number for row in EsriJson().read(path)]
        except FileRefused:
            continue
        assert numbers == list(range(1, len(numbers) + 1))


HALF_DISC = [[0, 0], {"c": [[2, 0], [1, 1]]}, [0, 0]]  # clockwise, round (1, 0)


@pytest.mark.parametrize(
    ("ring", "area"),
    [
        (HALF_DISC, math.pi / 2),
        ([[0, 0], {"a": [[2, 0], [1, 0], 0, 1]}, [0, 0]], math.pi / 2),
        ([[0, 0], {"a": [[0, 0], [1, 0], 0, 1]}], math.pi),  # a whole circle
        ([[0, 0], {"a": [[2, 0], [1, 0], 0, 1, 0, 1, 0.5]}, [0, 0]], math.pi / 4),
        ([[0, 0], {"a": [[2, 0], [1, 0], 0, 1, math.pi / 2, 2, 0.5]}, [0, 0]], math.pi),
        ([[0, 0], {"b": [[3, 0], [1, 2], [2, 2]]}, [0, 0]], 3.0),
    ],
)
def test_true_curves_are_made_straight_outward_and_inward(tmp_path: Path, ring: Any, area: float) -> None:
    """2026-11-28: rows with curves were quarantined, and a hazard of the file did not warn."""
    row = one(tmp_path, {"curveRings": [ring]})
    assert row.geometry is not None
    assert row.inner_geometry is not None
    assert row.inner_geometry.area < area < row.geometry.area
    assert row.geometry.covers(row.inner_geometry)
    assert row.geometry.area == pytest.approx(area, rel=4e-3)
    assert [remark.code for remark in row.remarks] == ["curved_geometry"]


def test_a_curved_hole_is_kept_and_a_curved_line_widens(tmp_path: Path) -> None:
    disc_hole = [[1, 2], {"a": [[1, 2], [2, 2], 0, 0]}]  # anticlockwise, round (2, 2)
    row = one(tmp_path, {"curveRings": [OUTER, disc_hole]})
    assert row.geometry is not None
    assert not row.geometry.covers(shapely.Point(2, 2))
    assert row.geometry.area > 16 - math.pi
    line = one(tmp_path, {"curvePaths": [[[0, 0], {"c": [[2, 0], [1, 1]]}, [3, 0]]]})
    assert line.geometry is not None
    assert line.geometry.geom_type == "LineString"
    assert 0.0005 * 111_000 < line.shift_m < 0.002 * 111_000
    straight = one(tmp_path, {"curveRings": [OUTER]})
    assert straight.geometry == shapely.Polygon(OUTER)
    assert straight.remarks == ()


def test_released_land_with_curves_is_recorded_by_its_inward_outline(tmp_path: Path) -> None:
    path = written(tmp_path, {"curveRings": [[[17.1, 44.9], {"c": [[17.12, 44.9], [17.11, 44.91]]}, [17.1, 44.9]]]})
    recorded = {}
    for kind in (RecordKind.SUSPECTED, RecordKind.CLEARED):
        with Register.create(tmp_path / f"{kind}.gpkg") as register:
            report = import_file(register, path, kind=kind, source="a test", accuracy_m=0.0, by="tester")
            [record] = register.as_of().records
        recorded[kind] = record.geometry
        assert "arcs were made straight" in str(report.as_json())
    assert recorded[RecordKind.SUSPECTED].area > math.pi * 1e-4 / 2 > recorded[RecordKind.CLEARED].area


def test_rings_of_huge_numbers_are_no_crash(tmp_path: Path) -> None:
    """2026-11-28, fuzzing: ValueError from the sum of the products."""
    row = one(tmp_path, {"rings": [[[1e308, -1e308], [-1e308, 1e308], [1e308, 1e308], [5, -1e308]]]})
    assert row.number == 1


def test_a_curved_ring_of_two_corners_is_kept_for_the_check(tmp_path: Path) -> None:
    """2026-11-28, fuzzing: ValueError."""
    row = one(tmp_path, {"curveRings": [OUTER, [[5, 5], [6, 6]]]})
    assert row.geometry is not None
    assert row.geometry.area == 16


def test_an_outline_that_crosses_itself_everywhere_is_not_mended_to_look_for_holes_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """1 MB of random arcs took 55 s and 3.2 GB (2026-11-28), because GEOS mended it to see what lies in it."""
    monkeypatch.setattr(shapely, "make_valid", None)
    places = random.Random(3)
    ring = [[17 + places.random(), 44 + places.random()] for _ in range(300)]
    hole = [[17.45, 44.5], [17.46, 44.5], [17.46, 44.51], [17.45, 44.51], [17.45, 44.5]]
    x, y = np.array(ring).T
    clockwise = ring if np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y) < 0 else ring[::-1]
    [row] = read(written(tmp_path, {"rings": [[*clockwise, clockwise[0]], hole]}))
    assert isinstance(row.geometry, shapely.Polygon)
    assert len(row.geometry.interiors) == 1  # it lies in the hull; what it means is worked out later
