"""The messages of one language, from its .po file as it stands.

A message on which somebody's life may hang has ``safety`` as a comment of the code; a message that a speaker of the
language has reviewed has the translator's comment ``reviewed: NAME, YYYY-MM-DD``.
"""

import gettext as gettext_library
import re
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Final

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from merestone.languages.pseudo import disguised
from merestone.languages.tags import PSEUDO_LANGUAGES

TEMPLATE: Final = "messages.pot"
"""Every message, without translations."""
SAFETY: Final = "safety"
"""What a comment in the code begins with that marks a message on which somebody's life may hang."""
_REVIEWED: Final = re.compile(r"^reviewed: [^,]+, \d{4}-\d{2}-\d{2}$")


class Catalogue:
    """The messages of one language."""

    def __init__(self, entries: Catalog, disguise: Callable[[str], str] | None = None) -> None:
        self.entries = entries
        self._disguise = disguise
        compiled = BytesIO()
        write_mo(compiled, entries)
        compiled.seek(0)
        self._translations = gettext_library.GNUTranslations(compiled)

    def text(self, message: str) -> str:
        """A message; itself if the catalogue has it not."""
        return self._disguise(message) if self._disguise else self._translations.gettext(message)

    def plural_text(self, singular: str, plural: str, count: int) -> str:
        """The form of a message for a count."""
        if self._disguise:
            return self._disguise(singular if count == 1 else plural)
        return self._translations.ngettext(singular, plural, count)


@cache
def catalogue_of(tag: str) -> Catalogue:
    """The catalogue of a language, read once. A pseudo-language has the messages of the template, disguised."""
    is_pseudo = any(language.tag == tag for language in PSEUDO_LANGUAGES)
    name = TEMPLATE if is_pseudo or tag == "en" else f"{tag}.po"
    with (files("merestone.languages") / "catalogues" / name).open("rb") as file:
        entries = read_po(file, locale=None if name == TEMPLATE else tag)
    return Catalogue(entries, (lambda text: disguised(text, tag)) if is_pseudo else None)


def is_safety_message(message: Message) -> bool:
    """Whether somebody's life may hang on a message."""
    return any(comment.startswith(SAFETY) for comment in message.auto_comments)


def is_reviewed(message: Message) -> bool:
    """Whether a speaker of the language has reviewed the translation as it stands."""
    return not message.fuzzy and any(_REVIEWED.match(comment.strip()) for comment in message.user_comments)


@cache
def unreviewed_safety_messages(tag: str) -> tuple[str, ...]:
    """The messages for people's lives whose translation nobody has reviewed yet."""
    messages = [message for message in catalogue_of(tag).entries if message.id and is_safety_message(message)]
    ids = [message.id if isinstance(message.id, str) else message.id[0] for message in messages]
    return tuple(id_ for id_, message in zip(ids, messages, strict=True) if not is_reviewed(message))
