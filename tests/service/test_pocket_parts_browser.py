"""A part of the areas on the phone: within its box it answers as the whole does, beyond it nothing is "none recorded".

2026-11-29: all areas came as one pack, and who walks in one valley fetched those of a country.
"""

import base64
import json
import random
from pathlib import Path
from typing import Any

import pytest
import shapely
from starlette.testclient import TestClient

from merestone.bulk import load_pack
from merestone.bulk.pack import PackRefused
from merestone.register import Entry, Register
from merestone.service import create_app, pack_shelf
from merestone.terms import RecordKind, Visibility
from tests.service.conftest import Served
from tests.service.processes import own_port
from tests.service.test_browser import ARTIFACTS, until
from tests.service.test_pocket_browser import Phones, Server, fetch_pack, opened_page, phone

__all__ = ["phone"]
WARNINGS_M = (0.0, 150.0, 15_000.0)
ANSWER = """async ([packs, positions, warnings]) => {
  const {openPack} = await import('/web/pocket/pack_file.js');
  const {screenPosition, screenTrack} = await import('/web/pocket/screen_position.js');
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer;
  const opened = await Promise.all(packs.map((text) => openPack(bytes(text))));
  const short = ({answer, distance_m, hazard_id, is_outside_part}) => [answer, distance_m, hazard_id, is_outside_part];
  return positions.map((position, at) => opened.map((pack) => {
    const next = positions[(at + 1) % positions.length];
    const way = at % 5 ? {} : screenTrack(pack, [position, next], {accuracy_m: position.accuracy_m});
    return [short(screenPosition(pack, position, {warn_m: warnings[at % warnings.length]})), way.answer, way.fault];
  }));
}"""


def scattered_areas(path: Path) -> Path:
    """Areas in a dozen squares of a degree and at their edges, some of them long, with accuracies stated and not."""
    drawn = random.Random(20261129)
    with (
        Register.create(path, label="synthetic exercise data") as register,
        register.batch(by="test", why="a test", source="made up") as batch,
    ):
        for at in range(160):
            lon_deg, lat_deg = drawn.uniform(16.4, 19.1), drawn.uniform(43.6, 46.1)
            if at % 3 == 0:  # near the edge of a square, on either side of it
                lon_deg = drawn.choice((17.0, 18.0)) + drawn.uniform(-0.35, 0.35)
            outline = shapely.Point(lon_deg, lat_deg).buffer(drawn.choice((0.002, 0.01, 0.2)), quad_segs=4)
            accuracy_m = (None, 5.0, 2_000.0)[at % 5 % 3]
            visibility = Visibility.OPEN  # drawn larger, they would take long to make
            batch.record(Entry(RecordKind.SUSPECTED, outline, accuracy_m=accuracy_m, visibility=visibility))
    return path


@pytest.fixture
def with_parts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(pack_shelf, "WHOLE_ALONE_BYTES", 0)
    return scattered_areas(tmp_path / "areas.gpkg")


def test_parts_that_would_take_too_long_to_make_are_not_offered(
    with_parts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """2026-11-29: 15 parts of 100,000 areas took 8 s of a core beside the 3.7 s of the whole, in one request."""
    monkeypatch.setattr(pack_shelf, "MOST_HAZARDS_IN_PARTS", 10)
    client = TestClient(create_app(with_parts), base_url="http://127.0.0.1")
    (whole,) = [json.loads(offer["content"]) for offer in client.get("/packs").json()["packs"]]
    assert "part_deg" not in whole
    assert whole["hazard_count"] > 10


def test_a_part_is_signed_as_the_whole_is_and_only_the_page_reads_it(with_parts: Path, tmp_path: Path) -> None:
    client = TestClient(create_app(with_parts), base_url="http://127.0.0.1")
    whole, *parts = [json.loads(offer["content"]) for offer in client.get("/packs").json()["packs"]]
    assert "part_deg" not in whole
    assert 8 <= len(parts) <= 20
    assert {part["name"] for part in parts} >= {"part 17 44 18 45"}
    assert all(
        (part["changed_at"], part["change_count"]) == (whole["changed_at"], whole["change_count"]) for part in parts
    )
    assert all(part["hazard_count"] < whole["hazard_count"] for part in parts)
    assert any(part["places"] for part in parts)
    (tmp_path / "part.pack").write_bytes(client.get(f"/packs/{parts[0]['pack']['sha256']}").content)
    with pytest.raises(PackRefused, match="a part of the areas"):
        load_pack(tmp_path / "part.pack")


@pytest.mark.browser
def test_within_its_box_a_part_answers_as_the_whole_and_beyond_it_nothing_is_none_recorded(
    browser: Any, public: Served, with_parts: Path
) -> None:
    client = TestClient(create_app(with_parts), base_url="http://127.0.0.1")
    offers = [json.loads(offer["content"]) for offer in client.get("/packs").json()["packs"]]
    packs = [client.get(f"/packs/{about['pack']['sha256']}").content for about in offers]
    drawn = random.Random(24)
    positions = [
        {
            "lon_deg": drawn.choice((17.0, 18.0)) + drawn.uniform(-1e-3, 1e-3)
            if at % 4 == 0
            else drawn.uniform(16.2, 19.2),
            "lat_deg": drawn.uniform(43.5, 46.2),
            "accuracy_m": (4.0, 14_000.0, 30.0, 9_000.0, None)[at % 5],
        }
        for at in range(500)
    ]
    page = browser.new_page()
    page.goto(f"{public.address}/pocket/")
    coded = [base64.b64encode(pack).decode() for pack in packs]
    answers = page.evaluate(ANSWER, [coded, positions, WARNINGS_M])
    inside_count = 0
    for at, (position, (whole, *of_parts)) in enumerate(zip(positions, answers, strict=True)):
        after = positions[(at + 1) % len(positions)]
        for about, part in zip(offers[1:], of_parts, strict=True):
            west, south, east, north = about["part_deg"]

            def lies_within(place: dict[str, Any], box: tuple[float, ...] = (west, south, east, north)) -> bool:
                return bool(box[0] <= place["lon_deg"] <= box[2] and box[1] <= place["lat_deg"] <= box[3])

            reach_m = max(10_000.0, WARNINGS_M[at % 3]) + (position["accuracy_m"] or 0.0)
            if lies_within(position) and reach_m <= 20_000.0:
                assert part[0] == whole[0], (about["name"], position)
                inside_count += 1
            else:
                assert part[0][0] != "none recorded", (about["name"], position)
                assert part[0][3], "it says that areas may be missing"
            if at % 5:
                continue  # ways take longer
            if not (lies_within(position) and lies_within(after)):
                assert part[1] != "none recorded", (about["name"], position, after)
            elif 10_000.0 + (position["accuracy_m"] or 0.0) <= 20_000.0:
                assert part[1:] == whole[1:]
    assert inside_count > 150
    page.close()


@pytest.mark.browser
def test_a_part_is_chosen_with_its_size_fetched_and_asked_offline(phone: Phones, with_parts: Path) -> None:
    own = Server(with_parts, own_port())
    own.start()
    context = phone()
    page = opened_page(context, own)
    page.wait_for_selector("#parts:not([hidden])")
    options = page.locator("#part option").all_inner_texts()
    assert options[0].startswith("All (areas: 160; ")
    assert all("kB)" in option or "MB)" in option for option in options)
    assert any("44–45 N, 17–18 E" in option for option in options)
    page.select_option("#part", "part 17 44 18 45")
    until(page, "document.getElementById('pack-words').textContent.includes('44–45 N, 17–18 E')")
    page.screenshot(path=ARTIFACTS / "pocket-part.png", full_page=True)
    fetch_pack(page)
    until(page, "navigator.serviceWorker.ready.then((ready) => ready.active !== null)")
    page.close()
    own.stop()

    page = opened_page(context, own)
    assert page.get_attribute("body", "data-pack"), "the part outlives the page"
    assert "44–45 N, 17–18 E" in page.inner_text("#pack-about")
    for text, words in (
        ("44.50000 N, 18.90000 E", "outside the part of the areas"),
        ("46.90000 N, 10.00000 E", "Unknown"),
    ):
        page.fill("#position", text)
        page.press("#position", "Enter")
        until(page, f"document.getElementById('answer').textContent.includes({json.dumps(words)})")
        assert "None recorded" not in page.inner_text("#answer")
    own.start()
    page.reload()
    page.wait_for_selector("#parts:not([hidden])")
    assert page.input_value("#part") == "part 17 44 18 45", "what is here stays chosen"
    own.stop()
