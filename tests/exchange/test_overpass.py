"""Answers of Overpass as people save them: whole shapes, nodes beside ways, middles, boxes, and answers cut short."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
import shapely

from merestone.exchange import import_file, read
from merestone.exchange.rows.row import Row
from merestone.register import Register
from merestone.terms import FileRefused, RecordKind

CORNERS = [(17.1, 44.9), (17.12, 44.9), (17.12, 44.92), (17.1, 44.92)]
HOLE = [(17.105, 44.905), (17.115, 44.905), (17.115, 44.915), (17.105, 44.915)]
ISLAND = [(17.109, 44.909), (17.111, 44.909), (17.111, 44.911), (17.109, 44.911)]
AREA = shapely.Polygon(CORNERS, [HOLE])


def way(number: int, corners: list[tuple[float, float]], **more: Any) -> dict[str, Any]:
    return {"type": "way", "id": number, "geometry": [{"lat": lat, "lon": lon} for lon, lat in corners], **more}


def closed(corners: list[tuple[float, float]]) -> list[tuple[float, float]]:
    return [*corners, corners[0]]


def relation(*members: dict[str, Any], **more: Any) -> dict[str, Any]:
    tags = {"type": "multipolygon", "hazard": "minefield"}
    return {"type": "relation", "id": 9, "tags": tags, "members": list(members), **more}


def rows_of(folder: Path, *elements: dict[str, Any], **more: Any) -> list[Row]:
    path = folder / "export.json"
    path.write_text(json.dumps({"version": 0.6, "osm3s": {}, "elements": elements, **more}), encoding="utf-8")
    return list(read(path))


def member(number: int, corners: list[tuple[float, float]], role: str) -> dict[str, Any]:
    return {**way(number, corners), "ref": number, "role": role}


def test_ways_take_their_corners_from_the_nodes_beside_them_which_are_no_rows(tmp_path: Path) -> None:
    nodes = [{"type": "node", "id": i, "lat": lat, "lon": lon} for i, (lon, lat) in enumerate(CORNERS)]
    [row] = rows_of(tmp_path, *nodes, {"type": "way", "id": 7, "nodes": [0, 1, 2, 3, 0], "tags": {"name": "a"}})
    assert shapely.equals(row.geometry, shapely.LineString(closed(CORNERS)))
    assert row.attributes == {"@id": "way/7", "name": "a"}


def test_rings_of_a_relation_are_put_together_from_ways_in_any_order(tmp_path: Path) -> None:
    members = (
        member(1, CORNERS[:3], "outer"),
        member(2, HOLE[:3][::-1], "inner"),
        member(3, [CORNERS[0], *CORNERS[:1:-1]], ""),
        member(4, [*HOLE[2:], HOLE[0]], "inner"),
        member(5, closed(ISLAND), "outer"),
    )
    [row] = rows_of(tmp_path, relation(*members))
    expected = AREA.union(shapely.Polygon(ISLAND))
    assert row.geometry is not None
    assert row.geometry.symmetric_difference(expected).area < 1e-15
    assert (row.accuracy_m, row.inner_geometry) == (None, None)


@pytest.mark.parametrize(
    ("element", "holds"),
    [
        (relation(member(1, CORNERS[:3], "outer"), member(2, closed(HOLE), "inner")), (17.115, 44.902)),
        (
            relation({"type": "way", "ref": 1, "role": "outer", "geometry": [None, *way(1, CORNERS)["geometry"]]}),
            HOLE[0],
        ),
        (relation(member(1, closed(CORNERS), "outer"), {"type": "way", "ref": 2, "role": "inner"}), CORNERS[0]),
        ({"type": "way", "id": 1, "geometry": [*way(1, CORNERS)["geometry"], None]}, HOLE[0]),
        ({"type": "way", "id": 1, "center": {"lat": 44.91, "lon": 17.11}}, (17.11, 44.91)),
        ({"type": "way", "id": 1, "nodes": [1, 2], "center": {"lat": 44.91, "lon": 17.11}}, None),
    ],
)
def test_what_an_answer_leaves_out_reaches_nobody_knows_how_far(
    element: dict[str, Any], holds: tuple[float, float] | None, tmp_path: Path
) -> None:
    [row] = rows_of(tmp_path, element)
    if holds is None:
        assert row.geometry is not None
        return
    assert row.accuracy_m is not None
    assert math.isnan(row.accuracy_m)
    assert row.geometry is not None
    assert row.geometry.intersects(shapely.Point(holds))
    assert row.inner_geometry is not None
    assert row.inner_geometry.area < AREA.area


def test_a_box_warns_and_releases_nothing(tmp_path: Path) -> None:
    box = {"minlat": 44.9, "minlon": 17.1, "maxlat": 44.92, "maxlon": 17.12}
    [row] = rows_of(tmp_path, {"type": "way", "id": 1, "bounds": box, "tags": {"landuse": "military"}})
    assert row.geometry is not None
    assert row.geometry.equals(shapely.Polygon(CORNERS))
    with Register.create(tmp_path / "r.gpkg") as register:
        report = import_file(
            register, tmp_path / "export.json", kind=RecordKind.CLEARED, source="a test", accuracy_m=5.0, by="tester"
        )
    assert (report.account.accepted, report.account.repaired, report.account.quarantined) == (0, 0, 1)


def test_an_answer_that_was_cut_short_is_refused_as_a_part(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match=r"part of the data.*timed out"):
        rows_of(tmp_path, way(1, CORNERS), remark='runtime error: Query timed out in "query" at line 3')
    with pytest.raises(FileRefused, match="no element"):
        rows_of(tmp_path)


@pytest.mark.parametrize(
    "element",
    [{"type": "way", "id": 1}, {"type": "area", "id": 1}, {"type": "node", "id": 1, "lat": "44", "lon": 17}, {}],
)
def test_an_element_without_a_place_is_a_row_with_a_fault(element: dict[str, Any], tmp_path: Path) -> None:
    first, second = rows_of(tmp_path, element, way(2, CORNERS, tags={"a": "b"}))
    assert first.fault is not None
    assert second.fault is None


def test_relations_that_hold_each_other_end(tmp_path: Path) -> None:
    """A million uses of one another in 30 kB."""
    ring = [
        {
            **relation(*({"type": "relation", "ref": n, "role": ""} for n in range(40)), center={"lat": 1, "lon": 2}),
            "id": i,
        }
        for i in range(40)
    ]
    rows = rows_of(tmp_path, *ring)
    assert len(rows) == 40
