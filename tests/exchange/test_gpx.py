"""GPX is read whole: tracks with their segments and times, routes, waypoints, and what is wrong with them."""

import json
from pathlib import Path

import numpy as np
import pytest
import shapely

from merestone.exchange.formats.gpx_tracks import read_gpx
from merestone.exchange.positions.feature_files import read_shapes
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


def test_the_real_path_of_a_route_is_read_wherever_its_program_puts_it(tmp_path: Path) -> None:
    """2026-11-28, a review of real routes: BaseCamp's path between two points was not read, and straight lines were."""
    path = written(
        tmp_path,
        '<rte><name>R</name><rtept lat="0" lon="1"><time>2026-05-01T10:00:00Z</time><extensions>'
        '<gpxx:RoutePointExtension><gpxx:Subclass>00FF</gpxx:Subclass><gpxx:rpt lat="5" lon="2"/>'
        '<gpxx:rpt lat="6" lon="3"/></gpxx:RoutePointExtension></extensions></rtept>'
        '<rtept lat="0" lon="4"><time>2026-05-01T09:00:00Z</time></rtept></rte>'
        '<rte><rtept lat="0" lon="1"><extensions><v:path><v:via lat="7" lon="8"/></v:path></extensions></rtept>'
        '<rtept lat="1" lon="1"/></rte>',
    )
    garmin, other = read_gpx(path)
    assert garmin.geometry.wkt == "LINESTRING (1 0, 2 5, 3 6, 4 0)"
    assert np.isnat(garmin.times).all()  # they say when the points were made, and are no recording
    assert garmin.path_points == 2
    assert other.geometry.wkt == "LINESTRING (1 0, 8 7, 1 1)"


def test_a_route_that_leaves_its_way_to_the_device_is_told(tmp_path: Path) -> None:
    via = "<extensions><trp:ViaPoint><trp:CalculationMode>FasterTime</trp:CalculationMode></trp:ViaPoint></extensions>"
    path = written(tmp_path, f'<rte><name>R</name><rtept lat="0" lon="1">{via}</rtept><rtept lat="0" lon="4"/></rte>')
    shapes = read_shapes(path)
    assert any("route R" in note and "FasterTime" in note for note in shapes.notes)


def test_the_key_points_of_osmand_have_the_path_of_their_track(tmp_path: Path) -> None:
    points = "".join(f'<trkpt lat="{lat}" lon="{lon}"/>' for lon, lat in ((1, 0), (2, 5), (3, 6), (4, 0)))
    keys = "".join(
        f'<rtept lat="{lat}" lon="{lon}"><extensions><osmand:trkpt_idx>{at}</osmand:trkpt_idx></extensions></rtept>'
        for lon, lat, at in ((1, 0, 0), (4, 0.001, 3))
    )
    track, route = read_gpx(written(tmp_path, f"<trk><trkseg>{points}</trkseg></trk><rte>{keys}</rte>"))
    assert route.geometry.wkt == "LINESTRING (1 0, 2 5, 3 6, 4 0)"
    marked = points.replace(
        'lon="2"/>', 'lon="2"><extensions><osmand:profile>gap</osmand:profile></extensions></trkpt>'
    )
    [track] = read_gpx(written(tmp_path, f"<trk><trkseg>{marked}</trkseg></trk>"))
    assert track.geometry.wkt == "MULTILINESTRING ((1 0, 2 5), (3 6, 4 0))"


def test_undeclared_prefixes_and_bare_ampersands_are_forgiven_in_gpx_too(tmp_path: Path) -> None:
    path = written(tmp_path, '<wpt lon="1" lat="2"><name>a & b</name><x:y/></wpt>')
    assert read_shapes(path).names == ["a & b"]
    assert len(read_shapes(path).notes) == 2


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


def test_segments_of_a_track_in_another_format_are_a_recording_too(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    apart, network = [[[0, 0], [1, 0]], [[2, 0], [3, 0]]], [[[0, 0], [1, 0]], [[1, 0], [1, 1]]]
    features = [
        {"type": "Feature", "properties": {}, "geometry": {"type": "MultiLineString", "coordinates": lines}}
        for lines in (apart, network)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    shapes = read_shapes(path)
    assert [times is not None for times in shapes.times] == [True, False]
    assert len(shapes.times[0]) == 4
