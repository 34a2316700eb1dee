"""GPX is read whole: tracks with their segments and times, routes, waypoints, and what is wrong with them."""

from pathlib import Path

import numpy as np
import pytest
import shapely

from merestone.exchange.gpx import read_gpx
from merestone.exchange.shapes import read_shapes
from merestone.terms import FileRefused

HEAD = '<?xml version="1.0"?><gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1">'


def written(folder: Path, body: str, head: str = HEAD) -> Path:
    path = folder / "a.gpx"
    path.write_text(f"{head}{body}</gpx>")
    return path


def test_segments_routes_waypoints_and_times(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        '<metadata><name>not a track</name></metadata><wpt lon="1" lat="2"><name>well</name></wpt>'
        '<rte><name>way</name><rtept lon="1" lat="2"/><rtept lon="3" lat="4"><name>bridge</name></rtept></rte>'
        '<trk><name>walk</name><trkseg><trkpt lon="1" lat="2"><time>2026-05-01T10:00:00Z</time></trkpt>'
        '<trkpt lon="1.5" lat="2"><time>2026-05-01T12:00:00.5+02:00</time></trkpt></trkseg>'
        '<trkseg><trkpt lon="3" lat="4"><time>soon</time></trkpt></trkseg></trk>',
    )
    well, way, walk = read_gpx(path)
    assert [(w.what, w.name) for w in (well, way, walk)] == [
        ("waypoint", "well"), ("route", "way"), ("track", "walk")
    ]  # fmt: skip
    assert way.geometry.wkt == "LINESTRING (1 2, 3 4)"
    assert walk.geometry.wkt == "MULTILINESTRING ((1 2, 1.5 2), (3 4, 3 4))"
    assert walk.times.tolist()[:2] == np.array(["2026-05-01T10:00", "2026-05-01T10:00:00.500"], "M8[ms]").tolist()
    assert np.isnat(walk.times[2:]).all()
    assert (walk.unreadable_times, len(walk.times)) == (1, 4)
    assert np.isnat(well.times).all()


def test_a_fix_without_a_place_breaks_its_track_and_an_older_version_is_read(tmp_path: Path) -> None:
    head = '<gpx version="1.0" xmlns="http://www.topografix.com/GPX/1/0">'
    broken = '<trk><trkseg><trkpt lon="x" lat="2"/><trkpt lat="2"/><trkpt lon="1" lat="2"/></trkseg></trk><trk/>'
    walk, empty = read_gpx(written(tmp_path, broken, head))
    assert np.isnan(shapely.get_coordinates(walk.geometry)[:2, 0]).all()
    assert empty.geometry.is_empty
    shapes = read_shapes(tmp_path / "a.gpx")
    assert shapes.names == ["row 1", "row 2"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("<gpx><trk>", "line 1"),
        ("<kml></kml>", "not gpx"),
        ('<!DOCTYPE gpx [<!ENTITY a "b">]><gpx>&a;</gpx>', "entities"),
        ("<gpx></gpx>", "holds no row"),
    ],
)
def test_what_is_no_gpx_is_refused(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "a.gpx"
    path.write_text(text)
    with pytest.raises(FileRefused, match=why):
        read_shapes(path)
