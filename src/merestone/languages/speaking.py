"""The language of the answer that is being made, for whatever is called on the way."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from merestone.languages.tags import LANGUAGES, Language, language_of

_CURRENT: Final[ContextVar[Language]] = ContextVar("language", default=LANGUAGES[0])


def current_language() -> Language:
    """The language of this answer; English unless somebody chose another.

    >>> current_language().tag
    'en'
    """
    return _CURRENT.get()


@contextmanager
def speaking(tag: str) -> Iterator[Language]:
    """Speak a language until the block ends, in this thread or task and in those that it starts.

    Raises
    ------
    LookupError
        There is no such language.

    >>> with speaking("lt") as language:
    ...     current_language().name
    'lietuvių'
    """
    language = language_of(tag)
    if language is None:
        raise LookupError(f"there is no language {tag!r}")
    token = _CURRENT.set(language)
    try:
        yield language
    finally:
        _CURRENT.reset(token)
