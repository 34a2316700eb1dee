"""A message as JSON and back: how the register's chain of events keeps what was published."""

import json
from datetime import datetime
from typing import Any

import shapely

from merestone.alerts.message import AlertMessage, Reference, Status
from merestone.alerts.reasons import Reason

_TIMES = ("sent", "onset", "expires")


def message_as_json(message: AlertMessage) -> str:
    """The message as one line of JSON."""
    fields: dict[str, Any] = {
        "identifier": message.identifier,
        "sender": message.sender,
        "sender_name": message.sender_name,
        "status": message.status.value,
        "reason": message.reason.value,
        **{name: getattr(message, name).isoformat() for name in _TIMES},
        "area_name": message.area_name,
        "area": shapely.geometry.mapping(message.area),
        "languages": list(message.languages),
        "references": [
            [reference.sender, reference.identifier, reference.sent.isoformat()] for reference in message.references
        ],
        "texts": dict(message.texts or {}),
        "contact": message.contact,
        "web": message.web,
    }
    return json.dumps(fields, ensure_ascii=False, sort_keys=True)


def message_from_json(text: str) -> AlertMessage:
    """The message that `message_as_json` wrote."""
    fields: dict[str, Any] = json.loads(text)
    times = {name: datetime.fromisoformat(fields.pop(name)) for name in _TIMES}
    references = tuple(
        Reference(sender, identifier, datetime.fromisoformat(sent))
        for sender, identifier, sent in fields.pop("references")
    )
    area = shapely.geometry.shape(fields.pop("area"))
    assert isinstance(area, shapely.MultiPolygon)
    return AlertMessage(
        **fields
        | times
        | {"status": Status(fields["status"]), "reason": Reason(fields["reason"])}
        | {"languages": tuple(fields["languages"]), "references": references, "area": area}
    )
