"""The page of a record: the whole life for the holder, and for the public nothing that was ever hidden."""

import re
from datetime import date
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from merestone.documents.outline_change_drawing import outlines_svg
from merestone.documents.record_history import story
from merestone.geodesy import area_m2
from merestone.register import EXACT, PARTNER, PUBLIC, Register
from merestone.service import Tier, create_app
from merestone.terms import RecordKind
from tests.service.lived import FIRST, RELEASED, SECRET_BEFORE, SECRET_PLACE, SMALLER, Lived, make_lived


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    return make_lived(tmp_path_factory.mktemp("lived") / "areas.gpkg")


@pytest.fixture(scope="module")
def exact(lived: Lived) -> TestClient:
    return TestClient(create_app(lived.path, tier=Tier.EXACT), base_url="http://127.0.0.1")


@pytest.fixture(scope="module")
def public(lived: Lived) -> TestClient:
    return TestClient(create_app(lived.path), base_url="http://127.0.0.1")


def text(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_holder_sees_each_event_with_who_why_and_both_times(exact: TestClient, lived: Lived) -> None:
    page = exact.get(f"/areas/{lived.area}").text
    assert page.count('id="event-') == 3
    told = text(page)
    for words in (
        "first survey",
        "evidence is direct",
        "technical survey reduced it",
        "2026-01-01 12:00 UTC",
        "from 2025-06-01",
        "from 2026-01-20",
        "sha → cha",
        "(advised CHA)",
        "suspected hazardous area → confirmed hazardous area",
        "Donor nothing → Fund",
        "team 3",
    ):
        assert words.replace("nothing → ", "") in told.replace("nothing → ", ""), words
    assert "Anna &lt;i&gt;" in page, "free text is escaped"
    assert f'href="/areas/{lived.evidence}"' in page


def test_only_a_change_of_outline_is_drawn_before_and_after(exact: TestClient, lived: Lived) -> None:
    page = exact.get(f"/areas/{lived.area}").text
    assert page.count('<path class="before"') == 1
    assert f"before {area_m2(FIRST):,.0f} m² " in text(page)
    assert f"{area_m2(FIRST) - area_m2(SMALLER):,.0f} m² removed, 0 m² added" in text(page)


def test_own_balance_tells_what_no_record_names_any_more(lived: Lived) -> None:
    with Register.open(lived.path, read_only=True) as register:
        told = story(register, lived.area, snapshot=register.as_of(viewer=EXACT))
    assert told.own is not None
    once, shares = told.own.once_m2, told.own.shares
    assert once == pytest.approx(area_m2(FIRST))
    assert shares.open_m2 == pytest.approx(area_m2(SMALLER))
    assert shares.reduced_m2 == pytest.approx(area_m2(RELEASED))
    assert told.own.unnamed_m2 == pytest.approx(once - shares.open_m2 - shares.reduced_m2, abs=0.01)
    assert told.own.unnamed_m2 > 1
    assert {link.record_id for link in told.links} >= {lived.evidence}
    assert told.advice is not None
    assert told.advice.land_type == "CHA"


def test_withdrawn_record_and_sheet_keep_their_pages(exact: TestClient, lived: Lived) -> None:
    withdrawn = exact.get(f"/areas/{lived.withdrawn}")
    assert withdrawn.status_code == 200
    assert "was withdrawn" in withdrawn.text
    sheet = exact.get(f"/areas/{lived.evidence}")
    assert sheet.status_code == 200
    assert "by the road" in sheet.text
    assert exact.get("/areas/NOT-A-RECORD").status_code == 404


def test_public_page_shows_days_and_nothing_said(public: TestClient, lived: Lived) -> None:
    page = public.get(f"/areas/{lived.area}")
    assert page.status_code == 200
    for hidden in ("secret", "Anna", "first survey", "Fund", "A-1", lived.evidence, "sha →", 'class="before"'):
        assert hidden not in page.text
    assert "from 2025-06-01" in text(page.text)
    assert "true outline lies inside" in page.text


def test_restricted_records_past_never_reaches_the_public(public: TestClient, lived: Lived) -> None:
    """It was public once, elsewhere; since it is restricted, the public gets today's zone, at whatever time it asks."""
    page = public.get(f"/areas/{lived.secret}").text
    assert "Its history is not shown" in page
    assert 'class="life"' not in page
    zones = []
    with Register.open(lived.path, read_only=True) as register:
        for viewer in (PUBLIC, PARTNER):
            for true_on, known_on in ((None, date(2026, 1, 5)), (date(2026, 1, 5), None), (None, None)):
                found = {record.record_id: record for record in register.as_of(true_on, known_on, viewer).records}
                zone = found[lived.secret].geometry
                assert zone.covers(SECRET_PLACE)
                assert area_m2(zone) > 2 * area_m2(SECRET_PLACE)
                zones.append(zone)
                assert not zone.intersects(SECRET_BEFORE)
        assert all(zone.equals_exact(zones[0], 0.0) for zone in zones)
        before = register.as_of(known_on=date(2026, 1, 5), viewer=PUBLIC).records
        assert {record.kind for record in before if record.record_id == lived.area} == {RecordKind.SUSPECTED}
        exactly = register.as_of(known_on=date(2026, 1, 5)).records
        assert any(record.geometry.equals(SECRET_BEFORE) for record in exactly), "the holder does see it"


def test_public_knows_no_record_that_it_is_not_shown(public: TestClient, lived: Lived) -> None:
    for record_id in (lived.withdrawn, lived.evidence, "NOT-A-RECORD"):
        refused = public.get(f"/areas/{record_id}")
        assert refused.status_code == 404
        assert refused.json()["detail"] == public.get("/areas/X").json()["detail"].replace("'X'", repr(record_id))


def test_drawing_keeps_shape_and_tells_its_scale() -> None:
    square = outlines_svg(None, FIRST, title="a <b>")
    assert "a &lt;b&gt;" in square
    numbers = [float(n) for n in re.findall(r"[\d.]+", re.search(r'd="M([^"]*)Z"', square).group(1))]  # type: ignore[union-attr]
    width, height = max(numbers[::2]) - min(numbers[::2]), max(numbers[1::2]) - min(numbers[1::2])
    assert width / height == pytest.approx(111319.5 / 110574.3, rel=0.01)
    left, end = re.search(r'class="bar" d="M(\d+) \d+ V\d+ H([\d.]+)', square).groups()  # type: ignore[union-attr]
    assert ">500 m<" in square
    assert (float(end) - float(left)) / width == pytest.approx(500 / (0.01 * 111319.5), rel=0.01)
    with pytest.raises(ValueError, match="no outline"):
        outlines_svg(None, None, title="")


def test_pages_of_every_record_open(exact: TestClient, register_path: Path) -> None:
    client = TestClient(create_app(register_path, tier=Tier.EXACT), base_url="http://127.0.0.1")
    ids = re.findall(r'<tr id="([^"]+)"', client.get("/areas").text)
    assert len(ids) == len(RecordKind)
    for record_id in ids:
        assert client.get(f"/areas/{record_id}").status_code == 200
