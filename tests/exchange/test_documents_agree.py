"""The same hazard is the same place in every document that can hold it, whatever its spelling, packing or system."""

import json
import math
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyproj
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from merestone.exchange import read

Write = Callable[[Path, shapely.Polygon], Path]
TO_UTM = pyproj.Transformer.from_crs("OGC:CRS84", "EPSG:32633", always_xy=True)


def rings(area: shapely.Polygon) -> list[list[list[float]]]:
    return [[[*position] for position in ring.coords] for ring in (area.exterior, *area.interiors)]


def geojson(folder: Path, area: shapely.Polygon) -> Path:
    path = folder / "a.geojson"
    path.write_text(json.dumps({"type": "Polygon", "coordinates": rings(area)}))
    return path


def sequence(folder: Path, area: shapely.Polygon) -> Path:
    path = folder / "a.geojsonl"
    path.write_text(f"\x1e{json.dumps({'type': 'Polygon', 'coordinates': rings(area)})}\n")
    return path


def in_utm(folder: Path, area: shapely.Polygon) -> Path:
    path = folder / "utm.geojson"
    moved = [[[*TO_UTM.transform(x, y)] for x, y in ring] for ring in rings(area)]
    geometry = {"type": "Polygon", "coordinates": moved, "crs": {"type": "EPSG", "properties": {"code": 32633}}}
    path.write_text(json.dumps({"type": "Feature", "properties": {}, "geometry": geometry}))
    return path


def umap(folder: Path, area: shapely.Polygon) -> Path:
    path = folder / "a.umap"
    feature = {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": rings(area)}}
    layer = {"type": "FeatureCollection", "features": [feature], "_umap_options": {"name": "x"}}
    path.write_text(json.dumps({"type": "umap", "layers": [layer]}))
    return path


def topojson(folder: Path, area: shapely.Polygon) -> Path:
    path = folder / "a.topojson"
    arcs = [*rings(area)]
    cut = [arcs[0][:2], arcs[0][1:][::-1], *arcs[1:]]  # the shell of two arcs, the second one backwards
    shell = {"type": "Polygon", "arcs": [[0, ~1], *[[2 + at] for at in range(len(arcs) - 1)]]}
    path.write_text(json.dumps({"type": "Topology", "objects": {"a": shell}, "arcs": cut}))
    return path


def esri_json(folder: Path, area: shapely.Polygon) -> Path:
    path = folder / "a.json"
    clockwise = shapely.orient_polygons(area, exterior_cw=True)
    feature = {"attributes": {}, "geometry": {"rings": rings(clockwise)[::-1]}}
    path.write_text(json.dumps({"spatialReference": {"wkid": 4326}, "features": [feature]}))
    return path


def kml_text(area: shapely.Polygon) -> str:
    shell, *holes = [" ".join(f"{x!r},{y!r}" for x, y in ring) for ring in rings(area)]
    body = f"<outerBoundaryIs><LinearRing><coordinates>{shell}</coordinates></LinearRing></outerBoundaryIs>"
    for hole in holes:
        body += f"<innerBoundaryIs><LinearRing><coordinates>{hole}</coordinates></LinearRing></innerBoundaryIs>"
    return f"<kml><Placemark><gx:x/><name>a & b</name><Polygon>{body}</Polygon></Placemark></kml>"


def kml(folder: Path, area: shapely.Polygon) -> Path:
    path = folder / "a.kml"
    path.write_text(kml_text(area))
    return path


def kmz(folder: Path, area: shapely.Polygon) -> Path:
    path = folder / "a.kmz"
    link = "<kml><NetworkLink><Link><href>sub/b.kml</href></Link></NetworkLink></kml>"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("doc.kml", link)
        archive.writestr("sub/b.kml", kml_text(area))
    return path


def zipped(write: Write) -> Write:
    def inner(folder: Path, area: shapely.Polygon) -> Path:
        path = write(folder, area)
        with zipfile.ZipFile(folder / f"{path.name}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(path, f"north/{path.name}")
            archive.writestr("README.txt", "areas")
        return folder / f"{path.name}.zip"

    return inner


WRITERS: dict[str, Write] = {
    "GeoJSON": geojson, "sequence": sequence, "GeoJSON in UTM": in_utm, "uMap": umap, "TopoJSON": topojson,
    "Esri JSON": esri_json, "KML": kml, "KMZ": kmz, "zipped KML": zipped(kml), "zipped Esri JSON": zipped(esri_json),
    "zipped KMZ": zipped(kmz),
}  # fmt: skip


def star(lon: float, lat: float, radii: list[float], hole: float) -> shapely.Polygon:
    """An outline that winds once around its middle, with a hole if `hole` is above 0."""

    def ring(share: float) -> list[tuple[float, float]]:
        turn = 2 * math.pi / len(radii)
        return [
            (lon + share * r * math.cos(i * turn), lat + share * r * math.sin(i * turn)) for i, r in enumerate(radii)
        ]

    return shapely.Polygon(ring(1.0), [ring(hole)] if hole else [])


@pytest.mark.parametrize("name", WRITERS)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    middle=st.tuples(st.floats(13, 17.5), st.floats(42, 46)),
    radii=st.lists(st.floats(0.001, 0.02), min_size=3, max_size=9),
    hole=st.sampled_from([0.0, 0.3, 0.9]),
)
def test_the_same_hazard_is_the_same_place(
    tmp_path: Path, name: str, middle: tuple[float, float], radii: list[float], hole: float
) -> None:
    area = star(*middle, radii, hole)
    [row] = read(WRITERS[name](tmp_path, area))
    assert row.geometry is not None, row.fault
    assert same(row.geometry, area, 1e-9 if "UTM" in name else 0.0)


def same(found: BaseGeometry, area: BaseGeometry, tolerance_deg: float) -> bool:
    """The same rings corner by corner; along the edges of a projection, corners may have been added."""
    if tolerance_deg == 0.0:
        return bool(shapely.equals_identical(shapely.normalize(found), shapely.normalize(area)))
    corners = shapely.get_parts(shapely.multipoints(shapely.get_coordinates(area)))
    return bool((shapely.distance(corners, found.boundary) <= tolerance_deg).all())
