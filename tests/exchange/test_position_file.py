"""A list of stops comes in any format and notation: each row leaves with an answer, or with what stands there."""

import csv
import gzip
import json
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from merestone.bulk.position_answers import Question, ScreenReport
from merestone.bulk.position_batches import screen_batches, screen_file
from merestone.exchange.formats import Feature, format_for_writing
from merestone.geodesy import format_ddm, format_dms, format_mgrs, format_utm
from merestone.screening import HazardIndex
from merestone.terms import FieldRefused, FileRefused
from tests.exchange.ods_files import write_ods

INSIDE, FAR = (17.1, 44.9), (17.5, 44.5)
INDEX = HazardIndex.build([shapely.box(17.099, 44.899, 17.101, 44.901)], [5.0])
ASKED = Question(accuracy_m=5.0)
EXPECTED = ["inside", "none recorded", "unknown", "unknown"]


def answers(source: Path, **question: Any) -> tuple[list[dict[str, str]], ScreenReport]:
    target = source.with_name("answers.csv")
    report = screen_file(source, target, INDEX, Question(**{"accuracy_m": 5.0, **question}), overwrite=True)
    with target.open(newline="") as file:
        return list(csv.DictReader(file)), report


def written(path: Path) -> Path:
    """Two stops, one without a place, and one whose place cannot be read, in the format that the name asks for."""
    suffix = path.suffixes[0]
    cells: list[Any] = [("a", *INSIDE), ("b", *FAR), ("c", None, None), ("d", "by the mill", 44.9)]
    if suffix == ".xlsx":
        book = openpyxl.Workbook()
        sheet = book.active
        assert sheet is not None
        rows: list[Any] = [("Convoy of 3 May",), ("stop", " Länge ", "Breite "), *cells]
        for row in rows:
            sheet.append(row)
        book.save(path)
    elif suffix == ".ods":
        write_ods(path, [("Convoy of 3 May",), ("stop", " Länge ", "Breite "), *cells])
    elif suffix == ".gpx":
        points = "".join(f'<wpt lon="{lon or ""}" lat="{lat or ""}"><name>{n}</name></wpt>' for n, lon, lat in cells)
        path.write_text(f'<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1">{points}</gpx>')
    elif suffix == ".geojson":
        places: list[Any] = [{"type": "Point", "coordinates": [lon, lat]} if lon else None for _, lon, lat in cells]
        features = [
            {"type": "Feature", "properties": {"stop": cell[0]}, "geometry": place}
            for cell, place in zip(cells, places, strict=True)
        ]
        path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    elif suffix == ".kml":
        marks = "".join(
            f"<Placemark><name>{name}</name>"
            + (f"<Point><coordinates>{lon},{lat}</coordinates></Point>" if lon else "")
            + "</Placemark>"
            for name, lon, lat in cells
        )
        path.write_text(f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{marks}</Document></kml>')
    elif suffix in (".parquet", ".arrow", ".arrows"):
        table = pa.table({
            "stop": [cell[0] for cell in cells],
            "Länge": [None if cell[1] is None else str(cell[1]) for cell in cells],
            "Breite": [cell[2] for cell in cells],
        })  # fmt: skip
        if suffix == ".parquet":
            pq.write_table(table, path)
        else:
            make = pa.ipc.new_file if suffix == ".arrow" else pa.ipc.new_stream
            with make(path, table.schema) as out:
                out.write_table(table)
    else:
        separator = "\t" if suffix == ".tsv" else ";"
        lines = [separator.join("" if cell is None else str(cell) for cell in row) for row in cells]
        text = "\n".join([separator.join(("stop", " lon ", "lat ")), *lines])
        path.write_text(text if suffix == ".tsv" else text.replace(".", ","))
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(path.read_bytes()))
    return path


FORMATS = ["csv", "tsv", "xlsx", "ods", "gpx", "geojson", "kml", "parquet", "arrow", "arrows"]


@pytest.mark.parametrize("name", [*FORMATS, *(f"{one}.gz" for one in ("csv", "gpx", "geojson", "kml"))])
def test_stops_are_read_from_any_format(tmp_path: Path, name: str) -> None:
    """2026-11-28, found as a convoy planner: all of five lists of stops were refused."""
    rows, report = answers(written(tmp_path / f"stops.{name}"))
    assert [row["hazard_class"] for row in rows] == EXPECTED
    assert report.rows == 4
    without = (
        "position not readable" if name.startswith("gpx") else "position missing"
    )  # GPX has no waypoint without a place
    assert [row["hazard_fault"] for row in rows[2:]] == [without, "position not readable"]
    assert "by the mill" in rows[3]["hazard_fault_detail"]
    assert "by the mill" in " ".join(report.first_reasons.values())
    named = "stop" if "stop" in rows[0] else next(column for column in rows[0] if column.lower() == "name")
    assert [row[named] for row in rows] == ["a", "b", "c", "d"]


POSITIONS = {
    "decimal": "44.9 N, 17.1 E",
    "decimal commas": "44,9 N; 17,1 E",
    "degrees and minutes": format_ddm(*INSIDE),
    "degrees, minutes, seconds": format_dms(*INSIDE),
    "UTM": format_utm(*INSIDE),
    "MGRS": format_mgrs(*INSIDE),
    "WKT": "POINT (17.1 44.9)",
}


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet"])
@pytest.mark.parametrize("notation", POSITIONS)
def test_one_column_holds_positions_in_any_notation(tmp_path: Path, notation: str, form: str) -> None:
    path = tmp_path / f"stops.{form}"
    texts = [POSITIONS[notation], "the bridge"]
    if form == "csv":
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([["stop", "position"], *enumerate(texts)])
    elif form == "parquet":
        pq.write_table(pa.table({"stop": [0, 1], "position": texts}), path)
    else:
        book = openpyxl.Workbook()
        assert book.active is not None
        lines: list[Any] = [("stop", "position"), *enumerate(texts)]
        for line in lines:
            book.active.append(line)
        book.save(path)
    rows, _ = answers(path)
    assert [row["hazard_class"] for row in rows] == ["inside", "unknown"]
    assert float(rows[0]["position_lon_deg"]) == pytest.approx(17.1, abs=2e-5)
    assert float(rows[0]["position_lat_deg"]) == pytest.approx(44.9, abs=2e-5)
    assert rows[1]["hazard_fault"] == "position not readable"
    assert "the bridge" in rows[1]["hazard_fault_detail"]


@pytest.mark.parametrize("suffix", [".geojson", ".gpkg", ".fgb", ".parquet", ".kml"])
def test_points_of_a_gis_are_read_and_what_is_no_point_is_unknown_with_a_reason(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"stops{suffix}"
    shapes = [shapely.Point(INSIDE), shapely.MultiPoint([FAR]), shapely.LineString([INSIDE, FAR])]
    features = [Feature(shape, {"stop": number, "on": date(2026, 5, 3)}) for number, shape in enumerate(shapes)]
    format_for_writing(path).write(path, features, layer="stops", about={})
    rows = sorted(answers(path)[0], key=lambda row: row["stop"])  # FlatGeobuf has an order of its own
    assert [row["hazard_class"] for row in rows] == ["inside", "none recorded", "unknown"]
    assert "LineString" in rows[2]["hazard_fault_detail"]
    assert rows[0]["on"] == "2026-05-03"


def test_a_stated_reference_system_of_any_format_is_honoured(tmp_path: Path) -> None:
    import geopandas as gpd

    path = tmp_path / "stops.gpkg"
    gpd.GeoDataFrame({"stop": [1]}, geometry=[shapely.Point(INSIDE)], crs=4326).to_crs(32633).to_file(path)
    assert answers(path)[0][0]["hazard_class"] == "inside"
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(("x", "y"))
    book.active.append((665800, 4973987))
    book.save(tmp_path / "stops.xlsx")
    assert answers(tmp_path / "stops.xlsx", crs="EPSG:32633")[0][0]["hazard_class"] == "inside"
    assert answers(tmp_path / "stops.xlsx")[0][0]["hazard_class"] == "unknown"


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".geojson", ".parquet", ".arrow"])
@pytest.mark.parametrize("target", ["o.csv", "o.parquet"])
def test_a_file_without_rows_gives_an_answer_without_rows(tmp_path: Path, suffix: str, target: str) -> None:
    """2026-11-28: an empty partition stopped a pipeline."""
    path = tmp_path / f"stops{suffix}"
    empty: Any = pa.table({"lon": pa.array([], pa.float64()), "lat": pa.array([], pa.float64())})
    if suffix == ".csv":
        path.write_text("lon,lat\n")
    elif suffix == ".geojson":
        path.write_text('{"type": "FeatureCollection", "features": []}')
    elif suffix == ".parquet":
        pq.write_table(empty, path)
    elif suffix == ".arrow":
        with pa.ipc.new_file(path, empty.schema):
            pass
    else:
        book = openpyxl.Workbook()
        assert book.active is not None
        book.active.append(("lon", "lat"))
        book.save(path)
    report = screen_file(path, tmp_path / target, INDEX, ASKED)
    assert report.rows == 0
    if target == "o.csv":
        assert "hazard_class" in (tmp_path / target).read_text()
    else:
        table = pq.read_table(tmp_path / target)
        assert (table.num_rows, "hazard_class" in table.column_names) == (0, True)


def test_a_batch_of_text_columns_is_read_as_an_import_reads_it() -> None:
    batch: Any = pa.RecordBatch.from_pydict({"lon": ["17,1", "17.1", "x", None], "lat": ["44,9", "44.9", "44.9", None]})
    answered = next(screen_batches([batch], INDEX, ASKED))
    assert answered.column("hazard_class").to_pylist() == ["inside", "inside", "unknown", "unknown"]
    assert answered.column("hazard_fault").to_pylist()[2:] == ["position not readable", "position missing"]


def test_a_file_without_positions_is_refused_with_a_remedy(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1], "note": ["x"]}), tmp_path / "p.parquet")
    with pytest.raises(FieldRefused, match="name the columns lon and lat"):
        screen_file(tmp_path / "p.parquet", tmp_path / "o.csv", INDEX, ASKED)


@pytest.mark.parametrize("name", ["stops.arrow", "stops.arrows"])
def test_a_damaged_arrow_file_is_refused_and_never_ends_the_process(tmp_path: Path, name: str) -> None:
    """2026-11-28, by fuzzing: Arrow believes what a file says of its own memory."""
    whole = written(tmp_path / name).read_bytes()
    named = whole.replace(b"stop\x00", b"st\xffp\x00")
    assert named != whole
    damaged = [whole[: len(whole) * share // 10] for share in (3, 6, 9)] + [named]
    damaged += [whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :] for at in range(64, len(whole), 37)]
    for content in damaged:
        (tmp_path / name).write_bytes(content)
        try:
            rows, report = answers(tmp_path / name)
        except (FileRefused, FieldRefused):
            continue
        assert len(rows) == report.rows


@pytest.mark.parametrize("column", ["lon", "note"])
def test_text_that_is_not_utf8_is_kept_visibly(tmp_path: Path, column: str) -> None:
    """2026-11-28, by fuzzing: a byte that is not UTF-8 in a Parquet file of text ended in a UnicodeDecodeError."""
    columns = {"lon": ["17.1", "17.10"], "lat": ["44.9", "44.9"], "note": ["plain", "other"]}
    path = tmp_path / "p.parquet"
    pq.write_table(pa.table(columns), path, compression="none", use_dictionary=False, write_statistics=False)
    value = columns[column][0].encode()
    path.write_bytes(path.read_bytes().replace(value, b"\xff" + value[1:], 1))
    rows, _ = answers(path)
    assert rows[0][column] == "\\xff" + columns[column][0][1:]
    assert [row["hazard_class"] for row in rows] == ["unknown" if column == "lon" else "inside", "inside"]
    assert ("\\\\xff7.1" in rows[0]["hazard_fault_detail"]) == (column == "lon")
