"""Files that are imported at the desk: looked at first, and written into the register once a person has agreed.

Both are done by a process of their own, so that no page waits for it. Nothing of the file is kept but what the import
keeps; the upload is deleted when it was imported, put away, or forgotten for `KEPT_S`.
"""

import atexit
import json
import os
import secrets
import shutil
import signal
import time
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

from merestone.exchange import IntakeReport, import_file
from merestone.files import new_scratch_folder
from merestone.service.fork_server import Child
from merestone.service.holding import Keeper
from merestone.service.priority import yield_to_checks
from merestone.service.side_process import Expensive
from merestone.service.uploads import Upload
from merestone.terms import MerestoneError, RecordKind, Visibility

INTAKE: Final = "intake"
"""The kind of process, for the fork server."""
LONGEST_S: Final = 1800.0
"""Of a core, for looking at a file or for importing it."""
KEPT_S: Final = 3600.0
MOST_AT_ONCE: Final = 8
LOOK: Final = "look"
WRITE: Final = "write"


@dataclass(frozen=True, slots=True)
class ImportWish:
    """How a file is to be read, and what its rows are; as `import_file` takes it."""

    kind: str
    source: str
    accuracy_m: float | None
    visibility: str | None
    true_on: str | None
    layer: str | None
    crs: str | None
    encoding: str | None

    @property
    def reading(self) -> dict[str, Any]:
        """What the file does not say itself."""
        return {"layer": self.layer, "crs": self.crs, "encoding": self.encoding}

    @property
    def level(self) -> Visibility | None:
        """How exactly everybody sees its records; None: that of the kind."""
        return None if self.visibility is None else Visibility(self.visibility)


@dataclass
class ImportJob:
    """One file on its way."""

    import_id: str
    person: str
    file_name: str
    folder: Path
    wish: ImportWish
    child: Child | None = None
    at: str = LOOK
    """What is done, or was done last: `LOOK` or `WRITE`."""
    seen_s: float = field(default_factory=time.monotonic)

    @property
    def is_running(self) -> bool:
        """Whether it is being looked at, or written."""
        return self.child is not None and not self.child.ended.done()

    def result(self, what: str) -> dict[str, Any] | None:
        """What came of looking at it or of writing it: ``text`` and counts, or ``refusal``; None: not done."""
        try:
            fields: dict[str, Any] = json.loads((self.folder / f"{what}.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            if self.is_running or self.at != what:
                return None
            return {"refusal": "the process that did it was stopped before it was ready; nothing was written"}
        return fields


class ImportJobs:
    """The files that are on their way, each seen by the person who sent it alone."""

    def __init__(self, expensive: Expensive, keeper: Keeper) -> None:
        self._expensive, self._keeper = expensive, keeper
        self._jobs: dict[str, ImportJob] = {}

    def find(self, import_id: str, person: str) -> ImportJob | None:
        """A file on its way that this person sent."""
        job = self._jobs.get(import_id)
        if job is None or job.person != person:
            return None
        job.seen_s = time.monotonic()
        return job

    def of(self, person: str) -> tuple[ImportJob, ...]:
        """Those of a person, the newest first."""
        return tuple(job for job in reversed(self._jobs.values()) if job.person == person)

    def begin(self, person: str, upload: Upload, wish: ImportWish) -> ImportJob:
        """Keep a file, and look at it; the oldest ones that rest make room."""
        now_s = time.monotonic()
        for job in [job for job in self._jobs.values() if not job.is_running]:
            if now_s - job.seen_s > KEPT_S or len(self._jobs) >= MOST_AT_ONCE:
                self.forget(job)
        if len(self._jobs) >= MOST_AT_ONCE:
            raise ImportsBusy
        within = None if self._expensive.forks is None else self._expensive.folder  # gone with the service
        folder = new_scratch_folder("import", within)
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        (folder / "file").mkdir()
        upload.copy_to(folder / "file" / upload.file_name)
        (folder / "wish.json").write_text(json.dumps(asdict(wish)), encoding="utf-8")
        job = ImportJob(secrets.token_hex(8), person, upload.file_name, folder, wish)
        self._jobs[job.import_id] = job
        self._do(job, LOOK)
        return job

    def write(self, job: ImportJob) -> None:
        """Write it into the register, all of it or nothing."""
        self._do(job, WRITE)

    def forget(self, job: ImportJob) -> None:
        """Put a file away. What was imported stays."""
        if job.child is not None:
            job.child.kill()
        self._jobs.pop(job.import_id, None)
        shutil.rmtree(job.folder, ignore_errors=True)

    def _do(self, job: ImportJob, what: str) -> None:
        job.at = what
        if self._expensive.forks is None:
            take_in(self._keeper, str(job.folder), job.person, what)
        else:
            job.child = self._expensive.forks.start(INTAKE, folder=str(job.folder), person=job.person, what=what)


class ImportsBusy(MerestoneError):
    """Too many files are on their way."""

    def __init__(self) -> None:
        super().__init__("other files are being imported; send this one when they are done")


def take_in(keeper: Keeper, folder: str, person: str, what: str) -> None:
    """Look at a file, or write it into the register, and leave beside it what came of that, in a process of its own."""
    place = Path(folder)
    wish = ImportWish(**json.loads((place / "wish.json").read_text(encoding="utf-8")))
    (path,) = (place / "file").iterdir()
    try:
        result = _looked_at(keeper, path, wish, person) if what == LOOK else _written(keeper, path, wish, person)
    except MerestoneError as error:
        text = str(error).replace(str(path), path.name).replace(str(keeper.path), "the register")
        result = {"refusal": text}
    if what == WRITE and "refusal" not in result:
        path.unlink()  # it stands in the register
    part = place / "part"
    part.write_text(json.dumps(result), encoding="utf-8")
    os.replace(part, place / f"{what}.json")


def take_in_apart(keeper: Keeper, **arguments: str) -> None:
    """`take_in`, ended by the operating system after `LONGEST_S`."""
    yield_to_checks()
    signal.setitimer(signal.ITIMER_PROF, LONGEST_S)
    take_in(keeper, **arguments)


def _looked_at(keeper: Keeper, path: Path, wish: ImportWish, person: str) -> dict[str, Any]:
    """The preview of `merestone import --preview`, and the counts of all rows by a dry run."""
    from merestone.exchange.imports import preview_file  # brings Matplotlib, which no other page needs

    kind = RecordKind(wish.kind)
    preview = preview_file(path, kind=kind, accuracy_m=wish.accuracy_m, **wish.reading)
    with keeper.open_register(read_only=True) as register:
        report = import_file(register, path, dry_run=True, **_options(wish, person))
    return {"preview": preview.text(), **_report_fields(report)}


def _written(keeper: Keeper, path: Path, wish: ImportWish, person: str) -> dict[str, Any]:
    with keeper.open_register() as register:
        report = import_file(register, path, **_options(wish, person))
    return _report_fields(report)


def _options(wish: ImportWish, person: str) -> dict[str, Any]:
    return {
        "kind": wish.kind,
        "source": wish.source,
        "accuracy_m": wish.accuracy_m,
        "by": person,
        "true_on": None if wish.true_on is None else date.fromisoformat(wish.true_on),
        "visibility": wish.level,
        **wish.reading,
    }


def _report_fields(report: IntakeReport) -> dict[str, Any]:
    account = report.account
    return {
        "text": report.text(),
        "accepted": account.accepted,
        "repaired": account.repaired,
        "quarantined": account.quarantined,
        "is_known": report.already is not None,
    }
