"""A new delivery is drawn beside what the register holds: each outline in the look of what the table calls it."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from matplotlib.image import imread

from merestone.exchange.imports import Comparison, write_delivery_map
from merestone.exchange.imports.comparison import ComparedOutlines
from merestone.register import Register
from merestone.terms import FieldRefused, FileRefused
from tests.cli.test_register_commands import exit_code, run
from tests.exchange.test_delivery import by_key, feature, register, take, write

__all__ = ["register"]
SECOND = [
    feature("H-0", 0.0, district="north"),
    feature("H-1", 0.1, 0.02, district="north"),
    feature("H-2", 0.2, district="south"),
    feature("H-9", 2.0),
]
IN_EVERY_LINE = r"(unchanged|changed: [a-z ]+|new|gone from [a-z ;,]+|recorded as [a-z ;]+): (\d[\d,]*)</text>"


def test_kept_outlines_are_those_of_the_table(register: Register, tmp_path: Path) -> None:
    before = by_key(register)
    report = take(register, write(tmp_path / "second.geojson", *SECOND), update_by="hazard_id", keep_outlines=True)
    compared = report.delivery
    assert isinstance(compared, Comparison)
    outlines = compared.outlines
    assert outlines is not None
    assert outlines.unchanged == [before["H-0"].geometry]
    assert outlines.changed_before == [before["H-1"].geometry, before["H-2"].geometry]
    assert outlines.changed_after == [shapely.geometry.shape(row["geometry"]) for row in SECOND[1:3]]
    assert outlines.new == [shapely.geometry.shape(SECOND[3]["geometry"])]
    assert set(outlines.gone) == {before[key].geometry for key in ("H-3", "H-4", "None")}
    picture = tmp_path / "delivery.svg"
    write_delivery_map(picture, outlines, title="made up", suffix=".svg")
    counts = dict(re.findall(IN_EVERY_LINE, picture.read_text(encoding="utf-8")))
    assert counts == {
        "unchanged": str(compared.unchanged),
        "changed: as recorded so far": str(len(compared.changed)),
        "changed: as this delivery has it": str(len(compared.changed)),
        "new": str(len(compared.new)),
        "gone from the delivery; recorded still, and warns": str(len(compared.gone)),
    }


def test_outlines_are_not_kept_unless_somebody_wants_a_map(register: Register, tmp_path: Path) -> None:
    report = take(register, write(tmp_path / "second.geojson", *SECOND), update_by="hazard_id")
    assert isinstance(report.delivery, Comparison)
    assert report.delivery.outlines is None


@pytest.mark.parametrize(
    ("sort", "shape"),
    [
        *((sort, shapely.box(17.0, 45.8, 17.00001, 45.80001)) for sort in ("moved_on", "changed_after", "new", "gone")),
        ("changed_after", shapely.Point(17.0, 45.8)),
        ("gone", shapely.LineString([(17, 45.8), (17.01, 45.8)])),
    ],
)
def test_what_is_small_beside_the_whole_is_seen(tmp_path: Path, sort: str, shape: Any) -> None:
    """One metre in a window of 200 km: less than a hundredth of a pixel."""
    pictures = []
    far = shapely.Point(19.0, 46.0)
    for number, drawn in enumerate(([far], [far, shape])):
        path = tmp_path / f"{number}.png"
        outlines = ComparedOutlines(
            unchanged=[shapely.box(16.9, 44.9, 16.91, 44.91), shapely.box(19, 46, 19.01, 46.01)]
        )
        getattr(outlines, sort).extend(drawn)
        write_delivery_map(path, outlines, title="made up", suffix=".png")
        pictures.append(imread(path)[..., :3])
    without, with_it = pictures
    # Marks of the legend and its numbers lie below the frame of the map, which is where it was.
    rows = min(len(without), len(with_it)) * 2 // 3
    assert (np.abs(with_it[:rows] - without[:rows]).max(axis=2) > 0.2).sum() >= 8


@pytest.mark.parametrize("suffix", [".svg", ".png", ".pdf"])
def test_pictures_are_the_same_each_time(tmp_path: Path, suffix: str) -> None:
    outlines = ComparedOutlines(
        new=[shapely.box(17, 45, 17.1, 45.1).difference(shapely.box(17.04, 45.04, 17.06, 45.06))]
    )
    for name in ("a", "b"):
        write_delivery_map(tmp_path / name, outlines, title="made up", suffix=suffix)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_nothing_to_draw_and_no_such_picture_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="no row has a place"):
        write_delivery_map(tmp_path / "a.svg", ComparedOutlines(gone=[shapely.Point()]), title="", suffix=".svg")
    with pytest.raises(FieldRefused, match=r"\.svg"):
        write_delivery_map(tmp_path / "a.gif", ComparedOutlines(new=[shapely.Point(1, 2)]), title="", suffix=".gif")


def test_the_map_is_there_before_anybody_is_asked(register: Register, tmp_path: Path) -> None:
    second, picture = write(tmp_path / "second.geojson", *SECOND), tmp_path / "delivery.svg"
    words = ["import", str(register.path), str(second), "--as", "suspected", "--source", "s", "--accuracy-m", "5"]
    update = [*words, "--update-by", "hazard_id", "--update-map", str(picture)]
    asked = run(*update)
    assert asked.exit_code == 2
    assert "--yes" in asked.output
    assert "gone from the delivery" in picture.read_text(encoding="utf-8")
    assert exit_code(*update, "--dry-run") == 3, "it replaces nothing"
    picture.unlink()
    assert run(*update, "--yes").exit_code == 0
    assert picture.exists()
    refusals: list[tuple[list[str], str]] = [
        ([], "goes with --update-by"),
        (["--update-by", "hazard_id", str(second) + "2"], "one file"),
    ]
    for more, reason in refusals:
        refused = run(*words, *more, "--update-map", str(tmp_path / "other.svg"))
        assert refused.exit_code == 2
        assert reason in refused.output
    assert not (tmp_path / "other.svg").exists()
