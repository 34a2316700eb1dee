"""A small register in which every figure is known, and reports over it."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from shapely import Point, box
from shapely.geometry.base import BaseGeometry

from merestone.documents.reports import Material, gather, period_from
from merestone.register import EXACT, Entry, Register, Sheet, Viewer
from merestone.terms import RecordKind, Visibility

LABEL = "synthetic test data"


def patch(west: float, south: float = 0.0, size: float = 0.002) -> BaseGeometry:
    """A small square, degrees."""
    return box(west, south, west + size, south + size)


def entry(kind: RecordKind, geometry: BaseGeometry, since: str | None = None, **attributes: Any) -> Entry:
    return Entry(
        kind,
        geometry,
        10.0,
        attributes,
        true_from=None if since is None else date.fromisoformat(since),
        visibility=Visibility.PUBLIC,
    )


@pytest.fixture(scope="session")
def known_register(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """The register's path, and the identity of each record by a name of ours."""
    path = tmp_path_factory.mktemp("reports") / "known.gpkg"
    ids: dict[str, str] = {}
    with (
        Register.create(path, label=LABEL) as register,
        register.batch(by="test", why="a known register", source="made up for the test") as batch,
    ):
        sheets = {
            "org": Sheet("organisation", {"local_id": "ORG", "name": "Organisation One"}),
            "task": Sheet("activity", {"local_id": "T-1", "activity": "CLEARANCE", "organisation": "ORG",
                          "donor": "B", "cost": 1200.5, "currency": "EUR", "ended_on": "2025-06-30"}),
            "task2": Sheet("activity", {"local_id": "T-2", "activity": "NTS", "organisation": "ORG", "donor": "A",
                           "ended_on": "2025-02-01"}),
            "sign": Sheet("marking", {"local_id": "M-1", "hazardous_area": "x", "marking": "fence",
                          "condition": "complete"}),
            "talk": Sheet("risk_education", {"local_id": "E-1", "held_on": "2025-03-01", "organisation": "ORG",
                          "delivery": "school", "girls": 12, "boys": 9}),
            "talk2": Sheet("risk_education", {"local_id": "E-2", "held_on": "2024-03-01", "organisation": "ORG",
                           "delivery": "school", "girls": 100}),
            "hurt": Sheet("victim", {"accident": "x", "outcome": "injured", "consent": "given"}),
        }  # fmt: skip
        for name, sheet in sheets.items():
            ids[name] = batch.record(sheet)
        entries = {
            "cha": entry(RecordKind.CONFIRMED, patch(0.0), name="North", device_categories=["ap_mine"],
                         recorded_area_m2=49_000.0),
            "sha": entry(RecordKind.SUSPECTED, patch(0.001), device_categories=["unknown"], recorded_area_m2=90_000.0),
            "bomblets": entry(RecordKind.SUSPECTED, patch(0.02), device_categories=["cluster_munition_remnant"]),
            "silent": entry(RecordKind.SUSPECTED, patch(0.04)),
            "cancelled": entry(RecordKind.CANCELLED, patch(0.06), released_on="2025-02-03", donor="A"),
            "reduced": entry(RecordKind.REDUCED, patch(0.061), released_on="2025-05-03", donor="A",
                             recorded_area_m2=50_000),
            "cleared": entry(RecordKind.CLEARED, patch(0.0615), released_on="2025-06-03", activity="T-1"),
            "cleared_before": entry(RecordKind.CLEARED, patch(0.08), released_on="2023-06-03", activity="T-1"),
            "mines": entry(RecordKind.SPOT_FIND, Point(0.0005, 0.0005), local_id="D1", category="ap_mine", items=7,
                           model="PMA-2", disposal="destroyed_in_place", disposed_on="2025-07-01", activity="T-1"),
            "mines_unnumbered": entry(RecordKind.SPOT_FIND, Point(0.0006, 0.0005), local_id="D2", category="ap_mine",
                                      model="PMA-2", disposal="destroyed_in_place", disposed_on="2025-07-02"),
            "mines_left": entry(RecordKind.SPOT_FIND, Point(0.0007, 0.0005), local_id="D3", category="ap_mine", items=3,
                                disposal="left_marked", found_on="2025-07-02"),
            "bomblet": entry(RecordKind.SPOT_FIND, Point(0.0208, 0.0005), local_id="D4", items=5, model="BLU-97",
                             category="cluster_munition_remnant", disposal="moved_and_destroyed",
                             disposed_on="2025-08-02"),
            "old_mine": entry(RecordKind.SPOT_FIND, Point(0.0009, 0.0005), local_id="D5", category="ap_mine", items=1,
                              disposal="destroyed_in_place", disposed_on="2024-07-02"),
            "accident": entry(RecordKind.ACCIDENT, Point(0.0011, 0.0005), happened_on="2025-09-09", killed=1, injured=2,
                              device_category="ap_mine"),
            "quiet_accident": entry(RecordKind.ACCIDENT, Point(0.0012, 0.0005), happened_on="2025-10-09"),
        }  # fmt: skip
        for name, one in entries.items():
            ids[name] = batch.record(one)
    return path, ids


def material_of(path: Path, period: str = "2025", viewer: Viewer = EXACT) -> Material:
    with Register.open(path, read_only=True) as register:
        return gather(register, period_from(period), viewer=viewer, state="Testland", today=date(2026, 11, 23))
