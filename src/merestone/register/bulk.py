"""Many new rows at once: indexes and R-trees are left out while they are written, and made at the end from all of them.

To put each row into every index as it comes costs more than to write it, and over a million rows the pages that it
touches no longer fit into the cache. All of it happens in the batch's own transaction: nobody else ever sees the file
without its indexes, and a batch that fails takes back what was left out, too. The statements that make them again are
the file's own, as SQLite keeps them.
"""

import sqlite3
import struct
from array import array
from collections.abc import Iterable, Iterator
from typing import Any, Final

from merestone.terms import RecordKind

CACHE_KIB: Final = 16_384
"""What is written in order needs few pages at a time."""
_ENVELOPE: Final = struct.Struct("<4d")
_ENVELOPE_AT: Final = 8
"""Where west, east, south and north stand in a GeoPackage geometry (`_geopackage_blob`)."""
_INDEXES: Final = (
    "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'merestone_event' AND sql IS NOT NULL"
)
_TRIGGER: Final = "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = ?"


class Bulk:
    """One transaction's indexes, left out from the moment in which this is made until `end`."""

    def __init__(self, driver: sqlite3.Connection) -> None:
        self._driver = driver
        self._triggers: dict[RecordKind, str] = {}
        self._fids: dict[RecordKind, array[int]] = {}
        self._boxes: dict[RecordKind, array[float]] = {}
        driver.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        self._indexes: list[tuple[str, str]] = driver.execute(_INDEXES).fetchall()
        for name, _ in self._indexes:
            driver.execute(f"DROP INDEX {name}")

    def rows_follow(self, layer: RecordKind, rows: Iterable[tuple[Any, ...]]) -> None:
        """Say which rows are about to be inserted into a layer, in the order of its columns."""
        if layer not in self._triggers:
            name = f"rtree_{layer.value}_geom_insert"
            statements = self._driver.execute(_TRIGGER, (name,)).fetchall()
            self._triggers[layer] = statements[0][0] if statements else ""  # a file whose spatial index was removed
            if statements:
                self._driver.execute(f"DROP TRIGGER {name}")
            self._fids[layer], self._boxes[layer] = array("q"), array("d")
        fids, boxes = self._fids[layer], self._boxes[layer]
        for fid, blob, *_ in rows:
            fids.append(fid)
            boxes.extend(_ENVELOPE.unpack_from(blob, _ENVELOPE_AT))

    def end(self) -> None:
        """Make everything again."""
        for _, sql in self._indexes:
            self._driver.execute(sql)
        for layer, sql in self._triggers.items():
            if not sql:
                continue
            insertion = f"INSERT OR REPLACE INTO rtree_{layer.value}_geom VALUES (?, ?, ?, ?, ?)"  # noqa: S608 - ours
            self._driver.executemany(insertion, self._entries(layer))
            self._driver.execute(sql)

    def _entries(self, layer: RecordKind) -> Iterator[tuple[float, ...]]:
        boxes = self._boxes[layer]
        for at, fid in enumerate(self._fids[layer]):
            yield (fid, *boxes[4 * at : 4 * at + 4])
