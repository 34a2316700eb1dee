"""Every translated page of the public, in a made-up language: whatever is still English is past the catalogue."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from merestone.geodesy import PositionRefused, parse_position
from merestone.languages import LANGUAGES, speaking
from merestone.languages.pseudo import CLOSED, OPENED
from merestone.service import create_app

SPOKEN = ("alt", "aria-label", "placeholder", "title")
"""Attributes that are read out or shown."""
VOID = {"meta", "link", "img", "input", "br", "hr"}
DATA = (
    "Merestone",
    "long and accented",
    "synthetic exercise data",
    "GeoJSON",
    "November",
)
"""No messages: the product, the language, a format, the register's label, a month."""
ADDRESS = re.compile(r"https?://\S+|\d{4}-\d{2}-\d{2}|[A-Z0-9]{3,}(-[A-Z0-9]{4}){1,3}|\b\w+\.\w+\b")
WORD = re.compile(r"[A-Za-z]{3,}")


class Heard(HTMLParser):
    """What a page shows or reads out, without what is marked as of another language."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        is_other = tag in ("script", "style") or (tag != "html" and "lang" in values)
        is_silent = is_other or any(silent for _, silent in self._open)
        if not is_silent:
            self.texts += [values[name] or "" for name in SPOKEN if name in values]
        if tag not in VOID:
            self._open.append((tag, is_other))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not any(silent for _, silent in self._open):
            self.texts.append(data)


def past_the_catalogue(html: str) -> list[str]:
    """The words of a page that stand in no message of the pseudo-language."""
    heard = Heard()
    heard.feed(html)
    text = "\n".join(heard.texts)
    innermost = re.compile(f"{OPENED}[^{OPENED}{CLOSED}]*{CLOSED}")
    while innermost.search(text):
        text = innermost.sub(" ", text)
    for name in DATA:
        text = text.replace(name, " ")
    return WORD.findall(ADDRESS.sub(" ", text))


@pytest.fixture
def client(register_path: Path) -> TestClient:
    return TestClient(create_app(register_path), base_url="http://127.0.0.1", headers={"accept": "text/html"})


def test_no_page_of_the_public_speaks_past_the_catalogue(client: TestClient) -> None:
    """2026-11-29: the page of a record, the sheet for printing and the poster were English in every language."""
    listed = client.get("/areas").text
    record = re.findall(r'href="(/areas/[^"?]+)"', listed) or re.findall(r"record=([^\"&]+)", listed)
    assert record, "the list leads to no record"
    paths = ["/", "/check", "/check?position=0.002+N,+0.002+E", "/areas", record[0]]
    paths += ["/check?position=0.002,+0.002", "/check?position=0.002,+120.5", "/check?position=100.5,+0.002"]
    refused = ["/check?position=nowhere", "/alerts/none-of-this-name"]
    paths += ["/alerts", "/print", "/print?kind=poster", "/print?lat=0.002&lon=0.002"]
    past: dict[str, list[str]] = {}
    for path in [*paths, *refused]:
        page = client.get(f"{path}{'&' if '?' in path else '?'}lang=en-XA")
        assert page.status_code == 200 or path in refused, path
        assert '<html lang="en-XA"' in page.text, path
        past[path] = past_the_catalogue(page.text)
    said = "; ".join(f"{path}: {words}" for path, words in past.items() if words)
    assert not said, said


REFUSED = (
    "", "nowhere", "44,9", "91 N, 17 E", "44 N, 181 E", "99 T 665720 4973710", "33I 665720 4973710",
    "33T 65720 4973710", "33T 665720 99999999", "33TXK657207371", "99TXK6572073710", "33TIK6572073710",
    "33TAA6572073710", "9QJ+2V", "7F0G9QCJ+2V", "geo:44.9,17.1;crs=x", "geo:a,b", "geo:1,2?q=3,4", "geo:1,2;u=x",
    "https://goo.gl/x", "https://www.example.org/x", "https://www.google.com/maps/dir/a/b",
    "https://www.google.com/maps/@44.9,17.1,9z", "https://www.openstreetmap.org/about", "geo:95,17", "geo:44,190",
    "44,9,17,1", "44.9e5 17.1", "44 N 45 N", "44 ? 17", "44 O 17 E", "44 Q 17 E", "44.9", "1 N 2 E 3 N",
    "1 2 3", "44' 17", "44 10 10 10 N 17 E", "-44 N 17 E", "44.5 10 N 17 E", "44 70 N 17 E", "44 10 70 N 17 E",
    "35S 500000 4000000", "33X 500000 4973710", "https://[::1",
)  # fmt: skip


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_wrong_with_a_position_is_in_the_catalogue(text: str) -> None:
    """2026-11-29: it was English on the pages of every language."""
    with pytest.raises(PositionRefused) as english:
        parse_position(text)
    with speaking("en-XA"), pytest.raises(PositionRefused) as refused:
        parse_position(text)
    assert not past_the_catalogue(str(refused.value))
    assert refused.value.at == english.value.at
    for language in LANGUAGES[1:]:
        with speaking(language.tag), pytest.raises(PositionRefused) as spoken:
            parse_position(text)
        assert spoken.value.why != english.value.why
        assert "expected" not in str(spoken.value)


def test_what_is_past_the_catalogue_is_heard() -> None:
    assert past_the_catalogue(f'<html lang="en-XA"><p title="Left out">{OPENED}ñ {OPENED}é{CLOSED}{CLOSED}</p>') == [
        "Left",
        "out",
    ]
    assert past_the_catalogue('<p>Left <b lang="en">English <i>beside</i></b> out</p><script>said</script>') == [
        "Left",
        "out",
    ]
