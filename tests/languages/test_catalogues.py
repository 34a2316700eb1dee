"""Every message of the public is in every catalogue, whole, and as the code says it now."""

import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg

from merestone.languages import LANGUAGES, catalogue_of, unreviewed_safety_messages
from merestone.languages.catalogue import is_reviewed, is_safety_message

TOP = Path(__file__).parents[2]
TRANSLATED = [language.tag for language in LANGUAGES if language.tag != "en"]
KEYWORDS: dict[str, Any] = {
    "_": None, "gettext": None, "gettext_noop": None, "safety_text": None, "ngettext": (1, 2),
}  # fmt: skip


def ids_of(message: Message) -> tuple[str, ...]:
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def strings_of(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


def messages_of(catalogue: Catalog) -> dict[tuple[str, ...], Message]:
    return {ids_of(message): message for message in catalogue if message.id}


@pytest.fixture(scope="module")
def extracted() -> set[tuple[str, ...]]:
    """What the code, the templates and the scripts say now, as `make messages` would find it."""
    with (TOP / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    rows = extract_from_dir(TOP, methods, options, keywords=KEYWORDS)
    return {(message,) if isinstance(message, str) else tuple(message) for _, _, message, _, _ in rows if message}


@pytest.mark.parametrize("tag", ["en", *TRANSLATED])
def test_every_message_of_the_code_is_in_the_catalogue_and_no_other(tag: str, extracted: set[tuple[str, ...]]) -> None:
    assert set(messages_of(catalogue_of(tag).entries)) == extracted, "run make messages, and translate what is new"


@pytest.mark.parametrize("tag", TRANSLATED)
def test_every_message_is_translated_in_every_form_with_the_same_places(tag: str) -> None:
    catalogue = catalogue_of(tag).entries
    for ids, message in messages_of(catalogue).items():
        assert not message.fuzzy, f"{tag}: {ids} is marked fuzzy, and English would be shown"
        assert len(strings_of(message)) == (1 if len(ids) == 1 else catalogue.num_plurals), f"{tag}: {ids}"
        for text in strings_of(message):
            assert text.strip(), f"{tag}: {ids} has no translation"
            places = set(re.findall(r"\{\w+\}", text))
            assert places == {place for id_ in ids for place in re.findall(r"\{\w+\}", id_)}, f"{tag}: {ids}"
            assert text.count("{") == text.count("}") == len(re.findall(r"\{\w+\}", text)), f"{tag}: {ids}"


@pytest.mark.parametrize("tag", TRANSLATED)
def test_plural_rules_are_those_of_cldr(tag: str) -> None:
    """Babel writes them into a new catalogue; a hand that copied another catalogue would not."""
    entries = catalogue_of(tag).entries
    assert entries.plural_forms == Catalog(locale=tag).plural_forms


@pytest.mark.parametrize("tag", TRANSLATED)
def test_a_translation_says_who_reviewed_it_and_a_draft_that_nobody_did(tag: str) -> None:
    """A comment `reviewed: NAME, YYYY-MM-DD` that is not of that form would count as no review and look like one."""
    catalogue = catalogue_of(tag).entries
    for ids, message in messages_of(catalogue).items():
        for comment in message.user_comments:
            assert "review" not in comment.lower() or is_reviewed(message), f"{tag}: {ids}: {comment}"
    if unreviewed_safety_messages(tag):
        assert "no speaker of the language has reviewed it" in catalogue.header_comment


def test_what_lives_may_hang_on_is_marked() -> None:
    """2026-11-29: this failed for the very review that docs/guide/translate.md shows."""
    messages = messages_of(catalogue_of("lt").entries)
    marked = {ids[0] for ids, message in messages.items() if is_safety_message(message)}
    assert "Inside a recorded {kind}" in marked
    assert "Do not go on. Leave the way you came, and ask the mine action authority." in marked
    assert "Skip to the content" not in marked


IN_ENGLISH = {"outline_map.js", "sending.js", "session.js", "typed.js", "typed_form.js", "alert_worker.js"}
"""Scripts of pages that are in English alone (the desk), and one without a page."""
SENTENCE = re.compile(r"['`][A-Z][a-z]+ [a-z]+ [a-z]+")


def test_no_script_of_a_public_page_speaks_past_the_catalogue() -> None:
    """2026-11-28: the button for pushes turned English as soon as its script ran, in every language."""
    folder = files("merestone.service") / "web"
    scripts = [file for file in folder.iterdir() if file.name.endswith(".js") and file.name not in IN_ENGLISH]
    assert any(file.name == "tell_me.js" for file in scripts)
    for file in scripts:
        lines = [line.strip() for line in file.read_text("utf-8").splitlines()]
        past = [line for line in lines if not line.startswith(("//", "*", "/*")) and "gettext(" not in line]
        assert not [line for line in past if SENTENCE.search(line)], file.name
