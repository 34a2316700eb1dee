"""What states did about a treaty: one row an act, with its day, the day it became known, its source and confidence."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

from merestone.terms import Confidence, FieldRefused, RowRefused, confidence_of, sourced_rows

EVERY_STATE = "*"
"""Stands in the column ``state`` of an act that concerns the treaty as a whole."""


class ActKind(StrEnum):
    """What was done. The values are the words that stand in the data files."""

    # of the treaty as a whole
    ADOPTION = "adoption"
    OPENING = "opening for signature"
    FIRST_GROUP = "last deposit of the first group"
    """The deposit that brought the treaty into force, e.g. the 40th: later ones have their own clause."""
    COMPLETE_LIST = "complete list"
    """Until this day all acts of all states are held."""

    # of a state
    SIGNATURE = "signature"
    RATIFICATION = "ratification"
    ACCEPTANCE = "acceptance"
    APPROVAL = "approval"
    ACCESSION = "accession"
    SUCCESSION = "succession"
    CONSENT = "consent to be bound"
    PROVISIONAL = "provisional application"
    DECLARATION = "declaration"
    ENTRY_INTO_FORCE = "entry into force"
    """As published; of a state, or of the treaty as a whole."""
    NATIONAL_STEP = "national step"
    """A bill, a vote, a decree: it has no effect under the treaty."""
    NOTICE = "notice of withdrawal"
    """Dated by its receipt by the depositary."""
    RETRACTION = "retraction of notice"
    IN_EFFECT = "withdrawal in effect"
    """As published; the first day not bound."""
    SUSPENSION = "purported suspension"
    RESUMPTION = "end of purported suspension"
    OBJECTION = "objection"
    FINDING = "finding of a meeting"
    CONFLICT_BEGINS = "armed conflict begins"
    """A person's entry. Nothing here infers it."""
    CONFLICT_ENDS = "armed conflict ends"
    NONE_FOUND = "no act found"
    """Somebody looked, until this day, and found that the state had done nothing."""


CONSENTS = frozenset(
    {
        ActKind.RATIFICATION,
        ActKind.ACCEPTANCE,
        ActKind.APPROVAL,
        ActKind.ACCESSION,
        ActKind.SUCCESSION,
        ActKind.CONSENT,
    }
)
"""The acts by which a state consents to be bound."""


@dataclass(frozen=True, slots=True)
class Act:
    """One act of one state (or of all, `EVERY_STATE`) about one treaty. `place` is the file and line it stands in."""

    state: str
    treaty: str
    kind: ActKind
    on: date
    known_on: date
    source: str
    confidence: Confidence
    note: str
    place: str
    latest_on: date | None = None
    """The last possible day of an act whose day is not known; `on` is the first. None: `on` is the day."""
    scope: str = ""
    """Of a provisional application: the article that is applied, such as 1(1)(a)."""

    @property
    def is_dated(self) -> bool:
        """False if only the first and the last possible day are known."""
        return self.latest_on is None

    @property
    def day_text(self) -> str:
        """The day; of an act without one, what is known of it.

        >>> from merestone.terms import Confidence
        >>> known = (date(2026, 11, 28), "a newspaper", Confidence.PRESS, "", "made up")
        >>> Act("LBN", "apmbc", ActKind.ACCESSION, date(2026, 2, 4), *known, date(2026, 11, 28)).day_text
        '2026, day not recorded'
        """
        if self.latest_on is None:
            return self.on.isoformat()
        if (self.on.year, self.on.month) == (self.latest_on.year, self.latest_on.month):
            return f"{self.on:%Y-%m}, day not recorded"
        if self.on.year == self.latest_on.year:
            return f"{self.on.year}, day not recorded"
        return f"between {self.on} and {self.latest_on}, day not recorded"

    @property
    def is_verified(self) -> bool:
        """False for a fact that rests on somebody's memory: it is shown as unverified."""
        return self.confidence is not Confidence.MEMORY


def day_of(text: str, *, field: str, place: str) -> date:
    """The day written YYYY-MM-DD; RowRefused, naming the place and the field, if it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        refused = FieldRefused(field, text, "is not a valid date", "write it as 2025-06-27")
        raise RowRefused(place, refused) from None


def days_of(text: str, *, field: str, place: str) -> tuple[date, date | None]:
    """The day of an act; or its first and last possible day, written 2026-02-04/2026-11-28 (ISO 8601, interval)."""
    first, slash, last = text.partition("/")
    on = day_of(first, field=field, place=place)
    if not slash:
        return on, None
    latest_on = day_of(last, field=field, place=place)
    if latest_on <= on:
        refused = FieldRefused(field, text, "does not end after it begins", "write the first possible day first")
        raise RowRefused(place, refused)
    return on, latest_on


def act_of(row: Mapping[str, str], *, place: str) -> Act:
    """The act that a row of an acts file states.

    Raises
    ------
    RowRefused
        The kind, a day or the confidence cannot be read; the message names the place and the field.
    """
    try:
        kind = ActKind(row["act"])
    except ValueError:
        refused = FieldRefused("act", row["act"], "is not a known act", f"use one of: {', '.join(ActKind)}")
        raise RowRefused(place, refused) from None
    on, latest_on = days_of(row["on"], field="on", place=place)
    known_on = day_of(row["known_on"], field="known_on", place=place) if row["known_on"] else latest_on or on
    confidence = confidence_of(row["confidence"], place=place)
    scope = row.get("scope", "")
    return Act(
        row["state"],
        row["treaty"],
        kind,
        on,
        known_on,
        row["source"],
        confidence,
        row["note"],
        place,
        latest_on,
        scope,
    )


def read_acts(path: Path) -> tuple[Act, ...]:
    """All acts of a file, in its order. One bad row raises: facts of law are taken whole or not at all."""
    acts = _read_quickly(path)
    if acts is not None:
        return acts
    with path.open(encoding="utf-8", newline="") as lines:
        return tuple(act_of(row, place=place) for place, row in sourced_rows(lines, origin=path.name))


_COLUMNS = ("state", "treaty", "act", "on", "known_on", "source", "confidence", "note")
_KINDS = {kind.value: kind for kind in ActKind}
_CONFIDENCES = {confidence.value: confidence for confidence in Confidence}


def _read_quickly(path: Path) -> tuple[Act, ...] | None:
    """The acts of a sound file in a third of the time; None if any row needs the careful reading that says why."""
    day, name = date.fromisoformat, path.name
    acts: list[Act] = []
    with path.open(encoding="utf-8", newline="") as lines:
        reader = csv.reader(lines, strict=True)
        try:
            columns = {column: number for number, column in enumerate(next(reader))}
            at = [columns[column] for column in _COLUMNS]
            scope = columns.get("scope")
            for row in reader:
                state, treaty, kind, on, known_on, source, confidence, note = (row[number] for number in at)
                if len(row) != len(columns) or not source.strip():
                    raise ValueError
                first_day, _, last_day = on.partition("/")
                first, last = day(first_day), day(last_day) if last_day else None
                if last is not None and last <= first:
                    raise ValueError
                acts.append(
                    Act(
                        state,
                        treaty,
                        _KINDS[kind],
                        first,
                        day(known_on) if known_on else last or first,
                        source,
                        _CONFIDENCES[confidence],
                        note,
                        f"{name}, line {reader.line_num}",
                        last,
                        "" if scope is None else row[scope],
                    )
                )
        except (ValueError, KeyError, IndexError, StopIteration, csv.Error):
            return None
    return tuple(acts)
