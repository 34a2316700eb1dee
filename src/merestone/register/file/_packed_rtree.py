"""An R-tree of SQLite written node by node, from many boxes at once: a third of the time of putting each into it.

The form of the nodes is that of SQLite's own module (https://www.sqlite.org/rtree.html, section 6, and the comments of
``ext/rtree/rtree.c``), which searches and changes the tree afterwards as one of its own making. Boxes are packed
in runs sorted along strips (Leutenegger, Lopez and Edgington 1997, STR), so that only one run is held in memory.
"""

import sqlite3
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

CELLS: Final = 51
"""Boxes in a node, at most (RTREE_MAXCELLS)."""
RUN: Final = 65_536
"""Boxes that are packed together."""
_CELL: Final = np.dtype([("id", ">i8"), ("box", ">f4", 4)])
_NODE: Final = np.dtype([("depth", ">u2"), ("cells", ">u2"), ("cell", _CELL, CELLS)])
_ROOT: Final = 1
Boxes = NDArray[np.float32]
Ids = NDArray[np.int64]


class PackedRtree:
    """Fills one empty R-tree of two dimensions, in the connection's own transaction."""

    def __init__(self, driver: sqlite3.Connection, table: str) -> None:
        """`table` is the name of the virtual table."""
        self._driver, self._table = driver, table
        self._waiting: list[NDArray[np.float64]] = []
        self._count = 0
        self._last_node = _ROOT
        self._leaves: list[tuple[Ids, Boxes]] = []

    def put(self, boxes: Sequence[tuple[int, float, float, float, float]]) -> None:
        """Take boxes: the row's number, west, east, south, north of each."""
        self._waiting.append(np.array(boxes, np.float64))
        self._count += len(boxes)
        if self._count >= RUN:
            self._pack()

    def end(self) -> None:
        """Write what is left, and all that lies above the leaves."""
        self._pack()
        if not self._leaves:
            return
        ids = np.concatenate([ids for ids, _ in self._leaves])
        boxes = np.concatenate([boxes for _, boxes in self._leaves])
        depth = 1
        while len(ids) > CELLS:
            ids, boxes = self._level(ids, boxes, "parent")
            depth += 1
        if depth > 1 or len(ids) > 1:
            self._driver.executemany(
                f"INSERT INTO {self._table}_parent VALUES (?, {_ROOT})",  # noqa: S608 - our names
                [(number,) for number in ids.tolist()],
            )
            root = _nodes(ids, boxes, np.zeros(len(ids), np.int64))
            root["depth"] = depth
        else:  # one leaf is the root itself
            root = np.frombuffer(
                self._driver.execute(
                    f"SELECT data FROM {self._table}_node WHERE nodeno = ?",  # noqa: S608 - our names
                    (int(ids[0]),),
                ).fetchone()[0],
                _NODE,
            )
            self._driver.execute(f"DELETE FROM {self._table}_node WHERE nodeno = ?", (int(ids[0]),))  # noqa: S608
            self._driver.execute(f"UPDATE {self._table}_rowid SET nodeno = {_ROOT}")  # noqa: S608
        self._driver.execute(f"UPDATE {self._table}_node SET data = ? WHERE nodeno = {_ROOT}", (root.tobytes(),))  # noqa: S608

    def _pack(self) -> None:
        """Write the boxes that wait as leaves."""
        if not self._waiting:
            return
        waiting = np.concatenate(self._waiting)
        self._waiting, self._count = [], 0
        boxes = np.column_stack([_down(waiting[:, 1]), _up(waiting[:, 2]), _down(waiting[:, 3]), _up(waiting[:, 4])])
        self._leaves.append(self._level(waiting[:, 0].astype(np.int64), boxes, "rowid"))

    def _level(self, ids: Ids, boxes: Boxes, kind: str) -> tuple[Ids, Boxes]:
        """Write nodes that hold these; give the nodes' numbers and boxes. `kind` is the table of what is in which."""
        order = _in_strips(boxes)
        ids, boxes = ids[order], boxes[order]
        node_of = np.arange(len(ids)) // CELLS
        nodes = _nodes(ids, boxes, node_of)
        numbers = self._last_node + 1 + np.arange(len(nodes))
        self._last_node += len(nodes)
        self._driver.executemany(
            f"INSERT INTO {self._table}_node VALUES (?, ?)",  # noqa: S608 - our names
            [(number, node.tobytes()) for number, node in zip(numbers.tolist(), nodes, strict=True)],
        )
        by_id = np.argsort(ids)
        self._driver.executemany(
            f"INSERT INTO {self._table}_{kind} VALUES (?, ?)",  # noqa: S608 - our names
            zip(ids[by_id].tolist(), numbers[node_of[by_id]].tolist(), strict=True),
        )
        first = np.arange(0, len(ids), CELLS)
        low, high = np.minimum.reduceat(boxes, first), np.maximum.reduceat(boxes, first)
        return numbers, np.column_stack([low[:, 0], high[:, 1], low[:, 2], high[:, 3]])


def _in_strips(boxes: Boxes) -> Ids:
    """An order in which each node's boxes lie together: strips from west to east, each from south to north."""
    nodes = -(-len(boxes) // CELLS)
    per_strip = CELLS * int(np.ceil(np.sqrt(nodes)))
    eastward = np.argsort(boxes[:, 0] + boxes[:, 1], kind="stable")
    strip = np.empty(len(boxes), np.int64)
    strip[eastward] = np.arange(len(boxes)) // per_strip
    return np.lexsort((boxes[:, 2] + boxes[:, 3], strip))


def _nodes(ids: Ids, boxes: Boxes, node_of: Ids) -> NDArray[np.void]:
    """Nodes as SQLite keeps them; a node's boxes follow each other."""
    nodes = np.zeros(int(node_of[-1]) + 1, _NODE)
    nodes["cells"] = np.bincount(node_of)
    at = np.arange(len(ids)) - node_of * CELLS
    nodes["cell"]["id"][node_of, at], nodes["cell"]["box"][node_of, at] = ids, boxes
    return nodes


def _down(value: NDArray[np.float64]) -> Boxes:
    """As SQLite rounds the lower edge of a box, never above the value (`rtreeValueDown`)."""
    near = value.astype(np.float32)
    lower = (value * np.where(value < 0, 1 + 2.0**-23, 1 - 2.0**-23)).astype(np.float32)
    return np.where(near > value, lower, near)


def _up(value: NDArray[np.float64]) -> Boxes:
    """As SQLite rounds the upper edge of a box, never below the value (`rtreeValueUp`)."""
    near = value.astype(np.float32)
    higher = (value * np.where(value < 0, 1 - 2.0**-23, 1 + 2.0**-23)).astype(np.float32)
    return np.where(near < value, higher, near)
