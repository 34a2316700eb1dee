"""Generalised outlines, remembered: making one costs far more than reading its record, and most stay as they are."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from typing import Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

KEPT: Final = 250_000
"""How many outlines one `Covers` keeps; those unused for longest are let go."""
Key = tuple[Hashable, bytes]
"""How an outline was generalised, and the outline itself."""


class Covers:
    """Remembers what became of an outline under a rule. One may be shared by threads; it never holds who asked."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._known: OrderedDict[Key, BaseGeometry] = OrderedDict()
        self._lock = threading.Lock()

    def of(
        self,
        outlines: Sequence[BaseGeometry],
        rules: Sequence[Hashable],
        make: Callable[[list[int]], Sequence[BaseGeometry]],
    ) -> list[BaseGeometry]:
        """What becomes of each outline under its rule, in order.

        Parameters
        ----------
        rules
            For each outline, all else on which the result depends.
        make
            Is asked for those together that are not known yet, by their places.
        """
        wkbs = shapely.to_wkb(np.array(outlines, dtype=object)).tolist()
        keys: list[Key] = list(zip(rules, wkbs, strict=True))
        with self._lock:
            cached = [outline for key in keys if (outline := self._known.get(key)) is not None]
            if len(cached) == len(keys):
                for key in keys:
                    self._known.move_to_end(key)
                return cached
            known = {key: self._known[key] for key in keys if key in self._known}
        missing = {key: place for place, key in enumerate(keys) if key not in known}
        if missing:
            known.update(zip(missing, make(list(missing.values())), strict=True))
        with self._lock:
            for key, outline in known.items():
                self._known[key] = outline
                self._known.move_to_end(key)
            while len(self._known) > self._kept:
                self._known.popitem(last=False)
        return [known[key] for key in keys]
