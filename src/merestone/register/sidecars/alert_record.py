"""An alert as the register keeps it: a record without a layer, whose stage and words are its attributes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import shapely
from shapely.geometry.base import BaseGeometry

from merestone.alerts import AlertMessage, Board, Reason, message_from_json
from merestone.register.events.records import Sheet, SheetRecord
from merestone.register.programme.approval import DRAFT, PUBLISHED
from merestone.register.register import Register

KIND: Final = "alert"


@dataclass(frozen=True, slots=True)
class Declaration:
    """What somebody wants to tell the public."""

    reason: Reason
    area_name: str
    hazard_ids: tuple[str, ...] = ()
    """The records that it warns of."""
    declared_area: BaseGeometry | None = None
    """An area of its own, in degrees."""
    onset: datetime | None = None
    """None: when it is published."""
    expires: datetime | None = None
    """None: as the reason has it."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """The authority's own text by language."""
    earlier: str | None = None
    """The published alert that it speaks of."""


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert at some stage."""

    alert_id: str
    stage: str
    declaration: Declaration
    area: shapely.MultiPolygon
    """What the public will see, or sees."""
    author: str
    organisation: str
    hub: str
    version: int
    changed_at: datetime
    message: AlertMessage | None
    """What was published; None before that."""
    cap: bytes | None
    """The signed CAP message, as it was published."""

    @property
    def is_published(self) -> bool:
        """Whether the public has it."""
        return self.stage == PUBLISHED


def sheet_of(
    declaration: Declaration, area: BaseGeometry, *, stage: str = DRAFT, author: str, organisation: str, hub: str
) -> Sheet:
    """The record of an alert that is not published."""
    declared = declaration.declared_area
    attributes: dict[str, Any] = {
        "stage": stage,
        "reason": declaration.reason.value,
        "area_name": declaration.area_name,
        "hazards": list(declaration.hazard_ids) or None,
        "declared_area": None if declared is None else shapely.to_geojson(declared),
        "onset": None if declaration.onset is None else declaration.onset.isoformat(),
        "expires": None if declaration.expires is None else declaration.expires.isoformat(),
        "texts": json.dumps(dict(declaration.texts), ensure_ascii=False) if declaration.texts else None,
        "earlier": declaration.earlier,
        "author": author,
        "organisation": organisation,
        "hub": hub,
    }
    return Sheet(KIND, attributes, geometry=area)


def alert_of(sheet: SheetRecord) -> Alert:
    """The alert that a record holds."""
    attributes = sheet.attributes
    declared = attributes.get("declared_area")
    declaration = Declaration(
        Reason(attributes["reason"]),
        attributes["area_name"],
        tuple(attributes.get("hazards", ())),
        None if declared is None else shapely.from_geojson(declared),
        _instant(attributes.get("onset")),
        _instant(attributes.get("expires")),
        json.loads(attributes.get("texts", "{}")),
        attributes.get("earlier"),
    )
    assert isinstance(sheet.geometry, shapely.MultiPolygon)
    message, cap = attributes.get("message"), attributes.get("cap")
    return Alert(
        sheet.record_id,
        attributes["stage"],
        declaration,
        sheet.geometry,
        attributes["author"],
        attributes["organisation"],
        attributes["hub"],
        sheet.version,
        sheet.recorded_at,
        None if message is None else message_from_json(message),
        None if cap is None else cap.encode("utf-8"),
    )


def all_alerts(register: Register) -> tuple[Alert, ...]:
    """Every alert at any stage, in the order in which they were drafted. Drafts are not for the public."""
    return tuple(alert_of(sheet) for sheet in register.sheets(KIND))


@dataclass(frozen=True)
class PublishedAlerts:
    """What the public has: messages, and the bytes of each as it was signed."""

    board: Board
    cap: Mapping[str, bytes]
    """By identifier."""


def published_alerts(register: Register) -> PublishedAlerts:
    """Every alert that was published, in the order in which they were sent."""
    sheets = [sheet for sheet in register.sheets(KIND) if sheet.attributes["stage"] == PUBLISHED]
    alerts = [alert_of(sheet) for sheet in sheets]
    pairs = [(alert.message, alert.cap or b"") for alert in alerts if alert.message is not None]
    pairs.sort(key=lambda pair: (pair[0].sent, pair[0].identifier))
    return PublishedAlerts(
        Board(tuple(message for message, _ in pairs)), {stored_alert.identifier: cap for stored_alert, cap in pairs}
    )


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
