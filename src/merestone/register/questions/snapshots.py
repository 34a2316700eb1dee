"""What held in the world on a day, as it was known at a moment, for a viewer; and the day taken for today."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from merestone.register.events.errors import (
    RegisterNotWritable,
    RegisterOlder,
)
from merestone.register.events.record import Record
from merestone.register.events.records import Snapshot
from merestone.register.events.rights import EXACT, Viewer
from merestone.register.file.opening import open_store
from merestone.register.file.sqlite_driver import Rows
from merestone.register.file.store import WAIT_S, Store
from merestone.register.query import as_of
from merestone.register.query.generalisation_cache import Covers
from merestone.register.query.generalising import Outward
from merestone.register.query.known_state import last_written_on
from merestone.register.query.outline_key import outline_key
from merestone.register.query.public_changes import PublicChanges, public_changes
from merestone.register.query.record_cache import Recall
from merestone.terms import Log, RecordKind, doubts_of_days

if TYPE_CHECKING:  # who only asks what is recorded need not wait until the parts that write and verify are read
    from numpy.typing import NDArray

    from merestone.register.query.held_states import HeldStates


LOG: Final = Log("register")


class SnapshotQuestions:
    """Questions about records on layers, at two times."""

    def __init__(self, store: Store, clock: Callable[[], datetime], label: str) -> None:
        self._store, self._clock, self.label = store, clock, label

    def today(self) -> date:
        """The day that is taken for today, in UTC: the clock's, or that of the register's newest word if it is later.

        A clock that was reset cannot lie in the future of what was written before; which of the two is wrong is not
        known, so what warns is taken from both (`as_of`).
        """
        with self._store.asking() as rows:
            return self.today_by(rows)

    def as_of(
        self,
        true_on: date | None = None,
        known_on: date | datetime | None = None,
        viewer: Viewer = EXACT,
        *,
        outward: Outward | None = None,
        covers: Covers | None = None,
        recall: Recall | None = None,
        kinds: Collection[RecordKind] | None = None,
    ) -> Snapshot:
        """What held on a day, as it was known at a moment, for a viewer: `Register.as_of`, which says all of it."""
        clock_on = self._clock().astimezone(UTC).date()
        sees_all = viewer.sees_all
        key = None if sees_all or outward is not None else self._outline_key()
        with self._store.asking() as rows:
            today = self.today_by(rows)
            asked = partial(
                as_of.snapshot,
                rows,
                viewer=viewer,
                label=self.label,
                outward=outward,
                key=key,
                covers=covers or Covers(),
                recall=recall,
                kinds=kinds,
            )
            is_present = true_on is None and known_on is None
            if sees_all or ((true_on or today) == today and known_on is None):
                result = asked(
                    true_on=true_on or today, known_on=known_on, warned_since=clock_on if is_present else None
                )
            else:
                result = as_of.past(
                    rows, asked, today=today, true_on=true_on or today, known_on=known_on, viewer=viewer, recall=recall
                )
            if true_on is None and clock_on < today:
                result = replace(result, clock_on=clock_on, last_written_on=today)
            LOG.debug("snapshot", file=self._store.path.name, true_on=result.true_on, records=len(result.records))
            return result

    def public_changes(self, chain: str | None = None) -> PublicChanges:
        """When what the public may see last changed, and how often it did.

        Parameters
        ----------
        chain
            Up to the event with this link (`Event.chain`). None: up to the last.

        Raises
        ------
        LookupError
            No event has this link.
        """
        with self._store.asking() as rows:
            return public_changes(rows, chain)

    def outline_key(self) -> bytes | None:
        """The register's secret from which public outlines are drawn; None if it has none yet. Never publish it."""
        with self._store.asking() as rows:
            return outline_key(rows)

    def records_later(self) -> tuple[Record, ...]:
        """Records on layers that do not hold today and are stated to begin later (`Record.begins_on`).

        Hazards among them warn already (`Snapshot.warned_beside`). Who looks for what is recorded, such as a new
        delivery of it, must find these too. Each is given as it is stated last.
        """
        with self._store.asking() as rows:
            return as_of.records_later(rows, self.today_by(rows), self.label)

    @contextmanager
    def held_states(self) -> Iterator["HeldStates"]:
        """What `as_of` and `records_later` give for today, exactly, read record by record while the block lasts.

        For who compares much of it with something and keeps little. Writers need not wait meanwhile; what they write is
        not seen. Leave the block before a batch of one's own ends: its log is then put into the file.
        """
        from merestone.register.query.held_states import HeldStates

        with self._store.asking_for_much() as rows:
            yield HeldStates(rows, self.today_by(rows), self.label)

    def doubts_of_days(self) -> tuple[str, ...]:
        """What is to be said where the clock, or days stated of hazards, may be wrong; usually nothing.

        `Snapshot.doubts_of_days` says the same of a snapshot of today; this is for who asks of other days.
        """
        clock_on = self._clock().astimezone(UTC).date()
        today = self.today()
        is_behind = clock_on < today
        later = [record.begins_on for record in self.records_later() if record.kind.is_hazard and record.begins_on]
        first_on = min(later, default=None)
        return doubts_of_days(clock_on if is_behind else None, today if is_behind else None, len(later), first_on)

    def outlines_ever(
        self, *kinds: RecordKind, true_on: date, known_on: date | datetime | None = None
    ) -> "NDArray[Any]":
        """Every outline ever recorded of some kinds, beginning by a day, whatever became of it; (n,) in chain order."""
        from merestone.register.query.outlines import outlines_ever

        with self._store.asking() as rows:
            return outlines_ever(rows, kinds, true_on, known_on)

    def today_by(self, rows: Rows) -> date:
        """`today`, within a reading that is open."""
        clock_on = self._clock().astimezone(UTC).date()
        return max(clock_on, last_written_on(rows) or clock_on)

    def _outline_key(self) -> bytes:
        """The secret for public outlines; a register of an older form gets one now."""
        key = self.outline_key()
        if key is None:
            try:
                open_store(self._store.path, read_only=False, wait_s=WAIT_S).close()
            except RegisterNotWritable as error:
                raise RegisterOlder(
                    self._store.path,
                    "it was written by an older Merestone and has no secret yet from which public outlines are drawn",
                    "copy it to where it can be written, and bring it up to date there with "
                    f"`merestone verify {self._store.path.name} --upgrade`",
                ) from error
            key = self.outline_key()
        assert key is not None
        return key
