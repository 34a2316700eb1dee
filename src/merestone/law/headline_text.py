"""The headlines of answers about treaties in the language that is spoken: what a state is to a treaty, and verdicts.

Whatever stands below a headline (clauses, reasons, sources) is in English, the language of the sources; in English a
headline is what `Status.phrase` and the verdict say.
"""

from datetime import date
from typing import Final

from merestone.languages import current_language, day_text, gettext, gettext_noop
from merestone.law.clause import Deed, Verdict, Weapon
from merestone.law.duty import DutyState
from merestone.law.episode import Word
from merestone.law.party_list import Standing
from merestone.law.state import State
from merestone.law.state_status import Status

TREATY_NAMES: Final = (
    gettext_noop("Anti-Personnel Mine Ban Convention"),
    gettext_noop("Convention on Cluster Munitions"),
    gettext_noop("Convention on Certain Conventional Weapons"),
    gettext_noop("CCW Amended Protocol II"),
    gettext_noop("Amendment of CCW article 1"),
    gettext_noop("CCW Protocol II (1980)"),
    gettext_noop("CCW Protocol IV"),
    gettext_noop("CCW Protocol V"),
)
"""The short names of the treaties held; a test holds them equal to those of the data."""
_VERDICTS: Final = {
    Verdict.PROHIBITED: gettext_noop("prohibited"),
    Verdict.RESTRICTED: gettext_noop("restricted"),
    Verdict.NOT_KNOWN: gettext_noop("not known"),
    Verdict.NOT_PROHIBITED: gettext_noop("not prohibited by any treaty covered here"),
}
_PLAIN_VERDICTS: Final = {
    Verdict.PROHIBITED: gettext_noop("No, it is prohibited"),
    Verdict.RESTRICTED: gettext_noop("Only under conditions"),
    Verdict.NOT_KNOWN: gettext_noop("Not known here"),
    Verdict.NOT_PROHIBITED: gettext_noop("No treaty covered here forbids it"),
}
_DEEDS: Final = {
    Deed.USE: gettext_noop("use"),
    Deed.DEVELOP: gettext_noop("develop"),
    Deed.PRODUCE: gettext_noop("produce"),
    Deed.ACQUIRE: gettext_noop("acquire"),
    Deed.STOCKPILE: gettext_noop("stockpile"),
    Deed.RETAIN: gettext_noop("retain"),
    Deed.TRANSFER: gettext_noop("transfer"),
    Deed.ASSIST: gettext_noop("assist"),
}
_WEAPONS: Final = {
    Weapon.ANTI_PERSONNEL_MINES: gettext_noop("anti-personnel mines"),
    Weapon.OTHER_MINES: gettext_noop("other mines"),
    Weapon.BOOBY_TRAPS: gettext_noop("booby traps"),
    Weapon.OTHER_DEVICES: gettext_noop("other devices"),
    Weapon.CLUSTER_MUNITIONS: gettext_noop("cluster munitions"),
    Weapon.BLINDING_LASER_WEAPONS: gettext_noop("blinding laser weapons"),
}
_STANDINGS: Final = {
    Standing.BOUND: gettext_noop("bound"),
    Standing.JOINED: gettext_noop("joined, not yet bound"),
    Standing.SIGNATORY: gettext_noop("signed, not joined"),
    Standing.WITHDRAWN: gettext_noop("withdrawn"),
    Standing.NOT_KNOWN: gettext_noop("not known"),
    Standing.OUTSIDE: gettext_noop("neither signed nor joined"),
}
_WORDS: Final = {
    Word.NEVER: gettext_noop("never a party"),
    Word.SIGNATORY: gettext_noop("signatory"),
    Word.DEPOSITED: gettext_noop("joined, not yet bound"),
    Word.PARTY: gettext_noop("party"),
    Word.WITHDRAWING: gettext_noop("withdrawing"),
    Word.WITHDRAWN: gettext_noop("withdrawn"),
    Word.CONTESTED: gettext_noop("contested"),
    Word.NOT_KNOWN: gettext_noop("not known"),
}
_DUTY_STATES: Final = {
    DutyState.PENDING: gettext_noop("pending"),
    DutyState.DUE: gettext_noop("due"),
    DutyState.OVERDUE: gettext_noop("overdue"),
    DutyState.PASSED: gettext_noop("day passed, not known whether met"),
    DutyState.MET: gettext_noop("met"),
    DutyState.ENDED: gettext_noop("ended by withdrawal"),
    DutyState.SURVIVING: gettext_noop("surviving withdrawal"),
}


def state_text(state: State) -> str:
    """A state's name: as the UN Treaty Collection writes it, or as CLDR has it in another language.

    >>> state_text(State("LTU", "LT", "Lithuania", (), ""))
    'Lithuania'
    """
    language = current_language()
    if language.tag == "en":
        return state.name
    from babel import Locale

    name: str | None = Locale.parse(language.cldr).territories.get(state.iso2)
    return name or state.name


def treaty_text(short_name: str) -> str:
    """A treaty's short name."""
    return gettext(short_name)


def verdict_text(verdict: Verdict) -> str:
    """What the treaties say of a deed, in the words of lawyers.

    >>> verdict_text(Verdict.NOT_PROHIBITED)
    'not prohibited by any treaty covered here'
    """
    return gettext(_VERDICTS[verdict])


def plain_verdict_text(verdict: Verdict) -> str:
    """The same for somebody who has never read a treaty.

    >>> plain_verdict_text(Verdict.PROHIBITED)
    'No, it is prohibited'
    """
    return gettext(_PLAIN_VERDICTS[verdict])


def deed_text(deed: Deed) -> str:
    """A deed."""
    return gettext(_DEEDS[deed])


def weapon_text(weapon: Weapon) -> str:
    """A kind of weapon."""
    return gettext(_WEAPONS[weapon])


def standing_text(standing: Standing) -> str:
    """A group of a list of parties."""
    return gettext(_STANDINGS[standing])


def word_text(word: Word) -> str:
    """What a state is to a treaty, without a day; the word's own value in English, after which a day may stand."""
    return word.value if current_language().tag == "en" else gettext(_WORDS[word])


def duty_state_text(state: DutyState) -> str:
    """Where a duty stands."""
    return gettext(_DUTY_STATES[state])


def status_text(status: Status) -> str:
    """What a state is to a treaty on a day, with its day; `Status.headline` in English.

    >>> from merestone.languages import speaking
    >>> from merestone.law import status
    >>> answer = status("LTU", "apmbc", on=date(2025, 12, 31))
    >>> with speaking("lt"):
    ...     status_text(answer)
    'pasitraukusi nuo 2025 m. gruodžio 27 d.'
    """
    if current_language().tag == "en":
        return status.headline
    parts = [_word_with_day(status)]
    if status.episode.provisional_from is not None and not status.is_bound:
        parts.append(gettext("applies it provisionally since {day}", day=day_text(status.episode.provisional_from)))
    if status.projection and status.complete_until is not None:
        parts.append(
            gettext(
                "the records are complete to {day}: a later act could have changed this",
                day=day_text(status.complete_until),
            )
        )
    return "; ".join(parts)


def _word_with_day(status: Status) -> str:
    episode = status.episode
    match episode.word:
        case Word.PARTY | Word.CONTESTED:
            since = _since(episode.party_from, is_latest=episode.is_latest)
            if episode.word is Word.PARTY:
                return since
            return f"{word_text(episode.word)}: {since}; " + gettext("a purported suspension is objected to")
        case Word.WITHDRAWING:
            if episode.effective_on is None:
                return gettext("withdrawing, still bound; not before the end of the armed conflict")
            return gettext("withdrawing, still bound until {day}", day=day_text(episode.effective_on))
        case Word.WITHDRAWN if episode.effective_on is not None:
            return gettext("withdrawn since {day}", day=day_text(episode.effective_on))
        case Word.DEPOSITED if episode.bound_from is not None:
            return gettext("joined, bound from {day} at the latest", day=day_text(episode.bound_from))
        case _:
            return word_text(episode.word)


def _since(day: date | None, *, is_latest: bool) -> str:
    if day is None:
        return word_text(Word.PARTY)
    if is_latest:
        return gettext("party since {day} at the latest", day=day_text(day))
    return gettext("party since {day}", day=day_text(day))
