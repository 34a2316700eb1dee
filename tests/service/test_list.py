"""The list is searched and sorted over all its pages, and only by what it shows."""

import csv
import math
import re

import pytest
import shapely
from fastapi.testclient import TestClient

from merestone.service import Tier, create_app
from merestone.service.chosen_records import view_of
from merestone.terms import RecordKind
from tests.service.conftest import Served

ROW = re.compile(r'<tr id="([^"]+)">')
HREF = re.compile(r'<th scope="col" aria-sort="(\w+)"><a href="([^"]+)">')


@pytest.fixture(scope="module")
def client(crowded: Served) -> TestClient:
    return TestClient(create_app(crowded.register, tier=Tier.EXACT, allowed_hosts=["*"]))


def rows(client: TestClient, query: str) -> list[str]:
    answer = client.get(f"/areas?{query}", headers={"accept": "text/html"})
    assert answer.status_code == 200
    return ROW.findall(answer.text)


def test_sorting_goes_over_all_pages_and_back(client: TestClient) -> None:
    every = [row for page in range(1, 9) for row in rows(client, f"sort=record&page={page}")]
    assert len(every) == 1_600
    assert every == sorted(every)
    assert rows(client, "sort=-record") == every[::-1][:200]
    assert rows(client, "sort=nonsense") == rows(client, "")


def test_search_finds_what_the_list_shows_on_any_page(client: TestClient) -> None:
    last = rows(client, "sort=-record")[0]
    assert rows(client, f"search={last.lower()}") == [last]
    assert rows(client, "search=suspected+MADE&page=8") == rows(client, "page=8")
    page = client.get('/areas?search="><script>', headers={"accept": "text/html"}).text
    assert "<script>" not in page.partition("<main")[2]
    assert "0 records" in page


def test_pages_and_headings_keep_what_was_asked(client: TestClient) -> None:
    page = client.get("/areas?search=made&sort=kind&known_on=2100-01-01&page=2", headers={"accept": "text/html"}).text
    headings = dict(zip(["record", "kind", "accuracy", "from", "source"], HREF.findall(page), strict=True))
    assert headings["kind"][0] == "ascending"
    assert headings["record"][0] == "none"
    for part in ("search=made", "sort=-kind", "known_on=2100-01-01"):
        assert part in headings["kind"][1]
    (following,) = re.findall(r'<a href="([^"]+)" rel="next">', page)
    for part in ("search=made", "sort=kind", "page=3", "known_on=2100-01-01"):
        assert part in following


def test_kinds_are_filtered_over_all_pages_and_kept_in_every_link(public: Served) -> None:
    client = TestClient(create_app(public.register, tier=Tier.PUBLIC, allowed_hosts=["*"]))
    of_kind = {kind: rows(client, f"kind={kind.value}") for kind in RecordKind}
    assert {kind: len(ids) for kind, ids in of_kind.items()} == {kind: int(kind.is_hazard) for kind in RecordKind}
    assert sorted(record_id for ids in of_kind.values() for record_id in ids) == sorted(rows(client, ""))
    assert rows(client, "kind=confirmed&search=suspected") == []
    page = client.get("/areas?kind=confirmed", headers={"accept": "text/html"}).text
    assert all("kind=confirmed" in href for _, href in HREF.findall(page))
    assert '<option value="confirmed" selected>' in page
    assert '<option value="cleared"' not in page, "a kind of which the public is shown nothing"


def test_chosen_records_are_taken_along_as_they_are_shown(public: Served) -> None:
    client = TestClient(create_app(public.register, tier=Tier.PUBLIC, allowed_hosts=["*"]))
    chosen = rows(client, "")[1:4]
    query = "&".join(f"chosen={record_id}" for record_id in [*chosen, chosen[0]])
    shown = {feature["id"]: feature for feature in client.get("/map-data").json()["features"]}
    answer = client.get(f"/areas/chosen?{query}")
    assert answer.json()["features"] == [shown[record_id] for record_id in chosen]
    assert "may still be there" in answer.json()["note"]
    assert answer.headers["content-disposition"] == 'attachment; filename="areas.geojson"'
    table = client.get(f"/areas/chosen?{query}&form=csv").text
    lines = list(csv.DictReader(table.splitlines()))
    assert [line["record_id"] for line in lines] == chosen
    for line in lines:
        assert shapely.from_wkt(line["wkt"]).equals_exact(shapely.geometry.shape(shown[line["record_id"]]["geometry"]))
    assert not re.search("secret|made up|T-[a-z]", table), "a record's own id may have T- in it, and no small letter"


def test_what_is_chosen_is_never_silently_less(public: Served, client: TestClient) -> None:
    shut = TestClient(create_app(public.register, tier=Tier.PUBLIC, allowed_hosts=["*"]))
    holder = TestClient(create_app(public.register, tier=Tier.EXACT, allowed_hosts=["*"]))
    released = next(iter(rows(holder, "kind=cleared")))
    for at in ("/", "/print", "/areas/chosen"):
        known, unknown = (shut.get(f"{at}?chosen={rows(shut, '')[0]}&chosen={last}") for last in (released, "ZZZZ"))
        assert known.status_code == unknown.status_code == 404, "of what is not shown, not even that it is there"
        assert known.text.replace(released, "ZZZZ") == unknown.text
        assert holder.get(f"{at}?chosen={released}").status_code == 200
        many = "&".join(f"chosen={number}" for number in range(201))
        assert shut.get(f"{at}?{many}").status_code == 400
    assert shut.get("/areas/chosen").status_code == 400
    assert shut.get(f"/areas/chosen?form=x&chosen={rows(shut, '')[0]}").status_code == 400
    page = "&".join(f"chosen={record_id}" for record_id in rows(client, ""))
    assert len(client.get(f"/areas/chosen?{page}").json()["features"]) == 200, "a whole page of the list at once"


def test_a_map_of_what_is_chosen_shows_all_of_it() -> None:
    """In Web Mercator, of which the oracle is the widely used formula, all lies within 600 pixels around the middle."""
    for bounds in ((17.0, 44.0, 17.3, 44.1), (-179.0, -80.0, 179.0, 80.0), (20.0, 60.0, 20.0001, 64.0)):
        lat_deg, lon_deg, zoom = view_of(bounds)
        assert 0 <= zoom <= 14
        for lon, lat in (bounds[:2], bounds[2:]):
            world_px = 512 * 2**zoom
            assert abs(lon - lon_deg) / 360 * world_px <= 300 or zoom == 0
            assert abs(northing(lat) - northing(lat_deg)) * world_px <= 300 or zoom == 0


def northing(lat_deg: float) -> float:
    return math.log(math.tan(math.pi / 4 + math.radians(lat_deg) / 2)) / (2 * math.pi)


def test_public_cannot_search_what_it_is_not_shown(public: Served) -> None:
    client = TestClient(create_app(public.register, tier=Tier.PUBLIC, allowed_hosts=["*"]))
    shown = rows(client, "")
    assert len(shown) == sum(kind.is_hazard for kind in RecordKind)
    for hidden in ("secret", "T-suspected", "made up"):
        assert not rows(client, f"search={hidden}")
