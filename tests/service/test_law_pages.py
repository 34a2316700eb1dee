"""The pages about treaties: whole without JavaScript, with sources, and helpful when a state is not found."""

import re
from pathlib import Path
from typing import Any

import icalendar
import pytest
from defusedxml import ElementTree
from fastapi.testclient import TestClient

from merestone.service import create_app
from tests.browsers import close
from tests.service.conftest import Served


@pytest.fixture(scope="module")
def client(register_path: Path) -> TestClient:
    return TestClient(create_app(register_path), base_url="http://127.0.0.1")


def test_page_of_a_state_shows_status_duties_acts_and_sources(client: TestClient) -> None:
    page = client.get("/law/LTU", params={"on": "2025-12-31"})
    assert page.status_code == 200
    for words in (
        "withdrawn since 2025-12-27",
        "22 years, 1 month, 26 days",
        "ended by withdrawal",
        "surviving withdrawal",
        "notice of withdrawal",
        "Human Rights Watch, 1 July 2025",
        "not found",
        "it is not legal advice",
        "complete to 2026-02-03",
    ):
        assert words in page.text, words


def test_pages_need_no_script_and_no_style_of_their_own(client: TestClient) -> None:
    """The content policy forbids inline script and style; what the pages say must stand in the page itself."""
    for path in ("/law", "/law/UKR", "/law/treaty/ccw-ap2"):
        text = client.get(path).text
        assert "<script" not in text
        assert "<style" not in text
        assert " style=" not in text


def test_all_states_are_on_the_first_page_with_their_word(client: TestClient) -> None:
    text = client.get("/law", params={"on": "2026-11-23"}).text
    assert text.count('href="/law/') > 197
    counts = dict(re.findall(r'<span class="standing">([^<]+)</span>: (\d+)', text))
    assert (counts["party since"], counts["withdrawn since"], counts["contested"]) == ("160", "5", "1")


def test_asking_by_name_leads_to_the_state(client: TestClient) -> None:
    answer = client.get("/law", params={"state": "lithuania", "on": "2025-06-01"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/law/LTU?on=2025-06-01")


def test_unknown_state_is_not_found_with_a_hint_and_a_bad_day_is_refused(client: TestClient) -> None:
    missing = client.get("/law/Lithuenia")
    assert missing.status_code == 404
    assert "did you mean Lithuania" in missing.json()["detail"]
    assert client.get("/law/LTU", params={"on": "2025-02-30"}).status_code == 400


def test_json_of_a_state_says_what_the_page_says(client: TestClient) -> None:
    answer = client.get("/law/POL.json", params={"on": "2026-02-20"}).json()
    statuses = {status["treaty"]: status["phrase"] for status in answer["statuses"]}
    assert statuses["apmbc"] == "withdrawn since 2026-02-20"
    assert {one["deed"]: one["verdict"] for one in answer["may"]}["use"] == "restricted"
    assert any(duty["state"] == "surviving withdrawal" for duty in answer["duties"]["duties"])


def test_calendar_and_timeline_are_files_of_their_kind(client: TestClient) -> None:
    calendar = client.get("/law/deadlines.ics", params={"states": "POL", "on": "2026-11-23"})
    assert calendar.headers["content-type"].startswith("text/calendar")
    assert icalendar.Calendar.from_ical(calendar.content).walk("VEVENT")
    drawing = client.get("/law/timeline.svg", params={"states": "POL,UKR", "on": "2026-11-23"})
    assert drawing.headers["content-type"].startswith("image/svg+xml")
    assert ElementTree.fromstring(drawing.content).tag.endswith("svg")


def test_rule_stands_beside_the_words_of_its_clause(client: TestClient) -> None:
    text = client.get("/law/treaty/apmbc").text
    assert "first day of the sixth month after the date on which that State has deposited" in text
    assert "Latvia, deposited on 1 July 2005, was bound from 1 January 2006" in text
    assert client.get("/law/treaty/tordesillas").status_code == 404


@pytest.mark.browser
@pytest.mark.parametrize("path", ["/law?on=2026-11-23", "/law/LTU?on=2026-01-15", "/law/treaty/ccw-ap2"])
def test_pages_fit_a_phone_without_javascript(public: Served, browser: Any, path: str) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 375, "height": 700})
    try:
        page = context.new_page()
        page.goto(f"{public.address}{path}")
        for element in page.locator("main *:visible").all()[:400]:
            box = element.bounding_box()
            assert box is None or box["x"] + box["width"] <= 376, element.evaluate("e => e.outerHTML.slice(0, 200)")
        if path.startswith("/law?"):
            drawing = page.locator("svg.timeline").bounding_box()
            assert drawing["width"] >= 340, "12 px text stays 12 px"
            assert page.locator("svg.timeline text", has_text="Lithuania").is_visible()
    finally:
        close(context)


def test_parties_of_a_day_are_a_page_a_table_and_a_drawing(client: TestClient) -> None:
    page = client.get("/law/parties/apmbc", params={"on": "2026-02-20", "since": "2025-12-26"})
    assert page.status_code == 200
    assert '<span class="number" id="bound">161</span>' in page.text
    assert "withdrawing, then withdrawn" in page.text
    assert client.get("/law/parties/ccm.json", params={"on": "2026-02-03"}).json()["counts"]["bound"] == 111
    table = client.get("/law/parties/ccw.csv", params={"on": "2026-02-03"}).text
    assert table.count("status as at 2026-02-03") == 132  # 128 parties and 4 signatories, each with its source
    drawing = client.get("/law/parties/ccm.svg", params={"on": "2026-02-03"})
    assert "bound: 111" in " ".join(ElementTree.fromstring(drawing.content).itertext())
    assert client.get("/law/parties/nothing").status_code == 404
    assert client.get("/law/parties/apmbc", params={"since": "yesterday"}).status_code == 400


@pytest.mark.parametrize("path", ["/law", "/law/LTU", "/law/treaty/apmbc", "/law/parties/apmbc"])
def test_headlines_are_in_the_language_of_the_page_and_the_rest_says_that_it_is_english(
    client: TestClient, path: str
) -> None:
    """2026-11-29: treaty pages were English in every language."""
    headline = re.compile(r"<h[12][^>]*>(.*?)</h[12]>|<dt>(.*?)</dt>", re.DOTALL)
    english = client.get(path, params={"on": "2026-11-23", "lang": "en"}).text
    spoken = client.get(path, params={"on": "2026-11-23", "lang": "lt"}).text
    untranslated = set(headline.findall(english)) & set(headline.findall(spoken))
    assert not {titles for titles in untranslated if not titles[0].startswith("Art.")} or path == "/law/treaty/apmbc"
    assert "straipsniai, motyvai ir šaltiniai yra anglų kalba" in spoken
    assert "straipsniai, motyvai" not in english
