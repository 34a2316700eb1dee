"""The register as a person with a pencil would keep it: a list of all that was said, and nothing clever.

Of any day, whoever spoke of it last is right. That one rule is the whole model; it knows nothing of layers, hashes,
files or how an answer is found.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import shapely
from shapely.geometry.base import BaseGeometry

FIRST, LAST = date.min, date.max
HAZARDS = frozenset({"suspected", "confirmed", "restricted", "minefield_record", "accident", "incident", "spot_find"})


class State(NamedTuple):
    """What is said of a record."""

    kind: str
    outline: bytes | None
    accuracy_m: float | None
    attributes: str
    source: str
    visibility: str
    status: str | None
    data_on: date | None

    def with_attributes(self, more: Mapping[str, Any]) -> "State":
        return self._replace(attributes=text_of({**json.loads(self.attributes), **more}))


def text_of(attributes: Mapping[str, Any]) -> str:
    return json.dumps(dict(attributes), sort_keys=True, default=str)


def outline_of(geometry: BaseGeometry | None) -> bytes | None:
    if geometry is None:
        return None
    wkb: bytes = shapely.to_wkb(shapely.normalize(geometry))
    return wkb


def place_of(state: State) -> BaseGeometry:
    place = shapely.from_wkb(state.outline)
    assert place is not None
    return place


@dataclass(frozen=True)
class Said:
    """One thing that was said of a record; no state: that it does not hold on those days."""

    record_id: str
    state: State | None
    true_from: date | None
    true_until: date | None
    at: datetime
    batch: int

    def speaks_of(self, day: date) -> bool:
        return (self.true_from or FIRST) <= day < (self.true_until or LAST)


class Span(NamedTuple):
    """Days of which one thing is to be said."""

    true_from: date | None
    true_until: date | None
    state: State | None


@dataclass
class Taken:
    """One import, in the order of `merestone imports`."""

    file_name: str
    batch: int
    at: datetime
    rows: tuple[tuple[str, int], ...]
    words: tuple[str, ...]
    """The command line that took the file in."""
    is_undone: bool = False


@dataclass
class Book:
    """All that was said to one register."""

    said: list[Said] = field(default_factory=list)
    rows: list[tuple[tuple[str, int], bool, datetime]] = field(default_factory=list)
    """Rows of files in quarantine: whether each waits, since when."""
    imports: list[Taken] = field(default_factory=list)
    touched: list[tuple[str, int]] = field(default_factory=list)
    """Records on which somebody built, and in which batch."""
    attached: dict[str, str] = field(default_factory=dict)
    """SHA-256 of each attachment: its record."""
    people: dict[str, str | None] = field(default_factory=dict)
    """People hurt: their name, or None once it was erased."""
    accounts: dict[str, bool] = field(default_factory=dict)
    """Who may sign in: whether the account is closed."""
    public_source: str | None = None
    tangled: set[str] = field(default_factory=set)
    """Records that were decided after a merge; only what holds of them is known, not the days of each word."""
    moments: list[datetime] = field(default_factory=list)
    """Instants at which what was known then may be asked again."""
    batch: int = 0

    def copy(self) -> "Book":
        """Another that goes its own way."""
        return replace(
            self,
            said=list(self.said),
            rows=list(self.rows),
            imports=[replace(one) for one in self.imports],
            touched=list(self.touched),
            attached=dict(self.attached),
            people=dict(self.people),
            accounts=dict(self.accounts),
            tangled=set(self.tangled),
            moments=list(self.moments),
        )

    def holds(self, day: date, known_at: datetime | None = None) -> dict[str, State]:
        """What holds on a day: go through the list in order; whoever speaks of the day replaces what was said."""
        found: dict[str, State | None] = {}
        for one in self.said:
            if (known_at is None or one.at <= known_at) and one.speaks_of(day):
                found[one.record_id] = one.state
        return {record_id: state for record_id, state in found.items() if state is not None}

    def of(self, record_id: str) -> list[Said]:
        """All that was said of one record."""
        return [one for one in self.said if one.record_id == record_id]

    def waiting(self, known_at: datetime | None = None) -> list[tuple[str, int]]:
        """The rows in quarantine that wait."""
        found = {row: waits for row, waits, at in self.rows if known_at is None or at <= known_at}
        return [row for row, waits in found.items() if waits]

    def settled(self) -> list[tuple[str, int]]:
        """The rows that no longer wait."""
        waiting = set(self.waiting())
        return list(dict.fromkeys(row for row, _, _ in self.rows if row not in waiting))

    def present(self, record_id: str) -> Said | None:
        """What is said of the last days of which anybody spoke; None if it does not hold then."""
        mine = self.of(record_id)
        day = max((one.true_until or LAST for one in mine), default=LAST) - timedelta(days=1)
        spoke = [one for one in mine if one.speaks_of(day)]
        return spoke[-1] if spoke and spoke[-1].state is not None else None

    def stands_from(self, said: Said, day: date) -> bool:
        """Whether what was said holds on a day and on every later one until it ends."""
        days = [day, *(turn for turn in turns(self.of(said.record_id)) if turn > day)]
        ours = [one for one in days if said.true_until is None or one < said.true_until]
        return bool(ours) and ours[0] == day and all(_holding(self.of(said.record_id), one) is said for one in ours)

    def warned(self, today: date) -> list[State]:
        """The hazards that hold today or are stated to begin later."""
        days = [today, *(turn for turn in turns(self.said) if turn > today)]
        return [state for day in days for state in self.holds(day).values() if state.kind in HAZARDS]

    def without(self, record_id: str, unsaid: Sequence[Said]) -> list[Span]:
        """What has to be said of a record so that it is as if something had not been said; nothing of other days."""
        mine = self.of(record_id)
        left = [one for one in mine if one not in unsaid]
        days = [FIRST, *turns(mine)]
        spans: list[Span] = []
        says: list[Said | None] = []
        for day, until in zip(days, [*days[1:], None], strict=True):
            now, before = _holding(mine, day), _holding(left, day)
            if now is None or now not in unsaid:
                continue
            before = None if before is None or before.state is None else before
            if spans and spans[-1].true_until == day and says[-1] is before:
                spans[-1] = spans[-1]._replace(true_until=until)
            else:
                spans.append(Span(None if day == FIRST else day, until, None if before is None else before.state))
                says.append(before)
        return spans


def turns(said: Sequence[Said]) -> list[date]:
    """The days on which anything may begin or cease to hold, in order."""
    return sorted({day for one in said for day in (one.true_from, one.true_until) if day is not None})


def _holding(said: Sequence[Said], day: date) -> Said | None:
    return next((one for one in reversed(said) if one.speaks_of(day)), None)


def differing_days(one: Book, other: Book, record_id: str) -> Iterator[date]:
    """The first day of each stretch on which two books say different things of a record."""
    for day in [FIRST, *turns([*one.of(record_id), *other.of(record_id)])]:
        if one.holds(day).get(record_id) != other.holds(day).get(record_id):
            yield day
