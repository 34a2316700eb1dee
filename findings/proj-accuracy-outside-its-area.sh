#!/bin/sh
# PROJ states an operation's accuracy of 3 m for places thousands of kilometres outside the area that the operation is made for.
#
# pyproj 3.7.2 with the PROJ 9.5.1 of its wheel (EPSG dataset 11.022), no grids, seen 2026-11-29. Transformer.from_crs(code,
# "OGC:CRS84", always_xy=True) with default options, then get_last_used_operation() after a transformation:
# - EPSG:4314 (DHDN, made for Germany): at 10 E 50 N "DHDN to WGS 84 (2)", accuracy 3 m, which moves the place by 153 m. The same
#   operation, and the same 3 m, are given at 17.1 E 44.9 N (Bosnia, moved by 173 m) and at 60 W 30 S (Argentina, by 643 m).
# - EPSG:4277 (OSGB36, made for Great Britain) at 17.1 E 44.9 N: a ballpark operation that moves nothing, accuracy -1 (unknown).
# So whether a place outside is shifted with a stated accuracy, or left where it is with none, depends on the datum. A good guess
# would be one of the two, and that an accuracy that is stated holds for the place that was transformed.
# Numbers outside the area of a datum mostly are on WGS 84 already, under a label that another program wrote; then the shift is
# the error. Whoever transforms: compare each place with area_of_use of the operation that was used.
#
# Fails (exit 1) if any of this is no longer so. Needs network for pip; leaves nothing behind.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pyproj==3.7.2
"$folder/venv/bin/python" - <<'PYTHON'
import warnings

import pyproj

warnings.simplefilter("ignore")  # of grids that are not installed
geod = pyproj.Geod(ellps="WGS84")
print("pyproj", pyproj.__version__, "PROJ", pyproj.proj_version_str)


def used(code: str, lon: float, lat: float) -> tuple[float, float, bool]:
    """The accuracy that is stated, how far the place is moved, and whether it lies in the operation's area."""
    transformer = pyproj.Transformer.from_crs(code, "OGC:CRS84", always_xy=True)
    x, y = transformer.transform(lon, lat)
    operation = transformer.get_last_used_operation()
    area = operation.area_of_use
    is_inside = area.west <= x <= area.east and area.south <= y <= area.north
    moved_m = geod.inv(lon, lat, x, y)[2]
    print(f"{code} at {lon} {lat}: accuracy {operation.accuracy:g} m, moved {moved_m:.0f} m, in its area: {is_inside}")
    return operation.accuracy, round(moved_m), is_inside


assert used("EPSG:4314", 10.0, 50.0) == (3.0, 153, True)
assert used("EPSG:4314", 17.1, 44.9) == (3.0, 173, False)
assert used("EPSG:4314", -60.0, -30.0) == (3.0, 643, False)
assert used("EPSG:4277", 17.1, 44.9) == (-1.0, 0, True), "the area of a ballpark operation is the world"
PYTHON
echo "as described"
