"""The list is searched and sorted over all its pages, and only by what it shows."""

import re

import pytest
from fastapi.testclient import TestClient

from merestone.service import Tier, create_app
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
    every = [one for page in range(1, 9) for one in rows(client, f"sort=record&page={page}")]
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


def test_public_cannot_search_what_it_is_not_shown(public: Served) -> None:
    client = TestClient(create_app(public.register, tier=Tier.PUBLIC, allowed_hosts=["*"]))
    shown = rows(client, "")
    assert len(shown) == sum(kind.is_hazard for kind in RecordKind)
    for hidden in ("secret", "T-suspected", "made up"):
        assert not rows(client, f"search={hidden}")
