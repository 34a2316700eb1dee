#!/bin/bash
# Shapely gives a column of empty lines out as GeoArrow's ragged arrays, and cannot take it in again.
#
# A column of lines or multipoints may be empty in every row: a sheet of tracks on a day without a walk, the part of a
# Parquet file in which no row has a place. A good guess: what to_ragged_array gives, from_ragged_array takes back, as it
# does for polygons, and as it does as soon as one line of the column has corners. Seen with Shapely 2.2.0 and NumPy 2.4.6:
# an IndexError about a boolean index, for lines and multipoints alone. GeoPandas 1.2.0 does not come so far: it writes
# such a column as native GeoArrow, and ends with a ValueError (reshape) when it reads what it wrote; of polygons, too.
# Merestone makes such columns itself for this reason (exchange/rows/arrow_column.py).
#
# Prints what it sees; fails if that has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet "shapely==2.2.0" "numpy==2.4.6" "geopandas==1.2.0" "pyarrow==26.0.1"
"$folder/venv/bin/python" - <<'PY'
import sys

import geopandas
import numpy
import shapely


def back(texts):
    """What becomes of a column on its way out and in again."""
    try:
        column = shapely.from_wkt(texts)
        return str(shapely.from_ragged_array(*shapely.to_ragged_array(column)).tolist() == list(column))
    except IndexError:
        return "IndexError"


def by_geopandas(texts):
    """The same through GeoPandas and Arrow."""
    frame = geopandas.GeoDataFrame(geometry=shapely.from_wkt(texts), crs=4326)
    try:
        again = geopandas.GeoDataFrame.from_arrow(frame.to_arrow(geometry_encoding="geoarrow"))
        return str(bool(again.geometry.is_empty.any()))
    except ValueError:
        return "ValueError"


print("shapely", shapely.__version__, "NumPy", numpy.__version__, "GeoPandas", geopandas.__version__)
seen = {
    "lines, all empty": back(["LINESTRING EMPTY", "LINESTRING EMPTY"]),
    "lines, one with corners": back(["LINESTRING EMPTY", "LINESTRING (17.1 44.9, 17.2 44.9)"]),
    "multipoints, all empty": back(["MULTIPOINT EMPTY"]),
    "polygons, all empty": back(["POLYGON EMPTY"]),
    "GeoPandas, lines, all empty": by_geopandas(["LINESTRING EMPTY", "LINESTRING EMPTY"]),
    "GeoPandas, lines, one with corners": by_geopandas(["LINESTRING EMPTY", "LINESTRING (17.1 44.9, 17.2 44.9)"]),
    "GeoPandas, polygons, all empty": by_geopandas(["POLYGON EMPTY"]),
}
for name, value in seen.items():
    print(f"  {name}: {value}")
sys.exit(list(seen.values()) != ["IndexError", "True", "IndexError", "True", "ValueError", "True", "ValueError"])
PY
