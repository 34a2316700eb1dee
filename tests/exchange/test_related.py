"""Tables that name rows of a layer by GlobalID, as Survey123 and Field Maps write them: joined, or told."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely

from merestone.exchange import IntakeReport, import_file
from merestone.register import Record, Register
from merestone.terms import RecordKind

CORNERS = [(17.10, 44.90), (17.12, 44.90), (17.11, 44.905), (17.12, 44.92), (17.10, 44.92)]
OUTLINE = shapely.Polygon(CORNERS)
PARENT = "{7C9E6679-7425-40DE-944B-E07FC1F90AE7}"


def survey(path: Path, driver: str) -> Path:
    """A point for each hazard: where the surveyor stood."""
    frame = gpd.GeoDataFrame({"GlobalID": [PARENT], "name": ["A"]}, geometry=[shapely.Point(17.2, 44.9)], crs=4326)
    frame.to_file(path, layer="survey", driver=driver)
    return path


def points(path: Path, driver: str, key: str = PARENT, crs: int = 32633) -> None:
    frame = gpd.GeoDataFrame(
        {"point_no": [f"{at}" for at in range(len(CORNERS))], "ParentGlobalID": [key] * len(CORNERS)},
        geometry=[shapely.Point(corner) for corner in CORNERS], crs=4326,
    )  # fmt: skip
    frame.to_crs(crs).to_file(path, layer="turning_points", driver=driver, mode="a")


def columns(path: Path, driver: str) -> None:
    key = PARENT.strip("{}").lower()  # as a CSV of it has it
    table = pd.DataFrame({
        "point_no": [f"{at}" for at in range(len(CORNERS))], "parentglobalid": [key] * len(CORNERS),
        "latitude": [lat for _, lat in CORNERS], "longitude": [lon for lon, _ in CORNERS],
    })  # fmt: skip
    pyogrio.write_dataframe(table, path, layer="turning_points", driver=driver)


def taken(path: Path, kind: RecordKind = RecordKind.SUSPECTED) -> tuple[IntakeReport, list[Record]]:
    with Register.create(path.parent / f"{kind.value}.gpkg", by="t") as register:
        report = import_file(register, path, layer="survey", kind=kind, source="t", accuracy_m=5.0, by="t")
        return report, list(register.as_of().records)


@pytest.mark.parametrize("write", [points, columns])
@pytest.mark.parametrize(("driver", "name"), [("GPKG", "a.gpkg"), ("OpenFileGDB", "a.gdb")])
def test_rows_of_a_related_table_are_the_corners_of_the_row_they_name(
    tmp_path: Path, driver: str, name: str, write: Callable[[Path, str], None]
) -> None:
    """2026-11-28: the table was passed over without a word, and the middle of the outline was "none recorded"."""
    path = survey(tmp_path / name, driver)
    write(path, driver)
    report, [record] = taken(path)
    assert record.geometry.symmetric_difference(OUTLINE).area < 1e-9
    assert record.attributes["name"] == "A"
    assert any("turning_points" in note and "corners of the row" in note for note in report.notes)


def test_rows_that_name_no_row_of_the_layer_are_rows_of_their_own(tmp_path: Path) -> None:
    path = survey(tmp_path / "a.gpkg", "GPKG")
    points(path, "GPKG", key="{00000000-0000-0000-0000-000000000000}")
    report, records = taken(path)
    assert len(report.rows) == len(records) == 2
    assert any(record.geometry.buffer(1e-9).contains(OUTLINE) for record in records)


@pytest.mark.parametrize(("driver", "name"), [("GPKG", "a.gpkg"), ("OpenFileGDB", "a.gdb")])
def test_tables_that_say_nothing_of_places_are_named(tmp_path: Path, driver: str, name: str) -> None:
    path = survey(tmp_path / name, driver)
    tables: dict[str, dict[str, Any]] = {
        "remarks": {"parentglobalid": [PARENT], "remark": ["wire"]}, "words": {"word": ["x"]},
        "survey__ATTACH": {"REL_GLOBALID": [PARENT], "DATA": [b"jpeg"]},
    }  # fmt: skip
    for table, values in tables.items():
        pyogrio.write_dataframe(pd.DataFrame(values), path, layer=table, driver=driver)
    report, [record] = taken(path)
    assert record.geometry.geom_type == "Point"
    told = " ".join(report.notes)
    assert "remarks" in told
    assert "words" in told
    assert "survey__ATTACH (attachments)" in told


@pytest.mark.parametrize("is_one", [False, True])
def test_corners_in_a_layer_of_multipoints_are_corners_too(tmp_path: Path, is_one: bool) -> None:
    """2026-11-28: many programs write points as multipoints; the row stayed the point where the surveyor stood."""
    path = survey(tmp_path / "a.gpkg", "GPKG")
    places = [shapely.MultiPoint(CORNERS)] if is_one else [shapely.MultiPoint([corner]) for corner in CORNERS]
    frame = gpd.GeoDataFrame({"ParentGlobalID": [PARENT] * len(places)}, geometry=places, crs=4326)
    frame.to_file(path, layer="turning_points", driver="GPKG", mode="a")
    _, [record] = taken(path)
    assert record.geometry.buffer(1e-9).covers(OUTLINE)


def test_a_layer_of_outlines_that_name_rows_is_to_be_imported_too(tmp_path: Path) -> None:
    path = survey(tmp_path / "a.gpkg", "GPKG")
    frame = gpd.GeoDataFrame({"ParentGlobalID": [PARENT]}, geometry=[OUTLINE], crs=4326)
    frame.to_file(path, layer="polygons", driver="GPKG", mode="a")
    report, _ = taken(path)
    assert any("outlines of their own in polygons" in note and "--layer" in note for note in report.notes)


PART = shapely.box(17.13, 44.90, 17.14, 44.91)


@pytest.mark.parametrize(
    "shape", [PART, shapely.LineString(PART.exterior.coords), shapely.LineString([(17.13, 44.9), (17.14, 44.91)])]
)
def test_lines_and_outlines_of_a_related_layer_are_parts_of_the_hazard(tmp_path: Path, shape: Any) -> None:
    """2026-11-29: the shapes of related layers were named only, and their ground was "none recorded"."""
    path = survey(tmp_path / "a.gpkg", "GPKG")
    frame = gpd.GeoDataFrame({"ParentGlobalID": [PARENT]}, geometry=[shape], crs=4326)
    frame.to_file(path, layer="shapes", driver="GPKG", mode="a")
    _, [record] = taken(path)
    assert record.geometry.buffer(1e-9).covers(PART if shape.is_ring or shape.area else shape)


@pytest.mark.parametrize("count", [1, 2])
def test_one_or_two_related_corners_are_places_of_the_hazard(tmp_path: Path, count: int) -> None:
    """2026-11-29: of two corners beside the surveyor's own place nothing was kept but that place."""
    path = survey(tmp_path / "a.gpkg", "GPKG")
    corners = [shapely.Point(corner) for corner in CORNERS[:count]]
    frame = gpd.GeoDataFrame({"ParentGlobalID": [PARENT] * count}, geometry=corners, crs=4326)
    frame.to_file(path, layer="turning_points", driver="GPKG", mode="a")
    report, [record] = taken(path)
    assert all(record.geometry.buffer(1e-5).covers(corner) for corner in corners)
    assert report.account.repaired == 1


def test_tables_related_by_pairs_are_named(tmp_path: Path) -> None:
    path = survey(tmp_path / "a.gpkg", "GPKG")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE gpkgext_relations (base_table_name, related_table_name)")
        connection.execute("INSERT INTO gpkgext_relations VALUES ('survey', 'corners')")
    report, _ = taken(path)
    assert any("corners" in note and "gpkgext_relations" in note for note in report.notes)
