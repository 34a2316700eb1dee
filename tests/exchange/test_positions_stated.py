"""What a row of positions says beside them, of their accuracy or their reference system, counts as at an import."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from merestone.bulk.position_answers import Question, ScreenReport
from merestone.bulk.position_batches import screen_batches, screen_file
from merestone.exchange.places.system_column import stated_system
from merestone.screening import HazardIndex

HAZARD = (17.105, 44.905)
INDEX = HazardIndex.build([shapely.Point(*HAZARD)], [0.0])
METRES_NORTH = 1 / 111_120.0
NEAR = {"lon": [HAZARD[0]], "lat": [HAZARD[1] + 500 * METRES_NORTH]}
ED50 = pyproj.Transformer.from_crs("OGC:CRS84", "EPSG:4230", always_xy=True).transform(*HAZARD)


def classes(columns: dict[str, list[Any]], report: ScreenReport | None = None) -> list[str]:
    batch: Any = pa.RecordBatch.from_pydict(columns)
    [out] = list(screen_batches([batch], INDEX, Question(accuracy_m=5.0, warn_m=50.0), report))
    answers: list[str] = out.column("hazard_class").to_pylist()
    return answers


@pytest.mark.parametrize("note", [None, "", "by the road", "2026-05-02", "bridge 12", "+44 20 7946 0000"])
def test_other_remarks_change_nothing(note: str | None) -> None:
    assert classes(NEAR | {"note": [note]}) == ["none recorded"]


FORMS = ("±{n} m", "GPS accurate to {n} m", "точность {n} м", "précision de {n} m", "within {n} metres", "acc {n}")


@given(metres=st.integers(100, 5000), form=st.sampled_from(FORMS), column=st.sampled_from(["note", "desc", "Položaj"]))
def test_a_hazard_within_the_accuracy_in_words_is_never_called_none_recorded(
    metres: int, form: str, column: str
) -> None:
    """2026-11-30: remarks beside positions were passed over, which an import reads."""
    away = {"lon": [HAZARD[0]] * 2, "lat": [HAZARD[1] + (metres * f + 45) * METRES_NORTH for f in (0.98, 1.05)]}
    inside, _ = classes(away | {column: [form.format(n=metres)] * 2})
    assert inside != "none recorded"
    assert classes(away | {"lat": [46.0, 46.0], column: [form.format(n=metres)] * 2}) == ["none recorded"] * 2


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"location_quality": ["approximate"]}, "unknown"), ({"note": ["coordinates are approximate"]}, "unknown"),
        ({"location_quality": ["map 1:300 000"]}, "inside"), ({"quality": ["GPS"]}, "none recorded"),
        ({"note": ["map 1:300’000"]}, "inside"), ({"accuracy": ["1.200"], "depth": ["12,5"]}, "inside"),
        ({"accuracy_m": ["1.200"]}, "inside"), ({"accuracy": ["4.12"]}, "none recorded"),
        ({"crs": ["EPSG:4326"]}, "none recorded"), ({"datum": ["02.05.2026"]}, "none recorded"),
        ({"datum": ["Clarke 1866, local"]}, "unknown"), ({"datum": ["Bessel"]}, "unknown"),
        ({"srid": [999999]}, "unknown"), ({"accuracy": [0.6], "accuracy_unit": ["km"]}, "inside"),
        ({"accuracy": ["0.6"], "unit": ["km"]}, "inside"), ({"accuracy": [4.5], "unit": ["team 2"]}, "none recorded"),
    ],
)  # fmt: skip
def test_what_a_column_says_of_a_position(columns: dict[str, list[Any]], expected: str) -> None:
    assert classes(NEAR | columns) == [expected]


@pytest.mark.parametrize("system", [{"datum": ["ED50"]}, {"srid": [4230]}, {"crs": ["EPSG:4230"]}])
def test_a_stated_datum_is_honoured(system: dict[str, list[Any]]) -> None:
    """2026-11-30: a datum beside positions was not read: they were taken 120 m off."""
    pair = {"lon": [ED50[0]], "lat": [ED50[1]]}
    assert classes(pair) == ["none recorded"]
    report = ScreenReport()
    assert classes(pair | system, report) == ["inside"]
    assert classes({"lon": [str(ED50[0])], "lat": [str(ED50[1])]} | system) == ["inside"]
    point = {"geometry": [shapely.to_wkb(shapely.Point(ED50))]}
    assert classes(point) == ["none recorded"]
    assert classes(point | system) != ["none recorded"]
    assert classes({"geometry": point["geometry"], "datum": ["no such datum"]}) == ["unknown"]


POINT = '"geometry":{{"type":"Point","coordinates":[{},{}]}}'
WAYPOINT = (
    '<gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1"><wpt lat="{}" lon="{}">{}</wpt></gpx>'
)
LON, LAT = NEAR["lon"][0], NEAR["lat"][0]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.csv", f"lon,lat,note\n{LON},{LAT},±600 m\n{LON},{LAT},\n", ["inside", "none recorded"]),
        ("b.tsv", f"lon\tlat\tdatum\n{ED50[0]}\t{ED50[1]}\tED50\n{LON}\t{LAT}\tX9\n", ["inside", "unknown"]),
        ("c.csv", f"lon;lat;accuracy_m;v\n{LON};{LAT};1.200;12,5\n{LON};{LAT};4,1;1\n", ["inside", "none recorded"]),
        ("h.csv", f"All points: accuracy 600 m\nlon,lat\n{LON},{LAT}\n", ["inside"]),
        ("i.csv", f"All positions are approximate\nlon,lat\n{LON},{LAT}\n", ["unknown"]),
        ("d.geojson", '{"type":"Feature","properties":{"note":"±600 m"},' + POINT.format(LON, LAT) + "}", ["inside"]),
        ("e.geojson", '{"type":"Feature","properties":{"datum":"ED50"},' + POINT.format(*ED50) + "}", ["inside"]),
        ("f.gpx", WAYPOINT.format(LAT, LON, "<cmt>accuracy 600 m</cmt>"), ["inside"]),
        ("g.gpx", WAYPOINT.format(LAT, LON, "<desc>approximate position</desc>"), ["unknown"]),
    ],
)
def test_files_of_positions(tmp_path: Path, name: str, text: str, expected: list[str]) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    report = screen_file(path, tmp_path / "out.csv", INDEX, Question(accuracy_m=5.0, warn_m=50.0))
    assert sum(report.classes.values()) == len(expected)
    assert sorted(k for k, n in report.classes.items() for _ in range(n)) == sorted(expected)
    assert report.notes or "datum" in text


@pytest.mark.parametrize(
    "text", ["02.05.2026", "2026-05-02T00:30Z", "2. Mai 2026", "Mai 2026", "May 2, 2026", "2.5.26"]
)
def test_a_day_is_no_datum_and_an_old_year_is_none(text: str) -> None:
    assert stated_system("Datum", text) is None
    assert stated_system("Datum", "Clarke 1866") == "Clarke 1866"


def test_columns_that_say_nothing_are_not_looked_at_row_by_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fast path of plain tables: no text of theirs reaches what reads remarks."""
    import merestone.bulk.positions_accuracy as module

    monkeypatch.setattr(module, "accuracy_in_text", None)
    size = 1000
    columns = {
        "id": list(map(str, range(size))), "name": [f"house {n}" for n in range(size)],
        "lon": np.full(size, LON).tolist(), "lat": np.full(size, LAT).tolist(),
    }  # fmt: skip
    assert set(classes(columns)) == {"none recorded"}
