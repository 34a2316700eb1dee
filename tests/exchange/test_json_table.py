"""Lists of objects as open-data services answer with them: rows of a table, or a refusal that says what is missing."""

import json
from pathlib import Path
from typing import Any

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from merestone.exchange import read
from merestone.exchange.formats import _json_lists, json_table
from merestone.exchange.formats._json_lists import StreamedList, streamed_value
from merestone.exchange.formats._json_stream import Unusual
from merestone.exchange.formats.json_table import _PLACES
from merestone.terms import FileRefused

LON, LAT = 17.105, 44.905
AREA = shapely.box(17.1, 44.9, 17.11, 44.91)
POLYGON = shapely.geometry.mapping(AREA)
FEATURE = {"type": "Feature", "properties": {"a": 1}, "geometry": POLYGON}
RECORD: dict[str, Any] = {
    "fields": {"geo_point_2d": [LAT, LON]},
    "geometry": {"type": "Point", "coordinates": [LON, LAT]},
}
HIT = {"_id": "q", "_source": {"where": [LON, LAT]}}
ROW = {"_id": 1, "Latitude": str(LAT), "Longitude": str(LON)}


def socrata(*columns: dict[str, Any], rows: list[list[Any]]) -> dict[str, Any]:
    own = {"id": -1, "name": "sid", "dataTypeName": "meta_data", "fieldName": ":sid"}
    return {"meta": {"view": {"columns": [own, *columns]}}, "data": [["row-1", *row] for row in rows]}


LOCATION = {
    "name": "Location 1",
    "fieldName": "location_1",
    "subColumnTypes": ["human_address", "latitude", "longitude", "machine_address", "needs_recoding"],
}


def written(tmp_path: Path, value: Any) -> Path:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "value",
    [
        {"total_count": 1, "results": [{"geo_point_2d": {"lon": LON, "lat": LAT}}]},
        {"nhits": 1, "parameters": {}, "records": [RECORD]},
        {"nhits": 1, "records": [{"fields": RECORD["fields"]}]},
        {"success": True, "result": {"total": 1, "offset": 0, "records": [ROW]}},
        {"took": 1, "hits": {"total": {"value": 1, "relation": "eq"}, "hits": [HIT]}},
        {"took": 1, "hits": {"total": 1, "hits": [{"_id": "q", "_source": {"where": {"lat": LAT, "lon": LON}}}]}},
        {"took": 1, "hits": {"total": 1, "hits": [{"_id": "q", "_source": {"location": f"{LAT},{LON}"}}]}},
        {"rows": [{"the_geom": shapely.to_wkb(shapely.Point(LON, LAT), hex=True)}], "total_rows": 1},
        [{"location": {"latitude": str(LAT), "longitude": str(LON), "human_address": "{}"}}],
        socrata(LOCATION, rows=[[["{}", str(LAT), str(LON), None, False]]]),
        socrata({"fieldName": "point"}, rows=[[f"POINT ({LON} {LAT})"]]),
        [{"id": 7, "lat": LAT, "lon": LON}],
        [{"id": 7, "lat": LAT, "lon": LON, "what": {"type": ["Point"]}}],
    ],
)
def test_a_place_of_each_service_is_read(tmp_path: Path, value: Any) -> None:
    reading = read(written(tmp_path, value))
    [row] = reading
    assert row.fault is None
    assert row.geometry is not None
    assert shapely.get_coordinates(row.geometry)[0].tolist() == pytest.approx([LON, LAT])
    assert reading.format_name == "JSON table"
    assert isinstance(value, list) or any("what stands beside it was not read" in note for note in reading.notes)


@pytest.mark.parametrize(
    "value",
    [
        {"total_count": 1, "results": [{"geo_point_2d": {"lon": LON, "lat": LAT}, "geo_shape": FEATURE}]},
        {"nhits": 1, "records": [{**RECORD, "fields": {**RECORD["fields"], "geo_shape": POLYGON}}]},
        {"hits": {"total": 1, "hits": [{"_id": "q", "_source": {"where": [LON, LAT], "shape": POLYGON}}]}},
        [{"the_geom": POLYGON, "lat": LAT, "lon": LON}],
        socrata(LOCATION, {"fieldName": "the_geom"}, rows=[[[None, str(LAT), str(LON), None, False], AREA.wkt]]),
        [FEATURE],
        [POLYGON],
        [{"type": "FeatureCollection", "features": [FEATURE]}],
    ],
)
def test_the_outline_beside_a_label_point_is_the_place(tmp_path: Path, value: Any) -> None:
    [row] = read(written(tmp_path, value))
    assert row.geometry is not None
    assert row.geometry.equals(AREA)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"success": True, "result": {"total": 9, "records": [ROW]}}, "part of the data: 1 of 9 rows"),
        ({"total_count": 9, "results": [ROW]}, "part of the data: 1 of 9 rows"),
        ({"results": [ROW], "next": "https://x.example/2"}, "and names more"),
        ({"records": [{"fields": ROW}], "offset": "itr1"}, "and names more"),
        ({"hits": {"total": {"value": 10000, "relation": "gte"}, "hits": [HIT]}}, "unknown number of hits"),
        ([{"location": [LON, LAT]}], "nothing says which of them is the latitude"),
        (socrata({"name": "a", "fieldName": "point"}, rows=[[1, 2]]), "element 1 of its list data is a list of values"),
        ({"data": [[1, 2]]}, "element 1 of its list data is a list of values without names"),
        ([ROW, 3], "element 2 of its list is not an object"),
        ([], "its list holds nothing"),
        ({"success": False, "error": {"message": "gone"}, "result": {}}, "service that failed.*gone"),
        ([{"a": 1}], "names no column with places"),
        ({"result": {"lat": 1}}, "no list of objects in one of results, records"),
        ([{f"a{number}": 1} for number in range(2_500)], "hardly any in common"),
        ([{"type": "FeatureCollection", "crs": None, "features": []}], "reference system of its own"),
        ([{"type": "FeatureCollection", "features": [FEATURE], "numberMatched": 4}], "1 of 4 features"),
    ],
)
def test_a_list_that_cannot_be_read_whole_is_refused_in_words(tmp_path: Path, value: Any, words: str) -> None:
    with pytest.raises(FileRefused, match=words):
        list(read(written(tmp_path, value)))


def test_rows_of_socrata_that_are_fewer_than_it_counted_are_told(tmp_path: Path) -> None:
    """Its count is of another day, perhaps: the file is read."""
    counted = {"fieldName": "point", "cachedContents": {"non_null": "3", "null": "1"}}
    reading = read(written(tmp_path, socrata(counted, rows=[[f"POINT ({LON} {LAT})"]])))
    assert len(list(reading)) == 1
    assert "Socrata counted 4 rows, and the file has 1: see whether it was cut off" in reading.notes


def test_a_list_of_features_keeps_the_text_of_each_and_ends_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    text = json.dumps(FEATURE)
    path.write_text(f"[{text}\n,\n{text}]\n", encoding="utf-8")
    assert [row.text for row in read(path)] == [text, text]
    path.write_text(f"[{text}] {text}", encoding="utf-8")
    with pytest.raises(FileRefused, match="something follows the end of the list"):
        list(read(path))


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=3), inner, max_size=3)),
    max_leaves=12,
)
objects = st.lists(st.dictionaries(st.sampled_from(["lat", "lon", "name", "é"]), json_values, max_size=3), max_size=6)
documents = st.one_of(
    objects,
    st.dictionaries(
        st.sampled_from(["results", "data", "result", "hits", "x", "type"]),
        st.one_of(objects, json_values, st.dictionaries(st.sampled_from(["records", "hits", "total"]), objects)),
        max_size=4,
    ),
    json_values,
)


def materialised(value: Any) -> Any:
    if isinstance(value, StreamedList):
        once, again = list(value), list(value)
        assert once == again
        assert len(once) == len(value)
        return once
    return {name: materialised(inner) for name, inner in value.items()} if isinstance(value, dict) else value


@given(documents, st.sampled_from([None, 1]), st.sampled_from([1, 7, 64, 1 << 20]), st.integers(0, 400))
@settings(max_examples=80, deadline=None)
def test_a_file_that_is_read_window_by_window_says_what_it_says_as_a_whole(
    tmp_path_factory: pytest.TempPathFactory, value: Any, indent: int | None, window_bytes: int, cut: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "lists.json"
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    text = text.encode("utf-8", "replace").decode()
    path.write_text(text, encoding="utf-8")
    assert materialised(streamed_value(path, _PLACES, window_bytes=window_bytes)) == json.loads(text)
    part = text[: min(cut, len(text) - 1)]
    path.write_text(part, encoding="utf-8")
    try:
        expected = json.loads(part)
    except ValueError:
        with pytest.raises(Unusual):
            streamed_value(path, _PLACES, window_bytes=window_bytes)
    else:
        assert materialised(streamed_value(path, _PLACES, window_bytes=window_bytes)) == expected


@pytest.mark.parametrize(
    "text", ['{"data": [], "data": [1]}', '[{"a": 1}] x', '[{"a": 1},]', '{"data" [1]}', "[1 2]", "{1: 2}"]
)
def test_what_is_not_as_in_most_files_is_left_to_the_whole_reading(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(Unusual):
        streamed_value(path, _PLACES)


@pytest.mark.parametrize("form", ["[{}]", '{{"count": null, "results": [{}]}}', '{{"result": {{"records": [{}]}}}}'])
def test_a_long_list_is_never_held_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    """2026-11-29: of such a list all objects were held at once, several times their text."""
    path = tmp_path / "a.json"
    path.write_text(form.format(",".join(f'{{"lon": 17.1, "lat": 44.9, "name": "{at}"}}' for at in range(3_000))))
    alive: set[int] = set()
    most = 0

    class Counted(dict[str, Any]):
        def __del__(self) -> None:
            alive.discard(id(self))

    def decoded(text: str, at: int) -> tuple[Any, int]:
        nonlocal most
        value, end = json.JSONDecoder(object_pairs_hook=Counted).raw_decode(text, at)
        if isinstance(value, Counted):
            alive.add(id(value))
        most = max(most, len(alive))
        return value, end

    monkeypatch.setattr(_json_lists, "_DECODE", decoded)
    monkeypatch.setattr(json_table, "whole_value", None)
    assert sum(1 for _ in read(path)) == 3_000
    assert 0 < most < 10
