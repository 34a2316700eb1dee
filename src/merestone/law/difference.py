"""What a list of the depositary says otherwise than the acts held here. It shows; it changes nothing."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from io import StringIO

from merestone.law.act import CONSENTS, Act, ActKind
from merestone.law.clause import Treaty
from merestone.law.library import Library, packaged
from merestone.law.state import UnknownState
from merestone.terms import Confidence, renamed_attribute


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
    applied_on: date | None = None
    """Since when it applies the treaty provisionally."""
    is_in_brackets: bool = False
    """The days stand in brackets: the state has left."""


class DifferenceKind(StrEnum):
    """How a line of the list and the acts held differ."""

    NEW_STATE = "in the list, not held"
    MISSING_STATE = "held, not in the list"
    OTHER_DAY = "another day"
    OTHER_ACT = "another kind of act"
    NEW_ACT = "an act that is not held"
    UNKNOWN_NAME = "a name that is not held"
    WITHDRAWAL = "a footnote on a withdrawal that is not held"
    LEFT = "in brackets, but no withdrawal is held"
    NOT_LEFT = "a withdrawal is held, but it is not in brackets"


@dataclass(frozen=True, slots=True)
class ListDifference:
    """One difference between the depositary's list and the acts held."""

    kind: DifferenceKind
    name: str
    field: str
    listed: str
    recorded: str
    rows: tuple[str, ...] = ()
    """Rows for ``acts/KEY.csv`` that would hold what the list says, ready to be looked at and taken over."""

    held = renamed_attribute("held", "recorded")


def compare_list(
    treaty: str, listed: Iterable[Listed], *, as_at: date | None = None, library: Library | None = None
) -> tuple[ListDifference, ...]:
    """Every difference between a list and the acts held for a treaty, in the order of the list.

    Parameters
    ----------
    as_at
        The day of the list, as it says itself; it goes into the source of the rows.

    Raises
    ------
    UnknownTreaty
    """
    library = library or packaged()
    holding = library.holding(treaty)
    results: list[ListDifference] = []
    seen: set[str] = set()
    for line in listed:
        try:
            state = library.state(line.name)
        except UnknownState as unknown:
            results.append(ListDifference(DifferenceKind.UNKNOWN_NAME, line.name, "name", line.name, unknown.remedy))
            continue
        seen.add(state.code)
        own = holding.by_state.get(state.code, ())
        writer = _Writer(state.code, holding.treaty, as_at)
        if not any(act.kind in CONSENTS or act.kind is ActKind.SIGNATURE for act in own):
            description = _listed_text(line)
            results.append(
                ListDifference(
                    DifferenceKind.NEW_STATE, state.name, "state", description, "nothing", writer.of_line(line)
                )
            )
        else:
            results.extend(_of_state(state.name, line, own, writer))
        results.extend(_withdrawals(state.name, line, own, writer, as_at))
    for code, own in sorted(holding.by_state.items()):
        acts = [act for act in own if act.kind in CONSENTS or act.kind is ActKind.SIGNATURE]
        if acts and code not in seen:
            last_act = f"{acts[-1].kind} of {acts[-1].on}"
            name = library.states.by_code[code].name
            results.append(ListDifference(DifferenceKind.MISSING_STATE, name, "state", "nothing", last_act))
    return tuple(results)


def _listed_text(line: Listed) -> str:
    parts = []
    if line.signed_on is not None:
        parts.append(f"signature of {line.signed_on}")
    if line.consented_on is not None:
        parts.append(f"{line.consent or 'consent'} of {line.consented_on}")
    return ", ".join(parts) or "no day"


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes rows for ``acts/KEY.csv``, with the list as their source."""

    state: str
    treaty: Treaty
    as_at: date | None

    def row(self, kind: ActKind, on: date, note: str = "") -> str:
        chapter, _, number = self.treaty.number.partition("-")
        day = self.as_at or "DAY OF THE LIST"
        source = f"UN Treaty Collection, chapter {chapter}, no. {number}, status as at {day}"
        scope = "" if kind is not ActKind.PROVISIONAL else "SCOPE"
        text = StringIO(newline="")
        confidence = Confidence.DEPOSITARY.value
        csv.writer(text, lineterminator="").writerow(
            (self.state, self.treaty.key, kind.value, on, "", source, confidence, note, scope)
        )
        return text.getvalue()

    def of_line(self, line: Listed) -> tuple[str, ...]:
        rows = []
        if line.signed_on is not None:
            rows.append(self.row(ActKind.SIGNATURE, line.signed_on))
        if line.consented_on is not None:
            rows.append(self.row(line.consent or ActKind.RATIFICATION, line.consented_on))
        if line.applied_on is not None:
            rows.append(self.row(ActKind.PROVISIONAL, line.applied_on))
        return tuple(rows)


def _of_state(name: str, line: Listed, own: tuple[Act, ...], writer: _Writer) -> Iterable[ListDifference]:
    signature = next((act for act in own if act.kind is ActKind.SIGNATURE), None)
    consent = next((act for act in reversed(own) if act.kind in CONSENTS), None)
    applied = next((act for act in own if act.kind is ActKind.PROVISIONAL), None)
    yield from _day(name, line.signed_on, signature, field="signature", kind=ActKind.SIGNATURE, writer=writer)
    yield from _day(
        name, line.consented_on, consent, field="consent", kind=line.consent or ActKind.RATIFICATION, writer=writer
    )
    if line.applied_on is not None:  # a declaration of it stands in the notes of some lists, and in no column
        yield from _day(
            name, line.applied_on, applied, field="provisional application", kind=ActKind.PROVISIONAL, writer=writer
        )
    # A list does not tell a ratification from a consent to be bound in every table; only marked kinds are compared.
    marked = line.consent not in (None, ActKind.RATIFICATION, ActKind.CONSENT)
    same_day = consent is not None and line.consented_on == consent.on
    if marked and same_day and consent is not None and consent.kind not in (line.consent, ActKind.CONSENT):
        yield ListDifference(DifferenceKind.OTHER_ACT, name, "act", str(line.consent), str(consent.kind))


def _day(
    name: str, listed: date | None, act: Act | None, *, field: str, kind: ActKind, writer: _Writer
) -> Iterable[ListDifference]:
    rows = () if listed is None else (writer.row(kind, listed),)
    if listed is not None and act is None:
        yield ListDifference(DifferenceKind.NEW_ACT, name, field, str(listed), "nothing", rows)
    elif listed is not None and act is not None and (listed != act.on or not act.is_dated):
        yield ListDifference(DifferenceKind.OTHER_DAY, name, field, str(listed), act.day_text, rows)
    elif listed is None and act is not None:
        yield ListDifference(DifferenceKind.OTHER_DAY, name, field, "nothing", act.day_text)


def _withdrawals(
    name: str, line: Listed, own: tuple[Act, ...], writer: _Writer, as_at: date | None
) -> Iterable[ListDifference]:
    last_act = {act.on for act in own if act.kind in (ActKind.NOTICE, ActKind.IN_EFFECT, ActKind.RETRACTION)}
    left = [act.on for act in own if act.kind is ActKind.IN_EFFECT and act.on <= (as_at or act.on)]
    days = ", ".join(sorted(map(str, last_act))) or "nothing"
    if line.withdrawal_notes and (not last_act or not last_act & set(line.withdrawal_days)):
        notes = " / ".join(line.withdrawal_notes)
        received = sorted(line.withdrawal_days)[:1]  # a footnote names the receipt first, then the effect
        rows = tuple(writer.row(ActKind.NOTICE, on, "by the footnote: look at it") for on in received)
        yield ListDifference(DifferenceKind.WITHDRAWAL, name, "footnote", notes, days, rows)
    elif line.is_in_brackets and not left:
        yield ListDifference(DifferenceKind.LEFT, name, "brackets", "in brackets", days)
    elif left and not line.is_in_brackets:
        yield ListDifference(DifferenceKind.NOT_LEFT, name, "brackets", "not in brackets", days)
