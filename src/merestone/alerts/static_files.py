"""Everything that the public gets of alerts, as files by name: what a plain web server or a cache hands out."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import shapely

from merestone.alerts.board import Board
from merestone.alerts.feed import atom_feed, file_name, rss_feed
from merestone.alerts.geojson import feature_collection
from merestone.alerts.message import AlertMessage, Status
from merestone.alerts.sms import sms_of
from merestone.alerts.wording import wording
from merestone.languages import LANGUAGES, needs_english, speaking

ASK_AGAIN_S: Final = 2
"""How often an open page asks for `now_document`."""
PHONES_ASK_AGAIN_S: Final = 10
"""How often a phone's page asks for `phones_document`, where no service lets it wait for news."""


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


def phones_document(in_force: Sequence[AlertMessage], *, can_subscribe: bool) -> dict[str, Any]:
    """What the page for phones asks for while it is seen: the alerts in force with their areas, in every language.

    In every language, since a phone keeps them for where there is no network and can be set to another language there;
    and so that the question says nothing of who asks. ``can_subscribe``: whether web push can be subscribed to here.
    """
    alerts = [_for_phones(message) for message in in_force]
    return {"ask_again_s": PHONES_ASK_AGAIN_S, "can_subscribe": can_subscribe, "alerts": alerts}


def _for_phones(message: AlertMessage) -> dict[str, Any]:
    wordings = [wording(message, language.tag) for language in LANGUAGES]
    return {
        "identifier": message.identifier,
        "page": f"/alerts/{message.identifier}",
        "sent": message.sent.isoformat(),
        "expires": message.expires.isoformat(),
        "area": shapely.geometry.mapping(message.area),
        "texts": {
            texts.language: {
                "headline": texts.headline,
                "instruction": texts.instruction,
                "description": texts.description,
            }
            for texts in wordings
        },
    }


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
        "alerts/phones.json": as_json(phones_document(holding, can_subscribe=False)),
    }
    for message in board.messages:
        files[file_name(message.identifier, "cap")] = cap[message.identifier]
        files[file_name(message.identifier, "txt")] = sms_of(message, language).text.encode("utf-8")
    return files


def as_json(value: Mapping[str, Any]) -> bytes:
    """A value as JSON in UTF-8."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8")
