"""Rebuild the packaged border lines and water bodies from the geo-maps packages.

Needs npm (it fetches about 80 MB, 285 MB unpacked, deleted again) and about 1 GB of memory. From the repository's root:

    python tools/border_data.py [--keep FOLDER]

writes {borders,outlines,water}.geojson in src/merestone/border/data/openstreetmap. The data are (c) OpenStreetMap
contributors under the Open Database License 1.0, whatever the packages' own licence field says; PROVENANCE.md beside
them says more.
"""

import argparse
import json
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import shapely

from merestone.border import shared_border, stretch_beyond, strip_of

OUT = Path(__file__).parents[1] / "src/merestone/border/data/openstreetmap"
VERSION = "0.6.0"
VINTAGE_ON = "2017-11-30"
"""The date of the files inside the packages: what OpenStreetMap held then, or a little before."""
COAST, SEA, WATER = (
    f"@geo-maps/{name}@{VERSION}"
    for name in ("countries-coastline-1m", "countries-maritime-10m", "earth-waterbodies-10m")
)
BORDERS = ("FIN-RUS", "EST-RUS", "LVA-RUS", "LVA-BLR", "LTU-BLR", "LTU-RUS", "POL-BLR", "POL-RUS")
CONTRAST = ("NOR-RUS", "UKR-RUS", "UKR-BLR")
WIDEST_TOLERANCE_M = 300.0
WATER_WITHIN_M = 25_000.0
MAP_BOX = (11.0, 48.5, 43.0, 71.5)
SLIVER_DEG2 = 1e-3
"""Two states' outlines that overlap by more than this (about 7 km2) do so on purpose: a disputed territory."""


def fetched(package: str, folder: Path) -> Path:
    """Fetch one npm package; give the path of its map."""
    at = folder / package.split("/")[1].replace("@", "-")
    if not (at / "package/map.geo.json").exists():
        at.mkdir(parents=True, exist_ok=True)
        subprocess.run(["npm", "pack", package], cwd=at, check=True, capture_output=True)
        archive = next(at.glob("*.tgz"))
        with tarfile.open(archive) as tar:
            tar.extractall(at, filter="data")
        archive.unlink()
    return at / "package/map.geo.json"


def outlines(path: Path, wanted: set[str]) -> dict[str, shapely.Geometry]:
    """The wanted states' outlines. One feature stands on one line, so that the rest is never parsed."""
    found = {}
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            code = line.rstrip().rstrip(",")[-6:-3]
            if code in wanted:
                found[code] = shapely.from_geojson(json.dumps(json.loads(line.rstrip().rstrip(","))["geometry"]))
    return found


def rounded(line: shapely.Geometry, decimals: int) -> shapely.Geometry:
    """The source has six decimals (0.1 m); ends that were cut out need no more."""
    return shapely.transform(line, lambda lonlat: np.round(lonlat, decimals))


def feature(geometry: shapely.Geometry, **properties: object) -> dict[str, object]:
    """A GeoJSON feature."""
    return {"type": "Feature", "properties": properties, "geometry": json.loads(shapely.to_geojson(geometry))}


def border_features(coast: Path, sea: Path) -> Iterator[dict[str, object]]:
    """Both sides of every border on land, and what the maritime outlines add in the territorial sea."""
    wanted = {code for pair in BORDERS + CONTRAST for code in pair.split("-")}
    on_land, with_sea = outlines(coast, wanted), outlines(sea, wanted)
    for pair in BORDERS + CONTRAST:
        a, b = pair.split("-")
        side_a, side_b = on_land[a].boundary, on_land[b].boundary
        disputed = disputed_between(on_land[a], on_land[b])
        if disputed is not None:
            side_a, side_b = side_a.difference(disputed), side_b.difference(disputed)
        land = shared_border(side_a, side_b, WIDEST_TOLERANCE_M)
        yield feature(rounded(land.from_a, 6), border=pair, part="land", side=a, package=COAST)
        yield feature(rounded(land.from_b, 6), border=pair, part="land", side=b, package=COAST)
        beyond = stretch_beyond(shared_border(with_sea[a].boundary, with_sea[b].boundary, 120).from_a, land.from_a, 500)
        at_sea = [line for line in beyond.geoms if line.length > 0.02]
        if disputed is None:
            for part, lines in (
                ("lagoon", [line for line in at_sea if lies_between(line, land.from_a)]),
                ("sea", [line for line in at_sea if not lies_between(line, land.from_a)]),
            ):
                if lines:
                    yield feature(shapely.MultiLineString(lines), border=pair, part=part, side=a, package=SEA)


def lies_between(line: shapely.LineString, land: shapely.MultiLineString) -> bool:
    """Whether both ends reach the land border: coastal water (a lagoon, an inlet) between two stretches of it."""
    return all(land.distance(shapely.Point(end)) < 0.03 for end in (line.coords[0], line.coords[-1]))


def disputed_between(a: shapely.Geometry, b: shapely.Geometry) -> shapely.Geometry | None:
    """Land that both outlines hold (Crimea in this source), slightly widened: its coast is no border between them."""
    box = shapely.box(*np.maximum(a.bounds[:2], b.bounds[:2]), *np.minimum(a.bounds[2:], b.bounds[2:]))
    parts = [shapely.make_valid(shapely.clip_by_rect(shapely.make_valid(each), *box.bounds)) for each in (a, b)]
    both = [part for part in shapely.get_parts(shapely.intersection(*parts)) if part.area > SLIVER_DEG2]
    return shapely.union_all(both).buffer(0.01) if both else None


def water_features(path: Path, near: shapely.Geometry) -> Iterator[dict[str, object]]:
    """Water within the strip; the one part that spans the globe is the ocean."""
    shapely.prepare(near)
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if '"coordinates"' not in line[:60]:
                continue
            parts = shapely.get_parts(shapely.from_geojson(line.rstrip().rstrip(",")))
            west, south, east, north = shapely.bounds(parts).T
            ocean = (east - west) > 90
            box = near.bounds
            parts = parts[(east > box[0]) & (west < box[2]) & (north > box[1]) & (south < box[3])]
            ocean = (shapely.bounds(parts)[:, 2] - shapely.bounds(parts)[:, 0]) > 90
            for drawn, is_sea in zip(parts, ocean, strict=True):
                part = shapely.clip_by_rect(drawn, *box) if is_sea else drawn
                whole = part if part.is_valid else shapely.make_valid(part)
                if not near.intersects(whole):
                    continue
                inside = rounded(near.intersection(whole) if is_sea else whole, 5)
                inside = inside if inside.is_valid else shapely.make_valid(inside)
                for polygon in shapely.get_parts(inside):
                    if polygon.geom_type == "Polygon" and polygon.area > 0:
                        yield feature(polygon, kind="sea" if is_sea else "inland")


def outline_features(coast: Path) -> Iterator[dict[str, object]]:
    """States' outlines about the borders, coarse, as the ground of a small map; nothing is measured from them."""
    west, south, east, north = MAP_BOX
    with coast.open(encoding="utf-8") as lines:
        for line in lines:
            if '"coordinates"' not in line[:120]:
                continue
            text = line.rstrip().rstrip(",")
            whole = shapely.from_geojson(text)
            outer = shapely.bounds(whole)
            if outer[0] > east or outer[2] < west or outer[1] > north or outer[3] < south:
                continue
            cut = shapely.clip_by_rect(shapely.make_valid(whole), *MAP_BOX)
            parts = [part for part in shapely.get_parts(cut) if part.geom_type == "Polygon" and part.area > 0.004]
            coarse = [rounded(shapely.make_valid(shapely.simplify(part, 0.008)), 3) for part in parts]
            polygons = [each for part in coarse for each in shapely.get_parts(part) if each.geom_type == "Polygon"]
            if polygons:
                yield feature(shapely.MultiPolygon(polygons), state=text[-6:-3])


def written(name: str, features: list[dict[str, object]]) -> None:
    """One feature a line, so that a change of the data is read in a diff."""
    head = (
        '{"type": "FeatureCollection", "attribution": "(c) OpenStreetMap contributors", '
        f'"licence": "ODbL-1.0", "vintage_on": "{VINTAGE_ON}", "features": ['
    )
    rows = ",\n".join(json.dumps(each, separators=(",", ":")) for each in features)
    (OUT / name).write_text(f"{head}\n{rows}\n]}}\n", encoding="utf-8")
    print(name, len(features), "features", (OUT / name).stat().st_size, "bytes")


def main() -> None:
    """Fetch, derive, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, help="folder in which the fetched packages stay")
    parser.add_argument("--borders-only", action="store_true", help="leave water.geojson as it is")
    asked = parser.parse_args()
    keep = asked.keep
    with tempfile.TemporaryDirectory() as temporary:
        folder = keep or Path(temporary)
        borders = list(border_features(fetched(COAST, folder), fetched(SEA, folder)))
        written("borders.geojson", borders)
        written("outlines.geojson", list(outline_features(fetched(COAST, folder))))
        if asked.borders_only:
            return
        eight = [
            shapely.from_geojson(json.dumps(each["geometry"]))
            for each in borders
            if each["properties"]["border"] in BORDERS
        ]  # type: ignore[index]
        near = shapely.union_all([strip_of(line, WATER_WITHIN_M) for line in eight])
        written("water.geojson", list(water_features(fetched(WATER, folder), near)))


if __name__ == "__main__":
    main()
