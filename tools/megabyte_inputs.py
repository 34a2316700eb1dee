"""Inputs of about 1 MB that are costly on purpose: many curves, long edges, outlines that cross themselves.

Each is sound as a file, so that no reader refuses it at its first byte. `megabyte_costs.py` measures them.
"""

import io
import json
import math
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from random import Random
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

MEGABYTE: Final = 1_000_000
Place = tuple[float, float]
_GML: Final = '<gml:FeatureCollection xmlns:gml="http://www.opengis.net/gml/3.2" xmlns:a="urn:a">\n'
_SRS: Final = 'srsName="http://www.opengis.net/gml/srs/epsg.xml#4326"'


def on_a_circle(count: int, radius_deg: float = 0.2) -> list[Place]:
    """Places along a circle, so that arcs through them make one sound outline."""
    angles = np.arange(count) * 2 * np.pi / count
    return [(17.1 + radius_deg * math.cos(a), 44.9 + radius_deg * math.sin(a)) for a in angles]


def at_random(count: int, seed: int = 7) -> list[Place]:
    """Places at random: whatever is drawn through them crosses itself everywhere."""
    random = Random(seed)
    return [(17 + random.random(), 44.5 + random.random()) for _ in range(count)]


def along_a_comb(count: int) -> list[Place]:
    """Places up and down side by side."""
    return [(17 + at / count, 44.9 + (at % 2) * 0.3) for at in range(count)]


WAYS: Final[dict[str, Callable[[int], list[Place]]]] = {
    "circle": on_a_circle, "random": at_random, "comb": along_a_comb,
}  # fmt: skip


def _pairs(places: Sequence[Place], separator: str = " ", between: str = " ") -> str:
    return between.join(f"{x:.5f}{separator}{y:.5f}" for x, y in places)


def _small_rings(count: int) -> list[list[Place]]:
    """Many small circles, four places each."""
    return [
        [(x + 1e-4 * math.cos(a), y + 1e-4 * math.sin(a)) for a in (0, 1.5, 3, 4.5)] for x, y in at_random(count, 3)
    ]


# ---- GML


def _gml(outlines: Sequence[str]) -> bytes:
    rows = "".join(
        f'<gml:featureMember><a:h gml:id="h{at}"><a:g>{outline}</a:g></a:h></gml:featureMember>\n'
        for at, outline in enumerate(outlines)
    )
    return f"{_GML}{rows}</gml:FeatureCollection>\n".encode()


def _gml_area(segments: str) -> str:
    return (
        f"<gml:Polygon {_SRS}><gml:exterior><gml:Ring><gml:curveMember><gml:Curve><gml:segments>{segments}"
        "</gml:segments></gml:Curve></gml:curveMember></gml:Ring></gml:exterior></gml:Polygon>"
    )


def _gml_segments(kind: str, places: Sequence[Place]) -> str:
    """One segment after the other, each of a few places."""
    size = {"ArcByCenterPoint": 1, "CircleByCenterPoint": 1, "Geodesic": 2, "ArcByBulge": 2, "Bezier": 4, "BSpline": 4}
    step = size.get(kind, 3)
    after = {
        "ArcByCenterPoint": '<gml:radius uom="m">90</gml:radius>',
        "CircleByCenterPoint": '<gml:radius uom="m">90</gml:radius>',
        "ArcByBulge": "<gml:bulge>0.001</gml:bulge><gml:normal>1</gml:normal>",
    }.get(kind, "")
    pieces = [places[at : at + step] for at in range(0, len(places) - step, max(step - 1, 1))]
    return "".join(f"<gml:{kind}><gml:posList>{_pairs(piece)}</gml:posList>{after}</gml:{kind}>" for piece in pieces)


GML_KINDS: Final = (
    "Arc", "ArcByCenterPoint", "CircleByCenterPoint", "ArcByBulge", "Bezier", "BSpline", "Geodesic",
)  # fmt: skip


def _gml_inputs() -> Iterator[tuple[str, bytes]]:
    for kind in GML_KINDS:
        each = len(_gml_segments(kind, at_random(60))) / 60
        for way in ("circle", "random"):
            yield f"{kind}-one-{way}.gml", _gml([_gml_area(_gml_segments(kind, WAYS[way](int(MEGABYTE / each))))])
        one = len(_gml([_gml_area(_gml_segments(kind, at_random(9)))])) - len(_gml([]))
        many = [_gml_area(_gml_segments(kind, ring * 2 + ring[:1])) for ring in _small_rings(MEGABYTE // one)]
        yield f"{kind}-many.gml", _gml(many)
    for way, make in WAYS.items():
        text = f"<gml:ArcString><gml:posList>{_pairs(make(55_001))}</gml:posList></gml:ArcString>"
        yield f"ArcString-one-{way}.gml", _gml([_gml_area(text)])
        text = f"<gml:GeodesicString><gml:posList>{_pairs(make(55_001))}</gml:posList></gml:GeodesicString>"
        yield f"GeodesicString-one-{way}.gml", _gml([_gml_area(text)])
    far = [(random.uniform(-179, 179), random.uniform(-80, 80)) for random in [Random(3)] for _ in range(50_000)]
    text = f"<gml:GeodesicString><gml:posList>{_pairs(far)}</gml:posList></gml:GeodesicString>"
    one_by_one = "".join(
        f"<gml:Geodesic><gml:posList>{_pairs([near, (near[0] + 100, near[1])])}</gml:posList></gml:Geodesic>"
        for near in at_random(9_000)
    )
    yield "Geodesic-apart.gml", _gml([f"<gml:Curve {_SRS}><gml:segments>{one_by_one}</gml:segments></gml:Curve>"])
    lines = [
        f"<gml:Curve {_SRS}><gml:segments><gml:Geodesic><gml:posList>{_pairs([near, (near[0] + 100, near[1])])}"
        "</gml:posList></gml:Geodesic></gml:segments></gml:Curve>"
        for near in at_random(3_000)
    ]
    yield "Geodesic-far-many.gml", _gml(lines)
    yield "GeodesicString-far.gml", _gml([f"<gml:Curve {_SRS}><gml:segments>{text}</gml:segments></gml:Curve>"])


# ---- Esri JSON


def _esri(geometries: Sequence[object], wkid: int = 4326) -> bytes:
    features = [{"attributes": {"OBJECTID": at}, "geometry": one} for at, one in enumerate(geometries)]
    made = {"geometryType": "esriGeometryPolygon", "spatialReference": {"wkid": wkid}, "features": features}
    return json.dumps(made, separators=(",", ":")).encode()


def _esri_curves(kind: str, places: Sequence[Place]) -> list[object]:
    rounded = [[round(x, 5), round(y, 5)] for x, y in places]
    ring: list[object] = [rounded[0]]
    if kind == "c":
        ring += [{"c": [rounded[at + 1], rounded[at]]} for at in range(1, len(rounded) - 1, 2)]
    elif kind == "b":
        ring += [{"b": [rounded[at + 2], rounded[at], rounded[at + 1]]} for at in range(1, len(rounded) - 2, 3)]
    else:
        ring += [
            {"a": [end, [(start[0] + end[0]) / 2, (start[1] + end[1]) / 2], 0, 1]} for start, end in pairwise(rounded)
        ]
    return ring


def _esri_inputs() -> Iterator[tuple[str, bytes]]:
    for kind in "cba":
        each = len(json.dumps(_esri_curves(kind, at_random(90)), separators=(",", ":"))) / 90
        for way, make in WAYS.items():
            yield (
                f"esri-{kind}-one-{way}.json",
                _esri([{"curveRings": [_esri_curves(kind, make(int(MEGABYTE / each)))]}]),
            )
        one = len(json.dumps(_esri_curves(kind, at_random(9)), separators=(",", ":"))) + 60
        rings = [ring * 2 + ring[:1] for ring in _small_rings(MEGABYTE // one)]
        yield f"esri-{kind}-many.json", _esri([{"curveRings": [_esri_curves(kind, ring)]} for ring in rings])
        yield f"esri-{kind}-parts.json", _esri([{"curveRings": [_esri_curves(kind, ring) for ring in rings]}])
        yield f"esri-{kind}-paths.json", _esri([{"curvePaths": [_esri_curves(kind, ring) for ring in rings]}])


# ---- text


def _csv(texts: Sequence[str]) -> bytes:
    return ("id,wkt\n" + "".join(f'{at},"{text}"\n' for at, text in enumerate(texts))).encode()


def _curve_polygon(places: Sequence[Place]) -> str:
    even = list(places[: len(places) - (len(places) + 1) % 2 - 1])
    return f"CURVEPOLYGON(CIRCULARSTRING({_pairs([*even, *even[:1]], between=',')}))" if len(even) % 2 == 0 else ""


def _wkt_inputs() -> Iterator[tuple[str, bytes]]:
    for way, make in WAYS.items():
        yield f"wkt-arcs-one-{way}.csv", _csv([_curve_polygon(make(55_001))])
        yield f"wkt-corners-one-{way}.csv", _csv([f"POLYGON(({_pairs(closed(make(55_000)), between=',')}))"])
    rings = _small_rings(9_000)
    yield "wkt-arcs-many.csv", _csv([_curve_polygon([*ring, ring[0]]) for ring in rings])
    parts = ",".join(_curve_polygon([*ring, ring[0]]) for ring in rings)
    yield "wkt-arcs-parts.csv", _csv([f"MULTISURFACE({parts})"])
    hundred = [_curve_polygon(at_random(201, seed)) for seed in range(250)]
    yield "wkt-arcs-250-random.csv", _csv(hundred)
    yield (
        "wkt-corners-250-random.csv",
        _csv([f"POLYGON(({_pairs(closed(at_random(200, n)), between=',')}))" for n in range(250)]),
    )
    shapes: list[object] = [shapely.Polygon(closed(at_random(61, seed))) for seed in range(480)]
    yield "wkb-corners-480-random.csv", _csv([shapely.to_wkb(one, hex=True) for one in shapes])  # type: ignore[call-overload]


def closed(places: list[Place]) -> list[Place]:
    """With the first place at the end."""
    return [*places, places[0]]


# ---- MIF


def _mif(objects: Sequence[str], projection: str = "CoordSys Earth Projection 1, 104") -> bytes:
    return f'Version 300\nCharset "Neutral"\nDelimiter ","\n{projection}\nColumns 0\nData\n{"".join(objects)}'.encode()


def _mif_inputs() -> Iterator[tuple[str, bytes]]:
    places = at_random(20_000)
    yield (
        "mif-arcs.mif",
        _mif(
            [
                f"Arc {x:.3f} {y:.3f} {x + 0.01:.3f} {y + 0.01:.3f}\n0 {at % 360 + 1}\n"
                for at, (x, y) in enumerate(places)
            ]
        ),
    )
    random = Random(1)
    for name, columns in (("one-box", 1), ("boxes", 90)):  # 45,000 lines whose ends coincide, or meet here and there
        boxes = [(random.randint(10, 9 + columns), random.randint(10, 9 + min(columns, 70))) for _ in range(47_000)]
        turns = [(random.randint(0, 359), random.randint(1, 359)) for _ in boxes]
        arcs = [f"Arc {x} {y} {x + 1} {y + 1}\n{a} {b}\n" for (x, y), (a, b) in zip(boxes, turns, strict=True)]
        yield f"mif-arcs-{name}.mif", _mif(arcs)
    halves = [
        f"Arc {x} {y} {x + 1} {y + 1}\n0 {turn}\n" for turn in (90, 180) for x in range(10, 99) for y in range(70)
    ]
    yield "mif-arcs-halves.mif", _mif(halves * 4)
    yield "mif-circles.mif", _mif([f"Ellipse {x:.3f} {y:.3f} {x + 0.01:.3f} {y + 0.01:.3f}\n" for x, y in places])
    yield (
        "mif-rounds.mif",
        _mif([f"Roundrect {x:.3f} {y:.3f} {x + 0.01:.3f} {y + 0.01:.3f} 0.001\n" for x, y in places]),
    )


# ---- long edges


def _far_lines(lines: int, corners: int, *, is_ring: bool) -> list[shapely.Geometry]:
    random = Random(5)
    made: list[shapely.Geometry] = []
    for _ in range(lines):
        places = [(random.uniform(-179, 179), random.uniform(-85, 85)) for _ in range(corners)]
        made.append(shapely.Polygon(places) if is_ring else shapely.LineString(places))
    return made


def _spherical(shapes: Sequence[shapely.Geometry], edges: str = "spherical") -> bytes:
    wkb = pa.array([shapely.to_wkb(one) for one in shapes], pa.binary())
    column = {"encoding": "WKB", "geometry_types": [], "edges": edges}
    geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
    table = pa.table({"geometry": wkb}).replace_schema_metadata({"geo": json.dumps(geo)})
    file = io.BytesIO()
    pq.write_table(table, file, compression="NONE", use_dictionary=False)
    return file.getvalue()


def _edge_inputs() -> Iterator[tuple[str, bytes]]:
    for count in (3, 30, 3_000, 60_000):
        lines = max(60_000 // (count + 2), 1)
        yield f"sphere-lines-of-{count}.parquet", _spherical(_far_lines(lines, count, is_ring=False))
        yield f"sphere-rings-of-{count}.parquet", _spherical(_far_lines(lines, count, is_ring=True))
    for name, area in (("small", 0.05), ("middle", 0.5), ("large", 5.0)):
        boxes = [shapely.box(x, y, x + area, y + area) for x, y in at_random(10_000)]
        yield f"sphere-boxes-{name}.parquet", _spherical(boxes)
    for count in (3, 100, 10_000):
        random = Random(2)
        texts = [
            "POLYGON(("
            + ",".join(f"{random.uniform(2e5, 8e5):.0f} {random.uniform(1e6, 9e6):.0f}" for _ in range(count))
            + "))"
            for _ in range(60_000 // (count + 1))
        ]
        yield f"utm-rings-of-{count}.crs32633.csv", _csv([_ring_closed(text) for text in texts])
        texts = [
            "LINESTRING("
            + ",".join(f"{random.uniform(-2e7, 2e7):.0f} {random.uniform(-2e7, 2e7):.0f}" for _ in range(count))
            + ")"
            for _ in range(60_000 // (count + 1))
        ]
        yield f"mercator-lines-of-{count}.crs3857.csv", _csv(texts)


def _ring_closed(text: str) -> str:
    first = text.removeprefix("POLYGON((").split(",", 1)[0]
    return text.removesuffix("))") + f",{first}))"


def inputs() -> Iterator[tuple[str, bytes]]:
    """Each input's file name and bytes; ``.crs32633.`` in a name: the system that is stated by an option."""
    for group in (_gml_inputs, _esri_inputs, _wkt_inputs, _mif_inputs, _edge_inputs):
        yield from group()
