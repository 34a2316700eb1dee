"""What a map of another time costs: the whole request through the application, in one process, with 100,000 areas.

Run: python benchmarks/map_speed.py [records]. Each time asked for is asked once, so that nothing was packed before.
Every number is of this run, on this machine: seconds by the clock, and seconds of the processor.
"""

import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

from fastapi.testclient import TestClient
from register_speed import fill, outlines

from merestone.service import Tier, create_app

ASKED = {
    "map, the world": "/ogc/density/tiles/WebMercatorQuad/0/0/0?true_on={day}&known_on=2100-01-01",
    "map, the world, each record": "/ogc/tiles/WebMercatorQuad/0/0/0?true_on={day}&known_on=2100-01-01",
    "GeoJSON": "/map-data?true_on={day}&known_on=2100-01-01",
    "OGC items, a box": "/ogc/collections/suspected/items?datetime={day}&known_on=2100-01-01&bbox=0,0,0.1,0.1",
    "list": "/areas?true_on={day}&known_on=2100-01-01",
}


def main() -> None:
    """Print the best of three for each page, after the first request has read the register."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "areas.gpkg"
        fill(path, outlines(count))
        client = TestClient(create_app(path, tier=Tier.EXACT, allowed_hosts=["*"]))
        day = date(2020, 1, 1)
        for what, address in {"first request of all": "/ogc", **ASKED}.items():
            times = []
            for _ in range(1 if "first" in what else 3):
                day += timedelta(days=1)
                began, began_work = time.perf_counter(), time.process_time()
                with client.stream("GET", address.format(day=day)) as answer:
                    assert answer.status_code == 200
                    size = sum(len(part) for part in answer.iter_raw())
                times.append((time.perf_counter() - began, time.process_time() - began_work))
            took, worked = min(times)
            print(f"{what}, {count:,} areas: {took:.2f} s, of which processor {worked:.2f} s; {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
