"""Places in links that phones share: geo URIs (RFC 5870) and the addresses of maps on the web. Nothing is fetched.

A link may say where the map was centred, which place was marked, or both: only a marked place is a position. A short
link holds no place at all; only the server that made it knows it.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple
from urllib.parse import parse_qsl, unquote, unquote_plus, urlsplit

from merestone.geodesy._refusal import PositionRefused
from merestone.languages import gettext, gettext_noop

_SCHEME: Final = re.compile(r"\s*(?:https?://|(?:www\.|maps?\.)[a-z0-9-]+\.[a-z])", re.IGNORECASE)
_NUMBER: Final = r"[+-]?\d{1,3}(?:\.\d+)?"
_PAIR: Final = re.compile(rf"\s*(?:loc:\s*|ll\.)?({_NUMBER})\s*,\s*({_NUMBER})\s*(?:\(.*\))?\s*", re.IGNORECASE)
_MARKED: Final = re.compile(rf"!3d({_NUMBER})!4d({_NUMBER})")
"""How Google writes the place itself, beside the middle of the map after an @."""
_SHORT: Final = (
    "goo.gl",
    "maps.app.goo.gl",
    "osm.org/go",
    "g.co",
    "bit.ly",
    "tinyurl.com",
    "her.is",
    "yandex.ru/maps/-",
)
_SITES: Final = re.compile(
    r"(?:^|\.)(?:google\.[a-z.]+|openstreetmap\.org|osm\.org|apple\.com|waze\.com|osmand\.net|bing\.com|here\.com"
    r"|organicmaps\.app|omaps\.app)$"
)
_KEYS: Final = ("q", "query", "destination", "daddr", "ll", "coordinate", "to", "pin")
"""Parameters that name a marked place; ``center``, ``sll``, ``cp`` and what follows an @ say where the map was."""
_EXPECTED: Final = gettext_noop("a link to a marked place: press on the place, and share that")


class Linked(NamedTuple):
    """What a link says of its place, as texts."""

    lat: str
    lon: str
    uncertainty_m: float = 0.0


def is_link(text: str) -> bool:
    """Whether a text is a geo URI or the address of a page."""
    return text.lstrip()[:4].lower() == "geo:" or _SCHEME.match(text) is not None


def read_link(text: str) -> Linked | str:
    """The latitude and longitude of the place that a link marks, or the words in it that give a place otherwise.

    Raises
    ------
    PositionRefused
        It marks no place, or several.
    """
    stripped = text.strip()
    return _geo_uri(text, stripped) if stripped[:4].lower() == "geo:" else _page(text, stripped)


def _geo_uri(text: str, stripped: str) -> Linked | str:
    """RFC 5870, section 3.3; and the query with a marked place that Android added to it."""
    body, _, query = stripped[4:].partition("?")
    coordinates, *parameters = body.split(";")
    parameters_by_name = dict(parameter.lower().partition("=")[::2] for parameter in parameters)
    if parameters_by_name.get("crs", "wgs84") != "wgs84":
        raise PositionRefused(
            text,
            0,
            f"crs={parameters_by_name['crs']}",
            gettext("only WGS 84 is supported"),
            gettext("a geo URI without crs"),
        )
    numbers = coordinates.split(",")
    if len(numbers) not in (2, 3) or not all(re.fullmatch(_NUMBER, number.strip()) for number in numbers[:2]):
        raise PositionRefused(text, 4, coordinates, gettext("this is not latitude, longitude"), "geo:44.9,17.1")
    lat, lon = numbers[0].strip(), numbers[1].strip()
    marked = next((value for key, value in parse_qsl(query) if key == "q"), "")
    if marked and float(lat) == 0.0 == float(lon):
        pair = _PAIR.fullmatch(marked)
        return Linked(pair[1], pair[2]) if pair else marked
    if (pair := _PAIR.fullmatch(marked)) and (float(pair[1]), float(pair[2])) != (float(lat), float(lon)):
        why = gettext("the place and the marked place after q= differ")
        raise PositionRefused(text, 4, coordinates, why, gettext("one of them"))
    try:
        uncertainty_m = float(parameters_by_name.get("u", "0"))
    except ValueError:
        uncertainty_m = -1.0
    if not 0.0 <= uncertainty_m < 2e7:
        why, expected = (
            gettext("the uncertainty is not a number of metres"),
            gettext("such as {example}", example="u=35"),
        )
        raise PositionRefused(text, 0, f"u={parameters_by_name['u']}", why, expected)
    return Linked(lat, lon, uncertainty_m)


def _page(text: str, stripped: str) -> Linked | str:
    try:
        address = urlsplit(stripped if "://" in stripped else f"https://{stripped}")
        host = (address.hostname or "").lower()
    except ValueError as error:
        raise PositionRefused(
            text, 0, "", gettext("this is not a link ({error})", error=error), gettext(_EXPECTED)
        ) from error
    if any(f"{host}{address.path}".startswith(short) for short in _SHORT):
        why = gettext("a short link does not hold the place, and nothing is looked up")
        raise PositionRefused(text, 0, host, why, gettext("the long address that it opens, or the numbers"))
    if not _SITES.search(host):
        why = gettext("this is not a map site known here")
        raise PositionRefused(text, 0, host, why, gettext("a link from a map, or the numbers"))
    if "/dir/" in address.path:
        why = gettext("a link to directions names several places")
        raise PositionRefused(text, 0, "/dir/", why, gettext(_EXPECTED))
    linked_places: list[Linked | str] = list(dict.fromkeys(_places(address.path, address.query)))
    pairs = [linked_place for linked_place in linked_places if isinstance(linked_place, Linked)]
    if len({(float(pair.lat), float(pair.lon)) for pair in pairs}) > 1:
        raise PositionRefused(text, 0, host, gettext("the link marks several places"), gettext(_EXPECTED))
    if pairs:
        return pairs[0]
    if linked_places:
        return linked_places[0]
    centred = re.search(rf"@{_NUMBER},{_NUMBER}|#map=|center=|cp=|pb=", stripped)
    why = gettext("the link says where the map was centred, and marks no place")
    raise PositionRefused(text, 0, host, why if centred else gettext("the link marks no place"), gettext(_EXPECTED))


def _places(path: str, query: str) -> Iterator[Linked | str]:
    """Marked places, the surest first."""
    marked = [Linked(*pair) for pair in _MARKED.findall(unquote(path) + unquote(query))]
    yield from marked
    values = dict(parse_qsl(query))
    if all(re.fullmatch(_NUMBER, values.get(key, "")) for key in ("mlat", "mlon")):
        yield Linked(values["mlat"], values["mlon"])
    texts = [values[key] for key in _KEYS if key in values]
    named = re.search(r"/(?:place|search)/([^/@]+)", path)
    for text in [*texts, *([unquote_plus(named[1])] if named else [])]:
        if pair := _PAIR.fullmatch(text):
            yield Linked(pair[1], pair[2])
        elif not marked and re.search(r"\d", text):
            yield text
