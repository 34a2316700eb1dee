"""Alerts as a GeoJSON feature collection (RFC 7946): longitude first, one feature for each alert."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import shapely

from merestone.alerts.message import AlertMessage
from merestone.alerts.reasons import facts_of
from merestone.alerts.wording import FEED_NOTE, translate, wording


def feature_collection(messages: Sequence[AlertMessage], language: str, in_force: frozenset[str]) -> dict[str, Any]:
    """The messages in their order; ``in_force`` holds the identifiers of those that hold now."""
    features = [_feature(message, language, message.identifier in in_force) for message in messages]
    return {"type": "FeatureCollection", "note": translate(language, FEED_NOTE), "features": features}


def _feature(message: AlertMessage, language: str, is_in_force: bool) -> dict[str, Any]:
    texts, facts = wording(message, language), facts_of(message.reason)
    return {
        "type": "Feature",
        "id": message.identifier,
        "geometry": shapely.geometry.mapping(message.area),
        "properties": {
            "identifier": message.identifier,
            "reason": message.reason.value,
            "message_type": message.message_type.value,
            "status": message.status.value,
            "is_in_force": is_in_force,
            "language": language,
            "headline": texts.headline,
            "description": texts.description,
            "instruction": texts.instruction,
            "area_name": message.area_name,
            "sent": _text(message.sent),
            "onset": _text(message.onset),
            "expires": _text(message.expires),
            "sender_name": message.sender_name,
            "severity": facts.severity,
            "references": [reference.identifier for reference in message.references],
        },
    }


def _text(instant: datetime) -> str:
    return instant.replace(microsecond=0).isoformat()
