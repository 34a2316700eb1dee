"""Records in GeoPandas, polars, DuckDB, Arrow, GeoJSON and notebooks: the same rows everywhere, nothing made up."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import geopandas as gpd
import polars as pl
import pyarrow as pa
import pytest
import shapely

from merestone.register import PUBLIC, Register, Snapshot
from merestone.terms import EngineMissing


@pytest.fixture(scope="module")
def register(exercise: Path) -> Iterator[Register]:
    with Register.open(exercise, read_only=True) as opened:
        yield opened


@pytest.fixture(scope="module")
def snapshot(register: Register) -> Snapshot:
    return register.as_of()


def test_a_frame_has_a_row_for_each_record_with_its_attributes(register: Register, snapshot: Snapshot) -> None:
    """2026-11-28, found as a developer: there was no way into GeoPandas but an export."""
    frame = snapshot.to_geopandas()
    assert frame.crs.equals("OGC:CRS84")
    assert frame["record_id"].tolist() == [record.record_id for record in snapshot.shown]
    assert frame.geometry.geom_equals(gpd.GeoSeries([one.geometry for one in snapshot.shown], crs=frame.crs)).all()
    assert set(frame["kind"]) == {record.kind.value for record in snapshot.shown}
    by_id = {record.record_id: record for record in snapshot.shown}
    for row in frame.to_dict("records"):
        for name, value in by_id[row["record_id"]].attributes.items():
            assert name in frame.columns or f"attribute_{name}" in frame.columns
            if isinstance(value, str):
                assert row.get(f"attribute_{name}", row.get(name)) == value
    assert len(register.to_geopandas()) == len(frame)


def test_arrow_goes_to_polars_and_duckdb_without_a_file(snapshot: Snapshot) -> None:
    count = len(snapshot.shown)
    assert pa.RecordBatchReader.from_stream(snapshot).read_all().num_rows == count
    assert pl.DataFrame(snapshot)["record_id"].to_list() == [record.record_id for record in snapshot.shown]
    table = pa.RecordBatchReader.from_stream(snapshot).read_all()
    base = duckdb.connect()
    base.register("records", table.drop_columns(["geometry"]))
    assert sum(row[1] for row in base.execute("SELECT kind, count(*) FROM records GROUP BY ALL").fetchall()) == count


def test_geojson_is_what_other_libraries_read(snapshot: Snapshot) -> None:
    collection = snapshot.__geo_interface__
    assert len(collection["features"]) == len(snapshot.shown)
    frame = gpd.GeoDataFrame.from_features(collection)
    assert frame.geometry.iloc[0].equals(snapshot.shown[0].geometry)
    assert shapely.geometry.shape(snapshot.shown[0].__geo_interface__["geometry"]).equals(snapshot.shown[0].geometry)


def test_a_notebook_shows_a_small_map_and_no_assurance(register: Register, snapshot: Snapshot) -> None:
    page = snapshot._repr_html_()
    assert "<svg" in page
    assert "no assurance" in page
    assert "synthetic exercise data" in page
    assert not re.search(r"(src|href)=", page)
    assert "not for publication" in register._repr_html_()
    public = register.as_of(viewer=PUBLIC)
    assert "public tier" in public._repr_html_()


def test_what_is_shown_of_a_viewer_is_what_the_viewer_may_see(register: Register) -> None:
    public = register.as_of(viewer=PUBLIC)
    assert len(public.to_geopandas()) == len(public.shown)
    assert not public.to_geopandas()["is_exact"].any() or all(
        one.is_exact or not one.attributes for one in public.shown
    )


def test_a_repr_says_in_short_what_it_is_and_never_fails(exercise: Path, snapshot: Snapshot) -> None:
    assert re.match(
        r"<Snapshot true on .* exact tier, 'synthetic exercise data': \d+ records, \d+ hazards", repr(snapshot)
    )
    opened = Register.open(exercise, read_only=True)
    assert re.match(r"<Register exercise.gpkg, 'synthetic exercise data': 76 events, .*read only>", repr(opened))
    opened.close()
    assert "exercise.gpkg" in repr(opened)


def test_a_record_s_fields_are_given_as_a_dictionary(snapshot: Snapshot) -> None:
    record = snapshot.records[0]
    assert record._asdict()["record_id"] == record.record_id


def test_without_geopandas_the_remedy_is_told(snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "geopandas", None)
    with pytest.raises(EngineMissing, match="pip install geopandas"):
        snapshot.to_geopandas()
    assert snapshot.__geo_interface__["features"]


def test_columns_of_several_types_become_text(tmp_path: Path) -> None:
    from merestone.register import Entry
    from merestone.terms import RecordKind

    with Register.create(tmp_path / "r.gpkg") as register:
        with register.batch(by="t", why="t", source="t") as batch:
            values: list[Any] = [1, "a", [1, 2], None]
            for value in values:
                attributes = {"mixed": value, "kind": "their own"}
                batch.record(Entry(RecordKind.SUSPECTED, shapely.box(0, 0, 0.1, 0.1), attributes=attributes))
        frame = register.to_geopandas()
        assert sorted(map(str, frame["mixed"].dropna())) == ["1", "[1, 2]", "a"]
        assert set(frame["attribute_kind"]) == {"their own"}
        assert set(frame["kind"]) == {"suspected"}
        assert pl.DataFrame(register.as_of()).height == 4
