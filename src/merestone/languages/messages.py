"""A message in the language of this answer. English messages are their own names, as gettext has it."""

from collections.abc import Mapping
from typing import TypeVar, cast

from merestone.languages.speaking import current_language, speaking


def gettext(message: str, **values: object) -> str:
    """A message, with values in the places that it names in braces.

    >>> gettext("Near a recorded hazard: {kind}", kind="spot find")
    'Near a recorded hazard: spot find'
    """
    language = current_language()
    text = message
    if language.tag != "en":
        from merestone.languages.catalogue import catalogue_of

        text = catalogue_of(language.tag).text(message)
    return filled(text, values) if values else text


T = TypeVar("T", bound=str)


def filled(text: T, values: Mapping[str, object]) -> T:
    """A text with values in its places; no full stop follows a value that ends with one, as days of Lithuanian do.

    Markup stays markup, and escapes what is put into it.

    >>> filled("Data of: {day}.", {"day": "2026 m. gegužės 3 d."})
    'Data of: 2026 m. gegužės 3 d.'
    """
    for name, value in values.items():
        if str(value).endswith("."):
            text = cast(T, text.replace(f"{{{name}}}.", f"{{{name}}}"))
    return cast(T, text.format(**values))


def ngettext(singular: str, plural: str, count: int, **values: object) -> str:
    """A message whose form depends on a count, which stands where it has ``{count}``.

    >>> ngettext("{count} record", "{count} records", 1200)
    '1,200 records'
    """
    from merestone.languages.quantities import number_text

    language = current_language()
    if language.tag == "en":
        text = singular if count == 1 else plural
    else:
        from merestone.languages.catalogue import catalogue_of

        text = catalogue_of(language.tag).plural_text(singular, plural, count)
    return filled(text, {"count": number_text(count), **values})


def gettext_noop(message: str) -> str:
    """The message itself: marks for the catalogues what is put through `gettext` later."""
    return message


def in_english(message: str, **values: object) -> str:
    """A message in English, whatever is spoken."""
    with speaking("en"):
        return gettext(message, **values)


def needs_english() -> bool:
    """Whether what people's lives may hang on is to be shown in English too.

    So it is until a speaker of the language has reviewed each such message, because a wrong word there is worse than
    a foreign one.
    """
    language = current_language()
    if language.tag == "en":
        return False
    from merestone.languages.catalogue import unreviewed_safety_messages

    return bool(unreviewed_safety_messages(language.tag))
