#!/bin/sh
# geopy reads places that are written with decimal commas, or without signs for degrees, as places thousands of km away.
#
# geopy 2.5.0, geopy.Point(text), seen 2026-11-29; no error and no warning:
# - "44,905 17,105" (a place in Bosnia as it is written there, and in Polish, Finnish, Russian ...) is 17 N 105 E, in Laos.
#   So are "44,905; 17,105", "44,905N 17,105E" and "N 44,905 E 17,105".
# - "44 54 18 17 6 18" (degrees, minutes and seconds of both) is 6 N 18 E, in Africa: the first four numbers are passed over.
# - "44.905 17.105" is read as meant.
# A good guess would be a ValueError, as for "44°54,3' 17°6,3'", which it does refuse.
# Whoever reads places that people typed: refuse a text of which not all was used.
#
# Fails (exit 1) if any of this is no longer so. Needs network for pip; leaves nothing behind.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet geopy==2.5.0
"$folder/venv/bin/python" - <<'PYTHON'
import geopy

print("geopy", geopy.__version__)
IN_LAOS, IN_AFRICA = (17.0, 105.0), (6.0, 18.0)
EXPECTED = {
    "44.905 17.105": (44.905, 17.105),
    "44,905 17,105": IN_LAOS,
    "44,905; 17,105": IN_LAOS,
    "44,905N 17,105E": IN_LAOS,
    "N 44,905 E 17,105": IN_LAOS,
    "44 54 18 17 6 18": IN_AFRICA,
}
for text, expected in EXPECTED.items():
    point = geopy.Point(text)
    print(f"{text:20} -> {point.latitude:g} N {point.longitude:g} E")
    assert (round(point.latitude, 6), round(point.longitude, 6)) == expected
try:
    geopy.Point("44°54,3' 17°6,3'")
except ValueError as error:
    print("44°54,3' 17°6,3'     ->", type(error).__name__)
else:
    raise AssertionError("degrees and minutes with decimal commas are read now")
PYTHON
echo "as described"
