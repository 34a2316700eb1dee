#!/bin/sh
# Two common writers of vector tiles leave out an area that is smaller than a cell of the tile's grid, without a word.
#
# Seen 2026-11-29, with a hazard of 103 m x 100 m beside one of 16 km x 22 km:
# - GDAL 3.12.4 (in the wheel of pyogrio 0.13.0), driver MVT (PMTiles and MBTiles use the same writer), default options, no
#   simplification asked for: the small one is in no tile of zoom 0 to 5, though the layer's MINZOOM is 0.
# - mapbox-vector-tile 2.2.0, encode() with default options: a polygon of 0.2 x 0.2 units is not in the tile; the feature's
#   properties are gone with it.
# A good guess would be a point, a polygon of one cell, or a warning: a map at country zoom then shows no hazard where one is
# recorded. Whoever makes tiles of hazards: widen each outline to a whole cell first, or draw small areas as points too.
#
# Fails (exit 1) if any of this is no longer so. Needs network for pip; leaves nothing behind.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pyogrio==0.13.0 mapbox-vector-tile==2.2.0 shapely==2.1.2 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import gzip
from pathlib import Path

import mapbox_vector_tile
import numpy as np
import pyogrio
import shapely

SMALL, LARGE = 1, 2
print("pyogrio", pyogrio.__version__, "GDAL", ".".join(map(str, pyogrio.__gdal_version__)))
areas = shapely.to_wkb(np.array([shapely.box(17.1, 44.9, 17.1013, 44.9009), shapely.box(17.3, 44.9, 17.5, 45.1)]))
pyogrio.raw.write(
    "tiles", areas, [np.array([SMALL, LARGE], np.int32)], ["id"], geometry_type="Polygon", crs="EPSG:4326",
    driver="MVT", dataset_options={"MINZOOM": "0", "MAXZOOM": "10"},
)  # fmt: skip
seen = {}
for zoom in range(11):
    ids = set()
    for path in Path("tiles", str(zoom)).rglob("*.pbf"):
        content = path.read_bytes()
        tile = mapbox_vector_tile.decode(gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content)
        ids |= {feature["properties"]["id"] for layer in tile.values() for feature in layer["features"]}
    seen[zoom] = ids
    print(f"zoom {zoom:2}: features {sorted(ids)}")
assert all(LARGE in ids for ids in seen.values())
assert [zoom for zoom, ids in seen.items() if SMALL not in ids] == [0, 1, 2, 3, 4, 5], "the zooms without it changed"

layer = {
    "name": "hazards",
    "features": [
        {"geometry": shapely.box(100.2, 100.2, 100.4, 100.4), "properties": {"id": SMALL}},
        {"geometry": shapely.box(10, 10, 20, 20), "properties": {"id": LARGE}},
    ],
}
tile = mapbox_vector_tile.decode(mapbox_vector_tile.encode(layer))
kept = [feature["properties"]["id"] for feature in tile["hazards"]["features"]]
print("mapbox-vector-tile: of features 1 and 2 the tile holds", kept)
assert kept == [LARGE], "the small one is kept now"
PYTHON
echo "as described"
