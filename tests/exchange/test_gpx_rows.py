"""GPX as rows to import: what a receiver says of a place is kept, and a bad fix takes no other with it."""

import math
import random
from pathlib import Path

import pytest
import shapely

from merestone.exchange import Row, read
from merestone.exchange.formats.gpx import Gpx
from merestone.terms import FileRefused
from tests.exchange.test_gpx import written

OPENTRACKS = 'xmlns:t="http://opentracksapp.com/xmlschemas/v1"'


def rows_of(folder: Path, body: str) -> list[Row]:
    return list(read(written(folder, body)))


def test_a_waypoint_keeps_what_the_receiver_says_of_it(tmp_path: Path) -> None:
    [row] = rows_of(
        tmp_path,
        '<wpt lat="44.9" lon="17.1"><ele>120.5</ele><time>2026-05-01T10:00:00Z</time><name>UXO 7</name>'
        '<cmt>by the road</cmt><desc>mortar</desc><link href="photo.jpg"/><sym>Danger</sym><fix>3d</fix>'
        "<hdop>1.2</hdop><extensions><a:accuracy>8.5</a:accuracy><b:operator>team 2</b:operator></extensions></wpt>",
    )
    assert row.geometry == shapely.Point(17.1, 44.9)
    assert row.attributes == {
        "name": "UXO 7", "what": "waypoint", "ele": "120.5", "time": "2026-05-01T10:00:00Z", "cmt": "by the road",
        "desc": "mortar", "link": "photo.jpg", "sym": "Danger", "fix": "3d", "hdop": "1.2", "accuracy": "8.5",
        "operator": "team 2",
    }  # fmt: skip
    assert row.accuracy_m == 8.5


@pytest.mark.parametrize(
    ("extension", "accuracy_m"),
    [
        ("", None),
        ("<a:accuracy>soon</a:accuracy>", math.nan),
        ("<a:accuracy>-1</a:accuracy>", math.nan),
        (
            '<t:e xmlns:t="http://opentracksapp.com/xmlschemas/v1"><t:accuracy_horizontal>10</t:accuracy_horizontal></t:e>',
            16.3,
        ),
    ],
)
def test_an_accuracy_is_one_only_in_metres(tmp_path: Path, extension: str, accuracy_m: float | None) -> None:
    """Hdop has no unit and is no accuracy. Android, and so OpenTracks, states the radius that holds 68 %."""
    inner = f"<hdop>9</hdop><extensions>{extension}</extensions>"
    point = '<trkpt lat="0" lon="1"><extensions><a:accuracy>3</a:accuracy></extensions></trkpt>' if extension else ""
    [row] = rows_of(tmp_path, f'<trk><trkseg>{point}<trkpt lat="0" lon="2">{inner}</trkpt></trkseg></trk>')
    assert row.accuracy_m == pytest.approx(accuracy_m, nan_ok=True)


def test_kinds_are_read_together_or_one_by_one(tmp_path: Path) -> None:
    body = (
        '<wpt lat="1" lon="1"/><rte><rtept lat="0" lon="1"/><rtept lat="0" lon="2"/></rte><wpt lat="2" lon="2"/>'
        '<trk><trkseg><trkpt lat="5" lon="5"/></trkseg></trk>'
    )
    reading = read(written(tmp_path, body))
    rows = list(reading)
    assert [row.geometry.geom_type if row.geometry else None for row in rows] == [
        "Point",
        "LineString",
        "Point",
        "Point",
    ]
    assert [row.number for row in rows] == [1, 2, 3, 4]
    assert any("waypoints (2), routes (1), tracks (1)" in note for note in reading.notes)
    assert Gpx().layers(tmp_path / "a.gpx") == ("tracks", "routes", "waypoints")
    assert len(list(read(tmp_path / "a.gpx", layer="waypoints"))) == 2
    with pytest.raises(FileRefused, match="no layer 'areas'"):
        read(tmp_path / "a.gpx", layer="areas")


def test_a_fix_without_a_place_takes_no_other_with_it(tmp_path: Path) -> None:
    fixes = '<trkpt lat="0" lon="1"/><trkpt lat="x" lon="2"/><trkpt lat="0" lon="3"/>'
    track, empty, broken, waypoint = rows_of(
        tmp_path,
        f'<trk><trkseg>{fixes}</trkseg><trkseg><trkpt lat="5" lon="5"/></trkseg></trk><trk/>'
        '<trk><trkseg><trkpt lon="2"/></trkseg></trk><wpt lat="45,1" lon="17"/>',
    )
    assert track.geometry is not None
    assert track.geometry.wkt == "MULTILINESTRING ((1 0, 3 0), (3 0, 5 5))"
    assert [remark.code for remark in track.remarks] == ["missing_fix", "lone_fix"]
    assert (empty.geometry, empty.fault) == (None, None)
    assert broken.fault is not None
    assert waypoint.fault is not None
    assert "lat = '45,1'" in waypoint.fault.message
    assert "45,1" in waypoint.raw


def test_no_damage_to_a_file_ever_ends_in_anything_but_rows_or_a_refusal(tmp_path: Path) -> None:
    rng = random.Random(3)
    seed = written(
        tmp_path,
        '<wpt lat="1" lon="1"><name>a & b</name></wpt><rte><rtept lat="0" lon="1"><extensions>'
        '<gpxx:rpt lat="1" lon="1"/></extensions></rtept></rte><trk><trkseg><trkpt lat="5" lon="5">'
        "<time>2026-05-01T10:00:00Z</time></trkpt></trkseg></trk>",
    ).read_bytes()
    path = tmp_path / "f.gpx"
    for _ in range(1000):
        data = bytearray(seed)
        for _ in range(rng.randint(1, 4)):
            at, length = rng.randrange(len(data)), rng.randint(1, 12)
            piece = data[at : at + length]
            data[at : at + length] = rng.choice([b"", piece * 2, rng.randbytes(length), b'lat="nan"', b"&", b"1e999"])
        path.write_bytes(data)
        try:
            numbers = [row.number for row in Gpx().read(path)]
        except FileRefused:
            continue
        assert numbers == list(range(1, len(numbers) + 1))
