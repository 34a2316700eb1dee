"""What the service answers: pages, JSON, the OGC API, and what it must never show."""

import contextlib
import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
import shapely
from fastapi.testclient import TestClient
from shapely.geometry import shape

from merestone.register import PUBLIC, Entry, Register, RegisterMissing
from merestone.service import Tier, check_servable, create_app, free_port, ready
from merestone.service.problem import PROBLEM_JSON
from merestone.terms import FieldRefused, RecordKind
from tests.conftest import missing_engine
from tests.service.conftest import Served, make_register, outline_of
from tests.service.test_locked import held_by_another_program


@pytest.fixture(scope="module")
def client(register_path: Path) -> TestClient:
    return TestClient(create_app(register_path), base_url="http://127.0.0.1")


@pytest.fixture(scope="module")
def exact(register_path: Path) -> TestClient:
    return TestClient(create_app(register_path, tier=Tier.EXACT), base_url="http://127.0.0.1")


def test_the_application_starts_and_ends_under_any_server(register_path: Path) -> None:
    """2026-11-29: servers that announce their start and end (ASGI lifespan) met a KeyError: 'path'."""
    with TestClient(create_app(register_path), base_url="http://127.0.0.1") as started:
        assert started.get("/").status_code == 200


def features(client: TestClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/map-data").json()["features"]
    return found


def test_public_outline_contains_the_true_one_and_is_not_it(client: TestClient) -> None:
    for feature in features(client):
        shown, true = shape(feature["geometry"]), outline_of(RecordKind(feature["properties"]["kind"]))
        assert shown.contains(true), feature["properties"]["kind"]
        assert shown.area > true.area
        assert not set(map(tuple, shapely.get_coordinates(shown))) & set(map(tuple, shapely.get_coordinates(true)))


def test_public_tier_shows_no_attribute_and_no_exact_outline(client: TestClient) -> None:
    for path in (
        "/",
        "/areas",
        "/map-data",
        "/ogc/collections/restricted/items",
        "/check.json?lon=0.1&lat=0.0&accuracy_m=5",
    ):
        assert "secret" not in client.get(path).text
    assert not any(feature["properties"]["is_exact"] for feature in features(client))


def test_released_land_is_never_shown_larger_than_it_is(client: TestClient, exact: TestClient) -> None:
    """2026-11-23, found on a map of Bosnia: a public outline is larger, and cleared land was drawn so too."""
    released = [kind for kind in RecordKind if not kind.is_hazard]
    assert not [f for f in features(client) if f["properties"]["kind"] in {kind.value for kind in released}]
    for kind in released:
        assert client.get(f"/ogc/collections/{kind}/items").json()["numberMatched"] == 0
        assert exact.get(f"/ogc/collections/{kind}/items").json()["numberMatched"] == 1
    assert "3 records of released land are not shown" in client.get("/").text
    assert "are not shown" not in exact.get("/").text


def test_exact_tier_shows_the_holder_what_is_recorded(exact: TestClient) -> None:
    for feature in features(exact):
        true = outline_of(RecordKind(feature["properties"]["kind"]))
        assert shapely.equals_exact(shape(feature["geometry"]), true, 1e-7)
        assert feature["properties"]["attributes"]["remarks"] == "a secret of the holder"


@pytest.mark.parametrize(
    ("kind", "words"),
    [(RecordKind.SUSPECTED, "suspected hazardous area"), (RecordKind.CONFIRMED, "confirmed hazardous area")],
)
def test_place_inside_is_told_inside(client: TestClient, kind: RecordKind, words: str) -> None:
    middle = outline_of(kind).centroid
    answer = client.get("/check.json", params={"lon": middle.x, "lat": middle.y, "accuracy_m": 5}).json()
    assert answer["class"] == "inside"
    assert answer["headline"] == f"Inside a recorded {words}"
    assert answer["distance_m"] == 0
    assert answer["written_on"] == datetime.now(UTC).date().isoformat()
    assert answer["data_last_on"] is None, "an import day is not the day of the data"
    assert "1 row that may be a hazard has no usable place" in " ".join(answer["sentences"])


def test_place_far_away_is_told_none_recorded_and_no_more(client: TestClient) -> None:
    answer = client.get("/check.json", params={"lon": 0.02, "lat": 0.02, "accuracy_m": 5}).json()
    assert answer["class"] == "none recorded"
    told = " ".join([answer["headline"], *answer["sentences"]])
    assert "None recorded within 150 m" in told
    assert "gives no assurance" in told
    assert not re.search(r"\bsafe\b|\bclear\b", told)


def test_released_land_gives_no_answer_of_its_own(client: TestClient) -> None:
    middle = outline_of(RecordKind.CLEARED).centroid
    assert (
        client.get("/check.json", params={"lon": middle.x, "lat": middle.y, "accuracy_m": 5}).json()["class"]
        == "none recorded"
    )


def test_position_without_accuracy_is_never_none_recorded(client: TestClient) -> None:
    far = client.get("/check.json", params={"lon": 0.02, "lat": 0.02}).json()
    assert far["class"] == "unknown"
    inside = client.get("/check.json", params={"lon": 0.003, "lat": 0.003}).json()
    assert inside["class"] == "inside"


def test_text_form_and_numbers_give_the_same_answer(client: TestClient) -> None:
    as_text = client.get("/check.json", params={"position": "0°00'10.8\"N 0°00'10.8\"E", "accuracy_m": 5}).json()
    as_numbers = client.get("/check.json", params={"lon": 0.003, "lat": 0.003, "accuracy_m": 5}).json()
    assert (as_text["class"], as_text["nearest"]) == (as_numbers["class"], as_numbers["nearest"])


def test_what_was_assumed_in_reading_the_coordinates_is_told(client: TestClient) -> None:
    answer = client.get("/check.json", params={"position": "0.003, 0.004", "accuracy_m": 5}).json()
    assert answer["position"] == {"lon_deg": 0.004, "lat_deg": 0.003}
    assert "read as latitude 0.003 and longitude 0.004" in " ".join(answer["sentences"])


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"position": "nowhere"}, "position"),
        ({"position": "91, 181"}, "91"),
        ({}, "missing"),
        ({"position": "0, 0", "lon": 1, "lat": 1}, "repeated"),
    ],
)
def test_malformed_position_is_told_and_is_no_answer(client: TestClient, asked: dict[str, Any], told: str) -> None:
    response = client.get("/check.json", params=asked)
    assert response.status_code == 400
    assert told in response.json()["detail"]
    assert "class" not in response.json()


def test_page_checks_without_javascript(client: TestClient) -> None:
    page = client.get("/check", params={"position": "0.003, 0.003"}, headers={"accept": "text/html"}).text
    assert "Inside a recorded suspected hazardous area" in page
    wrong = client.get("/check", params={"position": "0.003, abc"}, headers={"accept": "text/html"})
    assert wrong.status_code == 400
    assert "This place has not been checked" in wrong.text


def test_every_page_tells_the_date_and_the_label(client: TestClient) -> None:
    for path in ("/", "/areas", "/check"):
        page = client.get(path, headers={"accept": "text/html"}).text
        assert f"Register written on <time>{datetime.now(UTC).date().isoformat()}</time>; data from: not stated" in page
        assert "synthetic exercise data" in page


def test_every_page_forbids_calls_to_other_servers(client: TestClient) -> None:
    for path in ("/", "/areas", "/check", "/map-data", "/web/map.js", "/nothing"):
        policy = client.get(path).headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "http" not in policy


def test_a_page_that_is_not_there_says_where_to_start(client: TestClient) -> None:
    assert client.get("/nothing", headers={"accept": "text/html"}).status_code == 404
    assert "start at /" in client.get("/nothing").json()["detail"]


def test_map_data_is_sent_once(client: TestClient) -> None:
    first = client.get("/map-data")
    again = client.get("/map-data", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_change_of_the_register_is_seen_by_the_next_request(tmp_path: Path) -> None:
    path = make_register(tmp_path / "areas.gpkg")
    client = TestClient(create_app(path), base_url="http://127.0.0.1")
    before = len(features(client))
    with Register.open(path) as register, register.batch(by="test", why="new", source="made up") as batch:
        batch.record(Entry(RecordKind.SUSPECTED, shapely.box(1, 1, 1.001, 1.001), accuracy_m=5.0))
    assert len(features(client)) == before + 1
    assert client.get("/check.json", params={"lon": 1.0005, "lat": 1.0005, "accuracy_m": 5}).json()["class"] == "inside"


def test_register_without_a_record_answers_unknown(tmp_path: Path) -> None:
    Register.create(tmp_path / "empty.gpkg").close()
    client = TestClient(create_app(tmp_path / "empty.gpkg"), base_url="http://127.0.0.1")
    answer = client.get("/check.json", params={"lon": 0, "lat": 0, "accuracy_m": 5}).json()
    assert answer["class"] == "unknown"
    assert client.get("/").status_code == 200
    assert client.get("/areas").status_code == 200


def test_pages_of_items_join_to_the_whole(client: TestClient) -> None:
    whole = client.get("/ogc/collections/suspected/items").json()
    assert whole["numberMatched"] == whole["numberReturned"] == len(whole["features"]) == 1
    landing = client.get("/ogc").json()
    assert {link["rel"] for link in landing["links"]} >= {"self", "service-desc", "conformance", "data"}
    for link in landing["links"]:
        assert client.get(link["href"].replace("http://127.0.0.1", "")).status_code == 200
    one = client.get(f"/ogc/collections/suspected/items/{whole['features'][0]['id']}").json()
    assert one["geometry"] == whole["features"][0]["geometry"]
    assert client.get("/ogc/collections/suspected/items/none").status_code == 404


@pytest.mark.parametrize(
    ("bbox", "count"),
    [("-1,-1,1,1", 1), ("0.5,0.5,1,1", 0), ("170,-1,-170,1", 0), ("179,-1,0.01,1", 1), ("-1,-1,0,1,1,9", 1)],
)
def test_bbox_chooses_what_it_meets(client: TestClient, bbox: str, count: int) -> None:
    assert client.get("/ogc/collections/suspected/items", params={"bbox": bbox}).json()["numberMatched"] == count


@pytest.mark.parametrize("bbox", ["1,2,3", "a,b,c,d", "0,1,0,-1", "0,0,nan,1", "-200,0,0,1"])
def test_malformed_bbox_is_told(client: TestClient, bbox: str) -> None:
    response = client.get("/ogc/collections/suspected/items", params={"bbox": bbox})
    assert response.status_code == 400
    assert "west,south,east,north" in response.json()["detail"]


def test_gdal_reads_the_service_as_ogc_api_features(public: Served) -> None:
    ogrinfo = shutil.which("ogrinfo")
    if not ogrinfo:
        missing_engine("GDAL's ogrinfo is not installed; apt-get install gdal-bin")
    asked = [str(ogrinfo), "-ro", "-so", "-al", f"OAPIF:{public.address}/ogc"]
    told = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=True)
    assert told.stdout.count("Feature Count: 1") == len([kind for kind in RecordKind if kind.is_hazard])
    assert "ERROR" not in told.stderr


def test_openapi_document_names_the_check(public: Served) -> None:
    document = json.loads(httpx2.get(f"{public.address}/api").text)
    assert "/check.json" in document["paths"]


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "example.org"])
def test_exact_tier_is_refused_where_other_machines_reach(register_path: Path, host: str) -> None:
    with pytest.raises(FieldRefused, match="no sign-in"):
        check_servable(register_path, host=host, tier=Tier.EXACT)
    check_servable(register_path, host=host, tier=Tier.PUBLIC)


def test_missing_register_is_told_before_an_address_is(tmp_path: Path) -> None:
    with pytest.raises(RegisterMissing):
        check_servable(tmp_path / "none.gpkg", host="127.0.0.1", tier=Tier.PUBLIC)


def test_taken_port_gives_the_next() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert port < free_port("127.0.0.1", port) <= port + 20


def test_a_name_that_is_not_this_machine_is_refused(client: TestClient, register_path: Path) -> None:
    assert client.get("/map-data", headers={"host": "elsewhere.example"}).status_code == 400
    for name in ("127.0.0.1:8750", "localhost:8750", "[::1]:8750"):
        assert client.get("/map-data", headers={"host": name}).status_code == 200
    open_to_all = TestClient(create_app(register_path, allowed_hosts=["*"]), base_url="http://mine-centre.example")
    assert open_to_all.get("/map-data").status_code == 200


@pytest.mark.parametrize(
    "asked",
    ["lon=nan&lat=0", "lon=200&lat=0", "lon=0&lat=91", "lon=0&lat=0&accuracy_m=inf", "lon=0&lat=0&accuracy_m=-1"],
)
def test_numbers_that_are_no_place_or_radius_are_refused(client: TestClient, asked: str) -> None:
    response = client.get(f"/check.json?{asked}")
    assert response.status_code == 400
    assert "class" not in response.json()


@pytest.mark.parametrize("path", ["/check.json?lon=0&lat=0&accuracy=5", "/ogc/collections/suspected/items?box=1,2,3,4"])
def test_a_misspelt_parameter_is_refused_not_ignored(client: TestClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 400
    assert "is not a parameter here" in response.json()["detail"]


def test_every_digit_of_a_public_outline_is_sent(client: TestClient, register_path: Path) -> None:
    with Register.open(register_path, read_only=True) as register:
        records = register.as_of(viewer=PUBLIC).records
    sent = {feature["properties"]["record_id"]: shape(feature["geometry"]) for feature in features(client)}
    for record in records:
        if not record.kind.is_hazard:
            continue
        assert shapely.equals_exact(sent[record.record_id], record.geometry, 0.0), record.kind


def test_a_touch_of_the_file_changes_nothing(tmp_path: Path) -> None:
    path = make_register(tmp_path / "areas.gpkg")
    client = TestClient(create_app(path), base_url="http://127.0.0.1")
    before = client.get("/map-data").headers["etag"]
    path.touch()
    assert client.get("/map-data").headers["etag"] == before


def test_pages_of_items_link_both_ways(tmp_path: Path) -> None:
    path = tmp_path / "areas.gpkg"
    with Register.create(path) as register, register.batch(by="test", why="a test", source="made up") as batch:
        for at in range(7):
            batch.record(Entry(RecordKind.SUSPECTED, shapely.box(at, 0, at + 0.001, 0.001), accuracy_m=5.0))
    client = TestClient(create_app(path), base_url="http://127.0.0.1")
    seen, address = [], "/ogc/collections/suspected/items?limit=3&bbox=-1,-1,10,1"
    while address:
        page = client.get(address).json()
        assert page["numberMatched"] == 7
        assert page["numberReturned"] == len(page["features"])
        seen += [feature["id"] for feature in page["features"]]
        links = {link["rel"]: link["href"] for link in page["links"]}
        assert ("prev" in links) == (len(seen) > 3)
        address = links.get("next", "")
    assert len(seen) == len(set(seen)) == 7


@pytest.mark.parametrize(
    ("when", "count"),
    [("2026-05-01", 0), ("2026-05-04", 1), ("2026-01-01/2026-05-03", 0), ("../2026-05-04", 1), ("2027-01-01/..", 1),
     ("2026-05-04T00:00:00Z", 1)],
)  # fmt: skip
def test_datetime_chooses_what_holds_then(tmp_path: Path, when: str, count: int) -> None:
    path = tmp_path / "areas.gpkg"
    with Register.create(path) as register, register.batch(by="test", why="a test", source="made up") as batch:
        batch.record(Entry(RecordKind.RESTRICTED, shapely.box(0, 0, 1, 1), true_from=date(2026, 5, 4)))
    client = TestClient(create_app(path), base_url="http://127.0.0.1")
    asked = client.get("/ogc/collections/restricted/items", params={"datetime": when})
    assert asked.json()["numberMatched"] == count
    assert client.get("/ogc/collections/restricted/items", params={"datetime": "soon"}).status_code == 400


def test_register_is_read_before_the_address_is_told(register_path: Path, tmp_path: Path) -> None:
    assert TestClient(ready(register_path, host="127.0.0.1", tier=Tier.EXACT), base_url="http://127.0.0.1").get("/api")
    with pytest.raises(RegisterMissing):
        ready(tmp_path / "none.gpkg", host="127.0.0.1", tier=Tier.PUBLIC)


def says_that_it_reads(address: str) -> None:
    """2026-11-28, a review: the port was closed for 16 s. Here the register cannot be read, as another has it."""
    with httpx2.Client(base_url=address, timeout=30) as client:
        for _ in range(600):
            with contextlib.suppress(httpx2.TransportError):
                client.get("/health")
                break
            time.sleep(0.05)
        for path in ("/health", "/check.json?lon=0&lat=0", "/map-data", "/none"):
            answer = client.get(path)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "3")
            assert answer.headers["content-type"] == PROBLEM_JSON
            assert "not known until then" in answer.json()["detail"]
            assert "none recorded" not in answer.text
        page = client.get("/check?position=0,0", headers={"accept": "text/html", "accept-language": "fi"})
        assert (page.status_code, page.headers["retry-after"]) == (503, "3")
        assert page.headers["content-security-policy"]
        assert "Rekisteriä luetaan" in page.text
        assert 'http-equiv="refresh"' in page.text
        sent = client.post("/desk/new/suspected", data={"why": "typed"}, headers={"accept": "text/html"})
        assert sent.status_code == 503
        assert "http-equiv" not in sent.text, "the form would be asked for anew, and empty"
        assert "Reload this page" in sent.text
        assert client.head("/").content == b""


def test_command_tells_the_address_takes_a_free_port_and_stops_quietly(register_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        asked = [sys.executable, "-m", "merestone", "serve", str(register_path), "--port", str(port)]
        process = subprocess.Popen(asked, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            assert process.stdout is not None
            with held_by_another_program(register_path):
                taking = re.match(rf"Port {port} is in use; taking (\d+)", process.stdout.readline())
                assert taking
                says_that_it_reads(f"http://127.0.0.1:{taking[1]}")
            told = re.search(r"served at (http://127\.0\.0\.1:\d+)  \(public tier", process.stdout.readline())
            assert told
            assert process.stdout.readline() == "Try next:\n"
            for _ in range(100):
                try:
                    answer = httpx2.get(f"{told[1]}/check.json?position=0.003,0.003&accuracy_m=10", timeout=5)
                    break
                except httpx2.TransportError:
                    time.sleep(0.1)
            assert answer.json()["class"] == "inside"
            assert httpx2.get(f"{told[1]}/health", timeout=5).json() == {"status": "ready"}
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=20)
        finally:
            process.kill()
    assert "Traceback" not in errors
    assert process.returncode in (0, 130)


def test_clients_may_ask_for_json_by_name(client: TestClient) -> None:
    """2026-11-28, a review: f=json, which many clients of OGC APIs always send, was refused."""
    plain, asked = (client.get("/ogc/collections/suspected/items", params=more) for more in ({}, {"f": "json"}))
    assert asked.status_code == 200
    assert asked.json()["features"] == plain.json()["features"]
    assert client.get("/ogc/collections/suspected/items", params={"f": "html"}).status_code == 400
