"""The messages of the page's scripts, from the same catalogue: what comes from a .js file is sent to the browser.

There the category of a count is asked of the browser (Intl.PluralRules, CLDR's categories), and so forms are sent by
category, whatever the order of the catalogue's forms. How the language writes days stands with the empty message, where
gettext's files, too, keep what holds for a whole language.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

from babel import Locale

from merestone.languages.catalogue import Catalogue, catalogue_of
from merestone.languages.quantities import day_form
from merestone.languages.tags import Language, language_of

PHONE: Final = "/web/pocket/"
"""Where the scripts of the page for phones are, which has messages of its own."""


@cache
def page_messages(tag: str) -> Mapping[str, str | Mapping[str, str]]:
    """What each message of the scripts is in a language; a message with a count by category. Empty for English."""
    return _messages(tag, lambda path: path.endswith(".js") and PHONE not in path)


@cache
def phone_messages(tag: str) -> Mapping[str, str | Mapping[str, str]]:
    """The same of the page for phones."""
    return _messages(tag, lambda path: path.endswith(".js") and PHONE in path)


def _messages(tag: str, is_wanted: Callable[[str], bool]) -> dict[str, str | Mapping[str, str]]:
    if tag == "en":
        return {}
    language = language_of(tag)
    assert language is not None
    catalogue = catalogue_of(tag)
    categories = _category_counts(language)
    messages: dict[str, str | Mapping[str, str]] = {"": day_form(language)}
    for entry in catalogue.entries:
        if not any(is_wanted(str(path)) for path, _ in entry.locations):
            continue
        ids: Any = entry.id
        if isinstance(ids, str):
            messages[ids] = catalogue.text(ids)
        else:
            messages[ids[0]] = _by_category(catalogue, ids, categories)
    return messages


def _by_category(catalogue: Catalogue, ids: tuple[str, str], counts: Mapping[str, int]) -> dict[str, str]:
    forms = {category: catalogue.plural_text(*ids, count) for category, count in counts.items()}
    forms.setdefault("other", catalogue.plural_text(*ids, 1000))
    return forms


def _category_counts(language: Language) -> dict[str, int]:
    """For each category of whole numbers, a count that is of it."""
    plural = Locale.parse(language.cldr).plural_form
    counts: dict[str, int] = {}
    for count in (*range(200, -1, -1), 1_000_000):
        counts[plural(count)] = count
    return counts
