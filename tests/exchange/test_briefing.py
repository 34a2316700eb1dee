"""The briefing: same content in each form, nothing from outside, each claim leads to its check."""

import re
import shutil
import subprocess
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from merestone.border import packaged_claims
from merestone.documents.briefing import LIMITS, Briefing, Clearing, brief, html_page, html_part, pdf
from merestone.documents.briefing.block import Account, Cell, KeyFigure, Section, Table, Tone
from merestone.documents.briefing.content import _clearing, _register
from merestone.documents.briefing.sheet import _rows_together
from merestone.register import PUBLIC, Register
from merestone.terms import FieldRefused
from tests.browsers import close
from tests.conftest import missing_engine


@pytest.fixture(scope="module")
def briefing() -> Briefing:
    return brief(on=date(2026, 11, 23))


class Reader(HTMLParser):
    """Collects identities, links, and whatever would be fetched."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            elif name == "href" and tag == "a":
                self.links.append(value or "")
            elif name in ("src", "href", "xlink:href", "data", "srcset"):
                self.fetched.append(value or "")


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    return reader


def test_the_page_asks_nothing_of_anybody(briefing: Briefing) -> None:
    page = html_page(briefing)
    assert all(each.startswith("data:") for each in read(page).fetched)
    assert "<script" not in page
    assert "@import" not in page
    assert "url(" not in page


def test_every_claim_s_row_leads_to_how_it_was_checked(briefing: Briefing) -> None:
    reader = read(html_page(briefing))
    assert len(set(reader.ids)) == len(reader.ids)
    assert {each[1:] for each in reader.links} <= set(reader.ids)
    for claim in packaged_claims().claims:
        assert f"#claim-{claim.id}" in reader.links


def test_every_figure_and_table_names_its_source(briefing: Briefing) -> None:
    for section in briefing.sections:
        for block in section.blocks:
            if hasattr(block, "source"):
                assert block.source, section.title


def test_the_web_page_takes_the_same_content(briefing: Briefing) -> None:
    assert html_part(briefing) in html_page(briefing)


def test_the_pdf_carries_its_fonts_and_all_sections(briefing: Briefing) -> None:
    content = pdf(briefing)
    assert content.startswith(b"%PDF-")
    assert len(re.findall(rb"/FontFile[23]?\b", content)) >= 1
    pages = re.search(rb"/Count (\d+)", content)
    assert pages is not None
    assert 6 <= int(pages.group(1)) <= 20


def test_words_of_data_cannot_become_markup(briefing: Briefing) -> None:
    evil = replace(briefing, label='<script>alert(1)</script> #import "x.typ" $a$ ] \\')
    assert "<script" not in html_page(evil)
    assert pdf(evil).startswith(b"%PDF-")


def test_without_a_register_hazards_are_unknown_and_not_none(briefing: Briefing) -> None:
    section = next(each for each in briefing.sections if each.anchor == "register")
    assert "unknown, not none" in section.blocks[0].text  # type: ignore[union-attr]


def test_an_empty_register_is_told_with_its_quarantine(tmp_path: Path) -> None:
    with Register.create(tmp_path / "r.gpkg", label="synthetic exercise data") as register:
        with register.batch(by="test", why="a test", source="made up") as batch:
            batch.quarantine(1, "{}", ["null_geometry"])
        blocks = _register(register.as_of(viewer=PUBLIC))
    words = blocks[0].text  # type: ignore[union-attr]
    assert "0 records" in words
    assert "1 row waits in quarantine" in words


def test_clearing_is_the_reader_s_own_arithmetic() -> None:
    own = Clearing(2e6, 500, 4, 200, 1.5, "EUR")
    assert own.team_days == 4000
    assert own.years == 5
    (_, table) = _clearing(own)
    assert isinstance(table, Table)
    cells = {row[0].text: row for row in table.rows}
    assert cells["cost"][1].text == "3,000,000 EUR"
    assert all(row[2].text == "the reader's own" for name, row in cells.items() if name in ("teams", "area to clear"))
    with pytest.raises(FieldRefused, match="your programme's own figure"):
        Clearing(2e6, 0, 4, 200)


def test_nothing_is_assumed_about_clearing_where_nothing_is_given() -> None:
    words = " ".join(block.text for block in _clearing(None) if hasattr(block, "text"))
    assert not re.search(r"\d{2,}", words)


def test_limits_are_on_the_first_and_the_last_page(briefing: Briefing) -> None:
    assert html_page(briefing).count(LIMITS.split(".")[0]) == 2
    assert isinstance(briefing.sections[-1], Section)


@pytest.mark.browser
def test_the_file_opens_offline_without_a_word_on_the_console(briefing: Briefing, tmp_path: Path, browser: Any) -> None:
    path = tmp_path / "brief.html"
    path.write_text(html_page(briefing), encoding="utf-8")
    said: list[str] = []
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: said.append(request.url) if request.url != path.as_uri() else None)
    page.goto(path.as_uri())
    assert page.locator("svg").count() >= 4
    page.get_by_role("link", name="how", exact=True).first.click()
    assert page.locator("article:target").count() == 1
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
    close(context)
    assert [each for each in said if not each.startswith("data:")] == []


def test_a_long_table_is_set_several_rows_together_and_says_the_same() -> None:
    """2026-11-28: 8,000 areas of one report took typst 5 s and 970 MiB, a little of it for each of 64,000 cells."""
    if shutil.which("pdftotext") is None:
        missing_engine("pdftotext is not installed")
    long_name = "A village with a name that fills two lines or even more of them"
    names = [f"Village {number}" if number % 7 else f"{long_name} {number}" for number in range(300)]
    rows = tuple(
        (Cell(name), Cell("not recorded", Tone.UNKNOWN), Cell(f"{number:,}", leads_to="about" if number == 5 else ""))
        for number, name in enumerate(names)
    )
    long = Table(("location", "type", "area"), rows, frozenset({2}), "made up", (20, 11, 11))
    together = _rows_together(long)
    assert [row for some in together for row in some] == list(rows)
    assert max(map(len, together)) > 5
    assert all(len(some) == 1 for some in together if len(some[0][0].text) > 40)
    about = Account("about", "about", Cell(""), (("a", "b"),))
    section = Section("s", "s", (long, about))
    made = Briefing("title", "subtitle", "2026-11-28", "", (KeyFigure("1", "w"),), (section,), "limits")
    done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf(made), capture_output=True, check=True)
    lines = [re.sub(r"\s+", " ", line).strip() for line in done.stdout.decode("utf-8").splitlines()]
    for number, name in enumerate(names):
        if number % 7:
            assert f"{name} not recorded {number:,}" in lines
