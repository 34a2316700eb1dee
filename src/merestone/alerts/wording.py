"""The words of alerts, in one place. Every sentence that the public reads of an alert is made here, by language.

`translate` is the one function through which each string passes. Until a language has a catalogue, it is not in
`merestone.alerts.languages`, so no message claims a language that it does not speak.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from merestone.alerts.languages import languages
from merestone.alerts.message import AlertMessage, Status
from merestone.alerts.reasons import Reason
from merestone.terms import FieldRefused

EVENT: Final[Mapping[Reason, str]] = {
    Reason.NEW_FINDING: "Mines or other explosive ordnance found",
    Reason.DECREE: "Area closed because of explosive ordnance",
    Reason.FLOOD_DISPLACEMENT: "Water may have moved mines or other explosive ordnance",
    Reason.CORRECTION: "Corrected warning of explosive ordnance",
    Reason.WITHDRAWAL: "Warning of explosive ordnance withdrawn",
    Reason.ALL_OVER: "Alert ended",
}
DESCRIPTION: Final[Mapping[Reason, str]] = {
    Reason.NEW_FINDING: "Mines or other explosive ordnance were found, or are suspected, in the area shown.",
    Reason.DECREE: "The authority has closed the area shown because of mines or other explosive ordnance.",
    Reason.FLOOD_DISPLACEMENT: (
        "Water may have moved mines or other explosive ordnance. They may lie where none was recorded, also outside "
        "the area shown."
    ),
    Reason.CORRECTION: "This message replaces an earlier one. Use the area and the times given here.",
    Reason.WITHDRAWAL: (
        "The earlier alert is withdrawn. This says nothing about the ground: explosive ordnance that nobody recorded "
        "may be anywhere."
    ),
    Reason.ALL_OVER: (
        "The alert has ended. This does not mean that the place is safe: what is recorded stays recorded, and "
        "explosive ordnance that nobody recorded may be anywhere."
    ),
}
KEEP_OUT: Final = (
    "Keep out of the area. Stay on roads and paths that people use every day. Do not touch anything that you do not "
    "know. If you are inside, stop, do not move, and call for help."
)
FOLLOW: Final = "Follow the signs on the ground and the messages of the authorities; look at the map of recorded areas."
KEEP_OUT_SHORT: Final = "Keep out. Touch nothing."
NO_ASSURANCE_SHORT: Final = "This is no assurance about the ground."
EXERCISE: Final = "EXERCISE"
HOLDS_UNTIL: Final = "until {expires}"
FEED_TITLE: Final = "Alerts about mines and other explosive ordnance"
FEED_NOTE: Final = "What is not in this feed may still be there: no alert is no assurance."


def translate(language: str, text: str) -> str:
    """A string of this module in a language; FieldRefused if it has no catalogue.

    >>> translate("en", EVENT[Reason.ALL_OVER])
    'Alert ended'
    """
    if language not in {one.tag for one in languages()}:
        known = ", ".join(one.tag for one in languages())
        raise FieldRefused("language", language, "has no catalogue of the words of alerts", f"use one of {known}")
    return text


@dataclass(frozen=True, slots=True)
class Wording:
    """What an alert says in one language."""

    language: str
    event: str
    headline: str
    description: str
    instruction: str
    short: str
    """One line for a telephone."""


def wording(message: AlertMessage, language: str) -> Wording:
    """What a message says in a language: the reason's sentences, then the authority's own.

    The authority's own text comes in the language asked for, or, where it gave none, in the first that it gave: what
    was said must not be lost.
    """

    def say(text: str) -> str:
        return translate(language, text)

    reason = message.reason
    event = say(EVENT[reason])
    mark = f"{say(EXERCISE)}: " if message.status is not Status.ACTUAL else ""
    until = say(HOLDS_UNTIL).format(expires=_time_words(message.expires))
    is_over = reason in (Reason.ALL_OVER, Reason.WITHDRAWAL)
    own = message.text_in(language)
    headline = f"{mark}{event}: {message.area_name}" + ("" if is_over else f", {until}")
    description = f"{mark}{say(DESCRIPTION[reason])}" + (f" {own}" if own else "")
    short = f"{mark}{event}: {message.area_name}."
    short += f" {say(NO_ASSURANCE_SHORT)}" if is_over else f" {say(KEEP_OUT_SHORT)} {until[:1].upper()}{until[1:]}."
    return Wording(language, event, headline, description, say(FOLLOW if is_over else KEEP_OUT), short)


def _time_words(instant: datetime) -> str:
    offset = f"{instant:%z}"
    zone = "UTC" if offset == "+0000" else f"UTC{offset[:3]}:{offset[3:]}"
    return f"{instant:%Y-%m-%d %H:%M} {zone}"
