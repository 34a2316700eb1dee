"""What one request may cost: bounded by how much it is made of, in words, and dear work is done beside.

`python benchmarks/service_costs.py` measures the same over 100,000 areas and more; here the bounds are small.
2026-11-29: the offer of packs, `/map-data` and the tile of the world had none; over 120,000 areas each took seconds of
the process that makes the pages.
"""

from pathlib import Path

import httpx2
import pytest
from fastapi.testclient import TestClient

from merestone.register import Register
from merestone.service import Tier, create_app
from merestone.service.holding import MOST_AT_ONCE, Keeper
from merestone.service.pack_shelf import OFFER, PackShelf
from merestone.service.problem import PROBLEM_JSON
from merestone.service.side_process import PACKS, Expensive, too_long_words
from merestone.tiles import TileAddress
from tests.service.conftest import make_register

WORLD = "WebMercatorQuad/0/0/0"


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/map-data", "records"),
        ("/map-data?true_on=2026-01-01", "records"),
        (f"/ogc/tiles/{WORLD}", "records"),
        (f"/ogc/density/tiles/{WORLD}", "cells"),
    ],
)
def test_an_answer_of_too_many_records_is_refused_in_words(
    register_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, form: str
) -> None:
    def ask() -> httpx2.Response:
        return TestClient(create_app(register_path, tier=Tier.EXACT), base_url="http://127.0.0.1").get(path)

    count = len(Keeper(register_path, Tier.EXACT).current().records)
    monkeypatch.setitem(MOST_AT_ONCE, form, count)
    assert ask().status_code in (200, 204)
    monkeypatch.setitem(MOST_AT_ONCE, form, count - 1)
    refused = ask()
    assert (refused.status_code, refused.headers["content-type"]) == (400, PROBLEM_JSON)
    assert "items by bbox" in refused.json()["detail"]


def test_a_tile_of_few_is_made_however_many_there_are(register_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MOST_AT_ONCE, "records", 1)
    tiles = Keeper(register_path, Tier.EXACT).current().tile_set
    address = next(
        address
        for column in range(8192, 8200)
        for row in range(8180, 8193)
        if len(tiles.records_in(address := TileAddress(14, column, row))) == 1
    )
    client = TestClient(create_app(register_path, tier=Tier.EXACT), base_url="http://127.0.0.1")
    path = f"/ogc/tiles/WebMercatorQuad/14/{address.row}/{address.column}"
    assert client.get(path).status_code == 200


def test_what_may_touch_a_tile_is_no_less_than_what_does(register_path: Path) -> None:
    tiles = Keeper(register_path, Tier.EXACT).current().tile_set
    for zoom in (0, 3, 9, 12, 14):
        for column in {0, 2**zoom // 2, 2**zoom - 1}:
            for row in {2**zoom // 2 - 1, 2**zoom // 2} & set(range(2**zoom)):
                address = TileAddress(zoom, column, row)
                assert tiles.count_near(address) >= len(tiles.records_in(address))


def test_who_makes_the_packs_need_not_be_who_gives_them_out(tmp_path: Path) -> None:
    register = make_register(tmp_path / "areas.gpkg")
    folder = tmp_path / "service"
    folder.mkdir()
    maker, giver = (PackShelf(Keeper(register, Tier.PUBLIC)) for _ in range(2))
    for shelf in (maker, giver):
        shelf.keep_in(folder)
    assert not giver.is_made()
    offer = maker.current()
    assert giver.is_made()
    (before,) = folder.glob(f"packs-*/{OFFER}")
    written_ns = before.stat().st_mtime_ns
    assert giver.current().packs == offer.packs
    assert before.stat().st_mtime_ns == written_ns, "read, and not made again"
    with Register.open(register) as opened, opened.batch(by="b", why="w", source="s") as batch:
        batch.quarantine(1, "row", ["no place"])
    assert not giver.is_made()
    assert giver.current().packs != offer.packs
    assert not before.exists(), "what was offered before is gone at once"


def test_an_offer_that_is_not_made_yet_is_worked_on_beside() -> None:
    expensive = Expensive()
    scope = {"type": "http", "method": "GET", "path": "/packs", "query_string": b""}
    assert expensive.side_of(scope) is None, "where processes cannot be forked"
    expensive.forks = object()  # type: ignore[assignment]
    assert expensive.side_of(scope) == expensive.side_of({**scope, "path": f"/packs/{'0' * 64}"}) == PACKS


def test_who_gets_no_pack_of_too_many_areas_is_told_what_to_do() -> None:
    """2026-11-29: a phone was told to ask for items by bbox, which it cannot."""
    for path in ("/packs", f"/packs/{'0' * 64}"):
        assert "serve each region as a register of its own" in too_long_words(path)
        assert "bbox" not in too_long_words(path)
    assert "bbox" in too_long_words("/ogc/collections/suspected/items")
