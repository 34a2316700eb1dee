#!/bin/sh
# The PyPI package mgrs takes a reference with a wrong band letter from 1.5.4 on, and refused sound squares before.
#
# mgrs 1.5.3 and 1.5.4, MGRS().toLatLon(reference), seen 2026-11-29:
# - "33TXA" cannot be: band T ends at 48 N, and the row A of these columns lies at 54 N. 1.5.3 raises MGRSError; 1.5.4 answers
#   54.14 N with a RuntimeWarning, which Python shows once for a line of code: of a file of a thousand typing errors it
#   names one. The band letter is what tells rows apart that lie 2,000 km from one another.
# - "33TTE0000000000", the south-western corner of a square that the edge of band T cuts (39.70 N; the band begins at 40 N), is
#   refused by 1.5.3, though half of the square is in the band; 1.5.4 takes it, with the same warning.
# A good guess would be that a patch release changes neither, and that a reference which cannot be is an error.
# Whoever reads MGRS: turn warnings into errors, and compare the band (the first is "33UXA").
#
# Fails (exit 1) if any of this is no longer so. Needs network for pip; leaves nothing behind.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for version in 1.5.3 1.5.4; do
    python3 -m venv "$folder/$version"
    "$folder/$version/bin/pip" install --quiet mgrs==$version packaging==25.0
    "$folder/$version/bin/python" - $version <<'PYTHON'
import sys
import warnings

import mgrs

version = sys.argv[1]
convert = mgrs.MGRS()
seen = {}
for reference in ("33TXA", "33TTE0000000000", "33TWN1000020000"):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            lat, lon = convert.toLatLon(reference)
            seen[reference] = (round(lat, 2), round(lon, 2), len(caught))
        except mgrs.core.MGRSError:
            seen[reference] = "refused"
    print(f"mgrs {version}: {reference:16} {seen[reference]}")
assert seen["33TWN1000020000"] == (47.13, 15.13, 0)
if version == "1.5.3":
    assert seen["33TXA"] == seen["33TTE0000000000"] == "refused"
else:
    assert seen["33TXA"] == (54.14, 16.53, 1), "a wrong band is answered otherwise now"
    assert seen["33TTE0000000000"] == (39.7, 11.5, 1)
    lat, lon = convert.toLatLon("33UXA0000100001")
    assert (round(lat, 2), round(lon, 2)) == seen["33TXA"][:2], "the place is that of band U"
PYTHON
done
echo "as described"
