"""Small sound files for `fuzz_readers.py`, one or more for each reader, made by our own writers or by libraries.

What is made here is written on the spot, around 17.1 E 44.9 N, with made-up attributes. `public_seeds` finds the files
of a reader in a folder of other people's files.
"""

import io
import json
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import shapely
from openpyxl import Workbook

from merestone.exchange.formats import Feature, format_of, known_formats, parts_of
from merestone.terms import MerestoneError

POSITIONS = ("positions_text", "positions_parquet")
"""Readers of `exchange.batches`: tables of positions, as text and as Parquet."""
SHAPES = "shapes"
LARGEST_SEED_BYTES = 60_000
"""Larger files of others are passed over: their mutations would be as slow."""
LARGEST_DATABASE_BYTES = 200_000
"""Of files that are read without going through every byte: SQLite, and folders of tables."""
_BY_FORMATS = {
    "positions_text": ("delimited",),
    "positions_parquet": ("geoparquet",),
    SHAPES: ("gpx", "kml", "geojson", "geoparquet"),
}
"""Whose files the readers read that are no formats."""
_DATABASES = ("geopackage", "spatialite", "filegdb")
"""The reader of `exchange.shapes`: evidence and routes."""
AREA = shapely.box(17.1, 44.9, 17.11, 44.91)
HOLED = shapely.Polygon(
    [(17.2, 44.9), (17.3, 44.9), (17.3, 45.0), (17.2, 45.0)], [[(17.22, 44.92), (17.28, 44.92), (17.25, 44.98)]]
)
GEOMETRIES: tuple[Any, ...] = (
    AREA,
    HOLED,
    shapely.MultiPolygon([AREA, HOLED]),
    shapely.Point(17.105, 44.905),
    shapely.LineString([(17.1, 44.9), (17.2, 44.95), (17.3, 44.9)]),
    None,
)


@dataclass(frozen=True)
class Seed:
    """A data set of one or several files, held in memory."""

    main: str
    """The path by which it is opened, relative to its folder; a folder itself for a file geodatabase."""
    files: Mapping[str, bytes]
    """Content by relative path."""


def reader_names() -> tuple[str, ...]:
    """Every reader that can be fuzzed."""
    return (*known_formats(), *POSITIONS, SHAPES)


def seeds_of(reader: str) -> tuple[Seed, ...]:
    """The sound data sets of one reader."""
    with tempfile.TemporaryDirectory(dir=_fast_folder()) as name:
        folder = Path(name)
        return tuple(_made(reader, folder))


def public_seeds(reader: str, folder: Path) -> tuple[Seed, ...]:
    """The data sets of one reader among the files under a folder, each content once, in order of name."""
    wanted = _BY_FORMATS.get(reader, (reader,))
    found: dict[int, Seed] = {}
    for path in sorted(folder.rglob("*")):
        if path.parent.suffix.lower() == ".gdb" or not (path.is_file() or path.suffix.lower() == ".gdb"):
            continue
        try:
            known = format_of(path)
            if not any(known is known_formats()[name] for name in wanted):
                continue
            parts = sorted(path.iterdir()) if path.is_dir() else parts_of(path)
            most_bytes = LARGEST_DATABASE_BYTES if reader in _DATABASES else LARGEST_SEED_BYTES
            if sum(part.stat().st_size for part in parts) > most_bytes:
                continue
            contents = {f"{path.name}/{part.name}" if path.is_dir() else part.name: part.read_bytes() for part in parts}
        except (MerestoneError, OSError):
            continue
        found.setdefault(hash(tuple(contents.values())), Seed(path.name, contents))
    return tuple(found.values())


def _fast_folder() -> str | None:
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


def _made(reader: str, folder: Path) -> list[Seed]:
    texts = _TEXTS.get(reader)
    made = [Seed(name, {name: content.encode()}) for name, content in (texts or {}).items()]
    for driver, name in _DRIVERS.get(reader, ()):
        made.append(_by_gdal(folder / f"{len(made)}", driver, name))
    if reader in known_formats() and known_formats()[reader].writes:
        made.append(_written(reader, folder))
    if reader == "kml":
        made.append(_zipped("areas.kmz", {"doc.kml": made[0].files[made[0].main]}))
    elif reader == "archive":
        content = _TEXTS["delimited"]["areas.csv"].encode()
        made.append(_zipped("areas.zip", {"areas.csv": content}))
        shapefile = _by_gdal(folder / "zipped", "ESRI Shapefile", "areas.shp")
        made.append(_zipped("shapefile.zip", shapefile.files))
    elif reader == "spreadsheet":
        made.append(_workbook())
    elif reader == "delimited":
        corners = "at-Latitude,at-Longitude,PARENT_KEY,KEY\n"
        corners += "".join(
            f"{lat},{lon},u:1,u:1/tp[{n}]\n" for n, (lon, lat) in enumerate(AREA.exterior.coords[:-1], 1)
        )
        made.append(Seed("form.csv", {"form.csv": b"name,KEY\na,u:1\nb,u:2\n", "form-tp.csv": corners.encode()}))
    elif reader == "gml":
        made.append(Seed("curves.gml", {"curves.gml": _GML.encode()}))
    elif reader == "opendocument":
        made.append(Seed("areas.fods", {"areas.fods": _FODS.encode()}))
        made.append(_zipped("areas.ods", {"mimetype": _ODS_KIND.encode(), "content.xml": _FODS.encode()}))
    elif reader == "positions_parquet":
        made += _parquet_positions()
    elif reader == SHAPES:
        made += _made("gpx", folder) + _made("geojson", folder)
    return made


def _features() -> list[Feature]:
    return [
        Feature(geometry, {"name": f"area {n}", "devices": n, "share": n / 3, "remark": 'Село <&> "č", 2026-05-01'})
        for n, geometry in enumerate(GEOMETRIES)
    ]


def _written(reader: str, folder: Path) -> Seed:
    known = known_formats()[reader]
    path = folder / f"areas{known.suffixes[0]}"
    known.write(path, _features(), layer="areas", about={"title": "Areas", "source": "fuzzing"})
    return Seed(path.name, {path.name: path.read_bytes()})


def _by_gdal(folder: Path, driver: str, name: str) -> Seed:
    folder.mkdir()
    shapes = np.array([shapely.to_wkb(shape) for shape in (AREA, HOLED, AREA)], dtype=object)
    columns: Any = [
        np.array(["first", "Село č", "third"], dtype=object),
        np.array([1, 2, 3], dtype=np.int32),
        np.array(["2026-05-01", "2026-05-02", "NaT"], dtype="datetime64[ms]"),
    ]
    pyogrio.raw.write(
        folder / name, shapes, columns, ["name", "devices", "seen"], geometry_type="Polygon", crs="EPSG:4326",
        driver=driver, layer="areas",
    )  # fmt: skip
    files = {str(part.relative_to(folder)): part.read_bytes() for part in sorted(folder.rglob("*")) if part.is_file()}
    return Seed(name, files)


def _zipped(name: str, members: Mapping[str, bytes]) -> Seed:
    return Seed(name, {name: zip_of(members)})


def zip_of(members: Mapping[str, bytes]) -> bytes:
    """The bytes of a zip archive, the same for the same members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 5, 1, 0, 0, 0)), content)
    return out.getvalue()


def _workbook() -> Seed:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(["name", "lat", "lon", "radius_m", "seen"])
    for n in range(4):
        sheet.append([f"area {n}", 44.9 + n / 100, 17.1, 25, "2026-05-01"])
    out = io.BytesIO()
    book.save(out)
    return Seed("areas.xlsx", {"areas.xlsx": out.getvalue()})


def _parquet_positions() -> list[Seed]:
    lon_deg, lat_deg = [17.105, 17.2, None, 17.25], [44.905, 44.95, 44.9, 44.93]
    plain = pa.table({"lon": lon_deg, "lat": lat_deg, "accuracy_m": [5.0, 10.0, None, 3.0], "name": list("abcd")})
    points = [None if x is None else shapely.to_wkb(shapely.Point(x, y)) for x, y in zip(lon_deg, lat_deg, strict=True)]
    geo = {"version": "1.1.0", "primary_column": "geometry",
           "columns": {"geometry": {"encoding": "WKB", "geometry_types": ["Point"]}}}  # fmt: skip
    geometric = pa.table({"geometry": pa.array(points, pa.binary()), "name": list("abcd")})
    seeds = []
    for name, table in (
        ("plain.parquet", plain),
        ("points.parquet", geometric.replace_schema_metadata({"geo": json.dumps(geo)})),
    ):
        out = io.BytesIO()
        pq.write_table(table, out)
        seeds.append(Seed(name, {name: out.getvalue()}))
    return seeds


_DRIVERS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "shapefile": (("ESRI Shapefile", "areas.shp"),),
    "gml": (("GML", "areas.gml"),),
    "filegdb": (("OpenFileGDB", "areas.gdb"),),
    "mapinfo": (("MapInfo File", "areas.tab"), ("MapInfo File", "areas.mif")),
    "spatialite": (("SQLite", "areas.sqlite"),),
}
_GPX = """<?xml version="1.0" encoding="UTF-8"?>
<gpx version="1.1" creator="fuzz" xmlns="http://www.topografix.com/GPX/1/1">
<wpt lat="44.905" lon="17.105"><ele>120</ele><time>2026-05-01T08:00:00Z</time><name>mine</name><hdop>2</hdop></wpt>
<rte><name>route</name><rtept lat="44.9" lon="17.1"/><rtept lat="44.95" lon="17.2"><name>turn</name></rtept></rte>
<trk><name>track</name><trkseg><trkpt lat="44.9" lon="17.1"><time>2026-05-01T08:00:00Z</time></trkpt>
<trkpt lat="44.91" lon="17.11"><time>2026-05-01T08:01:00.5Z</time></trkpt></trkseg>
<trkseg><trkpt lat="44.92" lon="17.12"/></trkseg></trk></gpx>
"""
_KML = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://www.google.com/kml/ext/2.2"><Document><name>areas</name>
<Schema name="s" id="s"><SimpleField type="int" name="devices"/></Schema>
<Placemark id="a"><name>area</name><ExtendedData><Data name="depth"><value>3</value></Data>
<SchemaData schemaUrl="#s"><SimpleData name="devices">4</SimpleData></SchemaData></ExtendedData>
<Polygon><outerBoundaryIs><LinearRing><coordinates>17.1,44.9,0 17.2,44.9,0 17.2,45,0 17.1,44.9,0</coordinates>
</LinearRing></outerBoundaryIs></Polygon></Placemark>
<Placemark><gx:Track><when>2026-05-01T08:00:00Z</when><when>2026-05-01T08:01:00Z</when>
<gx:coord>17.1 44.9 0</gx:coord><gx:coord>17.2 44.95 0</gx:coord></gx:Track></Placemark>
<Folder><Placemark><Point><coordinates>17.105,44.905</coordinates></Point></Placemark></Folder></Document></kml>
"""
_GML_SEGMENTS = (
    "<gml:ArcByCenterPoint><gml:pos>44.9 17.1</gml:pos><gml:radius uom='m'>500</gml:radius><gml:startAngle uom='deg'>0"
    "</gml:startAngle><gml:endAngle uom='deg'>90</gml:endAngle></gml:ArcByCenterPoint>",
    "<gml:ArcByBulge><gml:posList>44.9 17.1 44.9 17.2</gml:posList><gml:bulge>0.02</gml:bulge><gml:normal>1 0"
    "</gml:normal></gml:ArcByBulge>",
    "<gml:Bezier><gml:posList>44.9 17.1 44.95 17.12 44.95 17.18 44.9 17.2</gml:posList></gml:Bezier>",
    "<gml:Arc><gml:posList>44.9 17.1 44.95 17.15 44.9 17.2</gml:posList></gml:Arc>",
    "<gml:CircleByCenterPoint><gml:pos>44.9 17.1</gml:pos><gml:radius uom='m'>500</gml:radius>"
    "</gml:CircleByCenterPoint>",
)
_GML = '<a:C xmlns:a="urn:a" xmlns:gml="http://www.opengis.net/gml/3.2">' + "".join(
    f"""<gml:featureMember><a:area><a:n>{n}</a:n><a:g><gml:Surface srsName="urn:ogc:def:crs:EPSG::4326"><gml:patches>
<gml:PolygonPatch><gml:exterior><gml:Ring><gml:curveMember><gml:Curve><gml:segments>{segment}<gml:LineStringSegment>
<gml:posList>44.9 17.2 44.85 17.15 44.9 17.1</gml:posList></gml:LineStringSegment></gml:segments></gml:Curve>
</gml:curveMember></gml:Ring></gml:exterior></gml:PolygonPatch></gml:patches></gml:Surface></a:g></a:area>
</gml:featureMember>"""
    for n, segment in enumerate(_GML_SEGMENTS)
) + "</a:C>"  # fmt: skip
_ODS_KIND = "application/vnd.oasis.opendocument.spreadsheet"
_ODS_CELLS = "".join(
    f"""<table:table-row><table:table-cell office:value-type="string"><text:p>{name}<text:s text:c="2"/></text:p>
</table:table-cell><table:table-cell office:value-type="float" office:value="{lat}"><text:p>{lat}</text:p>
</table:table-cell><table:table-cell office:value-type="float" office:value="17.1"/>
<table:table-cell office:value-type="date" office:date-value="2026-05-01" table:number-rows-spanned="2"/>
<table:table-cell office:value-type="boolean" office:boolean-value="true" table:number-columns-repeated="2"/>
<table:covered-table-cell/></table:table-row>"""
    for name, lat in (("a", 44.9), ("b", 44.91))
)
_FODS = f"""<?xml version="1.0" encoding="UTF-8"?><office:document office:mimetype="{_ODS_KIND}"
xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>
<table:table table:name="areas"><table:table-column/><table:table-header-rows><table:table-row>
{
    "".join(
        f'<table:table-cell office:value-type="string"><text:p>{name}</text:p></table:table-cell>'
        for name in ("name", "lat", "lon", "seen", "open", "more")
    )
}</table:table-row></table:table-header-rows>{_ODS_CELLS}
<table:table-row table:number-rows-repeated="1048570"><table:table-cell table:number-columns-repeated="16384"/>
</table:table-row></table:table></office:spreadsheet></office:body></office:document>"""
_ODK_XML = """<data xmlns:orx="http://openrosa.org/xforms" id="f" version="1">
<orx:meta><orx:instanceID>uuid:1</orx:instanceID></orx:meta><place>44.905 17.105 0 5</place>
<outline>44.9 17.1 0 0; 44.9 17.2 0 0; 45 17.2 0 0; 44.9 17.1 0 0</outline><group><name>a</name></group></data>
"""
_ESRI = {
    "geometryType": "esriGeometryPolygon", "spatialReference": {"wkid": 4326}, "objectIdFieldName": "id",
    "fields": [{"name": "id", "type": "esriFieldTypeOID"}, {"name": "seen", "type": "esriFieldTypeDate"}],
    "features": [
        {"attributes": {"id": 1, "seen": 1777593600000},
         "geometry": {"rings": [[[17.1, 44.9], [17.1, 45], [17.2, 45], [17.1, 44.9]]]}},
        {"attributes": {"id": 2, "seen": None},
         "geometry": {"curveRings": [[[17.1, 44.9], {"c": [[17.2, 44.9], [17.15, 45]]}, [17.1, 44.9]]]}},
        {"attributes": {"id": 3, "seen": None}, "geometry": None},
    ],
}  # fmt: skip
_SUBMISSIONS = {
    "@odata.context": "x",
    "value": [
        {"__id": "uuid:1", "__system": {"submitterName": "a"}, "group": {"devices": 3},
         "place": {"type": "Point", "coordinates": [17.105, 44.905, 0], "properties": {"accuracy": 5}},
         "corners": [{"__id": f"c{n}", "at": {"type": "Point", "coordinates": [17.1 + n / 10, 44.9 + n % 2 / 10]}}
                     for n in range(3)]},
        {"__id": "uuid:2", "area": {"type": "Polygon", "coordinates": [[[17.1, 44.9], [17.2, 45], [17.1, 44.9]]]}},
    ],
}  # fmt: skip
_ROWS = {
    "total_count": 2,
    "results": [
        {"name": "a", "place": {"lat": 44.9, "lon": 17.1}, "accuracy_m": 5},
        {"name": "b", "geo_shape": {"type": "Polygon", "coordinates": [[[17.1, 44.9], [17.2, 45], [17.1, 44.9]]]}},
    ],
}
_OVERPASS = {
    "osm3s": {}, "elements": [
        {"type": "node", "id": 1, "lat": 44.9, "lon": 17.1}, {"type": "node", "id": 2, "lat": 45, "lon": 17.1},
        {"type": "way", "id": 3, "nodes": [1, 2], "center": {"lat": 44.9, "lon": 17.1}, "tags": {"a": "b"}},
        {"type": "relation", "id": 4, "tags": {"type": "multipolygon"}, "members": [
            {"type": "way", "ref": 3, "role": "outer", "geometry": [{"lat": 1, "lon": 2}, None]}]},
    ],
}  # fmt: skip
_SOCRATA = {
    "meta": {
        "view": {"columns": [{"fieldName": "n"}, {"fieldName": "p", "subColumnTypes": ["latitude", "longitude"]}]}
    },
    "data": [["a", ["44.9", "17.1"]], ["b", None]],
}
_TOPO = {
    "type": "Topology", "arcs": [[[17.1, 44.9], [17.2, 44.9], [17.2, 45], [17.1, 44.9]]],
    "objects": {"areas": {"type": "GeometryCollection", "geometries": [{"type": "Polygon", "arcs": [[0]]}]}},
}  # fmt: skip
_LINES = '{"type":"Point","coordinates":[17.1,44.9]}\n{"type":"Feature","properties":{"n":1},"geometry":null}\n'
_POINTS = "name,lat,lon,accuracy_m\na,44.905,17.105,5\nb,44.95,17.2,\nc,45.0,17.25,30\n"
_TEXTS: Mapping[str, Mapping[str, str]] = {
    "gpx": {"way.gpx": _GPX},
    "kml": {"areas.kml": _KML},
    "odk": {"data.json": json.dumps(_SUBMISSIONS), "data.xml": _ODK_XML},
    "esri_json": {"areas.json": json.dumps(_ESRI)},
    "json_table": {
        "rows.json": json.dumps(_ROWS),
        "list.json": json.dumps(_ROWS["results"]),
        "view.json": json.dumps(_SOCRATA),
    },
    "overpass": {"answer.json": json.dumps(_OVERPASS)},
    "geojson": {"areas.geojsonl": _LINES, "areas.topojson": json.dumps(_TOPO)},
    "delimited": {
        "areas.csv": _POINTS,
        "wkt.csv": 'n;geometry;radius_m\na;"POLYGON ((17.1 44.9, 17.2 44.9, 17.2 45, 17.1 44.9))";\nb;POINT (1 4);9\n',
        "places.tsv": "name\tposition\na\t44°54'18\" N 17°06'18\" E\nb\t33T YL 08000 75000\nc\t17,105; 44,905\n",
        "zones.csv": "name;zone;easting;northing\na;33N;666000,5;4974000\nb;34N;350000;4974000\n",
        "corners.csv": "area_id,point_no,lat,lon\nA,1,44.9,17.1\nA,2,44.9,17.2\nA,3,45,17.2\nB,1,44.9,17.3\n",
    },
    "positions_text": {
        "points.csv": _POINTS,
        "mgrs.csv": "name,mgrs\na,33TYL0800075000\nb,33T YL 08000 75000\nc,\n",
        "wkt.tsv": "wkt\tname\nPOINT (17.105 44.905)\ta\nPOINT EMPTY\tb\n",
    },
}
