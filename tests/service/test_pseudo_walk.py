"""Every translated page of the public, in a made-up language: whatever is still English is past the catalogue."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from merestone.languages.pseudo import CLOSED, OPENED
from merestone.service import create_app

SPOKEN = ("alt", "aria-label", "placeholder", "title")
"""Attributes that are read out or shown."""
VOID = {"meta", "link", "img", "input", "br", "hr"}
DATA = (
    "Merestone",
    "long and accented",
    "synthetic exercise data",
    "the programme that keeps this register",
    "GeoJSON",
    "November",
)
"""No messages: the product, the language, a format, the register's label and its records' source, a month."""
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


def test_what_is_past_the_catalogue_is_heard() -> None:
    assert past_the_catalogue(f'<html lang="en-XA"><p title="Left out">{OPENED}ñ {OPENED}é{CLOSED}{CLOSED}</p>') == [
        "Left",
        "out",
    ]
    assert past_the_catalogue('<p>Left <b lang="en">English <i>beside</i></b> out</p><script>said</script>') == [
        "Left",
        "out",
    ]
