"""Every route of the service, with addresses that mean something: what walks over all of them begins here."""

from collections.abc import Mapping

from fastapi import FastAPI
from fastapi.routing import APIRoute


def api_routes(app: FastAPI) -> list[APIRoute]:
    """Every route of an application, also those in its routers."""
    routers = [getattr(route, "original_router", None) for route in app.routes]
    routes = [route for router in routers if router is not None for route in router.routes]
    return [route for route in routes if isinstance(route, APIRoute)]


DEFAULTS: Mapping[str, str] = {
    "grid": "WebMercatorQuad",
    "zoom": "0", "column": "0", "row": "0", "tile_matrix": "0", "tile_row": "0", "tile_col": "0",
    "collection_id": "suspected", "layer": "suspected", "state": "FIN", "treaty": "apmbc", "key": "apmbc",
    "file_name": "completion.html?period=2025", "sha256": "0" * 64,
    "record_id": "7F3K-2M6Q-4TXB", "feature_id": "7F3K-2M6Q-4TXB", "draft_id": "D-000000000000", "job_id": "none",
    "import_id": "0" * 16, "pack_sha256": "0" * 64,
    "identifier": "alert-7F3K-2M6Q-4TXB", "alert_id": "7F3K-2M6Q-4TXB",
}  # fmt: skip


def addresses(app: FastAPI, method: str, **values: str) -> dict[str, str]:
    """The path of each route that has the method, and an address for it: with these values, or `DEFAULTS`."""
    paths = [route.path for route in api_routes(app) if method in (route.methods or ())]
    return {path: path.format(**{**DEFAULTS, **values}) for path in paths}
