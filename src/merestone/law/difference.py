"""What a list of the depositary says otherwise than the acts held here. It shows; it changes nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from merestone.law.act import CONSENTS, Act, ActKind
from merestone.law.library import Library, packaged
from merestone.law.state import UnknownState


@dataclass(frozen=True, slots=True)
class Listed:
    """One state's line in the depositary's list, as plain values."""

    name: str
    signed_on: date | None
    consented_on: date | None
    consent: ActKind | None
    withdrawal_notes: tuple[str, ...] = ()
    """Texts of the footnotes that speak of a withdrawal or denunciation by this state."""
    withdrawal_days: tuple[date, ...] = ()
    """The days that those footnotes name."""


class DifferenceKind(StrEnum):
    """How a line of the list and the acts held differ."""

    NEW_STATE = "in the list, not held"
    MISSING_STATE = "held, not in the list"
    OTHER_DAY = "another day"
    OTHER_ACT = "another kind of act"
    NEW_ACT = "an act that is not held"
    UNKNOWN_NAME = "a name that is not held"
    WITHDRAWAL = "a footnote on a withdrawal that is not held"


@dataclass(frozen=True, slots=True)
class ListDifference:
    """One difference between the depositary's list and the acts held."""

    kind: DifferenceKind
    name: str
    field: str
    listed: str
    held: str


def compare_list(
    treaty: str, listed: Iterable[Listed], *, library: Library | None = None
) -> tuple[ListDifference, ...]:
    """Every difference between a list and the acts held for a treaty, in the order of the list.

    Raises
    ------
    UnknownTreaty
    """
    library = library or packaged()
    holding = library.holding(treaty)
    found: list[ListDifference] = []
    seen: set[str] = set()
    for line in listed:
        try:
            state = library.state(line.name)
        except UnknownState as unknown:
            found.append(ListDifference(DifferenceKind.UNKNOWN_NAME, line.name, "name", line.name, unknown.remedy))
            continue
        seen.add(state.code)
        own = holding.by_state.get(state.code, ())
        if not any(act.kind in CONSENTS or act.kind is ActKind.SIGNATURE for act in own):
            said = _said(line)
            found.append(ListDifference(DifferenceKind.NEW_STATE, state.name, "state", said, "nothing"))
        else:
            found.extend(_of_state(state.name, line, own))
        found.extend(_withdrawals(state.name, line, own))
    for code, own in sorted(holding.by_state.items()):
        acts = [act for act in own if act.kind in CONSENTS or act.kind is ActKind.SIGNATURE]
        if acts and code not in seen:
            held = f"{acts[-1].kind} of {acts[-1].on}"
            name = library.states.by_code[code].name
            found.append(ListDifference(DifferenceKind.MISSING_STATE, name, "state", "nothing", held))
    return tuple(found)


def _said(line: Listed) -> str:
    parts = []
    if line.signed_on is not None:
        parts.append(f"signature of {line.signed_on}")
    if line.consented_on is not None:
        parts.append(f"{line.consent or 'consent'} of {line.consented_on}")
    return ", ".join(parts) or "no day"


def _of_state(name: str, line: Listed, own: tuple[Act, ...]) -> Iterable[ListDifference]:
    signature = next((act for act in own if act.kind is ActKind.SIGNATURE), None)
    consent = next((act for act in reversed(own) if act.kind in CONSENTS), None)
    yield from _day(name, "signature", line.signed_on, signature)
    yield from _day(name, "consent", line.consented_on, consent)
    # A list does not tell a ratification from a consent to be bound in every table; only marked kinds are compared.
    marked = line.consent not in (None, ActKind.RATIFICATION, ActKind.CONSENT)
    same_day = consent is not None and line.consented_on == consent.on
    if marked and same_day and consent is not None and consent.kind not in (line.consent, ActKind.CONSENT):
        yield ListDifference(DifferenceKind.OTHER_ACT, name, "act", str(line.consent), str(consent.kind))


def _day(name: str, field: str, listed: date | None, held: Act | None) -> Iterable[ListDifference]:
    if listed is not None and held is None:
        yield ListDifference(DifferenceKind.NEW_ACT, name, field, str(listed), "nothing")
    elif listed is not None and held is not None and listed != held.on:
        yield ListDifference(DifferenceKind.OTHER_DAY, name, field, str(listed), str(held.on))
    elif listed is None and held is not None:
        yield ListDifference(DifferenceKind.OTHER_DAY, name, field, "nothing", str(held.on))


def _withdrawals(name: str, line: Listed, own: tuple[Act, ...]) -> Iterable[ListDifference]:
    if not line.withdrawal_notes:
        return
    held = {act.on for act in own if act.kind in (ActKind.NOTICE, ActKind.IN_EFFECT, ActKind.RETRACTION)}
    if not held or not held & set(line.withdrawal_days):
        notes = " / ".join(line.withdrawal_notes)
        days = ", ".join(sorted(map(str, held))) or "nothing"
        yield ListDifference(DifferenceKind.WITHDRAWAL, name, "footnote", notes, days)
