"""Every position of a file leaves with an answer, bad ones with their fault, and a file is whole or not there."""

import csv
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from merestone.bulk import position_batches
from merestone.bulk.position_answers import Question, ScreenReport
from merestone.bulk.position_batches import screen_batches, screen_file
from merestone.bulk.spark import _stated_crs
from merestone.screening import HazardIndex
from merestone.terms import FieldRefused, FileRefused, RecordKind

INDEX = HazardIndex.build(
    [shapely.box(0, 0, 0.01, 0.01), shapely.Point(0.1, 0.1)],
    [5.0, None],
    record_ids=["A-1", "P-2"],
    kinds=[RecordKind.SUSPECTED, RecordKind.ACCIDENT],
)
ASKED = Question(accuracy_m=5.0, written_on="2026-11-20")


def table_of(columns: dict[str, Any]) -> Any:
    return pa.table(columns)


def test_every_row_of_a_broken_csv_leaves_with_a_class_and_its_fault(tmp_path: Path) -> None:
    source, target = tmp_path / "p.csv", tmp_path / "o.csv"
    source.write_text("name,lon,lat\na,0.005,0.005\nb,here,1\nc,,\nd,5,95\ne,3,4\nf,1\ng,1,2,3\nh,0.0101,0.005\n")
    report = screen_file(source, target, INDEX, ASKED)
    with target.open() as lines:
        rows = list(csv.DictReader(lines))
    assert [row["hazard_class"] for row in rows] == [
        "inside", "unknown", "unknown", "unknown", "none recorded", "unknown", "unknown", "near",
    ]  # fmt: skip
    faults = [row["hazard_fault"] for row in rows[1:4]]
    assert faults == ["position not readable", "position missing", "axes seem swapped"]
    assert "lon = 'here'" in rows[1]["hazard_fault_detail"]
    assert all("cells than the header" in rows[i]["hazard_fault_detail"] for i in (5, 6))
    assert rows[6]["name"] == "g,1,2,3"
    assert rows[0]["hazard_record_id"] == "A-1"
    assert rows[0]["hazard_written_on"] == "2026-11-20"
    assert report.rows == sum(report.classes.values()) == 8
    assert report.first_fault_rows["axes seem swapped"] == [4]


def test_swapped_axes_are_suspected_where_the_swapped_place_lies_among_the_hazards() -> None:
    index = HazardIndex.build([shapely.box(44.0, 17.0, 44.1, 17.1)], 0.0)
    batch: Any = pa.RecordBatch.from_pydict({"lon": [17.05, 44.5], "lat": [44.05, 17.5]})
    answered = next(screen_batches([batch], index, ASKED))
    assert answered.column("hazard_class").to_pylist() == ["unknown", "none recorded"]
    assert answered.column("hazard_fault").to_pylist() == ["axes seem swapped", ""]


@pytest.mark.parametrize("form", ["columns", "geoparquet"])
def test_parquet_keeps_its_columns_and_its_geometry(tmp_path: Path, form: str) -> None:
    lon, lat = np.array([0.005, 0.02, np.nan]), np.array([0.005, 0.005, 1.0])
    source, target = tmp_path / "p.parquet", tmp_path / "o.parquet"
    if form == "columns":
        pq.write_table(table_of({"id": [1, 2, 3], "longitude": lon, "latitude": lat}), source)
    else:
        points = gpd.points_from_xy(lon, lat)
        points[2] = None
        gpd.GeoDataFrame({"id": [1, 2, 3]}, geometry=points, crs=4326).to_parquet(source)
    screen_file(source, target, INDEX, ASKED)
    table = pq.read_table(target)
    assert table.column("id").to_pylist() == [1, 2, 3]
    assert table.column("hazard_class").to_pylist() == ["inside", "none recorded", "unknown"]
    assert table.column("hazard_distance_m").to_pylist()[1] == pytest.approx(1113.195, abs=0.001)
    if form == "geoparquet":
        assert gpd.read_parquet(target).geometry.iloc[0].x == 0.005


def test_of_a_row_s_own_accuracy_and_the_one_given_for_all_the_worse_counts() -> None:
    batch: Any = pa.RecordBatch.from_pydict(
        {"lon": [0.012] * 4, "lat": [0.005] * 4, "accuracy_m": ["100", "", "soon", "-3"]}
    )
    answered = next(screen_batches([batch], INDEX, ASKED))
    assert answered.column("hazard_class").to_pylist() == ["near", "none recorded", "unknown", "unknown"]
    assert answered.column("hazard_fault").to_pylist()[2:] == ["accuracy not stated"] * 2


def test_many_batches_answer_as_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    table = table_of({"lon": rng.uniform(-0.02, 0.12, 700), "lat": rng.uniform(-0.02, 0.12, 700)})
    pq.write_table(table, tmp_path / "p.parquet")
    screen_file(tmp_path / "p.parquet", tmp_path / "one.parquet", INDEX, ASKED)
    monkeypatch.setattr(position_batches, "ROWS", 64)
    report = screen_file(tmp_path / "p.parquet", tmp_path / "many.parquet", INDEX, ASKED)
    assert report.rows == 700
    assert pq.read_table(tmp_path / "one.parquet").equals(pq.read_table(tmp_path / "many.parquet"))


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_a_run_that_is_stopped_leaves_no_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, error: type[BaseException]
) -> None:
    monkeypatch.setattr(position_batches, "ROWS", 16)
    pq.write_table(table_of({"lon": np.zeros(64), "lat": np.zeros(64)}), tmp_path / "p.parquet")
    (tmp_path / "o.parquet").write_text("what stood there before")

    def stop(done: int, total: int | None) -> None:
        assert total == 64
        if done == 32:
            raise error

    with pytest.raises(error):
        screen_file(tmp_path / "p.parquet", tmp_path / "o.parquet", INDEX, ASKED, overwrite=True, progress=stop)
    assert (tmp_path / "o.parquet").read_text() == "what stood there before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["o.parquet", "p.parquet"]


@pytest.mark.parametrize("batch", [1, 3, 4])
def test_a_disk_that_fails_is_told_though_the_next_batch_was_screened_meanwhile(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, batch: int
) -> None:
    written, write_batch = [], pq.ParquetWriter.write_batch

    def fail(writer: Any, rows: Any) -> None:
        written.append(rows)
        if len(written) == batch:
            raise OSError(28, "No space left on device")
        write_batch(writer, rows)

    monkeypatch.setattr(position_batches, "ROWS", 16)
    monkeypatch.setattr(pq.ParquetWriter, "write_batch", fail)
    pq.write_table(table_of({"lon": np.zeros(64), "lat": np.zeros(64)}), tmp_path / "p.parquet")
    with pytest.raises(FileRefused, match="No space left on device"):
        screen_file(tmp_path / "p.parquet", tmp_path / "o.parquet", INDEX, ASKED)
    assert len(written) == batch
    assert [path.name for path in tmp_path.iterdir()] == ["p.parquet"]


def test_a_file_that_cannot_be_screened_is_refused_with_a_remedy(tmp_path: Path) -> None:
    source = tmp_path / "p.csv"
    source.write_text("a,b\n1,2\n")
    with pytest.raises(FieldRefused, match="lon and lat"):
        screen_file(source, tmp_path / "o.csv", INDEX, ASKED)
    source.write_bytes(b"lon,lat\n1,2\n\xff,3\n")
    report = screen_file(source, tmp_path / "o.csv", INDEX, ASKED)
    assert report.classes["unknown"] == 1
    assert any("--encoding" in note for note in report.notes)
    (tmp_path / "o.csv").unlink()
    source.write_text("lon,lat\n1,2\n")
    with pytest.raises(FileRefused, match=r"nowhere.o\.csv: its folder is not there"):
        screen_file(source, tmp_path / "nowhere" / "o.csv", INDEX, ASKED)
    pq.write_table(table_of({"lon": np.zeros(64), "lat": np.zeros(64)}), tmp_path / "b.parquet")
    damaged = bytearray((tmp_path / "b.parquet").read_bytes())
    damaged[4:40] = b"\xff" * 36  # the head of the first page
    (tmp_path / "b.parquet").write_bytes(damaged)
    with pytest.raises(FileRefused, match=r"b\.parquet: cannot be read to its end"):
        screen_file(tmp_path / "b.parquet", tmp_path / "o.csv", INDEX, ASKED)
    (tmp_path / "p.parquet").write_bytes(b"PAR1 but not really")
    with pytest.raises(FileRefused, match="not a readable Parquet"):
        screen_file(tmp_path / "p.parquet", tmp_path / "o.csv", INDEX, ASKED)
    with pytest.raises(FileRefused, match="does not exist"):
        screen_file(tmp_path / "q.csv", tmp_path / "o.csv", INDEX, ASKED)
    assert not (tmp_path / "o.csv").exists()


def test_an_empty_index_answers_unknown_for_every_row() -> None:
    report = ScreenReport()
    batch: Any = pa.RecordBatch.from_pydict({"lon": [0.0, 1.0], "lat": [0.0, 1.0]})
    answered = next(screen_batches([batch], HazardIndex.build([], 0.0), ASKED, report))
    assert answered.column("hazard_class").to_pylist() == ["unknown"] * 2
    assert report.faults["no hazard to compare with"] == 2


def test_a_position_at_0_0_was_not_filled_in_unless_hazards_lie_there() -> None:
    """2026-11-28: rows without a position stood as 0, 0 and were answered "none recorded"."""
    batch: Any = pa.RecordBatch.from_pydict({"lon": [0.0, 17.0], "lat": [0.0, 45.0]})
    elsewhere = HazardIndex.build([shapely.box(17.1, 45.0, 17.2, 45.1)], accuracy_m=5.0)
    answered = next(screen_batches([batch], elsewhere, ASKED))
    assert answered.column("hazard_class").to_pylist() == ["unknown", "none recorded"]
    assert answered.column("hazard_fault").to_pylist()[0] == "position missing"
    assert next(screen_batches([batch], INDEX, ASKED)).column("hazard_class").to_pylist()[0] != "unknown"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("p.csv", "id;lat;lon\n1;0,005;0,005\n2;5;5\n"),
        ("p.tsv", "id\tLatitude\tLongitude\n1\t0.005\t0.005\n2\t5\t5\n"),
        ("p.csv", "sep=|\nid|_location_latitude|_location_longitude\n1|0.005|0.005\n2|5|5\n"),
        ("p.csv", 'id,position\n1,"0.005 N, 0.005 E"\n2,"5 N, 5 E"\n'),
        ("p.csv", "id,wkt\n1,POINT (0.005 0.005)\n2,POINT (5 5)\n"),
        ("p.csv", "id,lat,lon\n#meta+id,#geo+lat,#geo+lon\n1,0.005,0.005\n2,5,5\n"),
        ("p.csv", 'id,note,lat,lon\n1,"a, b",0.005,0.005\n2,,5,5\n'),
        ("p.csv", "id,note,lat,lon\r1,a\u2028b,0.005,0.005\r2,\x0b,5,5\r"),
        ("p.csv", "id,mgrs\n1,31NAA6639600553\n2,32NKL7797353071\n"),
    ],
)
def test_positions_are_read_in_every_way_that_an_import_reads(tmp_path: Path, name: str, text: str) -> None:
    """2026-11-28: only commas, and columns named lon and lat, were read; others were unknown, or refused."""
    (tmp_path / name).write_text(text, newline="")
    report = screen_file(tmp_path / name, tmp_path / "o.csv", INDEX, ASKED)
    assert dict(report.classes) == {"inside": 1, "none recorded": 1}


def test_a_quotation_mark_that_is_not_closed_never_swallows_rows(tmp_path: Path) -> None:
    """2026-11-28: all rows behind it were one row, with one answer."""
    (tmp_path / "p.csv").write_text('id,note,lat,lon\n1,"open,0.005,0.005\n2,x,5,5\n3,x,0.005,0.005\n')
    with pytest.raises(FileRefused, match="line 2: a quotation mark is not closed"):
        screen_file(tmp_path / "p.csv", tmp_path / "o.csv", INDEX, ASKED)
    assert not (tmp_path / "o.csv").exists()


def test_a_ragged_row_far_down_ends_no_batch(tmp_path: Path) -> None:
    """Arrow's reader stops at such a row; what follows is read record by record, and no row twice."""
    lines = ["id,lat,lon", *(f"{i},0.005,0.005" for i in range(300_000)), "x,1", *(f"{i},5,5" for i in range(10))]
    (tmp_path / "p.csv").write_text("\n".join(lines) + "\n")
    report = screen_file(tmp_path / "p.csv", tmp_path / "o.parquet", INDEX, ASKED)
    assert dict(report.classes) == {"inside": 300_000, "unknown": 1, "none recorded": 10}
    assert pq.read_table(tmp_path / "o.parquet").column("id").to_pylist()[-11:] == ["x,1", *map(str, range(10))]


def test_what_a_notation_states_and_leaves_open_counts(tmp_path: Path) -> None:
    """A geopoint's own accuracy is at 68 %; 1.63 times it holds 95 %."""
    (tmp_path / "p.csv").write_text("id,location\n1,0.012 0.005 0 300\n2,0.012 0.005 0 0\n")
    screen_file(tmp_path / "p.csv", tmp_path / "o.parquet", INDEX, ASKED)
    stated = pq.read_table(tmp_path / "o.parquet").column("hazard_position_accuracy_m").to_pylist()
    assert stated == [pytest.approx(489.0), 5.0]


def test_a_stated_reference_system_of_a_row_is_honoured(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("id,geom\n1,SRID=32631;POINT(166577 553)\n2,SRID=999999;POINT(0.005 0.005)\n")
    report = screen_file(tmp_path / "p.csv", tmp_path / "o.csv", INDEX, ASKED)
    assert dict(report.classes) == {"inside": 1, "unknown": 1}


def test_a_parquet_file_whose_column_names_are_not_utf8_is_refused(tmp_path: Path) -> None:
    """2026-11-28, by fuzzing: one wrong byte in the name of a column ended in a UnicodeDecodeError."""
    source = tmp_path / "points.parquet"
    pq.write_table(pa.table({"lon": [17.1], "lat": [44.9], "quality": [1]}), source, store_schema=False)
    source.write_bytes(source.read_bytes().replace(b"quality", b"qual\xffty"))
    index = HazardIndex.build([shapely.box(17, 44, 17.2, 45)], [5.0])
    with pytest.raises(FileRefused, match="not a readable Parquet file"):
        screen_file(source, tmp_path / "out.parquet", index, Question(accuracy_m=5.0))
    with pytest.raises(FileRefused, match="not a readable Parquet file"):  # its sibling, before Spark is asked
        _stated_crs(source, None)


def test_an_empty_point_among_positions_is_a_row_without_one(tmp_path: Path) -> None:
    """2026-11-28, by fuzzing: GEOS 3.14 refuses to give the coordinates of an empty point (was: a traceback)."""
    source, target = tmp_path / "points.parquet", tmp_path / "out.csv"
    points = [shapely.Point(0.005, 0.005), shapely.Point(), shapely.MultiPoint([(0.005, 0.005)])]
    gpd.GeoDataFrame({"n": [1, 2, 3]}, geometry=points, crs="OGC:CRS84").to_parquet(source)
    screen_file(source, target, INDEX, ASKED)
    with target.open() as lines:
        assert [row["hazard_class"] for row in csv.DictReader(lines)] == ["inside", "unknown", "inside"]
