"""Borders beside their peers: shared borders against GeoPandas, zonal shares against rasterstats, all borders in all.

    python benchmarks/border.py [--cells-m 100 25] [--outlines map.geo.json]

Shared borders are found from the packaged lines, and from whole states' outlines if the map of the package
@geo-maps/countries-coastline-1m is given. The land cover is SYNTHETIC (a random mosaic, no land on earth). Each peer
works on the same data in the same run. Printed are seconds, their ratio, and how far the answers differ. Goals: at
least 5 times faster, answers equal to 0.1 %; all eight borders at all resolutions in under 10 s and 1 GB; a 10 km
strip along all of them at 100 m cells in under 60 s.
"""

import argparse
import resource
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import geopandas
import numpy as np
import pyproj
import rasterio
import rasterstats
import shapely
from rasterio import Affine

from merestone.border import (
    FIVE_STATES_BORDERS,
    Cover,
    border_length,
    geodesic_length_m,
    land_cover,
    packaged_border,
    packaged_borders,
    packaged_class_table,
    shared_border,
    strip_of,
)

T = TypeVar("T")
TOLERANCE_M = 120.0
WORLDCOVER = packaged_class_table("esa-worldcover")
LAEA = "EPSG:3035"


def timed(work: Callable[[], T], repeat: int = 3) -> tuple[float, T]:
    """The best of some runs, seconds, and the answer."""
    best, answer = np.inf, None
    for _ in range(repeat):
        start = time.perf_counter()
        answer = work()
        best = min(best, time.perf_counter() - start)
    assert answer is not None
    return float(best), answer


def all_borders() -> None:
    """The eight borders, both sides, four tolerances, sixteen resolutions."""
    packaged_borders()
    seconds, _ = timed(lambda: [border_length(packaged_border(pair)) for pair in FIVE_STATES_BORDERS], repeat=2)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"eight borders at all resolutions: {seconds:.2f} s (goal 10), {peak_mb:,.0f} MB (goal 1,000)")


def outlines_of(path: Path | None, codes: set[str]) -> dict[str, Any]:
    """Whole states' outlines as lines; one feature stands on one line."""
    found = {}
    for row in path.open(encoding="utf-8") if path else ():
        text = row.rstrip().rstrip(",")
        if text[-6:-3] in codes:
            found[text[-6:-3]] = shapely.boundary(shapely.from_geojson(text))
    return found


def shared(pair: str, name: str, side_a: Any, side_b: Any) -> None:
    """One border found from two outlines: ours against GeoPandas' buffer and intersection in a metric projection."""
    a, b = (geopandas.GeoSeries([side], crs="OGC:CRS84") for side in (side_a, side_b))
    zone = pyproj.CRS.from_user_input("EPSG:32635")

    def ours() -> float:
        return shared_border(side_a, side_b, TOLERANCE_M).length_from_a_m

    def theirs() -> float:
        window = shapely.box(*a.total_bounds).buffer(0.1)  # without it, far Russia does not fit the projection
        flat_a, flat_b = a.to_crs(zone), b.clip(window).to_crs(zone)
        from_b = flat_b.intersection(flat_a.buffer(TOLERANCE_M)).to_crs("OGC:CRS84")  # ours gives both sides too
        from_a = flat_a.intersection(flat_b.buffer(TOLERANCE_M)).to_crs("OGC:CRS84")
        geodesic_length_m(shapely.line_merge(from_b.iloc[0]))
        return geodesic_length_m(shapely.line_merge(from_a.iloc[0]))

    ours_s, ours_m = timed(ours)
    theirs_s, theirs_m = timed(theirs)
    print(f"shared border {pair}, {name}: {ours_s:.3f} s, GeoPandas {theirs_s:.3f} s, ratio {theirs_s / ours_s:.1f}; "
          f"{ours_m / 1000:.3f} and {theirs_m / 1000:.3f} km, {abs(ours_m / theirs_m - 1):.4%} apart")  # fmt: skip


def zonal(cell_m: float, folder: Path) -> None:
    """Shares in the 10 km strip of every border, from one SYNTHETIC raster in an equal-area projection."""
    strips = {pair: strip_of(packaged_border(pair).side_a, 5000) for pair in FIVE_STATES_BORDERS}
    flat = geopandas.GeoSeries(strips, crs="OGC:CRS84").segmentize(0.02).to_crs(LAEA)
    west, south, east, north = flat.total_bounds
    west, north = np.floor(west / cell_m) * cell_m, np.ceil(north / cell_m) * cell_m
    width, height = int((east - west) / cell_m) + 2, int((north - south) / cell_m) + 2
    path = folder / "synthetic.tif"
    rng = np.random.default_rng(7)
    codes = np.array([10, 30, 40, 50, 80, 90], np.uint8)
    profile = {"driver": "GTiff", "width": width, "height": height, "count": 1, "dtype": "uint8", "crs": LAEA,
               "transform": Affine(cell_m, 0, west, 0, -cell_m, north), "tiled": True, "compress": "lzw"}  # fmt: skip
    with rasterio.open(path, "w", **profile) as made:
        for row in range(0, height, 512):
            rows = min(512, height - row)
            coarse = rng.choice(codes, (rows // 8 + 1, width // 8 + 1))
            mosaic = np.repeat(np.repeat(coarse, 8, axis=0), 8, axis=1)[:rows, :width]
            made.write(mosaic, 1, window=rasterio.windows.Window(0, row, width, rows))

    def ours() -> dict[str, float]:
        return {pair: land_cover(strip, path, WORLDCOVER).shares[Cover.FOREST] for pair, strip in strips.items()}

    def theirs() -> dict[str, float]:
        counts = rasterstats.zonal_stats(list(flat), str(path), categorical=True, nodata=0)
        return {pair: one.get(10, 0) / sum(one.values()) for pair, one in zip(strips, counts, strict=True)}

    ours_s, ours_share = timed(ours)
    ours_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    theirs_s, theirs_share = timed(theirs)
    theirs_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    apart = max(abs(ours_share[pair] - theirs_share[pair]) for pair in strips)
    print(f"10 km strip of all eight at {cell_m:g} m cells (SYNTHETIC): {ours_s:.2f} s (goal 60), rasterstats "
          f"{theirs_s:.2f} s, ratio {theirs_s / ours_s:.1f}; shares at most {apart:.4%} apart; "
          f"peak {ours_mb:,.0f} MB, after rasterstats {theirs_mb:,.0f} MB")  # fmt: skip


def main() -> None:
    """Print every comparison."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells-m", type=float, nargs="*", default=[100.0])
    parser.add_argument("--outlines", type=Path)
    asked = parser.parse_args()
    warnings.simplefilter("ignore")  # of peers
    all_borders()
    for pair in ("FIN-RUS", "LTU-BLR", "POL-RUS"):
        shared(pair, "packaged lines", packaged_border(pair).side_a, packaged_border(pair).side_b)
    states = outlines_of(asked.outlines, {"FIN", "EST", "LTU", "POL", "RUS", "BLR"})
    for pair in ("FIN-RUS", "EST-RUS", "LTU-BLR", "POL-BLR") if states else ():
        shared(pair, "whole outlines", *(states[code] for code in pair.split("-")))
    with tempfile.TemporaryDirectory() as folder:
        for cell_m in asked.cells_m:
            zonal(cell_m, Path(folder))


if __name__ == "__main__":
    main()
