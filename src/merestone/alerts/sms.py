"""An alert as the text of an SMS, and how many messages a network makes of it.

Source: 3GPP TS 23.038 (the 7-bit alphabet and its extension) and TS 23.040, 9.2.3.24.1 (long messages).
"""

from dataclasses import dataclass
from typing import Final

from merestone.alerts.message import AlertMessage
from merestone.alerts.wording import wording

_GSM7: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM7_EXTENSION: Final = frozenset("\f^{}\\[~]|€")
"""Characters that take two places."""


@dataclass(frozen=True, slots=True)
class Sms:
    """A text and what it costs to send."""

    text: str
    encoding: str
    """``GSM-7``, or ``UCS-2`` where a character is not in the 7-bit alphabet."""
    units: int
    """Septets, or 16-bit units."""
    parts: int
    """Messages that a network makes of it: one of 160 septets or 70 units, else of 153 or 67 each."""


def sms_of(message: AlertMessage, language: str) -> Sms:
    """The alert in one line: what, where, until when, what to do, where to read more."""
    text = wording(message, language).short
    return sms_sized(f"{text} {message.web}" if message.web else text)


def sms_sized(text: str) -> Sms:
    """A text with its encoding, its size and the number of messages.

    >>> sms_sized("Keep out").encoding, sms_sized("x" * 161).parts, sms_sized("Ž").encoding
    ('GSM-7', 2, 'UCS-2')
    """
    if all(character in _GSM7 or character in _GSM7_EXTENSION for character in text):
        widths = [2 if character in _GSM7_EXTENSION else 1 for character in text]
        return Sms(text, "GSM-7", sum(widths), _parts(widths, 160, 153))
    widths = [len(character.encode("utf-16-be")) // 2 for character in text]
    return Sms(text, "UCS-2", sum(widths), _parts(widths, 70, 67))


def _parts(widths: list[int], alone: int, each: int) -> int:
    """How many messages: no character is cut in two, so some parts may not be full."""
    if sum(widths) <= alone:
        return 1
    parts, left = 1, each
    for width in widths:
        if width > left:
            parts, left = parts + 1, each
        left -= width
    return parts
