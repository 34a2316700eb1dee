"""The events of a register: one, all, those of a record, and the conflicts among them."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from merestone.register.events.errors import (
    RecordUnknown,
)
from merestone.register.events.event import Change, Event
from merestone.register.file.store import Store
from merestone.register.query import newest

if TYPE_CHECKING:  # who only asks what is recorded need not wait until the parts that write and verify are read
    from merestone.register.events.programme_tables import TableConflict


class EventQuestions:
    """Questions about events, which are never changed."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def head(self) -> Event:
        """The last event. Noted elsewhere, its ``chain`` proves later that history was not rewritten up to it."""
        with self._store.asking() as rows:
            head = newest.head(rows)
        assert head is not None
        return head

    def event(self, seq: int) -> Event:
        """The event at one place in the chain, counted from 1; LookupError if the chain is shorter."""
        from merestone.register.query import event_queries

        with self._store.reading() as connection:
            return event_queries.event(connection, seq)

    def head_known(self, known_on: date | datetime) -> Event | None:
        """The last event that was known on a day (when it ended, in UTC) or at an instant; None before the first."""
        with self._store.asking() as rows:
            return newest.head(rows, known_on)

    def conflicts(self, known_on: date | datetime | None = None) -> tuple[str, ...]:
        """The records over which merged copies differ; revising or withdrawing one decides.

        Parameters
        ----------
        known_on
            Those that waited for a decision on that day (when it ended, in UTC) or at that instant. None: now.
        """
        with self._store.asking() as rows:
            return newest.conflicts(rows, known_on)

    def table_conflicts(self, known_on: date | datetime | None = None) -> "tuple[TableConflict, ...]":
        """The programme's own tables that merged copies set apart, by name; setting one anew decides.

        Parameters
        ----------
        known_on
            Those that waited for a decision on that day (when it ended, in UTC) or at that instant. None: now.
        """
        from merestone.register.query import event_queries

        with self._store.reading() as connection:
            return event_queries.table_conflicts(connection, known_on)

    def history(self, record_id: str) -> tuple[Event, ...]:
        """Every event of one record, oldest first.

        Raises
        ------
        RecordUnknown
        """
        from merestone.register.query import event_queries

        with self._store.reading() as connection:
            events = event_queries.history(connection, record_id)
        if not events:
            raise RecordUnknown(record_id)
        return events

    def events(self, *, after: int = 0) -> Iterator[Event]:
        """Every event after the one numbered ``after``, in the order of the chain."""
        from merestone.register.query import event_queries

        with self._store.reading() as connection:
            yield from event_queries.events(connection, after)

    def event_rows(self, *, upto: int, at_once: int = 2000) -> Iterator[list[tuple[Any, ...]]]:
        """The rows of the event table up to a place, as they stand there, some at once: to copy them, not to read."""
        from merestone.register.events.schema import EVENT

        chosen = (
            f"SELECT {', '.join(EVENT.c.keys())} FROM merestone_event WHERE seq > :after AND seq <= :upto ORDER BY seq"  # noqa: S608
        )
        with self._store.asking() as rows:
            for after in range(0, upto, at_once):
                yield rows(chosen, {"after": after, "upto": min(after + at_once, upto)})

    def present(self, record_id: str) -> Event:
        """The event whose state is shown of a record now.

        Raises
        ------
        RecordUnknown
            There is no such record, or it was withdrawn.
        """
        from merestone.register.events.record_timeline import last_stated
        from merestone.register.write.layer_rows import word_of

        events = self.history(record_id)
        texts = [
            word_of(event.seq, event.change.value, event.body["true_from"], event.body["true_until"])
            for event in events
            if event.change not in (Change.DRAFTED, Change.ADVANCED)
        ]
        shown = last_stated(texts)
        if shown is None:
            raise RecordUnknown(record_id)
        return next(event for event in events if event.seq == shown.seq)

    def last_stated(self, record_id: str) -> Event:
        """The last event that gave a record a state, whether it was withdrawn since or not.

        Raises
        ------
        RecordUnknown
        """
        stated = [event for event in self.history(record_id) if "attributes" in event.body]
        return stated[-1]

    def sides(self, record_id: str) -> tuple[Event, ...]:
        """The events between which somebody has to decide, of a record in conflict; none of any other record."""
        from merestone.register.write.branch_differences import told_of
        from merestone.register.write.correction import sides_of

        with self._store.reading() as connection:
            versions = told_of(connection, record_id)
        if not versions or versions[-1].body["change"] != Change.CONFLICTED.value:
            return ()
        places = {version.seq for version in sides_of(versions)}
        return tuple(event for event in self.history(record_id) if event.seq in places)
