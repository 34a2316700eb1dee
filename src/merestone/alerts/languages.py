"""The languages that an alert is given in: those that the authority chose, and English beside a draft."""

from collections.abc import Sequence

from merestone.languages import LANGUAGES, unreviewed_safety_messages


def languages_of_alert(chosen: Sequence[str]) -> tuple[str, ...]:
    """The languages chosen, and English after them if nobody has reviewed the words of one of them.

    >>> languages_of_alert(["en"])
    ('en',)
    """
    needs_english = any(tag != LANGUAGES[0].tag and unreviewed_safety_messages(tag) for tag in chosen)
    english = () if LANGUAGES[0].tag in chosen or not needs_english else (LANGUAGES[0].tag,)
    return (*chosen, *english)
