"""Which language an answer is in, and how it writes numbers, days and counts."""

import threading
from datetime import UTC, date, datetime

import pytest
from babel.dates import format_date
from hypothesis import given
from hypothesis import strategies as st

from merestone.languages import (
    LANGUAGES,
    PSEUDO_LANGUAGES,
    Language,
    current_language,
    day_text,
    gettext,
    instant_text,
    metres_text,
    negotiated_language,
    ngettext,
    number_text,
    page_messages,
    speaking,
)
from merestone.languages.pseudo import CLOSED, OPENED

ROW = (
    "{count} row that may be a hazard has no usable place and could not be compared with.",
    "{count} rows that may be hazards have no usable place and could not be compared with.",
)


@pytest.mark.parametrize(
    ("chosen", "before", "accepted", "tag"),
    [
        ("lt", "pl", "uk", "lt"),
        ("", "pl", "uk", "pl"),
        ("", "", "uk-UA,uk;q=0.9,en;q=0.8", "uk"),
        ("", "", "en;q=0.1, fi;q=0.2", "fi"),
        ("", "", "eo, tlh;q=0.9", "en"),
        ("", "", "lt;q=0, be", "be"),
        ("", "", "lt;q=zero, *;q=0.5", "en"),
        ("xx", "", "et", "et"),
        ("", "", "en-XA", "en"),
        ("en-XA", "", "", "en-XA"),
        ("LV", "", "", "lv"),
        ("", "", "", "en"),
    ],
)
def test_the_language_named_comes_before_the_one_kept_and_that_before_what_the_browser_asks(
    chosen: str, before: str, accepted: str, tag: str
) -> None:
    assert negotiated_language(chosen, before, accepted).tag == tag


@given(st.text(), st.text(), st.text())
def test_whatever_is_sent_there_is_a_language(chosen: str, before: str, accepted: str) -> None:
    assert negotiated_language(chosen, before, accepted) in (*LANGUAGES, *PSEUDO_LANGUAGES)


def test_a_language_is_spoken_until_its_block_ends_and_in_its_thread_alone() -> None:
    heard = []
    with speaking("fi"):
        thread = threading.Thread(target=lambda: heard.append(current_language().tag))
        thread.start()
        thread.join()
        assert gettext("Map") == "Kartta"
        with pytest.raises(LookupError):
            speaking("xx").__enter__()
    assert (heard, gettext("Map")) == (["en"], "Map")


def test_numbers_days_and_distances_are_written_as_the_language_writes_them() -> None:
    """Against CLDR as Babel has it; the decimal comma and the unit's script are what a reader would stumble over."""
    day = date(2026, 11, 20)
    with speaking("lt"):
        assert number_text(12345.6, 1) == "12\xa0345,6"
        assert metres_text(12.3, "km", 1) == "12,3 km"
        assert day_text(day) == "2026 m. lapkričio 20 d."
    with speaking("uk"):
        assert metres_text(149) == "149 м"
        assert instant_text(datetime(2026, 11, 20, 14, 5, tzinfo=UTC)) == "20 листопада 2026\u202fр. 14:05 UTC"
    assert (number_text(12345), metres_text(149), day_text(day)) == ("12,345", "149 m", "2026-11-20")


def test_counts_take_the_form_of_the_language() -> None:
    with speaking("pl"):
        forms = [ngettext(*ROW, count).split(",")[0] for count in (1, 2, 5, 22)]
    assert forms == ["1 wiersz", "2 wiersze", "5 wierszy", "22 wiersze"]
    with speaking("lv"):
        assert ngettext(*ROW, 21).startswith("21 rindai")
        assert ngettext(*ROW, 11).startswith("11 rindām")


@pytest.mark.parametrize("language", LANGUAGES[1:], ids=lambda language: str(language.tag))
def test_the_page_has_the_messages_of_its_scripts_by_category_of_count(language: object) -> None:
    tag = getattr(language, "tag", "")
    messages = page_messages(tag)
    asking = "Checking this place. It has not been checked yet."
    with speaking(tag):
        assert messages[asking] == gettext(asking) != asking
    assert all("other" in forms for message, forms in messages.items() if message and not isinstance(forms, str))


@given(
    day=st.dates(date(1900, 1, 1), date(2199, 12, 31)), language=st.sampled_from([*LANGUAGES[1:], *PSEUDO_LANGUAGES])
)
def test_the_form_of_days_that_scripts_fill_in_is_that_of_cldr(day: date, language: Language) -> None:
    form = page_messages(language.tag)[""]
    assert not isinstance(form, str)
    parts = {"year": day.year, "month": form[str(day.month)], "number": day.month, "day": day.day}
    assert form["form"].format(**parts) == format_date(day, "long", locale=language.cldr)


@pytest.mark.parametrize("language", PSEUDO_LANGUAGES, ids=lambda language: str(language.tag))
def test_a_pseudo_language_keeps_places_and_brackets_every_message(language: object) -> None:
    with speaking(getattr(language, "tag", "")):
        text = gettext("Inside a recorded {kind}", kind="Šiauliai")
    assert text.startswith(OPENED)
    assert text.endswith(CLOSED)
    assert "Šiauliai" in text
    assert "recorded" not in text
