"""Inputs of about 1 MB with as many rows, corners or parts as their format can hold: what each costs is counted here.

A value of few digits takes few bytes, so that 1 MB holds 250,000 positions. `megabyte_costs.py` measures them.
"""

import io
import json
import sqlite3
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pyogrio
import shapely
from shapely.geometry.base import BaseGeometry

MEGABYTE: Final = 1_000_000
_LON_LAT: Final = "EPSG:4326"


def _filled(head: str, row: Callable[[Random], str], tail: str = "", between: str = "") -> bytes:
    """As many rows as 1 MB holds."""
    random = Random(1)
    out, size = [head], len(head) + len(tail)
    while size < MEGABYTE:
        text = row(random) if len(out) == 1 else between + row(random)
        size += len(text.encode())
        out.append(text)
    return "".join([*out, tail]).encode()


def _whole(random: Random) -> tuple[int, int]:
    return random.randint(1, 90), random.randint(1, 80)


def _box(random: Random) -> str:
    x, y = _whole(random)
    return f"{x} {y},{x + 1} {y},{x} {y + 1},{x} {y}"


def _text_inputs() -> Iterator[tuple[str, bytes]]:
    def pair(random: Random, form: str) -> str:
        x, y = _whole(random)
        return form.format(x=x, y=y, r=random.randint(1, 9), a=random.randint(1, 999), b=random.randint(0, 59))

    plain = {
        "points.csv": ("lon,lat\n", "{x},{y}\n"), "points.tsv": ("lon\tlat\n", "{x}\t{y}\n"),
        "points-named.csv": ("id,lon,lat\n", "{a},{x},{y}\n"),
        "points-radius.csv": ("lon,lat,r\n", "{x},{y},{r}\n"),
        "points-radius-m.csv": ("lon,lat,radius_m\n", "{x},{y},{r}\n"),
        "points-away.csv": ("lon,lat,bearing,distance_m\n", "{x},{y},90,{a}\n"),
        "points-radius-away.csv": ("lon,lat,radius_m,bearing,distance_m\n", "{x},{y},{r},90,{a}\n"),
        "points-accuracy.csv": ("lon,lat,accuracy_m\n", "{x},{y},{a}\n"),
        "points-dms.csv": ("lat,lon\n", "44 {b} {r},17 {b} {r}\n"),
        "points-minutes.tsv": ("lat\tlon\n", "44 {b}\t17 {b}\n"),
        "points-mgrs.csv": ("mgrs\n", "33TXK{x:02d}{y:02d}\n"),
        "points-mgrs-refused.csv": ("mgrs\n", "33TXA{x:02d}{y:02d}\n"),
        "points-utm.csv": ("zone,easting,northing\n", "33T,6{x:02d}{x:02d}{r},49{x:02d}{y:02d}{r}\n"),
        "points-geohash.csv": ("geohash\n", "u24{r}{r}\n"),
        "outlines-wkt.csv": ("lon,lat,outline\n", '{x},{y},"POLYGON(({x} {y},{x}.1 {y},{x} {y}.1,{x} {y}))"\n'),
        "outlines-json.csv": (
            "lon,lat,outline\n",
            '{x},{y},"{{""type"":""Polygon"",""coordinates"":[[[{x},{y}],[{x}.1,{y}],[{x},{y}.1],[{x},{y}]]]}}"\n',
        ),
        "arcs-lines.csv": ("wkt\n", '"CIRCULARSTRING({x} {y},{y} {x},{r} {r})"\n'),
        "arcs-circles.csv": ("wkt\n", '"CURVEPOLYGON(CIRCULARSTRING({x} {y},{x}.1 {y},{x} {y}))"\n'),
    }  # fmt: skip
    for name, (head, form) in plain.items():
        yield name, _filled(head, lambda random, form=form: pair(random, form))  # type: ignore[misc]
    yield "outlines.csv", _filled("wkt\n", lambda random: f'"POLYGON(({_box(random)}))"\n')
    yield "empty-rows.csv", _filled("lon,lat\n", lambda _: "\n")
    yield "unreadable.csv", _filled("lon,lat\n", lambda _: "a,b\n")


def _json_inputs() -> Iterator[tuple[str, bytes]]:
    def point(random: Random, form: str) -> str:
        x, y = _whole(random)
        return form % (x, y)

    feature = '{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[%d,%d]}}'
    head, tail = '{"type":"FeatureCollection","features":[', "]}"
    yield "points.geojson", _filled(head, lambda random: point(random, feature), tail, ",")
    yield "points-lines.geojson", _filled("", lambda random: point(random, feature) + "\n")
    yield "nulls.geojson", _filled(head, lambda _: '{"type":"Feature"}', tail, ",")
    multi = '{"type":"Feature","properties":{},"geometry":{"type":"Multi%s","coordinates":['
    yield "multipoint.geojson", _filled(multi % "Point", lambda random: point(random, "[%d,%d]"), "]}}", ",")
    corners = ",".join("[%d,%d]" for _ in range(4))
    for name, ring in (("multipolygon", f"[[{corners}]]"), ("holes", f"[{corners}]")):

        def part(random: Random, ring: str = ring) -> str:
            x, y = _whole(random)
            return ring % (x, y, x + 1, y, x, y + 1, x, y)

        kind = multi % "Polygon" if name == "multipolygon" else (multi % "Polygon").replace("Multi", "")
        yield f"{name}.geojson", _filled(kind, part, "]}}", ",")
    esri = '{"geometryType":"esriGeometryPoint","spatialReference":{"wkid":4326},"features":['
    yield "points-esri.json", _filled(esri, lambda random: point(random, '{"geometry":{"x":%d,"y":%d}}'), "]}", ",")
    yield "table.json", _filled("[", lambda random: point(random, '{"lon":%d,"lat":%d}'), "]", ",")
    yield "table-columns.json", _filled("[", lambda random: f'{{"lon":1,"lat":2,"c{random.random()}":1}}', "]", ",")


def _xml_inputs() -> Iterator[tuple[str, bytes]]:
    def each(form: str) -> Callable[[Random], str]:
        def row(random: Random) -> str:
            x, y = _whole(random)
            return form.format(x=x, y=y, ring=_box(random).replace(",", ";").replace(" ", ",").replace(";", " "))

        return row

    kml = '<kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
    point = "<Placemark><Point><coordinates>{x},{y}</coordinates></Point></Placemark>"
    yield "points.kml", _filled(kml, each(point), "</Document></kml>")
    yield "folders.kml", _filled(kml, each("<Folder>" + point + "</Folder>"), "</Document></kml>")
    ring = "<LinearRing><coordinates>{ring}</coordinates></LinearRing>"
    ring = f"<Polygon><outerBoundaryIs>{ring}</outerBoundaryIs></Polygon>"
    many = "<Placemark><MultiGeometry>"
    yield "parts.kml", _filled(kml + many, each(ring), "</MultiGeometry></Placemark></Document></kml>")
    line = "<Placemark><LineString><coordinates>"
    yield "line.kml", _filled(kml + line, each("{x},{y} "), "</coordinates></LineString></Placemark></Document></kml>")
    track = '<Placemark xmlns:gx="http://www.google.com/kml/ext/2.2"><gx:Track>'
    yield (
        "track.kml",
        _filled(kml + track, each("<gx:coord>{x} {y}</gx:coord>"), "</gx:Track></Placemark></Document></kml>"),
    )
    gpx = '<gpx xmlns="http://www.topografix.com/GPX/1/1" version="1.1" creator="c">'
    yield "points.gpx", _filled(gpx, each('<wpt lat="{y}" lon="{x}"/>'), "</gpx>")
    yield "track.gpx", _filled(gpx + "<trk><trkseg>", each('<trkpt lat="{y}" lon="{x}"/>'), "</trkseg></trk></gpx>")
    segment = '<trkseg><trkpt lat="{y}" lon="{x}"/></trkseg>'
    yield "segments.gpx", _filled(gpx + "<trk>", each(segment), "</trk></gpx>")
    gml = '<g:FeatureCollection xmlns:g="http://www.opengis.net/gml/3.2">'
    srs = 'srsName="urn:ogc:def:crs:OGC:1.3:CRS84"'
    row = "<g:featureMember><h><p><g:Point " + srs + "><g:pos>{x} {y}</g:pos></g:Point></p></h></g:featureMember>"
    yield "points.gml", _filled(gml, each(row), "</g:FeatureCollection>")


def _written(name: str, shapes: Sequence[BaseGeometry], folder: Path) -> bytes:
    path = folder / name
    wkbs = np.array([shapely.to_wkb(shape) for shape in shapes], dtype=object)
    kind = shapely.get_type_id(np.array(shapes, dtype=object))[0]
    geometry_type = {0: "Point", 1: "LineString", 3: "Polygon", 4: "MultiPoint", 6: "MultiPolygon"}[int(kind)]
    pyogrio.raw.write(path, wkbs, [], [], layer="a", geometry_type=geometry_type, crs=_LON_LAT)
    if name.endswith(".gpkg"):
        with sqlite3.connect(path) as connection:
            connection.execute("PRAGMA page_size = 512")
        connection.execute("VACUUM")
        connection.close()
    return path.read_bytes()


def _zipped(name: str, shapes: Sequence[BaseGeometry], folder: Path) -> bytes:
    """A data set of several files, packed without being made smaller."""
    folder.mkdir()
    wkbs = np.array([shapely.to_wkb(shape) for shape in shapes], dtype=object)
    kind = "Point" if shapes[0].geom_type == "Point" else "Polygon"
    driver = "OpenFileGDB" if name.endswith(".gdb") else "ESRI Shapefile"
    pyogrio.raw.write(folder / name, wkbs, [], [], layer="a", geometry_type=kind, crs=_LON_LAT, driver=driver)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, path.relative_to(folder))
    return file.getvalue()


def _binary_inputs() -> Iterator[tuple[str, bytes]]:
    random = Random(4)
    places = [shapely.Point(_whole(random)) for _ in range(60_000)]
    boxes = [shapely.box(x, y, x + 0.5, y + 0.5) for x, y in (_whole(random) for _ in range(12_000))]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        yield "points.fgb", _written("a.fgb", places[:12_000], folder)
        yield "boxes.fgb", _written("b.fgb", boxes[:5_000], folder)
        yield "points.gpkg", _written("a.gpkg", places[:12_000], folder)
        yield "parts.gpkg", _written("b.gpkg", [shapely.MultiPolygon(boxes[:10_000])], folder)
        yield "points-many.gpkg", _written("c.gpkg", [shapely.MultiPoint(places[:40_000])], folder)
        yield "points-shp.zip", _zipped("a.shp", places[:18_000], folder / "shp")
        yield "boxes-shp.zip", _zipped("b.shp", boxes[:6_000], folder / "shp-boxes")
        yield "points-gdb.zip", _zipped("c.gdb", places[:40_000], folder / "gdb")
    wkb = pa.array([shapely.to_wkb(place) for place in places], pa.binary())
    for kind in ("parquet", "arrow"):
        column = {"encoding": "WKB", "geometry_types": []}
        geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
        table = pa.table({"geometry": wkb}).replace_schema_metadata({"geo": json.dumps(geo)})
        file = io.BytesIO()
        if kind == "parquet":
            pq.write_table(table, file)
        else:
            feather.write_feather(table.slice(0, 40_000), file, compression="uncompressed")
        yield f"points-wkb.{kind}", file.getvalue()


def row_inputs() -> Iterator[tuple[str, bytes]]:
    """Each input's file name and bytes."""
    for group in (_text_inputs, _json_inputs, _xml_inputs, _binary_inputs):
        yield from group()
