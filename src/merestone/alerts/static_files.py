"""Everything that the public gets of alerts, as files by name: what a plain web server or a cache hands out."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from merestone.alerts.board import Board
from merestone.alerts.feed import atom_feed, file_name, rss_feed
from merestone.alerts.geojson import feature_collection
from merestone.alerts.message import AlertMessage, Status
from merestone.alerts.sms import sms_of
from merestone.alerts.wording import wording
from merestone.languages import needs_english, speaking

ASK_AGAIN_S: Final = 2
"""How often an open page asks for `now_document`."""


def now_document(in_force: Sequence[AlertMessage], language: str) -> dict[str, Any]:
    """What an open map asks for every few seconds: the alerts in force, in a few lines each."""
    alerts = []
    with speaking(language):
        is_draft = needs_english()
    for message in in_force:
        texts = wording(message, language)
        alerts.append(
            {
                "identifier": message.identifier,
                "headline": texts.headline,
                "instruction": texts.instruction,
                "page": f"/alerts/{message.identifier}",
                "expires": message.expires.isoformat(),
                "is_exercise": message.status is Status.EXERCISE,
                "in_english": _in_english(message) if is_draft else None,
            }
        )
    return {"ask_again_s": ASK_AGAIN_S, "language": language, "alerts": alerts}


def _in_english(message: AlertMessage) -> dict[str, str]:
    english = wording(message, "en")
    return {"headline": english.headline, "instruction": english.instruction}


def static_files(
    board: Board, cap: Mapping[str, bytes], *, language: str, base: str, now: datetime
) -> dict[str, bytes]:
    """The files by their names below the site's address.

    Parameters
    ----------
    cap
        The signed CAP messages by identifier.
    base
        The address of the site, without a slash at its end.
    """
    listed, holding = board.listed(now), board.in_force(now)
    in_force = frozenset(message.identifier for message in holding)
    files = {
        "alerts.atom": atom_feed(listed, language, base),
        "alerts.rss": rss_feed(listed, language, base),
        "alerts.geojson": as_json(feature_collection(listed, language, in_force)),
        "alerts/now.json": as_json(now_document(holding, language)),
    }
    for message in board.messages:
        files[file_name(message.identifier, "cap")] = cap[message.identifier]
        files[file_name(message.identifier, "txt")] = sms_of(message, language).text.encode("utf-8")
    return files


def as_json(value: Mapping[str, Any]) -> bytes:
    """A value as JSON in UTF-8."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8")
