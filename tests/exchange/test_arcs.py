"""Curved outlines in files: larger for hazards, smaller for released land, told, and never a traceback."""

import csv
import sqlite3
import struct
from contextlib import closing
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely

from merestone.bulk.position_answers import Question
from merestone.bulk.position_batches import screen_file
from merestone.exchange import import_file
from merestone.exchange.positions.feature_files import read_shapes
from merestone.geodesy import area_m2, metres_per_degree
from merestone.register import Register
from merestone.screening import HazardIndex
from merestone.terms import Outcome, RecordKind

CENTRE, RADIUS_DEG = (17.11, 44.9), 0.01
PLACES = [(17.1, 44.9), (17.11, 44.91), (17.12, 44.9), (17.11, 44.89), (17.1, 44.9)]
WKT = f"CURVEPOLYGON (CIRCULARSTRING ({', '.join(f'{x} {y}' for x, y in PLACES)}))"
RING = struct.pack("<BII", 1, 8, len(PLACES)) + b"".join(struct.pack("<2d", *place) for place in PLACES)
WKB = struct.pack("<BII", 1, 10, 1) + RING


def written(folder: Path, form: str) -> Path:
    if form == "gpkg":
        path = folder / "areas.gpkg"
        plain = np.array([shapely.to_wkb(shapely.box(0, 0, 1, 1))], dtype=object)
        pyogrio.raw.write(path, plain, [np.array([1])], ["n"], geometry_type="Unknown", crs="EPSG:4326")
        with closing(sqlite3.connect(path)) as connection:  # pyogrio 0.13 writes no curves
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                connection.execute(f'DROP TRIGGER "{name}"')
            blob = b"GP\x00\x01" + struct.pack("<i", 4326) + WKB
            connection.execute("UPDATE areas SET geom = ?", (blob,))
            connection.commit()
        return path
    path = folder / "areas.csv"
    path.write_text(f'id,wkt\n1,"{WKT if form == "wkt" else WKB.hex()}"\n')
    return path


@pytest.mark.parametrize("form", ["gpkg", "wkt", "hexadecimal"])
@pytest.mark.parametrize("kind", [RecordKind.SUSPECTED, RecordKind.CLEARED])
def test_arcs_are_taken_outward_or_inward_and_told(tmp_path: Path, form: str, kind: RecordKind) -> None:
    """2026-11-28: a curved WKT in a CSV ended in a traceback; in a GeoPackage it went to quarantine."""
    path = written(tmp_path, form)
    with Register.create(tmp_path / "register.gpkg") as register:
        report = import_file(register, path, kind=kind, source="a survey", accuracy_m=0.0, by="a clerk")
        (record,) = register.as_of().records
    assert report.rows[0].outcome is Outcome.REPAIRED
    assert "curved_geometry" in report.rows[0].reasons
    lon_m, lat_m = metres_per_degree(CENTRE[1])
    true_m2 = float(np.pi * RADIUS_DEG**2 * lon_m * lat_m)
    measured_m2 = area_m2(record.geometry)
    assert measured_m2 == pytest.approx(true_m2, rel=2e-3)
    assert measured_m2 > true_m2 if kind.is_hazard else measured_m2 < true_m2


@pytest.mark.parametrize("form", ["gpkg", "wkt", "hexadecimal"])
def test_footprints_with_arcs_are_read_outward(tmp_path: Path, form: str) -> None:
    shapes = read_shapes(written(tmp_path, form))
    assert not shapes.faults
    assert shapes.geometries[0].covers(shapes.geometries[0].centroid)


@pytest.mark.parametrize("form", ["gpkg", "wkt", "hexadecimal"])
def test_a_curve_among_positions_is_unknown_with_its_reason(tmp_path: Path, form: str) -> None:
    """A position is one point; none recorded would be an answer about a place that nobody asked for."""
    index = HazardIndex.build([shapely.box(17.1, 44.89, 17.12, 44.91)], [5.0])
    target = tmp_path / "answers.csv"
    screen_file(written(tmp_path, form), target, index, Question(accuracy_m=5.0))
    with target.open(newline="") as file:
        [answer] = csv.DictReader(file)
    assert (answer["hazard_class"], answer["hazard_needs_attention"]) == ("unknown", "true")
    assert answer["hazard_fault"] == "position not readable"


@pytest.mark.parametrize("form", ["gpkg", "wkt", "hexadecimal"])
def test_a_footprint_with_arcs_covers_the_true_disc(tmp_path: Path, form: str) -> None:
    shapes = read_shapes(written(tmp_path, form))
    angles = np.linspace(0, 2 * np.pi, 720)
    edge = np.column_stack([CENTRE[0] + RADIUS_DEG * np.cos(angles), CENTRE[1] + RADIUS_DEG * np.sin(angles)])
    assert shapely.covers(shapes.geometries[0].buffer(1e-9), shapely.points(edge)).all()
