"""Generalised outlines, remembered: making one costs far more than reading its record, and most stay as they are."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

KEPT: Final = 250_000
"""How many outlines one `Covers` keeps; those unused for longest are let go."""
AT_ONCE: Final = 2_000
"""So many outlines are generalised together: more save no time, and take memory that nobody needs afterwards."""
Key = bytes
"""A digest of how an outline was generalised, and of the outline itself: both are several times as large."""


class Covers:
    """Remembers what became of an outline under a rule. One may be shared by threads; it never holds who asked."""

    def __init__(self, most: int = KEPT) -> None:
        self._most = most
        self._known: OrderedDict[Key, BaseGeometry] = OrderedDict()
        self._lock = threading.Lock()

    def of(
        self,
        outlines: Sequence[BaseGeometry],
        rules: Sequence[bytes],
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
        keys = [
            key
            for start in range(0, len(outlines), AT_ONCE)
            for key in _keys(outlines[start : start + AT_ONCE], rules[start : start + AT_ONCE])
        ]
        with self._lock:
            cached = [outline for key in keys if (outline := self._known.get(key)) is not None]
            if len(cached) == len(keys):
                for key in keys:
                    self._known.move_to_end(key)
                return cached
            known = {key: self._known[key] for key in keys if key in self._known}
        missing = {key: place for place, key in enumerate(keys) if key not in known}
        few, places = list(missing), list(missing.values())
        for start in range(0, len(missing), AT_ONCE):
            end = start + AT_ONCE
            known.update(zip(few[start:end], make(places[start:end]), strict=True))
        with self._lock:
            for key, outline in known.items():
                self._known[key] = outline
                self._known.move_to_end(key)
            while len(self._known) > self._most:
                self._known.popitem(last=False)
        return [known[key] for key in keys]


def _keys(outlines: Sequence[BaseGeometry], rules: Sequence[bytes]) -> list[Key]:
    wkbs = shapely.to_wkb(np.array(outlines, dtype=object)).tolist()
    return [
        # The rule's length stands first, so that no rule and outline read as another rule with another outline.
        blake2b(b"%d:%b%b" % (len(rule), rule, wkb), digest_size=20).digest()
        for rule, wkb in zip(rules, wkbs, strict=True)
    ]
