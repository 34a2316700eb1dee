"""An alert as CAP 1.2, the Common Alerting Protocol of OASIS, which warning systems exchange.

Source: CAP 1.2, OASIS Standard, 1 July 2010; the schema stands in ``data/CAP-v1.2.xsd``.
"""

from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Final

import shapely
from lxml import etree

from merestone.alerts.message import AlertMessage
from merestone.alerts.reasons import facts_of
from merestone.alerts.wording import wording
from merestone.terms import FieldRefused

NAMESPACE: Final = "urn:oasis:names:tc:emergency:cap:1.2"


def instant_as_cap(instant: datetime) -> str:
    """An instant as CAP writes it: whole seconds, and its offset, ``-00:00`` for UTC (CAP 1.2, 3.3.2).

    >>> from datetime import UTC
    >>> instant_as_cap(datetime(2026, 5, 3, 14, 0, tzinfo=UTC))
    '2026-05-03T14:00:00-00:00'
    """
    text = instant.replace(microsecond=0).isoformat()
    return text[:-6] + "-00:00" if instant.utcoffset() == timedelta(0) else text


def cap_document(message: AlertMessage) -> etree._Element:
    """The message as an ``alert`` element, valid by the schema; one ``info`` for each language.

    Raises
    ------
    FieldRefused
        A language without a catalogue, or words that the schema does not take.
    """
    alert = etree.Element(f"{{{NAMESPACE}}}alert", nsmap={None: NAMESPACE})  # type: ignore[dict-item]  # the default namespace
    _put(alert, "identifier", message.identifier)
    _put(alert, "sender", message.sender)
    _put(alert, "sent", instant_as_cap(message.sent))
    _put(alert, "status", message.status.value)
    _put(alert, "msgType", message.message_type.value)
    _put(alert, "scope", "Public")
    if message.references:
        named = (
            f"{reference.sender},{reference.identifier},{instant_as_cap(reference.sent)}"
            for reference in message.references
        )
        _put(alert, "references", " ".join(named))
    for language in message.languages:
        _add_info(alert, message, language)
    etree.indent(alert, "  ")
    _refuse_invalid(alert)
    return alert


def cap_bytes(alert: etree._Element) -> bytes:
    """The bytes of an ``alert`` element, in UTF-8 with a declaration."""
    return bytes(etree.tostring(alert, xml_declaration=True, encoding="UTF-8"))


def _put(parent: etree._Element, name: str, text: str) -> etree._Element:
    element = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    element.text = text
    return element


def _add_info(alert: etree._Element, message: AlertMessage, language: str) -> None:
    facts, texts = facts_of(message.reason), wording(message, language)
    info = etree.SubElement(alert, f"{{{NAMESPACE}}}info")
    _put(info, "language", language)
    _put(info, "category", facts.category)
    _put(info, "event", texts.event)
    _put(info, "responseType", facts.response)
    _put(info, "urgency", facts.urgency)
    _put(info, "severity", facts.severity)
    _put(info, "certainty", facts.certainty)
    for code in facts.event_codes:
        element = etree.SubElement(info, f"{{{NAMESPACE}}}eventCode")
        _put(element, "valueName", facts.code_list)
        _put(element, "value", code)
    _put(info, "effective", instant_as_cap(message.sent))
    _put(info, "onset", instant_as_cap(message.onset))
    _put(info, "expires", instant_as_cap(message.expires))
    _put(info, "senderName", message.sender_name)
    _put(info, "headline", texts.headline)
    _put(info, "description", texts.description)
    _put(info, "instruction", texts.instruction)
    if message.web:
        _put(info, "web", message.web)
    if message.contact:
        _put(info, "contact", message.contact)
    area = etree.SubElement(info, f"{{{NAMESPACE}}}area")
    _put(area, "areaDesc", message.area_name)
    for part in message.area.geoms:
        _put(area, "polygon", ring_text(part))


def ring_text(part: shapely.Polygon) -> str:
    """A ring as CAP and GeoRSS name its corners: latitude first, the last the same as the first.

    >>> ring_text(shapely.box(24.0, 54.0, 24.5, 54.25))[:21]
    '54.000000,24.500000 5'
    """
    return " ".join(f"{lat:.6f},{lon:.6f}" for lon, lat in part.exterior.coords)


@cache
def cap_schema() -> etree.XMLSchema:
    """OASIS's schema of CAP 1.2."""
    return etree.XMLSchema(etree.fromstring((files("merestone.alerts") / "data" / "CAP-v1.2.xsd").read_bytes()))


def _refuse_invalid(alert: etree._Element) -> None:
    try:
        cap_schema().assertValid(alert)
    except etree.DocumentInvalid as error:
        raise FieldRefused("CAP message", str(error), "is not valid", "correct the field named") from error
