"""What one request costs of a core: every address of the service, over a register of synthetic areas.

Run: python benchmarks/service_costs.py [records]. Each GET of both tiers is asked once, the dear ones of several times
too; processor time of the whole process, which a busy machine does not change. What takes more than `MOST_S` is marked.
Every number is of this run, on this machine.
"""

import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from register_speed import fill, outlines

from merestone.documents.reports import REPORTS
from merestone.service import Tier, create_app
from merestone.service.limits import RequestLimits

MOST_S = 5.0
"""What a request may take of a core at the most."""
ITEMS = "/ogc/collections/suspected/items?limit=10000"
TILE = "/ogc/tiles/WebMercatorQuad/8/126/129"
MORE = (
    ITEMS, f"{ITEMS}&bbox=0,0,1,1", f"{ITEMS}&offset=90000", f"{ITEMS}&datetime=2020-01-01", "/areas?page=400",
    "/areas?true_on=2020-01-02", "/map-data?true_on=2020-01-02", "/map-data?true_on=2020-01-03", TILE,
    f"{TILE}?true_on=2020-01-04", "/ogc/density/tiles/WebMercatorQuad/0/0/0?true_on=2020-01-05",
    "/check?position=0.5N,0.5E", "/check.json?lon=0.5&lat=0.5&accuracy_m=100000&warn_m=10000",
    "/law/timeline.svg", "/law/parties/apmbc.svg",
)  # fmt: skip


def every_address(app: FastAPI, record_id: str) -> list[str]:
    """An address of each GET route."""
    routers = [getattr(route, "original_router", None) for route in app.routes]
    routes = [route for router in routers if router is not None for route in router.routes]
    values = defaultdict(lambda: "none") | {
        "record_id": record_id, "feature_id": record_id, "collection_id": "suspected", "state": "FIN",
        "treaty": "apmbc", "key": "apmbc", "sha256": "0" * 64, "grid": "WebMercatorQuad", "layer": "suspected",
        "tile_matrix": 0, "tile_row": 0, "tile_col": 0, "zoom": 0, "column": 0, "row": 0,
    }  # fmt: skip
    return [route.path.format_map(values) for route in routes if isinstance(route, APIRoute) and "GET" in route.methods]


def measure(path: Path, tier: Tier) -> None:
    """Ask for everything once."""
    app = create_app(path, tier=tier, limits=RequestLimits(requests_per_s=1e9, request_burst=10**9))
    client = TestClient(app, base_url="http://127.0.0.1")
    began_s = time.process_time()
    holding = app.state.context.keeper.current()
    assert holding.index is not None
    print(f"\n{tier.value} tier; reading the register took {time.process_time() - began_s:.2f} s")
    reports = [f"/reports/{name}.html?period=2026" for name in REPORTS] if tier is Tier.EXACT else []
    for address in [*every_address(app, holding.records[0].record_id), *MORE, *reports]:
        began_s = time.process_time()
        answer = client.get(address)
        took_s = time.process_time() - began_s
        mark = f"  MORE THAN {MOST_S:g} s" if took_s > MOST_S else ""
        print(f"  {took_s:6.2f} s  {answer.status_code}  {len(answer.content):>11,} bytes  {address}{mark}", flush=True)


def main() -> None:
    """Both tiers, over one register."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    print(f"{count:,} synthetic areas; processor seconds of one request")
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "areas.gpkg"
        fill(path, outlines(count))
        for tier in Tier:
            measure(path, tier)


if __name__ == "__main__":
    main()
