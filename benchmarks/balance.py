"""How fast the balance of land is beside GeoPandas' overlay, on 100,000 overlapping polygons. Synthetic data.

Run: python benchmarks/balance.py [COUNT]

Peers in the same run: GeoPandas, which takes `union_all` of each share and `overlay(how="difference")` of what is left,
as its users do; areas of both are measured by the same function. The promise is 30 s, five times as fast, and equal
to 1e-6. Repeat on a quiet machine; ours uses a thread for each core, GeoPandas one.
"""

import sys
import time

import geopandas
import numpy as np
import pandas as pd
import shapely

from merestone.geodesy import areas_m2
from merestone.release import PRECEDENCE, Parcel, Share, balance

SEED = 20261123
RING = 24


def made_up(count: int) -> list[Parcel]:
    """Uneven polygons of 24 corners, half a square root of `count` kilometres across; each overlaps a few others."""
    draw = np.random.default_rng(SEED)
    side_deg = np.sqrt(count) * 0.004
    centre = draw.uniform(-side_deg / 2, side_deg / 2, (count, 1, 2))
    turn = np.linspace(0, 2 * np.pi, RING, endpoint=False)
    radius = draw.uniform(0.0015, 0.003, (count, 1)) * draw.uniform(0.7, 1.3, (count, RING))
    corners = centre + np.stack([radius * np.cos(turn), radius * np.sin(turn)], axis=-1)
    shares = draw.choice(4, size=count, p=[0.2, 0.1, 0.1, 0.6])
    outlines = shapely.polygons(corners)
    return [
        Parcel(str(number), PRECEDENCE[share], outline)
        for number, (share, outline) in enumerate(zip(shares, outlines, strict=True))
    ]


def by_geopandas(parcels: list[Parcel]) -> tuple[dict[Share, float], float]:
    """The same balance with GeoPandas: dissolve each share, overlay the difference, and measure."""
    frame = geopandas.GeoDataFrame(
        {"share": [parcel.share.value for parcel in parcels]},
        geometry=[parcel.geometry for parcel in parcels],
        crs="EPSG:4326",
    )
    dissolved = {
        share: frame[frame["share"] == share.value].dissolve().explode(index_parts=False)[["geometry"]]
        for share in PRECEDENCE
    }
    found: dict[Share, float] = {}
    taken = None
    for share in PRECEDENCE:
        mine = dissolved[share]
        piece = mine if taken is None else geopandas.overlay(mine, taken, how="difference")
        found[share] = float(areas_m2(piece.geometry.to_numpy()).sum())
        taken = mine if taken is None else geopandas.GeoDataFrame(pd.concat([taken, piece]), crs="EPSG:4326")
    whole = float(areas_m2(frame.dissolve().geometry.to_numpy()).sum())
    return found, whole


def main() -> None:
    """Measure and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    parcels = made_up(count)
    begun = time.perf_counter()
    ours = balance(parcels)
    took = time.perf_counter() - begun
    print(f"balance: {count:,} polygons in {took:.1f} s (promise 30 s for 100,000), {ours.reported_m2 / 1e6:,.1f} km2")
    print(f"  the shares miss the reported land by {abs(ours.residue_m2):.3f} m2", flush=True)
    begun = time.perf_counter()
    theirs, whole = by_geopandas(parcels)
    peer = time.perf_counter() - begun
    own = {Share.OPEN: ours.open_m2, Share.CANCELLED: ours.cancelled_m2, Share.REDUCED: ours.reduced_m2,
           Share.CLEARED: ours.cleared_m2}  # fmt: skip
    worst = max(abs(theirs[share] - own[share]) / own[share] for share in Share)
    worst = max(worst, abs(whole - ours.reported_m2) / whole)
    print(
        f"GeoPandas: {peer:.1f} s, {peer / took:.1f} times as long (promise 5); largest relative difference {worst:.1e}"
    )


if __name__ == "__main__":
    main()
