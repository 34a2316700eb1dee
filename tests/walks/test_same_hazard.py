"""One hazard in every format and spelling that is read: the same answer at a thousand places, never a smaller danger.

A table of writers: a new reader adds one line. What a notation cannot state exactly (minutes and seconds, metres of a
projection) may make the hazard larger by its resolution, never smaller.
"""

import csv
import json
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pyogrio
import pyproj
import pytest
import shapely

from merestone.exchange import Feature, format_for_writing, import_file
from merestone.register import Register
from merestone.terms import RecordKind
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
    return f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark>{shape}</Placemark></Document></kml>'


FEATURE = {"type": "Feature", "properties": {"Name": "a"}, "geometry": shapely.geometry.mapping(AREA)}
LINE = FEATURE | {"geometry": {"type": "LineString", "coordinates": CORNERS}}
ESRI = {
    "geometryType": "esriGeometryPolygon",
    "spatialReference": {"wkid": 4326},
    "features": [{"attributes": {"name": "a"}, "geometry": {"rings": [CORNERS[::-1]]}}],
}
FIXES = "".join(f'<trkpt lat="{lat}" lon="{lon}"/>' for lon, lat in CORNERS)
TRACK = f"<trk><trkseg>{FIXES}</trkseg></trk>"
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
    "Esri JSON": text("a.json", json.dumps(ESRI)),
    "EWKT": table(["id", "wkt"], [1, f"SRID=4326;{shapely.to_wkt(AREA, rounding_precision=-1)}"]),
    "EWKT in UTM": table(["id", "wkt"], [1, f"SRID=32633;{shapely.to_wkt(IN_UTM, rounding_precision=6)}"]),
    "hexadecimal WKB": table(["id", "geom"], [1, shapely.to_wkb(AREA, hex=True)]),
    "GeoJSON text": table(["id", "geometry"], [1, shapely.to_geojson(AREA)]),
    "turning points": table(
        ["hazard_id", "point_no", "latitude", "longitude"],
        *([1, number, lat, lon] for number, (lon, lat) in enumerate(CORNERS[:-1], start=1)),
    ),
}


@pytest.mark.parametrize("name", WRITERS)
def test_the_same_hazard_gives_the_same_answers_however_it_is_written(name: str, tmp_path: Path) -> None:
    places = places_around(17.08, 44.88, 17.13, 44.93)
    (tmp_path / "as it is").mkdir()
    (tmp_path / "as written").mkdir()
    found = []
    for label, writer in (("as it is", ours(".gpkg")), ("as written", WRITERS[name])):
        with Register.create(tmp_path / f"{label}.gpkg") as register:
            path = writer(tmp_path / label)
            import_file(register, path, kind=RecordKind.SUSPECTED, source="a test", accuracy_m=25.0, by="tester")
            found.append(answers(register, places))
    (codes, distance_m), (codes_written, distance_written_m) = found
    np.testing.assert_allclose(distance_written_m, distance_m, rtol=0, atol=EXACT_M)
    certain = np.abs(distance_m) > EXACT_M
    assert (codes_written >= codes)[certain].all()
    assert (codes_written == codes).mean() > 0.999
