"""Headlines of answers about treaties, in nine languages, above the whole answer in English."""

import re
import unicodedata
from datetime import date

import pytest
from click.testing import CliRunner

from merestone.cli.main import merestone
from merestone.languages import LANGUAGES, speaking
from merestone.law import (
    Deed,
    DutyState,
    Standing,
    Verdict,
    Weapon,
    Word,
    deed_text,
    duty_state_text,
    packaged,
    standing_text,
    state_text,
    status,
    status_text,
    treaty_text,
    verdict_text,
    weapon_text,
    word_text,
)

DAY = date(2026, 11, 29)
TRANSLATED = [language.tag for language in LANGUAGES if language.tag != "en"]
ON = ("--on", "2026-11-29")
COMMANDS = {
    "status": ("status", "LTU", *ON),
    "status of one": ("status", "FIN", "--treaty", "apmbc", *ON),
    "may": ("may", "FIN", "produce", *ON),
    "may all": ("may", "FIN", "all", *ON),
    "duties": ("duties", "EST", *ON),
    "withdraw": ("withdraw", "FIN", "--notified", "2025-07-10"),
    "what if": ("withdraw", "FIN", "--notified", "2030-06-01", "--what-if", "accede:2028-01-15"),
    "compare": ("compare", "--states", "FIN,LTU", *ON),
    "treaty": ("treaty", "ccm"),
    "parties": ("parties", "--treaty", "apmbc", *ON),
}


@pytest.mark.parametrize("tag", TRANSLATED)
def test_every_word_of_a_headline_is_translated(tag: str) -> None:
    with speaking(tag):
        texts = [
            *map(word_text, Word),
            *map(verdict_text, Verdict),
            *map(deed_text, Deed),
            *map(weapon_text, Weapon),
            *map(standing_text, Standing),
            *map(duty_state_text, DutyState),
            *(treaty_text(holding.treaty.short) for holding in packaged().holdings()),
        ]
    with speaking("en"):
        english = {*Word, *Verdict, *Deed, *Weapon, *Standing, *DutyState, *map(word_text, Word)}
    assert not {str(value) for value in english} & set(texts)


@pytest.mark.parametrize("tag", ["lt", "ru", "uk", "be"])
def test_every_state_s_status_has_no_english_in_it(tag: str) -> None:
    """Every status that the records hold on a day; the words for a year's end ("г.", "m.") are CLDR's."""
    english = re.compile(r"\b(party|since|withdrawn|bound|joined|known|latest|signatory|never|until)\b")
    with speaking(tag):
        for holding in packaged().holdings():
            for state in packaged().states.all:
                assert not english.search(status_text(status(state.code, holding.treaty.key, on=DAY)))
                assert tag == "lt" or not re.search(r"[A-Za-z]", state_text(state)), state


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("tag", ["lt", "uk"])
def test_a_command_says_its_headline_in_the_language_and_everything_in_english(name: str, tag: str) -> None:
    """2026-11-29: `merestone law` had no --lang."""
    english = CliRunner().invoke(merestone, ["law", *COMMANDS[name]], standalone_mode=False)
    spoken = CliRunner().invoke(merestone, ["law", *COMMANDS[name], "--lang", tag], standalone_mode=False)
    assert spoken.exception is None
    above, below = spoken.output.split("\nIn English:\n")
    assert below == english.output
    assert not {line for line in above.splitlines() if line} & set(below.splitlines())


@pytest.mark.parametrize("tag", [language.tag for language in LANGUAGES])
def test_every_state_has_its_name_in_the_reader_s_letters(tag: str) -> None:
    letters = "CYRILLIC" if tag in ("be", "ru", "uk") else "LATIN"
    with speaking(tag):
        names = {state.code: state_text(state) for state in packaged().states.all}
    for code, name in names.items():
        of_name = [unicodedata.name(letter) for letter in name if letter.isalpha() and letter != "ʼ"]
        assert of_name, code
        assert all(letter.startswith(letters) for letter in of_name), (code, name)
