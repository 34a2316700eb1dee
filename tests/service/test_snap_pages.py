"""Outlines to which the desk's map snaps are those that its person may see exactly anyway, and none besides."""

import json
from pathlib import Path

import pytest
import shapely
from shapely.geometry.base import BaseGeometry

from merestone.terms import Visibility
from tests.service.test_desk_pages import Desk
from tests.service.test_revision_pages import FIELD, published

BOX = "0.1,0.15,0.2,0.25"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def near(desk: Desk, name: str, box: str = BOX) -> dict[str, BaseGeometry]:
    answer = desk.at(name).get(f"/desk/outlines?bbox={box}")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    return {
        outline["record_id"]: shapely.from_geojson(json.dumps(outline["geometry"]))
        for outline in answer.json()["outlines"]
    }


def test_surveyor_gets_what_a_revision_would_show_and_nothing_else(desk: Desk) -> None:
    public_id, restricted_id = published(desk), published(desk, Visibility.RESTRICTED)
    found = near(desk, "olga")
    assert set(found) == {public_id}
    assert shapely.equals(found[public_id], FIELD)
    assert near(desk, "olga", "5,5,6,6") == {}
    draft_id = desk.drafted()  # restricted, and anna's organisation's
    desk.walk(draft_id, until="published")
    own, others = near(desk, "anna"), near(desk, "olga")
    assert set(others) == {public_id}
    assert len(own) == 2
    assert restricted_id not in own
    for record_id in {*own, restricted_id}:
        may = desk.at("anna").get(f"/desk/revise/{record_id}").status_code == 200
        assert may is (record_id in own), "as the form of a revision has it"


def test_who_drafts_nothing_gets_no_outline(desk: Desk) -> None:
    published(desk)
    for name in ("rita", "bruno", "carla", "diana"):
        assert desk.at(name).get(f"/desk/outlines?bbox={BOX}").status_code == 403
    assert desk.browser().get(f"/desk/outlines?bbox={BOX}").status_code == 303


@pytest.mark.parametrize("box", ["", "x", "1,2,3", "0,0,0,nan", "500,0,501,1"])
def test_box_that_is_none_is_refused(desk: Desk, box: str) -> None:
    assert desk.at("anna").get(f"/desk/outlines?bbox={box}").status_code == 400
