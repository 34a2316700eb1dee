"""What a map of many areas fetches: at each zoom, how long the densest tiles take, and how large they are.

Run: python benchmarks/map_tiles.py [records]. Synthetic areas, public tier, over the service's own routes in one
process. Processor time (user and system), which a busy machine does not change; of the nine densest tiles of a zoom.
The peer is GDAL's PMTiles driver on the same outlines in the same run, which makes a file and no answers, and leaves
out what is small.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyogrio
import shapely
from fastapi.testclient import TestClient
from register_speed import fill, outlines

from merestone.service import Tier, create_app
from merestone.service.limits import RequestLimits
from merestone.tiles import LATITUDE_MOST_DEG

TILES_ASKED = 9
ADDRESS = {"records": "/ogc/tiles/WebMercatorQuad", "cells": "/ogc/density/tiles/WebMercatorQuad"}


def densest(middles_deg: "np.ndarray[tuple[int, int], np.dtype[np.float64]]", zoom: int) -> list[tuple[int, int, int]]:
    """The tiles of a zoom that hold the most middles, as column, row and their count."""
    lat = np.radians(np.clip(middles_deg[:, 1], -LATITUDE_MOST_DEG, LATITUDE_MOST_DEG))
    column = np.floor((middles_deg[:, 0] / 360 + 0.5) * 2**zoom).astype(int)
    row = np.floor((0.5 - np.arcsinh(np.tan(lat)) / (2 * np.pi)) * 2**zoom).astype(int)
    tiles, counts = np.unique(np.column_stack([column, row]), axis=0, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:TILES_ASKED]
    return [(int(c), int(r), int(n)) for (c, r), n in zip(tiles[order], counts[order], strict=True)]


def measure(path: Path) -> float:
    """Print a line for each zoom; the processor seconds of all tiles."""
    app = create_app(path, tier=Tier.PUBLIC, limits=RequestLimits(requests_per_s=1e9, request_burst=10**9))
    client = TestClient(app, base_url="http://127.0.0.1", headers={"accept-encoding": "gzip"})
    began_s = time.process_time()
    holding = app.state.context.keeper.current()
    from_zoom = holding.outlines_from_zoom
    print(
        f"reading the register and drawing what the public sees: {time.process_time() - began_s:.1f} s of a processor"
    )
    print(f"the map counts up to zoom {from_zoom - 1}, and shows outlines from zoom {from_zoom} on\n")
    print("| zoom | shows | areas in the densest tile | processor s, median / most | kB as sent, median / most |")
    print("|---|---|---|---|---|")
    middles = shapely.get_coordinates(shapely.centroid(np.array([r.geometry for r in holding.records], dtype=object)))
    total_s = 0.0
    for zoom in range(17):
        form = "cells" if zoom < from_zoom else "records"
        took_s, sizes = [], []
        tiles = densest(middles, zoom)
        for column, row, _ in tiles:
            began_s = time.process_time()
            with client.stream("GET", f"{ADDRESS[form]}/{zoom}/{row}/{column}") as answer:
                assert answer.status_code == 200
                sizes.append(sum(len(part) for part in answer.iter_raw()) / 1000)
            took_s.append(time.process_time() - began_s)
        total_s += sum(took_s)
        seconds = f"{statistics.median(took_s):.3f} / {max(took_s):.3f}"
        print(
            f"| {zoom} | {form} | {tiles[0][2]:,} | {seconds} | {statistics.median(sizes):.1f} / {max(sizes):.1f} |",
            flush=True,
        )
    return total_s


def peer_s(count: int, folder: Path) -> float:
    """Processor seconds that GDAL takes to write all tiles of zooms 0 to 10."""
    import geopandas

    frame = geopandas.GeoDataFrame({"kind": ["suspected"] * count}, geometry=outlines(count), crs="EPSG:4326")
    began_s = time.process_time()
    pyogrio.write_dataframe(
        frame, folder / "peer.pmtiles", driver="PMTiles", dataset_options={"MINZOOM": 0, "MAXZOOM": 10}
    )
    return time.process_time() - began_s


def main() -> None:
    """One register, and the peer."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    print(f"{count:,} synthetic areas of 12 corners within 2 by 2 degrees, public tier")
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "areas.gpkg"
        fill(path, outlines(count))
        print(f"\nall of these tiles: {measure(path):.1f} s of a processor")
        print(f"GDAL, zooms 0 to 10 into a file: {peer_s(count, Path(name)):.1f} s")


if __name__ == "__main__":
    main()
