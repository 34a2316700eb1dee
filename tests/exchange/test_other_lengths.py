"""Lengths beside a place that no list of names knows, and other ways to say how far a hazard reaches."""

import json
from pathlib import Path
from typing import Any

import pytest
import shapely
from hypothesis import example, given
from hypothesis import strategies as st

from merestone.exchange import import_file
from merestone.register import Register
from merestone.terms import RecordKind
from tests.exchange.test_bearings import LAT_DEG, LON_DEG, around, meaning, warns

PLACE = shapely.Point(LON_DEG, LAT_DEG)


@pytest.mark.parametrize(
    ("cells", "least_m"),
    [
        ({"semi_major_m": 900, "semi_minor_m": 500}, 900),
        ({"semiMajorAxis": 900}, 900),
        ({"major_axis_m": 1800, "minor_axis_m": 1000}, 900),
        ({"half_width_m": 500, "half_height_m": 600}, 781),
        ({"dispersion_m": 800}, 800),
        ({"danger_zone": "800 m"}, 800),
        ({"Grid resolution": "1.6 km"}, 1130),
        ({"front_m": 1400, "depth_m": 1400}, 980),
        ({"Footprint length": 1500, "Footprint width": 1500}, 1060),
        ({"lat_err_m": 600, "lon_err_m": 600}, 600),
        ({"kill zone (m)": "800"}, 800),
        ({"geo_precision": 2}, 800),
        ({"where_prec": "3"}, 800),
        ({"remarks": "mines 800 m NE of this point"}, 800),
        ({"location description": "800m north-east from the GPS position"}, 800),
        ({"remarks": "mined 800 m on both sides of the road"}, 800),
        ({"замечание": "мины в 800 м севернее этой точки"}, 800),
    ],
)
def test_a_length_that_may_be_of_the_hazard_is_warned_of(cells: dict[str, Any], least_m: float) -> None:
    """2026-11-29: twelve of 45 files of other organisations' forms were a point, and places inside none recorded."""
    assert warns(meaning(**cells), around(least_m))


@given(
    name=st.sampled_from(
        ["reach", "swath", "Streuung", "zasah", "spill", "Zona de impacto", "lethal area", "drift", "Strewn"]
    ),
    unit=st.sampled_from([("m", 1.0), ("km", 1000.0), ("ft", 0.3048), ("yards", 0.9144), ("miles", 1609.344)]),
    amount=st.floats(1, 50),
    is_in_cell=st.booleans(),
)
@example(name="reach", unit=("miles", 1609.344), amount=45.0, is_in_cell=False)  # 102 km across, and once not believed
def test_no_list_of_names_need_be_whole(name: str, unit: tuple[str, float], amount: float, is_in_cell: bool) -> None:
    cells: dict[str, Any] = {name: f"{amount} {unit[0]}"} if is_in_cell else {f"{name} ({unit[0]})": amount}
    assert warns(meaning(**cells), around(amount * unit[1]))


@pytest.mark.parametrize(
    "cells",
    [
        {"elevation_m": 420, "Ell.Hgt (m)": 420, "depth_m": 30, "Antenna height": "200 m"},
        {"nearest_road_m": 300, "distance_to_village_km": 4, "search depth": "30 m", "fence_length_m": None},
        {"killed_m": 40, "killed_f": 20, "people_within_500m": 90, "time (m)": 45, "age_m": 40},
        {"calibre": "120 mm", "width_cm": 40, "wire_m": 60, "phone": "061 234 567", "lane": "2 m", "speed_m": 90},
        {"remarks": "village 800 m north of the river; 2 mines", "notes": "400 m", "id": "300 m"},
    ],
)
def test_other_lengths_are_left_as_they_are(cells: dict[str, Any]) -> None:
    understood = meaning(**cells)
    assert (understood.geometry.geom_type, understood.shift_m, understood.accuracy_m) == ("Point", 0.0, None)


def test_one_corner_in_a_column_beside_the_place_bounds_the_area_with_it(tmp_path: Path) -> None:
    """2026-11-29: of NW corner and SE corner, one position a cell, the first alone was recorded."""
    path = tmp_path / "a.csv"
    path.write_text('id,NW corner,SE corner\n1,"44.91, 17.10","44.90, 17.11"\n')
    with Register.create(tmp_path / "register.gpkg") as register:
        import_file(register, path, kind=RecordKind.SUSPECTED, source="t", accuracy_m=5.0, by="t")
        [record] = register.as_of().records
    assert record.geometry.covers(shapely.box(17.10, 44.90, 17.11, 44.91).buffer(-1e-9))


def test_a_circle_of_a_web_map_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    point = {"type": "Point", "coordinates": [LON_DEG, LAT_DEG]}
    path.write_text(json.dumps({"type": "Feature", "geometry": point, "properties": {"radius_m": 300}}))
    with Register.create(tmp_path / "register.gpkg") as register:
        [row] = import_file(register, path, kind=RecordKind.SUSPECTED, source="t", accuracy_m=5.0, by="t").rows
    assert row.reasons == ("circle",)
