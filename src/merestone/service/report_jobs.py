"""Reports made in processes of their own: a small one while its asker waits, a large one in the background.

Whoever leaves while waiting ends the work. What is not ready by then goes on at the lowest priority behind a page that
says how far it is, from which it is fetched; nobody looks at that page any more: it ends, too.
"""

import asyncio
import json
import os
import secrets
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

from merestone.documents.reports import period_from
from merestone.service.fork_server import Child
from merestone.service.holding import Keeper
from merestone.service.problem import detail_of
from merestone.service.side_process import BUDGET_S, Expensive
from merestone.service.statuses import status_of
from merestone.terms import MerestoneError
from merestone.use_cases import drafted_report

REPORT: Final = "report"
"""The kind of process, for the fork server."""
LONGEST_S: Final = 3600.0
"""Of a core, for one report in the background."""
KEPT_S: Final = 3600.0
"""How long a report is kept for fetching once it is made."""
UNSEEN_S: Final = 600.0
"""A report in the background ends if nobody looked for so long how far it is."""
_LOOKS_EVERY_S: Final = 10.0


class ReportWish(NamedTuple):
    """Which report is wanted."""

    name: str
    ending: str
    """Of the file, with its point."""
    period: str

    @property
    def file_name(self) -> str:
        """The file's name for whoever gets it."""
        over = period_from(self.period)
        return f"{self.name}-{over.first}-{over.last}{self.ending}"


@dataclass
class ReportJob:
    """One report that is made, or was."""

    job_id: str
    wish: ReportWish
    path: Path
    """Of the finished file."""
    child: Child
    began_s: float = field(default_factory=time.monotonic)
    seen_s: float = field(default_factory=time.monotonic)

    @property
    def is_running(self) -> bool:
        """Whether it is still made."""
        return not self.child.ended.done()

    @property
    def is_made(self) -> bool:
        """Whether the file is there."""
        return not self.is_running and self.path.exists()

    @property
    def step(self) -> str:
        """What it is at, in words; empty before the first step."""
        try:
            return _beside(self.path, "step").read_text(encoding="utf-8")
        except FileNotFoundError:
            return ""

    @property
    def refusal(self) -> tuple[int, str]:
        """Status and words of a report that was not made."""
        with suppress(FileNotFoundError):
            status, explanation = json.loads(_beside(self.path, "refused").read_text(encoding="utf-8"))
            return status, explanation
        if self.child.ended.result() == -signal.SIGPROF:
            return (
                503,
                f"the report takes more than {LONGEST_S / 3600:g} hour of a core; `merestone report` has no limit",
            )
        return 503, "the report was stopped before it was made; ask for it again"

    @property
    def lasted_s(self) -> int:
        """Seconds since it began."""
        return int(time.monotonic() - self.began_s)

    def forget(self) -> None:
        """End it, and delete what it wrote."""
        self.child.kill()
        for path in (self.path, *(_beside(self.path, what) for what in ("step", "refused", "part"))):
            path.unlink(missing_ok=True)


class ReportJobs:
    """The reports of a service that are made now, or wait to be fetched."""

    def __init__(self, expensive: Expensive) -> None:
        self._expensive = expensive
        self._turn = asyncio.Lock()
        self._background: dict[str, ReportJob] = {}

    def find(self, job_id: str) -> ReportJob | None:
        """A report in the background, which somebody looks at."""
        job = self._background.get(job_id)
        if job is not None:
            job.seen_s = time.monotonic()
        return job

    async def make(self, wish: ReportWish, leaving: "asyncio.Future[None]") -> ReportJob | None:
        """Make a report as far as that takes `BUDGET_S`; what takes longer goes on in the background.

        Gives the report, made or in the background; None if its client left.

        Raises
        ------
        ReportsBusy
            It would go on in the background, where another one is made.
        """
        for job in self._background.values():
            if job.wish == wish and job.is_running:
                return job
        async with self._turn:
            if leaving.done():
                return None
            job = self._begin(wish)
            ended = asyncio.wrap_future(job.child.ended)
            both: tuple[asyncio.Future[Any], ...] = (ended, leaving)
            await asyncio.wait(both, timeout=BUDGET_S, return_when=asyncio.FIRST_COMPLETED)
            if not job.is_running:
                return job
            if leaving.done() or any(path.is_running for path in self._background.values()):
                job.forget()
                await ended
                job.forget()  # also what it wrote until it ended
                if leaving.done():
                    return None
                raise ReportsBusy
            job.child.lower_priority()
            self._background[job.job_id] = job
            asyncio.get_running_loop().call_later(_LOOKS_EVERY_S, self._look_after, job)
            return job

    def _begin(self, wish: ReportWish) -> ReportJob:
        assert self._expensive.forks is not None
        job_id = secrets.token_urlsafe(9)
        path = self._expensive.folder / f"report-{job_id}"
        child = self._expensive.forks.start(REPORT, at=str(path), wish=list(wish))
        return ReportJob(job_id, wish, path, child)

    def _look_after(self, job: ReportJob) -> None:
        unseen_s = time.monotonic() - job.seen_s
        if unseen_s > (UNSEEN_S if job.is_running else KEPT_S):
            job.forget()
            del self._background[job.job_id]
        else:
            asyncio.get_running_loop().call_later(_LOOKS_EVERY_S, self._look_after, job)


class ReportsBusy(MerestoneError):
    """Another large report is made."""

    def __init__(self) -> None:
        super().__init__("another large report is being made, and this one is large, too; ask again when it is ready")


def make_report(keeper: Keeper, at: str, wish: list[str]) -> None:
    """Make a report as a file, whole or not at all. A process of its own does this."""
    signal.setitimer(signal.ITIMER_PROF, LONGEST_S)
    path, (name, ending, period) = Path(at), wish
    try:
        content = content_of(keeper, ReportWish(name, ending, period), lambda step: _say(path, step))
    except MerestoneError as error:
        _beside(path, "refused").write_text(json.dumps([status_of(error), detail_of(error)]), encoding="utf-8")
        return
    part = _beside(path, "part")
    part.write_bytes(content)
    os.replace(part, path)


def content_of(keeper: Keeper, wish: ReportWish, say: Callable[[str], None] = lambda _: None) -> bytes:
    """The file of a report; ``say`` is told each step in words."""
    say("reading the register (step 1 of 2)")
    with keeper.open_register(read_only=True) as register:
        drafted = drafted_report(register, wish.name, wish.period)
    say("writing the file (step 2 of 2)")
    return drafted.written(wish.ending)


def _beside(path: Path, what: str) -> Path:
    return path.with_name(f"{path.name}.{what}")


def _say(path: Path, text: str) -> None:
    part = _beside(path, "part")
    part.write_text(text, encoding="utf-8")
    os.replace(part, _beside(path, "step"))
