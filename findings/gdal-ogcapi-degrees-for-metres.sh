#!/bin/sh
# GDAL's OGCAPI driver takes a collection's extent in degrees for metres: vector tiles then have no feature, and no error.
#
# pyogrio 0.13.0 with the GDAL 3.12.4 of its wheel, seen 2026-11-29. A server of OGC API - Tiles says of a collection where it lies
# (extent.spatial.bbox in longitude and latitude, OGC API - Common - Part 2, with its crs, CRS84, beside it), and
# links one tile set of vector tiles in WebMercatorQuad with one square in tile 5/11/17 (zoom, row, column; about 17 E 45 N).
# - Opened as OGCAPI:http://.../collections/areas, the layer is in EPSG:3857 and its bounds are (11.25, 40.98, 22.5, 48.92): the
#   degrees, as metres. Reading asks for tile 5/15/16, which touches 0 E 0 N, and gives 0 features; the server's 204 (no content)
#   for that tile is no error, so that a reader sees an empty map.
# - With the same box written in metres, against the standard, tile 5/11/17 is asked for and 1 feature is given.
# A good guess would be that a box whose crs is stated is transformed. Read such tiles by their TileJSON (QGIS, MapLibre), or the
# records by OAPIF:, which is GDAL's driver of OGC API - Features.
#
# Fails (exit 1) if any of this is no longer so. Needs network for pip; serves on the loopback address; leaves nothing behind.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pyogrio==0.13.0 mapbox-vector-tile==2.2.0
cat >"$folder/server.py" <<'PYTHON'
"""A server of one collection of vector tiles; prints its port, then each tile that is asked for."""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import mapbox_vector_tile

IN_METRES = sys.argv[1] == "metres"
BOX = [1252344.0, 5009377.0, 2504689.0, 6261721.0] if IN_METRES else [11.25, 40.98, 22.5, 48.92]
HALF_M = 20037508.342789244
WEB_MERCATOR = "http://www.opengis.net/def/crs/EPSG/0/3857"
QUAD = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad"
REL = "http://www.opengis.net/def/rel/ogc/1.0/"
SQUARE = {"geometry": "POLYGON ((2200 2200, 2300 2200, 2300 2300, 2200 2300, 2200 2200))", "properties": {"id": 1}}
TILE = mapbox_vector_tile.encode([{"name": "areas", "features": [SQUARE]}])


def documents(base: str) -> dict:
    collection, tiles = f"{base}/collections/areas", f"{base}/collections/areas/tiles"
    extent = {"spatial": {"bbox": [BOX], "crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}}
    tile_set = {
        "dataType": "vector", "crs": WEB_MERCATOR, "tileMatrixSetURI": QUAD, "tileMatrixSetId": "WebMercatorQuad",
        "links": [
            {"rel": "self", "href": f"{tiles}/WebMercatorQuad", "type": "application/json"},
            {"rel": REL + "tiling-scheme", "href": f"{base}/quad", "type": "application/json"},
            {"rel": "item", "templated": True, "type": "application/vnd.mapbox-vector-tile",
             "href": tiles + "/WebMercatorQuad/{tileMatrix}/{tileRow}/{tileCol}"},
        ],
    }  # fmt: skip
    level = {
        "id": "5", "cellSize": 2 * HALF_M / 8192, "scaleDenominator": 2 * HALF_M / 8192 / 0.00028,
        "cornerOfOrigin": "topLeft", "pointOfOrigin": [-HALF_M, HALF_M],
        "matrixWidth": 32, "matrixHeight": 32, "tileWidth": 256, "tileHeight": 256,
    }  # fmt: skip
    areas = {"id": "areas", "extent": extent, "links": [{"rel": REL + "tilesets-vector", "href": tiles}]}
    return {
        "/": {"links": [{"rel": REL + "data", "href": f"{base}/collections", "type": "application/json"}]},
        "/collections": {"collections": [areas]},
        "/collections/areas": areas,
        "/collections/areas/tiles": {"tilesets": [tile_set]},
        "/collections/areas/tiles/WebMercatorQuad": tile_set,
        "/quad": {"id": "WebMercatorQuad", "uri": QUAD, "crs": WEB_MERCATOR, "tileMatrices": [level]},
    }


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        answer, body = documents(f"http://127.0.0.1:{self.server.server_port}").get(path), b""
        if answer is not None:
            body = json.dumps(answer).encode()
        elif "/WebMercatorQuad/" in path:
            print(path.split("/WebMercatorQuad/")[1], flush=True)
            body = TILE if path.endswith("/5/11/17") else b""
        self.send_response(200 if body else 204)
        self.send_header("Content-Type", "application/json" if answer else "application/vnd.mapbox-vector-tile")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing of requests."""


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
PYTHON
cat >"$folder/read.py" <<'PYTHON'
"""Read the collection twice, with its extent in degrees and in metres."""

import subprocess
import sys

import pyogrio

print("pyogrio", pyogrio.__version__, "GDAL", pyogrio.__gdal_version_string__)
outcome = {}
for unit in ("degrees", "metres"):
    served = subprocess.Popen([sys.executable, sys.argv[1], unit], stdout=subprocess.PIPE, text=True)
    try:
        base = f"http://127.0.0.1:{served.stdout.readline().strip()}"
        areas = f"OGCAPI:{base}/collections/areas"
        bounds = pyogrio.read_info(areas, layer="Zoom level 5")["total_bounds"]
        count = len(pyogrio.raw.read(areas, layer="Zoom level 5")[2])
    finally:
        served.kill()
    asked = sorted(set(served.stdout.read().split()))
    print(f"extent in {unit}: bounds {bounds}, tiles asked for {asked}, {count} features")
    outcome[unit] = (bounds, "5/11/17" in asked, count)
assert outcome["degrees"] == ((11.25, 40.98, 22.5, 48.92), False, 0)
assert outcome["metres"] == ((1252344.0, 5009377.0, 2504689.0, 6261721.0), True, 1)
PYTHON
"$folder/venv/bin/python" "$folder/read.py" "$folder/server.py"
echo "as described"
