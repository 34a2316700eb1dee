"""What the processes that check places are fed with: a hazard pack, made anew when the register changes.

The process that holds the register writes; the processes that answer map the pack into memory, which they share, and
open no database. The folder is private to the service, and gone with it.
"""

import contextlib
import json
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from merestone.bulk import circumstances_of, load_pack, pack_snapshot
from merestone.languages import gettext_noop
from merestone.screening import Circumstances
from merestone.service.check_source import CheckSource, PageHeader
from merestone.service.holding import Keeper, Tier, stamp_of
from merestone.service.memory import let_go_of_file_pages
from merestone.terms import DataDays, MerestoneError

FEED: Final = "feed.json"
LOOKS_EVERY_S: Final = 0.3
STALE_S: Final = 60.0
"""A register that was written to so long ago, and still is not in the feed, is not answered from."""
CATCHING_UP: Final = gettext_noop(
    "The register was written to just now; the new words are being read, and are not in this answer yet."
)


class FeedStale(MerestoneError):
    """The register changed, and what changed could not be read."""

    def __init__(self) -> None:
        super().__init__(
            "the register was written to, and could not be read since; no place is checked against what may no longer "
            "hold. Look at the service's log"
        )


class CheckFeed:
    """The writing side."""

    def __init__(self, keeper: Keeper, folder: Path) -> None:
        self.keeper, self.folder = keeper, folder
        self._number = 0
        self._written: tuple[str, tuple[int, ...]] | None = None

    def refresh(self) -> bool:
        """Write the feed if the register or the day is another. Gives whether it was written."""
        holding = self.keeper.current()
        if self._written == (holding.chain, holding.stamp):
            return False
        old = self.folder / f"{self._number}.pack"
        if self._written is None or self._written[0] != holding.chain or self._written[1][-1] != holding.stamp[-1]:
            self._number += 1
            pack_snapshot(holding.snapshot, self.folder / f"{self._number}.pack", cells=True)
        circumstances = replace(circumstances_of(holding.snapshot), outlines_generalised=holding.tier is Tier.PUBLIC)
        content = {
            "pack": f"{self._number}.pack",
            "tier": holding.tier.value,
            "register": str(self.keeper.path),
            "stamp": list(holding.stamp),
            "given": {
                **{field.name: _plain(getattr(circumstances, field.name)) for field in fields(circumstances)},
                "data_days": [_plain(getattr(circumstances.data_days, field.name)) for field in fields(DataDays)],
            },
            "header": PageHeader.of(holding).as_json(),
        }
        part = self.folder / f"{FEED}.part"
        part.write_text(json.dumps(content), encoding="utf-8")
        os.replace(part, self.folder / FEED)  # a reader sees the old one or the new one
        self._written = (holding.chain, holding.stamp)
        if old != self.folder / f"{self._number}.pack":
            old.unlink(missing_ok=True)  # readers that have it mapped keep it
        return True

    def keep_fresh(self, stopped: threading.Event, log: Callable[[str], None]) -> None:
        """Refresh until stopped. A register that cannot be read is tried again, and told once."""
        text = ""
        while not stopped.wait(LOOKS_EVERY_S):
            try:
                self.refresh()
                text = ""
            except MerestoneError as error:
                if str(error) != text:
                    text = str(error)
                    log(text)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _circumstances(values: dict[str, Any]) -> Circumstances:
    days = {name: date.fromisoformat(value) for name, value in values.items() if name.endswith("_on") and value}
    first_on, last_on, *counts = values["data_days"]
    stated = [None if day is None else date.fromisoformat(day) for day in (first_on, last_on)]
    data_days = DataDays(stated[0], stated[1], *counts)
    return Circumstances(**{**values, **days, "data_days": data_days})


@dataclass(frozen=True)
class _Read:
    source: CheckSource
    register: Path
    stamp: tuple[int, ...]


class FeedReader:
    """The reading side: what to check against, as it stands now."""

    def __init__(self, folder: Path, *, tier: Tier, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.folder, self.tier, self._clock = folder, tier, clock
        self._feed = str(folder / FEED)
        self._lock = threading.Lock()
        self._mark: tuple[int, int] | None = None
        self._read: _Read | None = None
        self._behind_since_s: float | None = None
        self._loader: threading.Thread | None = None

    def source(self) -> CheckSource:
        """What to check against. Newer feeds are loaded beside, so that no check waits for them.

        Raises
        ------
        RegisterMissing
            The register is gone.
        FeedStale
            It changed, and could not be read for `STALE_S`.
        """
        file_stat = os.stat(self._feed)
        mark = (file_stat.st_mtime_ns, file_stat.st_ino)
        if self._read is None:
            self._load(mark)
        elif mark != self._mark and self._lock.acquire(blocking=False):
            self._loader = threading.Thread(target=self._load_and_release, args=(mark,), daemon=True)
            self._loader.start()
        read = self._read
        assert read is not None
        return self._caught_up(read)

    def catch_up(self) -> None:
        """Load the feed now if another one was written: before anybody waits, and before the first answer."""
        stat = os.stat(self.folder / FEED)
        mark = (stat.st_mtime_ns, stat.st_ino)
        if mark != self._mark:
            self._load(mark)

    def keep_caught_up(self) -> None:
        """Load each new feed soon after it was written, in a thread: whoever asks first must have it."""
        threading.Thread(target=self._keep_caught_up, daemon=True).start()

    def _keep_caught_up(self) -> None:
        while True:
            time.sleep(LOOKS_EVERY_S)
            with contextlib.suppress(MerestoneError, OSError):  # whoever asks is told
                self.source()

    def _caught_up(self, read: _Read) -> CheckSource:
        if stamp_of(read.register, self._clock()) == read.stamp:
            self._behind_since_s = None
            return read.source
        now_s = self._clock().timestamp()
        if self._behind_since_s is None:
            self._behind_since_s = now_s
        if now_s - self._behind_since_s > STALE_S:
            raise FeedStale
        return replace(read.source, note=CATCHING_UP)

    def _load_and_release(self, mark: tuple[int, int]) -> None:
        try:
            self._load(mark)
        finally:
            self._lock.release()

    def _load(self, mark: tuple[int, int]) -> None:
        content = json.loads((self.folder / FEED).read_text(encoding="utf-8"))
        pack = load_pack(self.folder / content["pack"])
        pack.index.prepare()  # maps the cells and compares their checksums
        source = CheckSource(
            pack.index,
            pack.hazards,
            _circumstances(content["given"]),
            Tier(content["tier"]),
            PageHeader(**content["header"]),
        )
        let_go_of_file_pages(shared_only=True)
        self._read = _Read(source, Path(content["register"]), tuple(content["stamp"]))
        self._mark = mark
