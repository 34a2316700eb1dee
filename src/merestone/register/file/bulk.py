"""Many new rows at once: indexes are left out while they are written, and made at the end from all of them.

To put each row into every index as it comes costs more than to write it, and over a million rows the pages that it
touches no longer fit into the cache. An empty R-tree is packed (`_packed_rtree`), another one filled without its
trigger, which would read each box out of the row again by four calls. All of it happens in the batch's own transaction:
nobody else ever sees the file without its indexes, and a batch that fails takes back what was left out, too. The
statements that make them again are the file's own, as SQLite keeps them.
"""

import sqlite3
from collections.abc import Sequence
from typing import Final

from merestone.register.file._packed_rtree import PackedRtree
from merestone.terms import RecordKind

CACHE_KIB: Final = 8_192
"""What is written in order needs few pages at a time."""
_INDEXES: Final = (
    "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'merestone_event' AND sql IS NOT NULL"
)
_TRIGGER: Final = "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = ?"


class Bulk:
    """One transaction's indexes, left out from the moment in which this is made until `end`."""

    def __init__(self, driver: sqlite3.Connection) -> None:
        self._driver = driver
        self._triggers: dict[RecordKind, str] = {}
        self._packed: dict[RecordKind, PackedRtree] = {}
        driver.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        self._indexes: list[tuple[str, str]] = driver.execute(_INDEXES).fetchall()
        for name, _ in self._indexes:
            driver.execute(f"DROP INDEX {name}")

    def rows_follow(self, layer: RecordKind) -> None:
        """Say that rows are about to be inserted into a layer."""
        if layer in self._triggers:
            return
        name = f"rtree_{layer.value}_geom_insert"
        statements = self._driver.execute(_TRIGGER, (name,)).fetchall()
        self._triggers[layer] = statements[0][0] if statements else ""  # a file whose spatial index was removed
        if statements:
            self._driver.execute(f"DROP TRIGGER {name}")
            tree = f"rtree_{layer.value}_geom"
            if not self._driver.execute(f"SELECT 1 FROM {tree}_rowid LIMIT 1").fetchall():  # noqa: S608 - our names
                self._packed[layer] = PackedRtree(self._driver, tree)

    def put(self, layer: RecordKind, boxes: Sequence[tuple[int, float, float, float, float]]) -> None:
        """Put new rows into the R-tree of a layer of which `rows_follow`: fid, west, east, south, north of each."""
        packed = self._packed.get(layer)
        if packed is not None:
            packed.put(boxes)
        elif self._triggers[layer]:
            self._driver.executemany(f"INSERT INTO rtree_{layer.value}_geom VALUES (?, ?, ?, ?, ?)", boxes)  # noqa: S608

    def end(self) -> None:
        """Make everything again."""
        for packed in self._packed.values():
            packed.end()
        for statement in (*(sql for _, sql in self._indexes), *self._triggers.values()):
            if statement:
                self._driver.execute(statement)
