"""Sources lead to addresses where their words name one, and nothing is made up where they do not."""

import json
import re
from urllib.parse import urlsplit

from click.testing import CliRunner

from merestone.cli.main import merestone
from merestone.law import links_of, packaged, source_links


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
