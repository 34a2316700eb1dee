#!/bin/sh
# GDAL writes MapInfo files that say another place than the data it was given, without an error or a warning.
#
# pyogrio 0.13.0 with the GDAL 3.12.4 of its wheel, drivers "MapInfo File" (MIF; TAB does the same), seen 2026-11-28:
# - a point in EPSG:4314 (DHDN, Bessel 1841) is written with the unchanged numbers under "CoordSys Earth Projection 1,
#   104", where 104 is WGS 84: read back as EPSG:4326, some 150 m away.
# - a point in EPSG:3035 (ETRS89 / LAEA Europe) is written with false easting and northing in its numbers and without
#   them in its CoordSys: read back and brought to degrees, it lies at 89 E instead of 16 E.
# A good guess would be a refusal, a transformation, or a warning (the same driver warns of long field names).
# Whoever hands on hazards as TAB or MIF: write them in EPSG:4326, or in a UTM zone on WGS 84, which come back unmoved.
#
# Fails (exit 1) if any of this is no longer so. Needs network for pip; leaves nothing behind.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pyogrio==0.13.0 numpy==2.4.6 pyproj==3.7.2
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import struct
import warnings

import numpy as np
import pyogrio
import pyproj

LON, LAT = 15.75, 44.8
geod = pyproj.Geod(ellps="WGS84")
print("pyogrio", pyogrio.__version__, "GDAL", ".".join(map(str, pyogrio.__gdal_version__)))
seen = {}
for crs in ("EPSG:4326", "EPSG:32633", "EPSG:4314", "EPSG:3035"):
    x, y = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(LON, LAT)
    point = np.array([struct.pack("<BIdd", 1, 1, x, y)], dtype=object)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        pyogrio.raw.write(
            "a.mif", point, [np.array([1], np.int32)], ["n"], geometry_type="Point", crs=crs, driver="MapInfo File"
        )
        info, _, [wkb], _ = pyogrio.raw.read("a.mif")
    written = next(line for line in open("a.mif") if line.startswith("CoordSys")).strip()
    back = struct.unpack("<dd", wkb[5:21])
    lon, lat = pyproj.Transformer.from_crs(info["crs"], "EPSG:4326", always_xy=True).transform(*back)
    apart_m = geod.inv(LON, LAT, lon, lat)[2]
    name = pyproj.CRS.from_user_input(info["crs"]).to_string()[:30]
    print(f"{crs:10} {written:45} read back as {name:30} {apart_m:12,.1f} m away, {len(told)} warnings")
    seen[crs] = (apart_m, len(told))
assert all(warned == 0 for _, warned in seen.values()), "GDAL now warns"
assert seen["EPSG:4326"][0] < 0.1 and seen["EPSG:32633"][0] < 0.1, "the sound cases moved"
assert 50 < seen["EPSG:4314"][0] < 500, "EPSG:4314 is no longer written as WGS 84"
assert seen["EPSG:3035"][0] > 1_000_000, "EPSG:3035 keeps its false origin now"
PYTHON
echo "as described"
