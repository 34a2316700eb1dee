"""Addresses of sources: what a source's own words name, and nothing looked up.

The data name sources in words. Where these words hold an identifier whose address is known (a treaty's number at the
depositary, a depositary notification, a text in the Dutch treaty database), or the name of a site or a page of it,
there is a link.
"""

import re
from collections.abc import Iterable
from typing import Final

from merestone.law.clause import depositary_page

_TREATY: Final = re.compile(r"UN Treaty Collection, chapter (?P<chapter>XXVI), no\. (?P<number>\d+(?:-[a-d])?)")
_NOTIFICATION: Final = re.compile(r"\bC\.N\.(?P<number>\d+)\.(?P<year>\d{4})\b")
_DUTCH: Final = re.compile(r"\bBWBV\d{7}\b")
_SITE: Final = re.compile(
    r"\b(?:[a-z0-9-]+\.)+(?:org|com|net|int|gov|eu|fi|ee|lv|lt|pl|ua|no|se|ch|uk|us|ru|fr)\b(?P<page>/[^\s,;()\"]*)?"
)


def source_links(source: str) -> tuple[str, ...]:
    """The addresses that the words of a source lead to, the most exact first; empty where they name none.

    >>> source_links("UN Treaty Collection, chapter XXVI, no. 5, depositary notification C.N.372.2025")
    ... # doctest: +NORMALIZE_WHITESPACE
    ('https://treaties.un.org/doc/Publication/CN/2025/CN.372.2025-Eng.pdf',
     'https://treaties.un.org/Pages/ViewDetails.aspx?src=TREATY&mtdsg_no=XXVI-5&chapter=26&clang=_en')
    >>> source_links("Finland, government bill HE 56/2025 (finlex.fi)"), source_links("Yle; Daily Finland")
    (('https://finlex.fi/',), ())
    >>> source_links("Estonia, Riigi Teataja, riigiteataja.ee/akt/741694")
    ('https://riigiteataja.ee/akt/741694',)
    """
    links = [
        f"https://treaties.un.org/doc/Publication/CN/{m['year']}/CN.{m['number']}.{m['year']}-Eng.pdf"
        for m in _NOTIFICATION.finditer(source)
    ]
    links += [depositary_page(f"{m['chapter']}-{m['number']}") for m in _TREATY.finditer(source)]
    links += [f"https://wetten.overheid.nl/{m[0]}" for m in _DUTCH.finditer(source)]
    for site in _SITE.finditer(source):
        address = "https://" + (site[0].rstrip(".:") if site["page"] else f"{site[0]}/")
        if not any(other.startswith(address) for other in links):
            links.append(address)
    return tuple(dict.fromkeys(links))


def links_of(sources: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Each source that has links, once, in the order given."""
    return {source: links for source in dict.fromkeys(sources) if (links := source_links(source))}
