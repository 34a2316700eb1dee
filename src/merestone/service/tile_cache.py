"""Tiles that were made, kept until they are too many: by the chain, the day, the times asked for, and the tile."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Final

from merestone.service.packed import Packed

KEPT_BYTES: Final = 64 * 1024 * 1024
"""Compressed bytes of all tiles that are kept together: some ten thousand tiles."""
ENTRY_BYTES: Final = 200
"""What a tile takes beside its own bytes."""


class TileCache:
    """The tiles that were asked for last. Several threads may ask; a tile may then be made twice."""

    def __init__(self, most_bytes: int = KEPT_BYTES) -> None:
        self._most, self._bytes = most_bytes, 0
        self._tiles: OrderedDict[Hashable, Packed] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], bytes]) -> Packed:
        """The tile with this key, made if it is not here."""
        with self._lock:
            cached_tile = self._tiles.get(key)
            if cached_tile is not None:
                self._tiles.move_to_end(key)
                return cached_tile
        packed = Packed.of([make()])
        with self._lock:
            if key not in self._tiles:
                self._tiles[key] = packed
                self._bytes += _size(packed)
            while self._bytes > self._most and self._tiles:
                self._bytes -= _size(self._tiles.popitem(last=False)[1])
        return packed

    def forget(self, is_old: Callable[[Hashable], bool]) -> None:
        """Let go of the tiles whose key says that nobody can ask for them any more."""
        with self._lock:
            for key in [key for key in self._tiles if is_old(key)]:
                self._bytes -= _size(self._tiles.pop(key))


def _size(packed: Packed) -> int:
    return len(packed.content) + ENTRY_BYTES
