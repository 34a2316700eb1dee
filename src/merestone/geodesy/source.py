"""The forms in which a geometry may come to a check, brought to Shapely: what the form itself has wrong is found here.

Shapely and GEOS close rings or refuse them before anybody can look; so GeoJSON's rings are read here by ourselves.
"""

import math
from collections.abc import Mapping
from typing import Any

import shapely
import shapely.errors
import shapely.geometry
from shapely.geometry.base import BaseGeometry

from merestone.geodesy.finding import Code, Finding

Source = BaseGeometry | Mapping[str, Any] | bytes | None
"""Shapely geometry, GeoJSON geometry object, WKB, or None."""

Position = tuple[float, ...]


def from_source(source: Source) -> tuple[BaseGeometry | None, tuple[Finding, ...]]:
    """The geometry and what its form had wrong with it; None for a geometry that cannot be read at all."""
    if source is None:
        return None, (Finding(Code.NULL_GEOMETRY, "there is no geometry"),)
    if isinstance(source, bytes | bytearray | memoryview):
        return _from_wkb(bytes(source))
    if isinstance(source, Mapping):
        return _from_geojson(source)
    text = f"a {type(source).__name__} is not a geometry; give a Shapely geometry, a GeoJSON object or WKB"
    return None, (Finding(Code.UNREADABLE, text),)


def _from_wkb(wkb: bytes) -> tuple[BaseGeometry | None, tuple[Finding, ...]]:
    try:
        return shapely.from_wkb(wkb), ()
    except shapely.errors.ShapelyError as error:
        refused = str(error)
    try:
        closed = shapely.from_wkb(wkb, on_invalid="fix")
    except (shapely.errors.ShapelyError, ValueError):
        closed = None
    if closed is None:
        return None, (Finding(Code.UNREADABLE, f"the WKB cannot be read ({refused})"),)
    return closed, (_unclosed(),)


def _from_geojson(geometry: Mapping[str, Any]) -> tuple[BaseGeometry | None, tuple[Finding, ...]]:
    kind = geometry.get("type")
    findings: list[Finding] = []
    try:
        if kind == "Polygon":
            return _polygon(geometry["coordinates"], findings), tuple(findings)
        if kind == "MultiPolygon":
            parts = [_polygon(rings, findings) for rings in geometry["coordinates"]]
            return shapely.MultiPolygon(parts), tuple(findings)
        return shapely.geometry.shape(dict(geometry)), ()
    except _RingRefused as refused:
        return None, (*findings, refused.finding)
    except (shapely.errors.ShapelyError, KeyError, ValueError, TypeError, IndexError, AttributeError) as error:
        text = f"the GeoJSON geometry of type {kind!r} cannot be read ({type(error).__name__}: {error})"
        return None, (*findings, Finding(Code.UNREADABLE, text))


class _RingRefused(Exception):
    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


def _polygon(rings: list[list[list[float]]], findings: list[Finding]) -> shapely.Polygon:
    if not rings:
        return shapely.Polygon()
    shell, *holes = [_ring(ring, findings, is_hole=bool(nth)) for nth, ring in enumerate(rings)]
    return shapely.Polygon(shell, [hole for hole in holes if hole])


def _ring(ring: list[list[float]], findings: list[Finding], *, is_hole: bool) -> list[Position]:
    """The ring, closed; an empty list for a hole without area. Raises `_RingRefused` for an outline of that kind."""
    points = [tuple(float(v) for v in point[:3]) for point in ring]
    for number, point in enumerate(points, start=1):
        if len(point) < 2:
            raise _RingRefused(Finding(Code.UNREADABLE, f"vertex {number} has fewer than two coordinates"))
        if not all(map(math.isfinite, point)):
            raise _RingRefused(Finding(Code.NOT_FINITE, f"vertex {number} is not a number"))
    lon_deg, lat_deg = points[0][:2] if points else (None, None)
    if len({point[:2] for point in points}) < 3:
        text = "a ring has fewer than three different points"
        if not is_hole:
            raise _RingRefused(Finding(Code.TOO_FEW_POINTS, text, lon_deg, lat_deg))
        findings.append(Finding(Code.TOO_FEW_POINTS, text, lon_deg, lat_deg, "it was a hole, and was left out"))
        return []
    if points[0][:2] != points[-1][:2]:
        findings.append(_unclosed(*points[-1][:2]))
        points.append(points[0])
    return points


def _unclosed(lon_deg: float | None = None, lat_deg: float | None = None) -> Finding:
    done = "it was closed by an edge from the last vertex to the first"
    return Finding(Code.UNCLOSED, "an outline does not end where it began", lon_deg, lat_deg, done)
