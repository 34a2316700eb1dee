"""An R-tree that was packed finds what one that SQLite filled finds, and SQLite changes it as its own."""

import sqlite3
from contextlib import closing

import numpy as np
import pytest

from merestone.register.file import _packed_rtree
from merestone.register.file._packed_rtree import PackedRtree

Box = tuple[int, float, float, float, float]


def boxes(count: int, seed: int) -> list[Box]:
    rng = np.random.default_rng(seed)
    west, south = rng.uniform(-180, 179, count), rng.uniform(-90, 89, count)
    width, height = 10 ** rng.uniform(-9, 0, (2, count))
    ids = rng.permutation(10 * count)[:count] + 1
    return list(zip(*(a.tolist() for a in (ids, west, west + width, south, south + height)), strict=True))


def made(connection: sqlite3.Connection, given: list[Box]) -> None:
    for name in ("plain", "packed"):
        connection.execute(f"CREATE VIRTUAL TABLE {name} USING rtree(id, minx, maxx, miny, maxy)")
    connection.executemany("INSERT INTO plain VALUES (?, ?, ?, ?, ?)", given)
    tree = PackedRtree(connection, "packed")
    for at in range(0, len(given), 1000):
        tree.put(given[at : at + 1000])
    tree.end()


def agree(connection: sqlite3.Connection) -> None:
    assert connection.execute("SELECT rtreecheck('packed')").fetchall() == [("ok",)]
    whole = [connection.execute(f"SELECT * FROM {name} ORDER BY id").fetchall() for name in ("plain", "packed")]
    assert whole[0] == whole[1]
    rng = np.random.default_rng(1)
    corners, sizes = rng.uniform([-180, -90], [180, 90], (40, 2)).tolist(), (10 ** rng.uniform(-2, 2, 40)).tolist()
    for (west, south), size in zip(corners, sizes, strict=True):
        window = (west, west + size, south, south + size)
        asked = "SELECT id FROM {} WHERE maxx >= ? AND minx <= ? AND maxy >= ? AND miny <= ? ORDER BY id"
        plain, packed = (connection.execute(asked.format(name), window).fetchall() for name in ("plain", "packed"))
        assert plain == packed


@pytest.mark.parametrize("count", [0, 1, 2, 51, 52, 103, 51 * 51, 51 * 51 + 1, 7000])
@pytest.mark.parametrize("run", [_packed_rtree.RUN, 1000])
def test_what_is_packed_is_found(monkeypatch: pytest.MonkeyPatch, count: int, run: int) -> None:
    """2026-11-28: to put each box into the R-tree took a twentieth of an import's time."""
    monkeypatch.setattr(_packed_rtree, "RUN", run)
    with closing(sqlite3.connect(":memory:")) as connection:
        made(connection, boxes(count, seed=count))
        agree(connection)


def test_sqlite_changes_a_packed_tree_as_its_own() -> None:
    given = boxes(3000, seed=7)
    with closing(sqlite3.connect(":memory:")) as connection:
        made(connection, given)
        for name in ("plain", "packed"):
            connection.executemany(f"DELETE FROM {name} WHERE id = ?", [(one[0],) for one in given[::2]])
            connection.executemany(
                f"INSERT INTO {name} VALUES (?, ?, ?, ?, ?)", [(-one[0], *one[1:]) for one in given[:900]]
            )
        agree(connection)
