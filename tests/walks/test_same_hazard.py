"""One hazard in every format and spelling that is read: the same answer at a thousand places, never a smaller danger.

A table of writers: a new reader without a line fails a test. What a notation cannot state exactly (minutes and seconds,
metres of a projection) may make the hazard larger by its resolution, never smaller.
"""

import csv
import gzip
import json
import re
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import mgrs
import numpy as np
import pyogrio
import pyproj
import pytest
import shapely
from numpy.typing import NDArray
from openpyxl import Workbook

from merestone.exchange import Feature, format_for_writing, format_of, import_file, known_formats
from merestone.register import Register
from merestone.terms import RecordKind
from tests.exchange.ods_files import write_ods
from tests.exchange.parquet_files import write_native
from tests.walks.answers import answers, places_around

AREA = shapely.Polygon([(17.1, 44.9), (17.11, 44.9), (17.112, 44.907), (17.11, 44.91), (17.1, 44.91)])
CORNERS = list(AREA.exterior.coords)
TO_UTM = pyproj.Transformer.from_crs("OGC:CRS84", "EPSG:32633", always_xy=True)
IN_UTM = shapely.transform(AREA, lambda xy: np.column_stack(TO_UTM.transform(xy[:, 0], xy[:, 1])))
EXACT_M = 0.002
"""Rounding of the kernel, and of one transformation there and back."""


def ours(suffix: str) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        path = folder / f"area{suffix}"
        format_for_writing(path).write(path, [Feature(AREA, {"Name": "a"})], layer="area", about={})
        return path

    return write


def gdal(suffix: str, driver: str) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        path = folder / f"area{suffix}"
        wkb = np.array([shapely.to_wkb(AREA)], dtype=object)
        names = [np.array(["a"], dtype=object)]
        pyogrio.raw.write(path, wkb, names, ["name"], geometry_type="Polygon", crs="EPSG:4326", driver=driver)
        return path

    return write


def text(name: str, content: str) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        (folder / name).write_text(content, encoding="utf-8")
        return folder / name

    return write


def table(*rows: Sequence[object]) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        with (folder / "area.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
        return folder / "area.csv"

    return write


def workbook(*rows: Sequence[object]) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        book = Workbook()
        for row in rows:
            book.worksheets[0].append(list(row))
        book.save(folder / "area.xlsx")
        return folder / "area.xlsx"

    return write


def opendocument(name: str, *rows: Sequence[object]) -> Callable[[Path], Path]:
    return lambda folder: write_ods(folder / name, rows)


def repeat_tables(folder: Path) -> Path:
    """ODK Central's: the repeat is a table of its own."""
    rows = [[f"{lat} {lon} 0 0", f"uuid:1/tp[{n}]", "uuid:1"] for n, (lon, lat) in enumerate(CORNERS[:-1], start=1)]
    with zipfile.ZipFile(folder / "area.zip", "w") as archive:
        archive.writestr("form.csv", "name,KEY\na,uuid:1\n")
        archive.writestr("form-tp.csv", "".join(",".join(row) + "\n" for row in [["at", "KEY", "PARENT_KEY"], *rows]))
    return folder / "area.zip"


def repeat_workbook(folder: Path) -> Path:
    """Kobo's: the repeat is a sheet of its own."""
    book = Workbook()
    book.worksheets[0].append(["name", "_index"])
    book.worksheets[0].append(["a", 1])
    corners = book.create_sheet("corners")
    corners.append(["at", "_index", "_parent_index"])
    for number, (lon, lat) in enumerate(CORNERS[:-1], start=1):
        corners.append([f"{lat} {lon} 0 0", number, 1])
    book.save(folder / "area.xlsx")
    return folder / "area.xlsx"


def native(folder: Path) -> Path:
    write_native(folder / "area.parquet", [AREA], name=["a"])
    return folder / "area.parquet"


def geoarrow(folder: Path) -> Path:
    frame = gpd.GeoDataFrame({"name": ["a"]}, geometry=[AREA], crs="OGC:CRS84")
    frame.to_parquet(folder / "area.parquet", geometry_encoding="geoarrow")
    return folder / "area.parquet"


def gzipped(folder: Path) -> Path:
    path = folder / "area.geojson.gz"
    path.write_bytes(gzip.compress(json.dumps(FEATURE).encode()))
    return path


def dms(degrees: float, letters: str) -> str:
    """Degrees, minutes and whole seconds."""
    seconds = round(abs(degrees) * 3600)
    return f"{seconds // 3600}°{seconds // 60 % 60:02}'{seconds % 60:02}\" {letters[degrees < 0]}"


def comma(number: float) -> str:
    return str(number).replace(".", ",")


def turning_points(header: Sequence[str], spell: Callable[[float, float], Sequence[object]]) -> list[list[object]]:
    """A row for each corner, spelled from its longitude and latitude."""
    corners = enumerate(CORNERS[:-1], start=1)
    return [["hazard_id", "point_no", *header], *([1, number, *spell(lon, lat)] for number, (lon, lat) in corners)]


def utm(lon_deg: float, lat_deg: float) -> tuple[str, float, float]:
    easting_m, northing_m = TO_UTM.transform(lon_deg, lat_deg)
    return "33N", round(easting_m, 3), round(northing_m, 3)


def as_mgrs(lon_deg: float, lat_deg: float) -> tuple[str]:
    return (mgrs.MGRS().toMGRS(lat_deg, lon_deg),)


def separated(separator: str, *rows: Sequence[object]) -> Callable[[Path], Path]:
    name = "area.tsv" if separator == "\t" else "area.csv"
    return text(name, "".join(separator.join(map(str, row)) + "\n" for row in rows))


def zipped(folder: Path) -> Path:
    gdal(".shp", "ESRI Shapefile")(folder)
    with zipfile.ZipFile(folder / "area.zip", "w") as archive:
        for part in folder.glob("area.*"):
            if part.suffix != ".zip":
                archive.write(part, part.name)
    return folder / "area.zip"


def kmz(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "area.kmz", "w") as archive:
        archive.write(ours(".kml")(folder), "doc.kml")
    return folder / "area.kmz"


def kml(shape: str) -> str:
    places = " ".join(f"{lon},{lat}" for lon, lat in CORNERS)
    shape = shape.replace("PLACES", f"<coordinates>{places}</coordinates>")
    names = 'xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://www.google.com/kml/ext/2.2"'
    return f"<kml {names}><Document><Placemark>{shape}</Placemark></Document></kml>"


FEATURE = {"type": "Feature", "properties": {"Name": "a"}, "geometry": shapely.geometry.mapping(AREA)}
LINE = FEATURE | {"geometry": {"type": "LineString", "coordinates": CORNERS}}
ESRI: dict[str, Any] = {
    "geometryType": "esriGeometryPolygon",
    "spatialReference": {"wkid": 4326},
    "features": [{"attributes": {"name": "a"}, "geometry": {"rings": [CORNERS[::-1]]}}],
}
GEOSHAPE = "; ".join(f"{lat} {lon} 0 0" for lon, lat in CORNERS)
INSTANCE = f"""<data id="f" xmlns:orx="http://openrosa.org/xforms"><orx:meta><orx:instanceID>uuid:1</orx:instanceID>
</orx:meta><area>{GEOSHAPE}</area></data>"""
SUBMISSION = {"__id": "uuid:1", "__system": {}, "area": shapely.geometry.mapping(AREA)}
REPEAT = {
    "__id": "uuid:1",
    "corners": [{"__id": f"{n}", "at": {"type": "Point", "coordinates": [*c, 0]}} for n, c in enumerate(CORNERS[:-1])],
}
REPEAT_INSTANCE = INSTANCE.replace(
    f"<area>{GEOSHAPE}</area>", "".join(f"<tp><at>{lat} {lon} 0 0</at></tp>" for lon, lat in CORNERS[:-1])
)
KOBO = {"_id": 1, "_xform_id_string": "f", "area": GEOSHAPE}
RING_KML_PLACES = " ".join(f"{lon},{lat}" for lon, lat in CORNERS)
RING_KML = f"<LinearRing><coordinates>{RING_KML_PLACES}</coordinates></LinearRing>"
TRACK_KML = "".join(f"<when>2026-05-01T08:0{i}:00Z</when>" for i in range(len(CORNERS))) + "".join(
    f"<gx:coord>{lon} {lat} 0</gx:coord>" for lon, lat in CORNERS
)
UMAP = {
    "type": "umap",
    "layers": [{"type": "FeatureCollection", "_umap_options": {"name": "a"}, "features": [FEATURE]}],
}
TOPOLOGY = {"type": "Topology", "arcs": [CORNERS], "objects": {"a": {"type": "Polygon", "arcs": [[0]]}}}
IN_UTM_JSON = FEATURE | {
    "geometry": shapely.geometry.mapping(IN_UTM),
    "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32633"}},
}
LAT_LNG = [{"lat": lat, "lng": lon} for lon, lat in CORNERS]
GML_2 = f"""<FeatureCollection xmlns="http://www.opengis.net/wfs" xmlns:gml="http://www.opengis.net/gml">
<gml:featureMember><area xmlns="urn:a"><shape><gml:Polygon srsName="EPSG:4326"><gml:outerBoundaryIs><gml:LinearRing>
<gml:coordinates>{" ".join(f"{lon},{lat}" for lon, lat in CORNERS)}</gml:coordinates></gml:LinearRing>
</gml:outerBoundaryIs></gml:Polygon></shape></area></gml:featureMember></FeatureCollection>"""
GML_32 = f"""<FeatureCollection xmlns="http://www.opengis.net/wfs/2.0" xmlns:gml="http://www.opengis.net/gml/3.2">
<member><area xmlns="urn:a" gml:id="a"><shape><gml:Polygon srsName="urn:ogc:def:crs:EPSG::4326" gml:id="b">
<gml:exterior><gml:LinearRing>
<gml:posList>{" ".join(f"{lat} {lon}" for lon, lat in CORNERS)}</gml:posList></gml:LinearRing>
</gml:exterior></gml:Polygon></shape></area></member></FeatureCollection>"""
OSM_NODES = [{"type": "node", "id": n, "lat": lat, "lon": lon} for n, (lon, lat) in enumerate(CORNERS[:-1])]
OSM_WAYS = [
    {"type": "way", "ref": n, "role": "outer", "geometry": [{"lat": lat, "lon": lon} for lon, lat in corners]}
    for n, corners in enumerate([CORNERS[:3], CORNERS[:1:-1]])
]
CENTRE = (AREA.centroid.x, AREA.centroid.y)
FIXES = "".join(f'<trkpt lat="{lat}" lon="{lon}"/>' for lon, lat in CORNERS)
TRACK = f"<trk><trkseg>{FIXES}</trkseg></trk>"
WAYPOINTS = "".join(
    f'<wpt lat="{lat}" lon="{lon}"><name>TP{n}</name></wpt>' for n, (lon, lat) in enumerate(CORNERS[:-1], start=1)
)
GPX = f'<gpx xmlns="http://www.topografix.com/GPX/1/1" version="1.1" creator="x">{TRACK}</gpx>'
WRITERS: dict[str, Callable[[Path], Path]] = {
    "GeoJSON": ours(".geojson"),
    "GeoPackage": ours(".gpkg"),
    "FlatGeobuf": ours(".fgb"),
    "GeoParquet": ours(".parquet"),
    "KML": ours(".kml"),
    "KMZ": kmz,
    "CSV": ours(".csv"),
    "Shapefile": gdal(".shp", "ESRI Shapefile"),
    "zipped Shapefile": zipped,
    "MapInfo TAB": gdal(".tab", "MapInfo File"),
    "file geodatabase": gdal(".gdb", "OpenFileGDB"),
    "GML": gdal(".gml", "GML"),
    "GeoJSON feature": text("a.geojson", json.dumps(FEATURE)),
    "GeoJSON geometry": text("a.geojson", json.dumps(FEATURE["geometry"])),
    "GeoJSON, a feature a line": text("a.geojsonl", json.dumps(FEATURE) + "\n"),
    "GeoJSON text sequence": text("a.geojsons", "\x1e" + json.dumps(FEATURE) + "\n"),
    "closed line": text("a.geojson", json.dumps(LINE)),
    "KML LinearRing": text("a.kml", kml("<LinearRing>PLACES</LinearRing>")),
    "KML closed line": text("a.kml", kml("<LineString>PLACES</LineString>")),
    "closed GPX track": text("a.gpx", GPX),
    "GPX 1.0": text("a.gpx", GPX.replace("GPX/1/1", "GPX/1/0").replace('version="1.1"', 'version="1.0"')),
    "GPX waypoints": text("a.gpx", GPX.replace(TRACK, WAYPOINTS)),
    "GML 2": text("a.gml", GML_2),
    "GML 3.2, latitude first": text("a.gml", GML_32),
    "places without a header": text("a.txt", "".join(f"N{lat} E{lon}\n" for lon, lat in CORNERS)),
    "Esri JSON": text("a.json", json.dumps(ESRI)),
    "EWKT": table(["id", "wkt"], [1, f"SRID=4326;{shapely.to_wkt(AREA, rounding_precision=-1)}"]),
    "EWKT in UTM": table(["id", "wkt"], [1, f"SRID=32633;{shapely.to_wkt(IN_UTM, rounding_precision=6)}"]),
    "hexadecimal WKB": table(["id", "geom"], [1, shapely.to_wkb(AREA, hex=True)]),
    "GeoJSON text": table(["id", "geometry"], [1, shapely.to_geojson(AREA)]),
    "turning points": table(*turning_points(["latitude", "longitude"], lambda lon, lat: (lat, lon))),
    "turning points, decimal comma": table(
        *turning_points(["latitude", "longitude"], lambda lon, lat: (comma(lat), comma(lon)))
    ),
    "turning points, one column": table(*turning_points(["coordinates"], lambda lon, lat: (f"{lat} N, {lon} E",))),
    "turning points, degrees minutes seconds": table(
        *turning_points(["latitude", "longitude"], lambda lon, lat: (dms(lat, "NS"), dms(lon, "EW")))
    ),
    "turning points, degrees and minutes in columns": table(
        *turning_points(
            ["lat deg", "lat min", "lon deg", "lon min"],
            lambda lon, lat: (int(lat), f"{lat % 1 * 60:.9f}", int(lon), f"{lon % 1 * 60:.9f}"),
        )
    ),
    "turning points, UTM": table(*turning_points(["zone", "easting", "northing"], utm)),
    "turning points, MGRS": table(*turning_points(["mgrs"], as_mgrs)),
    "turning points, semicolons": separated(
        ";", *turning_points(["latitude", "longitude"], lambda lon, lat: (comma(lat), comma(lon)))
    ),
    "turning points, tabs": separated("\t", *turning_points(["lat", "lon"], lambda lon, lat: (lat, lon))),
    "turning points, HXL": table(
        ["hazard_id", "point_no", "a", "b"],
        ["#meta+id", "#meta+number", "#geo+lat", "#geo+lon"],
        *turning_points([], lambda lon, lat: (lat, lon))[1:],
    ),
    "XLSX": workbook(["name", "wkt"], ["a", shapely.to_wkt(AREA, rounding_precision=-1)]),
    "XLSX, turning points": workbook(*turning_points(["lat", "lon"], lambda lon, lat: (lat, lon))),
    "ODS": opendocument("a.ods", ["name", "wkt"], ["a", shapely.to_wkt(AREA, rounding_precision=-1)]),
    "ODS, turning points": opendocument("a.ods", *turning_points(["lat", "lon"], lambda lon, lat: (lat, lon))),
    "FODS": opendocument("a.fods", ["name", "wkt"], ["a", shapely.to_wkt(AREA, rounding_precision=-1)]),
    "SpatiaLite": gdal(".sqlite", "SQLite"),
    "MapInfo MIF": gdal(".mif", "MapInfo File"),
    "KML gx:Track": text("a.kml", kml(f"<gx:Track>{TRACK_KML}</gx:Track>")),
    "KML gx:MultiTrack": text("a.kml", kml(f"<gx:MultiTrack><gx:Track>{TRACK_KML}</gx:Track></gx:MultiTrack>")),
    "GPX route": text(
        "a.gpx", GPX.replace("trkpt", "rtept").replace(r"<trk><trkseg>", "<rte>").replace("</trkseg></trk>", "</rte>")
    ),
    "ODK geoshape text": table(["instanceID", "area"], ["uuid:1", GEOSHAPE]),
    "ODK geoshape text beside a position": table(["lat", "lon", "area"], [CENTRE[1], CENTRE[0], GEOSHAPE]),
    "ODK instance XML": text("a.xml", INSTANCE),
    "ODK OData JSON": text("a.json", json.dumps({"@odata.context": "x", "value": [SUBMISSION]})),
    "ODK repeat, expanded OData JSON": text("a.json", json.dumps({"@odata.context": "x", "value": [REPEAT]})),
    "ODK repeat, tables in a zip": repeat_tables,
    "ODK repeat, instance XML": text("a.xml", REPEAT_INSTANCE),
    "Kobo repeat, workbook": repeat_workbook,
    "Kobo JSON": text("a.json", json.dumps({"count": 1, "next": None, "results": [KOBO]})),
    "JSON, a list of features": text("a.json", json.dumps([FEATURE])),
    "JSON, OpenDataSoft": text(
        "a.json",
        json.dumps(
            {
                "total_count": 1,
                "results": [{"geo_point_2d": dict(zip(["lon", "lat"], CENTRE, strict=True)), "geo_shape": FEATURE}],
            }
        ),
    ),
    "JSON, Elasticsearch": text(
        "a.json",
        json.dumps(
            {
                "took": 1,
                "hits": {
                    "total": {"value": 1},
                    "hits": [{"_id": "a", "_source": {"location": list(CENTRE), "shape": FEATURE["geometry"]}}],
                },
            }
        ),
    ),
    "JSON, CKAN": text(
        "a.json",
        json.dumps(
            {
                "success": True,
                "result": {
                    "total": 1,
                    "records": [
                        {"lat": CENTRE[1], "lon": CENTRE[0], "outline": shapely.to_wkt(AREA, rounding_precision=-1)}
                    ],
                },
            }
        ),
    ),
    "JSON, Socrata": text("a.json", json.dumps([{"the_geom": FEATURE["geometry"]}])),
    "JSON, Socrata rows": text(
        "a.json",
        json.dumps(
            {
                "meta": {"view": {"columns": [{"fieldName": "name"}, {"fieldName": "the_geom"}]}},
                "data": [["a", shapely.to_wkt(shapely.MultiPolygon([AREA]), rounding_precision=-1)]],
            }
        ),
    ),
    "Overpass JSON, nodes": text(
        "a.json",
        json.dumps({"osm3s": {}, "elements": [*OSM_NODES, {"type": "way", "id": 1, "nodes": [0, 1, 2, 3, 4, 0]}]}),
    ),
    "Overpass JSON, relation": text(
        "a.json",
        json.dumps(
            {"elements": [{"type": "relation", "id": 1, "tags": {"type": "multipolygon"}, "members": OSM_WAYS}]}
        ),
    ),
    "Esri JSON, true curves": text("a.json", json.dumps(ESRI).replace('"rings"', '"curveRings"')),
    "native Parquet": native,
    "GeoArrow in GeoParquet": geoarrow,
    "gzipped GeoJSON": gzipped,
    "uMap": text("a.umap", json.dumps(UMAP)),
    "TopoJSON": text("a.topojson", json.dumps(TOPOLOGY)),
    "GeoJSON in UTM": text("a.geojson", json.dumps(IN_UTM_JSON)),
    "KML text beside a position": table(
        ["lat", "lon", "outline"],
        [CENTRE[1], CENTRE[0], f"<Polygon><outerBoundaryIs>{RING_KML}</outerBoundaryIs></Polygon>"],
    ),
    "Esri rings beside a position": table(
        ["lat", "lon", "outline"], [CENTRE[1], CENTRE[0], json.dumps(ESRI["features"][0]["geometry"])]
    ),
    "corners in JSON beside a position": table(["lat", "lon", "outline"], [CENTRE[1], CENTRE[0], json.dumps(LAT_LNG)]),
}
RESOLUTION_M = {
    "turning points, degrees minutes seconds": 20.0,
    "turning points, UTM": 0.001,
    "turning points, MGRS": 1.5,
}
"""How far a notation that is not exact may move a corner; the accuracy makes up for it."""


PLACES = places_around(17.08, 44.88, 17.13, 44.93)
Answers = tuple[NDArray[np.uint8], NDArray[np.float64]]


def answers_from(path: Path) -> Answers:
    """What a register of this file alone answers."""
    with Register.create(path.parent / "register.db") as register:
        import_file(register, path, kind=RecordKind.SUSPECTED, source="a test", accuracy_m=25.0, by="tester")
        return answers(register, PLACES)


@pytest.fixture(scope="module")
def as_it_is(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    return answers_from(ours(".gpkg")(tmp_path_factory.mktemp("as it is")))


@pytest.mark.parametrize("name", WRITERS)
def test_the_same_hazard_gives_the_same_answers_however_it_is_written(
    name: str, tmp_path: Path, as_it_is: Answers
) -> None:
    codes, distance_m = as_it_is
    codes_written, distance_written_m = answers_from(WRITERS[name](tmp_path))
    larger_m = RESOLUTION_M.get(name, 0.0)
    # The outline moves by the rounding; the accuracy that makes up for it counts in the classes, not in the distance.
    np.testing.assert_allclose(distance_written_m, distance_m, rtol=0, atol=larger_m + EXACT_M)
    certain = np.abs(distance_m) > EXACT_M
    assert (codes_written >= codes)[certain].all()
    assert (codes_written == codes).mean() > (0.999 if larger_m < 1 else 0.9)


def test_every_format_of_the_table_in_the_documents_has_a_line() -> None:
    page = Path(__file__).parents[2] / "docs/formats/exchange.md"
    rows = page.read_text(encoding="utf-8").split("\n\n")[1].splitlines()[2:]
    names = [
        part for row in rows for part in re.split(r", (?:and )?", re.sub(r"\(.*?\)", "", row.split("|")[1]).strip())
    ]
    also = ["MID", "XLSM", "TSV", "OpenDocument", "SQLite"]  # MIF, XLSX, tabs, ODS and SpatiaLite, by other names
    known = " ".join([*WRITERS, *also]).casefold()
    words = {
        re.match(r"(?:Esri )?([\w ]+?)(?: [\d.]+.*)?$", name) for name in names if not re.fullmatch(r"[\d.]+", name)
    }
    assert len(words) > 20
    missing = [match[1] for match in words if match and match[1].split()[0].casefold() not in known]
    assert not missing


def test_every_reader_has_a_line(tmp_path: Path) -> None:
    """Derived from the registered readers: a new one without a line in the table fails here."""
    readers = set()
    for place, writer in enumerate(WRITERS.values()):
        (tmp_path / str(place)).mkdir()
        readers.add(format_of(writer(tmp_path / str(place))).name)
    missing = {known.name for known in known_formats().values()} - readers
    assert not missing, f"add a function to WRITERS that writes the hazard for each: {missing}"
    assert readers <= {known.name for known in known_formats().values()}
