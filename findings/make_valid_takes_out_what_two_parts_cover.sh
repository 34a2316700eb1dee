#!/bin/sh
# GEOS's make_valid, as GeoPandas and Shapely call it by default, leaves out ground that two parts of one area both cover.
#
# shapely 2.1.2 (GEOS 3.13.1) and geopandas 1.1.1, seen 2026-11-29:
# - two squares of one MultiPolygon that overlap (7 units together) become an area of 6: the overlap is no longer inside.
#   A square within another square of the same MultiPolygon becomes a hole.
# - an outline that crosses itself and walks over some ground twice loses that ground; a five-pointed star loses its middle.
# - method="structure" keeps all of it: 7, and no hole.
# A good guess would be the union of the parts. Files of hazardous areas hold such rows (survey added to survey), and what
# is mended by the default then tells somebody who stands where two surveys agree that nothing is recorded.
# Whoever mends hazards: make_valid(method="structure"); and let nobody's default choose between "twice" and "not at all".
#
# Fails (exit 1) if any of this is no longer so. Needs network for pip; leaves nothing behind.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet shapely==2.1.2 geopandas==1.1.1 numpy==2.4.6 pandas==2.3.3
"$folder/venv/bin/python" - <<'PYTHON'
import math

import geopandas
import shapely

print("shapely", shapely.__version__, "GEOS", shapely.geos_version_string, "geopandas", geopandas.__version__)
star = shapely.Polygon([(math.sin(turn * 0.8 * math.pi), math.cos(turn * 0.8 * math.pi)) for turn in range(5)])
CASES = {
    "two parts that overlap": (shapely.MultiPolygon([shapely.box(0, 0, 2, 2), shapely.box(1, 1, 3, 3)]), (1.5, 1.5)),
    "a part within another": (shapely.MultiPolygon([shapely.box(0, 0, 4, 4), shapely.box(1, 1, 2, 2)]), (1.5, 1.5)),
    "a five-pointed star": (star, (0.0, 0.0)),
}
for name, (area, middle) in CASES.items():
    place = shapely.Point(middle)
    default = shapely.make_valid(area)
    [by_geopandas] = geopandas.GeoSeries([area]).make_valid()
    structure = shapely.make_valid(area, method="structure")
    print(
        f"{name}: default {default.area:.2f} (middle inside: {default.covers(place)}), GeoPandas {by_geopandas.area:.2f}"
        f" ({by_geopandas.covers(place)}), structure {structure.area:.2f} ({structure.covers(place)})"
    )
    assert not default.covers(place) and not by_geopandas.covers(place), "the default keeps the ground now"
    assert structure.covers(place) and structure.area > default.area
PYTHON
echo "as described"
