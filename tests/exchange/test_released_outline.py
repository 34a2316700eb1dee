"""An imported outline of released land counts only where every reading of it has the place inside."""

import json
from pathlib import Path
from typing import Any

import pytest
import shapely

from merestone.exchange import import_file
from merestone.geodesy import area_m2
from merestone.register import Register
from merestone.terms import Outcome, RecordKind

SHELL = [[17.1, 44.9], [17.12, 44.9], [17.12, 44.92], [17.1, 44.92], [17.1, 44.9]]
ISLAND = [[17.105, 44.905], [17.115, 44.905], [17.115, 44.915], [17.105, 44.915], [17.105, 44.905]]
OUTLINES = {
    "an island that touches the shell": {"type": "Polygon", "coordinates": [[*SHELL, *ISLAND, SHELL[0]]]},
    "a hole that came as a part": {"type": "MultiPolygon", "coordinates": [[SHELL], [ISLAND]]},
}


@pytest.mark.parametrize("outline", OUTLINES.values(), ids=OUTLINES)
@pytest.mark.parametrize("kind", [RecordKind.CLEARED, RecordKind.REDUCED, RecordKind.CANCELLED, RecordKind.SUSPECTED])
def test_released_land_is_imported_inward_and_hazards_outward(
    tmp_path: Path, outline: dict[str, Any], kind: RecordKind
) -> None:
    """2026-11-28: a cleared outline was repaired by the union of its readings, as hazards are."""
    path = tmp_path / "areas.geojson"
    feature = {"type": "Feature", "properties": {}, "geometry": outline}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    with Register.create(tmp_path / "areas.gpkg") as register:
        report = import_file(register, path, kind=kind, source="a survey", accuracy_m=0.0, by="a clerk")
        (record,) = register.as_of().records
    (row,) = report.rows
    assert row.outcome is Outcome.REPAIRED
    island_m2, shell_m2 = area_m2(shapely.Polygon(ISLAND)), area_m2(shapely.Polygon(SHELL))
    assert record.geometry is not None
    assert record.geometry.covers(shapely.Point(17.11, 44.91)) is kind.is_hazard
    assert area_m2(record.geometry) == pytest.approx(shell_m2 if kind.is_hazard else shell_m2 - island_m2)
