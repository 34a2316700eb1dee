"""All recorded areas as one set of tiles: which records a tile holds, their outlines in it, cells that count them."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.errors import GEOSException
from shapely.geometry.base import BaseGeometry

from merestone.tiles.density import cells_of_extents, counted, touched
from merestone.tiles.grid import BUFFER, LATITUDE_MOST_DEG, ZOOM_MOST, TileAddress
from merestone.tiles.layer import Value, layer_bytes
from merestone.tiles.outline import inward, marks, on_tile, outward

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Objects = NDArray[np.object_]

RECORDS_LAYER: Final = "records"
CELLS_LAYER: Final = "cells"


class TileSet:
    """Records as tiles, for one viewer and one time. Nothing is kept of a tile that was made.

    - Every record that touches a tile, or the `BUFFER` units around it, is in the tile's layer ``records``, at every
      zoom.
    - A hazard's outline there contains the part of the given outline that lies within tile and buffer. It reaches a few
      units farther (8 units are a pixel), and small hazards are drawn `outline.LEAST` units wide. Lines become narrow
      areas. Points stay points, rounded to the nearest unit.
    - Released land's outline lies within the given one. Where nothing is left of it, a point with ``is_mark`` stands
      for it.
    - What lies nearer to a pole than `LATITUDE_MOST_DEG` is on no tile: `beyond_count` says of how many records that
      is so.

    Parameters
    ----------
    geometries
        Valid geometries in longitude and latitude on WGS 84, cut at the antimeridian; none is empty.
    is_hazard
        For each, whether it is drawn larger (True) or smaller (False) than it is.
    properties
        For each, what its feature tells, such as ``record_id`` and ``kind``.
    kinds
        For each, by what name cells count it.
    """

    def __init__(
        self,
        geometries: Sequence[BaseGeometry],
        is_hazard: Sequence[bool],
        properties: Sequence[Mapping[str, Value]],
        kinds: Sequence[str],
    ) -> None:
        self._geometries = np.empty(len(geometries), dtype=object)
        self._geometries[:] = geometries
        self._is_hazard = np.array(is_hazard, dtype=bool)
        self._properties = properties
        names, kind_of = np.unique(np.array(kinds, dtype=str), return_inverse=True)
        self._kind_names, self._kind_of = names.tolist(), kind_of.astype(np.int64)
        self._bounds = shapely.bounds(self._geometries).reshape(-1, 4)
        self._dimensions = shapely.get_dimensions(self._geometries)

    @cached_property
    def beyond_count(self) -> int:
        """How many records lie wholly or partly nearer to a pole than tiles reach."""
        return int((np.abs(self._bounds[:, [1, 3]]).max(axis=1, initial=0.0) > LATITUDE_MOST_DEG).sum())

    def readable_from(self, most: int) -> int:
        """The first zoom at which no tile has the middle of more than ``most`` records: from there, show outlines."""
        middle = (self._bounds[:, :2] + self._bounds[:, 2:]) / 2.0
        middle = middle[np.abs(middle[:, 1]) <= LATITUDE_MOST_DEG]
        world = TileAddress(0, 0, 0).units(middle) / 4096.0
        for zoom in range(ZOOM_MOST + 1):
            if not len(middle):
                return zoom
            column, row = np.floor(world * 2**zoom).astype(np.int64).T
            if np.unique(column * (2**zoom + 1) + row, return_counts=True)[1].max() <= most:
                return zoom
        return ZOOM_MOST

    def count_near(self, address: TileAddress) -> int:
        """How many records may touch the tile, by their bounds alone: what it costs to make it goes with this."""
        west, south, east, north = address.window_deg(BUFFER)
        bounds = self._bounds
        is_near = (bounds[:, 1] <= north) & (bounds[:, 3] >= south)
        is_beside = np.zeros(len(bounds), dtype=bool)
        for turn_deg in (-360.0, 0.0, 360.0):
            is_beside |= (bounds[:, 0] + turn_deg <= east) & (bounds[:, 2] + turn_deg >= west)
        return int((is_near & is_beside).sum())

    def records_in(self, address: TileAddress) -> Ints:
        """The records that the tile tells of, by their place in the set."""
        return self._pieces(address, BUFFER)[0]

    def tile(self, address: TileAddress) -> bytes:
        """The tile with the layer ``records``; empty bytes if nothing touches it."""
        record, pieces = self._pieces(address, BUFFER)
        if not len(record):
            return b""
        true = on_tile(pieces, address)
        hazard, point = self._is_hazard[record], self._dimensions[record] == 0
        drawn = np.empty(len(record), dtype=object)
        grows = hazard & ~point
        drawn[grows] = outward(true[grows])
        drawn[hazard & point] = _rounded_points(true[hazard & point])
        drawn[~hazard] = inward(true[~hazard])
        is_mark = shapely.is_missing(drawn)
        drawn[is_mark] = marks(true[is_mark])
        rows = [
            {**self._properties[at], "is_mark": True} if mark else self._properties[at]
            for at, mark in zip(record.tolist(), is_mark.tolist(), strict=True)
        ]
        return layer_bytes(RECORDS_LAYER, drawn, record, rows)

    def cells(self, address: TileAddress) -> bytes:
        """The tile as a grid of cells with the layer ``cells``; empty bytes if nothing touches it.

        Every record counts in every cell that it touches, so that the cells of a kind together contain its outlines. A
        cell tells its ``count``, and how many there are of each kind by the kind's name.
        """
        record, number = self._cell_pairs(address)
        if not len(record):
            return b""
        boxes, numbers, of_kind = counted(self._kind_of[record], number, self._kind_names)
        rows: list[dict[str, Value]] = [{"count": sum(counts.values()), **counts} for counts in of_kind]
        return layer_bytes(CELLS_LAYER, boxes, numbers, rows)

    def _cell_pairs(self, address: TileAddress) -> tuple[Ints, Ints]:
        """Records and the numbers of the cells that they touch.

        Where a whole record lies within one cell or two, its extent says so: on a tile of a hundred thousand records
        that is most of them, and cutting their outlines took ten times as long.
        """
        west, south, east, north = address.box_deg
        bounds = self._bounds
        inside = np.flatnonzero(
            (bounds[:, 0] > west) & (bounds[:, 2] < east) & (bounds[:, 1] > south) & (bounds[:, 3] < north)
        )
        corners = bounds[inside]
        first, last = cells_of_extents(address.units(corners[:, [0, 3]]), address.units(corners[:, [2, 1]]))
        is_sure, is_two = first >= 0, (first >= 0) & (first != last)
        others = np.ones(len(bounds), dtype=bool)
        others[inside[is_sure]] = False
        record, pieces = self._pieces(address, 0, others)
        of_piece, number = touched(on_tile(pieces, address)) if len(record) else (record, record)
        return (
            np.concatenate([inside[is_sure], inside[is_two], record[of_piece]]),
            np.concatenate([first[is_sure], last[is_two], number]),
        )

    def _pieces(self, address: TileAddress, around: int, among: Bools | None = None) -> tuple[Ints, Objects]:
        """Records that touch the tile and so many units around it, and the piece of each that lies there; degrees.

        Of all records, or of those ``among`` which they are looked for.
        """
        west, south, east, north = address.window_deg(around)
        record_indices, pieces = self._clipped((west, south, east, north), 0.0, among)
        if west >= -180.0 and east <= 180.0 and address.column not in (0, 2**address.zoom - 1):
            return record_indices, pieces
        # Beyond the antimeridian the earth goes on: what was cut there is put together again, so that no seam is drawn.
        parts, owners = [pieces], [record_indices]
        for turn_deg in (-360.0, 360.0):
            more, shifted = self._clipped((west, south, east, north), turn_deg, among)
            parts.append(shifted)
            owners.append(more)
        owner, part = np.concatenate(owners), np.concatenate(parts)
        order = np.argsort(owner, kind="stable")
        record, first, count = np.unique(owner[order], return_index=True, return_counts=True)
        whole = part[order][first]
        for at in np.flatnonzero(count > 1):
            whole[at] = shapely.union_all(part[order][first[at] : first[at] + count[at]])
        return record, whole

    def _clipped(
        self, window: tuple[float, float, float, float], turn_deg: float, among: Bools | None
    ) -> tuple[Ints, Objects]:
        """What touches the window, cut to it, of the records moved to the east by so many degrees."""
        west, south, east, north = window
        bounds = self._bounds
        near = (bounds[:, 0] + turn_deg <= east) & (bounds[:, 2] + turn_deg >= west)
        near &= (bounds[:, 1] <= north) & (bounds[:, 3] >= south)
        if among is not None:
            near &= among
        record_indices = np.flatnonzero(near)
        pieces, box = self._geometries[record_indices], bounds[record_indices]
        if turn_deg:
            pieces = np.asarray(
                shapely.transform(pieces, lambda places: places + np.array([turn_deg, 0.0])), dtype=object
            )
        inside = (box[:, 0] + turn_deg >= west) & (box[:, 2] + turn_deg <= east)
        inside &= (box[:, 1] >= south) & (box[:, 3] <= north)
        frame = shapely.box(west, south, east, north)
        cut = np.flatnonzero(~inside)
        pieces[cut] = _cut(pieces[cut], frame)
        some = ~shapely.is_empty(pieces)
        return record_indices[some].astype(np.int64), pieces[some]


def _cut(pieces: Objects, frame: shapely.Polygon) -> Objects:
    try:
        return np.asarray(shapely.intersection(pieces, frame), dtype=object)
    except GEOSException:
        return np.array([_cut_one(piece, frame) for piece in pieces], dtype=object)


def _cut_one(piece: BaseGeometry, frame: shapely.Polygon) -> BaseGeometry:
    """One that cannot be cut stays whole: too much is drawn of it, never too little."""
    try:
        return shapely.intersection(piece, frame)
    except GEOSException:
        return piece


def _rounded_points(points: Objects) -> Objects:
    return np.asarray(shapely.transform(points, np.rint), dtype=object)
