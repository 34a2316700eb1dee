#!/bin/bash
# GDAL's LIBKML driver makes the position 0 0 of an empty gx:coord.
#
# A gx:Track says "no fix at this moment" by an empty element (KML reference, gx:Track, "Sparse data"; OGC 12-007r2,
# section 10.9). A good guess: the fix is left out, as in a line of two points. Seen with pyogrio 0.13.0, which brings
# GDAL 3.12.4: the line runs by way of 0 N 0 E, without a word, 5,200 km away from a track in Bosnia and back. Whoever
# screens such a line against hazards, or measures it, gets an answer about another way.
# Merestone reads tracks of KML itself for this reason (exchange/formats/_kml_track.py).
#
# Prints what it sees; fails if that has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet "pyogrio==0.13.0" "shapely==2.1.2"
cat > "$folder/track.kml" <<'KML'
<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://www.google.com/kml/ext/2.2"><Document><Placemark>
<gx:Track>
<when>2026-01-01T00:00:00Z</when><when>2026-01-01T00:01:00Z</when><when>2026-01-01T00:02:00Z</when>
<gx:coord>17.1 44.9 0</gx:coord><gx:coord></gx:coord><gx:coord>17.2 44.9 0</gx:coord>
</gx:Track></Placemark></Document></kml>
KML
"$folder/venv/bin/python" - "$folder/track.kml" <<'PY'
import sys

import pyogrio
import shapely

_, _, wkb, _ = pyogrio.raw.read(sys.argv[1])
seen = shapely.from_wkb(wkb[0]).wkt
print("pyogrio", pyogrio.__version__, "GDAL", ".".join(map(str, pyogrio.__gdal_version__)), seen)
sys.exit(seen != "LINESTRING Z (17.1 44.9 0, 0 0 0, 17.2 44.9 0)")
PY
