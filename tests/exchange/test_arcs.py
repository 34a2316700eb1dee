"""Curved outlines in files: larger for hazards, smaller for released land, told, and never a traceback."""

import sqlite3
import struct
from contextlib import closing
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely

from merestone.exchange import import_file
from merestone.exchange.positions.feature_files import read_shapes
from merestone.geodesy import area_m2, metres_per_degree
from merestone.register import Register
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
