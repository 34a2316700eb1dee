"""States side by side on a day: what each did, what binds it, what it may do and what it has promised."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from merestone.law.act import ActKind
from merestone.law.clause import Deed, Verdict, Weapon
from merestone.law.library import Library, packaged
from merestone.law.permission import may
from merestone.law.state import State
from merestone.law.state_status import Status, status

NOTHING = "-"

_SHORT_VERDICT = {
    Verdict.PROHIBITED: "prohibited",
    Verdict.RESTRICTED: "restricted",
    Verdict.NOT_KNOWN: "not known",
    Verdict.NOT_PROHIBITED: "not prohibited",
}


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """One property of all states compared; `NOTHING` where there is nothing to say."""

    section: str
    label: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """States side by side."""

    on: date
    states: tuple[State, ...]
    rows: tuple[ComparisonRow, ...]


def compare(states: Sequence[str], *, on: date, library: Library | None = None) -> Comparison:
    """Put states side by side on a day.

    Raises
    ------
    UnknownState, BeforeTheTreaty
    """
    library = library or packaged()
    found = tuple(library.state(name) for name in states)
    ban = [status(one.code, "apmbc", on=on, library=library) for one in found]
    rows = [
        ComparisonRow("Anti-Personnel Mine Ban Convention", label, tuple(values))
        for label, values in (
            ("status", [_word(one) for one in ban]),
            ("signed", [_act_day(one, ActKind.SIGNATURE) for one in ban]),
            ("consented", [_text(one.consent.on if one.consent else None) for one in ban]),
            ("in force from", [_text(one.in_force_from) for one in ban]),
            ("notice received", [_act_day(one, ActKind.NOTICE) for one in ban]),
            ("first day free", [_text(one.episode.effective_on) for one in ban]),
        )
    ]
    for key in library.treaties:
        if key != "apmbc" and on >= library.holding(key).general.adopted_on:
            words = tuple(_word(status(one.code, key, on=on, library=library)) for one in found)
            rows.append(ComparisonRow("other treaties", key, words))
    for deed in Deed:
        verdicts = [may(one.code, deed, Weapon.ANTI_PERSONNEL_MINES, on=on, library=library).verdict for one in found]
        rows.append(
            ComparisonRow("anti-personnel mines", f"to {deed}", tuple(_SHORT_VERDICT[verdict] for verdict in verdicts))
        )
    subjects = list(dict.fromkeys(promise.subject for promise in library.promises))
    held = {(promise.state, promise.subject): promise.value.value for promise in library.promises}
    for subject in subjects:
        values = tuple(held.get((one.code, subject), NOTHING) for one in found)
        if set(values) != {NOTHING}:
            rows.append(ComparisonRow("promises", subject, values))
    return Comparison(on, found, tuple(rows))


def _word(one: Status) -> str:
    return one.word.noun


def _act_day(one: Status, kind: ActKind) -> str:
    act = one.act_on(kind)
    return _text(act.on if act else None)


def _text(day: date | None) -> str:
    return NOTHING if day is None else day.isoformat()
