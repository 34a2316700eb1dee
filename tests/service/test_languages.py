"""The language of pages and answers: chosen, kept, negotiated, and never mixed up by a cache."""

import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from merestone.languages import LANGUAGES, gettext, speaking
from merestone.service import create_app
from merestone.service.limits import RequestLimits

INSIDE = {"lon": "0.002", "lat": "0.002", "accuracy_m": "10"}


@pytest.fixture
def client(register_path: Path) -> TestClient:
    return TestClient(create_app(register_path), base_url="http://127.0.0.1")


def test_a_browser_gets_the_language_that_it_asks_for(client: TestClient) -> None:
    page = client.get("/check", headers={"accept": "text/html", "accept-language": "pl-PL,pl;q=0.9,en;q=0.5"})
    assert '<html lang="pl" dir="ltr">' in page.text
    assert "Sprawdź miejsce" in page.text
    assert page.headers["content-language"] == "pl"
    assert {"Accept-Language", "Cookie"} <= {name.strip() for name in page.headers["vary"].split(",")}
    assert "set-cookie" not in page.headers


def test_a_language_that_was_chosen_is_kept(client: TestClient) -> None:
    page = client.get("/check?lang=fi&position=0.002,0.002", headers={"accept": "text/html"})
    assert "Tarkista paikka" in page.text
    assert "Accept-Language" not in page.headers["vary"]
    assert "SameSite=Lax" in page.headers["set-cookie"]
    again = client.get("/check", headers={"accept": "text/html", "accept-language": "pl"})
    assert again.headers["content-language"] == "fi"
    assert "set-cookie" not in again.headers


def test_the_page_leads_to_itself_in_every_language(client: TestClient) -> None:
    page = client.get("/check?position=1.5,2.5&lang=lt", headers={"accept": "text/html"}).text
    for language in LANGUAGES:
        assert f'hreflang="{language.tag}" href="/check?position=1.5%2C2.5&amp;lang={language.tag}"' in page
        assert f">{language.name}</a>" in page


def test_an_answer_that_nobody_reviewed_has_english_beside_it(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("merestone.languages.catalogue.unreviewed_safety_messages", lambda _: ("some message",))
    answer = client.get("/check.json", params={**INSIDE, "lang": "lt"}).json()
    assert answer["headline"].startswith("Užregistruotos teritorijos viduje: ")
    assert answer["language"] == "lt"
    assert answer["in_english"]["headline"].startswith("Inside a recorded")
    assert answer["in_english"]["sentences"][0].startswith("Do not go on.")
    assert answer["class"] == "inside"
    english = client.get("/check.json", params=INSIDE).json()
    assert english["in_english"] is None
    page = client.get("/check?position=0.002,0.002&lang=lt", headers={"accept": "text/html"}).text
    assert '<div class="in-english" lang="en" dir="ltr"><p>Do not go on.' in page
    assert "Not a safety certification." in page
    monkeypatch.setattr("merestone.languages.catalogue.unreviewed_safety_messages", lambda _: ())
    assert client.get("/check.json", params={**INSIDE, "lang": "lt"}).json()["in_english"] is None
    assert "in-english" not in client.get("/check?position=0.002,0.002&lang=lt", headers={"accept": "text/html"}).text


@pytest.mark.parametrize("tag", [language.tag for language in LANGUAGES[1:]])
def test_how_coordinates_were_read_is_said_in_the_language(client: TestClient, tag: str) -> None:
    """2026-11-29: how two numbers without letters were read was English on the pages of every language."""
    answers = {
        spoken: client.get("/check.json", params={"position": "100.5, 0.25", "accuracy_m": "10", "lang": spoken}).json()
        for spoken in ("en", tag)
    }
    (english,) = [text for text in answers["en"]["sentences"] if text.startswith("How the coordinates were read: ")]
    assert english == "How the coordinates were read: 100.5 cannot be a latitude, so it was read as the longitude."
    position = answers["en"]["sentences"].index(english)
    assert "100.5" in answers[tag]["sentences"][position]
    assert answers[tag]["sentences"][position] != english
    assert english not in answers[tag]["sentences"]


def test_a_place_that_was_not_checked_and_an_alert_that_is_not_there_are_told_in_the_language(
    client: TestClient,
) -> None:
    """2026-11-29: both were English in every language, and so was what is at fault in the coordinates."""
    page = client.get("/check?position=nowhere&lang=lt", headers={"accept": "text/html"})
    assert page.status_code == 400
    words = re.search(r'<p class="words">(Ši vieta nepatikrinta\. vieta = [^<]*)</p>', page.text)
    assert words is not None
    assert "expected" not in page.text
    wide = client.get("/check?position=1,+2&warn_m=far&lang=lt", headers={"accept": "text/html"})
    assert "Įspėti" in wide.text
    assert "nėra atstumas, kurį čia galima naudoti; nurodykite metrus nuo 0 iki 10" in wide.text
    missing = client.get("/alerts/none?lang=lt", headers={"accept": "text/html"})
    assert missing.status_code == 404
    assert "įspėjimo tokiu pavadinimu nėra" in missing.text


def test_a_page_that_is_not_there_says_so_in_the_language_of_the_browser(client: TestClient) -> None:
    for path in ("/no-such-page", "/areas/7F3K-2M6Q-4TXB", "/law/XYZ", "/law/treaty/none"):
        english = client.get(path, headers={"accept": "text/html"})
        assert english.status_code in (400, 404)
        page = client.get(path, headers={"accept": "text/html", "accept-language": "uk"})
        assert page.status_code == english.status_code
        assert page.headers["content-language"] == "uk"
        assert {"Accept-Language", "Cookie"} <= set(page.headers["vary"].replace(" ", "").split(","))
        assert re.search(r'<p class="words">[^<]*[а-щьюяіїє]{3}', page.text), path
        program = client.get(path, headers={"accept": "application/json", "accept-language": "uk"})
        assert not re.search("[а-я]", program.json()["detail"]) or path.startswith(("/areas", "/law")), path


def test_who_asks_too_often_is_told_so_in_the_language_of_the_browser(register_path: Path) -> None:
    limits = RequestLimits(requests_per_s=0.01, request_burst=1)
    client = TestClient(create_app(register_path, limits=limits), base_url="http://127.0.0.1")
    client.get("/check")
    browser = {"accept": "text/html", "accept-language": "pl"}
    assert client.get("/check", headers=browser).json()["detail"].startswith("zbyt wiele zapytań z twojego adresu; ")
    assert client.get("/check").json()["detail"].startswith("too many requests from your address; ask again in ")


def test_programs_that_ask_for_nothing_get_english_and_data_have_no_language(client: TestClient) -> None:
    assert client.get("/check.json", params=INSIDE).headers["content-language"] == "en"
    data = client.get("/map-data", headers={"accept-language": "lt"})
    assert "content-language" not in data.headers
    assert "Accept-Language" not in data.headers["vary"]


def test_an_unknown_language_in_an_address_is_passed_over(client: TestClient) -> None:
    page = client.get("/check?lang=%00xx&lang=", headers={"accept": "text/html", "accept-language": "uk"})
    assert page.headers["content-language"] == "uk"


ODD = (
    "/?true_on=x", "/?known_on=2026-13-40", "/areas?page=x", "/print?zoom=99", "/print?lat=north", "/alerts?limit=5",
    "/law?on=2026-02-30", "/law/FIN?on=x", "/map-record", "/map-record?record_id=x", "/areas/x", "/alerts/x",
    "/law/XXX", "/law/treaty/x", "/no-such-page", "/areas?true_on=1066-10-14", "/areas/chosen?form=csv",
    f"/?{'&'.join(f'chosen=x{number}' for number in range(600))}", "/print?zoom=nan",
)  # fmt: skip
"""Addresses with a value or a name that cannot be used."""


@pytest.mark.parametrize("tag", [language.tag for language in LANGUAGES[1:]])
def test_what_cannot_be_answered_is_said_in_the_language(client: TestClient, tag: str) -> None:
    """2026-11-29: of a value in an address that cannot be used, the page said why in English, then below a lead."""
    with speaking(tag):
        lead = gettext("This request cannot be answered. The reason, in English:")
    for address in ODD:
        parameter = f"{'&' if '?' in address else '?'}lang={tag}"
        answer = client.get(address + parameter, headers={"accept": "text/html"})
        assert answer.status_code in (400, 404), address
        main = answer.text.partition("<main")[2].partition("</main>")[0]
        assert '<p class="words">' in main, address
        assert lead not in main, address
        english = re.findall(r"\b(?:the|there|is|not|this|here|use|leave|write)\b", re.sub(r"<[^>]*>", " ", main))
        assert not english, (address, english)
