"""Whether the acts held agree with the depositary's own tables, and the treaties with each other.

The tables are in ``data/depositary``: each row of the depositary's lists as it stood on a day, in the depositary's own
names. Every row is walked, both ways: what a table says must be held, and what is held must stand in the table.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from merestone.law.act import CONSENTS, EVERY_STATE, Act, ActKind
from merestone.law.clause import Treaty

KIND_MARKS = {
    "R": ActKind.RATIFICATION,
    "A": ActKind.ACCEPTANCE,
    "AA": ActKind.APPROVAL,
    "a": ActKind.ACCESSION,
    "d": ActKind.SUCCESSION,
    "P": ActKind.CONSENT,
}
"""The letters behind a day in the depositary's tables; R stands for a day without a letter."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where (file and line), in which field, and why."""

    place: str
    field: str
    why: str

    def __str__(self) -> str:
        return f"{self.place}: {self.why}" if not self.field else f"{self.place}, field {self.field}: {self.why}"


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row of one of the depositary's tables."""

    place: str
    state: str
    treaty: str
    participant: str
    """The name as the depositary writes it."""
    signature: date | None
    provisional_application: date | None
    consent: date | None
    kind: ActKind | None
    is_in_brackets: bool
    """The depositary prints the days of a state that has left in brackets."""
    source: str


def depositary_rows(folder: Path) -> Iterator[TableRow]:
    """The rows of ``participants.csv``, then those of ``ccw_protocols.csv`` that mark the Protocol II of 1980."""
    consents: dict[str, TableRow] = {}
    for place, row in _rows(folder / "participants.csv"):
        signature, applied, consent = (
            date.fromisoformat(row[name]) if row[name] else None
            for name in ("signature", "provisional_application", "consent")
        )
        table_row = TableRow(
            place,
            row["state"],
            row["treaty"],
            row["participant"],
            signature,
            applied,
            consent,
            KIND_MARKS.get(row["kind"]),
            row["in_brackets"] == "yes",
            row["source"],
        )
        if table_row.treaty == "ccw":
            consents[table_row.state] = table_row
        yield table_row
    for place, row in _rows(folder / "ccw_protocols.csv"):
        if row["protocol_2"] == "x":
            on = consents[row["state"]].consent  # "upon ratification ... unless otherwise indicated"
            yield TableRow(
                place, row["state"], "ccw-p2", row["participant"], None, None, on, None, False, row["source"]
            )


def against_the_depositary(folder: Path, acts: Mapping[str, list[Act]], rows: dict[str, int]) -> Iterator[Problem]:
    """Walk all rows of the depositary's tables beside the acts held, and back. `rows` takes the numbers of rows."""
    if not folder.is_dir():
        return
    acts_by_state = {key: _by_state(own) for key, own in acts.items()}
    listed: set[tuple[str, str]] = set()
    as_at = {key: next((act.on for act in own if act.kind is ActKind.COMPLETE_LIST), None) for key, own in acts.items()}
    for row in depositary_rows(folder):
        name = f"depositary/{row.place.partition(',')[0]}"
        rows[name] = rows.get(name, 0) + 1
        listed.add((row.treaty, row.state))
        yield from _beside(row, acts_by_state.get(row.treaty, {}).get(row.state, []), as_at.get(row.treaty))
    tables = {treaty for treaty, _ in listed}
    for key, by_state in acts_by_state.items():
        for state, own in by_state.items():
            old = [act for act in own if _is_participation(act) and act.on <= (as_at[key] or date.max)]
            if key in tables and old and (key, state) not in listed:
                yield Problem(
                    old[0].place, "state", f"{state} has joined {key} here, but not in the depositary's table"
                )


def dependencies(treaties: Mapping[str, Treaty], acts: Mapping[str, list[Act]]) -> Iterator[Problem]:
    """A party to a protocol or an amendment is a party to its convention, and not before it (CCW, art. 4)."""
    consents = {key: {act.state: act for act in own if act.kind in CONSENTS} for key, own in acts.items()}
    for key, treaty in treaties.items():
        if treaty.part_of is None or treaty.part_of not in consents:
            continue
        for state, consent in consents.get(key, {}).items():
            parent = consents[treaty.part_of].get(state)
            if parent is None:
                why = f"{state} has consented to {key}, but not to {treaty.part_of}, to which it is annexed"
                yield Problem(consent.place, "state", why)
            elif consent.on < parent.on:
                why = f"{consent.on} lies before the consent to {treaty.part_of} ({parent.on}), to which it is annexed"
                yield Problem(consent.place, "on", why)


def _rows(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    with path.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines, strict=True)
        for row in reader:
            yield f"{path.name}, line {reader.line_num}", row


def _by_state(acts: Iterable[Act]) -> dict[str, list[Act]]:
    by_state: dict[str, list[Act]] = {}
    for act in acts:
        if act.state != EVERY_STATE:
            by_state.setdefault(act.state, []).append(act)
    return by_state


def _is_participation(act: Act) -> bool:
    return act.kind in CONSENTS or act.kind in (ActKind.SIGNATURE, ActKind.PROVISIONAL)


def _beside(row: TableRow, own: list[Act], as_at: date | None) -> Iterator[Problem]:
    signature = next((act for act in own if act.kind is ActKind.SIGNATURE), None)
    consent = next((act for act in own if act.kind in CONSENTS), None)
    applied = next((act for act in own if act.kind is ActKind.PROVISIONAL), None)
    who = f"{row.participant} ({row.state}), {row.treaty}"
    for field, listed, act in (
        ("signature", row.signature, signature),
        ("consent", row.consent, consent),
        ("provisional_application", row.provisional_application, applied),
    ):
        consent_on = None if act is None or (as_at is not None and act.on > as_at) else act.on
        # a declaration under art. 18 stands in a column of its own in some tables, in the declarations of others
        if consent_on != listed and not (field == "provisional_application" and listed is None):
            yield Problem(row.place, field, f"{who}: the table has {listed}, held is {consent_on}")
    if row.kind is not None and consent is not None and consent.kind is not row.kind:
        yield Problem(row.place, "kind", f"{who}: the table has {row.kind}, held is {consent.kind}")
    notice = any(act.kind is ActKind.IN_EFFECT and (as_at is None or act.on <= as_at) for act in own)
    if notice is not row.is_in_brackets:
        why = (
            f"{who}: in brackets, but no withdrawal is held" if row.is_in_brackets else f"{who}: has left, no brackets"
        )
        yield Problem(row.place, "in_brackets", why)
