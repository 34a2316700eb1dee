"""The register itself: one file that remembers, and the few things one can ask of it."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final

from merestone.register.events.errors import RegisterNotSettled, RegisterNotWritable
from merestone.register.file.opening import open_store
from merestone.register.file.store import WAIT_S
from merestone.register.questions.asked_register import AskedRegister, utc_now
from merestone.terms import Log

if TYPE_CHECKING:  # who only asks what is recorded need not wait until the parts that write and verify are read
    from merestone.register.programme.approval import Actor
    from merestone.register.write.batch import Batch
    from merestone.register.write.desk import Desk


LOG: Final = Log("register")


class Register(AskedRegister):
    """A register of hazardous areas and what else is recorded of them, in one GeoPackage file.

    Every change is an event that is never changed or deleted, chained by SHA-256 to the event before it; the layers
    that GDAL and QGIS show are rebuilt from the events. One object may be used from several threads; each batch belongs
    to one thread. Several processes may have the same file open; one writes at a time, the others wait.

    Use `create` or `open`, both as context managers. Other libraries take what it holds today as they take a
    `Snapshot`.
    """

    @classmethod
    def create(
        cls,
        path: Path | str,
        *,
        label: str = "",
        by: str = "merestone init",
        clock: Callable[[], datetime] = utc_now,
        wait_s: float = WAIT_S,
    ) -> "Register":
        """Make a new register, whole or not at all, and open it.

        Parameters
        ----------
        label
            Shown with every record, such as ``synthetic exercise data``; empty for real data. It stays for good.

        Raises
        ------
        RegisterExists
            A file stands there. It was not touched.
        RegisterNotWritable
        """
        from merestone.register.write.founding import found_register

        found_register(Path(path), label=label, by=by, clock=clock, wait_s=wait_s)
        return cls.open(path, clock=clock, wait_s=wait_s)

    @classmethod
    def open(
        cls,
        path: Path | str,
        *,
        read_only: bool = False,
        clock: Callable[[], datetime] = utc_now,
        wait_s: float = WAIT_S,
        look_for_damage: bool = True,
    ) -> "Register":
        """Open a register; one of an older form is brought up to date first, unless it is opened read-only.

        Parameters
        ----------
        look_for_damage
            Compare the file with what was written before the first question or writing (`soundness`), which raises
            `RegisterDamaged` where it differs; `verify` tells the damage. False is for whoever looked just now.

        Raises
        ------
        RegisterMissing, NotARegister, RegisterNewer, RegisterOlder, RegisterNotWritable, RegisterBusy
        """
        with LOG.timed("opened", file=Path(path).name, read_only=read_only):
            store = open_store(Path(path), read_only=read_only, wait_s=wait_s)
        try:
            register = cls(store, clock)
            if look_for_damage:
                with LOG.timed("compared with its seal", file=store.path.name):
                    store.look_before_use()
            return register
        except BaseException:
            store.close()
            raise

    def close(self) -> None:
        """Let go of the file, and leave it as one plain GeoPackage if nobody else has it open.

        Raises
        ------
        RegisterNotSettled
            The disk refused; what was recorded stands partly in the log beside the file.
        """
        self._store.close()

    def settle(self) -> None:
        """Move what was committed into the one file, so that a copy of it is whole while the register stays open."""
        self._store.settle()

    def __enter__(self) -> "Register":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.close()
        except RegisterNotSettled:
            if error is None:  # otherwise the error that came first tells what happened
                raise

    @property
    def is_read_only(self) -> bool:
        """Whether it was opened for reading only."""
        return self._store.read_only

    def batch(
        self,
        *,
        by: str,
        why: str,
        source: str,
        kind: str | None = None,
        file_name: str | None = None,
        file_sha256: str | None = None,
        data_on: date | None = None,
    ) -> "Batch":
        """Begin one transaction: ``with register.batch(...) as batch``. It is kept whole, or not at all.

        Parameters
        ----------
        by, why, source
            Who writes, why, and who said what is written. None may be empty.
        kind, file_name, file_sha256
            For an import: what the file was taken as (a layer, or a kind without layers), its name, and its SHA-256
            (hexadecimal), by which the same file is recognised (`find_import`).
        data_on
            The day on which the source stood, if it says so.

        Raises
        ------
        RegisterNotWritable
            It was opened for reading only.
        """
        from merestone.register.write.batch import Batch
        from merestone.register.write.event_buffer import EventBuffer

        if self.is_read_only:
            raise RegisterNotWritable(self.path, "it was opened for reading only", "open it for writing")
        events = EventBuffer(
            self._store,
            by=by,
            why=why,
            source=source,
            kind=kind,
            file_name=file_name,
            file_sha256=file_sha256,
            data_on=data_on,
            clock=self._clock,
            label=self.label,
        )
        return Batch(events)

    def desk(self, actor: "Actor") -> "Desk":
        """The drafts that a person sees, and what they may do with them."""
        from merestone.register.write.desk import Desk

        return Desk(self._store, actor, clock=self._clock, label=self.label)
