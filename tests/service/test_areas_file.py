"""What the map draws from holds exactly what the GeoJSON holds: every record, property and digit, of both tiers."""

import json
import struct
from datetime import UTC, date, datetime
from typing import Any

import pytest
import shapely
from fastapi.testclient import TestClient

from merestone.register import Record, Register
from merestone.service import Tier, create_app
from merestone.service.areas_file import areas_file
from merestone.terms import RecordKind, Visibility
from tests.service.lived import Lived, make_lived


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    return make_lived(tmp_path_factory.mktemp("areas") / "areas.gpkg")


def read(content: bytes) -> list[dict[str, Any]]:
    """The features that the bytes hold, read as the module's words say they lie."""
    assert content[:8] == b"MSAREAS1"
    head_length, count = struct.unpack_from("<II", content, 8)
    shared = json.loads(content[16 : 16 + head_length])
    at = 16 + head_length
    assert at % 4 == 0
    rows = [struct.unpack_from("<IIII", content, at + 16 * row) for row in range(count)]
    at += 16 * count
    parts: list[list[bytes]] = []
    for column in (1, 2, 3):
        parts.append([])
        for row in rows:
            parts[-1].append(content[at : at + row[column]])
            at += row[column]
    assert at == len(content)
    return [
        {
            "type": "Feature",
            "id": name.decode(),
            "geometry": json.loads(shapely.to_geojson(shapely.from_wkb(wkb))),
            "properties": {"record_id": name.decode(), **shared[row[0]], "attributes": json.loads(attributes)},
        }
        for row, name, attributes, wkb in zip(rows, *parts, strict=True)
    ]


@pytest.mark.parametrize("tier", list(Tier))
@pytest.mark.parametrize(
    "query",
    ["", "true_on=2026-01-10", "known_on=2026-01-05", "true_on=2026-01-25&known_on=2026-01-05", "known_on=2025-01-01"],
)
def test_map_is_drawn_from_what_the_geojson_holds(lived: Lived, tier: Tier, query: str) -> None:
    client = TestClient(create_app(lived.path, tier=tier), base_url="http://127.0.0.1")
    drawn = client.get(f"/map-areas?{query}")
    assert drawn.status_code == 200
    features = client.get(f"/map-data?{query}").json()["features"]
    assert read(drawn.content) == features
    # Nothing was known before the register began; what was ever hidden, the public is shown as it is today.
    assert bool(features) is (query != "known_on=2025-01-01" or tier is Tier.PUBLIC)


def test_public_bytes_hold_no_attribute_and_no_exact_corner(lived: Lived) -> None:
    client = TestClient(create_app(lived.path), base_url="http://127.0.0.1")
    content = client.get("/map-areas?known_on=2026-01-05").content
    assert {json.dumps(feature["properties"]["attributes"]) for feature in read(content)} == {"{}"}
    with Register.open(lived.path, read_only=True) as register:
        snapshots = [register.as_of(known_on=known_on) for known_on in (None, date(2026, 1, 5))]
    for snapshot in snapshots:
        for lon_deg, lat_deg in shapely.get_coordinates([record.geometry for record in snapshot.records]):
            assert struct.pack("<dd", lon_deg, lat_deg) not in content


def test_bytes_are_not_sent_twice(lived: Lived) -> None:
    client = TestClient(create_app(lived.path), base_url="http://127.0.0.1")
    first = client.get("/map-areas")
    again = client.get("/map-areas", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "wkt",
    [
        "POINT Z (1 2 3)",
        "LINESTRING (0 0, 1 1.1)",
        "POLYGON ((0 0, 4 0, 4 4, 0 0), (2 1, 3 1, 3 2, 2 1))",
        "MULTIPOINT ((0 0), (1 0.1))",
        "MULTILINESTRING ((0 0, 1 1), (2 2, 3 3))",
        "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)), ((5 5, 6 5, 6 6, 5 5)))",
        "GEOMETRYCOLLECTION (POINT (1 1), LINESTRING (0 0, 1 1))",
    ],
)
def test_every_kind_of_outline_and_any_words(wkt: str) -> None:
    outline = shapely.from_wkt(wkt)
    record = Record(
        record_id="7F3K-ä",
        kind=RecordKind.SPOT_FIND,
        geometry=outline,
        accuracy_m=None,
        attributes={"n": "line\nbreak, 東", "deep": {"er": [1, None]}},
        source="Põld",
        true_from=date(2001, 2, 3),
        true_until=None,
        recorded_at=datetime(2026, 1, 1, tzinfo=UTC),
        data_on=None,
        visibility=Visibility.PUBLIC,
        version=1,
        row=None,
        label="synthetic",
    )
    found = read(areas_file([record, record._replace(source="another")]))
    assert [one["properties"]["source"] for one in found] == ["Põld", "another"]
    assert found[0]["properties"]["attributes"] == record.attributes
    assert found[0]["geometry"] == json.loads(shapely.to_geojson(shapely.force_2d(outline)))


def test_nothing_is_still_a_file() -> None:
    assert read(areas_file([])) == []
