"""What an error says to the public, in the language of the answer; in English, marked so, where it has no other words.

Programs get the English detail, with the values that it names; people get a sentence that stands in the catalogues.
"""

from dataclasses import dataclass
from typing import Final

from merestone.languages import current_language, gettext, gettext_noop
from merestone.law import UnknownState, UnknownTreaty
from merestone.register import RecordUnknown, RegisterBusy, RegisterMissing
from merestone.service.check_feed import FeedStale
from merestone.service.problem import detail_of
from merestone.terms import MerestoneError, SpokenRefused

NO_SUCH_PAGE: Final = gettext_noop("there is no such page here; start at /")
NO_SUCH_RECORD: Final = gettext_noop("there is no record of this name here; /areas lists all records")
_BY_KIND: Final[tuple[tuple[tuple[type[MerestoneError], ...], str], ...]] = (
    ((RecordUnknown,), NO_SUCH_RECORD),
    ((UnknownState,), gettext_noop("there is no state with this code here; /law lists all states")),
    ((UnknownTreaty,), gettext_noop("there is no treaty of this name here; /law lists all treaties")),
    ((RegisterBusy, RegisterMissing), gettext_noop("the register cannot be read now; ask again in a few seconds")),
    (
        (FeedStale,),
        # safety: no place is checked now
        gettext_noop(
            "the register was written to, and could not be read since; no place is checked against what may no longer "
            "hold"
        ),
    ),
)


@dataclass(frozen=True)
class ErrorWords:
    """What a page says of an error."""

    text: str
    is_english: bool
    """Whether it is English on a page that speaks another language, and is to be marked so."""


def words_of_error(error: MerestoneError) -> ErrorWords:
    """What an error of ours says to people."""
    is_spoken = isinstance(error, SpokenRefused) and error.language == current_language().tag
    if is_spoken or current_language().tag == "en":
        return ErrorWords(detail_of(error), is_english=False)
    for kinds, message in _BY_KIND:
        if isinstance(error, kinds):
            return ErrorWords(gettext(message), is_english=False)
    return ErrorWords(detail_of(error), is_english=True)


def words_of_detail(detail: str) -> ErrorWords:
    """What the detail of an HTTP error says to people; one that was put in their language where it arose stays so."""
    return ErrorWords(gettext(detail) if detail == NO_SUCH_PAGE else detail, is_english=False)
