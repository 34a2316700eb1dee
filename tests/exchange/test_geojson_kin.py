"""GeoJSON's kin: systems stated at any level, sequences, pages, uMap and TopoJSON."""

import json
import math
import random
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import pytest
import shapely

from merestone.exchange import Row, known_formats, read
from merestone.exchange.formats.geojson import GeoJson
from merestone.exchange.positions.feature_files import read_shapes
from merestone.terms import FileRefused

RING = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]]
DHDN = {"type": "name", "properties": {"name": "EPSG:4314"}}


def point(lon: float, lat: float, **members: Any) -> dict[str, Any]:
    geometry = {"type": "Point", "coordinates": [lon, lat]}
    return {"type": "Feature", "properties": {}, "geometry": geometry, **members}


def written(folder: Path, value: Any, name: str = "a.geojson") -> Path:
    path = folder / name
    path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return path


def collection(*features: Any, **members: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features), **members}


def moved(crs: str, x: float, y: float) -> tuple[float, float]:
    """By PROJ itself."""
    lon, lat = pyproj.Transformer.from_crs(crs, "OGC:CRS84", always_xy=True).transform(x, y)
    return float(lon), float(lat)


def place(row: Row) -> tuple[float, float]:
    assert row.geometry is not None, row.fault
    return float(shapely.get_x(row.geometry)), float(shapely.get_y(row.geometry))


class TestStatedSystems:
    @pytest.mark.parametrize("level", ["feature", "geometry"])
    def test_a_system_is_honoured_at_any_level(self, tmp_path: Path, level: str) -> None:
        """2026-11-28, a review of real files: DHDN inside a feature was read as WGS 84, some 120 m away."""
        own = point(17.1, 44.9)
        (own if level == "feature" else own["geometry"])["crs"] = DHDN
        reading = read(written(tmp_path, collection(own, point(17.1, 44.9))))
        first, second = reading
        assert place(first) == pytest.approx(moved("EPSG:4314", 17.1, 44.9), abs=1e-9)
        assert place(second) == (17.1, 44.9)
        assert (first.crs, second.crs) == ("EPSG:4314", "OGC:CRS84")
        assert first.moved_m is not None
        assert math.isnan(first.moved_m) or first.moved_m > 0.5
        assert (second.moved_m, second.shift_m, reading.shift_m) == (0.0, 0.0, 0.0)

    def test_a_feature_alone_and_the_records_of_a_sequence_have_theirs(self, tmp_path: Path) -> None:
        alone = read(written(tmp_path, point(17.1, 44.9, crs=DHDN)))
        [row] = alone
        assert place(row) == pytest.approx(moved("EPSG:4314", 17.1, 44.9), abs=1e-9)
        lines = "\n".join(json.dumps(f) for f in (point(1, 2), point(17.1, 44.9, crs=DHDN)))
        assert place(list(read(written(tmp_path, lines)))[1]) == place(row)

    @pytest.mark.parametrize(
        "member",
        [
            {"type": "EPSG", "properties": {"code": 4314}},
            {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4314"}},
            {"type": "OGC", "properties": {"urn": "urn:ogc:def:crs:EPSG:6.9:4314"}},
            {"type": "link", "properties": {"href": "http://www.opengis.net/def/crs/EPSG/0/4314", "type": "ogcwkt"}},
            {"properties": {"name": "EPSG:4314"}},
            "EPSG:4314",
            4314,
        ],
    )
    def test_every_old_spelling_is_understood(self, tmp_path: Path, member: Any) -> None:
        [row] = read(written(tmp_path, collection(point(17.1, 44.9), crs=member)))
        assert place(row) == pytest.approx(moved("EPSG:4314", 17.1, 44.9), abs=1e-9)

    def test_a_link_is_not_fetched_and_the_user_settles_it(self, tmp_path: Path) -> None:
        link = {"type": "link", "properties": {"href": "http://example.org/crs/7/proj4/", "type": "proj4"}}
        path = written(tmp_path, collection(point(17.1, 44.9), crs=link))
        with pytest.raises(FileRefused, match="--crs"):
            read(path)
        assert [place(row) for row in read(path, crs="EPSG:4326")] == [(17.1, 44.9)]
        own = written(tmp_path, collection(point(17.1, 44.9, crs=link), point(1, 2)))
        unknown, known = read(own)
        assert unknown.fault is not None
        assert unknown.fault.code == "unknown_reference"
        assert place(known) == (1, 2)
        assert len([row for row in read(own, crs="EPSG:4326") if row.geometry is not None]) == 2

    @pytest.mark.parametrize("member", [None, {"type": "name"}, {"type": "name", "properties": {"name": "mine"}}, 7])
    def test_a_system_that_nobody_understands_puts_its_row_aside(self, tmp_path: Path, member: Any) -> None:
        bad, good = read(written(tmp_path, collection(point(17.1, 44.9, crs=member), point(1, 2))))
        assert bad.geometry is None
        assert bad.fault is not None
        assert place(good) == (1, 2)

    def test_systems_that_nobody_understands_are_not_looked_up_without_end(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """2026-11-28, found by fuzzing: PROJ searches half a second for a name that it does not know, for each row."""
        asked: list[str] = []
        real = pyproj.CRS.from_user_input

        def counted(text: Any, **options: Any) -> pyproj.CRS:
            asked.append(str(text))
            return real(text, **options)

        monkeypatch.setattr(pyproj.CRS, "from_user_input", counted)
        strange = [point(1, 2, crs=f"mine {n // 2}") for n in range(40)]
        rows = list(read(written(tmp_path, collection(*strange, point(1, 2)))))
        assert [row.geometry is None for row in rows] == [True] * 40 + [False]
        assert len([text for text in asked if text.startswith("mine")]) == 10
        settled = read(written(tmp_path, collection(*strange)), crs="EPSG:4326")
        assert [row.geometry is None for row in settled] == [False] * 40

    def test_parts_of_a_collection_with_systems_of_their_own_are_put_aside(self, tmp_path: Path) -> None:
        parts = [{"type": "Point", "coordinates": [17.1, 44.9], "crs": DHDN}]
        feature = {"type": "Feature", "properties": {}, "geometry": {"type": "GeometryCollection", "geometries": parts}}
        [row] = read(written(tmp_path, collection(feature)))
        assert row.fault is not None
        assert row.fault.code == "unknown_reference"

    def test_a_silent_file_is_taken_at_the_users_word_and_that_is_told(self, tmp_path: Path) -> None:
        reading = read(written(tmp_path, collection(point(500000.0, 5000000.0))), crs="EPSG:32633")
        [row] = reading
        assert place(row) == pytest.approx(moved("EPSG:32633", 500000.0, 5000000.0), abs=1e-9)
        assert "because --crs says so" in reading.notes[0]
        stated = written(tmp_path, collection(point(1, 2), crs=DHDN))
        with pytest.raises(FileRefused, match="leave --crs out"):
            read(stated, crs="EPSG:32633")

    def test_a_property_named_crs_is_a_property(self, tmp_path: Path) -> None:
        feature = point(1, 2)
        feature["properties"]["crs"] = "local"
        [row] = read(written(tmp_path, collection(feature)))
        assert place(row) == (1, 2)
        assert row.attributes == {"crs": "local"}


class TestSequences:
    @pytest.mark.parametrize("start", ["", "\x1e"])
    @pytest.mark.parametrize("end", ["\n", "\r\n"])
    def test_features_one_after_another_are_rows(self, tmp_path: Path, start: str, end: str) -> None:
        """2026-11-28, a review of real files: refused as "cut off or damaged"."""
        text = "".join(f"{start}{json.dumps(point(n, 0, id=n))}{end}" for n in range(3))
        rows = list(read(written(tmp_path, text, "a.geojsonl")))
        assert [row.number for row in rows] == [1, 2, 3]
        assert [place(row) for row in rows] == [(0, 0), (1, 0), (2, 0)]
        assert json.loads(rows[1].raw)["id"] == 1

    def test_records_that_are_written_over_several_lines_or_are_geometries_or_collections(self, tmp_path: Path) -> None:
        pretty = "\n".join(json.dumps(point(n, 0), indent=2) for n in range(3))
        assert len(list(read(written(tmp_path, pretty)))) == 3
        bare = "\n".join(json.dumps(point(n, 0)["geometry"]) for n in range(3))
        assert [place(row) for row in read(written(tmp_path, bare))] == [(0, 0), (1, 0), (2, 0)]
        mixed = "\x1e" + json.dumps(collection(point(0, 0), point(1, 0))) + "\n\x1e" + json.dumps(point(2, 0)) + "\n"
        assert [place(row) for row in read(written(tmp_path, mixed))] == [(0, 0), (1, 0), (2, 0)]

    @pytest.mark.parametrize("start", ["", "\x1e"])
    def test_a_record_that_is_cut_off_is_a_row_and_harms_no_other(self, tmp_path: Path, start: str) -> None:
        records = [json.dumps(point(n, 0)) for n in range(4)]
        records[1] = records[1][:30]
        records[3] = records[3][:40]
        rows = list(read(written(tmp_path, "".join(f"{start}{record}\n" for record in records))))
        assert [row.geometry is not None for row in rows] == [True, False, True, False]
        assert rows[1].fault is not None
        assert "line 2" in rows[1].fault.message
        assert rows[3].raw.strip() == records[3]

    def test_damage_without_end_is_bounded(self, tmp_path: Path) -> None:
        """2026-11-28: each damaged record cost a look at all of the file before it, minutes for a megabyte."""
        rows = list(read(written(tmp_path, json.dumps(point(1, 2)) + "\n" + "{\n" * 100_000)))
        assert len(rows) == 1002
        assert rows[-1].raw.count("{") == 99_000


class TestPages:
    @pytest.mark.parametrize(
        "members",
        [
            {"exceededTransferLimit": True},
            {"properties": {"exceededTransferLimit": True}},
            {"numberMatched": 3, "numberReturned": 1},
            {"totalFeatures": 3},
            {"numberReturned": 2},
            {"links": [{"rel": "self", "href": "x"}, {"rel": "next", "href": "y"}]},
        ],
    )
    def test_a_part_of_the_data_is_refused(self, tmp_path: Path, members: dict[str, Any]) -> None:
        with pytest.raises(FileRefused, match=r"part of the data|holds 2 features"):
            list(read(written(tmp_path, collection(point(1, 2), **members))))

    @pytest.mark.parametrize(
        "members",
        [
            {"exceededTransferLimit": False, "numberMatched": 1, "numberReturned": 1},
            {"numberMatched": "unknown", "properties": {"exceededTransferLimit": False}},
            {"numberMatched": 1, "links": [{"rel": "next", "href": "y"}]},
            {"links": [{"rel": "self", "href": "x"}]},
        ],
    )
    def test_all_of_the_data_is_read(self, tmp_path: Path, members: dict[str, Any]) -> None:
        assert len(list(read(written(tmp_path, collection(point(1, 2), **members))))) == 1

    def test_the_answer_of_a_service_that_failed_is_told_as_one(self, tmp_path: Path) -> None:
        with pytest.raises(FileRefused, match=r"service that failed.*Invalid URL"):
            list(read(written(tmp_path, {"error": {"code": 400, "message": "Invalid URL"}})))


class TestColumns:
    def test_both_identities_and_members_beside_the_standard_are_kept(self, tmp_path: Path) -> None:
        """2026-11-28, a review of real files: SHA-0042 was kept nowhere."""
        feature = point(1, 2, id="SHA-0042", title="field", bbox=[1, 2, 1, 2])
        feature["properties"] = {"id": 17}
        same, bare = point(1, 2, id=17), {"type": "Feature", "properties": None}
        same["properties"] = {"id": 17}
        first, second, third = read(written(tmp_path, collection(feature, same, bare)))
        assert first.attributes == {"id": 17, "feature_id": "SHA-0042", "title": "field"}
        assert second.attributes == {"id": 17}
        assert (third.geometry, third.fault) == (None, None)

    def test_times_of_a_converted_track_are_times(self, tmp_path: Path) -> None:
        lines = [[[0, 0], [1, 0]], [[2, 0], [3, 0]]]
        times = [["2026-05-01T10:00:00Z", "2026-05-01T10:01:00Z"], ["2026-05-01T11:00:00Z", None]]
        features = [
            {
                "type": "Feature",
                "properties": {"coordinateProperties": {"times": times}},
                "geometry": {"type": "MultiLineString", "coordinates": lines},
            },
            {
                "type": "Feature",
                "properties": {"coordTimes": times[0]},
                "geometry": {"type": "LineString", "coordinates": lines[0]},
            },
        ]
        shapes = read_shapes(written(tmp_path, collection(*features)))
        assert np.isnat(shapes.times[0]).tolist() == [False, False, False, True]
        assert shapes.times[1][1] == np.datetime64("2026-05-01T10:01")

    def test_times_beside_an_area_are_columns(self, tmp_path: Path) -> None:
        """2026-11-28, found by fuzzing: a traceback."""
        geometry = {"type": "Polygon", "coordinates": [RING]}
        feature = {"type": "Feature", "properties": {"coordTimes": ["2026-05-01T10:00:00Z"] * 4}, "geometry": geometry}
        [row] = read(written(tmp_path, collection(feature)))
        assert row.geometry is not None
        assert row.times is None

    def test_a_place_of_json_fg_is_never_passed_over(self, tmp_path: Path) -> None:
        feature = {"type": "Feature", "properties": {}, "geometry": None, "place": {"type": "Point"}}
        [row] = read(written(tmp_path, collection(feature)))
        assert row.fault is not None


class TestDocuments:
    def test_the_layers_of_a_umap(self, tmp_path: Path) -> None:
        options = {"name": "North", "remoteData": {"url": "https://example.org/x"}}
        layers = [
            {**collection(point(1, 2)), "_umap_options": options},
            {**collection(point(3, 4), point(5, 6)), "_umap_options": {"name": "North"}},
        ]
        path = written(tmp_path, {"type": "umap", "uri": "", "properties": {"name": "m"}, "layers": layers}, "m.umap")
        with pytest.raises(FileRefused, match=r"2 layers.*North, North \(#2\)"):
            read(path)
        reading = read(path, layer="North (#2)")
        assert [place(row) for row in reading] == [(3, 4), (5, 6)]
        assert reading.notes == ["layers whose data a web address holds were not fetched: North"]

    def test_a_topology_is_put_together_again(self, tmp_path: Path) -> None:
        """Two squares that share an edge; the oracle is the squares themselves."""
        arcs = [
            [[10, 0], [0, 10]],  # the shared edge, upwards
            [[10, 10], [-10, 0], [0, -10], [10, 0]],  # the west square without it
            [[10, 0], [10, 0], [0, 10], [-10, 0]],
        ]
        west, east = {"type": "Polygon", "arcs": [[0, 1]], "id": "w"}, {"type": "MultiPolygon", "arcs": [[[2, ~0]]]}
        dot = {"type": "Point", "coordinates": [5, 5], "properties": {"name": "dot"}}
        broken = {"type": "Polygon", "arcs": [[7]]}
        topology = {
            "type": "Topology",
            "transform": {"scale": [0.1, 0.1], "translate": [17.0, 44.0]},
            "objects": {"a": {"type": "GeometryCollection", "geometries": [west, east, dot, broken]}},
            "arcs": arcs,
        }
        first, second, third, fourth = rows = list(read(written(tmp_path, topology, "t.topojson")))
        for row, box in ((first, shapely.box(17, 44, 18, 45)), (second, shapely.box(18, 44, 19, 45))):
            assert row.geometry is not None
            assert shapely.hausdorff_distance(row.geometry.boundary, box.boundary) < 1e-9
            assert row.geometry.area == pytest.approx(1.0)
        assert place(third) == (17.5, 44.5)
        assert (first.attributes["id"], third.attributes["name"]) == ("w", "dot")
        assert fourth.fault is not None
        assert [row.shift_m for row in rows] == pytest.approx([math.hypot(0.1, 0.1) / 2 * 111_700] * 4)

    def test_a_topology_that_was_not_rounded_adds_nothing(self, tmp_path: Path) -> None:
        topology = {
            "type": "Topology",
            "objects": {"a": {"type": "LineString", "arcs": [0]}},
            "arcs": [[[1, 2], [3, 4]]],
        }
        [row] = read(written(tmp_path, topology))
        assert row.geometry == shapely.LineString([(1, 2), (3, 4)])
        assert row.shift_m == 0.0


def test_no_damage_to_a_file_ever_ends_in_anything_but_rows_or_a_refusal(tmp_path: Path) -> None:
    rng = random.Random(11)
    arcs = {"type": "Polygon", "arcs": [[0]], "id": 3}
    options = {"name": "x"}
    grid = {"scale": [1, 1], "translate": [0, 0]}
    seeds = [
        collection(point(17.1, 44.9, crs=DHDN, id=3), point(1, 2), crs=DHDN, numberMatched=2),
        {"type": "umap", "layers": [{**collection(point(1, 2)), "_umap_options": options}]},
        {
            "type": "Topology",
            "objects": {"a": arcs},
            "arcs": [[*RING]],
            "transform": grid,
        },
    ]
    texts = [json.dumps(seed).encode() for seed in seeds]
    texts.append(b"\x1e" + b"\n\x1e".join(json.dumps(point(n, 0, crs=DHDN)).encode() for n in range(3)))
    values = [b"null", b"[]", b"{}", b"1e999", b"-1", b'"x"', b"\x1e", b"\n", b"NaN", b"true", b"99999999999999999999"]
    path = tmp_path / "f.geojson"
    for turn in range(1200):
        data = bytearray(texts[turn % len(texts)])
        for _ in range(rng.randint(1, 3)):
            at, length = rng.randrange(len(data)), rng.randint(1, 8)
            data[at : at + length] = rng.choice([b"", data[at : at + length] * 2, rng.choice(values)])
        path.write_bytes(data)
        try:
            numbers = [row.number for row in GeoJson().read(path)]
        except FileRefused:
            continue
        assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize(
    "text",
    [
        '{"type": "Topology", "arcs": [], "objects": {"a": {"type": null, "properties": {"a": NEST}}}}',
        '{"type": "umap", "layers": [{"features": [{"type": "Feature", "properties": {"a": NEST}}]}]}',
        '{"type": "Feature", "geometry": {"type": "Point", "coordinates": [1, 2]}, "properties": {}, "crs": NEST}',
        '{"type": "FeatureCollection", "features": [], "crs": NEST}',
        '{"spatialReference": {"wkid": 4326}, "features": [{"attributes": {"a": NEST}, "geometry": {"x": 1, "y": 2}}]}',
        '{"spatialReference": NEST, "features": []}',
    ],
)
def test_lists_nested_to_any_depth_end_in_rows_or_a_refusal(tmp_path: Path, text: str) -> None:
    """2026-11-28, found by fuzzing: what C reads just so, Python cannot write again."""
    for depth in [*range(900, 1000), 100_000]:
        try:
            list(read(written(tmp_path, text.replace("NEST", "[" * depth + "]" * depth), "a.json")))
        except FileRefused:
            continue


def test_only_two_endings_name_a_file_to_be_written() -> None:
    assert known_formats()["geojson"].suffixes == (".geojson", ".json")
