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
    known_states = tuple(library.state(name) for name in states)
    ban = [status(known_state.code, "apmbc", on=on, library=library) for known_state in known_states]
    rows = [
        ComparisonRow("Anti-Personnel Mine Ban Convention", label, tuple(values))
        for label, values in (
            ("status", [_word(state_status) for state_status in ban]),
            ("signed", [_act_day(state_status, ActKind.SIGNATURE) for state_status in ban]),
            ("consented", [_text(state_status.consent.on if state_status.consent else None) for state_status in ban]),
            ("in force from", [_text(state_status.in_force_from) for state_status in ban]),
            ("notice received", [_act_day(state_status, ActKind.NOTICE) for state_status in ban]),
            ("first day free", [_text(state_status.episode.effective_on) for state_status in ban]),
        )
    ]
    for key in library.treaties:
        if key != "apmbc" and on >= library.holding(key).general.adopted_on:
            standings = tuple(
                _word(status(known_state.code, key, on=on, library=library)) for known_state in known_states
            )
            rows.append(ComparisonRow("other treaties", key, standings))
    for deed in Deed:
        verdicts = [
            may(known_state.code, deed, Weapon.ANTI_PERSONNEL_MINES, on=on, library=library).verdict
            for known_state in known_states
        ]
        rows.append(
            ComparisonRow("anti-personnel mines", f"to {deed}", tuple(_SHORT_VERDICT[verdict] for verdict in verdicts))
        )
    subjects = list(dict.fromkeys(promise.subject for promise in library.promises))
    promised = {(promise.state, promise.subject): promise.value.value for promise in library.promises}
    for subject in subjects:
        values = tuple(promised.get((known_state.code, subject), NOTHING) for known_state in known_states)
        if set(values) != {NOTHING}:
            rows.append(ComparisonRow("promises", subject, values))
    return Comparison(on, known_states, tuple(rows))


def _word(status: Status) -> str:
    return status.word.noun


def _act_day(status: Status, kind: ActKind) -> str:
    act = status.act_on(kind)
    return _text(act.on if act else None)


def _text(day: date | None) -> str:
    return NOTHING if day is None else day.isoformat()
