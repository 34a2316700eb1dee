"""The words of alerts, in one place. Every sentence that the public reads of an alert is made here, by language.

`translate` is the one function through which each string passes. A language without a catalogue is refused, so no
message claims a language that it does not speak.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from merestone.alerts.message import AlertMessage, Status
from merestone.alerts.reasons import Reason
from merestone.languages import LANGUAGES, gettext, gettext_noop, instant_text, language_of, speaking
from merestone.terms import FieldRefused

EVENT: Final[Mapping[Reason, str]] = {
    # safety: of an alert
    Reason.NEW_FINDING: gettext_noop("Mines or other explosive ordnance found"),
    # safety: of an alert
    Reason.DECREE: gettext_noop("Area closed because of explosive ordnance"),
    # safety: of an alert
    Reason.FLOOD_DISPLACEMENT: gettext_noop("Water may have moved mines or other explosive ordnance"),
    # safety: of an alert
    Reason.CORRECTION: gettext_noop("Corrected warning of explosive ordnance"),
    # safety: of an alert
    Reason.WITHDRAWAL: gettext_noop("Warning of explosive ordnance withdrawn"),
    # safety: of an alert
    Reason.ALL_OVER: gettext_noop("Alert ended"),
}
EVENT_SHORT: Final[Mapping[Reason, str]] = {
    # safety: of an alert, in an SMS
    Reason.NEW_FINDING: gettext_noop("Mines or explosives found"),
    # safety: of an alert, in an SMS
    Reason.DECREE: gettext_noop("Closed, mines or explosives"),
    # safety: of an alert, in an SMS
    Reason.FLOOD_DISPLACEMENT: gettext_noop("Water may have moved mines or explosives"),
}
"""What an SMS says of an event: a part holds 67 characters where one of them is beyond the 7-bit alphabet."""
DESCRIPTION: Final[Mapping[Reason, str]] = {
    # safety: of an alert
    Reason.NEW_FINDING: gettext_noop(
        "Mines or other explosive ordnance were found, or are suspected, in the area shown."
    ),
    # safety: of an alert
    Reason.DECREE: gettext_noop(
        "The authority has closed the area shown because of mines or other explosive ordnance."
    ),
    # safety: of an alert
    Reason.FLOOD_DISPLACEMENT: gettext_noop(
        "Water may have moved mines or other explosive ordnance. They may lie where none was recorded, also outside "
        "the area shown."
    ),
    # safety: of an alert
    Reason.CORRECTION: gettext_noop("This message replaces an earlier one. Use the area and the times given here."),
    # safety: of an alert
    Reason.WITHDRAWAL: gettext_noop(
        "The earlier alert is withdrawn. This says nothing about the ground: explosive ordnance that nobody recorded "
        "may be anywhere."
    ),
    # safety: of an alert
    Reason.ALL_OVER: gettext_noop(
        "The alert has ended. This does not mean that the place is safe: what is recorded stays recorded, and "
        "explosive ordnance that nobody recorded may be anywhere."
    ),
}
# safety: of an alert
KEEP_OUT: Final = gettext_noop(
    "Keep out of the area. Stay on roads and paths that people use every day. Do not touch anything that you do not "
    "know. If you are inside, stop, do not move, and call for help."
)
# safety: of an alert
FOLLOW: Final = gettext_noop(
    "Follow the signs on the ground and the messages of the authorities; look at the map of recorded areas."
)
# safety: of an alert
KEEP_OUT_SHORT: Final = gettext_noop("Keep out. Touch nothing.")
# safety: of an alert
NO_ASSURANCE_SHORT: Final = gettext_noop("This is no assurance about the ground.")
# safety: of an alert
EXERCISE: Final = gettext_noop("EXERCISE")
# safety: of an alert
HOLDS_UNTIL: Final = gettext_noop("until {expires}")
# safety: of an alert
UNTIL_SHORT: Final = gettext_noop("Until {expires}.")
FEED_TITLE: Final = gettext_noop("Alerts about mines and other explosive ordnance")
FEED_NOTE: Final = gettext_noop("What is not in this feed may still be there: no alert is no assurance.")


def translate(language: str, text: str) -> str:
    """A string of this module in a language; FieldRefused if it has no catalogue.

    >>> translate("en", EVENT[Reason.ALL_OVER])
    'Alert ended'
    """
    if language_of(language) is None:
        known = ", ".join(offered.tag for offered in LANGUAGES)
        raise FieldRefused("language", language, "has no translations of alert texts", f"use one of {known}")
    with speaking(language):
        return gettext(text)


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
    with speaking(language):
        until = gettext(HOLDS_UNTIL, expires=instant_text(message.expires))
        short_until = gettext(UNTIL_SHORT, expires=instant_text(message.expires, is_numeric=True))
    is_over = reason in (Reason.ALL_OVER, Reason.WITHDRAWAL)
    own = message.text_in(language)
    headline = f"{mark}{event}: {message.area_name}" + ("" if is_over else f", {until}")
    description = f"{mark}{say(DESCRIPTION[reason])}" + (f" {own}" if own else "")
    short = f"{mark}{say(EVENT_SHORT[reason]) if reason in EVENT_SHORT else event}: {message.area_name}."
    short += f" {say(NO_ASSURANCE_SHORT)}" if is_over else f" {say(KEEP_OUT_SHORT)} {short_until}"
    return Wording(language, event, headline, description, say(FOLLOW if is_over else KEEP_OUT), short)
