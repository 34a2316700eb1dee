"""The operator's own base map for phones: of each pack's region a part, kept as long as the region stays the same."""

import contextlib
import hashlib
import json
import math
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from merestone.exchange import BaseMap
from merestone.exchange.formats.base_maps import clip_base_map
from merestone.terms import FileRefused

Bounds = tuple[float, float, float, float]
AROUND_DEG: Final = 0.1
"""How far beyond the areas the base map reaches, at least. Its box is rounded outward to so much: it seldom changes."""
MOST_BYTES: Final = 40_000_000
"""Of one part: what a phone has room for beside its areas, and fetches in some minutes."""
MOST_BYTES_OF_PARTS: Final = 200_000_000
"""Of all parts of the areas together, on the service's disk."""
MOST_TILES: Final = 20_000
MOST_TILES_OF_PARTS: Final = 60_000
"""Of all parts together: to cut so many takes a second of a core, of the five that an offer may take."""

FORM: Final = 2
"""Of what is kept beside each part: where another form is kept, the part is cut anew. Form 1 had no ``whole_zooms``."""


@dataclass(frozen=True)
class OfferedBaseMap:
    """One part of the base map."""

    path: Path
    about: dict[str, Any]
    """What is signed of it: SHA-256 and size, schema, zooms, box, and whom it names."""

    @property
    def sha256(self) -> str:
        """Of the file, hexadecimal."""
        return str(self.about["sha256"])

    def place_in(self, folder: Path) -> None:
        """Put the file into a folder, under its SHA-256."""
        at = folder / self.sha256
        try:
            os.link(self.path, at)
        except FileExistsError:
            pass  # two packs of one region
        except OSError:  # a file system without links
            shutil.copyfile(self.path, at)


class RegionMaps:
    """Cuts the base map, once for each region."""

    def __init__(self, base_map: BaseMap | None) -> None:
        self._base_map = base_map

    def of(self, bounds_deg: Bounds | None, folder: Path, of_parts: int = 0) -> OfferedBaseMap | None:
        """The part around a box, from the folder if it was cut before; None if no tile lies there.

        Of one of so many parts of the areas, or (0) of all of them.
        A base map that is damaged there is left out: hazards are offered without it.
        """
        if self._base_map is None or bounds_deg is None:
            return None
        box = _around(bounds_deg)
        limits = _limits(of_parts)
        name = hashlib.sha256(repr((FORM, self._base_map.tag, box, limits)).encode()).hexdigest()[:32]
        path, described = folder / f"{name}.pmtiles", folder / f"{name}.json"
        if not described.is_file():
            folder.mkdir(exist_ok=True)
            new = folder / f"{name}.{os.getpid()}"
            about = self._cut(self._base_map, box, new, limits)
            if about is not None:
                new.replace(path)
            new.write_text(json.dumps(about), encoding="utf-8")
            new.replace(described)
        about = json.loads(described.read_text(encoding="utf-8"))
        return None if about is None else OfferedBaseMap(path, about)

    @staticmethod
    def _cut(base_map: BaseMap, box: Bounds, path: Path, limits: tuple[int, int]) -> dict[str, Any] | None:
        try:
            clipped = clip_base_map(base_map, box, path, most_bytes=limits[0], most_tiles=limits[1])
        except FileRefused:
            path.unlink(missing_ok=True)
            return None
        if clipped is None:
            return None
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        return {
            "sha256": sha256,
            "size_bytes": clipped.size_bytes,
            "schema": base_map.schema,
            "zooms": list(clipped.zooms),
            "whole_zooms": list(base_map.zooms),
            "bounds_deg": list(clipped.bounds_deg),
            "attribution": base_map.attribution,
        }


def _limits(of_parts: int) -> tuple[int, int]:
    """The most bytes, and the most tiles."""
    if not of_parts:
        return MOST_BYTES, MOST_TILES
    return min(MOST_BYTES, MOST_BYTES_OF_PARTS // of_parts), min(MOST_TILES, MOST_TILES_OF_PARTS // of_parts)


def forget_others(folder: Path, used: list[OfferedBaseMap]) -> None:
    """Remove the parts of regions that are offered no more."""
    names = {offered.path.stem for offered in used}
    for path in folder.glob("*"):
        if path.stem not in names:
            with contextlib.suppress(OSError):
                path.unlink()


def _around(bounds_deg: Bounds) -> Bounds:
    """A box with what lies around it, rounded outward."""

    def outward(degrees: float, side: int) -> float:
        tenths = (math.ceil if side > 0 else math.floor)(degrees / AROUND_DEG + 1e-9 * -side)
        return round((tenths + side) * AROUND_DEG, 6)

    west, south, east, north = bounds_deg
    return (
        max(outward(west, -1), -180.0),
        max(outward(south, -1), -90.0),
        min(outward(east, 1), 180.0),
        min(outward(north, 1), 90.0),
    )
