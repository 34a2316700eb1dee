"""Alert messages for tests: made up, at places where nothing is recorded."""

from datetime import UTC, datetime, timedelta
from typing import Any

import shapely

from merestone.alerts import AlertMessage, Reason, Status, published_area

NOW = datetime(2026, 11, 28, 15, 0, tzinfo=UTC)
PLACE = shapely.Polygon([(24.1000004, 54.0), (24.11, 54.0010007), (24.108, 54.0095), (24.1001, 54.008)])
AREA = published_area(PLACE)


def message(identifier: str = "alert-AAAA-AAAA-AAAA", **changed: Any) -> AlertMessage:
    """A message of the synthetic authority, with what a test changes."""
    given: dict[str, Any] = {
        "identifier": identifier,
        "sender": "alerts@mines.example.org",
        "sender_name": "Synthetic Mine Action Centre",
        "sent": NOW,
        "status": Status.ACTUAL,
        "reason": Reason.NEW_FINDING,
        "onset": NOW,
        "expires": NOW + timedelta(days=2),
        "area_name": "Forest north of the lake",
        "area": AREA,
        "languages": ("en",),
    }
    return AlertMessage(**given | changed)


def later(earlier: AlertMessage, reason: Reason, **changed: Any) -> AlertMessage:
    """A message that speaks of an earlier one, an hour after it."""
    sent = earlier.sent + timedelta(hours=1)
    given = {"references": (*earlier.references, earlier.reference), "sent": sent, "onset": sent, "reason": reason}
    return message(f"alert-{reason.value}", **given | changed)
