"""The preview says what the import then does, for the same file and mapping."""

import json
from pathlib import Path

import pytest
import shapely
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from merestone.cli.main import merestone
from merestone.exchange import import_file
from merestone.exchange.imports.mapping import ColumnMapping
from merestone.exchange.imports.preview import preview_file
from merestone.exchange.imports.reading_map import DrawnRow, write_reading_map
from merestone.register import Register
from merestone.terms import FieldRefused, FileRefused, RecordKind

SPANISH = """codigo,MUNICIPIO,ESTADO,fecha,lat,lon,precision
A-1,Norte,Abierto,2026-05-02,44.905,17.105,8
A-2,Sur,Cerrado,mayo,44.915,17.105,300
"""
MAPPING = ColumnMapping(
    {"codigo": "local_id", "MUNICIPIO": "admin_2", "ESTADO": "status", "fecha": "survey_on"},
    {"ESTADO": {"abierto": "open", "cerrado": "closed"}},
)


@pytest.fixture
def spanish(tmp_path: Path) -> Path:
    path = tmp_path / "areas.csv"
    path.write_text(SPANISH, encoding="utf-8")
    return path


def test_a_mapping_gives_columns_and_words_their_meaning(spanish: Path, tmp_path: Path) -> None:
    with Register.create(tmp_path / "r.gpkg") as register:
        import_file(
            register, spanish, kind=RecordKind.SUSPECTED, source="s", accuracy_m=25, by="b", mapping=MAPPING
        )  # fmt: skip
        first, second = sorted(register.as_of().records, key=lambda record: str(record.attributes["local_id"]))
        assert first.attributes["status"] == "open"
        assert first.attributes["admin_2"] == "Norte"
        assert first.attributes["survey_on"] == "2026-05-02"
        assert second.attributes["status"] == "closed"
        assert second.attributes["as_given"] == {"survey_on": "mayo"}
        assert second.accuracy_m == 300


def test_another_mapping_is_another_reading(spanish: Path, tmp_path: Path) -> None:
    """The same bytes with another mapping are not called already imported."""
    with Register.create(tmp_path / "r.gpkg") as register:
        for mapping, expected in ((MAPPING, False), (MAPPING, True)):
            report = import_file(
                register, spanish, kind=RecordKind.SUSPECTED, source="s", accuracy_m=25, by="b", mapping=mapping
            )
            assert (report.already is not None) is expected
        with pytest.raises(FileRefused, match="another reading"):
            import_file(register, spanish, kind=RecordKind.SUSPECTED, source="s", accuracy_m=25, by="b")


def test_a_column_that_no_row_has_is_told(spanish: Path, tmp_path: Path) -> None:
    with Register.create(tmp_path / "r.gpkg") as register:
        report = import_file(
            register, spanish, kind=RecordKind.SUSPECTED, source="s", accuracy_m=25, by="b",
            mapping=ColumnMapping({"Codigo": "local_id"}),
        )  # fmt: skip
    assert any("names columns that no row has: Codigo" in note for note in report.notes)


def test_a_column_cannot_give_the_place_of_a_format_that_has_geometries(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    path.write_text('{"type":"Feature","properties":{"X":1},"geometry":{"type":"Point","coordinates":[17.1,44.9]}}')
    with pytest.raises(FieldRefused, match="has geometries of its own"):
        preview_file(path, kind=RecordKind.SUSPECTED, accuracy_m=5, mapping=ColumnMapping({"X": "longitude"}))


def test_the_preview_tells_what_each_column_becomes(spanish: Path) -> None:
    looked = preview_file(spanish, kind=RecordKind.SUSPECTED, accuracy_m=25, mapping=MAPPING)
    becomes = {column.name: (column.becomes, column.refused) for column in looked.columns}
    assert becomes["codigo"] == ("local_id", 0)
    assert becomes["fecha"] == ("survey_on", 1)
    assert "accuracy" in becomes["precision"][0]
    assert becomes["lat"][0] == "the place: latitude"
    assert "44.90500° N, 17.10500° E" in looked.text()
    assert json.loads(json.dumps(looked.as_json()))["rows"][1]["accuracy_m"] == 300


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.tuples(st.floats(-60, 60), st.floats(-170, 170), st.sampled_from(["", "8", "0,5 km", "?"])),
        min_size=1,
        max_size=6,
    )
)
def test_what_is_previewed_is_what_is_imported(
    rows: list[tuple[float, float, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("p")
    path = folder / "a.csv"
    lines = [f'{i},{lat!r},{lon!r},"{accuracy}"' for i, (lat, lon, accuracy) in enumerate(rows)]
    path.write_text("\n".join(["id,lat,lon,accuracy_m", *lines]) + "\n")
    looked = preview_file(path, kind=RecordKind.SUSPECTED, accuracy_m=25)
    with Register.create(folder / "r.gpkg") as register:
        report = import_file(register, path, kind=RecordKind.SUSPECTED, source="s", accuracy_m=25, by="b")
        assert [row.outcome for row in looked.rows] == [row.outcome for row in report.rows]
        recorded = sorted((r.geometry.wkt, r.accuracy_m or -1) for r in register.as_of().records)
    assert recorded == sorted((e.geometry.wkt, e.accuracy_m or -1) for e in looked.entries.values())


def test_a_mapping_settles_which_column_is_the_longitude(tmp_path: Path) -> None:
    """2026-11-28: columns X and Y were refused as ambiguous although the mapping said which is which."""
    path = tmp_path / "xy.csv"
    path.write_text("id,X,Y\n1,44.905,17.105\n2,44.915,17.105\n")
    looked = preview_file(path, kind=RecordKind.SUSPECTED, accuracy_m=5)
    assert any("do not say which of them is the longitude" in note for note in looked.notes)
    assert "X" not in looked.mapping.columns, "what is doubtful is not written down as known"
    mapping = ColumnMapping({"X": "latitude", "Y": "longitude"})
    assert not preview_file(path, kind=RecordKind.SUSPECTED, accuracy_m=5, mapping=mapping).notes
    with Register.create(tmp_path / "r.gpkg") as register:
        with pytest.raises(FileRefused, match="do not say which"):
            import_file(register, path, kind=RecordKind.SUSPECTED, source="s", accuracy_m=5, by="b")
        import_file(register, path, kind=RecordKind.SUSPECTED, source="s", accuracy_m=5, by="b", mapping=mapping)
        assert {r.geometry.bounds[:2] for r in register.as_of().records} == {(17.105, 44.905), (17.105, 44.915)}


def test_named_axes_stand_in_the_mapping_that_is_written(spanish: Path) -> None:
    columns = preview_file(spanish, kind=RecordKind.SUSPECTED, accuracy_m=25).mapping.columns
    assert columns["lon"] == "longitude"
    assert columns["lat"] == "latitude"


def test_the_command_writes_nothing_but_what_it_is_asked_for(spanish: Path, tmp_path: Path) -> None:
    runner = CliRunner()
    register = tmp_path / "r.gpkg"
    assert runner.invoke(merestone, ["init", str(register)]).exit_code == 0
    before = register.read_bytes()
    call = ["import", str(register), str(spanish), "--as", "suspected", "--source", "s", "--accuracy-m", "25"]
    picture, mapping = tmp_path / "p.svg", tmp_path / "m.yaml"
    done = runner.invoke(
        merestone, [*call, "--preview", "--preview-map", str(picture), "--write-mapping", str(mapping)]
    )
    assert done.exit_code == 0, done.output
    assert register.read_bytes() == before
    assert picture.read_text().count("<svg") == 1
    mapping.write_text(mapping.read_text().replace("codigo: null", "codigo: local_id"))
    done = runner.invoke(merestone, [*call, "--mapping", str(mapping)])
    assert done.exit_code == 0, done.output
    with Register.open(register, read_only=True) as opened:
        assert {record.attributes["local_id"] for record in opened.as_of().records} == {"A-1", "A-2"}


@pytest.mark.parametrize("suffix", [".svg", ".png"])
def test_the_picture_is_drawn_of_anything_that_a_file_may_hold(suffix: str, tmp_path: Path) -> None:
    ring = shapely.Polygon(
        [(17.1, 44.9), (17.11, 44.9), (17.11, 44.91)], [[(17.107, 44.902), (17.108, 44.902), (17.108, 44.903)]]
    )
    odd = [
        None,
        shapely.Point(),
        shapely.Point(17.1, 44.9),
        ring,
        ring.exterior,
        shapely.GeometryCollection([ring, ring.centroid]),
    ]
    rows = [
        DrawnRow(i, geometry, None if i % 2 else geometry, [None, 0.0, 25.0][i % 3]) for i, geometry in enumerate(odd)
    ]
    path = tmp_path / f"p{suffix}"
    write_reading_map(path, rows, title="a", suffix=suffix)
    assert path.stat().st_size > 1000


def test_nothing_to_draw_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="no row has a place"):
        write_reading_map(tmp_path / "p.svg", [DrawnRow(1, None, None)], title="a", suffix=".svg")
