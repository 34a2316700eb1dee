"""TopoJSON (Bostock 2013, version 1.0.0): lines that areas share, put together again as GeoJSON features.

A quantized topology has its coordinates rounded to a grid, so that outlines may be off by half a cell of it: that is
added to the accuracy.
"""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from merestone.exchange.formats._json_text import Damaged, Piece, text_of_value
from merestone.exchange.rows.row import Fault
from merestone.terms import FileRefused

_METRES_PER_DEGREE = 111_700.0
"""Not less than a degree of latitude, or of longitude on the equator, anywhere on WGS 84."""


class Topology:
    """A parsed topology: its objects are layers."""

    def __init__(self, value: Mapping[str, Any], path: Path) -> None:
        objects, arcs = value.get("objects"), value.get("arcs")
        if not isinstance(objects, Mapping) or not isinstance(arcs, list):
            why = "it is JSON, but no GeoJSON: type = 'Topology', and no TopoJSON: its objects or arcs are missing"
            raise FileRefused(path, why, "convert it to GeoJSON (topo2geo)")
        self.objects: Mapping[str, Any] = objects
        self._scale: list[float] | None = None
        self._translate: list[float] | None = None
        try:
            transform = value.get("transform")
            if transform is not None:
                self._scale = [float(number) for number in transform["scale"][:2]]
                self._translate = [float(number) for number in transform["translate"][:2]]
            self._arcs = [self._positions(arc, are_steps=True) for arc in arcs]
        except (TypeError, ValueError, KeyError, IndexError, OverflowError) as error:
            raise FileRefused(path, f"its arcs cannot be read: {error}", "convert it to GeoJSON (topo2geo)") from error

    @property
    def shift_m(self) -> float:
        """Half of a cell's diagonal, metres, for coordinates in degrees; 0 where nothing was rounded."""
        return 0.0 if self._scale is None else math.hypot(*self._scale) / 2.0 * _METRES_PER_DEGREE

    def pieces(self, name: str) -> list[Piece]:
        """The geometries of one object as features."""
        whole = self.objects[name]
        parts = whole.get("geometries") if isinstance(whole, Mapping) else None
        chosen = parts if isinstance(parts, list) and whole.get("type") == "GeometryCollection" else [whole]
        return [(text_of_value(part), self._feature(part)) for part in chosen]

    def _feature(self, part: Any) -> Any:
        try:
            geometry = self._geometry(part)
        except (TypeError, ValueError, KeyError, IndexError, AttributeError, OverflowError, RecursionError) as error:
            return Damaged(Fault("unreadable_geometry", f"its arcs cannot be put together: {error!r}"))
        feature = {"type": "Feature", "properties": part.get("properties"), "geometry": geometry}
        return {**feature, "id": part["id"]} if "id" in part else feature

    def _geometry(self, part: Mapping[str, Any]) -> dict[str, Any] | None:
        kind = part.get("type")
        if kind is None:
            return None
        if kind == "GeometryCollection":
            return {"type": kind, "geometries": [self._geometry(member) for member in part["geometries"]]}
        if kind == "Point":
            return {"type": kind, "coordinates": self._positions([part["coordinates"]], are_steps=False)[0]}
        if kind == "MultiPoint":
            return {"type": kind, "coordinates": self._positions(part["coordinates"], are_steps=False)}
        arcs = part["arcs"]
        made: Any
        if kind == "LineString":
            made = self._joined(arcs)
        elif kind in ("MultiLineString", "Polygon"):
            made = [self._joined(line) for line in arcs]
        elif kind == "MultiPolygon":
            made = [[self._joined(ring) for ring in polygon] for polygon in arcs]
        else:
            raise ValueError(f"type {kind!r}")
        return {"type": kind, "coordinates": made}

    def _joined(self, arcs: Sequence[int]) -> list[list[float]]:
        """Arcs one after another; the last place of each is the first of the next. ``~n`` is arc n backwards."""
        out: list[list[float]] = []
        for index in arcs:
            arc = self._arcs[index] if index >= 0 else self._arcs[~index][::-1]
            out += arc[1:] if out else arc
        return out

    def _positions(self, positions: Sequence[Any], *, are_steps: bool) -> list[list[float]]:
        if self._scale is None or self._translate is None:
            return [[float(number) for number in position[:2]] for position in positions]
        out, x, y = [], 0.0, 0.0
        for position in positions:
            x, y = (x + position[0], y + position[1]) if are_steps else (position[0], position[1])
            out.append([x * self._scale[0] + self._translate[0], y * self._scale[1] + self._translate[1]])
        return out
