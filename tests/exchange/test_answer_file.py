"""Answers in every format are read back by libraries of others: no row is lost, and none is better than it was."""

import csv
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely

from merestone.bulk.answer_file import ENDINGS
from merestone.bulk.answer_page import AnswerPage, Stop, answer_page
from merestone.bulk.position_answers import Question
from merestone.bulk.position_batches import screen_file
from merestone.bulk.summary_text import summary_line
from merestone.screening import INSIDE, NEAR, NONE_RECORDED, UNKNOWN, Circumstances, HazardIndex
from merestone.terms import FieldRefused, FileRefused, RecordKind

INDEX = HazardIndex.build(
    [shapely.box(17.099, 44.899, 17.101, 44.901), shapely.box(17.2, 44.9, 17.201, 44.901)],
    [5.0, None],
    record_ids=["A-1", "B-2"],
    kinds=[RecordKind.SUSPECTED, RecordKind.CONFIRMED],
)
LINES = [
    "stop;position;crew",
    "Start;44,5 N 17,5 E;4",
    "=HYPERLINK(1);44.9 N 17.1 E;2",
    "Ford <b>&;44.9 N 17.202 E;",
    "Mill;by the oak;7",
    "Camp;;1",
]
CLASSES = ["none recorded", "inside", "near", "unknown", "unknown"]


@pytest.fixture
def stops(tmp_path: Path) -> Path:
    path = tmp_path / "stops.csv"
    path.write_text("\n".join(LINES) + "\n")
    return path


def screened(stops: Path, ending: str, columns: list[str] | None = None) -> Path:
    target = stops.with_name(f"answers{ending}")
    given = Circumstances(None, label="synthetic exercise data")
    screen_file(stops, target, INDEX, Question(accuracy_m=5.0), columns=columns, circumstances=given)
    return target


def table_of(path: Path) -> list[dict[str, Any]]:
    """The rows, by a library that is not ours."""
    if path.suffix == ".csv":
        with path.open(newline="") as file:
            return list(csv.DictReader(file))
    if path.suffix in (".parquet", ".geoparquet"):
        return list(pq.read_table(path).to_pylist())
    if path.suffix == ".arrow":
        return list(pa.ipc.open_file(path).read_all().to_pylist())
    if path.suffix == ".xlsx":
        header, *rows = openpyxl.load_workbook(path)["positions"].iter_rows(values_only=True)
        return [dict(zip(map(str, header), row, strict=True)) for row in rows]
    frame = gpd.read_file(path)
    return [dict(row) for _, row in frame.iterrows()]


@pytest.mark.parametrize("ending", [one for one in ENDINGS if one not in (".gpx", ".html")])
def test_every_row_leaves_in_every_format_with_its_own_columns(stops: Path, ending: str) -> None:
    """2026-11-28: a list of stops came out as CSV or Parquet only, which no driver's phone opens."""
    rows = {str(row["stop"]): row for row in table_of(screened(stops, ending))}
    assert len(rows) == len(CLASSES)
    for line, expected in zip(LINES[1:], CLASSES, strict=True):
        row = rows[line.split(";")[0]]
        assert row["hazard_class"] == expected
        needs = {"true": True, "false": False, "yes": True, "no": False, "1": True, "0": False}
        assert needs.get(str(row["hazard_needs_attention"]).lower()) == (expected != "none recorded")
    assert "by the oak" in str(rows["Mill"]["hazard_fault_detail"])
    if ending in (".geojson", ".gpkg", ".fgb", ".kml"):
        assert rows["Start"]["geometry"].distance(shapely.Point(17.5, 44.5)) < 1e-9
        assert rows["Mill"]["geometry"] is None


def test_a_text_never_becomes_a_formula_of_a_workbook(stops: Path) -> None:
    sheet = openpyxl.load_workbook(screened(stops, ".xlsx"))["positions"]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "inlineStr", "n", "d"}
    about = openpyxl.load_workbook(stops.with_name("answers.xlsx"))["about"]
    assert any("no assurance" in str(value) for row in about.values for value in row)


def test_waypoints_carry_the_answer_where_a_receiver_shows_it(stops: Path) -> None:
    path = screened(stops, ".gpx")
    frame = pyogrio.read_dataframe(path, layer="waypoints")
    assert sorted(frame["name"]) == ["INSIDE =HYPERLINK(1)", "NEAR Ford <b>&", "Start"]
    assert set(frame["sym"]) == {"Danger Area", "Waypoint"}
    assert "2 rows have no place" in path.read_text(), "what cannot be shown is told"
    assert frame["desc"].str.contains("suspected hazardous area").sum() == 1


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in ("script", "link") or dict(attrs).get("href") == "data:,"
        self.links += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_a_page_for_drivers_needs_no_server_and_has_the_worst_first(stops: Path) -> None:
    page = Page()
    page.feed(screened(stops, ".html").read_text())
    assert page.links == ["data:,"]
    text = "\n".join(page.texts)
    assert "4 of 5 stops need attention: 1 inside, 1 near, 2 unknown; none recorded for 1." in text
    assert "no assurance" in text
    assert "synthetic exercise data" in text
    worst = text[text.index("Worst first") : text.index("In order")]
    assert [worst.index(word) for word in ("HYPERLINK", "Ford", "Mill")] == sorted(
        worst.index(word) for word in ("HYPERLINK", "Ford", "Mill")
    )
    order = text[text.index("In order") : text.index("All rows")]
    names = [line.split(";")[0] for line in LINES[1:]]
    assert [order.index(name) for name in names] == sorted(order.index(name) for name in names)
    assert "<svg" in stops.with_name("answers.html").read_text()


def test_columns_are_chosen_by_name_and_one_is_enough(stops: Path) -> None:
    assert table_of(screened(stops, ".csv", ["stop"])) == [{"stop": line.split(";")[0]} for line in LINES[1:]]
    assert list(table_of(screened(stops, ".parquet", ["class", "STOP"]))[0]) == ["hazard_class", "stop"]
    assert set(table_of(screened(stops, ".geojson", ["stop"]))[0]) == {"stop", "geometry"}
    with pytest.raises(FieldRefused, match=r"stopp.*not a column.*hazard_class"):
        screened(stops, ".xlsx", ["stopp"])
    assert not stops.with_name("answers.xlsx").exists()


def test_geoparquet_without_its_geometry_is_plain_parquet(tmp_path: Path) -> None:
    gpd.GeoDataFrame({"id": [1]}, geometry=[shapely.Point(17.1, 44.9)], crs=4326).to_parquet(tmp_path / "p.parquet")
    target = tmp_path / "o.parquet"
    screen_file(tmp_path / "p.parquet", target, INDEX, Question(accuracy_m=5.0), columns=["id"])
    assert b"geo" not in (pq.read_schema(target).metadata or {})
    assert pq.read_table(target).to_pylist() == [{"id": 1}]


def test_an_unknown_ending_is_refused_with_those_that_are_known(stops: Path) -> None:
    with pytest.raises(FileRefused, match=r"\.csv, \.parquet.*\.gpx, \.xlsx, \.html"):
        screened(stops, ".docx")


@pytest.mark.parametrize("ending", ENDINGS)
def test_no_rows_give_a_file_without_rows(stops: Path, ending: str) -> None:
    stops.write_text(LINES[0] + "\n")
    path = screened(stops, ending)
    if ending in (".gpx", ".html"):
        assert path.stat().st_size > 100
    else:
        assert table_of(path) == []


def page_of(count: int) -> AnswerPage:
    codes = [NONE_RECORDED, NEAR, INSIDE, UNKNOWN]
    stops = [
        Stop(i + 1, f"Checkpoint {i} by the river", codes[i % 4], "Near a recorded confirmed hazardous area",
             ("Record ABCD-EFGH-IJKL",), shapely.Point(17.1 + 0.01 * (i % 7), 44.9 + 0.004 * i), 12.9)
        for i in range(count)
    ]  # fmt: skip
    facts = [("Data", "last written on 2026-11-28"), ("Accuracy of positions", "10 m"), ("Not compared", "3 rows")]
    return AnswerPage("Stops of convoy.xlsx", stops, ["A sentence."], facts, "synthetic", INDEX.outlines)


def test_of_no_rows_nothing_is_said_but_that() -> None:
    """An empty file must not read as if nothing were recorded anywhere."""
    assert summary_line(Counter(), "stops") == "There are no stops, so there is no answer."


def test_distances_are_rounded_towards_danger() -> None:
    assert "NEAR, 12 m" in answer_page(page_of(2))
