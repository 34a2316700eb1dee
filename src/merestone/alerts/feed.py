"""Alerts as feeds: Atom and RSS, with their areas in GeoRSS Simple.

Sources: RFC 4287 (Atom), RSS 2.0, GeoRSS Simple (OGC 17-002r1): latitude first, the last corner the same as the first.
The GML form of GeoRSS is not written: readers at hand (feedparser 6.0.14, GDAL 3.12.4) take its axes in opposite
orders.
"""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Final

import shapely
from lxml import etree

from merestone.alerts.message import AlertMessage
from merestone.alerts.wording import FEED_NOTE, FEED_TITLE, translate, wording

ATOM: Final = "http://www.w3.org/2005/Atom"
GEORSS: Final = "http://www.georss.org/georss"
CAP_TYPE: Final = "application/cap+xml"
_ATOM_NAMES: Final[dict[str | None, str]] = {None: ATOM, "georss": GEORSS}
_NO_MESSAGE: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""What an empty feed states as its day: it must state one, and the same each time."""


def atom_feed(messages: Sequence[AlertMessage], language: str, base: str) -> bytes:
    """The messages, in their order, as an Atom feed.

    Parameters
    ----------
    base
        The address of the service without a slash at its end; links begin with it.
    """
    feed = etree.Element(f"{{{ATOM}}}feed", nsmap=_ATOM_NAMES)  # type: ignore[arg-type]  # None is the default namespace
    feed.set("{http://www.w3.org/XML/1998/namespace}lang", language)
    here = f"{base}/alerts.atom"
    _put(feed, ATOM, "id", _name_of(here))
    _put(feed, ATOM, "title", translate(language, FEED_TITLE))
    _put(feed, ATOM, "subtitle", translate(language, FEED_NOTE))
    _put(feed, ATOM, "updated", _atom_time(max((message.sent for message in messages), default=_NO_MESSAGE)))
    _link(feed, here, "self", "application/atom+xml")
    _link(feed, f"{base}/alerts", "alternate", "text/html")
    for message in messages:
        texts = wording(message, language)
        entry = etree.SubElement(feed, f"{{{ATOM}}}entry")
        _put(entry, ATOM, "id", entry_name(message))
        _put(entry, ATOM, "title", texts.headline)
        _put(entry, ATOM, "updated", _atom_time(message.sent))
        _put(entry, ATOM, "published", _atom_time(message.sent))
        author = etree.SubElement(entry, f"{{{ATOM}}}author")
        _put(author, ATOM, "name", message.sender_name)
        etree.SubElement(entry, f"{{{ATOM}}}category").set("term", message.reason.value)
        _link(entry, address_of(base, message), "alternate", "text/html")
        _link(entry, f"{base}/{file_name(message.identifier, 'cap')}", "enclosure", CAP_TYPE)
        _put(entry, ATOM, "summary", f"{texts.description} {texts.instruction}")
        _put_area(entry, message)
    return _bytes(feed)


def rss_feed(messages: Sequence[AlertMessage], language: str, base: str) -> bytes:
    """The messages, in their order, as an RSS 2.0 feed; ``base`` as for `atom_feed`."""
    rss = etree.Element("rss", nsmap={"atom": ATOM, "georss": GEORSS}, version="2.0")
    channel = etree.SubElement(rss, "channel")
    _put(channel, None, "title", translate(language, FEED_TITLE))
    _put(channel, None, "link", f"{base}/alerts")
    _put(channel, None, "description", translate(language, FEED_NOTE))
    _put(channel, None, "language", language)
    newest = max((message.sent for message in messages), default=_NO_MESSAGE)
    _put(channel, None, "lastBuildDate", _rss_time(newest))
    _link(channel, f"{base}/alerts.rss", "self", "application/rss+xml")
    for message in messages:
        texts = wording(message, language)
        item = etree.SubElement(channel, "item")
        _put(item, None, "title", texts.headline)
        _put(item, None, "link", address_of(base, message))
        _put(item, None, "description", f"{texts.description} {texts.instruction}")
        _put(item, None, "category", message.reason.value)
        _put(item, None, "guid", entry_name(message)).set("isPermaLink", "false")
        _put(item, None, "pubDate", _rss_time(message.sent))
        _put_area(item, message)
    return _bytes(rss)


def address_of(base: str, message: AlertMessage) -> str:
    """The page of a message."""
    return f"{base}/alerts/{message.identifier}"


def file_name(identifier: str, form: str) -> str:
    """The address of a message as a file, below the site's own.

    >>> file_name("alert-7F3K", "cap")
    'alert-files/alert-7F3K.cap'
    """
    return f"alert-files/{identifier}.{form}"


def entry_name(message: AlertMessage) -> str:
    """The name of a message in every feed, whatever address the feed has."""
    return _name_of(f"cap:{message.sender},{message.identifier}")


def _name_of(text: str) -> str:
    return uuid.uuid5(uuid.NAMESPACE_URL, text).urn


def _put(parent: etree._Element, namespace: str | None, name: str, text: str) -> etree._Element:
    element = etree.SubElement(parent, name if namespace is None else f"{{{namespace}}}{name}")
    element.text = text
    return element


def _link(parent: etree._Element, href: str, rel: str, media_type: str) -> None:
    element = etree.SubElement(parent, f"{{{ATOM}}}link")
    for name, value in (("href", href), ("rel", rel), ("type", media_type)):
        element.set(name, value)


def _put_area(parent: etree._Element, message: AlertMessage) -> None:
    """The area; of several parts the ring around all of them, since readers keep one shape of an entry."""
    area = message.area
    shape = area.geoms[0] if len(area.geoms) == 1 else shapely.box(*area.bounds)
    corners = shapely.orient_polygons(shape).exterior.coords
    text = " ".join(f"{lat:.6f} {lon:.6f}" for lon, lat in corners)
    _put(parent, GEORSS, "polygon", text)


def _atom_time(instant: datetime) -> str:
    return instant.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")


def _rss_time(instant: datetime) -> str:
    return format_datetime(instant.astimezone(UTC).replace(microsecond=0))


def _bytes(root: etree._Element) -> bytes:
    etree.indent(root, "  ")
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))
