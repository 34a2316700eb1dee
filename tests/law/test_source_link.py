"""Sources lead to addresses where their words name one, and nothing is made up where they do not."""

import csv
import json
import re
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit

from click.testing import CliRunner

from merestone.cli.main import merestone
from merestone.law import links_of, packaged, source_links
from merestone.service.page import cited


def run(*words: str) -> str:
    result = CliRunner().invoke(merestone, ["law", *words], standalone_mode=False)
    assert result.exception is None, result.exception
    return result.output


def test_every_source_at_the_depositary_has_its_page() -> None:
    acts = [act for holding in packaged().holdings() for mine in holding.by_state.values() for act in mine]
    sources = {act.source for act in acts}
    at_depositary = [source for source in sources if re.search(r"chapter XXVI, no\. \d", source)]
    assert len(at_depositary) > 5
    for source in at_depositary:
        number = re.search(r"no\. (\d(?:-[a-d])?)", source)
        assert number is not None
        assert any(f"mtdsg_no=XXVI-{number[1]}&" in link for link in source_links(source)), source
    for source in sources:
        for link in source_links(source):
            address = urlsplit(link)
            assert address.scheme == "https"
            host = str(address.hostname)
            assert host in source or host in ("treaties.un.org", "wetten.overheid.nl")


def test_words_without_an_address_have_no_link() -> None:
    assert source_links("press, July 2025; after the vote") == ()
    assert source_links("HE 56/2025, art. 17(2), C.N. not published") == ()
    assert links_of(["Yle", "finlex.fi", "Yle"]) == {"finlex.fi": ("https://finlex.fi/",)}


def test_a_page_that_is_named_is_linked_and_not_only_its_site() -> None:
    """2026-11-29, a stranger: a source that names a page of a site led to the site's first page."""
    assert source_links("Riigi Teataja, riigiteataja.ee/akt/741694.") == ("https://riigiteataja.ee/akt/741694",)
    assert source_links("Press (africa-press.net/angola/?p=94700); Yle") == (
        "https://africa-press.net/angola/?p=94700",
    )
    assert source_links("lrt.lt/en/1/2; tass.com/3, lrt.lt") == (
        "https://lrt.lt/en/1/2",
        "https://tass.com/3",
    )
    named = re.compile(r"[a-z0-9.-]+\.(?:com|ee|net|org)/[^ ,;()\"]+")
    acts = [act for holding in packaged().holdings() for mine in holding.by_state.values() for act in mine]
    pages = {(page, act.source) for act in acts for page in named.findall(act.source)}
    assert pages
    for page, source in pages:
        assert f"https://{page}" in source_links(source)


def test_tables_claims_and_borders_give_the_links(tmp_path: Path) -> None:
    """2026-11-29, a stranger: lists of parties, periods, deadlines, claims and published lengths had sources alone."""
    page = "https://treaties.un.org/Pages/ViewDetails.aspx?src=TREATY&mtdsg_no=XXVI-5&chapter=26&clang=_en"
    for words in (("parties", "--treaty", "apmbc"), ("timeline", "--states", "EST"), ("calendar", "--states", "EST")):
        table = tmp_path / f"{words[0]}.csv"
        run(*words, "-o", str(table))
        rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
        assert any(page in row["source_links"].split() for row in rows)
    for words, link in (
        (("claims", "check", "borders-3460"), "https://censor.net/en/news/3559746"),
        (("border", "length", "LTU-RUS"), "https://tass.com/world/925139"),
    ):
        assert f"link: {link}" in CliRunner().invoke(merestone, words).output
        assert link in CliRunner().invoke(merestone, [*words, "--json"]).output


def test_pages_of_law_link_their_sources() -> None:
    page = "https://treaties.un.org/Pages/ViewDetails.aspx?src=TREATY&amp;mtdsg_no=XXVI-5&amp;chapter=26&amp;clang=_en"
    assert cited("Yle <b>") == "Yle &lt;b&gt;"
    assert cited("<b> chapter XXVI, no. 5; UN Treaty Collection, chapter XXVI, no. 5") == (
        "&lt;b&gt; chapter XXVI, no. 5; UN Treaty Collection, chapter XXVI, no. 5 "
        f'[<a href="{page}" rel="noreferrer">treaties.un.org</a>]'
    )
    for name in ("law_state", "law_treaty", "law_short", "law_parties"):
        text = (files("merestone.service") / "templates" / f"{name}.html").read_text(encoding="utf-8")
        assert "cited(" in text
        assert not re.search(r"{{ \w+\.(?:list_)?source }}", text), "a source without its links"


def test_text_and_json_give_the_links() -> None:
    """2026-11-28, found as a journalist: sources of law carried no link, neither in the text nor in JSON."""
    page = "https://treaties.un.org/Pages/ViewDetails.aspx?src=TREATY&mtdsg_no=XXVI-5&chapter=26&clang=_en"
    for words in (("status", "FIN", "--treaty", "apmbc"), ("may", "DEU", "use"), ("sources", "--states", "FIN")):
        assert page in run(*words)
    told = json.loads(run("status", "FIN", "--treaty", "apmbc", "--json"))
    assert any(page in act["source_links"] for act in told["acts"])
    asked = json.loads(run("may", "DEU", "use", "anti-personnel-mines", "--json"))
    assert page in json.dumps(asked)


def test_sources_are_listed_once_with_what_they_say() -> None:
    lines = run("sources", "--states", "FIN,EST", "--treaty", "apmbc", "--on", "2026-11-28")
    assert lines.count("depositary notification C.N.372.2025") == 1
    earlier = run("sources", "--states", "FIN", "--treaty", "apmbc", "--on", "2013-01-01")
    assert "C.N.372.2025" not in earlier, "what was not known yet was no source"
