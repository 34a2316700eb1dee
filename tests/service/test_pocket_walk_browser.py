"""The walk that the page for phones is made for: installed, fetched, the server gone, and up to a Bosnian area's edge.

With the file of Bosnia's suspected areas where it is at hand (MERESTONE_SHARED), else with areas of our own beside it.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from merestone.bulk import load_pack
from merestone.register import Entry, Register
from merestone.screening import answer_for
from merestone.terms import RecordKind, Visibility
from tests.conftest import shared_folder
from tests.service.processes import own_port
from tests.service.test_browser import until
from tests.service.test_pocket_browser import (
    ACCURACY_M,
    Phones,
    Server,
    answered_at,
    edge_of,
    fetch_pack,
    make_areas,
    move,
    opened_page,
    phone,
)

__all__ = ["phone"]
pytestmark = pytest.mark.browser
AROUND_DEG = (18.8, 44.5, 18.9, 44.6)
"""West, south, east, north of the neighbourhood."""
STEPS_DEG = (0.02, 0.006, 0.003, 0.0015, 0.0008, 0.0003, 0.00012, 0.00003, -0.00002)


def bosnian_areas(path: Path) -> Path:
    """A register of the real areas of one neighbourhood; of areas of our own where the file is not at hand.

    Accuracies of the file are not known; these here are a choice of the test.
    """
    file = shared_folder() / "data" / "bih" / "suspect_areas_simplyfied.geojson"
    if not file.exists():
        return make_areas(path)
    features = json.loads(file.read_bytes())["features"]
    texts = [json.dumps(feature["geometry"]) for feature in features if feature["geometry"]]
    outlines = shapely.make_valid(shapely.from_geojson(np.array(texts, dtype=object)))
    chosen = outlines[shapely.intersects(outlines, shapely.box(*AROUND_DEG)) & (shapely.get_dimensions(outlines) == 2)]
    assert len(chosen) > 20
    with (
        Register.create(path, label="test data, never for warning") as register,
        register.batch(by="test", why="a test", source="Bosnian test data") as batch,
    ):
        for at, outline in enumerate(chosen.tolist()):
            accuracy_m = (None, 5.0, 25.0)[at % 3]
            visibility = (Visibility.OPEN, Visibility.PUBLIC, Visibility.RESTRICTED)[at % 7 % 3]
            batch.record(Entry(RecordKind.SUSPECTED, outline, accuracy_m=accuracy_m, visibility=visibility))
    return path


def test_a_walk_offline_at_the_edge_of_bosnian_areas_is_warned_as_by_the_kernel(
    phone: Phones,
    tmp_path: Path,
) -> None:
    server = Server(bosnian_areas(tmp_path / "areas.gpkg"), own_port())
    server.start()
    context = phone()
    page = opened_page(context, server)
    fetch_pack(page)
    until(page, "navigator.serviceWorker.ready.then((ready) => ready.active !== null)")
    faults = context.new_cdp_session(page).send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert faults in ([], [{"errorId": "in-incognito", "errorArguments": []}])
    root = server.address.removesuffix("/pocket/")
    about = json.loads(page.request.get(f"{root}/packs").json()["packs"][0]["content"])
    (tmp_path / "public.pack").write_bytes(page.request.get(f"{root}/packs/{about['pack']['sha256']}").body())
    pack = load_pack(tmp_path / "public.pack", verify=True)
    page.close()
    server.stop()

    page = opened_page(context, server)
    assert page.get_attribute("body", "data-pack") == about["pack"]["sha256"], "started anew without its server"
    page.click("#watch")
    seen: set[Any] = set()
    for hazard in range(0, len(pack.hazards), max(1, len(pack.hazards) // 2)):
        lon_deg, lat_deg = edge_of(pack, hazard)
        for step_deg in STEPS_DEG:
            move(context, lon_deg - step_deg, lat_deg)
            shown = answered_at(page, lon_deg - step_deg, lat_deg)
            answer = answer_for(
                pack.index,
                pack.hazards,
                lon_deg - step_deg,
                lat_deg,
                ACCURACY_M,
                warn_m=150.0,
                circumstances=pack.circumstances,
            )
            assert shown["code"] == answer.code.value, (hazard, step_deg)
            assert answer.distance_m is not None
            assert 0.0 <= answer.distance_m - float(shown["distanceM"]) <= 0.001, (hazard, step_deg)
            seen.add(shown["code"])
    assert {"near", "inside"} <= seen
    assert "Do not go on" in page.inner_text("#answer")
